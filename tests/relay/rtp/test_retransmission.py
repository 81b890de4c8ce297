from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.packet import MalformedPacketError, build_rtp, parse_rtp
from room_server.relay.rtp.retransmission import RetransmissionCache, pack_rtx, unpack_rtx


@given(st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=300), st.booleans(), st.booleans())
def test_rtx_restores_the_original(number: int, payload: bytes, marker: bool, extended: bool) -> None:
    packet = build_rtp(
        payload_type=101,
        sequence_number=number,
        rtp_timestamp=99,
        ssrc=1,
        payload=payload,
        marker=marker,
        extensions={1: b"abc"} if extended else None,
    )
    offset = parse_rtp(packet, len(packet)).payload_offset
    wrapped = pack_rtx(packet, offset, number, payload_type=102, sequence_number=7, ssrc=2)
    header = parse_rtp(wrapped, len(wrapped))
    assert (header.payload_type, header.sequence_number, header.ssrc, header.marker) == (102, 7, 2, marker)
    assert header.rtp_timestamp == 99
    assert unpack_rtx(wrapped, header, ssrc=1, payload_type=101) == packet


def test_rtx_padding_is_dropped() -> None:
    wrapped = bytearray(
        build_rtp(payload_type=102, sequence_number=1, rtp_timestamp=2, ssrc=3, payload=b"\0\x05ab\0\0\3")
    )
    wrapped[0] |= 0x20
    header = parse_rtp(wrapped, len(wrapped))
    assert unpack_rtx(wrapped, header, ssrc=9, payload_type=101) == build_rtp(
        payload_type=101, sequence_number=5, rtp_timestamp=2, ssrc=9, payload=b"ab"
    )


def test_rtx_that_is_only_padding_has_no_original() -> None:
    packet = build_rtp(payload_type=102, sequence_number=1, rtp_timestamp=2, ssrc=3, payload=b"")
    with pytest.raises(MalformedPacketError):
        unpack_rtx(packet, parse_rtp(packet, len(packet)), ssrc=9, payload_type=101)


def test_the_cache_keeps_the_newest_and_never_answers_with_another_packet() -> None:
    cache = RetransmissionCache(8)
    for number in range(100, 120):
        cache.store(number, str(number).encode())
    assert cache.find(119) == b"119"
    assert cache.find(112) == b"112"
    assert cache.find(111) is None
    cache.store(111, b"late")
    assert cache.find(119) == b"119", "a late packet must not push out a newer one"
    cache.clear()
    assert cache.find(119) is None


def test_the_cache_size_is_a_power_of_two() -> None:
    with pytest.raises(ValueError, match="power of two"):
        RetransmissionCache(100)
