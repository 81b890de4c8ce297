"""The demonstration: one civil case with two parties and counsel, ready to be heard, and a link for every role.

The links of a data folder stay the same from start to start: they are kept beside the data, readable by its owner
only. When the demonstration's hearing has ended, the next start seeds a new one.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from room_server.app import Server
from room_server.domain import commands as c
from room_server.domain import phases
from room_server.domain.context import SHANGHAI
from room_server.domain.model import Actor, Hearing, NewParticipant
from room_server.ids import new_id
from room_server.store.accounts import AccountRecord
from room_server.store.cases import CaseRecord, PersonRecord

LINKS_NAME = "demo-links.json"
LINK_LIFETIME = timedelta(days=30)
STAFF = (
    ("clerk", "叶晓", ("clerk",)),
    ("judge", "沈静远", ("judge",)),
    ("admin", "系统管理员", ("administrator",)),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    key: str
    name: str
    role: str
    side: str
    represents: str | None


PEOPLE = (
    DemoPerson("claimant", "何秀兰", "party", "claimant", None),
    DemoPerson("claimant_counsel", "陈立", "counsel", "claimant", "claimant"),
    DemoPerson("respondent", "北屿制冷设备有限公司（罗启明）", "party", "respondent", None),
    DemoPerson("respondent_counsel", "周颖", "counsel", "respondent", "respondent"),
)


@dataclass(frozen=True, slots=True)
class DemoLink:
    """``path`` begins with a slash and ends in the secret's fragment; ``code`` goes with a party's link."""

    role: str
    name: str
    path: str
    code: str | None
    participant: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Demo:
    hearing: str
    case: str
    password: str
    links: tuple[DemoLink, ...]

    def link(self, role: str) -> DemoLink:
        """The link of a role: judge, clerk, claimant, claimant_counsel, respondent, respondent_counsel."""
        return next(link for link in self.links if link.role == role)


async def seed(server: Server, *, open_lobby: bool = True) -> Demo:
    """The demonstration of this data folder: read back where its hearing is still to be held, else made."""
    path = server.config.data / LINKS_NAME
    kept = _read(path)
    if kept is not None and await _is_open(server, kept.hearing):
        return kept
    demo = await _make(server, None if kept is None else kept.password, open_lobby=open_lobby)
    _write(path, demo)
    return demo


def _read(path: Path) -> Demo | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        links = tuple(DemoLink(**link) for link in values.pop("links"))
        return Demo(**values, links=links)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, demo: Demo) -> None:
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(demo), file, ensure_ascii=False, indent=1)
    draft.replace(path)


async def _is_open(server: Server, hearing_id: str) -> bool:
    room = server.proceedings.room(hearing_id)
    return room is not None and room.hearing.phase not in phases.ENDED


async def _make(server: Server, password: str | None, *, open_lobby: bool) -> Demo:
    password = password or secrets.token_urlsafe(9)
    accounts = {name: await _account(server, name, shown, roles, password) for name, shown, roles in STAFF}
    case, people = await _case(server)
    clerk = Actor("staff", accounts["clerk"].id, "clerk", accounts["clerk"].name)
    hearing = await _hearing(server, case, people, accounts, clerk)
    await _pass_the_gate(server, hearing, clerk, open_lobby=open_lobby)
    links = await _staff_links(server, accounts, hearing)
    links += await _party_links(server, hearing, people, clerk)
    return Demo(hearing.id, case.id, password, tuple(links))


async def _account(
    server: Server, username: str, name: str, roles: Sequence[str], password: str
) -> AccountRecord:
    staff = server.services.identity.staff
    for account in await staff.all():
        if account.username == username:
            return account
    account = await staff.create(username, name, roles)
    await staff.change_password(account, "", None, password, "")
    return account


async def _case(server: Server) -> tuple[CaseRecord, dict[str, PersonRecord]]:
    cases, now = server.services.store.cases, server.services.clock.now()
    taken = {record.number for record in await cases.all()}
    number = next(n for i in range(1847, 9999) if (n := f"（{now.year}）示0103民初{i}号") not in taken)
    case = CaseRecord(_id("case"), number, "何秀兰诉北屿制冷设备有限公司", "买卖合同纠纷", "civil", now)
    await cases.add(case)
    people: dict[str, PersonRecord] = {}
    for person in PEOPLE:
        represents = people[person.represents].id if person.represents else None
        record = PersonRecord(_id("per"), case.id, person.name, person.role, person.side, represents, "")
        await cases.add_person(record)
        people[person.key] = record
    return case, people


async def _hearing(
    server: Server,
    case: CaseRecord,
    people: dict[str, PersonRecord],
    accounts: dict[str, AccountRecord],
    clerk: Actor,
) -> Hearing:
    judge, desk = accounts["judge"], accounts["clerk"]
    participants = [
        NewParticipant("presiding_judge", judge.name, account=judge.id),
        NewParticipant("clerk", desk.name, account=desk.id),
    ]
    participants += [
        NewParticipant(
            person.role,  # type: ignore[arg-type]
            person.name,
            person=person.id,
            side=person.side,  # type: ignore[arg-type]
            represents=person.represents,
        )
        for person in people.values()
    ]
    command = c.DraftHearing(
        hearing_id=_id("hrg"),
        case_id=case.id,
        case_number=case.number,
        title=case.title,
        cause=case.cause,
        case_type=case.case_type,
        stage="trial",
        scheduled_at=server.services.clock.now().astimezone(SHANGHAI).replace(microsecond=0),
        courtroom_zh="第三网上法庭",
        courtroom_en="Online Courtroom 3",
        participants=tuple(participants),
    )
    return await server.proceedings.draft(command, clerk)


async def _pass_the_gate(server: Server, hearing: Hearing, clerk: Actor, *, open_lobby: bool) -> None:
    execute = server.proceedings.execute
    for person in hearing.with_role("party"):
        value = {"position": "consents", "stage": hearing.stage, "reasons": ""}
        await execute(hearing.id, c.AssertFact(f"position:{person.id}", value, person.name, "paper"), clerk)
    await execute(hearing.id, c.Determine(), clerk)
    await execute(hearing.id, c.ScheduleHearing(), clerk)
    if open_lobby:
        await execute(hearing.id, c.OpenLobby(), clerk)


async def _staff_links(
    server: Server, accounts: dict[str, AccountRecord], hearing: Hearing
) -> list[DemoLink]:
    links = []
    for username, shown, _roles in STAFF:
        secret = await server.services.identity.staff.sign_in_secret(
            accounts[username].id, reusable=True, lifetime=LINK_LIFETIME
        )
        named = hearing.of_account(accounts[username].id)
        target = f"?to=/desk/hearings/{hearing.id}" if named is not None else "?to=/desk/accounts"
        links.append(
            DemoLink(username, shown, f"/sign-in/link{target}#{secret}", None, named.id if named else None)
        )
    return links


async def _party_links(
    server: Server, hearing: Hearing, people: dict[str, PersonRecord], clerk: Actor
) -> list[DemoLink]:
    links = []
    by_person = {person.person: person for person in hearing.participants.values()}
    for key, record in people.items():
        participant = by_person[record.id]
        issued = await server.services.identity.invitations.issue(
            hearing.id, participant.id, participant.role, clerk.id
        )
        await server.proceedings.execute(hearing.id, c.NoteInvitation(participant.id, "issued"), clerk)
        links.append(DemoLink(key, record.name, f"/join#{issued.secret}", issued.code, participant.id))
    return links


def _id(prefix: str) -> str:
    return new_id(prefix, secrets.token_bytes)
