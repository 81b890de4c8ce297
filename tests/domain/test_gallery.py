"""Where the gallery is cut after somebody of the public was let in."""

from __future__ import annotations

from typing import Any

from room_server.domain import commands as c


def admitted_then_closed(court: Any) -> Any:
    court.lobby()
    court.connect("observer")
    court.admit("observer")
    assert court["observer"].place == "main"
    court.state("closed", "on_application_granted")
    assert court.h.phase == "lobby_open"
    assert not court.h.gallery
    return court


def test_an_observer_let_in_before_is_outside_after(court: Any) -> None:
    observer = admitted_then_closed(court)["observer"]
    assert (observer.admitted, observer.place, observer.connected) == (False, "lobby", True)
    assert court.refused("clerk", c.Admit(court.id("observer"))).code == "no_gallery"


def test_an_observer_away_has_no_place_to_come_back_to(court: Any) -> None:
    court.lobby()
    court.connect("observer")
    court.admit("observer")
    court.disconnect("observer")
    court.state("closed", "on_application_granted")
    assert (court["observer"].admitted, court["observer"].place) == (False, "outside")


def test_nothing_is_forwarded_to_the_gallery_of_a_closed_hearing(court: Any) -> None:
    admitted_then_closed(court)
    for name in ("claimant", "counsel", "respondent"):
        court.connect(name)
        court.admit(name)
    court.do("system", c.ArmRecorder())
    court.do("system", c.Reassess())
    court.do("judge", c.OpenSession())
    edges = court.forwarding().edges
    assert (court.id("judge"), court.id("claimant")) in edges
    assert not any(court.id("observer") in edge for edge in edges)
