"""Hearings that some attend at court: the courtroom's computer, presence noted there, and when a side is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import model as m
from room_server.domain.courtroom import courtroom_of
from room_server.domain.event_data import event_type, from_data, to_data
from room_server.domain.hearing import replay
from room_server.domain.permissions import Allowed, Refused, actions
from room_server.domain.readiness import readiness
from room_server.domain.record import describe, visible_to_all

HALL = "dev_hall"
OTHER_CLERK = m.Actor("staff", "acc_other", "clerk", "Ma")
OTHER_JUDGE = m.Actor("staff", "acc_panel", "judge", "Zhou")


def room(court: Any) -> m.Participant:
    found = courtroom_of(court.h)
    assert found is not None
    return found


def actor_of(person: m.Participant) -> m.Actor:
    return m.Actor("participant", person.id, person.role, person.name)


def open_courtroom(court: Any, device: str = HALL) -> None:
    court.do("desk", c.OpenCourtroom(device))


def connect_courtroom(court: Any, device: str = HALL) -> list[e.Event]:
    connected: list[e.Event] = court.do(actor_of(room(court)), c.Connect(room(court).id, device))
    return connected


def lose_courtroom(court: Any) -> None:
    court.do("system", c.Disconnect(room(court).id, HALL, "network"))


def missing(court: Any) -> set[str]:
    return {item.key for item in readiness(court.h, court.context("system")) if not item.done}


class Hybrid:
    """The respondent said nothing, so under the national rules that side attends at court."""

    def __init__(self, new_court: Callable[..., Any]) -> None:
        self.court = new_court("spc-2021")

    def lobby(self) -> Any:
        court = self.court
        court.drafted().position("claimant", "consents")
        court.do("desk", c.Determine())
        assert court.h.phase == "hybrid" and court.h.determination.in_person == (court.id("respondent"),)
        court.do("desk", c.ScheduleHearing())
        court.do("desk", c.OpenLobby())
        for name in ("judge", "panel", "clerk"):
            court.connect(name)
        return court

    def ready(self) -> Any:
        court = self.lobby()
        for name in ("claimant", "counsel"):
            court.connect(name)
            court.admit(name)
        court.do("system", c.ArmRecorder())
        open_courtroom(court)
        connect_courtroom(court)
        court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
        court.do("system", c.Reassess())
        assert court.h.phase == "ready"
        return court

    def session(self) -> Any:
        court = self.ready()
        court.do("judge", c.OpenSession())
        court.do("system", c.RecorderStarted())
        return court


@pytest.fixture
def hybrid(new_court: Callable[..., Any]) -> Hybrid:
    return Hybrid(new_court)


# ── opening the courtroom ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_courtroom_is_added_once_and_named_after_the_room(court: Any) -> None:
    court.scheduled()
    open_courtroom(court)
    assert (room(court).role, room(court).name, room(court).device) == ("courtroom", "第一法庭", HALL)
    assert room(court).account == "acc_clerk" and court.h.of_account("acc_clerk").role == "clerk"
    assert court.do("desk", c.OpenCourtroom(HALL)) == []
    before = room(court)
    court.do("judge_desk", c.OpenCourtroom("dev_second"))
    assert room(court).id == before.id and room(court).device == "dev_second"
    assert [one.role for one in court.h.participants.values()].count("courtroom") == 1


def test_only_clerk_and_presiding_judge_of_this_hearing_open_it(court: Any) -> None:
    court.scheduled()
    for who in (OTHER_CLERK, OTHER_JUDGE, m.Actor("staff", "acc_admin", "administrator", "Root")):
        assert court.refused(who, c.OpenCourtroom(HALL)).code in ("not_named", "not_permitted")
        assert isinstance(actions(court.h, who)["open_courtroom"], Refused)
    for name in ("claimant", "witness"):
        assert court.refused(name, c.OpenCourtroom(HALL)).code == "not_permitted"
    assert isinstance(actions(court.h, court.desk)["open_courtroom"], Allowed)
    assert court.refused("desk", c.OpenCourtroom(" ")).code == "invalid"
    court.do("desk", c.CancelHearing("settled"))
    assert court.refused("desk", c.OpenCourtroom(HALL))


def test_another_computer_takes_over_only_when_opened_there(hybrid: Hybrid) -> None:
    court = hybrid.lobby()
    open_courtroom(court)
    refused = court.refused(actor_of(room(court)), c.Connect(room(court).id, "dev_elsewhere"))
    assert refused.code == "courtroom_elsewhere"
    connect_courtroom(court)
    epoch = room(court).epoch
    court.do("desk", c.OpenCourtroom("dev_second"))
    assert not room(court).connected and room(court).epoch == epoch + 1
    assert court.refused(actor_of(room(court)), c.Connect(room(court).id, HALL)).code == "courtroom_elsewhere"
    connect_courtroom(court, "dev_second")
    assert room(court).connected


def test_the_courtroom_cannot_be_named_or_invited(new_court: Callable[..., Any]) -> None:
    court = new_court()
    hall = m.NewParticipant("courtroom", "Hall", account="acc_hall")
    assert court.refused(
        court.desk,
        c.DraftHearing(
            "hrg_0000000000000001", "case_0000000000000001", "1", "t", "c", "civil", "trial",
            court.now, "一", "1", (*court.LIST, hall),
        ),
    ).code == "bad_participants"  # fmt: skip
    court.scheduled()
    open_courtroom(court)
    assert court.refused("desk", c.NoteInvitation(room(court).id, "issued")).code == "no_link_for_courtroom"


def test_a_change_of_the_list_leaves_the_courtroom_alone(court: Any) -> None:
    court.lobby()
    open_courtroom(court)
    connect_courtroom(court)
    assert court.do("desk", c.ChangeHearing(participants=court.LIST)) == []
    court.do("desk", c.ChangeHearing(participants=court.LIST[:-1], courtroom_zh="第九法庭"))
    assert room(court).connected and room(court).name == "第九法庭"


# ── a full participant of the court ────────────────────────────────────────────────────────────────────────────────


def test_the_courtroom_sends_receives_and_is_recorded(hybrid: Hybrid) -> None:
    court = hybrid.session()
    hall = room(court)
    inside = {court.id(name) for name in ("judge", "panel", "clerk", "claimant", "counsel")}
    graph = court.forwarding()
    assert {edge for edge in graph.edges if hall.id in edge} == {
        pair for other in inside for pair in ((hall.id, other), (other, hall.id))
    }
    assert graph.recorded == inside | {hall.id}
    court.do("judge", c.Mute(hall.id, lock=True))
    assert (hall.id, "microphone") in court.forwarding().muted
    assert court.refused(actor_of(hall), c.SetMicrophone(True)).code == "microphone_locked"
    court.do("judge", c.UnlockMicrophone(hall.id))
    court.do(actor_of(hall), c.SetMicrophone(True))
    court.do("judge", c.MuteAll())
    assert (hall.id, "microphone") in court.forwarding().muted
    court.do(actor_of(hall), c.SetCamera(False))
    assert (hall.id, "camera") in court.forwarding().muted


def test_what_the_courtroom_may_not_do_and_what_may_not_be_done_to_it(hybrid: Hybrid) -> None:
    court = hybrid.session()
    hall = actor_of(room(court))
    for command in (
        c.RaiseHand(), c.OpenSession(), c.NotePresentAtCourt(court.id("respondent")), c.CloseHearing(),
        c.LodgeObjection("x"), c.Recess("x"),
    ):  # fmt: skip
        assert court.refused(hall, command).code == "not_permitted"
    attempts: list[tuple[str, c.Command]] = [
        ("judge", c.Remove(hall.id, "noise")),
        ("clerk", c.SendBack(hall.id)),
        ("clerk", c.NotePresentAtCourt(hall.id)),
        ("clerk", c.VerifyIdentity(hall.id, "id_card_shown")),
    ]
    for who, attempt in attempts:
        assert court.refused(who, attempt).code == "of_the_court"


def test_closing_the_courtroom_is_no_leaving_without_permission(hybrid: Hybrid) -> None:
    court = hybrid.session()
    (left,) = court.do(actor_of(room(court)), c.Leave())
    assert left.how == "left"
    connect_courtroom(court)
    assert room(court).state == "in_room"


def test_without_anybody_at_court_nobody_waits_for_the_courtroom(court: Any) -> None:
    court.ready()
    open_courtroom(court)
    court.do("system", c.Reassess())
    assert court.h.phase == "ready"
    court.do("judge", c.OpenSession())
    court.do("system", c.RecorderStarted())
    court.later(60)
    assert court.do("system", c.Tick()) == []


# ── who attends at court ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_room_is_ready_once_courtroom_and_people_in_it_are_there(hybrid: Hybrid) -> None:
    court = hybrid.lobby()
    for name in ("claimant", "counsel"):
        court.connect(name)
        court.admit(name)
    court.do("system", c.ArmRecorder())
    respondent = f"participant:{court.id('respondent')}"
    assert missing(court) == {"courtroom", respondent}
    open_courtroom(court)
    assert missing(court) == {"courtroom", respondent}
    connect_courtroom(court)
    assert missing(court) == {respondent}
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent"), method="known_to_court", note="bailiff"))
    assert missing(court) == set()
    assert court["respondent"].at_court.method == "known_to_court"
    court.do("system", c.Reassess())
    lose_courtroom(court)
    court.do("system", c.Reassess())
    assert court.h.phase == "lobby_open" and missing(court) == {"courtroom"}
    connect_courtroom(court)
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent"), present=False))
    assert missing(court) == {respondent}
    court.do("clerk", c.NoteAbsent(court.id("respondent")))
    lose_courtroom(court)
    assert missing(court) == set(), "nobody is waited for in the courtroom any more"
    assert all(item.zh and item.en for item in readiness(court.h, court.context("system")))


def test_presence_is_noted_for_those_attending_at_court_only(hybrid: Hybrid) -> None:
    court = hybrid.lobby()
    court.connect("claimant")
    assert court.refused("clerk", c.NotePresentAtCourt(court.id("claimant"))).code == "attends_online"
    assert court.refused("clerk", c.NotePresentAtCourt(court.id("judge"))).code == "of_the_court"
    assert court.refused("clerk", c.NotePresentAtCourt("par_x")).code == "no_such_participant"
    wrong: Any = "a_hunch"
    assert (
        court.refused("clerk", c.NotePresentAtCourt(court.id("respondent"), method=wrong)).citation == "OLR 7"
    )
    assert court.refused("judge", c.NotePresentAtCourt(court.id("respondent"))).code == "not_permitted"
    assert court.refused("desk", c.NotePresentAtCourt(court.id("respondent"))).code == "enter_first"
    assert court.do("clerk", c.NotePresentAtCourt(court.id("respondent"), present=False)) == []
    (noted,) = court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
    assert visible_to_all(noted) and all("Li" in text for text in describe(noted, court.h))
    assert court.do("clerk", c.NotePresentAtCourt(court.id("respondent"))) == []
    assert court.refused("clerk", c.NoteAbsent(court.id("respondent"))).code == "is_there"
    assert not court["respondent"].connected, "noted at court is not let in online"


def test_a_link_of_who_attends_at_court_lets_nobody_in(hybrid: Hybrid) -> None:
    court = hybrid.lobby()
    court.do("respondent", c.MakeDeclaration(court.id("respondent"), "2026-01"))
    for command in (c.Connect, c.WaitWithDevice):
        refused = court.refused("respondent", command(court.id("respondent"), "dev_respondent"))
        assert refused.code == "attends_at_court" and refused.citation and "OLR" in refused.citation
        assert "第一法庭" in refused.zh and "Courtroom 1" in refused.en
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
    assert court.refused("respondent", c.Connect(court.id("respondent"), "dev_x")).code == "attends_at_court"
    assert not any(court.id("respondent") in edge for edge in court.forwarding().edges)


def test_who_is_connected_when_the_answer_changes_loses_the_place(new_court: Callable[..., Any]) -> None:
    court = new_court("spc-2021")
    court.ready()
    before = court["respondent"]
    assert before.admitted and before.connected
    court.position("respondent", "objects")
    after = court["respondent"]
    assert after.attends == "at_court" and not after.admitted and not after.connected
    assert (after.place, after.epoch, after.device) == ("outside", before.epoch + 1, None)
    assert after.identity is not None, "what the clerk saw online is not undone"
    assert court["claimant"].admitted and court["claimant"].epoch == 0
    assert court.h.phase == "hybrid", "the clerk arranges it anew"
    court.do("desk", c.ScheduleHearing())
    court.do("desk", c.OpenLobby())
    assert court.refused("respondent", c.Connect(court.id("respondent"), "dev_x")).code == "attends_at_court"
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
    court.position("respondent", "consents")
    back = court["respondent"]
    assert back.attends == "online" and back.at_court is None
    court.connect("respondent")
    court.admit("respondent")


def test_the_check_of_who_has_to_come_to_court_ends(new_court: Callable[..., Any]) -> None:
    court = new_court("spc-2021")
    court.lobby()
    court.connect("respondent")
    court.do("clerk", c.BeginCheck(court.id("respondent")))
    court.position("respondent", "objects")
    assert court.h.check is None and court["clerk"].place == "main"
    assert court.forwarding().edges == frozenset()


def test_a_witness_at_court_needs_the_courtroom_and_is_not_waited_for(court: Any) -> None:
    court.ready()
    court.state("witness_objection:witness", True)
    court.do(
        m.Actor("staff", "acc_judge", "judge", "Wang"),
        c.MakeRuling(f"witness:{court.id('witness')}", True, "seen in person", "OLR 26"),
    )
    assert court["witness"].attends == "at_court"
    assert missing(court) == {"courtroom"}


# ── a side at court that is gone ───────────────────────────────────────────────────────────────────────────────────


def test_the_courtroom_gone_for_thirty_seconds_pauses_for_the_side_in_it(hybrid: Hybrid) -> None:
    court = hybrid.session()
    court.later(120)
    assert court.do("system", c.Tick()) == []
    lose_courtroom(court)
    court.later(29)
    assert court.do("system", c.Tick()) == []
    court.later(1)
    court.do("system", c.Tick())
    assert court.h.forwarding_paused.sides == (court.id("respondent"),)
    assert court.forwarding().edges == frozenset()
    happened = connect_courtroom(court)
    assert isinstance(happened[-1], e.ForwardingResumed) and court.h.forwarding_paused is None


def test_who_left_the_courtroom_is_missing_and_comes_back(hybrid: Hybrid) -> None:
    court = hybrid.session()
    court.later(60)
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent"), present=False))
    assert court.do("system", c.Tick()) == []
    court.later(30)
    court.do("system", c.Tick())
    assert court.h.forwarding_paused.sides == (court.id("respondent"),)
    court.do("judge", c.Resume())
    assert court.h.continued_without == {court.id("respondent")}
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
    assert court.h.continued_without == frozenset()
    lose_courtroom(court)
    court.later(31)
    court.do("system", c.Tick())
    court.do("judge", c.Resume())
    connect_courtroom(court)
    assert court.h.continued_without == frozenset(), "with the courtroom the people in it are back"


def test_who_never_came_to_court_is_not_waited_for(hybrid: Hybrid) -> None:
    court = hybrid.lobby()
    for name in ("claimant", "counsel"):
        court.connect(name)
        court.admit(name)
    court.do("system", c.ArmRecorder())
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent"), present=False))
    court.do("clerk", c.NoteAbsent(court.id("respondent")))
    court.do("system", c.Reassess())
    court.do("judge", c.OpenSession())
    court.do("system", c.RecorderStarted())
    court.later(120)
    assert court.do("system", c.Tick()) == []


def test_a_restart_disconnects_the_courtroom_and_keeps_what_was_noted(hybrid: Hybrid) -> None:
    court = hybrid.session()
    court.do("system", c.ServerRestarted())
    assert not room(court).connected and room(court).place == "main" and room(court).device == HALL
    assert court["respondent"].at_court is not None
    court.do("system", c.RecorderRestored())
    for name in ("judge", "panel", "clerk", "claimant", "counsel"):
        court.connect(name)
    court.later(31)
    court.do("system", c.Tick())
    assert court.h.forwarding_paused.sides == (court.id("respondent"),)


# ── adjourned, and on as a hybrid hearing ──────────────────────────────────────────────────────────────────────────


def test_an_online_hearing_is_adjourned_and_goes_on_as_hybrid(new_court: Callable[..., Any]) -> None:
    court = new_court("spc-2021")
    court.session()
    court.position("respondent", "objects", "")
    assert court["respondent"].attends == "online", "nobody is moved in the open hearing"
    if not court.h.determination.in_person:
        pytest.fail("the objection was not determined")
    court.do("judge", c.Suspend("to go on at court"))
    court.do("judge", c.Adjourn("the respondent will attend in person"))
    assert court["respondent"].attends == "at_court" and not court["respondent"].connected
    court.do("judge_desk", c.ScheduleHearing(court.now))
    court.do("desk", c.OpenLobby())
    for name in ("judge", "panel", "clerk", "claimant", "counsel"):
        court.connect(name)
    for name in ("claimant", "counsel"):
        court.admit(name)
    court.do("system", c.ArmRecorder())
    assert missing(court) == {"courtroom", f"participant:{court.id('respondent')}"}
    open_courtroom(court)
    connect_courtroom(court)
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent")))
    court.do("system", c.Reassess())
    court.do("judge", c.OpenSession())
    assert court.h.phase == "in_session"


@pytest.mark.parametrize("checked", [False, True])
def test_who_has_to_attend_at_court_since_the_opening_is_not_let_in_online(court: Any, checked: bool) -> None:
    """Places that are held stay (OLR 21 para 2), but no new one is given by media against a ruling (OLR 26)."""
    court.session()
    court.connect("witness")
    if checked:
        court.do("clerk", c.VerifyIdentity(court.id("witness"), "id_card_shown"))
    court.do("judge_desk", c.MakeRuling(f"witness:{court.id('witness')}", True, "to be seen", "OLR 26"))
    assert court.h.phase == "in_session" and court["claimant"].place == "main"
    assert court.refused("clerk", c.BeginCheck(court.id("witness"))).code == "attends_at_court"
    court.do("clerk", c.VerifyIdentity(court.id("witness"), "id_card_shown"))
    assert court.refused("clerk", c.Admit(court.id("witness"))).code == "attends_at_court"
    assert not [edge for edge in court.forwarding().edges if court.id("witness") in edge]
    court.do("judge_desk", c.MakeRuling(f"witness:{court.id('witness')}", False, "heard online", "OLR 26"))
    court.do("clerk", c.Admit(court.id("witness")))
    assert court["witness"].place == "main"


def test_presence_at_court_is_noted_anew_after_an_adjournment(hybrid: Hybrid) -> None:
    court = hybrid.session()
    court.do("judge", c.Suspend("power"))
    court.do("judge", c.Adjourn("power"))
    assert court["respondent"].attends == "at_court" and court["respondent"].at_court is None
    assert room(court).device == HALL


# ── the record ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_log_reads_the_same_again_in_plain_words(hybrid: Hybrid) -> None:
    court = hybrid.session()
    court.do("clerk", c.NotePresentAtCourt(court.id("respondent"), present=False))
    court.do("desk", c.OpenCourtroom("dev_second"))
    read = [(from_data(event_type(event), to_data(event)), at) for event, at in court.log]
    assert replay(read) == court.h
    said = [describe(event, court.h) for event, _ in court.log]
    assert ("法庭现场（第一法庭）已接通。", "The courtroom (Courtroom 1) is connected.") in said
    assert any(zh == "书记员Liu记明Li已到法庭现场（出示居民身份证）。" for zh, _ in said)


def test_an_early_log_without_a_device_still_reads(court: Any) -> None:
    court.scheduled()
    opened = from_data("courtroom_opened", {"by": {"kind": "staff", "id": "acc_clerk", "role": "clerk", "name": "Liu"},
                                            "participant_id": "par_hall", "name": "第一法庭"})  # fmt: skip
    after = replay([(opened, court.now)], court.h)
    assert after is not None and after.participants["par_hall"].device is None
