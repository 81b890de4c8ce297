"""Where documents are printed: a process of its own, so that a long one takes nothing from a hearing that goes on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from room_server.errors import CommandRefused

PATIENCE_S = 120.0
_AT_ONCE = asyncio.Semaphore(1)


class NotPrinted(CommandRefused):
    """The document could not be made; nothing else is affected."""

    default_code = "not_printed"


async def printed_apart(make: Callable[..., bytes], *args: Any) -> bytes:
    """What `make` returns, made in a fresh process of low priority; one document at a time.

    `make` and its arguments must be picklable. Raises `NotPrinted` where that process ends or takes longer than
    two minutes.
    """
    async with _AT_ONCE:
        pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_step_back)
        try:
            work = asyncio.get_running_loop().run_in_executor(pool, make, *args)
            return await asyncio.wait_for(work, PATIENCE_S)
        except (BrokenProcessPool, TimeoutError) as error:
            raise NotPrinted(
                None,
                "文件未能生成，请稍后重试。",
                "The document could not be made. Try again in a moment.",
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _step_back() -> None:
    os.nice(10)
