"""The event log: append-only and chained, and the database itself holds to both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GENESIS = "0" * 64

# An event can neither be changed nor taken out, nor put anywhere but at the end of its stream. The insert trigger also
# stops INSERT OR REPLACE, which deletes the row in its way without firing a delete trigger.
TRIGGERS = (
    """
    CREATE TRIGGER events_never_updated BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only: an event cannot be changed'); END
    """,
    """
    CREATE TRIGGER events_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only: an event cannot be deleted'); END
    """,
    f"""
    CREATE TRIGGER events_only_appended BEFORE INSERT ON events
    WHEN NEW.version <> 1 + coalesce((SELECT max(version) FROM events WHERE stream = NEW.stream), 0)
      OR NEW.prev_hash <> coalesce(
           (SELECT hash FROM events WHERE stream = NEW.stream ORDER BY version DESC LIMIT 1), '{GENESIS}')
      OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'events are append-only: an event must follow the last one of its stream'); END
    """,
)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for trigger in TRIGGERS:
            op.execute(trigger)
