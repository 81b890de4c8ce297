"""Everything the server stores in its database, opened together."""

from __future__ import annotations

from dataclasses import dataclass

from room_server.store.accounts import Accounts
from room_server.store.cases import Cases
from room_server.store.database import Database
from room_server.store.devices import Devices
from room_server.store.drafts import Drafts
from room_server.store.events import EventStore
from room_server.store.invitations import Invitations


@dataclass(frozen=True, slots=True)
class Store:
    """Open with :meth:`open`, which also migrates; :meth:`close` waits for appends under way."""

    database: Database
    events: EventStore
    accounts: Accounts
    cases: Cases
    devices: Devices
    invitations: Invitations
    drafts: Drafts

    @classmethod
    async def open(cls, url: str) -> Store:
        database = await Database.open(url)
        return cls(
            database=database,
            events=EventStore(database),
            accounts=Accounts(database),
            cases=Cases(database),
            devices=Devices(database),
            invitations=Invitations(database),
            drafts=Drafts(database),
        )

    async def close(self) -> None:
        await self.events.close()
        await self.database.close()
