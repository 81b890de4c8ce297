"""A rule set: dated rules, each with its citation and its text in two languages. Pure."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal, get_args

from eligibility.conditions import ABOUT, About, Condition
from eligibility.determination import Outcome, Successor, Translated
from eligibility.document import DocumentError, Problem
from eligibility.facts import PROCEEDINGS, Proceeding

Asserter = Literal["side", "equipment_test", "judge", "case_filing_office", "court", "mediator", "nobody"]
Decider = Literal["system", "judge", "judge_reasoned", "parties"]
ASSERTERS: tuple[Asserter, ...] = get_args(Asserter)
DECIDERS: tuple[Decider, ...] = get_args(Decider)


class RulesetError(DocumentError):
    """A rule set that does not exist, is written wrongly, or was not in force on the date asked for."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it stands between two dates (`to_date` inclusive; None: no end).

    `written` is its YAML as a plain tree, with what its versions share filled in and its `family` added.
    """

    id: str
    family: str
    from_date: date
    to_date: date | None
    proceeding: Proceeding
    about: About
    when: Condition
    outcome: Outcome
    final: bool
    closes_gallery: bool
    awaits: str | None
    asserted_by: tuple[Asserter, ...]
    decided_by: Decider
    citation: str
    fact: Translated
    source: Translated
    text: Translated
    written: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def in_force(self, on: date) -> bool:
        return self.from_date <= on and (self.to_date is None or on <= self.to_date)


@dataclass(frozen=True, slots=True)
class Agenda:
    """The rules in force on a date by what they are about; `deferred` ones look at what the `first` found."""

    first: Mapping[About, tuple[Rule, ...]]
    deferred: Mapping[About, tuple[Rule, ...]]


@dataclass(frozen=True)
class Ruleset:
    """All rules of one court's rule set, sorted by id and date. `written` is its `ruleset.yaml` as a plain tree."""

    name: str
    title: Translated
    source: Translated
    from_date: date
    to_date: date | None
    superseded_by: Successor | None
    gallery: Mapping[Proceeding, bool]
    terms: Mapping[str, Translated]
    rules: tuple[Rule, ...]
    written: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def version(self) -> str:
        """`name@date`, the date being the first on which it was in force."""
        return f"{self.name}@{self.from_date.isoformat()}"

    @cached_property
    def sha256(self) -> str:
        """SHA-256 (lower-case hex) of all that the YAML files say: every rule, date, text and source.

        Comments, layout, the order of keys and rules, and the file that a rule stands in do not count.
        """
        content = {"ruleset": self.written, "rules": [rule.written for rule in self.rules]}
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_json(self, on: date) -> dict[str, Any]:
        """The rule set with the rules in force on `on`, as plain data: what the YAML says, version and digest."""
        rules = [rule for kind in PROCEEDINGS for rule in self.rules_on(on, kind)]
        return {
            **self.written,
            "version": self.version,
            "sha256": self.sha256,
            "on": on.isoformat(),
            "rules": [rule.written for rule in rules],
        }

    def require_in_force(self, on: date) -> None:
        """Raise RulesetError where this rule set did not apply on `on`."""
        if on < self.from_date or (self.to_date is not None and on > self.to_date):
            span = f"{self.from_date} to {self.to_date}" if self.to_date else f"{self.from_date} or later"
            raise ruleset_error(self.name, f"not in force on {on}", (span,))

    def rules_on(self, on: date, proceeding: Proceeding) -> tuple[Rule, ...]:
        """The rules for such a proceeding that were in force on `on`."""
        return tuple(rule for rule in self.rules if rule.proceeding == proceeding and rule.in_force(on))

    def agenda(self, on: date, proceeding: Proceeding) -> Agenda:
        """The same rules in the order of their deciding."""
        key = (bisect_right(self._changes, on), proceeding)
        found = self._agendas.get(key)
        if found is None:
            rules = self.rules_on(on, proceeding)
            found = self._agendas[key] = Agenda(
                _by_subject([rule for rule in rules if not rule.when.deferred]),
                _by_subject([rule for rule in rules if rule.when.deferred]),
            )
        return found

    def rule(self, rule_id: str, on: date) -> Rule:
        """The rule of that id as it stood on `on`; raises RulesetError where there is none."""
        for rule in self.rules:
            if rule.id == rule_id and rule.in_force(on):
                return rule
        raise ruleset_error(self.name, f"has no rule `{rule_id}` on {on}")

    @cached_property
    def _changes(self) -> list[date]:
        """The days on which the rules in force change: between two of them, one agenda holds."""
        ends = {
            rule.to_date + timedelta(days=1)
            for rule in self.rules
            if rule.to_date is not None and rule.to_date < date.max
        }
        return sorted({rule.from_date for rule in self.rules} | ends)

    @cached_property
    def _agendas(self) -> dict[tuple[int, Proceeding], Agenda]:
        return {}


def _by_subject(rules: Sequence[Rule]) -> Mapping[About, tuple[Rule, ...]]:
    grouped = {about: tuple(rule for rule in rules if rule.about == about) for about in ABOUT}
    return {about: own for about, own in grouped.items() if own}


def ruleset_error(source: str, message: str, allowed: tuple[str, ...] = ()) -> RulesetError:
    """A RulesetError of one problem."""
    return RulesetError(source, [Problem("", message, allowed)])
