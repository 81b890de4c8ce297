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

Head = tuple[int, str]
"""Version and hash of the last event of a stream."""


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
    again: bool = False


class EventStore:
    """All streams of one database. Safe for any number of tasks; :meth:`close` waits for what is under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Append] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._closed = False
        # Spares a query per append. Should another process write, the database refuses what does not follow.
        self._heads: dict[str, Head] = {}

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
        try:
            async with self._database.write() as connection:
                results, heads = await self._write(connection, batch)
        except Exception as error:
            for append in batch:
                self._heads.pop(append.stream, None)
            if isinstance(error, IntegrityError) and (len(batch) > 1 or not batch[0].again):
                # One is refused by the database and took the others with it, or somebody else wrote to the stream
                # since its head was remembered: each for itself, then, with the head as it is.
                for append in batch:
                    append.again = len(batch) == 1
                    await self._commit([append])
                return
            if isinstance(error, IntegrityError):
                error = UnstorableEvent(f"refused by the database: {error.orig}")
            results = [error for _ in batch]
        else:
            self._heads.update(heads)
        for append, result in zip(batch, results, strict=True):
            if append.done.done():
                continue
            if isinstance(result, Exception):
                append.done.set_exception(result)
            else:
                append.done.set_result(result)

    async def _write(
        self, connection: AsyncConnection, batch: list[_Append]
    ) -> tuple[list[list[StoredEvent] | Exception], dict[str, Head]]:
        """Insert what may be inserted, all at once; what is returned counts only once the commit is done."""
        heads: dict[str, Head] = {}
        rows: list[dict[str, object]] = []
        results: list[list[StoredEvent] | Exception] = []
        for append in batch:
            head = heads.get(append.stream) or self._heads.get(append.stream)
            if head is None or (head[0] != append.expected_version and append.stream not in heads):
                head = await _read_head(connection, append.stream)
            if head[0] != append.expected_version:
                results.append(VersionConflict(append.stream, append.expected_version, head[0]))
                continue
            try:
                entries = link(append.stream, *head, append.events)
                written = [_row(entry) for entry in entries]
            except UnstorableEvent as error:
                results.append(error)
                continue
            heads[append.stream] = (entries[-1].version, entries[-1].hash)
            rows.extend(written)
            # From the written text, so that the caller has exactly what a later reader will have.
            results.append([_stored(row) for row in written])
        if rows:
            await connection.execute(EVENTS.insert(), rows)
        return results, heads


async def _read_head(connection: AsyncConnection, stream: str) -> Head:
    head = (
        await connection.execute(
            select(EVENTS.c.version, EVENTS.c.hash)
            .where(EVENTS.c.stream == stream)
            .order_by(EVENTS.c.version.desc())
            .limit(1)
        )
    ).first()
    return (0, GENESIS) if head is None else (head.version, head.hash)


def _row(entry: StoredEvent) -> dict[str, object]:
    return {
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


def _stored(row: RowMapping | dict[str, object]) -> StoredEvent:
    values = dict(row)
    values["actor"] = json.loads(str(values["actor"]))
    values["data"] = json.loads(str(values["data"]))
    return StoredEvent(**values)
