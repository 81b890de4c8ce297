"""RTP parsing, unwrapping and order under reordering, duplication, loss and wrap-around."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.rtp import (
    MalformedPacket,
    ReorderBuffer,
    RtpPacket,
    SenderReport,
    Unwrapper,
    read_datagram,
    read_rtp,
    write_rtp_datagram,
    write_sender_report_datagram,
)


def packet(sequence: int) -> RtpPacket:
    return RtpPacket(sequence & 0xFFFF, 0, 1, 96, False, b"x")


def test_extensions_sources_and_padding_are_taken_off():
    header = struct.pack(">BBHII", 0x80 | 0x20 | 0x10 | 2, 0x80 | 96, 5, 6, 7) + bytes(8)
    extension = struct.pack(">HH", 0xBEDE, 1) + b"abcd"
    parsed = read_rtp(header + extension + b"payload" + b"\x00\x00\x03")
    assert parsed == RtpPacket(5, 6, 7, 96, True, b"payload")


@pytest.mark.parametrize(
    "data",
    [b"", bytes(11), bytes(12), b"\x8f" + bytes(11), b"\x90" + bytes(13), b"\xa0" + bytes(11), b"\xa0" + bytes(11) + b"\x09", b"\xa0" + bytes(12)],
)  # fmt: skip
def test_broken_packets_are_refused(data):
    with pytest.raises(MalformedPacket):
        read_rtp(data)


@given(st.binary(max_size=100))
def test_any_datagram_is_read_or_refused(data):
    try:
        track, arrival_ns, content = read_datagram(data)
    except MalformedPacket:
        return
    assert 0 <= track < 1 << 32 and arrival_ns >= 0 and isinstance(content, RtpPacket | SenderReport)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=50))
def test_datagrams_come_back(track, arrival_ns, payload):
    rtp = struct.pack(">BBHII", 0x80, 96, 1, 2, 3) + payload
    assert read_datagram(write_rtp_datagram(track, arrival_ns, rtp)) == (track, arrival_ns, read_rtp(rtp))


def test_a_sender_report_gives_unix_time():
    ntp = (2_208_988_800 + 1_795_460_000) << 32 | 1 << 31
    read = read_datagram(write_sender_report_datagram(3, 9, ntp, 77))
    assert read == (3, 9, SenderReport(1_795_460_000_500_000_000, 77))


@given(st.integers(0, 2**16 - 1), st.lists(st.integers(-30000, 30000), max_size=50))
def test_unwrapping_follows_every_step(start, steps):
    unwrapper, value = Unwrapper(16), start
    assert unwrapper.extend(start) == start
    for step in steps:
        value += step
        assert unwrapper.extend(value % 65536) == value


@given(st.integers(0, 65535), st.integers(1, 200), st.integers(0, 2**32), st.integers(1, 12))
def test_shuffled_and_doubled_packets_come_out_once_in_order(first, count, seed, reach):
    chance = random.Random(seed)
    order = sorted(range(1, count), key=lambda n: n + chance.uniform(0, reach))
    sent = [0] + [n for n in order for _ in range(chance.choice((1, 1, 2)))]
    buffer, out = ReorderBuffer(), []
    for at, number in enumerate(sent):
        out += buffer.push(packet(first + number), at * 1_000_000)
    out += buffer.flush()
    assert [o.packet.sequence_number for o in out] == [(first + n) & 0xFFFF for n in range(count)]
    assert all(o.lost_before == 0 for o in out)
    assert buffer.late + buffer.duplicates == len(sent) - count


@given(st.integers(0, 65535), st.sets(st.integers(1, 98)))
def test_what_is_lost_is_counted_at_the_packet_after_it(first, missing):
    buffer, out = ReorderBuffer(), []
    for number in range(100):
        if number not in missing:
            out += buffer.push(packet(first + number), number * 20_000_000)
    out += buffer.flush()
    assert len(out) == 100 - len(missing) and sum(o.lost_before for o in out) == len(missing)
    expected = [n for n in range(100) if n not in missing]
    assert [o.packet.sequence_number for o in out] == [(first + n) & 0xFFFF for n in expected]


def test_a_missing_packet_is_waited_for_and_then_given_up():
    buffer = ReorderBuffer(hold_ns=300)
    assert len(buffer.push(packet(1), 0)) == 1
    assert buffer.push(packet(3), 10) == [] and buffer.release(309) == []
    assert [(o.packet.sequence_number, o.lost_before) for o in buffer.release(310)] == [(3, 1)]
    assert buffer.push(packet(2), 320) == [] and buffer.late == 1


def test_a_restarted_sender_is_followed():
    buffer = ReorderBuffer()
    buffer.push(packet(60000), 0)
    assert buffer.push(packet(60002), 1) == []
    assert [o.packet.sequence_number for o in buffer.push(packet(100 + 20000), 2)] == [60002, 20100]
