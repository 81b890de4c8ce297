"""Who may be taken off the list once a side has spoken: not by the clerk alone, and not without a trace.

The gate reads the positions of those on the list. Whoever takes a side off it, or its agent who spoke, silences what was
stated; so that is the presiding judge's, with reasons, and the statement stays in the record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.context import Context, participant
from room_server.domain.evolution import evolve
from room_server.domain.model import STAGES, Hearing, NewParticipant, Participant
from room_server.domain.positions import Stated, sides
from room_server.domain.seating import changed_seats, required_text
from room_server.errors import CommandRefused, CorrectTheRequest, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]


def require_nobody_silenced(hearing: Hearing, changed: e.HearingChanged, ctx: Context) -> None:
    """Raise `NotPermitted` where the change would leave out of account what somebody has stated."""
    if changed.participants is None:
        return
    after = set(_heard(evolve(hearing, changed, ctx.now)))
    names = {name: None for key, name in _heard(hearing).items() if key not in after}
    if names:
        raise _silenced(hearing, "、".join(names), ", ".join(names))


def _heard(hearing: Hearing) -> dict[tuple[str, str], str]:
    """(assertion id, party) -> who spoke, for every statement of a side that counts now, of any stage.

    Also where a party has said that it cannot take part online: that is the party's own statement too.
    """
    stated = Stated.of(hearing)
    found: dict[tuple[str, str], str] = {}
    for side in sides(hearing):
        spoken = [one for stage in STAGES for one in (*stated.own(side, stage), *stated.agents(side, stage))]
        for one in spoken:
            if one.position != "silent":
                found[one.assertion.id, side.party.id] = (one.speaker or side.party).name
        able = stated.latest(f"capability:{side.party.id}")
        if able is not None and able.value == "unable":
            found[able.id, side.party.id] = side.party.name
    return found


def _silenced(hearing: Hearing, zh: str, en: str) -> CommandRefused:
    if hearing.kind == "mediation":
        return NotPermitted(
            "statement_stands",
            f"{zh}已就本次调解表态，不能从名单中删去。其余各方仍愿调解的，请另行拟定一次调解。",
            f"A position on this mediation was stated by {en}, who cannot be taken off the list. Where the others still "
            "want to mediate, draft another mediation.",
            "OMR 4",
        )
    return NotPermitted(
        "statement_stands",
        f"{zh}已就在线庭审表态，书记员不能将其从名单中删去；只能由审判长说明理由后删去，其陈述保留在记录中。",
        f"A position on the online hearing was stated by {en}. The clerk cannot take that off the list: only the presiding "
        "judge can, with reasons, and the statement stays in the record.",
        "OLR 4, 5(2)",
    )


def _take_off(hearing: Hearing, command: c.TakeOffList, ctx: Context) -> list[e.Event]:
    reason = required_text("reason", command.reason).strip()
    person = participant(hearing, command.participant_id)
    if person.is_court:
        raise CorrectTheRequest(
            "court_not_taken_off",
            "审判人员和书记员由书记员在庭审安排中更换。",
            "The bench and the clerk are replaced by the clerk, in the arrangements of the hearing.",
        )
    gone = [person, *_who_represents(hearing, person)]
    staying = [one for one in hearing.participants.values() if one not in gone and one.role != "courtroom"]
    seats = changed_seats(hearing, tuple(_named(one) for one in sorted(staying, key=_seat)), ctx)
    left = tuple(one.id for one in gone)
    return [e.HearingChanged(ctx.actor, participants=seats, reason=reason, taken_off=left)]


def _seat(person: Participant) -> int:
    return person.seat


def _who_represents(hearing: Hearing, person: Participant) -> list[Participant]:
    """Whoever speaks for a party goes with it."""
    side = next((side for side in sides(hearing) if side.party.id == person.id), None)
    return [] if side is None else list(side.agents)


def _named(one: Participant) -> NewParticipant:
    return NewParticipant(one.role, one.name, one.person, one.account, one.side, one.represents)


DECISIONS: dict[type[c.Command], Decision] = {c.TakeOffList: _take_off}
