from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.identity.attempts import REMEMBERED, AttemptLimit


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60).map(sorted))
def test_never_more_than_allowed_within_any_window(times: list[float]) -> None:
    limit = AttemptLimit(allowed=5, window_s=20)
    tried = []
    for now in times:
        if limit.wait_s("key", now) == 0:
            limit.begin("key", now)
            tried.append(now)
    for start in tried:
        assert sum(start <= at < start + 20 for at in tried) <= 5


def test_the_wait_is_over_when_it_says() -> None:
    limit = AttemptLimit(allowed=2, window_s=10)
    limit.begin("key", 0)
    limit.begin("key", 4)
    assert limit.wait_s("key", 5) == 5
    assert limit.wait_s("other", 5) == 0
    assert limit.wait_s("key", 10) == 0


def test_success_forgets_and_undo_takes_back_one() -> None:
    limit = AttemptLimit(allowed=1, window_s=10)
    for forgetting in (limit.succeeded, limit.undo):
        limit.begin("key", 0)
        assert limit.wait_s("key", 1) > 0
        forgetting("key")
        assert limit.wait_s("key", 1) == 0
    limit.undo("never seen")


def test_memory_is_bounded() -> None:
    limit = AttemptLimit(allowed=1, window_s=10)
    for number in range(REMEMBERED + 5):
        limit.begin(str(number), 0)
    assert limit.wait_s("0", 1) == 0
    assert limit.wait_s(str(REMEMBERED), 1) > 0
