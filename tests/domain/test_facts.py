"""From assertions to the facts document."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain.facts import KEYS, document, facts_of
from room_server.errors import CorrectTheRequest


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("weather", "fine", "allowed: closed"),
        ("closed", "maybe", "by_law_state_secret"),
        ("closed:x", "none", "There is no fact"),
        ("need", True, "There is no fact"),
        ("need:lunch", True, "physical_examination"),
        ("need:physical_examination", "yes", "true, false"),
        ("complexity", 3, "significant_and_complex"),
        ("position:claimant", "consents", "stage"),
        ("position:claimant", {"position": "perhaps"}, "chose_online"),
        ("position:claimant", {"position": "consents", "stage": "lunch"}, "pronouncement"),
        ("position:claimant", {"position": "consents", "mood": "good"}, "position, stage, reasons"),
        ("position:claimant", {"position": "objects", "reasons": "x" * 5000}, "4000"),
        ("position:witness", {"position": "consents"}, "wrong person"),
        ("position:par_nobody", {"position": "consents"}, "wrong person"),
        ("agent_position:respondent", {"position": "consents"}, "no counsel"),
        ("capability:claimant", "tired", "untested"),
        ("served_by:claimant", "pigeon", "public_notice"),
        ("witness_objection:claimant", True, "wrong person"),
        ("witness_objection:witness", 1, "true, false"),
    ],
)
def test_what_cannot_be_stated(court: Any, key: str, value: Any, says: str) -> None:
    court.drafted()
    with pytest.raises(CorrectTheRequest) as caught:
        court.state(key, value)
    assert says in caught.value.en


def test_nothing_asserted(court: Any) -> None:
    found = document(court.drafted().h)
    assert [one["position"] for one in found["parties"]] == ["silent", "silent"]
    assert found["closed"] == "none" and found["needs"] == [] and found["rulings"] == []
    assert [one["id"] for one in found["witnesses"]] == [court.id("witness")]


def test_every_key_reaches_the_document(court: Any) -> None:
    court.drafted()
    court.state("closed", "on_application_granted")
    court.state("need:physical_examination", True)
    court.state("need:verification_of_originals", True)
    court.state("need:verification_of_originals", False)
    court.state("complexity", "significant_and_complex")
    court.state("social_impact", "major")
    court.position("claimant", "objects", "old")
    court.position("claimant", "consents")
    court.state("agent_position:claimant", {"position": "objects", "reasons": "why"})
    court.state("capability:respondent", "unable")
    court.state("served_by:respondent", "public_notice")
    court.state("witness_objection:witness", True)
    found = document(court.h)
    assert found["needs"] == ["physical_examination"]
    assert (found["closed"], found["complexity"], found["social_impact"]) == (
        "on_application_granted",
        "significant_and_complex",
        "major",
    )
    claimant, respondent = found["parties"]
    assert (claimant["position"], claimant["agent"]) == (
        "consents",
        {"position": "objects", "reasons": "why"},
    )
    assert (respondent["capability"], respondent["served_by"]) == ("unable", "public_notice")
    assert found["witnesses"][0]["objection"] is True
    assert facts_of(court.h).stage == "trial"
    kinds = {one.key.partition(":")[0] for one in court.h.assertions}
    assert {key.partition(":")[0] for key in KEYS} - kinds == {"mediation_lawful"}, "of a mediation only"


def test_a_position_for_another_stage_is_silence(court: Any) -> None:
    court.drafted()
    court.state("position:claimant", {"position": "consents", "stage": "pretrial", "reasons": ""})
    assert document(court.h)["parties"][0]["position_stage"] == "pretrial"
    court.state("agent_position:claimant", {"position": "objects", "stage": "trial", "reasons": "r"})
    claimant = document(court.h)["parties"][0]
    assert (claimant["position"], claimant["position_stage"]) == ("silent", "trial")
    assert claimant["agent"]["position"] == "objects"
    court.state("position:claimant", {"position": "consents", "stage": "trial"})
    court.state("agent_position:claimant", {"position": "objects", "stage": "pretrial"})
    claimant = document(court.h)["parties"][0]
    assert (claimant["position"], claimant["agent"]["position"]) == ("consents", "objects"), (
        "trial still counts"
    )


def test_asserting_and_withdrawing_does_not_undo_a_ruling(court: Any) -> None:
    court.drafted().consented()
    court.state("complexity", "significant_and_complex")
    court.do("judge_desk", c.MakeRuling("complexity", True, "forty witnesses", "OLR 21(4)"))
    for value in ("ordinary", "significant_and_complex", "ordinary"):
        court.state("complexity", value)
        assert len(document(court.h)["rulings"]) == 1
    court.do("desk", c.Determine())
    assert court.h.phase == "blocked"


def test_a_changed_assertion_needs_a_new_ruling(court: Any) -> None:
    court.drafted()
    court.position("claimant", "consents")
    court.position("respondent", "objects", "one")
    court.do("judge_desk", c.MakeRuling(f"objection:{court.id('respondent')}", False, "no", "OLR 21"))
    assert len(document(court.h)["rulings"]) == 1
    court.position("respondent", "objects", "two")
    assert document(court.h)["rulings"] == []
    court.position("respondent", "objects", "one")
    assert len(document(court.h)["rulings"]) == 1


def test_a_changed_case_type_needs_a_new_ruling_on_it(court: Any) -> None:
    court.drafted()
    court.do("desk", c.ChangeHearing(case_type="criminal_other"))
    assert document(court.h)["case_type"] == "criminal_other"
    assert court.h.case_type_since == court.now
