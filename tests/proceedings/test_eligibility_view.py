"""Who is shown what of the gate while the room is open."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.proceedings.eligibility_view import conversion, conversion_for
from tests.domain.conftest import Court
from tests.proceedings.views import view

WHY = "the original contract must be seen"
INSIDE = ("claimant", "counsel", "respondent")


def objected(court: Any) -> Any:
    court.session()
    court.connect("witness")
    court.connect("observer")
    court.do("respondent", c.LodgeObjection(WHY))
    return court


def rule(court: Any, held: bool) -> None:
    court.do("judge_desk", c.MakeRuling(f"retraction:{court.id('respondent')}", held, "r", "OLR 5(2)"))


@pytest.mark.parametrize("name", ["judge", "panel", "clerk"])
def test_bench_and_clerk_see_it_at_once(court: Any, name: str) -> None:
    objected(court)
    shown = view(court, name)
    assert shown.eligibility is not None
    (matter,) = shown.eligibility.matters
    assert (matter.text.en, matter.reasons) == ("Li retracts its consent", WHY)
    assert matter.ground == f"retraction:{court.id('respondent')}" and matter.late and matter.held is None
    assert shown.eligibility.must_convert is None and shown.eligibility.completed[0].en.startswith(
        "Opened on"
    )
    (notice,) = shown.notices
    assert notice.level == "stop" and "Li retracts its consent" in notice.text.en
    assert shown.eligibility.seen_version == court.h.stated_at_version[matter.id]


def test_the_others_in_the_room_read_the_line_and_nothing_more(court: Any) -> None:
    objected(court)
    for name in INSIDE:
        shown = view(court, name)
        assert shown.eligibility is None and shown.notices == []
        assert shown.log[-1].text.en == f"In court: Li retracts its consent, because: {WHY}."
    assert view(court, "respondent").own_objection.state == "lodged"  # type: ignore[union-attr]
    assert view(court, "claimant").own_objection is None
    assert not view(court, "respondent").actions["lodge_objection"].allowed
    assert view(court, "claimant").actions["lodge_objection"].allowed


@pytest.mark.parametrize("name", ["witness", "observer"])
def test_who_waits_learns_nothing_of_it(court: Any, name: str) -> None:
    objected(court)
    shown = view(court, name)
    assert (shown.eligibility, shown.own_objection, shown.notices, shown.log) == (None, None, [], [])
    assert WHY not in shown.model_dump_json()
    rule(court, True)
    assert view(court, name).notices == []


def test_before_the_opening_there_is_nothing_of_it(court: Any) -> None:
    court.ready()
    assert view(court, "judge").eligibility is None


def test_after_a_ruling_against_it_the_hearing_goes_on(court: Any) -> None:
    objected(court)
    rule(court, False)
    own = view(court, "respondent").own_objection
    assert own is not None and own.state == "not_held" and own.ruled_at is not None
    shown = view(court, "judge")
    assert shown.notices == [] and shown.eligibility is not None
    assert shown.eligibility.matters[0].held is False
    assert "not made out" in view(court, "claimant").log[-1].text.en


def test_after_a_ruling_for_it_everybody_in_the_room_is_told(court: Any) -> None:
    objected(court)
    rule(court, True)
    shown = view(court, "judge")
    assert shown.eligibility is not None and shown.eligibility.must_convert is not None
    assert "OLR 21 para 2" in str(shown.eligibility.citation)
    assert "Li" in shown.eligibility.must_convert.en and "par_" not in shown.eligibility.must_convert.en
    assert shown.actions["convert_offline"].allowed
    refused = shown.actions["close_hearing"]
    assert not refused.allowed and refused.citation == shown.eligibility.citation
    for name in INSIDE:
        assert [one.id for one in view(court, name).notices] == ["must_convert"]


def test_the_side_that_must_come_is_told_and_no_other() -> None:
    court = objected(Court("spc-2021"))
    rule(court, True)
    shown = view(court, "judge")
    assert shown.eligibility is not None
    assert shown.eligibility.must_attend == [court.id("respondent")]
    assert [one.id for one in view(court, "respondent").notices] == ["must_attend"]
    assert view(court, "claimant").notices == []


def test_what_was_completed_is_for_those_who_were_in_the_room(court: Any) -> None:
    objected(court)
    assert conversion(court.h) is None
    court.do("judge", c.ConvertOffline("the original must be seen", ("Evidence 1 shown",)))
    court.do("system", c.ArchiveRecording(ok=True))
    for name in ("judge", "clerk", *INSIDE):
        order = conversion_for(court.h, court[name])
        assert order is not None and order.reason == "the original must be seen"
        assert order.completed[-1].en == "Evidence 1 shown"
    for name in ("witness", "observer"):
        assert conversion_for(court.h, court[name]) is None
