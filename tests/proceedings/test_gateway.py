from __future__ import annotations

import asyncio

import pytest

from room_server.domain import commands as c
from room_server.proceedings.gateway import _relay_refusal
from room_server.relay.client import RelayError
from signaling import messages as m
from signaling.handler import ConnectionRefused, RequestRefused
from tests.proceedings.conftest import DESK, House


async def refused(house: House, sid: str, request: m.Request) -> str:
    with pytest.raises(RequestRefused) as caught:
        await house.gateway.request(sid, request)
    assert caught.value.error.text.zh and caught.value.error.text.en
    return caught.value.error.code


async def turned_away(house: House, name: str, **claimed: object) -> str:
    with pytest.raises(ConnectionRefused) as caught:
        await house.gateway.connected(house.info(name, "s_away", **claimed))
    assert caught.value.error.text.zh and caught.value.error.text.en
    return caught.value.error.code


async def test_a_token_of_another_epoch_hearing_or_person_is_turned_away(house: House) -> None:
    await house.lobby()
    assert await turned_away(house, "claimant", epoch=house["claimant"].epoch + 1) == "token_outdated"
    assert await turned_away(house, "claimant", proceeding="hrg_other") == "not_found"
    assert await turned_away(house, "claimant", participant="par_aaaaaaaaaaaaaaaa") == "not_found"
    assert not house["claimant"].connected


async def test_a_hearing_that_has_ended_is_not_entered(house: House) -> None:
    await house.lobby()
    await house.connect("claimant", "s1")
    await house.do(DESK, c.CancelHearing("settled"))
    await house.settled()
    assert [(sid, last.reason) for sid, last in house.ended] == [("s1", "cancelled")]
    assert await turned_away(house, "respondent") == "ended"


async def test_the_later_of_two_tabs_holds_the_place(house: House) -> None:
    await house.lobby()
    await asyncio.gather(house.connect("claimant", "s1"), house.connect("claimant", "s2"))
    await house.settled()
    assert [(sid, last.reason) for sid, last in house.ended] == [("s1", "replaced")]
    assert await refused(house, "s1", m.RaiseHand()) == "not_connected"
    await house.gateway.disconnected("s1", "replaced")
    assert house["claimant"].connected
    await house.gateway.disconnected("s2", "transport_close")
    assert not house["claimant"].connected


async def test_the_end_of_the_old_connection_during_the_new_one_is_not_its_end(house: House) -> None:
    await house.lobby()
    await house.connect("claimant", "s1")
    arriving = asyncio.create_task(house.connect("claimant", "s2"))
    await asyncio.sleep(0)  # the new connection is being stored when the old one is found lost
    await asyncio.gather(arriving, house.gateway.disconnected("s1", "ping_timeout"))
    assert house["claimant"].connected
    assert isinstance(await house.gateway.request("s2", m.Sync()), m.SyncResult)


async def test_a_connection_given_up_while_it_is_stored_leaves_nobody_connected(house: House) -> None:
    await house.lobby()
    arriving = asyncio.create_task(house.connect("claimant", "s1"))
    await asyncio.sleep(0)
    arriving.cancel()
    await asyncio.gather(arriving, return_exceptions=True)
    await house.settled()
    assert not house["claimant"].connected


async def test_a_connection_lost_while_it_is_stored_leaves_nobody_connected(house: House) -> None:
    await house.lobby()
    arriving = asyncio.create_task(house.connect("claimant", "s1"))
    await asyncio.sleep(0)
    await house.gateway.disconnected("s1", "transport_close")
    with pytest.raises(ConnectionRefused):
        await arriving
    await house.settled()
    assert not house["claimant"].connected
    assert await refused(house, "s1", m.Sync()) == "not_connected"


async def test_an_epoch_that_rises_while_the_connection_is_stored_ends_it(house: House) -> None:
    await house.lobby()
    await house.do(DESK, c.NoteInvitation(house["claimant"].id, "issued"))
    renewing = asyncio.create_task(house.do(DESK, c.NoteInvitation(house["claimant"].id, "issued")))
    await asyncio.sleep(0)
    with pytest.raises(ConnectionRefused) as caught:
        await house.connect("claimant", "s1")
    await renewing
    await house.settled()
    assert caught.value.error.code == "token_outdated"
    assert not house["claimant"].connected


async def test_who_has_left_asks_for_nothing_more(house: House) -> None:
    await house.lobby()
    await house.connect("claimant", "s1")
    await house.gateway.request("s1", m.Leave())
    assert await refused(house, "s1", m.GetRouterCapabilities()) == "not_connected"
    assert await refused(house, "s1", m.Sync()) == "not_connected"


async def test_whose_link_is_revoked_is_cut_off_at_once(house: House) -> None:
    await house.lobby()
    await house.do(DESK, c.NoteInvitation(house["claimant"].id, "issued"))
    await house.connect("claimant", "s1")
    await house.do(DESK, c.NoteInvitation(house["claimant"].id, "revoked"))
    assert await refused(house, "s1", m.Sync()) == "token_outdated"
    await house.settled()
    assert [(sid, last.reason, last.may_return) for sid, last in house.ended] == [("s1", "revoked", False)]


async def test_another_device_waits_for_the_clerk(house: House) -> None:
    await house.lobby()
    await house.connect("clerk", "s_clerk")
    await house.connect("claimant", "s1")
    assert await turned_away(house, "claimant", device="dev_other") == "device_waits"
    assert house["claimant"].connected and house["claimant"].waiting_device == "dev_other"
    await house.gateway.request("s_clerk", m.ApproveDevice(participant_id=house["claimant"].id, approve=True))
    await house.connect("claimant", "s2", "dev_other")
    await house.settled()
    assert [(sid, last.reason) for sid, last in house.ended] == [("s1", "replaced")]
    await house.gateway.disconnected("s1", "replaced")
    assert house["claimant"].connected and house["claimant"].device == "dev_other"


async def test_media_are_refused_in_words_while_the_relay_is_away(house: House) -> None:
    await house.lobby()
    await house.connect("claimant", "s1")
    assert await refused(house, "s1", m.GetRouterCapabilities()) == "relay_unavailable"


async def test_a_screen_is_published_only_by_whom_the_room_is_shown_it(house: House) -> None:
    """Asked before the relay is, so that the refusal comes whatever the relay does."""
    await house.lobby()
    await house.connect("clerk", "sid_c")
    screen = m.Produce(transport_id="tra_1", kind="video", source="screen", rtp_parameters={})
    assert await refused(house, "sid_c", screen) == "screen_not_shared"


def test_a_browser_without_the_codec_is_told_so_in_words() -> None:
    told = _relay_refusal(RelayError("unsupported_codec", "the client cannot receive video/VP8"))
    assert told.code == "unsupported_codec" and "VP8" in told.message
    assert told.text is not None and "浏览器" in told.text.zh and "browser" in told.text.en
