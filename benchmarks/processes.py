"""Processes under measurement: the server as a process of its own, and the CPU time that it and its children take."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.figures import ROOT, Missing
from room_server.demo import LINKS_NAME, Demo, DemoLink
from room_server.demonstration import free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
KINDS = {"room_server.relay.worker": "relay worker", "recording.recorder": "recorder"}


@dataclass(frozen=True, slots=True)
class Court:
    """A running demonstration server: its process id, where it listens, and its links."""

    pid: int
    url: str
    demo: Demo
    data: Path


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads that the process has (the first field of schedstat, in nanoseconds)."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            continue  # the thread ended meanwhile
    return total / 1e9


def family(pid: int) -> dict[int, str]:
    """The process and its descendants, by what they are."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    found = {pid: "server"}
    grown = True
    while grown:
        new = {
            child: _kind(child) for child, parent in parents.items() if parent in found and child not in found
        }
        found.update(new)
        grown = bool(new)
    return found


def _kind(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return "other"
    return next((kind for name, kind in KINDS.items() if name in command), "other")


def need_cores(count: int) -> list[int]:
    """The cores this process may use, at least `count`. Raises Missing."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < count:
        raise Missing(
            f"{count} processor cores are needed to keep the load apart from the server, here are {len(cores)}"
        )
    return cores


@asynccontextmanager
async def court(data: Path, *, cores: Sequence[int] | None = None) -> AsyncIterator[Court]:
    """The demonstration on a free port with six people's links, on the given cores; stopped at the end."""
    port = free_port()
    command = [sys.executable, "-m", "room_server", "demo", "--port", str(port), "--data", str(data)]
    log = data.parent / "server.log"
    process = await asyncio.to_thread(_start, command, log)
    if cores is not None:
        os.sched_setaffinity(process.pid, cores)
    url = f"http://127.0.0.1:{port}"
    try:
        await _answers(process, url, data / LINKS_NAME, log)
        values = json.loads((data / LINKS_NAME).read_text(encoding="utf-8"))
        links = tuple(DemoLink(**link) for link in values.pop("links"))
        yield Court(process.pid, url, Demo(**values, links=links), data)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.to_thread(process.wait, STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)


async def _answers(process: subprocess.Popen[bytes], url: str, links: Path, log: Path) -> None:
    async with asyncio.timeout(START_TIMEOUT_S), aiohttp.ClientSession() as session:
        while True:
            if process.poll() is not None:
                raise Missing(f"the server ended at once: {log.read_text(errors='replace')[-800:]}")
            if links.exists():
                try:
                    async with session.get(url):
                        return
                except aiohttp.ClientError:
                    pass
            await asyncio.sleep(0.1)
