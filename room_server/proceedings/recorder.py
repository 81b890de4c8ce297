"""The recorder process of one hearing: spawned, fed and watched from here.

Lines of JSON go in and out (see ``recording.commands``). The order in which the hearing gives lines is the order in
which the recorder gets them; a recorder that died is started again and resumes its manifest by itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from room_server.clock import KEPT

log = logging.getLogger(__name__)
READY_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 30.0
MAX_LINE_BYTES = 1 << 20

Report = Callable[[dict[str, Any]], Awaitable[None]]


class RecorderProcess:
    """One run of the recorder. ``on_report`` gets every event it prints, ``on_exit`` its exit status."""

    def __init__(self, *, on_report: Report, on_exit: Callable[[int], Awaitable[None]]) -> None:
        self._on_report = on_report
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[dict[str, Any]] | None = None
        self._closed: asyncio.Future[dict[str, Any]] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self, start: dict[str, Any]) -> dict[str, Any]:
        """Spawn and arm it; returns its ``ready`` report. Raises ``RuntimeError`` where it does not get ready."""
        loop = asyncio.get_running_loop()
        self._ready, self._closed = loop.create_future(), loop.create_future()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "recording.recorder",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read(), name=f"recorder {self._process.pid}")
        self.give({"do": "start", "epoch_ns": KEPT.epoch_ns, **start})
        try:
            return await asyncio.wait_for(asyncio.shield(self._ready), READY_TIMEOUT_S)
        except TimeoutError:
            self._process.kill()
            raise RuntimeError("the recorder did not get ready in time") from None

    def give(self, command: dict[str, Any]) -> None:
        """Hand over one command; what a dead recorder can no longer read is dropped (its successor resumes)."""
        if self._process is None or self._process.stdin is None or self._process.stdin.is_closing():
            return
        line = json.dumps(command, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(line)

    async def close(self, reason: str, at: str) -> dict[str, Any] | None:
        """Finish the recording; returns the ``closed`` report, or None where it died before giving one."""
        self.give({"do": "close", "reason": reason, "at": at})
        assert self._closed is not None
        try:
            return await asyncio.wait_for(asyncio.shield(self._closed), CLOSE_TIMEOUT_S)
        except (TimeoutError, RuntimeError):
            return None

    async def stop(self) -> None:
        """End the process without closing the recording: it finishes its segments and can be resumed."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), CLOSE_TIMEOUT_S)
        except TimeoutError:
            self._process.kill()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        assert self._ready is not None and self._closed is not None
        while line := await self._process.stdout.readline():
            try:
                report = json.loads(line)
            except ValueError:
                log.warning("the recorder printed something that is not JSON")
                continue
            kind = report.get("event")
            if kind == "ready" and not self._ready.done():
                self._ready.set_result(report)
            elif kind == "closed" and not self._closed.done():
                self._closed.set_result(report)
            elif kind == "error":
                log.warning("the recorder refused a command: %s", report.get("message"))
            try:
                await self._on_report(report)
            except Exception:
                log.exception("handling the recorder's report failed")
        status = await self._process.wait()
        for future in (self._ready, self._closed):
            if not future.done():
                future.set_exception(RuntimeError(f"the recorder ended with status {status}"))
                future.exception()
        await self._on_exit(status)


class CompositionFailed(Exception):
    """ffmpeg or the composer ended with an error; the text says which."""


async def compose(
    directory: Path, output: Path, key_file: Path, on_progress: Callable[[float], None]
) -> dict[str, Any]:
    """Make the composed file in a process of its own at low priority; returns its ``done`` report."""
    process = await asyncio.create_subprocess_exec(
        "nice",
        "-n",
        "10",
        sys.executable,
        "-m",
        "recording.composition",
        str(directory),
        "--output",
        str(output),
        "--key-file",
        str(key_file),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
        limit=MAX_LINE_BYTES,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    done: dict[str, Any] | None = None
    try:
        while line := await process.stdout.readline():
            report = json.loads(line)
            if report.get("event") == "progress":
                on_progress(float(report["fraction"]))
            elif report.get("event") == "done":
                done = report
        status = await process.wait()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        raise
    text = (await errors).decode(errors="replace").strip().splitlines()
    if status != 0 or done is None:
        raise CompositionFailed(text[-1] if text else f"the composer ended with status {status}")
    return done
