"""Who takes part, as the clerk names them: checked against the record, seated, and kept when the list changes."""

from __future__ import annotations

from datetime import datetime

from room_server.domain.context import Context
from room_server.domain.events import SeatedPerson
from room_server.domain.model import (
    COURT,
    PRINCIPALS,
    REPRESENTATIVES,
    ROLES,
    SIDES,
    Hearing,
    NewParticipant,
    ProceedingKind,
    Role,
)
from room_server.domain.words import role_names
from room_server.errors import CorrectTheRequest, NotNow

MOST_PARTICIPANTS = 200
_IN_A_MEDIATION: frozenset[Role] = frozenset(
    {"mediator", "clerk", "party", "legal_representative", "counsel", "interpreter"}
)
"""No bench, nobody to prove anything, and never an audience."""
_LONGEST_TEXT = 4000


def required_text(name: str, value: str) -> str:
    if not value.strip() or len(value) > _LONGEST_TEXT:
        raise CorrectTheRequest(
            None,
            f"“{name}”必须填写，且不超过{_LONGEST_TEXT}字。",
            f"{name} must not be blank and has at most {_LONGEST_TEXT} characters.",
        )
    return value


def required_time(name: str, value: datetime) -> datetime:
    if value.tzinfo is None:
        raise CorrectTheRequest(None, f"“{name}”须带时区。", f"{name} must have an offset, such as +08:00.")
    return value


def drafted_seats(
    people: tuple[NewParticipant, ...], ctx: Context, kind: ProceedingKind = "hearing"
) -> tuple[SeatedPerson, ...]:
    """The people of a new proceeding with fresh ids; raises `CorrectTheRequest`."""
    _require_whole(people, kind)
    return tuple(_seat(new, ctx.new_id("par"), seat) for seat, new in enumerate(people))


def changed_seats(
    hearing: Hearing, people: tuple[NewParticipant, ...], ctx: Context
) -> tuple[SeatedPerson, ...] | None:
    """The new list; whoever is, or was, in it keeps the id, and with it what they stated: a statement is not undone by
    taking its speaker off the list and naming them again (OLR 4). None where nothing differs.

    Raises `NotNow` where somebody who is connected, or was removed, would be dropped.
    """
    _require_whole(people, hearing.kind)
    # The courtroom is on nobody's list: it is opened, not named.
    listed = [one for one in hearing.participants.values() if one.role != "courtroom"]
    known = {(one.person, one.account): one.id for one in (*hearing.former.values(), *listed)}
    seats = tuple(
        _seat(new, known.get((new.person, new.account)) or ctx.new_id("par"), seat)
        for seat, new in enumerate(people)
    )
    kept = {seat.id for seat in seats}
    for person in listed:
        if person.id not in kept and (person.connected or person.removed):
            raise NotNow(
                "still_there",
                f"{person.name}正在法庭或已被责令退出，不能从名单中删去。",
                f"{person.name} is connected or was removed by the judge, and cannot be taken off the list.",
            )
        changed_role = any(seat.id == person.id and seat.role != person.role for seat in seats)
        if changed_role and person.connected:
            raise NotNow(
                "still_there",
                f"{person.name}在线，不能更改身份。",
                f"The role of {person.name} cannot change while connected.",
            )
    before = tuple(
        SeatedPerson(one.id, one.role, one.name, one.seat, one.person, one.account, one.side, one.represents)
        for one in sorted(listed, key=lambda one: one.seat)
    )
    return None if seats == before else seats


def _seat(new: NewParticipant, participant_id: str, seat: int) -> SeatedPerson:
    return SeatedPerson(
        participant_id, new.role, new.name, seat, new.person, new.account, new.side, new.represents
    )


def _wrong(zh: str, en: str) -> CorrectTheRequest:
    return CorrectTheRequest("bad_participants", zh, en)


def _require_whole(people: tuple[NewParticipant, ...], kind: ProceedingKind) -> None:
    if len(people) > MOST_PARTICIPANTS:
        raise _wrong(
            f"参加人不能超过{MOST_PARTICIPANTS}人。", f"At most {MOST_PARTICIPANTS} people can take part."
        )
    roles = [one.role for one in people]
    if kind == "mediation":
        _require_mediation(roles)
    else:
        _require_court(roles)
    if not any(role in PRINCIPALS for role in roles):
        raise _wrong("至少须有一方当事人。", "There must be at least one party.")
    keys = [one.person or one.account for one in people]
    if len(set(keys)) != len(keys):
        raise _wrong("同一人不能列入两次。", "Nobody can be on the list twice.")
    principals = {one.person for one in people if one.role in PRINCIPALS}
    for one in people:
        _require_person(one, principals)


def _require_court(roles: list[Role]) -> None:
    if roles.count("presiding_judge") != 1:
        raise _wrong("必须且只能有一名审判长。", "There must be exactly one presiding judge.")
    if roles.count("clerk") < 1:
        raise _wrong("至少须有一名书记员。", "There must be a clerk.")
    if "mediator" in roles:
        raise _wrong(
            "庭审不设调解员；调解须另行拟定。",
            "A hearing has no mediator; a mediation is drafted as one of its own.",
        )


def _require_mediation(roles: list[Role]) -> None:
    if roles.count("mediator") != 1:
        raise _wrong("必须且只能有一名调解员。", "There must be exactly one mediator.")
    if roles.count("clerk") > 1:
        raise _wrong("书记员至多一名。", "There can be one clerk at most.")
    if roles.count("party") < 2:
        raise _wrong("调解至少须有两方当事人。", "A mediation needs at least two parties.")
    others = sorted({role for role in roles if role not in _IN_A_MEDIATION})
    if others:
        zh, en = role_names(others)
        allowed_zh, allowed_en = role_names(_IN_A_MEDIATION)
        raise _wrong(
            f"{zh}不参加调解；可以参加的是：{allowed_zh}。",
            f"A mediation has no place for {en}; allowed: {allowed_en}.",
        )


def _require_person(one: NewParticipant, principals: set[str | None]) -> None:
    if one.role not in ROLES:
        raise _wrong(f"身份不对：{one.role}。", f"Unknown role {one.role!r}; allowed: {', '.join(ROLES)}.")
    if one.role == "courtroom":
        raise _wrong(
            "法庭现场不列入参加人名单；由书记员或审判长在法庭的电脑上打开。",
            "The courtroom is not named in a list; the clerk or the presiding judge opens it on the court's computer.",
        )
    if not one.name.strip():
        raise _wrong("姓名不能为空。", "A name must not be blank.")
    if (one.person is None) == (one.account is None) or (one.role in COURT) != (one.account is not None):
        raise _wrong(
            f"{one.name}：法院人员须有账号，其他参加人须是案件登记的人员。",
            f"{one.name}: the bench and the clerk are named by account, everybody else by the case's person id.",
        )
    if one.side is not None and one.side not in SIDES:
        raise _wrong(f"{one.name}的诉讼地位不对。", f"{one.name}: unknown side; allowed: {', '.join(SIDES)}.")
    if one.role in PRINCIPALS and one.side is None:
        raise _wrong(
            f"须写明{one.name}的诉讼地位。", f"{one.name}: a party needs a side: {', '.join(SIDES)}."
        )
    if one.role in REPRESENTATIVES and one.represents not in principals - {None}:
        raise _wrong(
            f"须写明{one.name}代理本案哪一方当事人。",
            f"{one.name}: `represents` must be the person id of a party in this hearing.",
        )
