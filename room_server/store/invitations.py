"""Invitations of participants: the links by which people come to a hearing. Only hashes are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, bindparam, func, select, update

from room_server.store.database import Database
from room_server.store.tables import INVITATIONS

FAILURES_ALLOWED = 5
"""Wrong codes after which the link is locked until it is issued anew."""


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """``secret_hash`` is SHA-256 in hex, ``code_hash`` argon2's; ``opened_at`` is when it was first accepted."""

    id: str
    hearing_id: str
    participant_id: str
    role: str
    secret_hash: str
    code_hash: str | None
    issued_at: datetime
    issued_by: str
    failures: int = 0
    opened_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def locked(self) -> bool:
        return self.failures >= FAILURES_ALLOWED


class Invitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def issue(self, invitation: InvitationRecord) -> None:
        """Store a new invitation and revoke the participant's earlier one, together."""
        values = {
            "id": invitation.id,
            "hearing_id": invitation.hearing_id,
            "participant_id": invitation.participant_id,
            "role": invitation.role,
            "secret_hash": invitation.secret_hash,
            "code_hash": invitation.code_hash,
            "failures": 0,
            "issued_at": invitation.issued_at,
            "issued_by": invitation.issued_by,
        }
        async with self._database.write() as connection:
            await connection.execute(_revocation(invitation.participant_id, invitation.issued_at))
            await connection.execute(INVITATIONS.insert().values(values))

    async def revoke(self, participant_id: str, at: datetime) -> bool:
        """Take back the participant's link; False where there was none to take back."""
        async with self._database.write() as connection:
            revoked = await connection.execute(_revocation(participant_id, at).returning(INVITATIONS.c.id))
            return revoked.first() is not None

    async def by_secret(self, secret_hash: str) -> InvitationRecord | None:
        async with self._database.read() as connection:
            query = select(INVITATIONS).where(INVITATIONS.c.secret_hash == secret_hash)
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else InvitationRecord(**row)

    async def of_hearing(self, hearing_id: str) -> dict[str, InvitationRecord]:
        """The newest invitation of each participant of a hearing, by participant id."""
        query = select(INVITATIONS).where(INVITATIONS.c.hearing_id == hearing_id)
        query = query.order_by(INVITATIONS.c.issued_at, INVITATIONS.c.revoked_at.is_(None))
        async with self._database.read() as connection:
            rows: Sequence[InvitationRecord] = [
                InvitationRecord(**row) for row in (await connection.execute(query)).mappings()
            ]
        return {row.participant_id: row for row in rows}

    async def count_attempt(self, invitation_id: str) -> bool:
        """Count a code about to be checked as a failure; False where the link is locked or revoked already.

        Counting first means that codes tried at the same moment cannot all be tried before the first is counted.
        """
        query = update(INVITATIONS).where(
            INVITATIONS.c.id == invitation_id,
            INVITATIONS.c.failures < FAILURES_ALLOWED,
            INVITATIONS.c.revoked_at.is_(None),
        )
        query = query.values(failures=INVITATIONS.c.failures + 1)
        async with self._database.write() as connection:
            return (await connection.execute(query.returning(INVITATIONS.c.id))).first() is not None

    async def accepted(self, invitation_id: str, at: datetime) -> bool:
        """Note that the right code (or none, where none is needed) was given; False where revoked meanwhile."""
        query = update(INVITATIONS).where(
            INVITATIONS.c.id == invitation_id, INVITATIONS.c.revoked_at.is_(None)
        )
        query = query.values(
            failures=0,
            opened_at=func.coalesce(
                INVITATIONS.c.opened_at, bindparam("at", at, INVITATIONS.c.opened_at.type)
            ),
        )
        async with self._database.write() as connection:
            return (await connection.execute(query.returning(INVITATIONS.c.id))).first() is not None


def _revocation(participant_id: str, at: datetime) -> Update:
    return (
        update(INVITATIONS)
        .where(INVITATIONS.c.participant_id == participant_id, INVITATIONS.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
