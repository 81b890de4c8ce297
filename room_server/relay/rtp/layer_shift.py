"""How a viewer's stream goes on when it is continued from another layer of a simulcast. Pure.

Each layer counts its own RTP timestamps, picture ids and TL0PICIDX (RFC 7741 section 4.2). What a viewer gets must be
one stream: to each of them a constant is added from the switch on, chosen so that nothing repeats or goes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack_into, unpack_from

from room_server.relay.rtp.packet import Buffer
from room_server.relay.rtp.sequence import unwrap_step
from room_server.relay.rtp.vp8 import Counters, move_counters, read_counters

LEAST_STEP = 90
"""RTP timestamp units (1 ms at 90 kHz) from the last picture sent to one that would not come after it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What is added to a layer's RTP timestamps (modulo 2^32), picture ids (2^15) and TL0PICIDX (2^8)."""

    timestamp: int = 0
    picture_id: int = 0
    tl0: int = 0

    @property
    def moves(self) -> bool:
        """Whether anything changes at all."""
        return bool(self.timestamp or self.picture_id or self.tl0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stream has come: the RTP timestamp and counters of its newest packet."""

    rtp_timestamp: int
    counters: Counters

    def moved(self, shift: Shift) -> Progress:
        """The same as those see it who get the stream with this shift."""
        counters = self.counters
        return Progress(
            (self.rtp_timestamp + shift.timestamp) & 0xFFFFFFFF,
            Counters(
                None if counters.picture_id is None else (counters.picture_id + shift.picture_id) & 0x7FFF,
                None if counters.tl0 is None else (counters.tl0 + shift.tl0) & 0xFF,
            ),
        )


def read_progress(packet: Buffer, places: int) -> Progress:
    """What an RTP packet with its counters at `places` says."""
    (rtp_timestamp,) = unpack_from(">I", packet, 4)
    return Progress(rtp_timestamp, read_counters(packet, places))


def continuing(last: Progress | None, first: Progress, offset: int) -> Shift:
    """The shift with which `first`, a key frame's first packet, follows `last`, which is what the viewer got last.

    `offset` maps the layer's timestamps to the line that all layers share. It is kept, unless the picture would then
    not come after the last one. Without `last` the counters stay as they are.
    """
    if last is None:
        return Shift(offset & 0xFFFFFFFF)
    step = unwrap_step(first.rtp_timestamp + offset - last.rtp_timestamp, 0, 32)
    late = LEAST_STEP - step if step <= 0 else 0
    return Shift(
        (offset + late) & 0xFFFFFFFF,
        _following(last.counters.picture_id, first.counters.picture_id, 0x7FFF),
        _following(last.counters.tl0, first.counters.tl0, 0xFF),
    )


def _following(last: int | None, first: int | None, mask: int) -> int:
    return 0 if last is None or first is None else (last + 1 - first) & mask


def move_packet(packet: bytearray | memoryview, places: int, shift: Shift) -> None:
    """Apply a shift to an RTP packet in place; `places` is where its counters are."""
    (rtp_timestamp,) = unpack_from(">I", packet, 4)
    pack_into(">I", packet, 4, (rtp_timestamp + shift.timestamp) & 0xFFFFFFFF)
    move_counters(packet, places, shift.picture_id, shift.tl0)
