"""Token buckets, and which request draws on which. Pure: the time is passed in.

Each request draws on one budget only, so that joining a full room (dozens of media requests at once) does not use up
what raising a hand needs, and a stuck key on the hand does not stop the media.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

BudgetName = Literal["general", "media", "hand", "sync", "report", "connect", "refusal"]


@dataclass(frozen=True)
class Budget:
    """``burst`` tokens at first, refilled with ``per_second`` tokens a second."""

    per_second: float
    burst: float


BUDGETS: Mapping[BudgetName, Budget] = {
    "general": Budget(per_second=10, burst=40),
    "media": Budget(per_second=40, burst=240),
    "hand": Budget(per_second=0.5, burst=6),
    "sync": Budget(per_second=1, burst=10),
    "report": Budget(per_second=0.5, burst=6),
    "connect": Budget(per_second=1, burst=20),
    "refusal": Budget(per_second=10, burst=200),
}

_BUDGET_OF: Mapping[str, BudgetName] = {
    "sync": "sync",
    "raise_hand": "hand",
    "lower_hand": "hand",
    "report_network": "report",
    "get_router_capabilities": "media",
    "create_transport": "media",
    "connect_transport": "media",
    "restart_ice": "media",
    "produce": "media",
    "close_producer": "media",
    "consume": "media",
    "resume_consumer": "media",
    "close_consumer": "media",
    "set_preferred_layers": "media",
}


def budget_of(tag: str) -> BudgetName:
    """The budget a request draws on; unknown tags draw on the general one."""
    return _BUDGET_OF.get(tag, "general")


class TokenBucket:
    """Starts full. ``now_s`` is any monotonic time in seconds; a step back counts as no time passed."""

    def __init__(self, budget: Budget, now_s: float) -> None:
        if budget.per_second < 0 or budget.burst < 1:
            raise ValueError(f"{budget}: allowed are per_second of 0 or more and a burst of 1 or more")
        self._budget = budget
        self._tokens = budget.burst
        self._at_s = now_s

    def take(self, now_s: float, tokens: float = 1.0) -> bool:
        """Take ``tokens`` if there are so many; False changes nothing but the time."""
        passed_s = max(0.0, now_s - self._at_s)
        self._at_s = max(self._at_s, now_s)
        self._tokens = min(self._budget.burst, self._tokens + passed_s * self._budget.per_second)
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True


class RateLimits:
    """The buckets of one participant on one device; they outlive a connection, or reconnecting would refill them."""

    def __init__(self, now_s: float, budgets: Mapping[BudgetName, Budget] = BUDGETS) -> None:
        self._buckets = {name: TokenBucket(budget, now_s) for name, budget in budgets.items()}
        self.used_at_s = now_s

    def allows(self, name: BudgetName, now_s: float) -> bool:
        self.used_at_s = now_s
        return self._buckets[name].take(now_s)
