"""RTP time to wall time: anchors, reports, drift, pauses, and senders that lie."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recording.clock import AHEAD_NS, TOLERANCE_NS, SenderClock, TrackClock

MS = 1_000_000
NS = 1_000_000_000
START = 1_795_460_000 * NS
# The slew moves a packet by a two-hundredth of the time since the one before, which lies at most this far back.
_SLEW_NS = (TOLERANCE_NS + AHEAD_NS + NS) // 200


def test_without_reports_time_counts_from_the_first_arrival_also_over_the_wrap():
    clock = TrackClock(90000, SenderClock())
    base = 2**32 - 45000
    assert clock.wall(base, START) == START
    for second in range(1, 5):
        wall = clock.wall((base + second * 90000) % 2**32, START + second * NS + 40 * MS)
        assert wall == START + second * NS


def test_reports_bring_sound_and_picture_of_one_sender_together():
    sender = SenderClock()
    sound, picture = TrackClock(48000, sender), TrackClock(90000, sender)
    # The sender's clock is an hour behind ours; the picture's first packets were 120 ms slower on their way.
    theirs = START - 3600 * NS
    sound.wall(1000, START + 30 * MS)
    picture.wall(5000, START + 150 * MS)
    sound.report(theirs, 1000, START + 30 * MS)
    picture.report(theirs, 5000, START + 35 * MS)
    apart = [
        abs(sound.wall(1000 + 48000 * n, START + n * NS) - picture.wall(5000 + 90000 * n, START + n * NS))
        for n in range(1, 5)
    ]
    assert max(apart) < 1 * MS


def test_drift_of_a_senders_clock_is_followed():
    sender = SenderClock()
    clock = TrackClock(48000, sender)
    drift = 1.0002  # 200 ppm fast, over half an hour 360 ms
    clock.wall(0, START)
    for second in range(1, 1800):
        ticks = int(second * 48000 * drift)
        arrival = START + second * NS
        if second % 5 == 0:
            clock.report(START + int(second * NS * drift) + 7 * NS, ticks % 2**32, arrival)
        wall = clock.wall(ticks % 2**32, arrival)
    assert abs(wall - arrival) < 60 * MS


def test_a_report_does_not_place_media_after_they_came():
    """A sender whose pacing stalled reports a late clock for an old timestamp: what came before stays before."""
    clock = TrackClock(48000, SenderClock())
    for packet in range(50):
        clock.wall(960 * packet, START + packet * 20 * MS)
    clock.report(START + 2 * NS, 960 * 49, START + 980 * MS + 2 * MS)  # sets the sender's offset
    clock.report(START + 3 * NS + 100 * MS, 960 * 50, START + 2080 * MS)
    wall = clock.wall(960 * 50, START + 1000 * MS)
    assert abs(wall - (START + 1000 * MS)) <= AHEAD_NS


def test_after_a_pause_the_arrival_counts():
    clock = TrackClock(48000, SenderClock())
    clock.wall(0, START)
    # Muted for 1.2 s, and its timestamps stood still.
    assert clock.wall(960, START + 1200 * MS) == START + 1200 * MS
    assert clock.wall(1920, START + 1220 * MS) == START + 1220 * MS


@given(
    st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**60), st.booleans(), st.integers(1, 500)),
        max_size=60,
    )
)
def test_whatever_a_sender_claims_its_media_stay_near_their_arrival(steps):
    clock, now = TrackClock(48000, SenderClock()), START
    for timestamp, claimed_ns, is_report, passed_ms in steps:
        now += passed_ms * MS
        if is_report:
            clock.report(claimed_ns, timestamp, now)
        else:
            away_ns = clock.wall(timestamp, now) - now
            assert -TOLERANCE_NS - NS <= away_ns <= AHEAD_NS + _SLEW_NS
