"""Rulings, from the judge's desk: what awaits one, what would follow from one, and giving it under the password."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from eligibility import Determination
from room_server.domain import commands as c
from room_server.domain import permissions
from room_server.domain.awaiting import Asserted, Matter, awaiting, to_note
from room_server.domain.model import Actor, Hearing
from room_server.domain.opening import named
from room_server.errors import NotPermitted
from room_server.http import models as m
from room_server.http.call import Call, Route, actor_of, may_see
from room_server.http.hearings import execute
from room_server.http.views import hearing_line

_FAR = datetime.max.replace(tzinfo=UTC)


async def rule(call: Call, body: m.NewRuling) -> m.HearingDetail:
    """A ruling is signed: the judge gives the password once more. The demonstration's judge may have none."""
    account = await call.staff("judge")
    await call.hearing(account)
    if account.password_hash is not None:
        await call.services.identity.staff.confirm(account, body.password, call.address)
    elif not call.services.site.demo:
        raise NotPermitted(
            "password_needed",
            "裁定须以密码确认，请先设置密码。",
            "A ruling is signed by password: choose a password first.",
        )
    command = c.MakeRuling(body.ground, body.held, body.reasons, body.article, body.seen_version)
    return await execute(call, command)


async def preview_ruling(call: Call, body: m.ContemplatedRuling) -> m.RulingPreview:
    account = await call.staff("judge")
    hearing = await call.hearing(account)
    found = call.services.proceedings.preview_ruling(hearing, body.ground, body.held, actor_of(account))
    return _preview(hearing, found)


async def list_awaiting(call: Call) -> m.AwaitingList:
    account = await call.staff("clerk", "judge")
    hearings = [one for one in await call.services.proceedings.all() if may_see(account, one)]
    return awaiting_list(hearings, actor_of(account))


def awaiting_list(hearings: Sequence[Hearing], actor: Actor) -> m.AwaitingList:
    """What waits in these hearings, as it is shown to ``actor``."""
    return m.AwaitingList(
        matters=_ordered(((hearing, one) for hearing in hearings for one in awaiting(hearing)), actor),
        notes=_ordered(((hearing, one) for hearing in hearings for one in to_note(hearing)), actor),
    )


def _ordered(found: Iterable[tuple[Hearing, Matter]], actor: Actor) -> list[m.AwaitingMatter]:
    """Raised after the opening first, then by the time the hearing is scheduled for, then the oldest first."""
    ordered = sorted(
        found, key=lambda one: (not one[1].after_opening, one[0].scheduled_at or _FAR, one[1].since)
    )
    return [_matter(hearing, matter, actor) for hearing, matter in ordered]


def _matter(hearing: Hearing, matter: Matter, actor: Actor) -> m.AwaitingMatter:
    may_rule = matter.ground is not None and permissions.refusal(hearing, actor, _RULE) is None
    values: dict[str, Any] = {
        "hearing": hearing_line(hearing),
        "ground": matter.ground,
        "text": {"zh": matter.words[0], "en": matter.words[1]},
        "statements": [_statement(one) for one in matter.statements],
        "since": matter.since.isoformat(),
        "late": matter.late,
        "after_opening": matter.after_opening,
        "deadline": None if hearing.deadline is None else hearing.deadline.due_at.isoformat(),
        "may_rule": may_rule,
    }
    return m.AwaitingMatter.model_validate(values)


def _statement(asserted: Asserted) -> dict[str, Any]:
    stated = asserted.assertion
    return {
        "text": {"zh": asserted.words[0], "en": asserted.words[1]},
        "reasons": asserted.reasons,
        "asserted_by": stated.asserted_by,
        "how": stated.how,
        "entered_by": stated.entered_by.name,
        "at": stated.at.isoformat(),
        "late": stated.late,
    }


def _preview(hearing: Hearing, found: Determination) -> m.RulingPreview:
    values: dict[str, Any] = {
        "outcome": found.outcome,
        "before": None if hearing.determination is None else hearing.determination.outcome,
        "in_person": list(found.in_person),
        "awaiting": list(found.awaiting),
        "findings": [
            {
                "rule": finding.rule,
                "about": finding.about,
                "outcome": finding.outcome,
                "citation": finding.citation,
                "text": {
                    "zh": named(hearing, finding.text.zh),
                    "en": named(hearing, finding.text.en),
                },
            }
            for finding in found.findings
        ],
    }
    return m.RulingPreview.model_validate(values)


_RULE = c.tag(c.MakeRuling)
_ONE = "/api/hearings/{hearing}/rulings"
ROUTES = (
    Route("POST", _ONE, rule, "Rule on a ground", m.NewRuling, m.HearingDetail),
    Route(
        "POST",
        f"{_ONE}/preview",
        preview_ruling,
        "What would follow from a ruling",
        m.ContemplatedRuling,
        m.RulingPreview,
    ),
    Route(
        "GET",
        "/api/awaiting",
        list_awaiting,
        "What awaits a ruling, or the judge's notice",
        None,
        m.AwaitingList,
    ),
)
