"""Rulings from the judge's desk: the password, what awaits one, what would follow, races, and who may not."""

from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "a password of the judge"
COMPLEX = {"key": "complexity", "value": "significant_and_complex", "asserted_by": "张三", "how": "desk"}


@pytest.fixture
async def bench(desk: Any) -> Any:
    """The desk with a case whose significance awaits a ruling, and a judge who has a password."""
    await desk.judge.post("me/password", {"new": PASSWORD})
    await desk.clerk.post(f"{desk.path}/facts", COMPLEX)
    desk.hearing = await desk.clerk.post(f"{desk.path}/determine")
    return desk


def ruling(bench: Any, **given: Any) -> dict[str, Any]:
    return {
        "ground": "complexity",
        "held": False,
        "reasons": "事实清楚",
        "article": "OLR 21(4)",
        "seen_version": bench.hearing["version"],
        "password": PASSWORD,
        **given,
    }


async def test_refused_at_the_gate_then_allowed_by_a_ruling(bench: Any) -> None:
    """Significance asserted: awaits a ruling; the judge holds it not made out; then the hearing can be scheduled."""
    hearing = bench.hearing
    assert (hearing["phase"], hearing["awaiting"]) == ("awaiting_ruling", ["complexity"])
    findings = hearing["determination"]["findings"]
    assert any("21(4)" in finding["citation"] and finding["text"]["zh"] for finding in findings)
    error = await bench.clerk.refused("POST", f"{bench.path}/schedule", 409)
    assert error["text"]["zh"] != error["text"]["en"]

    hearing = await bench.judge.post(f"{bench.path}/rulings", ruling(bench))
    (made,) = hearing["rulings"]
    assert made["id"].startswith("rul_") and made["key_id"].startswith("rk_")
    assert (made["ground"], made["signed"], made["superseded"], made["supersedes"]) == (
        "complexity",
        True,
        False,
        None,
    )
    assert made["during"] == "awaiting_ruling" and len(made["facts_sha256"]) == 64
    assert (hearing["phase"], hearing["awaiting"]) == ("eligible", [])
    assert (await bench.clerk.post(f"{bench.path}/schedule"))["phase"] == "scheduled"
