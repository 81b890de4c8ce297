"""H.264 over RTP (RFC 6184, packetization modes 0 and 1) into Annex B pictures. Pure."""

from __future__ import annotations

from typing import Final

from recording.model import EncodedFrame
from recording.rtp import RtpPacket

_START: Final = b"\x00\x00\x00\x01"
_IDR, _SPS, _PPS, _STAP_A, _FU_A = 5, 7, 8, 24, 28
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


class _Bits:
    """Reads an RBSP bit by bit; IndexError past its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def bit(self) -> int:
        byte = self._data[self._position >> 3]
        value = (byte >> (7 - (self._position & 7))) & 1
        self._position += 1
        return value

    def bits(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self.bit()
        return value

    def unsigned(self) -> int:
        """Exp-Golomb, H.264 section 9.1."""
        zeros = 0
        while not self.bit():
            zeros += 1
            if zeros > 31:
                raise IndexError
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        value = self.unsigned()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def picture_size(sps: bytes) -> tuple[int, int] | None:
    """(width, height) from a sequence parameter set NAL unit (H.264 section 7.3.2.1.1), None when it is damaged."""
    bits = _Bits(sps[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
    try:
        profile = bits.bits(8)
        bits.bits(16)
        bits.unsigned()
        chroma = 1
        if profile in _HIGH_PROFILES:
            chroma = bits.unsigned()
            if chroma == 3:
                bits.bit()
            bits.unsigned()
            bits.unsigned()
            bits.bit()
            if bits.bit():
                for index in range(8 if chroma != 3 else 12):
                    if bits.bit():
                        _skip_scaling_list(bits, 16 if index < 6 else 64)
        bits.unsigned()
        order = bits.unsigned()
        if order == 0:
            bits.unsigned()
        elif order == 1:
            bits.bit()
            bits.signed()
            bits.signed()
            for _ in range(min(bits.unsigned(), 255)):
                bits.signed()
        bits.unsigned()
        bits.bit()
        width = (bits.unsigned() + 1) * 16
        map_units = bits.unsigned() + 1
        frames_only = bits.bit()
        if not frames_only:
            bits.bit()
        height = map_units * 16 * (2 - frames_only)
        bits.bit()
        if bits.bit():
            left, right, top, bottom = (bits.unsigned() for _ in range(4))
            unit_x = 2 if chroma in (1, 2) else 1
            unit_y = (2 if chroma == 1 else 1) * (2 - frames_only)
            width -= (left + right) * unit_x
            height -= (top + bottom) * unit_y
    except IndexError:
        return None
    return (width, height) if 0 < width <= 16384 and 0 < height <= 16384 else None


class H264Depacketizer:
    """Collects the NAL units of a picture. Key frames are given with their parameter sets, repeated if need be."""

    def __init__(self) -> None:
        self.incomplete = 0
        self._rtp_timestamp: int | None = None
        self._units: list[bytes] = []
        self._fragment: list[bytes] = []
        self._whole = False
        self._sps: bytes | None = None
        self._pps: bytes | None = None

    def push(self, packet: RtpPacket, lost_before: int) -> list[EncodedFrame]:
        frames: list[EncodedFrame] = []
        if lost_before:
            # The loss may have been the end of the old picture or the start of the new: neither can be trusted.
            self._whole = False
        if not packet.payload:
            return frames
        if packet.rtp_timestamp != self._rtp_timestamp:
            frames += self._finish()
            self._rtp_timestamp = packet.rtp_timestamp
            self._whole = lost_before == 0
        if not self._take(packet.payload):
            self._whole = False
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
        units, rtp_timestamp = self._units, self._rtp_timestamp
        whole = self._whole and bool(units) and not self._fragment
        self._rtp_timestamp, self._units, self._fragment, self._whole = None, [], [], False
        if not whole:
            self.incomplete += 1
            return []
        return self._picture(units, rtp_timestamp)

    def _take(self, payload: bytes) -> bool:
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            return self._take_fragment(payload)
        if self._fragment:
            return False
        if kind == _STAP_A:
            return self._take_aggregate(payload)
        if not 1 <= kind <= 23:
            return False
        self._units.append(payload)
        return True

    def _take_aggregate(self, payload: bytes) -> bool:
        offset = 1
        while offset + 2 <= len(payload):
            size = int.from_bytes(payload[offset : offset + 2], "big")
            unit = payload[offset + 2 : offset + 2 + size]
            if size == 0 or len(unit) < size:
                return False
            self._units.append(unit)
            offset += 2 + size
        return offset == len(payload)

    def _take_fragment(self, payload: bytes) -> bool:
        if len(payload) < 3:
            return False
        starts, ends = bool(payload[1] & 0x80), bool(payload[1] & 0x40)
        if starts == bool(self._fragment):
            return False
        if starts:
            self._fragment = [bytes([payload[0] & 0xE0 | payload[1] & 0x1F])]
        self._fragment.append(payload[2:])
        if ends:
            self._units.append(b"".join(self._fragment))
            self._fragment = []
        return True

    def _picture(self, units: list[bytes], rtp_timestamp: int) -> list[EncodedFrame]:
        kinds = [unit[0] & 0x1F for unit in units]
        for unit, kind in zip(units, kinds, strict=True):
            if kind == _SPS:
                self._sps = unit
            elif kind == _PPS:
                self._pps = unit
        if not any(1 <= kind <= 5 for kind in kinds):
            return []  # parameter sets alone: remembered, and given with the next key frame
        key, size = _IDR in kinds, None
        if key:
            if self._sps is None or self._pps is None or (size := picture_size(self._sps)) is None:
                self.incomplete += 1
                return []
            if _PPS not in kinds:
                units.insert(0, self._pps)
            if _SPS not in kinds:
                units.insert(0, self._sps)
        width, height = size or (0, 0)
        data = b"".join(_START + unit for unit in units)
        return [EncodedFrame(rtp_timestamp, data, key, width, height)]
