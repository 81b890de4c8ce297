"""The hash chain of a stream of events. Pure.

An entry's hash is the SHA-256 of its RFC 8785 canonical JSON, which holds the hash of the entry before it. Changing,
taking out or inserting an entry therefore changes every later hash. What the chain alone cannot show is entries cut
off at the end; the signed heads in the recording's manifest show that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785

GENESIS = "0" * 64
"""``prev_hash`` of the first event of a stream."""


class UnstorableEvent(ValueError):
    """The event cannot be written as canonical JSON, or lacks what every event has."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append. ``at`` is ISO 8601 with an offset; ``actor`` and ``data`` are JSON objects."""

    id: str
    type: str
    at: str
    actor: dict[str, Any]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event of the record. ``version`` counts from 1 within ``stream``; hashes are lower-case hex."""

    stream: str
    version: int
    id: str
    type: str
    at: str
    actor: dict[str, Any]
    data: dict[str, Any]
    prev_hash: str
    hash: str


def canonical(value: dict[str, Any]) -> str:
    """``value`` as RFC 8785 canonical JSON. Raises :class:`UnstorableEvent` for what JSON cannot hold exactly."""
    try:
        return rfc8785.dumps(value).decode("utf-8")
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise UnstorableEvent(f"not writable as canonical JSON (RFC 8785): {error}") from error


def entry_hash(
    stream: str,
    version: int,
    event: NewEvent | StoredEvent,
    prev_hash: str,
) -> str:
    """The hash of ``event`` at this place of the chain."""
    entry = {
        "stream": stream,
        "version": version,
        "id": event.id,
        "type": event.type,
        "at": event.at,
        "actor": event.actor,
        "data": event.data,
        "prev_hash": prev_hash,
    }
    return hashlib.sha256(canonical(entry).encode("utf-8")).hexdigest()


def link(stream: str, version: int, prev_hash: str, events: Sequence[NewEvent]) -> list[StoredEvent]:
    """The entries that follow an entry with number ``version`` and hash ``prev_hash`` (0 and GENESIS: none)."""
    entries = []
    for event in events:
        version += 1
        for field in ("id", "type", "at"):
            if not getattr(event, field):
                raise UnstorableEvent(f"event {version} of {stream} has an empty {field}")
        digest = entry_hash(stream, version, event, prev_hash)
        entries.append(
            StoredEvent(
                stream, version, event.id, event.type, event.at, event.actor, event.data, prev_hash, digest
            )
        )
        prev_hash = digest
    return entries


def first_bad_version(stream: str, events: Iterable[StoredEvent]) -> int | None:
    """The number of the first entry that is not what the chain says, or None where all of them are."""
    prev_hash = GENESIS
    for expected, event in enumerate(events, start=1):
        if event.version != expected or event.stream != stream or event.prev_hash != prev_hash:
            return expected
        try:
            digest = entry_hash(stream, expected, event, prev_hash)
        except UnstorableEvent:
            return expected
        if digest != event.hash:
            return expected
        prev_hash = digest
    return None
