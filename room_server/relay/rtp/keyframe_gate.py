"""At most one key frame request per interval upstream, however many viewers ask."""

from __future__ import annotations

from dataclasses import dataclass

INTERVAL_S = 1.0


@dataclass(slots=True)
class KeyFrameGate:
    """Decides when a request may go to the publisher; one asked for too early is kept and comes out of `due`."""

    interval_s: float = INTERVAL_S
    pending: bool = False
    _last_s: float = float("-inf")

    def request(self, now_s: float) -> bool:
        """Somebody needs a key frame. True: send a request now."""
        if now_s - self._last_s >= self.interval_s:
            self._last_s, self.pending = now_s, False
            return True
        self.pending = True
        return False

    def due(self, now_s: float) -> bool:
        """True when a kept request may be sent now."""
        return self.pending and self.request(now_s)

    def satisfied(self) -> None:
        """A key frame came: what was kept is no longer needed."""
        self.pending = False
