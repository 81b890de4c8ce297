"""The court's words for roles, sides and phases, in Chinese and English, for sentences made here."""

from __future__ import annotations

import re
from collections.abc import Iterable

BiText = tuple[str, str]
"""(Chinese, English)"""

ROLE_NAMES: dict[str, BiText] = {
    "presiding_judge": ("审判长", "the presiding judge"),
    "panel_judge": ("审判员", "a judge of the panel"),
    "peoples_assessor": ("人民陪审员", "a people's assessor"),
    "judges_assistant": ("法官助理", "the judge's assistant"),
    "clerk": ("书记员", "the clerk"),
    "party": ("当事人", "a party"),
    "legal_representative": ("法定代表人", "a legal representative"),
    "counsel": ("诉讼代理人", "counsel"),
    "prosecutor": ("检察员", "the prosecutor"),
    "defender": ("辩护人", "a defender"),
    "witness": ("证人", "a witness"),
    "expert": ("鉴定人", "an expert"),
    "interpreter": ("翻译人员", "an interpreter"),
    "mediator": ("调解员", "a mediator"),
    "observer": ("旁听人员", "an observer"),
    "court_technician": ("技术人员", "a court technician"),
    "courtroom": ("法庭现场", "the courtroom"),
    "judge": ("法官", "a judge"),
    "administrator": ("系统管理员", "an administrator"),
    "system": ("系统", "the system"),
}
PHASE_NAMES: dict[str, BiText] = {
    "draft": ("拟定", "a draft"),
    "checking": ("审核中", "being checked"),
    "eligible": ("可在线", "eligible to be online"),
    "hybrid": ("线上线下结合", "partly online, partly at court"),
    "blocked": ("不可在线", "blocked from being online"),
    "awaiting_ruling": ("待法官裁定", "awaiting a ruling"),
    "scheduled": ("已排期", "scheduled"),
    "lobby_open": ("候审", "open for waiting"),
    "ready": ("准备就绪", "ready"),
    "in_session": ("庭审中", "in session"),
    "recess": ("休庭", "in recess"),
    "in_camera": ("不公开审理", "in camera"),
    "court_mediation": ("庭上调解", "in mediation before the court"),
    "suspended_technical": ("技术中止", "suspended for technical reasons"),
    "adjourned": ("延期", "adjourned"),
    "transcript_review": ("核对笔录", "in transcript review"),
    "converted_offline": ("转线下", "converted to an ordinary hearing"),
    "closed": ("闭庭", "closed"),
    "archived": ("已归档", "archived"),
    "archive_failed": ("归档失败", "not archived: the recording did not verify"),
    "cancelled": ("已取消", "cancelled"),
    "terminated": ("调解终止", "terminated"),
}


_MEDIATIONS_WORDS: dict[str, str] = {
    "审判组织成员未全部到庭": "调解员没有到场",
    "审判组织成员": "调解员",
    "审判组织": "调解员",
    "审判长": "调解员",
    "在线审理": "在线调解",
    "庭审中": "联合会谈中",
    "庭审": "调解",
    "法庭现场": "法庭现场",
    "法庭已知": "法院已知",
    "法庭许可": "调解员许可",
    "法庭": "调解室",
    "宣布开庭": "宣布调解开始",
    "继续开庭": "继续调解",
    "开庭": "开始调解",
    "未到庭": "未到场",
    "到庭": "到场",
    "休庭": "休息",
    "闭庭": "调解结束",
    "候审室": "等候室",
    "候审": "等候",
    "Not the whole bench is present": "The mediator is not present",
    "a member of the bench": "the mediator",
    "the presiding judge or the clerk": "the mediator or the clerk",
    "the bench or the clerk": "the mediator or the clerk",
    "the bench and the clerk": "the mediator and the clerk",
    "presiding judge": "mediator",
    "the bench": "the mediator",
    "in session": "in joint session",
    "hearing": "mediation",
    "courtroom": "mediation room",
    "the court's permission": "the mediator's permission",
}


def of_kind(kind: str, text: BiText, verbatim: Iterable[str] = ()) -> BiText:
    """A sentence made here in the words of this kind of proceeding: a mediation has a mediator, no presiding judge.

    `verbatim`: names and people's own words in it, which are left as they were written.
    """
    if kind != "mediation":
        return text
    kept = {words: words for words in verbatim if words}
    table = _MEDIATIONS_WORDS | kept
    # The longest first, and what somebody wrote before any of our own words.
    ordered = sorted(table, key=lambda words: (words not in kept, -len(words)))
    pattern = re.compile("|".join(re.escape(words) for words in ordered))

    def put(text: str) -> str:
        return pattern.sub(lambda found: table[found.group()], text)

    return put(text[0]), put(text[1])


def role_names(roles: Iterable[str]) -> BiText:
    """The roles as one phrase: (`审判长或书记员`, `the presiding judge or the clerk`)."""
    return _either(ROLE_NAMES, roles)


def phase_names(phases: Iterable[str]) -> BiText:
    return _either(PHASE_NAMES, phases)


def _either(names: dict[str, BiText], keys: Iterable[str]) -> BiText:
    chosen = [names[key] for key in names if key in set(keys)]
    return "、".join(zh for zh, _ in chosen), " or ".join(en for _, en in chosen)
