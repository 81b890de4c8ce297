"""The register: accounts, cases and their people, device sessions, invitations and what each device holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.String(27)


def upgrade() -> None:
    _accounts()
    _cases()
    _joining()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("username", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("password_hash", sa.String),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("secret_hash", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("reusable", sa.Boolean, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("number", sa.String, nullable=False, unique=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("case_type", sa.String, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("side", sa.String),
        sa.Column("represents", sa.String, sa.ForeignKey("people.id")),
        sa.Column("phone", sa.String, nullable=False),
    )
    op.create_index("people_of_case", "people", ["case_id", "position"])


def _joining() -> None:
    op.create_table(
        "device_sessions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts.id", ondelete="SET NULL")),
        sa.Column("account_until", TIME),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("hearing_id", sa.String, nullable=False),
        sa.Column("participant_id", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("code_hash", sa.String),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("issued_by", sa.String, nullable=False),
        sa.Column("opened_at", TIME),
        sa.Column("revoked_at", TIME),
    )
    op.create_index("invitations_of_hearing", "invitations", ["hearing_id", "participant_id"])
    op.create_index(
        "one_valid_invitation",
        "invitations",
        ["participant_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "participations",
        sa.Column(
            "device_id", sa.String, sa.ForeignKey("device_sessions.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("participant_id", sa.String, primary_key=True),
        sa.Column("hearing_id", sa.String, nullable=False),
        sa.Column("invitation_id", sa.String, sa.ForeignKey("invitations.id")),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("since", TIME, nullable=False),
    )
