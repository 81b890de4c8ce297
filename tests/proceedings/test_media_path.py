"""Which path is told: the relay's own observation before the page's word, except for what only the page knows."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.proceedings.media_path import MediaPath, path_named
from room_server.relay.events import Quality
from signaling import messages as m
from tests.proceedings.conftest import House
from tests.proceedings.views import live_of, view


@pytest.mark.parametrize(
    ("seen", "reported", "known"),
    [
        ("unknown", "unknown", "unknown"),
        ("unknown", "tcp", "tcp"),
        ("udp", "unknown", "udp"),
        ("tcp", "udp", "tcp"),
        ("udp", "tcp", "udp"),
        ("udp", "relay", "relay"),
        ("tcp", "relay", "relay"),
    ],
)
def test_the_known_path(seen: str, reported: str, known: str) -> None:
    assert MediaPath(path_named(seen), path_named(reported)).known == known


@pytest.mark.parametrize("word", [None, "", "sctp", "TCP"])
def test_a_word_that_names_no_path_is_unknown(word: str | None) -> None:
    assert path_named(word) == "unknown"


def test_the_path_is_told_to_the_person_and_the_desk_and_to_nobody_else(court: Any) -> None:
    court.session()
    live = live_of(court)
    live.paths[court.id("claimant")] = MediaPath("tcp", "tcp")
    assert view(court, "claimant", live).me.path == "tcp"
    respondent = view(court, "respondent", live)
    assert (respondent.me.path, respondent.desk) == ("unknown", None)
    assert '"tcp"' not in respondent.model_dump_json()
    desk = {person.id: person.path for person in view(court, "clerk", live).desk or []}
    assert desk[court.id("claimant")] == "tcp" and desk[court.id("respondent")] == "unknown"


def test_who_is_not_connected_has_no_path(court: Any) -> None:
    court.session()
    live = live_of(court)
    live.paths[court.id("claimant")] = MediaPath("tcp", "tcp")
    court.disconnect("claimant")
    desk = {person.id: person.path for person in view(court, "clerk", live).desk or []}
    assert desk[court.id("claimant")] == "unknown"


async def test_the_relay_and_the_page_are_both_heard(house: House) -> None:
    await house.lobby()
    await house.connect("claimant", "s1")
    claimant = house["claimant"].id
    room = house.room

    async def path() -> str:
        result = await house.gateway.request("s1", m.Sync())
        assert isinstance(result, m.SyncResult) and result.view is not None
        return result.view.me.path

    room.relay_event(Quality(room.hearing_id, claimant, 4, 0.0, None, "tcp"))
    assert await path() == "tcp"
    await house.gateway.request("s1", m.ReportNetwork(path="relay"))
    assert await path() == "relay"
    # Back on a network that lets media through by itself.
    await house.gateway.request("s1", m.ReportNetwork(path="udp"))
    room.relay_event(Quality(room.hearing_id, claimant, 4, 0.0, None, "udp"))
    assert await path() == "udp"
