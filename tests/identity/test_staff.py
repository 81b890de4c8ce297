from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from room_server.errors import CorrectTheRequest
from room_server.identity.refusals import TooManyAttempts, WrongCredentials
from room_server.identity.service import Identity
from room_server.identity.staff import FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, WINDOW_S
from room_server.store.accounts import AccountRecord

PASSWORD = "a long enough password"


@pytest.fixture
async def clerk(identity: Identity) -> AccountRecord:
    account = await identity.staff.create("clerk", "陈书记员", ["clerk", "clerk"])
    await identity.staff.change_password(account, "dev_1", None, PASSWORD, "10.0.0.1")
    stored = await identity.staff.get(account.id)
    assert stored is not None
    return stored


async def test_sign_in_by_password(identity: Identity, clerk: AccountRecord) -> None:
    assert clerk.roles == ("clerk",)
    assert await identity.staff.by_password("clerk", PASSWORD, "10.0.0.1") == clerk
    for username, password in (("clerk", "wrong"), ("nobody", PASSWORD), ("CLERK", PASSWORD)):
        with pytest.raises(WrongCredentials):
            await identity.staff.by_password(username, password, "10.0.0.1")


async def test_an_account_without_a_password_has_no_password_that_fits(identity: Identity) -> None:
    await identity.staff.create("judge", "王法官", ["judge"])
    with pytest.raises(WrongCredentials):
        await identity.staff.by_password("judge", "", "10.0.0.1")


async def test_failures_for_one_account_are_limited_wherever_they_come_from(
    identity: Identity, clerk: AccountRecord, clock: Any
) -> None:
    for number in range(FAILURES_PER_ACCOUNT):
        with pytest.raises(WrongCredentials):
            await identity.staff.by_password("clerk", "wrong", f"10.0.0.{number}")
    with pytest.raises(TooManyAttempts) as caught:
        await identity.staff.by_password("clerk", PASSWORD, "10.0.1.1")
    assert caught.value.retry_after_s == WINDOW_S
    clock.move(timedelta(seconds=WINDOW_S))
    assert await identity.staff.by_password("clerk", PASSWORD, "10.0.1.1") == clerk


async def test_failures_from_one_address_are_limited_whatever_the_name(
    identity: Identity, clerk: AccountRecord
) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        with pytest.raises(WrongCredentials):
            await identity.staff.by_password(f"name{number}", "wrong", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        await identity.staff.by_password("clerk", PASSWORD, "10.0.0.1")
    assert await identity.staff.by_password("clerk", PASSWORD, "10.0.0.2") == clerk


async def test_attempts_at_the_same_moment_are_limited_too(identity: Identity, clerk: AccountRecord) -> None:
    tries = [identity.staff.by_password("clerk", f"wrong{n}", "10.0.0.1") for n in range(40)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, WrongCredentials) for result in results) == FAILURES_PER_ACCOUNT


async def test_right_passwords_never_lead_to_a_wait(identity: Identity, clerk: AccountRecord) -> None:
    for _ in range(FAILURES_PER_ADDRESS + 1):
        await identity.staff.by_password("clerk", PASSWORD, "10.0.0.1")


async def test_a_link_works_once_and_a_new_one_replaces_it(identity: Identity, clerk: AccountRecord) -> None:
    first = await identity.staff.sign_in_secret(clerk.id)
    second = await identity.staff.sign_in_secret(clerk.id)
    for secret, works in ((first, False), (second, True), (second, False), ("x" * 43, False)):
        if works:
            assert await identity.staff.by_link(secret) == clerk
        else:
            with pytest.raises(WrongCredentials, match="already"):
                await identity.staff.by_link(secret)


async def test_a_link_expires(identity: Identity, clerk: AccountRecord, clock: Any) -> None:
    secret = await identity.staff.sign_in_secret(clerk.id, reusable=True, lifetime=timedelta(hours=1))
    assert await identity.staff.by_link(secret) == await identity.staff.by_link(secret)
    clock.move(timedelta(hours=1))
    with pytest.raises(WrongCredentials):
        await identity.staff.by_link(secret)


async def test_changing_the_password_needs_the_old_one(identity: Identity, clerk: AccountRecord) -> None:
    with pytest.raises(CorrectTheRequest, match="current password"):
        await identity.staff.change_password(clerk, "dev_1", None, "another password", "10.0.0.1")
    with pytest.raises(WrongCredentials):
        await identity.staff.change_password(clerk, "dev_1", "wrong", "another password", "10.0.0.1")
    with pytest.raises(CorrectTheRequest, match="user name"):
        await identity.staff.change_password(clerk, "dev_1", PASSWORD, "Clerk", "10.0.0.1")
    await identity.staff.change_password(clerk, "dev_1", PASSWORD, "another password", "10.0.0.1")
    assert (await identity.staff.by_password("clerk", "another password", "10.0.0.1")).id == clerk.id


async def test_changing_the_password_signs_out_elsewhere(identity: Identity, clerk: AccountRecord) -> None:
    here = await identity.sessions.sign_in(None, clerk)
    elsewhere = await identity.sessions.sign_in(None, clerk)
    session, other = await identity.sessions.find(here), await identity.sessions.find(elsewhere)
    assert session is not None and other is not None
    for one in (session, other):
        await identity.sessions.hold_as_staff(one, clerk.id, "hrg_1", "par_1")
    await identity.staff.change_password(clerk, session.id, PASSWORD, "another password", "10.0.0.1")
    assert (await identity.sessions.find(here)) == session
    found = await identity.sessions.find(elsewhere)
    assert found is not None and found.account_id is None
    assert await identity.sessions.held(session, "par_1") is not None
    assert await identity.sessions.held(other, "par_1") is None
