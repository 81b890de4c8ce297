from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.payload import begins_key_frame, vp8_descriptor_length


def vp8(data: bytes) -> bool:
    return begins_key_frame("video/VP8", data, 0, len(data))


def h264(data: bytes) -> bool:
    return begins_key_frame("video/H264", data, 0, len(data))


def test_vp8_key_frames_with_and_without_picture_ids() -> None:
    assert vp8(bytes([0x10, 0x00]))
    assert vp8(bytes([0x90, 0x80, 0x05, 0x10]))  # 7-bit picture id
    assert vp8(bytes([0x90, 0xF0, 0x85, 0x01, 0x07, 0x40, 0x10]))  # 15-bit picture id, TL0PICIDX, TID
    assert not vp8(bytes([0x90, 0x80, 0x05, 0x11])), "the inverse key frame bit is set"
    assert not vp8(bytes([0x80, 0x80, 0x05, 0x10])), "not the start of the partition"
    assert not vp8(bytes([0x11, 0x00])), "another partition"


def test_h264_key_frames_alone_aggregated_and_fragmented() -> None:
    assert h264(bytes([0x67, 0x42]))
    assert h264(bytes([0x65, 0x88]))
    assert h264(bytes([0x78, 0, 2, 0x09, 0x10, 0, 2, 0x67, 0x42]))
    assert h264(bytes([0x7C, 0x85, 0]))
    assert not h264(bytes([0x7C, 0x05, 0])), "a middle fragment"
    assert not h264(bytes([0x41, 0x9A]))


def test_other_codecs_need_no_key_frame() -> None:
    assert begins_key_frame("audio/opus", b"", 0, 0)


@given(st.binary(max_size=40))
def test_any_payload_is_survived(data: bytes) -> None:
    vp8(data)
    h264(data)
    length = vp8_descriptor_length(data, 0, len(data))
    assert length is None or length <= len(data)
