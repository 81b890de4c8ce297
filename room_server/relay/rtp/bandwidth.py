"""How much a path to a viewer carries, from the reports of what arrived there. Pure; times come from outside.

In the spirit of Google congestion control (draft-ietf-rmcat-gcc-02): a growing delay or heavy loss lowers the
estimate to below what arrives, calm raises it slowly, and probes raise it at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from room_server.relay.rtp.delay_trend import BURST_US, DelayTrend
from room_server.relay.rtp.probing import ANSWER_WITHIN_S, Probe

Arrival = tuple[int, int, int, int]
"""Number (extended), when sent and when arrived (microseconds of two steady clocks), size in bytes."""

START_BPS = 2_000_000
"""Enough that a healthy viewer has full pictures at once; a narrow path shows within half a second."""
FLOOR_BPS, CEILING_BPS = 60_000, 100_000_000
BACK_OFF = 0.85
BACK_OFF_EVERY_S = 0.3
LONGEST_ANSWER_S = 1.0
AGAIN_AFTER_S = 2.0
GROWTH_PER_S = 1.08
BEYOND_ARRIVED, BEYOND_MEASURED = 1.5, 1.15
"""More than so many times what arrives is not known to be carried; less where the path was full before."""
QUEUE_US = 20_000
"""A delay that grows only as far is jitter."""
RATE_WINDOW_US = 300_000
LONG_RATE_WINDOW_US = 1_000_000
RATE_KEPT = 64
LOSS_HEAVY, LOSS_CATASTROPHIC, LOSS_LIGHT = 0.10, 0.30, 0.02
LOSS_PACKETS, LOSS_WINDOW_S = 20, 0.25
MANY_PACKETS, LONG_LOSS_WINDOW_S = 100, 1.0
LOSS_OVERFLOW, OVERFLOWING_US = 0.05, 50_000
"""So much is lost, and what arrives has waited: a full queue, not a line that loses at random."""
BLACKOUT_S = 1.0
"""After such a silence of the viewer, what is missing tells of an absence, not of a narrow path."""
QUIET_AFTER_PROBE_US = 150_000
RELIABLE_AFTER_S = 5.0
CLEARLY_MORE = 1.15
FASTEST_FOR_S = 10.0


class ArrivedRate:
    """The rate at which packets arrive, over the last 300 ms or a given time."""

    __slots__ = ("_marks", "_total")

    def __init__(self) -> None:
        self._marks: deque[tuple[int, int]] = deque(maxlen=RATE_KEPT)
        self._total = 0

    def restart(self) -> None:
        """Forget all of it."""
        self._marks.clear()

    def add(self, arrived_us: int, size: int) -> None:
        """`size` bytes arrived up to this time."""
        self._total += size
        if not self._marks or arrived_us > self._marks[-1][0]:
            self._marks.append((arrived_us, self._total))

    def bps(self, window_us: int = RATE_WINDOW_US) -> float | None:
        """Bits per second; None before half of the window is known."""
        if not self._marks:
            return None
        newest_us, newest = self._marks[-1]
        for at_us, total in reversed(self._marks):
            if newest_us - at_us >= window_us:
                return (newest - total) * 8e6 / (newest_us - at_us)
        oldest_us, oldest = self._marks[0]
        span_us = newest_us - oldest_us
        return (newest - oldest) * 8e6 / span_us if span_us >= window_us // 2 else None


class QueueDelay:
    """How much longer packets take than the fastest of the last 10 to 20 s did: what waits in a queue on the way.

    Of the last two reports the fastest packet counts: jitter holds up some packets, a queue all of them.
    """

    __slots__ = ("_before_us", "_fastest_us", "_last_us", "_since_s", "us")

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget what was fastest, as for another path."""
        self.us = 0
        self._fastest_us: int | None = None
        self._before_us: int | None = None
        self._last_us: int | None = None
        self._since_s = 0.0

    def add(self, delay_us: int, now_s: float) -> None:
        """One report: the least delay of its packets, by the clocks of both ends."""
        if self._fastest_us is None or now_s - self._since_s > FASTEST_FOR_S:
            self._before_us, self._fastest_us, self._since_s = self._fastest_us, delay_us, now_s
        self._fastest_us = min(self._fastest_us, delay_us)
        fastest_us = self._fastest_us if self._before_us is None else min(self._fastest_us, self._before_us)
        lately_us = delay_us if self._last_us is None else min(delay_us, self._last_us)
        self._last_us = delay_us
        self.us = max(0, lately_us - fastest_us)


class BandwidthEstimator:
    """`bps`: the estimate. `limited`: the path was full once, so that the estimate is a measured bound and not only
    what nobody has tried to exceed. `lowered_s`: when it last had to fall."""

    __slots__ = (
        "_changed_s",
        "_expected",
        "_heard_s",
        "_loss_since_s",
        "_lost",
        "_lowered_queue_s",
        "_queue",
        "_quiet",
        "_quiet_until_us",
        "_rate",
        "_trend",
        "bps",
        "limited",
        "loss",
        "lowered_s",
        "probe",
        "probe_outcome",
    )

    def __init__(self, start_bps: float = START_BPS) -> None:
        self.bps = float(start_bps)
        self.limited = False
        self.loss = 0.0
        self.lowered_s = float("-inf")
        self.probe: Probe | None = None
        self.probe_outcome: bool | None = None
        self._trend, self._rate, self._queue = DelayTrend(), ArrivedRate(), QueueDelay()
        self._heard_s: float | None = None
        self._changed_s = 0.0
        self._expected = self._lost = 0
        self._loss_since_s = 0.0
        self._quiet = False
        self._quiet_until_us = 0
        self._lowered_queue_s = 0.0

    @property
    def heard(self) -> bool:
        """Whether there was any report: else the estimate means nothing."""
        return self._heard_s is not None

    @property
    def queue_s(self) -> float:
        """How long what arrived last had waited on the way, in seconds."""
        return self._queue.us / 1e6

    @property
    def arrived_bps(self) -> float | None:
        """The rate at which packets arrive, None where it is not known."""
        return self._rate.bps()

    # -- reports --------------------------------------------------------------------------------------------------

    def receive(self, arrivals: Sequence[Arrival], lost: int, now_s: float) -> None:
        """One report: what arrived, in the order of sending, and how many more did not than was known (negative where
        packets came that were thought lost)."""
        absent = self._heard_s is not None and now_s - self._heard_s > BLACKOUT_S
        if self._heard_s is None or absent:
            self._changed_s = self._loss_since_s = now_s
            self._trend.restart()
            self._rate.restart()
            self._queue.restart()
            self._expected = self._lost = 0
        self._heard_s = now_s
        self._take(arrivals, now_s)
        self._measure_loss(len(arrivals), 0 if absent else lost, now_s)
        self._follow(now_s)

    def _take(self, arrivals: Sequence[Arrival], now_s: float) -> None:
        if not arrivals:
            return
        probe = self.probe
        if probe is not None or self._quiet:
            for one in arrivals:
                self._take_quietly(one)
        else:
            self._take_bursts(arrivals)
        total = sum([size for _, _, _, size in arrivals])
        self._rate.add(max([arrived_us for _, _, arrived_us, _ in arrivals]), total)
        self._queue.add(min([arrived_us - sent_us for _, sent_us, arrived_us, _ in arrivals]), now_s)
        if probe is not None and probe.last is not None and arrivals[-1][0] >= probe.last:
            self._finish_probe(probe, now_s)

    def _take_bursts(self, arrivals: Sequence[Arrival]) -> None:
        """The usual case, in few steps: a thousand packets a second come here for each of many viewers."""
        add = self._trend.add_burst
        first_us = last_us = first_arrived_us = last_arrived_us = -1
        for _, sent_us, arrived_us, _ in arrivals:
            if 0 <= sent_us - first_us <= BURST_US and first_us >= 0:
                last_us = sent_us if sent_us > last_us else last_us
                last_arrived_us = arrived_us if arrived_us > last_arrived_us else last_arrived_us
                continue
            if first_us >= 0:
                add((first_us, last_us, first_arrived_us, last_arrived_us))
            first_us = last_us = sent_us
            first_arrived_us = last_arrived_us = arrived_us
        add((first_us, last_us, first_arrived_us, last_arrived_us))

    def _take_quietly(self, arrival: Arrival) -> None:
        """A packet of a probe, or soon after one: the queue that a probe made says nothing of the rest."""
        number, sent_us, arrived_us, size = arrival
        if self.probe is not None and self.probe.holds(number):
            self.probe.arrivals.append((sent_us, arrived_us, size))
            self._quiet, self._quiet_until_us = True, sent_us + QUIET_AFTER_PROBE_US
        elif self._quiet:
            if sent_us >= self._quiet_until_us:
                self._quiet = False
                self._trend.restart()
        else:
            self._trend.add(sent_us, arrived_us)

    def _measure_loss(self, arrived: int, lost: int, now_s: float) -> None:
        self._expected += arrived + lost
        self._lost += lost
        if not self._answered(now_s):
            # Lost before the last step down: that was its reason, or would have been.
            self._expected = self._lost = 0
            self._loss_since_s = now_s
        since_s = now_s - self._loss_since_s
        if self.probe is not None or self._expected < LOSS_PACKETS or since_s < LOSS_WINDOW_S:
            return
        loss = max(0.0, min(self._lost / self._expected, 1.0))
        arrived_bps = self._rate.bps()
        target_bps = self.bps * (1 - 0.5 * loss)
        if arrived_bps is not None and loss > LOSS_CATASTROPHIC:
            self._lower(min(target_bps, arrived_bps), now_s)
        elif arrived_bps is not None and loss > LOSS_OVERFLOW and self._queue.us >= OVERFLOWING_US:
            self._lower(BACK_OFF * arrived_bps, now_s)
        elif self._expected < MANY_PACKETS or since_s < LONG_LOSS_WINDOW_S:
            return  # too few to tell a twentieth from a tenth
        elif loss > LOSS_HEAVY:
            self._lower(target_bps, now_s)
        self.loss = loss
        self._expected = self._lost = 0
        self._loss_since_s = now_s

    def _follow(self, now_s: float) -> None:
        usage, arrived_bps = self._trend.usage, self._rate.bps()
        if usage == "over" and self._queue.us >= QUEUE_US:
            if self._answered(now_s) and arrived_bps is not None:
                if self.limited and now_s - self.lowered_s > AGAIN_AFTER_S:
                    # It was near the bound: what arrives in a moment is less than what the path carries.
                    arrived_bps = max(arrived_bps, self._rate.bps(LONG_RATE_WINDOW_US) or 0.0)
                self._lower(BACK_OFF * arrived_bps, now_s)
        elif usage != "under" and self.loss <= LOSS_LIGHT:
            self._grow(arrived_bps, now_s)
        self._changed_s = now_s

    def _answered(self, now_s: float) -> bool:
        """Whether what is reported now was sent after the last step down, behind all that waited then."""
        return now_s - self.lowered_s >= BACK_OFF_EVERY_S + self._lowered_queue_s

    def _lower(self, target_bps: float, now_s: float) -> None:
        if target_bps >= self.bps:
            return
        self.bps = max(FLOOR_BPS, target_bps)
        self.limited = True
        self.lowered_s, self._lowered_queue_s = now_s, min(self.queue_s, LONGEST_ANSWER_S)

    def _grow(self, arrived_bps: float | None, now_s: float) -> None:
        if arrived_bps is None or now_s - self.lowered_s < BACK_OFF_EVERY_S:
            return
        since_s = max(0.0, min(now_s - self._changed_s, 1.0))
        beyond = BEYOND_MEASURED if self.limited else BEYOND_ARRIVED
        grown = min(self.bps * GROWTH_PER_S**since_s, beyond * arrived_bps, CEILING_BPS)
        if now_s - self.lowered_s > RELIABLE_AFTER_S:
            grown = max(grown, min(arrived_bps, CEILING_BPS))
        self.bps = max(self.bps, grown)

    # -- probes ---------------------------------------------------------------------------------------------------

    def begin_probe(self, first: int, rate_bps: float, now_s: float) -> None:
        """The packets from number `first` on are sent at this rate."""
        self.probe = Probe(first, rate_bps, now_s)

    def end_probe(self, last: int) -> None:
        """Number `last` was the burst's last packet."""
        if self.probe is not None:
            self.probe.last = last

    def settle_probe(self, now_s: float) -> bool | None:
        """The outcome of the probe if there is one now, once; a probe that nobody answers has failed."""
        if self.probe is not None and now_s - self.probe.began_s > ANSWER_WITHIN_S:
            self.probe, self.probe_outcome = None, False
        outcome, self.probe_outcome = self.probe_outcome, None
        return outcome

    def _finish_probe(self, probe: Probe, now_s: float) -> None:
        self.probe = None
        measured_bps, carried = probe.measure()
        self.probe_outcome = measured_bps is not None and (carried or measured_bps > CLEARLY_MORE * self.bps)
        if measured_bps is not None and measured_bps > self.bps:
            self.bps = min(measured_bps, CEILING_BPS)
            self._changed_s = now_s
