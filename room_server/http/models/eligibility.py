"""The record of a proceeding's eligibility: its entries, and the same facts decided under other rules."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from room_server.domain.eligibility_history import EntryKind
from room_server.domain.model import HowAsserted
from room_server.http.models.base import Body
from signaling.messages import BiText, DeterminationView, PhaseName, Role, Side

Outcome = Literal["block", "await_ruling", "hybrid", "warn", "allow"]


class NamedPerson(Body):
    """``role`` is null for an id that was never anybody in this proceeding."""

    id: str
    name: str
    role: Role | None
    side: Side | None


class NamedGround(Body):
    ground: str
    text: BiText


class NamedFinding(Body):
    rule: str
    about: str
    who: NamedPerson | None
    outcome: Outcome
    citation: str
    text: BiText


class MovedFinding(NamedFinding):
    """``before``: the outcome that the same rule had before."""

    before: Outcome


class OutcomeMove(Body):
    before: Outcome
    after: Outcome


class FlagMove(Body):
    before: bool
    after: bool


class TextMove(Body):
    before: str
    after: str


class DeterminationChanges(Body):
    """Against the determination before; null where equal. ``same``: the conclusion is; ``facts``: they are others."""

    same: bool
    facts: bool
    outcome: OutcomeMove | None
    final: FlagMove | None
    gallery: FlagMove | None
    ruleset: TextMove | None
    at_court_added: list[NamedPerson]
    at_court_removed: list[NamedPerson]
    awaiting_added: list[NamedGround]
    awaiting_removed: list[NamedGround]
    findings_added: list[NamedFinding]
    findings_removed: list[NamedFinding]
    findings_moved: list[MovedFinding]


class RulesetSuccessor(Body):
    """The rule set that followed, and the day from which it was in force."""

    ruleset: str
    since: str


class DeterminationEntry(Body):
    """``changes`` is null for the first one."""

    id: str
    outcome: Outcome
    final: bool
    ruleset: str
    ruleset_sha256: str
    on: str
    facts_sha256: str
    gallery: bool
    in_person: list[NamedPerson]
    awaiting: list[NamedGround]
    findings: list[NamedFinding]
    superseded_by: RulesetSuccessor | None
    observers_out: list[NamedPerson]
    changes: DeterminationChanges | None


class StatementEntry(Body):
    """``replaces`` and ``replaced_by`` are sequences of other entries."""

    assertion: str
    fact: BiText
    reasons: str
    asserted_by: str
    how: HowAsserted
    note: str
    entered_by: str
    late: bool
    after_opening: bool
    replaces: int | None
    replaced_by: int | None


class RulingEntry(Body):
    """``signed``: as in ``Ruling``. ``supersedes`` and ``superseded_by`` are sequences of other entries."""

    id: str
    ground: str
    about: BiText
    held: bool
    reasons: str
    article: str
    by: str
    role: str
    during: str
    signed: bool | None
    key_id: str | None
    supersedes: int | None
    superseded_by: int | None


class PhaseEntry(Body):
    """``determination``: of the opening, the one it rests on."""

    before: PhaseName
    after: PhaseName
    determination: str | None


class EligibilityEntry(Body):
    """One of ``statement``, ``determination``, ``ruling`` and ``phase`` is set, by ``kind``; for the other kinds none.

    ``by``: who did it, with the role in this proceeding (or of the account, several joined by ``+``).
    """

    sequence: int
    id: str
    at: str
    kind: EntryKind
    group: Literal["statements", "determinations", "rulings", "course"]
    by: str
    by_kind: Literal["staff", "participant", "system"]
    by_role: str
    by_side: Side | None
    text: BiText
    citations: list[str]
    hash: str
    statement: StatementEntry | None
    determination: DeterminationEntry | None
    ruling: RulingEntry | None
    phase: PhaseEntry | None


class ChainState(Body):
    """``first_problem``: the first entry that the hash chain does not bear out."""

    verified: bool
    first_problem: int | None
    entries: int
    head: str


class RulesetChoice(Body):
    """A rule set that can be compared under; in force from ``since``. ``version`` is ``name@date``."""

    name: str
    version: str
    title: BiText
    since: str
    until: str | None
    superseded_by: RulesetSuccessor | None


class EligibilityHistory(Body):
    """``today``: the calendar day in Asia/Shanghai. ``current``: the stored determination, and whether it still holds."""

    hearing: str
    kind: Literal["hearing", "mediation"]
    case_number: str
    title: str
    current: DeterminationView | None
    entries: list[EligibilityEntry]
    chain: ChainState
    rulesets: list[RulesetChoice]
    ruleset: str
    """Name of the rule set that this proceeding is decided under."""
    today: str


class AskedColumn(Body):
    """A rule set by name, and a calendar day (YYYY-MM-DD) in Asia/Shanghai."""

    ruleset: Annotated[str, Field(min_length=1, max_length=64)]
    on: Annotated[str, Field(max_length=10)]


class NewComparison(Body):
    """The facts are those of today, or the ones that a stored determination decided, which then is the first column.

    Two to four columns in all.
    """

    columns: list[AskedColumn]
    determination_id: Annotated[str, Field(max_length=80)] | None


class ComparisonColumn(Body):
    """``stored``: this is the answer as it was stored then, not worked out now."""

    stored: bool
    ruleset: str
    title: BiText
    on: str
    ruleset_sha256: str
    outcome: Outcome
    final: bool
    in_person: list[NamedPerson]
    awaiting: list[NamedGround]
    gallery: bool
    superseded_by: RulesetSuccessor | None


class ComparisonCell(Body):
    """``since``: from when the rule has stood as it does. ``source``: what the article says, shortened."""

    outcome: Outcome
    final: bool
    gallery: bool
    citation: str
    text: BiText
    source: BiText
    since: str


class ComparisonRow(Body):
    """``cells``: for each column what its rules find, null for nothing."""

    rule: str
    about: str
    who: NamedPerson | None
    fact: BiText
    cells: list[ComparisonCell | None]
    differs: bool


class ReplayState(Body):
    """Whether the stored determination comes out again from its stored facts under the rules of then.

    ``problem``: why it does not, or cannot be told; null where it does.
    """

    determination_id: str
    at: str
    same: bool
    problem: BiText | None
    stored: DeterminationView


class EligibilityComparison(Body):
    """``aspects``: which of outcome, final, in_person, awaiting, gallery differ. Rows: the strongest first."""

    facts_sha256: str
    differs: bool
    columns: list[ComparisonColumn]
    aspects: list[str]
    rows: list[ComparisonRow]
    replay: ReplayState | None
