"""The event store: append-only streams with an expected version, the record of every proceeding.

An append that has returned is on disk. Appends that arrive while one is being synced share the next commit: a sync
costs milliseconds and its price does not depend on how many events it covers.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from room_server.store.chain import (
    GENESIS,
    NewEvent,
    StoredEvent,
    UnstorableEvent,
    canonical,
    first_bad_version,
    link,
)
from room_server.store.database import Database
from room_server.store.tables import EVENTS

__all__ = ["EventStore", "NewEvent", "StoredEvent", "UnstorableEvent", "VersionConflict"]

LARGEST_COMMIT = 200
"""Appends that share one commit, at most."""


class VersionConflict(Exception):
    """Somebody else appended to ``stream`` first: read it anew, decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream} is at version {actual}, not at the expected {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


@dataclass(slots=True)
class _Append:
    stream: str
    expected_version: int
    events: Sequence[NewEvent]
    done: asyncio.Future[list[StoredEvent]]


class EventStore:
    """All streams of one database. Safe for any number of tasks; :meth:`close` waits for what is under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Append] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    async def append(
        self, stream: str, expected_version: int, events: Sequence[NewEvent]
    ) -> list[StoredEvent]:
        """Append ``events`` to ``stream``, all or none; durable when this returns.

        ``expected_version`` is the number of events the caller has seen (0: the stream is new). Raises
        :class:`VersionConflict` where the stream has another, :class:`UnstorableEvent` for data that is not JSON or an
        id that is already used. Cancelling the caller does not undo an append whose commit has begun.
        """
        if self._closed:
            raise RuntimeError("the event store is closed")
        if not stream:
            raise ValueError("a stream needs a name")
        if not events:
            raise ValueError(f"nothing to append to {stream}")
        done: asyncio.Future[list[StoredEvent]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Append(stream, expected_version, list(events), done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_queue(), name="event-store-writer")
        return await done

    async def read(self, stream: str, after: int = 0) -> list[StoredEvent]:
        """The events of ``stream`` after version ``after``, in order; empty where there is no such stream."""
        query = (
            select(EVENTS)
            .where(EVENTS.c.stream == stream, EVENTS.c.version > after)
            .order_by(EVENTS.c.version)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_stored(row) for row in rows]

    async def streams(self, prefix: str = "") -> list[str]:
        """The names of the streams that start with ``prefix``, in the order of their names."""
        query = (
            select(EVENTS.c.stream)
            .where(EVENTS.c.version == 1, func.substr(EVENTS.c.stream, 1, len(prefix)) == prefix)
            .order_by(EVENTS.c.stream)
        )
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def verify(self, stream: str) -> int | None:
        """The first version whose entry was tampered with or is missing, or None where the chain holds."""
        return await asyncio.to_thread(first_bad_version, stream, await self.read(stream))

    async def close(self) -> None:
        """Wait for the appends under way and take no more. The database stays open."""
        self._closed = True
        if self._writing is not None:
            await asyncio.wait({self._writing})

    async def _write_queue(self) -> None:
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), LARGEST_COMMIT))]
                batch = [append for append in batch if not append.done.done()]
                if batch:
                    await self._commit(batch)
        finally:
            self._writing = None

    async def _commit(self, batch: list[_Append]) -> None:
        """Write the batch in one transaction and tell each caller its result once that is on disk."""
        results: list[tuple[_Append, list[StoredEvent] | Exception]] = []
        try:
            async with self._database.write() as connection:
                for append in batch:
                    results.append((append, await _write(connection, append)))
        except IntegrityError as error:
            if len(batch) > 1:
                # One of them is refused by the database, and took the others with it: each for itself, then.
                for append in batch:
                    await self._commit([append])
                return
            results = [(batch[0], UnstorableEvent(f"refused by the database: {error.orig}"))]
        except Exception as error:
            results = [(append, error) for append in batch]
        for append, result in results:
            if append.done.done():
                continue
            if isinstance(result, Exception):
                append.done.set_exception(result)
            else:
                append.done.set_result(result)


async def _write(connection: AsyncConnection, append: _Append) -> list[StoredEvent] | Exception:
    """Insert one append, or say why it must not be; what is returned counts only once the commit is done."""
    head = (
        await connection.execute(
            select(EVENTS.c.version, EVENTS.c.hash)
            .where(EVENTS.c.stream == append.stream)
            .order_by(EVENTS.c.version.desc())
            .limit(1)
        )
    ).first()
    version, prev_hash = (head.version, head.hash) if head is not None else (0, GENESIS)
    if version != append.expected_version:
        return VersionConflict(append.stream, append.expected_version, version)
    rows = []
    try:
        for entry in link(append.stream, version, prev_hash, append.events):
            rows.append(
                {
                    "stream": entry.stream,
                    "version": entry.version,
                    "id": entry.id,
                    "type": entry.type,
                    "at": entry.at,
                    "actor": canonical(entry.actor),
                    "data": canonical(entry.data),
                    "prev_hash": entry.prev_hash,
                    "hash": entry.hash,
                }
            )
    except UnstorableEvent as error:
        return error
    await connection.execute(EVENTS.insert(), rows)
    # From the written text, so that the caller has exactly what a later reader will have.
    return [_stored(row) for row in rows]


def _stored(row: RowMapping | dict[str, object]) -> StoredEvent:
    values = dict(row)
    values["actor"] = json.loads(str(values["actor"]))
    values["data"] = json.loads(str(values["data"]))
    return StoredEvent(**values)
