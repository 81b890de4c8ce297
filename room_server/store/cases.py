"""Cases and their people: parties, who speaks for them, witnesses. Hearings are event streams, not rows here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from room_server.store.accounts import Duplicate
from room_server.store.database import Database
from room_server.store.tables import CASES, PEOPLE


@dataclass(frozen=True, slots=True)
class CaseRecord:
    id: str
    number: str
    title: str
    cause: str
    case_type: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """``represents`` is the id of the person in the same case that this one speaks for."""

    id: str
    case_id: str
    name: str
    role: str
    side: str | None
    represents: str | None
    phone: str


class StillReferenced(Exception):
    """The person cannot be taken out: somebody in the case speaks for them."""


class Cases:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, case: CaseRecord) -> None:
        """Raises :class:`Duplicate` where the case number is taken."""
        values = {
            "id": case.id,
            "number": case.number,
            "title": case.title,
            "cause": case.cause,
            "case_type": case.case_type,
            "created_at": case.created_at,
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(CASES.insert().values(values))
        except IntegrityError as error:
            raise Duplicate("number", case.number) from error

    async def change(self, case_id: str, changes: dict[str, str]) -> None:
        """Set ``number``, ``title``, ``cause`` or ``case_type``. Raises :class:`Duplicate` as :meth:`add` does."""
        if not changes:
            return
        try:
            async with self._database.write() as connection:
                await connection.execute(update(CASES).where(CASES.c.id == case_id).values(changes))
        except IntegrityError as error:
            raise Duplicate("number", changes.get("number", "")) from error

    async def get(self, case_id: str) -> CaseRecord | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(CASES).where(CASES.c.id == case_id))).mappings().first()
        return None if row is None else CaseRecord(**row)

    async def all(self) -> Sequence[CaseRecord]:
        """Every case, the newest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(CASES).order_by(CASES.c.created_at.desc(), CASES.c.id))
            return [CaseRecord(**row) for row in rows.mappings()]

    async def people(self, case_id: str) -> Sequence[PersonRecord]:
        """The people of a case, in the order in which they were entered."""
        query = select(PEOPLE).where(PEOPLE.c.case_id == case_id).order_by(PEOPLE.c.position)
        async with self._database.read() as connection:
            return [_person(row) for row in (await connection.execute(query)).mappings()]

    async def add_person(self, person: PersonRecord) -> None:
        last = select(func.coalesce(func.max(PEOPLE.c.position), 0)).where(PEOPLE.c.case_id == person.case_id)
        async with self._database.write() as connection:
            position = (await connection.execute(last)).scalar_one() + 1
            values = {"id": person.id, "case_id": person.case_id, "position": position, **_values(person)}
            await connection.execute(PEOPLE.insert().values(values))

    async def change_person(self, person: PersonRecord) -> None:
        """Write all of ``person``; its id and its case stay as they are."""
        query = update(PEOPLE).where(PEOPLE.c.id == person.id, PEOPLE.c.case_id == person.case_id)
        async with self._database.write() as connection:
            await connection.execute(query.values(_values(person)))

    async def remove_person(self, case_id: str, person_id: str) -> None:
        """Raises :class:`StillReferenced` while another person of the case represents this one."""
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    delete(PEOPLE).where(PEOPLE.c.id == person_id, PEOPLE.c.case_id == case_id)
                )
        except IntegrityError as error:
            raise StillReferenced(person_id) from error


def _values(person: PersonRecord) -> dict[str, str | None]:
    return {
        "name": person.name,
        "role": person.role,
        "side": person.side,
        "represents": person.represents,
        "phone": person.phone,
    }


def _person(row: RowMapping) -> PersonRecord:
    return PersonRecord(
        row["id"], row["case_id"], row["name"], row["role"], row["side"], row["represents"], row["phone"]
    )
