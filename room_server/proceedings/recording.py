"""The recording of one hearing as the server runs it: arm, feed, restart after a death, close.

Pure decisions are the hearing's; here is only the order of things: the recorder is told of a phase before media of
that phase may flow, and of every stored event in the order of the record.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recording.manifest import MANIFEST_NAME, read_chain
from recording.model import RecordingError
from room_server.clock import Clock
from room_server.domain import commands as c
from room_server.domain.model import Hearing, Participant
from room_server.domain.phases import is_recorded
from room_server.proceedings.actor import Step
from room_server.proceedings.live import LiveProducer
from room_server.proceedings.recorder import RecorderProcess

log = logging.getLogger(__name__)
RESTART_DELAYS_S = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0)
"""Pauses before the attempts to bring a dead recorder back; after the last the system has long suspended."""


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """`sockets` is a folder with a short path: a Unix socket's path may have 107 bytes."""

    recordings: Path
    sockets: Path
    key_file: Path
    segment_s: float
    min_free_bytes: int


class HearingRecording:
    """Owns the recorder process of one hearing."""

    def __init__(
        self,
        hearing_id: str,
        settings: RecordingSettings,
        clock: Clock,
        *,
        tell: Callable[[c.Command], Awaitable[Any]],
        key_frame: Callable[[int], Awaitable[None]],
        on_ready: Callable[[str], Awaitable[None]],
    ) -> None:
        self._hearing_id = hearing_id
        self._settings = settings
        self._clock = clock
        self._tell = tell
        self._key_frame = key_frame
        self._on_ready = on_ready
        self._process: RecorderProcess | None = None
        self._live = False
        self._wanted = False
        self._task: asyncio.Task[None] | None = None
        self._recording = False
        self._confirmed = False
        self._fed = 0
        self._log: list[Step] = []
        self._tracks: dict[int, tuple[LiveProducer, dict[str, Any]]] = {}

    @property
    def directory(self) -> Path:
        return self._settings.recordings / self._hearing_id

    @property
    def socket(self) -> Path:
        return self._settings.sockets / f"{self._hearing_id}.sock"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._live else None

    @property
    def wanted(self) -> bool:
        return self._wanted

    # ── the hearing speaks ────────────────────────────────────────────────────────────────────────────────────

    def arm(self, *, resume_cause: str | None = None) -> None:
        """Bring a recorder up in the background; the hearing is told `ArmRecorder` or `RecorderRestored`."""
        if self._wanted:
            return
        self._wanted = True
        self._task = asyncio.create_task(
            self._bring_up(resume_cause, first=True), name=f"arm {self._hearing_id}"
        )

    def stored(self, steps: Sequence[Step]) -> None:
        """Hand every stored event on, and the phase where recording begins or ends with it."""
        self._log.extend(steps)
        if self._live:
            self._feed()

    def add_track(self, producer: LiveProducer, codec: dict[str, Any]) -> None:
        self._tracks[producer.track] = (producer, codec)
        if self._live:
            self._give_track(producer, codec)

    def end_track(self, producer: LiveProducer, reason: str) -> None:
        if self._tracks.pop(producer.track, None) is not None and self._live:
            self._give({"do": "end_track", "track": producer.track, "reason": reason})

    def note(self, kind: str, data: dict[str, Any]) -> None:
        """A happening that is evidence and no stored event: who speaks."""
        if self._live and self._recording:
            self._give({"do": "event", "event": {"type": kind, "at": self._now(), "data": data}})

    def gap(self, cause: str, since: str) -> None:
        if self._live:
            self._give({"do": "gap", "cause": cause, "from": since, "to": self._now()})

    async def close(self, reason: str) -> dict[str, Any] | None:
        """Finish for good; None where no recording could be finished.

        A recorder that is dead at this moment (or died with the server) is started once more, because a recording
        that was never closed cannot be told from one whose end was cut off.
        """
        self._wanted = False
        await self._stop_arming()
        if not self._live and (self.directory / MANIFEST_NAME).exists():
            try:
                await self._start("recorder_restart")
            except (RuntimeError, OSError, RecordingError) as error:
                log.warning(
                    "the recording of %s could not be taken up to close it: %s", self._hearing_id, error
                )
        if self._process is None or not self._live:
            return None
        report = await self._process.close(reason, self._now())
        self._live = False
        await self._process.stop()
        return report

    async def stop(self) -> None:
        """Stop without closing: adjourned, or the server stops. A later recorder resumes the manifest."""
        self._wanted = False
        self._live = False
        await self._stop_arming()
        if self._process is not None:
            await self._process.stop()

    async def _stop_arming(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # ── the recorder speaks ───────────────────────────────────────────────────────────────────────────────────

    async def _report(self, report: dict[str, Any]) -> None:
        kind = report.get("event")
        if kind == "key_frame_wanted":
            await self._key_frame(int(report["track"]))
        elif kind == "head" and self._recording and not self._confirmed:
            # The head that is signed at the change of phase is the recorder's word that it writes.
            self._confirmed = True
            await self._tell(c.RecorderStarted())
        elif kind == "failed":
            log.error("the recorder of %s reports: %s", self._hearing_id, report.get("message"))
            if self._wanted:
                await self._tell(c.RecorderLost(str(report.get("reason"))))
        elif kind == "recovered" and self._wanted:
            await self._tell(c.RecorderRestored())

    async def _exited(self, process: RecorderProcess, status: int) -> None:
        if process is not self._process or not self._live:
            # It never came to life: whoever starts it sees that and tries again, so nobody else may.
            return
        self._live = False
        if not self._wanted:
            return
        log.error("the recorder of %s ended with status %s", self._hearing_id, status)
        self._task = asyncio.create_task(self._after_death(), name=f"restart recorder {self._hearing_id}")

    async def _after_death(self) -> None:
        await self._tell(c.RecorderLost("crashed"))
        await self._bring_up("recorder_restart", first=False)

    async def _bring_up(self, resume_cause: str | None, *, first: bool) -> None:
        attempt = 0
        while self._wanted:
            try:
                await self._start(resume_cause)
            except (RuntimeError, OSError, RecordingError) as error:
                delay_s = RESTART_DELAYS_S[min(attempt, len(RESTART_DELAYS_S) - 1)]
                log.error(
                    "the recorder of %s did not start (%s); again in %s s", self._hearing_id, error, delay_s
                )
                attempt += 1
                await asyncio.sleep(delay_s)
                continue
            await self._on_ready(str(self.socket))
            await self._tell(c.ArmRecorder() if first else c.RecorderRestored())
            if self._confirmed and self._recording:
                # Taken up in mid-hearing (the server died): it writes already, and no change of phase will say so.
                await self._tell(c.RecorderStarted())
            return

    async def _start(self, resume_cause: str | None) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            self.socket.unlink()
        hearing = self._log[-1].after
        process = RecorderProcess(
            on_report=self._report, on_exit=lambda status: self._exited(process, status)
        )
        start: dict[str, Any] = {
            "recording_id": f"rec_{self._hearing_id.partition('_')[2]}",
            "proceeding": self._hearing_id,
            "directory": str(self.directory),
            "key_file": str(self._settings.key_file),
            "socket": str(self.socket),
            "segment_s": self._settings.segment_s,
            "min_free_bytes": self._settings.min_free_bytes,
            "title": f"{hearing.case_number} {hearing.title}",
            "participants": [recorded_person(person) for person in hearing.participants.values()],
        }
        if resume_cause is not None:
            start["resume_cause"] = resume_cause
        # While it starts, `stored` only collects; what came meanwhile is fed as soon as it is ready.
        ready = await process.start(start)
        self._process = process
        self._fed, self._recording = 0, False
        if ready.get("resumed"):
            self._fed, self._recording = await asyncio.to_thread(self._known_to_manifest)
        self._confirmed = self._recording
        if not process.alive:
            raise RuntimeError("the recorder ended as soon as it was ready")
        self._live = True
        for producer, codec in self._tracks.values():
            self._give_track(producer, codec)
        self._feed()

    def _known_to_manifest(self) -> tuple[int, bool]:
        """The newest event of the record that the manifest holds, and whether it stands at recording."""
        lines = (self.directory / MANIFEST_NAME).read_bytes().split(b"\n")
        entries = read_chain(line for line in lines if line)
        fed = (entry.data.get("sequence") for entry in entries if entry.kind == "event")
        version = max((number for number in fed if isinstance(number, int)), default=0)
        phases = [bool(entry.data.get("recording")) for entry in entries if entry.kind == "phase"]
        return version, bool(phases) and phases[-1]

    def _feed(self) -> None:
        """Give what the recorder does not have yet; versions count from 1 without holes."""
        for step in self._log[self._fed :]:
            before = step.before.participants if step.before is not None else step.after.participants
            for person in step.after.participants.values():
                if person.id not in before:
                    self._give({"do": "participant", **recorded_person(person)})
            self._give({"do": "event", "event": recorded_event(step)})
            self._fed = step.stored.version
            self._follow_phase(step, step.stored.at)
        if self._log:
            self._follow_phase(self._log[-1], self._now())

    def _follow_phase(self, step: Step, at: str) -> None:
        recording = is_recorded(step.after)
        if recording != self._recording:
            self._recording = recording
            self._confirmed = False
            self._give_phase(step.after, at, recording)

    def _give_phase(self, hearing: Hearing, at: str, recording: bool) -> None:
        reason = None if recording else (hearing.phase_reason or hearing.phase)
        self._give(
            {"do": "phase", "phase": hearing.phase, "recording": recording, "reason": reason, "at": at}
        )

    def _give_track(self, producer: LiveProducer, codec: dict[str, Any]) -> None:
        self._give(
            {
                "do": "track",
                "track": producer.track,
                "participant": producer.participant,
                "source": producer.source,
                "kind": producer.kind,
                **codec,
            }
        )

    def _give(self, command: dict[str, Any]) -> None:
        if self._process is not None:
            self._process.give(command)

    def _now(self) -> str:
        return self._clock.now().isoformat()


def recorded_person(person: Participant) -> dict[str, Any]:
    """A participant as the recorder takes one."""
    return {
        "id": person.id,
        "role": person.role,
        "name": person.name,
        "side": person.side,
        "seat": person.seat,
    }


def recorded_event(step: Step) -> dict[str, Any]:
    """A stored event as it goes into the manifest: with its place and hash in the record."""
    stored = step.stored
    return {
        "sequence": stored.version,
        "type": stored.type,
        "at": stored.at,
        "actor": stored.actor,
        "data": stored.data,
        "hash": stored.hash,
    }
