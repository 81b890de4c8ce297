"""VP8 depacketizing: what is cut up comes back whole, what has a hole never comes out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recording.depacketize.vp8 import Vp8Depacketizer, picture_size, read_descriptor
from recording.rtp import RtpPacket

KEY = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00"  # key frame, 320x240


def packets(frame: bytes, timestamp: int, first: int, mtu: int, descriptor: bytes = b"") -> list[RtpPacket]:
    pieces = [frame[i : i + mtu] for i in range(0, len(frame), mtu)]
    made = []
    for index, piece in enumerate(pieces):
        start = 0x10 if index == 0 else 0
        head = bytes([start | (0x80 if descriptor else 0)]) + descriptor
        last = index == len(pieces) - 1
        made.append(RtpPacket((first + index) & 0xFFFF, timestamp, 7, 96, last, head + piece))
    return made


frames = st.lists(
    st.tuples(st.booleans(), st.binary(min_size=10, max_size=400)).map(
        lambda pair: KEY + pair[1] if pair[0] else bytes([pair[1][0] | 1]) + pair[1][1:]
    ),
    min_size=1,
    max_size=8,
)
descriptors = st.sampled_from(
    [b"", b"\x80\x05", b"\x80\x85\x06", b"\xf0\x85\x06\x07\x08", b"\x40\x01", b"\x20\x01"]
)


@given(frames, descriptors, st.integers(1, 100))
def test_frames_come_back_as_they_were(given_frames, descriptor, mtu):
    depacketizer = Vp8Depacketizer()
    out = []
    for number, frame in enumerate(given_frames):
        for packet in packets(frame, number * 3000, number * 500, mtu, descriptor):
            out += depacketizer.push(packet, 0)
    assert [f.data for f in out] == given_frames and depacketizer.incomplete == 0
    assert [f.key for f in out] == [not f[0] & 1 for f in given_frames]
    assert all((f.width, f.height) == (320, 240) for f in out if f.key)


@given(frames, st.integers(5, 100), st.sets(st.integers(0, 60)))
def test_a_frame_with_a_hole_is_dropped_and_no_other(given_frames, mtu, missing):
    depacketizer = Vp8Depacketizer()
    everything = [p for n, frame in enumerate(given_frames) for p in packets(frame, n * 3000, 0, mtu)]
    touched = {everything[i].rtp_timestamp for i in missing if i < len(everything)}
    out, lost = [], 0
    for index, packet in enumerate(everything):
        if index in missing:
            lost += 1
            continue
        out += depacketizer.push(packet, lost)
        lost = 0
    out += depacketizer.flush()
    whole = [frame for n, frame in enumerate(given_frames) if n * 3000 not in touched]
    came = [f.data for f in out]
    assert came == whole


@given(st.lists(st.tuples(st.binary(max_size=30), st.booleans(), st.integers(0, 3), st.integers(0, 2))))
def test_no_payload_makes_it_fail(payloads):
    depacketizer = Vp8Depacketizer()
    for number, (payload, marker, timestamp, lost) in enumerate(payloads):
        for frame in depacketizer.push(RtpPacket(number, timestamp, 1, 96, marker, payload), lost):
            assert frame.data and (not frame.key or frame.width > 0 < frame.height)
    depacketizer.flush()


def test_a_frame_without_its_marker_ends_where_the_next_begins():
    depacketizer = Vp8Depacketizer()
    first = packets(KEY + bytes(50), 0, 0, 100)[0]
    unmarked = RtpPacket(0, 0, 7, 96, False, first.payload)
    assert depacketizer.push(unmarked, 0) == []
    out = depacketizer.push(packets(b"\x01" + bytes(20), 3000, 1, 100)[0], 0)
    assert [len(f.data) for f in out] == [60, 21]


def test_descriptors_that_are_cut_off_and_pictures_that_are_none():
    assert read_descriptor(b"\x90\x80\x80") is None and read_descriptor(b"\x10") is None
    assert read_descriptor(b"\x11\x00") == (False, 1)  # the start of partition 1 is not the start of a frame
    assert picture_size(KEY[:9]) is None and picture_size(b"\x10\x02\x00\x9d\x01\x2b" + bytes(4)) is None
