"""Event streams: applying events to the last snapshot gives the current view, whatever is lost on the way."""

from __future__ import annotations

import random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.connection import (
    SECTIONS,
    TRANSITIONS,
    Connection,
    ConnectionState,
    EventStream,
    Step,
    ViewFollower,
)
from signaling.messages import RaiseHand, Sync, SyncResult, View, ViewChanged

NOW = "2026-11-23T09:00:00+08:00"
BASE: dict[str, Any] = {
    "me": {
        "id": "par_judge0001",
        "role": "presiding_judge",
        "side": None,
        "name": "林",
        "state": "in_room",
        "place": "main",
        "admitted": True,
        "identity_verified": True,
        "declared": True,
        "hand_raised_at": None,
        "hand_place": None,
        "microphone_on": True,
        "microphone_locked": False,
        "muted_by_court": False,
        "camera_on": True,
        "attends": "online",
    },
    "hearing": {
        "id": "prc_1",
        "case_number": "1",
        "title": "t",
        "cause": "c",
        "court": {"zh": "法院", "en": "Court"},
        "courtroom": {"zh": "一", "en": "One"},
        "stage": "trial",
        "scheduled_at": None,
        "gallery": False,
        "ruleset": "shanghai-2020",
    },
    "phase": {"name": "in_session", "since": NOW, "reason": None, "opened_at": NOW},
    "participants": [],
    "desk": None,
    "producers": [],
    "hands": [],
    "screen": None,
    "recording": {"state": "off", "reason": None, "elapsed_s": 0.0, "as_of": NOW, "progress": None},
    "actions": {},
    "notices": [],
    "log": [],
    "speaker": None,
    "readiness": None,
    "determination": None,
    "eligibility": None,
    "own_objection": None,
    "mediation": None,
    "media": {"generation": "med_1"},
}


def view(**changes: Any) -> View:
    return View.model_validate({**BASE, **changes})


def test_sequence_numbers_grow_by_one() -> None:
    stream = EventStream("evs_1")
    assert [stream.publish({"speaker": None}).seq for _ in range(3)] == [1, 2, 3]
    assert stream.seq == 3


@pytest.mark.parametrize("changes", [{}, {"speeker": None}, {"speaker": None, "password": "x"}])
def test_only_sections_of_the_view_are_published(changes: dict[str, Any]) -> None:
    stream = EventStream("evs_1")
    with pytest.raises(ValueError, match=r"allowed: .*speaker"):
        stream.publish(changes)
    assert stream.seq == 0


def test_missed_events_are_sent_while_they_are_kept() -> None:
    stream = EventStream("evs_1", capacity=2)
    for speaker in ("par_aaaaaaaa", "par_bbbbbbbb", "par_cccccccc"):
        stream.publish({"speaker": speaker})
    current = view(speaker="par_cccccccc")
    assert [event.seq for event in stream.sync(1, "evs_1", current, NOW).events] == [2, 3]
    assert stream.sync(3, "evs_1", current, NOW).events == []
    assert stream.sync(3, "evs_1", current, NOW).kind == "events"


@pytest.mark.parametrize(
    ("last_seq", "stream_id"),
    [(0, "evs_1"), (4, "evs_1"), (2, "evs_other"), (2, None), (None, "evs_1"), (None, None)],
)
def test_a_snapshot_where_the_events_cannot_be_had(last_seq: int | None, stream_id: str | None) -> None:
    stream = EventStream("evs_1", capacity=2)
    for _ in range(3):
        stream.publish({"speaker": None})
    result = stream.sync(last_seq, stream_id, view(), NOW)
    assert (result.kind, result.seq, result.stream, result.events) == ("snapshot", 3, "evs_1", [])
    assert result.view == view()


def test_what_is_forgotten_is_not_told_again_and_nobody_up_to_date_is_lost() -> None:
    stream = EventStream("evs_1")
    for speaker in ("par_aaaaaaaa", "par_bbbbbbbb"):
        stream.publish({"speaker": speaker})
    stream.forget()
    assert stream.sync(2, "evs_1", view(), NOW).kind == "events"
    stream.publish({"speaker": None})
    assert [event.seq for event in stream.sync(2, "evs_1", view(), NOW).events] == [3]
    assert [stream.sync(last, "evs_1", view(), NOW).kind for last in (0, 1)] == ["snapshot", "snapshot"]


def test_a_capacity_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed is 1 or more"):
        EventStream("evs_1", capacity=0)


def test_requests_wait_for_the_sync() -> None:
    connection = Connection()
    refused = connection.refusal(RaiseHand())
    assert refused is not None and refused.code == "out_of_order" and refused.allowed == ("sync",)
    assert not connection.receives_events
    assert connection.refusal(Sync()) is None
    connection.step("sync_began")
    assert connection.receives_events
    connection.step("synced")
    assert connection.refusal(RaiseHand()) is None
    connection.step("lost")
    assert connection.refusal(RaiseHand()) is not None and connection.refusal(Sync()) is not None
    assert not connection.receives_events


def test_a_failed_first_sync_leaves_the_connection_unsynced() -> None:
    connection = Connection()
    connection.step("sync_began")
    connection.step("sync_failed")
    assert connection.refusal(RaiseHand()) is not None and not connection.receives_events


def test_the_table_leads_from_every_state_to_gone_and_never_back() -> None:
    for state in ConnectionState:
        assert TRANSITIONS[state, "lost"] is ConnectionState.GONE
    for (state, step), target in TRANSITIONS.items():
        assert step in get_args(Step)
        if state is ConnectionState.GONE:
            assert target is ConnectionState.GONE


def test_an_event_before_the_sync_result_is_applied_after_it() -> None:
    stream, follower = EventStream("evs_1"), ViewFollower()
    request = follower.request()
    result = stream.sync(request.last_seq, request.stream, view(), NOW)
    event = stream.publish({"speaker": "par_aaaaaaaa"})
    assert follower.changed(event) == "early"
    assert follower.synced(result) == "applied"
    assert follower.view is not None and follower.view["speaker"] == "par_aaaaaaaa"


def test_a_repeated_event_is_ignored_and_a_hole_noticed() -> None:
    stream, follower = EventStream("evs_1"), ViewFollower()
    first = stream.publish({"speaker": "par_aaaaaaaa"})
    follower.synced(stream.sync(None, None, view(speaker="par_aaaaaaaa"), NOW))
    assert follower.changed(first) == "repeated"
    stream.publish({"speaker": None})
    assert follower.changed(stream.publish({"speaker": "par_bbbbbbbb"})) == "gap"


def test_events_without_a_snapshot_ask_for_one() -> None:
    follower = ViewFollower()
    assert follower.synced(SyncResult(kind="events", stream="evs_1", seq=1, server_time=NOW)) == "applied"
    assert follower.changed(ViewChanged(seq=2, changes={"speaker": None})) == "gap"


class Wire:
    """A server with one viewer and a page, with everything between them that can be lost, delayed or restarted."""

    def __init__(self, seed: int, capacity: int) -> None:
        self.random = random.Random(seed)
        self.capacity = capacity
        self.streams = 0
        self.truth: dict[str, Any] = view().model_dump(mode="json")
        self.follower = ViewFollower()
        self.in_flight: list[ViewChanged | SyncResult] = []
        self.connected = False
        self.restart_server()

    def restart_server(self) -> None:
        self.streams += 1
        self.stream = EventStream(f"evs_{self.streams}", self.capacity)
        self.lose_connection()

    def lose_connection(self) -> None:
        self.connected = False
        self.in_flight.clear()

    def publish(self) -> None:
        value = self.random.choice([None, "par_aaaaaaaa", "par_bbbbbbbb"])
        hands = [{"participant": "par_cccccccc", "place": self.random.randrange(9), "raised_at": NOW}]
        changes = self.random.choice([{"speaker": value}, {"hands": hands}, {"speaker": value, "hands": []}])
        self.truth = {**self.truth, **changes}
        event = self.stream.publish(changes)
        if self.connected:
            self.in_flight.append(event)

    def sync(self) -> None:
        """The page reconnects or syncs again; the answer is queued behind the events already under way."""
        self.connected = True
        request = self.follower.request()
        current = View.model_validate(self.truth)
        self.in_flight.append(self.stream.sync(request.last_seq, request.stream, current, NOW))

    def deliver(self) -> None:
        if self.in_flight:
            message = self.in_flight.pop(0)
            outcome = (
                self.follower.synced(message)
                if isinstance(message, SyncResult)
                else self.follower.changed(message)
            )
            if outcome == "gap":
                self.sync()

    def lose_one(self) -> None:
        lost = [message for message in self.in_flight if isinstance(message, ViewChanged)]
        if lost:
            self.in_flight.remove(self.random.choice(lost))

    def settle(self) -> None:
        if not self.connected:
            self.sync()
        self.publish()
        for _ in range(10_000):
            if not self.in_flight:
                return
            self.deliver()
        raise AssertionError("the page never settles")


STEPS = [
    "publish",
    "publish",
    "publish",
    "deliver",
    "deliver",
    "sync",
    "lose_connection",
    "lose_one",
    "restart_server",
]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    capacity=st.integers(1, 6),
    steps=st.lists(st.sampled_from(STEPS), max_size=60),
)
def test_events_applied_to_the_last_snapshot_are_the_current_view(
    seed: int, capacity: int, steps: list[str]
) -> None:
    wire = Wire(seed, capacity)
    for step in steps:
        getattr(wire, step)()
    wire.settle()
    assert wire.follower.view == wire.truth
    assert wire.follower.seq == wire.stream.seq


def test_the_sections_are_the_fields_of_the_view() -> None:
    assert set(BASE) == SECTIONS
