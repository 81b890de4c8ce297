"""Where the time comes from. Everything else is handed a `Clock` or a plain `datetime`.

While a hearing is recorded its time may not jump, whatever happens to the machine's clock: server, relay worker and
recorder go on by one `KeptTime`, whose epoch the server hands to the other two.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOTICEABLE_S = 2.0
"""Less is how a time service sets a clock right."""


class Clock(Protocol):
    """Wall-clock time for the record, and a monotonic count for measuring durations."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...


class KeptTime:
    """The wall clock as it stood when it was last followed, going on steadily from there, also through a suspension.

    `epoch_ns` is the Unix time in nanoseconds at which the machine's CLOCK_BOOTTIME would have been 0; it has the same
    meaning in every process of this machine.
    """

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_ns: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME),
    ) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self.epoch_ns = 0
        self.follow()

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return self.epoch_ns + self._steady_ns()

    def astray_s(self) -> float:
        """By how much the machine's clock is ahead of this one: it was set since."""
        return (self._wall_ns() - self.now_ns()) / 1e9

    def follow(self) -> None:
        """Take the machine's clock as it is now."""
        self.epoch_ns = self._wall_ns() - self._steady_ns()


KEPT = KeptTime()


class SystemClock:
    """The clock of this machine, by the time that is kept."""

    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=KEPT.now_ns() // 1000)

    def monotonic_s(self) -> float:
        return time.monotonic()


class Watch:
    """Follows the machine's clock where nobody is recorded, and says in the log when it was set. To be called often."""

    def __init__(self, kept: KeptTime, say: Callable[[str], None]) -> None:
        self._kept, self._say = kept, say
        self._said_s = 0.0

    def look(self, *, recording: bool) -> None:
        """`recording`: a hearing is recorded now, whose time must go on."""
        astray_s = self._kept.astray_s()
        if not recording:
            self._kept.follow()
            if abs(astray_s) > NOTICEABLE_S:
                self._say(
                    f"this machine's clock was set by {astray_s:+.1f} s; hearings follow it from now on"
                )
            self._said_s = 0.0
        elif abs(astray_s - self._said_s) > NOTICEABLE_S:
            self._said_s = astray_s
            self._say(
                f"this machine's clock is {astray_s:+.1f} s from the time of the hearing that is recorded: the record "
                f"goes on by the time from before, and follows the clock once no hearing is recorded"
            )
