"""On which worker a hearing's media are relayed, and when a dead worker is started again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

RESTART_DELAYS_S = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
STEADY_S = 30.0
"""A worker that ran for so long did not die of its start: the next restart is again at once."""
REPEATED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """One running worker: the hearings that have their place on it, and in how many of them somebody is."""

    worker: int
    occupied: int
    placed: int


def least_loaded(loads: Iterable[WorkerLoad]) -> int | None:
    """The worker with the fewest hearings that have people in them, then the fewest hearings, then the lowest number.

    None where no worker is given. What is to come cannot be known, so that a hearing nobody is in still counts a little:
    its people may all return within a minute.
    """
    best = min(loads, key=lambda load: (load.occupied, load.placed, load.worker), default=None)
    return None if best is None else best.worker


def restart_delay_s(failures: int) -> float:
    """How long to wait before a worker is started that ended, or did not start, so many times in a row (from 1)."""
    return RESTART_DELAYS_S[min(max(failures, 1), len(RESTART_DELAYS_S)) - 1]


@dataclass(frozen=True, slots=True)
class Losses:
    """The workers that a hearing lost, as far as it matters where it goes next."""

    last: int
    """The worker that died last under this hearing."""
    at_s: float
    repeated: bool = False

    def then(self, worker: int, now_s: float) -> Losses:
        """After one more."""
        return Losses(worker, now_s, repeated=now_s - self.at_s < REPEATED_WITHIN_S)

    @property
    def only(self) -> int | None:
        """The one worker this hearing may return to, None for any.

        Whoever's packets end a worker would end one after another and take all hearings along. So a hearing that lost two
        within a minute waits for the second to be started again: no more than two workers ever die of it.
        """
        return self.last if self.repeated else None
