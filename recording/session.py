"""One recording in progress: commands and media in, segments, manifest entries and events out.

No threads, sockets or clocks of its own: the recorder process feeds it. Every method that appends may raise
RecordingError; the process reports it and goes on.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from recording.clock import SenderClock
from recording.commands import (
    AddParticipant,
    AddTrack,
    AppendEvent,
    ChangePhase,
    Close,
    Command,
    DeclareGap,
    EndTrack,
    ReportHealth,
    Start,
)
from recording.journal import Journal, JournalFull
from recording.keys import RecordKey
from recording.leftovers import describe_leftover, segment_files
from recording.manifest import ALGORITHMS, FORMAT, SEGMENT_FOLDER, Entry
from recording.model import (
    NS_PER_S,
    JsonObject,
    Participant,
    RecordingError,
    Track,
    iso_from_wall,
    wall_from_iso,
)
from recording.reception import Reception, TimedFrame
from recording.rtp import MalformedPacket, SenderReport, read_datagram
from recording.timeline import Timeline
from recording.writer import SegmentFault, SegmentWriter

_LOG: Final = logging.getLogger("recording.session")
_ASK_INTERVAL_NS: Final = NS_PER_S
_HEALTH_INTERVAL_NS: Final = 2 * NS_PER_S
_STALL_NS: Final = 2 * NS_PER_S

Emit = Callable[[JsonObject], None]


class CannotStart(RecordingError):
    """The recording cannot begin; `reason` is the word for the `failed` event."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Session:
    """A recording between `open` and `close`."""

    def __init__(self, start: Start, key: RecordKey, now_ns: Callable[[], int], emit: Emit) -> None:
        self._start = start
        self._key = key
        self._now_ns = now_ns
        self._emit = emit
        self._folder = Path(start.directory)
        self._segment_ns = int(start.segment_s * NS_PER_S)
        self._participants: dict[str, Participant] = {}
        self._tracks: dict[int, Track] = {}
        self._receptions: dict[int, Reception] = {}
        self._senders: dict[str, SenderClock] = {}
        self._writers: dict[int, SegmentWriter] = {}
        self._written_ns: dict[int, int] = {}
        self._next_index: dict[int, int] = {}
        self._asked_ns: dict[int, int] = {}
        self._since_ns: int | None = None
        self._full_since_ns: int | None = None
        self._health_ns = 0
        self._packets = self._bytes = self._dropped = self._malformed = 0
        self._worst_lag_ns = 0
        self.closed = False

    # -- beginning --------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Create the recording, or take it up again; emits `ready`. Raises CannotStart."""
        try:
            (self._folder / SEGMENT_FOLDER).mkdir(parents=True, exist_ok=True)
            if self._free_bytes() < self._start.min_free_bytes:
                raise CannotStart("disk_full", self._too_full())
            self._journal = Journal(self._folder, self._key)
        except CannotStart:
            raise
        except RecordingError as error:
            raise CannotStart("manifest", str(error)) from error
        except OSError as error:
            raise CannotStart("directory", f"{self._folder}: {error.strerror}") from error
        try:
            resumed = bool(self._journal.entries)
            if resumed:
                self._resume()
            else:
                self._begin()
            self._sign()
        except JournalFull as error:
            raise CannotStart("disk_full", str(error)) from error
        except CannotStart:
            raise
        except RecordingError as error:
            raise CannotStart("manifest", str(error)) from error
        last = self._journal.last
        assert last is not None
        self._emit({"event": "ready", "resumed": resumed, "head": last.data["hash"]})

    def _begin(self) -> None:
        self._participants = {p.id: p.participant() for p in self._start.participants}
        self._append(
            "opened",
            {
                "format": FORMAT,
                "recording_id": self._start.recording_id,
                "proceeding": self._start.proceeding,
                "title": self._start.title,
                "timezone": self._start.timezone,
                "participants": [p.to_json() for p in self._participants.values()],
                "key_id": self._key.key_id,
                "public_key": self._key.public_raw.hex(),
                "algorithms": dict(ALGORITHMS),
            },
        )

    def _resume(self) -> None:
        timeline = Timeline.from_entries(self._journal.entries)
        if timeline.closed:
            raise CannotStart("closed", "this recording was closed; nothing can be added to it")
        for field, value in (
            ("recording_id", self._start.recording_id),
            ("public_key", self._key.public_raw.hex()),
        ):
            if timeline.opened[field] != value:
                raise CannotStart(
                    "manifest", f"{field} of this folder's recording is {timeline.opened[field]}, not {value}"
                )
        self._since_ns = timeline.recording_since_ns
        self._participants = dict(timeline.participants)
        self._tracks = dict(timeline.tracks)
        for number in sorted(timeline.live_tracks):
            self._receive(self._tracks[number])
        last_known_ns = self._adopt_unlisted({s.path for s in timeline.segments} | set(timeline.unreadable))
        detail = {"torn_bytes": self._journal.torn_bytes} if self._journal.torn_bytes else None
        self._append(
            "gap",
            {
                "cause": self._start.resume_cause or "recorder_restart",
                "from": iso_from_wall(max(timeline.last_known_ns, last_known_ns)),
                "to": iso_from_wall(self._now_ns()),
                "detail": detail,
            },
        )
        for fields in self._start.participants:
            self._describe(fields.participant())

    def _adopt_unlisted(self, listed: set[str]) -> int:
        """Enter what a killed recorder left behind; returns the last wall time it holds."""
        latest_ns = 0
        for path, track, index, start_ns in segment_files(self._folder):
            if track in self._tracks:
                self._next_index[track] = max(self._next_index.get(track, 1), index + 1)
                if path not in listed:
                    latest_ns = max(latest_ns, self._adopt(path, track, start_ns))
        return latest_ns

    def _adopt(self, path: str, track: int, start_ns: int) -> int:
        leftover = describe_leftover(self._folder, path, track, start_ns)
        self._append(leftover.kind, leftover.data)
        return leftover.end_ns

    # -- commands ---------------------------------------------------------------------------------------------------

    def apply(self, command: Command) -> None:
        """Carry out one command other than `start`."""
        if isinstance(command, AddParticipant):
            self._describe(command.participant())
        elif isinstance(command, AddTrack):
            self._add_track(command.definition())
        elif isinstance(command, EndTrack):
            self._end_track(command.track, command.reason)
        elif isinstance(command, AppendEvent):
            self._append("event", command.event)
        elif isinstance(command, ChangePhase):
            self._change_phase(command)
        elif isinstance(command, DeclareGap):
            gap = command.model_dump(by_alias=True, exclude={"do"})
            self._append("gap", gap)
        elif isinstance(command, ReportHealth):
            self._report_health(self._now_ns())
        elif isinstance(command, Close):
            self._close(command)
        else:
            raise RecordingError("do: this recorder was started already")

    def _describe(self, participant: Participant) -> None:
        if self._participants.get(participant.id) != participant:
            self._append("participant", participant.to_json())
            self._participants[participant.id] = participant

    def _add_track(self, track: Track) -> None:
        known = self._tracks.get(track.number)
        if known is not None and (known != track or track.number not in self._receptions):
            raise RecordingError(f"track: {track.number} was used already; a new track needs a new number")
        if track.participant not in self._participants:
            raise RecordingError(f"participant: {track.participant!r} is not in this recording")
        if known is None:
            self._append("track", track.to_json())
            self._tracks[track.number] = track
            self._receive(track)

    def _receive(self, track: Track) -> None:
        sender = self._senders.setdefault(track.participant, SenderClock())
        self._receptions[track.number] = Reception(track, sender)

    def _end_track(self, number: int, reason: str) -> None:
        reception = self._receptions.pop(number, None)
        if reception is None:
            raise RecordingError(f"track: {number} is not a live track")
        if self._since_ns is not None:
            self._store(number, reception.flush())
        self._finish(number)
        self._append("track_ended", {"track": number, "reason": reason, "lost": reception.lost})

    def _change_phase(self, command: ChangePhase) -> None:
        at_ns = wall_from_iso(command.at)
        if not command.recording:
            self._stop(at_ns)
        self._append("phase", command.model_dump(exclude={"do"}))
        if command.recording and self._since_ns is None:
            self._since_ns = at_ns
        self._sign()

    def _stop(self, at_ns: int) -> None:
        """Nothing after `at_ns` reaches the record."""
        if self._since_ns is None:
            return
        for number, reception in self._receptions.items():
            self._store(number, [f for f in reception.flush() if f.wall_ns <= at_ns])
            reception.reset()
        self._since_ns = None
        self._finish_all()

    def _close(self, command: Close) -> None:
        self._stop(wall_from_iso(command.at))
        segments = len(Timeline.from_entries(self._journal.entries).segments)
        closing: JsonObject = {"reason": command.reason, "at": command.at, "segments": segments}
        self._append("closed", closing)
        recorded_s = round(Timeline.from_entries(self._journal.entries).recorded_s, 3)
        head = self._sign()
        self._journal.close()
        self.closed = True
        self._emit({"event": "closed", "head": head, "segments": segments, "recorded_s": recorded_s})

    def lose_server(self, reason: str) -> None:
        """Finish what is open when the server is gone; the recording can be resumed."""
        for number, reception in self._receptions.items():
            if self._since_ns is not None:
                self._store(number, reception.flush())
        self._finish_all()
        self._append("server_lost", {"reason": reason, "text": "recorder lost its server"})
        self._sign()
        self._journal.close()

    # -- media ------------------------------------------------------------------------------------------------------

    def media(self, datagram: bytes) -> None:
        """Take one datagram of the tap. What cannot be read or must not be recorded is counted and dropped."""
        try:
            number, arrival_ns, content = read_datagram(datagram)
        except MalformedPacket:
            self._malformed += 1
            return
        reception = self._receptions.get(number)
        if reception is None:
            self._dropped += 1
            return
        if isinstance(content, SenderReport):
            reception.report(content, arrival_ns)
            return
        if self._since_ns is None or arrival_ns < self._since_ns or self._full_since_ns is not None:
            self._dropped += 1
            return
        self._packets += 1
        self._bytes += len(datagram)
        self._worst_lag_ns = max(self._worst_lag_ns, self._now_ns() - arrival_ns)
        self._store(number, reception.packet(content, arrival_ns))

    def tick(self) -> None:
        """To be called several times a second: gives up waiting for lost packets, reports health, watches the disk."""
        now_ns = self._now_ns()
        if self._since_ns is not None and self._full_since_ns is None:
            for number, reception in self._receptions.items():
                self._store(number, reception.release(now_ns))
                if (
                    number in self._writers
                    and now_ns - self._written_ns[number] > self._segment_ns + _STALL_NS
                ):
                    self._finish(number)
        if now_ns - self._health_ns >= _HEALTH_INTERVAL_NS:
            self._report_health(now_ns)
            self._watch_disk(now_ns)

    def _store(self, number: int, frames: list[TimedFrame]) -> None:
        for timed in frames:
            try:
                self._store_frame(number, timed)
            except SegmentFault as error:
                self._give_up(number, error)

    def _store_frame(self, number: int, timed: TimedFrame) -> None:
        writer = self._writers.get(number)
        due = writer is None or timed.wall_ns - writer.start_ns >= self._segment_ns
        if due and not timed.frame.key:
            self._ask_key_frame(number)
        elif due:
            self._finish(number)
            index = self._next_index.get(number, 1)
            self._next_index[number] = index + 1
            writer = SegmentWriter(self._folder, self._tracks[number], index, timed)
            self._writers[number] = writer
            self._asked_ns.pop(number, None)
        if writer is not None:
            writer.write(timed)
            self._written_ns[number] = self._now_ns()

    def _ask_key_frame(self, number: int) -> None:
        now_ns = self._now_ns()
        if now_ns - self._asked_ns.get(number, 0) >= _ASK_INTERVAL_NS:
            self._asked_ns[number] = now_ns
            self._emit({"event": "key_frame_wanted", "track": number})

    def _finish(self, number: int) -> None:
        writer = self._writers.pop(number, None)
        if writer is None:
            return
        try:
            done = writer.finish()
        except SegmentFault as error:
            self._writers[number] = writer
            self._give_up(number, error)
            return
        data = done.to_json(number)
        self._append("segment", data)
        self._emit({"event": "segment", **{k: data[k] for k in ("track", "path", "sha256", "start", "end")}})
        self._sign()

    def _finish_all(self) -> None:
        for number in list(self._writers):
            self._finish(number)

    def _give_up(self, number: int, fault: SegmentFault) -> None:
        """A segment that cannot be written on: what is on disk is entered, the next key frame starts a new one."""
        _LOG.error("segment of track %d given up: %s", number, fault)
        writer = self._writers.pop(number, None)
        if fault.full:
            self._declare_full(str(fault))
        else:
            self._emit({"event": "error", "message": f"track {number}: {fault}"})
        if writer is not None:
            writer.abandon()
            self._adopt(writer.path, number, writer.start_ns)
            self._sign()

    # -- disk and health --------------------------------------------------------------------------------------------

    def _watch_disk(self, now_ns: int) -> None:
        short = self._free_bytes() < self._start.min_free_bytes
        if short and self._full_since_ns is None:
            self._declare_full(self._too_full())
        elif not short and self._full_since_ns is not None:
            gap = {
                "cause": "disk_full",
                "from": iso_from_wall(self._full_since_ns),
                "to": iso_from_wall(now_ns),
                "detail": None,
            }
            self._append("gap", gap)
            self._full_since_ns = None
            self._sign()
            self._emit({"event": "recovered", "reason": "disk_full"})

    def _declare_full(self, message: str) -> None:
        if self._full_since_ns is not None:
            return
        self._full_since_ns = self._now_ns()
        self._emit({"event": "failed", "reason": "disk_full", "message": message})
        self._finish_all()

    def _free_bytes(self) -> int:
        state = os.statvfs(self._folder)
        return state.f_bavail * state.f_frsize

    def _too_full(self) -> str:
        return f"{self._free_bytes()} bytes are free in {self._folder}; at least {self._start.min_free_bytes} are needed"

    def _report_health(self, now_ns: int) -> None:
        self._health_ns = now_ns
        self._emit(
            {
                "event": "health",
                "packets": self._packets,
                "bytes": self._bytes,
                "dropped": self._dropped,
                "malformed": self._malformed,
                "lost": sum(r.lost for r in self._receptions.values()),
                "tracks": len(self._receptions),
                "writing": len(self._writers),
                "recording": self._since_ns is not None and self._full_since_ns is None,
                "free_bytes": self._free_bytes(),
                "lag_s": round(self._worst_lag_ns / NS_PER_S, 3),
            }
        )
        self._worst_lag_ns = 0

    # -- manifest ---------------------------------------------------------------------------------------------------

    def _append(self, kind: str, data: JsonObject) -> Entry:
        try:
            return self._journal.append(kind, iso_from_wall(self._now_ns()), data)
        except JournalFull as error:
            self._declare_full(str(error))
            raise

    def _sign(self) -> str:
        head = self._journal.sign_head(iso_from_wall(self._now_ns()))
        self._emit({"event": "head", **{k: head[k] for k in ("sequence", "hash", "signature")}})
        return str(head["hash"])
