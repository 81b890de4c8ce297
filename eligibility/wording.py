"""Text for people: the words for outcomes and for who decides, labels beside wrapped lines, in English, Chinese or both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, get_args

from eligibility.determination import Outcome, Translated
from eligibility.facts import Proceeding
from eligibility.ruleset import Asserter, Decider, Rule

Language = Literal["both", "en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
WIDTH = 110
"""Columns of a terminal; a Chinese character takes two."""

OUTCOME_WORDS: dict[Outcome, Translated] = {
    "block": Translated("may not open online", "不得在线进行"),
    "await_ruling": Translated("may not open online before a ruling", "须待法官裁定"),
    "hybrid": Translated("opens; those named attend at court", "部分人员到法院参加"),
    "warn": Translated("opens; noted on the record", "可以在线进行，记入笔录"),
    "allow": Translated("opens", "可以在线进行"),
}
ASSERTER_WORDS: dict[Asserter, Translated] = {
    "side": Translated("a side", "当事人一方"),
    "equipment_test": Translated("a failed equipment test", "设备检测未通过"),
    "judge": Translated("the judge", "法官"),
    "case_filing_office": Translated("the case-filing office", "立案部门"),
    "court": Translated("the court", "法院"),
    "mediator": Translated("the mediator", "调解员"),
    "nobody": Translated("nobody (it follows from what was not said)", "无人提出（因未作表示而成立）"),
}
DECIDER_WORDS: dict[Decider, Translated] = {
    "system": Translated("the system", "系统"),
    "judge": Translated("the judge", "法官"),
    "judge_reasoned": Translated("the judge, with reasons", "法官（说明理由）"),
    "parties": Translated("the parties", "当事人"),
}
PROCEEDING_WORDS: dict[Proceeding, Translated] = {
    "hearing": Translated("Online hearing", "在线庭审"),
    "mediation": Translated("Online mediation", "在线调解"),
}
FINAL = Translated(
    "final: no ruling lifts it, only changed facts", "终局：裁定不能改变，事实变更方可重新核查"
)

_ATOM = re.compile(r"[!-~]+\s*|[^!-~]\s*")
_NEVER_FIRST = "，。；：、？！）》”’】"


def said(text: Translated, language: Language) -> str:
    """In one line: the one language, or English and Chinese beside each other."""
    if language == "both":
        return f"{text.en} {text.zh}"
    return text.en if language == "en" else text.zh


def lines_of(text: Translated, language: Language) -> tuple[str, ...]:
    """As one paragraph for each language asked for."""
    return (text.en, text.zh) if language == "both" else (said(text, language),)


def label(text: Translated, language: Language) -> str:
    """A word in the margin; English where both languages are printed."""
    return text.zh if language == "zh" else text.en


def width_of(text: str) -> int:
    """The columns that a terminal gives to a text."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def padded(text: str, width: int) -> str:
    return text + " " * max(0, width - width_of(text))


def wrapped(text: str, indent: int, first: str = "") -> list[str]:
    """A paragraph in lines of at most WIDTH columns, indented; `first` stands in the margin of its first line."""
    lines, current, used = [], "", 0
    for atom in _ATOM.findall(text):
        wide = width_of(atom.rstrip())
        if current and indent + used + wide > WIDTH and atom[0] not in _NEVER_FIRST:
            lines.append(current.rstrip())
            current, used = "", 0
        current += atom
        used += width_of(atom)
    lines.append(current.rstrip())
    margins = [padded(first, indent), *[" " * indent] * (len(lines) - 1)]
    return [(margin + line).rstrip() for margin, line in zip(margins, lines, strict=True)]


def entry(name: str, paragraphs: Sequence[str], start: int, indent: int) -> list[str]:
    """Paragraphs beside their name, which begins at column `start`; they themselves at column `indent`."""
    found: list[str] = []
    for paragraph in paragraphs:
        found += wrapped(paragraph, indent, "" if found else " " * start + name)
    return found


def asserters(rule: Rule, language: Language) -> str:
    joined = "、" if language == "zh" else " or "
    return joined.join(label(ASSERTER_WORDS[asserter], language) for asserter in rule.asserted_by)


def decider(rule: Rule, language: Language) -> str:
    return label(DECIDER_WORDS[rule.decided_by], language)


def effect(rule: Rule, language: Language, *, awaiting: bool = True) -> str:
    """`block, final`, `await_ruling on objection`, `warn, no gallery`: the outcome with what goes with it.

    Where only Chinese is printed, the outcome is in words too.
    """
    chinese = language == "zh"
    final = ("，终局" if chinese else ", final") if rule.final else ""
    awaits = (f"（{rule.awaits}）" if chinese else f" on {rule.awaits}") if rule.awaits and awaiting else ""
    gallery = ("，不设旁听" if chinese else ", no gallery") if rule.closes_gallery else ""
    return f"{OUTCOME_WORDS[rule.outcome].zh if chinese else rule.outcome}{awaits}{final}{gallery}"


def in_force(rule: Rule, language: Language) -> str:
    """Its dates."""
    if language == "zh":
        return f"自{rule.from_date}起" + (f"至{rule.to_date}止" if rule.to_date else "")
    return f"from {rule.from_date}" + (f" to {rule.to_date}" if rule.to_date else "")
