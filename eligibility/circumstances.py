"""The facts as rules see them: what each side's position comes to, and where each ground stands. Pure.

A side objects if its party or its agent objects; else retracts if either does; else consents if either consents or
chose online; else it is silent. A position given for another stage is silence for this one. The latest ruling on a
ground counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from eligibility.facts import (
    NEEDS,
    Capability,
    CaseFacts,
    CaseType,
    Closed,
    Complexity,
    Conflict,
    Need,
    Party,
    Position,
    Ruling,
    ServedBy,
    SocialImpact,
    Stage,
)

SidePosition = Literal["objects", "retracts", "consents", "silent"]
SIDE_POSITIONS: tuple[SidePosition, ...] = get_args(SidePosition)

GroundState = Literal["none", "open", "held", "not_held"]
GROUND_STATES: tuple[GroundState, ...] = get_args(GroundState)
"""none: nobody asserts it. open: asserted, not ruled on. held, not_held: ruled on (held also on the judge's own motion)."""


class SideState(NamedTuple):
    """What rules may know of one side. It has no id: sides in the same state are treated alike."""

    position: SidePosition
    with_reasons: bool
    for_another_stage: bool
    consenting: bool
    capability: Capability
    served_by: ServedBy
    objection: GroundState
    retraction: GroundState
    incapacity: GroundState


class NeedState(NamedTuple):
    name: Need
    need: GroundState


class WitnessState(NamedTuple):
    witness: GroundState


@dataclass(frozen=True, slots=True)
class CaseState:
    """What rules may know of the whole proceeding."""

    stage: Stage
    case_type: CaseType
    closed: Closed
    mediation_lawful: bool
    conflict: Conflict
    complexity_fact: Complexity
    social_impact_fact: SocialImpact
    case_type_ground: GroundState
    complexity: GroundState
    social_impact: GroundState
    other: GroundState
    sides: tuple[tuple[str, SideState], ...]
    needs: tuple[tuple[str, NeedState], ...]
    witnesses: tuple[tuple[str, WitnessState], ...]
    every_side_in_person: bool = False


def survey(facts: CaseFacts) -> CaseState:
    """The state of a case; sides, needs and witnesses sorted by id."""
    held = _latest_rulings(facts.rulings)
    asserted_needs = frozenset(facts.needs)
    return CaseState(
        stage=facts.stage,
        case_type=facts.case_type,
        closed=facts.closed,
        mediation_lawful=facts.mediation_lawful,
        conflict=facts.conflict,
        complexity_fact=facts.complexity,
        social_impact_fact=facts.social_impact,
        # The case type is itself the assertion; which types need a ruling is for the rules to say.
        case_type_ground=_answered(True, held.get("case_type")),
        complexity=_judged(facts.complexity == "significant_and_complex", held.get("complexity")),
        social_impact=_judged(facts.social_impact == "major", held.get("social_impact")),
        other=_judged(False, held.get("other")),
        sides=tuple(
            (party.id, _side_state(party, facts.stage, held))
            for party in sorted(facts.parties, key=lambda party: party.id)
        ),
        needs=tuple(
            (name, NeedState(name, _judged(name in asserted_needs, held.get(f"need:{name}"))))
            for name in sorted(NEEDS)
        ),
        witnesses=tuple(
            (witness.id, WitnessState(_judged(witness.objection, held.get(f"witness:{witness.id}"))))
            for witness in sorted(facts.witnesses, key=lambda witness: witness.id)
        ),
    )


def _latest_rulings(rulings: tuple[Ruling, ...]) -> dict[str, bool]:
    latest: dict[str, Ruling] = {}
    for ruling in rulings:
        earlier = latest.get(ruling.ground)
        if earlier is None or ruling.at > earlier.at:
            latest[ruling.ground] = ruling
    return {ground: ruling.held for ground, ruling in latest.items()}


def _answered(asserted: bool, held: bool | None) -> GroundState:
    """A ground that only others assert: without an assertion, a ruling on it says nothing."""
    if not asserted:
        return "none"
    if held is None:
        return "open"
    return "held" if held else "not_held"


def _judged(asserted: bool, held: bool | None) -> GroundState:
    """A ground that the judge may also raise: a ruling that holds it made out is the judge's own assertion."""
    return "held" if held else _answered(asserted, held)


def _side_state(party: Party, stage: Stage, held: dict[str, bool]) -> SideState:
    agent = party.agent
    stated: tuple[Position, ...] = (party.position,) if agent is None else (party.position, agent.position)
    for_this_stage = party.position_stage == stage
    position = _side_position(stated) if for_this_stage else "silent"
    with_reasons = position == "objects" and (
        (party.position == "objects" and bool(party.reasons.strip()))
        or (agent is not None and agent.position == "objects" and bool(agent.reasons.strip()))
    )
    retraction = _answered(position == "retracts", held.get(f"retraction:{party.id}"))
    return SideState(
        position=position,
        with_reasons=with_reasons,
        for_another_stage=not for_this_stage and _side_position(stated) != "silent",
        # A retraction that the judge does not accept leaves the consent standing.
        consenting=position == "consents" or retraction == "not_held",
        capability=party.capability,
        served_by=party.served_by,
        objection=_answered(with_reasons, held.get(f"objection:{party.id}")),
        retraction=retraction,
        incapacity=_judged(party.capability == "unable", held.get(f"incapacity:{party.id}")),
    )


def _side_position(stated: tuple[Position, ...]) -> SidePosition:
    if "objects" in stated:
        return "objects"
    if "retracts" in stated:
        return "retracts"
    if "consents" in stated or "chose_online" in stated:
        return "consents"
    return "silent"
