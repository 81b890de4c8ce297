from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.allocation import (
    RISES_AFTER_S,
    ROOM_TO_RISE,
    ROOM_TO_STAY,
    Allocation,
    Demand,
    allocate,
)

LAYERS = ((0, 150_000.0), (1, 500_000.0), (2, 1_500_000.0))
RATES = st.lists(st.integers(50_000, 3_000_000), max_size=3, unique=True).map(
    lambda rates: tuple(enumerate(map(float, sorted(rates))))
)
DEMANDS = st.lists(st.tuples(st.integers(0, 3), RATES), max_size=8).map(
    lambda all: [Demand(f"con_{index}", *one) for index, one in enumerate(all)]
)


def cost(demands: list[Demand], granted: dict[str, int | None]) -> float:
    rates = {one.id: dict(one.layers) for one in demands}
    return sum(rates[id][layer] for id, layer in granted.items() if layer is not None)


@given(DEMANDS, st.integers(0, 10_000_000))
def test_what_is_sent_fits(demands: list[Demand], budget: int) -> None:
    granted = allocate(demands, budget, {}, hold_back=True)
    assert cost(demands, granted) <= budget
    assert set(granted) == {one.id for one in demands if one.layers}
    for one in demands:
        if one.layers:
            assert granted[one.id] in {None, *(layer for layer, _ in one.layers)}


@given(DEMANDS, st.integers(0, 10_000_000))
def test_without_congestion_no_picture_is_held_back(demands: list[Demand], budget: int) -> None:
    granted = allocate(demands, budget, {}, hold_back=False)
    assert None not in granted.values()


@given(DEMANDS, st.integers(0, 10_000_000), st.integers(0, 10_000_000))
def test_more_bandwidth_never_takes_the_most_important_picture_away(
    demands: list[Demand], budget: int, more: int
) -> None:
    first = min((one for one in demands if one.layers), key=lambda one: (-one.priority, one.id), default=None)
    if first is None:
        return
    less, richer = (
        allocate(demands, amount, {}, hold_back=True)[first.id] for amount in (budget, budget + more)
    )
    assert (richer is None and less is None) or (richer is not None and (less is None or less <= richer))


@given(DEMANDS, st.integers(0, 10_000_000))
def test_the_same_again_changes_nothing(demands: list[Demand], budget: int) -> None:
    once = allocate(demands, budget, {}, hold_back=True)
    assert cost(demands, allocate(demands, budget, once, hold_back=True)) >= cost(demands, once)
    twice = allocate(demands, budget, once, hold_back=True)
    assert allocate(demands, budget, twice, hold_back=True) == twice
    assert cost(demands, twice) <= ROOM_TO_STAY * budget


def test_everybody_is_seen_before_anybody_is_seen_large() -> None:
    demands = [Demand("judge", 9, LAYERS), Demand("a", 1, LAYERS), Demand("b", 1, LAYERS)]
    assert allocate(demands, 600_000, {}, hold_back=True) == {"judge": 0, "a": 0, "b": 0}
    assert allocate(demands, 1_000_000, {}, hold_back=True) == {"judge": 1, "a": 0, "b": 0}
    assert allocate(demands, 2_400_000, {}, hold_back=True) == {"judge": 2, "a": 1, "b": 0}
    assert allocate(demands, 200_000, {}, hold_back=True) == {"judge": 0, "a": None, "b": None}


def test_equals_share() -> None:
    demands = [Demand("a", 1, LAYERS), Demand("b", 1, LAYERS)]
    assert allocate(demands, 1_200_000, {}, hold_back=True) == {"a": 1, "b": 1}


def test_a_layer_that_is_sent_stays_where_a_new_one_would_not_begin() -> None:
    demands = [Demand("a", 1, LAYERS)]
    tight = 500_000 * (1 + ROOM_TO_RISE) / 2
    assert allocate(demands, tight, {}, hold_back=True) == {"a": 0}
    assert allocate(demands, tight, {"a": 1}, hold_back=True) == {"a": 1}
    assert allocate(demands, 155_000, {"a": None}, hold_back=True) == {"a": None}
    assert allocate(demands, 155_000, {"a": 0}, hold_back=True) == {"a": 0}


def test_what_had_to_shrink_does_not_grow_again_at_once() -> None:
    allocation, demands = Allocation(), [Demand("a", 1, LAYERS)]
    assert allocation.decide(demands, 3e6, 10.0, hold_back=True) == {"a": 2}
    assert allocation.decide(demands, 250_000, 11.0, hold_back=True) == {"a": 0}
    assert allocation.decide(demands, 3e6, 12.0, hold_back=True) == {"a": 0}
    assert allocation.decide(demands, 3e6, 11.0 + RISES_AFTER_S, hold_back=True) == {"a": 2}


def test_what_is_silent_for_a_moment_keeps_its_layer_and_what_is_gone_is_forgotten() -> None:
    allocation = Allocation()
    allocation.decide([Demand("a", 1, LAYERS), Demand("b", 1, LAYERS)], 5e6, 10.0, hold_back=True)
    assert allocation.decide([Demand("a", 1, ())], 5e6, 11.0, hold_back=True) == {"a": 2}
    allocation.forget()
    assert allocation.allowed == {}
