"""A hearing as a pure machine: `decide` turns a command into events or refuses it, `evolve` applies an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from room_server.domain import commands as c
from room_server.domain import (
    conversion,
    courtroom,
    deadlines,
    desk,
    joining,
    mediation,
    objections,
    permissions,
    phases,
    removal,
    room,
    rulings,
    screens,
    session,
    statements,
    system,
)
from room_server.domain.context import Context
from room_server.domain.events import (
    ConflictDisclosed,
    DisclosureAnswered,
    Event,
    FactAsserted,
    ForwardingResumed,
    HearingChanged,
    RulingMade,
)
from room_server.domain.evolution import evolve
from room_server.domain.model import SYSTEM, Hearing
from room_server.domain.opening import open_room
from room_server.domain.recheck import recheck
from room_server.errors import CommandRefused, CorrectTheRequest, NotNow

__all__ = ["Context", "decide", "evolve", "open_room", "replay"]

_DECISIONS: dict[type[c.Command], Callable[[Hearing, Any, Context], list[Event]]] = {
    **courtroom.DECISIONS,
    **conversion.DECISIONS,
    **deadlines.DECISIONS,
    **desk.DECISIONS,
    **joining.DECISIONS,
    **objections.DECISIONS,
    **removal.DECISIONS,
    **room.DECISIONS,
    **rulings.DECISIONS,
    **screens.DECISIONS,
    **session.DECISIONS,
    **statements.DECISIONS,
    **system.DECISIONS,
}
_CHANGES_FACTS = (FactAsserted, RulingMade, HearingChanged, ConflictDisclosed, DisclosureAnswered)


def decide(hearing: Hearing | None, command: c.Command, ctx: Context) -> list[Event]:
    """The events that follow from `command`; none where it asks for what is already so.

    Raises a subclass of `CommandRefused` and has no effect of its own: store the events, then `evolve`.
    """
    if isinstance(command, c.DraftHearing):
        if hearing is not None:
            raise NotNow("exists", "该庭审已存在。", "This hearing exists already.")
        return desk.draft(command, ctx)
    if hearing is None:
        raise CorrectTheRequest("no_such_hearing", "没有这次庭审。", "There is no such hearing.")
    try:
        permissions.require(hearing, ctx.actor, c.tag(command))
        events = _decision(hearing, command)(hearing, command, ctx)
    except CommandRefused as refused:
        refused.zh, refused.en = permissions.in_its_words(hearing, (refused.zh, refused.en))
        raise
    return events + _consequences(hearing, events, command, ctx) if events else events


def _decision(hearing: Hearing, command: c.Command) -> Callable[[Hearing, Any, Context], list[Event]]:
    own = mediation.DECISIONS.get(type(command)) if hearing.kind == "mediation" else None
    return own or _DECISIONS[type(command)]


def replay(events: Iterable[tuple[Event, datetime]], hearing: Hearing | None = None) -> Hearing | None:
    """The hearing after all of these events, each with its time."""
    for event, at in events:
        hearing = evolve(hearing, event, at)
    return hearing


def _consequences(hearing: Hearing, events: list[Event], command: c.Command, ctx: Context) -> list[Event]:
    """What the system adds in the same breath, so that no state in between is ever stored."""
    after = _after(hearing, events, ctx)
    added = _followed(after, events, ctx)
    return added + screens.lapsed(_after(after, added, ctx))


def _after(hearing: Hearing, events: list[Event], ctx: Context) -> Hearing:
    after = replay(((event, ctx.now) for event in events), hearing)
    assert after is not None
    return after


def _followed(after: Hearing, events: list[Event], ctx: Context) -> list[Event]:
    if any(isinstance(event, _CHANGES_FACTS) for event in events):
        return recheck(after, ctx)
    if after.forwarding_paused is not None and after.phase in phases.SITTING:
        missing = system.missing_sides(after, ctx.now, 0)
        if not any(side in missing for side in after.forwarding_paused.sides):
            return [ForwardingResumed(SYSTEM)]
    return []
