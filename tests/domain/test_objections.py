"""Objections lodged from the room: on the record at once, nothing stops by itself, the judge rules."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import objections, record
from room_server.domain.conversion import must_attend, must_convert

WHY = "the original contract must be seen"


def rule(court: Any, ground: str, held: bool, **more: Any) -> list[e.Event]:
    kind, _, name = ground.partition(":")
    return court.do(
        "judge_desk",
        c.MakeRuling(f"{kind}:{court.id(name)}" if name else kind, held, "r", "OLR 5(2)", **more),
    )


def sitting(court: Any, *, consented: bool = True) -> Any:
    """In session; without `consented` both sides have said nothing, which the older rules allow."""
    if consented:
        return court.session()
    court.drafted()
    court.consented = lambda: court
    court.drafted = lambda: court
    return court.session()


def test_a_side_that_consented_takes_it_back_and_nothing_stops(court: Any) -> None:
    sitting(court)
    stated, determined = court.do("respondent", c.LodgeObjection(f"  {WHY} "))
    assert isinstance(stated, e.FactAsserted) and stated.in_room
    assertion = stated.assertion
    assert assertion.key == f"position:{court.id('respondent')}"
    assert assertion.value == {"position": "retracts", "stage": "trial", "reasons": WHY}
    assert (assertion.how, assertion.late, assertion.entered_by.id) == ("link", True, court.id("respondent"))
    assert isinstance(determined, e.DeterminationMade)
    assert court.h.phase == "in_session" and court.h.determination.outcome == "await_ruling"
    assert court["respondent"].attends == "online" and court["respondent"].place == "main"
    (matter,) = objections.matters(court.h)
    assert matter.ground == f"retraction:{court.id('respondent')}" and matter.ruling is None
    assert (matter.side, matter.reasons, matter.late) == (court.id("respondent"), WHY, True)
    assert must_convert(court.h) is None


def test_a_side_that_had_not_consented_objects_and_its_counsel_speaks_for_it(court: Any) -> None:
    sitting(court, consented=False)
    (stated, _) = court.do("counsel", c.LodgeObjection(WHY))
    assert stated.assertion.key == f"agent_position:{court.id('claimant')}:{court.id('counsel')}"
    assert stated.assertion.value["position"] == "objects"
    assert objections.matters(court.h)[0].ground == f"objection:{court.id('claimant')}"


def test_counsel_takes_back_what_the_party_consented_to(court: Any) -> None:
    sitting(court)
    (stated, _) = court.do("counsel", c.LodgeObjection(""))
    assert stated.assertion.value["position"] == "retracts"
    assert court.h.determination.awaiting == (f"retraction:{court.id('claimant')}",)


@pytest.mark.parametrize("phase", ["recess", "suspended_technical"])
def test_it_can_be_lodged_in_every_opened_phase(court: Any, phase: str) -> None:
    sitting(court)
    court.do("judge", c.Recess("r") if phase == "recess" else c.Suspend("r"))
    assert court.h.phase == phase
    assert court.do("respondent", c.LodgeObjection(WHY))
    assert court.h.phase == phase


def test_who_may_not_lodge(court: Any) -> None:
    court.ready()
    assert court.refused("respondent", c.LodgeObjection(WHY)).code == "not_now"
    court.do("judge", c.OpenSession())
    court.connect("witness")
    court.connect("observer")
    for name in ("judge", "clerk", "witness", "observer"):
        assert court.refused(name, c.LodgeObjection(WHY)).code == "not_permitted"
    assert court.refused("desk", c.LodgeObjection(WHY)).code == "enter_first"
    court.do("clerk", c.SendBack(court.id("respondent")))
    refused = court.refused("respondent", c.LodgeObjection(WHY))
    assert (refused.code, refused.citation) == ("not_admitted", "OLR 5(2)")
    assert not objections.matters(court.h)


def test_the_same_open_objection_twice_is_refused_kindly(court: Any) -> None:
    sitting(court)
    court.do("respondent", c.LodgeObjection(WHY))
    assert court.refused("respondent", c.LodgeObjection(WHY)).code == "already_lodged"
    assert court.refused("respondent", c.LodgeObjection("another")).code == "already_lodged"
    court.do("claimant", c.LodgeObjection(WHY))
    assert len(objections.matters(court.h)) == 2


def test_reasons_can_be_added_to_an_objection_without_any(court: Any) -> None:
    sitting(court, consented=False)
    court.do("respondent", c.LodgeObjection(""))
    (matter,) = objections.matters(court.h)
    assert matter.ground is None, "an objection without reasons awaits no ruling, it is only noted"
    assert court.refused("respondent", c.LodgeObjection("  ")).code == "already_lodged"
    court.do("respondent", c.LodgeObjection(WHY))
    (matter,) = objections.matters(court.h)
    assert matter.ground == f"objection:{court.id('respondent')}" and matter.reasons == WHY


def test_after_a_ruling_only_something_new_is_heard(court: Any) -> None:
    sitting(court)
    court.do("respondent", c.LodgeObjection(WHY))
    rule(court, "retraction:respondent", False)
    assert court.h.phase == "in_session" and court.h.determination.outcome == "allow"
    own = objections.own_matter(court.h, court["respondent"])
    assert own is not None and own.ruling is not None and not own.ruling.held
    for reasons in ("", WHY, f" {WHY} "):
        assert court.refused("respondent", c.LodgeObjection(reasons)).code == "already_ruled"
    court.do("respondent", c.LodgeObjection("the camera shows nothing"))
    assert court.h.determination.awaiting == (f"retraction:{court.id('respondent')}",)
    (matter,) = objections.matters(court.h)
    assert matter.ruling is None


def test_when_every_side_objects_the_hearing_must_be_converted(court: Any) -> None:
    sitting(court, consented=False)
    court.do("claimant", c.LodgeObjection(WHY))
    rule(court, "objection:claimant", False)
    assert must_convert(court.h) is None
    court.do("respondent", c.LodgeObjection(""))
    found = must_convert(court.h)
    assert found is not None and found.citation == "V; OLR 21(1); OLR 21 para 2"
    assert court.h.phase == "in_session"


def test_while_it_must_be_converted_nothing_carries_on_online(court: Any) -> None:
    sitting(court)
    court.do("respondent", c.LodgeObjection(WHY))
    rule(court, "retraction:respondent", True)
    refused = court.refused("judge", c.CloseHearing())
    assert refused.code == "must_convert" and "21 para 2" in str(refused.citation)
    court.do("judge", c.Recess("to think it over"))
    assert court.refused("judge", c.Resume()).code == "must_convert"
    court.do("judge", c.Suspend("r"))
    assert court.refused("judge", c.Resume()).code == "must_convert"
    rule(court, "retraction:respondent", False)
    assert must_convert(court.h) is None
    court.do("judge", c.Resume())
    court.do("judge", c.Resume())
    assert court.h.phase == "in_session"
    court.do("judge", c.CloseHearing())


def test_a_ground_that_the_judge_holds_on_its_own_motion_is_listed(court: Any) -> None:
    sitting(court)
    court.do("judge_desk", c.MakeRuling("need:verification_of_originals", True, "r", "OLR 21(3)"))
    (matter,) = objections.matters(court.h)
    assert matter.ground == "need:verification_of_originals"
    assert matter.ruling is not None and matter.ruling.held and not matter.in_room
    assert must_convert(court.h) is not None


def test_a_side_held_to_attend_at_court_is_named_and_not_moved(new_court: Any) -> None:
    court = sitting(new_court("spc-2021"))
    court.do("respondent", c.LodgeObjection(WHY))
    rule(court, "retraction:respondent", True)
    assert must_attend(court.h) == (court.id("respondent"),)
    assert must_convert(court.h) is None
    assert court["respondent"].attends == "online"


def test_what_came_up_before_the_opening_is_no_open_matter(court: Any) -> None:
    court.drafted().consented()
    court.position("respondent", "objects", WHY)
    court.do("desk", c.Determine())
    rule(court, "objection:respondent", False)
    court.determined = lambda: court
    court.session()
    assert objections.matters(court.h) == ()
    court.do("respondent", c.LodgeObjection("something new"))
    assert [one.reasons for one in objections.matters(court.h)] == ["something new"]


def test_everybody_in_the_room_reads_it_and_no_earlier_fact(court: Any) -> None:
    sitting(court)
    court.do("counsel", c.LodgeObjection(WHY))
    facts = [one for one, _ in court.log if isinstance(one, e.FactAsserted)]
    assert [record.visible_to_all(one) for one in facts] == [False, False, True]
    zh, en = record.describe(facts[-1], court.h)
    assert en == f"In court: Zhang's agent Chen retracts its consent, because: {WHY}."
    assert zh.endswith("。") and WHY in zh


def test_what_a_clerk_enters_during_the_session_stays_with_the_court(court: Any) -> None:
    sitting(court)
    court.position("respondent", "objects", WHY)
    (matter,) = objections.matters(court.h)
    assert not matter.in_room and objections.own_matter(court.h, court["respondent"]) is None
    assert not record.visible_to_all(
        next(one for one, _ in reversed(court.log) if isinstance(one, e.FactAsserted))
    )


def test_walking_out_with_an_open_objection_is_leaving_without_permission(court: Any) -> None:
    sitting(court)
    court.do("respondent", c.LodgeObjection(WHY))
    court.do("respondent", c.Leave())
    assert court["respondent"].state == "left_without_permission"


def test_a_lost_connection_never_counts_against_who_objected(court: Any) -> None:
    sitting(court)
    court.do("respondent", c.LodgeObjection(WHY))
    court.disconnect("respondent")
    assert court["respondent"].state == "disconnected"
    assert court["respondent"].times_left_without_permission == 0
    assert court.refused("respondent", c.LodgeObjection(WHY)).code == "not_connected"


def test_an_objection_in_one_hearing_is_none_in_another_with_the_same_names(new_court: Any) -> None:
    here, there = sitting(new_court()), sitting(new_court())
    here.do("respondent", c.LodgeObjection(WHY))
    assert objections.matters(here.h) and not objections.matters(there.h)
    assert there.h.determination.outcome == "allow"
