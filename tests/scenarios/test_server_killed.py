"""The server dies in mid-hearing, is started again, and the hearing goes on with the same people in the same places."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from recording import keys
from recording.journal import read_manifest
from recording.verify import verify
from room_server.config import Config
from room_server.demo import LINKS_NAME, Demo, _read
from room_server.demonstration import demo_config, free_port
from room_server.store.database import sqlite_url
from room_server.store.events import StoredEvent
from room_server.store.register import Store
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.picture import PictureSource
from room_server.synthetic.stage import id_of
from room_server.synthetic.tone import Tone
from room_server.synthetic.visitor import own_session
from tests.scenarios.server_process import ServerProcess, runs
from tests.scenarios.story import PATIENCE_S, TONES_HZ, eventually, fresh

pytestmark = pytest.mark.scenario
ROLES = ("judge", "clerk", "claimant", "respondent")


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    return demo_config(data=tmp_path / "data", port=free_port())


@pytest.fixture
async def server(config: Config) -> AsyncIterator[ServerProcess]:
    process = ServerProcess(config.web.port, config.data)
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def demo(server: ServerProcess, config: Config) -> Demo:
    read = _read(config.data / LINKS_NAME)
    assert read is not None
    return read


@pytest.fixture
async def people(server: ServerProcess, demo: Demo) -> AsyncIterator[dict[str, SyntheticParticipant]]:
    async with AsyncExitStack() as exits:
        made = {}
        for number, role in enumerate(ROLES):
            made[role] = SyntheticParticipant(
                server.url,
                name=role,
                session=await exits.enter_async_context(own_session()),
                picture=PictureSource(role, width=160, height=120, fps=10, hue=number / 4),
                tone=Tone(TONES_HZ[number]),
                listen_for_hz=TONES_HZ,
            )
            exits.push_async_callback(made[role].stop)
        for role in ("judge", "clerk"):
            await made[role].visitor.sign_in(role, demo.password)
            await made[role].enter(demo.hearing)
        for role in ("claimant", "respondent"):
            await made[role].accept(demo.link(role).path, demo.link(role).code)
        yield made


async def test_a_killed_server_loses_nothing_and_the_hearing_goes_on(
    server: ServerProcess, config: Config, demo: Demo, people: dict[str, SyntheticParticipant]
) -> None:
    await _open(people)
    folder = config.recordings / demo.hearing
    await eventually(lambda: _count(folder, "segment") >= 4, "something is recorded")
    children = server.children()
    assert len(children) == 2, "a relay worker and a recorder"

    await people["respondent"].request("raise_hand")
    await server.kill()
    await eventually(lambda: not any(runs(pid) for pid in children), "relay and recorder end by themselves")
    before = await _stored(config, demo.hearing)
    assert before[-1].type == "hand_raised", "what was acknowledged is stored"
    await server.start()

    for person in people.values():
        await person.wait_until(lambda p=person: p.connections == 2, PATIENCE_S)  # type: ignore[misc]
        await person.wait_for(
            lambda view: view.phase.name == "in_session" and view.me.place == "main", PATIENCE_S
        )
        assert person.terminated is None
    assert people["respondent"].view.me.hand_raised_at is not None
    for viewer in people.values():
        for other in people.values():
            if viewer is not other:
                await fresh(viewer, other)
    after = await _stored(config, demo.hearing)
    assert after[: len(before)] == before, "every acknowledged event is there"
    assert "server_restart_noted" in [event.type for event in after[len(before) :]]
    await people["judge"].wait_for(lambda view: view.recording.state == "recording", PATIENCE_S)

    segments = _count(folder, "segment")
    await eventually(lambda: _count(folder, "segment") > segments + 4, "it is recorded again")
    phases = [event.data.get("phase_to") for event in await _stored(config, demo.hearing)]
    assert "suspended_technical" not in phases, "it went on without anybody's doing"
    await people["judge"].request("close_hearing")
    for person in people.values():
        assert (await person.wait_terminated(PATIENCE_S)).reason == "closed"
    await eventually(lambda: _archived(config, demo.hearing), "it is archived", 120)
    await _check(config, demo, folder)


async def _open(people: dict[str, SyntheticParticipant]) -> None:
    clerk, judge = people["clerk"], people["judge"]
    for person in people.values():
        await person.join(PATIENCE_S)
    for role in ("claimant", "respondent"):
        who = {"participant_id": id_of(people[role])}
        await clerk.request("begin_check", who)
        await clerk.request("verify_identity", {**who, "method": "id_card_shown"})
        await clerk.request("admit", who)
    for absent in [one for one in clerk.view.desk or [] if one.role == "counsel"]:
        await clerk.request("note_absent", {"participant_id": absent.id})
    await judge.wait_for(lambda view: view.phase.name == "ready")
    await judge.request("open_session")
    for viewer in people.values():
        for other in people.values():
            if viewer is not other:
                await fresh(viewer, other)


def _count(folder: Path, kind: str) -> int:
    return sum(entry.kind == kind for entry in read_manifest(folder))


async def _stored(config: Config, hearing: str) -> list[StoredEvent]:
    """Read beside the server, as an administrator's tool would."""
    store = await Store.open(sqlite_url(config.database))
    try:
        assert await store.events.verify(hearing) is None
        return await store.events.read(hearing)
    finally:
        await store.close()


async def _archived(config: Config, hearing: str) -> bool:
    last = (await _stored(config, hearing))[-1]
    return last.type == "phase_changed" and last.data["phase_to"] == "archived"


async def _check(config: Config, demo: Demo, folder: Path) -> None:
    entries = read_manifest(folder)
    assert "server_restart" in [entry.data["cause"] for entry in entries if entry.kind == "gap"]
    hashes = {e.data.get("sequence"): e.data.get("hash") for e in entries if e.kind == "event"}
    stored = await _stored(config, demo.hearing)
    closed = next(n for n, event in enumerate(stored) if event.data.get("phase_to") == "closed")
    missing = [event.type for event in stored[: closed + 1] if hashes.get(event.version) != event.hash]
    assert not missing, f"stored events that the manifest lacks: {missing}"
    report = verify(folder, keys.load(config.keys / "record.pem").public_raw)
    assert report.ok and report.closed, report.first_problem
