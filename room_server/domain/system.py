"""Decisions of the server itself: recorder and relay, the passing of time, readiness, restart, the archive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from room_server.domain import commands as c
from room_server.domain import deadlines, phases
from room_server.domain import events as e
from room_server.domain.context import Context, participant, system_phase
from room_server.domain.courtroom import gone_since, has_come, is_there
from room_server.domain.model import CONDUCTING, PRINCIPALS, SYSTEM, Hearing, Participant
from room_server.domain.readiness import is_ready
from room_server.domain.recheck import recheck
from room_server.domain.seating import required_text
from room_server.errors import CorrectTheRequest, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]

BENCH_GONE_S = 10
RECORDER_GONE_S = 10
SIDE_GONE_S = 30


def _arm(hearing: Hearing, command: c.ArmRecorder, ctx: Context) -> list[e.Event]:
    return [e.RecorderArmed(ctx.actor)] if hearing.recorder.state in ("off", "lost") else []


def _started(hearing: Hearing, command: c.RecorderStarted, ctx: Context) -> list[e.Event]:
    return [] if hearing.recorder.state == "recording" else [e.RecordingStarted(ctx.actor)]


def _lost(hearing: Hearing, command: c.RecorderLost, ctx: Context) -> list[e.Event]:
    if hearing.recorder.state in ("off", "lost"):
        return []
    lost: list[e.Event] = [e.RecordingInterrupted(ctx.actor, required_text("cause", command.cause))]
    if command.cause == "disk_full" and phases.is_recorded(hearing):
        lost.append(system_phase(hearing, "suspended_technical", "disk_full"))
    return lost


def _restored(hearing: Hearing, command: c.RecorderRestored, ctx: Context) -> list[e.Event]:
    return [e.RecordingRestored(ctx.actor)] if hearing.recorder.state == "lost" else []


def _relay_lost(hearing: Hearing, command: c.RelayLost, ctx: Context) -> list[e.Event]:
    if hearing.relay_lost_since is not None:
        return []
    return [e.RelayInterrupted(ctx.actor, required_text("cause", command.cause))]


def _relay_restored(hearing: Hearing, command: c.RelayRestored, ctx: Context) -> list[e.Event]:
    return [] if hearing.relay_lost_since is None else [e.RelayRecovered(ctx.actor)]


def _network(hearing: Hearing, command: c.NetworkReported, ctx: Context) -> list[e.Event]:
    person = participant(hearing, command.participant_id)
    if ctx.actor.kind == "participant" and ctx.actor.id != person.id:
        raise NotPermitted(None, "只能报告自己的网络。", "You can report your own network only.")
    if not 0 <= command.score <= 4:
        raise CorrectTheRequest(
            None, "网络评分须为0至4。", "score must be 0 (unknown) or 1 (bad) to 4 (good)."
        )
    if not person.connected or person.network == command.score:
        return []
    return [e.NetworkChanged(ctx.actor, person.id, command.score, command.rtt_ms, command.loss, command.path)]


def _reassess(hearing: Hearing, command: c.Reassess, ctx: Context) -> list[e.Event]:
    changed = recheck(hearing, ctx) if hearing.phase in phases.DETERMINED else []
    if changed:
        return changed
    if hearing.phase == "lobby_open" and is_ready(hearing, ctx):
        return [system_phase(hearing, "ready", "all_ready")]
    if hearing.phase == "ready" and not is_ready(hearing, ctx):
        return [system_phase(hearing, "lobby_open", "no_longer_ready")]
    return []


def _tick(hearing: Hearing, command: c.Tick, ctx: Context) -> list[e.Event]:
    return [*deadlines.due(hearing, ctx.now), *_watch(hearing, ctx)]


def _watch(hearing: Hearing, ctx: Context) -> list[e.Event]:
    """Who and what must be there while the court sits."""
    if hearing.phase not in phases.SITTING:
        return []
    if any(_gone_s(hearing, [one], ctx.now) >= BENCH_GONE_S for one in hearing.with_role(*CONDUCTING)):
        return [system_phase(hearing, "suspended_technical", "bench_absent")]
    if phases.is_recorded(hearing) and hearing.recorder.state != "recording":
        since = max(filter(None, (hearing.recorder.since, hearing.phase_since)))
        if (ctx.now - since).total_seconds() >= RECORDER_GONE_S:
            full = hearing.recorder.cause == "disk_full"
            return [system_phase(hearing, "suspended_technical", "disk_full" if full else "recorder_lost")]
    return _pause_for_missing_sides(hearing, ctx)


def _pause_for_missing_sides(hearing: Hearing, ctx: Context) -> list[e.Event]:
    paused = hearing.forwarding_paused.sides if hearing.forwarding_paused else ()
    gone = missing_sides(hearing, ctx.now, SIDE_GONE_S)
    still = tuple(side for side in paused if side in missing_sides(hearing, ctx.now, 0))
    sides = (*still, *(side for side in gone if side not in still))
    if sides == paused:
        return []
    return [e.ForwardingPaused(SYSTEM, sides)] if sides else [e.ForwardingResumed(SYSTEM)]


def missing_sides(hearing: Hearing, now: datetime, at_least_s: float) -> tuple[str, ...]:
    """Sides (ids of the parties) that were there and have had nobody there for so long, save whom the judge goes on
    without. Who attends at court is there while noted present and while the courtroom is connected."""
    found = []
    for principal in hearing.with_role(*PRINCIPALS):
        members = [one for one in hearing.side_of(principal) if not one.removed]
        if principal.id in hearing.continued_without or not any(has_come(one) for one in members):
            continue
        gone = not any(is_there(hearing, one) for one in members)
        if gone and (now - gone_since(hearing, members)).total_seconds() >= at_least_s:
            found.append(principal.id)
    return tuple(found)


def _gone_s(hearing: Hearing, people: list[Participant], now: datetime) -> float:
    """For how long none of these has been connected in this phase; -1 while one is."""
    if any(person.connected for person in people):
        return -1.0
    left = [person.last_disconnect.at for person in people if person.last_disconnect is not None]
    return (now - max([hearing.phase_since, *left])).total_seconds()


def _archive(hearing: Hearing, command: c.ArchiveRecording, ctx: Context) -> list[e.Event]:
    if command.ok:
        return [system_phase(hearing, "archived", "manifest_verified")]
    return [system_phase(hearing, "archive_failed", required_text("problem", command.problem))]


def _restarted(hearing: Hearing, command: c.ServerRestarted, ctx: Context) -> list[e.Event]:
    touched = hearing.recorder.state in ("armed", "recording") or any(
        person.connected for person in hearing.participants.values()
    )
    return [e.ServerRestartNoted(ctx.actor)] if touched else []


DECISIONS: dict[type[c.Command], Decision] = {
    c.ArmRecorder: _arm,
    c.RecorderStarted: _started,
    c.RecorderLost: _lost,
    c.RecorderRestored: _restored,
    c.RelayLost: _relay_lost,
    c.RelayRestored: _relay_restored,
    c.NetworkReported: _network,
    c.Reassess: _reassess,
    c.Tick: _tick,
    c.ArchiveRecording: _archive,
    c.ServerRestarted: _restarted,
}
