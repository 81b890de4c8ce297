"""The rate of a byte count: right for what flows evenly, 0 for what has stopped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.rate import RateMeter


@given(st.integers(1, 2_000_000), st.integers(60, 200))
def test_an_even_flow_has_its_rate(bytes_per_s: int, ticks: int) -> None:
    meter = RateMeter()
    for tick in range(ticks):
        now_s = 100 + tick * 0.02
        meter.sample(int(bytes_per_s * tick * 0.02), now_s)
    total = int(bytes_per_s * (ticks - 1) * 0.02)
    assert abs(meter.bits_per_s(total, now_s) - bytes_per_s * 8) <= 100


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 100_000)), max_size=40))
def test_it_is_never_negative_and_nothing_after_a_second_and_a_half_of_silence(
    steps: list[tuple[float, int]],
) -> None:
    meter, now_s, total = RateMeter(), 5.0, 0
    for wait_s, size in steps:
        now_s, total = now_s + wait_s, total + size
        meter.sample(total, now_s)
        assert meter.bits_per_s(total, now_s) >= 0
    for _ in range(80):
        now_s += 0.02
        meter.sample(total, now_s)
    assert meter.bits_per_s(total, now_s) == 0


def test_nothing_is_known_at_first() -> None:
    meter = RateMeter()
    assert meter.bits_per_s(1000, 1.0) == 0
    meter.sample(1000, 1.0)
    assert meter.bits_per_s(1000, 1.0) == 0
