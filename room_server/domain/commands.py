"""Commands: what somebody wants to happen. The wire tag of a room command is the snake_case of its class name.

`participant_id` always names the person the command is *about*; who gives it is `Context.actor`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from room_server.domain.model import (
    HowAsserted,
    IdentityMethod,
    InvitationStep,
    NewParticipant,
    ProceedingKind,
    Stage,
)


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands."""


# ── the clerk's and the judge's desk ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DraftHearing(Command):
    """The first command of a hearing. `participants` are the bench, the clerk and the people summoned, in seat order."""

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
    participants: tuple[NewParticipant, ...]
    kind: ProceedingKind = "hearing"


@dataclass(frozen=True, slots=True)
class ChangeHearing(Command):
    """None leaves a field as it is. `participants` is the whole new list; people already in it keep their ids."""

    case_number: str | None = None
    title: str | None = None
    cause: str | None = None
    case_type: str | None = None
    stage: Stage | None = None
    scheduled_at: datetime | None = None
    courtroom_zh: str | None = None
    courtroom_en: str | None = None
    participants: tuple[NewParticipant, ...] | None = None


@dataclass(frozen=True, slots=True)
class TakeOffList(Command):
    """The presiding judge takes somebody off the list though the side has spoken, and with a party who speaks for it."""

    participant_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class AssertFact(Command):
    """Keys and values as in `facts.KEYS`; `asserted_by` is the person who stated it, in words."""

    key: str
    value: Any
    asserted_by: str
    how: HowAsserted
    note: str = ""


@dataclass(frozen=True, slots=True)
class MakeRuling(Command):
    """`seen_version`: the version of the proceeding that the judge was shown; where a fact of this ground, the people
    or the stage changed after it, the ruling is refused with what changed. None: not checked (the judge saw it all).
    """

    ground: str
    held: bool
    reasons: str
    article: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class StatedPosition:
    """A side's position for one stage. `reasons` may be blank."""

    stage: Stage
    position: str
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class StatedNeed:
    """What must be seen on site: `need` as in `eligibility.facts.NEEDS`, `what` in words; not `needed` takes it back."""

    need: str
    needed: bool
    what: str = ""


@dataclass(frozen=True, slots=True)
class MakeStatement(Command):
    """A side speaks by its own link: whatever is given is stated anew, whatever is left out stays as it was.

    `participant_id` is who speaks: the party itself, or its agent or defender for it. `capability`: able | unable.
    """

    participant_id: str
    positions: tuple[StatedPosition, ...] = ()
    capability: str | None = None
    capability_note: str = ""
    needs: tuple[StatedNeed, ...] = ()


@dataclass(frozen=True, slots=True)
class LodgeObjection(Command):
    """From the room, after the opening: object to going on online, or take back a consent given before (OLR 5(2))."""

    reasons: str


@dataclass(frozen=True, slots=True)
class SetDeadline(Command):
    """Ask the sides to state their positions until then."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class OpenCourtroom(Command):
    """Let the court's own browser (device session `device`) take part for those who attend in person.

    Where it does already this changes nothing; another device takes over from the one before.
    """

    device: str


@dataclass(frozen=True, slots=True)
class NotePresentAtCourt(Command):
    """The clerk notes who of those attending in person is there; `present` False takes it back."""

    participant_id: str
    present: bool = True
    method: IdentityMethod = "id_card_shown"
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerAssignment(Command):
    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DiscloseConflict(Command):
    """The mediator's own ties to the dispute or its people; None: there are none."""

    conflict: str | None


@dataclass(frozen=True, slots=True)
class AnswerDisclosure(Command):
    """`participant_id` is who answers: a party, or who speaks for it. `version`: of the disclosure that was read."""

    participant_id: str
    accepts: bool
    version: int


@dataclass(frozen=True, slots=True)
class Determine(Command):
    """Ask the eligibility gate about the current facts and store its answer."""


@dataclass(frozen=True, slots=True)
class ScheduleHearing(Command):
    """`scheduled_at` may name a new time (needed after an adjournment)."""

    scheduled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenLobby(Command):
    pass


@dataclass(frozen=True, slots=True)
class CancelHearing(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class NoteInvitation(Command):
    """What happened to a link: issued, opened, revoked or locked. Revoking (also by issuing anew) raises the epoch."""

    participant_id: str
    state: InvitationStep


# ── joining ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RecordEquipment(Command):
    """Result of the equipment test, the values as in `http.models.EquipmentReport`."""

    participant_id: str
    camera: str
    microphone: str
    speaker: str
    network: str
    browser: str = ""


@dataclass(frozen=True, slots=True)
class MakeDeclaration(Command):
    participant_id: str
    text_version: str


@dataclass(frozen=True, slots=True)
class Connect(Command):
    """A room connection of this participant now stands. The same `device` replaces an earlier connection."""

    participant_id: str
    device: str
    cause: str = "joined"


@dataclass(frozen=True, slots=True)
class Disconnect(Command):
    """The *current* connection is gone. Not to be given for one that was replaced; another device's is ignored."""

    participant_id: str
    device: str
    cause: str


@dataclass(frozen=True, slots=True)
class WaitWithDevice(Command):
    """A second device of a connected or admitted participant asks for the place."""

    participant_id: str
    device: str


@dataclass(frozen=True, slots=True)
class ApproveDevice(Command):
    participant_id: str
    approve: bool = True


# ── the room ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class BeginCheck(Command):
    participant_id: str


@dataclass(frozen=True, slots=True)
class EndCheck(Command):
    pass


@dataclass(frozen=True, slots=True)
class VerifyIdentity(Command):
    participant_id: str
    method: IdentityMethod
    note: str = ""


@dataclass(frozen=True, slots=True)
class Admit(Command):
    participant_id: str


@dataclass(frozen=True, slots=True)
class SendBack(Command):
    participant_id: str


@dataclass(frozen=True, slots=True)
class NoteAbsent(Command):
    participant_id: str


@dataclass(frozen=True, slots=True)
class OpenSession(Command):
    pass


@dataclass(frozen=True, slots=True)
class SetMicrophone(Command):
    on: bool


@dataclass(frozen=True, slots=True)
class SetCamera(Command):
    on: bool


@dataclass(frozen=True, slots=True)
class RaiseHand(Command):
    pass


@dataclass(frozen=True, slots=True)
class LowerHand(Command):
    """Without `participant_id` the actor's own hand."""

    participant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Leave(Command):
    pass


@dataclass(frozen=True, slots=True)
class Mute(Command):
    participant_id: str
    lock: bool = False


@dataclass(frozen=True, slots=True)
class UnlockMicrophone(Command):
    participant_id: str


@dataclass(frozen=True, slots=True)
class MuteAll(Command):
    lock: bool = False


@dataclass(frozen=True, slots=True)
class AllowScreen(Command):
    """Let this person share a screen from now on; `allowed` False takes it back, and ends a share that is shown."""

    participant_id: str
    allowed: bool = True


@dataclass(frozen=True, slots=True)
class StartScreen(Command):
    """The actor's own screen is to be shown to the room."""


@dataclass(frozen=True, slots=True)
class StopScreen(Command):
    """End the share that is shown; with `participant_id` only if it is still that person's."""

    participant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recess(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """After a recess or a suspension; in session with forwarding paused: go on without the missing side."""


@dataclass(frozen=True, slots=True)
class Suspend(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class Adjourn(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class ConvertOffline(Command):
    """`completed`: in the judge's words, what else was completed online and stays valid."""

    reason: str
    completed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remove(Command):
    participant_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CloseHearing(Command):
    pass


# ── the system ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ArmRecorder(Command):
    """The recorder process of this hearing is up and has its keys and its folder."""


@dataclass(frozen=True, slots=True)
class RecorderStarted(Command):
    """The recorder writes."""


@dataclass(frozen=True, slots=True)
class RecorderLost(Command):
    """`cause`: crashed, unhealthy, disk_full … A full disk suspends at once."""

    cause: str


@dataclass(frozen=True, slots=True)
class RecorderRestored(Command):
    pass


@dataclass(frozen=True, slots=True)
class RelayLost(Command):
    cause: str


@dataclass(frozen=True, slots=True)
class RelayRestored(Command):
    pass


@dataclass(frozen=True, slots=True)
class NetworkReported(Command):
    """`score`: 0 unknown, 1 bad … 4 good. Only a change of the score makes an event."""

    participant_id: str
    score: int
    rtt_ms: float | None = None
    loss: float | None = None
    path: str = "unknown"


@dataclass(frozen=True, slots=True)
class Reassess(Command):
    """Look again: lobby_open <-> ready; facts, rule set or date no longer fitting the determination -> checking."""


@dataclass(frozen=True, slots=True)
class Tick(Command):
    """Time has passed; give it about once a second while a hearing is open."""


@dataclass(frozen=True, slots=True)
class ArchiveRecording(Command):
    """The sealed manifest was verified (`ok`), or `problem` says what is wrong with it."""

    ok: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ServerRestarted(Command):
    """The first command after the hearing was rebuilt from the store: nobody is connected any more."""


DESK: tuple[type[Command], ...] = (
    DraftHearing,
    ChangeHearing,
    TakeOffList,
    AssertFact,
    MakeRuling,
    SetDeadline,
    OpenCourtroom,
    AnswerAssignment,
    DiscloseConflict,
    Determine,
    ScheduleHearing,
    OpenLobby,
    CancelHearing,
    NoteInvitation,
)
JOINING: tuple[type[Command], ...] = (
    MakeStatement,
    AnswerDisclosure,
    RecordEquipment,
    MakeDeclaration,
    Connect,
    Disconnect,
    WaitWithDevice,
)
ROOM: tuple[type[Command], ...] = (
    ApproveDevice,
    BeginCheck,
    EndCheck,
    VerifyIdentity,
    Admit,
    SendBack,
    NoteAbsent,
    NotePresentAtCourt,
    LodgeObjection,
    OpenSession,
    SetMicrophone,
    SetCamera,
    RaiseHand,
    LowerHand,
    Leave,
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
SYSTEM_ONLY: tuple[type[Command], ...] = (
    ArmRecorder,
    RecorderStarted,
    RecorderLost,
    RecorderRestored,
    RelayLost,
    RelayRestored,
    NetworkReported,
    Reassess,
    Tick,
    ArchiveRecording,
    ServerRestarted,
)
COMMANDS: tuple[type[Command], ...] = DESK + JOINING + ROOM + SYSTEM_ONLY

_DESK_TAGS = {
    "ChangeHearing": "change",
    "MakeRuling": "rule",
    "ScheduleHearing": "schedule",
    "CancelHearing": "cancel",
}


def tag(command: Command | type[Command]) -> str:
    """`OpenSession` -> `open_session`; the desk's own words (`change`, `rule`, `schedule`, `cancel`) as its page uses them."""
    name = command.__name__ if isinstance(command, type) else type(command).__name__
    return _DESK_TAGS.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
