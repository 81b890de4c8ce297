"""The log as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import record
from room_server.domain.hearing import evolve
from room_server.errors import RecordUnreadable


def whole_story(court: Any) -> Any:
    court.session()
    who = court.id("respondent")
    court.do("judge", c.Mute(who))
    court.do("judge", c.Recess("lunch"))
    court.do("judge", c.Resume())
    court.do("respondent", c.Leave())
    court.later(31)
    court.do("system", c.Tick())
    court.do("judge", c.Resume())
    court.do("judge", c.Remove(who, "shouting"))
    court.do("judge", c.CloseHearing())
    return court


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(record._SENTENCES) == set(e.EVENTS)


def test_sentences_name_people_and_never_ids(court: Any) -> None:
    whole_story(court)
    said = [(one, record.describe(one, court.h)) for one, _ in court.log]
    for event, (zh, en) in said:
        assert zh.endswith("。") and en.endswith("."), event
        if not isinstance(event, e.FactAsserted):
            assert "par_" not in zh + en
    english = [en for _, (_, en) in said]
    assert "Wang (presiding judge) declared the hearing open." in english
    assert "Wang (presiding judge) muted Li." in english
    assert "Li left the hearing without the court's permission." in english
    assert "Wang (presiding judge) goes on without the side of Li." in english
    assert "Wang (presiding judge) removed Li: shouting." in english
    assert "State of the hearing: in recess (lunch)." in english


def test_what_only_the_bench_and_the_clerk_see(court: Any) -> None:
    whole_story(court)
    shown = {type(one) for one, _ in court.log if record.visible_to_all(one)}
    assert {e.SessionOpened, e.ParticipantAdmitted, e.ParticipantMuted, e.ParticipantRemoved} <= shown
    hidden = {
        e.HearingDrafted,
        e.FactAsserted,
        e.DeterminationMade,
        e.DeclarationMade,
        e.IdentityVerified,
        e.RecorderArmed,
    }
    assert not shown & hidden
    lobby = [one for one, _ in court.log if isinstance(one, e.ParticipantConnected) and one.place == "lobby"]
    assert lobby and not any(record.visible_to_all(one) for one in lobby)


def test_a_log_that_names_strangers_or_begins_twice_is_unreadable(court: Any) -> None:
    court.drafted()
    with pytest.raises(RecordUnreadable, match="unknown"):
        evolve(court.h, e.HandRaised(court.system, "par_nobody"), court.now)
    with pytest.raises(RecordUnreadable, match="first event"):
        evolve(court.h, court.log[0][0], court.now)
    with pytest.raises(RecordUnreadable, match="first event"):
        evolve(None, e.HandRaised(court.system, "par_nobody"), court.now)


def test_a_reason_stands_in_full_width_brackets_in_chinese(court: Any) -> None:
    court.session()
    (recess,) = court.do("judge", c.Recess("午休"))
    zh, en = record.describe(recess, court.h)
    assert "（午休）" in zh and "(" not in zh and "(午休)" in en
