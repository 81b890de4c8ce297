"""The tap: what the recorder gets. Datagrams are framed here (pure); `Tap` sends them without ever waiting.

A datagram is: kind (1 byte: 0 RTP, 1 sender report), track (u32), arrival in ns since the Unix epoch (u64), all big
endian; then the plain RTP packet as it was received, or an NTP timestamp (u64) and an RTP timestamp (u32).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from struct import Struct
from typing import Final

RTP_KIND: Final = 0
SENDER_REPORT_KIND: Final = 1
_HEADER = Struct(">BIQ")
_REPORT = Struct(">QI")
RECONNECT_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class TappedPacket:
    """A plain RTP packet of a track, and when it arrived."""

    track: int
    arrival_ns: int
    rtp: bytes


@dataclass(frozen=True, slots=True)
class TappedReport:
    """A publisher's sender report: its wall clock (NTP) at an RTP timestamp."""

    track: int
    arrival_ns: int
    ntp: int
    rtp_timestamp: int


def frame_packet(track: int, arrival_ns: int, rtp: bytes) -> bytes:
    """Frame one RTP packet."""
    return _HEADER.pack(RTP_KIND, track, arrival_ns) + rtp


def frame_report(track: int, arrival_ns: int, ntp: int, rtp_timestamp: int) -> bytes:
    """Frame one sender report."""
    return _HEADER.pack(SENDER_REPORT_KIND, track, arrival_ns) + _REPORT.pack(ntp, rtp_timestamp)


def parse_tap(datagram: bytes) -> TappedPacket | TappedReport:
    """Read a tap datagram. Raises ValueError when it is neither kind."""
    if len(datagram) < _HEADER.size:
        raise ValueError(
            f"tap datagram of {len(datagram)} bytes is shorter than its {_HEADER.size}-byte header"
        )
    kind, track, arrival_ns = _HEADER.unpack_from(datagram)
    if kind == RTP_KIND:
        return TappedPacket(track, arrival_ns, datagram[_HEADER.size :])
    if kind == SENDER_REPORT_KIND and len(datagram) == _HEADER.size + _REPORT.size:
        ntp, rtp_timestamp = _REPORT.unpack_from(datagram, _HEADER.size)
        return TappedReport(track, arrival_ns, ntp, rtp_timestamp)
    raise ValueError(f"tap datagram of kind {kind} and {len(datagram)} bytes is not known")


class Tap:
    """A recorder's Unix datagram socket. What it cannot take at once is dropped and counted."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sent = 0
        self.dropped = 0
        self._socket: socket.socket | None = None
        self._retry_at_s = float("-inf")

    def send(self, datagram: bytes, now_s: float) -> None:
        """Send one datagram or count it as dropped; reconnects at most once a second."""
        if self._socket is None and not self._connect(now_s):
            self.dropped += 1
            return
        assert self._socket is not None
        try:
            self._socket.send(datagram)
        except BlockingIOError:
            self.dropped += 1
        except OSError:
            # The recorder is gone; its successor listens at the same path.
            self.dropped += 1
            self.close()
        else:
            self.sent += 1

    def close(self) -> None:
        """Close the socket; a later send reconnects."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self, now_s: float) -> bool:
        if now_s < self._retry_at_s:
            return False
        self._retry_at_s = now_s + RECONNECT_AFTER_S
        candidate = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        candidate.setblocking(False)
        try:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            candidate.connect(self.path)
        except OSError:
            candidate.close()
            return False
        self._socket = candidate
        return True
