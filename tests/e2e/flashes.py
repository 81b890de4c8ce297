"""Flash and beep: a camera and a microphone that do the same thing at the same moment, and a viewer who measures."""

from __future__ import annotations

import asyncio
import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.court import Court
from tests.e2e.person import People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo

NOT_SIGNED_IN = r"status of 401"
HERE = Path(__file__).parent
EVERY_MS, LASTS_MS, TONE_HZ = 1000, 120, 1000
SETTLING = 8
"""Browsers move sound and picture towards each other once a second, after the first reports of both."""
DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Offsets:
    """By how many milliseconds each beep was heard after its flash was seen.

    ``direct`` is the same camera and microphone over a connection within the sender's own page: what the browser makes
    of them without any relay.
    """

    relayed: tuple[float, ...]
    direct: tuple[float, ...]

    @property
    def relays_part_ms(self) -> float:
        return statistics.median(self.relayed) - statistics.median(self.direct)

    def __str__(self) -> str:
        relayed, direct = statistics.median(self.relayed), statistics.median(self.direct)
        return (
            f"a beep is heard {relayed:+.0f} ms after its flash is seen through the relay, {direct:+.0f} ms within one "
            f"page: the relay's part is {self.relays_part_ms:+.0f} ms"
        )


async def measure(court: Court, people: People, *, flashes: int) -> Offsets:
    """The clerk checks a party whose camera flashes when the microphone beeps."""
    demo = await court.seed()
    clerk, party = await people.come("clerk"), await people.come("claimant")
    clerk.expects(NOT_SIGNED_IN)
    given = json.dumps({"everyMs": EVERY_MS, "lastsMs": LASTS_MS, "toneHz": TONE_HZ})
    await party.context.add_init_script(f"({_script('flash.js')})({given});")
    for person in (clerk, party):
        await person.context.add_init_script(_script("meter.js"))
    await come_to_demo(party, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, party)
    await clerk.wait(
        """(id) => document.querySelector(`video[data-participant="${id}"]`)?.videoWidth > 0
            && document.querySelector(`audio[data-participant="${id}"]`)?.srcObject""",
        party.participant,
        "picture and sound of the party",
    )
    await clerk.call("(id) => window.__meter.watchParticipant(id)", party.participant)
    await party.call("() => window.__direct()")
    relayed, direct = await asyncio.gather(
        _offsets(clerk, party.participant, flashes), _offsets(party, DIRECT, flashes)
    )
    return Offsets(tuple(relayed), tuple(direct))


async def _offsets(person: Person, name: str, flashes: int) -> list[float]:
    for count in (SETTLING, flashes):
        await person.call("(name) => window.__meter.forget(name)", name)
        await person.wait(
            "([name, every, count]) => window.__meter.offsets(name, every).length >= count",
            [name, EVERY_MS, count],
            f"{count} flashes and beeps of {name}",
            (count + 60) * EVERY_MS,
        )
    found: list[float] = await person.call(
        "([name, every]) => window.__meter.offsets(name, every)", [name, EVERY_MS]
    )
    return found


def _script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8").strip()
