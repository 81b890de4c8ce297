from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.keyframe_gate import KeyFrameGate


def test_the_first_request_goes_at_once_and_a_second_one_when_the_second_is_over() -> None:
    gate = KeyFrameGate()
    assert gate.request(10.0)
    assert not gate.request(10.4)
    assert not gate.due(10.9)
    assert gate.due(11.0)
    assert not gate.due(12.5), "nothing is kept any more"


def test_a_key_frame_that_came_meanwhile_ends_the_wait() -> None:
    gate = KeyFrameGate()
    gate.request(10.0)
    gate.request(10.1)
    gate.satisfied()
    assert not gate.due(11.5)


@given(st.lists(st.floats(0, 0.7), max_size=100))
def test_never_two_within_a_second(waits: list[float]) -> None:
    gate, now_s, sent = KeyFrameGate(), 0.0, []
    for wait in waits:
        now_s += wait
        if gate.due(now_s) or gate.request(now_s):
            sent.append(now_s)
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(sent))
