"""What a device holds of a hearing: the participant it acts for, and whether that has come to an end."""

from __future__ import annotations

from typing import Literal

from room_server.domain import phases
from room_server.domain.model import Actor, Hearing, Participant
from room_server.domain.words import of_kind
from room_server.errors import DoNotReturn
from room_server.http.call import Call
from room_server.http.services import NotFound
from room_server.identity.refusals import NotSignedIn
from room_server.store.devices import Participation

Ended = Literal["closed", "removed", "revoked", "cancelled", "converted_offline", "terminated", "left"]


async def participation(call: Call) -> tuple[Participation, Hearing, Participant]:
    """What this device holds under the path's id; another device's is not told from one that does not exist."""
    if call.session is None:
        raise NotSignedIn(None, "请先打开邀请链接或登录。", "Open your invitation link or sign in first.")
    held = await call.services.identity.sessions.held(call.session, call.part("participation"))
    if held is None:
        raise NotFound.of("参加记录", "participation")
    hearing = await call.services.proceedings.get(held.hearing_id)
    person = hearing.participants.get(held.participant_id)
    if person is None:
        raise NotFound.of("参加记录", "participation")
    return held, hearing, person


def participant_actor(person: Participant) -> Actor:
    return Actor("participant", person.id, person.role, person.name)


def ended_how(held: Participation, hearing: Hearing, person: Participant) -> Ended | None:
    if person.removed:
        return "removed"
    if hearing.phase in phases.ENDED:
        return end_of(hearing)
    if held.revoked or (held.invitation_id is not None and person.invitation.state == "revoked"):
        return "revoked"
    return None


def end_of(hearing: Hearing) -> Literal["closed", "cancelled", "converted_offline", "terminated"]:
    if hearing.phase == "cancelled" or hearing.phase == "terminated":
        return hearing.phase
    return "converted_offline" if hearing.conversion_reason is not None else "closed"


def require_own_link(held: Participation, hearing: Hearing, person: Participant) -> None:
    """Raise `DoNotReturn` for who was removed or whose link was taken back, though the hearing may be over."""
    removed_or_revoked = person.removed or held.revoked or person.invitation.state == "revoked"
    if removed_or_revoked:
        require_not_ended(held, hearing, person)
        raise _revoked()


def _revoked() -> DoNotReturn:
    return DoNotReturn(
        "revoked",
        "您的邀请已撤销，请联系书记员获取新链接。",
        "Your invitation was revoked. Ask the clerk for a new link.",
    )


def removed(hearing: Hearing) -> DoNotReturn:
    text = (
        "您已被责令退出法庭，不能再次进入。",
        "The presiding judge removed you from this hearing; you cannot return.",
    )
    citation = None if hearing.kind == "mediation" else "OLR 25"
    return DoNotReturn("removed", *of_kind(hearing.kind, text), citation)


def require_not_ended(held: Participation, hearing: Hearing, person: Participant) -> None:
    ended = ended_how(held, hearing, person)
    if ended == "removed":
        raise removed(hearing)
    if ended == "revoked":
        raise _revoked()
    if ended is not None:
        text = ("本次庭审已结束或已取消。", "This hearing has ended or was cancelled.")
        raise DoNotReturn(f"hearing_{ended}", *of_kind(hearing.kind, text))
