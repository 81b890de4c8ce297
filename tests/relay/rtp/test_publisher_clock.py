"""The publisher's clock: two streams stay together whatever their network, their crystal and their wall clock do."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from room_server.relay.rtp.publisher_clock import SLEW, PublisherClock, StreamTime
from room_server.relay.rtp.reception import ntp_from_unix

ALLOWED_S = 0.005
GUESSED_S = 0.11
"""Where the wall clock was set before a stream's first report only its arrival tells, until both have reported again:
two transits of up to 50 ms."""


@dataclass
class Publisher:
    """A machine with a wall clock, and streams whose RTP timestamps are counted by it. Times in true seconds."""

    wall_offset_s: float = 1_800_000_000.0
    drift: float = 0.0
    jumped_s: float = 0.0

    def steady_s(self, at_s: float) -> float:
        return at_s * (1 + self.drift)

    def ntp(self, at_s: float) -> int:
        return ntp_from_unix(self.wall_offset_s + self.steady_s(at_s) + self.jumped_s)

    def rtp(self, at_s: float, first: int, rate: int) -> int:
        return (first + round(self.steady_s(at_s) * rate)) & 0xFFFFFFFF


def error_s(
    publisher: Publisher, one: StreamTime, other: StreamTime, at_s: float, firsts: list[int]
) -> float:
    """How far apart the relay would have played what was captured together."""
    played = [
        stream.time_of(publisher.rtp(at_s, first, stream.clock_rate))
        for stream, first in zip((one, other), firsts, strict=True)
    ]
    return played[0] - played[1]


@example(seed=356, drift=0.0, wall_offset_s=1e9, jumps={1: 1.0}, loss=0.25)
@given(
    seed=st.integers(0, 2**32),
    drift=st.floats(-100e-6, 100e-6),
    wall_offset_s=st.floats(1e9, 3e9),
    jumps=st.dictionaries(
        st.integers(1, 119), st.floats(-7200, 7200).filter(lambda s: abs(s) > 0.5), max_size=4
    ),
    loss=st.floats(0, 0.5),
)
def test_sound_and_picture_stay_together(
    seed: int, drift: float, wall_offset_s: float, jumps: dict[int, float], loss: float
) -> None:
    chance = random.Random(seed)
    publisher = Publisher(wall_offset_s, drift)
    firsts, rates = [chance.getrandbits(32), chance.getrandbits(32)], [48_000, 90_000]
    clock, times, reports = PublisherClock(), [None, None], [0, 0]
    was_set, guessed = False, None
    for second in range(120):
        publisher.jumped_s += jumps.get(second, 0.0)
        was_set |= second in jumps and any(reports)
        # Sound is reported every five seconds, picture every second, as browsers do.
        for index in [0, 1] if second % 5 == 0 else [1]:
            sent_s = second + chance.random() * 0.9
            arrived_s = sent_s + chance.random() * 0.05
            if chance.random() < loss:
                continue
            before = times[index]
            reports[index] += 1
            if was_set and reports[index] == 1:
                guessed = index
            elif guessed not in (None, index) and reports[1 - index] > 1:
                guessed = None  # both were read since the guess could be seen for what it was
            rtp = publisher.rtp(sent_s, firsts[index], rates[index])
            times[index] = clock.read(publisher.ntp(sent_s), rtp, rates[index], arrived_s, before)
        sound, picture = times
        if sound is not None and picture is not None and second not in jumps:
            bound_s = ALLOWED_S if guessed is None else GUESSED_S
            assert abs(error_s(publisher, sound, picture, second + 1.0, firsts)) < bound_s


def test_a_first_report_that_was_held_up_is_put_right_by_the_second() -> None:
    publisher, clock = Publisher(), PublisherClock()
    sound = clock.read(publisher.ntp(0), 0, 48_000, 0.02, None)
    picture = clock.read(publisher.ntp(1), 90_000, 90_000, 2.5, None)
    picture = clock.read(publisher.ntp(3), 3 * 90_000, 90_000, 3.02, picture)
    assert abs(error_s(publisher, sound, picture, 3.0, [0, 0])) < ALLOWED_S


@given(
    transits=st.lists(st.floats(0, 2), min_size=2, max_size=80),
    interval_s=st.floats(0.1, 5),
    drift=st.floats(-3e-4, 3e-4),
)
def test_what_viewers_are_told_never_takes_a_step(
    transits: list[float], interval_s: float, drift: float
) -> None:
    publisher, clock, time, told = Publisher(drift=drift), PublisherClock(), None, None
    for index, transit_s in enumerate(transits):
        sent_s = index * interval_s
        now_s = max(sent_s + transit_s, 0 if told is None else told[0])
        time = clock.read(publisher.ntp(sent_s), publisher.rtp(sent_s, 7, 90_000), 90_000, now_s, time)
        shown = clock.at(now_s)
        assert shown is not None
        if told is not None:
            passed_s = now_s - told[0]
            assert abs(shown - told[1] - passed_s) <= SLEW * passed_s + 1e-6
        told = (now_s, shown)


def test_a_stream_that_stood_still_is_no_jump_of_the_clock() -> None:
    """A paused sender may not count on: the wall clock and ours went on together, so the stream is what changed."""
    publisher, clock = Publisher(), PublisherClock()
    sound = clock.read(publisher.ntp(0), 1000, 48_000, 0.02, None)
    picture = clock.read(publisher.ntp(0), 5000, 90_000, 0.02, None)
    later = clock.read(publisher.ntp(60), 1000 + 48_000, 48_000, 60.02, sound)
    assert later.publisher_s - sound.publisher_s == 60
    moved = clock.read(publisher.ntp(61), 5000 + 61 * 90_000, 90_000, 61.02, picture)
    assert moved.publisher_s - picture.publisher_s == 61


def test_a_wall_clock_set_between_the_reports_of_sound_and_picture_is_seen_through_at_once() -> None:
    for jump_s in (-3600.0, 3600.0, 0.5):
        publisher, clock = Publisher(), PublisherClock()
        sound = clock.read(publisher.ntp(0), 0, 48_000, 0.02, None)
        picture = clock.read(publisher.ntp(0), 0, 90_000, 0.02, None)
        publisher.jumped_s = jump_s
        picture = clock.read(publisher.ntp(1), 90_000, 90_000, 1.03, picture)
        assert abs(error_s(publisher, sound, picture, 1.0, [0, 0])) < ALLOWED_S
        sound = clock.read(publisher.ntp(5), 5 * 48_000, 48_000, 5.02, sound)
        assert abs(error_s(publisher, sound, picture, 5.0, [0, 0])) < ALLOWED_S


def test_before_a_report_nothing_is_known() -> None:
    assert PublisherClock().at(5.0) is None
