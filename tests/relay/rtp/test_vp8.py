"""VP8 payload descriptors: the counters are found where RFC 7741 puts them, and moved without touching anything else."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.vp8 import (
    NO_PLACES,
    WIDE_PICTURE_ID,
    Counters,
    descriptor_places,
    move_counters,
    read_counters,
)


@dataclass(frozen=True)
class Descriptor:
    """RFC 7741 section 4.2, written the other way round."""

    picture_id: int | None
    wide: bool
    tl0: int | None
    layer: bool
    start: bool

    def to_bytes(self) -> bytes:
        flags = (0x80 if self.picture_id is not None else 0) | (0x40 if self.tl0 is not None else 0)
        flags |= 0x20 if self.layer else 0
        first = 0x10 if self.start else 0x00
        if not flags:
            return bytes((first,))
        body = bytes((first | 0x80, flags))
        if self.picture_id is not None:
            body += (
                (0x8000 | self.picture_id).to_bytes(2, "big")
                if self.wide
                else bytes((self.picture_id & 0x7F,))
            )
        if self.tl0 is not None:
            body += bytes((self.tl0,))
        return body + (bytes((0x40,)) if self.layer else b"")


DESCRIPTORS = st.builds(
    Descriptor,
    picture_id=st.none() | st.integers(0, 0x7FFF),
    wide=st.booleans(),
    tl0=st.none() | st.integers(0, 255),
    layer=st.booleans(),
    start=st.booleans(),
)


@given(DESCRIPTORS, st.binary(max_size=40), st.binary(min_size=1, max_size=20))
def test_the_counters_are_found(descriptor: Descriptor, before: bytes, after: bytes) -> None:
    packet = before + descriptor.to_bytes() + after
    places = descriptor_places(packet, len(before), len(packet))
    expected = descriptor.picture_id
    if expected is not None and not descriptor.wide:
        expected &= 0x7F
    if places == NO_PLACES:
        assert descriptor.picture_id is None and descriptor.tl0 is None
    elif before:
        assert read_counters(packet, places) == Counters(expected, descriptor.tl0)
        assert bool(places & WIDE_PICTURE_ID) is (descriptor.picture_id is not None and descriptor.wide)


@given(DESCRIPTORS, st.binary(min_size=1, max_size=20), st.integers(0, 1 << 20), st.integers(0, 1 << 12))
def test_moving_changes_both_counters_and_nothing_else(
    descriptor: Descriptor, after: bytes, picture_id_delta: int, tl0_delta: int
) -> None:
    packet = bytes(12) + descriptor.to_bytes() + after
    places = descriptor_places(packet, 12, len(packet))
    old = read_counters(packet, places)
    changed = bytearray(packet)
    move_counters(changed, places, picture_id_delta, tl0_delta)
    new = read_counters(changed, places)
    modulus = 0x8000 if descriptor.wide else 0x80
    if old.picture_id is not None:
        assert new.picture_id == (old.picture_id + picture_id_delta) % modulus
    if old.tl0 is not None:
        assert new.tl0 == (old.tl0 + tl0_delta) % 256
    assert descriptor_places(changed, 12, len(changed)) == places
    move_counters(changed, places, -picture_id_delta, -tl0_delta)
    assert changed == packet


@given(st.binary(max_size=12), st.integers(0, 12))
def test_any_bytes_are_read_within_their_end(data: bytes, start: int) -> None:
    packet = bytes(12) + data
    places = descriptor_places(packet, 12 + start, len(packet))
    read_counters(packet, places)
    changed = bytearray(packet)
    move_counters(changed, places, 1, 1)
    assert changed[: 12 + start] == packet[: 12 + start]
