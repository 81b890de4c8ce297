"""VP8 over RTP (RFC 7741): payload descriptors taken off, packets of a picture put together. Pure."""

from __future__ import annotations

from recording.model import EncodedFrame
from recording.rtp import RtpPacket


def read_descriptor(payload: bytes) -> tuple[bool, int] | None:
    """(whether the payload starts a frame, length of the descriptor), or None when it is cut off."""
    size = len(payload)
    if size < 2:
        return None
    first = payload[0]
    offset = 1
    if first & 0x80:
        extension = payload[1]
        offset = 2
        if extension & 0x80:  # picture id, 7 or 15 bits
            if offset >= size:
                return None
            offset += 2 if payload[offset] & 0x80 else 1
        if extension & 0x40:  # TL0PICIDX
            offset += 1
        if extension & 0x30:  # TID and KEYIDX share a byte
            offset += 1
    if offset >= size:
        return None
    return (first & 0x17) == 0x10, offset


def picture_size(frame: bytes) -> tuple[int, int] | None:
    """(width, height) when `frame` is a key frame with its start code (RFC 6386 section 9.1), else None."""
    if len(frame) < 10 or frame[0] & 1 or frame[3:6] != b"\x9d\x01\x2a":
        return None
    return int.from_bytes(frame[6:8], "little") & 0x3FFF, int.from_bytes(frame[8:10], "little") & 0x3FFF


class Vp8Depacketizer:
    """Collects the packets of a picture; one with a piece missing is dropped."""

    def __init__(self) -> None:
        self.incomplete = 0
        self._rtp_timestamp: int | None = None
        self._pieces: list[bytes] = []
        self._whole = False

    def push(self, packet: RtpPacket, lost_before: int) -> list[EncodedFrame]:
        frames: list[EncodedFrame] = []
        if lost_before:
            self._whole = False
        if not packet.payload:
            return frames
        if packet.rtp_timestamp != self._rtp_timestamp:
            frames += self._finish()
            self._rtp_timestamp = packet.rtp_timestamp
            self._whole = True
        descriptor = read_descriptor(packet.payload)
        if descriptor is None:
            self._whole = False
        else:
            starts, length = descriptor
            # A frame's first packet, and only that, starts it: partition 0 begins elsewhere only if we lost the start.
            if starts != (not self._pieces):
                self._whole = False
            self._pieces.append(packet.payload[length:])
        if packet.marker:
            frames += self._finish()
        return frames

    def flush(self) -> list[EncodedFrame]:
        # Neither marker nor successor came: whether more packets belong to this picture cannot be known.
        if self._rtp_timestamp is not None:
            self._whole = False
        return self._finish()

    def _finish(self) -> list[EncodedFrame]:
        if self._rtp_timestamp is None:
            return []
        data, whole = b"".join(self._pieces), self._whole and bool(self._pieces)
        rtp_timestamp = self._rtp_timestamp
        self._rtp_timestamp, self._pieces, self._whole = None, [], False
        size = picture_size(data) if whole else None
        if not whole or (not data[0] & 1 and size is None) or (size is not None and 0 in size):
            self.incomplete += 1
            return []
        width, height = size or (0, 0)
        return [EncodedFrame(rtp_timestamp, data, size is not None, width, height)]
