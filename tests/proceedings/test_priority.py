"""Whose picture goes first."""

from __future__ import annotations

from typing import Any

from room_server.proceedings.live import LiveProducer
from room_server.proceedings.priority import priority
from tests.domain.mediation_table import Table


def ranked(table: Any, speaker: str | None, *tracks: tuple[str, str]) -> list[str]:
    """The tracks as `name source`, the first one first."""
    rank = {
        f"{name} {source}": priority(
            table.h, speaker and table.id(speaker), LiveProducer("p", table.id(name), "video", source, 1, "t")
        )
        for name, source in tracks
    }
    assert all(0 <= value <= 255 for value in rank.values())
    assert len(set(rank.values())) == len(rank), "no two of these share a rank"
    return sorted(rank, key=lambda one: -rank[one])


def test_screen_then_judge_then_speaker_then_the_bench(court: Any) -> None:
    court.session()
    tracks = (
        ("respondent", "camera"),
        ("claimant", "camera"),
        ("panel", "camera"),
        ("judge", "camera"),
        ("counsel", "screen"),
    )
    assert ranked(court, "claimant", *tracks) == [
        "counsel screen",
        "judge camera",
        "claimant camera",
        "panel camera",
        "respondent camera",
    ]


def test_it_follows_who_speaks(court: Any) -> None:
    court.session()
    pair = (("respondent", "camera"), ("panel", "camera"))
    assert ranked(court, None, *pair) == ["panel camera", "respondent camera"]
    assert ranked(court, "respondent", *pair) == ["respondent camera", "panel camera"]


def test_the_mediator_conducts_a_mediation() -> None:
    table = Table()
    table.joint()
    tracks = (("wu", "camera"), ("tang", "camera"), ("mediator", "camera"))
    assert ranked(table, "tang", *tracks) == ["mediator camera", "tang camera", "wu camera"]


def test_a_track_of_somebody_taken_off_the_list_has_the_last_place(court: Any) -> None:
    court.session()
    lost = LiveProducer("p", "par_gone0000", "video", "camera", 1, "t")
    assert priority(court.h, None, lost) < priority(
        court.h, None, LiveProducer("p", court.id("judge"), "video", "camera", 1, "t")
    )
