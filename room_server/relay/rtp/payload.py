"""Where key frames begin: VP8 (RFC 7741) and H.264 (RFC 6184) payloads, read without decoding."""

from __future__ import annotations

from room_server.relay.rtp.packet import Buffer

_H264_KEY_UNITS = (5, 7)  # an IDR slice, or the sequence parameter set that comes before one


def begins_key_frame(mime_type: str, data: Buffer, start: int, end: int) -> bool:
    """Whether the payload data[start:end] is the first packet of a key frame. Unknown codecs: always True."""
    name = mime_type.lower()
    if name == "video/vp8":
        return begins_vp8_key_frame(data, start, end)
    if name == "video/h264":
        return begins_h264_key_frame(data, start, end)
    return True


def vp8_descriptor_length(data: Buffer, start: int, end: int) -> int | None:
    """Length in bytes of the VP8 payload descriptor (RFC 7741 section 4.2), None if it is cut short."""
    if end - start < 1:
        return None
    length = 1
    if data[start] & 0x80:
        if end - start < 2:
            return None
        flags = data[start + 1]
        length = 2
        if flags & 0x80:
            if end - start < 3:
                return None
            length += 2 if data[start + 2] & 0x80 else 1
        length += (1 if flags & 0x40 else 0) + (1 if flags & 0x30 else 0)
    return length if length <= end - start else None


def begins_vp8_key_frame(data: Buffer, start: int, end: int) -> bool:
    """A new partition 0 whose frame header says key frame (RFC 7741 sections 4.2, 4.3)."""
    length = vp8_descriptor_length(data, start, end)
    if length is None or start + length >= end:
        return False
    if data[start] & 0x17 != 0x10:  # start of partition, and partition index 0
        return False
    return data[start + length] & 0x01 == 0


def begins_h264_key_frame(data: Buffer, start: int, end: int) -> bool:
    """A parameter set or IDR slice, alone, first in an aggregate, or as the first fragment (RFC 6184 section 5)."""
    if end - start < 2:
        return False
    unit = data[start] & 0x1F
    if unit in _H264_KEY_UNITS:
        return True
    if unit == 28:
        return data[start + 1] & 0x80 != 0 and data[start + 1] & 0x1F in _H264_KEY_UNITS
    if unit == 24:
        position = start + 1
        while position + 2 < end:
            if data[position + 2] & 0x1F in _H264_KEY_UNITS:
                return True
            position += 2 + (data[position] << 8 | data[position + 1])
    return False
