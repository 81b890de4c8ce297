"""The tables, as SQLAlchemy Core describes them. The migrations create them; a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

METADATA = MetaData()


class Instant(TypeDecorator[datetime]):
    """A point in time, kept as UTC text of fixed width, so that the order of the texts is the order of the times."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: a stored time needs one")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


EVENTS = Table(
    "events",
    METADATA,
    Column("stream", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("at", String, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", String, primary_key=True),
    Column("username", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("password_hash", String),
    Column("created_at", Instant, nullable=False),
)

SIGN_IN_LINKS = Table(
    "sign_in_links",
    METADATA,
    Column("secret_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("reusable", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

CASES = Table(
    "cases",
    METADATA,
    Column("id", String, primary_key=True),
    Column("number", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("case_type", String, nullable=False),
    Column("created_at", Instant, nullable=False),
)

PEOPLE = Table(
    "people",
    METADATA,
    Column("id", String, primary_key=True),
    Column("case_id", ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("side", String),
    Column("represents", ForeignKey("people.id")),
    Column("phone", String, nullable=False),
    Index("people_of_case", "case_id", "position"),
)

DEVICE_SESSIONS = Table(
    "device_sessions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("account_until", Instant),
)

INVITATIONS = Table(
    "invitations",
    METADATA,
    Column("id", String, primary_key=True),
    Column("hearing_id", String, nullable=False),
    Column("participant_id", String, nullable=False),
    Column("role", String, nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("code_hash", String),
    Column("failures", Integer, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("issued_by", String, nullable=False),
    Column("opened_at", Instant),
    Column("revoked_at", Instant),
    Index("invitations_of_hearing", "hearing_id", "participant_id"),
    # One link at a time for each participant.
    Index(
        "one_valid_invitation",
        "participant_id",
        unique=True,
        sqlite_where=Column("revoked_at", Instant).is_(None),
    ),
)

PARTICIPATIONS = Table(
    "participations",
    METADATA,
    Column("device_id", ForeignKey("device_sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("participant_id", String, primary_key=True),
    Column("hearing_id", String, nullable=False),
    Column("invitation_id", ForeignKey("invitations.id")),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("since", Instant, nullable=False),
)

STATEMENT_DRAFTS = Table(
    "statement_drafts",
    METADATA,
    Column("participant_id", String, primary_key=True),
    Column("hearing_id", String, nullable=False),
    Column("body", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False),
)
