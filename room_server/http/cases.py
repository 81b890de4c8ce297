"""The clerk's desk: cases and their people."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from room_server.domain import phases
from room_server.domain.commands import ChangeHearing
from room_server.domain.model import Hearing
from room_server.errors import CommandRefused, NotNow
from room_server.http import models as m
from room_server.http.call import Call, Route, actor_of
from room_server.http.people import checked_person, checked_text
from room_server.http.services import NotFound
from room_server.http.summons import Summons
from room_server.http.views import case_detail, case_line
from room_server.ids import new_id
from room_server.store.accounts import AccountRecord
from room_server.store.cases import CaseRecord, PersonRecord, StillReferenced

log = logging.getLogger(__name__)
FOLLOWS_THE_CASE = frozenset({*phases.BEFORE_SESSION, "adjourned"})
"""Phases in which a hearing still takes over what is changed in its case; after that its record stands."""


async def list_cases(call: Call) -> m.CaseList:
    await call.staff("clerk")
    hearings = await call.services.proceedings.all()
    lines = [
        case_line(case, [hearing for hearing in hearings if hearing.case_id == case.id])
        for case in await call.services.store.cases.all()
    ]
    return m.CaseList(cases=lines)


async def create_case(call: Call, body: m.NewCase) -> m.CaseDetail:
    await call.staff("clerk")
    case = CaseRecord(
        id=new_id("case", call.services.random_bytes),
        number=checked_text("number", body.number),
        title=checked_text("title", body.title),
        cause=checked_text("cause", body.cause),
        case_type=body.case_type,
        created_at=call.services.clock.now(),
    )
    await call.services.store.cases.add(case)
    return await _detail(call, case.id)


async def get_case(call: Call) -> m.CaseDetail:
    await call.staff("clerk")
    return await _detail(call, call.part("case"))


async def change_case(call: Call, body: m.CaseChanges) -> m.CaseDetail:
    account = await call.staff("clerk")
    case = await case_of(call)
    changes = {name: checked_text(name, value) for name, value in body.model_dump(exclude_none=True).items()}
    await call.services.store.cases.change(case.id, changes)
    command = ChangeHearing(
        case_number=changes.get("number"),
        title=changes.get("title"),
        cause=changes.get("cause"),
        case_type=changes.get("case_type"),
    )
    for hearing in await _hearings(call, case.id):
        await _follow(call, hearing, command, account)
    return await _detail(call, case.id)


async def add_person(call: Call, body: m.NewPerson) -> m.CaseDetail:
    await call.staff("clerk")
    case = await case_of(call)
    people = await call.services.store.cases.people(case.id)
    person = checked_person(body, new_id("per", call.services.random_bytes), case.id, people)
    await call.services.store.cases.add_person(person)
    return await _detail(call, case.id)


async def change_person(call: Call, body: m.NewPerson) -> m.CaseDetail:
    account = await call.staff("clerk")
    case = await case_of(call)
    people = await call.services.store.cases.people(case.id)
    person = _person_of(call, people)
    changed = checked_person(body, person.id, case.id, people)
    await call.services.store.cases.change_person(changed)
    for other in people:
        # Whoever speaks for a party stands where the party stands.
        if other.represents == person.id and other.side != changed.side:
            await call.services.store.cases.change_person(
                PersonRecord(
                    other.id, case.id, other.name, other.role, changed.side, other.represents, other.phone
                )
            )
    people = await call.services.store.cases.people(case.id)
    accounts = await call.services.identity.staff.all()
    for hearing in await _hearings(call, case.id):
        if _summons(hearing, person.id):
            participants = Summons.of_hearing(hearing).participants(accounts, people)
            await _follow(call, hearing, ChangeHearing(participants=participants), account)
    return await _detail(call, case.id)


async def remove_person(call: Call) -> m.CaseDetail:
    await call.staff("clerk")
    case = await case_of(call)
    person = _person_of(call, await call.services.store.cases.people(case.id))
    for hearing in await _hearings(call, case.id):
        if _summons(hearing, person.id) and hearing.phase != "cancelled":
            raise NotNow(
                "person_in_hearing",
                f"{person.name}已列入本案的庭审，不能删除；请先在庭审中移出。",
                f"{person.name} takes part in a hearing of this case; take them out of the hearing first.",
            )
    try:
        await call.services.store.cases.remove_person(case.id, person.id)
    except StillReferenced:
        raise NotNow(
            "person_represented",
            f"{person.name}仍有代理人，请先删除其代理人。",
            f"Somebody represents {person.name}; remove that person first.",
        ) from None
    return await _detail(call, case.id)


async def case_of(call: Call) -> CaseRecord:
    """The case of the path. Raises :class:`NotFound`."""
    case = await call.services.store.cases.get(call.part("case"))
    if case is None:
        raise NotFound.of("案件", "case")
    return case


def _person_of(call: Call, people: Sequence[PersonRecord]) -> PersonRecord:
    for person in people:
        if person.id == call.part("person"):
            return person
    raise NotFound.of("人员", "person of this case")


async def _hearings(call: Call, case_id: str) -> list[Hearing]:
    return [hearing for hearing in await call.services.proceedings.all() if hearing.case_id == case_id]


def _summons(hearing: Hearing, person_id: str) -> bool:
    return any(participant.person == person_id for participant in hearing.participants.values())


async def _follow(call: Call, hearing: Hearing, command: ChangeHearing, account: AccountRecord) -> None:
    if hearing.phase not in FOLLOWS_THE_CASE:
        return
    try:
        await call.services.proceedings.execute(hearing.id, command, actor_of(account))
    except CommandRefused as refusal:
        # It moved on meanwhile: then its record stands as it is.
        log.info("hearing %s does not follow its case: %s", hearing.id, refusal.code)


async def _detail(call: Call, case_id: str) -> m.CaseDetail:
    case = await call.services.store.cases.get(case_id)
    if case is None:
        raise NotFound.of("案件", "case")
    people = await call.services.store.cases.people(case_id)
    return case_detail(case, people, await _hearings(call, case_id))


ROUTES = (
    Route("GET", "/api/cases", list_cases, "All cases", None, m.CaseList),
    Route("POST", "/api/cases", create_case, "Enter a case", m.NewCase, m.CaseDetail),
    Route("GET", "/api/cases/{case}", get_case, "A case", None, m.CaseDetail),
    Route("PATCH", "/api/cases/{case}", change_case, "Change a case", m.CaseChanges, m.CaseDetail),
    Route("POST", "/api/cases/{case}/people", add_person, "Enter a person", m.NewPerson, m.CaseDetail),
    Route(
        "PATCH",
        "/api/cases/{case}/people/{person}",
        change_person,
        "Change a person",
        m.NewPerson,
        m.CaseDetail,
    ),
    Route(
        "DELETE", "/api/cases/{case}/people/{person}", remove_person, "Remove a person", None, m.CaseDetail
    ),
)
