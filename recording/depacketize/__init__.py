"""From RTP payloads to encoded frames, one module per codec. Pure."""

from __future__ import annotations

from typing import Final, Protocol

from recording.depacketize.h264 import H264Depacketizer
from recording.depacketize.opus import OpusDepacketizer
from recording.depacketize.vp8 import Vp8Depacketizer
from recording.model import EncodedFrame, RecordingError
from recording.rtp import RtpPacket


class Depacketizer(Protocol):
    """Takes the packets of one track in order and gives whole frames; frames with a hole are dropped and counted."""

    incomplete: int

    def push(self, packet: RtpPacket, lost_before: int) -> list[EncodedFrame]:
        """Feed the next packet, with the number of packets lost right before it."""

    def flush(self) -> list[EncodedFrame]:
        """The frame still being put together, when the stream ends; only if it is whole."""


MIME_TYPES: Final = ("audio/opus", "video/VP8", "video/H264")


def depacketizer(codec: str) -> Depacketizer:
    """A fresh depacketizer for `opus`, `vp8` or `h264`. Raises RecordingError for any other."""
    if codec == "opus":
        return OpusDepacketizer()
    if codec == "vp8":
        return Vp8Depacketizer()
    if codec == "h264":
        return H264Depacketizer()
    raise RecordingError(f"cannot record the codec {codec!r}; allowed: {', '.join(MIME_TYPES)}")
