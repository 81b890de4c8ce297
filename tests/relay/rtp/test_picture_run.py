from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.packet import build_rtp
from room_server.relay.rtp.picture_run import FRAME_STEP, MAX_AGE_S, MAX_BYTES, MAX_PACKETS, PictureRun

ALWAYS = float("-inf")


def packet(rtp_timestamp: int, payload: bytes = b"x") -> bytes:
    return build_rtp(
        payload_type=101, sequence_number=0, rtp_timestamp=rtp_timestamp & 0xFFFFFFFF, ssrc=1, payload=payload
    )


def run_of(*timestamps: int, first: int = 100, at_s: float = 10.0) -> PictureRun:
    """A key frame, then one packet per timestamp."""
    run = PictureRun()
    for place, timestamp in enumerate(timestamps):
        run.note(first + place, packet(timestamp), at_s, key_frame=place == 0)
    return run


def usable(run: PictureRun, *, now_s: float = 10.5, since_s: float = ALWAYS, sent_up_to: int = -1) -> bool:
    return run.usable(now_s, allowed_since_s=since_s, sent_up_to=sent_up_to)


def test_without_a_key_frame_there_is_no_run() -> None:
    run = PictureRun()
    run.note(5, packet(1), 10.0, key_frame=False)
    assert not usable(run)
    assert run.packets() == []


def test_it_is_everything_since_the_newest_key_frame() -> None:
    run = run_of(0, 3000, 6000)
    run.note(103, packet(9000), 10.3, key_frame=True)
    run.note(104, packet(12000), 10.4, key_frame=False)
    assert usable(run)
    assert [kept.extended for kept in run.packets()] == [103, 104]


def test_a_gap_makes_it_unusable_until_it_is_filled() -> None:
    run = run_of(0, 3000)
    run.note(103, packet(9000), 10.2, key_frame=False)
    assert not usable(run)
    run.note(102, packet(6000), 10.3, key_frame=False)
    assert usable(run)
    assert [kept.extended for kept in run.packets()] == [100, 101, 102, 103]


def test_padding_is_no_gap() -> None:
    run = run_of(0, 3000)
    run.note_padding(102, 10.1)
    run.note(103, packet(9000), 10.2, key_frame=False)
    assert usable(run)
    assert [kept.packet is None for kept in run.packets()] == [False, False, True, False]


def test_a_viewer_whose_edge_opened_when_it_began_or_later_does_not_get_it() -> None:
    run = run_of(0, 3000, at_s=10.0)
    assert usable(run, since_s=9.999)
    assert not usable(run, since_s=10.0)
    assert not usable(run, since_s=10.2)


def test_a_viewer_who_had_some_of_it_does_not_begin_again() -> None:
    run = run_of(0, 3000, 6000)
    assert usable(run, sent_up_to=99)
    assert not usable(run, sent_up_to=100)


def test_it_ends_with_age_length_size_and_when_it_is_cut() -> None:
    assert not usable(run_of(0, 3000), now_s=10.0 + MAX_AGE_S + 0.01)
    long = run_of(*range(0, (MAX_PACKETS + 1) * 3000, 3000))
    assert not usable(long)
    large = run_of(0)
    for place in range(MAX_BYTES // 1000 + 1):
        large.note(101 + place, packet(3000, bytes(1000)), 10.1, key_frame=False)
    assert not usable(large)
    stale = run_of(0)
    stale.note(101, packet(3000), 10.0 + MAX_AGE_S + 0.1, key_frame=False)
    assert not usable(stale), "nothing old comes back when the clock is not asked"
    cut = run_of(0, 3000)
    cut.cut()
    cut.note(102, packet(6000), 10.1, key_frame=False)
    assert not usable(cut) and cut.packets() == []


def test_parameter_sets_before_a_key_picture_belong_to_it() -> None:
    run = PictureRun()
    run.note(100, packet(0, b"sps"), 10.0, key_frame=True)
    run.note(101, packet(0, b"idr"), 10.0, key_frame=True)
    assert [kept.extended for kept in run.packets()] == [100, 101]


def test_a_key_frame_that_was_overtaken_by_its_sequel_does_not_go_back() -> None:
    run = run_of(6000, 9000, first=102)
    run.note(100, packet(0), 10.1, key_frame=True)
    assert [kept.extended for kept in run.packets()] == [102, 103]


def test_its_frames_are_moved_together_up_to_the_newest_one_over_the_wrap() -> None:
    newest = 1500
    times = [newest - 9000, newest - 9000, newest - 6000, newest - 3000, newest]
    run = run_of(*times)
    sent = [kept.rtp_timestamp for kept in run.packets()]
    steps = [3 * FRAME_STEP, 3 * FRAME_STEP, 2 * FRAME_STEP, FRAME_STEP, 0]
    assert sent == [(newest - step) & 0xFFFFFFFF for step in steps]


@given(
    steps=st.lists(st.sampled_from([0, 30, 90, 91, 3000, 45000]), min_size=1, max_size=60),
    base=st.integers(0, 0xFFFFFFFF),
)
def test_packets_of_a_frame_stay_together_and_no_time_goes_back(steps: list[int], base: int) -> None:
    times = list(itertools.accumulate([0, *steps]))
    run = run_of(*(base + time for time in times))
    moved = [(kept.rtp_timestamp - base) & 0xFFFFFFFF for kept in run.packets()]
    assert moved[-1] == times[-1]
    for (before, after), (was, later) in zip(
        itertools.pairwise(moved), itertools.pairwise(times), strict=True
    ):
        assert (before == after) == (was == later) and before <= after
    assert all(time <= sent for time, sent in zip(times, moved, strict=True)), "never before its own time"
    assert moved[-1] - moved[0] <= FRAME_STEP * len(set(times))


@given(
    st.lists(
        st.tuples(st.sampled_from(["key", "delta", "late", "cut", "open", "wait"]), st.floats(0, 0.4)),
        max_size=80,
    )
)
def test_what_arrived_before_the_edge_was_opened_never_comes_out(steps: list[tuple[str, float]]) -> None:
    run, now_s, since_s, number = PictureRun(), 10.0, 10.0, 100
    arrived: dict[int, float] = {}
    for what, wait_s in steps:
        now_s += wait_s
        if what in ("key", "delta"):
            number += 1
            arrived[number] = now_s
            run.note(number, packet(number * 3000), now_s, key_frame=what == "key")
        elif what == "late":
            number += 2
            for place in (number, number - 1):
                arrived[place] = now_s
                run.note(place, packet(place * 3000), now_s, key_frame=False)
        elif what == "cut":
            run.cut()
        elif what == "open":
            since_s = now_s
        if run.usable(now_s, allowed_since_s=since_s, sent_up_to=-1):
            kept = run.packets()
            assert all(arrived[entry.extended] > since_s for entry in kept)
            assert all(now_s - arrived[entry.extended] <= MAX_AGE_S for entry in kept)
            numbers = [entry.extended for entry in kept]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
