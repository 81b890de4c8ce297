"""What waits for the judge: open grounds with who said what, and what came late and is only to be noted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from room_server.domain import commands as c
from room_server.domain.awaiting import awaiting, to_note


def test_an_objection_is_listed_with_both_who_raised_it_and_since_when(court: Any) -> None:
    court.determined()
    assert awaiting(court.h) == ()
    court.state("agent_position:claimant", {"position": "objects", "reasons": "no camera"})
    since = court.now
    court.later(60)
    court.position("claimant", "objects", "the original must be seen")
    (matter,) = awaiting(court.h)
    assert matter.ground == f"objection:{court.id('claimant')}"
    assert matter.since == since and not matter.late and not matter.after_opening
    assert [one.reasons for one in matter.statements] == ["no camera", "the original must be seen"]
    assert "no camera" not in matter.statements[0].words[1]
    assert "Zhang" in matter.words[0] and "Zhang" in matter.words[1]


def test_a_type_of_case_awaits_since_it_was_given(court: Any, new_court: Any) -> None:
    court = new_court("spc-2021")
    court.determined()
    court.later(60)
    court.do("desk", c.ChangeHearing(case_type="criminal_other"))
    matter = next(one for one in awaiting(court.h) if one.ground == "case_type")
    assert matter.since == court.now and matter.statements == ()


def test_what_is_raised_after_the_opening_says_so_and_goes_with_the_ruling(court: Any) -> None:
    court.session()
    court.state("complexity", "significant_and_complex")
    (matter,) = awaiting(court.h)
    assert matter.after_opening and matter.late
    court.do("judge", c.MakeRuling("complexity", False, "plain", "OLR 21(4)"))
    assert awaiting(court.h) == () == to_note(court.h)


def test_a_late_objection_without_reasons_is_noted_until_it_is_taken_back(court: Any) -> None:
    court.session()
    court.position("respondent", "objects")
    assert awaiting(court.h) == ()
    (note,) = to_note(court.h)
    assert note.ground is None and note.late and note.after_opening
    assert note.statements[0].reasons == "" and "Li" in note.words[1]
    court.state("served_by:respondent", "electronic")
    assert len(to_note(court.h)) == 1
    court.position("respondent", "objects", "the original must be seen")
    assert to_note(court.h) == () and len(awaiting(court.h)) == 1
    court.position("respondent", "consents")
    assert to_note(court.h) == () == awaiting(court.h)


def test_a_late_retraction_awaits_a_ruling_and_is_noted_no_more(court: Any) -> None:
    court.session()
    court.position("respondent", "retracts", "the network is bad")
    (matter,) = awaiting(court.h)
    assert matter.ground == f"retraction:{court.id('respondent')}" and matter.late
    assert to_note(court.h) == ()
    court.do("judge", c.MakeRuling(matter.ground, False, "it is not", "OLR 5(2)"))
    assert awaiting(court.h) == () == to_note(court.h)


def test_what_comes_after_the_deadline_is_late(court: Any) -> None:
    court.determined()
    court.do("desk", c.SetDeadline(court.now + timedelta(minutes=30)))
    court.later(45 * 60)
    court.position("respondent", "objects", "the original must be seen")
    (matter,) = awaiting(court.h)
    assert matter.late and not matter.after_opening


def test_on_time_and_without_reasons_is_nobodys_matter(court: Any) -> None:
    court.determined()
    court.position("respondent", "objects")
    assert awaiting(court.h) == () == to_note(court.h)


def test_nothing_awaits_in_a_hearing_that_is_over(court: Any) -> None:
    court.determined()
    court.state("complexity", "significant_and_complex")
    court.do("desk", c.CancelHearing("settled"))
    assert awaiting(court.h) == () == to_note(court.h)
