"""docs/protocol.md names every request with its fields, every code and every budget as they are in the source."""

from __future__ import annotations

import re
from pathlib import Path

from signaling import codec, ratelimit
from signaling.codec import REQUESTS_BY_TAG
from signaling.messages import View

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def rows(header: str) -> list[list[str]]:
    lines = TEXT[TEXT.index(header) :].splitlines()[2:]
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def test_every_request_is_described_with_its_fields() -> None:
    described = {
        row[0].strip("`"): [cell.strip().replace("`", "") for cell in row[1].split(",") if cell.strip()]
        for row in rows("| request |")
    }
    actual = {
        tag: [name if field.is_required() else f"{name}?" for name, field in request.model_fields.items()]
        for tag, request in REQUESTS_BY_TAG.items()
    }
    assert described == actual
    assert list(described) == list(actual), "in the order of requests.py"


def test_the_budgets_are_those_of_the_source() -> None:
    described = {row[0].strip("`"): (float(row[1]), float(row[2])) for row in rows("| budget |")}
    assert described == {name: (b.burst, b.per_second) for name, b in ratelimit.BUDGETS.items()}


def test_the_codes_are_those_of_the_source() -> None:
    described = {row[0].strip("`") for row in rows("| code |")}
    source = "".join(
        (Path(module.__file__ or "").parent / name).read_text(encoding="utf-8")
        for module, name in ((codec, "codec.py"), (codec, "connection.py"), (codec, "server.py"))
    )
    used = set(re.findall(r'code="([a-z_]+)"', source)) | set(
        re.findall(r'ProtocolError\(\s*"([a-z_]+)"', source)
    )
    assert described == used


def test_the_sections_named_exist() -> None:
    for section in ("desk", "readiness", "determination", "producers", "media"):
        assert (section in View.model_fields and f"`{section}" in TEXT) or f"view.{section}" in TEXT
