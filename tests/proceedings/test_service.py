"""All hearings of a node: what goes wrong in one of them stays in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from room_server.app import prepare_folders
from room_server.clock import SystemClock
from room_server.demonstration import demo_config, free_port
from room_server.domain import commands as c
from room_server.domain.events import DeadlinePassed
from room_server.http.services import NotFound
from room_server.proceedings import service
from room_server.proceedings.actor import Step
from room_server.proceedings.courtroom import Channel
from room_server.proceedings.service import Proceedings
from room_server.store.events import NewEvent
from room_server.store.register import Store
from room_server.turn import LIFETIME, TurnServer, credentials
from signaling.tokens import TokenKey, verify
from tests.proceedings.conftest import DESK, DRAFT, fresh_id

OTHER = "hrg_bbbbbbbbbbbbbbbb"


async def nothing(*_: Any) -> None:
    return None


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def proceedings(tmp_path: Path, store: Store) -> AsyncIterator[Proceedings]:
    config = demo_config(data=tmp_path / "data", port=free_port())
    prepare_folders(config)
    key = TokenKey.load(config.keys / "token.pem")
    made = Proceedings(
        config, store.events, SystemClock(), fresh_id, key, Channel(nothing, nothing, lambda sid: True)
    )
    yield made
    await made.stop()


async def test_one_unreadable_record_does_not_keep_the_others_from_starting(
    proceedings: Proceedings, store: Store
) -> None:
    broken = NewEvent("evt_1", "nobody_knows_this", "2026-11-23T09:00:00+08:00", {}, {})
    await store.events.append(OTHER, 0, [broken])
    await proceedings.start()
    hearing = await proceedings.draft(DRAFT, DESK)
    assert [one.id for one in await proceedings.all()] == [hearing.id]
    with pytest.raises(NotFound):
        await proceedings.get(OTHER)


async def test_the_clock_goes_on_where_a_record_cannot_be_written(
    proceedings: Proceedings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await proceedings.start()
    hearing = await proceedings.draft(DRAFT, DESK)
    room = proceedings.room(hearing.id)
    assert room is not None
    room.actor.hearing = replace(hearing, phase="lobby_open")
    ticks = asyncio.Queue[None]()

    async def failing(command: c.Command, actor: Any) -> Any:
        ticks.put_nowait(None)
        raise OSError("no space left on device")

    monkeypatch.setattr(room.actor, "execute", failing)
    for _ in range(2):
        await asyncio.wait_for(ticks.get(), 20)


async def test_a_deadline_passes_though_no_room_is_open(
    proceedings: Proceedings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await proceedings.start()
    now = SystemClock().now()
    draft = replace(DRAFT, scheduled_at=now + timedelta(days=1))
    hearing = await proceedings.draft(draft, DESK)
    await proceedings.execute(hearing.id, c.SetDeadline(now + timedelta(hours=1)), DESK)
    room = proceedings.room(hearing.id)
    assert room is not None and not proceedings._is_to_tick(room.hearing), "nothing is due yet"
    asked = []
    monkeypatch.setattr(service, "next_due", lambda hearing: asked.append(hearing) or now)
    for _ in range(3):
        proceedings._is_to_tick(room.hearing)
    assert asked == [], "kept until the next event"
    monkeypatch.undo()
    passed, told = asyncio.Event(), room.stored

    async def stored(steps: Sequence[Step]) -> None:
        await told(steps)
        if any(isinstance(step.event, DeadlinePassed) for step in steps):
            passed.set()

    monkeypatch.setattr(room, "stored", stored)
    due_at = SystemClock().now() + timedelta(seconds=1)
    await proceedings.execute(hearing.id, c.SetDeadline(due_at), DESK)
    await asyncio.wait_for(passed.wait(), 20)
    kinds = [one.type for one in await store.events.read(hearing.id)]
    assert kinds[-3:] == ["deadline_set", "deadline_set", "deadline_passed"]
    assert not proceedings._is_to_tick(room.hearing)


async def test_a_token_names_nobody_and_is_short_lived(proceedings: Proceedings) -> None:
    await proceedings.start()
    hearing = await proceedings.draft(DRAFT, DESK)
    judge = next(hearing.with_role("presiding_judge"))
    minted = await proceedings.mint_room_token(hearing.id, judge.id, "dev_1")
    key = proceedings._token_key
    claims = verify(minted.token, {key.kid: key.public}, SystemClock().now())
    assert (claims.participant, claims.proceeding, claims.device) == (judge.id, hearing.id, "dev_1")
    assert (claims.epoch, claims.role) == (judge.epoch, "presiding_judge")
    assert judge.name not in minted.token and judge.name not in str(claims)
    with pytest.raises(NotFound):
        await proceedings.mint_room_token(hearing.id, "par_9999999999999999", "dev_1")


async def test_a_token_comes_with_credentials_of_the_courts_turn_servers(
    tmp_path: Path, store: Store
) -> None:
    config = demo_config(data=tmp_path / "data", port=free_port())
    prepare_folders(config)
    key = TokenKey.load(config.keys / "token.pem")
    turn = [TurnServer(("turns:turn.court.example:443?transport=tcp",), b"the-secret-of-the-turn-server")]
    made = Proceedings(
        config, store.events, SystemClock(), fresh_id, key, Channel(nothing, nothing, lambda sid: True), turn
    )
    try:
        await made.start()
        hearing = await made.draft(DRAFT, DESK)
        judge = next(hearing.with_role("presiding_judge"))
        minted = await made.mint_room_token(hearing.id, judge.id, "dev_1")
    finally:
        await made.stop()
    (server,) = minted.ice_servers
    expiry, _, name = server.username.partition(":")
    assert server.urls == list(turn[0].urls) and name == judge.id
    left_s = int(expiry) - SystemClock().now().timestamp()
    assert 0 <= LIFETIME.total_seconds() - left_s < 60
    until = datetime.fromtimestamp(int(expiry), UTC)
    assert (server.username, server.credential) == credentials(turn[0].secret, judge.id, until)
    assert "the-secret" not in minted.model_dump_json()


async def test_who_takes_a_document_out_of_the_record_is_noted(
    proceedings: Proceedings, store: Store
) -> None:
    """In a stream of its own, whole also where two do it in the same moment."""
    taken = [{"hearing": "hrg_1", "format": form, "sha256": form * 8} for form in ("json", "pdf")]
    await asyncio.gather(*(proceedings.note_export("hrg_1", DESK, one) for one in taken))
    noted = await store.events.read("exports:hrg_1")
    assert sorted(one.data["format"] for one in noted) == ["json", "pdf"]
    assert {(one.type, one.actor["name"]) for one in noted} == {("record_exported", DESK.name)}
    assert await store.events.verify("exports:hrg_1") is None
