"""What all messages share: the base class, the words of the court, errors and acknowledgements."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Ortc = dict[str, Any]
ParticipantId = Annotated[str, Field(pattern=r"^par_[A-Za-z0-9]{8,32}$")]
RelayId = Annotated[str, Field(min_length=1, max_length=64)]
ShortText = Annotated[str, Field(min_length=1, max_length=500)]

Role = Literal[
    "presiding_judge",
    "panel_judge",
    "peoples_assessor",
    "judges_assistant",
    "clerk",
    "party",
    "legal_representative",
    "counsel",
    "prosecutor",
    "defender",
    "witness",
    "expert",
    "interpreter",
    "mediator",
    "observer",
    "court_technician",
    "courtroom",
]
MediaPath = Literal["udp", "tcp", "relay", "unknown"]
"""How sound and picture reach the relay: "tcp" is slower than "udp", "relay" a detour over a TURN server."""
Side = Literal["claimant", "respondent", "third_party", "prosecutor", "defendant"]
PhaseName = Literal[
    "draft",
    "checking",
    "eligible",
    "hybrid",
    "blocked",
    "awaiting_ruling",
    "scheduled",
    "lobby_open",
    "ready",
    "in_session",
    "recess",
    "in_camera",
    "court_mediation",
    "suspended_technical",
    "adjourned",
    "transcript_review",
    "converted_offline",
    "closed",
    "archived",
    "archive_failed",
    "cancelled",
    "terminated",
]
ParticipantState = Literal[
    "invited",
    "identity_pending",
    "verified",
    "lobby",
    "in_room",
    "disconnected",
    "left",
    "left_without_permission",
    "removed",
]
Source = Literal["microphone", "camera", "screen"]


class Message(BaseModel):
    """Base of all wire messages: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BiText(Message):
    """The same sentence for a reader of Chinese and a reader of English."""

    zh: str
    en: str


class WireError(Message):
    """Why a request was refused. ``code`` is stable; ``text`` is for people; ``citation`` names the rule."""

    code: str
    message: str
    text: BiText
    citation: str | None = None


class Ack(Message):
    """Acknowledgement of every request: exactly one of ``result`` and ``error`` is set."""

    ok: bool
    result: Any = None
    error: WireError | None = None
