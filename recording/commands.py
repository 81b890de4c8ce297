"""The recorder's commands: one JSON object per line, checked here and nowhere else. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from recording.depacketize import MIME_TYPES
from recording.model import Kind, Participant, RecordingError, Source, Track, wall_from_iso, zone

_ID: Final = Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")
_TEXT: Final = Field(max_length=500)


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ParticipantFields(BaseModel):
    """A participant as given in `start` and `participant`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Annotated[str, _ID]
    role: Annotated[str, _TEXT]
    name: Annotated[str, _TEXT]
    side: Annotated[str, _TEXT] | None = None
    seat: int = Field(default=1000, ge=0, le=100_000)

    def participant(self) -> Participant:
        return Participant(self.id, self.role, self.name, self.side, self.seat)


class Start(_Command):
    """Create or resume the recording in `directory`. `epoch_ns`: the time is kept by the machine's CLOCK_BOOTTIME, which
    was 0 at this many nanoseconds of Unix time; without it the recorder goes by the machine's own wall clock."""

    do: Literal["start"]
    recording_id: Annotated[str, _ID]
    proceeding: Annotated[str, _ID]
    directory: Annotated[str, Field(min_length=1, max_length=4096)]
    key_file: Annotated[str, Field(min_length=1, max_length=4096)]
    socket: Annotated[str, Field(min_length=1, max_length=107)]
    segment_s: float = Field(default=10, ge=0.5, le=600, strict=False)
    timezone: str = "Asia/Shanghai"
    title: Annotated[str, _TEXT] = ""
    participants: list[ParticipantFields] = Field(default=[], max_length=1000)
    min_free_bytes: int = Field(default=256 * 1024 * 1024, ge=0)
    epoch_ns: int | None = Field(default=None, ge=0, lt=1 << 63)
    resume_cause: Annotated[str, _TEXT] | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone(value)
        except RecordingError as error:
            raise ValueError(str(error)) from error
        return value


class AddParticipant(ParticipantFields):
    """Someone added, or described anew, after the start."""

    do: Literal["participant"]


class AddTrack(_Command):
    """Media with this number will come."""

    do: Literal["track"]
    track: int = Field(ge=0, le=0xFFFFFFFF)
    participant: Annotated[str, _ID]
    source: Source
    kind: Kind
    mime_type: str
    clock_rate: int = Field(gt=0, le=1_000_000)
    channels: int = Field(default=1, ge=1, le=8)
    payload_type: int = Field(ge=0, le=127)

    @model_validator(mode="after")
    def _recordable(self) -> AddTrack:
        allowed = {name.lower() for name in MIME_TYPES if name.startswith(self.kind)}
        if self.mime_type.lower() not in allowed:
            raise ValueError(
                f"mime_type {self.mime_type!r} cannot be recorded as {self.kind}; allowed: {', '.join(sorted(allowed))}"
            )
        if (self.kind == "audio") != (self.source == "microphone"):
            raise ValueError(f"source {self.source!r} cannot be {self.kind}")
        return self

    def definition(self) -> Track:
        return Track(
            self.track,
            self.participant,
            self.source,
            self.kind,
            self.mime_type,
            self.clock_rate,
            self.channels,
            self.payload_type,
        )


class EndTrack(_Command):
    """No more media with this number."""

    do: Literal["end_track"]
    track: int
    reason: Annotated[str, _TEXT] = ""


class AppendEvent(_Command):
    """An event of the proceeding, kept as it is; `at` is required."""

    do: Literal["event"]
    event: dict[str, Any]

    @field_validator("event")
    @classmethod
    def _timed(cls, value: dict[str, Any]) -> dict[str, Any]:
        _time(value.get("at"))
        return value


class ChangePhase(_Command):
    """From `at` on media is recorded, or is not (a planned gap, with its reason)."""

    do: Literal["phase"]
    phase: Annotated[str, _TEXT]
    recording: bool
    reason: Annotated[str, _TEXT] | None = None
    at: str

    @field_validator("at")
    @classmethod
    def _timed(cls, value: str) -> str:
        return _time(value)


class DeclareGap(_Command):
    """Media is missing between two times, and why."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    do: Literal["gap"]
    cause: Annotated[str, _TEXT]
    from_: Annotated[str, Field(alias="from")]
    to: str
    detail: Annotated[str, Field(max_length=5000)] | dict[str, Any] | None = None

    @field_validator("from_", "to")
    @classmethod
    def _timed(cls, value: str) -> str:
        return _time(value)


class ReportHealth(_Command):
    """A health event now."""

    do: Literal["health"]


class Close(_Command):
    """The end of the recording."""

    do: Literal["close"]
    reason: Annotated[str, _TEXT] = ""
    at: str

    @field_validator("at")
    @classmethod
    def _timed(cls, value: str) -> str:
        return _time(value)


Command = (
    Start
    | AddParticipant
    | AddTrack
    | EndTrack
    | AppendEvent
    | ChangePhase
    | DeclareGap
    | ReportHealth
    | Close
)
_ADAPTER: Final[TypeAdapter[Command]] = TypeAdapter(Annotated[Command, Field(discriminator="do")])


def read_command(line: bytes) -> Command:
    """One line as a command. Raises RecordingError that says which field is wrong and what is allowed."""
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "command"
        raise RecordingError(f"{place}: {first['msg']}") from error


def _time(value: object) -> str:
    try:
        wall_from_iso(value)
    except RecordingError as error:
        raise ValueError(f"'at': {error}") from error
    return str(value)
