"""The same facts decided under several rule sets or dates, side by side. Pure.

`compare` gives every decision as one column, and row by row what each of them says: the outcome and what follows from
it, then every finding that any of them made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from eligibility.determination import STRENGTH, Determination, Finding, Translated
from eligibility.engine import determine
from eligibility.facts import CaseFacts
from eligibility.ruleset import Rule, Ruleset

Aspect = Literal["outcome", "final", "in_person", "awaiting", "gallery"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)


@dataclass(frozen=True, slots=True)
class ComparedAspect:
    """What each column says of one aspect of the decision: a text, a boolean or a tuple of ids or grounds."""

    aspect: Aspect
    cells: tuple[str | bool | tuple[str, ...], ...]

    @property
    def differs(self) -> bool:
        return any(cell != self.cells[0] for cell in self.cells)

    def to_json(self) -> dict[str, Any]:
        cells = [list(cell) if isinstance(cell, tuple) else cell for cell in self.cells]
        return {"aspect": self.aspect, "cells": cells, "differs": self.differs}


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """One finding with the rule behind it, as it stood on the column's date."""

    finding: Finding
    rule: Rule

    @property
    def effect(self) -> tuple[str, bool, bool]:
        """What the rule does, whatever its words: outcome, whether final, whether it closes the gallery."""
        return self.rule.outcome, self.rule.final, self.rule.closes_gallery

    def to_json(self) -> dict[str, Any]:
        return {
            "outcome": self.finding.outcome,
            "final": self.rule.final,
            "gallery": not self.rule.closes_gallery,
            "citation": self.finding.citation,
            "text": self.finding.text.to_json(),
            "source": self.rule.source.to_json(),
            "from": self.rule.from_date.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class ComparedFinding:
    """One rule about one subject, in every column: None where it found nothing there.

    `fact` is the rule's fact as the first column with the finding words it.
    """

    rule: str
    about: str
    fact: Translated
    cells: tuple[ComparedCell | None, ...]

    @property
    def differs(self) -> bool:
        """Whether its effect is not the same everywhere. Other words or another citation alone are no difference."""
        effects = {None if cell is None else cell.effect for cell in self.cells}
        return len(effects) > 1

    @property
    def only_in(self) -> int | None:
        """The one column (from 0) that has this finding, or None where several have it."""
        found = [index for index, cell in enumerate(self.cells) if cell is not None]
        return found[0] if len(found) == 1 < len(self.cells) else None

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "about": self.about,
            "fact": self.fact.to_json(),
            "cells": [None if cell is None else cell.to_json() for cell in self.cells],
            "differs": self.differs,
            "only_in": self.only_in,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """All columns decided the same facts. The i-th cell of every row belongs to the i-th column.

    `findings` are the strongest first, by what the strongest column makes of them.
    """

    rulesets: tuple[Ruleset, ...]
    determinations: tuple[Determination, ...]
    aspects: tuple[ComparedAspect, ...]
    findings: tuple[ComparedFinding, ...]

    @property
    def differs(self) -> bool:
        return any(row.differs for row in self.aspects) or any(row.differs for row in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a page, a document or a file.

        `{"facts_sha256", "differs", "columns": [{"ruleset", "title", "on", "ruleset_sha256", "determination"}],
        "aspects": [{"aspect", "cells", "differs"}],
        "findings": [{"rule", "about", "fact", "cells": [{"outcome", "final", "gallery", "citation", "text", "source",
        "from"} or null], "differs", "only_in"}]}`; texts are `{"en", "zh"}`.
        """
        columns = zip(self.rulesets, self.determinations, strict=True)
        return {
            "facts_sha256": self.determinations[0].facts_sha256,
            "differs": self.differs,
            "columns": [_column(ruleset, determination) for ruleset, determination in columns],
            "aspects": [row.to_json() for row in self.aspects],
            "findings": [row.to_json() for row in self.findings],
        }


def compare(facts: CaseFacts, columns: Sequence[tuple[Ruleset, date]]) -> Comparison:
    """Decide the same facts once for each (rule set, date in Asia/Shanghai), in the order given.

    Raises RulesetError where a rule set was not in force on its date, ValueError where there is no column.
    """
    if not columns:
        raise ValueError("there is nothing to compare: give at least one rule set and date")
    determinations = tuple(determine(facts, ruleset, on) for ruleset, on in columns)
    cells = [_cells(found, ruleset) for found, (ruleset, _) in zip(determinations, columns, strict=True)]
    return Comparison(
        rulesets=tuple(ruleset for ruleset, _ in columns),
        determinations=determinations,
        aspects=tuple(
            ComparedAspect(aspect, tuple(getattr(found, aspect) for found in determinations))
            for aspect in ASPECTS
        ),
        findings=_rows(cells),
    )


Key = tuple[str, str]
"""A rule's id and what it is about."""


def _cells(determination: Determination, ruleset: Ruleset) -> Mapping[Key, ComparedCell]:
    return {
        (found.rule, found.about): ComparedCell(found, ruleset.rule(found.rule, determination.on))
        for found in determination.findings
    }


def _rows(columns: Sequence[Mapping[Key, ComparedCell]]) -> tuple[ComparedFinding, ...]:
    rows = []
    for key in {key for column in columns for key in column}:
        cells = tuple(column.get(key) for column in columns)
        fact = next(cell.rule.fact for cell in cells if cell is not None)
        rows.append(ComparedFinding(*key, fact, cells))
    return tuple(sorted(rows, key=_strongest_first))


def _strongest_first(row: ComparedFinding) -> tuple[int, str, str]:
    strongest = max(STRENGTH[cell.finding.outcome] for cell in row.cells if cell is not None)
    return -strongest, row.rule, row.about


def _column(ruleset: Ruleset, determination: Determination) -> dict[str, Any]:
    return {
        "ruleset": ruleset.version,
        "title": ruleset.title.to_json(),
        "on": determination.on.isoformat(),
        "ruleset_sha256": ruleset.sha256,
        "determination": determination.to_json(),
    }
