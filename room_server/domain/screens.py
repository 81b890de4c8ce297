"""Shared screens: one at a time in a room; the court may always, everybody else once the presiding judge allows it.

A permission goes with the admission, and with a share that the court ends. A share stands only while its owner sits in
the open room: a recess, a lost connection or being sent out ends it, so that nobody shows by surprise what is on their
screen by then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import phases
from room_server.domain.context import Context, participant
from room_server.domain.model import SILENT, SYSTEM, Hearing, Participant
from room_server.errors import CommandRefused, CorrectTheRequest, NotNow, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]
ENDS_ANYBODYS = frozenset({"presiding_judge", "clerk", "mediator"})
"""Who keeps order: they end a share that is not their own."""


def shares(person: Participant) -> bool:
    """Whether the role shows a screen at all. The courtroom is the court's camera and no desk of anybody."""
    return person.role not in SILENT and person.role != "courtroom"


def _stands(hearing: Hearing, person: Participant | None) -> bool:
    if person is None or not shares(person) or hearing.phase not in phases.SITTING:
        return False
    there = person.connected and person.place == "main" and not person.removed and person.attends == "online"
    return there and (person.is_court or person.screen_allowed)


def shown_by(hearing: Hearing) -> str | None:
    """The participant whose screen is forwarded now: what decides at the relay's door, whatever the record says."""
    if hearing.screen is None:
        return None
    owner = hearing.screen.participant
    return owner if _stands(hearing, hearing.participants.get(owner)) else None


def may_start(hearing: Hearing, person: Participant) -> CommandRefused | None:
    """What stands in the way of sharing the own screen now."""
    if person.place != "main":
        return NotNow(
            "not_admitted",
            "进入法庭后方可共享屏幕。",
            "You can share your screen once you are in the courtroom.",
        )
    if not person.is_court and not person.screen_allowed:
        return NotPermitted(
            "screen_not_allowed",
            "须经审判长准许才能共享屏幕。",
            "The presiding judge has to allow you to share your screen first.",
        )
    owner = shown_by(hearing)
    if owner is not None and owner != person.id:
        name = hearing.participants[owner].name
        return NotNow(
            "screen_in_use",
            f"{name}正在共享屏幕，一次只能有一人共享。",
            f"{name} is sharing a screen; only one can be shown at a time.",
        )
    return None


def may_stop(hearing: Hearing, person: Participant) -> CommandRefused | None:
    """What stands in the way of ending the share that is shown now."""
    owner = shown_by(hearing)
    if owner is None:
        return NotNow("no_screen", "当前没有人共享屏幕。", "Nobody is sharing a screen.")
    if owner != person.id and person.role not in ENDS_ANYBODYS:
        return NotPermitted(
            "not_your_screen",
            "只能停止自己的共享；他人的共享由审判长或书记员结束。",
            "You can stop your own share only; the presiding judge or the clerk ends that of others.",
        )
    return None


def _allow(hearing: Hearing, command: c.AllowScreen, ctx: Context) -> list[e.Event]:
    person = participant(hearing, command.participant_id)
    if not shares(person):
        raise NotPermitted(
            "never_shares",
            f"{person.name}的身份不能共享屏幕。",
            f"The role of {person.name} shares no screen.",
        )
    if person.is_court:
        raise CorrectTheRequest(
            "of_the_court",
            "法院人员无需准许即可共享屏幕。",
            "The bench and the clerk need no permission to share a screen.",
        )
    if not command.allowed:
        if not person.screen_allowed:
            return []
        return [*_ended(hearing, person.id, ctx), e.ScreenAllowed(ctx.actor, person.id, False)]
    if person.place != "main" or not person.admitted or person.removed or person.attends != "online":
        raise NotNow("not_admitted", f"{person.name}不在法庭内。", f"{person.name} is not in the courtroom.")
    return [] if person.screen_allowed else [e.ScreenAllowed(ctx.actor, person.id, True)]


def _start(hearing: Hearing, command: c.StartScreen, ctx: Context) -> list[e.Event]:
    return [] if shown_by(hearing) == ctx.actor.id else [e.ScreenShared(ctx.actor, ctx.actor.id)]


def _stop(hearing: Hearing, command: c.StopScreen, ctx: Context) -> list[e.Event]:
    owner = shown_by(hearing)
    if owner is None or (command.participant_id is not None and command.participant_id != owner):
        # Somebody else's share must not end because theirs was over when the request came.
        return []
    person = hearing.participants[owner]
    ended: list[e.Event] = [e.ScreenShareEnded(ctx.actor, owner)]
    if owner != ctx.actor.id and not person.is_court:
        ended.append(e.ScreenAllowed(ctx.actor, owner, False))
    return ended


def _ended(hearing: Hearing, owner: str, ctx: Context) -> list[e.Event]:
    shown = hearing.screen is not None and hearing.screen.participant == owner
    return [e.ScreenShareEnded(ctx.actor, owner)] if shown else []


def lapsed(hearing: Hearing) -> list[e.Event]:
    """The end of a share whose owner is gone, or whose room is not open any more."""
    if hearing.screen is None or shown_by(hearing) is not None:
        return []
    return [e.ScreenShareEnded(SYSTEM, hearing.screen.participant)]


DECISIONS: dict[type[c.Command], Decision] = {
    c.AllowScreen: _allow,
    c.StartScreen: _start,
    c.StopScreen: _stop,
}
