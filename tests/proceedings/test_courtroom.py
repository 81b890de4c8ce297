from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain.model import SYSTEM, NewParticipant
from room_server.proceedings.courtroom import Courtroom
from room_server.proceedings.live import LiveHearing
from signaling import messages as m
from tests.proceedings.conftest import DESK, HEARING, House


async def synced(house: House, sid: str, **since: Any) -> m.SyncResult:
    result = await house.gateway.request(sid, m.Sync(**since))
    assert isinstance(result, m.SyncResult)
    return result


async def inside(house: House) -> m.SyncResult:
    """Clerk and claimant connected, the claimant let in and up to date."""
    await house.lobby()
    await house.connect("clerk", "s_clerk")
    await house.connect("claimant", "s1")
    await house.admit("claimant")
    return await synced(house, "s1")


async def test_what_was_told_in_the_room_is_not_told_again_in_the_lobby(house: House) -> None:
    seen = await inside(house)
    await house.connect("judge", "s_judge")
    await house.do("clerk", c.SendBack(house["claimant"].id))
    again = await synced(house, "s1", stream=seen.stream, last_seq=seen.seq)
    assert again.kind == "snapshot" and again.view is not None and again.view.log == []
    assert again.stream == seen.stream and again.seq > seen.seq
    # Who is up to date goes on with what comes.
    await house.connect("panel", "s_panel")
    further = await synced(house, "s1", stream=again.stream, last_seq=again.seq)
    assert further.kind == "events" and [event.seq for event in further.events] == [again.seq + 1]


async def test_who_was_sent_back_while_away_gets_no_old_events(house: House) -> None:
    seen = await inside(house)
    await house.connect("judge", "s_judge")
    await house.gateway.disconnected("s1", "transport_close")
    await house.do("clerk", c.SendBack(house["claimant"].id))
    await house.connect("claimant", "s2")
    again = await synced(house, "s2", stream=seen.stream, last_seq=seen.seq)
    assert again.kind == "snapshot" and again.view is not None
    assert {person.role for person in again.view.participants} <= {
        "party",
        "presiding_judge",
        "panel_judge",
        "clerk",
    }


async def test_after_a_restart_nobody_counts_as_present_who_is_not_there(house: House) -> None:
    await house.lobby()
    await house.connect("panel", "s_panel")
    value = {"position": "objects", "reasons": "original documents"}
    await house.do(DESK, c.AssertFact(f"position:{house['respondent'].id}", value, "respondent", "paper"))
    assert house.hearing.phase == "awaiting_ruling" and house["panel"].connected
    after = Courtroom(HEARING, house.around)
    await after.open_from_store()
    assert after.hearing.phase == "awaiting_ruling"
    assert not any(person.connected for person in after.hearing.participants.values())
    await after.stop()


async def test_who_is_taken_off_the_list_has_no_media_left(house: House) -> None:
    await house.lobby()
    await house.connect("witness", "s1")
    witness = house["witness"].id
    await house.gateway.disconnected("s1", "transport_close")
    # The relay would keep the transport of a silent page for another 30 s.
    house.room.live.transports["t1"] = (witness, "send")
    people = tuple(one for one in house.hearing.participants.values() if one.id != witness)
    listed = tuple(
        NewParticipant(one.role, one.name, one.person, one.account, one.side, one.represents)
        for one in people
    )
    await house.do(DESK, c.ChangeHearing(participants=listed))
    assert house.room.live.transports == {}


async def test_a_failure_on_the_way_does_not_keep_the_others_from_being_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.lobby()
    await house.connect("judge", "s_judge")
    await synced(house, "s_judge")

    def broken(self: LiveHearing, step: Any) -> None:
        raise RuntimeError("no words for this event")

    with monkeypatch.context() as patch:
        patch.setattr(LiveHearing, "note", broken)
        await house.connect("claimant", "s1")
    await house.settled()
    assert house["claimant"].connected
    assert any(sid == "s_judge" and "desk" in event.changes for sid, event in house.pushed)


async def test_a_relay_that_fails_in_an_unforeseen_way_does_not_live_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.lobby()
    await house.connect("judge", "s_judge")

    async def broken(forwarding: Any) -> None:
        raise RuntimeError("neither obeyed nor refused")

    monkeypatch.setattr(house.room.tracks, "set_graph", broken)
    await house.do("judge", c.SetMicrophone(on=not house["judge"].microphone_on))
    assert house.relay_ended == 1
    await house.connect("claimant", "s1")
    assert house.relay_ended == 2, "the graph is not taken for one in force"


async def test_what_the_system_tells_never_ends_who_tells_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.lobby()
    await house.connect("judge", "s_judge")

    async def full(*_: Any) -> Any:
        raise OSError("no space left on device")

    monkeypatch.setattr(house.store, "append", full)
    with pytest.raises(OSError, match="no space"):
        await house.room.execute(c.ServerRestarted(), SYSTEM)
    await house.room.tell(c.ServerRestarted())


async def test_staff_who_sign_out_leave_the_courtroom_at_once(house: House) -> None:
    await house.lobby()
    await house.connect("judge", "s_judge", device="dev_office")
    judge = house["judge"].id
    await house.room.sign_out(judge, lambda device: device == "dev_home")
    await house.settled()
    assert house.ended == [] and house["judge"].connected
    await house.room.sign_out(judge, lambda device: device == "dev_office")
    await house.settled()
    assert [(sid, last.reason) for sid, last in house.ended] == [("s_judge", "signed_out")]
    assert not house["judge"].connected
    assert house["judge"].last_disconnect is not None
    assert house["judge"].last_disconnect.cause == "signed_out"
