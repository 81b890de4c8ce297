"""Real SQLite files for the store's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from room_server.store.database import Database, sqlite_url
from room_server.store.events import EventStore


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(sqlite_url(tmp_path / "yunting.sqlite"))
    yield database
    await database.close()


@pytest.fixture
async def events(database: Database) -> AsyncIterator[EventStore]:
    store = EventStore(database)
    yield store
    await store.close()
