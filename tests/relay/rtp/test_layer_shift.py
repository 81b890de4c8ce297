"""Continuing one layer by another: whatever the layers count from, the viewer's counters go on by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.layer_shift import (
    LEAST_STEP,
    Progress,
    Shift,
    continuing,
    move_packet,
    read_progress,
)
from room_server.relay.rtp.packet import build_rtp
from room_server.relay.rtp.sequence import unwrap_step
from room_server.relay.rtp.vp8 import Counters, descriptor_places

TIMESTAMPS = st.integers(0, 0xFFFFFFFF)
PROGRESS = st.builds(
    Progress,
    TIMESTAMPS,
    st.builds(Counters, st.none() | st.integers(0, 0x7FFF), st.none() | st.integers(0, 255)),
)


@given(PROGRESS, PROGRESS, st.integers(-0x7FFFFFFF, 0x7FFFFFFF))
def test_what_follows_comes_after_and_counts_on(last: Progress, first: Progress, offset: int) -> None:
    shift = continuing(last, first, offset)
    seen = first.moved(shift)
    step = unwrap_step(seen.rtp_timestamp - last.rtp_timestamp, 0, 32)
    on_line = unwrap_step(first.rtp_timestamp + offset - last.rtp_timestamp, 0, 32)
    assert step == (on_line if on_line > 0 else LEAST_STEP)
    for before, after, mask in (
        (last.counters.picture_id, seen.counters.picture_id, 0x7FFF),
        (last.counters.tl0, seen.counters.tl0, 0xFF),
    ):
        if before is not None and after is not None:
            assert after == (before + 1) & mask


@given(PROGRESS, TIMESTAMPS)
def test_a_viewer_who_had_nothing_gets_the_layer_on_the_common_line(first: Progress, offset: int) -> None:
    assert continuing(None, first, offset) == Shift(offset)


@given(PROGRESS, PROGRESS, PROGRESS, TIMESTAMPS, TIMESTAMPS)
def test_shifts_do_not_add_up(one: Progress, two: Progress, three: Progress, a: int, b: int) -> None:
    """Going away and back again gives the layer's own line: what was lost by 1 ms is not carried along."""
    there = continuing(one, two, a)
    back = continuing(two.moved(there), three, b)
    on_line = unwrap_step(three.rtp_timestamp + b - two.moved(there).rtp_timestamp, 0, 32)
    if on_line > 0:
        assert back.timestamp == b


@given(TIMESTAMPS, st.integers(0, 0x7FFF), st.integers(0, 255), PROGRESS, TIMESTAMPS)
def test_a_packet_is_moved_to_where_its_progress_says(
    rtp_timestamp: int, picture_id: int, tl0: int, last: Progress, offset: int
) -> None:
    payload = bytes((0x90, 0xE0)) + (0x8000 | picture_id).to_bytes(2, "big") + bytes((tl0, 0)) + b"picture"
    packet = bytearray(
        build_rtp(payload_type=101, sequence_number=5, rtp_timestamp=rtp_timestamp, ssrc=9, payload=payload)
    )
    places = descriptor_places(packet, 12, len(packet))
    before = read_progress(packet, places)
    assert before == Progress(rtp_timestamp, Counters(picture_id, tl0))
    shift = continuing(last, before, offset)
    move_packet(packet, places, shift)
    assert read_progress(packet, places) == before.moved(shift)
    assert packet.endswith(b"picture") and packet[2:4] == b"\0\5" and packet[8:12] == b"\0\0\0\x09"
    assert shift.moves or shift == Shift()
