"""The server of a test: started in this process on free ports, with its staff, its record and its relay's counts."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from room_server.app import Server, start_server
from room_server.config import MediaSettings
from room_server.demo import Demo, seed
from room_server.demonstration import demo_config, free_port
from room_server.domain.model import Hearing
from room_server.store.events import StoredEvent


@dataclass(slots=True)
class Court:
    """A running server. ``accounts`` maps a user name to its account id."""

    server: Server
    accounts: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    async def hire(self, username: str, name: str, role: str) -> str:
        """A new account; the path of its one-time sign-in link."""
        staff = self.server.services.identity.staff
        account = await staff.create(username, name, [role])
        self.accounts[username] = account.id
        return f"/sign-in/link#{await staff.sign_in_secret(account.id)}"

    async def seed(self, *, open_lobby: bool = True) -> Demo:
        """The demonstration's case and links."""
        return await seed(self.server, open_lobby=open_lobby)

    async def hearing(self, hearing: str) -> Hearing:
        return await self.server.proceedings.get(hearing)

    async def record(self, hearing: str) -> list[StoredEvent]:
        return await self.server.services.store.events.read(hearing)

    async def relay(self, hearing: str) -> dict[str, Any]:
        """The relay's own counts: {"producers", "edges", ...}."""
        room = self.server.proceedings.room(hearing)
        assert room is not None, "the hearing has no courtroom"
        return await room.tracks.stats()

    def recording(self, hearing: str) -> Path:
        return self.server.proceedings.archive.directory(hearing)


def new_password() -> str:
    return secrets.token_urlsafe(12)


@asynccontextmanager
async def running_court(
    data: Path, media: Mapping[str, Any] | None = None, *, lan: bool = False
) -> AsyncIterator[Court]:
    """``media``: settings of the section of that name that replace the demonstration's. ``lan``: with TLS, on the
    primary address, for browsers elsewhere.
    """
    config = demo_config(data=data, port=free_port(), lan=lan)
    if media:
        changed = MediaSettings.model_validate(config.media.model_dump() | dict(media))
        config = config.model_copy(update={"media": changed})
    server = await start_server(config)
    try:
        yield Court(server)
    finally:
        await server.stop()
