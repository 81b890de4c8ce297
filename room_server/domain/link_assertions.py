"""What somebody of a side asserts by its own link, as it goes on the record: from the statement page or from the room."""

from __future__ import annotations

from typing import Any

from room_server.domain.context import Context
from room_server.domain.deadlines import is_late
from room_server.domain.model import Actor, Assertion, Hearing, Participant


def by_link(
    hearing: Hearing,
    speaker: Participant,
    key: str,
    value: Any,
    ctx: Context,
    *,
    note: str = "",
    entered_by: Actor | None = None,
) -> Assertion:
    """`value` is stored as it is: check it before. `entered_by`: the actor, unless the server concluded it."""
    return Assertion(
        id=ctx.new_id("ast"),
        key=key,
        value=value,
        asserted_by=speaker.name,
        how="link",
        note=note,
        at=ctx.now,
        entered_by=entered_by or ctx.actor,
        late=is_late(hearing, ctx.now),
    )
