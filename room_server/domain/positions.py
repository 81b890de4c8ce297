"""What stands stated in a hearing: for each key its latest assertion, for each side its position on a stage.

Everybody who speaks for a side has a key of their own, so that nobody overwrites anybody: `position:<party>` is the
party's own, `agent_position:<party>:<agent>` that of one agent or defender. `agent_position:<party>` is what the desk
took down for "the agents" as such; it counts while one of them has not spoken for that stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from room_server.domain.model import (
    PRINCIPALS,
    REPRESENTATIVES,
    STAGES,
    Assertion,
    Hearing,
    Participant,
    Stage,
)
from room_server.domain.phases import OPENED

LATE_WITHOUT_REASONS = "（逾期提出，未说明理由）"
"""Stands in the facts for the reasons of an objection that came after the deadline and has none: it goes to the judge
all the same (OLR 5(2)). One lodged while the court sits is dealt with in the room."""
_LONGEST_JOINED = 16_000
_ORDER = ("objects", "retracts", "consents", "chose_online")
"""How what several people say for one side comes together: the first of these that anybody says."""


@dataclass(frozen=True, slots=True)
class Side:
    """A party (or prosecutor) and who speaks for it in this hearing."""

    party: Participant
    agents: tuple[Participant, ...]

    @property
    def members(self) -> tuple[Participant, ...]:
        return (self.party, *self.agents)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One speaker's statement for one stage. `speaker` None: taken down by the desk for the agents as such.

    `in_session`: stated between the opening and the end or an adjournment.
    """

    speaker: Participant | None
    assertion: Assertion
    in_session: bool = False

    @property
    def position(self) -> str:
        return str(self.assertion.value["position"])

    @property
    def reasons(self) -> str:
        """The reasons as the facts document has them."""
        given = str(self.assertion.value.get("reasons") or "")
        past_deadline = self.assertion.late and not self.in_session
        if self.position == "objects" and past_deadline and not given.strip():
            return LATE_WITHOUT_REASONS
        return given


@dataclass(frozen=True, slots=True)
class Combined:
    """What several speakers come to. `deciding`: the latest of the statements that made it so."""

    position: str
    reasons: str
    deciding: Assertion | None


@dataclass(frozen=True, slots=True)
class Stated:
    """All assertions of a hearing, found by key (and stage, for positions), oldest first."""

    history: Mapping[tuple[str, str | None], list[Assertion]] = field(default_factory=dict)
    opened: tuple[tuple[datetime, datetime | None], ...] = ()
    """From when until when the room was open."""

    @classmethod
    def of(cls, hearing: Hearing) -> Stated:
        history: dict[tuple[str, str | None], list[Assertion]] = {}
        for one in hearing.assertions:
            history.setdefault((one.key, one.stage), []).append(one)
        opened = ((one.since, one.until) for one in hearing.course if one.phase in OPENED)
        return cls(history, tuple(opened))

    def latest(self, key: str, stage: str | None = None) -> Assertion | None:
        """`stage` is to be given for positions, and for nothing else."""
        found = self.history.get((key, stage))
        return found[-1] if found else None

    def own(self, side: Side, stage: str) -> tuple[Spoken, ...]:
        """What the party itself said for this stage: one or none."""
        found = self.latest(f"position:{side.party.id}", stage)
        return () if found is None else (self._spoken(side.party, found),)

    def agents(self, side: Side, stage: str) -> tuple[Spoken, ...]:
        """What each of those who speak for the party said for this stage."""
        spoken = []
        for agent in side.agents:
            found = self.latest(agent_key(side.party.id, agent.id), stage)
            if found is not None:
                spoken.append(self._spoken(agent, found))
        taken_down = self.latest(f"agent_position:{side.party.id}", stage)
        if taken_down is not None and len(spoken) < len(side.agents):
            spoken.append(self._spoken(None, taken_down))
        return tuple(spoken)

    def _spoken(self, speaker: Participant | None, assertion: Assertion) -> Spoken:
        in_session = any(
            since <= assertion.at and (until is None or assertion.at < until) for since, until in self.opened
        )
        return Spoken(speaker, assertion, in_session)

    def side(self, side: Side, stage: str) -> Combined:
        """The position of the whole side for this stage."""
        return combined((*self.own(side, stage), *self.agents(side, stage)))


def superseded(hearing: Hearing) -> frozenset[str]:
    """The ids of all assertions in whose place a later one stands: of the same key and, for a position, the same stage.

    What the desk took down for the agents as such gives way once each of them has spoken for that stage.
    """
    stated = Stated.of(hearing)
    gone = {one.id for history in stated.history.values() for one in history[:-1]}
    for side in sides(hearing):
        for stage in STAGES if side.agents else ():
            taken_down = stated.latest(f"agent_position:{side.party.id}", stage)
            if taken_down is not None and all(one.speaker is not None for one in stated.agents(side, stage)):
                gone.add(taken_down.id)
    return frozenset(gone)


def agent_key(party_id: str, agent_id: str) -> str:
    return f"agent_position:{party_id}:{agent_id}"


def position_key(side: Side, speaker: Participant) -> str:
    """The key under which this member of the side states its position."""
    return (
        f"position:{side.party.id}" if speaker.id == side.party.id else agent_key(side.party.id, speaker.id)
    )


def combined(spoken: Iterable[Spoken]) -> Combined:
    """Objects if anybody objects, else retracts, else consents, else silent (OLR 4: a side speaks with one voice)."""
    said = list(spoken)
    for position in _ORDER:
        those = [one for one in said if one.position == position]
        if those:
            given = dict.fromkeys(one.reasons for one in those if one.reasons.strip())
            if len(given) > 1:
                given.pop(LATE_WITHOUT_REASONS, None)
            reasons = "；".join(given)
            deciding = max((one.assertion for one in those), key=lambda assertion: assertion.at)
            return Combined(position, reasons[:_LONGEST_JOINED], deciding)
    silent = max((one.assertion for one in said), key=lambda assertion: assertion.at, default=None)
    return Combined("silent", "", silent)


def sides(hearing: Hearing) -> tuple[Side, ...]:
    """Every side, by seat."""
    speaking: dict[str, list[Participant]] = {}
    for person in hearing.with_role(*REPRESENTATIVES):
        if person.represents is not None:
            speaking.setdefault(person.represents, []).append(person)
    return tuple(
        Side(party, tuple(speaking.get(party.person or "", ()))) for party in hearing.with_role(*PRINCIPALS)
    )


def side_of_speaker(hearing: Hearing, person: Participant) -> Side | None:
    """The side that this person speaks for: its own, or that of the party represented. None for everybody else."""
    return next((side for side in sides(hearing) if any(one.id == person.id for one in side.members)), None)


def current_stage(hearing: Hearing) -> Stage:
    """The stage whose positions count now; a mediation has only one."""
    return "mediation" if hearing.kind == "mediation" else hearing.stage
