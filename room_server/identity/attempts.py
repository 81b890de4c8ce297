"""How many failed attempts are allowed within a time. Pure: the time is passed in."""

from __future__ import annotations

from collections import OrderedDict, deque

REMEMBERED = 10_000
"""Keys kept at most; the one longest unused is forgotten first."""


class AttemptLimit:
    """At most ``allowed`` failures for one key within ``window_s`` seconds.

    An attempt counts as failed from its start, until :meth:`succeeded` is told: otherwise many attempts started at the
    same moment would all pass before the first of them had failed.
    """

    def __init__(self, allowed: int, window_s: float) -> None:
        self._allowed = allowed
        self._window_s = window_s
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        """Seconds until ``key`` may try again; 0 where it may now."""
        failures = self._failures.get(key)
        if failures is None:
            return 0.0
        while failures and failures[0] <= now_s - self._window_s:
            failures.popleft()
        if len(failures) < self._allowed:
            return 0.0
        return failures[0] + self._window_s - now_s

    def begin(self, key: str, now_s: float) -> None:
        """Count an attempt that begins now."""
        failures = self._failures.setdefault(key, deque(maxlen=self._allowed))
        failures.append(now_s)
        self._failures.move_to_end(key)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def undo(self, key: str) -> None:
        """The attempt counted last for ``key`` did not fail."""
        failures = self._failures.get(key)
        if failures:
            failures.pop()

    def succeeded(self, key: str) -> None:
        """Forget the failures of ``key``."""
        self._failures.pop(key, None)
