"""What waits for the judge in a hearing: grounds that await a ruling, and what came late and is only to be noted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from room_server.domain.fact_words import fact_in_words, ground_in_words
from room_server.domain.facts import answers, is_open, standing_ruling, subject_of
from room_server.domain.model import Assertion, Hearing
from room_server.domain.phases import ENDED
from room_server.domain.positions import Stated, current_stage
from room_server.domain.words import BiText

_GROUNDS = {"objects": "objection", "retracts": "retraction"}


@dataclass(frozen=True, slots=True)
class Asserted:
    """A statement that a matter rests on: `words` without its reasons, `reasons` beside them (may be empty)."""

    words: BiText
    reasons: str
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class Matter:
    """`ground`: what is to be ruled on; None for what the table decided by itself and the judge is only told.

    `late`: stated after the deadline or the opening. `after_opening`: it came up while the room was open.
    """

    ground: str | None
    words: BiText
    statements: tuple[Asserted, ...]
    since: datetime
    late: bool
    after_opening: bool


def awaiting(hearing: Hearing) -> tuple[Matter, ...]:
    """The grounds that await a ruling under the stored determination, by the time they came up."""
    stored = hearing.determination
    if stored is None or hearing.phase in ENDED:
        return ()
    found = []
    for ground in stored.awaiting:
        statements = _open_statements(hearing, ground)
        if statements:
            since = min(one.assertion.at for one in statements)
        else:
            since = hearing.case_type_since if ground == "case_type" else stored.at
        found.append(_matter(hearing, ground, ground_in_words(hearing, ground), statements, since))
    return tuple(sorted(found, key=lambda one: one.since))


def to_note(hearing: Hearing) -> tuple[Matter, ...]:
    """Late objections and retractions on which the table asks for no ruling: what comes late is shown to the judge
    all the same (OLR 5(2)). What was ruled on is not among them."""
    if hearing.phase in ENDED or hearing.kind == "mediation":
        return ()
    awaited = () if hearing.determination is None else hearing.determination.awaiting
    found: dict[str, Matter] = {}
    for (key, stage), history in Stated.of(hearing).history.items():
        latest = history[-1]
        if key.partition(":")[0] not in ("position", "agent_position"):
            continue
        if stage != current_stage(hearing) or not latest.late or not is_open(key, latest.value):
            continue
        ground = f"{_GROUNDS[latest.value['position']]}:{subject_of(key)}"
        if ground in awaited or ground in found or standing_ruling(hearing, ground) is not None:
            continue
        statements = tuple(one for one in _open_statements(hearing, ground) if one.assertion.late)
        since = min(one.assertion.at for one in statements)
        matter = _matter(hearing, ground, ground_in_words(hearing, ground), statements, since)
        found[ground] = replace(matter, ground=None)
    return tuple(sorted(found.values(), key=lambda one: one.since))


def _open_statements(hearing: Hearing, ground: str) -> tuple[Asserted, ...]:
    stated = Stated.of(hearing)
    stage = current_stage(hearing)
    latest = [
        history[-1]
        for (key, of_stage), history in stated.history.items()
        if of_stage in (None, stage) and answers(ground, key) and is_open(key, history[-1].value)
    ]
    return tuple(_asserted(hearing, one) for one in sorted(latest, key=lambda one: one.at))


def _asserted(hearing: Hearing, stated: Assertion) -> Asserted:
    if isinstance(stated.value, dict) and "position" in stated.value:
        words = fact_in_words(hearing, stated.key, {**stated.value, "reasons": ""})
        return Asserted(words, str(stated.value.get("reasons") or "").strip(), stated)
    return Asserted(fact_in_words(hearing, stated.key, stated.value), stated.note.strip(), stated)


def _matter(
    hearing: Hearing, ground: str, words: BiText, statements: tuple[Asserted, ...], since: datetime
) -> Matter:
    return Matter(
        ground=ground,
        words=words,
        statements=statements,
        since=since,
        late=any(one.assertion.late for one in statements),
        after_opening=hearing.opened_at is not None and since >= hearing.opened_at,
    )
