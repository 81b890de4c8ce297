"""Objections to going on online that are lodged from the room, and what of the gate is open while the room is.

Nothing stops by itself: what is lodged goes on the record at once, the hearing goes on, and the presiding judge rules
on it on the record (OLR 5(2), 21 para 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.context import Context, participant
from room_server.domain.fact_words import fact_in_words, ground_in_words
from room_server.domain.facts import checked_assertion, is_open, standing_ruling, subject_of
from room_server.domain.link_assertions import by_link
from room_server.domain.model import PRINCIPALS, Assertion, Hearing, Participant, Ruling
from room_server.domain.phases import LIVE
from room_server.domain.positions import Side, Stated, current_stage, position_key, side_of_speaker
from room_server.domain.statements import position_taken
from room_server.domain.words import BiText
from room_server.errors import CommandRefused, NotNow, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]


# ── lodging ────────────────────────────────────────────────────────────────────────────────────────────────────


def may_lodge(hearing: Hearing, person: Participant) -> CommandRefused | None:
    """Why this person cannot object to going on online now, or None.

    In a mediation the same words end it, and nothing but the role stands against them.
    """
    if hearing.kind == "mediation":
        return None
    if person.place != "main" or not person.admitted:
        return NotNow(
            "not_admitted",
            "进入法庭后方可提出异议。",
            "You can object once you are in the courtroom.",
            "OLR 5(2)",
        )
    if side_of_speaker(hearing, person) is None:
        return NotPermitted(
            "no_side",
            "您所代表的当事人不在本次庭审中，不能提出异议。",
            "The party you speak for is not in this hearing, so there is no side you could object for.",
        )
    own = own_matter(hearing, person)
    if own is not None and own.ruling is None and own.reasons:
        return NotNow(
            "already_lodged",
            "您的异议已记入案卷，等待审判长裁定。需要补充的，请在庭上说明。",
            "Your objection is on the record and awaits the presiding judge's ruling. If there is more to say, say it"
            " in court.",
            "OLR 5(2)",
        )
    return None


def _lodge(hearing: Hearing, command: c.LodgeObjection, ctx: Context) -> list[e.Event]:
    person = participant(hearing, ctx.actor.id)
    refused = may_lodge(hearing, person)
    if refused is not None:
        raise refused
    side = side_of_speaker(hearing, person)
    assert side is not None
    key, stage = position_key(side, person), current_stage(hearing)
    position = position_taken(hearing, side, stage, "objects")
    value = checked_assertion(
        hearing, key, {"position": position, "stage": stage, "reasons": command.reasons.strip()}
    )
    _require_news(hearing, side, key, value)
    return [e.FactAsserted(ctx.actor, by_link(hearing, person, key, value, ctx), in_room=True)]


def _require_news(hearing: Hearing, side: Side, key: str, value: dict[str, Any]) -> None:
    """Raise `NotNow` where this person said the same before: a ruling answers it, or there is nothing to add to it."""
    before = Stated.of(hearing).latest(key, current_stage(hearing))
    if before is None or not is_open(key, before.value):
        return
    ruling = standing_ruling(hearing, f"{_GROUNDS[before.value['position']]}:{side.party.id}")
    said = str(before.value["reasons"]).strip()
    if ruling is not None and value["reasons"] in ("", said):
        raise NotNow(
            "already_ruled",
            "审判长已就您的异议作出裁定。如有新的理由，请写明新的理由后再提出。",
            "The presiding judge has ruled on your objection. If there is something new, object again and say what"
            " is new.",
            "OLR 5(2)",
        )
    if ruling is None and value["reasons"] == said:
        raise NotNow(
            "already_lodged",
            "您的异议已记入案卷。补充理由后可以再次提出。",
            "Your objection is on the record already. You can add the reasons for it.",
            "OLR 5(2)",
        )


# ── what is open ───────────────────────────────────────────────────────────────────────────────────────────────

_GROUNDS = {"objects": "objection", "retracts": "retraction"}


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that came up after the opening. `ground`: what the judge rules on, None where it is only noted.

    `side` is the participant id of the party concerned, `ruling` the one that answers it as it stands.
    """

    id: str
    ground: str | None
    side: str | None
    words: BiText
    reasons: str
    at: datetime
    late: bool
    in_room: bool
    ruling: Ruling | None


def opened_since(hearing: Hearing) -> datetime | None:
    """When the room was opened for the first time; None before."""
    return next((step.since for step in hearing.course if step.phase == "in_session"), hearing.opened_at)


def matters(hearing: Hearing) -> tuple[Matter, ...]:
    """Everything of the gate that came up since the opening: what awaits the judge first, then what was ruled on."""
    opened = opened_since(hearing)
    if opened is None or hearing.phase not in LIVE:
        return ()
    stage = current_stage(hearing)
    found = [
        _stated(hearing, history[-1])
        for (key, of_stage), history in Stated.of(hearing).history.items()
        if history[-1].at >= opened and of_stage in (None, stage) and is_open(key, history[-1].value)
    ]
    known = {one.ground for one in found}
    stored = hearing.determination
    for ground in () if stored is None else stored.awaiting:
        if ground not in known:
            assert stored is not None
            found.append(_of_ground(hearing, ground, stored.at, None))
            known.add(ground)
    for ruling in hearing.rulings:
        if ruling.at < opened or ruling.ground in known:
            continue
        if standing_ruling(hearing, ruling.ground) is ruling:
            found.append(_of_ground(hearing, ruling.ground, ruling.at, ruling))
    return tuple(sorted(found, key=lambda one: (one.ruling is not None, one.ground is None, one.at)))


def own_matter(hearing: Hearing, person: Participant) -> Matter | None:
    """The objection that this person lodged from the room, as it stands now."""
    return next(
        (
            one
            for one in matters(hearing)
            if one.in_room
            and any(said.id == one.id and said.entered_by.id == person.id for said in hearing.assertions)
        ),
        None,
    )


def _stated(hearing: Hearing, stated: Assertion) -> Matter:
    kind, subject = stated.key.partition(":")[0], subject_of(stated.key)
    ground = _ground_of(hearing, stated)
    position = kind in ("position", "agent_position")
    value = {**stated.value, "reasons": ""} if position else stated.value
    principal = hearing.participants.get(subject)
    return Matter(
        id=stated.id,
        ground=ground,
        side=subject if principal is not None and principal.role in PRINCIPALS else None,
        words=fact_in_words(hearing, stated.key, value),
        reasons=str(stated.value["reasons"]).strip() if position else stated.note,
        at=stated.at,
        late=stated.late,
        in_room=position and stated.late and stated.entered_by.id in hearing.participants,
        ruling=None if ground is None else _answer(hearing, ground),
    )


def _ground_of(hearing: Hearing, stated: Assertion) -> str | None:
    """What a ruling on this would be about; None where the rules ask for none: no reasons were given, or every side objects."""
    kind, *subjects = stated.key.split(":")
    subject = subjects[0] if subjects else ""
    grounds = {
        "position": (f"objection:{subject}", f"retraction:{subject}"),
        "agent_position": (f"objection:{subject}", f"retraction:{subject}"),
        "capability": (f"incapacity:{subject}",),
        "witness_objection": (f"witness:{subject}",),
        "need": (f"need:{subject}",),
    }.get(kind, (kind,))
    awaiting = () if hearing.determination is None else hearing.determination.awaiting
    for ground in grounds:
        if ground in awaiting or _answer(hearing, ground) is not None:
            return ground
    return None


def _answer(hearing: Hearing, ground: str) -> Ruling | None:
    awaiting = () if hearing.determination is None else hearing.determination.awaiting
    return None if ground in awaiting else standing_ruling(hearing, ground)


def _of_ground(hearing: Hearing, ground: str, at: datetime, ruling: Ruling | None) -> Matter:
    _, _, subject = ground.partition(":")
    principal = hearing.participants.get(subject)
    side = subject if principal is not None and principal.role in PRINCIPALS else None
    words = ground_in_words(hearing, ground)
    return Matter(ground, ground, side, words, "", at, False, False, ruling)


DECISIONS: dict[type[c.Command], Decision] = {c.LodgeObjection: _lodge}
