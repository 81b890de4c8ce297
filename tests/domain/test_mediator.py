"""The mediator: powers in the room, readiness, assignment, and the disclosure of ties with each party's answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import mediation, phases
from room_server.domain import model as m
from room_server.domain import permissions as p
from room_server.domain.placement import forwarding
from room_server.domain.readiness import readiness
from room_server.domain.record import describe, visible_to_all
from tests.domain.mediation_table import INVITED, PEOPLE, Table, outcome


@pytest.fixture
def table() -> Table:
    return Table()


# ── the mediator ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_mediator_takes_the_steps_of_judge_and_clerk_in_the_room(table: Table) -> None:
    table.joint()
    may = {
        tag
        for tag, answer in p.actions(table.h, table.actor("mediator")).items()
        if isinstance(answer, p.Allowed)
    }
    assert may >= {
        "recess",
        "mute",
        "mute_all",
        "remove",
        "send_back",
        "close_hearing",
        "verify_identity",
        "suspend",
    }
    assert not may & {"rule", "convert_offline", "raise_hand", "lodge_objection"}
    table.do("mediator", c.Mute(table.id("wu"), lock=True))
    table.do("mediator", c.Recess("tea"))
    table.do("mediator", c.Resume())
    table.do("mediator", c.Remove(table.id("chen"), "shouting"))
    table.do("mediator", c.CloseHearing())
    assert (table.phase, mediation.step(table.h)) == ("closed", "ended")


def test_a_party_has_none_of_these_powers(table: Table) -> None:
    table.joint()
    for command in (
        c.Recess("r"),
        c.Mute(table.id("tang")),
        c.CloseHearing(),
        c.Remove(table.id("tang"), "r"),
    ):
        assert table.refused("wu", command).code == "not_permitted"


def test_a_mediator_has_no_power_in_a_hearing(court: Any) -> None:
    court.session()
    # No draft can name one; a record that did would give nothing either.
    lone = m.Participant(
        "par_mediator0001", "mediator", "Liang", account="acc_m", place="main", connected=True
    )
    hearing = replace(court.h, participants={**court.h.participants, lone.id: lone})
    actor = m.Actor("participant", lone.id, "mediator", "Liang")
    may = {tag for tag, answer in p.actions(hearing, actor).items() if isinstance(answer, p.Allowed)}
    assert may == {"set_microphone", "set_camera", "leave"}
    desk = m.Actor("staff", "acc_m", "mediator", "Liang")
    for phase in m.PHASES:
        seen = p.actions(replace(hearing, phase=phase), desk)
        assert not any(isinstance(answer, p.Allowed) for answer in seen.values()), phase


def test_an_account_that_may_mediate_has_no_say_in_anothers_mediation(table: Table) -> None:
    table.eligible()
    other = m.Actor("staff", "acc_other", "mediator", "Lu")
    for command in (c.AnswerAssignment(True), c.DiscloseConflict(None), c.ScheduleHearing(), c.OpenLobby()):
        assert table.refused(other, command).code == "not_permitted"


def test_the_mediators_desk_words_are_refused_in_a_hearing(court: Any) -> None:
    court.drafted()
    for who, command in (
        ("desk", c.AnswerAssignment(True)),
        ("desk", c.DiscloseConflict(None)),
        ("claimant", c.AnswerDisclosure(court.id("claimant"), True, 1)),
    ):
        assert court.refused(who, command).code in ("not_permitted", "not_a_mediation")


def test_a_mediator_who_is_gone_suspends_and_comes_back(table: Table) -> None:
    table.joint()
    table.do("system", c.Disconnect(table.id("mediator"), "dev_mediator", "network"))
    table.now += timedelta(seconds=9)
    assert table.do("system", c.Tick()) == []
    table.now += timedelta(seconds=2)
    table.do("system", c.Tick())
    assert (table.phase, table.h.phase_reason) == ("suspended_technical", "bench_absent")
    table.connect("mediator")
    table.do("mediator", c.Resume())
    assert table.phase == "in_session"


def test_nothing_is_recorded_and_no_recorder_is_waited_for(table: Table) -> None:
    table.joint()
    graph = forwarding(table.h)
    assert graph.recorded == frozenset()
    assert (table.id("tang"), table.id("wu")) in graph.edges
    table.now += timedelta(minutes=5)
    assert table.do("system", c.Tick()) == [], "no recorder, and nothing suspended for it"
    assert not any(phases.is_recorded(replace(table.h, phase=phase)) for phase in m.PHASES)


# ── readiness ──────────────────────────────────────────────────────────────────────────────────────────────────


def still_missing(table: Table) -> set[str]:
    return {item.key for item in readiness(table.h, table.context("system")) if not item.done}


def test_one_side_alone_is_no_mediation(table: Table) -> None:
    table.lobby()
    for name in ("tang", "chen"):
        table.admit(name)
    table.do("system", c.Disconnect(table.id("wu"), "dev_wu", "network"))
    table.do("mediator", c.NoteAbsent(table.id("wu")))
    assert still_missing(table) == {f"side:{table.id('wu')}"}
    refused = table.refused("mediator", c.OpenSession())
    assert refused.code in ("not_ready", "not_now")


def test_identity_and_the_warning_come_before_the_start(table: Table) -> None:
    table.lobby()
    assert table.refused("mediator", c.Admit(table.id("wu"))).code == "identity_first"
    assert mediation.step(table.h) == "disclosed"
    for name in INVITED:
        table.admit(name)
    assert mediation.step(table.h) == "identity_verified"
    assert still_missing(table) == set()


# ── assignment and disclosure ──────────────────────────────────────────────────────────────────────────────────


def test_the_assignment_is_answered_and_declined_with_a_reason(table: Table) -> None:
    table.consented()
    table.do("mediator_desk", c.DiscloseConflict(None))
    table.do("clerk", c.Determine())
    assert table.refused("clerk", c.ScheduleHearing()).code == "assignment_open"
    assert table.refused("mediator_desk", c.AnswerAssignment(False, " ")).code == "reason_needed"
    table.do("mediator_desk", c.AnswerAssignment(False, "away all month"))
    refused = table.refused("clerk", c.ScheduleHearing())
    assert refused.code == "assignment_declined" and "away all month" in refused.zh
    assert mediation.step(table.h) == "consented"
    table.do("mediator_desk", c.AnswerAssignment(True))
    assert table.do("mediator_desk", c.AnswerAssignment(True)) == []
    table.do("clerk", c.ScheduleHearing())
    assert table.phase == "scheduled"


def answer(table: Table, name: str, accepts: bool) -> c.AnswerDisclosure:
    """To what stands disclosed."""
    made = table.h.disclosure
    return c.AnswerDisclosure(table.id(name), accepts, 1 if made is None else made.version)


def conflict(table: Table) -> str:
    return str(table.h.determination.facts["mediation"]["conflict"]) if table.h.determination else ""


def test_a_tie_is_disclosed_and_every_party_answers(table: Table) -> None:
    table.consented()
    table.do("mediator_desk", c.AnswerAssignment(True))
    table.do("clerk", c.Determine())
    assert (table.phase, conflict(table)) == ("blocked", "undisclosed")
    assert table.refused("tang", answer(table, "tang", True)).code == "nothing_disclosed"
    table.do("mediator_desk", c.DiscloseConflict("Tang was my pupil"))
    assert (table.phase, conflict(table)) == ("blocked", "undisclosed")
    table.do("chen", answer(table, "chen", True))
    assert list(table.h.disclosure_answers) == [table.id("tang")], "counsel answers for the party"
    assert table.phase == "blocked"
    assert table.refused("tang", answer(table, "wu", True)).code == "not_own_side"
    table.do("wu", answer(table, "wu", True))
    assert (table.phase, conflict(table)) == ("eligible", "accepted")
    assert outcome(table)[0] == "warn"
    table.do("wu", answer(table, "wu", False))
    assert (table.phase, conflict(table)) == ("blocked", "refused")
    assert outcome(table) == ("block", ["mediation.conflict_refused"])


def test_an_answer_counts_for_the_text_that_was_read(table: Table) -> None:
    table.consented()
    table.do("mediator_desk", c.AnswerAssignment(True))
    table.do("mediator_desk", c.DiscloseConflict("Wu is my neighbour"))
    table.do("clerk", c.Determine())
    read = answer(table, "wu", True)
    table.do("mediator_desk", c.DiscloseConflict("Wu owes me money"))
    refused = table.refused("wu", read)
    assert refused.code == "disclosure_changed"
    assert "Wu owes me money" in refused.en and "Wu owes me money" in refused.zh
    assert not table.h.disclosure_answers
    table.do("wu", answer(table, "wu", True))
    made = table.h.disclosure
    assert made is not None
    given = table.do("tang", answer(table, "tang", True))[0]
    assert given == e.DisclosureAnswered(table.actor("tang"), table.id("tang"), True, made.version)
    assert table.phase == "eligible"
    # The next mediator's text is another one, even where the words are the same.
    read = answer(table, "wu", False)
    people = (m.NewParticipant("mediator", "Lu", account="acc_lu"), *PEOPLE[1:])
    table.do("clerk", c.ChangeHearing(participants=people))
    desk = m.Actor("staff", "acc_lu", "mediator", "Lu")
    assert table.refused("wu", read).code == "nothing_disclosed"
    table.do(desk, c.DiscloseConflict("Wu owes me money"))
    assert table.refused("wu", read).code == "disclosure_changed"


@pytest.mark.parametrize("agent_first", [False, True])
def test_an_agent_does_not_overturn_what_the_party_refused_itself(table: Table, agent_first: bool) -> None:
    table.consented()
    table.do("mediator_desk", c.AnswerAssignment(True))
    table.do("mediator_desk", c.DiscloseConflict("Wu is my neighbour"))
    table.do("clerk", c.Determine())
    table.do("wu", answer(table, "wu", True))
    if agent_first:
        table.do("chen", answer(table, "chen", False))
    table.do("tang", answer(table, "tang", False))
    assert table.do("chen", answer(table, "chen", False)) == [], (
        "the agent agrees with the party, whose word stands"
    )
    refused = table.refused("chen", answer(table, "chen", True))
    assert (refused.code, refused.citation) == ("refused_in_person", "OMR 14; CPL 62")
    assert "Tang" in refused.en and "Tang" in refused.zh
    assert conflict(table) == "refused"
    table.do("tang", answer(table, "tang", True))
    assert (table.phase, conflict(table)) == ("eligible", "accepted")
    # What an agent refused, an agent may take back; and the party itself anything.
    table.do("chen", answer(table, "chen", False))
    table.do("chen", answer(table, "chen", True))
    assert table.phase == "eligible"


def test_another_mediator_begins_anew(table: Table) -> None:
    table.consented()
    table.do("mediator_desk", c.AnswerAssignment(True))
    table.do("mediator_desk", c.DiscloseConflict("Tang was my pupil"))
    table.do("clerk", c.Determine())
    table.do("wu", answer(table, "wu", False))
    lu = m.NewParticipant("mediator", "Lu", account="acc_lu")
    # The list with the same mediator keeps everything.
    table.do("clerk", c.ChangeHearing(participants=PEOPLE[::-1]))
    assert table.h.disclosure is not None
    table.do("clerk", c.ChangeHearing(participants=(lu, *PEOPLE[1:])))
    assert table.h.assignment is None and table.h.disclosure is None and not table.h.disclosure_answers
    assert table.refused("mediator_desk", c.AnswerAssignment(True)).code == "not_permitted"
    desk = m.Actor("staff", "acc_lu", "mediator", "Lu")
    table.do(desk, c.AnswerAssignment(True))
    table.do(desk, c.DiscloseConflict(None))
    assert table.phase == "eligible"


def test_what_was_arranged_is_not_given_back_to_a_mediator_who_has_not_accepted(table: Table) -> None:
    table.eligible()
    table.do("clerk", c.ScheduleHearing())
    lu = m.NewParticipant("mediator", "Lu", account="acc_lu")
    table.do("clerk", c.ChangeHearing(participants=(lu, *PEOPLE[1:])))
    assert table.phase == "blocked"
    desk = m.Actor("staff", "acc_lu", "mediator", "Lu")
    table.do(desk, c.DiscloseConflict(None))
    assert table.phase == "eligible"
    assert table.refused("clerk", c.ScheduleHearing()).code == "assignment_open"


def test_a_mediator_who_declines_late_opens_nothing(table: Table) -> None:
    table.ready()
    table.do("mediator_desk", c.AnswerAssignment(False, "taken ill"))
    table.do("system", c.Reassess())
    assert table.phase == "lobby_open"
    assert table.refused("mediator", c.OpenSession()).code in ("not_now", "not_ready")


def test_a_new_disclosure_asks_everybody_anew(table: Table) -> None:
    table.eligible()
    table.do("mediator_desk", c.DiscloseConflict("Wu is my neighbour"))
    assert table.phase == "blocked"
    for name in ("tang", "wu"):
        table.do(name, answer(table, name, True))
    table.do("mediator_desk", c.DiscloseConflict("Wu is my cousin"))
    assert dict(table.h.disclosure_answers) == {}
    assert table.phase == "blocked"


@pytest.mark.parametrize("accepts", [None, True, False])
def test_a_disclosed_tie_is_not_taken_back(table: Table, accepts: bool | None) -> None:
    """Or a refused mediator would open the room alone, by having nothing to disclose any more."""
    table.consented()
    table.do("mediator_desk", c.AnswerAssignment(True))
    table.do("mediator_desk", c.DiscloseConflict("Wu is my cousin"))
    table.do("clerk", c.Determine())
    if accepts is not None:
        table.do("tang", answer(table, "tang", accepts))
    refused = table.refused("mediator_desk", c.DiscloseConflict(None))
    assert (refused.code, refused.citation) == ("already_disclosed", "OMR 13, 14")
    assert table.phase == "blocked"
    # What was wrong in it is put right in words, and everybody answers anew.
    table.do("mediator_desk", c.DiscloseConflict("Wu only has my cousin's name"))
    for name in ("tang", "wu"):
        assert table.phase == "blocked"
        table.do(name, answer(table, name, True))
    assert table.phase == "eligible"


def test_another_mediator_between_two_sessions_ends_nothing(table: Table) -> None:
    table.joint()
    table.do("mediator", c.Suspend("ill"))
    table.do("mediator", c.Adjourn("ill"))
    table.do("mediator", c.Leave())
    people = (m.NewParticipant("mediator", "Ma", account="acc_ma"), *PEOPLE[1:])
    table.do("clerk", c.ChangeHearing(participants=people))
    assert table.phase == "adjourned" and outcome(table)[0] == "block"
    ma = m.Actor("staff", "acc_ma", "mediator", "Ma")
    assert table.refused(ma, c.ScheduleHearing()).code == "assignment_open"
    table.do(ma, c.AnswerAssignment(True))
    assert table.refused(ma, c.ScheduleHearing()).code == "gate_block"
    table.do(ma, c.DiscloseConflict("Wu was my pupil"))
    for name in ("wu", "tang"):
        assert table.phase == "adjourned"
        assert table.refused(ma, c.ScheduleHearing()).code == "gate_block"
        table.do(name, answer(table, name, True))
    table.do(ma, c.ScheduleHearing())
    assert table.phase == "scheduled"


def test_a_refusal_between_two_sessions_ends_the_mediation(table: Table) -> None:
    table.joint()
    table.do("mediator", c.Suspend("r"))
    table.do("mediator", c.Adjourn("r"))
    table.do("mediator_desk", c.DiscloseConflict("Wu was my pupil"))
    assert table.phase == "adjourned"
    table.do("tang", answer(table, "tang", False))
    assert (table.phase, table.h.phase_reason) == ("terminated", "mediator_refused")


def test_disclosed_in_the_open_room_it_goes_on_until_somebody_refuses(table: Table) -> None:
    table.joint()
    table.do("mediator_desk", c.DiscloseConflict("Wu is my neighbour"))
    assert table.phase == "in_session"
    table.do("tang", answer(table, "tang", True))
    assert table.phase == "in_session"
    table.do("wu", answer(table, "wu", False))
    assert (table.phase, table.h.phase_reason) == ("terminated", "mediator_refused")


def test_disclosed_in_the_open_room_and_accepted_by_all_it_goes_on(table: Table) -> None:
    table.joint()
    table.do("mediator_desk", c.DiscloseConflict("Wu is my neighbour"))
    for name in ("tang", "wu"):
        table.do(name, answer(table, name, True))
    assert table.phase == "in_session"
    assert outcome(table)[0] == "warn"


def test_the_record_speaks_of_a_mediation_and_keeps_what_was_written(table: Table) -> None:
    table.joint()
    (reason,) = table.do("mediator", c.Recess("the hearing aid of the presiding judge 庭审休庭"))
    zh, en = describe(reason, table.h)
    assert zh == "调解状态：休息（the hearing aid of the presiding judge 庭审休庭）。"
    assert en == "State of the mediation: in recess (the hearing aid of the presiding judge 庭审休庭)."
    refused = table.refused("wu", c.Recess("r"))
    assert "调解员" in refused.zh and "审判长" not in refused.zh
    assert not visible_to_all(e.DisclosureAnswered(table.actor("wu"), table.id("wu"), False))


def test_names_stay_as_they_are() -> None:
    people = (PEOPLE[0], PEOPLE[1], PEOPLE[2], replace(PEOPLE[3], name="Bench & Courtroom Ltd 法庭家具"))
    table = Table(people=people).lobby()
    refused = table.refused("mediator", c.Admit(table.id("wu")))
    assert "Bench & Courtroom Ltd 法庭家具" in refused.zh and "Bench & Courtroom Ltd 法庭家具" in refused.en
