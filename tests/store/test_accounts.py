from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from room_server.store.accounts import AccountRecord, Accounts, Duplicate, SignInLink
from room_server.store.database import Database

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CLERK = AccountRecord("acc_1", "clerk", "陈书记员", ("clerk", "judge"), None, NOW)
LINK = SignInLink("a" * 64, "acc_1", False, NOW, NOW + timedelta(days=7))


async def test_accounts_are_found_by_id_and_by_name(database: Database) -> None:
    accounts = Accounts(database)
    await accounts.add(CLERK)
    await accounts.set_password("acc_1", "hash")
    stored = replace(CLERK, password_hash="hash")
    assert await accounts.get("acc_1") == stored
    assert await accounts.by_username("clerk") == stored
    assert await accounts.all() == [stored]
    assert await accounts.get("acc_2") is None
    assert await accounts.by_username("nobody") is None
    with pytest.raises(Duplicate, match="username clerk is in use"):
        await accounts.add(replace(CLERK, id="acc_2"))


async def test_of_many_uses_of_a_link_that_works_once_one_succeeds(database: Database) -> None:
    accounts = Accounts(database)
    await accounts.add(CLERK)
    await accounts.add_link(LINK)
    used = await asyncio.gather(*(accounts.use_link(LINK.secret_hash, NOW) for _ in range(10)))
    assert [account for account in used if account is not None] == [CLERK]


async def test_a_reusable_link_works_until_it_expires_or_is_withdrawn(database: Database) -> None:
    accounts = Accounts(database)
    await accounts.add(CLERK)
    await accounts.add_link(replace(LINK, reusable=True))
    assert await accounts.use_link(LINK.secret_hash, NOW) == CLERK
    assert await accounts.use_link(LINK.secret_hash, NOW + timedelta(days=6)) == CLERK
    assert await accounts.use_link(LINK.secret_hash, NOW + timedelta(days=7)) is None
    await accounts.withdraw_links("acc_1", NOW)
    assert await accounts.use_link(LINK.secret_hash, NOW) is None
