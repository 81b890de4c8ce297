"""The log as people read it: one plain sentence for each event, and which of them everybody in the room may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from room_server.domain import events as e
from room_server.domain.context import SHANGHAI
from room_server.domain.fact_words import HOW, fact_in_words, ground_in_words
from room_server.domain.model import Actor, Assertion, Hearing
from room_server.domain.phases import reason_text
from room_server.domain.statements import is_from_test
from room_server.domain.words import PHASE_NAMES, ROLE_NAMES, BiText, of_kind

_OUTCOMES: dict[str, BiText] = {
    "allow": ("可以在线审理", "the hearing may be held online"),
    "warn": ("可以在线审理，但有提示事项", "the hearing may be held online, with a remark"),
    "hybrid": ("线上线下结合审理，部分人员到庭", "some people attend at court, the others online"),
    "await_ruling": ("须待法官裁定", "a judge's ruling is awaited"),
    "block": ("不得在线审理", "the hearing may not be held online"),
}
_CAUSES: dict[str, BiText] = {
    "network": ("网络中断", "network"),
    "closed_page": ("页面已关闭", "page closed"),
    "left": ("自行退出", "left"),
    "signed_out": ("已退出登录", "signed out"),
    "server_restart": ("服务器重启", "server restart"),
    "revoked": ("邀请已撤回", "invitation revoked"),
    "device_changed": ("更换设备", "device changed"),
    "attends_at_court": ("应到法庭现场参加", "attends at court"),
    "disk_full": ("存储空间已满", "disk full"),
    "crashed": ("进程异常退出", "process crashed"),
}
_METHODS: dict[str, BiText] = {
    "id_card_shown": ("出示居民身份证", "identity card shown"),
    "lawyer_licence_shown": ("出示律师执业证", "lawyer's licence shown"),
    "known_to_court": ("法庭已知其身份", "known to the court"),
    "online_id_platform": ("在线身份认证平台", "online identity platform"),
}
_INVITATIONS: dict[str, BiText] = {
    "issued": ("已发出", "was issued"),
    "opened": ("已打开", "was opened"),
    "revoked": ("已撤回", "was revoked"),
    "locked": ("因验证码多次错误已锁定", "was locked after wrong codes"),
}
_NETWORK: tuple[BiText, ...] = (
    ("未知", "unknown"),
    ("差", "bad"),
    ("较差", "poor"),
    ("良好", "good"),
    ("优", "very good"),
)
_SWITCH: dict[bool, BiText] = {True: ("打开", "on"), False: ("关闭", "off")}

_STAFF_ONLY: frozenset[type[e.Event]] = frozenset(
    {
        e.HearingDrafted,
        e.HearingChanged,
        e.FactAsserted,
        e.DeterminationMade,
        e.DeadlineSet,
        e.ReminderGiven,
        e.DeadlinePassed,
        e.AssignmentAnswered,
        e.DisclosureAnswered,
        e.CourtroomOpened,
        e.InvitationNoted,
        e.EquipmentRecorded,
        e.DeclarationMade,
        e.SecondDeviceWaiting,
        e.SecondDeviceApproved,
        e.SecondDeviceRefused,
        e.CheckBegun,
        e.CheckEnded,
        e.IdentityVerified,
        e.NetworkChanged,
        e.RecorderArmed,
        e.RelayInterrupted,
        e.RelayRecovered,
        e.ServerRestartNoted,
    }
)
_BEFORE_THE_ROOM = frozenset(
    {
        "checking",
        "eligible",
        "hybrid",
        "blocked",
        "awaiting_ruling",
        "scheduled",
        "ready",
        "archived",
        "archive_failed",
    }
)


def visible_to_all(event: e.Event) -> bool:
    """Whether everybody in the main room may read this line. Facts, links, devices, the lobby and the check are
    for the bench and the clerk; waiting people do not learn of each other."""
    if isinstance(event, e.ParticipantConnected):
        return event.place == "main"
    if isinstance(event, e.ParticipantDisconnected):
        # Whether the person was in the room or only waiting cannot be told from the event alone.
        return False
    if isinstance(event, e.PhaseChanged):
        return event.phase_to not in _BEFORE_THE_ROOM
    if isinstance(event, e.FactAsserted):
        return event.in_room
    return type(event) not in _STAFF_ONLY


def describe(event: e.Event, hearing: Hearing) -> BiText:
    """(Chinese, English): what happened, for the log a judge reads. `hearing` supplies the names."""
    text = _SENTENCES[type(event)](event, hearing)
    if hearing.kind == "hearing":
        return text
    names = [person.name for person in hearing.participants.values()]
    return of_kind(hearing.kind, text, (*names, *_written(event)))


def _written(event: e.Event) -> list[str]:
    """What somebody wrote in their own words: it stands in the record as it was written."""
    if isinstance(event, e.FactAsserted):
        value = event.assertion.value
        given = str(value.get("reasons") or "") if isinstance(value, dict) else ""
        return [event.assertion.asserted_by, event.assertion.note, given]
    fields = (getattr(event, name, None) for name in ("reason", "conflict", "note", "name"))
    return [value for value in fields if isinstance(value, str)]


def _who(actor: Actor, hearing: Hearing) -> BiText:
    """The actor with the role they act in, or the person alone where they are no staff of this hearing."""
    person = hearing.participants.get(actor.id) or hearing.of_account(actor.id)
    if actor.kind == "system":
        return "系统", "The system"
    if person is None:
        return actor.name, actor.name
    zh, en = ROLE_NAMES[person.role]
    return (
        f"{zh}{person.name}",
        f"{person.name} ({en.removeprefix('the ').removeprefix('a ').removeprefix('an ')})",
    )


def _name(hearing: Hearing, participant_id: str) -> str:
    person = hearing.participants.get(participant_id) or hearing.former.get(participant_id)
    return person.name if person is not None else participant_id


def _is_courtroom(hearing: Hearing, participant_id: str) -> bool:
    person = hearing.participants.get(participant_id)
    return person is not None and person.role == "courtroom"


def _coded(texts: dict[str, BiText], code: str) -> BiText:
    return texts.get(code, (code, code))


Sentence = Callable[[Any, Hearing], BiText]


def _about(zh: str, en: str) -> Sentence:
    """A sentence with `{who}`, who did it, and `{whom}`, whom it is about."""

    def sentence(event: Any, hearing: Hearing) -> BiText:
        who = _who(event.by, hearing)
        whom = _name(hearing, getattr(event, "participant_id", ""))
        return zh.format(who=who[0], whom=whom), en.format(who=who[1], whom=whom)

    return sentence


def _fact(event: e.FactAsserted, hearing: Hearing) -> BiText:
    stated = event.assertion
    if event.in_room:
        zh, en = fact_in_words(hearing, stated.key, stated.value)
        return f"庭上：{zh}。", f"In court: {en}."
    late = ("（逾期）", " (late)") if stated.late else ("", "")
    if is_from_test(stated):
        zh, en = fact_in_words(hearing, stated.key, stated.value)
        return f"设备检测表明：{zh}{late[0]}。", f"The equipment test shows: {en}{late[1]}."
    fact, how = fact_in_words(hearing, stated.key, stated.value), HOW[stated.how]
    bare = ("，未说明理由", ", no reasons given") if _without_reasons(stated, hearing) else ("", "")
    return (
        f"{stated.asserted_by}陈述（{how[0]}）：{fact[0]}{bare[0]}{late[0]}。",
        f"{stated.asserted_by} stated {how[1]}: {fact[1]}{bare[1]}{late[1]}.",
    )


def _without_reasons(stated: Assertion, hearing: Hearing) -> bool:
    """An objection to a hearing that gives no reasons; in a mediation none are asked for."""
    value = stated.value
    objects = isinstance(value, dict) and value.get("position") == "objects"
    return objects and hearing.kind == "hearing" and not str(value.get("reasons") or "").strip()


def _ruling(event: e.RulingMade, hearing: Hearing) -> BiText:
    who = _who(event.by, hearing)
    held = ("成立", "made out") if event.ruling.held else ("不成立", "not made out")
    ground = ground_in_words(hearing, event.ruling.ground)
    return (
        f"{who[0]}裁定：{ground[0]}，{held[0]}（{event.ruling.article}）。",
        f"{who[1]} ruled that {ground[1]} is {held[1]} ({event.ruling.article}).",
    )


def _determination(event: e.DeterminationMade, hearing: Hearing) -> BiText:
    zh, en = _coded(_OUTCOMES, str(event.document["outcome"]))
    ruleset = event.document["ruleset"]
    return f"审核结论：{zh}（规则 {ruleset}）。", f"Determination: {en} (rule set {ruleset})."


def _invitation(event: e.InvitationNoted, hearing: Hearing) -> BiText:
    name, (zh, en) = _name(hearing, event.participant_id), _coded(_INVITATIONS, event.state)
    return f"{name}的邀请链接{zh}。", f"The invitation of {name} {en}."


def _phase(event: e.PhaseChanged, hearing: Hearing) -> BiText:
    if event.phase_to == "ready":
        return "各方已到，可以开庭。", "Everybody needed is here; the hearing can be opened."
    (zh, en), reason = PHASE_NAMES[event.phase_to], reason_text(event.reason)
    if event.phase_to == "in_session":
        zh, en = "继续开庭", "in session again"
    why = (f"（{reason[0]}）", f" ({reason[1]})") if reason else ("", "")
    return f"庭审状态：{zh}{why[0]}。", f"State of the hearing: {en}{why[1]}."


def _opened(event: e.SessionOpened, hearing: Hearing) -> BiText:
    zh, en = _who(event.by, hearing)
    return f"{zh}宣布开庭。", f"{en} declared the hearing open."


def _sides(hearing: Hearing, sides: tuple[str, ...]) -> BiText:
    names = [_name(hearing, side) for side in sides]
    return "、".join(names), ", ".join(names)


def _paused(event: e.ForwardingPaused, hearing: Hearing) -> BiText:
    zh, en = _sides(hearing, event.sides)
    return (
        f"{zh}一方断线超过30秒，音视频转发暂停。",
        f"Nobody of the side of {en} has been connected for 30 s; forwarding is paused.",
    )


def _unpaused(event: e.ForwardingResumed, hearing: Hearing) -> BiText:
    if not event.without:
        return "断线一方已恢复，音视频转发继续。", "The missing side is back; forwarding goes on."
    (zh, en), (who_zh, who_en) = _sides(hearing, event.without), _who(event.by, hearing)
    return f"{who_zh}决定在{zh}一方未在线的情况下继续。", f"{who_en} goes on without the side of {en}."


def _equipment(event: e.EquipmentRecorded, hearing: Hearing) -> BiText:
    name = _name(hearing, event.participant_id)
    result = {"passed": ("通过", "passed"), "problem": ("发现问题", "found a problem")}
    zh, en = _coded(result, event.result)
    return f"{name}的设备检测{zh}。", f"The equipment test of {name} {en}."


def _connected(event: e.ParticipantConnected, hearing: Hearing) -> BiText:
    name = _name(hearing, event.participant_id)
    if _is_courtroom(hearing, event.participant_id):
        return f"法庭现场（{name}）已接通。", f"The courtroom ({hearing.courtroom_en}) is connected."
    where = {"main": ("进入法庭", "is in the courtroom"), "lobby": ("进入候审室", "is waiting in the lobby")}
    zh, en = where.get(event.place, ("已重新连接", "is connected again"))
    again = ("（重新连接）", " (connection renewed)") if event.replaced else ("", "")
    return f"{name}{zh}{again[0]}。", f"{name} {en}{again[1]}."


def _disconnected(event: e.ParticipantDisconnected, hearing: Hearing) -> BiText:
    name, (zh, en) = _name(hearing, event.participant_id), _coded(_CAUSES, event.cause)
    if _is_courtroom(hearing, event.participant_id):
        return (
            f"法庭现场（{name}）断开连接（{zh}）。",
            f"The courtroom ({hearing.courtroom_en}) was disconnected ({en}).",
        )
    return f"{name}断开连接（{zh}）。", f"{name} was disconnected ({en})."


def _identity(event: e.IdentityVerified, hearing: Hearing) -> BiText:
    name, (zh, en), who = (
        _name(hearing, event.participant_id),
        _coded(_METHODS, event.method),
        _who(event.by, hearing),
    )
    return f"{who[0]}核验{name}的身份（{zh}）。", f"{who[1]} checked the identity of {name} ({en})."


def _left(event: e.ParticipantLeft, hearing: Hearing) -> BiText:
    name = _name(hearing, event.participant_id)
    if _is_courtroom(hearing, event.participant_id):
        return f"法庭现场（{name}）已关闭。", f"The courtroom ({hearing.courtroom_en}) was closed."
    if event.how == "left_without_permission":
        return f"{name}未经法庭许可退出庭审。", f"{name} left the hearing without the court's permission."
    return f"{name}退出。", f"{name} left."


def _removed(event: e.ParticipantRemoved, hearing: Hearing) -> BiText:
    name, who = _name(hearing, event.participant_id), _who(event.by, hearing)
    return f"{who[0]}责令{name}退出法庭：{event.reason}。", f"{who[1]} removed {name}: {event.reason}."


def _switched(device_zh: str, device_en: str) -> Sentence:
    def sentence(event: Any, hearing: Hearing) -> BiText:
        name, (zh, en) = _name(hearing, event.participant_id), _SWITCH[event.on]
        return f"{name}{zh}{device_zh}。", f"{name} switched the {device_en} {en}."

    return sentence


def _lock(event: e.ParticipantMuted | e.EveryoneMuted) -> BiText:
    return ("并锁定麦克风", " and locked the microphone") if event.lock else ("", "")


def _muted(event: e.ParticipantMuted, hearing: Hearing) -> BiText:
    name, who, lock = _name(hearing, event.participant_id), _who(event.by, hearing), _lock(event)
    return f"{who[0]}将{name}静音{lock[0]}。", f"{who[1]} muted {name}{lock[1]}."


def _all_muted(event: e.EveryoneMuted, hearing: Hearing) -> BiText:
    who, lock = _who(event.by, hearing), _lock(event)
    return f"{who[0]}将全体静音{lock[0]}。", f"{who[1]} muted everybody{lock[1]}."


def _interrupted(event: e.RecordingInterrupted, hearing: Hearing) -> BiText:
    zh, en = _coded(_CAUSES, event.cause)
    return f"录音录像中断（{zh}）。", f"The recording was interrupted ({en})."


def _relay_interrupted(event: e.RelayInterrupted, hearing: Hearing) -> BiText:
    zh, en = _coded(_CAUSES, event.cause)
    return f"音视频转发服务中断（{zh}）。", f"The media relay was interrupted ({en})."


def _network(event: e.NetworkChanged, hearing: Hearing) -> BiText:
    name, (zh, en) = _name(hearing, event.participant_id), _NETWORK[event.score]
    return f"{name}的网络质量：{zh}。", f"The connection of {name} is {en}."


def _names(participant_ids: Iterable[str], hearing: Hearing) -> BiText:
    names = [_name(hearing, one) for one in participant_ids]
    return "、".join(names), ", ".join(names)


def _changed(event: e.HearingChanged, hearing: Hearing) -> BiText:
    zh, en = _who(event.by, hearing)
    if not event.taken_off:
        return f"{zh}更改庭审安排。", f"{en} changed the arrangements of the hearing."
    names = _names(event.taken_off, hearing)
    return (
        f"{zh}将{names[0]}从参加人名单中删去：{event.reason}。",
        f"{en} took {names[1]} off the list: {event.reason}.",
    )


def _deadline(event: e.DeadlineSet, hearing: Hearing) -> BiText:
    who, due = _who(event.by, hearing), event.due_at.astimezone(SHANGHAI)
    return (
        f"{who[0]}要求各方在{due:%Y年%m月%d日 %H:%M}前表明意见。",
        f"{who[1]} asked the sides to state their positions by {due:%Y-%m-%d %H:%M}.",
    )


def _reminder(event: e.ReminderGiven, hearing: Hearing) -> BiText:
    zh, en = _names(event.participant_ids, hearing)
    return (
        f"距表态期限{event.hours_before}小时，已提醒{zh}。",
        f"{event.hours_before} hours before the deadline a reminder was given to {en}.",
    )


def _deadline_passed(event: e.DeadlinePassed, hearing: Hearing) -> BiText:
    if not event.silent:
        return "表态期限届满，各方均已表明意见。", "The deadline passed; every side has stated its position."
    zh, en = _names(event.silent, hearing)
    return f"表态期限届满，{zh}未表态。", f"The deadline passed; {en} stated no position."


def _steps(event: e.StepsConfirmed, hearing: Hearing) -> BiText:
    zh, en = "；".join(one.zh for one in event.steps), "; ".join(one.en for one in event.steps)
    return f"已在线完成并继续有效的事项：{zh}。", f"Completed online and still valid: {en}."


def _at_court(event: e.PresenceAtCourtNoted, hearing: Hearing) -> BiText:
    name, who = _name(hearing, event.participant_id), _who(event.by, hearing)
    if not event.present:
        return (
            f"{who[0]}记明{name}已离开法庭现场。",
            f"{who[1]} noted that {name} is no longer in the courtroom.",
        )
    zh, en = _coded(_METHODS, event.method or "known_to_court")
    return (
        f"{who[0]}记明{name}已到法庭现场（{zh}）。",
        f"{who[1]} noted that {name} is in the courtroom ({en}).",
    )


def _assignment(event: e.AssignmentAnswered, hearing: Hearing) -> BiText:
    zh, en = _who(event.by, hearing)
    if event.accepted:
        return f"{zh}接受调解任务。", f"{en} accepted the mediation."
    return f"{zh}不接受调解任务：{event.reason}。", f"{en} declined the mediation: {event.reason}."


def _disclosure(event: e.ConflictDisclosed, hearing: Hearing) -> BiText:
    zh, en = _who(event.by, hearing)
    if event.conflict is None:
        return f"{zh}声明没有需要披露的利害关系。", f"{en} declared that there is no conflict of interest."
    return (
        f"{zh}披露利害关系：{event.conflict}。",
        f"{en} disclosed a conflict of interest: {event.conflict}.",
    )


def _disclosure_answer(event: e.DisclosureAnswered, hearing: Hearing) -> BiText:
    name = _name(hearing, event.participant_id)
    if event.accepts:
        return f"{name}接受该调解员。", f"{name} accepts the mediator."
    return f"{name}不接受该调解员。", f"{name} does not accept the mediator."


def _screen_allowed(event: e.ScreenAllowed, hearing: Hearing) -> BiText:
    name, who = _name(hearing, event.participant_id), _who(event.by, hearing)
    if event.allowed:
        return f"{who[0]}准许{name}共享屏幕。", f"{who[1]} allowed {name} to share a screen."
    return f"{who[0]}取消{name}的屏幕共享许可。", f"{who[1]} took back that {name} may share a screen."


def _screen_ended(event: e.ScreenShareEnded, hearing: Hearing) -> BiText:
    name, who = _name(hearing, event.participant_id), _who(event.by, hearing)
    if event.by.kind == "participant" and event.by.id != event.participant_id:
        return f"{who[0]}结束{name}的屏幕共享。", f"{who[1]} ended the screen that {name} shared."
    return f"{name}的屏幕共享结束。", f"The screen of {name} is no longer shared."


_SENTENCES: dict[type[e.Event], Sentence] = {
    e.HearingDrafted: _about("{who}拟定庭审。", "{who} drafted the hearing."),
    e.HearingChanged: _changed,
    e.FactAsserted: _fact,
    e.RulingMade: _ruling,
    e.DeterminationMade: _determination,
    e.DeadlineSet: _deadline,
    e.ReminderGiven: _reminder,
    e.DeadlinePassed: _deadline_passed,
    e.StepsConfirmed: _steps,
    e.CourtroomOpened: _about(
        "{who}在法庭的电脑上打开法庭现场。", "{who} opened the courtroom on the court's computer."
    ),
    e.PresenceAtCourtNoted: _at_court,
    e.AssignmentAnswered: _assignment,
    e.ConflictDisclosed: _disclosure,
    e.DisclosureAnswered: _disclosure_answer,
    e.InvitationNoted: _invitation,
    e.PhaseChanged: _phase,
    e.SessionOpened: _opened,
    e.ForwardingPaused: _paused,
    e.ForwardingResumed: _unpaused,
    e.EquipmentRecorded: _equipment,
    e.DeclarationMade: _about("{whom}已作出声明。", "{whom} made the declaration."),
    e.ParticipantConnected: _connected,
    e.ParticipantDisconnected: _disconnected,
    e.SecondDeviceWaiting: _about("{whom}的另一台设备等待确认。", "A second device of {whom} is waiting."),
    e.SecondDeviceApproved: _about("{who}准许{whom}更换设备。", "{who} let {whom} change to another device."),
    e.SecondDeviceRefused: _about(
        "{who}不准许{whom}的另一台设备。", "{who} refused a second device of {whom}."
    ),
    e.CheckBegun: _about("{who}开始核验{whom}。", "{who} began to check {whom}."),
    e.CheckEnded: _about("对{whom}的核验结束。", "The check of {whom} ended."),
    e.IdentityVerified: _identity,
    e.ParticipantAdmitted: _about("{who}准许{whom}进入法庭。", "{who} admitted {whom} to the courtroom."),
    e.ParticipantSentBack: _about("{who}请{whom}回到候审室。", "{who} sent {whom} back to the lobby."),
    e.AbsenceNoted: _about("{who}记明{whom}未到庭。", "{who} noted that {whom} is absent."),
    e.ParticipantLeft: _left,
    e.ParticipantRemoved: _removed,
    e.MicrophoneSwitched: _switched("麦克风", "microphone"),
    e.CameraSwitched: _switched("摄像头", "camera"),
    e.HandRaised: _about("{whom}举手。", "{whom} raised a hand."),
    e.HandLowered: _about("{whom}的举手已放下。", "The hand of {whom} was lowered."),
    e.ParticipantMuted: _muted,
    e.EveryoneMuted: _all_muted,
    e.MicrophoneUnlocked: _about("{who}解除{whom}的麦克风锁定。", "{who} unlocked the microphone of {whom}."),
    e.ScreenAllowed: _screen_allowed,
    e.ScreenShared: _about("{whom}开始共享屏幕。", "{whom} began to share a screen."),
    e.ScreenShareEnded: _screen_ended,
    e.RecorderArmed: _about("录音录像设备就绪。", "The recorder is ready."),
    e.RecordingStarted: _about("录音录像开始。", "The recording started."),
    e.RecordingInterrupted: _interrupted,
    e.RecordingRestored: _about("录音录像恢复。", "The recording is running again."),
    e.RelayInterrupted: _relay_interrupted,
    e.RelayRecovered: _about("音视频转发服务恢复。", "The media relay is running again."),
    e.NetworkChanged: _network,
    e.ServerRestartNoted: _about(
        "服务器已重启，参加人正在重新连接。", "The server was restarted; people are reconnecting."
    ),
}
