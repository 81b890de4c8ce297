"""When what a publisher sends was captured: its sender reports (RFC 3550 section 6.4.1) against our steady clock. Pure.

A report says what the publisher's wall clock showed at an RTP timestamp. All streams of one publisher are read with one
`PublisherClock`, so that what it makes of them keeps sound and picture together. What viewers are told must never take
a step: browsers draw a line through the last twenty reports of each stream, and sound is reported less often than
picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from room_server.relay.rtp.reception import unix_from_ntp
from room_server.relay.rtp.sequence import unwrap_step

JUMP_S = 0.1
"""A smaller disagreement of a report with the one before is jitter of the report, or a change of the stream."""
SLEW = 0.0002
"""Seconds per second by which `offset_s` follows: more than a crystal drifts, and within 20 s still below 5 ms."""
_FLOOR_RISE = 0.001


@dataclass(frozen=True, slots=True)
class StreamTime:
    """At `publisher_s` of the publisher's steady time the stream's RTP timestamp was `rtp_timestamp`; it runs at
    `clock_rate` a second. The report that said so came at `arrived_s` of our clock."""

    publisher_s: float
    rtp_timestamp: int
    clock_rate: int
    arrived_s: float

    def timestamp_at(self, publisher_s: float) -> int:
        """The RTP timestamp of this moment."""
        ticks = round((publisher_s - self.publisher_s) * self.clock_rate)
        return (self.rtp_timestamp + ticks) & 0xFFFFFFFF

    def time_of(self, rtp_timestamp: int) -> float:
        """The publisher's time of an RTP timestamp, the nearest to the report of those that look the same."""
        return self.publisher_s + unwrap_step(rtp_timestamp, self.rtp_timestamp, 32) / self.clock_rate


class PublisherClock:
    """One publisher's clock.

    Its steady time is its wall clock without the jumps: when our clock and the stream's agree on how much time passed
    between two reports of a stream, and only the wall clock does not, the wall clock was set.
    """

    def __init__(self) -> None:
        self.offset_s: float | None = None  # our steady clock minus the publisher's steady time
        self._correction_s = 0.0
        self._floor_s = 0.0
        self._read_s = 0.0

    def read(
        self, ntp: int, rtp_timestamp: int, clock_rate: int, now_s: float, before: StreamTime | None
    ) -> StreamTime:
        """Take a sender report that came at `now_s`; `before` is what the last one of the same stream gave."""
        publisher_s = unix_from_ntp(ntp) + self._correction_s
        if before is not None:
            jump_s = self._jump(publisher_s, rtp_timestamp, now_s, before)
            self._correction_s -= jump_s
            publisher_s -= jump_s
        elif self.offset_s is not None:
            publisher_s = self._guessed(publisher_s, now_s)
        self._follow(now_s - publisher_s, now_s)
        return StreamTime(publisher_s, rtp_timestamp, clock_rate, now_s)

    def at(self, now_s: float) -> float | None:
        """The publisher's steady time at this moment of our clock, None before the first report."""
        return None if self.offset_s is None else now_s - self.offset_s

    def _guessed(self, publisher_s: float, now_s: float) -> float:
        """A stream's first report that disagrees with what the others said: the wall clock was set meanwhile, or the
        report was held up. The moment of arrival stands in for it until the stream's second report tells which."""
        expected_s = now_s - (self.offset_s or 0.0)
        return expected_s if abs(publisher_s - expected_s) > JUMP_S else publisher_s

    @staticmethod
    def _jump(publisher_s: float, rtp_timestamp: int, now_s: float, before: StreamTime) -> float:
        by_stream_s = before.time_of(rtp_timestamp) - before.publisher_s
        ahead_s = publisher_s - before.publisher_s - by_stream_s
        ours_s = now_s - before.arrived_s - by_stream_s
        return ahead_s if abs(ahead_s) > JUMP_S and abs(ours_s) < abs(ahead_s) / 2 else 0.0

    def _follow(self, transit_s: float, now_s: float) -> None:
        """The least transit seen has the least queueing in it."""
        if self.offset_s is None:
            self.offset_s = self._floor_s = transit_s
        passed_s = max(0.0, now_s - self._read_s)
        self._read_s = now_s
        self._floor_s = min(transit_s, self._floor_s + _FLOOR_RISE * passed_s)
        room_s = SLEW * passed_s
        self.offset_s += max(-room_s, min(room_s, self._floor_s - self.offset_s))
