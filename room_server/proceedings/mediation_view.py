"""A mediation as one of its people is shown it, in the room and on the way to it. Pure.

Who consented and who accepted the mediator is for the mediator and the clerk; a side sees its own answers only.
"""

from __future__ import annotations

from room_server.domain import mediation, phases
from room_server.domain.model import Hearing, Participant
from room_server.domain.positions import side_of_speaker
from signaling import messages as m

_WITHDRAWN = m.BiText(
    zh="有一方没有同意调解，这次调解现在不进行。您可以关闭页面；如果各方又都同意，法院会通知您。",
    en="A party does not agree to mediate, so this mediation does not take place now. You may close this page. If all "
    "agree again, the court will let you know.",
)
_NOT_NOW = m.BiText(
    zh="条件还不具备，这次调解现在不能进行。您可以关闭页面；可以进行时，法院会通知您。",
    en="Something is still missing, so this mediation cannot take place now. You may close this page. The court will let "
    "you know when it can.",
)


def mediation_view(hearing: Hearing, viewer: Participant) -> m.MediationView | None:
    """None in a hearing."""
    if hearing.kind != "mediation":
        return None
    mediator = mediation.mediator_of(hearing)
    made = hearing.disclosure
    side = side_of_speaker(hearing, viewer)
    answer = None if side is None else hearing.disclosure_answers.get(side.party.id)
    told = made is not None and made.conflict is not None
    return m.MediationView(
        step=mediation.step(hearing),
        mediator=mediator.name if mediator is not None else "",
        disclosed=made is not None,
        conflict=None if made is None else made.conflict,
        disclosure_version=None if made is None else made.version,
        own_answer=None if answer is None else answer.accepts,
        may_answer=side is not None and told and hearing.phase not in phases.ENDED,
        off=_off(hearing),
    )


def _off(hearing: Hearing) -> m.BiText | None:
    if hearing.phase not in ("blocked", "checking"):
        return None
    refused = any(answer == "refuses" for _, answer in mediation.answers(hearing))
    return _WITHDRAWN if refused else _NOT_NOW
