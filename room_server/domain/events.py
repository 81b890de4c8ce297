"""Events: what happened, in the past tense, with all that is needed to replay it. The log of them is the record.

No event carries a secret, and none carries what was said in the check room. `by` is who did it. The time of an
event is not in it: it is stored beside it and handed to `evolve`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from room_server.domain.model import (
    Actor,
    Assertion,
    CompletedStep,
    Departure,
    Equipment,
    IdentityMethod,
    InvitationStep,
    Phase,
    Place,
    ProceedingKind,
    Role,
    Ruling,
    Side,
    Stage,
)


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""

    by: Actor


@dataclass(frozen=True, slots=True)
class SeatedPerson:
    """A participant as named in the record when drafted or changed."""

    id: str
    role: Role
    name: str
    seat: int
    person: str | None = None
    account: str | None = None
    side: Side | None = None
    represents: str | None = None


# ── the file ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class HearingDrafted(Event):
    hearing_id: str
    case_id: str
    case_number: str
    title: str
    cause: str
    case_type: str
    stage: Stage
    scheduled_at: datetime
    courtroom_zh: str
    courtroom_en: str
    ruleset: str
    participants: tuple[SeatedPerson, ...]
    kind: ProceedingKind = "hearing"


@dataclass(frozen=True, slots=True)
class HearingChanged(Event):
    """The fields that changed; `participants`, where set, is the whole new list.

    `taken_off` (participant ids) and `reason`: where the presiding judge took a side that had spoken off the list.
    """

    case_number: str | None = None
    title: str | None = None
    cause: str | None = None
    case_type: str | None = None
    stage: Stage | None = None
    scheduled_at: datetime | None = None
    courtroom_zh: str | None = None
    courtroom_en: str | None = None
    participants: tuple[SeatedPerson, ...] | None = None
    taken_off: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FactAsserted(Event):
    """`in_room`: said in the main room while it was open, so that everybody in there heard it."""

    assertion: Assertion
    in_room: bool = False


@dataclass(frozen=True, slots=True)
class RulingMade(Event):
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class DeterminationMade(Event):
    """`document` is `Determination.to_json()`; `facts` the whole facts document that it decided.

    `ruleset_sha256` is the digest of the rule set's content, so that a replay can tell whether it is the same one.
    """

    determination_id: str
    document: dict[str, Any]
    facts: dict[str, Any]
    ruleset_sha256: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineSet(Event):
    """The sides are asked to state their positions until `due_at`; an earlier deadline is replaced."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ReminderGiven(Event):
    """The deadline is `hours_before` hours away; these people speak for sides that have not taken a position."""

    hours_before: int
    participant_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadlinePassed(Event):
    """`silent`: the sides (participant ids of the parties) that had taken no position for this stage."""

    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvitationNoted(Event):
    """`revoked` raises the participant's epoch and undoes admission, identity check and device."""

    participant_id: str
    state: InvitationStep


# ── the course of the hearing ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PhaseChanged(Event):
    """Every change of phase but the opening. `reason`: words of the judge or clerk, or a code of `phases.REASONS`."""

    phase_from: Phase
    phase_to: Phase
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SessionOpened(Event):
    """The main room opened under this stored determination of these facts."""

    determination_id: str
    facts_sha256: str


@dataclass(frozen=True, slots=True)
class StepsConfirmed(Event):
    """At a conversion to an ordinary hearing: what was completed online and stays valid (OLR 21 para 2)."""

    steps: tuple[CompletedStep, ...]


@dataclass(frozen=True, slots=True)
class CourtroomOpened(Event):
    """The court's own browser takes part for those who attend in person; it is a participant of role `courtroom`.

    A second one with the same id: opened anew, on another `device` or by another account (`by`).
    """

    participant_id: str
    name: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class PresenceAtCourtNoted(Event):
    """The clerk notes that this person is in the courtroom, identified there (`present`), or is not any more."""

    participant_id: str
    present: bool
    method: IdentityMethod | None = None
    note: str = ""


# ── mediation ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AssignmentAnswered(Event):
    """The mediator accepts or declines; a refusal has a reason."""

    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConflictDisclosed(Event):
    """The mediator's disclosure of own ties (OMR 13); None: none to disclose. Earlier answers to it lapse."""

    conflict: str | None


@dataclass(frozen=True, slots=True)
class DisclosureAnswered(Event):
    """One party's answer, given by itself or by who speaks for it (`by`). `participant_id` is the party.

    `version`: of the disclosure that it answers; 0 in records from before an answer named it.
    """

    participant_id: str
    accepts: bool
    version: int = 0


@dataclass(frozen=True, slots=True)
class ForwardingPaused(Event):
    """These sides (participant ids of the parties) have had nobody connected for 30 s."""

    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForwardingResumed(Event):
    """`without`: the sides that the presiding judge goes on without; empty when they came back."""

    without: tuple[str, ...] = ()


# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class EquipmentRecorded(Event):
    participant_id: str
    result: Equipment
    camera: str
    microphone: str
    speaker: str
    network: str
    browser: str


@dataclass(frozen=True, slots=True)
class DeclarationMade(Event):
    participant_id: str
    text_version: str


@dataclass(frozen=True, slots=True)
class ParticipantConnected(Event):
    """`replaced`: the same device session had a connection still standing."""

    participant_id: str
    device: str
    cause: str
    place: Place
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class ParticipantDisconnected(Event):
    participant_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class SecondDeviceWaiting(Event):
    participant_id: str
    device: str


@dataclass(frozen=True, slots=True)
class SecondDeviceApproved(Event):
    """The place goes over to this device; the epoch rises, so the first one is out at once."""

    participant_id: str
    device: str


@dataclass(frozen=True, slots=True)
class SecondDeviceRefused(Event):
    participant_id: str
    device: str


@dataclass(frozen=True, slots=True)
class CheckBegun(Event):
    """The clerk stepped into the check room with this one person."""

    participant_id: str
    clerk_id: str


@dataclass(frozen=True, slots=True)
class CheckEnded(Event):
    """Both are back: the clerk in the main room, the person in the lobby."""

    participant_id: str
    clerk_id: str


@dataclass(frozen=True, slots=True)
class IdentityVerified(Event):
    participant_id: str
    method: IdentityMethod
    note: str


@dataclass(frozen=True, slots=True)
class ParticipantAdmitted(Event):
    participant_id: str


@dataclass(frozen=True, slots=True)
class ParticipantSentBack(Event):
    participant_id: str


@dataclass(frozen=True, slots=True)
class AbsenceNoted(Event):
    participant_id: str


@dataclass(frozen=True, slots=True)
class ParticipantLeft(Event):
    participant_id: str
    how: Departure


@dataclass(frozen=True, slots=True)
class ParticipantRemoved(Event):
    participant_id: str
    reason: str


# ── the floor ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MicrophoneSwitched(Event):
    participant_id: str
    on: bool


@dataclass(frozen=True, slots=True)
class CameraSwitched(Event):
    participant_id: str
    on: bool


@dataclass(frozen=True, slots=True)
class HandRaised(Event):
    participant_id: str


@dataclass(frozen=True, slots=True)
class HandLowered(Event):
    participant_id: str


@dataclass(frozen=True, slots=True)
class ParticipantMuted(Event):
    participant_id: str
    lock: bool


@dataclass(frozen=True, slots=True)
class EveryoneMuted(Event):
    participant_ids: tuple[str, ...]
    lock: bool


@dataclass(frozen=True, slots=True)
class MicrophoneUnlocked(Event):
    participant_id: str


@dataclass(frozen=True, slots=True)
class ScreenAllowed(Event):
    """This person may share a screen from now on, or (`allowed` False) may not any more."""

    participant_id: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class ScreenShared(Event):
    """The room is shown this person's screen."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class ScreenShareEnded(Event):
    """`by` is the person, who of the court ended it, or the system: the connection was lost, the room closed."""

    participant_id: str


# ── machinery ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RecorderArmed(Event):
    pass


@dataclass(frozen=True, slots=True)
class RecordingStarted(Event):
    pass


@dataclass(frozen=True, slots=True)
class RecordingInterrupted(Event):
    cause: str


@dataclass(frozen=True, slots=True)
class RecordingRestored(Event):
    pass


@dataclass(frozen=True, slots=True)
class RelayInterrupted(Event):
    cause: str


@dataclass(frozen=True, slots=True)
class RelayRecovered(Event):
    pass


@dataclass(frozen=True, slots=True)
class NetworkChanged(Event):
    participant_id: str
    score: int
    rtt_ms: float | None
    loss: float | None
    path: str


@dataclass(frozen=True, slots=True)
class ServerRestartNoted(Event):
    """Everybody is disconnected with cause `server_restart`; the phase stays."""


EVENTS: tuple[type[Event], ...] = (
    HearingDrafted,
    HearingChanged,
    FactAsserted,
    RulingMade,
    DeterminationMade,
    DeadlineSet,
    ReminderGiven,
    DeadlinePassed,
    InvitationNoted,
    PhaseChanged,
    SessionOpened,
    StepsConfirmed,
    CourtroomOpened,
    PresenceAtCourtNoted,
    AssignmentAnswered,
    ConflictDisclosed,
    DisclosureAnswered,
    ForwardingPaused,
    ForwardingResumed,
    EquipmentRecorded,
    DeclarationMade,
    ParticipantConnected,
    ParticipantDisconnected,
    SecondDeviceWaiting,
    SecondDeviceApproved,
    SecondDeviceRefused,
    CheckBegun,
    CheckEnded,
    IdentityVerified,
    ParticipantAdmitted,
    ParticipantSentBack,
    AbsenceNoted,
    ParticipantLeft,
    ParticipantRemoved,
    MicrophoneSwitched,
    CameraSwitched,
    HandRaised,
    HandLowered,
    ParticipantMuted,
    EveryoneMuted,
    MicrophoneUnlocked,
    ScreenAllowed,
    ScreenShared,
    ScreenShareEnded,
    RecorderArmed,
    RecordingStarted,
    RecordingInterrupted,
    RecordingRestored,
    RelayInterrupted,
    RelayRecovered,
    NetworkChanged,
    ServerRestartNoted,
)


def event_type(event: Event | type[Event]) -> str:
    """The stored name of an event: `SessionOpened` -> `session_opened`."""
    name = event.__name__ if isinstance(event, type) else type(event).__name__
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


REGISTRY: dict[str, type[Event]] = {event_type(kind): kind for kind in EVENTS}
