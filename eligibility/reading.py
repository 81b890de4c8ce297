"""Reading of a facts document into facts: everything that is wrong with it, and where. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from eligibility.document import NO_LINES, Fields, Lines, Problems, checked_text, show_value
from eligibility.facts import (
    CAPABILITIES,
    CASE_TYPES,
    CLOSED,
    COMPLEXITIES,
    CONFLICTS,
    GROUNDS,
    LONGEST_ID,
    MOST_PARTIES,
    MOST_RULINGS,
    MOST_WITNESSES,
    NEEDS,
    POSITIONS,
    PROCEEDINGS,
    SERVED_BY,
    SIDES,
    SOCIAL_IMPACTS,
    STAGES,
    Agent,
    CaseFacts,
    CaseType,
    Closed,
    Complexity,
    Conflict,
    FactsError,
    Party,
    Proceeding,
    Ruling,
    SocialImpact,
    Stage,
    Witness,
)


def parse_facts(document: Mapping[str, Any], source: str = "facts", lines: Lines = NO_LINES) -> CaseFacts:
    """The facts that a plain document (from JSON or YAML) states; raises `FactsError` with every problem found.

    `source` names the document in messages; `lines` gives the line of each path where it came from a file.
    """
    problems = Problems(source, lines)
    facts = _read_facts(Fields(document, (), problems), problems)
    problems.raise_any(FactsError)
    return facts


def _read_facts(fields: Fields, problems: Problems) -> CaseFacts:
    proceeding: Proceeding = fields.choice("proceeding", PROCEEDINGS)
    stage: Stage = fields.choice("stage", STAGES)
    if (
        fields.raw("stage") == stage
        and fields.raw("proceeding") == proceeding
        and (proceeding == "mediation") != (stage == "mediation")
    ):
        fitting = [name for name in STAGES if (name == "mediation") == (proceeding == "mediation")]
        problems.add(("stage",), f"`stage: {stage}` does not go with `proceeding: {proceeding}`", fitting)
    case_type: CaseType = fields.choice("case_type", CASE_TYPES)
    closed: Closed = fields.choice("closed", CLOSED, default="none")
    parties = tuple(
        _read_party(part, stage) for part in fields.sections("parties", required=True, most=MOST_PARTIES)
    )
    if not parties and isinstance(fields.raw("parties"), list):
        problems.add(("parties",), "at least one party is needed")
    witnesses = tuple(
        Witness(_read_id(part), part.flag("objection", default=False))
        for part in fields.sections("witnesses", most=MOST_WITNESSES)
    )
    _refuse_twice(fields, ("parties", "witnesses"))
    needs = fields.choices("needs", NEEDS)
    complexity: Complexity = fields.choice("complexity", COMPLEXITIES, default="ordinary")
    social_impact: SocialImpact = fields.choice("social_impact", SOCIAL_IMPACTS, default="ordinary")
    lawful, conflict = _read_mediation(fields)
    rulings = _read_rulings(fields, parties, witnesses)
    fields.finish()
    return CaseFacts(
        proceeding=proceeding,
        stage=stage,
        case_type=case_type,
        parties=parties,
        closed=closed,
        witnesses=witnesses,
        needs=needs,
        complexity=complexity,
        social_impact=social_impact,
        mediation_lawful=lawful,
        conflict=conflict,
        rulings=rulings,
    )


def _read_id(fields: Fields) -> str:
    name = fields.text("id", longest=LONGEST_ID)
    if fields.has("id") and (
        not name or not name.isprintable() or any(character.isspace() for character in name)
    ):
        fields.problems.add(fields.at("id"), "must be 1 to 64 printable characters without spaces")
    return name


def _refuse_twice(fields: Fields, keys: tuple[str, ...]) -> None:
    """Ids name people in rulings and in `in_person`, so parties and witnesses share one space of them."""
    first: dict[str, str] = {}
    for key in keys:
        entries = fields.raw(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = entry.get("id") if isinstance(entry, Mapping) else None
            if isinstance(name, str) and name in first:
                fields.problems.add((key, index, "id"), f"{show_value(name)} is also the id of {first[name]}")
            elif isinstance(name, str):
                first[name] = f"{key}[{index}]"


def _read_party(fields: Fields, stage: Stage) -> Party:
    agent = fields.section("agent")
    party = Party(
        id=_read_id(fields),
        side=fields.choice("side", SIDES),
        position=fields.choice("position", POSITIONS),
        position_stage=fields.choice("position_stage", STAGES, default=stage),
        reasons=fields.text("reasons", default=""),
        capability=fields.choice("capability", CAPABILITIES, default="untested"),
        served_by=fields.choice("served_by", SERVED_BY, default="personal"),
        agent=None
        if agent is None
        else Agent(agent.choice("position", POSITIONS), agent.text("reasons", default="")),
    )
    if agent is not None:
        agent.finish()
    return party


def _read_mediation(fields: Fields) -> tuple[bool, Conflict]:
    section = fields.section("mediation")
    if section is None:
        return True, "none"
    lawful = section.flag("lawful", default=True)
    conflict: Conflict = section.choice("conflict", CONFLICTS, default="none")
    section.finish()
    return lawful, conflict


def _read_rulings(
    fields: Fields, parties: tuple[Party, ...], witnesses: tuple[Witness, ...]
) -> tuple[Ruling, ...]:
    subjects: dict[str, tuple[str, ...]] = dict.fromkeys(
        ("objection", "retraction", "incapacity"), tuple(party.id for party in parties)
    )
    subjects |= {"need": NEEDS, "witness": tuple(witness.id for witness in witnesses)}
    seen: dict[tuple[str, datetime], int] = {}
    rulings: list[Ruling] = []
    for index, section in enumerate(fields.sections("rulings", most=MOST_RULINGS)):
        ruling = _read_ruling(section, subjects)
        if ruling is None:
            continue
        moment = (ruling.ground, ruling.at.astimezone(UTC))
        if moment in seen:
            section.problems.add(
                section.at("at"),
                f"rulings[{seen[moment]}] on `{ruling.ground}` has the same time: which is the later cannot be told",
            )
        seen.setdefault(moment, index)
        rulings.append(ruling)
    return tuple(rulings)


def _read_ruling(fields: Fields, subjects: Mapping[str, tuple[str, ...]]) -> Ruling | None:
    ground = _read_ground(fields, subjects)
    held = fields.raw("held", required=True)
    if fields.has("held") and not isinstance(held, bool):
        fields.problems.add(fields.at("held"), f"{show_value(held)} is not a boolean", ("true", "false"))
    reasons = fields.text("reasons", blank=False)
    article = fields.text("article", longest=200, blank=False) if fields.has("article") else None
    fields.raw("article")
    by = fields.text("by", longest=200, blank=False)
    at = _read_moment(fields)
    if ground is None or at is None:
        return None
    return Ruling(ground, held is True, reasons, by, at, article)


def _read_ground(fields: Fields, subjects: Mapping[str, tuple[str, ...]]) -> str | None:
    shapes = [f"{ground}:<{_SUBJECT_NAMES[ground]}>" if ground in subjects else ground for ground in GROUNDS]
    value = fields.raw("ground", required=True)
    if not fields.has("ground"):
        return None
    text = checked_text(value, fields.at("ground"), fields.problems, LONGEST_ID * 2)
    if text is None:
        return None
    ground, colon, subject = text.partition(":")
    if ground not in GROUNDS or (ground in subjects) != bool(colon):
        fields.problems.add(fields.at("ground"), f"{show_value(text)} is not a ground", shapes)
        return None
    if ground in subjects and subject not in subjects[ground]:
        what = f"{show_value(subject)} is no {_SUBJECT_NAMES[ground]} of this document"
        fields.problems.add(fields.at("ground"), what, [f"{ground}:{name}" for name in subjects[ground]])
        return None
    return text


_SUBJECT_NAMES = {
    "objection": "party",
    "retraction": "party",
    "incapacity": "party",
    "need": "need",
    "witness": "witness",
}


def _read_moment(fields: Fields) -> datetime | None:
    value = fields.text("at", longest=64)
    if not fields.has("at"):
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            moment.astimezone(UTC)
            return moment
    except (ValueError, OverflowError):
        pass
    allowed = ("a time with its offset such as 2026-11-20T09:00:00+08:00",)
    fields.problems.add(fields.at("at"), f"{show_value(value)} is not a time with an offset", allowed)
    return None
