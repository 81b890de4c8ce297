from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.proceedings.live import LiveProducer
from room_server.proceedings.presenter import may_see_less, present
from tests.proceedings.views import live_of, scene_of, seen, view

STAFF = {"judge", "panel", "clerk"}


def sitting_with_waiting(court: Any) -> Any:
    """In session, with a witness and an observer in the lobby and some things said that are not for them."""
    court.session()
    court.connect("witness")
    court.connect("observer")
    court.do("panel", c.RaiseHand())
    court.do("claimant", c.RaiseHand())
    return court


@pytest.mark.parametrize("name", ["witness", "observer"])
def test_who_waits_sees_the_court_and_nothing_of_the_hearing(court: Any, name: str) -> None:
    sitting_with_waiting(court)
    live = live_of(court)
    live.speaker = court.id("claimant")
    for track, who in enumerate(("judge", "claimant", "witness", "observer")):
        live.producers[f"p{track}"] = LiveProducer(
            f"p{track}", court.id(who), "audio", "microphone", track, "t"
        )
    court.do("system", c.NetworkReported(court.id("judge"), 2, 80.0, 0.1, "udp"))
    shown = view(court, name, live)
    assert seen(court, shown) == STAFF | {name}
    assert (shown.hands, shown.log, shown.notices, shown.producers, shown.speaker) == ([], [], [], [], None)
    assert (shown.desk, shown.readiness, shown.determination) == (None, None, None)
    others = [person for person in shown.participants if person.id != court.id(name)]
    assert all((person.network, person.hand_raised_at) == (0, None) for person in others)


def test_the_judges_words_are_for_those_inside(court: Any) -> None:
    sitting_with_waiting(court)
    court.do("judge", c.Recess("to look at the contract"))
    for name, reason in (("witness", None), ("respondent", "to look at the contract")):
        shown = view(court, name)
        assert (shown.phase.name, shown.phase.reason, shown.recording.reason) == ("recess", reason, reason)


def test_who_waits_is_given_no_reason_that_names_somebody(court: Any) -> None:
    sitting_with_waiting(court)
    court.disconnect("panel")
    court.do("judge", c.Recess("r"))
    names = {person.name for person in court.h.participants.values()} - {"Li"}
    for action in view(court, "witness").actions.values():
        if action.reason is not None:
            assert not any(name in action.reason.zh or name in action.reason.en for name in names)


def test_who_was_let_in_sees_the_room_and_not_the_lobby(court: Any) -> None:
    sitting_with_waiting(court)
    shown = view(court, "respondent")
    assert seen(court, shown) == STAFF | {"claimant", "counsel", "respondent"}
    assert [hand.participant for hand in shown.hands] == [court.id("panel"), court.id("claimant")]
    assert (shown.desk, shown.readiness, shown.determination) == (None, None, None)
    lines = " ".join(line.text.en for line in shown.log)
    assert "Sun" not in lines and "Gao" not in lines


@pytest.mark.parametrize("name", ["judge", "panel", "clerk"])
def test_the_court_sees_the_lobby_at_its_desk_alone(court: Any, name: str) -> None:
    sitting_with_waiting(court)
    shown = view(court, name)
    assert seen(court, shown) == STAFF | {"claimant", "counsel", "respondent"}
    assert shown.desk is not None and len(shown.desk) == len(court.NAMES)
    assert shown.determination is not None and shown.determination.current


def test_in_the_check_one_sees_the_court_and_hears_the_clerk(court: Any) -> None:
    sitting_with_waiting(court)
    court.do("clerk", c.BeginCheck(court.id("witness")))
    live = live_of(court)
    for track, who in enumerate(("judge", "clerk", "claimant")):
        live.producers[who] = LiveProducer(who, court.id(who), "audio", "microphone", track, "t")
    live.speaker = court.id("clerk")
    shown = view(court, "witness", live)
    assert seen(court, shown) == STAFF | {"witness"}
    assert [track.id for track in shown.producers] == ["clerk"] and shown.speaker == court.id("clerk")
    assert shown.log == [] and shown.hands == []
    # The room does not hear the check.
    assert "clerk" not in [track.id for track in view(court, "claimant", live).producers]
    assert view(court, "claimant", live).speaker is None


def test_who_is_sent_back_keeps_nothing_of_the_room(court: Any) -> None:
    court.session()
    before = view(court, "respondent").model_dump(mode="json")
    assert before["log"] and before["notices"] == []
    court.do("judge", c.SendBack(court.id("respondent")))
    shown = view(court, "respondent")
    assert seen(court, shown) == STAFF | {"respondent"} and shown.log == [] and shown.hands == []
    assert may_see_less(before, shown.model_dump(mode="json"))
    assert not may_see_less(before, before)


def test_who_is_let_in_again_learns_nothing_of_the_time_between(court: Any) -> None:
    court.session()
    court.do("judge", c.SendBack(court.id("respondent")))
    court.do("judge", c.Mute(court.id("claimant")))
    secret = court.h.version
    court.admit("respondent")
    sequences = [line.sequence for line in view(court, "respondent").log]
    assert sequences and min(sequences) > secret


def test_one_sees_the_own_time_in_the_room_and_no_more(court: Any) -> None:
    court.session()
    court.do("judge", c.Mute(court.id("claimant")))
    court.connect("witness")
    court.admit("witness")
    court.do("judge", c.Recess("lunch"))
    types = [line.type for line in view(court, "witness").log]
    assert types == ["participant_admitted", "phase_changed"]


def test_who_is_removed_sees_themselves_alone(court: Any) -> None:
    court.session()
    court.do("judge", c.Remove(court.id("respondent"), "shouting"))
    shown = view(court, "respondent")
    assert seen(court, shown) == {"respondent"}
    assert (shown.log, shown.hands, shown.producers, shown.notices) == ([], [], [], [])
    assert not any(action.allowed for action in shown.actions.values())
    assert "respondent" not in seen(court, view(court, "claimant"))


def test_nobody_outside_the_hearing_has_a_view(court: Any) -> None:
    court.session()
    with pytest.raises(KeyError):
        present(scene_of(court), "par_9999999999999999")
