"""CPU of the server, the relay worker and the recorder in a live hearing of six people who all see and hear each other.

The load is this process, on the last core: encoded media replayed by DTLS-SRTP peers. The server runs on the first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.attendance import Attendee, live_hearing
from benchmarks.clip import make_clip
from benchmarks.figures import Figures, Missing, fail
from benchmarks.processes import court, cpu_s, family, need_cores

SETTLE_S = 3.0
EXPECTED = ("server", "relay worker", "recorder")


async def measure(*, seconds: int, fps: int, folder: Path) -> Figures:
    """Hold the hearing for `seconds` after it has settled."""
    figures = Figures(
        "hearing", "CPU of a hearing of six people with 640x480 pictures, everyone receiving everyone"
    )
    cores = need_cores(2)
    figures.settings = {"seconds": seconds, "fps": fps, "server core": cores[0], "load core": cores[-1]}
    clip = make_clip(folder, seconds=10, fps=fps)
    os.sched_setaffinity(0, {cores[-1]})
    async with court(folder / "data", cores=[cores[0]]) as running, live_hearing(running, clip) as people:
        await asyncio.sleep(SETTLE_S)
        await _measure(figures, running.pid, list(people.values()), seconds)
    return figures


async def _measure(figures: Figures, pid: int, people: list[Attendee], seconds: int) -> None:
    processes = {child: kind for child, kind in family(pid).items() if kind in EXPECTED}
    absent = set(EXPECTED) - set(processes.values())
    if absent:
        raise Missing(f"no {' and no '.join(sorted(absent))} process was found")
    cpu_before, counts_before, began_s = _cpu(processes), _counts(people), time.monotonic()
    await asyncio.sleep(seconds)
    took_s = time.monotonic() - began_s
    cpu_after, counts_after = _cpu(processes), _counts(people)
    published, received, megabits = (
        (after - before) / took_s for before, after in zip(counts_before, counts_after, strict=True)
    )
    used = {kind: cpu_after[kind] - cpu_before[kind] for kind in EXPECTED}
    per_packet = {"relay worker": received, "recorder": published}
    for kind in EXPECTED:
        row: dict[str, Any] = {"process": kind, "percent_of_a_core": round(100 * used[kind] / took_s, 2)}
        rate = per_packet.get(kind)
        row["packets_per_s"] = round(rate) if rate else ""
        row["us_per_packet"] = round(used[kind] / took_s / rate * 1e6, 2) if rate else ""
        figures.rows.append(row)
    total = sum(used.values())
    figures.rows.append(
        {
            "process": "together",
            "percent_of_a_core": round(100 * total / took_s, 2),
            "packets_per_s": "",
            "us_per_packet": "",
        }
    )
    load = cpu_after["load"] - cpu_before["load"]
    figures.notes = [
        f"published {published:.0f} packets/s; received by the six {received:.0f} packets/s, {megabits:.2f} Mbit/s",
        f"expected from what was published: {published * (len(people) - 1):.0f} packets/s and reports",
        f"the load itself took {100 * load / took_s:.1f} % of its core",
        "relay worker: per packet sent to a subscriber; recorder: per packet written",
    ]


def _cpu(processes: dict[int, str]) -> dict[str, float]:
    used: dict[str, float] = defaultdict(float)
    for pid, kind in processes.items():
        used[kind] += cpu_s(pid)
    used["load"] = cpu_s(os.getpid())
    return used


def _counts(people: list[Attendee]) -> tuple[float, float, float]:
    """Packets published, packets received, megabits received."""
    media = [person.media for person in people if person.media is not None]
    published = sum(stream.packets for one in media for stream in one.streams.values())
    received = sum(one.receive.packets_in for one in media)
    return published, received, sum(one.receive.bytes_in for one in media) * 8 / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.hearing", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, choices=range(5, 301), metavar="5..300")
    parser.add_argument("--fps", type=int, default=20, choices=range(5, 31), metavar="5..30")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            figures = asyncio.run(measure(seconds=options.seconds, fps=options.fps, folder=Path(name)))
    except Missing as missing:
        return fail(missing)
    figures.show(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
