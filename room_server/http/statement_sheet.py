"""A side's own page and the desk's list of the sides, from the domain's values to the models of the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from eligibility import Ruleset, load_ruleset
from eligibility.facts import NEEDS
from room_server.domain import consequences, permissions
from room_server.domain.context import SHANGHAI, Context
from room_server.domain.deadlines import silent_sides
from room_server.domain.fact_words import assertion_in_words
from room_server.domain.facts import stages_of, subject_of
from room_server.domain.model import SYSTEM, Actor, Assertion, Hearing, Participant
from room_server.domain.positions import Side, Spoken, Stated, current_stage, sides, superseded
from room_server.domain.side_matters import SideMatter, matters_of
from room_server.domain.statements import require_side
from room_server.domain.words import BiText as Words
from room_server.http import models as m
from room_server.http.call import Call
from room_server.http.participation import participant_actor
from room_server.http.phones import masked
from room_server.store.cases import PersonRecord
from room_server.store.drafts import Draft
from signaling.messages import ActionInfo, BiText

_EVIDENCE_SHOWN = 20
_LINKS = ("opened", "issued", "locked", "revoked", "none")
_OWN_KINDS = frozenset({"position", "agent_position", "capability", "need"})


def sheet(call: Call, hearing: Hearing, person: Participant, draft: Draft | None) -> m.StatementSheet:
    """What this person sees and may do. Raises `NotPermitted` for somebody who speaks for no side."""
    side = require_side(hearing, person)
    ctx = context(call, hearing, participant_actor(person))
    stated, stages = Stated.of(hearing), stages_of(hearing)
    capability = stated.latest(f"capability:{side.party.id}")
    return m.StatementSheet.model_validate(
        {
            "participation": person.id,
            "kind": hearing.kind,
            "stage": current_stage(hearing),
            "stages": list(stages),
            "speaks_for": side.party.name,
            "side": side.party.side,
            "own_party": person.id == side.party.id,
            "positions": [
                _position(side, one, stage, person)
                for stage in stages
                for one in (*stated.own(side, stage), *stated.agents(side, stage))
            ],
            "capability": "untested" if capability is None else capability.value,
            "needs": [one for need in NEEDS for one in _need(stated.latest(f"need:{need}:{side.party.id}"))],
            "equipment": _evidence(side),
            "history": _history(hearing, side),
            "deadline": _deadline(hearing, consequences.if_silent(hearing, side, person, ctx)),
            "matters": [_matter(one) for one in matters_of(hearing, side)],
            "now": _perhaps(consequences.as_it_stands(hearing, side, person, ctx)),
            "consequences": {
                key: bilingual(words)
                for key, words in consequences.consequences(hearing, side, person, ctx).items()
            },
            "draft": None if draft is None else m.NewStatement.model_validate(draft.body),
            "draft_saved_at": None if draft is None else draft.saved_at.isoformat(),
            "state": _state(hearing, person),
        }
    )


def context(call: Call, hearing: Hearing, actor: Actor) -> Context:
    """What the domain is asked with, where nothing is decided: it makes no ids and signs nothing."""
    now = call.services.clock.now()
    ruleset = _ruleset(hearing.ruleset, now.astimezone(SHANGHAI).date())
    return Context(actor=actor, now=now, ruleset=ruleset, new_id=lambda prefix: f"{prefix}_supposed")


@lru_cache(maxsize=64)
def _ruleset(name: str, day: date) -> Ruleset:
    return load_ruleset(name, day)


def bilingual(words: Words) -> BiText:
    return BiText(zh=words[0], en=words[1])


def _perhaps(words: Words | None) -> BiText | None:
    return None if words is None else bilingual(words)


def _position(side: Side, spoken: Spoken, stage: str, viewer: Participant) -> m.StandingPosition:
    stated, speaker = spoken.assertion, spoken.speaker
    return m.StandingPosition.model_validate(
        {
            "stage": stage,
            "position": spoken.position,
            "reasons": str(stated.value.get("reasons") or ""),
            "speaker": stated.asserted_by if speaker is None else speaker.name,
            "speaker_role": side.agents[0].role if speaker is None else speaker.role,
            "own": speaker is not None and speaker.id == viewer.id,
            "how": stated.how,
            "at": stated.at.isoformat(),
            "late": stated.late,
        }
    )


def _need(stated: Assertion | None) -> list[m.StandingNeed]:
    if stated is None or not stated.value:
        return []
    return [
        m.StandingNeed.model_validate(
            {
                "need": stated.key.split(":")[1],
                "what": stated.note,
                "speaker": stated.asserted_by,
                "how": stated.how,
                "at": stated.at.isoformat(),
            }
        )
    ]


def _evidence(side: Side) -> list[m.EquipmentEvidence]:
    """The side's latest tests, newest first."""
    tests = sorted(
        ((test, one) for one in side.members for test in one.tests), key=lambda pair: pair[0].at, reverse=True
    )
    return [
        m.EquipmentEvidence.model_validate(
            {
                "at": test.at.isoformat(),
                "who": one.name,
                "result": test.result,
                "camera": test.camera,
                "microphone": test.microphone,
                "speaker": test.speaker,
                "network": test.network,
                "browser": test.browser,
            }
        )
        for test, one in tests[:_EVIDENCE_SHOWN]
    ]


def _history(hearing: Hearing, side: Side) -> list[m.StatementLine]:
    own = [
        stated
        for stated in hearing.assertions
        if stated.key.partition(":")[0] in _OWN_KINDS and subject_of(stated.key) == side.party.id
    ]
    replaced = superseded(hearing)
    return [
        m.StatementLine.model_validate(
            {
                "id": stated.id,
                "at": stated.at.isoformat(),
                "text": bilingual(assertion_in_words(hearing, stated)),
                "speaker": stated.asserted_by,
                "how": stated.how,
                "late": stated.late,
                "superseded": stated.id in replaced,
                "contestable": stated.how != "link",
            }
        )
        for stated in reversed(own)
    ]


def _matter(matter: SideMatter) -> m.SideMatter:
    ruling = matter.ruling
    if ruling is None:
        return m.SideMatter(
            ground=matter.ground,
            text=bilingual(matter.words),
            state="awaiting",
            reasons="",
            article="",
            by="",
            at=None,
        )
    return m.SideMatter(
        ground=matter.ground,
        text=bilingual(matter.words),
        state="held" if ruling.held else "not_held",
        reasons=ruling.reasons,
        article=ruling.article,
        by=ruling.by.name,
        at=ruling.at.isoformat(),
    )


def _deadline(hearing: Hearing, if_silent: Words) -> m.DeadlineInfo | None:
    if hearing.deadline is None:
        return None
    return m.DeadlineInfo(
        due_at=hearing.deadline.due_at.isoformat(),
        passed=hearing.deadline.passed,
        if_silent=bilingual(if_silent),
        reminded_h=list(hearing.deadline.reminded_h),
    )


def _state(hearing: Hearing, person: Participant) -> ActionInfo:
    refused = permissions.refusal(hearing, participant_actor(person), "make_statement")
    if refused is None:
        return ActionInfo(allowed=True)
    return ActionInfo(allowed=False, reason=BiText(zh=refused.zh, en=refused.en), citation=refused.citation)


# ── the desk ───────────────────────────────────────────────────────────────────────────────────────────────────


def deadline_for_desk(call: Call, hearing: Hearing) -> m.DeadlineInfo | None:
    if hearing.deadline is None:
        return None
    ctx = context(call, hearing, SYSTEM)
    return _deadline(hearing, consequences.if_all_stay_silent(hearing, silent_sides(hearing), ctx))


def side_lines(hearing: Hearing, people: Iterable[PersonRecord], *, calls: bool) -> list[m.SideLine]:
    """Every side with what stands for this stage. The phone is the party's, else that of who speaks for it; whole only
    for who ``calls`` people, which is the clerk."""
    phones = {person.id: person.phone if calls else masked(person.phone) for person in people}
    stated, stage = Stated.of(hearing), current_stage(hearing)
    lines = []
    for side in sides(hearing):
        standing = stated.side(side, stage)
        deciding = standing.deciding
        links = [one.invitation.state for one in side.members]
        numbers = (phones.get(one.person or "", "") for one in side.members)
        lines.append(
            m.SideLine.model_validate(
                {
                    "party": side.party.id,
                    "name": side.party.name,
                    "position": standing.position,
                    "spoken": standing.position != "silent",
                    "at": None if deciding is None else deciding.at.isoformat(),
                    "how": None if deciding is None else deciding.how,
                    "late": deciding is not None and deciding.late,
                    "link": next(state for state in _LINKS if state in links),
                    "phone": next((number for number in numbers if number), ""),
                }
            )
        )
    return lines
