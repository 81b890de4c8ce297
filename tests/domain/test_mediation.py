"""A mediation told as decisions: consent of all, the mediator's powers and disclosure, withdrawal at any moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from eligibility import Ruleset, load_ruleset
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import mediation, phases
from room_server.domain import model as m
from room_server.domain import permissions as p
from room_server.domain.consequences import consequences
from room_server.domain.hearing import Context, decide, evolve, replay
from room_server.domain.placement import forwarding
from room_server.domain.positions import sides
from room_server.domain.readiness import readiness
from room_server.domain.record import describe, visible_to_all
from room_server.errors import CommandRefused

TIME = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
PEOPLE = (
    m.NewParticipant("mediator", "Liang", account="acc_mediator"),
    m.NewParticipant("party", "Tang", person="per_tang", side="claimant"),
    m.NewParticipant("counsel", "Chen", person="per_chen", side="claimant", represents="per_tang"),
    m.NewParticipant("party", "Wu", person="per_wu", side="respondent"),
)
NAMES = ("mediator", "tang", "chen", "wu")
INVITED = ("tang", "chen", "wu")
CLERK = m.Actor("staff", "acc_clerk", "clerk", "Liu")
RULES: Ruleset = load_ruleset("spc-2021")


class Table:
    """One mediation; `do` carries a command out and keeps the log, names stand for participant ids."""

    def __init__(self, number: int = 1, people: tuple[m.NewParticipant, ...] = PEOPLE) -> None:
        self.now = TIME
        self.hearing: m.Hearing | None = None
        self.log: list[tuple[e.Event, datetime]] = []
        self.number = number
        self.made = 0
        self.people = people

    @property
    def h(self) -> m.Hearing:
        assert self.hearing is not None
        return self.hearing

    @property
    def phase(self) -> str:
        return self.h.phase

    def id(self, name: str) -> str:
        return list(self.h.participants)[NAMES.index(name)]

    def __getitem__(self, name: str) -> m.Participant:
        return self.h.participants[self.id(name)]

    def actor(self, who: str) -> m.Actor:
        if who == "system":
            return m.SYSTEM
        if who == "clerk":
            return CLERK
        if who == "mediator_desk":
            return m.Actor("staff", "acc_mediator", "mediator", "Liang")
        return m.Actor("participant", self.id(who), self[who].role, self[who].name)

    def do(self, who: str | m.Actor, command: c.Command) -> list[e.Event]:
        self.now += timedelta(milliseconds=1)
        actor = who if isinstance(who, m.Actor) else self.actor(who)
        events = decide(self.hearing, command, Context(actor, self.now, RULES, self._id))
        for event in events:
            self.hearing = evolve(self.hearing, event, self.now)
            self.log.append((event, self.now))
        return events

    def _id(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}_{self.number:02d}{self.made:014d}"

    def refused(self, who: str | m.Actor, command: c.Command) -> CommandRefused:
        before = self.hearing
        with pytest.raises(CommandRefused) as caught:
            self.do(who, command)
        assert self.hearing is before
        assert caught.value.zh and caught.value.en
        return caught.value

    # ── the way to each phase ──────────────────────────────────────────────────────────────────────────────────

    def drafted(self, **changes: Any) -> Table:
        draft = c.DraftHearing(
            hearing_id=f"hrg_{self.number:016d}",
            case_id="case_0000000000000001",
            case_number="(2026)诉前调1号",
            title="Water damage",
            cause="neighbours",
            case_type="civil",
            stage="mediation",
            scheduled_at=TIME + timedelta(hours=1),
            courtroom_zh="第一调解室",
            courtroom_en="Mediation Room 1",
            participants=self.people,
            kind="mediation",
        )
        self.do(CLERK, replace(draft, **changes))
        return self

    def says(self, name: str, position: str, how: str = "paper") -> list[e.Event]:
        value = {"position": position, "reasons": ""}
        return self.do(CLERK, c.AssertFact(f"position:{self.id(name)}", value, name, how))  # type: ignore[arg-type]

    def consented(self) -> Table:
        self.drafted()
        self.says("tang", "consents")
        self.says("wu", "consents")
        return self

    def taken_on(self) -> Table:
        self.do("mediator_desk", c.AnswerAssignment(True))
        self.do("mediator_desk", c.DiscloseConflict(None))
        return self

    def eligible(self) -> Table:
        self.consented().taken_on()
        self.do("clerk", c.Determine())
        assert self.phase == "eligible", self.h.determination
        return self

    def lobby(self) -> Table:
        self.eligible()
        self.do("clerk", c.ScheduleHearing())
        self.do("mediator_desk", c.OpenLobby())
        self.connect("mediator")
        for name in INVITED:
            self.connect(name)
        return self

    def connect(self, name: str) -> None:
        if not self[name].is_court and not self[name].declared:
            self.do(name, c.MakeDeclaration(self.id(name), "mediation-2026-11"))
        self.do(name, c.Connect(self.id(name), f"dev_{name}"))

    def admit(self, name: str) -> None:
        self.do("mediator", c.BeginCheck(self.id(name)))
        self.do("mediator", c.VerifyIdentity(self.id(name), "id_card_shown"))
        self.do("mediator", c.Admit(self.id(name)))

    def ready(self) -> Table:
        self.lobby()
        for name in INVITED:
            self.admit(name)
        self.do("system", c.Reassess())
        assert self.phase == "ready", [item for item in readiness(self.h, self.context()) if not item.done]
        return self

    def joint(self) -> Table:
        self.ready()
        self.do("mediator", c.OpenSession())
        assert self.phase == "in_session"
        return self

    def recess(self) -> Table:
        self.joint()
        self.do("mediator", c.Recess("a cup of tea"))
        return self

    def suspended(self) -> Table:
        self.joint()
        self.do("mediator", c.Suspend("the line"))
        return self

    def adjourned(self) -> Table:
        self.suspended()
        self.do("mediator", c.Adjourn("tomorrow"))
        return self

    def context(self) -> Context:
        return Context(m.SYSTEM, self.now, RULES, self._id)


@pytest.fixture
def table() -> Table:
    return Table()


# ── who takes part ─────────────────────────────────────────────────────────────────────────────────────────────


def without(role: str) -> tuple[m.NewParticipant, ...]:
    return tuple(one for one in PEOPLE if one.role != role)


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (without("mediator"), "exactly one mediator"),
        ((*PEOPLE, m.NewParticipant("mediator", "Lu", account="acc_lu")), "exactly one mediator"),
        ((*PEOPLE, m.NewParticipant("presiding_judge", "Wang", account="acc_judge")), "presiding judge"),
        ((*PEOPLE, m.NewParticipant("observer", "Gao", person="per_gao")), "observer"),
        ((*PEOPLE, m.NewParticipant("witness", "Sun", person="per_sun")), "witness"),
        (PEOPLE[:3], "two parties"),
    ],
)
def test_who_may_be_named(table: Table, people: tuple[m.NewParticipant, ...], says: str) -> None:
    with pytest.raises(CommandRefused) as caught:
        table.drafted(participants=people)
    assert says in caught.value.en
    assert table.hearing is None


def test_a_clerk_may_be_named_and_a_hearing_has_no_mediator(court: Any) -> None:
    clerk = m.NewParticipant("clerk", "Liu", account="acc_clerk")
    assert Table(people=(*PEOPLE, clerk)).drafted().h.kind == "mediation"
    with pytest.raises(CommandRefused) as caught:
        court.drafted((*court.LIST, m.NewParticipant("mediator", "Liang", account="acc_mediator")))
    assert "no mediator" in caught.value.en


def test_kind_and_stage_go_together(table: Table) -> None:
    with pytest.raises(CommandRefused) as caught:
        table.drafted(stage="trial")
    assert caught.value.code == "bad_stage"
    table.drafted()
    assert table.refused("clerk", c.ChangeHearing(stage="trial")).code == "bad_stage"


# ── consent ────────────────────────────────────────────────────────────────────────────────────────────────────


def outcome(table: Table) -> tuple[str, list[str]]:
    stored = table.h.determination
    assert stored is not None
    return stored.outcome, [found["rule"] for found in stored.findings if found["outcome"] == stored.outcome]


def test_nobody_is_asked_twice_and_silence_is_no_consent(table: Table) -> None:
    table.drafted().taken_on()
    table.says("tang", "consents")
    table.do("clerk", c.Determine())
    assert table.phase == "blocked"
    assert outcome(table) == ("block", ["mediation.not_consented"])
    table.says("wu", "consents")
    assert table.phase == "eligible"
    assert not table.h.gallery


def test_one_refusal_needs_no_reasons_and_no_ruling_lifts_it(table: Table) -> None:
    table.eligible()
    table.says("wu", "objects")
    assert table.phase == "blocked"
    assert outcome(table) == ("block", ["mediation.refused"])
    assert table.h.determination is not None and table.h.determination.document["final"]
    judge = m.Actor("staff", "acc_judge", "judge+presiding_judge", "Wang")
    refused = table.refused(judge, c.MakeRuling(f"objection:{table.id('wu')}", False, "r", "a"))
    assert refused.code == "not_in_a_mediation" and refused.citation == "OMR 4"
    table.says("wu", "consents")
    assert table.phase == "eligible"


def test_an_agent_who_refuses_refuses_for_the_side(table: Table) -> None:
    table.lobby()
    table.do("chen", c.LodgeObjection(""))
    assert table.phase == "blocked"
    assert [answer for _, answer in mediation.answers(table.h)] == ["refuses", "consents"]


def test_what_may_not_be_mediated_is_blocked_for_good(table: Table) -> None:
    table.eligible()
    table.do("clerk", c.AssertFact("mediation_lawful", False, "case-filing office", "desk"))
    assert outcome(table) == ("block", ["mediation.unlawful"])


# ── withdrawal ─────────────────────────────────────────────────────────────────────────────────────────────────


def consent(table: Table, name: str) -> c.AssertFact:
    return c.AssertFact(f"position:{table.id(name)}", {"position": "consents", "reasons": ""}, name, "paper")


def states(table: Table, name: str, position: str) -> c.MakeStatement:
    return c.MakeStatement(table.id(name), (c.StatedPosition("mediation", position),))


def told(table: Table) -> dict[str, str]:
    """What Tang is told would follow from each answer, in English."""
    tang = table["tang"]
    own = next(side for side in sides(table.h) if side.party.id == tang.id)
    return {key: words[1] for key, words in consequences(table.h, own, tang, table.context()).items()}


def test_agreeing_is_told_as_a_beginning_and_refusing_as_the_end(table: Table) -> None:
    table.drafted()
    assert told(table)["consents"].startswith("The mediation can begin once every party agrees")
    assert told(table)["objects"] == told(table)["objects_with_reasons"] == "There will be no mediation."
    assert told(table)["silent"] == told(table)["consents"]
    table.says("wu", "consents")
    table.taken_on()
    assert told(table)["consents"] == "The mediation can be held online."
    table.do("wu", states(table, "wu", "objects"))
    assert told(table)["consents"] == "There will be no mediation."


@pytest.mark.parametrize("way", ["lobby", "ready"])
def test_before_the_opening_a_withdrawal_blocks_and_consent_given_again_lifts_it(
    table: Table, way: str
) -> None:
    getattr(table, way)()
    events = table.do("wu", c.LodgeObjection(""))
    assert [e.event_type(event) for event in events] == [
        "fact_asserted",
        "phase_changed",
        "determination_made",
        "phase_changed",
    ]
    assert table.phase == "blocked"
    assert table["tang"].connected, "nobody is thrown out: the page says that it does not take place"
    assert forwarding(table.h).edges == frozenset()
    assert table.refused("clerk", c.ScheduleHearing()).code == "gate_block"
    stated = table.h.assertions[-1]
    assert (stated.how, stated.value["position"], stated.value["reasons"]) == ("link", "retracts", "")
    assert table.refused("clerk", consent(table, "wu")).code == "stated_by_link"
    table.do("wu", states(table, "wu", "consents"))
    assert table.phase == "lobby_open", "what was arranged is given back"


@pytest.mark.parametrize("way", ["joint", "recess", "suspended", "adjourned"])
@pytest.mark.parametrize("who", ["tang", "chen", "wu"])
def test_in_an_open_mediation_a_withdrawal_ends_it_in_the_same_breath(
    table: Table, way: str, who: str
) -> None:
    getattr(table, way)()
    if way == "adjourned":
        # Nobody is in the room: the statement comes by the link.
        events = table.do(who, states(table, who, "objects"))
    else:
        events = table.do(who, c.LodgeObjection(""))
    assert [e.event_type(event) for event in events] == [
        "fact_asserted",
        "determination_made",
        "phase_changed",
    ]
    assert table.phase == "terminated"
    assert table.h.phase_reason == "consent_withdrawn"
    assert forwarding(table.h).edges == frozenset()
    assert mediation.step(table.h) == "ended"
    assert all(person.place == "outside" for person in table.h.participants.values())
    for command in (c.LodgeObjection(""), c.Determine(), c.ScheduleHearing(), c.OpenSession()):
        table.refused("clerk", command)
    assert replay(table.log) == table.h


def test_consent_after_the_end_changes_nothing(table: Table) -> None:
    table.joint()
    table.do("wu", c.LodgeObjection(""))
    assert table.refused("wu", states(table, "wu", "consents")).code == "ended"
    assert table.refused("clerk", consent(table, "wu")).code == "ended"


def test_who_was_asked_to_wait_may_withdraw_too(table: Table) -> None:
    table.joint()
    table.do("mediator", c.SendBack(table.id("wu")))
    table.do("wu", c.LodgeObjection(""))
    assert table.phase == "terminated"


def test_the_mediator_cannot_withdraw_for_a_party(table: Table) -> None:
    table.joint()
    assert table.refused("mediator", c.LodgeObjection("")).code == "not_permitted"
    assert table.phase == "in_session"


def test_a_withdrawal_in_a_hearing_ends_nothing(court: Any) -> None:
    court.session()
    court.do("claimant", c.LodgeObjection("the picture is bad"))
    assert court.h.phase == "in_session"


def test_two_mediations_of_the_same_people_are_two(table: Table) -> None:
    other = Table(number=2)
    table.joint()
    other.joint()
    assert [one.name for one in table.h.participants.values()] == [
        one.name for one in other.h.participants.values()
    ]
    table.do("wu", c.LodgeObjection(""))
    assert (table.phase, other.phase) == ("terminated", "in_session")
    stranger = m.Actor("participant", table.id("wu"), "party", "Wu")
    assert other.refused(stranger, c.LodgeObjection("")).code == "not_a_participant"


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
        ("claimant", c.AnswerDisclosure(court.id("claimant"), True)),
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
    return {item.key for item in readiness(table.h, table.context()) if not item.done}


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


def conflict(table: Table) -> str:
    return str(table.h.determination.facts["mediation"]["conflict"]) if table.h.determination else ""


def test_a_tie_is_disclosed_and_every_party_answers(table: Table) -> None:
    table.consented()
    table.do("mediator_desk", c.AnswerAssignment(True))
    table.do("clerk", c.Determine())
    assert (table.phase, conflict(table)) == ("blocked", "undisclosed")
    assert table.refused("tang", c.AnswerDisclosure(table.id("tang"), True)).code == "nothing_disclosed"
    table.do("mediator_desk", c.DiscloseConflict("Tang was my pupil"))
    assert (table.phase, conflict(table)) == ("blocked", "undisclosed")
    table.do("chen", c.AnswerDisclosure(table.id("chen"), True))
    assert list(table.h.disclosure_answers) == [table.id("tang")], "counsel answers for the party"
    assert table.phase == "blocked"
    assert table.refused("tang", c.AnswerDisclosure(table.id("wu"), True)).code == "not_own_side"
    table.do("wu", c.AnswerDisclosure(table.id("wu"), True))
    assert (table.phase, conflict(table)) == ("eligible", "accepted")
    assert outcome(table)[0] == "warn"
    table.do("wu", c.AnswerDisclosure(table.id("wu"), False))
    assert (table.phase, conflict(table)) == ("blocked", "refused")
    assert outcome(table) == ("block", ["mediation.conflict_refused"])


def test_another_mediator_begins_anew(table: Table) -> None:
    table.consented()
    table.do("mediator_desk", c.AnswerAssignment(True))
    table.do("mediator_desk", c.DiscloseConflict("Tang was my pupil"))
    table.do("clerk", c.Determine())
    table.do("wu", c.AnswerDisclosure(table.id("wu"), False))
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
        table.do(name, c.AnswerDisclosure(table.id(name), True))
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
        table.do("tang", c.AnswerDisclosure(table.id("tang"), accepts))
    refused = table.refused("mediator_desk", c.DiscloseConflict(None))
    assert (refused.code, refused.citation) == ("already_disclosed", "OMR 13, 14")
    assert table.phase == "blocked"
    # What was wrong in it is put right in words, and everybody answers anew.
    table.do("mediator_desk", c.DiscloseConflict("Wu only has my cousin's name"))
    for name in ("tang", "wu"):
        assert table.phase == "blocked"
        table.do(name, c.AnswerDisclosure(table.id(name), True))
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
        table.do(name, c.AnswerDisclosure(table.id(name), True))
    table.do(ma, c.ScheduleHearing())
    assert table.phase == "scheduled"


def test_a_refusal_between_two_sessions_ends_the_mediation(table: Table) -> None:
    table.joint()
    table.do("mediator", c.Suspend("r"))
    table.do("mediator", c.Adjourn("r"))
    table.do("mediator_desk", c.DiscloseConflict("Wu was my pupil"))
    assert table.phase == "adjourned"
    table.do("tang", c.AnswerDisclosure(table.id("tang"), False))
    assert (table.phase, table.h.phase_reason) == ("terminated", "mediator_refused")


def test_disclosed_in_the_open_room_it_goes_on_until_somebody_refuses(table: Table) -> None:
    table.joint()
    table.do("mediator_desk", c.DiscloseConflict("Wu is my neighbour"))
    assert table.phase == "in_session"
    table.do("tang", c.AnswerDisclosure(table.id("tang"), True))
    assert table.phase == "in_session"
    table.do("wu", c.AnswerDisclosure(table.id("wu"), False))
    assert (table.phase, table.h.phase_reason) == ("terminated", "mediator_refused")


def test_disclosed_in_the_open_room_and_accepted_by_all_it_goes_on(table: Table) -> None:
    table.joint()
    table.do("mediator_desk", c.DiscloseConflict("Wu is my neighbour"))
    for name in ("tang", "wu"):
        table.do(name, c.AnswerDisclosure(table.id(name), True))
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


# ── the steps ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_steps_are_derived_in_their_order(table: Table) -> None:
    seen: list[str] = []

    def note() -> None:
        seen.append(mediation.step(table.h))

    moves: list[Callable[[], Any]] = [
        table.drafted,
        lambda: table.says("tang", "consents"),
        lambda: table.says("wu", "consents"),
        lambda: table.do("mediator_desk", c.AnswerAssignment(True)),
        lambda: table.do("mediator_desk", c.DiscloseConflict(None)),
    ]
    for move in moves:
        move()
        note()
    assert seen == ["applied", "consent_pending", "assigned", "accepted", "disclosed"]
    assert mediation.step(Table(number=3).joint().h) == "joint"
    assert list(mediation.STEPS).index("joint") < list(mediation.STEPS).index("ended")
