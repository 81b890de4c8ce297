"""Rulings and what awaits them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from room_server.domain.model import HowAsserted
from room_server.http.models.base import Body
from room_server.http.models.cases import HearingLine
from signaling.messages import BiText, FindingView

Outcome = Literal["allow", "warn", "hybrid", "await_ruling", "block"]


class NewRuling(Body):
    """A judge's ruling on a ground that awaits one; signed in again by password.

    ``seen_version``: ``HearingDetail.version`` of what the judge was shown; refused (``facts_changed``,
    ``ruled_meanwhile``), with what changed, where what the ruling rests on moved on since.
    """

    ground: Annotated[str, Field(max_length=80)]
    held: bool
    reasons: Annotated[str, Field(min_length=1, max_length=4000)]
    article: Annotated[str, Field(min_length=1, max_length=200)]
    seen_version: Annotated[int, Field(ge=1)]
    password: Annotated[str, Field(max_length=200)] = ""


class Ruling(Body):
    """``signed``: null for a ruling from before rulings were signed, false where the signature does not hold."""

    id: str
    ground: str
    held: bool
    reasons: str
    article: str
    by: str
    at: str
    supersedes: str | None
    superseded: bool
    facts_sha256: str
    during: str
    signed: bool | None
    key_id: str | None


class ContemplatedRuling(Body):
    """A ruling that the judge thinks of giving."""

    ground: Annotated[str, Field(max_length=80)]
    held: bool


class RulingPreview(Body):
    """What would follow if the ruling were given now; nothing is stored. ``before``: the outcome as it stands.

    ``in_person`` are participant ids, ``awaiting`` grounds that would still await a ruling.
    """

    outcome: Outcome
    before: Outcome | None
    in_person: list[str]
    awaiting: list[str]
    findings: list[FindingView]


class AwaitingStatement(Body):
    text: BiText
    reasons: str
    asserted_by: str
    how: HowAsserted
    entered_by: str
    at: str
    late: bool


class AwaitingMatter(Body):
    """``ground`` null: nothing to rule on, the judge is only told. ``may_rule``: this account may rule on it now."""

    hearing: HearingLine
    ground: str | None
    text: BiText
    statements: list[AwaitingStatement]
    since: str
    late: bool
    after_opening: bool
    deadline: str | None
    may_rule: bool


class AwaitingList(Body):
    """What was raised after an opening first, then by the time the hearing is scheduled for."""

    matters: list[AwaitingMatter]
    notes: list[AwaitingMatter]
