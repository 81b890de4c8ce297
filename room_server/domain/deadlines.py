"""Until when the sides are asked to state their positions: setting it, the reminders before it, and its passing.

Nothing is lost by a deadline: what comes after it is accepted and marked late (a late consent counts, a late objection
goes to the judge, OLR 5(2)). A side that says nothing stays silent, with what the rule set makes of silence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import phases
from room_server.domain.context import SHANGHAI, Context
from room_server.domain.model import SYSTEM, Deadline, Hearing
from room_server.domain.positions import Side, Stated, current_stage, sides
from room_server.domain.seating import required_time
from room_server.errors import CorrectTheRequest

Decision = Callable[[Hearing, Any, Context], list[e.Event]]

REMINDERS_H = (72, 24, 2)
"""Hours before the deadline. Those that were past when it was set are left out."""


def is_late(hearing: Hearing, now: datetime) -> bool:
    """Whether what is stated now comes late: after the deadline, or after the opening.

    A deadline set after an adjournment asks for positions on going on, and what comes before it is not late.
    """
    deadline = hearing.deadline
    if deadline is not None and hearing.phase == "adjourned" and deadline.set_at >= hearing.phase_since:
        return now > deadline.due_at
    return hearing.phase in phases.LIVE or (deadline is not None and now > deadline.due_at)


def silent_sides(hearing: Hearing) -> tuple[Side, ...]:
    """The sides that took no position for this stage, by themselves or by who speaks for them."""
    stated, stage = Stated.of(hearing), current_stage(hearing)
    return tuple(side for side in sides(hearing) if stated.side(side, stage).position == "silent")


def next_due(hearing: Hearing) -> datetime | None:
    """When the deadline next asks for something (a reminder, its passing); None where nothing is pending.

    Changes only with an event of the hearing, so that it can be kept until the next one.
    """
    deadline = hearing.deadline
    if deadline is None or deadline.passed or hearing.phase in phases.ENDED:
        return None
    ahead = _reminders(deadline)
    if ahead and silent_sides(hearing):
        return min(deadline.due_at - timedelta(hours=hours) for hours in ahead)
    return deadline.due_at


def due(hearing: Hearing, now: datetime) -> list[e.Event]:
    """What the passing of time asks for now. Of several missed reminders (the server was down) only the last is given."""
    deadline, moment = hearing.deadline, next_due(hearing)
    if deadline is None or moment is None or moment > now:
        return []
    silent = silent_sides(hearing)
    if deadline.due_at <= now:
        return [e.DeadlinePassed(SYSTEM, tuple(side.party.id for side in silent))]
    come = [hours for hours in _reminders(deadline) if deadline.due_at - timedelta(hours=hours) <= now]
    speakers = tuple(one.id for side in silent for one in side.members if not one.removed)
    return [e.ReminderGiven(SYSTEM, min(come), speakers)]


def _reminders(deadline: Deadline) -> list[int]:
    """Those not given yet; an earlier one than the last given has lapsed."""
    last = min(deadline.reminded_h, default=REMINDERS_H[0] + 1)
    ahead = (hours for hours in REMINDERS_H if deadline.due_at - timedelta(hours=hours) > deadline.set_at)
    return [hours for hours in ahead if hours < last]


def _set(hearing: Hearing, command: c.SetDeadline, ctx: Context) -> list[e.Event]:
    due_at = required_time("due_at", command.due_at)
    if due_at <= ctx.now:
        now = ctx.now.astimezone(SHANGHAI)
        raise CorrectTheRequest(
            "deadline_past",
            f"期限须晚于现在（{now:%Y-%m-%d %H:%M}）。",
            f"The deadline must be in the future; it is now {now:%Y-%m-%d %H:%M} in Shanghai.",
        )
    # After an adjournment the old date is no limit, and the new one may not be known yet.
    starts = hearing.scheduled_at
    open_end = starts is None or (hearing.phase == "adjourned" and starts <= ctx.now)
    if starts is not None and not open_end and due_at >= starts:
        at = starts.astimezone(SHANGHAI)
        raise CorrectTheRequest(
            "deadline_after_hearing",
            f"期限须早于开庭时间（{at:%Y-%m-%d %H:%M}）。",
            f"The deadline must be before the hearing ({at:%Y-%m-%d %H:%M} in Shanghai).",
            "OLR 5(2)",
        )
    if hearing.deadline is not None and hearing.deadline.due_at == due_at:
        return []
    return [e.DeadlineSet(ctx.actor, due_at)]


DECISIONS: dict[type[c.Command], Decision] = {c.SetDeadline: _set}
