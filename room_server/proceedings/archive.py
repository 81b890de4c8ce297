"""After the close: compose, verify, archive; and what the playback page is told about a recording."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from recording import derivative, keys
from recording.journal import read_manifest
from recording.manifest import MANIFEST_NAME
from recording.model import RecordingError
from recording.timeline import Timeline, playback_events
from recording.verify import VerificationReport, verify
from room_server.clock import Clock
from room_server.domain import commands as c
from room_server.domain.event_data import from_data
from room_server.domain.model import Hearing
from room_server.domain.record import describe
from room_server.http.models import PlaybackEvent, RecordingDetail, Verification
from room_server.proceedings.courtroom import Courtroom
from room_server.proceedings.live import recording_info
from room_server.proceedings.recorder import CompositionFailed, compose
from signaling.messages import BiText

log = logging.getLogger(__name__)
COMPOSED_NAME = "composed.mp4"
_GAP_WORDS = {
    "recorder_restart": ("录制进程中断后恢复", "The recorder stopped and was started again"),
    "server_restart": ("服务器重新启动", "The server was restarted"),
    "relay_restart": ("音视频转发中断后恢复", "The relay stopped and was started again"),
    "continued": ("继续庭审，恢复录制", "Recording continued with the hearing"),
}


@dataclass(slots=True)
class _Checked:
    report: VerificationReport
    at: datetime


class Archive:
    """Composes one recording at a time: the machine is needed for hearings."""

    def __init__(
        self,
        recordings: Path,
        key_file: Path,
        clock: Clock,
        tell: Callable[[str, c.Command], Awaitable[None]],
    ):
        self._recordings = recordings
        self._key_file = key_file
        self._clock = clock
        self._tell = tell
        self._one_at_a_time = asyncio.Semaphore(1)
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._checked: dict[str, _Checked] = {}

    def directory(self, hearing_id: str) -> Path:
        return self._recordings / hearing_id

    def video_path(self, hearing_id: str) -> Path | None:
        path = self.directory(hearing_id) / COMPOSED_NAME
        return path if path.is_file() else None

    def finish(self, courtroom: Courtroom) -> None:
        """Close the recorder of an ended hearing, then compose, verify and archive in the background."""
        hearing_id = courtroom.hearing_id
        if hearing_id in self._jobs and not self._jobs[hearing_id].done():
            return
        courtroom.live.composing, courtroom.live.composition_failed = 0.0, None
        self._jobs[hearing_id] = asyncio.create_task(self._finish(courtroom), name=f"archive {hearing_id}")

    async def finished(self, hearing_id: str) -> None:
        """Until the job of this hearing, if there is one, has ended well or badly."""
        job = self._jobs.get(hearing_id)
        if job is not None:
            await asyncio.wait({job})

    async def stop(self) -> None:
        for job in self._jobs.values():
            job.cancel()
        await asyncio.gather(*self._jobs.values(), return_exceptions=True)

    async def _finish(self, courtroom: Courtroom) -> None:
        live, hearing_id = courtroom.live, courtroom.hearing_id
        try:
            await courtroom.recording.close(courtroom.hearing.phase)
            async with self._one_at_a_time:
                if self.video_path(hearing_id) is None:
                    await self._compose(courtroom)
            live.composed = True
            report = await self._verify(hearing_id)
            if courtroom.hearing.phase in ("closed", "converted_offline"):
                await self._tell(hearing_id, c.ArchiveRecording(report.ok))
        except (CompositionFailed, RecordingError, OSError) as error:
            log.error("the recording of %s could not be finished: %s", hearing_id, error)
            live.composition_failed = str(error)
        except Exception as error:
            # Unforeseen, and still to be shown: a recording that silently stays unfinished is worse.
            log.exception("the recording of %s could not be finished", hearing_id)
            live.composition_failed = f"{type(error).__name__}: {error}"
        finally:
            live.composing = None
            courtroom.show()

    async def _compose(self, courtroom: Courtroom) -> None:
        folder = self.directory(courtroom.hearing_id)

        def progress(fraction: float) -> None:
            courtroom.live.composing = round(min(max(fraction, 0.0), 1.0), 3)

        await compose(folder, folder / COMPOSED_NAME, self._key_file, progress)

    async def _verify(self, hearing_id: str) -> VerificationReport:
        public = keys.load(self._key_file).public_raw
        report = await asyncio.to_thread(verify, self.directory(hearing_id), public)
        self._checked[hearing_id] = _Checked(report, self._clock.now())
        return report

    async def check_again(self, courtroom: Courtroom) -> RecordingDetail:
        if (self.directory(courtroom.hearing_id) / MANIFEST_NAME).exists():
            await self._verify(courtroom.hearing_id)
        return await self.detail(courtroom)

    async def detail(self, courtroom: Courtroom) -> RecordingDetail:
        """What the playback page shows; while the hearing runs, what is on disk so far."""
        hearing, hearing_id = courtroom.hearing, courtroom.hearing_id
        info = recording_info(hearing, courtroom.live)
        folder = self.directory(hearing_id)
        events: list[PlaybackEvent] = []
        expected_s: float | None = None
        head = ""
        if (folder / MANIFEST_NAME).exists():
            entries = await asyncio.to_thread(read_manifest, folder)
            timeline = Timeline.from_entries(entries)
            expected_s = round(timeline.recorded_s, 3)
            head = entries[-1].hash if entries else ""
            events = [
                line for item in playback_events(entries) if (line := _playback(hearing, item)) is not None
            ]
        checked = self._checked.get(hearing_id)
        return RecordingDetail(
            hearing=hearing_id,
            case_number=hearing.case_number,
            title=hearing.title,
            info=info,
            duration_s=_duration_s(folder),
            expected_s=expected_s,
            video=self.video_path(hearing_id) is not None,
            events=events,
            verification=None if checked is None else _verification(checked, head),
            public_key=keys.load(self._key_file).public_pem().decode() if head else None,
        )


def _duration_s(folder: Path) -> float | None:
    sidecar = derivative.sidecar_path(folder / COMPOSED_NAME)
    if not sidecar.exists():
        return None
    value = derivative.read_statement(sidecar).get("duration_s")
    return float(value) if isinstance(value, int | float) else None


def _verification(checked: _Checked, head: str) -> Verification:
    report = checked.report
    problem = report.first_problem
    return Verification(
        ok=report.ok,
        checked_at=checked.at.isoformat(),
        entries=report.entries,
        segments=report.segments,
        head=head,
        first_problem=None if problem is None else BiText(zh=f"核验未通过：{problem}", en=problem),
    )


def _playback(hearing: Hearing, item: dict[str, Any]) -> PlaybackEvent | None:
    """A line of the list beside the video, or None for what only machines care about."""
    words = _words(hearing, item)
    if words is None:
        return None
    return PlaybackEvent(
        sequence=item["sequence"],
        offset_s=item["offset_s"] if item["recorded"] else None,
        at=item["at"],
        type=item["type"],
        text=BiText(zh=words[0], en=words[1]),
    )


def _words(hearing: Hearing, item: dict[str, Any]) -> tuple[str, str] | None:
    data = item["data"]
    if item["kind"] == "gap":
        cause = str(data.get("cause"))
        zh, en = _GAP_WORDS.get(cause, (f"录制中断：{cause}", f"Gap in the recording: {cause}"))
        return zh, en
    if item["kind"] == "server_lost":
        return "录制进程与服务器失去联系", "The recorder lost its server"
    if item["kind"] != "event":
        return None
    if item["type"] == "active_speaker":
        person = hearing.participants.get(str((data.get("data") or {}).get("participant")))
        return None if person is None else (f"{person.name}发言", f"{person.name} speaks")
    try:
        return describe(from_data(item["type"], data["data"]), hearing)
    except (KeyError, ValueError, TypeError):
        return item["type"], item["type"]
