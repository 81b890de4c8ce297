"""What the recorder gets of a simulcast: one stream, as if it came from one encoder that changes its picture's size.

The packets keep their header extensions; SSRC, sequence number, RTP timestamp, picture id and TL0PICIDX are those of the
one stream. Packets of the layer before that were lost and come late still find their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack_into
from typing import TYPE_CHECKING

from room_server.relay.rtp.layer_shift import Progress, Shift, continuing, move_packet, read_progress
from room_server.relay.rtp.packet import Buffer, RtpHeader
from room_server.relay.rtp.sequence import PlainPosition, SequenceMap
from room_server.relay.rtp.vp8 import NO_PLACES, descriptor_places

if TYPE_CHECKING:
    from room_server.relay.stream import Stream


@dataclass(frozen=True, slots=True)
class _Part:
    """The packets from one layer."""

    stream: Stream
    numbers: SequenceMap
    shift: Shift


class TappedLayers:
    """Chooses nothing: told with `begin` from which stream to go on."""

    def __init__(self) -> None:
        self._position = PlainPosition()
        self._now: _Part | None = None
        self._before: _Part | None = None
        self._ssrc = 0
        self._waiting = True
        self._last: Progress | None = None

    @property
    def layer(self) -> int | None:
        """The layer that is recorded; None while a key frame is needed first."""
        return None if self._now is None or self._waiting else self._now.stream.layer

    def wait(self, stream: Stream | None = None) -> None:
        """What follows does not continue what came before: begin with a key frame. `stream`: only if it is this one that
        is recorded."""
        if stream is not None and (self._now is None or stream is not self._now.stream):
            return
        self._waiting = True
        self._before = None
        if self._now is not None:
            self._now.numbers.interrupt()

    def begin(self, stream: Stream, data: Buffer, header: RtpHeader, offset: int) -> None:
        """Go on with this packet, a key frame's first; `offset` puts the stream's timestamps on the layers' line."""
        self._waiting = False
        if self._now is not None and self._now.stream is stream:
            return
        first_number = header.sequence_number + 0x10000
        if self._now is None:
            self._ssrc = header.ssrc
        else:
            self._before = _Part(
                stream=self._now.stream, numbers=self._now.numbers.concluded(), shift=self._now.shift
            )
            first_number = self._now.numbers.highest_out + 1
        packet = bytearray(data[: header.payload_end])
        pack_into(">I", packet, 4, (header.rtp_timestamp + stream.timestamp_offset) & 0xFFFFFFFF)
        first = read_progress(packet, _places(stream, packet, header))
        numbers = SequenceMap(first_number, position=self._position)
        self._now = _Part(stream, numbers, continuing(self._last, first, offset))

    def take(self, stream: Stream, data: Buffer, header: RtpHeader, extended: int) -> bytes | None:
        """A received packet as the recorder gets it; None if it is not for the recorder."""
        part = self._now
        if part is None or self._waiting:
            return None
        if stream is not part.stream:
            part = self._before
            if part is None or stream is not part.stream or extended > part.numbers.highest_in:
                return None
        if header.payload_end <= header.payload_offset:
            part.numbers.skip(extended)
            return None
        number = part.numbers.number(extended)
        if number is None:
            return None
        packet = bytearray(data[: header.payload_end])
        packet[0] &= ~0x20 & 0xFF  # the padding is left out
        pack_into(">H", packet, 2, number & 0xFFFF)
        pack_into(">I", packet, 4, (header.rtp_timestamp + stream.timestamp_offset) & 0xFFFFFFFF)
        pack_into(">I", packet, 8, self._ssrc)
        places = _places(stream, packet, header)
        move_packet(packet, places, part.shift)
        if part is self._now and extended == part.numbers.highest_in:
            self._last = read_progress(packet, places)
        return bytes(packet)

    def timestamp(self, stream: Stream, rtp_timestamp: int) -> int | None:
        """A timestamp of the recorded stream's sender, as the recorder has it; None for a stream that is not recorded."""
        if self._now is None or self._waiting or stream is not self._now.stream:
            return None
        return (rtp_timestamp + stream.timestamp_offset + self._now.shift.timestamp) & 0xFFFFFFFF


def _places(stream: Stream, packet: Buffer, header: RtpHeader) -> int:
    if stream.format.codec.mime_type != "video/VP8":
        return NO_PLACES
    return descriptor_places(packet, header.payload_offset, header.payload_end)
