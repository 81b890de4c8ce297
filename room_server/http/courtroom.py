"""The courtroom's own computer: clerk or presiding judge open the hearing on it, at the desk."""

from __future__ import annotations

from room_server.domain import commands as c
from room_server.domain.courtroom import courtroom_of
from room_server.http import models as m
from room_server.http.call import Call, Route, actor_of


async def open_courtroom(call: Call) -> m.ParticipationRef:
    """Let this device be the courtroom of the hearing; a device that was it before is it no longer.

    Refused (403 `not_named`) for anybody but clerk and presiding judge of this hearing, and once it has ended.
    """
    account = await call.staff("clerk", "judge")
    hearing = await call.hearing(account)
    session = call.session
    assert session is not None
    command = c.OpenCourtroom(session.id)
    hearing = await call.services.proceedings.execute(hearing.id, command, actor_of(account))
    courtroom = courtroom_of(hearing)
    assert courtroom is not None
    await call.services.identity.sessions.hold_as_staff(session, account.id, hearing.id, courtroom.id)
    return m.ParticipationRef(participation=courtroom.id)


ROUTES = (
    Route(
        "POST",
        "/api/hearings/{hearing}/courtroom",
        open_courtroom,
        "Let this device be the courtroom",
        None,
        m.ParticipationRef,
    ),
)
