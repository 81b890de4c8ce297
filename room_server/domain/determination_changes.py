"""Determinations in the words of a proceeding, and what changed from one to the next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from room_server.domain.fact_words import ground_in_words
from room_server.domain.model import Hearing
from room_server.domain.opening import named

Finding = Mapping[str, Any]


def names_of(hearing: Hearing, ids: Iterable[str]) -> list[dict[str, Any]]:
    """`[{"id", "name", "role", "side"}]`; an id that is nobody here stands for itself."""
    found = []
    for one in ids:
        person = hearing.participants.get(one)
        found.append(
            {"id": one, "name": one, "role": None, "side": None}
            if person is None
            else {"id": one, "name": person.name, "role": person.role, "side": person.side}
        )
    return found


def grounds_in_words(hearing: Hearing, grounds: Iterable[str]) -> list[dict[str, Any]]:
    """`[{"ground", "text": {"zh", "en"}}]`."""
    return [
        {"ground": ground, "text": dict(zip(("zh", "en"), ground_in_words(hearing, ground), strict=True))}
        for ground in grounds
    ]


def findings_in_words(hearing: Hearing, findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as a determination stores them, with names for ids in the text and `who` it is about, if anybody."""
    return [
        {
            "rule": found["rule"],
            "about": found["about"],
            "who": names_of(hearing, [found["about"]])[0] if found["about"] in hearing.participants else None,
            "outcome": found["outcome"],
            "citation": found["citation"],
            "text": {lang: named(hearing, text) for lang, text in found["text"].items()},
        }
        for found in findings
    ]


def changes(hearing: Hearing, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What one determination says other than the one before it; both as `Determination.to_json()`.

    `{"same", "outcome", "final", "gallery", "ruleset", "facts" (changed or not), "in_person", "awaiting", "findings"}`:
    of the single values `{"from", "to"}` or None where equal, of the lists `{"added", "removed"}`, of the findings also
    `"moved"` `[{…finding, "from"}]`, those whose outcome is another.
    """
    ours, theirs = _by_rule(before["findings"]), _by_rule(after["findings"])
    moved = [
        {**findings_in_words(hearing, [found])[0], "from": ours[key]["outcome"]}
        for key, found in theirs.items()
        if key in ours and ours[key]["outcome"] != found["outcome"]
    ]
    found = {
        **{name: _moved(before[name], after[name]) for name in ("outcome", "final", "gallery", "ruleset")},
        "facts": before["facts_sha256"] != after["facts_sha256"],
        "in_person": {
            "added": names_of(hearing, _more(before["in_person"], after["in_person"])),
            "removed": names_of(hearing, _more(after["in_person"], before["in_person"])),
        },
        "awaiting": {
            "added": grounds_in_words(hearing, _more(before["awaiting"], after["awaiting"])),
            "removed": grounds_in_words(hearing, _more(after["awaiting"], before["awaiting"])),
        },
        "findings": {
            "added": findings_in_words(hearing, [one for key, one in theirs.items() if key not in ours]),
            "removed": findings_in_words(hearing, [one for key, one in ours.items() if key not in theirs]),
            "moved": moved,
        },
    }
    lists = (found["in_person"], found["awaiting"], found["findings"])
    same = not any(found[name] for name in ("outcome", "final", "gallery", "ruleset"))
    return {"same": same and not any(part for one in lists for part in one.values()), **found}


def _by_rule(findings: Iterable[Finding]) -> dict[tuple[str, str], Finding]:
    return {(found["rule"], found["about"]): found for found in findings}


def _moved(before: Any, after: Any) -> dict[str, Any] | None:
    return None if before == after else {"from": before, "to": after}


def _more(before: Iterable[str], after: Iterable[str]) -> list[str]:
    had = set(before)
    return [one for one in after if one not in had]
