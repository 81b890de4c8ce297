"""What must hold of every determination, whatever the facts, under every shipped rule set."""

from __future__ import annotations

import copy
import hashlib
import json
from datetime import date
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility import (
    CaseFacts,
    Determination,
    determine,
    facts_document,
    facts_sha256,
    load_ruleset,
    parse_facts,
    replay,
    ruleset_names,
)
from eligibility.determination import STRENGTH
from eligibility.facts import NEEDS
from tests.eligibility.documents import documents

ON = date(2026, 11, 23)
BOTH = pytest.mark.parametrize("name", ruleset_names())
BRIEFLY = settings(max_examples=150, deadline=None)


def decide(document: dict[str, Any], name: str) -> Determination:
    return determine(parse_facts(document), load_ruleset(name), ON)


def as_bytes(value: Determination | CaseFacts) -> bytes:
    """The form that is stored."""
    document = value.to_json() if isinstance(value, Determination) else facts_document(value)
    return json.dumps(document, ensure_ascii=False).encode()


def is_ordinary_hearing(found: Determination) -> bool:
    """Blocked only because all parties would attend at court: no ground against the case itself."""
    blocks = {finding.rule for finding in found.findings if finding.outcome == "block"}
    return blocks == {"attendance.everyone_at_court"}


@BOTH
@BRIEFLY
@given(data=st.data())
def test_adding_an_objection_never_weakens_the_outcome(name: str, data: st.DataObject) -> None:
    """Where a side that has not retracted objects as well, by itself or by its agent, with or without reasons.

    Nothing that was shut opens, no final block is lost, and the outcome is as strong or stronger; save that an ordinary
    hearing (all at court, not final) may turn into one that awaits a ruling: neither opens online. Replacing a
    retraction by an objection is no addition: see the next test.
    """
    document = data.draw(documents())
    index = data.draw(st.integers(0, len(document["parties"]) - 1))
    party = document["parties"][index]
    party["position_stage"] = document["stage"]
    for stated in (party, party.get("agent", {})):
        if stated.get("position") == "retracts":
            stated["position"] = "consents"
    before = decide(document, name)
    objecting = copy.deepcopy(document)
    reasons = data.draw(st.sampled_from(["", "the original must be seen"]))
    if data.draw(st.booleans()) or party["position"] == "objects":
        objecting["parties"][index]["agent"] = {"position": "objects", "reasons": reasons}
        if party.get("agent", {}).get("position") == "objects":
            objecting["parties"][index]["agent"]["reasons"] += party["agent"]["reasons"]
    else:
        objecting["parties"][index] |= {"position": "objects", "reasons": reasons}
    after = decide(objecting, name)

    assert not (after.may_open and not before.may_open)
    assert after.final or not before.final
    if not is_ordinary_hearing(before):
        assert STRENGTH[after.outcome] >= STRENGTH[before.outcome]


@pytest.mark.parametrize(
    ("name", "held", "retracting", "objecting"),
    [
        ("shanghai-2020", None, "await_ruling", "warn"),
        ("shanghai-2020", True, "block", "warn"),
        ("shanghai-2020", False, "allow", "warn"),
        ("spc-2021", None, "await_ruling", "hybrid"),
        ("spc-2021", True, "hybrid", "hybrid"),
        ("spc-2021", False, "allow", "hybrid"),
    ],
)
def test_a_bare_objection_in_place_of_a_retraction_takes_the_retraction_back(
    name: str, held: bool | None, retracting: str, objecting: str
) -> None:
    """So it can weaken the outcome: a retraction goes to the judge (OLR 5(2)), an objection without reasons does not."""
    ruling = {"ground": "retraction:b", "reasons": "r", "by": "judge-1", "at": "2026-11-20T09:00:00+08:00"}
    document: dict[str, Any] = {
        "proceeding": "hearing",
        "stage": "trial",
        "case_type": "civil",
        "parties": [
            {"id": "a", "side": "claimant", "position": "consents"},
            {"id": "b", "side": "respondent", "position": "retracts"},
        ],
        "rulings": [] if held is None else [{**ruling, "held": held}],
    }
    assert decide(document, name).outcome == retracting
    document["parties"][1]["position"] = "objects"
    assert decide(document, name).outcome == objecting
    document["parties"][1]["reasons"] = "the original must be seen"
    assert decide(document, name).outcome == "await_ruling"


@BOTH
@BRIEFLY
@given(data=st.data())
def test_no_ruling_lifts_a_final_block(name: str, data: st.DataObject) -> None:
    document = data.draw(documents())
    if data.draw(st.booleans()):
        document["parties"] = [
            {**party, "position": "objects", "position_stage": document["stage"]}
            for party in document["parties"]
        ]
    elif document["proceeding"] == "hearing":
        document["closed"] = "by_law_state_secret"
    before = decide(document, name)
    grounds = ["case_type", "complexity", "social_impact", "other", *(f"need:{need}" for need in NEEDS)]
    for party in document["parties"]:
        grounds += [f"{ground}:{party['id']}" for ground in ("objection", "retraction", "incapacity")]
    grounds += [f"witness:{witness['id']}" for witness in document["witnesses"]]
    for minute, ground in enumerate(data.draw(st.lists(st.sampled_from(grounds), max_size=6))):
        document["rulings"].append(
            {
                "ground": ground,
                "held": data.draw(st.booleans()),
                "reasons": "on reflection",
                "by": "judge-2",
                "at": f"2026-11-21T10:{minute:02}:00+08:00",
            }
        )
    after = decide(document, name)
    assert after.final == before.final
    if before.final:
        assert after.outcome == "block"


@BOTH
@BRIEFLY
@given(data=st.data())
def test_order_changes_nothing(name: str, data: st.DataObject) -> None:
    document = data.draw(documents())
    shuffled = {key: document[key] for key in data.draw(st.permutations(list(document)))}
    for key in ("parties", "needs", "rulings", "witnesses"):
        shuffled[key] = data.draw(st.permutations(document[key]))
    assert as_bytes(decide(shuffled, name)) == as_bytes(decide(document, name))
    assert as_bytes(parse_facts(shuffled)) == as_bytes(parse_facts(document))


@BOTH
@BRIEFLY
@given(document=documents())
def test_every_outcome_has_a_cited_rule_that_says_so(name: str, document: dict[str, Any]) -> None:
    found = decide(document, name)
    strongest = max((STRENGTH[finding.outcome] for finding in found.findings), default=STRENGTH["allow"])
    assert STRENGTH[found.outcome] == strongest
    if found.outcome != "allow":
        assert any(finding.outcome == found.outcome and finding.citation for finding in found.findings)
    for finding in found.findings:
        assert finding.citation.strip()
        assert finding.text.en.strip() and finding.text.zh.strip()
        assert "{" not in finding.text.en and "{" not in finding.text.zh
    assert found.final <= (found.outcome == "block")
    assert bool(found.awaiting) == any(finding.outcome == "await_ruling" for finding in found.findings)
    named = {finding.about for finding in found.findings if finding.outcome == "hybrid"}
    assert set(found.in_person) == named
    everyone = {party["id"] for party in document["parties"]}
    assert found.outcome == "block" or not everyone <= named


@BOTH
@BRIEFLY
@given(document=documents(proceeding="mediation"))
def test_a_mediation_opens_only_with_the_consent_of_all_and_without_a_gallery(
    name: str, document: dict[str, Any]
) -> None:
    found = decide(document, name)
    assert not found.gallery
    assert not found.awaiting
    if found.may_open:
        for party in document["parties"]:
            stated = {party["position"], party.get("agent", {}).get("position")}
            assert stated & {"consents", "chose_online"} and not stated & {"objects", "retracts"}
            assert party["position_stage"] == "mediation"


@BOTH
@BRIEFLY
@given(document=documents())
def test_deciding_twice_gives_the_same_bytes_and_replays_from_what_was_stored(
    name: str, document: dict[str, Any]
) -> None:
    first, second = decide(document, name), decide(copy.deepcopy(document), name)
    stored = json.dumps(first.to_json(), ensure_ascii=False)
    assert json.dumps(second.to_json(), ensure_ascii=False) == stored
    kept_facts = json.loads(json.dumps(facts_document(parse_facts(document))))
    replayed = replay(kept_facts, first.ruleset, first.on, sha256=load_ruleset(name).sha256)
    assert json.dumps(replayed.to_json(), ensure_ascii=False) == stored
    assert Determination.from_json(json.loads(stored)) == first


@BRIEFLY
@given(document=documents(), reasons=st.text(max_size=40))
def test_the_hash_is_of_the_rfc_8785_form(document: dict[str, Any], reasons: str) -> None:
    document["parties"][0]["reasons"] = reasons
    facts = parse_facts(document)
    assert facts_sha256(facts) == hashlib.sha256(rfc8785.dumps(facts_document(facts))).hexdigest()
    assert parse_facts(facts_document(facts)).sha256 == facts.sha256
