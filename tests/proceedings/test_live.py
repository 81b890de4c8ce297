from __future__ import annotations

from datetime import timedelta
from typing import Any

from room_server.domain import commands as c
from room_server.proceedings.live import LiveHearing, recording_info
from tests.domain.conftest import MORNING
from tests.proceedings.views import live_of


def public(court: Any, command: c.Command, who: str) -> bool:
    court.do(who, command)
    return live_of(court).lines[-1].public


def test_the_room_does_not_learn_what_waiting_people_do(court: Any) -> None:
    court.session()
    court.connect("witness")
    court.connect("observer")
    assert not public(court, c.SetMicrophone(False), "witness")
    assert not public(court, c.SetCamera(False), "witness")
    assert not public(court, c.Mute(court.id("witness")), "judge")
    assert not public(court, c.Leave(), "witness")
    assert not public(court, c.Remove(court.id("observer"), "noise"), "judge")


def test_the_room_learns_what_happens_in_it(court: Any) -> None:
    court.session()
    assert public(court, c.SetMicrophone(False), "claimant")
    assert public(court, c.Mute(court.id("claimant")), "judge")
    assert public(court, c.SendBack(court.id("counsel")), "clerk")
    assert public(court, c.Leave(), "claimant")
    assert public(court, c.Remove(court.id("respondent"), "noise"), "judge")
    assert public(court, c.SetCamera(False), "judge")


def test_an_absence_is_noted_in_open_court(court: Any) -> None:
    court.lobby()
    assert public(court, c.NoteAbsent(court.id("respondent")), "clerk")


def test_the_network_writes_no_line(court: Any) -> None:
    court.session()
    before = len(live_of(court).lines)
    court.do("system", c.NetworkReported(court.id("judge"), 2, 80.0, 0.1, "udp"))
    assert len(live_of(court).lines) == before


def test_only_what_is_recorded_counts_as_recorded_time(court: Any) -> None:
    court.session()
    court.later(20)
    court.do("judge", c.Recess("lunch"))
    court.later(600)
    court.do("judge", c.Resume())
    live = live_of(court)
    assert 20 <= live.recorded_s < 21 and live.recording_since is not None
    info = recording_info(court.h, live)
    assert (info.state, info.reason, info.elapsed_s) == ("recording", None, live.recorded_s)
    court.do("system", c.RecorderLost("crashed"))
    assert recording_info(court.h, live_of(court)).state == "unhealthy"


def test_no_track_number_comes_twice_not_even_after_a_restart() -> None:
    first, second = LiveHearing("hrg_1"), LiveHearing("hrg_1")
    used = [first.next_track(MORNING) for _ in range(3)]
    assert used == sorted(set(used))
    assert second.next_track(MORNING + timedelta(seconds=5)) > used[-1]
