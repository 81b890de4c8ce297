from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from room_server.store.database import Database, migrate, sqlite_url
from room_server.store.events import EventStore, NewEvent
from room_server.store.tables import METADATA


async def test_settings_of_every_connection(database: Database) -> None:
    async with database.write() as connection:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar() == value
        assert (await connection.execute(text("PRAGMA busy_timeout"))).scalar() == 10_000
    async with database.read() as connection:
        with pytest.raises(OperationalError, match="readonly"):
            await connection.execute(text("DELETE FROM events"))


async def test_the_tables_are_what_the_migrations_create(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), METADATA)  # type: ignore[return-value]

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "folder" / "yunting.sqlite")
    await migrate(url)
    await migrate(url)
    mode = stat.S_IMODE((tmp_path / "folder" / "yunting.sqlite").stat().st_mode)
    assert mode == 0o600


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql+asyncpg://localhost/yunting", "allowed is sqlite"),
        ("sqlite+aiosqlite://", "must be a file"),
        ("sqlite+aiosqlite:///:memory:", "must be a file"),
    ],
)
async def test_other_databases_are_refused(url: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        await Database.open(url)


async def test_a_failed_write_leaves_nothing(database: Database, events: EventStore) -> None:
    with pytest.raises(RuntimeError, match="half way"):
        async with database.write() as connection:
            await connection.execute(
                text("INSERT INTO events VALUES ('hrg_1', 1, 'e', 't', 'a', '{}', '{}', :genesis, 'h')"),
                {"genesis": "0" * 64},
            )
            raise RuntimeError("half way")
    assert await events.read("hrg_1") == []


async def test_a_backup_holds_what_is_committed(
    database: Database, events: EventStore, tmp_path: Path
) -> None:
    await events.append("hrg_1", 0, [NewEvent("evt_1", "Noted", "2026-11-23T10:00:00+08:00", {}, {})])
    await database.backup(tmp_path / "backup.sqlite")
    copy = sqlite3.connect(tmp_path / "backup.sqlite")
    assert copy.execute("SELECT stream, version FROM events").fetchall() == [("hrg_1", 1)]
    copy.close()
    with pytest.raises(FileExistsError, match="exists already"):
        await database.backup(tmp_path / "backup.sqlite")
