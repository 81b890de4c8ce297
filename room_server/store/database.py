"""One place that opens the database: connections with the settings that durability needs, and the migrations.

SQLite runs in WAL mode with ``synchronous=FULL``: a commit that has returned survives a power cut. There is one
writing connection for the whole process, because SQLite has one writer anyway: waiting for it in a fair queue is
shorter and more even than colliding and polling. Readers have connections of their own and are never blocked by it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

BUSY_TIMEOUT_MS = 10_000
READERS = 4


class Database:
    """The engines of one database. Create with :meth:`open`; :meth:`close` when done."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open ``url`` (``sqlite+aiosqlite:///path``), after bringing its tables up to date."""
        await migrate(url)
        parsed = _checked(url)
        sizes = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 30}
        writer = create_async_engine(parsed, **sizes)
        reader = create_async_engine(parsed, pool_size=READERS, max_overflow=READERS)
        _configure(writer, begin="BEGIN IMMEDIATE", query_only=False)
        _configure(reader, begin="BEGIN", query_only=True)
        return cls(writer, reader)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed, and durable, when the block ends without an error."""
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent snapshot for reading; writing in it is an error."""
        async with self._reader.connect() as connection:
            yield connection

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()

    async def backup(self, target: Path) -> None:
        """Write a consistent copy of the whole database to ``target`` while the server runs.

        Raises :class:`FileExistsError` rather than writing over an earlier backup.
        """
        source = Path(str(self._reader.url.database))
        await asyncio.to_thread(_copy, source, target)


def _copy(source: Path, target: Path) -> None:
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise FileExistsError(f"{target} exists already; name a new file for the backup") from None
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
        database.backup(copy)


def sqlite_url(path: Path) -> str:
    """The URL of the SQLite database in file ``path``."""
    return URL.create("sqlite+aiosqlite", database=str(path)).render_as_string()


async def migrate(url: str) -> None:
    """Bring the tables of the database at ``url`` to the newest version; creates the database where there is none."""
    parsed = _checked(url)
    _create_private(parsed)
    engine = create_async_engine(parsed, poolclass=NullPool)
    _configure(engine, begin="BEGIN IMMEDIATE", query_only=False)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "room_server:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _checked(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername != "sqlite+aiosqlite":
        raise ValueError(f"database URL starts with {parsed.drivername}; allowed is sqlite+aiosqlite")
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("the database must be a file: a record kept in memory would be lost")
    return parsed


def _create_private(url: URL) -> None:
    """Create the file readable by its owner only; SQLite gives its journal files the same mode."""
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _configure(engine: AsyncEngine, *, begin: str, query_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver would otherwise open transactions by its own rules; "begin" below decides.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_isolation_level() != "AUTOCOMMIT":
            connection.exec_driver_sql(begin)
