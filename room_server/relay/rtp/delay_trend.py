"""Whether a path's queue grows: the trend of the one-way delay over groups of packets. Pure.

After draft-ietf-rmcat-gcc-02, sections 5.1 to 5.4, with a regression line in place of the Kalman filter.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

Usage = Literal["normal", "over", "under"]

BURST_US = 5_000
"""Packets sent within so long of each other are one group: their spacing says nothing about the path."""
LONGEST_BURST_US = 100_000
LARGEST_STEP_US = 3_000_000
"""A delay that changes by more is another path, or another clock."""
WINDOW = 20
"""Groups in the regression: some 300 ms of sound and picture together."""
SMOOTHING = 0.9
GAIN = 4.0
MOST_COUNTED = 60
OVER_FOR_MS = 10.0
# The threshold follows the trend, quickly down and slowly up, so that a steady jitter is not taken for a queue.
FIRST_THRESHOLD_MS = 12.5
THRESHOLD_UP, THRESHOLD_DOWN = 0.0087, 0.039
LOWEST_THRESHOLD_MS, HIGHEST_THRESHOLD_MS = 6.0, 600.0
OUTLIER_MS = 15.0


class DelayTrend:
    """Give it every packet in the order of sending; `usage` is the verdict so far."""

    __slots__ = (
        "_accumulated_ms",
        "_count",
        "_group",
        "_judged_us",
        "_over_ms",
        "_overs",
        "_points",
        "_previous",
        "_slope",
        "_smoothed_ms",
        "threshold_ms",
        "usage",
    )

    def __init__(self) -> None:
        self.threshold_ms = FIRST_THRESHOLD_MS
        self._judged_us: int | None = None
        self.restart()

    def restart(self) -> None:
        """Forget the course of the delay, as when packets were left out; what is known of its jitter stays."""
        self.usage: Usage = "normal"
        # First sent, last sent, first arrived, last arrived.
        self._group: tuple[int, int, int, int] | None = None
        self._previous: tuple[int, int] | None = None
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._accumulated_ms = self._smoothed_ms = self._slope = 0.0
        self._count = self._overs = 0
        self._over_ms = 0.0

    def add(self, sent_us: int, arrived_us: int) -> None:
        """One packet: when it was sent and when it arrived, by any two steady clocks."""
        self.add_burst((sent_us, sent_us, arrived_us, arrived_us))

    def add_burst(self, burst: tuple[int, int, int, int]) -> None:
        """Packets sent within BURST_US: when the first and the last was sent, when the first and the last arrived."""
        group = self._group
        if group is None:
            self._group = burst
            return
        first_us, last_us, first_arrived_us, last_arrived_us = group
        begun_us, sent_us, _, arrived_us = burst
        if begun_us < first_us:
            return  # belongs to a group that is closed
        if sent_us - first_us <= BURST_US or self._arrived_with(group, sent_us, arrived_us):
            self._group = (
                first_us,
                max(last_us, sent_us),
                first_arrived_us,
                max(last_arrived_us, arrived_us),
            )
            return
        self._close(last_us, last_arrived_us)
        self._group = burst

    @staticmethod
    def _arrived_with(group: tuple[int, int, int, int], sent_us: int, arrived_us: int) -> bool:
        """Held up somewhere and let go all at once: such packets are one group, too."""
        _, last_us, first_arrived_us, last_arrived_us = group
        step_us = arrived_us - last_arrived_us
        return (
            step_us <= BURST_US
            and step_us < sent_us - last_us
            and arrived_us - first_arrived_us < LONGEST_BURST_US
        )

    def _close(self, sent_us: int, arrived_us: int) -> None:
        previous, self._previous = self._previous, (sent_us, arrived_us)
        if previous is None:
            return
        sent_step_us, arrived_step_us = sent_us - previous[0], arrived_us - previous[1]
        if abs(arrived_step_us - sent_step_us) > LARGEST_STEP_US:
            self.restart()
            return
        self._accumulated_ms += (arrived_step_us - sent_step_us) / 1000
        self._smoothed_ms = SMOOTHING * self._smoothed_ms + (1 - SMOOTHING) * self._accumulated_ms
        self._points.append((arrived_us / 1000, self._smoothed_ms))
        self._count = min(self._count + 1, MOST_COUNTED)
        if len(self._points) == WINDOW:
            self._judge(_slope(self._points), sent_step_us / 1000, arrived_us)

    def _judge(self, slope: float, step_ms: float, arrived_us: int) -> None:
        trend_ms = self._count * slope * GAIN
        if trend_ms > self.threshold_ms:
            self._over_ms += step_ms if self._overs else step_ms / 2
            self._overs += 1
            if self._over_ms > OVER_FOR_MS and self._overs > 1 and slope >= self._slope:
                self._over_ms, self._overs = 0.0, 0
                self.usage = "over"
        else:
            self._over_ms, self._overs = 0.0, 0
            self.usage = "under" if trend_ms < -self.threshold_ms else "normal"
        self._slope = slope
        self._adapt(abs(trend_ms), arrived_us)

    def _adapt(self, size_ms: float, arrived_us: int) -> None:
        since_us = arrived_us - (arrived_us if self._judged_us is None else self._judged_us)
        self._judged_us = arrived_us
        if size_ms > self.threshold_ms + OUTLIER_MS:
            return
        gain = THRESHOLD_DOWN if size_ms < self.threshold_ms else THRESHOLD_UP
        moved = self.threshold_ms + gain * (size_ms - self.threshold_ms) * max(
            0.0, min(since_us / 1000, 100.0)
        )
        self.threshold_ms = max(LOWEST_THRESHOLD_MS, min(moved, HIGHEST_THRESHOLD_MS))


def _slope(points: deque[tuple[float, float]]) -> float:
    """Of the line through the points by least squares; 0 where all are at one moment."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return 0.0
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
