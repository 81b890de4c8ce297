"""The demonstration's server as a process of its own, so that it can be killed as a crash kills it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import aiohttp

from room_server.demo import LINKS_NAME
from tests.scenarios.story import eventually

ROOT = Path(__file__).parents[2]


class ServerProcess:
    """``start`` returns once it serves; ``kill`` is SIGKILL of the server alone, not of its children."""

    def __init__(self, port: int, data: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._data = data
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "room_server", "demo"),
            *("--port", str(self._port), "--data", str(self._data)),
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await eventually(self._serves, "the server answers")
        await eventually((self._data / LINKS_NAME).exists, "the demonstration is seeded")

    async def _serves(self) -> bool:
        assert self._process is not None and self._process.returncode is None, "the server ended by itself"
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """As an administrator does."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    def children(self) -> list[int]:
        """Its relay worker and recorders."""
        assert self._process is not None
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # ended meanwhile
            if parent == self._process.pid:
                found.append(int(stat.parent.name))
        return found


def runs(pid: int) -> bool:
    """Whether the process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
