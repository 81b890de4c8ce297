"""The clock: the record's times are only worth something if it is set, synchronised and does not jump."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from room_server.doctor.report import Check

TOLERANCE_S = 2.0
"""File systems round times, and the kernel's coarse clock lags by some milliseconds."""
RELEASED = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
"""This program did not exist before."""
_TIME_ERROR = 5
_TIMEX_BYTES = 512
Synchronised = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one moment, in seconds."""

    wall_s: float
    monotonic_s: float

    @classmethod
    def take(cls) -> Reading:
        return cls(time.time(), time.monotonic())


def clock(began: Reading, data: Path | None) -> list[Check]:
    """``began`` was read when the examination began: over its length a clock that jumps shows itself."""
    return [_sane(began, Reading.take(), newest_change_s(data)), _synchronised(synchronised()), _zone()]


def _sane(began: Reading, ended: Reading, newest_s: float | None) -> Check:
    name = "clock"
    now = datetime.fromtimestamp(ended.wall_s, UTC)
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if ended.wall_s < RELEASED:
        return Check(name, "wrong", f"says {shown}, before this program was made", "Set the clock.")
    jump_s = (ended.wall_s - began.wall_s) - (ended.monotonic_s - began.monotonic_s)
    if abs(jump_s) > TOLERANCE_S:
        return Check(
            name,
            "wrong",
            f"jumped by {jump_s:+.1f} s during this examination",
            "Let one time service keep the clock; virtual machines should not also follow their host.",
        )
    if newest_s is not None and newest_s > ended.wall_s + TOLERANCE_S:
        ahead = datetime.fromtimestamp(newest_s, UTC)
        return Check(
            name,
            "wrong",
            f"says {shown}, but the data folder has a file of {ahead:%Y-%m-%d %H:%M:%S} UTC",
            "Either the clock was set back or the file system's server has another time: set both.",
        )
    return Check(name, "ok", shown)


def newest_change_s(data: Path | None) -> float | None:
    """The newest change among what the server writes, with the time that the file system gives a new file."""
    if data is None:
        return None
    times = []
    for folder in (data, data / "recordings"):
        try:
            times += [entry.stat().st_mtime for entry in os.scandir(folder)]
        except OSError:
            continue
    try:
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"\0")
            file.flush()
            times.append(os.fstat(file.fileno()).st_mtime)
    except OSError:
        pass  # that the folder cannot be written is another check's finding
    return max(times, default=None)


def synchronised() -> Synchronised:
    """Whether a time service keeps the clock: systemd's word where it has one, else the kernel's."""
    if shutil.which("timedatectl"):
        try:
            done = subprocess.run(
                ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
                capture_output=True,
                text=True,
                timeout=5,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return kernel_synchronised()
        if done.returncode == 0 and done.stdout.strip() in ("yes", "no"):
            return "yes" if done.stdout.strip() == "yes" else "no"
    return kernel_synchronised()


def kernel_synchronised() -> Synchronised:
    """adjtimex(2) with nothing to set: its answer says whether a time service has been at work."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return "unknown"
    if state < 0:
        return "unknown"
    return "no" if state == _TIME_ERROR else "yes"


def _synchronised(found: Synchronised) -> Check:
    name = "time service"
    if found == "yes":
        return Check(name, "ok", "the clock is synchronised")
    text = (
        "the clock is not synchronised"
        if found == "no"
        else "it cannot be told whether the clock is synchronised"
    )
    return Check(
        name,
        "warning",
        text,
        "Install one (apt-get install chrony, or systemd-timesyncd): the times in the record are this machine's.",
    )


def _zone() -> Check:
    try:
        ZoneInfo("Asia/Shanghai")
    except (ZoneInfoNotFoundError, OSError):
        return Check(
            "time zone",
            "wrong",
            "the time zone Asia/Shanghai is not known",
            "apt-get install tzdata: the clock shown in recordings needs it.",
        )
    return Check("time zone", "ok", "Asia/Shanghai is known")
