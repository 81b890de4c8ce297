"""Printing in a process of its own: its end ends nothing else."""

from __future__ import annotations

import os

import pytest

from room_server.report.workshop import NotPrinted, printed_apart


def where(text: str) -> bytes:
    return f"{os.getpid()} {os.nice(0)} {text}".encode()


def vanish() -> bytes:
    os._exit(3)


def fail() -> bytes:
    raise ValueError("this document cannot be")


async def test_it_is_made_elsewhere_and_steps_back() -> None:
    process, priority, text = (await printed_apart(where, "判决")).decode().split()
    assert int(process) != os.getpid() and int(priority) >= os.nice(0) + 1 and text == "判决"


async def test_a_process_that_ends_is_a_clear_refusal() -> None:
    with pytest.raises(NotPrinted, match="could not be made"):
        await printed_apart(vanish)
    assert (await printed_apart(where, "x")).endswith(b"x"), "the next document is made"


async def test_what_goes_wrong_in_it_is_told() -> None:
    with pytest.raises(ValueError, match="this document cannot be"):
        await printed_apart(fail)
