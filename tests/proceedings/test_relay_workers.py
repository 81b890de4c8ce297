"""Hearings on several real relay workers: when they take a place, and what they do when it is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from room_server.app import prepare_folders
from room_server.clock import SystemClock
from room_server.demonstration import demo_config, free_port
from room_server.domain import commands as c
from room_server.proceedings.courtroom import Channel
from room_server.proceedings.gateway import Gateway
from room_server.proceedings.service import Proceedings
from room_server.relay import pool as pool_module
from room_server.relay.channel import RelayError
from room_server.relay.pool import WorkerState
from room_server.store.database import sqlite_url
from room_server.store.register import Store
from signaling import messages as m
from signaling.handler import RequestRefused
from signaling.tokens import TokenKey
from tests.proceedings.conftest import DESK, DRAFT, House, fresh_id
from tests.scenarios.story import eventually, with_workers

ONE, TWO, THREE = "hrg_aaaaaaaaaaaaaaaa", "hrg_bbbbbbbbbbbbbbbb", "hrg_cccccccccccccccc"


async def nothing(*_: Any) -> None:
    return None


@pytest.fixture
async def proceedings(tmp_path: Path) -> AsyncIterator[Proceedings]:
    store = await Store.open(sqlite_url(tmp_path / "yunting.sqlite"))
    config = with_workers(demo_config(data=tmp_path / "data", port=free_port()), 2)
    prepare_folders(config)
    key = TokenKey.load(config.keys / "token.pem")
    channel = Channel(nothing, nothing, lambda sid: True)
    made = Proceedings(config, store.events, SystemClock(), fresh_id, key, channel)
    await made.start()
    yield made
    await made.stop()
    await store.close()


async def opened(proceedings: Proceedings, hearing: str) -> House:
    """A hearing whose lobby is open, with the judge and the clerk connected; nobody has asked for media."""
    await proceedings.draft(replace(DRAFT, hearing_id=hearing), DESK)
    room = proceedings.room(hearing)
    assert room is not None
    house = House(proceedings._store, proceedings._around, room, Gateway(proceedings.room))
    await house.lobby()
    for name in ("judge", "clerk"):
        await house.connect(name, sid(house, name))
    return house


def sid(house: House, name: str) -> str:
    return f"{house.room.hearing_id}:{name}"


async def joined(house: House, name: str = "judge") -> dict[str, Any]:
    """The first requests of a page; the transport that it sends over."""
    await house.gateway.request(sid(house, name), m.GetRouterCapabilities())
    made = await house.gateway.request(sid(house, name), m.CreateTransport(direction="send"))
    assert isinstance(made, dict)
    return made


def worker(house: House) -> WorkerState | None:
    return house.around.relays.worker_of(house.room.hearing_id)


def number(house: House) -> int | None:
    found = worker(house)
    return None if found is None else found.worker


async def kinds(house: House) -> list[str]:
    return [one.type for one in await house.store.read(house.room.hearing_id)]


def kill(state: WorkerState | None) -> None:
    assert state is not None and state.pid is not None
    os.kill(state.pid, signal.SIGKILL)


async def test_a_hearing_has_a_place_from_its_first_request_for_media_to_its_end(
    proceedings: Proceedings,
) -> None:
    one, two, three = [await opened(proceedings, hearing) for hearing in (ONE, TWO, THREE)]
    assert [number(house) for house in (one, two, three)] == [None, None, None]
    for house in (one, two, three):
        await joined(house)
    assert [number(house) for house in (one, two, three)] == [1, 2, 1]
    assert [state.hearings for state in proceedings.relay_workers()] == [2, 1]
    await two.do(DESK, c.CancelHearing("a power cut"))
    await two.settled()
    assert number(two) is None and two.room.live.transports == {}


async def test_whom_the_graph_lets_hear_whom_is_known_where_media_begin(proceedings: Proceedings) -> None:
    house = await opened(proceedings, ONE)
    await house.do("judge", c.SetMicrophone(on=True))
    await joined(house)
    stats = await house.room.tracks.stats()
    assert stats["graph_version"] == 1, "one graph, and that the latest"


async def test_the_death_of_a_worker_is_in_the_record_of_its_own_hearings_only(
    proceedings: Proceedings,
) -> None:
    one, two = [await opened(proceedings, hearing) for hearing in (ONE, TWO)]
    for house in (one, two):
        await joined(house)
    before = [(house.room.live.media_generation, dict(house.room.live.transports)) for house in (one, two)]
    kill(worker(one))
    await eventually(lambda: one.room.live.media_generation != before[0][0], "the pages are told")
    assert number(one) == 2 and one.room.live.transports == {}
    assert (await kinds(one))[-2:] == ["relay_interrupted", "relay_recovered"]
    assert (await one.room.tracks.stats())["graph_version"] is not None, "the graph was there before anybody"
    made = await joined(one)
    assert {candidate["port"] for candidate in made["iceCandidates"]} == {proceedings.relay_workers()[1].port}

    assert (two.room.live.media_generation, two.room.live.transports) == before[1]
    assert "relay_interrupted" not in await kinds(two)
    (transport,) = two.room.live.transports
    await two.gateway.request(sid(two, "judge"), m.RestartIce(transport_id=transport))


async def test_while_no_worker_runs_hearings_wait_and_lose_nothing_that_was_decided(
    proceedings: Proceedings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "restart_delay_s", lambda failures: 3600.0)
    house = await opened(proceedings, ONE)
    await house.do("judge", c.SetMicrophone(on=True))
    await joined(house)
    for state in proceedings.relay_workers():
        kill(state)
    await eventually(lambda: house.hearing.relay_lost_since is not None, "the loss is on the record")
    await eventually(lambda: all(one.pid is None for one in proceedings.relay_workers()), "both are gone")
    with pytest.raises(RequestRefused) as caught:
        await joined(house)
    assert caught.value.error.code == "relay_unavailable"
    await house.do("judge", c.SetMicrophone(on=False))

    sent = []
    worker_two = proceedings.relays._workers[1]
    told = worker_two.client.set_graph

    async def set_graph(**asked: Any) -> None:
        sent.append(asked)
        await told(**asked)

    monkeypatch.setattr(worker_two.client, "set_graph", set_graph)
    await proceedings.relays._start(worker_two)
    await eventually(lambda: house.hearing.relay_lost_since is None, "media are possible again")
    assert number(house) == 2 and [one["room"] for one in sent] == [ONE]
    assert (house["judge"].id, "microphone") in sent[0]["graph"].muted
    await joined(house)


async def test_a_worker_that_does_not_obey_is_ended_and_no_other(
    proceedings: Proceedings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = [await opened(proceedings, hearing) for hearing in (ONE, TWO)]
    for house in (one, two):
        await joined(house)
    first, second = proceedings.relay_workers()

    async def deaf(**asked: Any) -> None:
        raise RelayError("relay_timeout", "it does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(proceedings.relays.place(TWO).client, "set_graph", deaf)
        await two.do("judge", c.SetMicrophone(on=not two["judge"].microphone_on))
    await eventually(lambda: two.hearing.relay_lost_since is None and number(two) == 1, "it is placed anew")
    assert "relay_recovered" in await kinds(two) and "relay_interrupted" not in await kinds(one)
    await eventually(lambda: proceedings.relay_workers()[1].pid not in (None, second.pid), "a new process")
    assert proceedings.relay_workers()[0].pid == first.pid


async def test_who_ends_while_no_worker_runs_takes_no_place_afterwards(
    proceedings: Proceedings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "restart_delay_s", lambda failures: 3600.0)
    house = await opened(proceedings, ONE)
    await joined(house)
    for state in proceedings.relay_workers():
        kill(state)
    await eventually(lambda: house.hearing.relay_lost_since is not None, "the loss is on the record")
    await house.do(DESK, c.CancelHearing("a power cut"))
    await house.settled()
    await proceedings.relays._start(proceedings.relays._workers[0])
    other = await opened(proceedings, TWO)
    await joined(other)
    assert number(other) == 1 and number(house) is None
    assert proceedings.relay_workers()[0].hearings == 1
