"""Where a hearing is placed, and when a dead worker is started again: pure decisions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.placement import (
    REPEATED_WITHIN_S,
    RESTART_DELAYS_S,
    Losses,
    WorkerLoad,
    least_loaded,
    restart_delay_s,
)

LOADS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=64
).map(lambda pairs: [WorkerLoad(n, few, few + more) for n, (few, more) in enumerate(pairs, start=1)])  # fmt: skip


def test_nowhere_where_no_worker_runs() -> None:
    assert least_loaded([]) is None


def test_hearings_with_people_count_before_hearings_without_and_those_before_the_number() -> None:
    assert least_loaded([WorkerLoad(1, 1, 1), WorkerLoad(2, 0, 9)]) == 2
    assert least_loaded([WorkerLoad(1, 1, 4), WorkerLoad(2, 1, 3)]) == 2
    assert least_loaded([WorkerLoad(2, 1, 3), WorkerLoad(1, 1, 3)]) == 1


@given(LOADS)
def test_nobody_has_less_than_the_chosen_one_and_the_order_does_not_matter(loads: list[WorkerLoad]) -> None:
    chosen = least_loaded(loads)
    assert chosen == least_loaded(reversed(loads))
    (best,) = [load for load in loads if load.worker == chosen]
    assert all((best.occupied, best.placed) <= (load.occupied, load.placed) for load in loads)


@given(st.integers(1, 64), st.integers(0, 200))
def test_hearings_that_fill_one_after_another_are_spread_evenly(workers: int, hearings: int) -> None:
    held = dict.fromkeys(range(1, workers + 1), 0)
    for _ in range(hearings):
        chosen = least_loaded(WorkerLoad(worker, count, count) for worker, count in held.items())
        assert chosen is not None
        held[chosen] += 1
    assert max(held.values()) - min(held.values()) <= 1


def test_the_first_restart_is_at_once_and_those_after_it_later_and_later() -> None:
    delays = [restart_delay_s(failures) for failures in range(1, 20)]
    assert delays[0] == 0 and delays == sorted(delays) and delays[-1] == RESTART_DELAYS_S[-1]
    assert restart_delay_s(0) == 0


@given(st.integers(1, 64), st.integers(1, 64), st.floats(0, 1e6), st.floats(0, 1e4))
def test_who_loses_two_workers_within_a_minute_waits_for_the_second(
    first: int, second: int, at_s: float, later_s: float
) -> None:
    once = Losses(first, at_s)
    assert once.only is None, "one death is nobody's fault"
    twice = once.then(second, at_s + later_s)
    soon = (at_s + later_s) - at_s < REPEATED_WITHIN_S
    assert twice.only == (second if soon else None)
    assert twice.last == second
