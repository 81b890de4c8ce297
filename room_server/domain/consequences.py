"""What would follow from a position that a side could take now, in plain words: the gate is really asked.

Each answer is the determination of the facts as they would be, under the hearing's rule set today. Of the other sides it
uses what they have stated, and says nothing of it.
"""

from __future__ import annotations

from dataclasses import replace

from eligibility import Determination, determine
from room_server.domain.context import Context
from room_server.domain.deadlines import is_late
from room_server.domain.facts import facts_of
from room_server.domain.model import SYSTEM, Assertion, Hearing, Participant
from room_server.domain.phases import ENDED, LIVE
from room_server.domain.positions import Side, current_stage, position_key
from room_server.domain.statements import position_taken
from room_server.domain.words import BiText
from room_server.errors import CorrectTheRequest

UNKNOWN: BiText = ("法院会另行告知。", "The court will tell you.")
_REASONS = "reasons"
_ONLINE: BiText = ("可以在线开庭。", "The hearing can be held online.")
_BLOCKED: BiText = ("不能在线开庭，改到法院开庭。", "The hearing could not be held online.")
_JUDGE: BiText = ("由法官决定。", "A judge will decide.")
_YOU: BiText = ("您需要到法院参加。", "You would attend at the court.")
_YOUR_SIDE: BiText = ("您代表的一方需要到法院参加。", "Your side would attend at the court.")
_OTHERS: BiText = (
    "您可以在线参加，另有人到法院参加。",
    "You would take part online, and somebody else at the court.",
)
_NO_MEDIATION: BiText = ("不进行调解。", "There will be no mediation.")
_STANDS: dict[BiText, BiText] = {
    _BLOCKED: (_BLOCKED[0], "The hearing cannot be held online. It will be held in court."),
    _YOU: (_YOU[0], "You attend at the court."),
    _YOUR_SIDE: (_YOUR_SIDE[0], "Your side attends at the court."),
    _OTHERS: (_OTHERS[0], "You take part online, and somebody else at the court."),
}
"""Said of what is, and not of what would be."""
_MEDIATION: dict[BiText, BiText] = {
    _ONLINE: ("可以在线调解。", "The mediation can be held online."),
    _BLOCKED: (
        "各方都同意、其他条件也具备后，才能开始调解。",
        "The mediation can begin once every party agrees and nothing else stands in its way.",
    ),
    _YOU: (
        "您需要到法院提供的场所参加调解。",
        "You would take part in the mediation at a place that the court provides.",
    ),
}


def consequences(hearing: Hearing, side: Side, speaker: Participant, ctx: Context) -> dict[str, BiText]:
    """For each position this speaker could take for the stage of the hearing, what would follow from it.

    `objects` of a side that consented is the retraction that it would be stored as (OLR 5(2)).
    """
    taken = {
        "consents": ("consents", ""),
        "chose_online": ("chose_online", ""),
        "objects": ("objects", ""),
        "objects_with_reasons": ("objects", _REASONS),
        "retracts": ("retracts", _REASONS),
        "silent": ("silent", ""),
    }
    stage = current_stage(hearing)
    found = {}
    for name, (position, reasons) in taken.items():
        stands = position_taken(hearing, side, stage, position)
        supposed = _supposing(hearing, side, (speaker,), stands, reasons, ctx)
        if hearing.phase in LIVE and stands in ("objects", "retracts"):
            # Nothing stops by itself once the court sits: the judge rules on the record (OLR 21 para 2).
            found[name] = _JUDGE
            continue
        found[name] = _in_words(supposed, side, _YOU if speaker.id == side.party.id else _YOUR_SIDE, ctx)
    return found


def as_it_stands(hearing: Hearing, side: Side, speaker: Participant, ctx: Context) -> BiText | None:
    """What follows from all that was stated and ruled so far; None once the court sits or it is over."""
    if hearing.phase in LIVE or hearing.phase in ENDED:
        return None
    found = _in_words(hearing, side, _YOU if speaker.id == side.party.id else _YOUR_SIDE, ctx)
    return _STANDS.get(found, found)


def if_silent(hearing: Hearing, side: Side, speaker: Participant, ctx: Context) -> BiText:
    """What would follow if this whole side had said nothing when the deadline passes."""
    supposed = _supposing(hearing, side, side.members, "silent", "", ctx)
    return _in_words(supposed, side, _YOU if speaker.id == side.party.id else _YOUR_SIDE, ctx)


def if_all_stay_silent(hearing: Hearing, silent: tuple[Side, ...], ctx: Context) -> BiText:
    """For the desk: what follows if nobody says anything more."""
    if not silent:
        zh, en = _outcome(hearing, ctx)
        return f"各方均已表明意见。{zh}", f"Every side has stated its position. {en}"
    return _outcome(hearing, ctx)


def _outcome(hearing: Hearing, ctx: Context) -> BiText:
    found = _determined(hearing, ctx)
    if found is None:
        return UNKNOWN
    if found.outcome == "hybrid":
        names = [hearing.participants[one].name for one in found.in_person if one in hearing.participants]
        return f"到法院参加：{'、'.join(names)}。", f"To attend at the court: {', '.join(names)}."
    return _mediation(hearing, _plain(hearing, found))


def _supposing(
    hearing: Hearing, side: Side, speakers: tuple[Participant, ...], position: str, reasons: str, ctx: Context
) -> Hearing:
    """The hearing as if these people had just stated this. What the desk took down for the agents as such gives way."""
    stage = current_stage(hearing)
    value = {"position": position, "stage": stage, "reasons": reasons}
    keys = [position_key(side, one) for one in speakers]
    if len(speakers) == len(side.members):
        keys.append(f"agent_position:{side.party.id}")
    late = is_late(hearing, ctx.now) and position != "silent"
    added = (
        Assertion("ast_supposed", key, value, "", "link", "", ctx.now, SYSTEM, late)
        for key in dict.fromkeys(keys)
    )
    return replace(hearing, assertions=(*hearing.assertions, *added))


def _determined(hearing: Hearing, ctx: Context) -> Determination | None:
    try:
        return determine(facts_of(hearing), ctx.ruleset, ctx.today)
    except (CorrectTheRequest, ValueError):
        # Facts that make no document yet, or a rule set that was not in force: nobody can say what follows.
        return None


def _in_words(hearing: Hearing, side: Side, you: BiText, ctx: Context) -> BiText:
    found = _determined(hearing, ctx)
    if found is None:
        return UNKNOWN
    if found.outcome == "hybrid":
        return _mediation(hearing, you if side.party.id in found.in_person else _OTHERS)
    return _mediation(hearing, _plain(hearing, found))


def _plain(hearing: Hearing, found: Determination) -> BiText:
    if hearing.kind == "mediation" and found.outcome == "block" and found.final:
        # A refusal is the end of it; where somebody has yet to agree, that is only not the beginning.
        return _NO_MEDIATION
    return {"block": _BLOCKED, "await_ruling": _JUDGE}.get(found.outcome, _ONLINE)


def _mediation(hearing: Hearing, words: BiText) -> BiText:
    return _MEDIATION.get(words, words) if hearing.kind == "mediation" else words
