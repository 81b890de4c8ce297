"""How many six-person hearings one core carries: everybody sends 640x480 VP8 and Opus at real rates and receives the
five others, synthetic packets, until the latency of one packet in a hundred passes 20 ms or packets are lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.processes import cpu_s
from benchmarks.relay_link import Link, pinned
from benchmarks.relay_measure import TRIES, Effort, Point, servers, started
from benchmarks.relay_servers import Publication, Server
from benchmarks.relay_source import Camera, Source, Voice
from benchmarks.relay_traffic import Load, Outcome, Receiver, Sender, latency

PEOPLE = 6
LIMIT_US = 20_000.0
LOSS_LIMIT = 0.001
MOST_HEARINGS = 64
WINDOW_S = 3.0
WARM_S = 1.0
DRAIN_S = 0.5
SAMPLE = 20


@dataclass(slots=True)
class Probe:
    """What a number of hearings at once came to."""

    hearings: int
    outcome: Outcome
    share: float

    @property
    def carried(self) -> bool:
        """Within the limits."""
        p99 = latency(self.outcome.latencies_us)["p99"]
        return p99 is not None and p99 <= LIMIT_US and self.outcome.loss <= LOSS_LIMIT

    def to_json(self) -> dict[str, Any]:
        """For the result."""
        return {
            "hearings": self.hearings,
            "latency_us": latency(self.outcome.latencies_us),
            "loss": round(self.outcome.loss, 6),
            "forwarded_per_s": round(self.outcome.forwarded_per_s),
            "core_share": round(self.share, 3),
            "invalid": self.outcome.reasons,
        }


@dataclass(slots=True)
class House:
    """One server with its hearings; they are joined when they are needed, and speak when they are asked to."""

    server: Server
    load: Load
    sources: list[list[Source]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    async def grow(self, hearings: int) -> None:
        """Join until there are this many."""
        while len(self.sources) < hearings:
            await self._join(f"hearing-{len(self.sources)}")

    async def _join(self, room: str) -> None:
        people = [f"{room}-{number}" for number in range(PEOPLE)]
        await self.server.open_room(room, people, people)
        publications: dict[str, Publication] = {}
        sources: list[Source] = []
        for person in people:
            made = publications[person] = await self.server.publish(room, person, ["audio", "video"])
            sender = Sender(made.link, made.streams)
            made.link.on_packet = sender.hear
            self.links.append(made.link)
            self.load.send_with(sender)
            sources += [Voice(made.streams[0]), Camera(made.streams[1])]
        for person in people:
            others = [made for name, made in publications.items() if name != person]
            link = await self.server.subscribe(room, person, others)
            self.links.append(link)
            self.load.receive_with(Receiver(link, sample=SAMPLE, first=len(self.links)))
            for joined in self.links:
                joined.keep_alive(time.monotonic())
        self.sources.append(sources)

    def probe(self, hearings: int, seconds: float) -> Probe:
        """Let this many speak for a while."""
        speaking = [(source, PEOPLE - 1) for sources in self.sources[:hearings] for source in sources]
        self.load.run(speaking, WARM_S, DRAIN_S)
        for _ in range(TRIES):
            used_s = cpu_s(self.server.pid)
            outcome = self.load.run(speaking, seconds, DRAIN_S)
            share = min(1.0, (cpu_s(self.server.pid) - used_s) / seconds)
            if not outcome.reasons:
                break
        return Probe(hearings, outcome, share)


async def count_hearings(effort: Effort, say: Callable[[str], None]) -> dict[str, Any]:
    """{"ours": {"carried", "limited_by", "probes"}, "janus": the same or None}; limited by "server", or by "load"."""
    found: dict[str, Any] = {"janus": None}
    for server in servers(Point(), effort):
        async with AsyncExitStack() as stack:
            stack.enter_context(pinned("gcm128"))
            await stack.enter_async_context(started(server))
            load = Load()
            stack.callback(load.close)
            house = House(server, load)
            stack.callback(lambda house=house: [link.close() for link in house.links])
            found[server.name] = await _search(house, min(WINDOW_S, effort.seconds), say)
    return found


async def _search(house: House, seconds: float, say: Callable[[str], None]) -> dict[str, Any]:
    probes: list[Probe] = []

    async def carries(hearings: int) -> bool:
        await house.grow(hearings)
        probe = house.probe(hearings, seconds)
        probes.append(probe)
        say(f"{house.server.name}: {probe.to_json()}")
        return probe.carried

    carried = await largest(carries, MOST_HEARINGS)
    beyond = [probe for probe in probes if probe.hearings == carried + 1]
    # Where the load fell behind and the limits were passed, the server may not be what was too slow.
    limit = "server" if beyond and not beyond[-1].outcome.reasons else "load"
    return {"carried": carried, "limited_by": limit, "probes": [probe.to_json() for probe in probes]}


async def largest(holds: Any, most: int) -> int:
    """The largest number from 0 to `most` that holds: doubling, then halving the interval. `holds` is awaited."""
    good, bad = 0, most + 1
    step = 1
    while good + step < bad:
        if await holds(good + step):
            good += step
            step *= 2
        else:
            bad = good + step
            break
    while bad - good > 1:
        between = (good + bad) // 2
        if await holds(between):
            good = between
        else:
            bad = between
    return good
