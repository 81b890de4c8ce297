"""Device sessions, and which participations each of them holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from room_server.store.database import Database
from room_server.store.tables import DEVICE_SESSIONS, INVITATIONS, PARTICIPATIONS


@dataclass(frozen=True, slots=True)
class DeviceSession:
    """One browser. ``account_id`` is the staff account signed in on it until ``account_until``, if any."""

    id: str
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    account_id: str | None = None
    account_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """A device session's hold on a participant: by an accepted invitation, or by a staff account.

    ``revoked`` says that the invitation was taken back (or replaced) since.
    """

    device_id: str
    participant_id: str
    hearing_id: str
    invitation_id: str | None
    account_id: str | None
    since: datetime
    revoked: bool = False


class Devices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: DeviceSession) -> None:
        values = {
            "id": session.id,
            "secret_hash": session.secret_hash,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
            "account_id": session.account_id,
            "account_until": session.account_until,
        }
        async with self._database.write() as connection:
            await connection.execute(DEVICE_SESSIONS.insert().values(values))

    async def by_secret(self, secret_hash: str, at: datetime) -> DeviceSession | None:
        """The session with this cookie, unless it has expired at ``at``."""
        query = select(DEVICE_SESSIONS).where(
            DEVICE_SESSIONS.c.secret_hash == secret_hash, DEVICE_SESSIONS.c.expires_at > at
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else DeviceSession(**row)

    async def sign_in(self, device_id: str, secret_hash: str, account_id: str, until: datetime) -> None:
        """Put a staff account on the session, under a new cookie."""
        values = {"secret_hash": secret_hash, "account_id": account_id, "account_until": until}
        await self._update(device_id, values)

    async def sign_out(self, device_id: str) -> None:
        """Take the staff account off the session, and the participations it was given with it."""
        async with self._database.write() as connection:
            await connection.execute(
                delete(PARTICIPATIONS).where(
                    PARTICIPATIONS.c.device_id == device_id, PARTICIPATIONS.c.account_id.is_not(None)
                )
            )
            await connection.execute(
                update(DEVICE_SESSIONS)
                .where(DEVICE_SESSIONS.c.id == device_id)
                .values(account_id=None, account_until=None)
            )

    async def sign_out_everywhere(self, account_id: str, but: str | None) -> None:
        """Take the account, and the participations given with it, off every session save ``but``."""
        sessions = update(DEVICE_SESSIONS).where(DEVICE_SESSIONS.c.account_id == account_id)
        held = delete(PARTICIPATIONS).where(PARTICIPATIONS.c.account_id == account_id)
        if but is not None:
            sessions = sessions.where(DEVICE_SESSIONS.c.id != but)
            held = held.where(PARTICIPATIONS.c.device_id != but)
        async with self._database.write() as connection:
            await connection.execute(sessions.values(account_id=None, account_until=None))
            await connection.execute(held)

    async def hold(self, participation: Participation) -> None:
        """Note that the session holds the participation; a second time replaces the first."""
        values = {
            "device_id": participation.device_id,
            "participant_id": participation.participant_id,
            "hearing_id": participation.hearing_id,
            "invitation_id": participation.invitation_id,
            "account_id": participation.account_id,
            "since": participation.since,
        }
        statement = insert(PARTICIPATIONS).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["device_id", "participant_id"],
            set_={"invitation_id": participation.invitation_id, "account_id": participation.account_id},
        )
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def held(self, device_id: str, participant_id: str) -> Participation | None:
        query = _HELD.where(
            PARTICIPATIONS.c.device_id == device_id, PARTICIPATIONS.c.participant_id == participant_id
        )
        found = await self._read(query)
        return found[0] if found else None

    async def holdings(self, device_id: str) -> Sequence[Participation]:
        """All the session holds, the newest first."""
        query = _HELD.where(PARTICIPATIONS.c.device_id == device_id)
        return await self._read(query.order_by(PARTICIPATIONS.c.since.desc()))

    async def remove_expired(self, at: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(DEVICE_SESSIONS).where(DEVICE_SESSIONS.c.expires_at <= at))

    async def _update(self, device_id: str, values: dict[str, object]) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(DEVICE_SESSIONS).where(DEVICE_SESSIONS.c.id == device_id).values(values)
            )

    async def _read(self, query: Select[Any]) -> list[Participation]:
        async with self._database.read() as connection:
            return [Participation(**row) for row in (await connection.execute(query)).mappings()]


_HELD = select(PARTICIPATIONS, INVITATIONS.c.revoked_at.is_not(None).label("revoked")).select_from(
    PARTICIPATIONS.outerjoin(INVITATIONS, PARTICIPATIONS.c.invitation_id == INVITATIONS.c.id)
)
