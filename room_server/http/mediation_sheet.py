"""A mediation's own matters as the desk is shown them. Pure."""

from __future__ import annotations

from room_server.domain import mediation
from room_server.domain.model import Hearing
from room_server.http import models as m


def mediation_detail(hearing: Hearing, account: str | None) -> m.MediationDetail | None:
    """None in a hearing. ``account``: who looks."""
    if hearing.kind != "mediation":
        return None
    mediator = mediation.mediator_of(hearing)
    answered, made = hearing.assignment, hearing.disclosure
    named = None if mediator is None else mediator.account
    return m.MediationDetail(
        step=mediation.step(hearing),
        steps=list(mediation.STEPS),
        mediator="" if mediator is None else mediator.name,
        account=named,
        own=named is not None and named == account,
        assignment=None
        if answered is None
        else m.AnsweredAssignment(
            accepted=answered.accepted, reason=answered.reason, at=answered.at.isoformat()
        ),
        disclosure=None if made is None else m.MadeDisclosure(conflict=made.conflict, at=made.at.isoformat()),
        conflict=mediation.conflict(hearing),
        parties=[_party(hearing, side.party.id, answer) for side, answer in mediation.answers(hearing)],
    )


def _party(hearing: Hearing, party_id: str, answer: mediation.Answer) -> m.MediationParty:
    party = hearing.participants[party_id]
    given = hearing.disclosure_answers.get(party_id)
    return m.MediationParty(
        party=party.id,
        name=party.name,
        side=party.side,
        answer=answer,
        accepts_mediator=None if given is None else given.accepts,
    )
