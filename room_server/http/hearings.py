"""The desk of clerk and judge: hearings, their facts, the determination, and who is invited."""

from __future__ import annotations

import io

import segno

from room_server.domain import commands as c
from room_server.domain.model import Hearing, Participant
from room_server.errors import CorrectTheRequest, NotNow, NotPermitted
from room_server.http import models as m
from room_server.http.call import Call, Route, actor_of, may_see
from room_server.http.cases import case_of
from room_server.http.mediation_sheet import mediation_detail
from room_server.http.people import checked_text
from room_server.http.services import NotFound, refusal_of
from room_server.http.statement_sheet import deadline_for_desk, side_lines
from room_server.http.summons import Summons, parse_time
from room_server.http.views import hearing_detail, hearing_lines
from room_server.ids import new_id
from room_server.store.accounts import AccountRecord

DESK = ("clerk", "judge", "mediator")
"""Who has hearings or mediations on the desk; each sees only what `may_see` lets them."""


async def list_hearings(call: Call) -> m.HearingList:
    account = await call.staff(*DESK)
    hearings = await call.services.proceedings.all()
    return m.HearingList(hearings=hearing_lines(one for one in hearings if may_see(account, one)))


async def draft_hearing(call: Call, body: m.NewHearing) -> m.HearingDetail:
    account = await call.staff("clerk")
    case = await case_of(call)
    people = await call.services.store.cases.people(case.id)
    accounts = await call.services.identity.staff.all()
    command = c.DraftHearing(
        hearing_id=new_id("hrg", call.services.random_bytes),
        case_id=case.id,
        case_number=case.number,
        title=case.title,
        cause=case.cause,
        case_type=case.case_type,
        stage=body.stage,
        kind="mediation" if body.stage == "mediation" else "hearing",
        scheduled_at=parse_time("scheduled_at", body.scheduled_at),
        courtroom_zh=checked_text("courtroom.zh", body.courtroom.zh),
        courtroom_en=checked_text("courtroom.en", body.courtroom.en),
        participants=Summons.of_new(body).participants(accounts, people),
    )
    hearing = await call.services.proceedings.draft(command, actor_of(account))
    return await _detail(call, hearing, account)


async def get_hearing(call: Call) -> m.HearingDetail:
    account = await call.staff(*DESK)
    return await _detail(call, await call.hearing(account), account)


async def change_hearing(call: Call, body: m.HearingChanges) -> m.HearingDetail:
    account = await call.staff(*DESK)
    hearing = await call.hearing(account)
    participants = None
    if body.model_fields_set & {"presiding_judge", "panel", "clerk", "mediator", "people"}:
        people = await call.services.store.cases.people(hearing.case_id)
        accounts = await call.services.identity.staff.all()
        participants = Summons.of_hearing(hearing).changed(body).participants(accounts, people)
    room = body.courtroom
    command = c.ChangeHearing(
        stage=body.stage,
        scheduled_at=None if body.scheduled_at is None else parse_time("scheduled_at", body.scheduled_at),
        courtroom_zh=None if room is None else checked_text("courtroom.zh", room.zh),
        courtroom_en=None if room is None else checked_text("courtroom.en", room.en),
        participants=participants,
    )
    return await execute(call, command)


async def take_off_list(call: Call, body: m.Reason) -> m.HearingDetail:
    reason = checked_text("reason", body.reason)
    return await execute(call, c.TakeOffList(call.part("participant"), reason))


async def assert_fact(call: Call, body: m.NewAssertion) -> m.HearingDetail:
    asserted_by = checked_text("asserted_by", body.asserted_by)
    return await execute(call, c.AssertFact(body.key, body.value, asserted_by, body.how, body.note))


async def determine(call: Call) -> m.HearingDetail:
    return await execute(call, c.Determine())


async def set_deadline(call: Call, body: m.NewDeadline) -> m.HearingDetail:
    await call.staff(*DESK)
    return await execute(call, c.SetDeadline(parse_time("due_at", body.due_at)))


async def schedule(call: Call) -> m.HearingDetail:
    return await execute(call, c.ScheduleHearing())


async def open_lobby(call: Call) -> m.HearingDetail:
    return await execute(call, c.OpenLobby())


async def cancel(call: Call, body: m.Reason) -> m.HearingDetail:
    return await execute(call, c.CancelHearing(checked_text("reason", body.reason)))


async def invite(call: Call) -> m.InvitationIssued:
    account = await call.staff("clerk")
    hearing = await call.hearing(account)
    person = _participant(call, hearing)
    # The hearing says first whether there may be a link; a link that nobody noted cannot exist. An earlier link is
    # taken back before the new one is noted: in between, whoever holds it must not come in under the new epoch.
    if person.invitation.state in ("issued", "opened", "locked"):
        await call.services.proceedings.execute(
            hearing.id, c.NoteInvitation(person.id, "revoked"), actor_of(account)
        )
    await call.services.identity.invitations.revoke(person.id)
    hearing = await call.services.proceedings.execute(
        hearing.id, c.NoteInvitation(person.id, "issued"), actor_of(account)
    )
    issued = await call.services.identity.invitations.issue(hearing.id, person.id, person.role, account.id)
    url = invitation_url(call.services.site.public_url, issued.secret)
    return m.InvitationIssued(
        participant=person.id,
        url=url,
        code=issued.code,
        qr_svg=qr_svg(url),
        hearing=await _detail(call, hearing, account),
    )


async def revoke(call: Call) -> m.HearingDetail:
    account = await call.staff("clerk")
    hearing = await call.hearing(account)
    person = _participant(call, hearing)
    command = c.NoteInvitation(person.id, "revoked")
    hearing = await call.services.proceedings.execute(hearing.id, command, actor_of(account))
    await call.services.identity.invitations.revoke(person.id)
    return await _detail(call, hearing, account)


async def enter(call: Call) -> m.ParticipationRef:
    """Give the staff account its place in the hearing, on this device."""
    account = await call.staff(*DESK)
    hearing = await call.hearing(account)
    person = hearing.of_account(account.id)
    if person is None:
        raise NotPermitted(
            "not_named", "您不是本次庭审的组成人员。", "Your account is not named in this hearing."
        )
    refused = refusal_of("enter", call.services.proceedings.actions(hearing, actor_of(account)))
    if refused is not None and refused.reason is not None:
        raise NotNow("not_yet", refused.reason.zh, refused.reason.en, refused.citation)
    assert call.session is not None
    await call.services.identity.sessions.hold_as_staff(call.session, account.id, hearing.id, person.id)
    return m.ParticipationRef(participation=person.id)


def invitation_url(public_url: str, secret: str) -> str:
    """Where the page takes an invitation; the secret is in the fragment, which browsers do not send."""
    return f"{public_url}/join#{secret}"


def qr_svg(text: str) -> str:
    """``text`` as a QR code, an SVG element to put into a page."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, svgns=True, scale=4, border=2)
    return out.getvalue().decode("utf-8")


def _participant(call: Call, hearing: Hearing) -> Participant:
    person = hearing.participants.get(call.part("participant"))
    if person is None:
        raise NotFound.of("参加人", "participant of this hearing")
    if (
        person.is_court and person.role != "courtroom"
    ):  # the hearing itself says why the courtroom has no link
        raise CorrectTheRequest(
            "staff_sign_in",
            "法院工作人员以账户登录，不发送邀请链接。",
            "Staff sign in with their account; they get no invitation link.",
        )
    return person


async def execute(call: Call, command: c.Command) -> m.HearingDetail:
    """Carry out the account's command on the hearing of the path; the hearing after it."""
    account = await call.staff(*DESK)
    hearing = await call.hearing(account)
    hearing = await call.services.proceedings.execute(hearing.id, command, actor_of(account))
    return await _detail(call, hearing, account)


async def _detail(call: Call, hearing: Hearing, account: AccountRecord) -> m.HearingDetail:
    proceedings = call.services.proceedings
    return hearing_detail(
        hearing,
        proceedings.actions(hearing, actor_of(account)),
        proceedings.recording_info(hearing),
        proceedings.determination(hearing),
        lambda ruling: proceedings.ruling_signed(hearing, ruling),
        deadline_for_desk(call, hearing),
        side_lines(
            hearing,
            await call.services.store.cases.people(hearing.case_id),
            calls="clerk" in account.roles,
        ),
        mediation_detail(hearing, account.id),
    )


_ONE = "/api/hearings/{hearing}"
_LINK = "/api/hearings/{hearing}/participants/{participant}/invitation"
ROUTES = (
    Route(
        "POST", "/api/cases/{case}/hearings", draft_hearing, "Draft a hearing", m.NewHearing, m.HearingDetail
    ),
    Route("GET", "/api/hearings", list_hearings, "Hearings this account may see", None, m.HearingList),
    Route("GET", _ONE, get_hearing, "A hearing", None, m.HearingDetail),
    Route("PATCH", _ONE, change_hearing, "Change a hearing", m.HearingChanges, m.HearingDetail),
    Route(
        "POST",
        f"{_ONE}/participants/{{participant}}/off-the-list",
        take_off_list,
        "The presiding judge takes somebody who has stated a position off the list, with reasons",
        m.Reason,
        m.HearingDetail,
    ),
    Route("POST", f"{_ONE}/facts", assert_fact, "Enter a fact", m.NewAssertion, m.HearingDetail),
    Route("POST", f"{_ONE}/determine", determine, "Ask the eligibility gate", None, m.HearingDetail),
    Route(
        "POST",
        f"{_ONE}/deadline",
        set_deadline,
        "Ask the sides to state their positions by a time",
        m.NewDeadline,
        m.HearingDetail,
    ),
    Route("POST", f"{_ONE}/schedule", schedule, "Schedule", None, m.HearingDetail),
    Route("POST", f"{_ONE}/open-lobby", open_lobby, "Open the lobby", None, m.HearingDetail),
    Route("POST", f"{_ONE}/cancel", cancel, "Cancel", m.Reason, m.HearingDetail),
    Route("POST", _LINK, invite, "Issue an invitation; revokes an earlier one", None, m.InvitationIssued),
    Route("DELETE", _LINK, revoke, "Revoke an invitation", None, m.HearingDetail),
    Route("POST", f"{_ONE}/enter", enter, "Take the own place in the hearing", None, m.ParticipationRef),
)
