from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.pacer import (
    BURST_BYTES,
    IDLE_S,
    LATE_S,
    LEAST_BYTES,
    LONGEST_S,
    MOST_REPAIRS,
    PACE,
    Pacer,
    Waiting,
)

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("picture", "picture", "repair", "due", "drop")),
        st.integers(0, 2),
        st.integers(20, 1200),
        st.floats(0, 0.3),
    ),
    max_size=120,
)


@given(STEPS, st.integers(60_000, 3_000_000))
def test_never_faster_than_the_pace_never_out_of_order_never_without_bound(
    steps: list[tuple[str, int, int, float]], estimate: int
) -> None:
    pacer: Pacer[int] = Pacer()
    pacer.pace(estimate)
    now_s, number = 50.0, 0
    gone: list[tuple[float, int]] = []
    order: dict[int, list[int]] = {0: [], 1: [], 2: []}
    dropped: set[int] = set()
    for what, owner, size, step_s in steps:
        now_s += step_s
        if what == "picture":
            number += 1
            if pacer.admits(size, now_s):
                gone.append((now_s, size))
                order[owner].append(number)
            elif not pacer.hold(Waiting(owner, bytes(size), number)):
                dropped.add(number)
        elif what == "repair":
            pacer.repair(Waiting(owner, bytes(size), None))
        elif what == "due":
            for one in pacer.due(now_s):
                gone.append((now_s, len(one.packet)))
                if one.number is not None:
                    order[one.owner].append(one.number)
        else:
            taken = pacer.drop(lambda other, owner=owner: other == owner)  # type: ignore[misc]
            assert taken == sorted(taken) and not set(taken) & set(order[owner])
            dropped |= set(taken)
        assert pacer.waiting_bytes <= max(LEAST_BYTES, LONGEST_S * pacer.bytes_per_s)
        assert len(pacer) <= MOST_REPAIRS + LEAST_BYTES + number
    for sent in order.values():
        assert sent == sorted(sent) and not set(sent) & dropped
    rate = PACE * estimate / 8
    for place, (since_s, _) in enumerate(gone):
        sent_bytes = 0
        for at_s, size in gone[place:]:
            sent_bytes += size
            waited_s = at_s - since_s
            # What was saved up, then the pace, and the one packet that does not fit in whole.
            assert sent_bytes <= rate * (waited_s + LATE_S) + max(BURST_BYTES, rate * IDLE_S) + 1200


def test_what_waits_leaves_at_the_pace() -> None:
    pacer: Pacer[str] = Pacer()
    pacer.pace(400_000)
    assert pacer.admits(1000, 10.0), "the first goes at once"
    held = 0
    while pacer.hold(Waiting("a", bytes(1000), held)):
        held += 1
    assert held == round(LONGEST_S * PACE * 400_000 / 8 / 1000)
    sent, now_s = 0, 10.0
    while len(pacer):
        now_s += 0.005
        sent += sum(len(one.packet) for one in pacer.due(now_s))
    assert sent == held * 1000
    assert abs((now_s - 10.0) - sent / (PACE * 400_000 / 8)) < 0.05


def test_repairs_go_first_but_leave_half_to_the_pictures() -> None:
    pacer: Pacer[str] = Pacer()
    pacer.pace(1_000_000)
    pacer.admits(3000, 10.0)
    for number in range(20):
        pacer.hold(Waiting("a", bytes(1000), number))
        pacer.repair(Waiting("a", bytes(1000), None))
    sent = [one.number is None for tick in range(1, 41) for one in pacer.due(10.0 + tick * 0.005)]
    assert sent[0] is True
    assert 0.35 <= sum(sent) / len(sent) <= 0.65


def test_without_pictures_repairs_have_it_all() -> None:
    pacer: Pacer[str] = Pacer()
    pacer.pace(1_000_000)
    while pacer.repair(Waiting("a", bytes(1000), None)):
        pass
    sent = sum(len(pacer.due(10.0 + tick * 0.005)) for tick in range(1, 41))
    assert sent >= 0.9 * 0.2 * PACE * 1_000_000 / 8 / 1000
