"""The offline verifier: `python -m recording.verify PATH [--key PUBLIC.pem] [--json]`.

It needs the folder and, for authenticity, the court's public record key from somewhere else than the folder. It finds:
a changed, missing or added file; a changed, removed, added or re-ordered entry, also when all hashes were computed
anew; a cut-off end, through the entry `closed` and the signed HEAD; a composed file that is not what was signed.
Exit status: 0 nothing wrong, 3 something is, 2 it cannot be checked at all.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from recording import derivative, keys
from recording.journal import read_head
from recording.manifest import (
    GENESIS,
    HEAD_NAME,
    MANIFEST_NAME,
    SEGMENT_FOLDER,
    Entry,
    ManifestError,
    check_link,
    head_message,
    read_entry,
)
from recording.model import JsonObject, RecordingError
from recording.timeline import Timeline
from recording.writer import hash_file, read_segment_path

_FILE_KINDS = ("segment", "segment_unreadable")


@dataclass(slots=True)
class VerificationReport:
    """What was found. `problems` are `{where, what}`, the most fundamental first; `notes` do not make it fail."""

    ok: bool = False
    problems: list[dict[str, str]] = field(default_factory=list)
    first_problem: str | None = None
    segments: int = 0
    entries: int = 0
    recorded_s: float = 0.0
    closed: bool = False
    key_id: str | None = None
    independent_key: bool = False
    composed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        return asdict(self)


class CannotVerify(RecordingError):
    """There is no recording here to check."""


def verify(path: Path, public_key: bytes | None = None) -> VerificationReport:
    """Check the recording in the folder `path`; `public_key` is 32 raw Ed25519 bytes. Raises CannotVerify."""
    return _Verification(path, public_key).run()


class _Verification:
    def __init__(self, folder: Path, public_key: bytes | None) -> None:
        self._folder = folder
        self._given_key = public_key
        self._report = VerificationReport(independent_key=public_key is not None)
        self._key: bytes | None = public_key
        self._entries: list[Entry] = []
        self._expected_files = {MANIFEST_NAME, HEAD_NAME}

    def run(self) -> VerificationReport:
        report = self._report
        self._read_manifest()
        report.entries = len(self._entries)
        self._check_key()
        self._check_heads()
        self._check_head_file()
        self._check_segments()
        self._check_derivatives()
        self._check_added_files()
        self._check_closed()
        try:
            report.recorded_s = round(Timeline.from_entries(self._entries).recorded_s, 3)
        except (RecordingError, KeyError, TypeError, ValueError, IndexError, AttributeError):
            self._problem(MANIFEST_NAME, "an entry lacks what its kind must have")
        report.ok = not report.problems
        if report.problems:
            report.first_problem = f"{report.problems[0]['where']}: {report.problems[0]['what']}"
        return report

    def _problem(self, where: str, what: str) -> None:
        self._report.problems.append({"where": where, "what": what})

    def _read_manifest(self) -> None:
        try:
            content = (self._folder / MANIFEST_NAME).read_bytes()
        except OSError as error:
            raise CannotVerify(f"{self._folder / MANIFEST_NAME} cannot be read: {error.strerror}") from error
        whole, _, torn = content.rpartition(b"\n")
        if torn:
            self._problem(MANIFEST_NAME, "ends in the middle of a line")
        previous: Entry | None = None
        for number, line in enumerate(whole.split(b"\n") if whole else []):
            where = f"{MANIFEST_NAME} line {number + 1}"
            try:
                entry = read_entry(line, number)
            except ManifestError as error:
                self._problem(where, str(error))
                continue
            try:
                check_link(previous, entry)
            except ManifestError as error:
                self._problem(where, str(error))
            self._entries.append(entry)
            previous = entry

    def _check_key(self) -> None:
        opened = self._entries[0].data if self._entries and self._entries[0].kind == "opened" else {}
        try:
            recorded = bytes.fromhex(opened["public_key"])
            if len(recorded) != 32:
                raise ValueError
        except (KeyError, TypeError, ValueError):
            self._problem(MANIFEST_NAME, "does not say which public key signed it")
            recorded = None
        if self._given_key is None:
            self._key = recorded
            self._report.notes.append(
                "Authenticity was not checked against an independent key: the public key was taken from the recording itself."
            )
        elif recorded is not None and recorded != self._given_key:
            given_id = keys.key_id(self._given_key)
            self._problem(
                MANIFEST_NAME, f"names the key {keys.key_id(recorded)}, not the given key {given_id}"
            )
        self._report.key_id = None if self._key is None else keys.key_id(self._key)

    def _head_holds(self, sequence: int, hash_hex: str, signature: object) -> bool:
        try:
            return self._holds(head_message(sequence, hash_hex), signature)
        except (ValueError, OverflowError):
            return False

    def _holds(self, message: bytes, signature: object) -> bool:
        if self._key is None or not isinstance(signature, str):
            return False
        try:
            return keys.signature_holds(self._key, message, base64.b64decode(signature, validate=True))
        except ValueError:
            return False

    def _check_heads(self) -> None:
        before: Entry | None = None
        for entry in self._entries:
            if entry.kind == "head":
                where = f"{MANIFEST_NAME} entry {entry.sequence}"
                signed = (entry.data.get("sequence"), entry.data.get("hash"))
                if before is None or signed != (before.sequence, before.hash):
                    self._problem(where, "the signed head is not that of the entry before it")
                elif not self._head_holds(before.sequence, before.hash, entry.data.get("signature")):
                    self._problem(where, "the signature of the head does not hold")
                elif self._key is not None and entry.data.get("key_id") != keys.key_id(self._key):
                    # Of the last head nothing but this is outside what a signature covers.
                    self._problem(where, "names another key than the one that signed it")
            before = entry

    def _check_head_file(self) -> None:
        heads = [entry for entry in self._entries if entry.kind == "head"]
        try:
            head = read_head(self._folder)
        except RecordingError as error:
            self._problem(HEAD_NAME, str(error))
            return
        if head is None:
            self._problem(HEAD_NAME, "is missing")
            return
        if not self._head_holds(head["sequence"], head["hash"], head["signature"]):
            self._problem(HEAD_NAME, "its signature does not hold")
        elif self._key is not None and head["key_id"] != keys.key_id(self._key):
            self._problem(HEAD_NAME, "names another key than the one that signed it")
        hashes = {entry.sequence: entry.hash for entry in self._entries}
        if head["sequence"] not in hashes:
            self._problem(
                HEAD_NAME,
                f"signs entry {head['sequence']}, which the manifest no longer has: its end was cut off",
            )
        elif hashes[head["sequence"]] != head["hash"]:
            self._problem(HEAD_NAME, f"signs another entry {head['sequence']} than the manifest has")
        elif heads and heads[-1].data.get("sequence") != head["sequence"]:
            self._problem(HEAD_NAME, "is older than the last head in the manifest")

    def _check_segments(self) -> None:
        for entry in self._entries:
            if entry.kind not in _FILE_KINDS:
                continue
            self._report.segments += entry.kind == "segment"
            path = entry.data.get("path")
            named = read_segment_path(path) if isinstance(path, str) else None
            if not isinstance(path, str) or named is None or path.rpartition("/")[0] != SEGMENT_FOLDER:
                self._problem(f"{MANIFEST_NAME} entry {entry.sequence}", "names no segment file")
                continue
            if path in self._expected_files:
                self._problem(path, "is listed twice")
            self._expected_files.add(path)
            self._check_file(path, entry.data)

    def _check_file(self, path: str, data: JsonObject) -> None:
        file = self._folder / path
        if file.is_symlink() or not file.is_file():
            self._problem(path, "is missing")
            return
        digest, size = hash_file(file)
        if size != data.get("bytes"):
            self._problem(path, f"has {size} bytes instead of {data.get('bytes')}")
        elif digest != data.get("sha256"):
            self._problem(path, "was changed: its SHA-256 is not the recorded one")

    def _check_derivatives(self) -> None:
        hashes = {entry.sequence: entry.hash for entry in self._entries}
        closing = next((entry for entry in self._entries if entry.kind == "closed"), None)
        for sidecar in sorted(self._folder.glob("*.json")):
            try:
                statement = derivative.read_statement(sidecar)
            except RecordingError as error:
                self._problem(sidecar.name, str(error))
                continue
            self._expected_files |= {sidecar.name, statement["file"]}
            if not self._holds(derivative.message(statement), statement["signature"]):
                self._problem(sidecar.name, "its signature does not hold")
            head = statement["manifest"]
            if hashes.get(head["sequence"], GENESIS) != head["hash"]:
                self._problem(sidecar.name, "was made from another recording than this one")
            elif closing is None or head["sequence"] < closing.sequence:
                self._problem(sidecar.name, "was made before the recording ended")
            self._check_file(statement["file"], statement)
            self._report.composed.append(statement["file"])

    def _check_added_files(self) -> None:
        for file in sorted(self._folder.rglob("*")):
            path = file.relative_to(self._folder).as_posix()
            if file.is_dir() and not file.is_symlink():
                if path != SEGMENT_FOLDER and "/" not in path:
                    self._problem(path, "is a folder that does not belong to the recording")
            elif path not in self._expected_files and path.partition("/")[0] in (path, SEGMENT_FOLDER):
                self._problem(path, "does not belong to the recording: no entry names it")

    def _check_closed(self) -> None:
        kinds = [entry.kind for entry in self._entries]
        self._report.closed = kinds[-2:] == ["closed", "head"]
        if "closed" not in kinds:
            last_head = max((i for i, kind in enumerate(kinds) if kind == "head"), default=-1)
            unsigned = len(kinds) - 1 - last_head
            self._problem(
                MANIFEST_NAME,
                "the recording was never closed: it is still running, was interrupted, or its end was removed"
                + (f"; the last {unsigned} entries are not covered by a signature" if unsigned else ""),
            )
        elif not self._report.closed:
            self._problem(MANIFEST_NAME, "'closed' and its signed head are not the last two entries")


def describe(report: VerificationReport) -> str:
    """The report for a person."""
    lines = [
        f"{report.entries} entries, {report.segments} segments, {report.recorded_s:.1f} s recorded, "
        f"{'closed' if report.closed else 'NOT CLOSED'}, key {report.key_id}"
    ]
    lines += [f"WRONG  {problem['where']}: {problem['what']}" for problem in report.problems]
    lines += [f"note   {note}" for note in report.notes]
    lines.append("The recording verifies." if report.ok else "The recording does NOT verify.")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m recording.verify", description="Check a recording offline."
    )
    parser.add_argument("path", type=Path, help="the recording's folder")
    parser.add_argument(
        "--key", type=Path, help="the court's public record key (PEM), from an independent source"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        public = None if options.key is None else keys.load_public(options.key)
        report = verify(options.path, public)
    except RecordingError as error:
        print(
            json.dumps({"ok": False, "error": str(error)}) if options.json else f"error: {error}",
            file=sys.stdout,
        )
        return 2
    print(json.dumps(report.to_json(), ensure_ascii=False) if options.json else describe(report))
    return 0 if report.ok else 3


if __name__ == "__main__":
    sys.exit(main())
