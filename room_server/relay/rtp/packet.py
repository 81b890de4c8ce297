"""RTP headers and header extensions (RFC 3550 section 5.1, RFC 8285), read from and written into buffers in place."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack_into, unpack_from

RTP_HEADER_LENGTH = 12
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000  # the low four bits are application bits

Buffer = bytes | bytearray | memoryview


class MalformedPacketError(ValueError):
    """The bytes are not a packet of the expected kind; the message says what was wrong."""


@dataclass(slots=True)
class RtpHeader:
    """A parsed RTP header. Offsets are bytes from the start of the packet; the payload excludes padding."""

    marker: bool
    payload_type: int
    sequence_number: int
    rtp_timestamp: int
    ssrc: int
    extension_profile: int
    extension_offset: int
    extension_end: int
    payload_offset: int
    payload_end: int


def is_rtcp(data: Buffer) -> bool:
    """Whether a packet multiplexed with RTP is RTCP (RFC 5761 section 4)."""
    return len(data) >= 2 and 192 <= data[1] <= 223


def parse_rtp(data: Buffer, length: int) -> RtpHeader:
    """Parse the header of the `length`-byte RTP packet at the start of `data`.

    Raises MalformedPacketError when a length field reaches past the packet or the version is not 2.
    """
    if length < RTP_HEADER_LENGTH:
        raise MalformedPacketError(f"RTP packet of {length} bytes is shorter than its 12-byte header")
    first, second, sequence_number, rtp_timestamp, ssrc = unpack_from(">BBHII", data)
    if first >> 6 != 2:
        raise MalformedPacketError(f"RTP version is {first >> 6}, not 2")
    position = RTP_HEADER_LENGTH + 4 * (first & 0x0F)
    profile = extension_offset = extension_end = 0
    if first & 0x10:
        if position + 4 > length:
            raise MalformedPacketError("RTP extension header reaches past the packet")
        profile, words = unpack_from(">HH", data, position)
        extension_offset = position + 4
        position = extension_end = extension_offset + 4 * words
    if position > length:
        raise MalformedPacketError("RTP contributing sources or extensions reach past the packet")
    payload_end = length
    if first & 0x20:
        padding = data[length - 1]
        if padding == 0 or position + padding > length:
            raise MalformedPacketError(f"RTP padding of {padding} bytes does not fit the packet")
        payload_end = length - padding
    return RtpHeader(
        marker=second > 127,
        payload_type=second & 0x7F,
        sequence_number=sequence_number,
        rtp_timestamp=rtp_timestamp,
        ssrc=ssrc,
        extension_profile=profile,
        extension_offset=extension_offset,
        extension_end=extension_end,
        payload_offset=position,
        payload_end=payload_end,
    )


def extension_elements(data: Buffer, header: RtpHeader) -> dict[int, tuple[int, int]]:
    """Map each header extension id to the (offset, length) of its value, for the one- and two-byte forms.

    An element that reaches past the block ends the walk: what came before it is still good.
    """
    elements: dict[int, tuple[int, int]] = {}
    position, end = header.extension_offset, header.extension_end
    if header.extension_profile == ONE_BYTE_PROFILE:
        while position < end:
            first = data[position]
            if first == 0:
                position += 1
                continue
            identifier, length = first >> 4, (first & 0x0F) + 1
            # RFC 8285 section 4.2: 15, and a padding byte that claims a length, end the block.
            if identifier in (0, 15) or position + 1 + length > end:
                break
            elements[identifier] = (position + 1, length)
            position += 1 + length
    elif header.extension_profile & 0xFFF0 == TWO_BYTE_PROFILE:
        while position + 1 < end:
            identifier = data[position]
            if identifier == 0:
                position += 1
                continue
            length = data[position + 1]
            if position + 2 + length > end:
                break
            elements[identifier] = (position + 2, length)
            position += 2 + length
    return elements


def rewrite_rtp(
    data: bytearray | memoryview,
    *,
    payload_type: int | None = None,
    sequence_number: int | None = None,
    rtp_timestamp: int | None = None,
    ssrc: int | None = None,
) -> None:
    """Overwrite the given fields of an RTP header in place; the others, the marker bit included, stay."""
    if payload_type is not None:
        data[1] = (data[1] & 0x80) | payload_type
    if sequence_number is not None:
        pack_into(">H", data, 2, sequence_number)
    if rtp_timestamp is not None:
        pack_into(">I", data, 4, rtp_timestamp)
    if ssrc is not None:
        pack_into(">I", data, 8, ssrc)


def build_rtp(
    *,
    payload_type: int,
    sequence_number: int,
    rtp_timestamp: int,
    ssrc: int,
    payload: bytes,
    marker: bool = False,
    extensions: dict[int, bytes] | None = None,
) -> bytes:
    """Build one RTP packet with one-byte header extensions (ids 1-14, values of 1-16 bytes)."""
    block = bytearray()
    for identifier, value in (extensions or {}).items():
        if not 1 <= identifier <= 14 or not 1 <= len(value) <= 16:
            raise ValueError(f"extension {identifier} of {len(value)} bytes does not fit the one-byte form")
        block.append(identifier << 4 | (len(value) - 1))
        block += value
    block += bytes(-len(block) % 4)
    packet = bytearray(RTP_HEADER_LENGTH)
    first = 0x90 if block else 0x80
    pack_into(
        ">BBHII",
        packet,
        0,
        first,
        (0x80 if marker else 0) | payload_type,
        sequence_number,
        rtp_timestamp,
        ssrc,
    )
    if block:
        packet += ONE_BYTE_PROFILE.to_bytes(2, "big") + (len(block) // 4).to_bytes(2, "big") + block
    return bytes(packet) + payload


def abs_send_time(now_s: float) -> bytes:
    """The abs-send-time extension value: 24 bits of seconds in 6.18 fixed point, of any clock."""
    return (int(now_s * (1 << 18)) & 0xFFFFFF).to_bytes(3, "big")
