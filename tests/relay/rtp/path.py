"""A path to a viewer, simulated: a narrow place with a queue before it, jitter and loss, and reports of arrivals."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from room_server.relay.rtp.bandwidth import Arrival, BandwidthEstimator
from room_server.relay.rtp.probing import ProbePlan, packet_count, packet_size

LAYERS_BPS = (150_000, 500_000, 1_500_000)
AUDIO_BYTES, AUDIO_EVERY_S = 100, 0.02
FRAME_EVERY_S = 1 / 30
REPORT_EVERY_S = 0.1
CLOCK_AHEAD_US = 777_000_000


@dataclass
class Path:
    """Packets queue before `rate_bps`; what does not fit is lost. Times in seconds."""

    rate_bps: float = 10e6
    queue_bytes: int = 40_000
    delay_s: float = 0.02
    jitter_s: float = 0.0
    loss: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    free_s: float = 0.0
    last_s: float = 0.0
    overflowed: int = 0

    def send(self, now_s: float, size: int) -> float | None:
        """When it arrives, or None."""
        begins_s = max(self.free_s, now_s)
        if (begins_s - now_s) * self.rate_bps / 8 + size > self.queue_bytes:
            self.overflowed += 1
            return None
        self.free_s = begins_s + size * 8 / self.rate_bps
        if self.chance.random() < self.loss:
            return None
        self.last_s = max(self.last_s, self.free_s + self.delay_s + self.chance.random() * self.jitter_s)
        return self.last_s


@dataclass
class Session:
    """A relay's sending to one viewer: sound, one of three layers of a picture, and probes, by the estimate."""

    path: Path
    wish: int = 2
    estimator: BandwidthEstimator = field(default_factory=BandwidthEstimator)
    plan: ProbePlan = field(default_factory=ProbePlan)
    now_s: float = 100.0
    number: int = 0
    sent: dict[int, tuple[int, float | None, int]] = field(default_factory=dict)
    reported: int = -1
    waits: list[tuple[float, float]] = field(default_factory=list)
    course: list[tuple[float, float, int]] = field(default_factory=list)
    _next: dict[str, float] = field(default_factory=dict)
    _probe: tuple[int, int, float] | None = None

    @property
    def layer(self) -> int:
        """The highest layer that fits beside the sound."""
        budget = self.estimator.bps - 60_000
        fitting = [index for index, rate in enumerate(LAYERS_BPS[: self.wish + 1]) if rate * 1.1 <= budget]
        return max(fitting, default=-1)

    def run(self, seconds: float, each: Callable[[], None] = lambda: None) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self._every("audio", AUDIO_EVERY_S, self._sound)
            self._every("video", FRAME_EVERY_S, self._picture)
            self._every("report", REPORT_EVERY_S, self._report)
            self._every("probe", 0.005, self._continue_probe)
            each()
            self.now_s += 0.001

    def _every(self, what: str, interval_s: float, action: Callable[[], None]) -> None:
        if self.now_s >= self._next.setdefault(what, self.now_s):
            self._next[what] += interval_s
            action()

    def _send(self, size: int) -> float | None:
        arrives_s = self.path.send(self.now_s, size)
        self.sent[self.number] = (int(self.now_s * 1e6), arrives_s, size)
        self.number += 1
        return arrives_s

    def _sound(self) -> None:
        arrives_s = self._send(AUDIO_BYTES)
        if arrives_s is not None:
            self.waits.append((self.now_s, arrives_s - self.now_s))

    def _picture(self) -> None:
        if self.layer < 0:
            return
        size = int(LAYERS_BPS[self.layer] / 8 * FRAME_EVERY_S * self.path.chance.uniform(0.6, 1.4))
        while size > 0:
            self._send(min(size, 1100))
            size -= 1100

    def _report(self) -> None:
        arrivals: list[Arrival] = []
        lost = 0
        arrived = [n for n, (_, at, _) in self.sent.items() if at is not None and at + 0.02 <= self.now_s]
        newest = max(arrived, default=self.reported)
        for number in sorted(n for n in self.sent if n <= newest):
            sent_us, at_s, size = self.sent.pop(number)
            if at_s is None:
                lost += 1
            else:
                # Reports count quarters of a millisecond, of a clock of their own.
                arrivals.append((number, sent_us, int(at_s * 4000) * 250 + CLOCK_AHEAD_US, size))
        self.reported = newest
        if arrivals:
            self.estimator.receive(arrivals, lost, self.now_s)
        self.course.append((self.now_s, self.estimator.bps, self.layer))
        outcome = self.estimator.settle_probe(self.now_s)
        if outcome is not None:
            self.plan.finished(self.now_s, success=outcome)
        if self.estimator.probe is None:
            self._plan_probe()

    def _plan_probe(self) -> None:
        wanted_bps = (LAYERS_BPS[self.wish] + 60_000) * 1.15
        rate = self.plan.due(
            self.now_s,
            estimate_bps=self.estimator.bps,
            wanted_bps=wanted_bps,
            calm_since_s=self.estimator.lowered_s,
        )
        if rate is not None:
            size = packet_size(rate, 100, 290)
            self.estimator.begin_probe(self.number, rate, self.now_s)
            self._probe = (packet_count(rate, size), size, rate)

    def _continue_probe(self) -> None:
        if self._probe is None:
            return
        count, size, rate = self._probe
        for _ in range(min(count, max(1, round(rate * 0.005 / 8 / size)))):
            self._send(size)
            count -= 1
        self._probe = (count, size, rate) if count > 0 else None
        if self._probe is None:
            self.estimator.end_probe(self.number - 1)
