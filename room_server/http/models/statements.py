"""What a side states by its own link: positions for each stage, technical conditions, what must be seen on site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from eligibility.facts import Need, Position, Stage
from room_server.domain.model import HowAsserted
from room_server.http.models.base import Body, Name
from signaling.messages import ActionInfo, BiText, Role, Side

Reasons = Annotated[str, Field(max_length=4000)]


class StatedPosition(Body):
    """``objects`` from a side that consented for this stage before counts as taking the consent back (OLR 5(2))."""

    stage: Stage
    position: Literal["consents", "objects", "chose_online"]
    reasons: Reasons


class StatedNeed(Body):
    """``what``: which original or thing. ``needed`` false takes an earlier statement back."""

    need: Need
    needed: bool
    what: Annotated[str, Field(max_length=1000)]


class NewStatement(Body):
    """Whatever is not in it (empty list, null) stays as it was stated before."""

    positions: Annotated[list[StatedPosition], Field(max_length=6)]
    capability: Literal["able", "unable"] | None
    capability_note: Annotated[str, Field(max_length=1000)]
    needs: Annotated[list[StatedNeed], Field(max_length=3)]


class StandingPosition(Body):
    """What stands for one stage from one speaker (``speaker``: the party itself or who speaks for it)."""

    stage: Stage
    position: Position
    reasons: str
    speaker: str
    speaker_role: Role
    own: bool
    how: HowAsserted
    at: str
    late: bool


class StandingNeed(Body):
    need: Need
    what: str
    speaker: str
    how: HowAsserted
    at: str


class EquipmentEvidence(Body):
    """One equipment test of this side, kept as evidence (OLR 21(2), 24)."""

    at: str
    who: str
    result: Literal["passed", "problem"]
    camera: str
    microphone: str
    speaker: str
    network: str
    browser: str


class StatementLine(Body):
    """One line of the side's own history, newest first. ``contestable``: entered by the court from paper or phone."""

    id: str
    at: str
    text: BiText
    speaker: str
    how: HowAsserted
    late: bool
    superseded: bool
    contestable: bool


class DeadlineInfo(Body):
    """``if_silent`` says what will follow for a side that has said nothing by then, before it does.

    ``reminded_h``: the reminders given so far, each as hours before the deadline.
    """

    due_at: str
    passed: bool
    if_silent: BiText
    reminded_h: list[int] = []


class SideMatter(Body):
    """What the judge has to rule on or has ruled. The four last fields are empty while ``state`` is ``awaiting``."""

    ground: str
    text: BiText
    state: Literal["awaiting", "held", "not_held"]
    reasons: str
    article: str
    by: str
    at: str | None


class StatementSheet(Body):
    """A side's own page. ``consequences``: for each position that could be taken now, what would follow from it
    under the rules in force, worked out from the file as it stands and with nothing of another side's draft.
    ``draft`` is this person's own unsent statement.
    """

    participation: str
    kind: Literal["hearing", "mediation"]
    stage: Stage
    stages: list[Stage]
    speaks_for: str
    """Name of the party."""
    side: Side | None
    own_party: bool
    positions: list[StandingPosition]
    capability: Literal["able", "unable", "untested"]
    needs: list[StandingNeed]
    equipment: list[EquipmentEvidence]
    history: list[StatementLine]
    deadline: DeadlineInfo | None
    matters: list[SideMatter] = []
    """What of this side awaits a ruling, then the rulings that stand."""
    now: BiText | None = None
    """What follows as things stand; null once the court sits."""
    consequences: dict[str, BiText]
    draft: NewStatement | None
    draft_saved_at: str | None
    state: ActionInfo
    """Whether a statement can be made now."""


class NewDeadline(Body):
    """``due_at``: ISO 8601 with offset, in the future."""

    due_at: Annotated[str, Field(max_length=40)]


class SideLine(Body):
    """One side on the desk: what stands for this stage, or that it is silent, which is shown as silence."""

    party: str
    name: Name
    position: Position
    spoken: bool
    """False where the side has said nothing for this stage: silence, not a choice."""
    at: str | None
    how: HowAsserted | None
    late: bool
    link: Literal["none", "issued", "opened", "revoked", "locked"]
    phone: str
    """Whole for the clerk, who calls people; ``138****5678`` for everybody else."""
