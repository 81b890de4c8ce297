"""Both ways of receiving beside each other: whole workers without a network's chance, the same datagrams, moments and
decisions; what viewers, the recorder and the publisher get is the same, byte for byte, and so are the counts."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from hatch_build import build_loop
from room_server.relay import native
from room_server.relay.forwarding import Graph
from room_server.relay.ortc import AUDIO_LEVEL, MID, RID, TRANSPORT_CC, router_capabilities
from room_server.relay.receiving import NativeReceiver
from room_server.relay.rtp.packet import build_rtp, parse_rtp
from room_server.relay.rtp.retransmission import pack_rtx
from room_server.relay.rtp.rtcp import SenderReport, build_nack, build_picture_loss, build_sender_report
from room_server.relay.runtime import Runtime
from room_server.relay.udp import ListenAddress, bind_endpoints
from room_server.relay.worker import RelayWorker

PROFILE = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
KEY = bytes(range(28))
VIEWERS = ("B", "C")
SOUND, PICTURE, LAYERS = "sound", "picture", "layers"


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """What is tested is what the source says now. Without a C compiler this fails and says so: apt-get install gcc."""
    if native.reason_against() not in (None, f"{native.SWITCH}=python"):
        assert build_loop(Path(__file__).parents[2]) is None


def session(kind: int) -> Session:
    return Session(Policy(KEY, kind, 0, PROFILE))


class Peer:
    """One participant's end of a transport: a socket with keys, no handshake."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.outbound, self.inbound = session(Policy.SSRC_ANY_OUTBOUND), session(Policy.SSRC_ANY_INBOUND)

    def received(self) -> list[bytes]:
        """Everything that has come, decrypted."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                data = self.socket.recv(2048)
                rtcp = 192 <= data[1] <= 223
                found.append(
                    self.inbound.unprotect_rtcp(data) if rtcp else self.inbound.unprotect(data),
                )
        return found


class Source:
    """One stream of the publisher; the same seed builds the same packets."""

    def __init__(self, ssrc: int, payload_type: int, rid: str = "") -> None:
        self.ssrc, self.payload_type, self.rid = ssrc, payload_type, rid
        self.number, self.rtp_timestamp, self.picture = 65500, ssrc, 100
        self.newest: list[bytes] = []
        self.sealed = b"\x80" * 40

    def build(self, what: str, chance: random.Random, transport_number: int) -> bytes:
        """A packet of one of the kinds in `PACKETS`."""
        self.number += {"gap": 3, "far": 4000}.get(what, 1)
        self.rtp_timestamp += 3000
        self.picture += 1
        extensions = {7: transport_number.to_bytes(2, "big")}
        if chance.random() < 0.7:
            extensions[6] = bytes([chance.randrange(256)])
        if self.rid:
            extensions |= {4: b"v", 8: self.rid.encode()}
        payload = b"sound" + chance.randbytes(20)
        if self.payload_type == 96:
            key = what == "key"
            descriptor = bytes((0x90, 0xE0, 0x80 | self.picture >> 8 & 0x7F, self.picture & 0xFF, 5, 0))
            payload = descriptor + bytes((0x10 | (not key), 2, 0)) + chance.randbytes(40)
        packet = build_rtp(
            payload_type=self.payload_type if what != "other type" else 111,
            sequence_number=self.number & 0xFFFF,
            rtp_timestamp=self.rtp_timestamp & 0xFFFFFFFF,
            ssrc=self.ssrc,
            payload=payload if what != "padding" else bytes(7) + b"\x08",
            marker=chance.random() < 0.5,
            extensions=extensions,
        )
        if what in ("padding", "padded"):
            packet = bytes((packet[0] | 0x20,)) + packet[1:] + (b"" if what == "padding" else b"\0\0\3")
        if what == "broken":
            packet = bytes((packet[0] | 0x20,)) + packet[1:-1] + b"\xff"
        if what not in ("broken", "padding"):
            self.newest = [*self.newest[-6:], packet]
        return packet


class Hall:
    """A worker with a publisher of sound, a picture and a picture in layers, two viewers, and a recorder."""

    def __init__(self, path: str, moment: Moment, folder: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(native.SWITCH, path)
            self.worker = RelayWorker(bind_endpoints([ListenAddress("127.0.0.1")]), self, h264=False)  # type: ignore[arg-type]
        self.told: list[Any] = []
        self.kept: list[tuple[Session, Session]] = []
        self.held: list[bytes] = []
        self.repairs = 0
        self.moment, self.router = moment, self.worker.router
        self.runtime, self.endpoint = self.worker._runtime, self.worker._endpoints[0]
        self.runtime.ssrc = 7
        self.worker._running = True
        self.worker._receiver.watch(self.endpoint)
        self.recorder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.recorder.bind(f"{folder}/{path}")
        self.recorder.setblocking(False)
        self.tap_path = f"{folder}/{path}"
        self.recorded: list[bytes] = []
        self.router.set_graph("room", graph_of({"B", "C"}, set()))
        self.publisher = Peer()
        self.upstream = self.join("A", "send", self.publisher)
        self.viewers = {name: Peer() for name in VIEWERS}
        self.sources = [Source(100, 96), Source(300, 97), Source(500, 96, "l"), Source(600, 96, "h")]
        self.producers = [self.produce(source) for source in (PICTURE, SOUND, LAYERS)]
        self.consumers = []
        for name, peer in self.viewers.items():
            transport = self.join(name, "recv", peer)
            for producer in self.producers:
                made = self.router.consume(transport, producer, router_capabilities(h264=False))
                self.consumers.append(made["id"])
                self.router.pause_consumer(made["id"], False)
        self.transport_number = 0
        self.got: dict[str, list[bytes]] = {name: [] for name in ("A", *VIEWERS)}

    def send(self, message: Any) -> None:
        """The control channel: what the worker announces."""
        self.told.append(message)

    def join(self, name: str, direction: Any, peer: Peer) -> str:
        made = str(self.router.create_transport("room", name, direction)["id"])
        transport = self.router.transport(made)
        transport.authenticated(self.endpoint, peer.socket.getsockname(), True, self.moment.now_s)
        ours = session(Policy.SSRC_ANY_INBOUND), session(Policy.SSRC_ANY_OUTBOUND)
        self.kept.append(ours)
        transport.inbound, transport.outbound = ours[0]._srtp[0], ours[1]._srtp[0]
        transport.room.compile()
        return made

    def produce(self, source: str) -> str:
        extensions = [(MID, 4), (AUDIO_LEVEL, 6), (TRANSPORT_CC, 7), (RID, 8)]
        codec = {"mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000}
        rtx = {"mimeType": "video/rtx", "payloadType": 98, "clockRate": 90000, "parameters": {"apt": 96}}
        sound = {"mimeType": "audio/opus", "payloadType": 97, "clockRate": 48000, "channels": 2}
        encodings: list[dict[str, Any]] = [{"ssrc": 100, "rtx": {"ssrc": 101}}]
        if source != PICTURE:
            encodings = [{"ssrc": 300}] if source == SOUND else [{"rid": "l"}, {"rid": "h"}]
        feedback = [{"type": "nack", "parameter": ""}, {"type": "nack", "parameter": "pli"}]
        parameters = {
            "mid": {PICTURE: "p", SOUND: "s", LAYERS: "v"}[source],
            "codecs": [sound] if source == SOUND else [{**codec, "rtcpFeedback": feedback}, rtx],
            "headerExtensions": [{"uri": uri, "id": identifier} for uri, identifier in extensions],
            "encodings": encodings,
            "rtcp": {"cname": "a"},
        }
        kind = "audio" if source == SOUND else "video"
        return self.router.produce(self.upstream, kind, parameters, source, len(source))

    # -- what happens ---------------------------------------------------------------------------------------------

    def packet(self, stream: int, what: str, seed: int) -> None:
        """The publisher sends; the worker does not look yet."""
        chance, source = random.Random(seed), self.sources[stream]
        self.transport_number = (self.transport_number + 1) & 0xFFFF
        before = source.newest
        if what in ("again", "late", "forged") and before:
            data = self.already(source, what)
        elif what == "repair" and before and stream == 0:
            original = chance.choice(before)
            # An RTX stream counts for itself, and no number twice: that would repeat an SRTP nonce.
            self.repairs += 1
            again = pack_rtx(
                original,
                parse_rtp(original, len(original)).payload_offset,
                int.from_bytes(original[2:4], "big"),
                payload_type=98,
                sequence_number=self.repairs,
                ssrc=101,
            )
            data = self.publisher.outbound.protect(again)
        else:
            data = self.publisher.outbound.protect(source.build(what, chance, self.transport_number))
            if what == "held":
                self.held.append(data)
                return
            source.sealed = data
        self.publisher.socket.sendto(data, self.endpoint.socket.getsockname())

    def already(self, source: Source, what: str) -> bytes:
        """A datagram that was made before: one that was held back, the last one again, or that one altered."""
        if what == "late" and self.held:
            return self.held.pop(0)
        return source.sealed if what == "again" else source.sealed[:-1] + bytes((source.sealed[-1] ^ 1,))

    def look(self) -> None:
        self.worker._readable(self.endpoint)

    def report(self, viewer: str, compound: bytes) -> None:
        """A viewer's RTCP."""
        peer = self.viewers[viewer]
        peer.socket.sendto(peer.outbound.protect_rtcp(compound), self.endpoint.socket.getsockname())

    def nack(self, viewer: str, back: int) -> None:
        seen = [packet for packet in self.got[viewer] if packet[1] & 0x7F in (100, 101)][-12:]
        if not seen:
            return
        packet = seen[-1 - back % len(seen)]
        lost = [int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[2:4], "big") + 1 & 0xFFFF]
        self.report(viewer, build_nack(9, int.from_bytes(packet[8:12], "big"), lost))

    def sender_report(self) -> None:
        report = SenderReport(100, int(self.moment.now_s * (1 << 32)), self.sources[0].rtp_timestamp, 1, 1)
        data = self.publisher.outbound.protect_rtcp(build_sender_report(report))
        self.publisher.socket.sendto(data, self.endpoint.socket.getsockname())

    def timers(self) -> None:
        """What the worker's timers do, with what they do before."""
        for action in (self.worker._repair, self.worker._feed_back):
            self.worker._receiver.settle()
            action()

    async def collect(self) -> None:
        """Take in what was sent to everybody, and let the recorder's socket be emptied."""
        self.worker._receiver.settle()  # as a timer does every 20 ms
        for name, peer in {"A": self.publisher, **self.viewers}.items():
            self.got[name] += peer.received()
        room = self.router.rooms["room"]
        while True:
            with contextlib.suppress(BlockingIOError):
                while True:
                    self.recorded.append(self.recorder.recv(4096))
            if room.tap is None or not room.tap.waiting:
                return
            await asyncio.sleep(0)

    def outcome(self) -> dict[str, Any]:
        """Everything that both ways must agree on."""
        self.worker._receiver.settle()
        stats = self.router.statistics("room")
        return {
            "got": self.got,
            "recorded": self.recorded,
            "stats": stats,
            "dropped": dict(self.worker.dropped),
            "told": self.told,
            "speaker": self.router.rooms["room"].speaker.current,
        }

    def close(self) -> None:
        self.router.close_room("room")
        for peer in (self.publisher, *self.viewers.values()):
            peer.socket.close()
        self.recorder.close()
        self.endpoint.close()


def graph_of(receivers: set[str], muted: set[str]) -> Graph:
    return Graph(
        edges=frozenset(("A", name) for name in receivers),
        muted=frozenset(("A", source) for source in muted),
        recorded=frozenset("A"),
    )


class Moment:
    """The clocks of both workers, which stand still until they are moved, and numbers that are not random."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now_s, self.given = 1000.0, 0
        patch.setattr(Runtime, "now_s", lambda runtime: self.now_s)
        patch.setattr(Runtime, "wall_ns", lambda runtime: int(self.now_s * 1e9))
        patch.setattr(Runtime, "identifier", lambda runtime, prefix: f"{prefix}_{self.count()}")
        patch.setattr(Runtime, "fresh_ssrc", lambda runtime: self.count())
        patch.setattr(Runtime, "first_number", lambda runtime: self.count())

    def count(self) -> int:
        self.given += 1
        return self.given

    def begin(self) -> None:
        """The same again, for another worker."""
        self.now_s, self.given = 1000.0, 1000


PACKETS = (
    *("next",) * 8,
    *("key", "key", "gap", "held", "late", "again", "repair", "padding", "padded"),
    *("other type", "broken", "far", "forged"),
)
STREAMS = (0, 0, 1, 2, 2, 3)
RUN = st.lists(st.sampled_from(PACKETS), min_size=1, max_size=12)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("packets"), st.sampled_from(STREAMS), RUN, st.booleans()),
        st.tuples(st.just("packets"), st.sampled_from(STREAMS), RUN, st.booleans()),
        st.tuples(st.just("packets"), st.sampled_from(STREAMS), RUN, st.booleans()),
        st.tuples(st.just("nack"), st.sampled_from(VIEWERS), st.integers(0, 11)),
        st.tuples(st.just("picture loss"), st.sampled_from(VIEWERS)),
        st.tuples(st.just("graph"), st.sets(st.sampled_from(VIEWERS)), st.sets(st.just("camera"))),
        st.tuples(st.just("mute"), st.sampled_from((PICTURE, SOUND))),
        st.tuples(st.just("pause"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("tap"), st.booleans()),
        st.tuples(st.just("time"), st.sampled_from((0.004, 0.03, 0.5, 4.0))),
        st.tuples(st.just("report")),
    ),
    min_size=4,
    max_size=40,
)


async def play(hall: Hall, steps: list[Any], moment: Moment) -> dict[str, Any]:
    for seed, step in enumerate(steps):
        match step:
            case ("packets", stream, kinds, one_by_one):
                for place, what in enumerate(kinds):
                    hall.packet(stream, what, seed * 100 + place)
                    if one_by_one:
                        hall.look()
                        moment.now_s += 0.001
                hall.look()
            case ("nack", viewer, back):
                hall.look()
                await hall.collect()
                hall.nack(viewer, back)
                hall.look()
            case ("picture loss", viewer):
                hall.report(viewer, build_picture_loss(9, 1001))
            case ("report",):
                hall.sender_report()
            case ("time", seconds):
                hall.look()
                moment.now_s += seconds
                hall.timers()
            case _:
                hall.look()
                hall.worker._receiver.recall()  # as before every request of the control channel
                change(hall, step)
        moment.now_s += 0.001
    hall.look()
    hall.timers()
    await hall.collect()
    return hall.outcome()


def change(hall: Hall, step: Any) -> None:
    """A decision of the court, or of a participant."""
    match step:
        case ("graph", receivers, muted):
            hall.router.set_graph("room", graph_of(receivers, muted))
        case ("mute", source):
            hall.router.set_graph("room", graph_of(set(VIEWERS), {source}))
        case ("pause", consumer, paused):
            hall.router.pause_consumer(hall.consumers[consumer], paused)
        case ("tap", wanted):
            hall.router.set_tap("room", hall.tap_path if wanted else None, 1_000_000 if wanted else None)


async def both(steps: list[Any], patch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any], Hall]:
    moment, found, halls = Moment(patch), [], []
    with tempfile.TemporaryDirectory() as folder:
        for path in ("python", "native"):
            moment.begin()
            hall = Hall(path, moment, folder)
            halls.append(hall)
            try:
                found.append(await play(hall, steps, moment))
            finally:
                hall.close()
    assert isinstance(halls[1].worker._receiver, NativeReceiver)
    return found[0], found[1], halls[1]


@settings(max_examples=60)
@given(steps=STEPS)
def test_both_ways_of_receiving_come_to_the_same(steps: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        python, compiled, _ = asyncio.run(both(steps, patch))
    for what, value in python.items():
        assert compiled[what] == value, what


def test_what_is_usual_is_not_seen_by_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """All kinds of packets are among the steps; of these, only the first ones and key frames reach Python."""
    steps: list[Any] = [("tap", True)]
    for stream in range(4):
        steps += [("packets", stream, ["key"], True), ("packets", stream, ["next"] * 19 + ["gap"], False)]
    seen: list[int] = []
    usual = RelayWorker._rtp

    def watched(worker: RelayWorker, *arguments: Any) -> None:
        if isinstance(worker._receiver, NativeReceiver):
            seen.append(1)
        usual(worker, *arguments)

    monkeypatch.setattr(RelayWorker, "_rtp", watched)
    python, compiled, hall = asyncio.run(both(steps, monkeypatch))
    assert compiled == python
    assert sum(one.packets for one in hall.router.producers.values()) == 0, "the room was closed"
    assert sum(producer["packets"] for producer in compiled["stats"]["producers"].values()) == 84
    assert len(seen) <= 8
    assert all(len(compiled["got"][viewer]) > 60 for viewer in VIEWERS)
    assert len(compiled["recorded"]) >= 60
