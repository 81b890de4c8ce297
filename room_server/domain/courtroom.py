"""The courtroom itself as one that takes part: who attends there in person, who is noted present, and its computer.

Where a determination names people who attend at court (OLR 4(3), 5(1), 24, 26), the court opens the hearing on a
computer of its own in the courtroom. That computer is one participant of role `courtroom`; whoever sits there is seen
and heard through it, and is there for the hearing as long as the clerk has noted it and that computer is connected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, get_args

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.context import Context, participant
from room_server.domain.model import Hearing, IdentityMethod, Participant
from room_server.domain.seating import required_text
from room_server.errors import CorrectTheRequest, NotNow, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]

_LONGEST_NOTE = 500


def courtroom_of(hearing: Hearing) -> Participant | None:
    """The courtroom as a participant, once it has been opened."""
    return next(hearing.with_role("courtroom"), None)


def attending_at_court(hearing: Hearing) -> list[Participant]:
    """Who attends in person, by seat."""
    people = sorted(hearing.participants.values(), key=lambda one: one.seat)
    return [one for one in people if one.attends == "at_court" and not one.removed]


def is_there(hearing: Hearing, person: Participant) -> bool:
    """Whether this person can take part now: connected, or noted present in a courtroom that is connected."""
    if person.attends == "online":
        return person.connected
    courtroom = courtroom_of(hearing)
    return person.at_court is not None and courtroom is not None and courtroom.connected


def has_come(person: Participant) -> bool:
    """Whether this person was let in, or was noted present at court, at any time since the hearing was last called."""
    return (
        person.admitted
        or person.departure == "left_without_permission"
        or person.at_court is not None
        or person.left_court_at is not None
    )


def gone_since(hearing: Hearing, people: Iterable[Participant]) -> datetime:
    """Since when none of these people is there in this phase; to be asked where `is_there` holds for none of them."""
    moments = [hearing.phase_since]
    courtroom = courtroom_of(hearing)
    for person in people:
        moments += [one.at for one in (person.last_disconnect, person.at_court) if one is not None]
        if person.left_court_at is not None:
            moments.append(person.left_court_at)
        if person.at_court is not None and courtroom is not None and courtroom.last_disconnect is not None:
            moments.append(courtroom.last_disconnect.at)
    return max(moments)


def require_this_computer(person: Participant, device: str) -> None:
    """The courtroom is in one place: only the computer on which it was opened last may be it."""
    if person.role == "courtroom" and person.device != device:
        raise NotPermitted(
            "courtroom_elsewhere",
            "法庭现场已在另一台电脑上打开。要改用这台电脑，请书记员或审判长在工作台重新打开法庭现场。",
            "The courtroom was opened on another computer. To use this one, the clerk or the presiding judge opens "
            "the courtroom here once more, at the desk.",
        )


def _open(hearing: Hearing, command: c.OpenCourtroom, ctx: Context) -> list[e.Event]:
    device = required_text("device", command.device)
    before = courtroom_of(hearing)
    if before is None:
        return [e.CourtroomOpened(ctx.actor, ctx.new_id("par"), hearing.courtroom_zh, device)]
    if before.device == device and before.account == ctx.actor.id:
        return []
    return [e.CourtroomOpened(ctx.actor, before.id, hearing.courtroom_zh, device)]


def _note_present(hearing: Hearing, command: c.NotePresentAtCourt, ctx: Context) -> list[e.Event]:
    person = participant(hearing, command.participant_id)
    if person.is_court:
        raise NotPermitted(
            "of_the_court", "不能对法院人员这样做。", "This cannot be done to the bench or the clerk."
        )
    if person.removed:
        raise NotNow("removed", f"{person.name}已被责令退出。", f"{person.name} has been removed.")
    if person.attends != "at_court":
        raise NotNow(
            "attends_online",
            f"{person.name}在线参加庭审，不在法庭现场；到庭参加的人由审核结论确定。",
            f"{person.name} attends online, not at court; who attends at court follows from the determination.",
            "OLR 4(3)",
        )
    if not command.present:
        return [] if person.at_court is None else [e.PresenceAtCourtNoted(ctx.actor, person.id, False)]
    if command.method not in get_args(IdentityMethod):
        allowed = ", ".join(get_args(IdentityMethod))
        raise CorrectTheRequest(
            None, f"核验方式不对；允许：{allowed}。", f"Unknown method; allowed: {allowed}.", "OLR 7"
        )
    note = command.note[:_LONGEST_NOTE]
    noted = person.at_court
    if noted is not None and (noted.method, noted.note) == (command.method, note):
        return []
    return [e.PresenceAtCourtNoted(ctx.actor, person.id, True, command.method, note)]


DECISIONS: dict[type[c.Command], Decision] = {
    c.OpenCourtroom: _open,
    c.NotePresentAtCourt: _note_present,
}
