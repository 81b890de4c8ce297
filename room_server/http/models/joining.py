"""Coming to a hearing by link."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from room_server.http.models.base import Body, Secret
from signaling.messages import BiText, Conversion, MediationView, PhaseName, Role, Side


class OpenInvitation(Body):
    secret: Secret


class InvitationInfo(Body):
    """What is told before the code: enough to see that the link is right, no more."""

    court: BiText
    scheduled_at: str | None
    role: Role
    needs_code: bool


class AcceptInvitation(Body):
    secret: Secret
    code: Annotated[str, Field(pattern=r"^\d{6}$")] | None = None


class ParticipationRef(Body):
    participation: str


class EquipmentReport(Body):
    """Result of the equipment test on the join page, kept as evidence (OLR 21(2), 24)."""

    camera: Literal["ok", "none", "denied", "failed"]
    microphone: Literal["ok", "silent", "none", "denied", "failed"]
    speaker: Literal["ok", "not_heard", "untested"]
    network: Literal["good", "weak", "failed", "untested"]
    browser: Annotated[str, Field(max_length=300)]


class Declaration(Body):
    """``accepted`` must be true; ``text_version`` names the declaration that was shown."""

    accepted: Literal[True]
    text_version: Annotated[str, Field(max_length=40)]


class AtCourt(Body):
    """Why the person attends in person, as the determination found it, and whether the clerk has noted them present."""

    reason: BiText | None
    citation: str | None
    present: bool


class JoinInfo(Body):
    """``at_court`` is set for who attends in person. ``step`` is where the page goes on: reload or a second visit asks nothing twice."""

    participation: str
    hearing: str
    court: BiText
    courtroom: BiText
    case_number: str
    title: str
    cause: str
    scheduled_at: str | None
    phase: PhaseName
    role: Role
    side: Side | None
    name: str
    attends: Literal["online", "at_court"]
    at_court: AtCourt | None = None
    declared: bool
    declaration_version: str
    equipment: Literal["untested", "passed", "problem"]
    step: Literal["not_yet", "equipment", "declaration", "room", "at_court", "ended"]
    ended: (
        Literal["closed", "removed", "revoked", "cancelled", "converted_offline", "terminated", "left"] | None
    )
    kind: Literal["hearing", "mediation"] = "hearing"
    mediation: MediationView | None = None
    conversion: Conversion | None = None
    hotline: str


class IceServer(Body):
    """A TURN server of this court with credentials of this participant, good for half a day."""

    urls: list[str]
    username: str
    credential: str


class RoomToken(Body):
    """``ice_servers``: ways round a network that lets no media through; empty where the court has none."""

    token: str
    expires_at: str
    socket_path: str
    ice_servers: list[IceServer] = []
