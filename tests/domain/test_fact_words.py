"""Facts and grounds in words: no key, no id and no English word is left in what a judge reads in Chinese."""

from __future__ import annotations

import re

import pytest

from eligibility.facts import CAPABILITIES, CLOSED, COMPLEXITIES, NEEDS, POSITIONS, SERVED_BY, SOCIAL_IMPACTS
from room_server.domain.fact_words import fact_in_words, ground_in_words
from room_server.domain.model import Hearing, Participant

_LATIN = re.compile(r"[A-Za-z_]")


@pytest.fixture
def hearing() -> Hearing:
    from datetime import UTC, datetime

    at = datetime(2026, 11, 23, tzinfo=UTC)
    person = Participant(id="par_aaaaaaaaaaaaaaaa", role="party", name="何秀兰", side="claimant")
    return Hearing(
        id="hrg_a",
        case_id="case_a",
        case_number="1",
        title="t",
        cause="c",
        case_type="civil",
        stage="trial",
        scheduled_at=at,
        courtroom_zh="一",
        courtroom_en="1",
        ruleset="shanghai-2020",
        phase="draft",
        phase_since=at,
        case_type_since=at,
        participants={person.id: person},
    )


_P = "par_aaaaaaaaaaaaaaaa"
_STATED = [
    *[
        (f"{kind}:{_P}", {"position": p, "stage": "trial", "reasons": "合同需核对"})
        for kind in ("position", "agent_position")
        for p in POSITIONS
    ],
    *[(f"need:{need}", value) for need in NEEDS for value in (True, False)],
    *[("closed", value) for value in CLOSED],
    *[("complexity", value) for value in COMPLEXITIES],
    *[("social_impact", value) for value in SOCIAL_IMPACTS],
    *[(f"capability:{_P}", value) for value in CAPABILITIES],
    *[(f"served_by:{_P}", value) for value in SERVED_BY],
    *[(f"witness_objection:{_P}", value) for value in (True, False)],
]


@pytest.mark.parametrize(("key", "value"), _STATED)
def test_every_fact_has_words_in_both_languages(hearing: Hearing, key: str, value: object) -> None:
    zh, en = fact_in_words(hearing, key, value)
    assert zh and not _LATIN.search(zh), zh
    assert en and _P not in en and "何秀兰" in en if ":par_" in key else en


@pytest.mark.parametrize(
    "ground",
    [
        "case_type",
        "complexity",
        "social_impact",
        "other",
        *[f"{kind}:{_P}" for kind in ("objection", "retraction", "incapacity", "witness")],
        *[f"need:{need}" for need in NEEDS],
    ],
)
def test_every_ground_has_words_in_both_languages(hearing: Hearing, ground: str) -> None:
    zh, en = ground_in_words(hearing, ground)
    assert zh and not _LATIN.search(zh), zh
    assert en and _P not in en
