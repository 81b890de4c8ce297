"""The facts document of the eligibility gate, put together from what was asserted and ruled in a hearing.

The latest assertion of each key counts, for a position the latest one for the stage of the hearing (OLR 4(4)). Each
party (and prosecutor) is one side; what its counsel, legal representatives or defenders said stands together as its
`agent`. A need stands if the court or any side asserts it. A ruling does not cover an assertion changed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from eligibility import CaseFacts, FactsError, parse_facts
from eligibility.facts import CAPABILITIES, CLOSED, COMPLEXITIES, NEEDS, POSITIONS, SERVED_BY, SOCIAL_IMPACTS
from room_server.domain.mediation import conflict
from room_server.domain.model import (
    CALLED_LATER,
    HEARING_STAGES,
    PRINCIPALS,
    Assertion,
    Hearing,
    Participant,
    Role,
    Ruling,
    Stage,
)
from room_server.domain.positions import Side, Stated, combined, current_stage, sides
from room_server.errors import CorrectTheRequest

KEYS: dict[str, str] = {
    "closed": "one of " + ", ".join(CLOSED),
    "need:<need>": "true or false, as the court asserts it; <need> is one of " + ", ".join(NEEDS),
    "need:<need>:<party>": "true or false, as this side asserts it; the note says what must be seen",
    "complexity": "one of " + ", ".join(COMPLEXITIES),
    "social_impact": "one of " + ", ".join(SOCIAL_IMPACTS),
    "position:<party>": '{"position", "stage", "reasons"}; position is one of ' + ", ".join(POSITIONS),
    "agent_position:<party>": "as position, of its counsel, legal representatives or defenders as such",
    "agent_position:<party>:<agent>": "as position, of this counsel, legal representative or defender",
    "capability:<party>": "one of " + ", ".join(CAPABILITIES),
    "served_by:<party>": "one of " + ", ".join(SERVED_BY),
    "witness_objection:<witness>": "true or false",
    "mediation_lawful": "true or false: whether the law lets this dispute be mediated; in a mediation only",
}
_LONGEST_REASONS = 4000
_NOT_ASSERTED: dict[str, Any] = {
    "closed": "none",
    "need": False,
    "complexity": "ordinary",
    "social_impact": "ordinary",
    "capability": "untested",
    "witness_objection": False,
    "mediation_lawful": True,
}


def _wrong(key: str, value: object, allowed: str) -> CorrectTheRequest:
    return CorrectTheRequest(
        "bad_fact",
        f"事实“{key}”的值不符合要求；允许：{allowed}。",
        f"The value of the fact {key} is not allowed: {value!r:.80}; allowed: {allowed}.",
    )


def _choice(allowed: tuple[str, ...]) -> Callable[[str, Any], Any]:
    def check(key: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in allowed:
            raise _wrong(key, value, ", ".join(allowed))
        return value

    return check


def _flag(key: str, value: Any) -> Any:
    if not isinstance(value, bool):
        raise _wrong(key, value, "true, false")
    return value


def _position(key: str, value: Any) -> Any:
    shape = '{"position": …, "stage": …, "reasons": …}'
    if not isinstance(value, Mapping):
        raise _wrong(key, value, shape)
    unknown = sorted(set(value) - {"position", "stage", "reasons"})
    if unknown:
        raise _wrong(f"{key}.{unknown[0]}", value[unknown[0]], "position, stage, reasons")
    position = _choice(POSITIONS)(f"{key}.position", value.get("position"))
    stage = value.get("stage")
    if stage is not None:
        _choice((*HEARING_STAGES, "mediation"))(f"{key}.stage", stage)
    reasons = value.get("reasons") or ""
    if not isinstance(reasons, str) or len(reasons) > _LONGEST_REASONS:
        raise _wrong(f"{key}.reasons", reasons, f"text of at most {_LONGEST_REASONS} characters")
    return {"position": position, "stage": stage, "reasons": reasons}


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "closed": _choice(CLOSED),
    "need": _flag,
    "complexity": _choice(COMPLEXITIES),
    "social_impact": _choice(SOCIAL_IMPACTS),
    "position": _position,
    "agent_position": _position,
    "capability": _choice(CAPABILITIES),
    "served_by": _choice(SERVED_BY),
    "witness_objection": _flag,
    "mediation_lawful": _flag,
}
_OF_PARTY = frozenset({"position", "agent_position", "capability", "served_by"})
_SUBJECTS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(_OF_PARTY, (1, 1)),
    "agent_position": (1, 2),
    "need": (1, 2),
    "witness_objection": (1, 1),
}
"""How many names may follow the kind in a key, least and most; none for what is not here."""


def stages_of(hearing: Hearing) -> tuple[Stage, ...]:
    """The stages that a position can be given for in this proceeding."""
    return ("mediation",) if hearing.kind == "mediation" else HEARING_STAGES


def checked_assertion(hearing: Hearing, key: str, value: Any) -> Any:
    """The value in the form it is stored in; raises `CorrectTheRequest` for a key or value that is not allowed.

    A position without a stage is one for the stage of this hearing.
    """
    kind, *subjects = key.split(":")
    check = _CHECKS.get(kind)
    least, most = _SUBJECTS.get(kind, (0, 0))
    if check is None or not least <= len(subjects) <= most:
        raise CorrectTheRequest(
            "bad_fact",
            f"没有“{key}”这项事实；允许：{'、'.join(KEYS)}。",
            f"There is no fact {key!r:.80}; allowed: {', '.join(KEYS)}.",
        )
    if kind == "mediation_lawful" and hearing.kind != "mediation":
        raise CorrectTheRequest(
            "bad_fact",
            "只有调解才需要认定纠纷依法能否调解。",
            "Whether a dispute may be mediated is a fact of a mediation only.",
            "OMR 3",
        )
    _check_subjects(hearing, key, kind, subjects)
    kept = check(key, value)
    if check is not _position:
        return kept
    if kept["stage"] is None:
        return {**kept, "stage": current_stage(hearing)}
    _choice(stages_of(hearing))(f"{key}.stage", kept["stage"])
    return kept


def _check_subjects(hearing: Hearing, key: str, kind: str, subjects: list[str]) -> None:
    if kind == "need":
        if subjects[0] not in NEEDS:
            raise _wrong(key, subjects[0], ", ".join(f"need:{need}" for need in NEEDS))
        if len(subjects) > 1:
            _subject(hearing, key, subjects[1], PRINCIPALS)
    if kind in _OF_PARTY:
        principal = _subject(hearing, key, subjects[0], PRINCIPALS)
        if kind == "agent_position":
            _agent(hearing, key, principal, subjects[1] if len(subjects) > 1 else None)
    if kind == "witness_objection":
        _subject(hearing, key, subjects[0], CALLED_LATER)


def _agent(hearing: Hearing, key: str, principal: Participant, agent: str | None) -> None:
    agents = hearing.side_of(principal)[1:]
    if not agents:
        raise CorrectTheRequest(
            "bad_fact",
            f"{principal.name}在本次庭审中没有代理人或辩护人。",
            f"{principal.name} has no counsel, legal representative or defender in this hearing.",
        )
    if agent is not None and all(one.id != agent for one in agents):
        who = ", ".join(one.id for one in agents)
        raise CorrectTheRequest(
            "bad_fact",
            f"“{key}”所指的人不代理{principal.name}；允许：{who}。",
            f"{key!r:.80} names somebody who does not speak for {principal.name}; allowed: {who}.",
        )


def _subject(hearing: Hearing, key: str, subject: str, roles: frozenset[Role]) -> Participant:
    person = hearing.participants.get(subject)
    if person is None or person.role not in roles:
        who = ", ".join(one.id for one in hearing.with_role(*roles)) or "nobody in this hearing"
        raise CorrectTheRequest(
            "bad_fact",
            f"“{key}”所指的人不对；允许：{who}。",
            f"{key!r:.80} is about the wrong person; allowed: {who}.",
        )
    return person


def facts_of(hearing: Hearing) -> CaseFacts:
    """The current facts; raises `CorrectTheRequest` where they do not make a document the gate can read."""
    return _parsed(document(hearing))


def facts_without_rulings_on(hearing: Hearing, ground: str) -> CaseFacts:
    """The current facts as if nothing had been ruled on that ground."""
    found = document(hearing)
    return _parsed(
        {**found, "rulings": [ruling for ruling in found["rulings"] if ruling["ground"] != ground]}
    )


def _parsed(found: Mapping[str, Any]) -> CaseFacts:
    try:
        return parse_facts(found, source="facts of the hearing")
    except FactsError as failure:
        raise CorrectTheRequest(
            "bad_facts", f"案件事实不完整或有误：{failure}", f"The facts are incomplete or wrong: {failure}"
        ) from None


def document(hearing: Hearing) -> dict[str, Any]:
    """The facts document as the gate reads it; ids of parties and witnesses are participant ids."""
    stated = Stated.of(hearing)
    found = {
        "proceeding": hearing.kind,
        "stage": current_stage(hearing),
        "case_type": hearing.case_type,
        "closed": _value(stated, "closed"),
        "parties": [_party(hearing, stated, side) for side in sides(hearing)],
        "witnesses": [
            {"id": person.id, "objection": _value(stated, f"witness_objection:{person.id}")}
            for person in hearing.with_role(*CALLED_LATER)
        ],
        "needs": _needs(hearing, stated),
        "complexity": _value(stated, "complexity"),
        "social_impact": _value(stated, "social_impact"),
        "rulings": _rulings(hearing, stated),
    }
    if hearing.kind == "mediation":
        found["mediation"] = {"lawful": _value(stated, "mediation_lawful"), "conflict": conflict(hearing)}
    return found


def _value(stated: Stated, key: str) -> Any:
    latest = stated.latest(key)
    return _NOT_ASSERTED[key.partition(":")[0]] if latest is None else latest.value


def _needs(hearing: Hearing, stated: Stated) -> list[str]:
    """A need stands if the court or any side of this hearing asserts it."""
    parties = [party.id for party in hearing.with_role(*PRINCIPALS)]
    return [
        need
        for need in NEEDS
        if any(
            latest is not None and latest.value
            for latest in (
                stated.latest(f"need:{need}"),
                *(stated.latest(f"need:{need}:{party}") for party in parties),
            )
        )
    ]


def _party(hearing: Hearing, stated: Stated, side: Side) -> dict[str, Any]:
    stage = _stage_spoken_for(hearing, stated, side)
    own, agents = combined(stated.own(side, stage)), stated.agents(side, stage)
    party = side.party
    entry: dict[str, Any] = {
        "id": party.id,
        "side": party.side,
        "position": own.position,
        "position_stage": stage,
        "reasons": own.reasons,
        "capability": _value(stated, f"capability:{party.id}"),
    }
    served = stated.latest(f"served_by:{party.id}")
    if served is not None:
        entry["served_by"] = served.value
    if agents:
        together = combined(agents)
        entry["agent"] = {"position": together.position, "reasons": together.reasons}
    return entry


def _stage_spoken_for(hearing: Hearing, stated: Stated, side: Side) -> str:
    """The hearing's stage, or, where the side spoke for others only, the first of those: it counts as silence."""
    now = current_stage(hearing)
    others = (stage for stage in HEARING_STAGES if stage != now)
    return next((one for one in (now, *others) if stated.own(side, one) or stated.agents(side, one)), now)


def _rulings(hearing: Hearing, stated: Stated) -> list[dict[str, Any]]:
    return [
        {
            "ground": ruling.ground,
            "held": ruling.held,
            "reasons": ruling.reasons,
            "article": ruling.article,
            "by": ruling.by.id,
            "at": ruling.at.isoformat(),
        }
        for ruling in hearing.rulings
        if _about_somebody_here(hearing, ruling.ground)
        and not _overtaken(hearing, stated, ruling.ground, ruling.at)
    ]


def _about_somebody_here(hearing: Hearing, ground: str) -> bool:
    kind, _, subject = ground.partition(":")
    person = hearing.participants.get(subject)
    if kind in ("objection", "retraction", "incapacity"):
        return person is not None and person.role in PRINCIPALS
    if kind == "witness":
        return person is not None and person.role in CALLED_LATER
    return True


def answers(ground: str, key: str) -> bool:
    """Whether a ruling on this ground answers the assertions of this key: for a need those of the court and all
    sides, for an objection or retraction those of the party and of everybody who speaks for it."""
    kind, _, subject = ground.partition(":")
    if kind in ("objection", "retraction"):
        return key in (f"position:{subject}", f"agent_position:{subject}") or key.startswith(
            f"agent_position:{subject}:"
        )
    if kind == "need":
        return key == ground or key.startswith(f"{ground}:")
    return key == {
        "incapacity": f"capability:{subject}",
        "complexity": "complexity",
        "social_impact": "social_impact",
        "witness": f"witness_objection:{subject}",
    }.get(kind)


def keys_of_ground(hearing: Hearing, ground: str) -> tuple[str, ...]:
    """The keys asserted in this hearing whose assertions a ruling on this ground answers, sorted."""
    return tuple(sorted({one.key for one in hearing.assertions if answers(ground, one.key)}))


def _overtaken(hearing: Hearing, stated: Stated, ground: str, ruled_at: datetime) -> bool:
    """Whether what stands asserted now is something else than what was ruled on.

    An assertion that was merely withdrawn does not undo a ruling: otherwise asserting and withdrawing would. A ruling
    on a position was one for the stage of that time (OLR 4(4)).
    """
    if ground == "case_type":
        return hearing.case_type_since > ruled_at
    about_a_position = ground.partition(":")[0] in ("objection", "retraction")
    if about_a_position and hearing.stage_since is not None and hearing.stage_since > ruled_at:
        return True
    stage = current_stage(hearing) if about_a_position else None
    for (key, key_stage), history in stated.history.items():
        now = history[-1]
        if (
            key_stage != stage
            or now.at <= ruled_at
            or not is_open(now.key, now.value)
            or not answers(ground, key)
        ):
            continue
        ruled_on = next((one for one in reversed(history) if one.at <= ruled_at), None)
        if ruled_on is None or _said(ruled_on) != _said(now):
            return True
    return False


def standing_ruling(hearing: Hearing, ground: str) -> Ruling | None:
    """The ruling on this ground that counts now: the latest one, unless what it was about changed after it."""
    latest = next((one for one in reversed(hearing.rulings) if one.ground == ground), None)
    if latest is None or not _about_somebody_here(hearing, ground):
        return None
    return None if _overtaken(hearing, Stated.of(hearing), ground, latest.at) else latest


def subject_of(key: str) -> str:
    """Whom a fact is about: `par_1` of `position:par_1`, `agent_position:par_1:par_2` and `need:<need>:par_1`; else
    empty."""
    kind, *subjects = key.split(":")
    if kind == "need":
        return subjects[1] if len(subjects) > 1 else ""
    return subjects[0] if subjects else ""


def _said(assertion: Assertion) -> Any:
    """What of it a ruling answers: for a need also what must be seen."""
    is_need = assertion.key.partition(":")[0] == "need"
    return (assertion.value, assertion.note.strip()) if is_need else assertion.value


def is_open(key: str, value: Any) -> bool:
    """Whether this assertion asks for something, rather than taking it back. How a party was served asks for nothing."""
    kind = key.partition(":")[0]
    if kind in ("position", "agent_position"):
        return value["position"] in ("objects", "retracts")
    if kind == "capability":
        return bool(value == "unable")
    return kind in _NOT_ASSERTED and bool(value != _NOT_ASSERTED[kind])
