from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from room_server.store.database import Database, sqlite_url
from room_server.store.events import EventStore, NewEvent, UnstorableEvent, VersionConflict

ROOT = Path(__file__).parents[2]


def event(number: int, **data: object) -> NewEvent:
    actor = {"kind": "staff", "id": "acc_1"}
    return NewEvent(f"evt_{number}", "Noted", "2026-11-23T10:00:00+08:00", actor, {"number": number, **data})


async def test_what_is_appended_is_read_back(events: EventStore) -> None:
    first = await events.append("hrg_1", 0, [event(1), event(2, name="张三", ratio=1.0)])
    second = await events.append("hrg_1", 2, [event(3)])
    assert [entry.version for entry in first + second] == [1, 2, 3]
    assert await events.read("hrg_1") == first + second
    assert await events.read("hrg_1", after=2) == second
    assert await events.read("hrg_unknown") == []
    assert await events.verify("hrg_1") is None


async def test_a_stale_writer_is_refused_and_writes_nothing(events: EventStore) -> None:
    await events.append("hrg_1", 0, [event(1)])
    with pytest.raises(VersionConflict) as caught:
        await events.append("hrg_1", 0, [event(2)])
    assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("hrg_1", 0, 1)
    assert len(await events.read("hrg_1")) == 1


async def test_of_many_writers_with_the_same_version_exactly_one_wins(events: EventStore) -> None:
    results = await asyncio.gather(
        *(events.append("hrg_1", 0, [event(n)]) for n in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, list) for result in results) == 1
    assert sum(isinstance(result, VersionConflict) for result in results) == 19


async def test_appends_in_one_commit_fail_alone(events: EventStore) -> None:
    """An id used twice and data that is not JSON are refused; the appends beside them are written."""
    results = await asyncio.gather(
        events.append("hrg_1", 0, [event(1)]),
        events.append("hrg_2", 0, [event(1)]),
        events.append("hrg_3", 0, [event(3, bad=float("nan"))]),
        events.append("hrg_4", 0, [event(4)]),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [list, UnstorableEvent, UnstorableEvent, list]
    assert await events.streams("hrg_") == ["hrg_1", "hrg_4"]


async def test_a_second_owner_of_a_stream_is_fenced_off(database: Database, events: EventStore) -> None:
    """Two stores over one database, as after a take-over: whoever has not seen the last event is refused."""
    other = EventStore(database)
    await events.append("hrg_1", 0, [event(1)])
    await other.append("hrg_1", 1, [event(2)])
    with pytest.raises(VersionConflict) as caught:
        await events.append("hrg_1", 1, [event(3)])
    assert caught.value.actual == 2
    await events.append("hrg_1", 2, [event(4)])
    with pytest.raises(VersionConflict):
        await other.append("hrg_1", 2, [event(5)])
    results = await asyncio.gather(
        other.append("hrg_1", 3, [event(6)]),
        other.append("hrg_1", 4, [event(7)]),
        other.append("hrg_2", 0, [event(8)]),
    )
    assert [result[0].version for result in results] == [4, 5, 1]
    assert await events.verify("hrg_1") is None
    await other.close()


async def test_streams_are_listed_by_prefix(events: EventStore) -> None:
    for number, stream in enumerate(("hrg_2", "hrg_1", "HRG_3", "case_1", "hrgX")):
        await events.append(stream, 0, [event(number)])
    assert await events.streams("hrg_") == ["hrg_1", "hrg_2"]
    assert await events.streams("%") == []
    assert len(await events.streams()) == 5


async def test_nothing_to_append_and_a_closed_store_are_errors(events: EventStore) -> None:
    with pytest.raises(ValueError, match="nothing to append to hrg_1"):
        await events.append("hrg_1", 0, [])
    await events.close()
    with pytest.raises(RuntimeError, match="closed"):
        await events.append("hrg_1", 0, [event(1)])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = '{}' WHERE version = 1",
        "DELETE FROM events WHERE version = 2",
        "INSERT OR REPLACE INTO events SELECT stream, 1, 'evt_9', type, at, actor, data, prev_hash, hash "
        "FROM events WHERE version = 1",
        "INSERT OR REPLACE INTO events SELECT 'hrg_2', 1, id, type, at, actor, data, prev_hash, hash "
        "FROM events WHERE version = 1",
        "INSERT INTO events SELECT stream, 4, 'evt_9', type, at, actor, data, prev_hash, hash "
        "FROM events WHERE version = 2",
        "INSERT INTO events SELECT stream, 3, 'evt_9', type, at, actor, data, prev_hash, hash "
        "FROM events WHERE version = 2",
    ],
)
async def test_the_database_itself_refuses_to_change_the_record(
    events: EventStore, tmp_path: Path, statement: str
) -> None:
    await events.append("hrg_1", 0, [event(1), event(2)])
    raw = sqlite3.connect(tmp_path / "yunting.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    raw.close()
    assert await events.verify("hrg_1") is None


async def test_tampering_around_the_triggers_is_found(events: EventStore, tmp_path: Path) -> None:
    await events.append("hrg_1", 0, [event(n) for n in range(5)])
    raw = sqlite3.connect(tmp_path / "yunting.sqlite")
    raw.execute("DROP TRIGGER events_never_updated")
    raw.execute("UPDATE events SET data = replace(data, '2', '7') WHERE version = 3")
    raw.commit()
    raw.close()
    assert await events.verify("hrg_1") == 3


async def test_every_acknowledged_event_survives_kill_nine(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "yunting.sqlite")
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("appender.py")),
        url,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    acknowledged = [await asyncio.wait_for(child.stdout.readline(), 60) for _ in range(50)]
    child.send_signal(signal.SIGKILL)
    acknowledged += (await child.stdout.read()).splitlines(keepends=True)
    await child.wait()
    whole = [line.decode().split() for line in acknowledged if line.endswith(b"\n")]
    assert len(whole) >= 50

    database = await Database.open(url)
    store = EventStore(database)
    stored = await store.read("hrg_1")
    assert [[str(e.version), e.hash] for e in stored][: len(whole)] == whole
    assert await store.verify("hrg_1") is None
    await store.append("hrg_1", len(stored), [event(200_000)])
    await store.close()
    await database.close()
