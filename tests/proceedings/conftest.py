"""A courtroom over a real event store, with a relay that is not running and browsers that only take notes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recording import keys
from room_server.clock import SystemClock
from room_server.domain import commands as c
from room_server.domain.model import Actor, Hearing, Participant
from room_server.ids import new_id
from room_server.proceedings.courtroom import Channel, Courtroom, Surroundings
from room_server.proceedings.gateway import Gateway
from room_server.proceedings.presenter import CourtName
from room_server.proceedings.recording import RecordingSettings
from room_server.proceedings.service import ruleset_on
from room_server.proceedings.signing import RulingSigner
from room_server.relay.client import ListenAddress
from room_server.relay.pool import RelayPool
from room_server.store.events import EventStore
from room_server.store.register import Store
from signaling import messages as m
from signaling.handler import ConnectionInfo
from signaling.tokens import RoomClaims
from tests.domain.conftest import LIST, MORNING, NAMES, Court

HEARING = "hrg_aaaaaaaaaaaaaaaa"
DESK = Actor("staff", "acc_clerk", "clerk", "Liu")
DRAFT = c.DraftHearing(
    hearing_id=HEARING,
    case_id="case_aaaaaaaaaaaaaaaa",
    case_number="(2026)沪01民初1号",
    title="Zhang v. Li",
    cause="loan",
    case_type="civil",
    stage="trial",
    scheduled_at=MORNING,
    courtroom_zh="第一法庭",
    courtroom_en="Courtroom 1",
    participants=LIST,
)


def fresh_id(prefix: str) -> str:
    return new_id(prefix, secrets.token_bytes)


@dataclass
class House:
    """One courtroom with its gateway; names stand for participants."""

    store: EventStore
    around: Surroundings
    room: Courtroom
    gateway: Gateway
    pushed: list[tuple[str, m.ViewChanged]] = field(default_factory=list)
    ended: list[tuple[str, m.Terminated]] = field(default_factory=list)
    relay_ended: int = 0
    unanswering: set[str] = field(default_factory=set)

    @property
    def hearing(self) -> Hearing:
        return self.room.hearing

    def __getitem__(self, name: str) -> Participant:
        return list(self.hearing.participants.values())[NAMES.index(name)]

    async def do(self, who: str | Actor, command: c.Command) -> Hearing:
        if isinstance(who, str):
            person = self[who]
            who = Actor("participant", person.id, person.role, person.name)
        return await self.room.execute(command, who)

    async def lobby(self) -> None:
        """Drafted, consented, determined, scheduled, the lobby open, everyone's declaration made."""
        if self.room.actor.hearing is None:
            await self.do(DESK, DRAFT)
        await self.determined()
        await self.do(DESK, c.ScheduleHearing())
        await self.do(DESK, c.OpenLobby())
        for name in NAMES:
            if not self[name].is_court:
                await self.do(name, c.MakeDeclaration(self[name].id, "2026-11"))

    async def determined(self) -> None:
        for name in ("claimant", "respondent"):
            value = {"position": "consents", "reasons": ""}
            await self.do(DESK, c.AssertFact(f"position:{self[name].id}", value, name, "paper"))
        await self.do(DESK, c.Determine())

    def info(self, name: str, sid: str, device: str | None = None, **claimed: Any) -> ConnectionInfo:
        person = self[name]
        claims: dict[str, Any] = {
            "participant": person.id,
            "proceeding": self.room.hearing_id,
            "role": person.role,
            "side": person.side,
            "epoch": person.epoch,
            "device": device or f"dev_{name}",
            "jti": "tok_1",
        }
        return ConnectionInfo(sid, RoomClaims(**{**claims, **claimed}), "127.0.0.1", "test")

    async def connect(self, name: str, sid: str, device: str | None = None) -> None:
        await self.gateway.connected(self.info(name, sid, device))

    async def admit(self, name: str) -> None:
        await self.do("clerk", c.VerifyIdentity(self[name].id, "id_card_shown"))
        await self.do("clerk", c.Admit(self[name].id))

    async def settled(self) -> None:
        """Once everything told in the background, and every command before it, has been carried out."""
        for task in list(self.room._tasks):
            await task
        await self.room.tell(c.Reassess())


@pytest.fixture
def court() -> Court:
    return Court()


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    store = await Store.open(database_url)
    keys.load_or_create(tmp_path / "record.pem")
    (tmp_path / "recordings").mkdir()
    houses: list[House] = []

    async def push(sid: str, event: m.ViewChanged) -> None:
        houses[0].pushed.append((sid, event))

    async def terminate(sid: str, last: m.Terminated) -> None:
        houses[0].ended.append((sid, last))

    def end_relay(hearing: str) -> None:
        assert hearing == HEARING
        houses[0].relay_ended += 1

    around = Surroundings(
        store=store.events,
        clock=SystemClock(),
        new_id=fresh_id,
        ruleset_name="shanghai-2020",
        ruleset_on=ruleset_on,
        relays=RelayPool(
            [[ListenAddress("127.0.0.1")]],
            occupied=lambda hearing: False,
            on_event=lambda hearing, event: None,
            on_lost=lambda hearings: None,
        ),
        channel=Channel(push, terminate, lambda sid: sid not in houses[0].unanswering),
        recording=RecordingSettings(tmp_path / "recordings", tmp_path, tmp_path / "record.pem", 2.0, 1),
        court=CourtName("云庭示范法院", "Yunting Demonstration Court"),
        on_ended=lambda hearing: None,
        end_relay=end_relay,
        sign=RulingSigner.load(tmp_path).sign,
    )
    room = Courtroom(HEARING, around)
    houses.append(
        House(store.events, around, room, Gateway(lambda hearing: room if hearing == HEARING else None))
    )
    yield houses[0]
    await room.stop()
    await store.close()
