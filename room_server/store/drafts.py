"""Unsent statements: one for each participant, kept until it is sent or thrown away. Not part of any record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from room_server.store.database import Database
from room_server.store.tables import STATEMENT_DRAFTS


@dataclass(frozen=True, slots=True)
class Draft:
    """``body`` is plain JSON, as it was saved."""

    body: Mapping[str, Any]
    saved_at: datetime


class Drafts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, participant_id: str, hearing_id: str, draft: Draft) -> None:
        """Keep the draft of this participant, in place of an earlier one."""
        values = {"hearing_id": hearing_id, "body": dict(draft.body), "saved_at": draft.saved_at}
        statement = insert(STATEMENT_DRAFTS).values(participant_id=participant_id, **values)
        statement = statement.on_conflict_do_update(index_elements=["participant_id"], set_=values)
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def get(self, participant_id: str) -> Draft | None:
        query = select(STATEMENT_DRAFTS.c.body, STATEMENT_DRAFTS.c.saved_at).where(
            STATEMENT_DRAFTS.c.participant_id == participant_id
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else Draft(row.body, row.saved_at)

    async def delete(self, participant_id: str) -> None:
        """A draft that is not there is no error."""
        async with self._database.write() as connection:
            await connection.execute(
                delete(STATEMENT_DRAFTS).where(STATEMENT_DRAFTS.c.participant_id == participant_id)
            )
