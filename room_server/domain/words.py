"""The court's words for roles, sides and phases, in Chinese and English, for sentences made here."""

from __future__ import annotations

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


def role_names(roles: Iterable[str]) -> BiText:
    """The roles as one phrase: (`审判长或书记员`, `the presiding judge or the clerk`)."""
    return _either(ROLE_NAMES, roles)


def phase_names(phases: Iterable[str]) -> BiText:
    return _either(PHASE_NAMES, phases)


def _either(names: dict[str, BiText], keys: Iterable[str]) -> BiText:
    chosen = [names[key] for key in names if key in set(keys)]
    return "、".join(zh for zh, _ in chosen), " or ".join(en for _, en in chosen)
