"""Alembic's entry: runs the migrations on the connection that :func:`room_server.store.database.migrate` hands in."""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection

from room_server.store.tables import METADATA

connection = context.config.attributes.get("connection")
if not isinstance(connection, Connection):
    raise RuntimeError(
        "migrations run through room_server.store.database.migrate(url), which opens the database"
    )

# SQLite's DDL is transactional: a migration that fails half way leaves nothing behind.
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
