"""What a receiver knows of a stream: losses, jitter and report blocks (RFC 3550 sections 6.4 and A.3, A.8), NTP time."""

from __future__ import annotations

from dataclasses import dataclass

from room_server.relay.rtp.rtcp import ReportBlock
from room_server.relay.rtp.sequence import unwrap_step

NTP_UNIX_OFFSET_S = 2_208_988_800


def ntp_from_unix(unix_s: float) -> int:
    """A Unix time as a 64-bit NTP timestamp (32.32 fixed point seconds since 1900)."""
    return int((unix_s + NTP_UNIX_OFFSET_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def unix_from_ntp(ntp: int) -> float:
    """A 64-bit NTP timestamp as Unix seconds."""
    return ntp / (1 << 32) - NTP_UNIX_OFFSET_S


def middle_ntp(ntp: int) -> int:
    """The middle 32 bits of an NTP timestamp, as used in report blocks."""
    return (ntp >> 16) & 0xFFFFFFFF


def round_trip_s(now_ntp: int, last_report: int, delay: int) -> float | None:
    """Round trip in seconds from a report block (RFC 3550 section 6.4.1), None if it names no report of ours."""
    if last_report == 0:
        return None
    elapsed = (middle_ntp(now_ntp) - last_report - delay) & 0xFFFFFFFF
    # A clock step or a made-up block shows as a negative or absurd time.
    return elapsed / 65536 if elapsed < 65536 * 30 else None


@dataclass(slots=True)
class ReceptionStatistics:
    """Counts of one received stream. Extended numbers come from the unwrapper, times in seconds of a steady clock."""

    clock_rate: int
    packets: int = 0
    jitter: float = 0.0
    _base: int | None = None
    _highest: int = 0
    _transit: float | None = None
    _expected_before: int = 0
    _received_before: int = 0
    _sender_report: int = 0
    _sender_report_s: float = 0.0

    def receive(self, extended: int, rtp_timestamp: int, now_s: float) -> None:
        """Note a packet that is not a duplicate."""
        if self._base is None:
            self._base = self._highest = extended
        self._highest = max(self._highest, extended)
        self.packets += 1
        transit = now_s * self.clock_rate - rtp_timestamp
        if self._transit is not None:
            # RTP timestamps wrap at 32 bits, so only the difference modulo 2^32 counts.
            difference = abs(unwrap_step(int(transit - self._transit), 0, 32))
            if difference < self.clock_rate * 10:
                self.jitter += (difference - self.jitter) / 16
        self._transit = transit

    def restart(self) -> None:
        """The numbering was interrupted on purpose: what lies between is not loss."""
        lost = self.lost
        self._base = None
        self._transit = None
        self.packets = 0
        self._expected_before = self._received_before = 0
        self._lost_before += lost

    _lost_before: int = 0

    @property
    def lost(self) -> int:
        """Packets missing so far, those before a restart included."""
        if self._base is None:
            return self._lost_before
        return self._lost_before + max(0, self._highest - self._base + 1 - self.packets)

    def note_sender_report(self, ntp: int, now_s: float) -> None:
        """Remember when the sender's report came, for the next report block."""
        self._sender_report = middle_ntp(ntp)
        self._sender_report_s = now_s

    def report_block(self, ssrc: int, now_s: float) -> ReportBlock:
        """The report block for this stream since the previous one."""
        expected = self._highest - self._base + 1 if self._base is not None else 0
        expected_interval = expected - self._expected_before
        lost_interval = expected_interval - (self.packets - self._received_before)
        self._expected_before, self._received_before = expected, self.packets
        fraction = 0
        if expected_interval > 0 and lost_interval > 0:
            fraction = min(255, (lost_interval << 8) // expected_interval)
        delay = int((now_s - self._sender_report_s) * 65536) if self._sender_report else 0
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=fraction,
            packets_lost=min(self.lost, 0x7FFFFF),
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=int(self.jitter),
            last_sender_report=self._sender_report,
            delay_since_last=max(0, min(delay, 0xFFFFFFFF)),
        )
