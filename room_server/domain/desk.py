"""Decisions of the clerk's and the judge's desk: the file, the facts, the gate, the timetable, the links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from eligibility.facts import CASE_TYPES
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import mediation, permissions, phases
from room_server.domain.context import Context, authorities, change_phase, participant, system_phase
from room_server.domain.deadlines import is_late
from room_server.domain.evolution import evolve
from room_server.domain.facts import checked_assertion
from room_server.domain.model import (
    HEARING_STAGES,
    Assertion,
    Hearing,
    HowAsserted,
    InvitationStep,
    Participant,
)
from room_server.domain.opening import determination_made, evaluate, require_valid
from room_server.domain.removal import require_nobody_silenced
from room_server.domain.seating import changed_seats, drafted_seats, required_text, required_time
from room_server.domain.statements import speaks_by, stands_by_link
from room_server.errors import CorrectTheRequest, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]


def draft(command: c.DraftHearing, ctx: Context) -> list[e.Event]:
    permissions.require_draft(ctx.actor)
    _case_type(command.case_type)
    _kind_and_stage(command.kind, command.stage)
    return [
        e.HearingDrafted(
            by=ctx.actor,
            hearing_id=command.hearing_id,
            case_id=command.case_id,
            case_number=required_text("case_number", command.case_number),
            title=required_text("title", command.title),
            cause=required_text("cause", command.cause),
            case_type=command.case_type,
            stage=command.stage,
            scheduled_at=required_time("scheduled_at", command.scheduled_at),
            courtroom_zh=required_text("courtroom_zh", command.courtroom_zh),
            courtroom_en=required_text("courtroom_en", command.courtroom_en),
            ruleset=ctx.ruleset.name,
            participants=drafted_seats(command.participants, ctx, command.kind),
            kind=command.kind,
        )
    ]


def _kind_and_stage(kind: str, stage: str) -> None:
    if (kind == "mediation") != (stage == "mediation"):
        allowed = "mediation" if kind == "mediation" else ", ".join(HEARING_STAGES)
        raise CorrectTheRequest(
            "bad_stage",
            f"程序与阶段不符；允许的阶段：{allowed}。",
            f"The stage does not belong to a {kind}; allowed: {allowed}.",
        )


def _case_type(case_type: str) -> None:
    if case_type not in CASE_TYPES:
        allowed = ", ".join(CASE_TYPES)
        raise CorrectTheRequest(
            None, f"案件类型不对；允许：{allowed}。", f"Unknown case type; allowed: {allowed}."
        )


def _change(hearing: Hearing, command: c.ChangeHearing, ctx: Context) -> list[e.Event]:
    changes: dict[str, Any] = {}
    for name in ("case_number", "title", "cause", "courtroom_zh", "courtroom_en"):
        value = getattr(command, name)
        if value is not None and value != getattr(hearing, name):
            changes[name] = required_text(name, value)
    if command.case_type is not None and command.case_type != hearing.case_type:
        _case_type(command.case_type)
        changes["case_type"] = command.case_type
    if command.stage is not None and command.stage != hearing.stage:
        _kind_and_stage(hearing.kind, command.stage)
        changes["stage"] = command.stage
    if command.scheduled_at is not None and command.scheduled_at != hearing.scheduled_at:
        changes["scheduled_at"] = required_time("scheduled_at", command.scheduled_at)
    if command.participants is not None:
        seats = changed_seats(hearing, command.participants, ctx)
        if seats is not None:
            changes["participants"] = seats
    if not changes:
        return []
    changed = e.HearingChanged(ctx.actor, **changes)
    require_nobody_silenced(hearing, changed, ctx)
    return [changed]


def _assert_fact(hearing: Hearing, command: c.AssertFact, ctx: Context) -> list[e.Event]:
    if command.how not in get_args(HowAsserted):
        allowed = ", ".join(get_args(HowAsserted))
        raise CorrectTheRequest(
            None, f"陈述方式不对；允许：{allowed}。", f"Unknown way of stating; allowed: {allowed}."
        )
    value = checked_assertion(hearing, command.key, command.value)
    _who_may_state(hearing, command, ctx)
    if command.how != "link" and stands_by_link(hearing, command.key, value):
        raise NotPermitted(
            "stated_by_link",
            "该陈述由当事人通过链接亲自作出，书记员不能更改；只能由当事人本人更改。",
            "This was stated by the party itself through its link. The desk cannot alter it; only the party can.",
            "OLR 4",
        )
    _lifting_closure(hearing, command, ctx)
    stated = Assertion(
        id=ctx.new_id("ast"),
        key=command.key,
        value=value,
        asserted_by=required_text("asserted_by", command.asserted_by),
        how=command.how,
        note=command.note,
        at=ctx.now,
        entered_by=ctx.actor,
        late=is_late(hearing, ctx.now),
    )
    return [e.FactAsserted(ctx.actor, stated)]


def _who_may_state(hearing: Hearing, command: c.AssertFact, ctx: Context) -> None:
    if ctx.actor.kind == "system":
        return
    person = hearing.participants.get(ctx.actor.id) if ctx.actor.kind == "participant" else None
    if person is None or (person.is_court and person.role not in ("mediator", "courtroom")):
        if command.how == "link":
            raise NotPermitted(
                "not_by_link",
                "通过链接的陈述只能由当事人本人作出；请选择当庭、书面或电话。",
                "Only the party itself states something through its link; choose desk, paper or phone.",
            )
        return
    if command.how == "link" and speaks_by(hearing, person, command.key):
        return
    raise NotPermitted(
        "not_own_side", "只能就本方的情况作出陈述。", "You can state facts about your own side only.", "OLR 4"
    )


def _lifting_closure(hearing: Hearing, command: c.AssertFact, ctx: Context) -> None:
    before = hearing.latest_assertion("closed")
    if command.key != "closed" or before is None or not str(before.value).startswith("by_law_"):
        return
    if command.value == before.value or authorities(hearing, ctx.actor) & {
        "presiding_judge",
        "panel_judge",
        "judge",
    }:
        return
    raise NotPermitted(
        "judge_lifts_closure",
        "依法不公开审理的认定只能由法官解除。",
        "Only a judge can lift a closure that the law provides for.",
        "V; OLR 27",
    )


def _determine(hearing: Hearing, command: c.Determine, ctx: Context) -> list[e.Event]:
    fresh = evaluate(hearing, ctx)
    made = determination_made(hearing, fresh, ctx, ctx.actor)
    if hearing.phase == "adjourned":
        # The table has no way from here to `checking`; scheduling asks for a determination that allows it.
        return [made]
    events: list[e.Event] = []
    if hearing.phase == "draft":
        events.append(change_phase(hearing, "checking", "determination_requested", ctx.actor))
    elif hearing.phase != "checking":
        events.append(system_phase(hearing, "checking", "determination_requested"))
    moved = evolve(hearing, events[0], ctx.now) if events else hearing
    return [*events, made, system_phase(moved, phases.OUTCOME_PHASES[fresh.outcome], "determined")]


def _schedule(hearing: Hearing, command: c.ScheduleHearing, ctx: Context) -> list[e.Event]:
    mediation.require_accepted(hearing)
    require_valid(hearing, hearing.determination, ctx)
    events: list[e.Event] = []
    if command.scheduled_at is not None and command.scheduled_at != hearing.scheduled_at:
        at = required_time("scheduled_at", command.scheduled_at)
        events.append(e.HearingChanged(ctx.actor, scheduled_at=at))
    return [*events, change_phase(hearing, "scheduled", None, ctx.actor)]


def _open_lobby(hearing: Hearing, command: c.OpenLobby, ctx: Context) -> list[e.Event]:
    mediation.require_accepted(hearing)
    require_valid(hearing, hearing.determination, ctx)
    return [change_phase(hearing, "lobby_open", None, ctx.actor)]


def _cancel(hearing: Hearing, command: c.CancelHearing, ctx: Context) -> list[e.Event]:
    return [change_phase(hearing, "cancelled", required_text("reason", command.reason), ctx.actor)]


def _note_invitation(hearing: Hearing, command: c.NoteInvitation, ctx: Context) -> list[e.Event]:
    person = participant(hearing, command.participant_id)
    if person.role == "courtroom":
        raise CorrectTheRequest(
            "no_link_for_courtroom",
            "法庭现场没有邀请链接；由书记员或审判长在法庭的电脑上打开。",
            "The courtroom has no link; the clerk or the presiding judge opens it on the court's computer.",
        )
    if person.is_court:
        raise CorrectTheRequest(
            "staff_sign_in",
            "法院工作人员以账号登录，不用邀请链接。",
            "Staff sign in with an account; they have no link.",
        )
    if command.state not in get_args(InvitationStep) or command.state == "none":
        raise CorrectTheRequest(
            None, "邀请状态不对。", "Unknown state; allowed: issued, opened, revoked, locked."
        )
    return _invitation_events(person, command.state, ctx)


def _invitation_events(person: Participant, state: InvitationStep, ctx: Context) -> list[e.Event]:
    before = person.invitation.state
    noted: list[e.Event] = [e.InvitationNoted(ctx.actor, person.id, state)]
    if state == "issued" and before in ("issued", "opened", "locked"):
        return [e.InvitationNoted(ctx.actor, person.id, "revoked"), *noted]
    if state == "opened" and before == "opened":
        return []
    allowed = {
        "issued": ("none", "revoked"),
        "opened": ("issued",),
        "revoked": ("issued", "opened", "locked"),
    }
    if before not in allowed.get(state, ("issued", "opened")):
        raise CorrectTheRequest(
            "no_live_invitation",
            f"{person.name}没有有效的邀请链接。",
            f"{person.name} has no link that this could happen to (it is: {before}).",
        )
    return noted


DECISIONS: dict[type[c.Command], Decision] = {
    c.ChangeHearing: _change,
    c.AssertFact: _assert_fact,
    c.Determine: _determine,
    c.ScheduleHearing: _schedule,
    c.OpenLobby: _open_lobby,
    c.CancelHearing: _cancel,
    c.NoteInvitation: _note_invitation,
}
