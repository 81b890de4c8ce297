"""Hearings and cases as the desk is shown them. Pure: from the domain's values to the models of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from room_server.domain import facts, phases, rulings
from room_server.domain.model import Assertion, Hearing, Participant, Ruling
from room_server.domain.positions import superseded
from room_server.errors import CorrectTheRequest
from room_server.http import models as m
from room_server.proceedings.eligibility_view import conversion
from room_server.store.cases import CaseRecord, PersonRecord
from signaling.messages import ActionInfo, BiText, DeterminationView, RecordingInfo


def hearing_line(hearing: Hearing) -> m.HearingLine:
    return m.HearingLine.model_validate(
        {
            "id": hearing.id,
            "case_id": hearing.case_id,
            "case_number": hearing.case_number,
            "title": hearing.title,
            "cause": hearing.cause,
            "stage": hearing.stage,
            "kind": hearing.kind,
            "scheduled_at": scheduled(hearing),
            "phase": hearing.phase,
            "outcome": None if hearing.determination is None else hearing.determination.outcome,
            "waiting": sum(person.state == "lobby" for person in hearing.participants.values()),
        }
    )


def hearing_lines(hearings: Iterable[Hearing]) -> list[m.HearingLine]:
    """By the time they are scheduled for, the latest first."""
    ordered = sorted(hearings, key=lambda hearing: (scheduled(hearing) or "", hearing.id), reverse=True)
    return [hearing_line(hearing) for hearing in ordered]


def case_line(case: CaseRecord, hearings: Iterable[Hearing]) -> m.CaseLine:
    """``hearings``: those of this case."""
    of_case = list(hearings)
    times = [
        hearing.scheduled_at
        for hearing in of_case
        if hearing.scheduled_at is not None and hearing.phase not in phases.ENDED
    ]
    values: dict[str, Any] = {
        "id": case.id,
        "number": case.number,
        "title": case.title,
        "cause": case.cause,
        "case_type": case.case_type,
        "hearings": len(of_case),
        "next_hearing_at": min(times).isoformat() if times else None,
    }
    return m.CaseLine.model_validate(values)


def case_detail(
    case: CaseRecord, people: Iterable[PersonRecord], hearings: Iterable[Hearing]
) -> m.CaseDetail:
    return m.CaseDetail.model_validate(
        {
            "id": case.id,
            "number": case.number,
            "title": case.title,
            "cause": case.cause,
            "case_type": case.case_type,
            "created_at": case.created_at.isoformat(),
            "people": [_person(person) for person in people],
            "hearings": hearing_lines(hearings),
        }
    )


def hearing_detail(
    hearing: Hearing,
    actions: Mapping[str, ActionInfo],
    recording: RecordingInfo,
    determination: DeterminationView | None,
    signed: Callable[[Ruling], bool | None],
    deadline: m.DeadlineInfo | None = None,
    sides: Iterable[m.SideLine] = (),
    mediation: m.MediationDetail | None = None,
) -> m.HearingDetail:
    stored = hearing.determination
    return m.HearingDetail.model_validate(
        {
            "id": hearing.id,
            "kind": hearing.kind,
            "version": hearing.version,
            "case_id": hearing.case_id,
            "case_number": hearing.case_number,
            "title": hearing.title,
            "cause": hearing.cause,
            "case_type": hearing.case_type,
            "stage": hearing.stage,
            "scheduled_at": scheduled(hearing),
            "courtroom": BiText(zh=hearing.courtroom_zh, en=hearing.courtroom_en),
            "phase": hearing.phase,
            "phase_since": hearing.phase_since.isoformat(),
            "participants": [
                _participant(person)
                for person in sorted(hearing.participants.values(), key=lambda person: person.seat)
            ],
            "assertions": _assertions(hearing),
            "rulings": [_ruling(hearing, ruling, signed(ruling)) for ruling in hearing.rulings],
            "awaiting": [] if stored is None else list(stored.awaiting),
            "in_person": [] if stored is None else list(stored.in_person),
            "facts": _facts(hearing),
            "determination": determination,
            "actions": dict(actions),
            "recording": recording,
            "deadline": deadline,
            "sides": list(sides),
            "conversion": conversion(hearing),
            "mediation": mediation,
        }
    )


def scheduled(hearing: Hearing) -> str | None:
    return None if hearing.scheduled_at is None else hearing.scheduled_at.isoformat()


def _person(person: PersonRecord) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "side": person.side,
        "represents": person.represents,
        "phone": person.phone,
    }


def _participant(person: Participant) -> dict[str, Any]:
    invitation = person.invitation
    return {
        "id": person.id,
        "person": person.person,
        "account": person.account,
        "role": person.role,
        "side": person.side,
        "name": person.name,
        "represents": person.represents,
        "state": person.state,
        "attends": person.attends,
        "at_court": person.at_court is not None,
        "connected": person.connected,
        "identity_verified": person.identity is not None or person.is_court,
        "declared": person.declared or person.is_court,
        "equipment": person.equipment,
        "invitation": {
            "state": invitation.state,
            "issued_at": None if invitation.issued_at is None else invitation.issued_at.isoformat(),
            "opened_at": None if invitation.opened_at is None else invitation.opened_at.isoformat(),
        },
    }


def _assertions(hearing: Hearing) -> list[dict[str, Any]]:
    replaced = superseded(hearing)
    return [_assertion(one, one.id in replaced) for one in hearing.assertions]


def _assertion(assertion: Assertion, replaced: bool) -> dict[str, Any]:
    return {
        "id": assertion.id,
        "key": assertion.key,
        "value": assertion.value,
        "asserted_by": assertion.asserted_by,
        "how": assertion.how,
        "note": assertion.note,
        "at": assertion.at.isoformat(),
        "entered_by": assertion.entered_by.name,
        "superseded": replaced,
    }


def _ruling(hearing: Hearing, ruling: Ruling, signed: bool | None) -> dict[str, Any]:
    return {
        "ground": ruling.ground,
        "held": ruling.held,
        "reasons": ruling.reasons,
        "article": ruling.article,
        "by": ruling.by.name,
        "at": ruling.at.isoformat(),
        "id": ruling.id,
        "supersedes": ruling.supersedes,
        "superseded": rulings.superseded_by(hearing, ruling) is not None,
        "facts_sha256": ruling.facts_sha256,
        "during": ruling.during,
        "signed": signed,
        "key_id": None if ruling.signature is None else ruling.signature.key_id,
    }


def _facts(hearing: Hearing) -> dict[str, Any]:
    try:
        return facts.document(hearing)
    except CorrectTheRequest:
        # Facts that make no document yet are no reason to hide the hearing; determining says what is wrong.
        return {}
