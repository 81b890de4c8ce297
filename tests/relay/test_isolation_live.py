"""Nothing leaves the forwarding graph, on either packet path: random placements, mutes and moves between rooms whose
participants have the same names, under a real worker and steady traffic."""

from __future__ import annotations

import asyncio
import random
import secrets
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hatch_build import build_loop
from room_server.relay import native
from room_server.relay.channel import RelayError
from room_server.relay.forwarding import Edge, Graph
from room_server.relay.rtp.packet import parse_rtp
from room_server.relay.rtp.rtcp import build_full_intra_request, build_nack, build_picture_loss
from tests.relay.conftest import VP8_DELTA, VP8_KEY, RawPeer, RawStream, Relay

Wait = Callable[..., Awaitable[Any]]
ROOMS = ("prc_1", "prc_2")
NAMES = ("judge", "claimant", "respondent")
STEPS = 30
COUNTS = ("forwarded", "refused")
COMPILER = shutil.which("cc") or shutil.which("gcc")


@pytest.fixture(params=["python", "native"] if COMPILER else ["python"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which loop the worker forwards with; without a compiler there is only one."""
    if request.param == "native" and native.reason_against() is not None:
        assert build_loop(Path(__file__).parents[2]) is None
    monkeypatch.setenv(native.SWITCH, request.param)
    return str(request.param)


@pytest.fixture
async def court(path: str) -> AsyncIterator[Relay]:
    running = Relay()
    await running.client.start()
    yield running
    for raw in running.raws:
        raw.close()
    await running.client.stop()


@dataclass(frozen=True)
class Rule:
    """What was in force: the graph, and whose sources their owners had paused."""

    graph: Graph
    paused: frozenset[tuple[str, str]]

    def lets(self, sender: str, source: str, receiver: str) -> bool:
        return (
            self.graph.allows(sender, receiver)
            and (sender, source) not in self.graph.muted
            and (sender, source) not in self.paused
        )


@dataclass
class Sent:
    """One packet: sent when rule number `first` had been acknowledged; handled before rule `last` was replaced."""

    sender: str
    source: str
    room: str
    first: int
    last: int | None = None


@dataclass
class Seat:
    """One participant in one room."""

    peer: RawPeer
    streams: dict[str, RawStream]
    sender_of: dict[int, str] = field(default_factory=dict)
    looked: int = 0


class Proceeding:
    """One room and all that was ever in force, sent and received in it."""

    def __init__(self, relay: Relay, id: str, chance: random.Random) -> None:
        self.relay, self.id, self.chance = relay, id, chance
        self.rules: list[Rule] = [Rule(Graph(), frozenset())]
        self.seats: dict[str, Seat] = {}
        self.moved: set[str] = set()
        self.received: Counter[Edge] = Counter()
        self.handled: dict[str, int] = {}

    # -- places ---------------------------------------------------------------------------------------------------

    async def enter(self, name: str) -> None:
        peer = await self.relay.raw(name, "send", "recv", room=self.id)
        streams = {
            "microphone": await peer.produce("audio", "microphone"),
            "camera": await peer.produce("video", "camera", track=2, ssrc=secrets.randbits(30) * 2 + 2),
        }
        self.seats[name] = Seat(peer, streams)
        self.rules.append(
            Rule(self.rules[-1].graph, frozenset(p for p in self.rules[-1].paused if p[0] != name))
        )

    async def leave(self, name: str) -> None:
        """Only after a barrier: what was sent to the seat has been read."""
        seat = self.seats.pop(name)
        self.moved.add(name)
        await self.relay.client.close_participant(room=self.id, participant=name)
        seat.peer.close()
        self.relay.raws.remove(seat.peer)
        for other in self.seats.values():
            other.sender_of = {ssrc: who for ssrc, who in other.sender_of.items() if who != name}

    async def watch_everyone(self) -> None:
        """Everybody consumes whom they may; those whom they may not are refused."""
        for name, seat in self.seats.items():
            for other, theirs in self.seats.items():
                if other == name or other in seat.sender_of.values():
                    continue
                for stream in theirs.streams.values():
                    if self.rules[-1].graph.allows(other, name):
                        made = await seat.peer.consume(stream.id)
                        encoding = made["rtpParameters"]["encodings"][0]
                        seat.sender_of[encoding["ssrc"]] = other
                        if "rtx" in encoding:
                            seat.sender_of[encoding["rtx"]["ssrc"]] = other
                    else:
                        with pytest.raises(RelayError, match="edge_forbidden"):
                            await seat.peer.consume(stream.id)

    # -- what is in force -----------------------------------------------------------------------------------------

    async def change(self) -> None:
        """A random new graph, or a random mute by an owner; in force once this returns."""
        chance, before = self.chance, self.rules[-1]
        if self.seats and chance.random() < 0.25:
            name = chance.choice(sorted(self.seats))
            source = chance.choice(("microphone", "camera"))
            stream, entry = self.seats[name].streams[source], frozenset({(name, source)})
            if entry <= before.paused:
                await self.relay.client.resume_producer(producer=stream.id)
                self.rules.append(Rule(before.graph, before.paused - entry))
            else:
                await self.relay.client.pause_producer(producer=stream.id)
                self.rules.append(Rule(before.graph, before.paused | entry))
            return
        edges = {(a, b) for a in NAMES for b in NAMES if a != b and chance.random() < 0.5}
        muted = {(a, s) for a in NAMES for s in ("microphone", "camera") if chance.random() < 0.15}
        graph = Graph(edges=edges, muted=muted, version=len(self.rules))  # type: ignore[arg-type]
        await self.relay.client.set_graph(room=self.id, graph=graph)
        self.rules.append(Rule(graph, before.paused))


class Trial:
    """Two rooms at once, and the packets that are under way in both."""

    def __init__(self, relay: Relay, seed: int) -> None:
        self.relay, self.chance = relay, random.Random(seed)
        self.rooms = {id: Proceeding(relay, id, self.chance) for id in ROOMS}
        self.packets: list[Sent] = []
        self.open_from = 0
        self.strays: list[str] = []
        self.counted: Counter[str] = Counter()
        self._running = True

    def send_some(self) -> None:
        for room in self.rooms.values():
            for name, seat in room.seats.items():
                for source, stream in seat.streams.items():
                    for _ in range(self.chance.randint(0, 3)):
                        key = VP8_KEY if self.chance.random() < 0.3 else VP8_DELTA
                        body = len(self.packets).to_bytes(4, "big")
                        stream.send((key if source == "camera" else b"aa") + body)
                        self.packets.append(Sent(name, source, room.id, len(room.rules) - 1))
                        room.handled[stream.id] = room.handled.get(stream.id, 0) + 1

    def provoke(self) -> None:
        """Receivers ask again for what they got and for what they never got, and for key frames."""
        for room in self.rooms.values():
            for seat in room.seats.values():
                link = seat.peer.links["recv"]
                for ssrc in seat.sender_of:
                    recent = [parse_rtp(p, len(p)) for p in link.rtp[-20:]]
                    numbers = [h.sequence_number for h in recent if h.ssrc == ssrc]
                    base = numbers[-1] if numbers else self.chance.randrange(1 << 16)
                    link.send_rtcp(build_nack(1, ssrc, [(base + step) & 0xFFFF for step in range(-8, 8)]))
                    link.send_rtcp(build_picture_loss(1, ssrc))
                    link.send_rtcp(build_full_intra_request(1, ssrc, self.chance.randrange(256)))

    async def traffic(self) -> None:
        """Packets go on while graphs change, with no pause around a change."""
        while self._running:
            self.send_some()
            if self.chance.random() < 0.3:
                self.provoke()
            await asyncio.sleep(0.002)

    async def barrier(self, wait_until: Wait) -> None:
        """All that was sent has been handled: later rules say nothing about it."""
        ends = len(self.packets)
        wanted = {id: dict(room.handled) for id, room in self.rooms.items()}

        async def handled() -> bool:
            for id, counts in wanted.items():
                producers = (await self.relay.stats(id))["producers"]
                if any(
                    producers[one]["packets"] < count for one, count in counts.items() if one in producers
                ):
                    return False
            return True

        await wait_until(handled, what="all packets handled")
        for packet in self.packets[self.open_from : ends]:
            packet.last = len(self.rooms[packet.room].rules) - 1
        self.open_from = ends

    def judge(self) -> None:
        """Look at everything that was received since the last time."""
        for room in self.rooms.values():
            for name, seat in room.seats.items():
                self._judge_seat(room, name, seat)

    def _judge_seat(self, room: Proceeding, name: str, seat: Seat) -> None:
        received = seat.peer.links["recv"].rtp
        for packet in received[seat.looked :]:
            header = parse_rtp(packet, len(packet))
            sender = seat.sender_of.get(header.ssrc)
            start = header.payload_offset + (2 if header.payload_type == 102 else 0)
            number = int.from_bytes(packet[start + 2 : start + 6], "big")
            told = self.packets[number]
            last = len(room.rules) - 1 if told.last is None else told.last
            allowed = any(
                rule.lets(told.sender, told.source, name) for rule in room.rules[told.first : last + 1]
            )
            if told.room != room.id or told.sender != sender or told.sender == name or not allowed:
                self.strays.append(f"{told} reached {name} in {room.id} as from {sender}")
            if header.payload_type != 102:
                room.received[told.sender, name] += 1
        seat.looked = len(received)

    async def stop(self, task: asyncio.Task[None]) -> None:
        self._running = False
        await task


@pytest.mark.parametrize("seed", [11, 12])
async def test_no_packet_leaves_the_graph_whatever_changes(
    court: Relay, wait_until: Wait, path: str, seed: int
) -> None:
    trial = Trial(court, seed)
    for room in trial.rooms.values():
        for name in NAMES:
            await room.enter(name)
        await court.client.set_graph(room=room.id, graph=(full := Graph(edges=everybody())))
        room.rules.append(Rule(full, frozenset()))
        await room.watch_everyone()
    steady = asyncio.create_task(trial.traffic())
    for step in range(STEPS):
        for room in trial.rooms.values():
            await room.change()
        if step % 3 == 2:
            await trial.barrier(wait_until)
            for room in trial.rooms.values():
                await room.watch_everyone()
        await asyncio.sleep(0.005)
    await trial.stop(steady)
    await settled(trial, wait_until)
    await certify(trial)


async def test_who_moves_between_rooms_takes_nothing_along(court: Relay, wait_until: Wait, path: str) -> None:
    trial = Trial(court, 13)
    first, second = trial.rooms.values()
    for room in (first, second):
        await court.client.set_graph(room=room.id, graph=(full := Graph(edges=everybody())))
        room.rules.append(Rule(full, frozenset()))
    for name in NAMES:
        await first.enter(name)
    await second.enter("judge")  # another judge of the same name
    await first.watch_everyone()
    for here, there in ((first, second), (second, first), (first, second)):
        for _ in range(6):
            trial.send_some()
            trial.send_some()
            await here.change()
            trial.send_some()
            trial.provoke()
        await settled(trial, wait_until)
        await here.leave("claimant")
        await there.enter("claimant")
        for _ in range(6):
            trial.send_some()
            trial.send_some()
            await there.change()
        await settled(trial, wait_until)
        await there.watch_everyone()
    trial.send_some()
    await settled(trial, wait_until)
    await certify(trial)


def everybody() -> Any:
    return frozenset((a, b) for a in NAMES for b in NAMES if a != b)


async def settled(trial: Trial, wait_until: Wait) -> None:
    """All packets are handled, and all that was forwarded has been read."""
    await trial.barrier(wait_until)

    async def read() -> bool:
        trial.judge()
        for room in trial.rooms.values():
            edges = (await trial.relay.stats(room.id))["edges"]
            if any(one["forwarded"] > room.received[tuple(edge.split(">"))] for edge, one in edges.items()):  # type: ignore[index]
                return False
        return True

    await wait_until(read, what="all forwarded packets received")


async def certify(trial: Trial) -> None:
    """The receivers and the relay's ledger agree, and neither knows of a packet outside the graph."""
    assert trial.strays == []
    assert trial.relay.exits == []
    for room in trial.rooms.values():
        edges = (await trial.relay.stats(room.id))["edges"]
        for edge, one in edges.items():
            sender, receiver = edge.split(">")
            assert one["forwarded"] == room.received[sender, receiver], edge
            assert one["forwarded_while_forbidden"] == 0, edge
            if {sender, receiver} & room.moved:
                continue
            certain = sum(surely_refused(packet, room, receiver) for packet in of(trial, room, sender))
            assert one["refused"] >= certain, edge
        trial.counted.update({count: sum(one[count] for one in edges.values()) for count in COUNTS})
    assert trial.counted["forwarded"] > 100 and trial.counted["refused"] > 100, trial.counted


def of(trial: Trial, room: Proceeding, sender: str) -> list[Sent]:
    return [one for one in trial.packets if (one.room, one.sender) == (room.id, sender)]


def surely_refused(packet: Sent, room: Proceeding, receiver: str) -> bool:
    """Whatever moment it was handled at, the rule then in force forbade it."""
    assert packet.last is not None
    rules = room.rules[packet.first : packet.last + 1]
    return not any(rule.lets(packet.sender, packet.source, receiver) for rule in rules)
