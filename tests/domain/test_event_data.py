"""Events to JSON and back, strictly."""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from room_server.domain.event_data import event_type, from_data, to_data
from room_server.domain.events import EVENTS, REGISTRY, Event, HandRaised
from room_server.domain.model import SYSTEM
from room_server.errors import RecordUnreadable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    datetime: st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])),
    str: st.text(max_size=8),
    int: st.integers(-5, 10**6),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that fields of events have."""
    if kind in PLAIN:
        return PLAIN[kind]
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return st.sampled_from(arguments)
    if get_origin(kind) is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if get_origin(kind) is dict:
        return st.dictionaries(st.text(max_size=4), JSON, max_size=3)
    if is_dataclass(kind):
        return st.builds(kind, **{name: values(hint) for name, hint in get_type_hints(kind).items()})
    return st.one_of([values(choice) for choice in arguments])


@pytest.mark.parametrize("kind", EVENTS, ids=event_type)
def test_round_trip(kind: type[Event]) -> None:
    @settings(max_examples=15, deadline=None, database=None)
    @given(values(kind))
    def same_again(event: Event) -> None:
        stored = json.loads(json.dumps(to_data(event)))
        assert REGISTRY[event_type(event)] is kind
        assert from_data(event_type(event), stored) == event

    same_again()


def good() -> dict[str, Any]:
    return to_data(HandRaised(SYSTEM, "par_1"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"participant_id": 3}, "is not str"),
        ({"participant_id": None}, "is not str"),
        ({"by": "system"}, "must be a mapping"),
        ({"by": {"kind": "king", "id": "x", "role": "x", "name": "x"}}, "none of staff"),
        ({"by": {"kind": "staff", "id": "x", "role": "x"}}, "'name' is missing"),
        ({"mood": "good"}, "unknown field 'mood'"),
    ],
)
def test_what_does_not_fit_is_not_read(change: dict[str, Any], says: str) -> None:
    with pytest.raises(RecordUnreadable, match=says):
        from_data("hand_raised", {**good(), **change})


def test_unknown_types_and_missing_fields() -> None:
    with pytest.raises(RecordUnreadable, match="unknown event type"):
        from_data("hand_burnt", good())
    with pytest.raises(RecordUnreadable, match="is missing"):
        from_data("hand_raised", {"by": good()["by"]})


@pytest.mark.parametrize("at", ["2026-11-23T09:00:00", "yesterday", 5])
def test_times_need_an_offset(at: Any, court: Any) -> None:
    court.drafted()
    data = to_data(court.log[0][0])
    with pytest.raises(RecordUnreadable, match="scheduled_at"):
        from_data("hearing_drafted", {**data, "scheduled_at": at})


def test_a_whole_log_reads_back(court: Any) -> None:
    court.session()
    for event, _ in court.log:
        assert from_data(event_type(event), json.loads(json.dumps(to_data(event)))) == event
