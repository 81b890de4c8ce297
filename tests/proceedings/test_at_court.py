"""What the room shows of those who attend at court, and who is cut off when the courtroom moves or the answer changes."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain.courtroom import courtroom_of
from room_server.domain.model import Actor, Hearing, Participant
from room_server.proceedings.presenter import present
from signaling import messages as m
from signaling.handler import ConnectionInfo, ConnectionRefused
from signaling.tokens import RoomClaims
from tests.domain.conftest import Court
from tests.proceedings.conftest import DESK, HEARING, House
from tests.proceedings.views import scene_of, view

HALL = "dev_hall"


def hall_of(hearing: Hearing) -> Participant:
    found = courtroom_of(hearing)
    assert found is not None
    return found


def hybrid_session(court: Any) -> Any:
    """The respondent and a witness attend at court; the respondent is noted present there."""
    court.drafted().position("claimant", "consents")
    court.state("witness_objection:witness", True)
    judge = Actor("staff", "acc_judge", "judge", "Wang")
    court.do(judge, c.MakeRuling(f"witness:{court.id('witness')}", True, "seen in person", "OLR 26"))
    for command in (c.Determine(), c.ScheduleHearing(), c.OpenLobby(), c.OpenCourtroom(HALL)):
        court.do("desk", command)
    for name in ("judge", "panel", "clerk", "claimant", "counsel"):
        court.connect(name)
    for name in ("claimant", "counsel"):
        court.admit(name)
    hall = hall_of(court.h)
    court.do(Actor("participant", hall.id, "courtroom", hall.name), c.Connect(hall.id, HALL))
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
    court.do("system", c.ArmRecorder())
    court.do("system", c.Reassess())
    court.do("judge", c.OpenSession())
    court.do("system", c.RecorderStarted())
    return court


@pytest.fixture
def sitting() -> Any:
    return hybrid_session(Court("spc-2021"))


def hall_view(court: Any) -> m.View:
    return present(scene_of(court), hall_of(court.h).id)


def test_everybody_inside_sees_the_courtroom_and_who_sits_in_it(sitting: Any) -> None:
    hall = hall_of(sitting.h).id
    for shown in (view(sitting, "claimant"), view(sitting, "judge"), hall_view(sitting)):
        people = {one.id: one for one in shown.participants}
        assert people[hall].role == "courtroom" and people[hall].connected
        respondent = people[sitting.id("respondent")]
        assert (respondent.attends, respondent.at_court, respondent.connected) == ("at_court", True, False)
        assert sitting.id("witness") not in people, "who is called later is not announced"
    sitting.do("clerk", c.NotePresentAtCourt(sitting.id("witness")))
    assert sitting.id("witness") in {one.id for one in view(sitting, "claimant").participants}
    assert any("法庭现场" in line.text.zh for line in view(sitting, "claimant").log)


def test_the_screen_in_the_courtroom_is_shown_nothing_of_the_lobby_or_the_desk(sitting: Any) -> None:
    sitting.connect("observer")
    shown = hall_view(sitting)
    assert (shown.desk, shown.readiness, shown.determination, shown.eligibility) == (None, None, None, None)
    assert sitting.id("observer") not in {one.id for one in shown.participants}
    assert sitting.id("observer") in {one.id for one in view(sitting, "clerk").participants} | {
        one.id for one in view(sitting, "clerk").desk or []
    }
    staff_lines = {line.sequence for line in view(sitting, "clerk").log}
    assert {line.sequence for line in shown.log} < staff_lines
    assert not shown.actions["raise_hand"].allowed and shown.actions["set_microphone"].allowed


def test_the_desk_list_says_who_attends_at_court(sitting: Any) -> None:
    listed = {one.id: (one.attends, one.at_court) for one in view(sitting, "clerk").desk or []}
    assert listed[sitting.id("respondent")] == ("at_court", True)
    assert listed[sitting.id("witness")] == ("at_court", False)
    assert listed[sitting.id("claimant")] == ("online", False)


def test_who_waits_is_not_shown_the_courtroom(sitting: Any) -> None:
    sitting.connect("observer")
    roles = {one.role for one in view(sitting, "observer").participants}
    assert "courtroom" not in roles and "clerk" in roles


def test_a_lost_courtroom_is_named_as_what_is_missing(sitting: Any) -> None:
    hall = hall_of(sitting.h).id
    sitting.do("system", c.Disconnect(hall, HALL, "network"))
    sitting.later(31)
    sitting.do("system", c.Tick())
    (notice,) = [one for one in view(sitting, "claimant").notices if one.id == "side_absent"]
    assert "法庭现场" in notice.text.zh and "courtroom" in notice.text.en and "Li" in notice.text.en


# ── connections ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def national(house: House) -> House:
    """The house under the national rules, its lobby open, everybody's consent stated."""
    house.room.actor._ruleset_name = "spc-2021"
    await house.lobby()
    assert house.hearing.ruleset == "spc-2021"
    return house


def info(house: House, sid: str, device: str, epoch: int) -> ConnectionInfo:
    hall = hall_of(house.hearing)
    claims = RoomClaims(
        participant=hall.id, proceeding=HEARING, role="courtroom", side=None, epoch=epoch, device=device,
        jti="tok_1",
    )  # fmt: skip
    return ConnectionInfo(sid, claims, "127.0.0.1", "test")


async def objects(house: House) -> None:
    value = {"position": "objects", "reasons": ""}
    await house.do(DESK, c.AssertFact(f"position:{house['respondent'].id}", value, "Li", "paper"))


async def code_of(house: House, connection: ConnectionInfo) -> str:
    with pytest.raises(ConnectionRefused) as caught:
        await house.gateway.connected(connection)
    assert caught.value.error.text.zh and caught.value.error.text.en
    return caught.value.error.code


async def test_who_is_connected_when_the_answer_changes_is_cut_off_and_told(national: House) -> None:
    house = national
    await house.connect("claimant", "s_claimant")
    await house.connect("respondent", "s_respondent")
    old = house.info("respondent", "s_old")
    await objects(house)
    await house.settled()
    assert [(sid, last.reason, last.may_return) for sid, last in house.ended] == [
        ("s_respondent", "at_court", False)
    ]
    assert house.ended[0][1].text.zh and not house["respondent"].connected and house["claimant"].connected
    assert await code_of(house, old) == "token_outdated"
    await house.do(DESK, c.ScheduleHearing())
    await house.do(DESK, c.OpenLobby())
    assert await code_of(house, old) == "token_outdated"
    assert await code_of(house, house.info("respondent", "s_new")) == "attends_at_court"
    assert not house["respondent"].connected and house["respondent"].place == "outside"


async def test_the_first_computer_is_told_when_the_courtroom_moves(national: House) -> None:
    house = national
    await house.do(DESK, c.OpenCourtroom(HALL))
    assert await code_of(house, info(house, "s_x", "dev_elsewhere", 0)) == "courtroom_elsewhere"
    await house.gateway.connected(info(house, "s_hall", HALL, 0))
    await house.do(DESK, c.OpenCourtroom("dev_second"))
    await house.settled()
    ((sid, last),) = house.ended
    assert (sid, last.reason, last.may_return) == ("s_hall", "replaced", False)
    assert "另一台电脑" in last.text.zh and "another computer" in last.text.en
    assert await code_of(house, info(house, "s_hall", HALL, 0)) == "token_outdated"
    assert await code_of(house, info(house, "s_hall", HALL, 1)) == "courtroom_elsewhere"
    await house.gateway.connected(info(house, "s_second", "dev_second", 1))
    assert hall_of(house.hearing).connected and hall_of(house.hearing).device == "dev_second"
    # The end of the first connection is not the end of the second.
    await house.gateway.disconnected("s_hall", "transport_close")
    await house.settled()
    assert hall_of(house.hearing).connected
