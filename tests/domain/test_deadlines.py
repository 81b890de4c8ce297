"""The deadline for the sides' positions: who sets it, the reminders, its passing, what stays silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.deadlines import due, is_late, next_due, silent_sides
from room_server.domain.hearing import replay
from room_server.domain.model import SYSTEM
from room_server.domain.record import describe


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def far(court: Any, ahead: timedelta = timedelta(hours=100)) -> Any:
    """Drafted for a day far enough, with the deadline that much ahead."""
    court.drafted()
    court.do("desk", c.ChangeHearing(scheduled_at=court.now + hours(200)))
    court.do("desk", c.SetDeadline(court.now + ahead))
    return court


def tick(court: Any, after: timedelta | None = None) -> list[Any]:
    if after is not None:
        court.now = court.h.deadline.set_at + after
    happened: list[Any] = court.do("system", c.Tick())
    return happened


def test_who_may_set_it_and_when(court: Any) -> None:
    court.drafted()
    for ahead, code in ((hours(-1), "deadline_past"), (hours(2), "deadline_after_hearing")):
        assert court.refused("desk", c.SetDeadline(court.now + ahead)).code == code
    assert (
        court.refused("desk", c.SetDeadline((court.now + hours(0.5)).replace(tzinfo=None))).code == "invalid"
    )
    for who in ("claimant", "counsel", "panel", "witness"):
        assert court.refused(who, c.SetDeadline(court.now + hours(0.5))).code == "not_permitted"
    due_at = court.now + hours(0.5)
    (made,) = court.do("judge_desk", c.SetDeadline(due_at))
    assert court.do("desk", c.SetDeadline(due_at)) == [], "it is set already"
    assert court.h.deadline.due_at == due_at and not court.h.deadline.passed
    assert "2026年11月23日" in describe(made, court.h)[0]
    fresh = type(court)().session()
    assert fresh.refused("desk", c.SetDeadline(fresh.now + hours(0.5))).code == "not_now"


def test_after_an_adjournment_the_old_date_is_no_limit(court: Any) -> None:
    court.session()
    court.do("judge", c.Suspend("power"))
    court.do("judge", c.Adjourn("power"))
    assert is_late(court.h, court.now), "nobody has asked for new positions"
    court.later(7200)
    court.do("judge", c.SetDeadline(court.now + hours(48)))
    assert next_due(court.h) == court.h.deadline.due_at, "every side has spoken"
    assert not is_late(court.h, court.now) and is_late(court.h, court.now + hours(49))


def test_reminders_name_who_speaks_for_silent_sides(court: Any) -> None:
    far(court)
    assert tick(court, hours(27)) == []
    (first,) = tick(court, hours(28.01))
    everybody = tuple(court.id(name) for name in ("claimant", "counsel", "respondent"))
    assert first == e.ReminderGiven(SYSTEM, 72, everybody)
    assert tick(court) == [], "once"
    court.do("counsel", c.MakeStatement(court.id("counsel"), (c.StatedPosition("trial", "consents"),)))
    (second,) = tick(court, hours(76.01))
    assert second == e.ReminderGiven(SYSTEM, 24, (court.id("respondent"),))
    (third,) = tick(court, hours(98.01))
    assert third.hours_before == 2
    (passed,) = tick(court, hours(100.01))
    assert passed == e.DeadlinePassed(SYSTEM, (court.id("respondent"),))
    assert court.h.deadline.reminded_h == (72, 24, 2) and court.h.deadline.passed
    assert tick(court, hours(150)) == [] and next_due(court.h) is None
    assert "Li" in describe(passed, court.h)[1]


@pytest.mark.parametrize(
    ("ahead", "reminders"), [(100, [72, 24, 2]), (72, [24, 2]), (30, [24, 2]), (3, [2]), (1, [])]
)
def test_only_reminders_still_ahead_are_given(court: Any, ahead: int, reminders: list[int]) -> None:
    far(court, hours(ahead))
    given = []
    while (moment := next_due(court.h)) is not None:
        assert due(court.h, moment - timedelta(microseconds=1)) == []
        court.now = moment
        given += [
            one.hours_before for one in court.do("system", c.Tick()) if isinstance(one, e.ReminderGiven)
        ]
    assert given == reminders and court.h.deadline.passed


def test_after_a_long_stop_only_the_last_reminder_is_given(court: Any) -> None:
    far(court)
    (only,) = tick(court, hours(99))
    assert only.hours_before == 2
    assert tick(court) == []
    fresh = far(type(court)())
    (passed,) = tick(fresh, hours(120))
    assert isinstance(passed, e.DeadlinePassed)


def test_where_everybody_has_spoken_nobody_is_reminded(court: Any) -> None:
    far(court).consented()
    assert next_due(court.h) == court.h.deadline.due_at
    assert tick(court, hours(99)) == []
    (passed,) = tick(court, hours(101))
    assert passed.silent == () and "every side" in describe(passed, court.h)[1]


def test_a_new_deadline_replaces_the_old_one(court: Any) -> None:
    far(court)
    tick(court, hours(80))
    court.do("desk", c.SetDeadline(court.now + hours(30)))
    assert court.h.deadline.reminded_h == () and not court.h.deadline.passed
    assert next_due(court.h) == court.h.deadline.due_at - hours(24)


def test_a_new_stage_makes_silent_who_spoke_for_another(court: Any) -> None:
    far(court).consented()
    assert silent_sides(court.h) == ()
    court.do("desk", c.ChangeHearing(stage="pretrial"))
    assert [one.party.name for one in silent_sides(court.h)] == ["Zhang", "Li"]


def test_what_has_ended_asks_for_nothing(court: Any) -> None:
    far(court)
    court.do("desk", c.CancelHearing("settled"))
    assert next_due(court.h) is None and tick(court, hours(200)) == []


def test_the_passing_is_noted_while_the_court_sits_too(court: Any) -> None:
    court.drafted()
    court.do("desk", c.SetDeadline(court.now + hours(0.5)))
    court.consented()
    for command in (c.Determine(), c.ScheduleHearing(), c.OpenLobby()):
        court.do("desk", command)
    court.later(3600)
    assert any(isinstance(one, e.DeadlinePassed) for one in court.do("system", c.Tick()))
    again = replay(court.log)
    assert again is not None and again.deadline == court.h.deadline


@pytest.mark.parametrize("again_scheduled", [False, True])
def test_late_after_an_adjournment_goes_to_the_judge_too(court: Any, again_scheduled: bool) -> None:
    """As before the first opening, and unlike in the room, where the judge deals with it at once (OLR 5(2))."""
    court.drafted().position("claimant", "consents")
    for command in (c.Determine(), c.ScheduleHearing(), c.OpenLobby()):
        court.do("desk", command)
    for name in ("judge", "panel", "clerk", "claimant", "counsel", "respondent"):
        court.connect(name)
    for name in ("claimant", "counsel", "respondent"):
        court.admit(name)
    court.do("system", c.ArmRecorder())
    court.do("system", c.Reassess())
    for command in (c.OpenSession(), c.Suspend("r"), c.Adjourn("r")):
        court.do("judge", command)
    court.later(7200)
    court.do("desk", c.SetDeadline(court.now + hours(24)))
    if again_scheduled:
        court.do("desk", c.Determine())
        court.do("judge", c.ScheduleHearing(court.now + hours(100)))
    court.later(25 * 3600)
    said = c.StatedPosition("trial", "objects", "")
    court.do("respondent", c.MakeStatement(court.id("respondent"), (said,), None, "", ()))
    assert court.h.assertions[-1].late
    assert court.h.determination.awaiting == (f"objection:{court.id('respondent')}",)
    assert court.h.phase == ("awaiting_ruling" if again_scheduled else "adjourned")
    assert court.refused("judge", c.ScheduleHearing()).code == "gate_await_ruling"
