"""Real SQLite files for the store's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from room_server.store.database import Database
from room_server.store.events import EventStore


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


@pytest.fixture
async def events(database: Database) -> AsyncIterator[EventStore]:
    store = EventStore(database)
    yield store
    await store.close()
