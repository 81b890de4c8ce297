"""Alembic migrations, run by :func:`room_server.store.database.migrate` when the server starts."""
