"""The eligibility record and comparisons as the desk is shown them. Pure: from the domain's values to the API's bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eligibility import Comparison, Determination, Ruleset
from room_server.domain.determination_changes import findings_in_words, grounds_in_words, names_of
from room_server.domain.eligibility_history import Entry
from room_server.domain.model import Hearing
from room_server.domain.opening import named
from room_server.http import models as m
from room_server.report.record import EligibilityRecord
from signaling.messages import DeterminationView


def history_view(
    record: EligibilityRecord,
    hearing: Hearing,
    current: DeterminationView | None,
    rulesets: Iterable[Ruleset],
    today: str,
) -> m.EligibilityHistory:
    return m.EligibilityHistory.model_validate(
        {
            "hearing": hearing.id,
            "kind": hearing.kind,
            "case_number": hearing.case_number,
            "title": hearing.title,
            "current": current,
            "entries": [_entry(entry, record.signed) for entry in record.entries],
            "chain": {
                "verified": record.first_bad is None,
                "first_problem": record.first_bad,
                "entries": record.version,
                "head": record.head,
            },
            "rulesets": [_choice(ruleset) for ruleset in rulesets],
            "ruleset": hearing.ruleset,
            "today": today,
        }
    )


def _choice(ruleset: Ruleset) -> dict[str, Any]:
    successor = ruleset.superseded_by
    return {
        "name": ruleset.name,
        "version": ruleset.version,
        "title": ruleset.title.to_json(),
        "since": ruleset.from_date.isoformat(),
        "until": None if ruleset.to_date is None else ruleset.to_date.isoformat(),
        "superseded_by": None if successor is None else _successor(successor.to_json()),
    }


def _successor(stored: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if stored is None else {"ruleset": stored["ruleset"], "since": stored["from"]}


def _entry(entry: Entry, signed: Mapping[int, bool | None]) -> dict[str, Any]:
    detail = entry.detail
    parts: dict[str, Any] = dict.fromkeys(("statement", "determination", "ruling", "phase"))
    if entry.kind == "statement":
        parts["statement"] = _without(detail, "key", "subject", "value")
    elif entry.kind == "determination":
        changes = detail["changes"]
        parts["determination"] = {
            **detail,
            "superseded_by": _successor(detail["superseded_by"]),
            "changes": None if changes is None else _changes(changes),
        }
    elif entry.kind == "ruling":
        signature = detail["signature"]
        kept = _without(detail, "signature", "facts_sha256", "ruleset")
        parts["ruling"] = {
            **kept,
            "signed": signed[entry.sequence],
            "key_id": None if signature is None else signature["key_id"],
        }
    elif entry.kind in ("phase", "opened"):
        parts["phase"] = {
            "before": detail["from"],
            "after": detail["to"],
            "determination": detail.get("determination"),
        }
    return {
        "sequence": entry.sequence,
        "id": entry.id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "group": entry.group,
        "by": entry.actor.name,
        "by_kind": entry.actor.kind,
        "by_role": entry.role,
        "by_side": entry.side,
        "text": {"zh": entry.text[0], "en": entry.text[1]},
        "citations": list(entry.citations),
        "hash": entry.hash,
        **parts,
    }


def _without(detail: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name not in names}


def _changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    findings = changes["findings"]
    return {
        "same": changes["same"],
        "facts": changes["facts"],
        **{name: _move(changes[name]) for name in ("outcome", "final", "gallery", "ruleset")},
        "at_court_added": changes["in_person"]["added"],
        "at_court_removed": changes["in_person"]["removed"],
        "awaiting_added": changes["awaiting"]["added"],
        "awaiting_removed": changes["awaiting"]["removed"],
        "findings_added": findings["added"],
        "findings_removed": findings["removed"],
        "findings_moved": [{**_without(one, "from"), "before": one["from"]} for one in findings["moved"]],
    }


def _move(change: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if change is None else {"before": change["from"], "after": change["to"]}


# ── comparison ─────────────────────────────────────────────────────────────────────────────────────────────────


def comparison_view(
    hearing: Hearing, comparison: Comparison, stored: Sequence[bool], replay: m.ReplayState | None
) -> m.EligibilityComparison:
    """`stored`: for each column whether it is the answer as it was stored."""
    document = comparison.to_json()
    columns = zip(comparison.rulesets, comparison.determinations, stored, strict=True)
    return m.EligibilityComparison.model_validate(
        {
            "facts_sha256": document["facts_sha256"],
            "differs": document["differs"],
            "columns": [_column(hearing, *column) for column in columns],
            "aspects": [row.aspect for row in comparison.aspects if row.differs],
            "rows": [_row(hearing, row) for row in document["findings"]],
            "replay": replay,
        }
    )


def _column(hearing: Hearing, ruleset: Ruleset, found: Determination, stored: bool) -> dict[str, Any]:
    successor = found.superseded_by
    return {
        "stored": stored,
        "ruleset": found.ruleset,
        "title": ruleset.title.to_json(),
        "on": found.on.isoformat(),
        "ruleset_sha256": ruleset.sha256,
        "outcome": found.outcome,
        "final": found.final,
        "in_person": names_of(hearing, found.in_person),
        "awaiting": grounds_in_words(hearing, found.awaiting),
        "gallery": found.gallery,
        "superseded_by": None if successor is None else _successor(successor.to_json()),
    }


def _row(hearing: Hearing, row: Mapping[str, Any]) -> dict[str, Any]:
    about = row["about"]
    return {
        "rule": row["rule"],
        "about": about,
        "who": names_of(hearing, [about])[0] if about in hearing.participants else None,
        "fact": row["fact"],
        "cells": [None if cell is None else _cell(hearing, cell) for cell in row["cells"]],
        "differs": row["differs"],
    }


def _cell(hearing: Hearing, cell: Mapping[str, Any]) -> dict[str, Any]:
    kept = _without(cell, "from", "text")
    text = {language: named(hearing, text) for language, text in cell["text"].items()}
    return {**kept, "text": text, "since": cell["from"]}


def stored_view(hearing: Hearing, determination_id: str, document: Mapping[str, Any]) -> DeterminationView:
    """A determination as it was stored; it is not said to hold now."""
    findings = [_without(found, "who") for found in findings_in_words(hearing, document["findings"])]
    kept = {name: document[name] for name in ("outcome", "ruleset", "on", "facts_sha256")}
    return DeterminationView.model_validate(
        {"id": determination_id, "current": False, **kept, "findings": findings}
    )
