"""Opus: durations from the table of RFC 6716, and payloads that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.depacketize.opus import OpusDepacketizer, duration_ticks
from recording.rtp import RtpPacket


@pytest.mark.parametrize(
    ("configuration", "code", "rest", "ms"),
    [(0, 0, b"", 10), (3, 0, b"", 60), (12, 0, b"", 10), (13, 1, b"", 40), (16, 0, b"", 2.5), (31, 2, b"", 40), (31, 3, b"\x06", 120), (31, 3, b"\x07", 0), (31, 3, b"\x00", 0), (31, 3, b"", 0)],
)  # fmt: skip
def test_durations(configuration, code, rest, ms):
    assert duration_ticks(bytes([configuration << 3 | code]) + rest) == ms * 48


def test_every_real_packet_comes_out_as_it_went_in(tones):
    depacketizer = OpusDepacketizer()
    for at_ms, data in tones[440]:
        frame = depacketizer.push(RtpPacket(0, at_ms * 48, 1, 111, False, data), 0)[0]
        assert frame.data == data and frame.key and frame.duration_ticks == 960


@given(st.binary(max_size=50))
def test_no_payload_makes_it_fail(payload):
    for frame in OpusDepacketizer().push(RtpPacket(0, 0, 1, 111, False, payload), 0):
        assert 0 < frame.duration_ticks <= 5760
