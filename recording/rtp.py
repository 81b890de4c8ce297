"""RTP as the recorder needs it: the tap's datagrams, RTP packets, wrap-around, order. Pure. RFC 3550."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from recording.model import NS_PER_S, RecordingError

KIND_RTP: Final = 0
KIND_SENDER_REPORT: Final = 1
_HEADER: Final = struct.Struct(">BIQ")
_REPORT: Final = struct.Struct(">QI")
_RTP: Final = struct.Struct(">BBHII")
_NTP_TO_UNIX_S: Final = 2_208_988_800


class MalformedPacket(RecordingError):
    """A datagram or packet that cannot be read; it is counted and dropped."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """An RTP packet with header extensions and padding taken off."""

    sequence_number: int
    rtp_timestamp: int
    ssrc: int
    payload_type: int
    marker: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a sender says: its own clock (nanoseconds since 1970 by that clock) at an RTP timestamp."""

    sender_ns: int
    rtp_timestamp: int


def read_datagram(data: bytes) -> tuple[int, int, RtpPacket | SenderReport]:
    """(track, arrival in ns since the epoch, content) of one tap datagram. Raises MalformedPacket.

    Byte 0 is the kind (0 RTP, 1 sender report), then the track (u32), the arrival (u64), all big-endian; then the plain
    RTP packet, or NTP time (u64) and RTP timestamp (u32).
    """
    if len(data) < _HEADER.size:
        raise MalformedPacket("datagram shorter than its header")
    kind, track, arrival_ns = _HEADER.unpack_from(data)
    if kind == KIND_RTP:
        return track, arrival_ns, read_rtp(data[_HEADER.size :])
    if kind == KIND_SENDER_REPORT:
        if len(data) != _HEADER.size + _REPORT.size:
            raise MalformedPacket("sender report of the wrong length")
        ntp, rtp_timestamp = _REPORT.unpack_from(data, _HEADER.size)
        sender_ns = ((ntp >> 32) - _NTP_TO_UNIX_S) * NS_PER_S + (((ntp & 0xFFFFFFFF) * NS_PER_S) >> 32)
        return track, arrival_ns, SenderReport(sender_ns, rtp_timestamp)
    raise MalformedPacket(f"unknown datagram kind {kind}")


def write_rtp_datagram(track: int, arrival_ns: int, packet: bytes) -> bytes:
    """A tap datagram that carries an RTP packet."""
    return _HEADER.pack(KIND_RTP, track, arrival_ns) + packet


def write_sender_report_datagram(
    track: int, arrival_ns: int, ntp_timestamp: int, rtp_timestamp: int
) -> bytes:
    """A tap datagram that carries a sender report's clock pair (64-bit NTP time, 32-bit RTP timestamp)."""
    return _HEADER.pack(KIND_SENDER_REPORT, track, arrival_ns) + _REPORT.pack(ntp_timestamp, rtp_timestamp)


def read_rtp(data: bytes) -> RtpPacket:
    """Parse a plain RTP packet (RFC 3550 section 5.1). Raises MalformedPacket."""
    size = len(data)
    if size < _RTP.size:
        raise MalformedPacket("RTP packet shorter than its header")
    first, second, sequence_number, rtp_timestamp, ssrc = _RTP.unpack_from(data)
    if first >> 6 != 2:
        raise MalformedPacket("not RTP version 2")
    offset = _RTP.size + 4 * (first & 0x0F)
    if first & 0x10:
        if offset + 4 > size:
            raise MalformedPacket("RTP header extension cut off")
        offset += 4 + 4 * int.from_bytes(data[offset + 2 : offset + 4], "big")
    if offset > size:
        raise MalformedPacket("RTP header longer than the packet")
    end = size
    if first & 0x20:
        padding = data[-1]
        if padding == 0 or offset + padding > size:
            raise MalformedPacket("RTP padding longer than the payload")
        end -= padding
    return RtpPacket(
        sequence_number, rtp_timestamp, ssrc, second & 0x7F, bool(second & 0x80), data[offset:end]
    )


class Unwrapper:
    """Turns a counter of `bits` bits that wraps into one that does not: the nearest value to the one before."""

    def __init__(self, bits: int) -> None:
        self._modulus = 1 << bits
        self._last: int | None = None

    def extend(self, value: int) -> int:
        """The unwrapped value; the first is returned as it is. May be negative after a step back past zero."""
        if self._last is None:
            self._last = value
            return value
        nearest = self.peek(value)
        self._last = nearest
        return nearest

    def peek(self, value: int) -> int:
        """As `extend`, without moving."""
        if self._last is None:
            return value
        step = (value - self._last) % self._modulus
        if step >= self._modulus // 2:
            step -= self._modulus
        return self._last + step


@dataclass(frozen=True, slots=True)
class Ordered:
    """A packet in its place. `lost_before` packets between it and the one before never came."""

    packet: RtpPacket
    arrival_ns: int
    lost_before: int


class ReorderBuffer:
    """Puts packets of one SSRC in order: holds what came early until the missing ones come or `hold_ns` has passed.

    A recorder is in no hurry, so the hold covers a retransmission over a slow line. A jump of more than `leap`
    sequence numbers, either way, is a restarted sender: everything held is given up in order and counting starts anew.
    """

    def __init__(self, hold_ns: int = 300_000_000, limit: int = 1024, leap: int = 3000) -> None:
        self._hold_ns = hold_ns
        self._limit = limit
        self._leap = leap
        self._unwrapper = Unwrapper(16)
        self._next: int | None = None
        self._held: dict[int, tuple[RtpPacket, int]] = {}
        self.late = 0
        self.duplicates = 0

    def push(self, packet: RtpPacket, arrival_ns: int) -> list[Ordered]:
        """Take one packet; return those that are now in order."""
        sequence = self._unwrapper.peek(packet.sequence_number)
        ready: list[Ordered] = []
        if self._next is not None and abs(sequence - self._next) > self._leap:
            ready = self.flush()
            self._unwrapper = Unwrapper(16)
            self._next = None
            sequence = packet.sequence_number
        self._unwrapper.extend(packet.sequence_number)
        if self._next is None:
            self._next = sequence
        if sequence < self._next:
            self.late += 1
            return ready
        if sequence in self._held:
            self.duplicates += 1
            return ready
        self._held[sequence] = (packet, arrival_ns)
        return ready + self.release(arrival_ns)

    def release(self, now_ns: int) -> list[Ordered]:
        """What is in order, or has waited long enough for what is missing."""
        ready: list[Ordered] = []
        while self._held:
            lost = 0
            assert self._next is not None
            if self._next not in self._held:
                first = min(self._held)
                waited = now_ns - min(arrival for _, arrival in self._held.values())
                if waited < self._hold_ns and len(self._held) < self._limit:
                    break
                lost = first - self._next
                self._next = first
            packet, arrival_ns = self._held.pop(self._next)
            self._next += 1
            ready.append(Ordered(packet, arrival_ns, lost))
        return ready

    def flush(self) -> list[Ordered]:
        """Everything held, in order, missing ones given up."""
        ready: list[Ordered] = []
        for sequence in sorted(self._held):
            assert self._next is not None
            packet, arrival_ns = self._held[sequence]
            ready.append(Ordered(packet, arrival_ns, sequence - self._next))
            self._next = sequence + 1
        self._held.clear()
        return ready
