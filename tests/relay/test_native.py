"""The compiled loop and the Python path beside each other: the same packets, numbers and counts whatever happens."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from hatch_build import build_loop
from room_server.relay import native
from room_server.relay.consumer import Consumer
from room_server.relay.fanout import (
    PAYLOAD_OFFSET,
    Audience,
    NativeFanout,
    PacketFanout,
    new_fanout,
    socket_address,
)
from room_server.relay.rtp.packet import build_rtp, parse_rtp
from room_server.relay.rtp.vp8 import descriptor_places
from room_server.relay.udp import UdpEndpoint

KEY = bytes(range(28))


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """What is tested is what the source says now. Without a C compiler this fails and says so: apt-get install gcc."""
    if native.reason_against() not in (None, f"{native.SWITCH}=python"):
        assert build_loop(Path(__file__).parents[2]) is None


@dataclass
class Line:
    """One subscriber's line: a socket pair on loopback and both ends of its SRTP."""

    outbound: Session = field(init=False)
    inbound: Session = field(init=False)
    end: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
        self.outbound = Session(Policy(KEY, Policy.SSRC_ANY_OUTBOUND, 0, profile))
        self.inbound = Session(Policy(KEY, Policy.SSRC_ANY_INBOUND, 0, profile))
        self.end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.end.bind(("127.0.0.1", 0))
        self.end.settimeout(2.0)

    def received(self, count: int) -> list[bytes]:
        return [self.inbound.unprotect(self.end.recv(2048)) for _ in range(count)]


class Hall:
    """A room with subscribers on one fan-out, made of the relay's own parts around plain sockets."""

    def __init__(self, fanout: PacketFanout, subscribers: int) -> None:
        self.fanout = fanout
        self.edges: frozenset[tuple[str, str]] = frozenset(("A", f"B{n}") for n in range(subscribers))
        self.token = 1
        self.runtime = self
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.endpoint = UdpEndpoint(self.sender, "127.0.0.1", 0, True)
        self.kept: list[Any] = []
        self.lines = [Line() for _ in range(subscribers)]
        self.consumers = [self._consumer(number) for number in range(subscribers)]
        self.audience = Audience(self.consumers)

    def _consumer(self, number: int) -> Consumer:
        line, hall = self.lines[number], self

        class Transport:
            participant = f"B{number}"
            path = hall.fanout.new_path()
            outbound = line.outbound._srtp[0]
            socket = hall.sender
            address = line.end.getsockname()

        class Producer:
            participant, room, streams = "A", hall, (None,)

            class format:
                kind = "video"

        # Every other subscriber reports transport-wide numbers.
        numbered = number % 2 == 1
        if numbered:
            self.kept.append(self.fanout.begin_numbering(Transport.path))
        self.fanout.set_context(Transport.path, Transport.outbound)
        self.fanout.set_address(Transport.path, self.endpoint, Transport.address)
        made: Any = Consumer(
            id=f"con_{number}",
            producer=Producer(),  # type: ignore[arg-type]
            transport=Transport(),  # type: ignore[arg-type]
            ssrc=1000 + number,
            rtx_ssrc=2000 + number,
            rtx=True,
            mid=f"m{number:03d}",
            first_number=65000 + number,
            transport_cc=numbered,
        )
        made.state.graph = self.token
        return made

    def forward(self, packet: bytes, extended: int, key_frame: bool) -> None:
        self.fanout.template[: len(packet)] = packet
        places = descriptor_places(packet, PAYLOAD_OFFSET, len(packet))
        self.fanout.forward(len(packet), extended, key_frame, self.audience, self, places)  # type: ignore[arg-type]

    def counts(self) -> list[tuple[int, ...]]:
        return [
            tuple(
                int(getattr(one.state, name))
                for name in ("highest_in", "highest_out", "forwarded", "octets", "forbidden")
            )
            for one in self.consumers
        ]

    def sent(self) -> list[list[tuple[int, int]]]:
        """What each path remembers of its numbered packets: number and size."""
        paths = [one.transport.path for one in self.consumers if one.transport_cc]
        return [
            [record[1:] for record in self.fanout.sent_records(kept, 0, int(path.numbers))]
            for path, kept in zip(paths, self.kept, strict=True)
        ]

    def close(self) -> None:
        self.sender.close()
        for line in self.lines:
            line.end.close()


@pytest.fixture
def halls() -> Iterator[list[Hall]]:
    made: list[Hall] = []
    yield made
    for hall in made:
        hall.close()


def packet(extended: int, payload: bytes) -> bytes:
    """A forwarded packet as the producer lays it out: 12 bytes of header, 16 of extensions, then the payload."""
    built = build_rtp(
        payload_type=101, sequence_number=0, rtp_timestamp=extended * 3000, ssrc=1, payload=b"", extensions={}
    )
    return bytes((0x90,)) + built[1:12] + bytes(16) + payload


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["next", "next", "next", "next", "key", "late", "interrupt", "skip", "forbid", "permit", "move"]
        ),
        st.integers(0, 3),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(steps=STEPS, seed=st.integers(0, 1 << 16))
def test_both_paths_send_the_same(steps: list[tuple[str, int]], seed: int) -> None:
    hall_pair = [Hall(PacketFanout(), 4), Hall(NativeFanout(), 4)]
    try:
        sent: list[list[list[bytes]]] = []
        for hall in hall_pair:
            chance, extended = random.Random(seed), 70_000
            before = [0] * 4
            told: list[list[bytes]] = [[] for _ in range(4)]
            for what, who in steps:
                consumer = hall.consumers[who]
                if what in ("next", "key"):
                    extended += chance.choice((1, 1, 1, 2, 5))
                    hall.forward(packet(extended, chance.randbytes(200)), extended, what == "key")
                elif what == "late":
                    late = extended - chance.randint(1, 8)
                    hall.forward(packet(late, chance.randbytes(200)), late, False)
                elif what == "interrupt":
                    consumer.interrupt()
                elif what == "move":
                    consumer.state.moved = chance.choice((0, 1, 1))
                    consumer.state.timestamp_delta = chance.getrandbits(32)
                    consumer.state.picture_id_delta = chance.getrandbits(15)
                    consumer.state.tl0_delta = chance.getrandbits(8)
                elif what == "skip":
                    extended += 1
                    for one in hall.consumers:
                        one.numbers.skip(extended)
                elif what == "forbid":
                    hall.edges -= {consumer.edge}
                    hall.token += 1
                    for one in hall.consumers:
                        one.state.graph = hall.token if one.edge in hall.edges else 0
                else:
                    hall.edges |= {consumer.edge}
                    consumer.state.graph = hall.token
                for number, line in enumerate(hall.lines):
                    count = int(hall.consumers[number].state.forwarded)
                    told[number] += line.received(count - before[number])
                    before[number] = count
            sent.append(told)
        assert sent[0] == sent[1]
        assert hall_pair[0].counts() == hall_pair[1].counts()
        assert hall_pair[0].sent() == hall_pair[1].sent()
    finally:
        for hall in hall_pair:
            hall.close()


def test_what_the_compiled_loop_sends_is_numbered_addressed_and_authentic(halls: list[Hall]) -> None:
    hall = Hall(NativeFanout(), 70)
    halls.append(hall)
    for extended in range(5):
        hall.forward(packet(extended, b"payload"), extended, extended == 0)
    for number, line in enumerate(hall.lines):
        received = line.received(5)
        headers = [parse_rtp(one, len(one)) for one in received]
        assert [header.ssrc for header in headers] == [1000 + number] * 5
        first = (65000 + number) & 0xFFFF
        assert [header.sequence_number for header in headers] == [(first + n) & 0xFFFF for n in range(5)]
        assert all(one.endswith(b"payload") and f"m{number:03d}".encode() in one for one in received)
    assert hall.fanout.send_failures == 0


@pytest.mark.parametrize("made", [PacketFanout, NativeFanout])
def test_numbers_count_on_over_all_streams_of_a_path_and_are_remembered(
    made: type[PacketFanout], halls: list[Hall]
) -> None:
    hall = Hall(made(), 2)
    halls.append(hall)
    before_us = time.monotonic_ns() // 1000
    for extended in range(3):
        hall.forward(packet(extended, b"payload"), extended, extended == 0)
    path = hall.consumers[1].transport.path
    transport: Any = hall.consumers[1].transport
    for number in range(2):
        again = bytearray(packet(9, b"again"))
        again[3], again[12:16] = number, bytes.fromhex("bede0003")
        assert hall.fanout.send_rtp(transport, bytes(again), numbered=True, now_s=1.0)
    received = hall.lines[1].received(5)
    assert [one[21:25] for one in received] == [bytes((0x51, 0, number, 0)) for number in range(5)]
    assert path.numbers == 5
    for number, one in enumerate(received):
        record = path.sent[number]
        assert (record.number, record.bytes) == (number, len(one) + 16)
        assert 0 <= (record.at_us - before_us) & 0xFFFFFFFF < 5_000_000
    stamped = hall.lines[0].received(3)
    assert all(one[21:25] == bytes(4) for one in stamped), "as the template had it"


def test_without_a_context_or_a_socket_nothing_is_sent(halls: list[Hall]) -> None:
    hall = Hall(NativeFanout(), 2)
    halls.append(hall)
    gone = hall.consumers[0].transport
    gone.outbound = None  # type: ignore[misc]
    hall.fanout.set_context(gone.path, None)
    hall.forward(packet(1, b"x"), 1, True)
    hall.forward(packet(2, b"x"), 2, False)
    assert [int(one.state.forwarded) for one in hall.consumers] == [0, 2]


@pytest.mark.parametrize(
    ("address", "family"),
    [(("127.0.0.1", 40000), socket.AF_INET), (("::1", 40000, 7, 0), socket.AF_INET6)],
)
def test_addresses_are_those_of_the_kernel(address: tuple[Any, ...], family: socket.AddressFamily) -> None:
    packed = socket_address(address)
    assert int.from_bytes(packed[:2], "little") == family or int.from_bytes(packed[:2], "big") == family
    assert int.from_bytes(packed[2:4], "big") == 40000
    assert socket.inet_pton(family, address[0]) in packed
    assert len(packed) == (16 if family == socket.AF_INET else 28)


def test_the_environment_chooses_and_a_library_of_another_source_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(native.SWITCH, "python")
    assert new_fanout().name == "python"
    monkeypatch.setenv(native.SWITCH, "native")
    assert new_fanout().name == "native"
    other = tmp_path / "fanout.c"
    other.write_text("another")
    monkeypatch.setattr(native, "SOURCES", [other])
    with pytest.raises(native.NativeMissing, match="another version"):
        new_fanout()
    monkeypatch.delenv(native.SWITCH)
    assert new_fanout().name == "python"
