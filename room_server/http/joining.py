"""Coming to a hearing: by an invitation link, through the equipment test and the declaration, to the room token."""

from __future__ import annotations

from typing import Literal

from room_server.domain import commands as c
from room_server.domain import phases
from room_server.domain.courtroom import require_this_computer
from room_server.domain.joining import to_court, why_at_court
from room_server.domain.model import SYSTEM, Actor, Hearing, Participant
from room_server.domain.words import of_kind
from room_server.errors import DoNotReturn, NotNow, NotPermitted
from room_server.http import models as m
from room_server.http.call import Call, Route
from room_server.http.participation import (
    end_of,
    ended_how,
    participation,
    removed,
    require_not_ended,
)
from room_server.http.views import scheduled
from room_server.identity.invitations import LinkLocked
from room_server.identity.refusals import InvitationRefused
from room_server.proceedings.eligibility_view import conversion_for
from room_server.proceedings.mediation_view import mediation_view
from room_server.store.devices import Participation
from room_server.store.invitations import InvitationRecord
from signaling.messages import BiText

DECLARATION_VERSION = "2026-11"
"""Names the hearing rules and the declaration that the page shows; raise it when their words change."""

MEDIATION_DECLARATION_VERSION = "mediation-2026-11"
"""Names the same for a mediation, with the warning against sham mediation (OMR 17)."""

Step = Literal["not_yet", "equipment", "declaration", "room", "at_court", "ended"]


def declaration_version(hearing: Hearing) -> str:
    return MEDIATION_DECLARATION_VERSION if hearing.kind == "mediation" else DECLARATION_VERSION


async def open_invitation(call: Call, body: m.OpenInvitation) -> m.InvitationInfo:
    """Changes nothing: whoever opens the link, a mail scanner too, may do so any number of times."""
    invitation = await call.services.identity.invitations.find(body.secret)
    hearing, person = await _invited(call, invitation)
    if invitation.locked:
        raise LinkLocked(invitation)
    needs_code = invitation.code_hash is not None and not await _holds(call, invitation)
    return m.InvitationInfo(
        court=_court(call), scheduled_at=scheduled(hearing), role=person.role, needs_code=needs_code
    )


async def accept_invitation(call: Call, body: m.AcceptInvitation) -> m.ParticipationRef:
    invitations = call.services.identity.invitations
    invitation = await invitations.find(body.secret)
    hearing, person = await _invited(call, invitation)
    if await _holds(call, invitation):
        return m.ParticipationRef(participation=person.id)
    try:
        await invitations.accept(invitation, body.code)
    except LinkLocked:
        if person.invitation.state in ("issued", "opened"):
            await call.services.proceedings.execute(hearing.id, c.NoteInvitation(person.id, "locked"), SYSTEM)
        raise
    await call.services.proceedings.execute(hearing.id, c.NoteInvitation(person.id, "opened"), SYSTEM)
    session = call.session
    if session is None:
        session, call.cookie = await call.services.identity.sessions.begin()
    await call.services.identity.sessions.hold_by_invitation(session, invitation)
    return m.ParticipationRef(participation=person.id)


async def join_info(call: Call) -> m.JoinInfo:
    held, hearing, person = await participation(call)
    return _info(call, held, hearing, person)


async def report_equipment(call: Call, body: m.EquipmentReport) -> m.JoinInfo:
    command = c.RecordEquipment(
        call.part("participation"), body.camera, body.microphone, body.speaker, body.network, body.browser
    )
    return await _take_step(call, command)


async def declare(call: Call, body: m.Declaration) -> m.JoinInfo:
    _, hearing, _ = await participation(call)
    if body.text_version != declaration_version(hearing):
        raise NotNow(
            "declaration_changed",
            "庭审须知已更新，请刷新页面后重新阅读。",
            "The hearing rules have changed. Reload the page and read them again.",
        )
    return await _take_step(call, c.MakeDeclaration(call.part("participation"), body.text_version))


async def room_token(call: Call) -> m.RoomToken:
    held, hearing, person = await participation(call)
    _require_may_come(held, hearing, person)
    return await call.services.proceedings.mint_room_token(hearing.id, person.id, held.device_id)


async def _invited(call: Call, invitation: InvitationRecord) -> tuple[Hearing, Participant]:
    """Whom the link is for. A link outlives neither its hearing nor a change of its person's role."""
    hearing = await call.services.proceedings.get(invitation.hearing_id)
    person = hearing.participants.get(invitation.participant_id)
    if person is None or person.role != invitation.role:
        raise InvitationRefused(
            "invitation_revoked",
            "您已不在本次庭审的参加人名单中，请联系书记员。",
            "You are no longer on the list of this hearing. Ask the clerk.",
        )
    if hearing.phase in phases.ENDED:
        text = (
            "本次庭审已结束或已取消，链接不再有效。",
            "This hearing has ended or was cancelled; the link is no longer valid.",
        )
        raise DoNotReturn(f"hearing_{end_of(hearing)}", *of_kind(hearing.kind, text))
    if person.removed:
        raise removed(hearing)
    return hearing, person


async def _holds(call: Call, invitation: InvitationRecord) -> bool:
    if call.session is None:
        return False
    held = await call.services.identity.sessions.held(call.session, invitation.participant_id)
    return held is not None and held.invitation_id == invitation.id


async def _take_step(call: Call, command: c.Command) -> m.JoinInfo:
    held, hearing, person = await participation(call)
    require_not_ended(held, hearing, person)
    actor = Actor("participant", person.id, person.role, person.name)
    hearing = await call.services.proceedings.execute(hearing.id, command, actor)
    return _info(call, held, hearing, hearing.participants[person.id])


def _step(held: Participation, hearing: Hearing, person: Participant) -> Step:
    if ended_how(held, hearing, person) is not None:
        return "ended"
    if person.attends == "at_court":
        return "at_court"
    # Equipment and declaration can be settled days before: the test is worth most while there is time to help.
    if person.equipment == "untested":
        return "equipment"
    if not person.is_court and (
        not person.declared or person.declaration_version != declaration_version(hearing)
    ):
        return "declaration"
    return "room" if hearing.phase in phases.ENTERABLE else "not_yet"


def _info(call: Call, held: Participation, hearing: Hearing, person: Participant) -> m.JoinInfo:
    return m.JoinInfo(
        participation=person.id,
        hearing=hearing.id,
        court=_court(call),
        courtroom=BiText(zh=hearing.courtroom_zh, en=hearing.courtroom_en),
        case_number=hearing.case_number,
        title=hearing.title,
        cause=hearing.cause,
        scheduled_at=scheduled(hearing),
        phase=hearing.phase,
        role=person.role,
        side=person.side,
        name=person.name,
        attends=person.attends,
        at_court=_at_court(hearing, person),
        declared=person.declared or person.is_court,
        declaration_version=declaration_version(hearing),
        equipment=person.equipment,
        step=_step(held, hearing, person),
        ended=ended_how(held, hearing, person),
        conversion=conversion_for(hearing, person),
        kind=hearing.kind,
        mediation=mediation_view(hearing, person),
        hotline=call.services.site.hotline,
    )


def _at_court(hearing: Hearing, person: Participant) -> m.AtCourt | None:
    if person.attends != "at_court":
        return None
    zh, en, citation = why_at_court(hearing, person)
    reason = BiText(zh=zh, en=en) if zh and en else None
    return m.AtCourt(reason=reason, citation=citation, present=person.at_court is not None)


def _require_may_come(held: Participation, hearing: Hearing, person: Participant) -> None:
    """Everything but the step itself decides; the room checks it all once more when the token is used."""
    require_not_ended(held, hearing, person)
    if person.attends == "at_court":
        raise to_court(hearing, person)
    if person.is_court:
        require_this_computer(person, held.device_id)
        if held.account_id is None or held.account_id != person.account:
            raise NotPermitted(
                "not_named", "您不是本次庭审的组成人员。", "You are not named in this hearing."
            )
    elif not person.declared:
        raise NotNow("declare_first", "请先作出声明。", "Make the declaration first.", "OLR 7")
    if hearing.phase not in phases.ENTERABLE:
        raise NotNow("not_yet", "庭审尚未开放，请稍后再来。", "The lobby is not open yet. Come back later.")


def _court(call: Call) -> BiText:
    return BiText(zh=call.services.site.court_zh, en=call.services.site.court_en)


_ONE = "/api/participations/{participation}"
ROUTES = (
    Route(
        "POST",
        "/api/invitations/open",
        open_invitation,
        "What a link is for",
        m.OpenInvitation,
        m.InvitationInfo,
    ),
    Route(
        "POST",
        "/api/invitations/accept",
        accept_invitation,
        "Take the place that a link is for",
        m.AcceptInvitation,
        m.ParticipationRef,
    ),
    Route("GET", _ONE, join_info, "Where the page goes on", None, m.JoinInfo),
    Route(
        "POST",
        f"{_ONE}/equipment",
        report_equipment,
        "Result of the equipment test",
        m.EquipmentReport,
        m.JoinInfo,
    ),
    Route("POST", f"{_ONE}/declaration", declare, "Make the declaration", m.Declaration, m.JoinInfo),
    Route("POST", f"{_ONE}/token", room_token, "A token for the room", None, m.RoomToken),
)
