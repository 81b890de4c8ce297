"""What each viewer is shown of the gate while the room is open: objections, rulings on them, conversion. Pure.

Clerk and bench see everything that is open. A side sees how its own objection stands. Everybody in the room is told
when the hearing has to be converted. People who wait are told nothing of it.
"""

from __future__ import annotations

from room_server.domain.conversion import completed_steps, must_attend, must_convert
from room_server.domain.model import BENCH, PRINCIPALS, REPRESENTATIVES, Hearing, Participant
from room_server.domain.objections import Matter, matters, own_matter
from room_server.domain.phases import LIVE
from room_server.domain.positions import side_of_speaker
from signaling import messages as m

_SHOWN_TO = BENCH | {"clerk", "judges_assistant"}
_SIDES = PRINCIPALS | REPRESENTATIVES


def eligibility(hearing: Hearing, viewer: Participant) -> m.Eligibility | None:
    """The open matters, for clerk and bench of a hearing that was opened."""
    if viewer.role not in _SHOWN_TO or hearing.kind != "hearing" or hearing.phase not in LIVE:
        return None
    stop = must_convert(hearing)
    return m.Eligibility(
        matters=[_matter(one) for one in matters(hearing)],
        must_convert=None if stop is None else m.BiText(zh=stop.zh, en=stop.en),
        citation=None if stop is None else stop.citation,
        must_attend=list(must_attend(hearing)),
        completed=[m.BiText(zh=step.zh, en=step.en) for step in completed_steps(hearing)],
        seen_version=max(hearing.file_version, *hearing.stated_at_version.values(), 0),
    )


def own_objection(hearing: Hearing, viewer: Participant) -> m.OwnObjection | None:
    """How the objection that the viewer lodged stands, for a side."""
    if viewer.role not in _SIDES or viewer.removed or hearing.kind != "hearing":
        return None
    own = own_matter(hearing, viewer)
    if own is None:
        return None
    ruling = own.ruling
    if ruling is None:
        return m.OwnObjection(
            state="noted" if own.ground is None else "lodged",
            reasons=own.reasons,
            at=own.at.isoformat(),
            ruled_at=None,
        )
    return m.OwnObjection(
        state="held" if ruling.held else "not_held",
        reasons=own.reasons,
        at=own.at.isoformat(),
        ruled_at=ruling.at.isoformat(),
    )


def eligibility_notices(hearing: Hearing, viewer: Participant) -> list[m.Notice]:
    """Standing notices for somebody who is in the main room."""
    if hearing.kind != "hearing" or hearing.phase not in LIVE:
        return []
    stop = must_convert(hearing)
    if viewer.role in _SHOWN_TO:
        return [_lodged(one) for one in matters(hearing) if one.in_room and one.ruling is None and not stop]
    at = hearing.determination.at.isoformat() if hearing.determination else hearing.phase_since.isoformat()
    if stop is not None:
        return [_notice("must_convert", "warning", _CONVERTED_SOON, at)]
    side = side_of_speaker(hearing, viewer)
    if side is not None and side.party.id in must_attend(hearing):
        return [_notice("must_attend", "warning", _AT_COURT_SOON, at)]
    return []


_CONVERTED_SOON = (
    "这次庭审应当转为线下进行。请先不要离开，等审判长说明下一步。",
    "This hearing has to go on in a courtroom. Please stay: the presiding judge will say what comes next.",
)
_AT_COURT_SOON = (
    "您这一方应当到法庭现场参加庭审。请先不要离开，等审判长说明下一步。",
    "Your side has to attend in the courtroom. Please stay: the presiding judge will say what comes next.",
)


def _lodged(matter: Matter) -> m.Notice:
    zh, en = matter.words
    next_zh, next_en = "请审判长当庭裁定。", "The presiding judge rules on it on the record."
    if matter.ground is None:
        next_zh, next_en = "未说明理由，已记明。", "No reasons were given; it is noted."
    text = (f"{zh}。{next_zh}", f"{en}. {next_en}")
    level = "warning" if matter.ground is None else "stop"
    return _notice(f"objection-{matter.id}", level, text, matter.at.isoformat())


def _notice(name: str, level: str, text: tuple[str, str], at: str) -> m.Notice:
    return m.Notice.model_validate(
        {"id": name, "level": level, "text": {"zh": text[0], "en": text[1]}, "at": at}
    )


def _matter(matter: Matter) -> m.OpenMatter:
    ruling = matter.ruling
    return m.OpenMatter(
        id=matter.id,
        ground=matter.ground,
        side=matter.side,
        text=m.BiText(zh=matter.words[0], en=matter.words[1]),
        reasons=matter.reasons,
        at=matter.at.isoformat(),
        late=matter.late,
        held=None if ruling is None else ruling.held,
        ruled_at=None if ruling is None else ruling.at.isoformat(),
    )


def conversion(hearing: Hearing) -> m.Conversion | None:
    """The order that ended the online part, as the court reads it; also once it is archived."""
    if hearing.conversion_reason is None:
        return None
    return m.Conversion(
        reason=hearing.conversion_reason,
        completed=[m.BiText(zh=step.zh, en=step.en) for step in hearing.completed],
    )


def conversion_for(hearing: Hearing, person: Participant) -> m.Conversion | None:
    """The same for one person: only who was in the room, as a side or as the court, reads what was done in it."""
    took_part = person.is_court or (person.admitted and person.role in _SIDES)
    return conversion(hearing) if took_part and not person.removed else None
