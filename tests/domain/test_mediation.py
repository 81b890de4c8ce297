"""A mediation told as decisions: who takes part, consent of all, withdrawal at any moment, the steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import mediation
from room_server.domain import model as m
from room_server.domain.consequences import consequences
from room_server.domain.hearing import replay
from room_server.domain.placement import forwarding
from room_server.domain.positions import sides
from room_server.errors import CommandRefused
from tests.domain.mediation_table import PEOPLE, Table, outcome


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
    return {key: words[1] for key, words in consequences(table.h, own, tang, table.context("system")).items()}


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
