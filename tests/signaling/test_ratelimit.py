"""Token buckets by hand-worked times, and separate budgets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.codec import REQUESTS_BY_TAG
from signaling.ratelimit import BUDGETS, Budget, RateLimits, TokenBucket, budget_of


def test_a_burst_then_the_rate() -> None:
    bucket = TokenBucket(Budget(per_second=2, burst=3), now_s=100.0)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(100.4)
    assert bucket.take(100.5)
    assert not bucket.take(100.5)


def test_a_pause_refills_no_more_than_the_burst() -> None:
    bucket = TokenBucket(Budget(per_second=2, burst=3), now_s=0.0)
    assert [bucket.take(1000.0) for _ in range(4)] == [True, True, True, False]


def test_time_running_back_gives_nothing() -> None:
    bucket = TokenBucket(Budget(per_second=1, burst=1), now_s=50.0)
    assert bucket.take(50.0)
    assert not bucket.take(10.0)
    assert not bucket.take(50.5)
    assert bucket.take(51.0)


@pytest.mark.parametrize("budget", [Budget(per_second=-1, burst=1), Budget(per_second=1, burst=0)])
def test_a_budget_of_nothing_is_refused(budget: Budget) -> None:
    with pytest.raises(ValueError, match="allowed"):
        TokenBucket(budget, now_s=0.0)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=80))
def test_never_more_than_burst_and_rate_allow(pauses_s: list[float]) -> None:
    bucket = TokenBucket(Budget(per_second=2, burst=5), now_s=0.0)
    now_s, taken = 0.0, 0
    for pause_s in pauses_s:
        now_s += pause_s
        taken += bucket.take(now_s)
    assert taken <= 5 + 2 * now_s + 1e-6


def test_a_flood_of_hands_leaves_the_media_alone() -> None:
    limits = RateLimits(now_s=0.0)
    while limits.allows("hand", 0.0):
        pass
    assert limits.allows("media", 0.0) and limits.allows("general", 0.0)
    assert not limits.allows("hand", 1.0)
    assert limits.allows("hand", 2.0)


def test_joining_a_room_of_twenty_fits_the_burst() -> None:
    limits = RateLimits(now_s=0.0)
    requests = ["get_router_capabilities", *["create_transport", "connect_transport", "produce"] * 2]
    requests += ["consume", "resume_consumer"] * 2 * 20
    assert all(limits.allows(budget_of(tag), 0.0) for tag in requests)


def test_every_request_has_a_budget_and_every_budget_a_use() -> None:
    used = {budget_of(tag) for tag in REQUESTS_BY_TAG}
    assert used | {"connect", "refusal"} == set(BUDGETS)
    assert budget_of("no_such_request") == "general"
