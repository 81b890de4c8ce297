"""Whose picture goes first where a viewer's bandwidth does not carry all. Decided here, never by a page. Pure."""

from __future__ import annotations

from room_server.domain.model import BENCH, CONDUCTING, Hearing
from room_server.proceedings.live import LiveProducer

SCREEN = 200
PRESIDING = 160
SPEAKER = 120
BENCHES = 80
OTHERS = 40
"""On the relay's scale of 0 to 255, with room between for what comes later."""


def priority(hearing: Hearing, speaker: str | None, track: LiveProducer) -> int:
    """What is shown for everybody to read first, then who conducts, who speaks, the rest of the bench, the others."""
    if track.source == "screen":
        return SCREEN
    person = hearing.participants.get(track.participant)
    role = person.role if person is not None else None
    if role in CONDUCTING - BENCH or role == "presiding_judge":
        return PRESIDING
    if track.participant == speaker:
        return SPEAKER
    return BENCHES if role in BENCH else OTHERS
