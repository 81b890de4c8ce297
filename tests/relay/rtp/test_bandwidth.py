"""The estimate over simulated paths: narrow, lossy, unsteady, squeezed for a while."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from room_server.relay.rtp.bandwidth import (
    CEILING_BPS,
    FLOOR_BPS,
    START_BPS,
    ArrivedRate,
    BandwidthEstimator,
    QueueDelay,
)
from tests.relay.rtp.path import LAYERS_BPS, Path, Session

TOP = len(LAYERS_BPS) - 1


def after(session: Session, since_s: float) -> list[tuple[float, float, int]]:
    return [entry for entry in session.course if entry[0] >= since_s]


@settings(max_examples=6)
@given(
    seed=st.integers(0, 1 << 16),
    jitter_s=st.floats(0, 0.05),
    loss=st.sampled_from((0.0, 0.01, 0.05)),
)
def test_jitter_and_a_twentieth_lost_at_random_leave_the_whole_picture(
    seed: int, jitter_s: float, loss: float
) -> None:
    session = Session(Path(jitter_s=jitter_s, loss=loss, chance=random.Random(seed)))
    session.run(8.0)
    assert all(layer == TOP for _, _, layer in session.course)
    assert min(bps for _, bps, _ in session.course) >= 0.85 * LAYERS_BPS[TOP]


@settings(max_examples=6)
@given(
    seed=st.integers(0, 1 << 16),
    rate_bps=st.sampled_from((250_000, 400_000, 700_000, 1_200_000)),
    queue_s=st.floats(0.2, 1.0),
)
def test_the_estimate_settles_at_what_a_narrow_path_carries(seed: int, rate_bps: int, queue_s: float) -> None:
    queue_bytes = int(rate_bps * queue_s / 8)
    session = Session(Path(rate_bps=rate_bps, queue_bytes=queue_bytes, chance=random.Random(seed)))
    session.run(10.0)
    settled = [bps for _, bps, _ in after(session, 105.0)]
    assert 0.6 * rate_bps <= sorted(settled)[len(settled) // 2] <= 1.3 * rate_bps
    waits = [wait for at, wait in session.waits if at >= 106.0]
    assert len(waits) >= 0.98 * 4.0 * 50, "sound arrives"
    assert sorted(waits)[int(0.95 * len(waits))] < 0.3, "and does not wait behind pictures"


@settings(max_examples=6)
@given(seed=st.integers(0, 1 << 16), queue_bytes=st.sampled_from((8_000, 16_000, 64_000)))
def test_a_squeeze_is_noticed_within_a_second_and_left_within_ten(seed: int, queue_bytes: int) -> None:
    session = Session(Path(queue_bytes=queue_bytes, chance=random.Random(seed)))
    session.run(3.0)
    assert session.layer == TOP
    session.path.rate_bps = 300_000
    squeezed_s = session.now_s
    session.run(8.0)
    noticed = next(at for at, _, layer in after(session, squeezed_s) if layer < TOP)
    assert noticed - squeezed_s <= 1.0
    assert session.estimator.limited
    assert {layer for at, _, layer in after(session, squeezed_s + 4.0)} == {0}, "a small picture goes on"
    session.path.rate_bps = 10e6
    freed_s = session.now_s
    session.run(7.0)
    back = [at for at, _, layer in after(session, freed_s) if layer == TOP]
    assert back and back[0] - freed_s < 6.0
    assert session.layer == TOP


def test_a_path_wider_than_the_first_guess_is_found_within_seconds() -> None:
    estimator = BandwidthEstimator(start_bps=300_000)
    session = Session(Path(rate_bps=20e6), estimator=estimator)
    session.run(3.0)
    assert session.layer == TOP


def test_without_a_report_the_estimate_means_nothing() -> None:
    estimator = BandwidthEstimator()
    assert not estimator.heard and estimator.bps == START_BPS
    assert estimator.arrived_bps is None and estimator.settle_probe(5.0) is None


def test_what_is_missing_after_an_absence_is_not_taken_for_a_narrow_path() -> None:
    estimator = BandwidthEstimator()
    for index in range(50):
        arrivals = [(index, index * 20_000, index * 20_000, 900)]
        estimator.receive(arrivals, 0, index * 0.02)
    before = estimator.bps
    estimator.receive([(400, 20_000_000, 20_000_000, 900)], 350, 20.0)
    assert estimator.bps == before and not estimator.limited


def test_a_probe_that_nobody_answers_has_failed_once() -> None:
    estimator = BandwidthEstimator()
    estimator.begin_probe(10, 4e6, 1.0)
    estimator.end_probe(20)
    assert estimator.settle_probe(2.0) is None
    assert estimator.settle_probe(3.5) is False
    assert estimator.settle_probe(3.6) is None


REPORTS = st.lists(
    st.tuples(
        st.lists(
            st.tuples(
                st.integers(0, 1 << 20),
                st.integers(0, 1 << 40),
                st.integers(-(1 << 40), 1 << 40),
                st.integers(0, 1500),
            ),
            max_size=30,
        ),
        st.integers(-50, 4000),
        st.floats(0, 3),
        st.booleans(),
    ),
    max_size=40,
)


@given(REPORTS)
def test_whatever_a_viewer_reports_the_estimate_stays_within_bounds(
    reports: list[tuple[list[tuple[int, int, int, int]], int, float, bool]],
) -> None:
    estimator, now_s = BandwidthEstimator(), 10.0
    for arrivals, lost, step_s, probing in reports:
        now_s += step_s
        if probing and estimator.probe is None and arrivals:
            estimator.begin_probe(arrivals[0][0], 1e6, now_s)
            estimator.end_probe(arrivals[0][0] + 10)
        estimator.receive(arrivals, lost, now_s)
        assert FLOOR_BPS <= estimator.bps <= CEILING_BPS
        assert 0.0 <= estimator.loss <= 1.0
        estimator.settle_probe(now_s)


def test_the_rate_of_arrivals_is_that_of_the_last_third_of_a_second() -> None:
    rate = ArrivedRate()
    assert rate.bps() is None
    for tick in range(100):
        rate.add(tick * 10_000, 125 if tick < 60 else 1250)
    assert rate.bps() == pytest.approx(1_000_000)


def test_the_queue_is_what_packets_take_longer_than_the_fastest() -> None:
    queue = QueueDelay()
    for second in range(8):
        queue.add(1_030_000, second)
    assert queue.us == 0
    queue.add(1_430_000, 9.0)
    assert queue.us == 0, "one report of slow packets may be jitter"
    queue.add(1_430_000, 9.1)
    assert queue.us == 400_000
    for second in range(10, 40):
        queue.add(1_430_000, second)
    assert queue.us == 0, "a path that has become longer is no queue"
