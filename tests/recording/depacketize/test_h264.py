"""H.264 depacketizing, on pictures of a real encoder and on anything else."""

from __future__ import annotations

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.depacketize.h264 import H264Depacketizer, picture_size
from recording.rtp import RtpPacket


@pytest.mark.parametrize(("profile", "width", "height"), [("baseline", 320, 240), ("high", 426, 238)])
@pytest.mark.parametrize("aggregate", [True, False])
def test_an_encoders_pictures_come_back_and_decode(profile, width, height, aggregate, studio):
    depacketizer = H264Depacketizer()
    frames, pictures = [], studio.encode_h264(width, height, 10, profile)
    for number, picture in enumerate(pictures):
        parts = studio.h264_payloads(studio.nal_units(picture), 50, aggregate)
        for index, payload in enumerate(parts):
            frames += depacketizer.push(
                RtpPacket(index, number * 9000, 1, 102, index == len(parts) - 1, payload), 0
            )
    assert [f.key for f in frames] == [number % 5 == 0 for number in range(10)]
    assert (frames[0].width, frames[0].height) == (width, height)
    decoder = av.CodecContext.create("h264", "r")
    decoded = [d for f in frames for d in decoder.decode(av.Packet(f.data))] + decoder.decode(None)
    assert len(decoded) == 10 and (decoded[0].width, decoded[0].height) == (width, height)


def test_a_key_frame_without_its_parameter_sets_gets_those_before(studio):
    depacketizer = H264Depacketizer()
    units = studio.nal_units(studio.encode_h264(320, 240, 1, "baseline")[0])
    sets = [u for u in units if u[0] & 0x1F in (7, 8)]
    picture = [u for u in units if u[0] & 0x1F == 5]
    lone = H264Depacketizer()
    assert [f for p in picture for f in lone.push(RtpPacket(0, 0, 1, 102, True, p), 0)] == []
    assert lone.incomplete == 1
    for unit in sets:
        assert depacketizer.push(RtpPacket(0, 0, 1, 102, False, unit), 0) == []
    out = depacketizer.push(RtpPacket(1, 9000, 1, 102, True, picture[0]), 0)
    assert out[0].key and out[0].data == b"".join(b"\x00\x00\x00\x01" + u for u in [*sets, picture[0]])


@pytest.mark.parametrize("missing", range(4))
def test_a_picture_with_a_hole_is_dropped(missing, studio):
    depacketizer = H264Depacketizer()
    unit = b"\x61" + bytes(range(200))
    parts = studio.h264_payloads([unit], 60, False)
    assert len(parts) == 4
    out, lost = [], 0
    for index, payload in enumerate(parts):
        if index == missing:
            lost = 1
            continue
        out += depacketizer.push(RtpPacket(index, 0, 1, 102, index == 3, payload), lost)
        lost = 0
    out += depacketizer.push(RtpPacket(4, 9000, 1, 102, True, b"\x61abc"), lost)
    assert b"".join(payload[2:] for payload in parts) == unit[1:]
    assert all(f.rtp_timestamp == 9000 for f in out)


@given(st.lists(st.tuples(st.binary(max_size=40), st.booleans(), st.integers(0, 3), st.integers(0, 2))))
def test_no_payload_makes_it_fail(given_payloads):
    depacketizer = H264Depacketizer()
    for number, (payload, marker, timestamp, lost) in enumerate(given_payloads):
        for frame in depacketizer.push(RtpPacket(number, timestamp, 1, 102, marker, payload), lost):
            assert frame.data.startswith(b"\x00\x00\x00\x01") and (not frame.key or frame.width > 0)
    depacketizer.flush()


@given(st.binary(max_size=80))
def test_no_parameter_set_makes_it_fail(data):
    size = picture_size(b"\x67" + data)
    assert size is None or (0 < size[0] <= 16384 and 0 < size[1] <= 16384)
