"""What became of what a side said: what awaits the judge, and every ruling that stands, as the side's own page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from room_server.domain.awaiting import awaiting
from room_server.domain.fact_words import ground_in_words
from room_server.domain.facts import standing_ruling, subject_of
from room_server.domain.model import Hearing, Ruling
from room_server.domain.positions import Side
from room_server.domain.words import BiText


@dataclass(frozen=True, slots=True)
class SideMatter:
    """`ruling` is None while the judge has yet to rule."""

    ground: str
    words: BiText
    ruling: Ruling | None


def matters_of(hearing: Hearing, side: Side) -> tuple[SideMatter, ...]:
    """What this side raised or what is about it and awaits a ruling, then every ruling that stands, the latest first.

    Rulings are given to all sides; what another side raised is not told before it was ruled on.
    """
    waiting = [
        SideMatter(one.ground, one.words, None)
        for one in awaiting(hearing)
        if one.ground is not None
        and (
            one.ground.partition(":")[2] == side.party.id
            or any(subject_of(stated.assertion.key) == side.party.id for stated in one.statements)
        )
    ]
    ruled = [
        SideMatter(one.ground, ground_in_words(hearing, one.ground), one)
        for one in reversed(hearing.rulings)
        if standing_ruling(hearing, one.ground) is one
    ]
    return (*waiting, *ruled)
