"""``yunting verify-rulings``: the rulings of an exported eligibility record, checked offline against the court's key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recording import keys
from recording.model import RecordingError
from room_server.domain.event_data import from_data
from room_server.domain.events import RulingMade
from room_server.domain.rulings import verify
from room_server.errors import RecordUnreadable


class ExportUnreadable(Exception):
    """The file is no exported eligibility record; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class CheckedRuling:
    """``problem`` is None where the ruling stands as it was signed."""

    id: str
    ground: str
    judge: str
    at: str
    problem: str | None


def check_export(path: Path, key_files: Sequence[Path]) -> list[CheckedRuling]:
    """Every ruling of the export, in its order. ``key_files``: public record keys (PEM), the current and retired ones.

    Raises :class:`ExportUnreadable` and ``RecordingError`` (a key that cannot be read).
    """
    public = {keys.key_id(raw): raw for raw in map(keys.load_public, key_files)}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        hearing = str(document["proceeding"]["id"])
        stored = [entry["stored"] for entry in document["entries"]]
        made = [one["data"] for one in stored if one["type"] == "ruling_made"]
    except OSError as error:
        raise ExportUnreadable(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise ExportUnreadable(f"{path} is no exported eligibility record (JSON): {error!r}") from error
    return [_checked(hearing, data, public) for data in made]


def _checked(hearing: str, data: Mapping[str, Any], public: Mapping[str, bytes]) -> CheckedRuling:
    try:
        event = from_data("ruling_made", data)
    except RecordUnreadable as error:
        return CheckedRuling("", "", "", "", f"it cannot be read as a ruling: {error}")
    assert isinstance(event, RulingMade)
    ruling = event.ruling
    problem: str | None = None
    if ruling.signature is None:
        problem = "it carries no signature: made before rulings were signed, or the signature was taken out"
    elif ruling.signature.key_id not in public:
        problem = f"it was signed with {ruling.signature.key_id}, which is none of the keys given"
    elif not verify(hearing, ruling, public[ruling.signature.key_id]):
        problem = "it is not what was signed: it was changed, or belongs to another proceeding"
    return CheckedRuling(ruling.id, ruling.ground, ruling.by.name, ruling.at.isoformat(), problem)


def main(path: Path, key_files: Sequence[Path], *, as_json: bool = False) -> tuple[int, str]:
    """Exit status and text: 0 all stand as signed, 3 at least one does not, 2 the file or a key cannot be used."""
    try:
        checked = check_export(path, key_files)
    except (ExportUnreadable, RecordingError) as error:
        return 2, json.dumps({"error": str(error)}) if as_json else f"cannot be checked: {error}"
    status = 3 if any(one.problem for one in checked) else 0
    if as_json:
        rulings = [
            {"id": one.id, "ground": one.ground, "judge": one.judge, "at": one.at, "problem": one.problem}
            for one in checked
        ]
        return status, json.dumps({"verified": status == 0, "rulings": rulings}, ensure_ascii=False)
    lines = [
        f"{'NOT VERIFIED' if one.problem else 'verified'}  {one.id}  {one.ground}  {one.judge}  {one.at}"
        + (f"\n    {one.problem}" if one.problem else "")
        for one in checked
    ]
    return status, "\n".join(lines or ["The record holds no ruling."])
