"""The engine against a second reading of the decision tables, and the cases against every cell and boundary of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings

from eligibility import determine, load_ruleset, parse_facts, ruleset_names
from tests.eligibility.case_files import Case, cases
from tests.eligibility.decision_table import RULESETS, TABLE, Reading, read_table
from tests.eligibility.documents import documents

ON = date(2026, 11, 23)
BOTH = pytest.mark.parametrize("name", RULESETS)

RULES: Mapping[str, str | tuple[str, str] | None] = {
    # The rule that states a row of the table; two where the rule sets state it differently, None where it has no effect.
    "case type outside the list, not yet ruled on": ("case_type.no_list", "case_type.open"),
    "case type outside the list, held suitable": ("case_type.no_list", "case_type.suitable"),
    "case type outside the list, held not suitable": ("case_type.no_list", "case_type.unsuitable"),
    "every side objects": "objection.every_side",
    "some sides object with reasons, not yet ruled on": "objection.reasons_open",
    "some sides object with reasons, held valid": "objection.reasons_held",
    "some sides object with reasons, held not valid": "objection.reasons_not_held",
    "some sides object without reasons": "objection.no_reasons",
    "silent": "consent.silent",
    "served by public notice and not consenting": "consent.public_notice",
    "position for another stage only": "consent.other_stage",
    "consents or chose online": "consent.given",
    "retracts, not yet ruled on": "retraction.open",
    "retracts, held": "retraction.held",
    "retracts, not held": "retraction.not_held",
    "lacks conditions, not yet ruled on": "incapacity.open",
    "lacks conditions, held for every side": "incapacity.every_side",
    "lacks conditions, held for some sides": "incapacity.some_sides",
    "lacks conditions, not held": None,
    "on-site need, not yet ruled on": "need.open",
    "on-site need, held needed": "need.held",
    "on-site need, held not needed": None,
    "significant and complex, not yet ruled on": "complexity.open",
    "significant and complex, held": "complexity.held",
    "significant and complex, not held": None,
    "major social impact, not yet ruled on": "social_impact.open",
    "major social impact, held": "social_impact.held",
    "major social impact, not held": None,
    "closed by law: state secret": "closed.state_secret",
    "closed by law: privacy": "closed.privacy",
    "closed by law: minor defendant": "closed.minor_defendant",
    "closed on application, pending": "closed.application_pending",
    "closed on application, granted": "closed.application_granted",
    "other circumstances, held unsuitable": "other.held",
    "other circumstances, not held": None,
    "remote witness objected to, not yet ruled on": "witness.open",
    "remote witness objected to, held good": "witness.held",
    "remote witness objected to, held not good": None,
    "every party would attend at court": "attendance.everyone_at_court",
    "mediation: a party refuses": "mediation.refused",
    "mediation: a party has not consented yet": "mediation.not_consented",
    "mediation: cannot lawfully be mediated": "mediation.unlawful",
    "mediation: conflict undisclosed": "mediation.conflict_undisclosed",
    "mediation: conflict disclosed and refused": "mediation.conflict_refused",
    "mediation: conflict disclosed and accepted": "mediation.conflict_accepted",
    "mediation: every party lacks audio and video": "mediation.equipment_every_party",
    "mediation: some parties lack audio and video": "mediation.equipment_some_parties",
    "mediation: every party consents": None,
    "mediation: what only hearings ask": None,
}
UNREACHABLE = {("every party would attend at court", "shanghai-2020")}


def rule_of(row: str, name: str) -> str | None:
    rule = RULES[row]
    return rule[RULESETS.index(name)] if isinstance(rule, tuple) else rule


def cell_of(row: str, name: str) -> str | None:
    return TABLE[row][RULESETS.index(name)]


def test_the_second_reading_has_every_rule_set_and_row() -> None:
    assert list(RULESETS) == ruleset_names()
    assert set(RULES) == set(TABLE)


def agree(document: Mapping[str, Any], name: str, on: date) -> None:
    read = read_table(document, name)
    found = determine(parse_facts(document), load_ruleset(name), on)
    decided = (found.outcome, found.final, found.in_person, found.awaiting, found.gallery)
    assert decided == (read.outcome, read.final, read.in_person, read.awaiting, read.gallery)
    named = {rule_of(row, name) for row in read.rows if (row, name) not in UNREACHABLE}
    assert {finding.rule for finding in found.findings} == named - {None}


@BOTH
@settings(max_examples=400, deadline=None)
@given(document=documents())
def test_engine_and_table_agree_on_any_facts(name: str, document: dict[str, Any]) -> None:
    agree(document, name, ON)


@BOTH
def test_engine_and_table_agree_on_every_case(name: str) -> None:
    for case in cases():
        if not case.expect[name].get("not_in_force"):
            agree(case.facts, name, case.on)


def deciding(case: Case, read: Reading, name: str) -> Iterator[str]:
    """The rows that this case is there to show: they give the outcome, and the case says so."""
    expected = case.expect[name]
    for row in read.rows:
        cell, rule = cell_of(row, name), rule_of(row, name)
        if cell is None or rule is None:
            # A row without effect is shown where the case is allowed all the same.
            if expected["outcome"] == "allow":
                yield row
        elif expected.get("because") == rule and expected["outcome"] == cell.split()[0]:
            yield row


def shown(name: str) -> dict[str, list[Case]]:
    """The cases that decide each row."""
    found: dict[str, list[Case]] = {}
    for case in cases():
        if not case.expect[name].get("not_in_force"):
            for row in deciding(case, read_table(case.facts, name), name):
                found.setdefault(row, []).append(case)
    return found


@BOTH
def test_every_cell_of_the_tables_decides_some_case(name: str) -> None:
    missing = [row for row in TABLE if row not in shown(name) and (row, name) not in UNREACHABLE]
    assert not missing


BOUNDARIES: list[tuple[str, str]] = [
    ("consents or chose online", "silent"),
    ("consents or chose online", "some sides object without reasons"),
    ("consents or chose online", "some sides object with reasons, not yet ruled on"),
    ("consents or chose online", "retracts, not yet ruled on"),
    ("consents or chose online", "position for another stage only"),
    ("silent", "some sides object without reasons"),
    ("silent", "position for another stage only"),
    ("silent", "every party would attend at court"),
    ("silent", "served by public notice and not consenting"),
    ("served by public notice and not consenting", "consents or chose online"),
    ("some sides object without reasons", "some sides object with reasons, not yet ruled on"),
    ("some sides object without reasons", "every side objects"),
    ("some sides object without reasons", "position for another stage only"),
    ("some sides object with reasons, not yet ruled on", "every side objects"),
    ("some sides object with reasons, held valid", "every side objects"),
    ("some sides object with reasons, held not valid", "every side objects"),
    ("some sides object with reasons, not yet ruled on", "some sides object with reasons, held valid"),
    ("some sides object with reasons, not yet ruled on", "some sides object with reasons, held not valid"),
    ("some sides object with reasons, held valid", "some sides object with reasons, held not valid"),
    ("some sides object with reasons, not yet ruled on", "position for another stage only"),
    ("retracts, not yet ruled on", "retracts, held"),
    ("retracts, not yet ruled on", "retracts, not held"),
    ("retracts, held", "retracts, not held"),
    ("retracts, not yet ruled on", "some sides object without reasons"),
    ("retracts, not yet ruled on", "some sides object with reasons, not yet ruled on"),
    ("retracts, held", "every party would attend at court"),
    ("consents or chose online", "lacks conditions, not yet ruled on"),
    ("lacks conditions, not yet ruled on", "lacks conditions, held for some sides"),
    ("lacks conditions, not yet ruled on", "lacks conditions, not held"),
    ("lacks conditions, held for some sides", "lacks conditions, held for every side"),
    ("lacks conditions, held for some sides", "lacks conditions, not held"),
    ("lacks conditions, held for some sides", "every party would attend at court"),
    ("consents or chose online", "on-site need, not yet ruled on"),
    ("on-site need, not yet ruled on", "on-site need, held needed"),
    ("on-site need, not yet ruled on", "on-site need, held not needed"),
    ("on-site need, held needed", "on-site need, held not needed"),
    ("consents or chose online", "significant and complex, not yet ruled on"),
    ("significant and complex, not yet ruled on", "significant and complex, held"),
    ("significant and complex, not yet ruled on", "significant and complex, not held"),
    ("significant and complex, held", "significant and complex, not held"),
    ("consents or chose online", "major social impact, not yet ruled on"),
    ("major social impact, not yet ruled on", "major social impact, held"),
    ("major social impact, not yet ruled on", "major social impact, not held"),
    ("major social impact, held", "major social impact, not held"),
    ("consents or chose online", "case type outside the list, not yet ruled on"),
    ("case type outside the list, not yet ruled on", "case type outside the list, held suitable"),
    ("case type outside the list, not yet ruled on", "case type outside the list, held not suitable"),
    ("case type outside the list, held suitable", "case type outside the list, held not suitable"),
    ("consents or chose online", "closed by law: state secret"),
    ("consents or chose online", "closed by law: privacy"),
    ("consents or chose online", "closed on application, pending"),
    ("closed by law: state secret", "closed by law: privacy"),
    ("closed on application, pending", "closed on application, granted"),
    ("closed by law: privacy", "closed on application, granted"),
    ("closed by law: minor defendant", "closed by law: privacy"),
    ("consents or chose online", "other circumstances, held unsuitable"),
    ("other circumstances, held unsuitable", "other circumstances, not held"),
    ("consents or chose online", "remote witness objected to, not yet ruled on"),
    ("remote witness objected to, not yet ruled on", "remote witness objected to, held good"),
    ("remote witness objected to, not yet ruled on", "remote witness objected to, held not good"),
    ("remote witness objected to, held good", "remote witness objected to, held not good"),
    ("mediation: a party refuses", "mediation: a party has not consented yet"),
    ("mediation: every party consents", "mediation: a party refuses"),
    ("mediation: every party consents", "mediation: a party has not consented yet"),
    ("mediation: every party consents", "mediation: cannot lawfully be mediated"),
    ("mediation: every party consents", "mediation: conflict undisclosed"),
    ("mediation: every party consents", "mediation: conflict disclosed and refused"),
    ("mediation: every party consents", "mediation: conflict disclosed and accepted"),
    ("mediation: every party consents", "mediation: some parties lack audio and video"),
    ("mediation: every party consents", "mediation: what only hearings ask"),
    ("mediation: conflict undisclosed", "mediation: conflict disclosed and refused"),
    ("mediation: conflict undisclosed", "mediation: conflict disclosed and accepted"),
    ("mediation: conflict disclosed and refused", "mediation: conflict disclosed and accepted"),
    ("mediation: some parties lack audio and video", "mediation: every party lacks audio and video"),
]
"""Rows that one fact parts."""


def leaves(case: Case) -> dict[tuple[str, ...], object]:
    """The facts one by one. What is ruled on a ground is one fact, and so is what an agent says."""
    found: dict[tuple[str, ...], object] = {("on",): case.on}
    for key, value in case.facts.items():
        if key == "parties":
            for party in value:
                found |= {("party", party["id"], name): stated for name, stated in party.items()}
        elif key == "witnesses":
            found |= {("witness", witness["id"]): witness.get("objection", False) for witness in value}
        elif key == "rulings":
            for ground in {ruling["ground"] for ruling in value}:
                own = [(one["at"], one["held"]) for one in value if one["ground"] == ground]
                found["ruling", ground] = sorted(own)
        elif key == "needs":
            found |= {("need", need): True for need in value}
        elif key == "mediation":
            found |= {("mediation", name): stated for name, stated in value.items()}
        else:
            found[key,] = value
    return found


def differing(first: Case, second: Case) -> int:
    """How many facts part two cases."""
    left, right = leaves(first), leaves(second)
    return sum(left.get(key) != right.get(key) for key in left.keys() | right.keys())


@BOTH
def test_a_single_fact_parts_two_cases_at_every_boundary(name: str) -> None:
    rows = shown(name)
    missing = []
    for first, second in BOUNDARIES:
        if {(first, name), (second, name)} & UNREACHABLE:
            continue
        pairs = ((one, other) for one in rows.get(first, ()) for other in rows.get(second, ()))
        if not any(differing(one, other) == 1 for one, other in pairs):
            missing.append(f"{first} | {second}")
    assert not missing, "\n".join(missing)


def test_every_boundary_is_between_rows_of_the_tables() -> None:
    assert {row for boundary in BOUNDARIES for row in boundary} <= set(TABLE)
    assert len({frozenset(boundary) for boundary in BOUNDARIES}) == len(BOUNDARIES)


def test_no_two_cases_are_the_same() -> None:
    same = [(one.place, other.place) for one, other in combinations(cases(), 2) if not differing(one, other)]
    assert not same
