"""Staff accounts and the links by which their holders sign in without a password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select, update
from sqlalchemy.exc import IntegrityError

from room_server.store.database import Database
from room_server.store.tables import ACCOUNTS, SIGN_IN_LINKS


class Duplicate(Exception):
    """A record with this name or number is there already; ``field`` is which of the two."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field} {value} is in use already")
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """``roles`` out of clerk, judge, mediator, administrator. ``password_hash`` is argon2's, None before the first choice."""

    id: str
    username: str
    name: str
    roles: tuple[str, ...]
    password_hash: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SignInLink:
    """``secret_hash``: SHA-256 of the secret, in hex. A link that is not ``reusable`` works once."""

    secret_hash: str
    account_id: str
    reusable: bool
    created_at: datetime
    expires_at: datetime


class Accounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account: AccountRecord) -> None:
        """Raises :class:`Duplicate` where the user name is taken."""
        values = {
            "id": account.id,
            "username": account.username,
            "name": account.name,
            "roles": list(account.roles),
            "password_hash": account.password_hash,
            "created_at": account.created_at,
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(ACCOUNTS.insert().values(values))
        except IntegrityError as error:
            raise Duplicate("username", account.username) from error

    async def all(self) -> Sequence[AccountRecord]:
        """Every account, by user name."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.username))
            return [_account(row) for row in rows.mappings()]

    async def get(self, account_id: str) -> AccountRecord | None:
        async with self._database.read() as connection:
            query = select(ACCOUNTS).where(ACCOUNTS.c.id == account_id)
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else _account(row)

    async def by_username(self, username: str) -> AccountRecord | None:
        async with self._database.read() as connection:
            query = select(ACCOUNTS).where(ACCOUNTS.c.username == username)
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else _account(row)

    async def set_password(self, account_id: str, password_hash: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(password_hash=password_hash)
            )

    async def add_link(self, link: SignInLink) -> None:
        values = {
            "secret_hash": link.secret_hash,
            "account_id": link.account_id,
            "reusable": link.reusable,
            "created_at": link.created_at,
            "expires_at": link.expires_at,
        }
        async with self._database.write() as connection:
            await connection.execute(SIGN_IN_LINKS.insert().values(values))

    async def use_link(self, secret_hash: str, at: datetime) -> AccountRecord | None:
        """The account of a link that may be used at ``at``, and mark it used; None where it may not."""
        usable = (
            (SIGN_IN_LINKS.c.secret_hash == secret_hash)
            & (SIGN_IN_LINKS.c.expires_at > at)
            & (SIGN_IN_LINKS.c.reusable | SIGN_IN_LINKS.c.used_at.is_(None))
        )
        marking = update(SIGN_IN_LINKS).where(usable).values(used_at=at).returning(SIGN_IN_LINKS.c.account_id)
        async with self._database.write() as connection:
            account_id = (await connection.execute(marking)).scalar()
            if account_id is None:
                return None
            row = (await connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.id == account_id))).mappings()
            return _account(row.one())

    async def withdraw_links(self, account_id: str, at: datetime) -> None:
        """No link given out for this account before works any more."""
        async with self._database.write() as connection:
            await connection.execute(
                update(SIGN_IN_LINKS)
                .where(SIGN_IN_LINKS.c.account_id == account_id, SIGN_IN_LINKS.c.expires_at > at)
                .values(expires_at=at)
            )


def _account(row: RowMapping) -> AccountRecord:
    return AccountRecord(
        row["id"], row["username"], row["name"], tuple(row["roles"]), row["password_hash"], row["created_at"]
    )
