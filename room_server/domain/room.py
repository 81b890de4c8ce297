"""Decisions inside the room: the clerk's check and admission, the floor, leaving and removing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import phases
from room_server.domain.context import Context, participant
from room_server.domain.conversion import must_attend
from room_server.domain.joining import ended_check
from room_server.domain.model import CONDUCTING, Hearing, IdentityMethod, Participant
from room_server.domain.seating import required_text
from room_server.errors import CorrectTheRequest, NotNow, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]
_CHAIR = frozenset({"presiding_judge", "mediator"})
"""Who mutes is not muted."""


def _other(hearing: Hearing, participant_id: str) -> Participant:
    """Somebody the clerk or judge acts upon: not of the court, not removed."""
    person = participant(hearing, participant_id)
    if person.is_court:
        raise NotPermitted(
            "of_the_court", "不能对法院人员这样做。", "This cannot be done to the bench or the clerk."
        )
    if person.removed:
        raise NotNow("removed", f"{person.name}已被责令退出。", f"{person.name} has been removed.")
    return person


def _waiting(hearing: Hearing, participant_id: str) -> Participant:
    person = _other(hearing, participant_id)
    if person.admitted:
        raise NotNow("is_admitted", f"{person.name}已进入法庭。", f"{person.name} has been admitted already.")
    if not person.connected or person.place not in ("lobby", "check"):
        raise NotNow(
            "not_waiting", f"{person.name}不在候审室。", f"{person.name} is not waiting in the lobby."
        )
    return person


def _require_online(hearing: Hearing, person: Participant) -> None:
    """Nobody is let in by media who attends in person, or has to since the opening: there only a place that is held
    already stays until the judge decides (OLR 21 para 2)."""
    if person.attends == "at_court" or person.id in must_attend(hearing):
        raise NotNow("attends_at_court", f"{person.name}应到现场参加。", f"{person.name} attends at court.")


def _begin_check(hearing: Hearing, command: c.BeginCheck, ctx: Context) -> list[e.Event]:
    person = _waiting(hearing, command.participant_id)
    _require_online(hearing, person)
    return [e.CheckBegun(ctx.actor, person.id, ctx.actor.id)]


def _end_check(hearing: Hearing, command: c.EndCheck, ctx: Context) -> list[e.Event]:
    return ended_check(hearing, participant(hearing, str(hearing.check)), ctx)


def _verify_identity(hearing: Hearing, command: c.VerifyIdentity, ctx: Context) -> list[e.Event]:
    person = _other(hearing, command.participant_id)
    if command.method not in get_args(IdentityMethod):
        allowed = ", ".join(get_args(IdentityMethod))
        raise CorrectTheRequest(
            None, f"核验方式不对；允许：{allowed}。", f"Unknown method; allowed: {allowed}."
        )
    if not person.connected:
        raise NotNow(
            "not_there",
            f"{person.name}不在线，无法核验。",
            f"{person.name} is not there to be checked.",
            "OLR 7",
        )
    return [e.IdentityVerified(ctx.actor, person.id, command.method, command.note[:500])]


def _admit(hearing: Hearing, command: c.Admit, ctx: Context) -> list[e.Event]:
    person = _waiting(hearing, command.participant_id)
    if person.identity is None:
        raise NotNow(
            "identity_first",
            f"请先核验{person.name}的身份。",
            f"Check the identity of {person.name} first.",
            "OLR 7",
        )
    if not person.declared:
        raise NotNow(
            "declaration_first",
            f"{person.name}尚未作出声明。",
            f"{person.name} has not made the declaration.",
            "OLR 7",
        )
    _require_online(hearing, person)
    if person.role == "observer" and not hearing.gallery:
        raise NotPermitted(
            "no_gallery", "本案不公开审理，不设旁听。", "This hearing is not open to the public.", "OLR 27"
        )
    return [*ended_check(hearing, person, ctx), e.ParticipantAdmitted(ctx.actor, person.id)]


def _send_back(hearing: Hearing, command: c.SendBack, ctx: Context) -> list[e.Event]:
    person = _other(hearing, command.participant_id)
    if person.place == "check":
        return ended_check(hearing, person, ctx)
    if not person.admitted:
        raise NotNow("not_admitted", f"{person.name}不在法庭内。", f"{person.name} is not in the courtroom.")
    return [e.ParticipantSentBack(ctx.actor, person.id)]


def _note_absent(hearing: Hearing, command: c.NoteAbsent, ctx: Context) -> list[e.Event]:
    person = _other(hearing, command.participant_id)
    if person.connected or person.at_court is not None:
        raise NotNow("is_there", f"{person.name}已到。", f"{person.name} is there, and so not absent.")
    return [] if person.absent_noted else [e.AbsenceNoted(ctx.actor, person.id)]


def _own(hearing: Hearing, ctx: Context) -> Participant:
    return participant(hearing, ctx.actor.id)


def _set_microphone(hearing: Hearing, command: c.SetMicrophone, ctx: Context) -> list[e.Event]:
    person = _own(hearing, ctx)
    if command.on and person.microphone_locked:
        raise NotNow(
            "microphone_locked", "审判长已锁定您的麦克风。", "The presiding judge has locked your microphone."
        )
    return (
        [] if person.microphone_on == command.on else [e.MicrophoneSwitched(ctx.actor, person.id, command.on)]
    )


def _set_camera(hearing: Hearing, command: c.SetCamera, ctx: Context) -> list[e.Event]:
    person = _own(hearing, ctx)
    return [] if person.camera_on == command.on else [e.CameraSwitched(ctx.actor, person.id, command.on)]


def _raise_hand(hearing: Hearing, command: c.RaiseHand, ctx: Context) -> list[e.Event]:
    return [e.HandRaised(ctx.actor, ctx.actor.id)]


def _lower_hand(hearing: Hearing, command: c.LowerHand, ctx: Context) -> list[e.Event]:
    own = _own(hearing, ctx)
    person = own if command.participant_id is None else participant(hearing, command.participant_id)
    if person.id != own.id and own.role not in CONDUCTING | {"clerk"}:
        raise NotPermitted(
            None, "只能放下自己的手。", "Only the bench and the clerk may lower another's hand."
        )
    return [] if person.hand_raised_at is None else [e.HandLowered(ctx.actor, person.id)]


def _leave(hearing: Hearing, command: c.Leave, ctx: Context) -> list[e.Event]:
    person = _own(hearing, ctx)
    walks_out = (
        hearing.phase in phases.SITTING
        and hearing.kind == "hearing"  # nobody is kept in a mediation
        and person.place == "main"
        and not person.is_court
        and person.role != "observer"
    )
    how = e.ParticipantLeft(ctx.actor, person.id, "left_without_permission" if walks_out else "left")
    return [*ended_check(hearing, person, ctx), how]


def _mute(hearing: Hearing, command: c.Mute, ctx: Context) -> list[e.Event]:
    person = participant(hearing, command.participant_id)
    if person.role in _CHAIR:
        raise CorrectTheRequest(
            "own_microphone",
            "请直接关闭自己的麦克风。",
            "The presiding judge switches the own microphone off instead.",
        )
    if person.muted_by_court and not person.microphone_on and (person.microphone_locked or not command.lock):
        return []
    return [e.ParticipantMuted(ctx.actor, person.id, command.lock)]


def _unlock(hearing: Hearing, command: c.UnlockMicrophone, ctx: Context) -> list[e.Event]:
    person = participant(hearing, command.participant_id)
    return [e.MicrophoneUnlocked(ctx.actor, person.id)] if person.microphone_locked else []


def _mute_all(hearing: Hearing, command: c.MuteAll, ctx: Context) -> list[e.Event]:
    present = tuple(
        person.id
        for person in hearing.participants.values()
        if person.place == "main" and person.role not in _CHAIR and not person.removed
    )
    return [e.EveryoneMuted(ctx.actor, present, command.lock)] if present else []


def _remove(hearing: Hearing, command: c.Remove, ctx: Context) -> list[e.Event]:
    person = _other(hearing, command.participant_id)
    reason = required_text("reason", command.reason)
    return [*ended_check(hearing, person, ctx), e.ParticipantRemoved(ctx.actor, person.id, reason)]


DECISIONS: dict[type[c.Command], Decision] = {
    c.BeginCheck: _begin_check,
    c.EndCheck: _end_check,
    c.VerifyIdentity: _verify_identity,
    c.Admit: _admit,
    c.SendBack: _send_back,
    c.NoteAbsent: _note_absent,
    c.SetMicrophone: _set_microphone,
    c.SetCamera: _set_camera,
    c.RaiseHand: _raise_hand,
    c.LowerHand: _lower_hand,
    c.Leave: _leave,
    c.Mute: _mute,
    c.UnlockMicrophone: _unlock,
    c.MuteAll: _mute_all,
    c.Remove: _remove,
}
