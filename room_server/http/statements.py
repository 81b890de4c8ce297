"""A side's statement by its own link: the sheet, sending it, the unsent draft, and the deadline as a calendar file."""

from __future__ import annotations

from aiohttp import web

from room_server.domain import commands as c
from room_server.domain.model import Hearing, Participant
from room_server.domain.statements import require_side
from room_server.http import models as m
from room_server.http.calendar_file import Appointment, calendar
from room_server.http.call import Call, Route
from room_server.http.participation import (
    participant_actor,
    participation,
    require_not_ended,
    require_own_link,
)
from room_server.http.services import NotFound
from room_server.http.statement_sheet import sheet
from room_server.store.drafts import Draft


async def get_statement(call: Call) -> m.StatementSheet:
    """Also once the hearing has ended: a side may go on reading what it stated."""
    hearing, person = await _speaker(call)
    return await _sheet(call, hearing, person)


async def make_statement(call: Call, body: m.NewStatement) -> m.StatementSheet:
    hearing, person = await _speaker(call, to_state=True)
    command = c.MakeStatement(
        participant_id=person.id,
        positions=tuple(c.StatedPosition(one.stage, one.position, one.reasons) for one in body.positions),
        capability=body.capability,
        capability_note=body.capability_note,
        needs=tuple(c.StatedNeed(one.need, one.needed, one.what) for one in body.needs),
    )
    hearing = await call.services.proceedings.execute(hearing.id, command, participant_actor(person))
    await call.services.store.drafts.delete(person.id)
    return await _sheet(call, hearing, hearing.participants[person.id])


async def save_draft(call: Call, body: m.NewStatement) -> m.StatementSheet:
    """Nothing of it is checked but its form: it may be unfinished, and nobody else is shown it."""
    hearing, person = await _speaker(call, to_state=True)
    draft = Draft(body.model_dump(mode="json"), call.services.clock.now())
    await call.services.store.drafts.save(person.id, hearing.id, draft)
    return await _sheet(call, hearing, person)


async def discard_draft(call: Call) -> m.StatementSheet:
    hearing, person = await _speaker(call)
    await call.services.store.drafts.delete(person.id)
    return await _sheet(call, hearing, person)


async def deadline_calendar(call: Call) -> web.Response:
    hearing, person = await _speaker(call)
    if hearing.deadline is None:
        raise NotFound.of("表态期限", "deadline")
    site = call.services.site
    appointment = Appointment(
        uid=f"{hearing.id}.statement@{site.public_url.partition('://')[2].partition('/')[0]}",
        at=hearing.deadline.due_at,
        made_at=hearing.deadline.set_at,
        revision=hearing.version,
        summary=f"{site.court_zh}：请表明意见 / Statement due",
        description=f"{hearing.case_number}\n{site.hotline}",
        url=f"{site.public_url}/p/{person.id}/statement",
        alarms_h=(24, 2),
    )
    return web.Response(
        body=calendar(appointment).encode(),
        content_type="text/calendar",
        charset="utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="deadline.ics"',
        },
    )


async def _speaker(call: Call, *, to_state: bool = False) -> tuple[Hearing, Participant]:
    """Who holds this device's link, if it speaks for a side. Who was removed, or whose link was taken back, is refused."""
    held, hearing, person = await participation(call)
    if to_state:
        require_not_ended(held, hearing, person)
    else:
        require_own_link(held, hearing, person)
    require_side(hearing, person)
    return hearing, person


async def _sheet(call: Call, hearing: Hearing, person: Participant) -> m.StatementSheet:
    return sheet(call, hearing, person, await call.services.store.drafts.get(person.id))


_ONE = "/api/participations/{participation}/statement"
ROUTES = (
    Route("GET", _ONE, get_statement, "What this side has stated, and may state", None, m.StatementSheet),
    Route("POST", _ONE, make_statement, "State something for this side", m.NewStatement, m.StatementSheet),
    Route("PUT", f"{_ONE}/draft", save_draft, "Keep an unsent statement", m.NewStatement, m.StatementSheet),
    Route("DELETE", f"{_ONE}/draft", discard_draft, "Throw it away", None, m.StatementSheet),
    Route(
        "GET",
        f"{_ONE}/deadline.ics",
        deadline_calendar,
        "The deadline as a calendar file",
        media="text/calendar",
    ),
)
