"""Inside the room: check and admission, the floor, leaving and removing."""

from __future__ import annotations

from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e


def test_admission_needs_identity_and_the_clerk(court: Any) -> None:
    court.lobby()
    court.connect("claimant")
    who = court.id("claimant")
    assert court.refused("judge", c.Admit(who)).code == "not_permitted"
    refused = court.refused("clerk", c.Admit(who))
    assert (refused.code, refused.citation) == ("identity_first", "OLR 7")
    court.do("clerk", c.VerifyIdentity(who, "id_card_shown", "seen"))
    check = court["claimant"].identity
    assert (check.method, check.by, check.at, check.note) == (
        "id_card_shown",
        court.id("clerk"),
        court.now,
        "seen",
    )
    court.do("clerk", c.Admit(who))
    assert court["claimant"].place == "main" and court["claimant"].admitted
    assert court.refused("clerk", c.Admit(who)).code == "is_admitted"


def test_who_is_not_there_is_neither_checked_nor_admitted(court: Any) -> None:
    court.lobby()
    who = court.id("claimant")
    assert court.refused("clerk", c.VerifyIdentity(who, "id_card_shown")).code == "not_there"
    assert court.refused("clerk", c.Admit(who)).code == "not_waiting"
    assert court.refused("clerk", c.BeginCheck(who)).code == "not_waiting"
    assert court.refused("clerk", c.Admit("par_nobody")).code == "no_such_participant"
    assert court.refused("clerk", c.Admit(court.id("judge"))).code == "of_the_court"


def test_one_check_at_a_time(court: Any) -> None:
    court.lobby()
    court.connect("claimant")
    court.connect("respondent")
    assert court.refused("clerk", c.EndCheck()).code == "no_check"
    court.do("clerk", c.BeginCheck(court.id("claimant")))
    assert court.refused("clerk", c.BeginCheck(court.id("respondent"))).code == "check_going_on"
    court.do("clerk", c.SendBack(court.id("claimant")))
    assert court["claimant"].place == "lobby" and court["clerk"].place == "main"


def test_admitting_somebody_else_leaves_the_check_alone(court: Any) -> None:
    court.lobby()
    court.connect("claimant")
    court.connect("respondent")
    court.do("clerk", c.BeginCheck(court.id("claimant")))
    court.admit("respondent")
    assert court.h.check == court.id("claimant")
    court.admit("claimant")
    assert court.h.check is None and court["clerk"].place == "main"


def test_sent_back_means_admitted_anew(court: Any) -> None:
    court.session()
    court.do("respondent", c.RaiseHand())
    court.do("clerk", c.SendBack(court.id("respondent")))
    person = court["respondent"]
    assert (person.place, person.admitted, person.hand_raised_at) == ("lobby", False, None)
    assert court.h.hands == ()
    court.do("clerk", c.Admit(court.id("respondent")))
    assert court["respondent"].place == "main"


def test_a_mute_can_be_undone_by_its_owner_only(court: Any) -> None:
    court.session()
    who = court.id("respondent")
    assert court.refused("clerk", c.Mute(who)).code == "not_permitted"
    court.do("judge", c.Mute(who))
    assert court.do("judge", c.Mute(who)) == []
    assert court["respondent"].muted_by_court and not court["respondent"].microphone_on
    court.do("respondent", c.SetMicrophone(True))
    assert court["respondent"].microphone_on and not court["respondent"].muted_by_court
    assert court.refused("judge", c.Mute(court.id("judge"))).code == "own_microphone"


def test_a_lock_holds_until_the_judge_lifts_it(court: Any) -> None:
    court.session()
    who = court.id("respondent")
    court.do("judge", c.Mute(who))
    court.do("judge", c.Mute(who, lock=True))
    assert court.refused("respondent", c.SetMicrophone(True)).code == "microphone_locked"
    court.disconnect("respondent")
    court.connect("respondent")
    assert court.refused("respondent", c.SetMicrophone(True)).code == "microphone_locked"
    court.do("judge", c.UnlockMicrophone(who))
    assert court.do("judge", c.UnlockMicrophone(who)) == []
    assert not court["respondent"].microphone_on
    court.do("respondent", c.SetMicrophone(True))
    assert court["respondent"].microphone_on


def test_mute_all_is_everyone_but_the_presiding_judge(court: Any) -> None:
    court.session()
    court.connect("witness")
    court.do("judge", c.MuteAll(lock=True))
    locked = {name for name in court.NAMES if court[name].microphone_locked}
    assert locked == {"panel", "clerk", "claimant", "counsel", "respondent"}
    assert court["judge"].microphone_on and court["witness"].microphone_on


def test_hands_queue_in_the_order_raised(court: Any) -> None:
    court.session()
    for name in ("respondent", "claimant"):
        court.do(name, c.RaiseHand())
    assert court.h.hands == (court.id("respondent"), court.id("claimant"))
    assert court.refused("claimant", c.RaiseHand()).code == "hand_is_up"
    assert court.refused("claimant", c.LowerHand(court.id("respondent"))).code == "not_permitted"
    court.do("clerk", c.LowerHand(court.id("respondent")))
    court.do("claimant", c.LowerHand())
    assert court.h.hands == () and court.do("claimant", c.LowerHand()) == []
    court.connect("witness")
    assert court.refused("witness", c.RaiseHand()).code == "not_admitted"


def test_leaving_in_session_is_without_permission(court: Any) -> None:
    court.session()
    happened = court.do("respondent", c.Leave())
    assert isinstance(happened[0], e.ParticipantLeft) and happened[0].how == "left_without_permission"
    person = court["respondent"]
    assert person.state == "left_without_permission" and person.times_left_without_permission == 1
    assert not person.connected and not person.admitted
    assert court.disconnect("respondent") == []
    court.connect("respondent")
    assert court["respondent"].state == "lobby"


def test_leaving_in_a_recess_keeps_the_place(court: Any) -> None:
    court.session()
    court.do("judge", c.Recess("lunch"))
    court.do("respondent", c.Leave())
    assert court["respondent"].state == "left"
    court.connect("respondent")
    assert court["respondent"].place == "main"


def test_a_lost_connection_is_no_leaving(court: Any) -> None:
    court.session()
    court.disconnect("respondent")
    person = court["respondent"]
    assert (person.state, person.times_left_without_permission) == ("disconnected", 0)
    assert person.last_disconnect.cause == "network"


def test_the_removed_do_not_return(court: Any) -> None:
    court.session()
    who = court.id("respondent")
    assert court.refused("clerk", c.Remove(who, "r")).code == "not_permitted"
    assert court.refused("judge", c.Remove(who, "")).code == "invalid"
    assert court.refused("judge", c.Remove(court.id("clerk"), "r")).code == "of_the_court"
    court.do("judge", c.Remove(who, "shouting"))
    assert court["respondent"].state == "removed" and court["respondent"].epoch == 1
    for command in (c.Connect(who, "dev_respondent"), c.SetMicrophone(True), c.WaitWithDevice(who, "x")):
        assert court.refused("respondent", command).code == "removed"
    assert court.refused("system", c.Connect(who, "dev_respondent")).code == "removed"
    assert court.refused("clerk", c.Admit(who)).code == "removed"
    assert court.do("system", c.Disconnect(who, "dev_respondent", "removed")) == []


def test_absence_is_noted_until_they_come(court: Any) -> None:
    court.lobby()
    court.do("clerk", c.NoteAbsent(court.id("respondent")))
    assert court.do("clerk", c.NoteAbsent(court.id("respondent"))) == []
    court.connect("respondent")
    assert not court["respondent"].absent_noted
    assert court.refused("clerk", c.NoteAbsent(court.id("respondent"))).code == "is_there"


def test_room_commands_need_a_connection(court: Any) -> None:
    court.session()
    court.disconnect("judge")
    assert court.refused("judge", c.Recess("r")).code == "not_connected"
    assert court.refused("judge_desk", c.Recess("r")).code == "enter_first"
