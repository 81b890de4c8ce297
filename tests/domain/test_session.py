"""The course of the hearing."""

from __future__ import annotations

from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e


def test_recess_and_back(court: Any) -> None:
    court.session()
    court.do("claimant", c.RaiseHand())
    assert court.refused("clerk", c.Recess("r")).code == "not_permitted"
    court.do("judge", c.Recess("lunch"))
    assert (court.h.phase, court.h.phase_reason, court.h.hands) == ("recess", "lunch", ())
    court.do("judge", c.Resume())
    assert court.h.phase == "in_session"
    assert court.refused("judge", c.Resume()).code == "going_on"


def test_a_suspension_goes_back_to_where_it_was(court: Any) -> None:
    court.session()
    court.do("clerk", c.Suspend("no sound"))
    assert court.h.phase == "suspended_technical"
    court.do("judge", c.Resume())
    assert court.h.phase == "in_session"
    court.do("judge", c.Recess("lunch"))
    court.do("judge", c.Suspend("no power"))
    court.do("judge", c.Resume())
    assert court.h.phase == "recess"


def test_going_on_needs_the_bench_and_the_recorder(court: Any) -> None:
    court.session()
    court.do("judge", c.Recess("lunch"))
    court.disconnect("panel")
    assert court.refused("judge", c.Resume()).code == "bench_absent"
    court.connect("panel")
    court.do("system", c.RecorderLost("crashed"))
    refused = court.refused("judge", c.Resume())
    assert (refused.code, refused.citation) == ("recorder_lost", "REC 1")
    court.do("system", c.RecorderRestored())
    court.do("judge", c.Resume())
    assert court.h.phase == "in_session"


def test_an_adjourned_hearing_is_scheduled_again_and_checked_anew(court: Any) -> None:
    court.session()
    assert court.refused("judge", c.Adjourn("r")).code == "not_now"
    court.do("judge", c.Suspend("no power"))
    court.do("judge", c.Adjourn("no power all day"))
    assert court["respondent"].identity is None and court["respondent"].place == "lobby"
    assert court.refused("desk", c.ScheduleHearing()).code == "not_permitted"
    when = court.now.replace(day=30)
    court.do("judge_desk", c.ScheduleHearing(when))
    assert court.h.phase == "scheduled" and court.h.scheduled_at == when
    court.do("desk", c.OpenLobby())
    for name in ("claimant", "counsel", "respondent"):
        court.admit(name)
    court.do("system", c.ArmRecorder())
    court.do("system", c.Reassess())
    court.do("judge", c.OpenSession())
    assert court.h.phase == "in_session"


def test_changed_facts_keep_an_adjourned_hearing_from_its_date(court: Any) -> None:
    court.session()
    court.do("judge", c.Suspend("r"))
    court.do("judge", c.Adjourn("r"))
    court.position("claimant", "objects")
    court.position("respondent", "objects")
    assert court.h.phase == "adjourned"
    assert court.refused("judge_desk", c.ScheduleHearing()).code == "gate_block"
    court.position("claimant", "consents")
    court.position("respondent", "chose_online")
    court.do("judge_desk", c.ScheduleHearing())
    assert court.h.phase == "scheduled"


def test_closing_passes_transcript_review(court: Any) -> None:
    court.session()
    happened = court.do("judge", c.CloseHearing())
    moves = [(one.phase_from, one.phase_to) for one in happened if isinstance(one, e.PhaseChanged)]
    assert moves == [("in_session", "transcript_review"), ("transcript_review", "closed")]
    assert court.h.closed_at == court.now
    assert {one.place for one in court.h.participants.values()} == {"outside"}
    assert court.refused("claimant", c.Connect(court.id("claimant"), "dev_claimant")).code == "ended"


def test_conversion_ends_the_online_part(court: Any) -> None:
    court.session()
    court.do("judge", c.ConvertOffline("the original must be seen"))
    assert court.h.phase == "converted_offline"
    court.do("system", c.ArchiveRecording(ok=False, problem="segment 3"))
    assert (court.h.phase, court.h.phase_reason) == ("archive_failed", "segment 3")


def test_opening_says_what_is_missing(court: Any) -> None:
    court.ready()
    court.disconnect("panel")
    refused = court.refused("judge", c.OpenSession())
    assert refused.code == "not_ready" and "bench" in refused.en


def test_what_is_missing_is_listed_with_full_width_punctuation(court: Any) -> None:
    court.ready()
    court.disconnect("panel")
    court.disconnect("clerk")
    refused = court.refused("judge", c.OpenSession())
    assert "；" in refused.zh and ";" not in refused.zh
