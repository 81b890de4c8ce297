"""The words of a recording: participants, tracks, encoded frames, times. Pure.

Wall times are integers, nanoseconds since 1970-01-01 UTC, inside the program; in files and messages they are ISO 8601
UTC with microseconds, because RFC 8785 numbers stop being exact above 2**53.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NS_PER_S: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Source = Literal["microphone", "camera", "screen"]
Kind = Literal["audio", "video"]
JsonObject = dict[str, Any]


class RecordingError(Exception):
    """Something about a recording is wrong; the message says what, and what would be right."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A person on the record. `seat` orders the tiles; `role` and `side` are the room's own words."""

    id: str
    role: str
    name: str
    side: str | None
    seat: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Participant:
        return cls(str(data["id"]), str(data["role"]), str(data["name"]), data.get("side"), int(data["seat"]))

    def to_json(self) -> JsonObject:
        return {"id": self.id, "role": self.role, "name": self.name, "side": self.side, "seat": self.seat}


@dataclass(frozen=True, slots=True)
class Track:
    """One stream of one participant, as negotiated. `number` is the relay's, unique in the recording."""

    number: int
    participant: str
    source: Source
    kind: Kind
    mime_type: str
    clock_rate: int
    channels: int
    payload_type: int

    @property
    def codec(self) -> str:
        """The codec's name as the muxer wants it: `vp8`, `h264` or `opus`."""
        return self.mime_type.split("/", 1)[1].lower()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Track:
        return cls(
            int(data["track"]),
            str(data["participant"]),
            data["source"],
            data["kind"],
            str(data["mime_type"]),
            int(data["clock_rate"]),
            int(data["channels"]),
            int(data["payload_type"]),
        )

    def to_json(self) -> JsonObject:
        return {
            "track": self.number,
            "participant": self.participant,
            "source": self.source,
            "kind": self.kind,
            "mime_type": self.mime_type,
            "clock_rate": self.clock_rate,
            "channels": self.channels,
            "payload_type": self.payload_type,
        }


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished file of one track. Position 0 in the file is `start_ns`; positions are milliseconds after it."""

    track: int
    path: str
    sha256: str
    size: int
    start_ns: int
    end_ns: int
    packets: int
    lost: int
    recovered: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Segment:
        return cls(
            int(data["track"]),
            str(data["path"]),
            str(data["sha256"]),
            int(data["bytes"]),
            wall_from_iso(data["start"]),
            wall_from_iso(data["end"]),
            int(data.get("packets") or 0),
            int(data.get("lost") or 0),
            bool(data.get("recovered", False)),
        )


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One whole picture or one packet of sound, still encoded.

    `rtp_timestamp` is the 32-bit value of its packets. `width` and `height` are known at key frames of video only;
    `duration_ticks` (of the track's clock) for sound only.
    """

    rtp_timestamp: int
    data: bytes
    key: bool
    width: int = 0
    height: int = 0
    duration_ticks: int = 0


def iso_from_wall(wall_ns: int) -> str:
    """Nanoseconds since the epoch as `2026-11-23T10:00:00.123456Z`."""
    moment = _EPOCH + timedelta(microseconds=wall_ns // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}Z"


def wall_from_iso(text: object) -> int:
    """An ISO 8601 time with its offset as nanoseconds since the epoch. Raises RecordingError."""
    if not isinstance(text, str):
        raise RecordingError(f"a time must be an ISO 8601 string, not {type(text).__name__}")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordingError(f"{text!r} is not an ISO 8601 time") from error
    if moment.tzinfo is None:
        raise RecordingError(f"the time {text!r} needs its offset, for example +08:00 or Z")
    return ((moment - _EPOCH) // timedelta(microseconds=1)) * 1000


def zone(name: str) -> tzinfo:
    """An IANA time zone. Raises RecordingError. Asia/Shanghai is known even where no zone data is installed."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if name == "Asia/Shanghai":
            return timezone(timedelta(hours=8))
        raise RecordingError(f"{name!r} is not a known IANA time zone, for example Asia/Shanghai") from error


def utc_offset_s(name: str, wall_ns: int) -> int:
    """Seconds that the zone's clocks are ahead of UTC at that time."""
    moment = (_EPOCH + timedelta(microseconds=wall_ns // 1000)).astimezone(zone(name))
    offset = moment.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
