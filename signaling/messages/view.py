"""The view of one viewer: everything a page is shown, in sections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signaling.messages.base import (
    BiText,
    MediaPath,
    Message,
    ParticipantState,
    PhaseName,
    Role,
    Side,
    Source,
)


class Me(Message):
    """The viewer. ``place`` is the room the viewer is in; ``admitted`` says that the clerk has let the viewer in."""

    id: str
    role: Role
    side: Side | None
    name: str
    state: ParticipantState
    place: Literal["outside", "lobby", "check", "main"]
    admitted: bool
    identity_verified: bool
    declared: bool
    hand_raised_at: str | None
    hand_place: int | None
    microphone_on: bool
    microphone_locked: bool
    muted_by_court: bool
    camera_on: bool
    attends: Literal["online", "at_court"]
    path: MediaPath = "unknown"


class HearingInfo(Message):
    """What the page head shows. ``gallery`` is false for hearings closed to the public and in every mediation."""

    id: str
    kind: Literal["hearing", "mediation"] = "hearing"
    case_number: str
    title: str
    cause: str
    court: BiText
    courtroom: BiText
    stage: str
    scheduled_at: str | None
    gallery: bool
    ruleset: str


class PhaseInfo(Message):
    """``since`` is when the phase began; ``opened_at`` when the hearing was declared open, if it was."""

    name: PhaseName
    since: str
    reason: str | None
    opened_at: str | None


class ParticipantView(Message):
    """One person as this viewer may see them. ``network``: 0 unknown or gone, 1 bad … 4 good.

    ``at_court``: noted as present in the courtroom, where the participant of role ``courtroom`` shows and hears them.
    """

    id: str
    role: Role
    side: Side | None
    name: str
    seat: int
    state: ParticipantState
    place: Literal["outside", "lobby", "check", "main"]
    connected: bool
    attends: Literal["online", "at_court"]
    at_court: bool = False
    microphone_on: bool
    microphone_locked: bool
    muted_by_court: bool
    camera_on: bool
    screen_allowed: bool = False
    hand_raised_at: str | None
    network: int = Field(ge=0, le=4)


class DeskParticipant(Message):
    """What the clerk and the bench see beside :class:`ParticipantView` of a person on the list, by ``id``."""

    id: str
    role: Role
    side: Side | None
    name: str
    state: ParticipantState
    place: Literal["outside", "lobby", "check", "main"]
    connected: bool
    waiting_since: str | None
    identity_verified: bool
    identity_method: str | None
    declared: bool
    equipment: Literal["untested", "passed", "problem"]
    attends: Literal["online", "at_court"] = "online"
    at_court: bool = False
    second_device_waiting: bool
    network: int = Field(ge=0, le=4)
    last_disconnect_cause: str | None
    path: MediaPath = "unknown"


class ProducerView(Message):
    """A track this viewer may consume now. Consumers for ids no longer listed are to be closed by the page."""

    id: str
    participant: str
    kind: Literal["audio", "video"]
    source: Source


class ScreenView(Message):
    """Whose screen is shown to the room. Its track, once it flows, is the producer of source ``screen``."""

    participant: str
    since: str


class HandView(Message):
    participant: str
    place: int
    raised_at: str


class RecordingInfo(Message):
    """Recording as all may see it. ``elapsed_s`` counts recorded seconds at ``as_of``."""

    state: Literal["off", "armed", "recording", "paused", "unhealthy", "composing", "ready", "failed"]
    reason: str | None
    elapsed_s: float
    as_of: str
    progress: float | None = Field(default=None, ge=0, le=1)


class ActionInfo(Message):
    """Whether the viewer may give a command now; if not, ``reason`` says which rule stands against it."""

    allowed: bool
    reason: BiText | None = None
    citation: str | None = None


class Notice(Message):
    """A standing notice, shown until it goes away from the view."""

    id: str
    level: Literal["info", "warning", "stop"]
    text: BiText
    at: str


class LogLine(Message):
    """A line of the record as this viewer may see it, newest last."""

    sequence: int
    at: str
    type: str
    text: BiText


class ReadinessItem(Message):
    """One condition for opening, for clerk and bench."""

    key: str
    done: bool
    text: BiText


class FindingView(Message):
    rule: str
    about: str | None
    outcome: Literal["allow", "warn", "hybrid", "await_ruling", "block"]
    citation: str
    text: BiText


class DeterminationView(Message):
    """The stored determination, for clerk and bench. ``current`` is false when the facts changed since."""

    id: str
    outcome: Literal["allow", "warn", "hybrid", "await_ruling", "block"]
    current: bool
    ruleset: str
    on: str
    facts_sha256: str
    findings: list[FindingView]


class OpenMatter(Message):
    """Something lodged after the opening that the judge answers on the record, for clerk and bench.

    ``ground`` is what is to be ruled on; None where nothing can be ruled and the matter is only noted. ``late``
    matters came after the deadline or the opening. ``held`` and ``ruled_at`` are set once it was ruled on.
    """

    id: str
    ground: str | None
    side: str | None
    text: BiText
    reasons: str
    at: str
    late: bool
    held: bool | None = None
    ruled_at: str | None = None


class Eligibility(Message):
    """The gate while the room is open, for clerk and bench.

    ``must_convert``: a ground is held, or all sides object, so that the hearing must be converted (OLR 21 para 2).
    ``must_attend``: people who from now on have to attend at court. ``completed``: what a conversion would list as done.
    ``seen_version`` goes into a ruling made from this view, so that one on facts that moved on is refused.
    """

    matters: list[OpenMatter]
    must_convert: BiText | None
    citation: str | None
    must_attend: list[str]
    completed: list[BiText]
    seen_version: int


class OwnObjection(Message):
    """How the objection that the viewer lodged from the room stands. ``noted``: it awaits no ruling of its own."""

    state: Literal["lodged", "noted", "held", "not_held"]
    reasons: str
    at: str
    ruled_at: str | None


class Conversion(Message):
    """The hearing goes on in a courtroom (OLR 21 para 2). ``completed``: what was done online and stays valid."""

    reason: str
    completed: list[BiText]


MediationStep = Literal[
    "applied",
    "consent_pending",
    "consented",
    "assigned",
    "accepted",
    "disclosed",
    "identity_verified",
    "joint",
    "ended",
]


class MediationView(Message):
    """A mediation as one of its people may see it: nothing of another side's consent or answer.

    ``disclosed``: the mediator has spoken of own ties, ``conflict`` is the tie, None where there is none;
    ``disclosure_version`` is to be named in the answer.
    ``own_answer``: what the viewer's side answered to it. ``may_answer``: an answer is asked for, or may be changed.
    ``off``: said to everybody while the mediation cannot take place.
    """

    step: MediationStep
    mediator: str
    disclosed: bool
    conflict: str | None
    disclosure_version: int | None
    own_answer: bool | None
    may_answer: bool
    off: BiText | None


class MediaInfo(Message):
    """``generation`` changes when the relay was restarted: the page then makes its transports anew."""

    generation: str = ""


class View(Message):
    """Everything one viewer is shown. Each top-level field is a *section*; events replace whole sections."""

    me: Me
    hearing: HearingInfo
    phase: PhaseInfo
    participants: list[ParticipantView]
    desk: list[DeskParticipant] | None
    producers: list[ProducerView]
    hands: list[HandView]
    screen: ScreenView | None = None
    recording: RecordingInfo
    actions: dict[str, ActionInfo]
    notices: list[Notice]
    log: list[LogLine]
    speaker: str | None
    readiness: list[ReadinessItem] | None
    determination: DeterminationView | None
    eligibility: Eligibility | None = None
    own_objection: OwnObjection | None = None
    mediation: MediationView | None = None
    media: MediaInfo = MediaInfo()
