"""Request and response bodies of the REST API, one place for handlers, OpenAPI and the page's generated types.

Routes (all under ``/api``; bodies JSON; errors ``{"error": WireError}`` with a 4xx status):

==============================================  ==========================================================
``POST sign-in``                                SignIn -> StaffMe (sets the device-session cookie)
``POST sign-in/link``                           SignInWithLink -> StaffMe
``POST sign-out``                               -> {}
``GET me``                                      -> StaffMe
``POST me/password``                            ChangePassword -> StaffMe
``GET accounts`` / ``POST accounts``            -> AccountList / NewAccount -> AccountCreated (administrator)
``GET cases`` / ``POST cases``                  -> CaseList / NewCase -> CaseDetail
``GET cases/{id}`` / ``PATCH cases/{id}``       -> CaseDetail / CaseChanges -> CaseDetail
``POST cases/{id}/people``                      NewPerson -> CaseDetail
``PATCH|DELETE cases/{id}/people/{person}``     NewPerson -> CaseDetail / -> CaseDetail
``POST cases/{id}/hearings``                    NewHearing -> HearingDetail
``GET hearings``                                -> HearingList
``GET hearings/{id}`` / ``PATCH hearings/{id}`` -> HearingDetail / HearingChanges -> HearingDetail
``POST hearings/{id}/facts``                    NewAssertion -> HearingDetail
``POST hearings/{id}/determine``                -> HearingDetail
``POST hearings/{id}/rulings``                  NewRuling -> HearingDetail (judge)
``POST hearings/{id}/schedule``                 -> HearingDetail
``POST hearings/{id}/open-lobby``               -> HearingDetail
``POST hearings/{id}/cancel``                   Reason -> HearingDetail
``POST hearings/{id}/participants/{pid}/invitation``    -> InvitationIssued (revokes an earlier one)
``DELETE hearings/{id}/participants/{pid}/invitation``  -> HearingDetail
``POST hearings/{id}/enter``                    -> ParticipationRef (staff named in the hearing)
``GET hearings/{id}/recording``                 -> RecordingDetail
``GET hearings/{id}/recording/video``           -> the composed MP4 (range requests)
``POST hearings/{id}/recording/verify``         -> RecordingDetail
``POST hearings/{id}/recording/compose``        -> RecordingDetail (once more after a failure)
``POST invitations/open``                       OpenInvitation -> InvitationInfo
``POST invitations/accept``                     AcceptInvitation -> ParticipationRef (sets the cookie)
``GET participations/{id}``                     -> JoinInfo
``POST participations/{id}/equipment``          EquipmentReport -> JoinInfo
``POST participations/{id}/declaration``        Declaration -> JoinInfo
``POST participations/{id}/token``              -> RoomToken
``GET site``                                    -> SiteInfo (court name, demo or not)
==============================================  ==========================================================

``{id}`` of a participation is the participant id (``par_…``); the device-session cookie decides whether it is held.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from signaling.messages import (
    ActionInfo,
    BiText,
    DeterminationView,
    ParticipantState,
    PhaseName,
    RecordingInfo,
    Role,
    Side,
)

Name = Annotated[str, Field(min_length=1, max_length=120)]
Note = Annotated[str, Field(max_length=2000)]
Secret = Annotated[str, Field(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
StaffRole = Literal["clerk", "judge", "administrator"]
CaseType = Literal[
    "civil",
    "commercial",
    "intellectual_property",
    "maritime",
    "financial",
    "administrative",
    "enforcement",
    "special_procedure",
    "criminal_expedited",
    "criminal_commutation_parole",
    "criminal_private_prosecution",
    "criminal_other",
]
Stage = Literal["inquiry", "evidence_exchange", "pretrial", "trial", "pronouncement"]
Closed = Literal[
    "none",
    "by_law_state_secret",
    "by_law_privacy",
    "by_law_minor_defendant",
    "on_application_pending",
    "on_application_granted",
]
HowAsserted = Literal["link", "desk", "paper", "phone"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteInfo(Body):
    court: BiText
    demo: bool
    hotline: str
    ruleset: str


# ── staff ──────────────────────────────────────────────────────────────────────────────────────────────────────


class SignIn(Body):
    username: Name
    password: Annotated[str, Field(min_length=1, max_length=200)]


class SignInWithLink(Body):
    secret: Secret


class ChangePassword(Body):
    """``current`` may be left out only where the account has no password yet (first sign-in by link)."""

    current: Annotated[str, Field(max_length=200)] | None = None
    new: Annotated[str, Field(min_length=10, max_length=200)]


class StaffMe(Body):
    id: str
    username: str
    name: str
    roles: list[StaffRole]
    has_password: bool


class Account(Body):
    id: str
    username: str
    name: str
    roles: list[StaffRole]


class AccountList(Body):
    accounts: list[Account]


class NewAccount(Body):
    username: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{1,39}$")]
    name: Name
    roles: Annotated[list[StaffRole], Field(min_length=1)]


class AccountCreated(Body):
    """``sign_in_url`` works once and lets the person choose a password."""

    account: Account
    sign_in_url: str


# ── cases ──────────────────────────────────────────────────────────────────────────────────────────────────────


class NewPerson(Body):
    """``represents`` is the person id of the party that counsel or a legal representative speaks for."""

    name: Name
    role: Literal[
        "party",
        "legal_representative",
        "counsel",
        "prosecutor",
        "defender",
        "witness",
        "expert",
        "interpreter",
    ]
    side: Side | None = None
    represents: str | None = None
    phone: Annotated[str, Field(max_length=40)] = ""


class Person(NewPerson):
    id: str


class NewCase(Body):
    number: Name
    title: Annotated[str, Field(min_length=1, max_length=200)]
    cause: Annotated[str, Field(min_length=1, max_length=200)]
    case_type: CaseType


class CaseChanges(Body):
    number: Name | None = None
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    cause: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    case_type: CaseType | None = None


class HearingLine(Body):
    """A hearing in a list."""

    id: str
    case_id: str
    case_number: str
    title: str
    cause: str
    stage: Stage
    scheduled_at: str | None
    phase: PhaseName
    outcome: Literal["allow", "warn", "hybrid", "await_ruling", "block"] | None
    waiting: int


class CaseLine(Body):
    id: str
    number: str
    title: str
    cause: str
    case_type: CaseType
    hearings: int
    next_hearing_at: str | None


class CaseList(Body):
    cases: list[CaseLine]


class HearingList(Body):
    hearings: list[HearingLine]


class CaseDetail(Body):
    id: str
    number: str
    title: str
    cause: str
    case_type: CaseType
    created_at: str
    people: list[Person]
    hearings: list[HearingLine]


# ── hearings ───────────────────────────────────────────────────────────────────────────────────────────────────


class NewHearing(Body):
    """``people`` are person ids of the case; judges and clerk are account ids. ``scheduled_at`` has an offset."""

    stage: Stage
    scheduled_at: Annotated[str, Field(max_length=40)]
    courtroom: BiText
    presiding_judge: str
    panel: list[str] = []
    clerk: str
    people: Annotated[list[str], Field(min_length=1)]


class HearingChanges(Body):
    stage: Stage | None = None
    scheduled_at: Annotated[str, Field(max_length=40)] | None = None
    courtroom: BiText | None = None
    presiding_judge: str | None = None
    panel: list[str] | None = None
    clerk: str | None = None
    people: Annotated[list[str], Field(min_length=1)] | None = None


class NewAssertion(Body):
    """A fact the gate needs, with who asserted it and how. ``key`` and its ``value``:

    ``closed``: Closed · ``need:on_site_identification|verification_of_originals|physical_examination``: bool ·
    ``complexity``: "ordinary"|"significant_and_complex" · ``social_impact``: "ordinary"|"major" ·
    ``position:<participant>`` and ``agent_position:<participant>``: {"position", "stage", "reasons"} ·
    ``capability:<participant>``: "able"|"unable"|"untested" · ``served_by:<participant>``:
    "personal"|"electronic"|"public_notice" · ``witness_objection:<participant>``: bool.
    ``<participant>`` is the participant id of a party (or witness) in this hearing.
    """

    key: Annotated[str, Field(max_length=80)]
    value: Any
    asserted_by: Annotated[str, Field(min_length=1, max_length=120)]
    how: HowAsserted
    note: Note = ""


class Assertion(NewAssertion):
    id: str
    at: str
    entered_by: str
    superseded: bool


class NewRuling(Body):
    """A judge's ruling on a ground that awaits one; signed in again by password."""

    ground: Annotated[str, Field(max_length=80)]
    held: bool
    reasons: Annotated[str, Field(min_length=1, max_length=4000)]
    article: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(max_length=200)] = ""


class Ruling(Body):
    ground: str
    held: bool
    reasons: str
    article: str
    by: str
    at: str


class Reason(Body):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class InvitationState(Body):
    state: Literal["none", "issued", "opened", "revoked", "locked"]
    issued_at: str | None = None
    opened_at: str | None = None


class HearingParticipant(Body):
    """``person`` is set for people of the case, ``account`` for staff."""

    id: str
    person: str | None
    account: str | None
    role: Role
    side: Side | None
    name: str
    represents: str | None
    state: ParticipantState
    attends: Literal["online", "at_court"]
    connected: bool
    identity_verified: bool
    declared: bool
    equipment: Literal["untested", "passed", "problem"]
    invitation: InvitationState


class HearingDetail(Body):
    """``actions``: ``determine schedule open_lobby cancel enter change rule`` with the reason where refused."""

    id: str
    case_id: str
    case_number: str
    title: str
    cause: str
    case_type: CaseType
    stage: Stage
    scheduled_at: str | None
    courtroom: BiText
    phase: PhaseName
    phase_since: str
    participants: list[HearingParticipant]
    assertions: list[Assertion]
    rulings: list[Ruling]
    awaiting: list[str]
    in_person: list[str]
    facts: dict[str, Any]
    determination: DeterminationView | None
    actions: dict[str, ActionInfo]
    recording: RecordingInfo


class InvitationIssued(Body):
    """The secret exists only here: the server keeps its hash. ``code`` goes another way than the link."""

    participant: str
    url: str
    code: str | None
    qr_svg: str
    hearing: HearingDetail


class PlaybackEvent(Body):
    """``offset_s`` is the place in the composed file, null for what happened while nothing was recorded before it."""

    sequence: int
    offset_s: float | None
    at: str
    type: str
    text: BiText


class Verification(Body):
    ok: bool
    checked_at: str
    entries: int
    segments: int
    head: str
    first_problem: BiText | None


class RecordingDetail(Body):
    hearing: str
    case_number: str
    title: str
    info: RecordingInfo
    duration_s: float | None
    expected_s: float | None
    video: bool
    events: list[PlaybackEvent]
    verification: Verification | None
    public_key: str | None


# ── joining ────────────────────────────────────────────────────────────────────────────────────────────────────


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


class JoinInfo(Body):
    """``step`` is where the page goes on: reload or a second visit asks nothing twice."""

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
    declared: bool
    declaration_version: str
    equipment: Literal["untested", "passed", "problem"]
    step: Literal["not_yet", "equipment", "declaration", "room", "at_court", "ended"]
    ended: Literal["closed", "removed", "revoked", "cancelled", "converted_offline", "left"] | None
    hotline: str


class RoomToken(Body):
    token: str
    expires_at: str
    socket_path: str
