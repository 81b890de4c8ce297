"""Appends events until it is killed, and prints each version only once the store has acknowledged it."""

from __future__ import annotations

import asyncio
import sys

from room_server.store.database import Database
from room_server.store.events import EventStore, NewEvent


async def main(url: str) -> None:
    store = EventStore(await Database.open(url))
    for version in range(100_000):
        event = NewEvent(f"evt_{version}", "Noted", "2026-11-23T10:00:00+08:00", {}, {"number": version})
        [stored] = await store.append("hrg_1", version, [event])
        print(stored.version, stored.hash, flush=True)


asyncio.run(main(sys.argv[1]))
