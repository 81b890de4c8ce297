"""Who takes part in a hearing: from account ids and person ids of the case to the domain's participants. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from room_server.domain.model import Hearing, NewParticipant, Role, Side
from room_server.errors import CorrectTheRequest
from room_server.http import models as m
from room_server.store.accounts import AccountRecord
from room_server.store.cases import PersonRecord

_ROLE: TypeAdapter[Role] = TypeAdapter(Role)
_SIDE: TypeAdapter[Side | None] = TypeAdapter(Side | None)


@dataclass(frozen=True, slots=True)
class Summons:
    """Ids: judges, ``clerk`` and ``mediator`` of accounts, ``people`` of the case. What is None is not named.

    Which of them a hearing or a mediation must have is decided where it is drafted (``domain.seating``).
    """

    presiding_judge: str | None
    panel: tuple[str, ...]
    clerk: str | None
    mediator: str | None
    people: tuple[str, ...]

    @classmethod
    def of_new(cls, new: m.NewHearing) -> Summons:
        return cls(new.presiding_judge, tuple(new.panel), new.clerk, new.mediator, tuple(new.people))

    @classmethod
    def of_hearing(cls, hearing: Hearing) -> Summons:
        def account(role: Role) -> str | None:
            return next((person.account for person in hearing.with_role(role)), None)

        seated = sorted(hearing.participants.values(), key=lambda person: person.seat)
        return cls(
            account("presiding_judge"),
            tuple(judge.account or "" for judge in hearing.with_role("panel_judge")),
            account("clerk"),
            account("mediator"),
            tuple(person.person for person in seated if person.person is not None),
        )

    def changed(self, changes: m.HearingChanges) -> Summons:
        return Summons(
            self.presiding_judge if changes.presiding_judge is None else changes.presiding_judge,
            self.panel if changes.panel is None else tuple(changes.panel),
            self.clerk if changes.clerk is None else changes.clerk,
            self.mediator if changes.mediator is None else changes.mediator,
            self.people if changes.people is None else tuple(changes.people),
        )

    def participants(
        self, accounts: Iterable[AccountRecord], people: Sequence[PersonRecord]
    ) -> tuple[NewParticipant, ...]:
        """The bench or the mediator, the clerk, then the people in their order. Raises :class:`CorrectTheRequest`."""
        staff = {account.id: account for account in accounts}
        named = {person.id: person for person in people}
        seats: list[NewParticipant] = []
        if self.presiding_judge is not None:
            presiding = _account(staff, "presiding_judge", self.presiding_judge, "judge")
            seats.append(NewParticipant("presiding_judge", presiding.name, account=presiding.id))
        for judge_id in self.panel:
            judge = _account(staff, "panel", judge_id, "judge")
            seats.append(NewParticipant("panel_judge", judge.name, account=judge.id))
        if self.mediator is not None:
            mediator = _account(staff, "mediator", self.mediator, "mediator")
            seats.append(NewParticipant("mediator", mediator.name, account=mediator.id))
        if self.clerk is not None:
            clerk = _account(staff, "clerk", self.clerk, "clerk")
            seats.append(NewParticipant("clerk", clerk.name, account=clerk.id))
        seats.extend(_person(named, person_id) for person_id in self.people)
        return tuple(seats)


def parse_time(field: str, text: str) -> datetime:
    """An ISO 8601 time with an offset. Raises :class:`CorrectTheRequest`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CorrectTheRequest(
            "bad_request",
            f"{field}：须为带时区的时间，例如 2026-11-23T09:30:00+08:00。",
            f"{field}: must be a time with an offset, such as 2026-11-23T09:30:00+08:00",
        )
    return moment


def _account(staff: Mapping[str, AccountRecord], field: str, account_id: str, role: str) -> AccountRecord:
    account = staff.get(account_id)
    if account is None or role not in account.roles:
        allowed = ", ".join(f"{one.id} ({one.name})" for one in staff.values() if role in one.roles)
        raise CorrectTheRequest(
            "bad_request",
            f"{field}：须为具有相应身份的账户。可选：{allowed or '无'}。",
            f"{field}: must be an account with the role {role}; allowed: {allowed or 'none yet'}",
        )
    return account


def _person(people: Mapping[str, PersonRecord], person_id: str) -> NewParticipant:
    person = people.get(person_id)
    if person is None:
        allowed = ", ".join(f"{one.id} ({one.name})" for one in people.values())
        raise CorrectTheRequest(
            "bad_request",
            f"people：须为本案登记的人员。可选：{allowed or '无'}。",
            f"people: must be people of the case; allowed: {allowed or 'none yet'}",
        )
    # The store keeps what the API's models have checked, so these are roles and sides that the domain knows.
    return NewParticipant(
        role=_ROLE.validate_python(person.role),
        name=person.name,
        person=person.id,
        side=_SIDE.validate_python(person.side),
        represents=person.represents,
    )
