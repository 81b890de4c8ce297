"""Nobody who has spoken is taken off the list by the clerk alone; the presiding judge does it, with reasons."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import model as m
from room_server.domain.record import describe
from tests.domain.conftest import LIST
from tests.domain.mediation_table import PEOPLE, Table

JUDGE = "judge_desk"


def says(court: Any, name: str, position: str, reasons: str = "") -> None:
    value = {"position": position, "reasons": reasons}
    court.do("desk", c.AssertFact(f"position:{court.id(name)}", value, name, "paper"))


def without(court: Any, *names: str) -> c.ChangeHearing:
    gone = {court[name].person for name in names}
    return c.ChangeHearing(
        participants=tuple(one for one in LIST if one.person is None or one.person not in gone)
    )


@pytest.mark.parametrize("position", ["objects", "retracts", "consents"])
def test_a_side_that_spoke_is_not_dropped_by_the_clerk(court: Any, position: str) -> None:
    court.drafted()
    says(court, "respondent", position, "the original must be seen")
    refused = court.refused("desk", without(court, "respondent"))
    assert (refused.code, refused.citation) == ("statement_stands", "OLR 4, 5(2)")
    assert court["respondent"].name in refused.en and court["respondent"].name in refused.zh
    assert court.refused("desk", c.TakeOffList(court.id("respondent"), "r")).code == "not_permitted"


def test_a_side_that_said_nothing_leaves_the_list_as_ever(court: Any) -> None:
    court.drafted()
    says(court, "respondent", "silent")
    court.do("desk", without(court, "respondent"))
    assert "respondent" not in [one.side for one in court.h.participants.values()]


def test_an_agent_who_spoke_stays_and_keeps_whom_it_speaks_for(court: Any) -> None:
    counsel = m.NewParticipant(
        "counsel", "Qian", person="per_qian", side="respondent", represents="per_respondent"
    )
    court.drafted((*LIST, counsel))
    agent = next(one for one in court.h.participants.values() if one.person == "per_qian")
    party = court.id("respondent")
    value = {"position": "objects", "reasons": ""}
    court.do("desk", c.AssertFact(f"agent_position:{party}:{agent.id}", value, "Qian", "paper"))
    assert court.refused("desk", c.ChangeHearing(participants=LIST)).code == "statement_stands"
    other = m.NewParticipant("counsel", "Qian", person="per_qian", side="claimant", represents="per_claimant")
    assert court.refused("desk", c.ChangeHearing(participants=(*LIST, other))).code == "statement_stands"
    assert "Qian" in court.refused("desk", c.ChangeHearing(participants=LIST)).en


def test_who_cannot_take_part_online_is_not_dropped_either(court: Any) -> None:
    court.drafted()
    court.do("desk", c.AssertFact(f"capability:{court.id('respondent')}", "unable", "respondent", "phone"))
    assert court.refused("desk", without(court, "respondent")).code == "statement_stands"


def test_the_presiding_judge_gives_reasons_and_the_statement_stays(court: Any) -> None:
    court.drafted()
    says(court, "respondent", "objects", "the original must be seen")
    gone, name = court.id("respondent"), court["respondent"].name
    assert court.refused(JUDGE, c.TakeOffList(gone, " ")).code == "invalid"
    assert court.refused(JUDGE, c.TakeOffList(court.id("clerk"), "r")).code == "court_not_taken_off"
    assert court.refused(JUDGE, c.TakeOffList("par_nobody", "r")).code
    changed = court.do(JUDGE, c.TakeOffList(gone, "not a party to this case"))[0]
    assert isinstance(changed, e.HearingChanged) and changed.taken_off == (gone,)
    assert gone not in court.h.participants
    assert [one.value["position"] for one in court.h.assertions] == ["objects"]
    zh, en = describe(changed, court.h)
    assert name in zh and name in en and "not a party to this case" in en and "not a party to this case" in zh
    # Named again, the same person has said the same.
    court.do("desk", c.ChangeHearing(participants=LIST))
    assert court.id("respondent") == gone
    assert court.refused("desk", without(court, "respondent")).code == "statement_stands"


def test_who_represents_a_party_leaves_with_it(court: Any) -> None:
    counsel = m.NewParticipant(
        "counsel", "Qian", person="per_qian", side="respondent", represents="per_respondent"
    )
    court.drafted((*LIST, counsel))
    says(court, "respondent", "objects")
    changed = court.do(JUDGE, c.TakeOffList(court.id("respondent"), "r"))[0]
    assert isinstance(changed, e.HearingChanged) and len(changed.taken_off) == 2
    assert "per_qian" not in [one.person for one in court.h.participants.values()]


def test_in_a_mediation_another_one_is_drafted_instead() -> None:
    table = Table()
    table.drafted(
        participants=(*PEOPLE, m.NewParticipant("party", "He", person="per_he", side="third_party"))
    )
    he = next(one for one in table.h.participants.values() if one.person == "per_he")
    value = {"position": "objects", "reasons": ""}
    table.do("clerk", c.AssertFact(f"position:{he.id}", value, "He", "paper"))
    refused = table.refused("clerk", c.ChangeHearing(participants=PEOPLE))
    assert (refused.code, refused.citation) == ("statement_stands", "OMR 4")
    assert table.refused("mediator_desk", c.TakeOffList(he.id, "r")).code in (
        "not_permitted",
        "not_in_a_mediation",
    )
