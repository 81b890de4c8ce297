"""The cases a lawyer can read, `cases/*.yaml`: each rule set makes of them what they say, and for the reason they say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from eligibility import Determination, RulesetError, determine, load_ruleset, parse_facts, ruleset_names
from tests.eligibility.case_files import Case, cases

DECISIONS = [
    pytest.param(case, name, id=f"{case.place} {case.text} [{name}]")
    for case in cases()
    for name in case.expect
]


def citation_of(found: Determination, rule: str) -> str:
    return next(finding.citation for finding in found.findings if finding.rule == rule)


@pytest.mark.parametrize(("case", "ruleset_name"), DECISIONS)
def test_a_case_is_decided_as_it_says(case: Case, ruleset_name: str) -> None:
    expected, ruleset, facts = case.expect[ruleset_name], load_ruleset(ruleset_name), parse_facts(case.facts)
    if expected.get("not_in_force"):
        with pytest.raises(RulesetError, match=f"not in force on {case.on}; allowed: {ruleset.from_date} or"):
            determine(facts, ruleset, case.on)
        return
    found = determine(facts, ruleset, case.on)

    assert found.outcome == expected["outcome"]
    assert found.final is expected.get("final", False)
    assert list(found.in_person) == expected.get("in_person", [])
    assert list(found.awaiting) == expected.get("awaiting", [])
    assert found.gallery is expected.get("gallery", True)
    rules = {finding.rule for finding in found.findings}
    if "because" in expected:
        assert expected["because"] in rules
        assert citation_of(found, expected["because"]) == expected["citation"]
    else:
        assert found.outcome == "allow" and not rules, "only where nothing applies may a case give no reason"
    assert not set(expected.get("not", [])) & rules
    if "earlier" in expected:
        last_day = ruleset.rule(expected["because"], case.on).from_date - timedelta(days=1)
        before = determine(facts, ruleset, last_day)
        assert before.outcome == found.outcome
        assert citation_of(before, expected["because"]) == expected["earlier"]


@pytest.mark.parametrize("name", ruleset_names())
def test_every_version_of_every_shipped_rule_decides_some_case(name: str) -> None:
    """As the finding that gives the outcome, with the citation that this version of the rule has."""
    ruleset = load_ruleset(name)
    shown: set[tuple[str, date, str]] = set()
    for case in cases():
        expected = case.expect.get(name, {})
        if "because" not in expected:
            continue
        rule = ruleset.rule(expected["because"], case.on)
        if rule.outcome == expected["outcome"]:
            shown.add((rule.id, rule.from_date, expected["citation"]))
            if "earlier" in expected:
                earlier = ruleset.rule(rule.id, rule.from_date - timedelta(days=1))
                shown.add((rule.id, earlier.from_date, expected["earlier"]))
    missing = {(rule.id, rule.from_date, rule.citation) for rule in ruleset.rules} - shown
    assert not missing


def test_every_case_says_what_every_shipped_rule_set_makes_of_it() -> None:
    assert {name for case in cases() for name in case.expect} == set(ruleset_names())
    partial = [case.place for case in cases() if set(case.expect) != set(ruleset_names())]
    assert not partial
