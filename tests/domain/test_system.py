"""What the server does by itself: readiness, time, recorder, relay, restart."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.readiness import readiness


def missing(court: Any) -> set[str]:
    return {item.key for item in readiness(court.h, court.context("system")) if not item.done}


def test_ready_when_all_is_there_and_back_when_not(court: Any) -> None:
    court.lobby()
    people = {f"participant:{court.id(name)}" for name in ("claimant", "counsel", "respondent")}
    assert missing(court) == people | {"recorder"}
    for name in ("claimant", "counsel"):
        court.connect(name)
        court.admit(name)
    court.do("clerk", c.NoteAbsent(court.id("respondent")))
    assert missing(court) == {"recorder"}
    assert court.do("system", c.Reassess()) == []
    court.do("system", c.ArmRecorder())
    court.do("system", c.Reassess())
    assert court.h.phase == "ready"
    court.disconnect("clerk")
    assert missing(court) == {"clerk"}
    court.do("system", c.Reassess())
    assert (court.h.phase, court.h.phase_reason) == ("lobby_open", "no_longer_ready")
    assert all(item.zh and item.en for item in readiness(court.h, court.context("system")))


def test_nobody_but_the_system_gives_its_commands(court: Any) -> None:
    court.session()
    for command in (c.Tick(), c.Reassess(), c.ArmRecorder(), c.RecorderLost("x"), c.ServerRestarted()):
        for who in ("judge", "clerk", "claimant", "desk"):
            assert court.refused(who, command).code == "not_permitted"


@pytest.mark.parametrize("name", ["judge", "panel"])
def test_a_bench_member_gone_for_ten_seconds_suspends(court: Any, name: str) -> None:
    court.session()
    court.disconnect(name)
    court.later(9.9)
    assert court.do("system", c.Tick()) == []
    court.later(0.1)
    court.do("system", c.Tick())
    assert (court.h.phase, court.h.phase_reason) == ("suspended_technical", "bench_absent")


def test_a_bench_member_who_is_back_in_time(court: Any) -> None:
    court.session()
    court.disconnect("judge")
    court.later(9)
    court.connect("judge")
    court.later(5)
    assert court.do("system", c.Tick()) == []


def test_the_absence_of_others_does_not_suspend(court: Any) -> None:
    court.session()
    for name in ("clerk", "counsel"):
        court.disconnect(name)
    court.later(3600)
    assert court.do("system", c.Tick()) == []


def test_a_recorder_not_back_within_ten_seconds_suspends(court: Any) -> None:
    court.session()
    court.do("system", c.RecorderLost("crashed"))
    assert court.do("system", c.RecorderLost("crashed")) == []
    court.later(9)
    assert court.do("system", c.Tick()) == []
    court.later(1)
    court.do("system", c.Tick())
    assert (court.h.phase, court.h.phase_reason) == ("suspended_technical", "recorder_lost")


def test_a_recorder_that_is_back_in_time(court: Any) -> None:
    court.session()
    court.do("system", c.RecorderLost("crashed"))
    court.later(9)
    court.do("system", c.RecorderRestored())
    court.later(9)
    assert court.do("system", c.Tick()) == [] and court.h.recorder.state == "recording"


def test_a_recorder_that_never_starts_suspends(court: Any) -> None:
    court.ready()
    court.do("judge", c.OpenSession())
    court.later(10)
    court.do("system", c.Tick())
    assert court.h.phase_reason == "recorder_lost"


def test_a_full_disk_suspends_at_once(court: Any) -> None:
    court.session()
    happened = court.do("system", c.RecorderLost("disk_full"))
    assert [type(one) for one in happened] == [e.RecordingInterrupted, e.PhaseChanged]
    assert (court.h.phase, court.h.phase_reason) == ("suspended_technical", "disk_full")


def test_a_side_gone_for_thirty_seconds_pauses_until_it_is_back(court: Any) -> None:
    court.session()
    court.disconnect("claimant")
    court.later(60)
    # Counsel is still there.
    assert court.do("system", c.Tick()) == []
    court.disconnect("counsel")
    court.later(29)
    assert court.do("system", c.Tick()) == []
    court.later(1)
    court.do("system", c.Tick())
    assert court.h.forwarding_paused.sides == (court.id("claimant"),)
    assert court.do("system", c.Tick()) == []
    happened = court.connect("counsel")
    assert isinstance(happened[-1], e.ForwardingResumed) and court.h.forwarding_paused is None


def test_the_judge_goes_on_without_the_missing_side(court: Any) -> None:
    court.session()
    court.disconnect("respondent")
    court.later(31)
    court.do("system", c.Tick())
    court.do("judge", c.Resume())
    assert court.h.forwarding_paused is None and court.h.continued_without == {court.id("respondent")}
    court.later(60)
    assert court.do("system", c.Tick()) == []
    court.connect("respondent")
    assert court.h.continued_without == frozenset()
    court.disconnect("respondent")
    court.later(31)
    assert court.do("system", c.Tick())


def test_both_sides_gone(court: Any) -> None:
    court.session()
    court.disconnect("respondent")
    court.later(31)
    court.do("system", c.Tick())
    since = court.h.forwarding_paused.since
    for name in ("claimant", "counsel"):
        court.disconnect(name)
    court.later(31)
    court.do("system", c.Tick())
    assert set(court.h.forwarding_paused.sides) == {court.id("respondent"), court.id("claimant")}
    assert court.h.forwarding_paused.since == since
    court.connect("respondent")
    assert court.h.forwarding_paused is not None
    court.do("system", c.Tick())
    assert court.h.forwarding_paused.sides == (court.id("claimant"),)
    court.do("judge", c.Recess("we wait"))
    assert court.h.forwarding_paused is None


def test_a_side_that_never_came_is_not_waited_for(court: Any) -> None:
    court.lobby()
    for name in ("claimant", "counsel"):
        court.connect(name)
        court.admit(name)
    court.do("clerk", c.NoteAbsent(court.id("respondent")))
    court.do("system", c.ArmRecorder())
    court.do("system", c.Reassess())
    court.do("judge", c.OpenSession())
    court.do("system", c.RecorderStarted())
    court.later(60)
    assert court.do("system", c.Tick()) == []


def test_a_restart_disconnects_everybody_and_loses_nothing(court: Any) -> None:
    court.session()
    court.connect("witness")
    court.do("clerk", c.BeginCheck(court.id("witness")))
    court.do("judge", c.Mute(court.id("respondent"), lock=True))
    court.do("system", c.ServerRestarted())
    assert court.h.phase == "in_session" and court.h.recorder.cause == "server_restart"
    assert not any(one.connected for one in court.h.participants.values())
    assert court["claimant"].last_disconnect.cause == "server_restart" and court["claimant"].place == "main"
    assert court["witness"].place == "outside" and court["clerk"].place == "main" and court.h.check is None
    assert court.do("system", c.ServerRestarted()) == []
    for name in ("judge", "panel", "clerk", "claimant", "counsel", "respondent"):
        court.connect(name)
    court.do("system", c.RecorderRestored())
    court.later(60)
    assert court.do("system", c.Tick()) == []
    assert court["respondent"].microphone_locked
    assert len(court.forwarding().edges) == 30


def test_the_recorder_armed_before_a_restart_is_armed_again(court: Any) -> None:
    court.ready()
    court.do("system", c.ServerRestarted())
    assert court.h.recorder.state == "off"
    court.do("system", c.Reassess())
    assert court.h.phase == "lobby_open"


def test_only_a_change_of_the_network_score_is_logged(court: Any) -> None:
    court.session()
    who = court.id("claimant")
    assert court.do("claimant", c.NetworkReported(who, 3, rtt_ms=20.0, loss=0.0, path="udp"))
    assert court.do("claimant", c.NetworkReported(who, 3)) == []
    assert court["claimant"].network == 3
    assert court.refused("claimant", c.NetworkReported(who, 7)).code == "invalid"
    assert court.refused("claimant", c.NetworkReported(court.id("judge"), 1)).code == "not_permitted"
    court.disconnect("claimant")
    assert court["claimant"].network == 0


def test_the_relay_lost_and_back(court: Any) -> None:
    court.session()
    court.do("system", c.RelayLost("crashed"))
    assert court.do("system", c.RelayLost("crashed")) == []
    assert court.h.relay_lost_since is not None and court.h.phase == "in_session"
    court.do("system", c.RelayRestored())
    assert court.h.relay_lost_since is None and court.do("system", c.RelayRestored()) == []


def test_archive(court: Any) -> None:
    court.session()
    assert court.refused("system", c.ArchiveRecording(True)).code == "not_now"
    court.do("judge", c.CloseHearing())
    assert court.refused("system", c.ArchiveRecording(False)).code == "invalid"
    court.do("system", c.ArchiveRecording(True))
    assert court.h.phase == "archived"
