"""The same facts under several rule sets and dates: what each column says, and which rows differ."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from eligibility import RulesetError, compare, determine, load_ruleset, parse_facts

NOTICE, NATIONAL = load_ruleset("shanghai-2020"), load_ruleset("spc-2021")
THEN, NOW = date(2021, 7, 31), date(2026, 11, 23)


def facts(**changes: Any) -> Any:
    parties = [
        {"id": "claimant-1", "side": "claimant", "position": "consents"},
        {"id": "respondent-1", "side": "respondent", "position": "silent"},
    ]
    return parse_facts(
        {"proceeding": "hearing", "stage": "trial", "case_type": "civil", "parties": parties, **changes}
    )


def test_each_column_is_the_determination_that_its_rule_set_and_date_give() -> None:
    case = facts(closed="by_law_privacy")
    columns = [(NOTICE, THEN), (NOTICE, NOW), (NATIONAL, NOW)]
    found = compare(case, columns)
    assert found.determinations == tuple(determine(case, ruleset, on) for ruleset, on in columns)
    aspects = {row.aspect: row for row in found.aspects}
    assert aspects["outcome"].cells == ("block", "block", "hybrid")
    assert aspects["final"].cells == (True, True, False)
    assert aspects["in_person"].cells == ((), (), ("respondent-1",))
    assert aspects["gallery"].cells == (True, True, False)
    assert {row.aspect for row in found.aspects if row.differs} == {
        "outcome",
        "final",
        "in_person",
        "gallery",
    }


def test_rows_tell_which_findings_only_one_column_has_and_which_weigh_differently() -> None:
    case = facts(case_type="criminal_other", closed="by_law_privacy")
    found = compare(case, [(NOTICE, NOW), (NATIONAL, NOW)])
    rows = {(row.rule, row.about): row for row in found.findings}
    assert rows["case_type.no_list", "proceeding"].only_in == 0
    assert rows["case_type.open", "proceeding"].only_in == 1
    assert rows["case_type.open", "proceeding"].cells[0] is None
    privacy = rows["closed.privacy", "proceeding"]
    assert privacy.differs and privacy.only_in is None
    assert [cell and cell.effect for cell in privacy.cells] == [
        ("block", True, False),
        ("allow", False, True),
    ]
    assert not rows["consent.given", "claimant-1"].differs
    # The strongest reading of any column first.
    assert [row.rule for row in found.findings][:2] == ["closed.privacy", "case_type.open"]


def test_another_citation_alone_is_no_difference() -> None:
    found = compare(facts(), [(NOTICE, THEN), (NOTICE, NOW)])
    (silent,) = [row for row in found.findings if row.rule == "consent.silent"]
    assert [cell and cell.finding.citation for cell in silent.cells] == ["V", "V; OLR 4, 10(2)"]
    assert not found.differs


def test_it_is_plain_data_in_both_languages() -> None:
    found = compare(facts(), [(NOTICE, NOW), (NATIONAL, NOW)])
    plain = found.to_json()
    assert json.loads(json.dumps(plain)) == plain
    assert [column["ruleset"] for column in plain["columns"]] == [NOTICE.version, NATIONAL.version]
    assert [column["ruleset_sha256"] for column in plain["columns"]] == [NOTICE.sha256, NATIONAL.sha256]
    assert plain["columns"][1]["determination"] == found.determinations[1].to_json()
    (silent,) = [row for row in plain["findings"] if row["rule"] == "consent.silent"]
    assert set(silent["fact"]) == {"en", "zh"}
    assert [cell["outcome"] for cell in silent["cells"]] == ["warn", "hybrid"]
    assert all(cell["source"]["zh"] and cell["text"]["en"] for cell in silent["cells"])


def test_a_column_outside_its_rule_sets_dates_and_no_column_at_all_are_refused() -> None:
    with pytest.raises(
        RulesetError, match="spc-2021: not in force on 2021-07-31; allowed: 2021-08-01 or later"
    ):
        compare(facts(), [(NOTICE, THEN), (NATIONAL, THEN)])
    with pytest.raises(ValueError, match="at least one"):
        compare(facts(), [])
