"""One point of the relay's benchmark: both servers at once with all their people joined, loaded in turns."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import Missing
from benchmarks.janus import Janus
from benchmarks.janus import version as janus_version
from benchmarks.processes import cpu_s
from benchmarks.relay_link import SRTP_NAMES, Link, Profile, pinned, until
from benchmarks.relay_ours import Ours
from benchmarks.relay_servers import Publication, Server
from benchmarks.relay_source import RTP_BYTES, STAMP_BYTES, Steady
from benchmarks.relay_traffic import Load, Outcome, Receiver, Sender, latency

ROOM = "room"
PUBLISHER = "publisher"
LOSS = 0.02
DRAIN_S = {False: 0.3, True: 1.0}
TRIES = 3
JOIN_INTERVAL_S = 0.004


@dataclass(frozen=True, slots=True)
class Point:
    """What is measured: forwarded packets a second in all, to how many subscribers, RTP packets of how many bytes."""

    rate: int = 20_000
    subscribers: int = 20
    size: int = 1200
    profile: Profile = "gcm128"
    features: bool = False


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often, where, and beside whom."""

    runs: int = 5
    seconds: float = 4.0
    warm_s: float = 1.0
    idle_s: float = 5.0
    peer: bool = False
    path: str | None = None
    server_core: int = 0
    round_trip_s: float = 0.02


@dataclass(slots=True)
class Scene:
    """One server with everybody joined, and what was measured of it."""

    server: Server
    publication: Publication
    links: list[Link]
    source: Steady
    joins_ms: list[float]
    rss_before_kib: int
    idle_share: float = 0.0
    rss_kib: int = 0
    runs: list[Run] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Run:
    """One window under load. `cpu_us`: processor time per packet that arrived at a subscriber."""

    cpu_us: float
    outcome: Outcome


def servers(point: Point, effort: Effort) -> list[Server]:
    """The servers to measure, not started."""
    found: list[Server] = [Ours(effort.server_core, features=point.features, path=effort.path)]
    if effort.peer:
        found.append(Janus(effort.server_core, features=point.features))
    return found


async def measure(point: Point, effort: Effort, say: Callable[[str], None]) -> dict[str, Any]:
    """The object that `--json` prints for one point. Raises Missing."""
    async with AsyncExitStack() as stack:
        stack.enter_context(pinned(point.profile))
        load = Load()
        stack.callback(load.close)
        scenes = []
        for server in servers(point, effort):
            say(f"{server.name}: {point.subscribers} subscribers join")
            scenes.append(await stack.enter_async_context(scene(server, point, load, effort.round_trip_s)))
        _idle(scenes, load, effort.idle_s)
        for one in scenes:
            # With features: until sender and receiver reports have told the server its round trips.
            warm_s = effort.warm_s * (4 if point.features else 1)
            load.run([(one.source, point.subscribers)], warm_s, DRAIN_S[point.features])
        for number in range(effort.runs):
            for one in scenes:
                run = _valid_run(one, load, point, effort)
                say(f"{one.server.name}: run {number + 1}: {run.cpu_us:.2f} us per packet" + _doubts(run))
        for one in scenes:
            one.rss_kib = rss_kib(one.server.pid)
        return result(point, effort, scenes)


@asynccontextmanager
async def started(server: Server) -> AsyncIterator[Server]:
    """Run the server for a while."""
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def scene(server: Server, point: Point, load: Load, round_trip_s: float) -> AsyncIterator[Scene]:
    """The server with one publisher and its subscribers, all of them served by the load."""
    loss = LOSS if point.features else 0.0
    async with started(server):
        people = [f"viewer-{number}" for number in range(point.subscribers)]
        await server.open_room(ROOM, [PUBLISHER, *people], [PUBLISHER])
        publication = await server.publish(ROOM, PUBLISHER, ["video"])
        made = Scene(
            server=server,
            publication=publication,
            links=[publication.link],
            source=steady(publication, point),
            joins_ms=[],
            rss_before_kib=rss_kib(server.pid),
        )
        sender = Sender(publication.link, publication.streams)
        publication.link.on_packet = sender.hear
        try:
            await _join_all(made, people, point)
            # Only now: a late packet before a subscriber's first would count SRTP's rollover on in Janus, and one who
            # decrypts samples would never know.
            publication.streams[0].loss = loss
            load.send_with(sender)
            for number, link in enumerate(made.links[1:]):
                load.receive_with(
                    Receiver(
                        link, sample=point.subscribers, first=number, loss=loss, round_trip_s=round_trip_s
                    )
                )
            if server.recorder is not None:
                load.record_with(server.recorder)
            yield made
        finally:
            for link in made.links:
                link.close()


def steady(publication: Publication, point: Point) -> Steady:
    """The publisher's stream at the point's rate and size."""
    body = point.size - RTP_BYTES - STAMP_BYTES
    return Steady(publication.streams[0], point.subscribers / point.rate, body)


async def _join_all(made: Scene, people: Sequence[str], point: Point) -> None:
    """Subscribers join one after another while the publisher sends a little; the time to their first packet."""
    trickle = asyncio.create_task(_trickle(made))
    try:
        for person in people:
            began_s = time.monotonic()
            link = await made.server.subscribe(ROOM, person, [made.publication])
            made.links.append(link)
            await until(lambda link=link: link.rtp, f"{made.server.name}: the first packet")
            made.joins_ms.append((time.monotonic() - began_s) * 1000)
            for joined in made.links:
                joined.keep_alive(time.monotonic())
    finally:
        trickle.cancel()
    wrong = {link.profile for link in made.links} - {SRTP_NAMES[point.profile]}
    if wrong:
        raise Missing(
            f"{made.server.name} agreed to {', '.join(sorted(wrong))}, not {SRTP_NAMES[point.profile]}"
        )


async def _trickle(made: Scene) -> None:
    while True:
        made.source.begin(time.monotonic())
        made.source.fire()
        await asyncio.sleep(JOIN_INTERVAL_S)


def _idle(scenes: Sequence[Scene], load: Load, seconds: float) -> None:
    """What each server takes while its people are there and nobody sends."""
    before = [cpu_s(one.server.pid) for one in scenes]
    began_s = time.monotonic()
    load.idle(seconds)
    took_s = time.monotonic() - began_s
    for one, used_s in zip(scenes, before, strict=True):
        one.idle_share = (cpu_s(one.server.pid) - used_s) / took_s


def _valid_run(one: Scene, load: Load, point: Point, effort: Effort) -> Run:
    """A run in which the load kept up, or the last of some tries."""
    for _ in range(TRIES):
        run = _run(one, load, point, effort)
        if not run.outcome.reasons:
            break
    one.runs.append(run)
    return run


def _run(one: Scene, load: Load, point: Point, effort: Effort) -> Run:
    pid = one.server.pid
    used_s, began_s = cpu_s(pid), time.monotonic()
    outcome = load.run([(one.source, point.subscribers)], effort.seconds, DRAIN_S[point.features])
    took_s = time.monotonic() - began_s
    used_s = cpu_s(pid) - used_s - one.idle_share * took_s
    if not outcome.received:
        raise RuntimeError(f"{one.server.name} forwarded nothing")
    return Run(used_s / outcome.received * 1e6, outcome)


def _doubts(run: Run) -> str:
    return f" — does not count: {'; '.join(run.outcome.reasons)}" if run.outcome.reasons else ""


def rss_kib(pid: int) -> int:
    """The process's resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no resident memory any more")


# -- arithmetic -------------------------------------------------------------------------------------------------------


def result(point: Point, effort: Effort, scenes: Sequence[Scene]) -> dict[str, Any]:
    """One point as an object; "janus" is None without a peer."""
    by_name = {one.server.name: summary(one) for one in scenes}
    ours, janus = by_name["ours"], by_name.get("janus")
    return {
        "ours": ours,
        "janus": janus,
        "ratio": ratio(ours, janus),
        "profile": point.profile,
        "features": "on" if point.features else "off",
        "path": scenes[0].server.path,
        "rate": point.rate,
        "subscribers": point.subscribers,
        "size": point.size,
        "runs": effort.runs,
        "seconds": effort.seconds,
        "round_trip_ms": round(effort.round_trip_s * 1000),
        "janus_version": janus_version() if janus else None,
        "valid": all(not one["invalid"] for one in by_name.values()),
    }


def ratio(ours: dict[str, Any], janus: dict[str, Any] | None) -> float | None:
    """Our processor time per packet as a share of the peer's, from the medians."""
    if janus is None or not janus["cpu_us_per_packet"]["median"]:
        return None
    return round(ours["cpu_us_per_packet"]["median"] / janus["cpu_us_per_packet"]["median"], 3)


def summary(one: Scene) -> dict[str, Any]:
    """What is reported of one server: from the runs that count, or from all of them where none does ("invalid" says why)."""
    counted = [run for run in one.runs if not run.outcome.reasons]
    runs = counted or one.runs
    costs = [run.cpu_us for run in runs]
    late = [latency(run.outcome.latencies_us) for run in runs]
    offered = sum(run.outcome.offered for run in runs)
    received = sum(run.outcome.received for run in runs)
    people = len(one.links)
    return {
        "cpu_us_per_packet": {
            "median": round(statistics.median(costs), 2),
            "min": round(min(costs), 2),
            "max": round(max(costs), 2),
        },
        "latency_us": {name: middle([values[name] for values in late]) for name in ("p50", "p99")},
        "loss": round(max(0.0, 1 - received / offered), 6),
        "forwarded_per_s": round(statistics.median(run.outcome.forwarded_per_s for run in runs)),
        "join_to_first_packet_ms": {
            "p50": round(statistics.median(one.joins_ms), 1),
            "max": round(max(one.joins_ms), 1),
        },
        "memory_kib_per_participant": round((one.rss_kib - one.rss_before_kib) / max(1, people - 1), 1),
        "memory_kib": one.rss_kib,
        "idle_share": round(one.idle_share, 4),
        "runs_counted": len(counted),
        "invalid": sorted({reason for run in one.runs for reason in run.outcome.reasons})
        if not counted
        else [],
    }


def middle(values: Sequence[float | None]) -> float | None:
    """The median of what was measured; None where nothing was."""
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 1) if known else None
