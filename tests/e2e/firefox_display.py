"""A screen without a monitor (Xvfb): what a Firefox shows on it is what it captures when it shares its screen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator

import pytest

START_S = 30.0
END_S = 10.0


@contextlib.asynccontextmanager
async def running_display(width: int = 1280, height: int = 720) -> AsyncIterator[str]:
    """Yields its name, as programs take it from ``DISPLAY``."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.fail("there is no Xvfb. Install it: apt-get install xvfb")
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *("-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(writing,),
        )
    finally:
        os.close(writing)
    try:
        yield f":{await _number(reading)}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), END_S)


async def _number(reading: int) -> int:
    """Written by the server when it is ready."""
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb")
    )
    try:
        line = await asyncio.wait_for(stream.readline(), START_S)
    finally:
        transport.close()
    if not line:
        pytest.fail("Xvfb ended without a display")
    return int(line)
