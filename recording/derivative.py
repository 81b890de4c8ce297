"""What is said, and signed, about a file made from a recording: its hash and the manifest head it was made from."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Final

from recording.keys import RecordKey
from recording.manifest import Entry, canonical, derivative_message
from recording.model import JsonObject, RecordingError
from recording.writer import hash_file, sync

FORMAT: Final = "yunting-derivative/1"
_FIELDS: Final = {
    "format",
    "recording_id",
    "file",
    "sha256",
    "bytes",
    "manifest",
    "made_at",
    "duration_s",
    "key_id",
    "signature",
}

message = derivative_message


def sidecar_path(file: Path) -> Path:
    """Where the statement about `file` lies: `composed.mp4` has `composed.json` beside it."""
    return file.with_suffix(".json")


def state(
    file: Path, head: Entry, recording_id: str, made_at: str, duration_s: float, key: RecordKey
) -> JsonObject:
    """Hash `file`, sign the statement about it and write it beside the file. Returns the statement."""
    digest, size = hash_file(file)
    statement: JsonObject = {
        "format": FORMAT,
        "recording_id": recording_id,
        "file": file.name,
        "sha256": digest,
        "bytes": size,
        "manifest": {"sequence": head.sequence, "hash": head.hash},
        "made_at": made_at,
        "duration_s": duration_s,
        "key_id": key.key_id,
    }
    signature = key.sign(derivative_message(statement))
    statement["signature"] = base64.b64encode(signature).decode("ascii")
    with sidecar_path(file).open("xb") as sidecar:
        sidecar.write(canonical(statement) + b"\n")
        sidecar.flush()
        os.fsync(sidecar.fileno())
    sync(file.parent)
    return statement


def read_statement(sidecar: Path) -> JsonObject:
    """Read a statement and check its form, not yet its signature. Raises RecordingError."""
    try:
        value = json.loads(sidecar.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise RecordingError("is not the statement of a composed file: it cannot be read as JSON") from error
    if not isinstance(value, dict) or set(value) != _FIELDS or value["format"] != FORMAT:
        raise RecordingError(f"is not the statement of a composed file ({FORMAT})")
    head = value["manifest"]
    well_formed = (
        isinstance(head, dict)
        and set(head) == {"sequence", "hash"}
        and type(head["sequence"]) is int
        and isinstance(value["file"], str)
        and value["file"] not in ("", ".", "..")
        and "/" not in value["file"]
        and sidecar_path(Path(value["file"])).name == sidecar.name
    )
    if not well_formed:
        raise RecordingError("is a damaged statement of a composed file")
    derivative_message(value)  # raises for what could never have been signed
    return dict(value)
