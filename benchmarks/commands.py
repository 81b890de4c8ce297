"""From giving a command to its acknowledgement: real Socket.IO, each command stored in SQLite (synced) before it.

Every command changes the record, and where it silences a microphone the relay obeys before the acknowledgement. The
commands keep within the server's rate limits, so that none is refused.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.attendance import PARTIES, Attendee, live_hearing
from benchmarks.clip import make_clip
from benchmarks.figures import Figures, Missing, fail, spread
from benchmarks.processes import court
from signaling.ratelimit import BUDGETS

RATE_PER_S = 0.8 * BUDGETS["general"].per_second
Timings = dict[str, list[float]]
Give = Callable[[int], Awaitable[None]]


async def timed(person: Attendee, tag: str, payload: dict[str, object], timings: Timings) -> None:
    """Give one command and note how long its acknowledgement took, in milliseconds."""
    began_s = time.perf_counter()
    await person.request(tag, payload)
    timings[tag].append((time.perf_counter() - began_s) * 1000)


def judge_mutes(judge: Attendee, others: list[Attendee], timings: Timings) -> Give:
    """Locks and unlocks the microphones of the others in turn."""

    async def give(number: int) -> None:
        who: dict[str, object] = {"participant_id": others[number // 2 % len(others)].participant}
        if number % 2 == 0:
            await timed(judge, "mute", {**who, "lock": True}, timings)
        else:
            await timed(judge, "unlock_microphone", who, timings)

    return give


def switches(person: Attendee, timings: Timings) -> Give:
    """Switches the own camera off and on."""

    async def give(number: int) -> None:
        await timed(person, "set_camera", {"on": number % 2 == 1}, timings)

    return give


async def hands(people: list[Attendee], timings: Timings) -> None:
    """Hands raised and lowered, as often as the limit lets each do at once."""
    for _ in range(int(BUDGETS["hand"].burst) // 2):
        for person in people:
            await timed(person, "raise_hand", {}, timings)
            await timed(person, "lower_hand", {}, timings)


async def one_after_another(givers: list[Give], each: int) -> None:
    """Everyone in turn; nobody more often than the limit allows."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for number in range(each):
        await asyncio.sleep(max(0.0, began_s + number / RATE_PER_S - loop.time()))
        for give in givers:
            await give(number)


async def all_at_once(givers: list[Give], each: int) -> None:
    """Everyone gives a command at the same moment, again and again."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for number in range(each):
        await asyncio.sleep(max(0.0, began_s + number / RATE_PER_S - loop.time()))
        await asyncio.gather(*(give(number) for give in givers))


async def measure(*, count: int, media: bool, together: bool, folder: Path) -> Figures:
    """About `count` commands of six people."""
    figures = Figures("commands", "From a command to its acknowledgement, in milliseconds")
    figures.settings = {
        "commands": "six people at the same moment" if together else "one after another",
        "media": "six people, 640x480, 20 fps" if media else "none",
        "store": "SQLite, synchronous FULL",
    }
    clip = make_clip(folder, seconds=10, fps=20) if media else None
    timings: Timings = defaultdict(list)
    async with court(folder / "data") as running, live_hearing(running, clip) as people:
        parties = [people[role] for role in PARTIES]
        await hands(parties, timings)
        given = sum(len(values) for values in timings.values())
        givers = [judge_mutes(people["judge"], parties, timings)]
        givers += [switches(person, timings) for person in (people["clerk"], *parties)]
        each = -(-(count - given) // len(givers))
        began_s = time.perf_counter()
        await (all_at_once if together else one_after_another)(givers, each)
        rate_per_s = each * len(givers) / (time.perf_counter() - began_s)
    everything = [value for values in timings.values() for value in values]
    figures.rows = [{"command": tag, **spread(values)} for tag, values in sorted(timings.items())]
    figures.rows.append({"command": "all", **spread(everything)})
    figures.notes = [f"{each * len(givers)} of the commands at {rate_per_s:.1f} a second"]
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.commands", description=__doc__)
    parser.add_argument("--count", type=int, default=500, choices=range(50, 5001), metavar="50..5000")
    parser.add_argument("--media", action="store_true", help="with the media of six people flowing meanwhile")
    parser.add_argument("--together", action="store_true", help="all six at the same moment")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            folder = Path(name)
            figures = asyncio.run(
                measure(count=options.count, media=options.media, together=options.together, folder=folder)
            )
    except Missing as missing:
        return fail(missing)
    figures.show(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
