from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.store.chain import (
    GENESIS,
    NewEvent,
    StoredEvent,
    UnstorableEvent,
    first_bad_version,
    link,
)

SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=4)


@st.composite
def streams(draw: st.DrawFn) -> list[StoredEvent]:
    contents = draw(st.lists(st.tuples(OBJECTS, OBJECTS), min_size=1, max_size=8))
    events = [
        NewEvent(f"evt_{number}", "Noted", "2026-11-23T10:00:00+08:00", actor, data)
        for number, (actor, data) in enumerate(contents)
    ]
    return link("hrg_1", 0, GENESIS, events)


def rehashed(entries: list[StoredEvent], start: int) -> list[StoredEvent]:
    """What somebody would do who changes an entry and makes its own hash right again."""
    events = [NewEvent(e.id, e.type, e.at, e.actor, e.data) for e in entries[start : start + 1]]
    entries = list(entries)
    entries[start : start + 1] = link("hrg_1", start, entries[start].prev_hash, events)
    return entries


@given(streams())
def test_a_chain_as_written_holds(entries: list[StoredEvent]) -> None:
    assert first_bad_version("hrg_1", entries) is None


@given(streams(), st.data())
def test_any_change_is_found_at_its_place(entries: list[StoredEvent], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    changes: dict[str, Any] = data.draw(
        st.sampled_from(
            [
                {"type": "Other"},
                {"at": "2026-11-23T10:00:01+08:00"},
                {"id": "evt_other"},
                {"actor": {"added": True}},
                {"data": {"added": True}},
                {"stream": "hrg_2"},
                {"version": 99},
                {"prev_hash": "f" * 64},
                {"hash": "f" * 64},
            ]
        )
    )
    changed = replace(entries[place], **changes)
    if changed == entries[place]:
        return
    assert first_bad_version("hrg_1", [*entries[:place], changed, *entries[place + 1 :]]) == place + 1


@given(streams(), st.data())
def test_a_missing_entry_is_found(entries: list[StoredEvent], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    expected = None if place == len(entries) - 1 else place + 1
    assert first_bad_version("hrg_1", entries[:place] + entries[place + 1 :]) == expected


@given(streams(), st.data())
def test_a_change_with_a_new_hash_is_found_at_the_next_entry(
    entries: list[StoredEvent], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    entries[place] = replace(entries[place], type="Other")
    expected = None if place == len(entries) - 1 else place + 2
    assert first_bad_version("hrg_1", rehashed(entries, place)) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, object(), "\ud800"])
def test_what_json_cannot_hold_exactly_is_refused(value: object) -> None:
    event = NewEvent("evt_1", "Noted", "2026-11-23T10:00:00+08:00", {}, {"value": value})
    with pytest.raises(UnstorableEvent, match="8785"):
        link("hrg_1", 0, GENESIS, [event])


def test_an_event_without_an_id_is_refused() -> None:
    with pytest.raises(UnstorableEvent, match="empty id"):
        link("hrg_1", 0, GENESIS, [NewEvent("", "Noted", "2026-11-23T10:00:00+08:00", {}, {})])
