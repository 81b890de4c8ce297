"""Each side states by its own link: positions for each stage, technical conditions, what must be seen on site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.facts import NEEDS
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import model as m
from room_server.domain import statements
from room_server.domain.consequences import consequences, if_silent
from room_server.domain.deadlines import silent_sides
from room_server.domain.facts import document
from room_server.domain.hearing import decide, evolve, replay
from room_server.domain.model import HEARING_STAGES
from room_server.domain.positions import LATE_WITHOUT_REASONS, sides, superseded
from room_server.domain.record import describe
from tests.domain.conftest import LIST, Court

TWO_AGENTS = (
    *LIST,
    m.NewParticipant("counsel", "Qian", person="per_second", side="claimant", represents="per_claimant"),
)


def says(
    court: Any, name: str, position: str, reasons: str = "", stage: m.Stage = "trial"
) -> list[e.FactAsserted]:
    given = c.StatedPosition(stage, position, reasons)
    happened = court.do(name, c.MakeStatement(court.id(name), (given,)))
    return [one for one in happened if isinstance(one, e.FactAsserted)]


def side(court: Any, name: str) -> dict[str, Any]:
    return next(one for one in document(court.h)["parties"] if one["id"] == court.id(name))


# ── who, and for whom ──────────────────────────────────────────────────────────────────────────────────────────


def test_each_speaker_has_a_key_of_its_own(court: Any) -> None:
    court.drafted()
    (own,) = says(court, "claimant", "consents")
    (by_counsel,) = says(court, "counsel", "chose_online")
    party, counsel = court.id("claimant"), court.id("counsel")
    assert own.assertion.key == f"position:{party}"
    assert by_counsel.assertion.key == f"agent_position:{party}:{counsel}"
    for stated, name in ((own.assertion, "Zhang"), (by_counsel.assertion, "Chen")):
        assert (stated.how, stated.asserted_by, stated.late) == ("link", name, False)
        assert stated.value == {
            "position": stated.value["position"],
            "stage": "trial",
            "reasons": "",
        }
    assert by_counsel.assertion.entered_by == court.actor("counsel")


@pytest.mark.parametrize("who", ["witness", "observer", "clerk", "judge"])
def test_who_speaks_for_nobody_states_nothing(court: Any, who: str) -> None:
    court.drafted()
    given = (c.StatedPosition("trial", "consents"),)
    assert court.refused(who, c.MakeStatement(court.id(who), given)).code == "not_permitted"


def test_nobody_speaks_through_another_link(court: Any) -> None:
    court.drafted()
    given = (c.StatedPosition("trial", "consents"),)
    for actor in ("respondent", "counsel"):
        refused = court.refused(actor, c.MakeStatement(court.id("claimant"), given))
        assert (refused.code, refused.citation) == ("not_own_side", "OLR 4")
    for actor in ("desk", "judge_desk", "system"):
        assert court.refused(actor, c.MakeStatement(court.id("claimant"), given)).code == "not_permitted"


def test_an_agent_without_its_party_has_no_side(court: Any) -> None:
    court.drafted()
    people = tuple(one for one in LIST if one.name != "Zhang")
    orphaned = m.Hearing(**{name: getattr(court.h, name) for name in court.h.__dataclass_fields__})
    court.hearing = evolve(
        orphaned,
        e.HearingChanged(
            court.desk,
            participants=tuple(
                e.SeatedPerson(
                    court.id(name),
                    new.role,
                    new.name,
                    seat,
                    new.person,
                    new.account,
                    new.side,
                    new.represents,
                )
                for seat, (name, new) in enumerate(zip(court.NAMES, LIST, strict=True))
                if new in people
            ),
        ),
        court.now,
    )
    counsel = next(one for one in court.h.participants.values() if one.role == "counsel")
    actor = m.Actor("participant", counsel.id, counsel.role, counsel.name)
    given = (c.StatedPosition("trial", "consents"),)
    assert court.refused(actor, c.MakeStatement(counsel.id, given)).code == "speaks_for_nobody"


def test_after_removal_and_after_the_end_nothing_is_stated(court: Any) -> None:
    court.session()
    court.do("judge", c.Remove(court.id("respondent"), "shouting"))
    given = (c.StatedPosition("trial", "objects", "r"),)
    refused = court.refused("respondent", c.MakeStatement(court.id("respondent"), given))
    assert (refused.code, refused.citation) == ("removed", "OLR 25")
    court.do("judge", c.CloseHearing())
    assert court.refused("claimant", c.MakeStatement(court.id("claimant"), given)).code == "ended"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ({}, "empty_statement"),
        ({"positions": (c.StatedPosition("lunch", "consents"),)}, "unknown_stage"),  # type: ignore[arg-type]
        ({"positions": (c.StatedPosition("mediation", "consents"),)}, "unknown_stage"),
        ({"positions": (c.StatedPosition("trial", "silent"),)}, "unknown_position"),
        ({"positions": (c.StatedPosition("trial", "retracts"),)}, "unknown_position"),
        ({"positions": (c.StatedPosition("trial", "consents"),) * 2}, "stated_twice"),
        ({"positions": (c.StatedPosition("trial", "objects", "x" * 4001),)}, "bad_fact"),
        ({"capability": "untested"}, "unknown_capability"),
        ({"capability_note": "no camera"}, "capability_missing"),
        ({"capability": "unable", "capability_note": "x" * 1001}, "too_long"),
        ({"needs": (c.StatedNeed("smell", True, "x"),)}, "unknown_need"),
        ({"needs": (c.StatedNeed("physical_examination", True, " "),)}, "what_is_missing"),
        ({"needs": (c.StatedNeed("physical_examination", True, "x" * 1001),)}, "too_long"),
        ({"needs": (c.StatedNeed("physical_examination", True, "x"),) * 2}, "stated_twice"),
    ],
)
def test_what_is_no_statement(court: Any, statement: dict[str, Any], code: str) -> None:
    court.drafted()
    assert court.refused("claimant", c.MakeStatement(court.id("claimant"), **statement)).code == code


def test_one_wrong_item_and_nothing_of_the_statement_is_stored(court: Any) -> None:
    court.drafted()
    given = (c.StatedPosition("trial", "consents"), c.StatedPosition("pretrial", "maybe"))
    court.refused("claimant", c.MakeStatement(court.id("claimant"), given))
    assert court.h.assertions == ()


def test_the_same_twice_makes_no_event_and_a_changed_item_only_its_own(court: Any) -> None:
    court.drafted()
    whole = c.MakeStatement(
        court.id("claimant"),
        (c.StatedPosition("trial", "objects", " the original "), c.StatedPosition("pretrial", "consents")),
        "unable",
        "no camera",
        (c.StatedNeed("verification_of_originals", True, "the note"),),
    )
    assert len(court.do("claimant", whole)) == 4
    assert court.do("claimant", whole) == []
    again = c.MakeStatement(
        court.id("claimant"),
        whole.positions,
        "unable",
        "no camera, no telephone",
        (c.StatedNeed("verification_of_originals", True, "the note"),),
    )
    (changed,) = court.do("claimant", again)
    assert changed.assertion.note == "no camera, no telephone"
    assert (
        court.do("claimant", c.MakeStatement(court.id("claimant"), needs=(c.StatedNeed(NEEDS[0], False),)))
        == []
    )


# ── stages ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_positions_are_per_stage(court: Any) -> None:
    court.drafted()
    given = (c.StatedPosition("trial", "consents"), c.StatedPosition("pretrial", "objects", "r"))
    court.do("claimant", c.MakeStatement(court.id("claimant"), given))
    assert (side(court, "claimant")["position"], side(court, "claimant")["position_stage"]) == (
        "consents",
        "trial",
    )
    says(court, "claimant", "objects", "never", stage="evidence_exchange")
    assert side(court, "claimant")["position"] == "consents", "a later one for another stage changes nothing"
    court.do("desk", c.ChangeHearing(stage="pretrial"))
    assert (side(court, "claimant")["position"], side(court, "claimant")["reasons"]) == ("objects", "r")
    court.do("desk", c.ChangeHearing(stage="pronouncement"))
    stands = side(court, "claimant")
    assert stands["position_stage"] != "pronouncement", "for another stage only: silence (OLR 4(4))"
    assert [one.party.name for one in silent_sides(court.h)] == ["Zhang", "Li"]
    assert len(court.h.assertions) == 3, "the whole history is kept"


def test_a_ruling_is_one_for_the_stage_of_its_time(court: Any) -> None:
    court.drafted().consented()
    ground = f"objection:{court.id('respondent')}"
    says(court, "claimant", "consents")
    court.do("desk", c.ChangeHearing(stage="pretrial"))
    given = tuple(c.StatedPosition(stage, "objects", "the original") for stage in ("trial", "pretrial"))
    court.do("respondent", c.MakeStatement(court.id("respondent"), given))
    court.do("judge_desk", c.MakeRuling(ground, False, "a certified copy is in the file", "OLR 21"))
    assert [one["ground"] for one in document(court.h)["rulings"]] == [ground]
    court.do("desk", c.ChangeHearing(stage="trial"))
    assert document(court.h)["rulings"] == [], (
        "the judge ruled on the objection to an online pretrial conference"
    )


# ── taking a consent back ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("before", ["consents", "chose_online"])
def test_objecting_after_consent_takes_it_back(court: Any, before: str) -> None:
    court.drafted()
    says(court, "respondent", before)
    (taken_back,) = says(court, "respondent", "objects", "my line is bad")
    assert taken_back.assertion.value == {
        "position": "retracts",
        "stage": "trial",
        "reasons": "my line is bad",
    }
    assert says(court, "respondent", "objects", "my line is bad") == []
    (bare,) = says(court, "respondent", "objects")
    assert bare.assertion.value["position"] == "retracts"
    (restored,) = says(court, "respondent", "consents")
    assert restored.assertion.value["position"] == "consents"
    (for_another_stage,) = says(court, "respondent", "objects", stage="pretrial")
    assert for_another_stage.assertion.value["position"] == "objects", "nobody consented for that stage"


def test_who_speaks_for_a_side_that_consented_takes_its_consent_back(court: Any) -> None:
    court.drafted()
    says(court, "claimant", "consents")
    (by_counsel,) = says(court, "counsel", "objects", "r")
    assert by_counsel.assertion.value["position"] == "retracts"
    assert says(court, "counsel", "objects", "s")[0].assertion.value["position"] == "retracts"


def test_a_side_that_objected_goes_on_objecting(court: Any) -> None:
    court.drafted()
    for reasons in ("one", "two", ""):
        assert says(court, "respondent", "objects", reasons)[0].assertion.value["position"] == "objects"


def test_a_retraction_awaits_the_judge_and_a_fresh_consent_restores(new_court: Callable[..., Any]) -> None:
    for rules in ("shanghai-2020", "spc-2021"):
        court = new_court(rules).scheduled()
        says(court, "respondent", "consents")
        assert court.h.phase == "scheduled"
        says(court, "respondent", "objects")
        assert court.h.determination.awaiting == (f"retraction:{court.id('respondent')}",)
        assert court.h.phase == "awaiting_ruling"
        says(court, "respondent", "consents")
        assert court.h.determination.outcome == "allow"


# ── several people for one side ────────────────────────────────────────────────────────────────────────────────


class TwoAgents(Court):
    def id(self, name: str) -> str:
        return list(self.h.participants)[(*self.NAMES, "second").index(name)]


def test_a_sides_agents_together() -> None:
    court = TwoAgents()
    court.drafted(TWO_AGENTS)
    says(court, "counsel", "consents")
    assert side(court, "claimant")["agent"] == {"position": "consents", "reasons": ""}
    says(court, "second", "objects", "two")
    assert side(court, "claimant")["agent"] == {"position": "retracts", "reasons": "two"}
    says(court, "counsel", "objects", "one")
    assert side(court, "claimant")["agent"] == {"position": "retracts", "reasons": "one；two"}
    says(court, "counsel", "chose_online")
    says(court, "second", "chose_online")
    assert side(court, "claimant")["agent"] == {"position": "chose_online", "reasons": ""}


def test_what_the_desk_took_down_for_the_agents_counts_while_one_has_not_spoken() -> None:
    court = TwoAgents()
    court.drafted(TWO_AGENTS)
    court.state("agent_position:claimant", {"position": "objects", "reasons": "by letter"})
    says(court, "counsel", "consents")
    assert side(court, "claimant")["agent"]["position"] == "objects"
    says(court, "second", "consents")
    assert side(court, "claimant")["agent"]["position"] == "consents"
    refused = court.refused(
        "desk", c.AssertFact(f"agent_position:{court.id('claimant')}", {"position": "objects"}, "x", "paper")
    )
    assert refused.code == "stated_by_link"
    assert superseded(court.h) == {court.h.assertions[0].id}


def test_an_agent_who_left_the_case_speaks_no_longer() -> None:
    court = TwoAgents()
    court.drafted(TWO_AGENTS)
    says(court, "claimant", "consents")
    says(court, "second", "objects", "r")
    court.do("judge_desk", c.TakeOffList(court.id("second"), "the mandate was withdrawn"))
    assert "agent" not in side(court, "claimant")


# ── needs ──────────────────────────────────────────────────────────────────────────────────────────────────────


def states_need(court: Any, name: str, needed: bool, what: str = "") -> list[e.Event]:
    given = (c.StatedNeed("verification_of_originals", needed, what),)
    happened: list[e.Event] = court.do(name, c.MakeStatement(court.id(name), needs=given))
    return happened


def test_a_need_stands_while_any_side_or_the_court_asserts_it(court: Any) -> None:
    court.drafted()
    states_need(court, "claimant", True, "the contract")
    states_need(court, "respondent", True, "the receipt")
    court.state("need:verification_of_originals", True)
    for name in ("claimant", "respondent"):
        states_need(court, name, False)
        assert document(court.h)["needs"] == ["verification_of_originals"]
    court.state("need:verification_of_originals", False)
    assert document(court.h)["needs"] == []


def test_one_ruling_answers_every_sides_need_until_something_new_is_asked(court: Any) -> None:
    court.drafted().consented()
    ground = "need:verification_of_originals"
    states_need(court, "claimant", True, "the contract")
    states_need(court, "respondent", True, "the contract")
    court.do("judge_desk", c.MakeRuling(ground, False, "certified copies are in the file", "OLR 21(3)"))
    assert len(document(court.h)["rulings"]) == 1 and court.h.determination is None
    states_need(court, "claimant", False)
    states_need(court, "claimant", True, "the contract")
    assert len(document(court.h)["rulings"]) == 1, "withdrawn and asserted anew is nothing new"
    states_need(court, "respondent", True, "the receipt")
    assert document(court.h)["rulings"] == [], "another thing to see needs another ruling"


# ── the desk ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_desk_alters_nothing_stated_by_link(court: Any) -> None:
    court.drafted()
    party, counsel = court.id("claimant"), court.id("counsel")
    statement = c.MakeStatement(party, (c.StatedPosition("trial", "consents"),), "unable", "no camera")
    court.do("claimant", statement)
    states_need(court, "claimant", True, "the contract")
    says(court, "counsel", "consents")
    objects = {"position": "objects", "reasons": "r"}
    for key, value in (
        (f"position:{party}", objects),
        (f"agent_position:{party}:{counsel}", objects),
        (f"agent_position:{party}", objects),
        (f"capability:{party}", "able"),
        (f"need:verification_of_originals:{party}", False),
    ):
        for how in ("desk", "paper", "phone"):
            refused = court.refused("desk", c.AssertFact(key, value, "Zhang", how))
            assert (refused.code, refused.citation) == ("stated_by_link", "OLR 4"), key
    court.state("position:claimant", {"position": "consents", "stage": "pretrial", "reasons": ""})
    court.state("need:verification_of_originals", False)
    assert document(court.h)["needs"] == ["verification_of_originals"], (
        "the court's own key overrides no side's"
    )


def test_a_sides_own_word_supersedes_what_the_desk_took_down(court: Any) -> None:
    court.drafted()
    court.position("respondent", "consents")
    (own,) = says(court, "respondent", "consents")
    assert own.assertion.how == "link", "the same, but now in its own name"
    taken_down = court.h.assertions[0]
    assert superseded(court.h) == {taken_down.id}


# ── late ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_comes_after_the_deadline_is_late_and_counts(new_court: Callable[..., Any]) -> None:
    for rules in ("shanghai-2020", "spc-2021"):
        court = new_court(rules).drafted()
        court.do("desk", c.SetDeadline(court.now.replace(minute=30)))
        says(court, "claimant", "consents")
        court.later(31 * 60)
        (late,) = says(court, "respondent", "consents")
        assert late.assertion.late and not court.h.assertions[0].late
        court.do("desk", c.Determine())
        assert court.h.determination.outcome == "allow", "a late consent counts"
        assert "逾期" in describe(late, court.h)[0] and "(late)" in describe(late, court.h)[1]


def test_a_late_objection_goes_to_the_judge_even_without_reasons(new_court: Callable[..., Any]) -> None:
    for rules in ("shanghai-2020", "spc-2021"):
        court = new_court(rules).drafted()
        court.do("desk", c.SetDeadline(court.now.replace(minute=30)))
        says(court, "claimant", "consents")
        court.later(31 * 60)
        (late,) = says(court, "respondent", "objects")
        assert late.assertion.value["reasons"] == "", "nothing is put into the side's mouth"
        zh, en = describe(late, court.h)
        assert "未说明理由（逾期）" in zh and "no reasons given (late)" in en
        court.do("desk", c.Determine())
        (awaited,) = (one for one in court.h.determination.findings if one["outcome"] == "await_ruling")
        assert "说明了理由" not in awaited["text"]["zh"] and "has given reasons" not in awaited["text"]["en"]
        assert court.h.determination.awaiting == (f"objection:{court.id('respondent')}",)
        says(court, "claimant", "objects")
        assert court.h.determination.awaiting == (
            f"objection:{court.id('respondent')}",
            f"retraction:{court.id('claimant')}",
        )


def test_late_and_bare_is_not_put_beside_the_reasons_that_another_gave() -> None:
    court = TwoAgents()
    court.drafted(TWO_AGENTS)
    court.do("desk", c.SetDeadline(court.now.replace(minute=30)))
    court.later(31 * 60)
    says(court, "counsel", "objects")
    assert side(court, "claimant")["agent"]["reasons"] == LATE_WITHOUT_REASONS
    says(court, "second", "objects", "the original must be seen")
    assert side(court, "claimant")["agent"]["reasons"] == "the original must be seen"


def test_in_session_a_statement_is_late(court: Any) -> None:
    court.session()
    (late,) = says(court, "respondent", "objects", "I cannot hear the witness")
    assert late.assertion.late and court.h.phase == "in_session"


# ── the equipment test ─────────────────────────────────────────────────────────────────────────────────────────


def equipment_tested(
    court: Any, name: str, camera: str = "ok", microphone: str = "ok", network: str = "good"
) -> Any:
    happened = court.do(name, c.RecordEquipment(court.id(name), camera, microphone, "ok", network, "Firefox"))
    return [one.assertion for one in happened if isinstance(one, e.FactAsserted)]


@pytest.mark.parametrize(
    ("camera", "microphone", "network", "unable"),
    [
        ("none", "ok", "good", True),
        ("failed", "ok", "good", True),
        ("ok", "none", "good", True),
        ("ok", "failed", "good", True),
        ("ok", "ok", "failed", True),
        ("denied", "ok", "good", False),
        ("ok", "denied", "good", False),
        ("ok", "silent", "good", False),
        ("ok", "ok", "weak", False),
    ],
)
def test_what_of_a_failed_test_shows_incapacity(
    court: Any, camera: str, microphone: str, network: str, unable: bool
) -> None:
    court.drafted()
    asserted = equipment_tested(court, "respondent", camera, microphone, network)
    assert [one.value for one in asserted] == (["unable"] if unable else [])
    assert side(court, "respondent")["capability"] == ("unable" if unable else "untested")
    if unable:
        (stated,) = asserted
        assert (stated.how, stated.asserted_by, stated.entered_by.kind) == ("link", "Li", "system")
        assert f"camera: {camera}" in stated.note


def test_a_passed_test_of_anybody_on_the_side_speaks_for_it(court: Any) -> None:
    court.drafted()
    assert equipment_tested(court, "counsel") == [], "nothing was asserted, so nothing is taken back"
    assert equipment_tested(court, "claimant", "none") == []
    (unable,) = equipment_tested(court, "respondent", "none")
    assert equipment_tested(court, "respondent", "none") == [], "it is so already"
    (able,) = equipment_tested(court, "respondent")
    assert (unable.value, able.value) == ("unable", "able")
    (again,) = equipment_tested(court, "respondent", network="failed")
    assert again.value == "unable"
    (by_counsel,) = equipment_tested(court, "claimant", "none") or equipment_tested(court, "counsel", "none")
    assert by_counsel.asserted_by == "Chen" and side(court, "claimant")["capability"] == "unable"


def test_a_side_that_declared_itself_unable_is_not_made_able_by_a_test(court: Any) -> None:
    court.drafted()
    equipment_tested(court, "respondent", "none")
    (declared,) = court.do("respondent", c.MakeStatement(court.id("respondent"), capability="unable"))
    assert not statements.is_from_test(declared.assertion), "now in its own words"
    assert equipment_tested(court, "respondent") == []
    assert side(court, "respondent")["capability"] == "unable"


def test_the_desk_may_enter_what_a_side_says_of_its_failed_test(court: Any) -> None:
    court.drafted()
    equipment_tested(court, "respondent", "none")
    court.state("capability:respondent", "able", "phone")
    assert side(court, "respondent")["capability"] == "able"


def test_a_failed_test_awaits_the_judge_before_the_opening_and_is_evidence_only_after_it(court: Any) -> None:
    court.scheduled()
    equipment_tested(court, "respondent", "none")
    assert court.h.phase == "awaiting_ruling"
    assert court.h.determination.awaiting == (f"incapacity:{court.id('respondent')}",)
    equipment_tested(court, "respondent")
    assert court.h.determination.outcome == "allow"
    fresh = type(court)().session()
    assert equipment_tested(fresh, "respondent", "failed") == []
    assert fresh["respondent"].tests[-1].camera == "failed" and fresh.h.phase == "in_session"


def test_tests_of_others_assert_nothing(court: Any) -> None:
    court.drafted()
    for name in ("witness", "observer", "clerk"):
        assert equipment_tested(court, name, "none", "none", "failed") == []


def test_every_test_is_kept_and_described(court: Any) -> None:
    court.drafted()
    happened = court.do(
        "respondent", c.RecordEquipment(court.id("respondent"), "none", "ok", "ok", "good", "F")
    )
    equipment_tested(court, "respondent")
    assert [one.result for one in court["respondent"].tests] == ["problem", "passed"]
    assert describe(happened[1], court.h)[1].startswith("The equipment test shows: Li lacks")


# ── what would follow ──────────────────────────────────────────────────────────────────────────────────────────


def follows(court: Any, name: str) -> dict[str, str]:
    person = court[name]
    (own,) = [one for one in sides(court.h) if any(member.id == person.id for member in one.members)]
    return {key: words[1] for key, words in consequences(court.h, own, person, court.context(name)).items()}


def test_what_would_follow_is_what_follows(new_court: Callable[..., Any]) -> None:
    words = {
        "allow": "The hearing can be held online.",
        "warn": "The hearing can be held online.",
        "await_ruling": "A judge will decide.",
        "block": "The hearing could not be held online.",
        "hybrid": "You would attend at the court.",
    }
    for rules in ("shanghai-2020", "spc-2021"):
        for position, reasons in (("consents", ""), ("chose_online", ""), ("objects", ""), ("objects", "r")):
            for other in ("consents", "objects"):
                court = new_court(rules).drafted()
                says(court, "claimant", other)
                told = follows(court, "respondent")["objects_with_reasons" if reasons else position]
                says(court, "respondent", position, reasons)
                court.do("desk", c.Determine())
                found = court.h.determination
                if found.outcome == "hybrid" and court.id("respondent") not in found.in_person:
                    assert told == "You would take part online, and somebody else at the court."
                else:
                    assert told == words[found.outcome], (rules, position, reasons, other)


def test_silence_is_told_before_it_follows(new_court: Callable[..., Any]) -> None:
    court = new_court("spc-2021").drafted()
    says(court, "claimant", "consents")
    (_, own) = sides(court.h)
    words = if_silent(court.h, own, court["respondent"], court.context("respondent"))
    assert words[1] == "You would attend at the court."
    court.do("desk", c.Determine())
    assert court.h.determination.in_person == (court.id("respondent"),)


def test_in_a_mediation_the_words_are_those_of_a_mediation(court: Any) -> None:
    court.drafted()
    court.hearing = replace(
        court.h, kind="mediation", stage="mediation", disclosure=m.Disclosure(None, "x", court.now, 2)
    )
    says(court, "claimant", "consents", stage="mediation")
    told = follows(court, "respondent")
    assert told["consents"] == "The mediation can be held online."
    assert told["objects"] == "There will be no mediation."
    assert "once every party agrees" in told["silent"]
    court.do("respondent", c.MakeStatement(court.id("respondent"), capability="unable"))
    assert follows(court, "respondent")["consents"].startswith(
        "You would take part in the mediation at a place"
    )
    says(court, "respondent", "consents", stage="mediation")
    (taken_back,) = says(court, "respondent", "objects", stage="mediation")
    assert taken_back.assertion.value["position"] == "retracts"
    assert describe(taken_back, court.h)[0] == "Li陈述（本人通过链接）：Li撤回同意。"
    given = (c.StatedPosition("trial", "consents"),)
    assert court.refused("claimant", c.MakeStatement(court.id("claimant"), given)).code == "unknown_stage"


def test_supposing_changes_nothing(court: Any) -> None:
    court.drafted()
    before = court.h
    follows(court, "counsel")
    assert court.h is before and before.assertions == ()


def test_once_the_court_sits_an_objection_goes_to_the_judge(court: Any) -> None:
    told = follows(court.session(), "respondent")
    assert {told["objects"], told["objects_with_reasons"], told["retracts"]} == {"A judge will decide."}


# ── whatever the order ─────────────────────────────────────────────────────────────────────────────────────────

POSITIONS = st.builds(
    c.StatedPosition,
    st.sampled_from(HEARING_STAGES),
    st.sampled_from(statements.POSITIONS),
    st.sampled_from(("", "the original", "my line")),
)
STATEMENTS = st.tuples(
    st.lists(POSITIONS, max_size=3, unique_by=lambda one: one.stage).map(tuple),
    st.sampled_from((None, "able", "unable")),
    st.lists(
        st.builds(c.StatedNeed, st.sampled_from(NEEDS), st.booleans(), st.just("it")),
        max_size=2,
        unique_by=lambda one: one.need,
    ).map(tuple),
).filter(any)
SAID = st.lists(st.tuples(st.sampled_from(("claimant", "respondent")), STATEMENTS), max_size=7)


def after(said: list[tuple[str, Any]]) -> Court:
    court = Court().drafted()
    for name, (positions, capability, needs) in said:
        court.do(name, c.MakeStatement(court.id(name), positions, capability, "", needs))
    return court


@settings(max_examples=60, deadline=None)
@given(SAID, st.randoms(use_true_random=False))
def test_the_order_between_the_sides_changes_nothing(said: list[tuple[str, Any]], chance: Any) -> None:
    """Each side's own statements keep their order; how the two sides interleave is left to chance."""
    queues = {name: [one for one in said if one[0] == name] for name in ("claimant", "respondent")}
    mixed = []
    while any(queues.values()):
        name = chance.choice([name for name, queue in queues.items() if queue])
        mixed.append(queues[name].pop(0))
    assert document(after(mixed).h) == document(after(said).h)


@settings(max_examples=60, deadline=None)
@given(SAID, STATEMENTS)
def test_a_sides_statement_changes_no_other_sides_entry(said: list[tuple[str, Any]], more: Any) -> None:
    before, then = after(said), after([*said, ("claimant", more)])
    assert side(before, "respondent") == side(then, "respondent")
    own = [one for one in before.h.assertions if one.entered_by.id == before.id("respondent")]
    assert own == [one for one in then.h.assertions if one.entered_by.id == then.id("respondent")]
    assert set(document(before.h)["needs"]) & needs_of(before, "respondent") <= set(document(then.h)["needs"])


def needs_of(court: Court, name: str) -> set[str]:
    latest = {one.key: one.value for one in court.h.assertions if one.key.startswith("need:")}
    return {key.split(":")[1] for key, value in latest.items() if key.endswith(court.id(name)) and value}


def test_every_order_of_three_speakers_on_one_side_without_consent_before() -> None:
    found = set()
    for order in permutations(("claimant", "counsel", "second")):
        court = TwoAgents()
        court.drafted(TWO_AGENTS)
        for name in order:
            says(court, name, "objects", name)
        found.add(str(document(court.h)["parties"]))
    assert len(found) == 1


def test_old_records_replay(court: Any) -> None:
    """Assertions under the keys of before, with counsel's position for the side as a whole."""
    court.drafted().consented()
    court.state("agent_position:claimant", {"position": "chose_online", "reasons": ""})
    court.state("need:physical_examination", True)
    again = replay(court.log)
    assert again is not None and document(again) == document(court.h)
    assert side(court, "claimant")["agent"]["position"] == "chose_online"


def test_two_hundred_sides() -> None:
    people = [
        m.NewParticipant("presiding_judge", "Wang", account="a"),
        m.NewParticipant("clerk", "Liu", account="b"),
    ]
    people += [
        m.NewParticipant("party", f"P{one}", person=f"per_{one}", side="claimant") for one in range(198)
    ]
    court = Court().drafted(tuple(people))
    for person in list(court.h.participants.values())[2:]:
        actor = m.Actor("participant", person.id, person.role, person.name)
        command = c.MakeStatement(person.id, (c.StatedPosition("trial", "consents"),))
        for event in decide(court.h, command, court.context(actor)):
            court.hearing = evolve(court.hearing, event, court.now)
    assert silent_sides(court.h) == ()
    assert all(one["position"] == "consents" for one in document(court.h)["parties"])
