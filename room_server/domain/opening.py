"""The gate in front of the main room: what a determination is worth now, and the one function that opens the room."""

from __future__ import annotations

from eligibility import Determination, DocumentError, Finding, RulesetError, determine, facts_document
from room_server.domain import phases
from room_server.domain.context import Context, authorities
from room_server.domain.events import DeterminationMade, Event, SessionOpened
from room_server.domain.facts import facts_of
from room_server.domain.model import Actor, Hearing, StoredDetermination
from room_server.errors import GateClosed


def evaluate(hearing: Hearing, ctx: Context) -> Determination:
    """What the gate says about the current facts under the dated rule set today; stores nothing."""
    try:
        return determine(facts_of(hearing), ctx.ruleset, ctx.today)
    except RulesetError as failure:
        raise GateClosed(
            "no_ruleset", f"适用规则不可用：{failure}", f"The rule set cannot be used: {failure}"
        ) from None


def determination_made(hearing: Hearing, fresh: Determination, ctx: Context, by: Actor) -> DeterminationMade:
    """The event that stores a determination together with the facts it decided."""
    return DeterminationMade(
        by, ctx.new_id("det"), fresh.to_json(), facts_document(facts_of(hearing)), ctx.ruleset.sha256
    )


def mismatch(stored: StoredDetermination, fresh: Determination) -> str | None:
    """The reason code (`phases.REASONS`) why `stored` no longer holds, or None where today's answer is the same."""
    if stored.facts_sha256 != fresh.facts_sha256:
        return "facts_changed"
    if stored.ruleset != fresh.ruleset:
        return "ruleset_changed"
    now = fresh.to_json()
    same = ("outcome", "final", "in_person", "awaiting", "gallery", "findings")
    return None if all(stored.document[key] == now[key] for key in same) else "date_changed"


def named(hearing: Hearing, text: str) -> str:
    """A finding's text with the names of the people in place of their ids."""
    for person in hearing.participants.values():
        text = text.replace(person.id, person.name)
    return text


def require_valid(hearing: Hearing, stored: StoredDetermination | None, ctx: Context) -> Determination:
    """Today's determination of the current facts, if it allows the room and `stored` still says the same.

    Raises `GateClosed` with the text and citation of the finding that stands against it.
    """
    if stored is None:
        raise GateClosed(
            "no_determination",
            "尚未作出在线审理条件审核结论。",
            "There is no determination of the facts yet.",
        )
    fresh = evaluate(hearing, ctx)
    if not fresh.may_open:
        raise _forbidden(hearing, fresh)
    reason = mismatch(stored, fresh)
    if reason is not None:
        zh, en = phases.REASONS[reason]
        raise GateClosed(
            f"determination_stale_{reason}", f"{zh}。", f"The determination no longer holds: {en}."
        )
    return fresh


def _forbidden(hearing: Hearing, fresh: Determination) -> GateClosed:
    against: Finding = next(found for found in fresh.findings if found.outcome == fresh.outcome)
    zh, en = named(hearing, against.text.zh), named(hearing, against.text.en)
    return GateClosed(f"gate_{fresh.outcome}", zh, en, against.citation)


def is_valid(hearing: Hearing, ctx: Context) -> bool:
    try:
        require_valid(hearing, hearing.determination, ctx)
    except (GateClosed, DocumentError):
        return False
    return True


def open_room(hearing: Hearing, determination: StoredDetermination, ctx: Context) -> list[Event]:
    """Open the main room under a stored determination. There is no other way to it.

    The current facts are decided again under the dated rule set. Raises `GateClosed` where they changed, the rule
    set differs or the outcome forbids it. An equal answer given on an earlier day is stored anew before the opening.
    """
    stored = hearing.determination
    if stored is None or determination != stored:
        raise GateClosed(
            "no_determination",
            "该审核结论不是本次庭审当前存档的结论。",
            "This is not the determination that is stored for this hearing.",
        )
    phases.require(hearing.phase, "in_session", authorities(hearing, ctx.actor))
    fresh = require_valid(hearing, stored, ctx)
    if stored.on == fresh.on.isoformat():
        return [SessionOpened(ctx.actor, stored.id, stored.facts_sha256)]
    renewed = determination_made(hearing, fresh, ctx, ctx.actor)
    return [renewed, SessionOpened(ctx.actor, renewed.determination_id, fresh.facts_sha256)]
