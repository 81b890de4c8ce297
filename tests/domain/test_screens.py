"""Who shares a screen, who ends it, and what is forwarded of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import permissions as p
from room_server.domain.event_data import from_data, to_data
from room_server.domain.evolution import evolve
from room_server.domain.hearing import replay
from room_server.domain.model import PHASES
from room_server.domain.phases import SITTING
from room_server.domain.placement import forwarding
from room_server.domain.record import describe, visible_to_all
from room_server.domain.screens import shown_by
from room_server.errors import CommandRefused
from tests.domain.conftest import Court
from tests.domain.mediation_table import Table


def shown(court: Any) -> set[str]:
    """Whose screen passes the relay's door."""
    muted = court.forwarding().muted
    return {one for one in court.h.participants if (one, "screen") not in muted}


def kinds(events: list[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_no_screen_is_let_through_before_somebody_shares(court: Any) -> None:
    court.session()
    assert shown(court) == set()
    assert court.forwarding().edges


@pytest.mark.parametrize("name", ["judge", "panel", "clerk"])
def test_the_court_shares_without_asking(court: Any, name: str) -> None:
    court.session()
    assert kinds(court.do(name, c.StartScreen())) == ["ScreenShared"]
    assert shown(court) == {court.id(name)}
    assert court.do(name, c.StartScreen()) == []
    assert kinds(court.do(name, c.StopScreen())) == ["ScreenShareEnded"]
    assert shown(court) == set()


def test_a_side_shares_once_the_judge_allows_it(court: Any) -> None:
    court.session()
    refused = court.refused("claimant", c.StartScreen())
    assert refused.code == "screen_not_allowed"
    assert court.refused("clerk", c.AllowScreen(court.id("claimant"))).code == "not_permitted"
    assert court.refused("claimant", c.AllowScreen(court.id("claimant"))).code == "not_permitted"
    assert kinds(court.do("judge", c.AllowScreen(court.id("claimant")))) == ["ScreenAllowed"]
    assert court.do("judge", c.AllowScreen(court.id("claimant"))) == []
    court.do("claimant", c.StartScreen())
    assert shown(court) == {court.id("claimant")}
    assert court.refused("respondent", c.StartScreen()).code == "screen_not_allowed"


def test_one_screen_at_a_time_and_the_second_is_told_whose_it_is(court: Any) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    court.do("claimant", c.StartScreen())
    for name in ("judge", "clerk"):
        refused = court.refused(name, c.StartScreen())
        assert refused.code == "screen_in_use"
        assert "Zhang" in refused.en and "Zhang" in refused.zh
    verdict = p.actions(court.h, court.actor("judge"))["start_screen"]
    assert isinstance(verdict, p.Refused) and "Zhang" in verdict.en


@pytest.mark.parametrize("name", ["judge", "clerk"])
def test_the_court_ends_a_share_and_the_permission_with_it(court: Any, name: str) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    court.do("claimant", c.StartScreen())
    assert court.refused("respondent", c.StopScreen()).code == "not_your_screen"
    assert court.refused("panel", c.StopScreen()).code == "not_your_screen"
    assert kinds(court.do(name, c.StopScreen())) == ["ScreenShareEnded", "ScreenAllowed"]
    assert shown(court) == set() and not court["claimant"].screen_allowed
    assert court.refused("claimant", c.StartScreen()).code == "screen_not_allowed"


def test_ones_own_end_keeps_the_permission(court: Any) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    court.do("claimant", c.StartScreen())
    court.do("claimant", c.StopScreen())
    assert court["claimant"].screen_allowed
    court.do("claimant", c.StartScreen())
    assert shown(court) == {court.id("claimant")}


def test_taking_the_permission_back_ends_the_share(court: Any) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    court.do("claimant", c.StartScreen())
    events = court.do("judge", c.AllowScreen(court.id("claimant"), allowed=False))
    assert kinds(events) == ["ScreenShareEnded", "ScreenAllowed"]
    assert all(event.by.id == court.id("judge") for event in events)
    assert shown(court) == set()
    assert court.do("judge", c.AllowScreen(court.id("claimant"), allowed=False)) == []


def test_a_late_stop_ends_nobody_elses_share(court: Any) -> None:
    court.session()
    court.do("clerk", c.StartScreen())
    assert court.do("judge", c.StopScreen(court.id("claimant"))) == []
    assert shown(court) == {court.id("clerk")}
    assert kinds(court.do("judge", c.StopScreen(court.id("clerk")))) == ["ScreenShareEnded"]
    assert court.refused("judge", c.StopScreen()).code == "no_screen"


def test_who_may_never_share_is_not_allowed_to(court: Any) -> None:
    court.session()
    court.connect("observer")
    court.admit("observer")
    assert court.refused("judge", c.AllowScreen(court.id("observer"))).code == "never_shares"
    assert court.refused("observer", c.StartScreen()).code == "not_permitted"
    assert court.refused("judge", c.AllowScreen(court.id("clerk"))).code == "of_the_court"
    assert court.refused("judge", c.AllowScreen(court.id("witness"))).code == "not_admitted"
    assert court.refused("judge", c.AllowScreen("par_nobody000")).code == "no_such_participant"


def test_only_in_the_open_room(court: Any) -> None:
    court.ready()
    assert court.refused("judge", c.StartScreen()).code == "not_now"
    opened = Court().session()
    for phase in PHASES:
        hearing = replace(opened.h, phase=phase)
        allowed = isinstance(p.actions(hearing, opened.actor("judge"))["start_screen"], p.Allowed)
        assert allowed == (phase in SITTING), phase


ENDS: dict[str, Callable[[Any], object]] = {
    "recess": lambda court: court.do("judge", c.Recess("lunch")),
    "suspend": lambda court: court.do("clerk", c.Suspend("no sound")),
    "disconnect": lambda court: court.disconnect("claimant"),
    "leave": lambda court: court.do("claimant", c.Leave()),
    "send_back": lambda court: court.do("judge", c.SendBack(court.id("claimant"))),
    "remove": lambda court: court.do("judge", c.Remove(court.id("claimant"), "noise")),
    "revoke": lambda court: [
        court.do("desk", c.NoteInvitation(court.id("claimant"), state)) for state in ("issued", "revoked")
    ],
    "restart": lambda court: court.do("system", c.ServerRestarted()),
    "close": lambda court: court.do("judge", c.CloseHearing()),
    "convert": lambda court: court.do("judge", c.ConvertOffline("originals")),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_share_ends_with_what_it_rests_on(court: Any, how: str) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    court.do("claimant", c.StartScreen())
    before = len(court.log)
    ENDS[how](court)
    assert court.h.screen is None and shown(court) == set()
    ended = [event for event, _ in court.log[before:] if isinstance(event, e.ScreenShareEnded)]
    assert len(ended) == 1 and ended[0].participant_id == court.id("claimant")


def test_what_is_over_does_not_come_back_by_itself(court: Any) -> None:
    court.session()
    court.do("judge", c.StartScreen())
    court.do("judge", c.Recess("lunch"))
    court.do("judge", c.Resume())
    assert court.h.screen is None and shown(court) == set()


@pytest.mark.parametrize("how", ["leave", "send_back", "remove", "revoke"])
def test_the_permission_goes_with_the_admission(court: Any, how: str) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    ENDS[how](court)
    assert not court["claimant"].screen_allowed


def test_the_permission_outlives_a_lost_connection(court: Any) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    court.do("claimant", c.StartScreen())
    court.disconnect("claimant")
    court.connect("claimant")
    assert court["claimant"].screen_allowed and shown(court) == set()
    court.do("claimant", c.StartScreen())
    assert shown(court) == {court.id("claimant")}


def test_the_clerk_who_checks_somebody_shows_nothing_meanwhile(court: Any) -> None:
    court.session()
    court.do("clerk", c.StartScreen())
    court.connect("witness")
    court.do("clerk", c.BeginCheck(court.id("witness")))
    assert court.h.screen is None and shown(court) == set()


def test_what_the_record_claims_does_not_open_the_door(court: Any) -> None:
    """A log that shares without permission is replayed, and still nothing of that screen is forwarded."""
    court.session()
    forged = evolve(court.h, e.ScreenShared(court.system, court.id("respondent")), court.now)
    assert forged.screen is not None and shown_by(forged) is None
    assert (court.id("respondent"), "screen") in forwarding(forged).muted


def test_the_mediator_allows_and_ends_in_a_mediation() -> None:
    table = Table()
    table.joint()
    table.do("mediator", c.StartScreen())
    refused = table.refused("wu", c.StartScreen())
    assert refused.code == "screen_not_allowed" and "mediator" in refused.en and "调解员" in refused.zh
    table.do("mediator", c.StopScreen())
    table.do("mediator", c.AllowScreen(table.id("wu")))
    table.do("wu", c.StartScreen())
    assert shown(table) == {table.id("wu")} and table.forwarding().recorded == frozenset()
    table.do("mediator", c.StopScreen())
    assert shown(table) == set() and not table["wu"].screen_allowed


def test_the_record_says_it_in_words(court: Any) -> None:
    court.session()
    court.do("judge", c.AllowScreen(court.id("claimant")))
    court.do("claimant", c.StartScreen())
    court.do("judge", c.StopScreen())
    said = [(event, describe(event, court.h)) for event, _ in court.log[-4:]]
    assert [text[1] for _, text in said] == [
        "Wang (presiding judge) allowed Zhang to share a screen.",
        "Zhang began to share a screen.",
        "Wang (presiding judge) ended the screen that Zhang shared.",
        "Wang (presiding judge) took back that Zhang may share a screen.",
    ]
    assert all(visible_to_all(event) for event, _ in said)
    for event, _ in said:
        assert from_data(e.event_type(event), to_data(event)) == event


_WHO = st.sampled_from(["judge", "panel", "clerk", "claimant", "counsel", "respondent"])


@given(st.lists(st.tuples(_WHO, st.sampled_from(["start", "stop", "allow", "forbid", "lose", "come"]), _WHO)))
def test_never_two_and_never_one_who_may_not(steps: list[tuple[str, str, str]]) -> None:
    court = Court().session()
    for who, what, whom in steps:
        try:
            match what:
                case "start":
                    court.do(who, c.StartScreen())
                case "stop":
                    court.do(who, c.StopScreen())
                case "allow" | "forbid":
                    court.do(who, c.AllowScreen(court.id(whom), allowed=what == "allow"))
                case "lose":
                    court.disconnect(whom)
                case _:
                    court.connect(whom)
        except CommandRefused:
            pass
        seen = shown(court)
        assert len(seen) <= 1
        assert (court.h.screen is None) == (not seen)
        for one in seen:
            person = court.h.participants[one]
            assert person.connected and (person.is_court or person.screen_allowed)
    assert replay(court.log) == court.h
