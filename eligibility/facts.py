"""The facts of a case that decide whether it may be held online: a frozen value, its document and its hash.

Pure. Each entry of `parties` is one side, whatever its label: two respondents are two sides.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from json.encoder import encode_basestring as quoted
from typing import Any, Literal, get_args

from eligibility.document import DocumentError

Proceeding = Literal["hearing", "mediation"]
Stage = Literal["mediation", "inquiry", "evidence_exchange", "pretrial", "trial", "pronouncement"]
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
Closed = Literal[
    "none",
    "by_law_state_secret",
    "by_law_privacy",
    "by_law_minor_defendant",
    "on_application_pending",
    "on_application_granted",
]
Side = Literal["claimant", "respondent", "third_party", "prosecutor", "defendant"]
Position = Literal["consents", "objects", "silent", "chose_online", "retracts"]
Capability = Literal["able", "unable", "untested"]
ServedBy = Literal["personal", "electronic", "public_notice"]
Need = Literal["on_site_identification", "verification_of_originals", "physical_examination"]
Complexity = Literal["ordinary", "significant_and_complex"]
SocialImpact = Literal["ordinary", "major"]
Conflict = Literal["none", "undisclosed", "accepted", "refused"]
Ground = Literal[
    "case_type",
    "objection",
    "retraction",
    "incapacity",
    "need",
    "complexity",
    "social_impact",
    "witness",
    "other",
]

PROCEEDINGS: tuple[Proceeding, ...] = get_args(Proceeding)
STAGES: tuple[Stage, ...] = get_args(Stage)
CASE_TYPES: tuple[CaseType, ...] = get_args(CaseType)
CLOSED: tuple[Closed, ...] = get_args(Closed)
SIDES: tuple[Side, ...] = get_args(Side)
POSITIONS: tuple[Position, ...] = get_args(Position)
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)
SERVED_BY: tuple[ServedBy, ...] = get_args(ServedBy)
NEEDS: tuple[Need, ...] = get_args(Need)
COMPLEXITIES: tuple[Complexity, ...] = get_args(Complexity)
SOCIAL_IMPACTS: tuple[SocialImpact, ...] = get_args(SocialImpact)
CONFLICTS: tuple[Conflict, ...] = get_args(Conflict)
GROUNDS: tuple[Ground, ...] = get_args(Ground)

MOST_PARTIES = 200
MOST_WITNESSES = 200
MOST_RULINGS = 1000
LONGEST_ID = 64


class FactsError(DocumentError):
    """The facts document is bad. `problems` is a list of `{path, message, allowed?, line?}`."""


@dataclass(frozen=True)
class Agent:
    """What a side's agent or defender says; it counts as said by the side."""

    position: Position
    reasons: str = ""


@dataclass(frozen=True)
class Party:
    """One side. `position_stage` is the stage that its position and its agent's were given for."""

    id: str
    side: Side
    position: Position
    position_stage: Stage
    reasons: str = ""
    capability: Capability = "untested"
    served_by: ServedBy = "personal"
    agent: Agent | None = None


@dataclass(frozen=True)
class Witness:
    """A witness, expert or inspector; `objection` is true when somebody objects to hearing them remotely."""

    id: str
    objection: bool = False


@dataclass(frozen=True)
class Ruling:
    """A judge's ruling on one ground (`complexity`, `objection:<party>`, …). `held`: the ground is made out."""

    ground: str
    held: bool
    reasons: str
    by: str
    at: datetime
    article: str | None = None


@dataclass(frozen=True)
class CaseFacts:
    """All facts of one proceeding, complete: what a document left out stands here with its default."""

    proceeding: Proceeding
    stage: Stage
    case_type: CaseType
    parties: tuple[Party, ...]
    closed: Closed = "none"
    witnesses: tuple[Witness, ...] = ()
    needs: tuple[Need, ...] = ()
    complexity: Complexity = "ordinary"
    social_impact: SocialImpact = "ordinary"
    mediation_lawful: bool = True
    conflict: Conflict = "none"
    rulings: tuple[Ruling, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """See `facts_sha256`."""
        return hashlib.sha256(_canonical(self).encode()).hexdigest()


def facts_document(facts: CaseFacts) -> dict[str, Any]:
    """The facts as a JSON-ready document: defaults filled, lists sorted. `parse_facts` reads it back as equal facts."""
    return {
        "proceeding": facts.proceeding,
        "stage": facts.stage,
        "case_type": facts.case_type,
        "closed": facts.closed,
        "parties": [_party_document(party) for party in sorted(facts.parties, key=_by_id)],
        "witnesses": [
            {"id": witness.id, "objection": witness.objection}
            for witness in sorted(facts.witnesses, key=_by_id)
        ],
        "needs": sorted(facts.needs),
        "complexity": facts.complexity,
        "social_impact": facts.social_impact,
        "mediation": {"lawful": facts.mediation_lawful, "conflict": facts.conflict},
        "rulings": [_ruling_document(ruling) for ruling in sorted(facts.rulings, key=_by_ground)],
    }


def facts_sha256(facts: CaseFacts) -> str:
    """SHA-256 (lower-case hex) of `facts_document` as RFC 8785 canonical JSON."""
    return facts.sha256


def _party_document(party: Party) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": party.id,
        "side": party.side,
        "position": party.position,
        "position_stage": party.position_stage,
        "reasons": party.reasons,
        "capability": party.capability,
        "served_by": party.served_by,
    }
    if party.agent is not None:
        document["agent"] = {"position": party.agent.position, "reasons": party.agent.reasons}
    return document


def _ruling_document(ruling: Ruling) -> dict[str, Any]:
    document: dict[str, Any] = {
        "ground": ruling.ground,
        "held": ruling.held,
        "reasons": ruling.reasons,
        "by": ruling.by,
        "at": ruling.at.isoformat(),
    }
    if ruling.article is not None:
        document["article"] = ruling.article
    return document


# The canonical form is written out by hand, keys in their order: the hash is part of every determination, and a general
# encoder takes four times as long for it. That both say the same is tested against RFC 8785.


def _canonical(facts: CaseFacts) -> str:
    parties = ",".join(map(_party_text, sorted(facts.parties, key=_by_id)))
    witnesses = ",".join(map(_witness_text, sorted(facts.witnesses, key=_by_id)))
    rulings = ",".join(map(_ruling_text, sorted(facts.rulings, key=_by_ground)))
    needs = ",".join(f'"{need}"' for need in sorted(facts.needs))
    return (
        f'{{"case_type":"{facts.case_type}","closed":"{facts.closed}","complexity":"{facts.complexity}",'
        f'"mediation":{{"conflict":"{facts.conflict}","lawful":{_flag_text(facts.mediation_lawful)}}},'
        f'"needs":[{needs}],"parties":[{parties}],"proceeding":"{facts.proceeding}","rulings":[{rulings}],'
        f'"social_impact":"{facts.social_impact}","stage":"{facts.stage}","witnesses":[{witnesses}]}}'
    )


def _by_id(person: Party | Witness) -> str:
    return person.id


def _by_ground(ruling: Ruling) -> tuple[str, datetime]:
    return ruling.ground, ruling.at


def _flag_text(flag: bool) -> str:
    return "true" if flag else "false"


def _party_text(party: Party) -> str:
    agent = party.agent
    said = (
        f'"agent":{{"position":"{agent.position}","reasons":{quoted(agent.reasons)}}},'
        if agent is not None
        else ""
    )
    return (
        f'{{{said}"capability":"{party.capability}","id":{quoted(party.id)},"position":"{party.position}",'
        f'"position_stage":"{party.position_stage}","reasons":{quoted(party.reasons)},'
        f'"served_by":"{party.served_by}","side":"{party.side}"}}'
    )


def _witness_text(witness: Witness) -> str:
    return f'{{"id":{quoted(witness.id)},"objection":{_flag_text(witness.objection)}}}'


def _ruling_text(ruling: Ruling) -> str:
    article = "" if ruling.article is None else f'"article":{quoted(ruling.article)},'
    return (
        f'{{{article}"at":"{ruling.at.isoformat()}","by":{quoted(ruling.by)},"ground":{quoted(ruling.ground)},'
        f'"held":{_flag_text(ruling.held)},"reasons":{quoted(ruling.reasons)}}}'
    )
