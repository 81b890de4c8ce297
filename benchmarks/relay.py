"""What the relay costs per forwarded packet, beside Janus under the same load: processor time, latency, loss, memory.

Both servers run in the same run on one core, the load on another, with everybody joined; they are loaded in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import janus
from benchmarks.figures import Missing, fail, load_1min, surroundings
from benchmarks.processes import need_cores
from benchmarks.relay_hearings import count_hearings
from benchmarks.relay_measure import Effort, Point, measure
from benchmarks.relay_report import table, write_docs
from benchmarks.relay_source import LEAST_SIZE

RATES, SUBSCRIBERS, SIZES = (1_000, 5_000, 10_000, 20_000), (5, 20, 40), (172, 1200)
PROFILES = ("gcm128", "cm_sha1_80")
MOST_SIZE = 1350
MOST_RATE, MOST_SUBSCRIBERS = 200_000, 400


def sweep() -> list[Point]:
    """Every rate with every size and profile; then other numbers of subscribers, and everything switched on."""
    points = [
        Point(rate=rate, size=size, profile=profile)  # type: ignore[arg-type]
        for profile in PROFILES
        for size in reversed(SIZES)
        for rate in RATES
    ]
    points += [Point(subscribers=number) for number in SUBSCRIBERS if number != Point().subscribers]
    return [*points, Point(features=True)]


def points_of(options: argparse.Namespace) -> list[Point]:
    """The points that the arguments ask for."""
    if options.sweep:
        return sweep()
    return [
        Point(rate, options.subscribers, options.size, options.profile, options.features == "on")
        for rate in options.rate
    ]


async def run(points: Sequence[Point], effort: Effort, *, hearings: bool) -> dict[str, Any]:
    """All points, then the hearings; one object with where it was measured."""
    load_before = load_1min()
    found = []
    for number, point in enumerate(points):
        features = ", features on" if point.features else ""
        say(
            f"point {number + 1} of {len(points)}: {point.rate} packets/s, {point.subscribers} subscribers, "
            f"{point.size} bytes, {point.profile}{features}"
        )
        found.append(await measure(point, effort, say))
    whole: dict[str, Any] = {"points": found} if len(found) != 1 else dict(found[0])
    if hearings:
        whole["hearings"] = await count_hearings(effort, say)
    whole["peer_version"] = janus.version() if effort.peer else None
    whole["load"] = {"before": load_before, "after": load_1min()}
    return {**whole, **surroundings()}


def say(text: str) -> None:
    """Progress, beside the result."""
    print(text, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="benchmarks.relay", description=__doc__)
    made.add_argument("--peer", choices=["janus"], help="measure this server under the same load")
    made.add_argument(
        "--rate",
        type=int,
        nargs="+",
        default=[20_000],
        metavar="N",
        help="forwarded packets a second, all subscribers together",
    )
    made.add_argument("--subscribers", type=int, default=20, metavar="N")
    made.add_argument("--size", type=int, default=1200, metavar="BYTES", help="RTP header and payload")
    made.add_argument("--profile", choices=PROFILES, default="gcm128")
    made.add_argument(
        "--features",
        choices=["on", "off"],
        default="off",
        help="on: TWCC feedback, 2 %% loss on both ways with NACK and RTX, and the recorder's tap",
    )
    made.add_argument(
        "--round-trip",
        type=int,
        default=20,
        metavar="MS",
        help="what subscribers' reports say of the network; with 0 Janus keeps no packets for retransmission",
    )
    made.add_argument("--path", choices=["native", "python"], help="our packet path; default: as installed")
    made.add_argument("--runs", type=int, default=5, metavar="N")
    made.add_argument("--seconds", type=float, default=4.0, help="of load in each run")
    made.add_argument("--quick", action="store_true", help="one short run: to try it out, not for figures")
    made.add_argument("--sweep", action="store_true", help="all rates, sizes, profiles and subscribers")
    made.add_argument("--hearings", action="store_true", help="how many six-person hearings one core carries")
    made.add_argument("--write-docs", action="store_true", help="table and plot into docs/ (with --sweep)")
    made.add_argument("--json", action="store_true")
    return made


def checked(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments; ends the process with status 2 and the reason where they make no sense."""
    made = parser()
    options = made.parse_args(arguments)
    if not 1 <= options.subscribers <= MOST_SUBSCRIBERS:
        made.error(f"--subscribers must be from 1 to {MOST_SUBSCRIBERS}, not {options.subscribers}")
    for rate in options.rate:
        if not options.subscribers <= rate <= MOST_RATE:
            made.error(
                f"--rate must be from the number of subscribers ({options.subscribers}) to {MOST_RATE}, not {rate}"
            )
    if not LEAST_SIZE <= options.size <= MOST_SIZE:
        made.error(f"--size must be from {LEAST_SIZE} to {MOST_SIZE}, not {options.size}")
    if not 0 <= options.round_trip <= 500:
        made.error(f"--round-trip must be from 0 to 500, not {options.round_trip}")
    if not 1 <= options.runs <= 100:
        made.error(f"--runs must be from 1 to 100, not {options.runs}")
    if not 0.5 <= options.seconds <= 25:
        made.error(f"--seconds must be from 0.5 to 25, not {options.seconds}")
    if options.write_docs and not (options.sweep and options.peer):
        made.error("--write-docs needs --sweep and --peer janus: the documents show both servers")
    return options


def effort_of(options: argparse.Namespace, server_core: int) -> Effort:
    """How much is done for each point."""
    peer, round_trip_s = options.peer is not None, options.round_trip / 1000
    if options.quick:
        return Effort(1, 0.5, 0.2, 0.5, peer, options.path, server_core, round_trip_s)
    return Effort(
        options.runs,
        options.seconds,
        peer=peer,
        path=options.path,
        server_core=server_core,
        round_trip_s=round_trip_s,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = checked(arguments)
    try:
        if options.peer:
            janus.installed()
            janus.modules()
        cores = need_cores(2)
        # Whoever ends the benchmark ends the servers too.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        os.sched_setaffinity(0, {cores[-1]})
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        found = asyncio.run(run(points_of(options), effort_of(options, cores[0]), hearings=options.hearings))
        if options.write_docs:
            write_docs(found)
    except Missing as missing:
        return fail(missing)
    print(json.dumps(found, ensure_ascii=False) if options.json else table(found), flush=True)
    points = found.get("points", [found])
    return 0 if all(point["valid"] for point in points) else 1


if __name__ == "__main__":
    raise SystemExit(main())
