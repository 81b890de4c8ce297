"""What the doctor found, as a table for a person and as JSON for a program. Pure."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "warning", "wrong"]
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``found`` says what is there, ``todo`` what to do about it (empty where all is well)."""

    name: str
    status: Status
    found: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one examination, in the order they were made."""

    checks: tuple[Check, ...]

    @classmethod
    def of(cls, checks: Sequence[Check]) -> Report:
        return cls(tuple(checks))

    @property
    def ok(self) -> bool:
        """Whether hearings can be held; warnings do not stand against it."""
        return all(check.status != "wrong" for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """``{"ok", "checks": [{"name", "status", "found", "todo"}]}``."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}

    def table(self) -> str:
        """The findings line by line, what to do indented below, a summary last."""
        column = max((_width(check.name) for check in self.checks), default=0)
        lines: list[str] = []
        for check in self.checks:
            label = f"{check.status:<8} {check.name}{' ' * (column - _width(check.name))}  "
            lines += _folded(check.found, label)
            if check.todo:
                lines += _folded(check.todo, f"{' ' * (column + 11)}→ ")
        return "\n".join([*lines, "", self.summary()])

    def summary(self) -> str:
        """One sentence."""
        counts = {
            status: sum(check.status == status for check in self.checks) for status in ("wrong", "warning")
        }
        if counts["wrong"]:
            return f"{counts['wrong']} of {len(self.checks)} checks found something that must be mended."
        if counts["warning"]:
            return f"Hearings can be held; {counts['warning']} of {len(self.checks)} checks warn."
        return f"All {len(self.checks)} checks are fine."


def _width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _folded(text: str, label: str) -> list[str]:
    room = max(WIDTH - _width(label), 40)
    # Paths and links are to be copied whole.
    parts = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    return [label + parts[0], *(" " * _width(label) + part for part in parts[1:])]
