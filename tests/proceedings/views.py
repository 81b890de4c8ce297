"""A pure hearing as a presenter sees it: the domain's court, with the live part made from its log."""

from __future__ import annotations

from datetime import datetime

from room_server.domain.event_data import event_type, to_data
from room_server.domain.events import Event
from room_server.domain.hearing import evolve
from room_server.domain.model import SYSTEM, Hearing
from room_server.proceedings.actor import Step
from room_server.proceedings.live import LiveHearing
from room_server.proceedings.presenter import CourtName, Scene, present
from room_server.store.events import StoredEvent
from signaling import messages as m
from tests.domain.conftest import Court


def steps(log: list[tuple[Event, datetime]]) -> list[Step]:
    """The log as the actor hands it on."""
    made: list[Step] = []
    before: Hearing | None = None
    for version, (event, at) in enumerate(log, start=1):
        after = evolve(before, event, at)
        stored = StoredEvent(
            stream="hrg_0000000000000001",
            version=version,
            id=f"evt_{version:016d}",
            type=event_type(event),
            at=at.isoformat(),
            actor={},
            data=to_data(event),
            prev_hash="",
            hash="",
        )
        made.append(Step(stored, event, before, after))
        before = after
    return made


def live_of(court: Court) -> LiveHearing:
    live = LiveHearing(court.h.id)
    live.media_generation = "med_1"
    for step in steps(court.log):
        live.note(step)
    return live


def scene_of(court: Court, live: LiveHearing | None = None) -> Scene:
    return Scene(
        court.h, live or live_of(court), court.forwarding(), CourtName("法院", "Court"), court.context(SYSTEM)
    )


def view(court: Court, name: str, live: LiveHearing | None = None) -> m.View:
    return present(scene_of(court, live), court.id(name))


def seen(court: Court, shown: m.View) -> set[str]:
    """The names (as in the court's list) of whom a view shows."""
    of_id = {court.id(name): name for name in court.NAMES}
    return {of_id[person.id] for person in shown.participants}
