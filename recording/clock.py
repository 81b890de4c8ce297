"""From RTP timestamps to wall time. Pure.

A track starts anchored to the arrival of its first packet. Sender reports then say what the sender's own clock showed at
an RTP timestamp; all tracks of one participant share one estimate of (our clock - sender's clock), so sound and picture
stay together. The first report moves the track at once, later ones by a small slew, so that neither jitter of the
reports nor drift of the sender's clock is heard. A mapping that strays from the arrivals is thrown away: what a sender
claims never moves its media by more than `TOLERANCE_NS` from when they came, and never to a time after they came: what
was said before somebody was muted must not stand in the record after it.
"""

from __future__ import annotations

from typing import Final

from recording.model import NS_PER_S
from recording.rtp import Unwrapper

TOLERANCE_NS: Final = 1_500_000_000
AHEAD_NS: Final = 100_000_000
"""How far after its arrival a packet may be placed: the offset contains the usual transit, and a packet can be quicker."""
_STEP_NS: Final = 500_000_000
_SILENCE_NS: Final = 1_000_000_000
_SILENCE_TOLERANCE_NS: Final = 250_000_000
_SLEW_DIVISOR: Final = 200


class SenderClock:
    """One participant's clock against ours: `offset_ns` is ours minus theirs, transit included, smoothed."""

    def __init__(self) -> None:
        self.offset_ns: int | None = None

    def observe(self, sender_ns: int, arrival_ns: int) -> int:
        """Take one report; return the offset now in force."""
        seen = arrival_ns - sender_ns
        if self.offset_ns is None or abs(seen - self.offset_ns) > _STEP_NS:
            self.offset_ns = seen
        else:
            self.offset_ns += (seen - self.offset_ns) // 16
        return self.offset_ns


class TrackClock:
    """Wall time of one track's RTP timestamps; restarted with a new object when the SSRC changes."""

    def __init__(self, clock_rate: int, sender: SenderClock) -> None:
        self._rate = clock_rate
        self._sender = sender
        self._unwrapper = Unwrapper(32)
        self._anchor: tuple[int, int] | None = None  # (extended RTP timestamp, wall ns)
        self._target_ns = 0  # how far the anchor should still move
        self._reported = False
        self._last: tuple[int, int] | None = None  # (wall ns given, arrival ns)

    def report(self, sender_ns: int, rtp_timestamp: int, arrival_ns: int) -> None:
        """Take a sender report for this track. Ignored before the first packet, or when it cannot be true."""
        offset_ns = self._sender.observe(sender_ns, arrival_ns)
        if self._anchor is None:
            return
        extended = self._unwrapper.peek(rtp_timestamp)
        error_ns = sender_ns + offset_ns - self._wall_of(extended)
        if abs(error_ns) > TOLERANCE_NS or self._would_come_before_sent(error_ns):
            return
        if not self._reported or abs(error_ns) > _STEP_NS:
            self._shift(error_ns)
            self._target_ns = 0
        else:
            self._target_ns = error_ns
        self._reported = True

    def wall(self, rtp_timestamp: int, arrival_ns: int) -> int:
        """Wall time in ns of a packet's RTP timestamp that arrived at `arrival_ns`."""
        extended = self._unwrapper.extend(rtp_timestamp)
        if self._anchor is None:
            self._anchor = (extended, arrival_ns)
        wall_ns = self._wall_of(extended)
        astray_ns = abs(wall_ns - arrival_ns)
        silent = self._last is not None and arrival_ns - self._last[1] > _SILENCE_NS
        ahead = wall_ns - arrival_ns > AHEAD_NS
        if ahead or astray_ns > TOLERANCE_NS or (silent and astray_ns > _SILENCE_TOLERANCE_NS):
            # A paused sender may or may not count on: after silence the arrival is the better witness.
            self._anchor, self._target_ns, self._reported = (extended, arrival_ns), 0, False
            wall_ns = arrival_ns
        if self._target_ns and self._last is not None and wall_ns > self._last[0]:
            room_ns = (wall_ns - self._last[0]) // _SLEW_DIVISOR
            step_ns = max(-room_ns, min(room_ns, self._target_ns))
            self._shift(step_ns)
            self._target_ns -= step_ns
            wall_ns += step_ns
        self._last = (wall_ns, arrival_ns)
        return wall_ns

    def _would_come_before_sent(self, error_ns: int) -> bool:
        """Whether the report would place the last packet after its arrival; a sender whose pacing stalls says so."""
        return self._last is not None and self._last[0] + error_ns - self._last[1] > AHEAD_NS

    def _wall_of(self, extended: int) -> int:
        assert self._anchor is not None
        return self._anchor[1] + (extended - self._anchor[0]) * NS_PER_S // self._rate

    def _shift(self, by_ns: int) -> None:
        assert self._anchor is not None
        self._anchor = (self._anchor[0], self._anchor[1] + by_ns)
