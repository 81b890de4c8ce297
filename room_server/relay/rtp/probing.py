"""Finding out whether a path carries more than is sent: short bursts at a higher rate, and what came of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

PROBE_S = 0.05
FEWEST_PACKETS, MOST_PACKETS = 8, 80
STEP = 2.0
"""A probe's rate beside the estimate: three of them lead from 300 kbit/s past 2 Mbit/s."""
BEYOND_WISH = 1.2
AFTER_SUCCESS_S, AFTER_FAILURE_S, LONGEST_WAIT_S = 0.2, 1.0, 2.5
CALM_S = 1.0
"""Not so soon after the estimate had to fall: the queue is still emptying."""
ANSWER_WITHIN_S = 2.0
ARRIVED_SHARE = 0.8
CARRIED_SHARE = 0.9
SATURATED = 0.95


@dataclass(slots=True)
class Probe:
    """One burst: the numbers `first` to `last` (None while it is being sent), and what arrived of them."""

    first: int
    rate_bps: float
    began_s: float
    last: int | None = None
    arrivals: list[tuple[int, int, int]] = field(default_factory=list)

    def holds(self, number: int) -> bool:
        """Whether the packet with this number was sent during the burst."""
        return number >= self.first and (self.last is None or number <= self.last)

    def measure(self) -> tuple[float | None, bool]:
        """What the path carried of it in bits per second, None where too little arrived to tell; and whether that was all
        that was sent."""
        if self.last is None or len(self.arrivals) < FEWEST_PACKETS // 2:
            return None, False
        if len(self.arrivals) < ARRIVED_SHARE * (self.last - self.first + 1):
            return None, False
        total = sum(size for _, _, size in self.arrivals)
        by_sending = sorted(self.arrivals)
        by_arrival = sorted(self.arrivals, key=lambda one: one[1])
        sending_us = by_sending[-1][0] - by_sending[0][0]
        arriving_us = by_arrival[-1][1] - by_arrival[0][1]
        if sending_us <= 0:
            return None, False
        # Between n packets there are n - 1 gaps: the last one sent, the first to arrive, are not in the span.
        sent_bps = (total - by_sending[-1][2]) * 8e6 / sending_us
        arrived_bps = (total - by_arrival[0][2]) * 8e6 / arriving_us if arriving_us > 0 else sent_bps
        if arrived_bps >= CARRIED_SHARE * sent_bps:
            return sent_bps, True
        return SATURATED * arrived_bps, False


class ProbePlan:
    """When to probe, and at what rate."""

    __slots__ = ("_next_s", "_wait_s")

    def __init__(self) -> None:
        self._next_s = float("-inf")
        self._wait_s = AFTER_FAILURE_S

    def due(
        self, now_s: float, *, estimate_bps: float, wanted_bps: float, calm_since_s: float
    ) -> float | None:
        """The rate to probe now, or None. `wanted_bps`: what the viewer would be sent if the path carried it."""
        if estimate_bps >= wanted_bps or now_s < self._next_s or now_s - calm_since_s < CALM_S:
            return None
        self._next_s = now_s + ANSWER_WITHIN_S
        return max(1.1 * estimate_bps, min(STEP * estimate_bps, BEYOND_WISH * wanted_bps))

    def finished(self, now_s: float, *, success: bool) -> None:
        """The last probe's outcome: go on at once, or wait longer each time."""
        if success:
            self._wait_s = AFTER_FAILURE_S
            self._next_s = now_s + AFTER_SUCCESS_S
        else:
            self._next_s = now_s + self._wait_s
            self._wait_s = min(1.5 * self._wait_s, LONGEST_WAIT_S)


def packet_size(rate_bps: float, least: int, most: int) -> int:
    """Bytes of each of a probe's packets, so that there are enough of them to measure by."""
    return max(least, min(most, int(rate_bps * PROBE_S / 8 / 2 / FEWEST_PACKETS)))


def packet_count(rate_bps: float, size: int) -> int:
    """How many packets of `size` bytes last PROBE_S at this rate."""
    return max(FEWEST_PACKETS, min(MOST_PACKETS, round(rate_bps * PROBE_S / 8 / size)))
