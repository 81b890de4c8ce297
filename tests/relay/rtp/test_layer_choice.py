"""Which layer a viewer should get, and which key frames take them there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.layer_choice import takes_up, target_layer

LIVE = st.lists(st.booleans(), max_size=3)


@given(LIVE, st.integers(0, 2))
def test_the_highest_live_layer_up_to_the_limit_else_the_lowest_live(live: list[bool], limit: int) -> None:
    on = [layer for layer, is_live in enumerate(live) if is_live]
    fitting = [layer for layer in on if layer <= limit]
    expected = max(fitting) if fitting else min(on) if on else None
    assert target_layer(live, limit) == expected


@given(st.integers(0, 2), st.none() | st.integers(0, 2), st.none() | st.integers(0, 2))
def test_every_step_goes_towards_the_target(layer: int, current: int | None, target: int | None) -> None:
    if not takes_up(layer, current, target):
        return
    assert target is not None and layer != current
    assert layer == target or ((current is None or current < layer) and layer < target)


@given(st.none() | st.integers(0, 2), st.integers(0, 2))
def test_the_target_itself_is_taken_from_anywhere(current: int | None, target: int) -> None:
    assert takes_up(target, current, target) is (current != target)


@given(st.none() | st.integers(0, 2), st.integers(0, 2))
def test_who_is_above_the_target_does_not_go_up(current: int | None, target: int) -> None:
    for layer in range(target + 1, 3):
        assert not takes_up(layer, current, target)
