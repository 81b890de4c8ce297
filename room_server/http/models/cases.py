"""Cases, their people, and lists."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from eligibility.facts import CaseType, Stage
from room_server.http.models.base import Body, Name
from signaling.messages import PhaseName, Side


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
    kind: Literal["hearing", "mediation"] = "hearing"
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
