"""How each event changes a hearing. Decides nothing: what was stored is applied, or found impossible.

The one thing enforced here too is the table of phases: a log that jumps outside it cannot be replayed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from room_server.domain import events as e
from room_server.domain import phases
from room_server.domain.evolution_people import PEOPLE, attending, change_participant, end_check, seated
from room_server.domain.model import (
    Arrangement,
    Assignment,
    CourseStep,
    Deadline,
    Disclosure,
    DisclosureAnswer,
    FileChange,
    ForwardingPause,
    Hearing,
    Participant,
    Phase,
    Place,
    Recorder,
    StoredDetermination,
)
from room_server.errors import CommandRefused, RecordUnreadable

Step = Callable[[Hearing, Any, datetime], Hearing]


def evolve(hearing: Hearing | None, event: e.Event, at: datetime) -> Hearing:
    """The hearing after `event`, which happened at `at`.

    Raises `RecordUnreadable` where the event cannot follow on this hearing.
    """
    if isinstance(event, e.HearingDrafted):
        if hearing is not None:
            raise RecordUnreadable("hearing_drafted can only be the first event")
        return _drafted(event, at)
    if hearing is None:
        raise RecordUnreadable(f"{e.event_type(event)} cannot be the first event of a hearing")
    step = _STEPS[type(event)]
    try:
        changed = step(hearing, event, at)
    except KeyError as missing:
        raise RecordUnreadable(f"{e.event_type(event)} names somebody unknown: {missing}") from None
    return replace(changed, version=hearing.version + 1)


def _drafted(event: e.HearingDrafted, at: datetime) -> Hearing:
    return Hearing(
        id=event.hearing_id,
        case_id=event.case_id,
        case_number=event.case_number,
        title=event.title,
        cause=event.cause,
        case_type=event.case_type,
        stage=event.stage,
        scheduled_at=event.scheduled_at,
        courtroom_zh=event.courtroom_zh,
        courtroom_en=event.courtroom_en,
        ruleset=event.ruleset,
        phase="draft",
        phase_since=at,
        case_type_since=at,
        participants={person.id: seated(person) for person in event.participants},
        version=1,
        kind=event.kind,
        course=(CourseStep("draft", at),),
    )


def _changed(hearing: Hearing, event: e.HearingChanged, at: datetime) -> Hearing:
    names = (
        "case_number",
        "title",
        "cause",
        "case_type",
        "stage",
        "scheduled_at",
        "courtroom_zh",
        "courtroom_en",
    )
    given = {name: getattr(event, name) for name in names if getattr(event, name) is not None}
    after = replace(hearing, **given)
    if event.case_type is not None:
        after = replace(after, case_type_since=at)
    if event.courtroom_zh is not None:
        for courtroom in tuple(after.with_role("courtroom")):
            after = change_participant(after, courtroom.id, name=event.courtroom_zh)
    if event.stage is not None:
        after = replace(after, stage_since=at)
    named = {"people": event.participants, "stage": event.stage, "case_type": event.case_type}
    what = tuple(name for name, value in named.items() if value is not None)
    if what:
        change = FileChange(hearing.version + 1, at, event.by, what)
        after = replace(after, file_changes=(*hearing.file_changes, change))
    if event.participants is not None:
        before = [one.account for one in hearing.with_role("mediator")]
        if before != [one.account for one in event.participants if one.role == "mediator"]:
            # What one mediator answered and disclosed says nothing about the next.
            after = replace(after, assignment=None, disclosure=None, disclosure_answers={})
        known = {**hearing.former, **hearing.participants}
        people = {new.id: seated(new, known.get(new.id)) for new in event.participants}
        # The courtroom is not on the clerk's list, and stays.
        people |= {key: one for key, one in after.participants.items() if one.role == "courtroom"}
        after = replace(
            after,
            participants=people,
            former={key: _taken_off(one) for key, one in known.items() if key not in people},
            hands=tuple(one for one in hearing.hands if one in people),
        )
    return after


def _taken_off(person: Participant) -> Participant:
    """What is kept of somebody for the case that they are named again: not the place, nor the check that led to it."""
    return replace(
        person,
        place="outside",
        admitted=False,
        screen_allowed=False,
        identity=None,
        at_court=None,
        device=None,
        waiting_device=None,
        hand_raised_at=None,
    )


def _asserted(hearing: Hearing, event: e.FactAsserted, at: datetime) -> Hearing:
    return replace(
        hearing,
        assertions=(*hearing.assertions, event.assertion),
        stated_at_version={**hearing.stated_at_version, event.assertion.id: hearing.version + 1},
    )


def _ruled(hearing: Hearing, event: e.RulingMade, at: datetime) -> Hearing:
    return replace(
        hearing,
        rulings=(*hearing.rulings, event.ruling),
        stated_at_version={**hearing.stated_at_version, event.ruling.id: hearing.version + 1},
    )


def _determined(hearing: Hearing, event: e.DeterminationMade, at: datetime) -> Hearing:
    stored = StoredDetermination(event.determination_id, at, event.document, event.facts)
    people = {key: _under(stored, person, at) for key, person in hearing.participants.items()}
    ruleset = stored.ruleset.partition("@")[0]
    after = replace(hearing, determination=stored, participants=people, ruleset=ruleset)
    # After the opening nobody's place changes by itself (OLR 21 para 2): the judge adjourns or converts.
    opened = hearing.phase in phases.LIVE and hearing.phase != "adjourned"
    return after if opened else attending(after, stored.in_person, at)


def _under(stored: StoredDetermination, person: Participant, at: datetime) -> Participant:
    """An observer who was let in while there was a gallery is let in no longer where there is none (OLR 27)."""
    if stored.gallery or person.role != "observer" or not person.admitted:
        return person
    place: Place = "lobby" if person.connected else "outside"
    waiting_since = at if person.connected else None
    return replace(person, admitted=False, screen_allowed=False, place=place, waiting_since=waiting_since)


def _move(hearing: Hearing, target: Phase, reason: str | None, at: datetime) -> Hearing:
    try:
        phases.require(hearing.phase, target)
    except CommandRefused as refused:
        raise RecordUnreadable(f"the log jumps outside the table of phases: {refused}") from None
    *before, last = hearing.course or (CourseStep(hearing.phase, hearing.phase_since),)
    course = (*before, replace(last, until=at), CourseStep(target, at))
    return replace(hearing, phase=target, phase_since=at, phase_reason=reason, course=course)


def _phase_changed(hearing: Hearing, event: e.PhaseChanged, at: datetime) -> Hearing:
    if event.phase_from != hearing.phase:
        raise RecordUnreadable(f"phase_changed from {event.phase_from}, but the hearing is {hearing.phase}")
    after = _move(hearing, event.phase_to, event.reason, at)
    after = replace(after, arranged=_arranged(hearing, event))
    if after.phase not in phases.CHECK_HELD:
        after = end_check(after)
    if after.phase not in phases.SITTING:
        after = replace(after, forwarding_paused=None)
    if after.phase == "converted_offline":
        after = replace(after, conversion_reason=event.reason)
    if after.phase == "suspended_technical":
        return replace(after, suspended_from=event.phase_from)
    after = replace(after, suspended_from=None)
    if after.phase in ("recess", "adjourned"):
        after = _lower_all_hands(after)
    if after.phase == "adjourned":
        after = _adjourned(after, at)
    return _ended(after, at) if after.phase in phases.ENDED else after


def _arranged(hearing: Hearing, event: e.PhaseChanged) -> Arrangement | None:
    """Kept from when the gate takes an arrangement away until there is one again, or none can come."""
    if event.phase_to == "checking" and event.phase_from in ("scheduled", "lobby_open", "ready"):
        phase: Phase = "scheduled" if event.phase_from == "scheduled" else "lobby_open"
        in_person = hearing.determination.in_person if hearing.determination is not None else ()
        return Arrangement(phase, frozenset(in_person))
    return hearing.arranged if event.phase_to in phases.AT_THE_GATE else None


def _lower_all_hands(hearing: Hearing) -> Hearing:
    people = {key: replace(person, hand_raised_at=None) for key, person in hearing.participants.items()}
    return replace(hearing, participants=people, hands=())


def _adjourned(hearing: Hearing, at: datetime) -> Hearing:
    """Next time everybody is checked and admitted anew."""
    people = {}
    for key, person in hearing.participants.items():
        if not person.is_court:
            waiting = person.connected and not person.removed
            person = replace(
                person,
                admitted=False,
                screen_allowed=False,
                identity=None,
                absent_noted=False,
                at_court=None,
                left_court_at=None,
                place="lobby" if waiting else "outside",
                waiting_since=at if waiting else None,
            )
        people[key] = person
    off = Recorder("off", at)
    after = replace(hearing, participants=people, recorder=off, continued_without=frozenset())
    # What was determined during the hearing moved nobody then; it holds for the next time.
    return after if after.determination is None else attending(after, after.determination.in_person, at)


def _ended(hearing: Hearing, at: datetime) -> Hearing:
    people = {
        key: replace(one, place="outside", waiting_since=None) for key, one in hearing.participants.items()
    }
    closed_at = hearing.closed_at or at
    ended = replace(hearing, participants=people, closed_at=closed_at, recorder=Recorder("off", at))
    return _lower_all_hands(ended)


def _opened(hearing: Hearing, event: e.SessionOpened, at: datetime) -> Hearing:
    stored = hearing.determination
    if stored is None or (stored.id, stored.facts_sha256) != (event.determination_id, event.facts_sha256):
        raise RecordUnreadable("session_opened does not rest on the stored determination")
    return replace(_move(hearing, "in_session", None, at), opened_at=at)


def _paused(hearing: Hearing, event: e.ForwardingPaused, at: datetime) -> Hearing:
    since = hearing.forwarding_paused.since if hearing.forwarding_paused else at
    return replace(hearing, forwarding_paused=ForwardingPause(since, event.sides))


def _unpaused(hearing: Hearing, event: e.ForwardingResumed, at: datetime) -> Hearing:
    without = hearing.continued_without | frozenset(event.without)
    return replace(hearing, forwarding_paused=None, continued_without=without)


def _deadline(hearing: Hearing, event: e.DeadlineSet, at: datetime) -> Hearing:
    return replace(hearing, deadline=Deadline(event.due_at, at))


def _reminded(hearing: Hearing, event: e.ReminderGiven, at: datetime) -> Hearing:
    if hearing.deadline is None:
        raise RecordUnreadable("reminder_given without a deadline")
    given = (*hearing.deadline.reminded_h, event.hours_before)
    return replace(hearing, deadline=replace(hearing.deadline, reminded_h=given))


def _deadline_passed(hearing: Hearing, event: e.DeadlinePassed, at: datetime) -> Hearing:
    if hearing.deadline is None:
        raise RecordUnreadable("deadline_passed without a deadline")
    return replace(hearing, deadline=replace(hearing.deadline, passed=True))


def _confirmed(hearing: Hearing, event: e.StepsConfirmed, at: datetime) -> Hearing:
    return replace(hearing, completed=event.steps)


def _assignment(hearing: Hearing, event: e.AssignmentAnswered, at: datetime) -> Hearing:
    return replace(hearing, assignment=Assignment(event.accepted, event.reason, at, event.by.id))


def _disclosed(hearing: Hearing, event: e.ConflictDisclosed, at: datetime) -> Hearing:
    made = Disclosure(event.conflict, event.by.id, at, hearing.version + 1)
    return replace(hearing, disclosure=made, disclosure_answers={})


def _disclosure_answer(hearing: Hearing, event: e.DisclosureAnswered, at: datetime) -> Hearing:
    answer = DisclosureAnswer(event.accepts, at, event.by.id)
    return replace(hearing, disclosure_answers={**hearing.disclosure_answers, event.participant_id: answer})


def _recorder(hearing: Hearing, event: e.Event, at: datetime) -> Hearing:
    if isinstance(event, e.RecordingInterrupted):
        return replace(hearing, recorder=Recorder("lost", at, event.cause))
    if isinstance(event, e.RecorderArmed):
        return replace(hearing, recorder=Recorder("armed", at))
    if isinstance(event, e.RecordingRestored) and hearing.phase not in phases.OPENED:
        return replace(hearing, recorder=Recorder("armed", at))
    return replace(hearing, recorder=Recorder("recording", at))


def _relay(hearing: Hearing, event: e.Event, at: datetime) -> Hearing:
    return replace(hearing, relay_lost_since=at if isinstance(event, e.RelayInterrupted) else None)


def _network(hearing: Hearing, event: e.NetworkChanged, at: datetime) -> Hearing:
    return change_participant(hearing, event.participant_id, network=event.score)


_STEPS: dict[type[e.Event], Step] = {
    e.HearingChanged: _changed,
    e.FactAsserted: _asserted,
    e.RulingMade: _ruled,
    e.DeterminationMade: _determined,
    e.DeadlineSet: _deadline,
    e.ReminderGiven: _reminded,
    e.DeadlinePassed: _deadline_passed,
    e.StepsConfirmed: _confirmed,
    e.AssignmentAnswered: _assignment,
    e.ConflictDisclosed: _disclosed,
    e.DisclosureAnswered: _disclosure_answer,
    e.PhaseChanged: _phase_changed,
    e.SessionOpened: _opened,
    e.ForwardingPaused: _paused,
    e.ForwardingResumed: _unpaused,
    e.RecorderArmed: _recorder,
    e.RecordingStarted: _recorder,
    e.RecordingInterrupted: _recorder,
    e.RecordingRestored: _recorder,
    e.RelayInterrupted: _relay,
    e.RelayRecovered: _relay,
    e.NetworkChanged: _network,
    **PEOPLE,
}
