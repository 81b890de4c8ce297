"""The determination is made anew by itself whenever what it rests on changed, in the same breath as the change.

No state is ever stored in which a phase rests on an older determination: the fresh one is stored with the change. Where
it still allows what was arranged, the arrangement stands; otherwise the hearing goes back through `checking`, and is
given back what was arranged once that is allowed again.
"""

from __future__ import annotations

from datetime import timedelta

from eligibility import Determination
from room_server.domain import mediation, phases
from room_server.domain.context import Context, system_phase
from room_server.domain.events import Event
from room_server.domain.evolution import evolve
from room_server.domain.model import SYSTEM, Hearing, StoredDetermination
from room_server.domain.opening import determination_made, evaluate, mismatch
from room_server.errors import CorrectTheRequest, GateClosed

GIVEN_BACK_UNTIL = timedelta(hours=1)
"""After the appointed time by so much the clerk arranges anew."""
_ARRANGED = frozenset({"scheduled", "lobby_open", "ready"})


def recheck(hearing: Hearing, ctx: Context) -> list[Event]:
    """The events that bring the determination up to date; none where it is, or where none was asked for yet.

    Before the opening: facts that make no document leave the hearing in `checking`. After the opening the fresh
    determination is stored and nothing moves by itself: the judge decides (OLR 21 para 2). A mediation ends where
    it may not go on: nobody decides over the will of a party.
    """
    stored = hearing.determination
    if stored is None or hearing.phase not in (*phases.DETERMINED, "checking", *phases.LIVE):
        return []
    try:
        fresh = evaluate(hearing, ctx)
    except CorrectTheRequest:
        return _unreadable(hearing, "facts_changed")
    except GateClosed:
        return _unreadable(hearing, "ruleset_changed")
    reason = mismatch(stored, fresh)
    if reason is None and hearing.phase != "checking":
        return []
    made = determination_made(hearing, fresh, ctx, SYSTEM)
    if hearing.phase in phases.LIVE:
        # Tomorrow's date alone is no new circumstance in a hearing that was opened today.
        if reason == "date_changed":
            return []
        return [made, *mediation.ended_by(evolve(hearing, made, ctx.now))]
    if _stands(hearing, stored, fresh):
        return [made]
    moved: list[Event] = []
    if hearing.phase != "checking":
        moved.append(system_phase(hearing, "checking", reason or "determination_requested"))
    after = evolve(hearing, moved[0], ctx.now) if moved else hearing
    moved += [made, system_phase(after, phases.OUTCOME_PHASES[fresh.outcome], "determined")]
    for event in moved[-2:]:
        after = evolve(after, event, ctx.now)
    return moved + _given_back(after, fresh, ctx)


def _given_back(hearing: Hearing, fresh: Determination, ctx: Context) -> list[Event]:
    """The way back to what was arranged before the gate took it away, where that is allowed again and not too late."""
    arranged = hearing.arranged
    if (
        arranged is None
        or not mediation.is_taken_on(hearing)
        or not fresh.may_open
        or not set(fresh.in_person) <= arranged.in_person
    ):
        return []
    if hearing.scheduled_at is None or ctx.now > hearing.scheduled_at + GIVEN_BACK_UNTIL:
        return []
    back: list[Event] = [system_phase(hearing, "scheduled", "arrangement_restored")]
    if arranged.phase == "lobby_open":
        scheduled = evolve(hearing, back[0], ctx.now)
        back.append(system_phase(scheduled, "lobby_open", "arrangement_restored"))
    return back


def _unreadable(hearing: Hearing, reason: str) -> list[Event]:
    if hearing.phase not in phases.DETERMINED:
        return []
    return [system_phase(hearing, "checking", reason)]


def _stands(hearing: Hearing, stored: StoredDetermination, fresh: Determination) -> bool:
    """Whether the phase can stay under the fresh determination. Whoever must now come to the court, and was not
    asked to before, needs another arrangement by the clerk."""
    if hearing.phase in _ARRANGED:
        return fresh.may_open and set(fresh.in_person) <= set(stored.in_person)
    return phases.OUTCOME_PHASES[fresh.outcome] == hearing.phase
