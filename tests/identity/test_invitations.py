from __future__ import annotations

import asyncio

import pytest

from room_server.errors import CorrectTheRequest
from room_server.identity.invitations import Issued, LinkLocked
from room_server.identity.refusals import InvitationRefused, WrongCredentials
from room_server.identity.service import Identity
from room_server.store.register import Store


@pytest.fixture
async def issued(identity: Identity) -> Issued:
    return await identity.invitations.issue("hrg_1", "par_1", "party", "acc_1")


def wrong(code: str | None) -> str:
    return "000000" if code != "000000" else "000001"


async def test_only_hashes_are_stored(store: Store, issued: Issued) -> None:
    stored = (await store.invitations.of_hearing("hrg_1"))["par_1"]
    assert issued.code is not None and issued.secret not in repr(stored)
    assert stored.code_hash is not None and issued.code not in stored.code_hash.split("$")


async def test_opening_changes_nothing(identity: Identity, store: Store, issued: Issued) -> None:
    before = await store.invitations.of_hearing("hrg_1")
    for _ in range(3):
        await identity.invitations.find(issued.secret)
    assert await store.invitations.of_hearing("hrg_1") == before


async def test_accepting_again_is_the_same_as_once(identity: Identity, store: Store, issued: Issued) -> None:
    await identity.invitations.accept(issued.invitation, issued.code)
    first = (await store.invitations.of_hearing("hrg_1"))["par_1"]
    await identity.invitations.accept(issued.invitation, issued.code)
    assert (await store.invitations.of_hearing("hrg_1"))["par_1"] == first
    assert first.opened_at is not None


async def test_an_observer_needs_no_code(identity: Identity) -> None:
    issued = await identity.invitations.issue("hrg_1", "par_9", "observer", "acc_1")
    assert issued.code is None
    await identity.invitations.accept(issued.invitation, None)


async def test_five_wrong_codes_lock_the_link_until_it_is_issued_anew(
    identity: Identity, issued: Issued
) -> None:
    with pytest.raises(CorrectTheRequest, match="six-digit"):
        await identity.invitations.accept(issued.invitation, None)
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCredentials, match=f"{left} attempt"):
            await identity.invitations.accept(issued.invitation, wrong(issued.code))
    with pytest.raises(LinkLocked):
        await identity.invitations.accept(issued.invitation, wrong(issued.code))
    with pytest.raises(LinkLocked):
        await identity.invitations.accept(issued.invitation, issued.code)
    again = await identity.invitations.issue("hrg_1", "par_1", "party", "acc_1")
    await identity.invitations.accept(again.invitation, again.code)


async def test_a_right_code_forgets_the_wrong_ones(identity: Identity, issued: Issued) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongCredentials):
                await identity.invitations.accept(issued.invitation, wrong(issued.code))
        await identity.invitations.accept(issued.invitation, issued.code)


async def test_codes_tried_at_the_same_moment_are_counted(identity: Identity, issued: Issued) -> None:
    codes = [f"{n:06d}" for n in range(30) if f"{n:06d}" != issued.code]
    tries = [identity.invitations.accept(issued.invitation, code) for code in codes]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(result, WrongCredentials | LinkLocked) for result in results)
    with pytest.raises(LinkLocked):
        await identity.invitations.accept(issued.invitation, issued.code)


async def test_a_new_link_ends_the_earlier_one(identity: Identity, issued: Issued) -> None:
    session, _ = await identity.sessions.begin()
    await identity.sessions.hold_by_invitation(session, issued.invitation)
    again = await identity.invitations.issue("hrg_1", "par_1", "party", "acc_1")
    with pytest.raises(InvitationRefused, match="replaced by a newer one"):
        await identity.invitations.find(issued.secret)
    with pytest.raises(InvitationRefused):
        await identity.invitations.accept(issued.invitation, issued.code)
    held = await identity.sessions.held(session, "par_1")
    assert held is not None and held.revoked
    await identity.sessions.hold_by_invitation(session, again.invitation)
    held = await identity.sessions.held(session, "par_1")
    assert held is not None and not held.revoked


async def test_revoking(identity: Identity, issued: Issued) -> None:
    other = await identity.invitations.issue("hrg_1", "par_2", "party", "acc_1")
    assert await identity.invitations.revoke("par_1")
    assert not await identity.invitations.revoke("par_1")
    with pytest.raises(InvitationRefused) as caught:
        await identity.invitations.find(issued.secret)
    assert caught.value.code == "invitation_revoked"
    assert (await identity.invitations.find(other.secret)).participant_id == "par_2"


async def test_an_unknown_link(identity: Identity) -> None:
    with pytest.raises(InvitationRefused) as caught:
        await identity.invitations.find("x" * 43)
    assert caught.value.code == "unknown_invitation"
