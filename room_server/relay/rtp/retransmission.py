"""Retransmission: the packets kept for answering NACKs, and the RTX payload format (RFC 4588 section 4)."""

from __future__ import annotations

from struct import pack, unpack_from

from room_server.relay.rtp.packet import Buffer, MalformedPacketError, RtpHeader


class RetransmissionCache:
    """A ring of the newest packets of one stream, by extended sequence number (`size` a power of two)."""

    __slots__ = ("_mask", "_numbers", "_packets")

    def __init__(self, size: int = 512) -> None:
        if size < 1 or size & (size - 1):
            raise ValueError(f"cache size must be a power of two, not {size}")
        self._mask = size - 1
        self._numbers: list[int] = [-1] * size
        self._packets: list[bytes] = [b""] * size

    def store(self, extended: int, packet: bytes) -> None:
        """Keep a packet; it replaces one that is `size` numbers older, never a newer one."""
        slot = extended & self._mask
        if extended >= self._numbers[slot]:
            self._numbers[slot] = extended
            self._packets[slot] = packet

    def find(self, extended: int) -> bytes | None:
        """The packet with exactly this extended number, if it is still kept."""
        slot = extended & self._mask
        return self._packets[slot] if self._numbers[slot] == extended else None

    def clear(self) -> None:
        """Drop everything, as when the stream is muted."""
        size = self._mask + 1
        self._numbers = [-1] * size
        self._packets = [b""] * size


def unpack_rtx(data: Buffer, header: RtpHeader, *, ssrc: int, payload_type: int) -> bytes:
    """Restore the original packet from an RTX packet: its number is the payload's first two bytes.

    `ssrc` and `payload_type` are those of the original stream. Padding is dropped, extensions are kept.
    Raises MalformedPacketError when there is no room for the number (an RTX packet that is only padding).
    """
    if header.payload_end - header.payload_offset < 2:
        raise MalformedPacketError("RTX packet has no original sequence number")
    (original,) = unpack_from(">H", data, header.payload_offset)
    first = data[0] & ~0x20
    second = (0x80 if header.marker else 0) | payload_type
    return (
        pack(">BBHII", first, second, original, header.rtp_timestamp, ssrc)
        + bytes(data[12 : header.payload_offset])
        + bytes(data[header.payload_offset + 2 : header.payload_end])
    )


def pack_rtx(
    packet: bytes, payload_offset: int, original: int, *, payload_type: int, sequence_number: int, ssrc: int
) -> bytes:
    """Wrap `packet` as RTX: own number, payload type and SSRC, then the original number, then its payload."""
    marker = packet[1] & 0x80
    return (
        packet[:1]
        + bytes((marker | payload_type,))
        + pack(">H", sequence_number)
        + packet[4:8]
        + pack(">I", ssrc)
        + packet[12:payload_offset]
        + pack(">H", original & 0xFFFF)
        + packet[payload_offset:]
    )
