"""The mediator's assignment and disclosure, and the parties' answers, at the desk and by link."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from room_server.http.models.base import Body
from signaling.messages import MediationStep, Side


class AssignmentAnswer(Body):
    """``reason`` is needed where the mediator declines."""

    accepted: bool
    reason: Annotated[str, Field(max_length=2000)] = ""


class NewDisclosure(Body):
    """``conflict``: the mediator's tie to the dispute or its people in words; null: there is none."""

    conflict: Annotated[str, Field(min_length=1, max_length=4000)] | None


class DisclosureResponse(Body):
    """A side's answer to what the mediator disclosed: whether it accepts this mediator all the same.

    ``version``: the ``disclosure_version`` of the text that was read. Where another stands by now: 409.
    """

    accepts: bool
    version: int = Field(ge=1)


class AnsweredAssignment(Body):
    accepted: bool
    reason: str
    at: str


class MadeDisclosure(Body):
    conflict: str | None
    at: str


class MediationParty(Body):
    """One side: what stands of its consent, and its answer to the disclosure (null: none yet)."""

    party: str
    name: str
    side: Side | None
    answer: Literal["consents", "refuses", "silent"]
    accepts_mediator: bool | None


class MediationDetail(Body):
    """A mediation as the mediator and the clerk see it. ``own``: the account that looks is its mediator.

    ``conflict``: as the eligibility gate reads it; ``undisclosed`` also while a party has still to answer.
    """

    step: MediationStep
    steps: list[MediationStep]
    mediator: str
    account: str | None
    own: bool
    assignment: AnsweredAssignment | None
    disclosure: MadeDisclosure | None
    conflict: Literal["none", "undisclosed", "accepted", "refused"]
    parties: list[MediationParty]
