"""Decisions about coming in: equipment, declaration, connections, the second device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.context import Context, participant
from room_server.domain.courtroom import require_this_computer
from room_server.domain.model import Equipment, Hearing, Participant, Place
from room_server.domain.opening import named
from room_server.domain.seating import required_text
from room_server.domain.statements import concluded_from_test
from room_server.errors import (
    CorrectTheRequest,
    DoNotReturn,
    GateClosed,
    NotNow,
    NotPermitted,
    WaitForTheClerk,
)

Decision = Callable[[Hearing, Any, Context], list[e.Event]]

_EQUIPMENT_VALUES: dict[str, tuple[str, ...]] = {
    "camera": ("ok", "none", "denied", "failed"),
    "microphone": ("ok", "silent", "none", "denied", "failed"),
    "speaker": ("ok", "not_heard", "untested"),
    "network": ("good", "weak", "failed", "untested"),
}


def _self(hearing: Hearing, participant_id: str, ctx: Context) -> Participant:
    """The participant, if the actor is that participant or the server on its behalf."""
    person = participant(hearing, participant_id)
    if ctx.actor.kind != "system" and ctx.actor.id != person.id:
        raise NotPermitted(None, "只能为自己这样做。", "You can do this for yourself only.")
    return person


def _record_equipment(hearing: Hearing, command: c.RecordEquipment, ctx: Context) -> list[e.Event]:
    person = _self(hearing, command.participant_id, ctx)
    for name, allowed in _EQUIPMENT_VALUES.items():
        if getattr(command, name) not in allowed:
            listed = ", ".join(allowed)
            raise CorrectTheRequest(
                None, f"“{name}”的值不对；允许：{listed}。", f"Unknown value of {name}; allowed: {listed}."
            )
    passed = (
        command.camera == "ok"
        and command.microphone == "ok"
        and command.speaker != "not_heard"
        and command.network != "failed"
    )
    result: Equipment = "passed" if passed else "problem"
    recorded = e.EquipmentRecorded(
        ctx.actor,
        person.id,
        result,
        command.camera,
        command.microphone,
        command.speaker,
        command.network,
        command.browser[:300],
    )
    return [recorded, *concluded_from_test(hearing, person, recorded, ctx)]


def _make_declaration(hearing: Hearing, command: c.MakeDeclaration, ctx: Context) -> list[e.Event]:
    person = _self(hearing, command.participant_id, ctx)
    if person.is_court:
        return []
    version = required_text("text_version", command.text_version)
    if person.declared and person.declaration_version == version:
        return []
    return [e.DeclarationMade(ctx.actor, person.id, version)]


def _require_may_enter(hearing: Hearing, person: Participant) -> None:
    if person.removed:
        raise DoNotReturn(
            "removed",
            "您已被审判长责令退出法庭。",
            "The presiding judge has removed you from this hearing.",
            "OLR 25",
        )
    if person.invitation.state == "revoked":
        raise DoNotReturn("revoked", "该邀请链接已被撤回。", "This invitation has been revoked.")
    if person.attends == "at_court":
        raise to_court(hearing, person)
    if person.role == "observer" and not hearing.gallery:
        raise NotPermitted(
            "no_gallery", "本案不公开审理，不设旁听。", "This hearing is not open to the public.", "OLR 27"
        )
    if not person.is_court and not person.declared:
        raise NotNow("declare_first", "请先作出声明。", "Make the declaration first.", "OLR 7")


def why_at_court(hearing: Hearing, person: Participant) -> tuple[str, str, str | None]:
    """Why the determination names this person to attend in person: Chinese, English, citation; blank where it is silent."""
    findings = hearing.determination.findings if hearing.determination else ()
    about = [one for one in findings if one["about"] == person.id and one["outcome"] == "hybrid"]
    if not about:
        return "", "", None
    zh, en = (named(hearing, about[0]["text"][language]) for language in ("zh", "en"))
    return zh, en, str(about[0]["citation"])


def to_court(hearing: Hearing, person: Participant) -> GateClosed:
    """The refusal of who attends in person and comes by a link."""
    zh, en, citation = why_at_court(hearing, person)
    return GateClosed(
        "attends_at_court",
        f"您须到{hearing.courtroom_zh}现场参加庭审，不能在线参加。{zh}",
        f"You attend this hearing in person, at {hearing.courtroom_en}, not online. {en}".strip(),
        citation or "OLR 4(3)",
    )


def _holds_place_elsewhere(person: Participant, device: str) -> bool:
    if person.device is None or person.device == device:
        return False
    # Staff have signed in with their own account; only a standing connection of theirs is protected.
    return person.connected or (person.admitted and not person.is_court)


def _connect(hearing: Hearing, command: c.Connect, ctx: Context) -> list[e.Event]:
    person = _self(hearing, command.participant_id, ctx)
    _require_may_enter(hearing, person)
    device = required_text("device", command.device)
    require_this_computer(person, device)
    if _holds_place_elsewhere(person, device):
        raise WaitForTheClerk(
            None,
            "您已在另一台设备上参加庭审；请等待书记员确认更换设备。",
            "You take part on another device; wait for the clerk to approve this one.",
            "OLR 7",
        )
    place: Place = "main" if person.is_court or person.admitted else "lobby"
    if person.connected:
        # A reload during the check goes on with the check.
        place = person.place
    return [
        e.ParticipantConnected(ctx.actor, person.id, device, command.cause, place, replaced=person.connected)
    ]


def _disconnect(hearing: Hearing, command: c.Disconnect, ctx: Context) -> list[e.Event]:
    person = _self(hearing, command.participant_id, ctx)
    if not person.connected or person.device != command.device:
        return []
    return [
        *ended_check(hearing, person, ctx),
        e.ParticipantDisconnected(ctx.actor, person.id, command.cause),
    ]


def ended_check(hearing: Hearing, person: Participant, ctx: Context) -> list[e.Event]:
    """The end of the check, if this person is in it."""
    if hearing.check is None or hearing.checking_clerk is None:
        return []
    if person.id not in (hearing.check, hearing.checking_clerk):
        return []
    return [e.CheckEnded(ctx.actor, hearing.check, hearing.checking_clerk)]


def _wait_with_device(hearing: Hearing, command: c.WaitWithDevice, ctx: Context) -> list[e.Event]:
    person = _self(hearing, command.participant_id, ctx)
    _require_may_enter(hearing, person)
    device = required_text("device", command.device)
    if not _holds_place_elsewhere(person, device):
        raise NotNow("just_connect", "无需等待，请直接进入。", "There is no need to wait; just connect.")
    return [] if person.waiting_device == device else [e.SecondDeviceWaiting(ctx.actor, person.id, device)]


def _approve_device(hearing: Hearing, command: c.ApproveDevice, ctx: Context) -> list[e.Event]:
    person = participant(hearing, command.participant_id)
    if person.waiting_device is None:
        raise NotNow(
            "no_device_waits",
            f"{person.name}没有等待确认的设备。",
            f"No second device of {person.name} is waiting.",
        )
    if not command.approve:
        return [e.SecondDeviceRefused(ctx.actor, person.id, person.waiting_device)]
    approved = e.SecondDeviceApproved(ctx.actor, person.id, person.waiting_device)
    return [*ended_check(hearing, person, ctx), approved]


DECISIONS: dict[type[c.Command], Decision] = {
    c.RecordEquipment: _record_equipment,
    c.MakeDeclaration: _make_declaration,
    c.Connect: _connect,
    c.Disconnect: _disconnect,
    c.WaitWithDevice: _wait_with_device,
    c.ApproveDevice: _approve_device,
}
