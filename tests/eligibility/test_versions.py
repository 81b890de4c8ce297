"""Replays: what was stored is decided again as it was, or it is said why it cannot be."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eligibility import (
    Determination,
    FactsError,
    RulesetError,
    facts_document,
    load_ruleset,
    parse_facts,
    replay,
    ruleset_names,
    ruleset_of_version,
)

STORED = Path(__file__).parent / "stored"
HARBOUR = Path(__file__).parent / "rulesets" / "harbour-2030"
ON = date(2026, 11, 23)
FACTS: dict[str, Any] = {
    "proceeding": "hearing",
    "stage": "trial",
    "case_type": "civil",
    "parties": [{"id": "claimant-1", "side": "claimant", "position": "silent"}],
}


def stored(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ruleset_names())
def test_what_was_stored_in_2026_replays_byte_for_byte(name: str) -> None:
    """Should this fail, a change to engine or rules has rewritten decisions that courts have on file.

    A rule that changes gets a version with its date; a rule set that is corrected gets a new one beside the old.
    """
    kept = stored(name)
    assert len(kept["decided"]) == 4
    for entry in kept["decided"]:
        on = date.fromisoformat(entry["determination"]["on"])
        again = replay(entry["facts"], kept["ruleset"], on, sha256=kept["sha256"])
        assert json.dumps(again.to_json(), ensure_ascii=False) == json.dumps(
            entry["determination"], ensure_ascii=False
        )
        assert Determination.from_json(entry["determination"]) == again
        assert facts_document(parse_facts(entry["facts"])) == entry["facts"]


def test_a_version_that_is_not_here_is_refused_with_those_that_are() -> None:
    for version in ("shanghai-2020@2020-02-27", "shanghai-2020", "spc-2031@2031-01-01", ""):
        with pytest.raises(
            RulesetError, match="not here; allowed: shanghai-2020@2020-02-26, spc-2021@2021-08-01"
        ):
            replay(FACTS, version, ON)


def test_rules_that_were_changed_since_are_refused() -> None:
    with pytest.raises(RulesetError, match=r"changed since: SHA-256 [0-9a-f]{64} now, abc then"):
        replay(FACTS, "spc-2021@2021-08-01", ON, sha256="abc")


def test_bad_facts_and_a_date_before_the_rule_set_are_refused() -> None:
    with pytest.raises(FactsError, match=r"stored facts: stage: \"tea\" is not allowed"):
        replay({**FACTS, "stage": "tea"}, "spc-2021@2021-08-01", ON)
    with pytest.raises(RulesetError, match="not in force on 2021-07-31"):
        replay(FACTS, "spc-2021@2021-08-01", date(2021, 7, 31))


def test_a_courts_own_rule_set_replays_too() -> None:
    harbour = load_ruleset(str(HARBOUR))
    found = replay(FACTS, harbour.version, date(2031, 1, 1), sha256=harbour.sha256, own=[harbour])
    assert found.outcome == "allow"
    assert ruleset_of_version(harbour.version, own=[harbour]) is harbour


def copied(folder: Path, name: str = "harbour-2030") -> Path:
    target = folder / name
    target.mkdir(parents=True)
    for file in HARBOUR.glob("*.yaml"):
        (target / file.name).write_bytes(file.read_bytes())
    return target


def test_the_digest_is_of_what_the_rules_say_and_not_of_how_they_are_written(tmp_path: Path) -> None:
    digest = load_ruleset(str(HARBOUR)).sha256
    folder = copied(tmp_path)
    text = (folder / "everything.yaml").read_text(encoding="utf-8")
    head, *rules = text.split("\n  - rule: ")
    # Two files instead of one, the rules in reverse order, a comment, another way to write a list and a text.
    family = "family: everything\nrules:"
    first, second = rules[:4], rules[4:]
    (folder / "everything.yaml").unlink()
    for name, part in (("b", first), ("a", second)):
        body = "".join(f"\n  - rule: {rule}" for rule in reversed(part))
        body = body.replace("[side]", "\n      - side  # who else").replace('"H 1"', "'H 1'")
        (folder / f"{name}.yaml").write_text(f"# A comment.\n{family}{body}", encoding="utf-8")
    assert head.endswith("rules:\n")
    assert load_ruleset(str(folder)).sha256 == digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("everything.yaml", 'citation: "H 3"', 'citation: "H 4"'),
        ("everything.yaml", 'zh: "第3条适用。"', 'zh: "第3条不适用。"'),
        ("everything.yaml", "stage: [trial]", "stage: [inquiry]"),
        ("everything.yaml", 'from: 2030-01-01\n    citation: "H 9"', 'from: 2030-01-02\n    citation: "H 9"'),
        ("everything.yaml", "family: everything", "family: all"),
        ("ruleset.yaml", "hearing: false", "hearing: true"),
        ("ruleset.yaml", "Invented, for tests only.", "Invented."),
    ],
)
def test_any_change_of_what_they_say_changes_the_digest(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    folder = copied(tmp_path)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    assert load_ruleset(str(folder)).sha256 != load_ruleset(str(HARBOUR)).sha256
