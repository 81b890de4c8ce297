"""What is known of a running hearing beside its record: connections, tracks, speaker, network, recorder.

Nothing here is stored; all of it can be lost with the process without losing anything the record needs.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from room_server.domain.events import AbsenceNoted, NetworkChanged, PresenceAtCourtNoted
from room_server.domain.model import Hearing, Participant
from room_server.domain.phases import is_recorded
from room_server.domain.record import describe, visible_to_all
from room_server.proceedings.actor import Step
from room_server.proceedings.media_path import MediaPath
from room_server.proceedings.silence import Silence
from signaling.connection import EventStream
from signaling.messages import RecordingInfo

LOG_LINES = 200


@dataclass(slots=True)
class Viewer:
    """One participant's channel: the numbering survives a reconnection, the connection (`sid`) does not."""

    stream: EventStream
    sid: str | None = None
    device: str | None = None
    shown: dict[str, Any] | None = None
    outbox: deque[Any] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class LiveProducer:
    """A published track; `track` is its number in the recording."""

    id: str
    participant: str
    kind: str
    source: str
    track: int
    transport: str


@dataclass(slots=True)
class LiveConsumer:
    """A track on its way to a viewer.

    `layer` is the largest size of several that the viewer's page has use for, 0 the smallest; `priority` as in
    `priority.priority`.
    """

    viewer: str
    producer: LiveProducer
    transport: str
    layer: int
    priority: int


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A line of the record in words, kept for the log on the page."""

    sequence: int
    at: str
    type: str
    zh: str
    en: str
    public: bool


@dataclass(slots=True)
class LiveHearing:
    """The live part of one hearing. `admitted_at` is the record's version at which each person was last let in."""

    hearing_id: str
    viewers: dict[str, Viewer] = field(default_factory=dict)
    producers: dict[str, LiveProducer] = field(default_factory=dict)
    transports: dict[str, tuple[str, str]] = field(default_factory=dict)
    consumers: dict[str, LiveConsumer] = field(default_factory=dict)
    paths: dict[str, MediaPath] = field(default_factory=dict)
    silence: Silence = field(default_factory=Silence)
    speaker: str | None = None
    media_generation: str = ""
    lines: deque[RecordLine] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    admitted_at: dict[str, int] = field(default_factory=dict)
    recorded_s: float = 0.0
    recording_since: datetime | None = None
    composing: float | None = None
    composed: bool = False
    composition_failed: str | None = None
    last_track: int = 0

    def note(self, step: Step) -> None:
        """Take one stored step into the log lines and the recorded time."""
        zh, en = describe(step.event, step.after)
        public = visible_to_all(step.event) and not _about_somebody_outside(step)
        stored = step.stored
        if not isinstance(step.event, NetworkChanged):
            # Evidence that stays in the record; on the page it would drown what the court does.
            self.lines.append(RecordLine(stored.version, stored.at, stored.type, zh, en, public))
        before = step.before
        for person in step.after.participants.values():
            earlier = before.participants.get(person.id) if before is not None else None
            if person.admitted and (earlier is None or not earlier.admitted):
                # The last time counts: what was said while the person was sent back was not for them either.
                self.admitted_at[person.id] = stored.version
        self._count_recorded(step)

    def _count_recorded(self, step: Step) -> None:
        at = datetime.fromisoformat(step.stored.at)
        now_on = is_recorded(step.after) and step.after.recorder.state == "recording"
        if now_on and self.recording_since is None:
            self.recording_since = at
        elif not now_on and self.recording_since is not None:
            self.recorded_s += max(0.0, (at - self.recording_since).total_seconds())
            self.recording_since = None

    def next_track(self, now: datetime) -> int:
        """A number for a new track that no earlier run of the server has used: seconds, counted on."""
        self.last_track = max(self.last_track + 1, int(now.timestamp()))
        return self.last_track


def _about_somebody_outside(step: Step) -> bool:
    """Whether the event is about a person who is not let in, before it or after it: the room does not learn of them.

    Absence, and presence in the courtroom, are noted in open court; an absence names somebody who is not there.
    """
    subject = getattr(step.event, "participant_id", None)
    if subject is None or isinstance(step.event, AbsenceNoted | PresenceAtCourtNoted):
        return False
    known = [one.participants.get(subject) for one in (step.before, step.after) if one is not None]
    return not any(person is not None and _is_inside(person) for person in known)


def _is_inside(person: Participant) -> bool:
    return person.is_court or person.admitted


def recording_info(hearing: Hearing, live: LiveHearing) -> RecordingInfo:
    """The recording as everyone may see it; while it runs, `elapsed_s` is as of `as_of` and the page counts on."""
    state, reason = _recording_state(hearing, live)
    as_of = (live.recording_since or hearing.phase_since).isoformat()
    progress = live.composing if state == "composing" else None
    return RecordingInfo.model_validate(
        {"state": state, "reason": reason, "elapsed_s": live.recorded_s, "as_of": as_of, "progress": progress}
    )


def _recording_state(hearing: Hearing, live: LiveHearing) -> tuple[str, str | None]:
    if hearing.kind == "mediation":
        return "off", None
    if hearing.opened_at is not None and hearing.phase in (
        "closed",
        "archived",
        "archive_failed",
        "converted_offline",
    ):
        if live.composition_failed is not None:
            return "failed", live.composition_failed
        if live.composed:
            return "ready", None
        return ("composing", None) if live.composing is not None else ("paused", hearing.phase)
    if hearing.recorder.state == "lost":
        return "unhealthy", hearing.recorder.cause
    if hearing.recorder.state == "recording" and is_recorded(hearing):
        return "recording", None
    if hearing.opened_at is not None and hearing.phase in (
        "in_session",
        "recess",
        "suspended_technical",
        "adjourned",
    ):
        return "paused", hearing.phase_reason or hearing.phase
    return ("armed", None) if hearing.recorder.state == "armed" else ("off", None)
