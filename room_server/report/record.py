"""The eligibility record of one proceeding with its hash chain, and that record as one JSON document for the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eligibility import RulesetError, ruleset_of_version
from room_server.domain.eligibility_history import Entry, history
from room_server.domain.event_data import from_data
from room_server.domain.hearing import replay
from room_server.domain.model import Hearing, Ruling
from room_server.errors import RecordUnreadable
from room_server.store.chain import GENESIS, StoredEvent, first_bad_version

SCHEMA = "yunting-eligibility-record/1"


@dataclass(frozen=True, slots=True)
class EligibilityRecord:
    """What was stored of a proceeding, read and checked. `first_bad`: the first entry that the chain does not bear
    out, None where it holds. `hearing` and `entries` go as far as the record can be read. `signed`: by the sequence of
    each ruling whether its signature holds; None for one from before rulings were signed."""

    hearing: Hearing
    entries: tuple[Entry, ...]
    stored: tuple[StoredEvent, ...]
    first_bad: int | None
    signed: Mapping[int, bool | None]

    @property
    def version(self) -> int:
        return len(self.stored)

    @property
    def head(self) -> str:
        """The hash of the last entry of the whole stream, lower-case hexadecimal SHA-256."""
        return self.stored[-1].hash

    @property
    def determinations(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.kind == "determination")


def record_of(
    stored: Sequence[StoredEvent], signed: Callable[[Hearing, Ruling], bool | None]
) -> EligibilityRecord:
    """Read a whole stream; `signed` checks a ruling's signature. Where an entry was tampered with so that it cannot be read, those before it are given.

    Raises `RecordUnreadable` where the chain holds and an entry can all the same not be read, ValueError for no entry.
    """
    if not stored:
        raise ValueError("a proceeding without an entry has no record")
    first_bad = first_bad_version(stored[0].stream, stored)
    try:
        hearing, entries = _read(stored)
    except RecordUnreadable:
        if first_bad is None or first_bad == 1:
            raise
        hearing, entries = _read(stored[: first_bad - 1])
    rulings = [entry.sequence for entry in entries if entry.kind == "ruling"]
    checked = {
        sequence: signed(hearing, ruling) for sequence, ruling in zip(rulings, hearing.rulings, strict=True)
    }
    return EligibilityRecord(hearing, entries, tuple(stored), first_bad, checked)


def _read(stored: Sequence[StoredEvent]) -> tuple[Hearing, tuple[Entry, ...]]:
    events = [
        (one.version, one.id, datetime.fromisoformat(one.at), from_data(one.type, one.data), one.hash)
        for one in stored
    ]
    hearing = replay((event, at) for _, _, at, event, _ in events)
    assert hearing is not None
    return hearing, tuple(history(events))


def to_json(record: EligibilityRecord, court: dict[str, str], generated_at: datetime) -> dict[str, Any]:
    """The record for the file. Two of the same version differ in `generated_at` only.

    Each entry has, beside what it says in words, the stored event itself (`stored`), from which its hash can be worked
    out again: SHA-256 of the RFC 8785 JSON of stream, version, id, type, at, actor, data and prev_hash. Entries that
    have nothing to do with eligibility are not in it, so the hashes of the whole chain are given as a list.
    """
    events = {one.version: one for one in record.stored}
    hearing = record.hearing
    return {
        "schema": SCHEMA,
        "generated_at": generated_at.isoformat(),
        "court": court,
        "proceeding": {
            "id": hearing.id,
            "kind": hearing.kind,
            "case_number": hearing.case_number,
            "title": hearing.title,
            "cause": hearing.cause,
            "case_type": hearing.case_type,
            "stage": hearing.stage,
            "phase": hearing.phase,
        },
        "version": record.version,
        "chain": {
            "algorithm": "SHA-256 over RFC 8785 JSON",
            "genesis": GENESIS,
            "head": record.head,
            "verified": record.first_bad is None,
            "first_problem": record.first_bad,
            "hashes": [one.hash for one in record.stored],
        },
        "rulesets": _rulesets(record),
        "entries": [_entry(record, entry, events[entry.sequence]) for entry in record.entries],
    }


def _entry(record: EligibilityRecord, entry: Entry, event: StoredEvent) -> dict[str, Any]:
    document = {**entry.to_json(), "stored": _stored(event)}
    if entry.kind == "ruling":
        document["signature_holds"] = record.signed[entry.sequence]
    return document


def _stored(event: StoredEvent) -> dict[str, Any]:
    return {
        "stream": event.stream,
        "version": event.version,
        "id": event.id,
        "type": event.type,
        "at": event.at,
        "actor": event.actor,
        "data": event.data,
        "prev_hash": event.prev_hash,
    }


def _rulesets(record: EligibilityRecord) -> list[dict[str, Any]]:
    """Each version that decided something here, with the digest that was stored with it and its title if it is here."""
    used = {(entry.detail["ruleset"], entry.detail["ruleset_sha256"]) for entry in record.determinations}
    return [
        {"version": version, "sha256": sha256 or None, "title": title_of(version, sha256)}
        for version, sha256 in sorted(used)
    ]


def title_of(version: str, sha256: str = "") -> dict[str, str] | None:
    """The title of a rule set's version, or None where it (or its content of then) is not here any more."""
    try:
        return ruleset_of_version(version, sha256 or None).title.to_json()
    except RulesetError:
        return None
