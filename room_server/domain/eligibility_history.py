"""The record of a proceeding's eligibility: what of its log belongs to it, one entry each, for reader and file. Pure.

Whoever was named in an entry is named as at that time; nothing that was stored is left out because something later
replaced it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from room_server.domain import events as e
from room_server.domain.determination_changes import changes, findings_in_words, grounds_in_words, names_of
from room_server.domain.evolution import evolve
from room_server.domain.fact_words import fact_in_words, ground_in_words
from room_server.domain.model import Actor, Assertion, Hearing, Participant, Ruling
from room_server.domain.phases import LIVE
from room_server.domain.record import describe
from room_server.domain.words import BiText

EntryKind = Literal[
    "drafted",
    "file_changed",
    "statement",
    "deadline",
    "reminder",
    "deadline_passed",
    "equipment",
    "determination",
    "ruling",
    "phase",
    "opened",
    "steps_confirmed",
    "at_court",
    "assignment",
    "disclosure",
    "disclosure_answer",
]
EntryGroup = Literal["statements", "determinations", "rulings", "course"]
KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
_GROUPS: dict[EntryKind, EntryGroup] = {
    "statement": "statements",
    "equipment": "statements",
    "assignment": "statements",
    "disclosure": "statements",
    "disclosure_answer": "statements",
    "determination": "determinations",
    "opened": "determinations",
    "ruling": "rulings",
}
_KIND_OF: dict[type[e.Event], EntryKind] = {
    e.HearingDrafted: "drafted",
    e.HearingChanged: "file_changed",
    e.FactAsserted: "statement",
    e.DeadlineSet: "deadline",
    e.ReminderGiven: "reminder",
    e.DeadlinePassed: "deadline_passed",
    e.EquipmentRecorded: "equipment",
    e.DeterminationMade: "determination",
    e.RulingMade: "ruling",
    e.PhaseChanged: "phase",
    e.SessionOpened: "opened",
    e.StepsConfirmed: "steps_confirmed",
    e.PresenceAtCourtNoted: "at_court",
    e.AssignmentAnswered: "assignment",
    e.ConflictDisclosed: "disclosure",
    e.DisclosureAnswered: "disclosure_answer",
}
PHASES_OF_THE_GATE: frozenset[str] = frozenset(
    {
        "checking",
        "eligible",
        "hybrid",
        "blocked",
        "awaiting_ruling",
        "scheduled",
        "in_camera",
        "court_mediation",
        "adjourned",
        "converted_offline",
        "terminated",
        "cancelled",
    }
)
"""Phases whose beginning says something about whether, and before whom, the proceeding may go on online."""
_FILE = ("case_number", "title", "case_type", "stage", "scheduled_at")
_STATEMENT_SOURCES: dict[str, str] = {
    "closed": "V; OLR 21(5); OLR 27",
    "need": "V; OLR 21(3)",
    "complexity": "V; OLR 21(4)",
    "social_impact": "V; OLR 21(6)",
    "capability": "V; OLR 21(2)",
    "served_by": "OLR 23",
    "witness_objection": "OLR 26",
}
_POSITION_SOURCES: dict[str, str] = {
    "consents": "OLR 4(1)",
    "chose_online": "OLR 4(1)",
    "objects": "V; OLR 21(1)",
    "retracts": "OLR 5(2)",
}
_SOURCES: dict[EntryKind, str] = {
    "equipment": "V; OLR 21(2)",
    "steps_confirmed": "OLR 21 para 2",
    "at_court": "OLR 7",
    "disclosure": "OMR 13",
    "disclosure_answer": "OMR 14",
}
_PHASE_SOURCES: dict[str, str] = {
    "in_camera": "OLR 27",
    "converted_offline": "OLR 21 para 2",
    "terminated": "OMR 15",
}


class Recorded(NamedTuple):
    """One stored event of the proceeding: its number in the stream, its id, time, and the hash of its entry."""

    sequence: int
    id: str
    at: datetime
    event: e.Event
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record. `citations`: the articles it rests on. `detail`: JSON, its shape goes by `kind`:

    `statement` {assertion, key, subject, value, fact, reasons, asserted_by, how, note, entered_by, late,
    after_opening, replaces, replaced_by} · `determination` {id, outcome, final, ruleset, ruleset_sha256, on,
    facts_sha256, gallery, in_person, awaiting, findings, superseded_by, observers_out, changes} · `ruling` {id,
    ground, about, held, reasons, article, by, role, facts_sha256, during, ruleset, signature, supersedes, superseded_by} ·
    `phase` and `opened` {from, to, reason, determination}; `replaces`, `replaced_by` and `supersedes` are sequences.
    """

    sequence: int
    id: str
    at: datetime
    kind: EntryKind
    actor: Actor
    role: str
    """What the actor is in this proceeding; at the desk, the role of the account."""
    side: str | None
    text: BiText
    citations: tuple[str, ...]
    detail: Mapping[str, Any]
    hash: str

    @property
    def group(self) -> EntryGroup:
        return _GROUPS.get(self.kind, "course")

    def to_json(self) -> dict[str, Any]:
        """Plain data; `at` is ISO 8601 with offset."""
        return {
            "sequence": self.sequence,
            "id": self.id,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "group": self.group,
            "actor": {"kind": self.actor.kind, "name": self.actor.name, "role": self.role, "side": self.side},
            "text": {"zh": self.text[0], "en": self.text[1]},
            "citations": list(self.citations),
            "detail": dict(self.detail),
            "hash": self.hash,
        }


@dataclass(slots=True)
class _Before:
    """What the entries so far say, as far as later ones refer to it."""

    statements: dict[tuple[str, str | None], int] = field(default_factory=dict)
    """By key, and for a position by its stage as well: one for another stage stands beside it."""
    rulings: dict[str, int] = field(default_factory=dict)
    determination: Mapping[str, Any] | None = None
    trouble: set[str] = field(default_factory=set)
    people: dict[str, Participant] = field(default_factory=dict)
    """Everybody who was ever named: a later entry may be about somebody who is no longer."""
    overtaken: dict[int, int] = field(default_factory=dict)
    """Sequence of a statement or ruling -> the one that took its place."""


def history(events: Iterable[tuple[int, str, datetime, e.Event, str]]) -> list[Entry]:
    """Every entry of the eligibility record, in the order of the stream.

    `events` is the whole stream of one proceeding from its first event: (sequence, id, at, event, hash). Raises
    `RecordUnreadable` where one of them cannot follow on the others.
    """
    hearing: Hearing | None = None
    before = _Before()
    entries: list[Entry] = []
    for one in map(Recorded._make, events):
        earlier, hearing = hearing, evolve(hearing, one.event, one.at)
        if _belongs(one.event, before):
            entries.append(_entry(one, earlier or hearing, hearing, before))
    return [_with_successor(entry, before.overtaken) for entry in entries]


def _belongs(event: e.Event, before: _Before) -> bool:
    if isinstance(event, e.HearingChanged):
        return event.participants is not None or any(getattr(event, name) is not None for name in _FILE)
    if isinstance(event, e.PhaseChanged):
        return event.phase_to in PHASES_OF_THE_GATE
    if isinstance(event, e.EquipmentRecorded):
        # A test that passed matters where an earlier one had failed.
        return event.result == "problem" or event.participant_id in before.trouble
    return type(event) in _KIND_OF


def _entry(one: Recorded, earlier: Hearing, hearing: Hearing, before: _Before) -> Entry:
    kind = _KIND_OF[type(one.event)]
    before.people |= hearing.participants
    hearing = replace(hearing, participants=dict(before.people))
    detail = _detail(one, earlier, hearing, before)
    return Entry(
        sequence=one.sequence,
        id=one.id,
        at=one.at,
        kind=kind,
        actor=one.event.by,
        role=_role(one.event.by, hearing),
        side=_side(one.event.by, hearing),
        text=describe(one.event, hearing),
        citations=_citations(kind, one.event, detail),
        detail=detail,
        hash=one.hash,
    )


def _with_successor(entry: Entry, overtaken: Mapping[int, int]) -> Entry:
    if entry.kind not in ("statement", "ruling"):
        return entry
    key = "replaced_by" if entry.kind == "statement" else "superseded_by"
    return replace(entry, detail={**entry.detail, key: overtaken.get(entry.sequence)})


def _role(actor: Actor, hearing: Hearing) -> str:
    person = hearing.participants.get(actor.id) or hearing.of_account(actor.id)
    return person.role if person is not None else actor.role


def _side(actor: Actor, hearing: Hearing) -> str | None:
    person = hearing.participants.get(actor.id)
    return None if person is None else person.side


def _citations(kind: EntryKind, event: e.Event, detail: Mapping[str, Any]) -> tuple[str, ...]:
    if isinstance(event, e.DeterminationMade):
        return tuple(dict.fromkeys(found["citation"] for found in detail["findings"]))
    if isinstance(event, e.RulingMade):
        return (event.ruling.article,) if event.ruling.article else ()
    if isinstance(event, e.FactAsserted):
        source = _statement_source(event.assertion)
    elif isinstance(event, e.PhaseChanged):
        source = _PHASE_SOURCES.get(event.phase_to)
    else:
        source = _SOURCES.get(kind)
    return () if source is None else (source,)


def _statement_source(stated: Assertion) -> str | None:
    kind = stated.key.partition(":")[0]
    if kind not in ("position", "agent_position") or not isinstance(stated.value, Mapping):
        return _STATEMENT_SOURCES.get(kind)
    if stated.value.get("stage") == "mediation":
        return "OMR 15"
    return _POSITION_SOURCES.get(str(stated.value.get("position")))


# ── what each kind holds ───────────────────────────────────────────────────────────────────────────────────────


def _detail(one: Recorded, earlier: Hearing, hearing: Hearing, before: _Before) -> dict[str, Any]:
    event = one.event
    if isinstance(event, e.FactAsserted):
        return _statement(one.sequence, event.assertion, earlier, hearing, before)
    if isinstance(event, e.DeterminationMade):
        return _determination(event, earlier, hearing, before)
    if isinstance(event, e.RulingMade):
        return _ruling(one.sequence, event.ruling, hearing, before)
    if isinstance(event, e.HearingDrafted | e.HearingChanged):
        return _file(event)
    if isinstance(event, e.PhaseChanged):
        return {"from": event.phase_from, "to": event.phase_to, "reason": event.reason}
    if isinstance(event, e.SessionOpened):
        return {
            "from": earlier.phase,
            "to": "in_session",
            "reason": None,
            "determination": event.determination_id,
            "facts_sha256": event.facts_sha256,
        }
    return _other(event, hearing, before)


def _other(event: e.Event, hearing: Hearing, before: _Before) -> dict[str, Any]:
    if isinstance(event, e.DeadlineSet):
        return {"due_at": event.due_at.isoformat()}
    if isinstance(event, e.ReminderGiven):
        return {"hours_before": event.hours_before, "to": names_of(hearing, event.participant_ids)}
    if isinstance(event, e.DeadlinePassed):
        return {"silent": names_of(hearing, event.silent)}
    if isinstance(event, e.EquipmentRecorded):
        (before.trouble.add if event.result == "problem" else before.trouble.discard)(event.participant_id)
        tested = {name: getattr(event, name) for name in ("camera", "microphone", "speaker", "network")}
        who = names_of(hearing, (event.participant_id,))[0]
        return {"who": who, "result": event.result, "browser": event.browser, **tested}
    if isinstance(event, e.StepsConfirmed):
        steps = [{"zh": one.zh, "en": one.en, "at": one.at and one.at.isoformat()} for one in event.steps]
        return {"steps": steps}
    if isinstance(event, e.PresenceAtCourtNoted):
        who = names_of(hearing, (event.participant_id,))[0]
        return {"who": who, "present": event.present, "method": event.method, "note": event.note}
    if isinstance(event, e.AssignmentAnswered):
        return {"accepted": event.accepted, "reason": event.reason}
    if isinstance(event, e.ConflictDisclosed):
        return {"conflict": event.conflict}
    if isinstance(event, e.DisclosureAnswered):
        who = names_of(hearing, (event.participant_id,))[0]
        return {"who": who, "accepts": event.accepts}
    return {}


def _file(event: e.HearingDrafted | e.HearingChanged) -> dict[str, Any]:
    given = {name: getattr(event, name) for name in _FILE if getattr(event, name) is not None}
    if "scheduled_at" in given:
        given["scheduled_at"] = given["scheduled_at"].isoformat()
    if event.participants is not None:
        given["participants"] = [
            {"id": one.id, "name": one.name, "role": one.role, "side": one.side} for one in event.participants
        ]
    if isinstance(event, e.HearingChanged) and event.taken_off:
        given |= {"taken_off": list(event.taken_off), "reason": event.reason}
    if isinstance(event, e.HearingDrafted):
        given |= {"proceeding": event.kind, "ruleset": event.ruleset}
    return given


def _statement(
    sequence: int, stated: Assertion, earlier: Hearing, hearing: Hearing, before: _Before
) -> dict[str, Any]:
    about = (stated.key, stated.stage)
    replaces = before.statements.get(about)
    if replaces is not None:
        before.overtaken[replaces] = sequence
    before.statements[about] = sequence
    kind, *subjects = stated.key.split(":")
    subject = next((one for one in subjects if one in hearing.participants), None)
    fact = fact_in_words(hearing, stated.key, stated.value)
    position = kind in ("position", "agent_position") and isinstance(stated.value, Mapping)
    return {
        "assertion": stated.id,
        "key": stated.key,
        "subject": None if subject is None else names_of(hearing, (subject,))[0],
        "value": stated.value,
        "fact": {"zh": fact[0], "en": fact[1]},
        "reasons": str(stated.value.get("reasons") or "") if position else "",
        "asserted_by": stated.asserted_by,
        "how": stated.how,
        "note": stated.note,
        "entered_by": stated.entered_by.name,
        "late": stated.late,
        "after_opening": earlier.opened_at is not None and earlier.phase in LIVE,
        "replaces": replaces,
        "replaced_by": None,
    }


def _determination(
    event: e.DeterminationMade, earlier: Hearing, hearing: Hearing, before: _Before
) -> dict[str, Any]:
    document = event.document
    previous, before.determination = before.determination, document
    out = [
        key
        for key, person in earlier.participants.items()
        if person.admitted and not hearing.participants[key].admitted
    ]
    return {
        "id": event.determination_id,
        "outcome": document["outcome"],
        "final": document["final"],
        "ruleset": document["ruleset"],
        "ruleset_sha256": event.ruleset_sha256,
        "on": document["on"],
        "facts_sha256": document["facts_sha256"],
        "gallery": document["gallery"],
        "in_person": names_of(hearing, document["in_person"]),
        "awaiting": grounds_in_words(hearing, document["awaiting"]),
        "findings": findings_in_words(hearing, document["findings"]),
        "superseded_by": document.get("superseded_by"),
        "observers_out": names_of(hearing, out),
        "changes": None if previous is None else changes(hearing, previous, document),
    }


def _ruling(sequence: int, ruling: Ruling, hearing: Hearing, before: _Before) -> dict[str, Any]:
    # Early rulings do not say what they supersede: it was the one before on the same ground.
    replaced = before.rulings.get(ruling.supersedes or "", before.rulings.get(ruling.ground))
    if replaced is not None:
        before.overtaken[replaced] = sequence
    before.rulings[ruling.ground] = sequence
    if ruling.id:
        before.rulings[ruling.id] = sequence
    about = ground_in_words(hearing, ruling.ground)
    return {
        "id": ruling.id,
        "ground": ruling.ground,
        "about": {"zh": about[0], "en": about[1]},
        "held": ruling.held,
        "reasons": ruling.reasons,
        "article": ruling.article,
        "by": ruling.by.name,
        "role": _role(ruling.by, hearing),
        "facts_sha256": ruling.facts_sha256,
        "during": ruling.during,
        "ruleset": ruling.ruleset,
        "signature": None if ruling.signature is None else asdict(ruling.signature),
        "supersedes": replaced,
        "superseded_by": None,
    }
