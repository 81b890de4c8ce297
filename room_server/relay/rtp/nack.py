"""Asking for lost packets: which sequence numbers to NACK upstream and when (RFC 4585 section 6.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

FIRST_REQUEST_AFTER_S = 0.01  # a reordered packet may still come by itself
MAX_REQUESTS = 8
MAX_AGE_S = 1.5
MAX_MISSING = 400


@dataclass(slots=True)
class _Missing:
    since_s: float
    next_s: float
    requests: int = 0


@dataclass(slots=True)
class NackGenerator:
    """Follows the extended sequence numbers of one stream and lists what to ask for again."""

    _highest: int | None = None
    _missing: dict[int, _Missing] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._missing)

    def reset(self) -> None:
        """Forget the stream's past, as after a mute: nothing before the next packet will be asked for."""
        self._highest = None
        self._missing.clear()

    def receive(self, extended: int, now_s: float) -> bool:
        """Note an arrival. False means too much is missing to repair: ask for a key frame instead."""
        if self._highest is None:
            self._highest = extended
            return True
        if extended <= self._highest:
            self._missing.pop(extended, None)
            return True
        gap = extended - self._highest - 1
        self._highest, previous = extended, self._highest
        if gap + len(self._missing) > MAX_MISSING:
            self._missing.clear()
            return False
        for number in range(previous + 1, extended):
            self._missing[number] = _Missing(now_s, now_s + FIRST_REQUEST_AFTER_S)
        return True

    def due(self, now_s: float, round_trip_s: float) -> tuple[list[int], bool]:
        """The extended numbers to request now, and whether any was given up (then a key frame is needed)."""
        requests: list[int] = []
        abandoned: list[int] = []
        for number, entry in self._missing.items():
            if entry.requests >= MAX_REQUESTS or now_s - entry.since_s > MAX_AGE_S:
                abandoned.append(number)
            elif now_s >= entry.next_s:
                entry.requests += 1
                entry.next_s = now_s + max(0.02, round_trip_s)
                requests.append(number)
        for number in abandoned:
            del self._missing[number]
        return requests, bool(abandoned)
