"""What a side states by its own link: its position for each stage, its technical conditions, what must be seen.

A party speaks for itself, its legal representative, counsel or defender for the party; each has a key of their own.
What is stated anew supersedes what the same speaker stated before, and all of it stays in the hearing's assertions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eligibility.facts import NEEDS
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain.context import Context, participant
from room_server.domain.fact_words import stage_names
from room_server.domain.facts import checked_assertion, stages_of, subject_of
from room_server.domain.link_assertions import by_link
from room_server.domain.model import SYSTEM, Assertion, Hearing, Participant
from room_server.domain.phases import BEFORE_SESSION
from room_server.domain.positions import Side, Stated, agent_key, current_stage, position_key, side_of_speaker
from room_server.errors import CorrectTheRequest, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]

POSITIONS = ("consents", "objects", "chose_online")
"""What a side may say. That it takes a consent back follows from what it said before (OLR 5(2))."""
_LONGEST_WORDS = 1000
_LACKING = frozenset({"none", "failed"})
"""Camera or microphone not there or not working. `denied` is a permission that the page asks for again, and a silent
microphone or an unheard speaker may be a matter of a moment: those are evidence, and assert nothing."""


def position_taken(hearing: Hearing, side: Side, stage: str, position: str) -> str:
    """What a position stands as: who consented for this stage and now objects takes the consent back (OLR 5(2))."""
    if position == "objects" and Stated.of(hearing).side(side, stage).position in (
        "consents",
        "chose_online",
        "retracts",
    ):
        return "retracts"
    return position


def require_side(hearing: Hearing, person: Participant) -> Side:
    """The side this person speaks for; raises `NotPermitted` where there is none in this hearing."""
    side = side_of_speaker(hearing, person)
    if side is None:
        raise NotPermitted(
            "speaks_for_nobody",
            "只有当事人、检察员及其代理人、辩护人可以表明意见。",
            "Only a party or the prosecutor, and who represents or defends them, can make a statement.",
            "OLR 4",
        )
    return side


def _make(hearing: Hearing, command: c.MakeStatement, ctx: Context) -> list[e.Event]:
    speaker = participant(hearing, command.participant_id)
    if ctx.actor.kind != "participant" or ctx.actor.id != speaker.id:
        raise NotPermitted(
            "not_own_side",
            "陈述只能由本人通过自己的链接作出。",
            "A statement is made by the person itself, through its own link.",
            "OLR 4",
        )
    side = require_side(hearing, speaker)
    _require_whole(command)
    stated = Stated.of(hearing)
    wanted = [
        *(_position(hearing, stated, side, speaker, one) for one in command.positions),
        *(_capability(stated, side, command) if command.capability is not None else ()),
        *(_need(stated, side, one) for one in command.needs),
    ]
    events: list[e.Event] = []
    for key, value, note in (one for one in wanted if one is not None):
        checked = checked_assertion(hearing, key, value)
        events.append(e.FactAsserted(ctx.actor, by_link(hearing, speaker, key, checked, ctx, note=note)))
    return events


_Wanted = tuple[str, Any, str]
"""(key, value, note)"""


def _require_whole(command: c.MakeStatement) -> None:
    if command.capability is None and command.capability_note.strip():
        raise CorrectTheRequest(
            "capability_missing",
            "说明了技术条件，但没有选择是否具备；允许：able, unable。",
            "There is a note on the technical conditions but no answer; allowed: able, unable.",
        )
    if not command.positions and command.capability is None and not command.needs:
        raise CorrectTheRequest(
            "empty_statement",
            "陈述没有内容：请至少表明一项意见、技术条件或需要现场查看的事项。",
            "The statement says nothing: give a position, the technical conditions, or what must be seen on site.",
        )
    for name, given in (
        ("positions.stage", [str(one.stage) for one in command.positions]),
        ("needs.need", [one.need for one in command.needs]),
    ):
        twice = next((one for one in given if given.count(one) > 1), None)
        if twice is not None:
            raise CorrectTheRequest(
                "stated_twice",
                f"同一份陈述中“{name}”重复：{twice}；每项只能出现一次。",
                f"{name} occurs twice in one statement: {twice}; each may be given once.",
            )


def _position(
    hearing: Hearing, stated: Stated, side: Side, speaker: Participant, given: c.StatedPosition
) -> _Wanted | None:
    allowed = stages_of(hearing)
    if given.stage not in allowed:
        names = stage_names(allowed)
        raise CorrectTheRequest(
            "unknown_stage",
            f"没有“{given.stage}”这一阶段；允许：{names[0]}。",
            f"There is no stage {given.stage!r:.40} here; allowed: {', '.join(allowed)}.",
            "OLR 4(4)",
        )
    if given.position not in POSITIONS:
        raise CorrectTheRequest(
            "unknown_position",
            f"没有“{given.position}”这种意见；允许：同意（consents）、不同意（objects）、主动选择在线（chose_online）。",
            f"There is no position {given.position!r:.40}; allowed: {', '.join(POSITIONS)}.",
            "OLR 4",
        )
    key = position_key(side, speaker)
    position = position_taken(hearing, side, given.stage, given.position)
    value = {"position": position, "stage": given.stage, "reasons": given.reasons.strip()}
    before = stated.latest(key, given.stage)
    same = before is not None and before.how == "link" and before.value == value
    return None if same else (key, value, "")


def _capability(stated: Stated, side: Side, command: c.MakeStatement) -> list[_Wanted]:
    if command.capability not in ("able", "unable"):
        raise CorrectTheRequest(
            "unknown_capability",
            "技术条件的回答不对；允许：具备（able）、不具备（unable）。",
            f"Unknown answer on the technical conditions: {command.capability!r:.40}; allowed: able, unable.",
            "OLR 21(2)",
        )
    note = _words("capability_note", command.capability_note)
    key = f"capability:{side.party.id}"
    before = stated.latest(key)
    same = before is not None and before.how == "link" and not is_from_test(before)
    if same and before is not None and (before.value, before.note) == (command.capability, note):
        return []
    return [(key, command.capability, note)]


def _need(stated: Stated, side: Side, given: c.StatedNeed) -> _Wanted | None:
    if given.need not in NEEDS:
        raise CorrectTheRequest(
            "unknown_need",
            f"没有“{given.need}”这种需要；允许：现场辨认、核对原件、查验实物（{', '.join(NEEDS)}）。",
            f"There is no need {given.need!r:.40}; allowed: {', '.join(NEEDS)}.",
            "OLR 21(3)",
        )
    what = _words("what", given.what) if given.needed else ""
    if given.needed and not what:
        raise CorrectTheRequest(
            "what_is_missing",
            "请写明需要现场查看的是哪一份原件或者哪一件物品。",
            "Say which original or which thing has to be seen on site (what).",
            "OLR 21(3)",
        )
    key = f"need:{given.need}:{side.party.id}"
    before = stated.latest(key)
    if before is None and not given.needed:
        return None
    same = before is not None and before.how == "link" and (before.value, before.note) == (given.needed, what)
    return None if same else (key, given.needed, what)


def _words(name: str, text: str) -> str:
    if len(text) > _LONGEST_WORDS:
        raise CorrectTheRequest(
            "too_long",
            f"“{name}”不得超过{_LONGEST_WORDS}字，现为{len(text)}字。",
            f"{name} has {len(text)} characters; at most {_LONGEST_WORDS} are allowed.",
        )
    return text.strip()


# ── the equipment test ─────────────────────────────────────────────────────────────────────────────────────────


def is_from_test(assertion: Assertion) -> bool:
    """Whether the server concluded it from an equipment test, and nobody said it in words."""
    return assertion.key.startswith("capability:") and assertion.entered_by.kind == "system"


def concluded_from_test(
    hearing: Hearing, person: Participant, test: e.EquipmentRecorded, ctx: Context
) -> list[e.Event]:
    """What an equipment test, made now, asserts for the side of this person (OLR 21(2)).

    A side of which nobody's latest test passed and whose test shows that camera, microphone or network are lacking
    asserts that it is unable. A later passed test asserts the opposite, unless the side declared it in words. After the
    opening a test is evidence only: there OLR 25 covers failing equipment.
    """
    side = side_of_speaker(hearing, person)
    if side is None or hearing.phase not in BEFORE_SESSION:
        return []
    before = Stated.of(hearing).latest(f"capability:{side.party.id}")
    if test.result == "passed":
        value = "able" if before is not None and is_from_test(before) and before.value == "unable" else None
    else:
        others = any(one.equipment == "passed" for one in side.members if one.id != person.id)
        known = before is not None and before.value == "unable"
        value = "unable" if _lacks(test) and not others and not known else None
    if value is None:
        return []
    key = f"capability:{side.party.id}"
    seen = f"camera: {test.camera}; microphone: {test.microphone}; network: {test.network}"
    concluded = by_link(hearing, person, key, value, ctx, note=seen, entered_by=SYSTEM)
    return [e.FactAsserted(ctx.actor, concluded)]


def _lacks(test: e.EquipmentRecorded) -> bool:
    return test.camera in _LACKING or test.microphone in _LACKING or test.network == "failed"


# ── whose a key is, and what the desk may not alter ────────────────────────────────────────────────────────────────────────────────


def speaks_by(hearing: Hearing, person: Participant, key: str) -> bool:
    """Whether this person may state facts of this key: a position only under its own, the rest for its own side."""
    side = side_of_speaker(hearing, person)
    if side is None or subject_of(key) != side.party.id:
        return False
    if key.startswith(("position:", "agent_position:")):
        return key == position_key(side, person)
    return True


def stands_by_link(hearing: Hearing, key: str, value: Any) -> bool:
    """Whether the desk would alter with this what was stated by link: OLR 4 leaves that to who stated it.

    A conclusion from an equipment test is nobody's statement; the desk may enter what the side says of it.
    """
    stated = Stated.of(hearing)
    is_position = key.startswith(("position:", "agent_position:"))
    stage = str(value["stage"] or current_stage(hearing)) if is_position else None
    before = stated.latest(key, stage)
    if before is not None and before.how == "link":
        return not is_from_test(before)
    kind, *subjects = key.split(":")
    if kind == "agent_position" and len(subjects) == 1:
        party = hearing.participants[subjects[0]]
        spoken = [stated.latest(agent_key(party.id, one.id), stage) for one in hearing.side_of(party)[1:]]
        return bool(spoken) and all(one is not None and one.how == "link" for one in spoken)
    return False


DECISIONS: dict[type[c.Command], Decision] = {c.MakeStatement: _make}
