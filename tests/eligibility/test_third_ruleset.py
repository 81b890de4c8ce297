"""Another court's rules need no code: an invented rule set, YAML only, reverses outcomes of a shipped one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eligibility import RulesetError, determine, load_ruleset, parse_facts

HARBOUR = str(Path(__file__).parent / "rulesets" / "harbour-2030")
ON = date(2035, 5, 5)


def document(
    first: dict[str, Any] | None = None, second: dict[str, Any] | None = None, **facts: Any
) -> dict[str, Any]:
    parties = [
        {"id": "a", "side": "claimant", "position": "consents", **(first or {})},
        {"id": "b", "side": "respondent", "position": "consents", **(second or {})},
    ]
    return {"proceeding": "hearing", "stage": "trial", "case_type": "civil", "parties": parties, **facts}


REVERSED = [
    ("every side objects", document({"position": "objects"}, {"position": "objects"}), "block", "warn"),
    ("one side objects without reasons", document({"position": "objects"}), "hybrid", "block"),
    ("a side is silent", document({"position": "silent"}), "hybrid", "allow"),
    ("originals to be verified", document(needs=["verification_of_originals"]), "await_ruling", "warn"),
    ("a state secret", document(closed="by_law_state_secret"), "block", "allow"),
    ("privacy", document(closed="by_law_privacy"), "allow", "block"),
    ("complex", document(complexity="significant_and_complex"), "await_ruling", "warn"),
    ("a side is unable", document({"capability": "unable"}), "await_ruling", "hybrid"),
    (
        "objection to a witness",
        document(witnesses=[{"id": "w", "objection": True}]),
        "await_ruling",
        "hybrid",
    ),
    (
        "a mediation refused",
        document({"position": "objects"}, proceeding="mediation", stage="mediation"),
        "block",
        "warn",
    ),
]


def test_it_reverses_ten_outcomes_and_is_nothing_but_yaml() -> None:
    assert len(REVERSED) == 10
    assert all(shipped != invented for _, _, shipped, invented in REVERSED)
    assert {file.suffix for file in Path(HARBOUR).iterdir()} == {".yaml"}


@pytest.mark.parametrize(
    ("facts", "shipped", "invented"), [pytest.param(*row[1:], id=row[0]) for row in REVERSED]
)
def test_the_invented_rule_set_reverses_the_outcome(
    facts: dict[str, Any], shipped: str, invented: str
) -> None:
    parsed = parse_facts(facts)
    assert determine(parsed, load_ruleset("spc-2021"), ON).outcome == shipped
    reversed_ = determine(parsed, load_ruleset(HARBOUR), ON)
    assert reversed_.outcome == invented
    assert reversed_.ruleset == "harbour-2030@2030-01-01"
    assert reversed_.superseded_by is None
    assert reversed_.gallery is (parsed.proceeding == "mediation")


def test_it_may_ask_for_a_ruling_where_the_shipped_rules_ask_for_none() -> None:
    maritime = parse_facts(document(case_type="maritime"))
    assert determine(maritime, load_ruleset("spc-2021"), ON).outcome == "allow"
    assert determine(maritime, load_ruleset(HARBOUR), ON).outcome == "await_ruling"


def test_what_it_awaits_and_whom_it_names_follow_its_data() -> None:
    harbour = load_ruleset(HARBOUR)
    assert determine(parse_facts(document(case_type="maritime")), harbour, ON).awaiting == ("case_type",)
    assert determine(parse_facts(document({"capability": "unable"})), harbour, ON).in_person == ("a",)


@pytest.mark.parametrize("on", [date(2029, 12, 31), date(2040, 1, 1)])
def test_it_decides_nothing_outside_its_dates(on: date) -> None:
    with pytest.raises(RulesetError, match="2030-01-01 to 2039-12-31"):
        determine(parse_facts(document()), load_ruleset(HARBOUR), on)
