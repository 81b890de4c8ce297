"""The eligibility record of a hearing that went through much, read back from its events."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import model as m
from room_server.domain.eligibility_history import Entry, history
from room_server.domain.evolution import evolve
from room_server.errors import RecordUnreadable


def recorded(court: Any) -> list[tuple[int, str, datetime, e.Event, str]]:
    return [
        (number, f"evt_{number}", at, event, f"{number:064x}")
        for number, (event, at) in enumerate(court.log, start=1)
    ]


def entries(court: Any, kind: str | None = None) -> list[Entry]:
    return [entry for entry in history(recorded(court)) if kind is None or entry.kind == kind]


def happened(court: Any, event: e.Event) -> None:
    """An event that was stored, whatever command it came from."""
    court.now += timedelta(milliseconds=1)
    court.hearing = evolve(court.hearing, event, court.now)
    court.log.append((event, court.now))


def ruling(court: Any, ground: str, held: bool, reasons: str = "为查明事实", **more: Any) -> m.Ruling:
    judge = court.judge_desk
    return m.Ruling(ground, held, reasons, "OLR 21(1)", judge, court.now, **more)


def test_nothing_but_what_belongs_is_told(court: Any) -> None:
    court.session()
    court.do("claimant", c.RaiseHand())
    kinds = [entry.kind for entry in entries(court)]
    assert kinds[0] == "drafted" and kinds.count("opened") == 1 and kinds.count("statement") == 2
    assert set(kinds) == {"drafted", "statement", "determination", "phase", "opened"}
    phases = [entry.detail["to"] for entry in entries(court, "phase")]
    assert phases[:2] == ["checking", "eligible"] and "scheduled" in phases
    assert "lobby_open" not in phases and "ready" not in phases


def test_each_entry_says_who_when_and_in_both_languages(court: Any) -> None:
    court.session()
    for entry, (number, evt, at, event, hashed) in [
        (entry, one) for entry in entries(court) for one in recorded(court) if one[0] == entry.sequence
    ]:
        assert (entry.sequence, entry.id, entry.at, entry.hash) == (number, evt, at, hashed)
        assert entry.actor == event.by and all(entry.text)
        assert json.loads(json.dumps(entry.to_json(), ensure_ascii=False)) == entry.to_json()
    opened = entries(court, "opened")[0]
    determined = entries(court, "determination")[-1]
    assert opened.detail["determination"] == determined.detail["id"] == court.h.determination.id
    assert (opened.role, opened.group) == ("presiding_judge", "determinations")
    assert entries(court, "drafted")[0].role == "clerk"


def test_a_statement_says_what_it_replaces_and_by_what_it_was_replaced(court: Any) -> None:
    court.drafted()
    court.position("respondent", "consents")
    court.position("claimant", "consents")
    court.position("respondent", "objects", "须当庭核对原件")
    first, other, second = entries(court, "statement")
    assert (first.detail["replaced_by"], second.detail["replaces"]) == (second.sequence, first.sequence)
    assert (other.detail["replaces"], other.detail["replaced_by"]) == (None, None)
    assert (second.detail["reasons"], second.detail["how"]) == ("须当庭核对原件", "paper")
    assert second.detail["subject"]["name"] == "Li"
    assert "Li" in second.detail["fact"]["zh"] and "须当庭核对原件" in second.detail["fact"]["en"]
    assert second.citations == ("V; OLR 21(1)",) and first.citations == ("OLR 4(1)",)


def test_a_determination_says_what_changed_against_the_one_before(court: Any) -> None:
    court.determined()
    court.position("respondent", "objects", "须当庭核对原件")
    first, second = entries(court, "determination")
    assert (first.detail["outcome"], first.detail["changes"]) == ("allow", None)
    changed = second.detail["changes"]
    assert changed["outcome"] == {"from": "allow", "to": "await_ruling"} and not changed["same"]
    assert changed["facts"] and changed["ruleset"] is None and changed["gallery"] is None
    (added,) = changed["findings"]["added"]
    assert added["who"]["name"] == "Li" and court.id("respondent") not in added["text"]["zh"]
    (removed,) = changed["findings"]["removed"]
    assert (removed["rule"], removed["who"]["name"]) == ("consent.given", "Li")
    assert changed["findings"]["moved"] == []
    assert [one["ground"] for one in changed["awaiting"]["added"]] == [f"objection:{court.id('respondent')}"]
    assert "Li" in second.detail["awaiting"][0]["text"]["zh"]
    assert second.citations == ("V; OLR 21(1)", "V; OLR 4(1), 4(2)")


def test_the_same_answer_of_another_day_changes_nothing(court: Any) -> None:
    court.determined()
    stored = court.h.determination
    happened(court, e.DeterminationMade(m.SYSTEM, "det_again", dict(stored.document), dict(stored.facts)))
    again = entries(court, "determination")[-1].detail["changes"]
    assert again["same"] and not again["facts"]


def test_a_finding_with_another_outcome_moved(court: Any) -> None:
    court.determined()
    stored = court.h.determination
    weak = {
        "rule": "x",
        "about": "proceeding",
        "outcome": "warn",
        "citation": "V",
        "text": {"zh": "一", "en": "a"},
    }
    for number, outcome in enumerate(("warn", "block")):
        document = {**stored.document, "outcome": outcome, "findings": [{**weak, "outcome": outcome}]}
        happened(court, e.DeterminationMade(m.SYSTEM, f"det_{number}", document, dict(stored.facts)))
    changed = entries(court, "determination")[-1].detail["changes"]
    assert [(one["from"], one["outcome"]) for one in changed["findings"]["moved"]] == [("warn", "block")]
    assert changed["findings"]["added"] == changed["findings"]["removed"] == []


def test_a_ruling_stands_with_reasons_signature_and_what_it_supersedes(court: Any) -> None:
    court.determined()
    court.position("respondent", "objects", "须当庭核对原件")
    ground = f"objection:{court.id('respondent')}"
    signature = m.RulingSignature("Ed25519", "ab" * 32, "cd" * 64)
    happened(
        court, e.RulingMade(court.judge_desk, ruling(court, ground, True, id="rul_1", signature=signature))
    )
    later = ruling(court, ground, False, "复核后认为不成立", id="rul_2", supersedes="rul_1")
    happened(court, e.RulingMade(court.judge_desk, later))
    first, second = entries(court, "ruling")
    assert first.detail["signature"] == {"algorithm": "Ed25519", "key_id": "ab" * 32, "value": "cd" * 64}
    assert (first.detail["superseded_by"], second.detail["supersedes"]) == (second.sequence, first.sequence)
    assert (second.detail["reasons"], second.detail["held"]) == ("复核后认为不成立", False)
    assert (second.detail["by"], second.detail["role"]) == ("Wang", "presiding_judge")
    assert "Li" in second.detail["about"]["zh"] and second.citations == ("OLR 21(1)",)


def test_rulings_of_early_records_supersede_by_their_ground(court: Any) -> None:
    court.determined()
    for held in (True, False):
        happened(court, e.RulingMade(court.judge_desk, ruling(court, "other", held)))
    first, second = entries(court, "ruling")
    assert (first.detail["superseded_by"], second.detail["supersedes"]) == (second.sequence, first.sequence)
    assert first.detail["signature"] is None and second.detail["superseded_by"] is None


def test_what_is_stated_late_and_after_the_opening_is_marked(court: Any) -> None:
    court.drafted().consented()
    stated = m.Assertion(
        "ast_late",
        f"position:{court.id('respondent')}",
        {"position": "objects", "stage": "trial", "reasons": ""},
        "Li",
        "link",
        "",
        court.now,
        court.actor("respondent"),
        late=True,
    )
    happened(court, e.FactAsserted(court.actor("respondent"), stated))
    late = entries(court, "statement")[-1].detail
    assert (late["late"], late["after_opening"]) == (True, False)


def test_an_objection_after_the_opening_is_marked_and_moves_nothing(court: Any) -> None:
    court.session()
    stated = m.Assertion(
        "ast_room",
        f"position:{court.id('respondent')}",
        {"position": "retracts", "stage": "trial", "reasons": "听不清"},
        "Li",
        "link",
        "",
        court.now,
        court.actor("respondent"),
        late=True,
    )
    happened(court, e.FactAsserted(court.actor("respondent"), stated))
    entry = entries(court, "statement")[-1]
    assert entry.detail["after_opening"] and entry.detail["late"] and entry.citations == ("OLR 5(2)",)
    assert (entry.role, entry.side) == ("party", "respondent") and court.h.phase == "in_session"


def test_observers_who_are_put_out_are_named(court: Any) -> None:
    court.session()
    court.connect("observer")
    court.admit("observer")
    stored = court.h.determination
    document = {**stored.document, "gallery": False}
    happened(court, e.DeterminationMade(m.SYSTEM, "det_closed", document, dict(stored.facts)))
    last = entries(court, "determination")[-1].detail
    assert [one["name"] for one in last["observers_out"]] == ["Gao"]
    assert last["changes"]["gallery"] == {"from": True, "to": False}


def test_deadlines_reminders_attendance_and_conversion(court: Any) -> None:
    court.drafted()
    desk, system = court.desk, m.SYSTEM
    happened(court, e.DeadlineSet(desk, court.now + timedelta(days=3)))
    happened(court, e.ReminderGiven(system, 24, (court.id("counsel"), court.id("respondent"))))
    happened(court, e.DeadlinePassed(system, (court.id("respondent"),)))
    happened(court, e.PresenceAtCourtNoted(desk, court.id("respondent"), True, "id_card_shown"))
    step = m.CompletedStep("法庭调查", "inquiry", court.now)
    happened(court, e.StepsConfirmed(court.judge_desk, (step,)))
    told = {entry.kind: entry for entry in entries(court)}
    assert told["deadline"].detail["due_at"].endswith("+00:00")
    assert [one["name"] for one in told["reminder"].detail["to"]] == ["Chen", "Li"]
    assert [one["name"] for one in told["deadline_passed"].detail["silent"]] == ["Li"]
    assert told["at_court"].detail["who"]["name"] == "Li" and told["at_court"].citations == ("OLR 7",)
    assert told["steps_confirmed"].detail["steps"][0]["zh"] == "法庭调查"


def test_only_failed_equipment_tests_and_what_mended_them(court: Any) -> None:
    court.drafted()
    for who, result in (("claimant", "passed"), ("respondent", "problem"), ("respondent", "passed")):
        test = e.EquipmentRecorded(
            court.actor(who), court.id(who), result, "none", "ok", "ok", "tcp", "Chromium 156"
        )
        happened(court, test)
    assert [(one.detail["who"]["name"], one.detail["result"]) for one in entries(court, "equipment")] == [
        ("Li", "problem"),
        ("Li", "passed"),
    ]


def test_mediation_disclosure_answers_and_assignment(court: Any) -> None:
    court.drafted()
    happened(court, e.AssignmentAnswered(court.desk, False, "回避"))
    happened(court, e.ConflictDisclosed(court.desk, "曾任原告顾问"))
    happened(court, e.DisclosureAnswered(court.actor("respondent"), court.id("respondent"), False))
    told = {entry.kind: entry for entry in entries(court)}
    assert told["assignment"].detail == {"accepted": False, "reason": "回避"}
    assert told["disclosure"].detail["conflict"] == "曾任原告顾问" and told["disclosure"].citations == (
        "OMR 13",
    )
    assert told["disclosure_answer"].detail["who"]["name"] == "Li"


def test_who_is_no_longer_named_keeps_the_name_in_the_record(court: Any) -> None:
    court.determined()
    court.position("respondent", "objects", "须当庭核对原件")
    people = tuple(
        e.SeatedPerson(
            one.id, one.role, one.name, one.seat, one.person, one.account, one.side, one.represents
        )
        for one in court.h.participants.values()
        if one.name != "Li"
    )
    happened(court, e.HearingChanged(court.desk, participants=people))
    stored = court.h.determination
    calm = {**stored.document, "outcome": "allow", "findings": [], "awaiting": []}
    happened(court, e.DeterminationMade(m.SYSTEM, "det_calm", calm, dict(stored.facts)))
    removed = entries(court, "determination")[-1].detail["changes"]["findings"]["removed"]
    assert [one["who"]["name"] for one in removed] == ["Li", "Zhang"]


def test_changes_of_the_file_that_do_not_matter_here_are_left_out(court: Any) -> None:
    court.drafted()
    happened(court, e.HearingChanged(court.desk, courtroom_zh="第二法庭"))
    happened(court, e.HearingChanged(court.desk, case_type="criminal_other"))
    changed = entries(court, "file_changed")
    assert [one.detail for one in changed] == [{"case_type": "criminal_other"}]


def test_a_log_that_cannot_be_has_no_history(new_court: Callable[..., Any]) -> None:
    court = new_court().determined()
    with pytest.raises(RecordUnreadable):
        history(recorded(court)[1:])
    assert history([]) == []
