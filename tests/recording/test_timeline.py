"""Recorded time: planned gaps are cut out, other gaps stay, and events find their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.manifest import Entry, follow
from recording.model import NS_PER_S, iso_from_wall, wall_from_iso
from recording.timeline import Timeline, playback_events

START = wall_from_iso("2026-11-23T10:00:00+08:00")


def at(second: float) -> str:
    return iso_from_wall(START + int(second * NS_PER_S))


def chain(*items: tuple[str, float, dict]) -> list[Entry]:
    opened = {
        "recording_id": "rec_1",
        "participants": [{"id": "p", "role": "clerk", "name": "n", "side": None, "seat": 1}],
    }
    entries = [follow(None, "opened", at(0), opened)]
    for kind, second, data in items:
        entries.append(follow(entries[-1], kind, at(second), data))
    return entries


def phase(second: float, recording: bool, reason: str | None = None) -> tuple[str, float, dict]:
    return "phase", second, {"phase": "x", "recording": recording, "reason": reason, "at": at(second)}


HEARING = chain(
    phase(10, True),
    ("event", 11, {"type": "HandRaised", "at": at(11)}),
    phase(20, False, "recess"),
    ("event", 50, {"type": "Moved", "at": at(50)}),
    phase(100, True),
    ("gap", 130, {"cause": "recorder_restart", "from": at(110), "to": at(130), "detail": None}),
    ("event", 140, {"type": "Ruled", "at": at(140)}),
    ("closed", 150, {"reason": "done", "at": at(150), "segments": 0}),
)


def test_recesses_are_cut_out_and_crashes_are_not():
    timeline = Timeline.from_entries(HEARING)
    assert timeline.recorded_s == 60 and timeline.closed
    assert [timeline.offset_s(START + s * NS_PER_S) for s in (0, 10, 15, 20, 60, 100, 149, 999)] == [
        0,
        0,
        5,
        10,
        10,
        10,
        59,
        60,
    ]
    assert [timeline.wall_ns(s * NS_PER_S) for s in (0, 5, 10, 60)] == [
        START + s * NS_PER_S for s in (10, 15, 100, 150)
    ]


def test_events_find_their_place():
    events = playback_events(HEARING)
    placed = {(e["type"], e["offset_s"], e["recorded"]) for e in events if e["kind"] == "event"}
    assert placed == {("HandRaised", 1.0, True), ("Moved", 10.0, False), ("Ruled", 50.0, True)}
    gap = next(e for e in events if e["kind"] == "gap")
    assert gap["offset_s"] == 20 and gap["data"]["cause"] == "recorder_restart"
    assert [e["offset_s"] for e in events] == sorted(e["offset_s"] for e in events)


def test_a_recording_never_closed_lasts_until_the_last_thing_known():
    timeline = Timeline.from_entries(HEARING[:6])
    assert timeline.recording_since_ns == START + 100 * NS_PER_S and not timeline.closed
    assert timeline.recorded_s == 10 + 0
    assert Timeline.from_entries(HEARING[:7]).recorded_s == 10 + 30


def test_a_clock_set_back_during_a_pause_never_makes_intervals_overlap():
    timeline = Timeline.from_entries(
        chain(phase(10, True), phase(20, False), phase(15, True), phase(30, False))
    )
    assert timeline.recorded_s == 20


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=12), st.lists(st.integers(0, 13000)))
def test_positions_and_wall_times_agree(steps, probes):
    second, items, recording = 0, [], True
    for step in steps:
        second += step
        items.append(phase(second, recording))
        recording = not recording
    timeline = Timeline.from_entries(chain(*items))
    for probe in probes:
        wall_ns = START + probe * NS_PER_S
        offset_ns = timeline.offset_ns(wall_ns)
        assert 0 <= offset_ns <= timeline.recorded_ns
        if any(i.start_ns <= wall_ns < i.end_ns for i in timeline.intervals):
            assert timeline.wall_ns(offset_ns) == wall_ns
    offsets = [timeline.offset_ns(START + probe * NS_PER_S) for probe in sorted(probes)]
    assert offsets == sorted(offsets)


@pytest.mark.parametrize("text", ["2026-11-23T10:00:00", "yesterday", 5, None])
def test_times_without_their_offset_are_refused(text):
    with pytest.raises(Exception, match="time"):
        wall_from_iso(text)
