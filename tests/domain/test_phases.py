"""The table of phases, whole: every pair of phases is either in it, with its authors, or impossible."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from room_server.domain import phases
from room_server.domain.events import PhaseChanged
from room_server.domain.hearing import evolve
from room_server.domain.model import PHASES, SYSTEM
from room_server.errors import NotNow, NotPermitted, RecordUnreadable

BENCH_WORDS = "presiding_judge panel_judge peoples_assessor"
TABLE = {
    "draft": {"checking": f"clerk judge system {BENCH_WORDS}", "cancelled": f"clerk judge {BENCH_WORDS}"},
    "checking": {
        "eligible": "system",
        "hybrid": "system",
        "blocked": "system",
        "awaiting_ruling": "system",
        "cancelled": f"clerk judge {BENCH_WORDS}",
    },
    "eligible": {
        "checking": "system",
        "scheduled": "clerk system",
        "cancelled": f"clerk judge {BENCH_WORDS}",
    },
    "hybrid": {"checking": "system", "scheduled": "clerk system", "cancelled": f"clerk judge {BENCH_WORDS}"},
    "blocked": {"checking": "system", "cancelled": f"clerk judge {BENCH_WORDS}"},
    "awaiting_ruling": {"checking": "system", "cancelled": f"clerk judge {BENCH_WORDS}"},
    "scheduled": {
        "checking": "system",
        "lobby_open": "clerk system",
        "cancelled": f"clerk judge {BENCH_WORDS}",
    },
    "lobby_open": {"checking": "system", "ready": "system", "cancelled": f"clerk judge {BENCH_WORDS}"},
    "ready": {
        "checking": "system",
        "lobby_open": "system",
        "in_session": "presiding_judge",
        "cancelled": f"clerk judge {BENCH_WORDS}",
    },
    "in_session": {
        "recess": "presiding_judge",
        "in_camera": "presiding_judge",
        "court_mediation": "presiding_judge",
        "suspended_technical": "presiding_judge clerk system",
        "transcript_review": "presiding_judge",
        "converted_offline": "presiding_judge",
        "terminated": "system",
    },
    "recess": {
        "in_session": "presiding_judge",
        "suspended_technical": "presiding_judge clerk system",
        "converted_offline": "presiding_judge",
        "terminated": "system",
    },
    "in_camera": {
        "in_session": "presiding_judge",
        "suspended_technical": "presiding_judge clerk system",
        "converted_offline": "presiding_judge",
        "terminated": "system",
    },
    "court_mediation": {
        "in_session": "presiding_judge",
        "suspended_technical": "presiding_judge clerk system",
        "converted_offline": "presiding_judge",
        "terminated": "system",
    },
    "suspended_technical": {
        "in_session": "presiding_judge",
        "recess": "presiding_judge",
        "in_camera": "presiding_judge",
        "court_mediation": "presiding_judge",
        "transcript_review": "presiding_judge",
        "adjourned": "presiding_judge",
        "converted_offline": "presiding_judge",
        "terminated": "system",
    },
    "adjourned": {
        "scheduled": "presiding_judge",
        "converted_offline": "presiding_judge",
        "terminated": "system",
    },
    "transcript_review": {
        "closed": "presiding_judge clerk",
        "suspended_technical": "presiding_judge clerk system",
        "converted_offline": "presiding_judge",
        "terminated": "system",
    },
    "closed": {"archived": "system", "archive_failed": "system"},
    "converted_offline": {"archived": "system", "archive_failed": "system"},
    "archived": {},
    "archive_failed": {},
    "terminated": {"archived": "system", "archive_failed": "system"},
    "cancelled": {},
}
AUTHORS = (
    "system",
    "clerk",
    "judge",
    "presiding_judge",
    "panel_judge",
    "peoples_assessor",
    "party",
    "observer",
)


def test_every_phase_is_in_the_expectation() -> None:
    assert set(TABLE) == set(PHASES)


@pytest.mark.parametrize(("source", "target"), list(product(PHASES, PHASES)))
def test_whole_table(source: Any, target: Any) -> None:
    by = TABLE[source].get(target)
    if by is None:
        assert phases.transition(source, target) is None
        with pytest.raises(NotNow):
            phases.require(source, target, AUTHORS)
        return
    for author in AUTHORS:
        if author in by.split():
            phases.require(source, target, {author})
        else:
            with pytest.raises(NotPermitted):
                phases.require(source, target, {author})


def test_no_row_twice() -> None:
    pairs = [(row.source, row.target) for row in phases.TRANSITIONS]
    assert len(pairs) == len(set(pairs)) == sum(len(row) for row in TABLE.values())


def test_a_log_that_jumps_cannot_be_replayed(court: Any) -> None:
    court.scheduled()
    with pytest.raises(RecordUnreadable, match="jumps outside"):
        evolve(court.h, PhaseChanged(SYSTEM, "scheduled", "in_session"), court.now)
    with pytest.raises(RecordUnreadable, match="but the hearing is scheduled"):
        evolve(court.h, PhaseChanged(SYSTEM, "ready", "in_session"), court.now)


def test_the_diagram_draws_every_row_and_every_end() -> None:
    drawn = phases.mermaid()
    assert drawn.startswith("stateDiagram-v2\n    [*] --> draft\n")
    assert "ready --> in_session: presiding_judge" in drawn
    assert drawn.count(" --> ") == len(phases.TRANSITIONS) + 1 + 3
    assert {line.split()[0] for line in drawn.splitlines() if line.endswith("--> [*]")} == {
        "archived",
        "archive_failed",
        "cancelled",
    }


def test_reasons_are_words_in_both_languages_or_stand_as_written() -> None:
    assert phases.reason_text(None) is None
    assert phases.reason_text("lunch") == ("lunch", "lunch")
    for zh, en in phases.REASONS.values():
        assert zh and en and zh != en
