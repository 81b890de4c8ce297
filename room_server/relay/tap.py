"""The tap: what the recorder gets. Datagrams are framed here (pure); `Tap` sends them without ever waiting.

A datagram is: kind (1 byte: 0 RTP, 1 sender report), track (u32), arrival in ns since the Unix epoch (u64), all big
endian; then the plain RTP packet as it was received, or an NTP timestamp (u64) and an RTP timestamp (u32).
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from dataclasses import dataclass
from struct import Struct
from typing import Final

RTP_KIND: Final = 0
SENDER_REPORT_KIND: Final = 1
_HEADER = Struct(">BIQ")
_REPORT = Struct(">QI")
RECONNECT_AFTER_S = 1.0
WAITING_LIMIT = 8192
"""Some seconds of a full hearing, at most 12 MB: longer than a recorder may stand still without being restarted."""


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


@dataclass(slots=True)
class TapLine:
    """How a recorder's socket stands: its descriptor, -1 while datagrams wait or there is none; how many were sent.

    The compiled loop (`native/receive.c`) has the same as a C struct and sends there itself what nothing waits before.
    """

    descriptor: int = -1
    sent: int = 0


class Tap:
    """A recorder's Unix datagram socket.

    The kernel holds only about ten datagrams for it, fewer than one video frame has, so what it cannot take at once
    waits here, in order, until the socket is writable again (`loop.add_writer`; without a loop, until the next
    `send`). Only what exceeds `WAITING_LIMIT` is dropped, and counted.
    """

    def __init__(
        self, path: str, loop: asyncio.AbstractEventLoop | None = None, line: TapLine | None = None
    ) -> None:
        self.path = path
        self.line = TapLine() if line is None else line
        self.dropped = 0
        self._loop = loop
        self._socket: socket.socket | None = None
        self._waiting: deque[bytes] = deque()
        self._watched = False
        self._retry_at_s = float("-inf")

    @property
    def sent(self) -> int:
        """Datagrams that the socket took."""
        return self.line.sent

    @property
    def waiting(self) -> int:
        """Datagrams that wait for the recorder."""
        return len(self._waiting)

    def send(self, datagram: bytes, now_s: float) -> None:
        """Send one datagram, or let it wait behind others; reconnects at most once a second."""
        if self._socket is None and not self._connect(now_s):
            self.dropped += 1
            return
        if len(self._waiting) >= WAITING_LIMIT:
            self.dropped += 1
            return
        self._waiting.append(datagram)
        if not self._watched:
            self._flush()

    def close(self) -> None:
        """Close the socket; what waits is dropped and counted; a later send reconnects."""
        if self._socket is None:
            return
        self.line.descriptor = -1
        self._watch(False)
        self._socket.close()
        self._socket = None
        self.dropped += len(self._waiting)
        self._waiting.clear()

    def _flush(self) -> None:
        if self._socket is None:
            return
        self.line.descriptor = -1
        try:
            while self._waiting:
                self._socket.send(self._waiting[0])
                self._waiting.popleft()
                self.line.sent += 1
        except BlockingIOError:
            self._watch(True)
        except OSError:
            # The recorder is gone; its successor listens at the same path.
            self.close()
        else:
            self.line.descriptor = self._socket.fileno()
            self._watch(False)

    def _watch(self, wanted: bool) -> None:
        """Ask the loop to call when the socket is writable, or no longer."""
        if self._loop is None or self._socket is None or wanted == self._watched:
            return
        self._watched = wanted
        if wanted:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

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
