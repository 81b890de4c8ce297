"""Which pictures fit a viewer's bandwidth: sound first, then the smallest picture of each, then larger ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ROOM_TO_RISE = 1.15
"""A layer that is not sent yet must fit with so much to spare: rates of pictures move."""
ROOM_TO_BEGIN = 1.05
"""The smallest one with less: a picture at all is worth more than its steadiness."""
ROOM_TO_STAY = 1.3
"""So far beyond the budget a smallest picture may go on, for a moment: the pace keeps it from the sound."""
RISES_AFTER_S = 2.0
"""A picture that had to shrink does not grow again sooner."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One picture a viewer has use for. `layers` are those that may be sent, as (layer, bits per second), the smallest
    first; none while nothing comes. Of equal `priority` (higher goes first) the `id` decides."""

    id: str
    priority: int
    layers: Sequence[tuple[int, float]]


def allocate(
    demands: Iterable[Demand],
    budget_bps: float,
    previous: Mapping[str, int | None],
    *,
    hold_back: bool,
    resting: frozenset[str] = frozenset(),
) -> dict[str, int | None]:
    """The highest layer of each picture that may be sent, None where it is held back.

    Everybody's smallest picture comes before anybody's larger one, the more important ones first; larger ones go to the
    most important, step by step among equals. Without `hold_back` the smallest pictures are sent even beyond the
    budget. `previous` is what was allowed before: what is sent may stay as long as it fits, what is not needs
    room to rise. Pictures in `resting` do not rise.
    """
    order = sorted((one for one in demands if one.layers), key=lambda one: (-one.priority, one.id))
    granted: dict[str, int | None] = {}
    left_bps = budget_bps
    places: dict[str, int] = {}
    for demand in order:
        layer, rate = demand.layers[0]
        if hold_back and not _fits(demand, layer, rate, left_bps, previous, resting):
            granted[demand.id] = None
            continue
        granted[demand.id], places[demand.id] = layer, 0
        left_bps -= rate
    for priority in sorted({one.priority for one in order}, reverse=True):
        equals = [one for one in order if one.priority == priority and one.id in places]
        left_bps = _raise(equals, places, granted, left_bps, previous, resting)
    return granted


def _raise(
    equals: list[Demand],
    places: dict[str, int],
    granted: dict[str, int | None],
    left_bps: float,
    previous: Mapping[str, int | None],
    resting: frozenset[str],
) -> float:
    """Raise pictures of one priority a layer at a time, in turn; what is left."""
    growing = list(equals)
    while growing:
        still = []
        for demand in growing:
            place = places[demand.id]
            if place + 1 >= len(demand.layers):
                continue
            layer, rate = demand.layers[place + 1]
            more_bps = rate - demand.layers[place][1]
            if not _fits(demand, layer, more_bps, left_bps, previous, resting):
                continue
            places[demand.id], granted[demand.id] = place + 1, layer
            left_bps -= more_bps
            still.append(demand)
        growing = still
    return left_bps


def _fits(
    demand: Demand,
    layer: int,
    more_bps: float,
    left_bps: float,
    previous: Mapping[str, int | None],
    resting: frozenset[str],
) -> bool:
    before = previous.get(demand.id, -1)
    if before is not None and layer <= before:
        return more_bps <= left_bps * (ROOM_TO_STAY if layer == demand.layers[0][0] else 1.0)
    room = ROOM_TO_BEGIN if layer == demand.layers[0][0] else ROOM_TO_RISE
    return demand.id not in resting and more_bps * room <= left_bps


class Allocation:
    """The decisions for one viewer over time: `allowed` by the id of each picture."""

    __slots__ = ("_lowered_s", "allowed")

    def __init__(self) -> None:
        self.allowed: dict[str, int | None] = {}
        self._lowered_s: dict[str, float] = {}

    def decide(
        self, demands: Sequence[Demand], budget_bps: float, now_s: float, *, hold_back: bool
    ) -> dict[str, int | None]:
        """What may be sent from now on."""
        resting = frozenset(
            id for id, lowered_s in self._lowered_s.items() if now_s - lowered_s < RISES_AFTER_S
        )
        decided = allocate(demands, budget_bps, self.allowed, hold_back=hold_back, resting=resting)
        for id, layer in decided.items():
            before = self.allowed.get(id)
            if before is not None and (layer is None or layer < before):
                self._lowered_s[id] = now_s
        known = {demand.id for demand in demands}
        self._lowered_s = {id: at_s for id, at_s in self._lowered_s.items() if id in known}
        # A picture of which nothing comes keeps what it had.
        self.allowed = {id: layer for id, layer in self.allowed.items() if id in known} | decided
        return self.allowed

    def forget(self) -> None:
        """Nothing is known of the bandwidth any more."""
        self.allowed.clear()
        self._lowered_s.clear()
