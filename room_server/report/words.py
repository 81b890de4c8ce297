"""The words of the eligibility record on paper, in Chinese and English."""

from __future__ import annotations

import re

from room_server.domain.words import ROLE_NAMES, BiText

STAGES: dict[str, BiText] = {
    "inquiry": ("调查询问", "inquiry"),
    "evidence_exchange": ("证据交换", "evidence exchange"),
    "pretrial": ("庭前会议", "pre-trial"),
    "trial": ("庭审", "trial"),
    "pronouncement": ("宣判", "pronouncement"),
    "mediation": ("调解", "mediation"),
}
CASE_TYPES: dict[str, BiText] = {
    "civil": ("民事", "civil"),
    "commercial": ("商事", "commercial"),
    "intellectual_property": ("知识产权", "intellectual property"),
    "maritime": ("海事", "maritime"),
    "financial": ("金融", "financial"),
    "administrative": ("行政", "administrative"),
    "enforcement": ("执行", "enforcement"),
    "special_procedure": ("特别程序", "special procedure"),
    "criminal_expedited": ("刑事速裁", "criminal, expedited"),
    "criminal_commutation_parole": ("减刑、假释", "commutation or parole"),
    "criminal_private_prosecution": ("刑事自诉", "criminal, private prosecution"),
    "criminal_other": ("其他刑事", "criminal, other"),
}
KINDS: dict[str, BiText] = {
    "hearing": ("在线庭审", "online hearing"),
    "mediation": ("在线调解", "online mediation"),
}
OUTCOMES: dict[str, BiText] = {
    "allow": ("可以在线进行", "may be held online"),
    "warn": ("可以在线进行，有提示事项", "may be held online, with a remark"),
    "hybrid": ("可以进行，部分人员到法院参加", "may be held; some people attend at court"),
    "await_ruling": ("须待法官裁定", "a judge's ruling is awaited"),
    "block": ("不得在线进行", "may not be held online"),
}
MARKS: dict[str, str] = {"allow": "○", "warn": "●", "hybrid": "◆", "await_ruling": "▲", "block": "■"}
"""A shape for each outcome, so that it does not go by words or colour alone."""
COLOURS: dict[str, str] = {
    "allow": "#2f6b4f",
    "warn": "#2f6b4f",
    "hybrid": "#3d5a80",
    "await_ruling": "#8a5a00",
    "block": "#9d2b22",
}
HOW: dict[str, BiText] = {
    "link": ("本人链接", "by own link"),
    "desk": ("当面", "in person"),
    "paper": ("书面", "on paper"),
    "phone": ("电话", "by telephone"),
}
SIDES: dict[str, BiText] = {
    "claimant": ("原告", "claimant"),
    "respondent": ("被告", "respondent"),
    "third_party": ("第三人", "third party"),
    "prosecutor": ("公诉方", "prosecution"),
    "defendant": ("被告人", "defendant"),
}
_ACTS: dict[str, BiText] = {
    "V": ("通知五", "Notice V"),
    "OLR": ("在线诉讼规则", "OLR"),
    "OMR": ("在线调解规则", "OMR"),
    "REC": ("庭审录音录像规定", "REC"),
    "CPL": ("民事诉讼法", "CPL"),
    "CrimPL": ("刑事诉讼法", "CrimPL"),
    "CPI": ("民诉法解释", "CPI"),
}


def citation_in_words(citation: str, language: int) -> str:
    """`V; OLR 21(1)` as the reader knows it; what is not known stays as it is. `language`: 0 Chinese, 1 English."""
    parts = []
    for part in citation.split(";"):
        name, _, rest = part.strip().partition(" ")
        act = _ACTS.get(name)
        if language == 0:
            rest = re.sub(r" ?para (\d+)", r"第\1款", rest)
        parts.append(part.strip() if act is None else f"{act[language]} {rest}".strip())
    return ("；", "; ")[language].join(parts)


def role_in_words(role: str | None, side: str | None, language: int) -> str:
    """原告, the presiding judge: a party by its side, anybody else by the role; of several roles the first."""
    if role is None:
        return ""
    if role == "party" and side in SIDES:
        return SIDES[side][language]
    for one in role.split("+"):
        if one in ROLE_NAMES:
            return re.sub(r"^(the|an|a) ", "", ROLE_NAMES[one][language])
    return role
