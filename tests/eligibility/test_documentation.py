"""`docs/rules.md` against the code: its examples load, its tables are those of the second reading, no predicate is left out."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from eligibility import determine, load_ruleset, loads_facts
from eligibility.conditions import PREDICATES
from tests.eligibility.decision_table import TABLE

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
FACTS, MANIFEST, FAMILY = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def test_the_facts_document_shown_is_one() -> None:
    found = determine(loads_facts(FACTS), load_ruleset("spc-2021"), date(2026, 11, 23))
    assert found.outcome == "block"  # the reasons are held valid


def test_the_rule_set_shown_loads(tmp_path: Path) -> None:
    folder = tmp_path / "harbour-2030"
    folder.mkdir()
    (folder / "ruleset.yaml").write_text(MANIFEST, encoding="utf-8")
    (folder / "objections.yaml").write_text(FAMILY, encoding="utf-8")
    ruleset = load_ruleset(str(folder))
    assert [rule.citation for rule in ruleset.rules] == ["H 1", "H 2"]


def test_every_predicate_is_described() -> None:
    table = TEXT[TEXT.index("| predicate |") :]
    described = set(re.findall(r"`([a-z_]+)[:`]", table[: table.index("\n\n")]))
    assert set(PREDICATES) <= described


def states(row: str, *found: str) -> list[str]:
    return [f"{row}, {state}" for state in found]


RULED = ("not yet ruled on", "held", "not held")
HEARINGS: list[list[str]] = [
    states("case type outside the list", "not yet ruled on", "held suitable", "held not suitable"),
    ["every side objects"],
    states("some sides object with reasons", "not yet ruled on", "held valid", "held not valid"),
    ["some sides object without reasons"],
    ["silent"],
    ["position for another stage only"],
    ["served by public notice and not consenting"],
    ["consents or chose online"],
    states("retracts", *RULED),
    states("lacks conditions", "not yet ruled on", "not held"),
    ["lacks conditions, held for every side"],
    ["lacks conditions, held for some sides"],
    states("on-site need", "not yet ruled on", "held needed", "held not needed"),
    states("significant and complex", *RULED),
    states("major social impact", *RULED),
    ["closed by law: state secret"],
    ["closed by law: privacy", "closed by law: minor defendant"],
    states("closed on application", "pending", "granted"),
    states("other circumstances", "held unsuitable", "not held"),
    states("remote witness objected to", "not yet ruled on", "held good", "held not good"),
    ["every party would attend at court"],
]
MEDIATIONS: list[list[str]] = [
    ["mediation: a party refuses"],
    ["mediation: a party has not consented yet"],
    ["mediation: cannot lawfully be mediated"],
    ["mediation: conflict undisclosed", "mediation: conflict disclosed and refused"],
    ["mediation: conflict disclosed and accepted"],
    ["mediation: every party lacks audio and video"],
    ["mediation: some parties lack audio and video"],
]


def test_the_tables_say_what_the_second_reading_says() -> None:
    hearings = rows("## Online hearings", "## Online mediations")
    for (_, notice, national, _), names in zip(hearings, HEARINGS, strict=True):
        assert said(notice, names) == [TABLE[name][0] for name in names]
        national = notice if national == "the same" else national
        assert said(national, names) == [TABLE[name][1] for name in names]
    mediations = rows("## Online mediations", "## The facts document")
    for (_, outcome, _), names in zip(mediations, MEDIATIONS, strict=True):
        assert [(cell, cell) for cell in said(outcome.partition(", at a venue")[0], names)] == [
            TABLE[name] for name in names
        ]
    shown = {name for names in HEARINGS + MEDIATIONS for name in names}
    assert {name for name in TABLE if name not in shown} == {
        "mediation: every party consents",
        "mediation: what only hearings ask",
    }


def rows(start: str, end: str) -> list[list[str]]:
    lines = TEXT[TEXT.index(start) : TEXT.index(end)].splitlines()
    kept = [line for line in lines if line.startswith("| ") and not line.startswith("| fact")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def said(cell: str, names: list[str]) -> list[str | None]:
    """One outcome for each row that a line stands for; a single one holds for all."""
    found: list[str | None] = [
        None if part in ("–", "cannot come about") else part.replace(",", "") for part in cell.split(" / ")
    ]
    return found * len(names) if len(found) == 1 else found
