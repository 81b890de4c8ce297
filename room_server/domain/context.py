"""What a decision is given from outside: who asks, the time, the rule set, and where new ids come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from eligibility import Ruleset
from room_server.domain import phases
from room_server.domain.events import PhaseChanged
from room_server.domain.model import SYSTEM, Actor, Hearing, Participant, Phase, RulingSignature
from room_server.errors import CorrectTheRequest

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time zone and no daylight saving time, so no time zone database is needed."""


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is aware; `new_id(prefix)` gives a fresh id such as `det_…`; `sign` signs with the court's record key."""

    actor: Actor
    now: datetime
    ruleset: Ruleset
    new_id: Callable[[str], str]
    sign: Callable[[bytes], RulingSignature] | None = None

    @property
    def today(self) -> date:
        """The calendar day in Asia/Shanghai, which is what dated rules go by."""
        return self.now.astimezone(SHANGHAI).date()


def authorities(hearing: Hearing, actor: Actor) -> frozenset[str]:
    """All that this actor is in this hearing: `system`; the desk roles and the role named in the hearing; the role.

    A participant's role is read from the hearing and never from what the actor says of itself. In the room of a
    mediation the mediator conducts: the steps of presiding judge and clerk are the mediator's, there and nowhere else.
    An account that may mediate has no say but in the mediation that names it.
    """
    if actor.kind == "system":
        return frozenset({"system"})
    if actor.kind == "staff":
        named = hearing.of_account(actor.id)
        own: set[str] = {named.role} if named else set()
        return (actor.roles - {"mediator"}) | (own if hearing.kind == "mediation" else own - {"mediator"})
    person = hearing.participants.get(actor.id)
    if person is None or person.removed:
        return frozenset()
    if person.role == "mediator" and hearing.kind == "mediation":
        return frozenset({"mediator", "presiding_judge", "clerk"})
    return frozenset({person.role})


def participant(hearing: Hearing, participant_id: str) -> Participant:
    """The participant of that id; raises `CorrectTheRequest`."""
    person = hearing.participants.get(participant_id)
    if person is None:
        raise CorrectTheRequest(
            "no_such_participant", "本次庭审没有这位参加人。", "There is no such participant in this hearing."
        )
    return person


def change_phase(hearing: Hearing, target: Phase, reason: str | None, actor: Actor) -> PhaseChanged:
    """The event that moves the hearing along its table; raises where the table or the actor's role forbids it."""
    phases.require(hearing.phase, target, authorities(hearing, actor))
    return PhaseChanged(actor, hearing.phase, target, reason)


def system_phase(hearing: Hearing, target: Phase, reason: str) -> PhaseChanged:
    return change_phase(hearing, target, reason, SYSTEM)
