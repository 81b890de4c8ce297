"""The desk: the file, who may state what, rulings, timetable and links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import model as m
from room_server.domain.hearing import replay
from room_server.domain.positions import superseded
from room_server.errors import CommandRefused, CorrectTheRequest, NotPermitted


def test_only_the_clerks_desk_drafts(court: Any) -> None:
    court.desk = court.judge_desk
    with pytest.raises(NotPermitted):
        court.drafted()
    court.desk = m.Actor("staff", "acc_x", "administrator+clerk", "X")
    assert court.drafted().h.phase == "draft"


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (lambda all_: all_[1:], "exactly one presiding judge"),
        (lambda all_: (*all_[:2], *all_[3:]), "a clerk"),
        (lambda all_: all_[:3], "at least one party"),
        (lambda all_: (*all_, all_[3]), "twice"),
        (lambda all_: (*all_[:3], replace(all_[3], side=None), *all_[5:]), "needs a side"),
        (lambda all_: (*all_[:4], replace(all_[4], represents="per_nobody"), *all_[5:]), "represents"),
        (lambda all_: (*all_[:4], replace(all_[4], account="acc_x"), *all_[5:]), "by account"),
        (lambda all_: (replace(all_[0], name=" "), *all_[1:]), "blank"),
    ],
)
def test_a_list_of_people_that_cannot_be(court: Any, people: Any, says: str) -> None:
    with pytest.raises(CorrectTheRequest, match=says):
        court.drafted(people(court.LIST))


def test_people_who_stay_keep_their_ids(court: Any) -> None:
    court.determined()
    decided = court.h.determination
    before = {one.person: one.id for one in court.h.participants.values()}
    newcomer = m.NewParticipant("interpreter", "He", person="per_interpreter")
    court.do("desk", c.ChangeHearing(participants=(*court.LIST[:6], newcomer)))
    after = {one.person: one.id for one in court.h.participants.values()}
    assert after["per_respondent"] == before["per_respondent"]
    assert "per_witness" not in after and after["per_interpreter"] not in before.values()
    # The witness was in the facts, so they were decided anew.
    assert court.h.determination.id != decided.id
    assert court.h.determination.facts_sha256 != decided.facts_sha256 and court.h.phase == "eligible"


def test_a_change_that_touches_no_fact_keeps_the_phase(court: Any) -> None:
    court.scheduled()
    assert court.do("desk", c.ChangeHearing(courtroom_en="Courtroom 9"))
    assert court.do("desk", c.ChangeHearing(courtroom_en="Courtroom 9")) == []
    assert court.h.phase == "scheduled" and court.h.courtroom_en == "Courtroom 9"


def test_who_is_in_the_room_cannot_be_taken_off_the_list(court: Any) -> None:
    court.ready()
    refused = court.refused("desk", c.ChangeHearing(participants=court.LIST[:5]))
    assert refused.code == "still_there"


@pytest.mark.parametrize("name", ["respondent", "counsel"])
def test_taking_somebody_off_the_list_and_back_undoes_no_statement(court: Any, name: str) -> None:
    """Otherwise a clerk could alter what was stated by link, and a ruling, by way of the list (OLR 4)."""
    court.drafted().consented()
    said = c.StatedPosition("trial", "objects", "the original must be seen")
    court.do(name, c.MakeStatement(court.id(name), (said,), None, "", ()))
    court.do("desk", c.Determine())
    assert court.h.phase == "awaiting_ruling"
    order, speaker = list(court.h.participants), court[name]
    court.do("judge_desk", c.TakeOffList(speaker.id, "named by mistake"))
    assert speaker.id not in court.h.participants and court.h.phase == "eligible"
    court.do("desk", c.ChangeHearing(participants=court.LIST))
    assert list(court.h.participants) == order and not court.h.former
    assert court.h.phase == "awaiting_ruling"
    assert replay(court.log) == court.h


def test_who_is_named_again_is_checked_again(court: Any) -> None:
    court.lobby()
    court.connect("respondent")
    court.admit("respondent")
    court.disconnect("respondent")
    respondent = court["respondent"]
    court.do("judge_desk", c.TakeOffList(respondent.id, "named by mistake"))
    court.do("desk", c.ChangeHearing(participants=court.LIST))
    back = court["respondent"]
    assert back.id == respondent.id and respondent.admitted
    assert (back.admitted, back.identity, back.place, back.device) == (False, None, "outside", None)


def test_the_desk_cannot_alter_what_was_stated_by_link(court: Any) -> None:
    court.drafted()
    key = f"position:{court.id('claimant')}"
    court.do("claimant", c.AssertFact(key, {"position": "objects"}, "Zhang", "link"))
    for how in ("paper", "phone", "desk"):
        assert (
            court.refused("desk", c.AssertFact(key, {"position": "consents"}, "x", how)).code
            == "stated_by_link"
        )
    assert (
        court.refused("desk", c.AssertFact(key, {"position": "consents"}, "x", "link")).code == "not_by_link"
    )
    court.do("claimant", c.AssertFact(key, {"position": "consents"}, "Zhang", "link"))
    assert court.h.latest_assertion(key).value["position"] == "consents"
    assert superseded(court.h) == {court.h.assertions[0].id}


def test_nobody_of_the_court_states_by_link(court: Any) -> None:
    court.lobby()
    own = f"position:{court.id('claimant')}"
    for who in ("clerk", "judge"):
        refused = court.refused(who, c.AssertFact(own, {"position": "objects"}, "Zhang", "link"))
        assert refused.code == "not_by_link"


def test_a_party_states_facts_of_its_own_side_only(court: Any) -> None:
    court.drafted()
    other = f"position:{court.id('respondent')}"
    assert (
        court.refused("claimant", c.AssertFact(other, {"position": "consents"}, "x", "link")).code
        == "not_own_side"
    )
    own = f"position:{court.id('claimant')}"
    for key in (own, f"agent_position:{court.id('claimant')}"):
        refused = court.refused("counsel", c.AssertFact(key, {"position": "consents"}, "Chen", "link"))
        assert refused.code == "not_own_side", "each speaker has a key of its own"
    as_counsel = f"agent_position:{court.id('claimant')}:{court.id('counsel')}"
    court.do("counsel", c.AssertFact(as_counsel, {"position": "consents"}, "Chen", "link"))
    assert (
        court.refused("witness", c.AssertFact(own, {"position": "consents"}, "x", "link")).code
        == "not_permitted"
    )


def test_only_a_judge_lifts_a_closure_by_law(court: Any) -> None:
    court.drafted()
    court.state("closed", "by_law_privacy")
    assert court.refused("desk", c.AssertFact("closed", "none", "x", "desk")).code == "judge_lifts_closure"
    court.do("judge_desk", c.AssertFact("closed", "none", "Wang", "desk"))
    assert court.h.latest_assertion("closed").value == "none"


def test_facts_after_the_opening_are_logged_and_stop_nothing(court: Any) -> None:
    court.session()
    court.position("respondent", "retracts")
    assert court.h.phase == "in_session" and court.h.assertions[-1].late


def test_schedule_asks_for_a_current_determination(court: Any) -> None:
    court.drafted()
    assert court.refused("desk", c.ScheduleHearing()).code == "not_now"
    court.consented()
    court.do("desk", c.Determine())
    assert court.refused("judge_desk", c.ScheduleHearing()).code == "not_permitted"
    court.do("desk", c.ScheduleHearing())
    assert court.h.phase == "scheduled"


def test_cancel_before_the_session_only(court: Any) -> None:
    court.session()
    assert court.refused("desk", c.CancelHearing("r")).code == "not_now"
    again = type(court)().scheduled()
    assert again.refused("desk", c.CancelHearing("")).code == "invalid"
    again.do("desk", c.CancelHearing("withdrawn"))
    assert again.h.phase == "cancelled"
    assert again.refused("desk", c.Determine()).code == "ended"


def test_a_revoked_link_raises_the_epoch_and_puts_out(court: Any) -> None:
    court.session()
    who = court.id("claimant")
    court.do("desk", c.NoteInvitation(who, "issued"))
    court.do("system", c.NoteInvitation(who, "opened"))
    assert court.do("system", c.NoteInvitation(who, "opened")) == []
    again = court.do("desk", c.NoteInvitation(who, "issued"))
    assert [one.state for one in again] == ["revoked", "issued"]
    person = court["claimant"]
    assert (person.epoch, person.connected, person.admitted, person.identity) == (1, False, False, None)
    court.do("desk", c.NoteInvitation(who, "revoked"))
    assert court["claimant"].epoch == 2
    with pytest.raises(CommandRefused, match="revoked"):
        court.connect("claimant")


def test_staff_have_no_link(court: Any) -> None:
    court.drafted()
    assert court.refused("desk", c.NoteInvitation(court.id("judge"), "issued")).code == "staff_sign_in"
    assert (
        court.refused("desk", c.NoteInvitation(court.id("claimant"), "revoked")).code == "no_live_invitation"
    )
