"""``yunting rehearse``: a whole hearing with synthetic participants, and a report of what held and what did not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from recording import keys
from recording.composition import probe_duration_s
from recording.verify import verify
from room_server.demonstration import demo_config, free_port
from room_server.domain.model import Hearing
from room_server.proceedings.archive import COMPOSED_NAME
from room_server.store.events import StoredEvent
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.stage import Stage, id_of, stage

RECESS_S = 1.0
SETTLE_S = 0.5
"""Packets that were under way when a mute was acknowledged have arrived after this."""
TOLERANCE_S = 1.0


@dataclass(slots=True)
class Join:
    role: str
    name: str
    first_frame_ms: float | None


@dataclass(slots=True)
class Report:
    """What is printed, and as JSON with ``--json``. ``problems`` is empty exactly when everything held."""

    determination: str = ""
    joins: list[Join] = field(default_factory=list)
    received: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused_packets: int = 0
    forbidden_edge_packets: int = 0
    recording: Path | None = None
    composed: Path | None = None
    duration_s: float = 0.0
    expected_s: float = 0.0
    verified: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def check(self, holds: bool, problem: str) -> None:
        if not holds:
            self.problems.append(problem)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "determination": self.determination,
            "joins": [
                {
                    "role": join.role,
                    "first_frame_ms": None if join.first_frame_ms is None else round(join.first_frame_ms),
                }
                for join in self.joins
            ],
            "refused_packets": self.refused_packets,
            "forbidden_edge_packets": self.forbidden_edge_packets,
            "recording": {
                "path": str(self.recording) if self.recording else None,
                "composed": str(self.composed) if self.composed else None,
                "duration_s": round(self.duration_s, 3),
                "expected_s": round(self.expected_s, 3),
                "verified": self.verified,
            },
        }


async def run_rehearsal(*, parties: int, seconds: float, as_json: bool, data: Path | None) -> int:
    """Exit status 0 only if all held."""
    data = data or Path("data/rehearsals") / datetime.now().strftime("%Y%m%d-%H%M%S")
    report = Report()
    say = _silent if as_json else typer.echo
    try:
        async with stage(demo_config(data=data, port=free_port())) as scene:
            await _hold(scene, report, parties, seconds, say)
    except Exception as error:
        report.problems.append(f"{type(error).__name__}: {error}")
    if not as_json:
        typer.echo(describe(report))
    else:
        for problem in report.problems:
            typer.echo(problem, err=True)
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    return 0 if report.ok else 1


def _silent(_text: str) -> None:
    return None


async def _hold(
    scene: Stage, report: Report, parties: int, seconds: float, say: Callable[[str], None]
) -> None:
    say("Entering the case and the facts …")
    cast = await scene.cast_hearing(parties, with_waiting=True)
    report.determination = (await scene.pass_the_gate())["outcome"]
    say(f"The gate says: {report.determination}. Everyone joins …")
    await scene.invite_and_join()
    for party in cast.parties:
        await scene.admit(party)
    await scene.open_session()
    await scene.everyone_sees_everyone()
    say(f"In session, {len(cast.inside)} people inside, one waiting outside.")
    await _in_session(scene, report, seconds, say)
    await cast.judge.request("close_hearing")
    for person in cast.inside:
        await person.wait_terminated()
    say("Closed. Composing and verifying the recording …")
    hearing = await _archived(scene)
    await _check_recording(scene, report, hearing)


async def _in_session(scene: Stage, report: Report, seconds: float, say: Callable[[str], None]) -> None:
    cast = scene.cast
    muted, waiting = cast.parties[-1], cast.waiting
    assert waiting is not None
    await cast.judge.request("mute", {"participant_id": id_of(muted), "lock": True})
    await asyncio.sleep(SETTLE_S)
    heard_before = await _from(cast.inside, muted, "microphone")
    stats_before = await scene.relay_stats()
    await asyncio.sleep(seconds / 2)
    await _recess(scene, report, say)
    await asyncio.sleep(max(0.0, seconds / 2 - SETTLE_S))
    stats = await scene.relay_stats()
    heard_after = await _from(cast.inside, muted, "microphone")
    leaked = heard_after - heard_before
    for sender, receiver in [(waiting, one) for one in cast.inside] + [(one, waiting) for one in cast.inside]:
        leaked += sum((await _packets(receiver, sender)).values())
    counted = sum(edge["forwarded_while_forbidden"] for edge in stats["edges"].values())
    report.forbidden_edge_packets = leaked + counted
    report.check(
        report.forbidden_edge_packets == 0,
        f"{report.forbidden_edge_packets} packets crossed a forbidden edge",
    )
    for person, source, word in ((muted, "microphone", "muted"), (waiting, "microphone", "waiting")):
        grown = _refused(stats, person, source) - _refused(stats_before, person, source)
        report.check(grown > 0, f"no packet of the {word} participant was counted as refused")
    report.refused_packets = sum(producer["refused"] for producer in stats["producers"].values())
    await _check_people(scene, report)


async def _recess(scene: Stage, report: Report, say: Callable[[str], None]) -> None:
    judge = scene.cast.judge
    await judge.request("recess", {"reason": "演练休庭 rehearsal recess"})
    await judge.wait_for(lambda view: view.phase.name == "recess")
    before = await scene.relay_stats()
    await asyncio.sleep(RECESS_S)
    after = await scene.relay_stats()
    moved = _forwarded(after) - _forwarded(before)
    report.check(moved == 0, f"{moved} packets were forwarded during the recess")
    await judge.request("resume")
    await judge.wait_for(lambda view: view.phase.name == "in_session")
    say("Recess held: nothing was forwarded.")


async def _check_people(scene: Stage, report: Report) -> None:
    for person in scene.cast.inside:
        frames = sum(reception.frames for reception in person.received if reception.source == "camera")
        packets = sum((await person.packets_received()).values())
        report.received[person.name] = (packets, frames)
        role = person.view.me.side if person.view.me.role == "party" else person.view.me.role
        report.joins.append(Join(str(role), person.name, person.first_frame_ms))
        report.check(frames > 0, f"{person.name} decoded no picture")
        report.check(person.first_frame_ms is not None, f"{person.name} never saw a first picture")


async def _archived(scene: Stage) -> Hearing:
    room = scene.server.proceedings.room(scene.cast.hearing)
    assert room is not None
    await scene.server.proceedings.archive.finished(room.hearing_id)
    return room.hearing


async def _check_recording(scene: Stage, report: Report, hearing: Hearing) -> None:
    folder = scene.recording_folder()
    report.recording = folder.resolve()
    report.expected_s = session_seconds(await scene.server.services.store.events.read(hearing.id))
    composed = folder / COMPOSED_NAME
    room = scene.server.proceedings.room(hearing.id)
    failure = room.live.composition_failed if room is not None else None
    report.check(composed.exists(), f"there is no composed file: {failure or hearing.phase}")
    if composed.exists():
        report.composed = composed.resolve()
        report.duration_s = await asyncio.to_thread(probe_duration_s, composed)
        away_s = abs(report.duration_s - report.expected_s)
        report.check(away_s <= TOLERANCE_S, f"the composed file is {away_s:.2f} s off the hearing's duration")
    public = keys.load(scene.server.config.keys / "record.pem").public_raw
    found = await asyncio.to_thread(verify, folder, public)
    report.verified = found.ok
    report.check(found.ok, f"the recording does not verify: {found.first_problem}")
    report.check(hearing.phase == "archived", f"the hearing ended as {hearing.phase}, not archived")


def session_seconds(events: list[StoredEvent]) -> float:
    """Time in session by the stored events alone: from the opening to the close, without recess and suspension."""
    total, since = 0.0, None
    for event in events:
        at = datetime.fromisoformat(event.at)
        opened = event.type == "session_opened"
        phase = (
            "in_session" if opened else event.data.get("phase_to") if event.type == "phase_changed" else None
        )
        if phase is None:
            continue
        recorded = phase in ("in_session", "transcript_review")
        if recorded and since is None:
            since = at
        elif not recorded and since is not None:
            total, since = total + (at - since).total_seconds(), None
    return total


async def _packets(viewer: SyntheticParticipant, sender: SyntheticParticipant) -> dict[str, int]:
    received = await viewer.packets_received()
    return {source: count for (who, source), count in received.items() if who == id_of(sender)}


async def _from(viewers: list[SyntheticParticipant], sender: SyntheticParticipant, source: str) -> int:
    return sum(
        [(await _packets(viewer, sender)).get(source, 0) for viewer in viewers if viewer is not sender]
    )


def _refused(stats: dict[str, Any], person: SyntheticParticipant, source: str) -> int:
    return sum(
        producer["refused"]
        for producer in stats["producers"].values()
        if producer["participant"] == id_of(person) and producer["source"] == source
    )


def _forwarded(stats: dict[str, Any]) -> int:
    return sum(edge["forwarded"] for edge in stats["edges"].values())


def describe(report: Report) -> str:
    """The report for people."""
    lines = ["", "Rehearsal", f"  determination            {report.determination or 'none'}"]
    for join in report.joins:
        packets, frames = report.received.get(join.name, (0, 0))
        first = (
            "no picture"
            if join.first_frame_ms is None
            else f"first picture after {join.first_frame_ms:.0f} ms"
        )
        lines.append(f"  {join.role:<24} {join.name:<9} {first}, {packets} packets, {frames} pictures")
    lines += [
        f"  packets refused          {report.refused_packets}",
        f"  forbidden edges crossed  {report.forbidden_edge_packets}",
        f"  recording                {report.recording or 'none'}",
        f"  composed                 {report.composed or 'none'}",
        f"  duration                 {report.duration_s:.2f} s, expected {report.expected_s:.2f} s",
        f"  verified                 {'yes' if report.verified else 'no'}",
        "",
    ]
    if report.ok:
        lines.append("Everything held.")
    else:
        lines.append("Not everything held:")
        lines += [f"  - {problem}" for problem in report.problems]
    return "\n".join(lines)
