"""What the eligibility check concludes: an outcome, and every finding that led to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

Outcome = Literal["block", "await_ruling", "hybrid", "warn", "allow"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""Strongest first."""
STRENGTH: Mapping[Outcome, int] = {outcome: len(OUTCOMES) - index for index, outcome in enumerate(OUTCOMES)}
MAY_OPEN: frozenset[Outcome] = frozenset({"hybrid", "warn", "allow"})


@dataclass(frozen=True, slots=True)
class Translated:
    """One text in English and in simplified Chinese."""

    en: str
    zh: str

    def to_json(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that applied. `about` is a party's or witness's id, a need, or `proceeding`."""

    rule: str
    about: str
    outcome: Outcome
    citation: str
    text: Translated

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "about": self.about,
            "outcome": self.outcome,
            "citation": self.citation,
            "text": self.text.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Successor:
    """The rule set that followed this one, and the date from which it was in force."""

    ruleset: str
    from_date: date

    def to_json(self) -> dict[str, str]:
        return {"ruleset": self.ruleset, "from": self.from_date.isoformat()}


@dataclass(frozen=True, slots=True)
class Determination:
    """The decision on one facts document under one rule set on one date.

    `final`: a block that no ruling lifts, only changed facts. `in_person`: ids of the parties and witnesses who attend
    at court. `awaiting`: the grounds on which a ruling is missing. `gallery`: whether the public may watch. All are
    filled whatever the outcome. `ruleset` is the version, `name@date`; `on` a date in Asia/Shanghai.
    """

    outcome: Outcome
    final: bool
    in_person: tuple[str, ...]
    awaiting: tuple[str, ...]
    gallery: bool
    findings: tuple[Finding, ...]
    ruleset: str
    on: date
    facts_sha256: str
    superseded_by: Successor | None = None

    @property
    def may_open(self) -> bool:
        """Whether the room may open: on allow, warn and hybrid."""
        return self.outcome in MAY_OPEN

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "outcome": self.outcome,
            "final": self.final,
            "in_person": list(self.in_person),
            "awaiting": list(self.awaiting),
            "gallery": self.gallery,
            "findings": [finding.to_json() for finding in self.findings],
            "ruleset": self.ruleset,
            "on": self.on.isoformat(),
            "facts_sha256": self.facts_sha256,
        }
        if self.superseded_by is not None:
            document["superseded_by"] = self.superseded_by.to_json()
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Determination:
        """A stored determination, as `to_json` gave it; raises ValueError where it is not one."""
        try:
            successor = document.get("superseded_by")
            return cls(
                outcome=_outcome(document["outcome"]),
                final=_flag(document["final"]),
                in_person=_texts(document["in_person"]),
                awaiting=_texts(document["awaiting"]),
                gallery=_flag(document["gallery"]),
                findings=tuple(_finding(found) for found in document["findings"]),
                ruleset=_text(document["ruleset"]),
                on=date.fromisoformat(document["on"]),
                facts_sha256=_text(document["facts_sha256"]),
                superseded_by=None
                if successor is None
                else Successor(_text(successor["ruleset"]), date.fromisoformat(successor["from"])),
            )
        except KeyError as failure:
            raise ValueError(f"not a determination: the key {failure} is missing") from failure
        except (TypeError, AttributeError) as failure:
            raise ValueError(f"not a determination: {failure}") from failure


def _finding(document: Mapping[str, Any]) -> Finding:
    text = document["text"]
    return Finding(
        rule=_text(document["rule"]),
        about=_text(document["about"]),
        outcome=_outcome(document["outcome"]),
        citation=_text(document["citation"]),
        text=Translated(en=_text(text["en"]), zh=_text(text["zh"])),
    )


def _outcome(value: object) -> Outcome:
    for outcome in OUTCOMES:
        if value == outcome:
            return outcome
    raise ValueError(f"not a determination: {value!r} is no outcome; allowed: {', '.join(OUTCOMES)}")


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is not a boolean")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is not a list")
    return tuple(_text(value) for value in values)
