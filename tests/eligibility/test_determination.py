"""Stored determinations: read back as they were, and refused where they are something else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility import Determination, determine, load_ruleset, parse_facts


@pytest.fixture
def stored() -> dict[str, Any]:
    facts = {
        "proceeding": "hearing",
        "stage": "trial",
        "case_type": "civil",
        "parties": [
            {"id": "{case_type}", "side": "claimant", "position": "silent"},
            {"id": "verification_of_originals", "side": "respondent", "position": "silent"},
        ],
        "needs": ["verification_of_originals"],
    }
    return determine(parse_facts(facts), load_ruleset("shanghai-2020"), date(2026, 11, 23)).to_json()


def test_what_was_stored_reads_back(stored: dict[str, Any]) -> None:
    assert Determination.from_json(stored).to_json() == stored
    without = {key: value for key, value in stored.items() if key != "superseded_by"}
    assert Determination.from_json(without).to_json() == without


def test_ids_are_shown_as_they_are_and_needs_in_words(stored: dict[str, Any]) -> None:
    texts = {(found["rule"], found["about"]): found["text"] for found in stored["findings"]}
    assert texts["consent.silent", "{case_type}"]["en"].startswith("{case_type} has neither agreed")
    assert texts["consent.silent", "verification_of_originals"]["zh"].startswith(
        "verification_of_originals没有"
    )
    assert "verification of originals" in texts["need.open", "verification_of_originals"]["en"]
    assert "核对原件" in texts["need.open", "verification_of_originals"]["zh"]


@pytest.mark.parametrize(
    "key", ["outcome", "final", "in_person", "awaiting", "gallery", "findings", "ruleset", "on"]
)
def test_a_determination_without_a_key_is_refused(stored: dict[str, Any], key: str) -> None:
    del stored[key]
    with pytest.raises(ValueError, match=f"the key '{key}' is missing"):
        Determination.from_json(stored)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("outcome", "open"),
        ("final", 0),
        ("in_person", "a"),
        ("awaiting", [1]),
        ("gallery", None),
        ("findings", [3]),
        ("on", "today"),
        ("on", 3),
        ("superseded_by", "spc-2021"),
    ],
)
def test_a_determination_with_a_bad_value_is_refused(stored: dict[str, Any], key: str, value: object) -> None:
    stored[key] = value
    with pytest.raises(ValueError):
        Determination.from_json(stored)


@pytest.mark.parametrize(
    ("outcome", "opens"),
    [("block", False), ("await_ruling", False), ("hybrid", True), ("warn", True), ("allow", True)],
)
def test_what_may_open(stored: dict[str, Any], outcome: str, opens: bool) -> None:
    assert Determination.from_json({**stored, "outcome": outcome}).may_open is opens
