"""The manifest on disk: appended, synced, its head signed, taken up again after a crash."""

from __future__ import annotations

import base64
import fcntl
import json
import os
from pathlib import Path

from recording.keys import RecordKey, signature_holds
from recording.manifest import HEAD_NAME, MANIFEST_NAME, Entry, canonical, follow, head_message, read_chain
from recording.model import JsonObject, RecordingError
from recording.writer import sync


class JournalBusy(RecordingError):
    """Another recorder writes this recording."""


class JournalFull(RecordingError):
    """The disk has no room for an entry; the manifest is as it was before."""


class Journal:
    """The manifest of one recording, held by one process at a time (an flock on the file)."""

    def __init__(self, folder: Path, key: RecordKey) -> None:
        """Open, or create, the manifest in `folder`. Raises RecordingError when what is there is damaged.

        A last line without its newline was never acknowledged to anyone: it is cut off and counted in `torn_bytes`.
        """
        self.folder = folder
        self._key = key
        self._descriptor = os.open(folder / MANIFEST_NAME, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise JournalBusy(f"another recorder is writing {folder}") from error
        try:
            self.torn_bytes = 0
            self.entries: list[Entry] = self._take_up()
        except BaseException:
            os.close(self._descriptor)
            raise
        sync(folder)

    def _take_up(self) -> list[Entry]:
        content = (self.folder / MANIFEST_NAME).read_bytes()
        whole, _, torn = content.rpartition(b"\n")
        entries = read_chain(whole.split(b"\n") if whole else [])
        head = read_head(self.folder)
        if head is not None:
            sequence, hash_hex = head["sequence"], head["hash"]
            if sequence >= len(entries) or entries[sequence].hash != hash_hex:
                raise RecordingError(f"{HEAD_NAME} signs entry {sequence}, which the manifest does not have")
            if not signature_holds(
                self._key.public_raw, head_message(sequence, hash_hex), base64.b64decode(head["signature"])
            ):
                raise RecordingError(f"{HEAD_NAME} was not signed by the key {self._key.key_id}")
        self.torn_bytes = len(torn)
        self._length = len(content) - len(torn)
        if torn:
            os.ftruncate(self._descriptor, self._length)
            os.fsync(self._descriptor)
        os.lseek(self._descriptor, self._length, os.SEEK_SET)
        return entries

    @property
    def last(self) -> Entry | None:
        return self.entries[-1] if self.entries else None

    def append(self, kind: str, at: str, data: JsonObject) -> Entry:
        """Write one entry and sync it. Raises RecordingError for bad data, JournalFull when it does not fit."""
        entry = follow(self.last, kind, at, data)
        line = entry.line()
        try:
            written = 0
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, self._length)
            os.lseek(self._descriptor, self._length, os.SEEK_SET)
            raise JournalFull(f"the manifest cannot be written: {error.strerror}") from error
        self._length += len(line)
        self.entries.append(entry)
        return entry

    def sign_head(self, at: str) -> JsonObject:
        """Sign the last entry: an entry of kind `head`, and the file HEAD. Returns {sequence, hash, signature}."""
        signed = self.last
        if signed is None:
            raise RecordingError("there is nothing to sign yet")
        signature = self._key.sign(head_message(signed.sequence, signed.hash))
        head: JsonObject = {
            "sequence": signed.sequence,
            "hash": signed.hash,
            "signature": base64.b64encode(signature).decode("ascii"),
            "key_id": self._key.key_id,
        }
        self.append("head", at, head)
        self._replace_head(head)
        return head

    def _replace_head(self, head: JsonObject) -> None:
        temporary = self.folder / f".{HEAD_NAME}.new"
        try:
            with temporary.open("wb") as file:
                file.write(canonical(head) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / HEAD_NAME)
            sync(self.folder)
        except OSError as error:
            raise JournalFull(f"{HEAD_NAME} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the manifest."""
        os.close(self._descriptor)


def read_head(folder: Path) -> JsonObject | None:
    """The file HEAD as `{sequence, hash, signature, key_id}`, None when there is none. Raises RecordingError."""
    try:
        head = json.loads((folder / HEAD_NAME).read_bytes())
        if set(head) != {"sequence", "hash", "signature", "key_id"} or type(head["sequence"]) is not int:
            raise ValueError
        base64.b64decode(head["signature"], validate=True)
        if len(bytes.fromhex(head["hash"])) != 32 or not 0 <= head["sequence"] < 1 << 63:
            raise ValueError
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise RecordingError(f"{HEAD_NAME} is damaged") from error
    return dict(head)


def read_manifest(folder: Path) -> list[Entry]:
    """The checked entries of a recording, also of one in progress (a line not yet whole is left out).

    Raises ManifestError when the chain is broken, RecordingError when there is no manifest.
    """
    try:
        content = (folder / MANIFEST_NAME).read_bytes()
    except OSError as error:
        raise RecordingError(f"{folder / MANIFEST_NAME} cannot be read: {error.strerror}") from error
    whole = content.rpartition(b"\n")[0]
    if not whole:
        raise RecordingError(f"{folder / MANIFEST_NAME} is empty")
    return read_chain(whole.split(b"\n"))
