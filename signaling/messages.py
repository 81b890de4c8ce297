"""Every wire message of the signaling channel (Socket.IO), as pydantic models.

The channel has three parts:

* **requests** from the browser, each acknowledged with :class:`Ack` (``result`` or ``error``);
* **events** pushed to one viewer, numbered by a per-viewer sequence; applying them in order to the last snapshot
  gives the same :class:`View` as fetching it anew;
* one **terminated** message, after which the server closes the connection for good.

The JSON Schema in ``signaling/schema`` and the TypeScript types of the page are generated from this module. ORTC
objects (``rtpParameters``, ``dtlsParameters`` …) keep the camelCase of the W3C ORTC texts and are validated by the
relay; everything else is snake_case. Times are ISO 8601 strings with an offset; ids are prefixed strings.
"""

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


# ── errors and acknowledgements ────────────────────────────────────────────────────────────────────────────────


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


# ── the view of one viewer ─────────────────────────────────────────────────────────────────────────────────────


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

    ``disclosed``: the mediator has spoken of own ties, ``conflict`` is the tie, None where there is none.
    ``own_answer``: what the viewer's side answered to it. ``may_answer``: an answer is asked for, or may be changed.
    ``off``: said to everybody while the mediation cannot take place.
    """

    step: MediationStep
    mediator: str
    disclosed: bool
    conflict: str | None
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


# ── server → browser ───────────────────────────────────────────────────────────────────────────────────────────


class ViewChanged(Message):
    """Event ``view_changed``: replace these sections of the view. ``seq`` grows by one for each viewer."""

    seq: int
    changes: dict[str, Any]


class Terminated(Message):
    """Event ``terminated``: the last message; the page shows a terminal page and does not reconnect by itself."""

    reason: Literal[
        "closed",
        "removed",
        "revoked",
        "left",
        "replaced",
        "cancelled",
        "converted_offline",
        "terminated",
        "signed_out",
        "at_court",
    ]
    text: BiText
    may_return: bool
    conversion: Conversion | None = None


class SyncResult(Message):
    """Result of ``sync``: the events missed since ``last_seq``, or a snapshot where they are no longer kept.

    ``seq`` is the number of the last event the result contains. ``stream`` names the numbering; it goes with
    ``seq`` into the next ``sync``, because a restarted server numbers anew.
    """

    kind: Literal["events", "snapshot"]
    stream: str
    seq: int
    events: list[ViewChanged] = []
    view: View | None = None
    server_time: str


# ── browser → server: requests ─────────────────────────────────────────────────────────────────────────────────


class Request(Message):
    """Base of the requests; the Socket.IO event name is the snake_case of the class name."""


class Sync(Request):
    """First request on every connection. ``last_seq`` and ``stream`` from the previous connection, else null."""

    last_seq: int | None = Field(default=None, ge=0)
    stream: str | None = Field(default=None, max_length=64)


class GetRouterCapabilities(Request):
    """Result: ``{"rtp_capabilities": Ortc}``."""


class CreateTransport(Request):
    """Result: ``{"id", "iceParameters", "iceCandidates", "dtlsParameters"}`` for mediasoup-client."""

    direction: Literal["send", "recv"]


class ConnectTransport(Request):
    transport_id: RelayId
    dtls_parameters: Ortc


class RestartIce(Request):
    """Result: ``{"ice_parameters": Ortc}``."""

    transport_id: RelayId


class Produce(Request):
    """Result: ``{"producer_id": str}``. A source already published is replaced."""

    transport_id: RelayId
    kind: Literal["audio", "video"]
    source: Source
    rtp_parameters: Ortc


class CloseProducer(Request):
    producer_id: RelayId


class Consume(Request):
    """Result: ``{"id", "producerId", "kind", "rtpParameters"}``; starts paused, see ``resume_consumer``."""

    transport_id: RelayId
    producer_id: RelayId
    rtp_capabilities: Ortc


class ResumeConsumer(Request):
    consumer_id: RelayId


class CloseConsumer(Request):
    consumer_id: RelayId


class ReportNetwork(Request):
    """The page's own measurement, kept as evidence of the connection's quality (OLR 25)."""

    rtt_ms: float | None = Field(default=None, ge=0, le=60_000)
    loss: float | None = Field(default=None, ge=0, le=1)
    path: MediaPath = "unknown"


class SetMicrophone(Request):
    """The viewer's own microphone. Refused while locked; nobody can switch on another's microphone."""

    on: bool


class SetCamera(Request):
    on: bool


class RaiseHand(Request):
    pass


class LowerHand(Request):
    """Without ``participant_id`` the viewer's own hand; the bench and the clerk may lower another's."""

    participant_id: ParticipantId | None = None


class Leave(Request):
    """Leave the room. In session, without the judge's permission, it is logged as such (OLR 25)."""


class BeginCheck(Request):
    """Clerk: step into the check room with one waiting person (they see and hear each other)."""

    participant_id: ParticipantId


class EndCheck(Request):
    pass


class VerifyIdentity(Request):
    """Clerk: record the identity check (OLR 7)."""

    participant_id: ParticipantId
    method: Literal["id_card_shown", "lawyer_licence_shown", "known_to_court", "online_id_platform"]
    note: str = Field(default="", max_length=500)


class Admit(Request):
    participant_id: ParticipantId


class SendBack(Request):
    participant_id: ParticipantId


class ApproveDevice(Request):
    """Clerk: let the waiting second device of a participant take over the place, or refuse it."""

    participant_id: ParticipantId
    approve: bool = True


class NoteAbsent(Request):
    """Clerk: note on the record that a summoned person has not come, so that the room can become ready."""

    participant_id: ParticipantId


class NotePresentAtCourt(Request):
    """Clerk: a person who attends in person is in the courtroom and was identified there; or is no longer there."""

    participant_id: ParticipantId
    present: bool = True
    method: Literal["id_card_shown", "lawyer_licence_shown", "known_to_court", "online_id_platform"] = (
        "id_card_shown"
    )
    note: str = Field(default="", max_length=500)


class LodgeObjection(Request):
    """A side, after the opening: object to going on online, or take back its consent (OLR 5(2), 21 para 2)."""

    reasons: str = Field(default="", max_length=4000)


class OpenSession(Request):
    """Presiding judge: declare the hearing open. Needs phase ``ready`` and a determination of the current facts."""


class Mute(Request):
    participant_id: ParticipantId
    lock: bool = False


class UnlockMicrophone(Request):
    """Presiding judge: lift a lock; the person switches the microphone on again themselves."""

    participant_id: ParticipantId


class MuteAll(Request):
    """Everyone but the presiding judge."""

    lock: bool = False


class Recess(Request):
    reason: ShortText


class Resume(Request):
    """Presiding judge: go on after a recess or a technical suspension."""


class Suspend(Request):
    reason: ShortText


class Adjourn(Request):
    """Presiding judge: from a technical suspension, end for today; the hearing is scheduled again."""

    reason: ShortText


class ConvertOffline(Request):
    """Presiding judge: go on in a courtroom; what was done online stays valid (OLR 21 para 2).

    ``completed``: in the judge's words, what else was completed online beside what the record lists by itself.
    """

    reason: ShortText
    completed: list[ShortText] = Field(default=[], max_length=40)


class Remove(Request):
    participant_id: ParticipantId
    reason: ShortText


class CloseHearing(Request):
    """Presiding judge: close. Passes transcript review at once while no transcript is kept."""


REQUESTS: tuple[type[Request], ...] = (
    Sync,
    GetRouterCapabilities,
    CreateTransport,
    ConnectTransport,
    RestartIce,
    Produce,
    CloseProducer,
    Consume,
    ResumeConsumer,
    CloseConsumer,
    ReportNetwork,
    SetMicrophone,
    SetCamera,
    RaiseHand,
    LowerHand,
    Leave,
    BeginCheck,
    EndCheck,
    VerifyIdentity,
    Admit,
    SendBack,
    ApproveDevice,
    NoteAbsent,
    NotePresentAtCourt,
    LodgeObjection,
    OpenSession,
    Mute,
    UnlockMicrophone,
    MuteAll,
    Recess,
    Resume,
    Suspend,
    Adjourn,
    ConvertOffline,
    Remove,
    CloseHearing,
)
