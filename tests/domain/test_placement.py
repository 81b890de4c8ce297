"""The forwarding graph, phase by phase and place by place."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain.model import PHASES
from room_server.domain.placement import forwarding


def pairs(court: Any, *names: str) -> set[tuple[str, str]]:
    return set(permutations([court.id(name) for name in names], 2))


ROOM = ("judge", "panel", "clerk", "claimant", "counsel", "respondent")


def test_waiting_people_see_and_hear_nobody(court: Any) -> None:
    court.lobby()
    for name in ("claimant", "respondent"):
        court.connect(name)
        assert court[name].place == "lobby" and court[name].state == "lobby"
    assert court.forwarding().edges == frozenset()


def test_the_check_is_between_two(court: Any) -> None:
    court.lobby()
    for name in ("claimant", "respondent"):
        court.connect(name)
    court.do("clerk", c.BeginCheck(court.id("claimant")))
    assert court.forwarding().edges == pairs(court, "clerk", "claimant")
    assert court.forwarding().recorded == frozenset()
    court.do("clerk", c.EndCheck())
    assert court.forwarding().edges == frozenset()


def test_in_session_all_in_the_room(court: Any) -> None:
    court.session()
    assert court.forwarding().edges == pairs(court, *ROOM)
    assert court.forwarding().recorded == {court.id(name) for name in ROOM}


def test_the_check_of_a_late_joiner_stays_outside_the_session(court: Any) -> None:
    court.session()
    court.connect("witness")
    assert court.forwarding().edges == pairs(court, *ROOM)
    court.do("clerk", c.BeginCheck(court.id("witness")))
    rest = tuple(name for name in ROOM if name != "clerk")
    assert court.forwarding().edges == pairs(court, *rest) | pairs(court, "clerk", "witness")
    assert court.id("clerk") not in court.forwarding().recorded
    court.do("clerk", c.VerifyIdentity(court.id("witness"), "id_card_shown"))
    court.do("clerk", c.Admit(court.id("witness")))
    assert court.forwarding().edges == pairs(court, *ROOM, "witness")


def test_observers_receive_and_never_send(court: Any) -> None:
    court.session()
    court.connect("observer")
    court.admit("observer")
    gallery = court.id("observer")
    edges = court.forwarding().edges
    assert {edge for edge in edges if gallery in edge} == {(court.id(name), gallery) for name in ROOM}
    assert gallery not in court.forwarding().recorded
    in_camera = forwarding(replace(court.h, phase="in_camera"))
    assert in_camera.edges == pairs(court, *ROOM) and in_camera.recorded == {court.id(name) for name in ROOM}


@pytest.mark.parametrize("phase", PHASES)
def test_every_phase(court: Any, phase: Any) -> None:
    court.session()
    graph = forwarding(replace(court.h, phase=phase))
    forwards = {"in_session", "transcript_review", "in_camera", "court_mediation"}
    assert graph.edges == (pairs(court, *ROOM) if phase in forwards else set())
    records = {"in_session", "transcript_review", "in_camera"}
    assert bool(graph.recorded) == (phase in records)


def test_disconnected_people_have_no_edges_and_keep_their_place(court: Any) -> None:
    court.session()
    court.disconnect("respondent")
    assert court["respondent"].place == "main" and court["respondent"].state == "disconnected"
    assert not any(court.id("respondent") in edge for edge in court.forwarding().edges)
    court.connect("respondent")
    assert court["respondent"].state == "in_room"
    assert court.forwarding().edges == pairs(court, *ROOM)


def test_who_attends_at_court_has_no_edges(court: Any) -> None:
    court.session()
    people = dict(court.h.participants)
    people[court.id("claimant")] = replace(court["claimant"], attends="at_court")
    graph = forwarding(replace(court.h, participants=people))
    assert not any(court.id("claimant") in edge for edge in graph.edges)
    assert court.id("claimant") not in graph.recorded


def test_muted_sources(court: Any) -> None:
    court.session()
    court.do("judge", c.Mute(court.id("respondent")))
    court.do("counsel", c.SetCamera(False))
    assert court.forwarding().muted == {
        (court.id("respondent"), "microphone"),
        (court.id("counsel"), "camera"),
        *((person, "screen") for person in court.h.participants),
    }


def test_a_pause_forwards_nothing_and_goes_on_recording(court: Any) -> None:
    court.session()
    court.disconnect("respondent")
    court.later(31)
    court.do("system", c.Tick())
    assert court.h.forwarding_paused is not None
    assert court.forwarding().edges == frozenset() and court.forwarding().recorded
