"""The recording of a hearing."""

from __future__ import annotations

from room_server.http.models.base import Body
from signaling.messages import BiText, RecordingInfo


class PlaybackEvent(Body):
    """``offset_s`` is the place in the composed file, null for what happened while nothing was recorded before it."""

    sequence: int
    offset_s: float | None
    at: str
    type: str
    text: BiText


class Verification(Body):
    ok: bool
    checked_at: str
    entries: int
    segments: int
    head: str
    first_problem: BiText | None


class RecordingDetail(Body):
    hearing: str
    case_number: str
    title: str
    info: RecordingInfo
    duration_s: float | None
    expected_s: float | None
    video: bool
    events: list[PlaybackEvent]
    verification: Verification | None
    public_key: str | None
