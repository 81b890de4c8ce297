"""A hearing at the desk: its file, facts, people and links."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from eligibility.facts import CaseType, Stage
from room_server.domain.model import HowAsserted
from room_server.http.models.base import Body, Note
from room_server.http.models.mediation import MediationDetail
from room_server.http.models.rulings import Ruling
from room_server.http.models.statements import DeadlineInfo, SideLine
from signaling.messages import (
    ActionInfo,
    BiText,
    Conversion,
    DeterminationView,
    ParticipantState,
    PhaseName,
    RecordingInfo,
    Role,
    Side,
)


class NewHearing(Body):
    """``people`` are person ids of the case; judges, clerk and mediator are account ids. ``scheduled_at`` has an offset.

    A hearing needs judge and clerk and has no mediator. A mediation (stage ``mediation``) needs exactly the mediator; a
    clerk may be named, judges may not.
    """

    stage: Stage
    scheduled_at: Annotated[str, Field(max_length=40)]
    courtroom: BiText
    presiding_judge: str | None = None
    panel: list[str] = []
    clerk: str | None = None
    mediator: str | None = None
    people: Annotated[list[str], Field(min_length=1)]


class HearingChanges(Body):
    stage: Stage | None = None
    scheduled_at: Annotated[str, Field(max_length=40)] | None = None
    courtroom: BiText | None = None
    presiding_judge: str | None = None
    panel: list[str] | None = None
    clerk: str | None = None
    mediator: str | None = None
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
    at_court: bool = False
    connected: bool
    identity_verified: bool
    declared: bool
    equipment: Literal["untested", "passed", "problem"]
    invitation: InvitationState


class HearingDetail(Body):
    """``actions``: as in ``domain.permissions.DESK_TAGS``, each with the reason where refused.

    ``version`` goes into ``NewRuling.seen_version``.
    """

    id: str
    kind: Literal["hearing", "mediation"] = "hearing"
    version: int
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
    deadline: DeadlineInfo | None = None
    sides: list[SideLine] = []
    mediation: MediationDetail | None = None
    conversion: Conversion | None = None


class InvitationIssued(Body):
    """The secret exists only here: the server keeps its hash. ``code`` goes another way than the link."""

    participant: str
    url: str
    code: str | None
    qr_svg: str
    hearing: HearingDetail
