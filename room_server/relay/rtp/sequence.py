"""Sequence numbers: unwrapping (RFC 3550 appendix A.1), the window of what arrived, and continuous renumbering."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

# A step further than this from the newest packet is taken for a restart, once a second packet confirms it.
MAX_FORWARD_STEP = 3000
MAX_BACKWARD_STEP = 1024


def unwrap_step(sequence_number: int, reference: int, bits: int = 16) -> int:
    """Signed distance from `reference` (unwrapped) to the nearest number congruent to `sequence_number`."""
    modulus = 1 << bits
    step = (sequence_number - reference) % modulus
    return step - modulus if step >= modulus // 2 else step


@dataclass(slots=True)
class SequenceUnwrapper:
    """Extends 16-bit sequence numbers to ever growing ones that are never used twice, also over restarts."""

    highest: int | None = None
    restarts: int = 0
    _suspect: int | None = None

    def unwrap(self, sequence_number: int) -> int | None:
        """Return the extended number, or None for a packet so far off that it must be confirmed or is too old."""
        if self.highest is None:
            # Start one cycle up, so that packets older than the first stay positive.
            self.highest = sequence_number + 0x10000
            return self.highest
        step = unwrap_step(sequence_number, self.highest)
        if -MAX_BACKWARD_STEP < step < MAX_FORWARD_STEP:
            self._suspect = None
            extended = self.highest + step
            self.highest = max(self.highest, extended)
            return extended
        if self._suspect != sequence_number:
            self._suspect = (sequence_number + 1) & 0xFFFF
            return None
        # Two packets in a row agree: the sender restarted.
        return self.restart(sequence_number)

    def restart(self, sequence_number: int) -> int:
        """Begin anew at this number, as when another SSRC takes over. Always forward: no number comes twice."""
        self._suspect = None
        if self.highest is None:
            self.highest = sequence_number + 0x10000
            return self.highest
        self.restarts += 1
        self.highest += (sequence_number - self.highest) % 0x10000 + 0x10000
        return self.highest


@dataclass(slots=True)
class ArrivalWindow:
    """Remembers which of the newest `size` extended sequence numbers arrived; duplicates must never be forwarded."""

    size: int = 1024
    _highest: int = -1
    _bits: int = 0

    def admit(self, extended: int) -> bool:
        """True the first time a number inside the window is seen; False for duplicates and numbers too old."""
        step = extended - self._highest
        if step > 0:
            self._bits = ((self._bits << step) | 1) & ((1 << self.size) - 1) if step < self.size else 1
            self._highest = extended
            return True
        if -step >= self.size:
            return False
        bit = 1 << -step
        if self._bits & bit:
            return False
        self._bits |= bit
        return True


@dataclass(slots=True)
class _Run:
    """From the input number `first` on, output = input + delta."""

    first: int
    delta: int


class Position(Protocol):
    """Where one subscriber's numbering is: a plain object, or a C struct that a compiled loop reads and writes.

    `delta`: output = input + delta in the newest run, which begins with the input `first`. `highest_in` -1: nothing yet. `interrupted` is truthy until the
    next number.
    """

    highest_in: int
    highest_out: int
    delta: int
    first: int
    interrupted: int


@dataclass(slots=True)
class PlainPosition:
    """A position in Python alone."""

    highest_in: int = -1
    highest_out: int = -1
    delta: int = 0
    first: int = 0
    interrupted: int = 1


class SequenceMap:
    """Renumbers one subscriber's packets, so that what was left out on purpose does not look like loss.

    Inputs are extended sequence numbers. `interrupt` begins a new run: the next packet continues where the last
    output ended. Late packets are numbered by the run they belong to; late packets from inside an interruption
    were never meant for this subscriber and get no number.
    """

    __slots__ = ("_max_runs", "_position", "_runs")

    def __init__(self, first_output: int, *, max_runs: int = 64, position: Position | None = None) -> None:
        self._position = PlainPosition() if position is None else position
        self._position.highest_in = -1
        self._position.highest_out = first_output - 1
        self._position.interrupted = 1
        self._runs: list[_Run] = []
        self._max_runs = max_runs

    @property
    def highest_in(self) -> int:
        """The newest input that got a number, -1 before the first."""
        return self._position.highest_in

    @property
    def highest_out(self) -> int:
        """The newest number given."""
        return self._position.highest_out

    def concluded(self) -> SequenceMap:
        """A map of what was numbered so far that stays as it is when this one's position goes elsewhere."""
        here = self._position
        kept = SequenceMap(0, max_runs=self._max_runs)
        kept._position = PlainPosition(
            here.highest_in, here.highest_out, here.delta, here.first, here.interrupted
        )
        kept._runs = list(self._runs)
        return kept

    def interrupt(self) -> None:
        """The packets from now on are not for this subscriber, until the next `number`."""
        self._position.interrupted = 1

    def number(self, extended: int) -> int | None:
        """The extended output number for an input number, or None when the packet must not be sent."""
        position = self._position
        if position.interrupted:
            if extended <= position.highest_in:
                return None
            self._begin(extended, position.highest_out + 1 - extended)
            position.interrupted = 0
        if extended > position.highest_in:
            position.highest_in = extended
            position.highest_out = out = extended + position.delta
            return out
        return self._number_late(extended)

    def take_back(self, outputs: Iterable[int]) -> None:
        """These numbers were given and never sent: the newest ones are given again after the next `interrupt`, so that
        what was left out on purpose does not look like loss."""
        position = self._position
        for output in sorted(outputs, reverse=True):
            if output != position.highest_out:
                return
            position.highest_out = output - 1

    def skip(self, extended: int) -> None:
        """Leave out one packet that carries nothing (padding), closing the gap if it is the newest."""
        position = self._position
        if position.interrupted or extended <= position.highest_in:
            return
        # Numbers between the newest and this one may still arrive late: they keep the current run.
        delta = position.delta
        position.highest_in = extended
        position.highest_out = extended - 1 + delta
        self._begin(extended + 1, delta - 1)

    def source_of(self, output: int) -> int | None:
        """The input number that was sent as the 16-bit `output`, or None when it is unknown."""
        if not self._runs:
            return None
        extended_output = self.highest_out + unwrap_step(output, self.highest_out)
        if extended_output > self.highest_out:
            return None
        limit = self.highest_in
        for run in reversed(self._runs):
            candidate = extended_output - run.delta
            if run.first <= candidate <= limit:
                return candidate
            limit = run.first - 1
        return None

    def _begin(self, first: int, delta: int) -> None:
        self._runs.append(_Run(first, delta))
        self._position.delta, self._position.first = delta, first
        if len(self._runs) > self._max_runs:
            del self._runs[0]

    def _number_late(self, extended: int) -> int | None:
        following: _Run | None = None
        for run in reversed(self._runs):
            if extended >= run.first:
                output = extended + run.delta
                # An input from inside an interruption would collide with the run that came after it.
                if following is not None and output >= following.first + following.delta:
                    return None
                return output
            following = run
        return None
