"""The manifest: a chain of entries, each bound to the one before it. Pure.

An entry is `{"at", "data", "hash", "kind", "previous", "sequence"}`, one line of RFC 8785 canonical JSON. `hash` is the
SHA-256 of a domain word and the canonical entry without `hash`; `previous` is the hash of the entry before, 64 zeros at
the start. Kind `head` carries an Ed25519 signature over (sequence, hash) of the entry before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from recording.model import JsonObject, RecordingError, wall_from_iso

FORMAT: Final = "yunting-recording/1"
MANIFEST_NAME: Final = "manifest.jsonl"
HEAD_NAME: Final = "HEAD"
SEGMENT_FOLDER: Final = "segments"
ALGORITHMS: Final = {"canonical": "RFC 8785", "hash": "SHA-256", "signature": "Ed25519"}
GENESIS: Final = "0" * 64
KINDS: Final = frozenset(
    (
        "opened",
        "participant",
        "track",
        "track_ended",
        "segment",
        "segment_unreadable",
        "event",
        "phase",
        "gap",
        "server_lost",
        "head",
        "closed",
    )
)

_ENTRY_DOMAIN: Final = b"yunting recording entry v1\n"
_HEAD_DOMAIN: Final = b"yunting recording head v1\n"
_DERIVATIVE_DOMAIN: Final = b"yunting recording derivative v1\n"
_FIELDS: Final = {"at", "data", "hash", "kind", "previous", "sequence"}


class ManifestError(RecordingError):
    """An entry does not fit the chain. `sequence` is the position at which it was noticed."""

    def __init__(self, sequence: int, message: str) -> None:
        super().__init__(message)
        self.sequence = sequence


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest."""

    sequence: int
    at: str
    kind: str
    data: JsonObject
    previous: str
    hash: str

    def line(self) -> bytes:
        """The entry as it stands in the file, with its newline."""
        return canonical({**_unhashed(self), "hash": self.hash}) + b"\n"


def canonical(value: Any) -> bytes:
    """RFC 8785 JSON. Raises RecordingError for what JSON cannot carry exactly."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError) as error:
        raise RecordingError(f"cannot be written as canonical JSON (RFC 8785): {error}") from error


def follow(previous: Entry | None, kind: str, at: str, data: JsonObject) -> Entry:
    """The entry that comes after `previous` (None at the start)."""
    if kind not in KINDS:
        raise RecordingError(f"{kind!r} is not a kind of entry; allowed: {', '.join(sorted(KINDS))}")
    sequence = 0 if previous is None else previous.sequence + 1
    draft = Entry(sequence, at, kind, data, GENESIS if previous is None else previous.hash, "")
    return Entry(sequence, at, kind, data, draft.previous, entry_hash(draft))


def _unhashed(entry: Entry) -> JsonObject:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "kind": entry.kind,
        "data": entry.data,
        "previous": entry.previous,
    }


def entry_hash(entry: Entry) -> str:
    """Lower-case hexadecimal SHA-256 of the entry without its hash."""
    return hashlib.sha256(_ENTRY_DOMAIN + canonical(_unhashed(entry))).hexdigest()


def head_message(sequence: int, hash_hex: str) -> bytes:
    """The bytes that a head's signature covers."""
    return _HEAD_DOMAIN + sequence.to_bytes(8, "big") + bytes.fromhex(hash_hex)


def derivative_message(statement: JsonObject) -> bytes:
    """The bytes that the signature of a composed file's statement covers (the statement without `signature`)."""
    return _DERIVATIVE_DOMAIN + canonical({k: v for k, v in statement.items() if k != "signature"})


def read_entry(line: bytes, sequence: int) -> Entry:
    """One line, without its newline, expected at `sequence`. Raises ManifestError."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ManifestError(sequence, f"line {sequence + 1} is not JSON") from error
    if not isinstance(value, dict) or set(value) != _FIELDS:
        raise ManifestError(
            sequence, f"line {sequence + 1} does not have the fields {', '.join(sorted(_FIELDS))}"
        )
    texts = ("at", "kind", "previous", "hash")
    if not all(isinstance(value[name], str) for name in texts) or not isinstance(value["data"], dict):
        raise ManifestError(sequence, f"line {sequence + 1} has a field of the wrong type")
    if type(value["sequence"]) is not int:
        raise ManifestError(sequence, f"line {sequence + 1} has no whole number as its sequence")
    entry = Entry(
        value["sequence"], value["at"], value["kind"], value["data"], value["previous"], value["hash"]
    )
    try:
        exact = entry.line() == line + b"\n"
    except RecordingError:
        exact = False
    if not exact:
        raise ManifestError(sequence, f"line {sequence + 1} is not in canonical form")
    return entry


def check_link(previous: Entry | None, entry: Entry) -> None:
    """Raise ManifestError when `entry` cannot come right after `previous`."""
    expected = 0 if previous is None else previous.sequence + 1
    if entry.sequence != expected:
        raise ManifestError(expected, f"entry {entry.sequence} stands where entry {expected} should be")
    if entry.previous != (GENESIS if previous is None else previous.hash):
        raise ManifestError(expected, f"entry {expected} does not follow from the entry before it")
    if entry.hash != entry_hash(entry):
        raise ManifestError(expected, f"entry {expected} ({entry.kind}) was changed: its hash does not fit")
    if entry.kind not in KINDS:
        raise ManifestError(expected, f"entry {expected} has the unknown kind {entry.kind!r}")
    if (entry.kind == "opened") != (expected == 0):
        raise ManifestError(expected, "the entry 'opened' must be the first, and only the first")
    try:
        wall_from_iso(entry.at)
    except RecordingError as error:
        raise ManifestError(expected, f"entry {expected}: {error}") from error


def read_chain(lines: Iterable[bytes]) -> list[Entry]:
    """All entries, each checked against the one before. Raises ManifestError at the first that does not fit."""
    entries: list[Entry] = []
    previous: Entry | None = None
    for sequence, line in enumerate(lines):
        entry = read_entry(line, sequence)
        check_link(previous, entry)
        entries.append(entry)
        previous = entry
    return entries
