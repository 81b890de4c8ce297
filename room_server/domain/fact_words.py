"""Facts and grounds of the eligibility gate in words, for the record that a judge reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from room_server.domain.model import Assertion, Hearing
from room_server.domain.positions import current_stage
from room_server.domain.words import BiText

HOW: dict[str, BiText] = {
    "link": ("本人通过链接", "by link"),
    "desk": ("窗口", "at the desk"),
    "paper": ("书面", "on paper"),
    "phone": ("电话", "by phone"),
}
_POSITIONS: dict[str, BiText] = {
    "consents": ("同意在线审理", "consents to going online"),
    "objects": ("不同意在线审理", "objects to going online"),
    "silent": ("未表态", "has not taken a position"),
    "chose_online": ("主动选择在线审理", "chose to go online"),
    "retracts": ("撤回同意", "retracts its consent"),
}
STAGE_NAMES: dict[str, BiText] = {
    "inquiry": ("询问", "the inquiry"),
    "evidence_exchange": ("证据交换", "the exchange of evidence"),
    "pretrial": ("庭前会议", "the pretrial conference"),
    "trial": ("庭审", "the trial"),
    "pronouncement": ("宣判", "the pronouncement"),
    "mediation": ("调解", "the mediation"),
}
_VALUES: dict[str, dict[Any, BiText]] = {
    "closed": {
        "none": ("公开审理", "an open hearing"),
        "by_law_state_secret": ("涉及国家秘密，依法不公开", "closed by law: state secrets"),
        "by_law_privacy": ("涉及个人隐私，依法不公开", "closed by law: privacy"),
        "by_law_minor_defendant": ("被告人系未成年人，依法不公开", "closed by law: a minor defendant"),
        "on_application_pending": (
            "申请不公开审理，待决定",
            "an application to close the hearing is pending",
        ),
        "on_application_granted": ("依申请不公开审理", "closed on application"),
    },
    "complexity": {
        "ordinary": ("案情一般", "the case is ordinary"),
        "significant_and_complex": ("案情重大复杂", "the case is significant and complex"),
    },
    "social_impact": {
        "ordinary": ("社会影响一般", "no major social impact"),
        "major": ("有重大社会影响", "major social impact"),
    },
    "capability": {
        "able": ("具备在线参加的技术条件", "has the technical conditions to take part"),
        "unable": ("不具备在线参加的技术条件", "lacks the technical conditions to take part"),
        "untested": ("设备尚未测试", "has not tested its equipment"),
    },
    "served_by": {
        "personal": ("直接送达", "was served in person"),
        "electronic": ("电子送达", "was served electronically"),
        "public_notice": ("公告送达", "was served by public notice"),
    },
    "mediation_lawful": {
        True: ("纠纷依法可以调解", "the law lets this dispute be mediated"),
        False: ("纠纷依法不能调解", "the law does not let this dispute be mediated"),
    },
    "witness_objection": {
        True: ("有人对其远程作证提出异议", "there is an objection to remote testimony"),
        False: ("对其远程作证没有异议", "there is no objection to remote testimony"),
    },
}
_NEEDS: dict[str, BiText] = {
    "on_site_identification": ("现场辨认", "identification on site"),
    "verification_of_originals": ("核对原件", "verification of originals"),
    "physical_examination": ("查验实物", "examination of things"),
}
_GROUNDS: dict[str, BiText] = {
    "case_type": ("案件类型", "the type of case"),
    "objection": ("对在线审理的异议", "the objection to going online"),
    "retraction": ("撤回同意", "the retraction of consent"),
    "incapacity": ("不具备技术条件", "the lack of technical conditions"),
    "complexity": ("重大复杂", "significance and complexity"),
    "social_impact": ("重大社会影响", "major social impact"),
    "witness": ("对远程作证的异议", "the objection to remote testimony"),
    "other": ("其他不宜在线审理的情形", "other circumstances"),
}


def fact_in_words(hearing: Hearing, key: str, value: Any) -> BiText:
    """What was stated: `position:par_…` with its value becomes a clause with the person's name."""
    kind, *subjects = key.split(":")
    subject, speaker = [*subjects, "", ""][:2]
    name = _name(hearing, subject)
    if kind in ("position", "agent_position") and isinstance(value, Mapping):
        zh, en = _POSITIONS.get(str(value.get("position")), ("", ""))
        if hearing.kind == "mediation":
            zh = zh.replace("在线审理", "在线调解")
        if value.get("stage") not in (None, current_stage(hearing)):
            stage = stage_name(str(value["stage"]))
            zh, en = f"{zh}（{stage[0]}阶段）", f"{en} (for {stage[1]})"
        agent = ("的代理人", "'s agent") if kind == "agent_position" else ("", "")
        if speaker:
            agent = (f"{agent[0]}{_name(hearing, speaker)}", f"{agent[1]} {_name(hearing, speaker)}")
        reasons = str(value.get("reasons") or "").strip()
        why = (f"，理由：{reasons}", f", because: {reasons}") if reasons else ("", "")
        return f"{name}{agent[0]}{zh}{why[0]}", f"{name}{agent[1]} {en}{why[1]}"
    if kind == "need":
        zh, en = _NEEDS.get(subject, (subject, subject))
        by = (f"{_name(hearing, speaker)}提出", f" ({_name(hearing, speaker)})") if speaker else ("", "")
        need = ("需要", "is needed") if value else ("不需要", "is not needed")
        return f"{by[0]}{need[0]}{zh}", f"{en} {need[1]}{by[1]}"
    zh, en = _VALUES.get(kind, {}).get(value, (f"{key}：{value}", f"{key}: {value}"))
    return (f"{name}{zh}", f"{name} {en}") if subject else (zh, en)


def assertion_in_words(hearing: Hearing, stated: Assertion) -> BiText:
    """As `fact_in_words`, with what must be seen or what was added to it."""
    zh, en = fact_in_words(hearing, stated.key, stated.value)
    note = stated.note.strip()
    return (f"{zh}：{note}", f"{en}: {note}") if note else (zh, en)


def stage_name(stage: str) -> BiText:
    return STAGE_NAMES.get(stage, (stage, stage))


def stage_names(stages: Iterable[str]) -> BiText:
    """The stages as one phrase, each Chinese name with the word that the API knows it by."""
    known = [(stage, *stage_name(stage)) for stage in stages]
    return "、".join(f"{zh}（{stage}）" for stage, zh, _ in known), ", ".join(en for _, _, en in known)


def ground_in_words(hearing: Hearing, ground: str) -> BiText:
    """A ground of a ruling: `objection:par_…` becomes the objection, with the name of who raised it."""
    kind, _, subject = ground.partition(":")
    if kind == "need":
        zh, en = _NEEDS.get(subject, (subject, subject))
        return f"需要{zh}", f"the need for {en}"
    zh, en = _GROUNDS.get(kind, (ground, ground))
    return (f"{_name(hearing, subject)}{zh}", f"{en} ({_name(hearing, subject)})") if subject else (zh, en)


def _name(hearing: Hearing, participant_id: str) -> str:
    person = hearing.participants.get(participant_id)
    return person.name if person is not None else participant_id
