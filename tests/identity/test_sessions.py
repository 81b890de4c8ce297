from __future__ import annotations

from datetime import timedelta
from typing import Any

from room_server.identity.service import Identity
from room_server.identity.sessions import DEVICE_LIFETIME, STAFF_LIFETIME


async def test_a_cookie_finds_its_session_and_only_its_own(identity: Identity) -> None:
    session, cookie = await identity.sessions.begin()
    assert await identity.sessions.find(cookie) == session
    for other in (None, "", cookie[:-1], cookie + "A", session.secret_hash, session.id, "x" * 5000):
        assert await identity.sessions.find(other) is None


async def test_signing_in_changes_the_cookie_and_keeps_what_is_held(identity: Identity) -> None:
    account = await identity.staff.create("judge", "王法官", ["judge"])
    session, planted = await identity.sessions.begin()
    issued = await identity.invitations.issue("hrg_1", "par_1", "party", "acc_1")
    await identity.sessions.hold_by_invitation(session, issued.invitation)
    cookie = await identity.sessions.sign_in(session, account)
    assert await identity.sessions.find(planted) is None
    found = await identity.sessions.find(cookie)
    assert found is not None and (found.id, found.account_id) == (session.id, account.id)
    assert await identity.sessions.held(found, "par_1") is not None


async def test_the_account_goes_after_a_day_and_the_session_stays(identity: Identity, clock: Any) -> None:
    account = await identity.staff.create("judge", "王法官", ["judge"])
    cookie = await identity.sessions.sign_in(None, account)
    clock.move(STAFF_LIFETIME - timedelta(seconds=1))
    found = await identity.sessions.find(cookie)
    assert found is not None and found.account_id == account.id
    clock.move(timedelta(seconds=1))
    found = await identity.sessions.find(cookie)
    assert found is not None and found.account_id is None
    clock.move(DEVICE_LIFETIME)
    assert await identity.sessions.find(cookie) is None


async def test_signing_out_ends_what_the_account_brought_and_nothing_else(identity: Identity) -> None:
    account = await identity.staff.create("clerk", "陈书记员", ["clerk"])
    cookie = await identity.sessions.sign_in(None, account)
    session = await identity.sessions.find(cookie)
    assert session is not None
    issued = await identity.invitations.issue("hrg_1", "par_1", "party", account.id)
    await identity.sessions.hold_by_invitation(session, issued.invitation)
    await identity.sessions.hold_as_staff(session, account.id, "hrg_1", "par_2")
    await identity.sessions.sign_out(session)
    assert await identity.sessions.held(session, "par_1") is not None
    assert await identity.sessions.held(session, "par_2") is None
    found = await identity.sessions.find(cookie)
    assert found is not None and found.account_id is None


async def test_a_place_taken_by_an_account_lasts_a_working_day(identity: Identity, clock: Any) -> None:
    account = await identity.staff.create("judge", "王法官", ["judge"])
    cookie = await identity.sessions.sign_in(None, account)
    session = await identity.sessions.find(cookie)
    assert session is not None
    await identity.sessions.hold_as_staff(session, account.id, "hrg_1", "par_1")
    issued = await identity.invitations.issue("hrg_1", "par_2", "party", account.id)
    await identity.sessions.hold_by_invitation(session, issued.invitation)
    clock.move(STAFF_LIFETIME)
    later = await identity.sessions.find(cookie)
    assert later is not None and later.account_id is None
    assert await identity.sessions.held(later, "par_1") is None
    assert await identity.sessions.held(later, "par_2") is not None
    again = await identity.sessions.find(await identity.sessions.sign_in(later, account))
    assert again is not None and await identity.sessions.held(again, "par_1") is not None
