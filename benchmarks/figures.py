"""How every benchmark states its result: a table for people, one JSON object with `--json`, and where it was measured."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "aiortc",
    "pylibsrtp",
    "aiohttp",
    "python-socketio",
    "sqlalchemy",
    "av",
    "pymediasoup",
    "playwright",
)


class Missing(Exception):
    """The benchmark cannot be run here; the text says what is missing and what to do."""


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile, `share` from 0 to 1. Raises ValueError for no values."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float]) -> dict[str, Any]:
    """{"count", "p50", "p99", "min", "max"}, rounded to a hundredth; only the count where there are none."""
    if not values:
        return {"count": 0}
    return {
        "count": len(values),
        "p50": round(percentile(values, 0.5), 2),
        "p99": round(percentile(values, 0.99), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }


def load_1min() -> float:
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def surroundings() -> dict[str, Any]:
    """Machine, versions and commit: figures mean little without them."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": found,
        "commit": _commit(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str | None:
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


@dataclass(slots=True)
class Figures:
    """One benchmark's result. `rows` are what the table shows, with the same keys in each; `notes` are caveats."""

    name: str
    title: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    load_before: float = field(default_factory=load_1min)

    def to_json(self) -> dict[str, Any]:
        return {
            "benchmark": self.name,
            "settings": self.settings,
            "rows": self.rows,
            "notes": self.notes,
            "load": {"before": self.load_before, "after": load_1min()},
            **surroundings(),
        }

    def table(self) -> str:
        where = surroundings()
        settings = ", ".join(f"{key} {value}" for key, value in self.settings.items())
        lines = [self.title, f"  {settings}" if settings else "", *_columns(self.rows), ""]
        lines += [f"  Note: {note}" for note in self.notes]
        lines += [
            f"  {where['at']}, {where['cores']} cores ({where['processor']}), Python {where['python']}, commit "
            f"{where['commit']}; load average before {self.load_before}, after {load_1min()}"
        ]
        return "\n".join(line for line in lines if line is not None)

    def show(self, as_json: bool) -> None:
        print(json.dumps(self.to_json(), ensure_ascii=False) if as_json else self.table(), flush=True)


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["  nothing was measured"]
    names = list(dict.fromkeys(key for row in rows for key in row))
    cells = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    return [
        "  "
        + "  ".join(
            c.ljust(w) if at == 0 else c.rjust(w) for at, (c, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]


def fail(missing: Missing) -> int:
    """Say what is missing; the exit status for it."""
    print(f"cannot be measured here: {missing}", file=sys.stderr)
    return 2
