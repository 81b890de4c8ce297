"""Converting an open hearing to an ordinary one: what stays valid is listed, and the room ends."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.conversion import completed_steps
from room_server.domain.event_data import from_data, to_data


def english(steps: tuple[Any, ...]) -> list[str]:
    return [one.en for one in steps]


def test_what_was_done_online_is_listed_from_the_record(court: Any) -> None:
    court.session()
    court.later(600)
    court.do("judge", c.Recess("r"))
    court.later(300)
    court.do("judge", c.Resume())
    court.do("respondent", c.LodgeObjection("why"))
    court.do("judge_desk", c.MakeRuling(f"retraction:{court.id('respondent')}", False, "r", "OLR 5(2)"))
    court.later(60)
    assert english(completed_steps(court.h)) == [
        "Opened on 2026-11-23 09:00",
        "Identities verified: Zhang, Chen, Li",
        "Declarations made: Zhang, Chen, Li",
        "Course: in session 09:00–09:10, in recess 09:10–09:15, in session 09:15–now",
        "Ruling: the retraction of consent (Li) is not made out (OLR 5(2))",
    ]
    assert all(one.zh for one in completed_steps(court.h))
    assert "in session 09:15–09:16" in english(completed_steps(court.h, court.now))[3]


def test_a_ruling_that_was_superseded_is_no_completed_step(court: Any) -> None:
    court.session()
    court.do("respondent", c.LodgeObjection("why"))
    ground = f"retraction:{court.id('respondent')}"
    court.do("judge_desk", c.MakeRuling(ground, False, "r", "OLR 5(2)"))
    court.do("judge_desk", c.MakeRuling(ground, True, "r", "OLR 5(2)"))
    rulings = [one for one in english(completed_steps(court.h)) if one.startswith("Ruling")]
    assert rulings == ["Ruling: the retraction of consent (Li) is made out (OLR 5(2))"]


def test_who_only_waits_is_not_named_in_the_list(court: Any) -> None:
    court.session()
    court.connect("witness")
    court.do("clerk", c.VerifyIdentity(court.id("witness"), "id_card_shown"))
    assert not any("Sun" in one for one in english(completed_steps(court.h)))


@pytest.mark.parametrize("way", ["in_session", "recess", "suspended_technical", "adjourned"])
def test_a_conversion_ends_the_room_from_every_live_phase(court: Any, way: str) -> None:
    court.session()
    if way == "recess":
        court.do("judge", c.Recess("r"))
    elif way != "in_session":
        court.do("judge", c.Suspend("r"))
    if way == "adjourned":
        court.do("judge", c.Adjourn("r"))
    assert court.h.phase == way
    steps, moved = court.do(
        "judge", c.ConvertOffline("the original must be seen", (" Evidence 1 to 4 shown ",))
    )
    assert isinstance(steps, e.StepsConfirmed) and isinstance(moved, e.PhaseChanged)
    assert (court.h.phase, court.h.phase_reason) == ("converted_offline", "the original must be seen")
    assert court.h.completed == steps.steps
    last = court.h.completed[-1]
    assert (last.zh, last.en, last.at) == ("Evidence 1 to 4 shown",) * 2 + (court.now,)
    assert court.h.completed[0].en == "Opened on 2026-11-23 09:00"
    assert from_data("steps_confirmed", to_data(steps)) == steps
    assert court.refused("respondent", c.LodgeObjection("why")).code == "ended"


def test_it_needs_a_reason_and_no_line_may_be_blank(court: Any) -> None:
    court.session()
    assert court.refused("judge", c.ConvertOffline(" ")).code == "invalid"
    assert court.refused("judge", c.ConvertOffline("r", ("shown", " "))).code == "invalid"
    assert court.refused("clerk", c.ConvertOffline("r")).code == "not_permitted"
    assert court.h.completed == () and court.h.phase == "in_session"


def test_nothing_was_completed_before_the_opening(court: Any) -> None:
    court.ready()
    assert completed_steps(court.h) == ()
    assert court.refused("judge", c.ConvertOffline("r")).code == "not_now"
