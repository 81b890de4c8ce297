from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.packet import (
    MalformedPacketError,
    abs_send_time,
    build_rtp,
    extension_elements,
    is_rtcp,
    parse_rtp,
    rewrite_rtp,
)

u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
extensions = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=5)


@given(st.integers(0, 127), u16, u32, u32, st.binary(max_size=1200), st.booleans(), extensions)
def test_what_is_built_parses_back(
    pt: int, seq: int, ts: int, ssrc: int, payload: bytes, marker: bool, ext: dict
) -> None:
    packet = build_rtp(
        payload_type=pt,
        sequence_number=seq,
        rtp_timestamp=ts,
        ssrc=ssrc,
        payload=payload,
        marker=marker,
        extensions=ext,
    )
    header = parse_rtp(packet, len(packet))
    assert (header.payload_type, header.sequence_number, header.rtp_timestamp) == (pt, seq, ts)
    assert (header.ssrc, header.marker) == (ssrc, marker)
    assert packet[header.payload_offset : header.payload_end] == payload
    found = {key: packet[at : at + size] for key, (at, size) in extension_elements(packet, header).items()}
    assert found == ext


@given(st.binary(max_size=200))
def test_any_bytes_parse_within_bounds_or_are_refused(data: bytes) -> None:
    try:
        header = parse_rtp(data, len(data))
    except MalformedPacketError:
        return
    assert 12 <= header.payload_offset <= header.payload_end <= len(data)
    for offset, length in extension_elements(data, header).values():
        assert header.extension_offset <= offset and offset + length <= header.extension_end


@given(st.binary(min_size=8, max_size=60), st.integers(0, 15))
def test_hostile_extension_blocks_stay_inside(block: bytes, application_bits: int) -> None:
    block = block[: len(block) // 4 * 4]
    for profile in (0xBEDE, 0x1000 | application_bits):
        packet = bytes.fromhex("90640001000000020000000a") + profile.to_bytes(2, "big")
        packet += (len(block) // 4).to_bytes(2, "big") + block
        header = parse_rtp(packet, len(packet))
        for offset, length in extension_elements(packet, header).values():
            assert header.extension_offset <= offset and offset + length <= header.extension_end


def test_two_byte_extensions_are_read() -> None:
    packet = bytes.fromhex("90640001000000020000000a100000020103616263000000") + b"x"
    header = parse_rtp(packet, len(packet))
    offset, length = extension_elements(packet, header)[1]
    assert packet[offset : offset + length] == b"abc"


def test_padding_is_not_payload() -> None:
    packet = bytearray(
        build_rtp(payload_type=101, sequence_number=1, rtp_timestamp=2, ssrc=3, payload=b"ab\0\0\3")
    )
    packet[0] |= 0x20
    header = parse_rtp(packet, len(packet))
    assert packet[header.payload_offset : header.payload_end] == b"ab"


@pytest.mark.parametrize("padding", [0, 200])
def test_padding_that_does_not_fit_is_refused(padding: int) -> None:
    packet = bytearray(
        build_rtp(payload_type=101, sequence_number=1, rtp_timestamp=2, ssrc=3, payload=bytes([1, padding]))
    )
    packet[0] |= 0x20
    with pytest.raises(MalformedPacketError, match="padding"):
        parse_rtp(packet, len(packet))


@given(st.integers(0, 127), u16, u32, u32)
def test_rewriting_in_place_changes_only_what_is_named(pt: int, seq: int, ts: int, ssrc: int) -> None:
    packet = bytearray(
        build_rtp(payload_type=1, sequence_number=2, rtp_timestamp=3, ssrc=4, payload=b"abc", marker=True)
    )
    rewrite_rtp(packet, payload_type=pt, sequence_number=seq, rtp_timestamp=ts, ssrc=ssrc)
    assert packet == build_rtp(
        payload_type=pt, sequence_number=seq, rtp_timestamp=ts, ssrc=ssrc, payload=b"abc", marker=True
    )
    before = bytes(packet)
    rewrite_rtp(packet)
    assert packet == before


def test_rtcp_is_told_from_rtp_by_its_second_byte() -> None:
    assert is_rtcp(bytes([0x80, 200]))
    assert not is_rtcp(bytes([0x80, 0x80 | 101]))
    assert not is_rtcp(b"\x80")


def test_extensions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one-byte form"):
        build_rtp(
            payload_type=1, sequence_number=1, rtp_timestamp=1, ssrc=1, payload=b"", extensions={15: b"a"}
        )


def test_abs_send_time_counts_quarters_of_a_microsecond_times_a_million() -> None:
    assert abs_send_time(1.0) == (1 << 18).to_bytes(3, "big")
    assert abs_send_time(64.0) == b"\0\0\0"  # wraps after 64 s
