"""Shared test configuration. Tests mirror the source tree; whole hearings live in tests/scenarios, browsers in tests/e2e."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from room_server.store.database import migrate, sqlite_url

# Both bounds measure the clock of a machine that does other things meanwhile; what hangs is ended by the test's timeout.
settings.register_profile(
    "yunting", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("yunting")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and nothing in them; its journal is written back, so that the file is all of it."""
    path = tmp_path_factory.mktemp("database") / "yunting.sqlite"
    asyncio.run(migrate(sqlite_url(path)))
    return path


@pytest.fixture
def database_url(tmp_path: Path, empty_database: Path) -> str:
    """Of the test's own empty database: copied, because making the tables takes longer than most tests."""
    return sqlite_url(Path(shutil.copy(empty_database, tmp_path / "yunting.sqlite")))
