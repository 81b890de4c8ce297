from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.sequence import ArrivalWindow, SequenceMap, SequenceUnwrapper, unwrap_step


@given(st.integers(0, 0xFFFF), st.lists(st.integers(-500, 500), max_size=200))
def test_unwrapping_follows_a_walk_over_any_number_of_wraps(start: int, steps: list[int]) -> None:
    unwrapper = SequenceUnwrapper()
    first = unwrapper.unwrap(start)
    assert first is not None
    true, highest = first, first
    for step in steps:
        candidate = true + step
        if abs(candidate - highest) > 500:
            candidate = highest + 1
        true = candidate
        highest = max(highest, true)
        assert unwrapper.unwrap(true & 0xFFFF) == true


@given(st.integers(), st.integers(0, 1 << 40))
def test_a_step_is_the_nearest_congruent_one(number: int, reference: int) -> None:
    step = unwrap_step(number & 0xFFFF, reference)
    assert -0x8000 <= step < 0x8000
    assert (reference + step) & 0xFFFF == number & 0xFFFF


def test_a_restart_needs_two_packets_in_a_row_and_never_reuses_a_number() -> None:
    unwrapper = SequenceUnwrapper()
    before = [unwrapper.unwrap(number) for number in (100, 101, 102)]
    assert unwrapper.unwrap(30000) is None
    assert unwrapper.unwrap(103) == before[-1] + 1  # a stray packet changes nothing
    assert unwrapper.unwrap(30000) is None
    after = unwrapper.unwrap(30001)
    assert after is not None and after > before[-1] + 1 and after & 0xFFFF == 30001
    assert unwrapper.restarts == 1


@given(st.integers(0, 0xFFFF), st.lists(st.integers(0, 0xFFFF), max_size=20))
def test_restarts_always_move_forward(start: int, restarts: list[int]) -> None:
    unwrapper = SequenceUnwrapper()
    highest = unwrapper.unwrap(start)
    assert highest is not None
    for number in restarts:
        extended = unwrapper.restart(number)
        assert extended > highest and extended & 0xFFFF == number
        highest = extended


@given(st.lists(st.integers(0, 3000), max_size=300))
def test_the_window_admits_each_number_at_most_once(numbers: list[int]) -> None:
    window = ArrivalWindow(size=128)
    admitted = [number for number in numbers if window.admit(number)]
    assert len(admitted) == len(set(admitted))
    highest = -1
    for number in numbers:
        if number > highest:
            highest = number
            assert number in admitted


def test_numbers_too_old_for_the_window_are_not_admitted() -> None:
    window = ArrivalWindow(size=64)
    assert window.admit(1000)
    assert not window.admit(936)
    assert window.admit(937)


def test_a_pause_leaves_no_gap_and_packets_from_inside_it_get_no_number() -> None:
    numbers = SequenceMap(500)
    assert [numbers.number(extended) for extended in (10, 11, 13)] == [500, 501, 503]
    numbers.interrupt()
    assert numbers.number(12) is None  # not while interrupted
    assert numbers.number(20) == 504
    assert numbers.number(12) == 502  # late from before the pause: its place was kept
    assert numbers.number(15) is None  # late from inside the pause
    assert numbers.number(21) == 505


def test_a_skipped_packet_leaves_no_gap() -> None:
    numbers = SequenceMap(0)
    assert numbers.number(5) == 0
    numbers.skip(6)
    assert numbers.number(7) == 1
    numbers.skip(9)
    assert numbers.number(10) == 3
    assert numbers.number(8) == 2


def test_sources_are_found_for_retransmission() -> None:
    numbers = SequenceMap(0xFFF0)
    sent = {}
    for extended in range(100, 200):
        if extended == 150:
            numbers.interrupt()
        if 150 <= extended < 160:
            continue
        if extended % 7 == 0:
            numbers.skip(extended)
            continue
        output = numbers.number(extended)
        assert output is not None
        sent[output & 0xFFFF] = extended
    for output, extended in sent.items():
        assert numbers.source_of(output) == extended
    assert numbers.source_of(max(numbers.highest_out + 5, 0) & 0xFFFF) is None
    assert SequenceMap(0).source_of(1) is None


@given(st.integers(0, 1 << 30), st.integers(0, 40))
def test_outputs_are_unique_and_gapless_when_nothing_is_lost(seed: int, pauses: int) -> None:
    chance = random.Random(seed)
    numbers = SequenceMap(1000)
    order = list(range(2000, 2300))
    for index in range(0, len(order) - 4, 4):  # local reordering
        block = order[index : index + 4]
        chance.shuffle(block)
        order[index : index + 4] = block
    outputs: list[int] = []
    breaks = set(chance.sample(range(300), pauses))
    for index, extended in enumerate(order):
        if index in breaks:
            numbers.interrupt()
        if chance.random() < 0.05:
            numbers.skip(extended)
            continue
        output = numbers.number(extended)
        if output is not None:
            outputs.append(output)
    assert len(outputs) == len(set(outputs)), "an output number was used twice: SRTP must never see that"
    assert all(1000 <= output <= numbers.highest_out for output in outputs)


@given(st.lists(st.sampled_from(["send", "skip", "pause"]), max_size=200))
def test_in_order_outputs_never_have_a_gap(actions: list[str]) -> None:
    numbers = SequenceMap(7)
    expected, extended = 7, 100
    for action in actions:
        extended += 1
        if action == "pause":
            numbers.interrupt()
        elif action == "skip":
            numbers.skip(extended)
        else:
            assert numbers.number(extended) == expected
            expected += 1


@given(
    st.lists(
        st.tuples(st.sampled_from(("send", "send", "hold", "flush", "drop")), st.integers(1, 3)), max_size=80
    )
)
def test_numbers_of_what_was_never_sent_are_given_again(steps: list[tuple[str, int]]) -> None:
    numbers, extended = SequenceMap(0x10000), 500
    sent: list[tuple[int, int]] = []
    waiting: list[tuple[int, int]] = []
    for what, step in steps:
        if what in ("send", "hold"):
            extended += step if not waiting and not sent else 1
            output = numbers.number(extended)
            assert output is not None
            (waiting if waiting or what == "hold" else sent).append((output, extended))
        elif what == "flush":
            sent, waiting = sent + waiting, []
        else:
            numbers.take_back(output for output, _ in waiting)
            numbers.interrupt()
            waiting = []
    outputs = [output for output, _ in sent]
    assert outputs == list(range(0x10000, 0x10000 + len(outputs))), "no number twice, and no gap"
    for output, source in sent[-20:]:
        assert numbers.source_of(output & 0xFFFF) == source
