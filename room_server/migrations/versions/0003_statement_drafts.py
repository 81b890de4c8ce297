"""Unsent statements of the sides, one for each participant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statement_drafts",
        sa.Column("participant_id", sa.String, primary_key=True),
        sa.Column("hearing_id", sa.String, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.String(27), nullable=False),
    )
