"""Rulings: on what, by whom, on which facts, signed, superseded and never edited."""

from __future__ import annotations

from typing import Any

from room_server.domain import commands as c
from room_server.domain import model as m


def test_a_ruling_needs_a_ground_that_is_open(court: Any) -> None:
    court.determined()
    ruling = c.MakeRuling("complexity", False, "plain", "OLR 21(4)")
    assert court.refused("judge_desk", ruling).code == "nothing_to_rule_on"
    assert court.refused("judge_desk", c.MakeRuling("weather", True, "r", "a")).code == "unknown_ground"
    assert court.refused("judge_desk", c.MakeRuling("other", True, " ", "a")).code == "invalid"
    assert court.refused("desk", c.MakeRuling("other", True, "r", "a")).code == "not_permitted"
    court.do("judge_desk", c.MakeRuling("other", True, "the party is in hospital", "OLR 21(7)"))
    assert court.h.phase == "blocked"
    court.do("judge_desk", c.MakeRuling("other", False, "the party is back", "OLR 21(7)"))
    assert court.h.phase == "eligible" and len(court.h.rulings) == 2


def test_a_judge_of_another_hearing_does_not_rule(court: Any) -> None:
    court.determined()
    stranger = m.Actor("staff", "acc_other", "judge", "Other")
    assert court.refused(stranger, c.MakeRuling("other", True, "r", "a")).code == "not_permitted"
