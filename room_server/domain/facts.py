"""The facts document of the eligibility gate, put together from what was asserted and ruled in a hearing.

The latest assertion of each key counts. Each party (and prosecutor) is one side; what its counsel, legal
representative or defender said stands as its `agent`. A ruling does not cover an assertion that was changed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from eligibility import CaseFacts, FactsError, parse_facts
from eligibility.facts import CAPABILITIES, CLOSED, COMPLEXITIES, NEEDS, POSITIONS, SERVED_BY, SOCIAL_IMPACTS
from room_server.domain.model import CALLED_LATER, PRINCIPALS, STAGES, Hearing, Participant, Role
from room_server.errors import CorrectTheRequest

KEYS: dict[str, str] = {
    "closed": "one of " + ", ".join(CLOSED),
    "need:<need>": "true or false; <need> is one of " + ", ".join(NEEDS),
    "complexity": "one of " + ", ".join(COMPLEXITIES),
    "social_impact": "one of " + ", ".join(SOCIAL_IMPACTS),
    "position:<party>": '{"position", "stage", "reasons"}; position is one of ' + ", ".join(POSITIONS),
    "agent_position:<party>": "as position, of counsel, legal representative or defender",
    "capability:<party>": "one of " + ", ".join(CAPABILITIES),
    "served_by:<party>": "one of " + ", ".join(SERVED_BY),
    "witness_objection:<witness>": "true or false",
}
_LONGEST_REASONS = 4000
_NOT_ASSERTED: dict[str, Any] = {
    "closed": "none",
    "need": False,
    "complexity": "ordinary",
    "social_impact": "ordinary",
    "capability": "untested",
    "witness_objection": False,
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
        _choice(STAGES)(f"{key}.stage", stage)
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
}
_OF_PARTY = frozenset({"position", "agent_position", "capability", "served_by"})


def checked_assertion(hearing: Hearing, key: str, value: Any) -> Any:
    """The value in the form it is stored in; raises `CorrectTheRequest` for a key or value that is not allowed.

    A position without a stage is one for the stage of this hearing.
    """
    kind, colon, subject = key.partition(":")
    check = _CHECKS.get(kind)
    if check is None or bool(colon) != (kind in _OF_PARTY or kind in ("need", "witness_objection")):
        raise CorrectTheRequest(
            "bad_fact",
            f"没有“{key}”这项事实；允许：{'、'.join(KEYS)}。",
            f"There is no fact {key!r:.80}; allowed: {', '.join(KEYS)}.",
        )
    if kind == "need" and subject not in NEEDS:
        raise _wrong(key, subject, ", ".join(f"need:{need}" for need in NEEDS))
    if kind in _OF_PARTY:
        principal = _subject(hearing, key, subject, PRINCIPALS)
        if kind == "agent_position" and len(hearing.side_of(principal)) == 1:
            raise CorrectTheRequest(
                "bad_fact",
                f"{principal.name}在本次庭审中没有代理人或辩护人。",
                f"{principal.name} has no counsel, legal representative or defender in this hearing.",
            )
    if kind == "witness_objection":
        _subject(hearing, key, subject, CALLED_LATER)
    kept = check(key, value)
    if check is _position and kept["stage"] is None:
        return {**kept, "stage": hearing.stage}
    return kept


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
    return {
        "proceeding": "hearing",
        "stage": hearing.stage,
        "case_type": hearing.case_type,
        "closed": _latest(hearing, "closed"),
        "parties": [_party(hearing, party) for party in hearing.with_role(*PRINCIPALS)],
        "witnesses": [
            {"id": person.id, "objection": _latest(hearing, f"witness_objection:{person.id}")}
            for person in hearing.with_role(*CALLED_LATER)
        ],
        "needs": [need for need in NEEDS if _latest(hearing, f"need:{need}")],
        "complexity": _latest(hearing, "complexity"),
        "social_impact": _latest(hearing, "social_impact"),
        "rulings": _rulings(hearing),
    }


def _latest(hearing: Hearing, key: str) -> Any:
    stated = hearing.latest_assertion(key)
    return _NOT_ASSERTED[key.partition(":")[0]] if stated is None else stated.value


def _party(hearing: Hearing, party: Participant) -> dict[str, Any]:
    own = _stated_position(hearing, f"position:{party.id}")
    has_agent = len(hearing.side_of(party)) > 1
    agent = _stated_position(hearing, f"agent_position:{party.id}") if has_agent else None
    own = own or {"position": "silent", "stage": hearing.stage, "reasons": ""}
    if agent is not None and agent["stage"] != own["stage"]:
        # The document has one stage for both. What either said for another stage counts as silence (OLR 4(4)).
        if agent["stage"] == hearing.stage:
            own = {"position": "silent", "stage": hearing.stage, "reasons": ""}
        else:
            agent = {"position": "silent", "stage": own["stage"], "reasons": ""}
    entry: dict[str, Any] = {
        "id": party.id,
        "side": party.side,
        "position": own["position"],
        "position_stage": own["stage"],
        "reasons": own["reasons"],
        "capability": _latest(hearing, f"capability:{party.id}"),
    }
    served = hearing.latest_assertion(f"served_by:{party.id}")
    if served is not None:
        entry["served_by"] = served.value
    if agent is not None:
        entry["agent"] = {"position": agent["position"], "reasons": agent["reasons"]}
    return entry


def _stated_position(hearing: Hearing, key: str) -> dict[str, Any] | None:
    stated = hearing.latest_assertion(key)
    return None if stated is None else dict(stated.value)


def _rulings(hearing: Hearing) -> list[dict[str, Any]]:
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
        if _about_somebody_here(hearing, ruling.ground) and not _overtaken(hearing, ruling.ground, ruling.at)
    ]


def _about_somebody_here(hearing: Hearing, ground: str) -> bool:
    kind, _, subject = ground.partition(":")
    if kind in ("objection", "retraction", "incapacity"):
        return any(party.id == subject for party in hearing.with_role(*PRINCIPALS))
    if kind == "witness":
        return any(person.id == subject for person in hearing.with_role(*CALLED_LATER))
    return True


def keys_of_ground(ground: str) -> tuple[str, ...]:
    """The keys whose assertions a ruling on this ground answers."""
    kind, _, subject = ground.partition(":")
    return {
        "objection": (f"position:{subject}", f"agent_position:{subject}"),
        "retraction": (f"position:{subject}", f"agent_position:{subject}"),
        "incapacity": (f"capability:{subject}",),
        "need": (ground,),
        "complexity": ("complexity",),
        "social_impact": ("social_impact",),
        "witness": (f"witness_objection:{subject}",),
    }.get(kind, ())


def _overtaken(hearing: Hearing, ground: str, ruled_at: datetime) -> bool:
    """Whether what stands asserted now is something else than what was ruled on.

    An assertion that was merely withdrawn does not undo a ruling: otherwise asserting and withdrawing would.
    """
    if ground == "case_type":
        return hearing.case_type_since > ruled_at
    for key in keys_of_ground(ground):
        now = hearing.latest_assertion(key)
        if now is None or now.at <= ruled_at or not _is_open(key, now.value):
            continue
        ruled_on = next(
            (one for one in reversed(hearing.assertions) if one.key == key and one.at <= ruled_at), None
        )
        if ruled_on is None or ruled_on.value != now.value:
            return True
    return False


def _is_open(key: str, value: Any) -> bool:
    """Whether this assertion asks for something, rather than taking it back."""
    kind = key.partition(":")[0]
    if kind in ("position", "agent_position"):
        return value["position"] in ("objects", "retracts")
    if kind == "capability":
        return bool(value == "unable")
    return bool(value != _NOT_ASSERTED[kind])
