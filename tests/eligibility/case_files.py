"""The cases a lawyer can read, `cases/*.yaml`: what each states, and the facts document it stands for.

A case says what differs from two parties who both consent to a civil trial (or, with `mediation_room`, to a mediation).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from eligibility.document import DocumentError
from eligibility.yaml_text import read_yaml

CASE_KEYS = {"case", "on", "claimant", "respondent", "facts", "rulings", "mediation_room", "expect"}
EXPECT_KEYS = {
    "outcome",
    "final",
    "in_person",
    "awaiting",
    "gallery",
    "because",
    "citation",
    "earlier",  # the citation on the last day before the rule's present version
    "not",
    "not_in_force",
}
TODAY = "2026-11-23"
RULED_AT = "2020-03-02T09:00:00+08:00"


@dataclass(frozen=True)
class Case:
    """One case. `place` is its file and line, `facts` the whole document, `expect` what each rule set makes of it."""

    place: str
    text: str
    on: date
    facts: dict[str, Any]
    expect: dict[str, dict[str, Any]]


@cache
def cases() -> tuple[Case, ...]:
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml")):
        tree, lines = read_yaml(path.read_text(encoding="utf-8"), path.name, DocumentError)
        for index, case in enumerate(tree["cases"]):
            place = f"{path.name}:{lines[('cases', index)]}"
            unknown = set(case) - CASE_KEYS
            for expected in case["expect"].values():
                unknown |= set(expected) - EXPECT_KEYS
            assert not unknown, f"{place}: nothing checks {unknown}"
            on = date.fromisoformat(case.get("on", TODAY))
            found.append(Case(place, case["case"], on, _document(case), case["expect"]))
    return tuple(found)


def _document(case: dict[str, Any]) -> dict[str, Any]:
    changes = dict(case.get("facts", {}))
    mediation = case.get("mediation_room", False)
    parties = [
        {"id": name, "side": name, "position": "consents", **case.get(name, {})}
        for name in ("claimant", "respondent")
    ]
    return {
        "proceeding": "mediation" if mediation else "hearing",
        "stage": "mediation" if mediation else "trial",
        "case_type": "civil",
        "parties": parties + changes.pop("extra_parties", []),
        "rulings": [_ruling(ground, held) for ground, held in case.get("rulings", {}).items()],
        **changes,
    }


def _ruling(ground: str, held: bool) -> dict[str, Any]:
    return {"ground": ground, "held": held, "reasons": "as argued", "by": "judge-1", "at": RULED_AT}
