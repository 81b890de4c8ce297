from __future__ import annotations

import contextlib
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.packet import MalformedPacketError
from room_server.relay.rtp.rtcp import TransportFeedback, parse_rtcp
from room_server.relay.rtp.twcc import TwccRecorder, parse_twcc_feedback


def read(messages: list[bytes]) -> dict[int, int | None]:
    result: dict[int, int | None] = {}
    for message in messages:
        (packet,) = parse_rtcp(message)
        assert isinstance(packet, TransportFeedback)
        result.update(parse_twcc_feedback(packet.body).by_number())
    return result


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 30_000_000)), min_size=1, max_size=120),
)
def test_feedback_says_what_arrived_and_when(start: int, arrivals: list[tuple[int, int]]) -> None:
    recorder = TwccRecorder()
    expected: dict[int, int] = {}
    number, clock = start, 5_000_000
    for step, delay in arrivals:
        recorder.receive(number & 0xFFFF, clock)
        expected[number & 0xFFFF] = clock
        number, clock = number + step, clock + delay
    reported = read(recorder.feedback(1, 2))
    for key, arrival in expected.items():
        assert reported[key] is not None and abs(reported[key] - arrival) <= 250  # type: ignore[operator]
    lost = {key for key, value in reported.items() if value is None}
    assert lost.isdisjoint(expected)


def test_nothing_is_reported_twice_unless_it_came_late() -> None:
    recorder = TwccRecorder()
    for number in (1, 2, 4):
        recorder.receive(number, 1_000_000)
    assert read(recorder.feedback(1, 2)) == {1: 1_000_000, 2: 1_000_000, 3: None, 4: 1_000_000}
    assert recorder.feedback(1, 2) == []
    recorder.receive(3, 1_500_000)
    again = read(recorder.feedback(1, 2))
    assert again == {3: 1_500_000, 4: 1_000_000}


def test_messages_are_counted() -> None:
    recorder = TwccRecorder()
    counts = []
    for number in range(3):
        recorder.receive(number, 1_000_000)
        counts += [message[19] for message in recorder.feedback(1, 2)]
    assert counts == [0, 1, 2]


def test_a_long_silence_gets_a_new_reference_time() -> None:
    recorder = TwccRecorder()
    recorder.receive(1, 1_000_000)
    recorder.receive(2, 100_000_000)
    messages = recorder.feedback(1, 2)
    assert len(messages) == 2
    assert read(messages) == {1: 1_000_000, 2: 100_000_000}


def test_an_endless_stream_keeps_bounded_memory() -> None:
    recorder = TwccRecorder()
    for number in range(20_000):
        recorder.receive(number & 0xFFFF, number * 100)
    assert sum(len(message) for message in recorder.feedback(1, 2)) < 10_000


@given(st.binary(max_size=80))
def test_hostile_feedback_is_refused_or_read(body: bytes) -> None:
    with contextlib.suppress(MalformedPacketError):
        parse_twcc_feedback(body)


def test_short_feedback_is_refused() -> None:
    with pytest.raises(MalformedPacketError):
        parse_twcc_feedback(bytes(15))


SYMBOLS = st.lists(st.integers(0, 2), min_size=1, max_size=60)


@given(SYMBOLS, st.integers(0, 0xFFFF), st.integers(0, (1 << 24) - 1), st.data())
def test_all_kinds_of_chunks_are_read(
    symbols: list[int], first: int, reference: int, data: st.DataObject
) -> None:
    chunks, place = b"", 0
    while place < len(symbols):
        rest = symbols[place:]
        kind = data.draw(st.sampled_from(("run", "ones", "twos")))
        if kind == "run" or (kind == "ones" and 2 in rest[:14]):
            run = next((index for index, one in enumerate(rest) if one != rest[0]), len(rest))
            chunks, place = chunks + pack(">H", rest[0] << 13 | run), place + run
        elif kind == "ones":
            padded = (rest + [0] * 14)[:14]
            bits = sum(one << (13 - index) for index, one in enumerate(padded))
            chunks, place = chunks + pack(">H", 0x8000 | bits), place + 14
        else:
            padded = (rest + [0] * 7)[:7]
            bits = sum(one << (12 - 2 * index) for index, one in enumerate(padded))
            chunks, place = chunks + pack(">H", 0xC000 | bits), place + 7
    clock, deltas, expected = reference * 256, b"", {}
    for index, symbol in enumerate(symbols):
        delta = (
            data.draw(st.integers(0, 255) if symbol == 1 else st.integers(-0x8000, 0x7FFF)) if symbol else 0
        )
        clock += delta
        deltas += b"" if not symbol else pack(">B", delta) if symbol == 1 else pack(">h", delta)
        expected[(first + index) & 0xFFFF] = clock * 250 if symbol else None
    body = pack(">IIHHI", 1, 2, first, len(symbols), reference << 8) + chunks + deltas
    assert parse_twcc_feedback(body).by_number() == expected
    if deltas:
        with pytest.raises(MalformedPacketError):
            parse_twcc_feedback(body[:-1])


@pytest.mark.parametrize("chunk", [0x6001, 0x0000, 0xC000 | 3 << 12])
def test_reserved_symbols_and_empty_runs_are_refused(chunk: int) -> None:
    with pytest.raises(MalformedPacketError):
        parse_twcc_feedback(pack(">IIHHIH", 1, 2, 0, 1, 0, chunk) + bytes(8))
