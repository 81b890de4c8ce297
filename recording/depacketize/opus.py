"""Opus over RTP: one payload is one packet (RFC 7587); durations from the TOC byte (RFC 6716 section 3.1). Pure."""

from __future__ import annotations

from typing import Final

from recording.model import EncodedFrame
from recording.rtp import RtpPacket

# Frame length in 48 kHz ticks by configuration number, RFC 6716 table 2.
_SILK: Final = (480, 960, 1920, 2880)
_HYBRID: Final = (480, 960)
_CELT: Final = (120, 240, 480, 960)
_LONGEST_TICKS: Final = 5760


def duration_ticks(payload: bytes) -> int:
    """Length of an Opus packet in 48 kHz ticks; 0 when it is not a valid one."""
    if not payload:
        return 0
    configuration, code = payload[0] >> 3, payload[0] & 3
    if configuration < 12:
        frame = _SILK[configuration & 3]
    elif configuration < 16:
        frame = _HYBRID[configuration & 1]
    else:
        frame = _CELT[configuration & 3]
    if code == 0:
        count = 1
    elif code < 3:
        count = 2
    else:
        count = payload[1] & 0x3F if len(payload) > 1 else 0
    ticks = frame * count
    return ticks if ticks <= _LONGEST_TICKS else 0


class OpusDepacketizer:
    """Every payload is a frame; a payload that is no Opus packet is dropped."""

    def __init__(self) -> None:
        self.incomplete = 0

    def push(self, packet: RtpPacket, lost_before: int) -> list[EncodedFrame]:
        if not packet.payload:
            return []
        ticks = duration_ticks(packet.payload)
        if ticks == 0:
            self.incomplete += 1
            return []
        return [EncodedFrame(packet.rtp_timestamp, packet.payload, True, duration_ticks=ticks)]

    def flush(self) -> list[EncodedFrame]:
        return []
