"""A mediation: the mediator answers the assignment and discloses own ties; each side answers that by its link."""

from __future__ import annotations

from room_server.domain import commands as c
from room_server.http import models as m
from room_server.http.call import Call, Route
from room_server.http.hearings import execute
from room_server.http.joining import join_info
from room_server.http.participation import participant_actor, participation, require_not_ended
from room_server.http.people import checked_text


async def answer_assignment(call: Call, body: m.AssignmentAnswer) -> m.HearingDetail:
    return await execute(call, c.AnswerAssignment(body.accepted, body.reason))


async def disclose(call: Call, body: m.NewDisclosure) -> m.HearingDetail:
    conflict = None if body.conflict is None else checked_text("conflict", body.conflict)
    return await execute(call, c.DiscloseConflict(conflict))


async def answer_disclosure(call: Call, body: m.DisclosureResponse) -> m.JoinInfo:
    held, hearing, person = await participation(call)
    require_not_ended(held, hearing, person)
    command = c.AnswerDisclosure(person.id, body.accepts, body.version)
    await call.services.proceedings.execute(hearing.id, command, participant_actor(person))
    return await join_info(call)


ROUTES = (
    Route(
        "POST",
        "/api/hearings/{hearing}/assignment",
        answer_assignment,
        "The mediator accepts or declines",
        m.AssignmentAnswer,
        m.HearingDetail,
    ),
    Route(
        "POST",
        "/api/hearings/{hearing}/disclosure",
        disclose,
        "The mediator discloses own ties, or that there are none",
        m.NewDisclosure,
        m.HearingDetail,
    ),
    Route(
        "POST",
        "/api/participations/{participation}/disclosure",
        answer_disclosure,
        "A side accepts or refuses the mediator after the disclosure",
        m.DisclosureResponse,
        m.JoinInfo,
    ),
)
