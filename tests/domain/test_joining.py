"""Coming in: equipment, declaration, connections and the second device."""

from __future__ import annotations

from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e


def test_nobody_enters_before_the_lobby_is_open(court: Any) -> None:
    court.scheduled()
    for name in ("judge", "claimant"):
        assert court.refused(name, c.Connect(court.id(name), "d")).code == "not_now"


def test_the_declaration_comes_first(court: Any) -> None:
    court.lobby()
    who = court.id("claimant")
    assert court.refused("claimant", c.Connect(who, "d")).code == "declare_first"
    assert court.do("claimant", c.MakeDeclaration(who, "2026-01"))
    assert court.do("claimant", c.MakeDeclaration(who, "2026-01")) == []
    court.do("claimant", c.Connect(who, "d"))
    assert court["claimant"].place == "lobby" and court["claimant"].waiting_since == court.now


def test_nobody_acts_for_another(court: Any) -> None:
    court.lobby()
    for command in (
        c.Connect(court.id("respondent"), "d"),
        c.MakeDeclaration(court.id("respondent"), "2026-01"),
        c.Disconnect(court.id("respondent"), "d", "network"),
    ):
        assert court.refused("claimant", command).code == "not_permitted"


def test_the_desk_tests_no_equipment_and_connects_nobody(court: Any) -> None:
    """A failed test asserts something as if by the side's own link, so that nobody at the desk may report one."""
    court.lobby()
    respondent = court.id("respondent")
    test = c.RecordEquipment(respondent, "none", "none", "untested", "failed", "browser")
    for who in ("desk", "judge_desk"):
        assert court.refused(who, test).code == "not_permitted"
        assert court.refused(who, c.Connect(respondent, "dev_desk")).code == "not_permitted"


def test_equipment_is_kept_as_evidence(court: Any) -> None:
    court.scheduled()
    who = court.id("claimant")
    court.do("claimant", c.RecordEquipment(who, "ok", "ok", "untested", "good", "Chromium"))
    assert court["claimant"].equipment == "passed"
    court.do("claimant", c.RecordEquipment(who, "denied", "ok", "ok", "good"))
    assert court["claimant"].equipment == "problem"
    assert court.refused("claimant", c.RecordEquipment(who, "great", "ok", "ok", "good")).code == "invalid"


def test_a_reload_replaces_the_connection_and_keeps_the_place(court: Any) -> None:
    court.session()
    happened = court.connect("claimant")
    assert (
        isinstance(happened[0], e.ParticipantConnected)
        and happened[0].replaced
        and happened[0].place == "main"
    )
    court.disconnect("claimant")
    court.do("judge", c.Recess("lunch"))
    court.connect("claimant")
    assert court["claimant"].place == "main" and court["claimant"].state == "in_room"


def test_a_reload_during_the_check_goes_on_with_it(court: Any) -> None:
    court.lobby()
    court.connect("claimant")
    court.do("clerk", c.BeginCheck(court.id("claimant")))
    court.connect("claimant")
    assert court["claimant"].place == "check" and court.h.check == court.id("claimant")


def test_a_disconnection_ends_the_check(court: Any) -> None:
    for gone in ("claimant", "clerk"):
        fresh = type(court)().lobby()
        fresh.connect("claimant")
        fresh.do("clerk", c.BeginCheck(fresh.id("claimant")))
        happened = fresh.disconnect(gone)
        assert [type(one) for one in happened] == [e.CheckEnded, e.ParticipantDisconnected]
        assert fresh["clerk"].place == "main" and fresh.h.check is None
        assert fresh["claimant"].place == ("outside" if gone == "claimant" else "lobby")


def test_a_late_goodbye_of_another_device_is_ignored(court: Any) -> None:
    court.session()
    assert court.do("system", c.Disconnect(court.id("claimant"), "another", "network")) == []
    assert court["claimant"].connected


def test_a_second_device_waits_for_the_clerk(court: Any) -> None:
    court.session()
    who = court.id("claimant")
    assert court.refused("claimant", c.Connect(who, "phone")).code == "device_waits"
    court.do("claimant", c.WaitWithDevice(who, "phone"))
    assert court.do("claimant", c.WaitWithDevice(who, "phone")) == []
    assert court["claimant"].connected and court["claimant"].waiting_device == "phone"
    assert court.refused("claimant", c.ApproveDevice(who)).code == "not_permitted"
    court.do("clerk", c.ApproveDevice(who, approve=False))
    assert court["claimant"].waiting_device is None
    assert court.refused("clerk", c.ApproveDevice(who)).code == "no_device_waits"
    court.do("claimant", c.WaitWithDevice(who, "phone"))
    court.do("clerk", c.ApproveDevice(who))
    person = court["claimant"]
    assert (person.epoch, person.connected, person.device) == (1, False, "phone")
    court.do("claimant", c.Connect(who, "phone"))
    assert court["claimant"].place == "main"
    assert court.refused("claimant", c.Connect(who, "dev_claimant")).code == "device_waits"


def test_an_admitted_place_is_not_taken_by_another_device_while_its_holder_is_away(court: Any) -> None:
    court.session()
    court.disconnect("claimant")
    assert court.refused("claimant", c.Connect(court.id("claimant"), "phone")).code == "device_waits"


def test_staff_may_change_to_another_device_once_the_first_is_gone(court: Any) -> None:
    court.session()
    assert court.refused("judge", c.Connect(court.id("judge"), "other")).code == "device_waits"
    court.disconnect("judge")
    court.do("judge", c.Connect(court.id("judge"), "other"))
    assert court["judge"].place == "main"


def test_a_closed_case_has_no_gallery(court: Any) -> None:
    court.drafted().consented()
    court.state("closed", "on_application_granted")
    court.do("desk", c.Determine())
    court.do("desk", c.ScheduleHearing())
    court.do("desk", c.OpenLobby())
    court.do("observer", c.MakeDeclaration(court.id("observer"), "2026-01"))
    refused = court.refused("observer", c.Connect(court.id("observer"), "d"))
    assert (refused.code, refused.citation) == ("no_gallery", "OLR 27")
