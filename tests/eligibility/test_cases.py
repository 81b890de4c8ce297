"""The cases a lawyer can read, `cases/*.yaml`: each states facts, and what each rule set must make of them and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eligibility import determine, load_ruleset, parse_facts, ruleset_names
from eligibility.document import DocumentError
from eligibility.yaml_text import read_yaml

CASE_KEYS = {"case", "on", "claimant", "respondent", "facts", "rulings", "mediation_room", "expect"}
EXPECT_KEYS = {"outcome", "final", "in_person", "awaiting", "gallery", "because", "citation", "not"}


def read_cases() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml")):
        tree, lines = read_yaml(path.read_text(encoding="utf-8"), path.name, DocumentError)
        for index, case in enumerate(tree["cases"]):
            found.append((f"{path.name}:{lines[('cases', index)]}", case))
    return found


def facts_of(case: dict[str, Any]) -> dict[str, Any]:
    """The case's facts document: two parties who consent to a civil trial, changed as the case says."""
    changes = dict(case.get("facts", {}))
    mediation = case.get("mediation_room", False)
    parties = [
        {"id": name, "side": name, "position": "consents", **case.get(name, {})}
        for name in ("claimant", "respondent")
    ]
    rulings = [
        {
            "ground": ground,
            "held": held,
            "reasons": "as argued",
            "by": "judge-1",
            "at": "2020-03-02T09:00:00+08:00",
        }
        for ground, held in case.get("rulings", {}).items()
    ]
    parties += changes.pop("extra_parties", [])
    return {
        "proceeding": "mediation" if mediation else "hearing",
        "stage": "mediation" if mediation else "trial",
        "case_type": "civil",
        "parties": parties,
        "rulings": rulings,
        **changes,
    }


CASES = read_cases()
DECISIONS = [
    pytest.param(case, name, id=f"{where} {case['case']} [{name}]")
    for where, case in CASES
    for name in case["expect"]
]


@pytest.mark.parametrize(("case", "ruleset_name"), DECISIONS)
def test_a_case_is_decided_as_it_says(case: dict[str, Any], ruleset_name: str) -> None:
    assert set(case) <= CASE_KEYS, "a case must not hold keys that nothing checks"
    expected = case["expect"][ruleset_name]
    assert set(expected) <= EXPECT_KEYS
    on = date.fromisoformat(case.get("on", "2026-11-23"))
    found = determine(parse_facts(facts_of(case)), load_ruleset(ruleset_name), on)

    assert found.outcome == expected["outcome"]
    assert found.final is expected.get("final", False)
    assert list(found.in_person) == expected.get("in_person", [])
    assert list(found.awaiting) == expected.get("awaiting", [])
    assert found.gallery is expected.get("gallery", True)
    rules = {finding.rule: finding for finding in found.findings}
    if "because" in expected:
        assert expected["because"] in rules
        assert rules[expected["because"]].citation == expected["citation"]
    else:
        assert found.outcome == "allow" and not rules, "only where nothing applies may a case give no reason"
    assert not set(expected.get("not", [])) & set(rules)


@pytest.mark.parametrize("name", ruleset_names())
def test_every_shipped_rule_decides_some_case(name: str) -> None:
    shown = {case["expect"][name].get("because") for _, case in CASES if name in case["expect"]}
    assert {rule.id for rule in load_ruleset(name).rules} <= shown


def test_every_shipped_rule_set_is_covered() -> None:
    assert set(ruleset_names()) == {"shanghai-2020", "spc-2021"}
