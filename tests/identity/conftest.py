"""Identity over a real store, with a clock that the test moves and cheap hashing."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import argon2
import pytest

from room_server.identity.passwords import Hashing
from room_server.identity.service import Identity
from room_server.store.register import Store


@dataclass
class MovedClock:
    """Stands still until :meth:`move`."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
    passed_s: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.passed_s

    def move(self, by: timedelta) -> None:
        self.at += by
        self.passed_s += by.total_seconds()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()


@pytest.fixture
def identity(store: Store, clock: MovedClock) -> Identity:
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Identity.over(store, clock, secrets.token_bytes, Hashing(cheap))
