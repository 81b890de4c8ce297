"""What the browser asks for; each is acknowledged."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signaling.messages.base import MediaPath, Message, Ortc, ParticipantId, RelayId, ShortText, Source


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


class SetPreferredLayers(Request):
    """The largest layer that the page has use for, by the size it shows; 0 is the smallest. Its rank is the server's."""

    consumer_id: RelayId
    spatial_layer: int = Field(ge=0, le=2)


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


class AllowScreen(Request):
    """Presiding judge: let this person share a screen; ``allowed`` false takes it back and ends what is shown."""

    participant_id: ParticipantId
    allowed: bool = True


class StartScreen(Request):
    """Show the viewer's own screen to the room; then ``produce`` with the source ``screen``. One at a time."""


class StopScreen(Request):
    """End the share; with ``participant_id`` only if it is still theirs. The judge and the clerk end anybody's."""

    participant_id: ParticipantId | None = None


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
    SetPreferredLayers,
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
    AllowScreen,
    StartScreen,
    StopScreen,
    Recess,
    Resume,
    Suspend,
    Adjourn,
    ConvertOffline,
    Remove,
    CloseHearing,
)
