"""The queue of a viewer whose line is narrow: pictures and repairs leave at its pace, sound never waits. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PACE = 1.15
"""Times what is left beside the sound: a key frame takes a moment, and does not fill the queue on the way."""
LONGEST_S = 1.0
LEAST_BYTES = 16_000
"""What may wait: more would come too late, but the key frame of a small picture has to fit."""
MOST_REPAIRS = 48
REPAIRS_SHARE = 0.5
BURST_BYTES = 1500
IDLE_S = 0.02
"""Unused time is not saved up for longer than that."""
LATE_S = 0.1
"""A timer that comes late is made up for so far."""


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """A packet without its transport-wide number. `number` is its extended sequence number, None for a repair."""

    owner: T
    packet: bytes
    number: int | None


class Pacer(Generic[T]):
    """Two queues, repairs and pictures, and a budget that grows with time; `pace` sets how fast."""

    __slots__ = ("_budget", "_pictures", "_repairs", "_repairs_budget", "_since_s", "_waiting", "bytes_per_s")

    def __init__(self) -> None:
        self.bytes_per_s = 0.0
        self._budget = self._repairs_budget = 0.0
        self._since_s = 0.0
        self._repairs: deque[Waiting[T]] = deque()
        self._pictures: deque[Waiting[T]] = deque()
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._repairs) + len(self._pictures)

    @property
    def waiting_bytes(self) -> int:
        """Of the pictures that wait."""
        return self._waiting

    def pace(self, left_bps: float) -> None:
        """Send at PACE times this from now on."""
        self.bytes_per_s = PACE * left_bps / 8

    def admits(self, size: int, now_s: float) -> bool:
        """Whether a picture's packet may go at once, past the queue; it is then counted as sent."""
        self._earn(now_s)
        if self._pictures or self._repairs or self._budget <= 0:
            return False
        self._budget -= size
        return True

    def hold(self, waiting: Waiting[T]) -> bool:
        """Queue a picture's packet; False where too much waits already."""
        most = max(LEAST_BYTES, LONGEST_S * self.bytes_per_s)
        if self._waiting + len(waiting.packet) > most:
            return False
        self._pictures.append(waiting)
        self._waiting += len(waiting.packet)
        return True

    def repair(self, waiting: Waiting[T]) -> bool:
        """Queue a retransmission; False where so many wait that this one would come too late."""
        if len(self._repairs) >= MOST_REPAIRS:
            return False
        self._repairs.append(waiting)
        return True

    def due(self, now_s: float) -> list[Waiting[T]]:
        """What may be sent now, in order: repairs first, as long as they leave half to the pictures."""
        self._earn(now_s)
        sending: list[Waiting[T]] = []
        while self._budget > 0 and (self._repairs or self._pictures):
            if self._repairs and (self._repairs_budget > 0 or not self._pictures):
                one = self._repairs.popleft()
                self._repairs_budget -= len(one.packet)
            elif self._pictures:
                one = self._pictures.popleft()
                self._waiting -= len(one.packet)
            else:
                break
            self._budget -= len(one.packet)
            sending.append(one)
        return sending

    def holds(self, owner: T) -> bool:
        """Whether a picture's packet waits for this owner."""
        return any(one.owner is owner for one in self._pictures)

    def drop(self, gone: Callable[[T], bool]) -> list[int]:
        """Take out everything of owners who are gone; the numbers of their pictures' packets, in order."""
        numbers = [one.number for one in self._pictures if one.number is not None and gone(one.owner)]
        self._repairs = deque(one for one in self._repairs if not gone(one.owner))
        self._pictures = deque(one for one in self._pictures if not gone(one.owner))
        self._waiting = sum(len(one.packet) for one in self._pictures)
        return numbers

    def _earn(self, now_s: float) -> None:
        since_s = max(0.0, now_s - self._since_s)
        self._since_s = max(now_s, self._since_s)
        earned = self.bytes_per_s * min(since_s, LATE_S)
        saved_s = LATE_S if self._pictures or self._repairs else IDLE_S
        self._budget = min(self._budget + earned, max(BURST_BYTES, self.bytes_per_s * saved_s))
        self._repairs_budget = min(
            self._repairs_budget + REPAIRS_SHARE * earned, max(BURST_BYTES, self.bytes_per_s * IDLE_S)
        )
