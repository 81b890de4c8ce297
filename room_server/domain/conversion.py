"""When an open hearing has to be converted to an ordinary one, and what of it stays valid (OLR 21 para 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import phases
from room_server.domain.context import SHANGHAI, Context, change_phase
from room_server.domain.fact_words import ground_in_words
from room_server.domain.facts import standing_ruling
from room_server.domain.model import CompletedStep, Hearing
from room_server.domain.objections import opened_since
from room_server.domain.opening import named
from room_server.domain.seating import required_text
from room_server.domain.words import PHASE_NAMES, BiText
from room_server.errors import GateClosed

Decision = Callable[[Hearing, Any, Context], list[e.Event]]


@dataclass(frozen=True, slots=True)
class MustConvert:
    """Why the hearing cannot go on online: the finding in words, with its citation."""

    zh: str
    en: str
    citation: str


def must_convert(hearing: Hearing) -> MustConvert | None:
    """The finding under which this hearing must be converted promptly, or None.

    A mediation is not converted: it ends by itself when a party withdraws.
    """
    stored = hearing.determination
    if hearing.kind != "hearing" or hearing.phase not in phases.LIVE:
        return None
    if stored is None or stored.outcome != "block":
        return None
    against = next(found for found in stored.findings if found["outcome"] == "block")
    zh, en = named(hearing, against["text"]["zh"]), named(hearing, against["text"]["en"])
    return MustConvert(zh, en, f"{against['citation']}; OLR 21 para 2")


def stopped_by_conversion(hearing: Hearing) -> GateClosed | None:
    """The refusal of every step that would carry on online what must be converted."""
    found = must_convert(hearing)
    if found is None:
        return None
    return GateClosed(
        "must_convert",
        f"庭审应当及时转为线下进行：{found.zh}请转线下，或者另行裁定。",
        f"The hearing must be converted to an ordinary hearing: {found.en} Convert it, or rule anew.",
        found.citation,
    )


def must_attend(hearing: Hearing) -> tuple[str, ...]:
    """Who, by what came up after the opening, has to attend at court and does not yet: participant ids."""
    stored = hearing.determination
    if hearing.kind != "hearing" or hearing.phase not in phases.LIVE or stored is None:
        return ()
    return tuple(
        one
        for one in stored.in_person
        if one in hearing.participants and hearing.participants[one].attends != "at_court"
    )


def completed_steps(hearing: Hearing, until: datetime | None = None) -> tuple[CompletedStep, ...]:
    """What was done online up to now, as the record has it. `until`: when the conversion ends it; None, not yet."""
    opened = opened_since(hearing)
    if opened is None:
        return ()
    steps = [CompletedStep(f"{_day(opened)[0]}宣布开庭", f"Opened on {_day(opened)[1]}", opened)]
    taking_part = [one for one in hearing.participants.values() if not one.is_court]
    inside = [one for one in taking_part if one.admitted or one.at_court is not None]
    identified = [one.name for one in inside if one.identity is not None or one.at_court is not None]
    declared = [one.name for one in inside if one.declared]
    if identified:
        steps.append(
            CompletedStep(f"已核验身份：{_zh(identified)}", f"Identities verified: {_en(identified)}")
        )
    if declared:
        steps.append(CompletedStep(f"已作出声明：{_zh(declared)}", f"Declarations made: {_en(declared)}"))
    steps.append(_course(hearing, opened, until))
    return (*steps, *_rulings(hearing, opened))


def _course(hearing: Hearing, opened: datetime, until: datetime | None) -> CompletedStep:
    spans: list[BiText] = []
    for step in hearing.course:
        if step.since < opened or step.phase not in phases.OPENED:
            continue
        (zh, en), end = PHASE_NAMES[step.phase], step.until or until
        since_zh, since_en = _time(step.since, opened)
        end_zh, end_en = ("至今", "now") if end is None else _time(end, opened)
        spans.append((f"{zh} {since_zh}–{end_zh}", f"{en} {since_en}–{end_en}"))
    return CompletedStep(f"庭审经过：{_zh(zh for zh, _ in spans)}", f"Course: {_en(en for _, en in spans)}")


def _rulings(hearing: Hearing, opened: datetime) -> list[CompletedStep]:
    """Those made after the opening that still stand."""
    steps = []
    for ruling in hearing.rulings:
        if ruling.at < opened or standing_ruling(hearing, ruling.ground) is not ruling:
            continue
        zh, en = ground_in_words(hearing, ruling.ground)
        held = ("成立", "made out") if ruling.held else ("不成立", "not made out")
        steps.append(
            CompletedStep(
                f"裁定：{zh}，{held[0]}（{ruling.article}）",
                f"Ruling: {en} is {held[1]} ({ruling.article})",
                ruling.at,
            )
        )
    return steps


def _day(at: datetime) -> BiText:
    there = at.astimezone(SHANGHAI)
    return f"{there:%Y年%m月%d日 %H:%M}", f"{there:%Y-%m-%d %H:%M}"


def _time(at: datetime, opened: datetime) -> BiText:
    """The time alone on the day of the opening, with the date on another."""
    there = at.astimezone(SHANGHAI)
    same = there.date() == opened.astimezone(SHANGHAI).date()
    return (f"{there:%H:%M}",) * 2 if same else (f"{there:%m月%d日 %H:%M}", f"{there:%m-%d %H:%M}")


def _zh(parts: Any) -> str:
    return "、".join(parts)


def _en(parts: Any) -> str:
    return ", ".join(parts)


def _convert(hearing: Hearing, command: c.ConvertOffline, ctx: Context) -> list[e.Event]:
    reason = required_text("reason", command.reason)
    added = [required_text("completed", one).strip() for one in command.completed]
    moved = change_phase(hearing, "converted_offline", reason, ctx.actor)
    steps = (*completed_steps(hearing, ctx.now), *(CompletedStep(one, one, ctx.now) for one in added))
    return [e.StepsConfirmed(ctx.actor, steps), moved]


DECISIONS: dict[type[c.Command], Decision] = {c.ConvertOffline: _convert}
