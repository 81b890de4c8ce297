"""The rate of a stream, from a byte count that only grows. Pure."""

from __future__ import annotations

from collections import deque

SPAN_S = 1.0
STEP_S = 0.2


class RateMeter:
    """Remembers the count about five times a second; the rate is what came since the count a second ago."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=round(SPAN_S / STEP_S) + 1)

    def sample(self, total_bytes: int, now_s: float) -> None:
        """Tell the count; more often than every 0.2 s changes nothing."""
        if not self._samples or now_s - self._samples[-1][0] >= STEP_S:
            self._samples.append((now_s, total_bytes))

    def bits_per_s(self, total_bytes: int, now_s: float) -> int:
        """The rate over about the last second; 0 before there are two counts."""
        for at_s, count in self._samples:
            if now_s - at_s <= SPAN_S + STEP_S:
                span_s = now_s - at_s
                return round((total_bytes - count) * 8 / span_s) if span_s >= STEP_S else 0
        return 0
