"""What a hearing is: frozen values only. `evolve` makes the next one out of an event; nothing else changes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

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
Side = Literal["claimant", "respondent", "third_party", "prosecutor", "defendant"]
Phase = Literal[
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
Place = Literal["outside", "lobby", "check", "main"]
ProceedingKind = Literal["hearing", "mediation"]
Stage = Literal["inquiry", "evidence_exchange", "pretrial", "trial", "pronouncement", "mediation"]
Attends = Literal["online", "at_court"]
Equipment = Literal["untested", "passed", "problem"]
HowAsserted = Literal["link", "desk", "paper", "phone"]
IdentityMethod = Literal["id_card_shown", "lawyer_licence_shown", "known_to_court", "online_id_platform"]
InvitationStep = Literal["none", "issued", "opened", "revoked", "locked"]
RecorderStep = Literal["off", "armed", "recording", "lost"]
Departure = Literal["left", "left_without_permission"]
ActorKind = Literal["staff", "participant", "system"]

ROLES: tuple[Role, ...] = get_args(Role)
SIDES: tuple[Side, ...] = get_args(Side)
PHASES: tuple[Phase, ...] = get_args(Phase)
STAGES: tuple[Stage, ...] = get_args(Stage)
HEARING_STAGES: tuple[Stage, ...] = tuple(stage for stage in STAGES if stage != "mediation")

BENCH: frozenset[Role] = frozenset({"presiding_judge", "panel_judge", "peoples_assessor"})
CONDUCTING: frozenset[Role] = BENCH | {"mediator"}
"""Without one of them nothing goes on: the bench of a hearing, the mediator of a mediation."""
COURT: frozenset[Role] = BENCH | {"judges_assistant", "clerk", "mediator", "courtroom"}
"""Of the court: they come in by an account, need no admission and make no declaration. `courtroom` is no person but
the court's own browser in the room where those who attend in person sit; the clerk opens it."""
PRINCIPALS: frozenset[Role] = frozenset({"party", "prosecutor"})
"""Each of them is one side of the case."""
REPRESENTATIVES: frozenset[Role] = frozenset({"legal_representative", "counsel", "defender"})
CALLED_LATER: frozenset[Role] = frozenset({"witness", "expert"})
"""They wait until they are called (OLR 26), so nobody waits for them at the opening."""
SILENT: frozenset[Role] = frozenset({"observer", "court_technician"})
"""They never publish. An observer receives; a technician sees statistics and no media at all."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command.

    `staff`: an account at the desk (`id` acc_…, `role` clerk | judge | administrator, several joined by "+").
    `participant`: a person in this hearing (`id` par_…; the role that counts is the one in the hearing).
    `system`: the server itself (`id` and `role` "system").
    """

    kind: ActorKind
    id: str
    role: str
    name: str

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self.role.split("+"))


SYSTEM = Actor("system", "system", "system", "system")


@dataclass(frozen=True, slots=True)
class NewParticipant:
    """A person as the clerk names them for a hearing. `represents` is the *person id* of the party spoken for.

    Exactly one of `person` (people of the case) and `account` (staff) is set.
    """

    role: Role
    name: str
    person: str | None = None
    account: str | None = None
    side: Side | None = None
    represents: str | None = None


@dataclass(frozen=True, slots=True)
class Disconnection:
    """`cause`: network, closed_page, left, replaced, server_restart, revoked, removed, device_changed …"""

    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """The clerk's logged check (OLR 7). `by` is the participant id of the clerk."""

    method: IdentityMethod
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class PresenceAtCourt:
    """The clerk's note that this person is in the courtroom, and how the identity was checked there (OLR 7)."""

    at: datetime
    by: str
    method: IdentityMethod
    note: str


@dataclass(frozen=True, slots=True)
class EquipmentTest:
    """One equipment test, kept as evidence (OLR 21(2), 24); the values as in `joining`."""

    at: datetime
    result: Equipment
    camera: str
    microphone: str
    speaker: str
    network: str
    browser: str


@dataclass(frozen=True, slots=True)
class Invitation:
    state: InvitationStep = "none"
    issued_at: datetime | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """One person in one hearing.

    `place` of an admitted person or of staff stays `main` while they are disconnected: the place is kept. `epoch`
    is carried by room tokens; raising it makes every earlier token worthless. `network`: 0 unknown, 1 bad … 4 good.
    `device` is the device session that holds the place, `waiting_device` a second one that waits for the clerk.
    `screen_allowed`: may share a screen; the court may without it, so that it is False for them.
    `left_court_at`: when the note of presence at court was taken back. The courtroom's `account` opened it last.
    """

    id: str
    role: Role
    name: str
    person: str | None = None
    account: str | None = None
    side: Side | None = None
    represents: str | None = None
    seat: int = 0
    place: Place = "outside"
    connected: bool = False
    device: str | None = None
    waiting_device: str | None = None
    last_disconnect: Disconnection | None = None
    waiting_since: datetime | None = None
    identity: IdentityCheck | None = None
    admitted: bool = False
    declared_at: datetime | None = None
    declaration_version: str | None = None
    equipment: Equipment = "untested"
    tests: tuple[EquipmentTest, ...] = ()
    microphone_on: bool = True
    muted_by_court: bool = False
    microphone_locked: bool = False
    camera_on: bool = True
    screen_allowed: bool = False
    hand_raised_at: datetime | None = None
    attends: Attends = "online"
    at_court: PresenceAtCourt | None = None
    left_court_at: datetime | None = None
    epoch: int = 0
    absent_noted: bool = False
    removed: bool = False
    departure: Departure | None = None
    times_left_without_permission: int = 0
    invitation: Invitation = Invitation()
    network: int = 0

    @property
    def is_court(self) -> bool:
        """Staff of the hearing: bench, judge's assistant, clerk."""
        return self.role in COURT

    @property
    def declared(self) -> bool:
        return self.declared_at is not None

    @property
    def state(self) -> ParticipantState:
        """The one word for where this person stands; derived, so that it cannot contradict the rest."""
        if self.removed:
            return "removed"
        if self.connected:
            if self.place == "main" or (self.place == "check" and self.is_court):
                return "in_room"
            if self.place in ("lobby", "check"):
                return "lobby"
        elif self.departure is not None:
            return self.departure
        elif self.last_disconnect is not None:
            return "disconnected"
        if self.identity is not None:
            return "verified"
        return "identity_pending" if self.invitation.state == "opened" else "invited"


@dataclass(frozen=True, slots=True)
class Assertion:
    """A fact that the gate needs, as somebody stated it. `late`: stated after the deadline or after the opening.

    `value` is plain JSON; `key` is one of `facts.KEYS`. `entered_by` is who typed it in.
    """

    id: str
    key: str
    value: Any
    asserted_by: str
    how: HowAsserted
    note: str
    at: datetime
    entered_by: Actor
    late: bool = False

    @property
    def stage(self) -> str | None:
        """The stage that a position was given for (OLR 4(4)); None for any other fact."""
        return self.value.get("stage") if isinstance(self.value, Mapping) else None


@dataclass(frozen=True, slots=True)
class RulingSignature:
    """Ed25519 over `rulings.signed_bytes`, by the court's record key; `value` in hexadecimal, `key_id` such as `rk_…`."""

    algorithm: str
    key_id: str
    value: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judge's ruling on one ground. Never edited: a later one on the same ground supersedes it.

    `facts_sha256`: the facts it was made on, without any ruling. `supersedes`: the id of the ruling it replaces.
    `during` is the phase it was made in, `ruleset` the name and version of the rules it was made under, `by` the judge
    by the staff account, wherever it was ruled from. Rulings of early records have neither id nor signature.
    """

    ground: str
    held: bool
    reasons: str
    article: str
    by: Actor
    at: datetime
    id: str = ""
    supersedes: str | None = None
    facts_sha256: str = ""
    during: str = ""
    ruleset: str = ""
    signature: RulingSignature | None = None


@dataclass(frozen=True, slots=True)
class StoredDetermination:
    """A determination as it was stored: `document` is `Determination.to_json()`, `facts` the document it decided."""

    id: str
    at: datetime
    document: Mapping[str, Any]
    facts: Mapping[str, Any]

    @property
    def outcome(self) -> str:
        return str(self.document["outcome"])

    @property
    def ruleset(self) -> str:
        """Name and version, such as `shanghai-2020@2020-02-26`."""
        return str(self.document["ruleset"])

    @property
    def on(self) -> str:
        return str(self.document["on"])

    @property
    def facts_sha256(self) -> str:
        return str(self.document["facts_sha256"])

    @property
    def in_person(self) -> tuple[str, ...]:
        return tuple(self.document["in_person"])

    @property
    def awaiting(self) -> tuple[str, ...]:
        return tuple(self.document["awaiting"])

    @property
    def gallery(self) -> bool:
        return bool(self.document["gallery"])

    @property
    def findings(self) -> tuple[Mapping[str, Any], ...]:
        """Each `{"rule", "about", "outcome", "citation", "text": {"en", "zh"}}`."""
        return tuple(self.document["findings"])


@dataclass(frozen=True, slots=True)
class Recorder:
    """`since` is when `state` began; `cause` says why it was lost."""

    state: RecorderStep = "off"
    since: datetime | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One phase that the proceeding went through; `until` is None for the one it is in."""

    phase: Phase
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What stood arranged (`scheduled` or `lobby_open`) when the gate took it away; `in_person`: who was to come to the
    court by then."""

    phase: Phase
    in_person: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompletedStep:
    """A step of the procedure that was completed online and stays valid after a conversion (OLR 21 para 2)."""

    zh: str
    en: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of the list of people, the stage or the type of case: `what` names those of the three that changed."""

    version: int
    at: datetime
    by: Actor
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when the sides are asked to state their positions. `reminded_h`: hours before, reminders already given."""

    due_at: datetime
    set_at: datetime
    reminded_h: tuple[int, ...] = ()
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the mediator disclosed of own ties to the dispute (OMR 13). `conflict` None: there is none to disclose.

    `version` is the proceeding's when this was disclosed: no two texts have the same, whoever disclosed them.
    """

    conflict: str | None
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class DisclosureAnswer:
    """A party's answer to the mediator's disclosure (OMR 14)."""

    accepts: bool
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """The mediator's answer to being assigned (within three working days)."""

    accepted: bool
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ForwardingPause:
    """Nothing is forwarded because these sides have neither party nor counsel connected. `sides`: participant ids."""

    since: datetime
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedScreen:
    """Whose screen the room is shown, and since when."""

    participant: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Hearing:
    """One hearing, whole. `version` counts the events it is made of; `check` is the person being checked."""

    id: str
    case_id: str
    case_number: str
    title: str
    cause: str
    case_type: str
    stage: Stage
    scheduled_at: datetime | None
    courtroom_zh: str
    courtroom_en: str
    ruleset: str
    phase: Phase
    phase_since: datetime
    case_type_since: datetime
    phase_reason: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 0
    participants: Mapping[str, Participant] = field(default_factory=dict)
    assertions: tuple[Assertion, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    determination: StoredDetermination | None = None
    check: str | None = None
    checking_clerk: str | None = None
    recorder: Recorder = Recorder()
    relay_lost_since: datetime | None = None
    suspended_from: Phase | None = None
    hands: tuple[str, ...] = ()
    screen: SharedScreen | None = None
    forwarding_paused: ForwardingPause | None = None
    continued_without: frozenset[str] = frozenset()
    kind: ProceedingKind = "hearing"
    deadline: Deadline | None = None
    course: tuple[CourseStep, ...] = ()
    completed: tuple[CompletedStep, ...] = ()
    conversion_reason: str | None = None
    """Why the judge converted it to an ordinary hearing, if so; the phase's own reason goes with the next phase."""
    arranged: Arrangement | None = None
    file_changes: tuple[FileChange, ...] = ()
    stated_at_version: Mapping[str, int] = field(default_factory=dict)
    """For each assertion and ruling (by id) the version of the proceeding that it made."""
    assignment: Assignment | None = None
    disclosure: Disclosure | None = None
    disclosure_answers: Mapping[str, DisclosureAnswer] = field(default_factory=dict)
    """By the party's participant id; emptied by a new disclosure."""
    stage_since: datetime | None = None
    """When the stage was changed; None while it is the one that the hearing was drafted for."""
    former: Mapping[str, Participant] = field(default_factory=dict)
    """Who was taken off the list. Named again they are the same participants, with all that they stated."""

    @property
    def file_version(self) -> int:
        """Version of the last change to the people, the type of case or the stage."""
        return self.file_changes[-1].version if self.file_changes else 1

    def with_role(self, *roles: Role) -> Iterator[Participant]:
        """The participants in any of these roles, by seat."""
        chosen = [person for person in self.participants.values() if person.role in roles]
        return iter(sorted(chosen, key=lambda person: person.seat))

    def of_account(self, account: str) -> Participant | None:
        """The staff member of this hearing who signs in with this account."""
        staff = (person for person in self.participants.values() if person.role != "courtroom")
        return next((person for person in staff if person.account == account), None)

    def side_of(self, principal: Participant) -> tuple[Participant, ...]:
        """A party (or prosecutor) and everybody who speaks for it."""
        speaking = (
            person
            for person in self.participants.values()
            if person.role in REPRESENTATIVES
            and person.represents is not None
            and person.represents == principal.person
        )
        return (principal, *speaking)

    def latest_assertion(self, key: str) -> Assertion | None:
        return next((stated for stated in reversed(self.assertions) if stated.key == key), None)

    @property
    def gallery(self) -> bool:
        """Whether observers may be let in; without a determination nobody from the public is."""
        return self.determination is not None and self.determination.gallery
