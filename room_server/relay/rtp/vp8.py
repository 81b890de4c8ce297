"""The VP8 payload descriptor (RFC 7741 section 4.2): where its picture id and TL0PICIDX are, and how they are moved.

A place in a packet is given as one number, so that it passes cheaply through the packet path; see `descriptor_places`.
"""

from __future__ import annotations

from dataclasses import dataclass

from room_server.relay.rtp.packet import Buffer

PICTURE_ID_MASK = 0x7FF
WIDE_PICTURE_ID = 0x800
TL0_SHIFT = 16
NO_PLACES = 0
"""A payload without picture id and TL0PICIDX, or of another codec."""


@dataclass(frozen=True, slots=True)
class Counters:
    """A packet's picture id (7 or 15 bits) and TL0PICIDX (8 bits); None where the descriptor has none."""

    picture_id: int | None = None
    tl0: int | None = None


def descriptor_places(data: Buffer, start: int, end: int) -> int:
    """Where the descriptor that begins at data[start] has its picture id and TL0PICIDX; 0 if it has neither.

    Bits 0 to 10: offset of the picture id from the start of `data`, 0 if there is none. Bit 11: it has 15 bits. Bits
    16 and up: offset of TL0PICIDX, 0 if there is none. A descriptor that is cut short has neither.
    """
    if end - start < 3 or not data[start] & 0x80:
        return NO_PLACES
    flags, at, places = data[start + 1], start + 2, NO_PLACES
    if flags & 0x80:
        wide = data[at] & 0x80
        if at + (2 if wide else 1) > end:
            return NO_PLACES
        places = at | (WIDE_PICTURE_ID if wide else 0)
        at += 2 if wide else 1
    if flags & 0x40 and at < end:
        places |= at << TL0_SHIFT
    return places


def read_counters(data: Buffer, places: int) -> Counters:
    """The picture id and TL0PICIDX at these places of a packet."""
    at, tl0_at = places & PICTURE_ID_MASK, places >> TL0_SHIFT
    picture_id = None
    if at:
        picture_id = data[at] & 0x7F
        if places & WIDE_PICTURE_ID:
            picture_id = picture_id << 8 | data[at + 1]
    return Counters(picture_id, data[tl0_at] if tl0_at else None)


def move_counters(data: bytearray | memoryview, places: int, picture_id_delta: int, tl0_delta: int) -> None:
    """Add to both in place, each modulo its own width."""
    at, tl0_at = places & PICTURE_ID_MASK, places >> TL0_SHIFT
    if at and places & WIDE_PICTURE_ID:
        moved = ((data[at] & 0x7F) << 8 | data[at + 1]) + picture_id_delta
        data[at] = 0x80 | moved >> 8 & 0x7F
        data[at + 1] = moved & 0xFF
    elif at:
        data[at] = (data[at] + picture_id_delta) & 0x7F
    if tl0_at:
        data[tl0_at] = (data[tl0_at] + tl0_delta) & 0xFF
