"""The gate: nothing opens without a stored determination of the current facts, under today's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.hearing import open_room
from room_server.errors import GateClosed, NotPermitted


def types(happened: list[e.Event]) -> list[type]:
    return [type(one) for one in happened]


def test_opens_under_the_stored_determination(court: Any) -> None:
    court.ready()
    stored = court.h.determination
    opened = court.do("judge", c.OpenSession())
    assert types(opened) == [e.SessionOpened]
    assert (opened[0].determination_id, opened[0].facts_sha256) == (stored.id, stored.facts_sha256)
    assert court.h.phase == "in_session" and court.h.opened_at == court.now


def test_only_the_presiding_judge_opens(court: Any) -> None:
    court.ready()
    for who in ("panel", "clerk", "claimant", "system", "desk", "judge_desk"):
        assert isinstance(court.refused(who, c.OpenSession()), NotPermitted)
    with pytest.raises(NotPermitted):
        open_room(court.h, court.h.determination, court.context("clerk"))


def test_every_side_objects_and_the_refusal_shows_the_finding(court: Any) -> None:
    court.drafted()
    court.position("claimant", "objects")
    court.position("respondent", "objects")
    court.do("desk", c.Determine())
    assert court.h.phase == "blocked"
    refused = court.refused("desk", c.ScheduleHearing())
    assert refused.code == "gate_block" and "OLR 21(1)" in (refused.citation or "")
    forced = replace(court.h, phase="ready")
    with pytest.raises(GateClosed) as caught:
        open_room(forced, forced.determination, court.context("judge"))
    assert caught.value.code == "gate_block" and "OLR 21(1)" in (caught.value.citation or "")


def test_changed_facts_close_the_gate(court: Any) -> None:
    court.ready()
    # A log in which the fresh determination is missing must not open either.
    changed = court.h
    stated = court.do("desk", c.AssertFact("served_by:" + court.id("claimant"), "electronic", "x", "desk"))
    assert types(stated) == [e.FactAsserted, e.DeterminationMade]
    assert court.h.phase == "ready", "what was arranged stands where the fresh determination still allows it"
    forced = replace(changed, assertions=court.h.assertions)
    with pytest.raises(GateClosed) as caught:
        open_room(forced, forced.determination, court.context("judge"))
    assert caught.value.code == "determination_stale_facts_changed"


def test_a_determination_that_is_not_the_stored_one(court: Any) -> None:
    court.ready()
    other = replace(court.h.determination, id="det_of_another_hearing")
    with pytest.raises(GateClosed, match="no_determination"):
        open_room(court.h, other, court.context("judge"))
    with pytest.raises(GateClosed, match="no_determination"):
        open_room(replace(court.h, determination=None), other, court.context("judge"))


def test_another_rule_set_sends_the_hearing_back(court: Any, new_court: Callable[..., Any]) -> None:
    court.ready()
    court.ruleset = new_court("spc-2021").ruleset
    assert court.refused("judge", c.OpenSession()).code == "determination_stale_ruleset_changed"
    court.do("system", c.Reassess())
    assert court.h.phase == "ready" and court.h.ruleset == "spc-2021"
    assert court.h.determination.ruleset.startswith("spc-2021@")
    court.do("judge", c.OpenSession())


def test_an_arrangement_falls_where_the_fresh_determination_forbids_it(court: Any) -> None:
    court.ready()
    court.position("claimant", "objects")
    assert court.h.phase == "ready"
    happened = court.position("respondent", "objects")
    assert types(happened) == [e.FactAsserted, e.PhaseChanged, e.DeterminationMade, e.PhaseChanged]
    assert (court.h.phase, court.h.phase_reason) == ("blocked", "determined")
    court.position("respondent", "consents")
    assert (court.h.phase, court.h.phase_reason) == ("lobby_open", "arrangement_restored")
    assert court.h.arranged is None


def test_what_was_arranged_is_not_given_back_too_late_or_to_who_must_come_to_the_court(
    court: Any, new_court: Callable[..., Any]
) -> None:
    for side in ("claimant", "respondent"):
        court.position(side, "objects") if court.hearing else court.scheduled().position(side, "objects")
    assert court.h.phase == "blocked" and court.h.arranged.phase == "scheduled"
    court.later(3 * 3600)
    court.position("respondent", "consents")
    assert court.h.phase == "eligible", "the appointed time is over: the clerk schedules anew"
    other = new_court("spc-2021").scheduled()
    other.position("respondent", "objects", "the original must be seen")
    assert other.h.phase == "awaiting_ruling"
    other.do("judge_desk", c.MakeRuling(f"objection:{other.id('respondent')}", False, "r", "OLR 21"))
    assert other.h.phase == "hybrid", "that side now attends at court, which the clerk arranges"


def test_whoever_must_newly_come_to_the_court_needs_another_arrangement(
    new_court: Callable[..., Any],
) -> None:
    court = new_court("spc-2021").ready()
    court.position("respondent", "objects")
    assert court.h.phase == "hybrid" and court["respondent"].attends == "at_court"


def test_an_open_hearing_is_determined_anew_and_nobody_is_moved(court: Any) -> None:
    court.session()
    before = court.h.determination
    court.position("claimant", "objects")
    happened = court.position("respondent", "objects")
    assert types(happened) == [e.FactAsserted, e.DeterminationMade]
    assert court.h.phase == "in_session" and court.h.determination.outcome == "block"
    assert court.h.determination.id != before.id
    assert {person.attends for person in court.h.participants.values()} == {"online"}


def test_a_closure_found_in_session_cuts_the_gallery_at_once(new_court: Callable[..., Any]) -> None:
    court = new_court("spc-2021").session()
    assert court.h.gallery
    court.do("desk", c.AssertFact("closed", "by_law_privacy", "the claimant", "desk"))
    assert court.h.phase == "in_session" and not court.h.gallery


def test_an_equal_answer_of_an_earlier_day_is_stored_anew(court: Any) -> None:
    court.ready()
    first = court.h.determination
    court.later(24 * 3600)
    assert court.do("system", c.Reassess()) == []
    opened = court.do("judge", c.OpenSession())
    assert types(opened) == [e.DeterminationMade, e.SessionOpened]
    assert opened[1].determination_id == court.h.determination.id != first.id
    assert court.h.determination.on == "2026-11-24"


def test_the_day_is_the_day_in_shanghai(court: Any) -> None:
    court.later(15.5 * 3600)
    assert court.now.day == 23 and court.context("system").today.isoformat() == "2026-11-24"


def test_hybrid_names_who_attends_at_court(new_court: Callable[..., Any]) -> None:
    court = new_court("spc-2021").drafted()
    court.position("claimant", "consents")
    court.do("desk", c.Determine())
    assert court.h.phase == "hybrid"
    assert court["respondent"].attends == "at_court" and court["claimant"].attends == "online"
    court.do("desk", c.ScheduleHearing())
    court.do("desk", c.OpenLobby())
    court.do("respondent", c.MakeDeclaration(court.id("respondent"), "2026-01"))
    refused = court.refused("respondent", c.Connect(court.id("respondent"), "dev"))
    assert refused.code == "attends_at_court" and refused.citation
    assert court.id("respondent") not in refused.en


def test_an_open_ruling_blocks_until_it_is_made(court: Any) -> None:
    court.drafted()
    court.position("claimant", "consents")
    court.position("respondent", "objects", "the original must be seen")
    court.do("desk", c.Determine())
    ground = f"objection:{court.id('respondent')}"
    assert court.h.phase == "awaiting_ruling" and court.h.determination.awaiting == (ground,)
    court.do("judge_desk", c.MakeRuling(ground, False, "a certified copy is in the file", "OLR 21"))
    assert court.h.phase == "eligible"
    court.position("respondent", "objects", "another reason")
    assert court.h.phase == "awaiting_ruling"
