"""Decisions on the course of the hearing: open, recess, resume, suspend, adjourn, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.context import Context, change_phase
from room_server.domain.evolution import evolve
from room_server.domain.model import Hearing
from room_server.domain.opening import open_room, require_valid
from room_server.domain.readiness import readiness
from room_server.domain.seating import required_text
from room_server.errors import NotNow

Decision = Callable[[Hearing, Any, Context], list[e.Event]]


def _open_session(hearing: Hearing, command: c.OpenSession, ctx: Context) -> list[e.Event]:
    require_valid(hearing, hearing.determination, ctx)
    missing = [item for item in readiness(hearing, ctx) if not item.done]
    if missing or hearing.determination is None:
        zh, en = "；".join(item.zh for item in missing), "; ".join(item.en for item in missing)
        raise NotNow("not_ready", f"尚未具备：{zh}。", f"Not yet fulfilled: {en}.")
    return open_room(hearing, hearing.determination, ctx)


def _recess(hearing: Hearing, command: c.Recess, ctx: Context) -> list[e.Event]:
    return [change_phase(hearing, "recess", required_text("reason", command.reason), ctx.actor)]


def _resume(hearing: Hearing, command: c.Resume, ctx: Context) -> list[e.Event]:
    if hearing.phase == "in_session":
        # Permitted only while forwarding is paused: the judge goes on without the missing side, on the record.
        sides = hearing.forwarding_paused.sides if hearing.forwarding_paused else ()
        return [e.ForwardingResumed(ctx.actor, sides)]
    target = hearing.suspended_from if hearing.phase == "suspended_technical" else "in_session"
    return [change_phase(hearing, target or "in_session", None, ctx.actor)]


def _suspend(hearing: Hearing, command: c.Suspend, ctx: Context) -> list[e.Event]:
    return [change_phase(hearing, "suspended_technical", required_text("reason", command.reason), ctx.actor)]


def _adjourn(hearing: Hearing, command: c.Adjourn, ctx: Context) -> list[e.Event]:
    return [change_phase(hearing, "adjourned", required_text("reason", command.reason), ctx.actor)]


def _close(hearing: Hearing, command: c.CloseHearing, ctx: Context) -> list[e.Event]:
    if hearing.phase == "transcript_review":
        return [change_phase(hearing, "closed", None, ctx.actor)]
    review = change_phase(hearing, "transcript_review", "closing", ctx.actor)
    return [review, change_phase(evolve(hearing, review, ctx.now), "closed", None, ctx.actor)]


DECISIONS: dict[type[c.Command], Decision] = {
    c.OpenSession: _open_session,
    c.Recess: _recess,
    c.Resume: _resume,
    c.Suspend: _suspend,
    c.Adjourn: _adjourn,
    c.CloseHearing: _close,
}
