"""Role x phase -> what may be commanded. What is not in the table is refused, and the refusal says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from room_server.domain import phases
from room_server.domain.commands import COMMANDS, DraftHearing, tag
from room_server.domain.context import authorities
from room_server.domain.conversion import stopped_by_conversion
from room_server.domain.model import (
    BENCH,
    CONDUCTING,
    COURT,
    PHASES,
    PRINCIPALS,
    REPRESENTATIVES,
    ROLES,
    SILENT,
    Actor,
    Hearing,
    Participant,
    Phase,
)
from room_server.domain.objections import may_lodge
from room_server.domain.opening import named
from room_server.domain.screens import may_start, may_stop
from room_server.domain.words import PHASE_NAMES, BiText, of_kind, phase_names, role_names
from room_server.errors import CommandRefused, DoNotReturn, GateClosed, NotNow, NotPermitted


@dataclass(frozen=True, slots=True)
class Power:
    """Who may give a command (roles in the hearing, desk roles, `system`), in which phases, and by which rule."""

    roles: frozenset[str]
    phases: frozenset[Phase]
    citation: str | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The command may be given now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it may not: the same words as the refusal would have."""

    zh: str
    en: str
    citation: str | None = None


def _power(
    roles: set[str] | frozenset[str], when: set[Phase] | frozenset[Phase], citation: str | None = None
) -> Power:
    return Power(frozenset(roles), frozenset(when), citation)


_EVERY: frozenset[Phase] = frozenset(PHASES)
_OPEN_FILE = frozenset(phases.BEFORE_SESSION) | frozenset(phases.LIVE)
_NOT_ENDED = _EVERY - phases.ENDED
_ENTER = phases.ENTERABLE
_OPENED = frozenset(phases.OPENED)
_LOBBY: frozenset[Phase] = frozenset({"lobby_open", "ready"})
_ADMITTING: frozenset[Phase] = _LOBBY | {"in_session", "recess", "suspended_technical"}
_CHECKING: frozenset[Phase] = _LOBBY | {"in_session"}
_PEOPLE = frozenset[str](ROLES) - frozenset[str](COURT)
_BENCH = frozenset[str](BENCH)
_PUBLISHING = frozenset[str](ROLES) - frozenset[str](SILENT)
# In a mediation the mediator stands for the presiding judge, here as everywhere; in a hearing a mediator has no say.
_SCREENS = _PUBLISHING - {"courtroom", "mediator"}
_HANDS = _PUBLISHING - {"presiding_judge", "clerk", "judges_assistant", "mediator", "courtroom"}
_PRESIDING = frozenset({"presiding_judge"})
_SIDES = frozenset[str](PRINCIPALS | REPRESENTATIVES)
_CLERK = frozenset({"clerk"})
_SYSTEM = frozenset({"system"})

POWERS: dict[str, Power] = {
    # the desk
    "draft_hearing": _power({"clerk"}, set()),
    "change": _power({"clerk"}, frozenset(phases.BEFORE_SESSION) | {"adjourned"}),
    "take_off_list": _power(
        {"presiding_judge"}, frozenset(phases.BEFORE_SESSION) | {"adjourned"}, "OLR 4, 5(2)"
    ),
    "assert_fact": _power(
        {
            "clerk",
            "judge",
            "system",
            *_BENCH,
            *_SIDES,
        },
        _OPEN_FILE,
        "OLR 4",
    ),
    "make_statement": _power(_SIDES, _OPEN_FILE, "OLR 4"),
    "set_deadline": _power({"clerk", "presiding_judge"}, frozenset(phases.BEFORE_SESSION) | {"adjourned"}),
    "rule": _power({"presiding_judge", "panel_judge"}, _OPEN_FILE, "OLR 21"),
    "open_courtroom": _power({"clerk", "presiding_judge"}, _NOT_ENDED, "OLR 4(3)"),
    "answer_assignment": _power({"mediator"}, frozenset(phases.BEFORE_SESSION) | {"adjourned"}),
    "disclose_conflict": _power({"mediator"}, _OPEN_FILE, "OMR 13"),
    "answer_disclosure": _power(_SIDES, _OPEN_FILE, "OMR 14"),
    "determine": _power(
        {"clerk", "judge", "system", *_BENCH},
        {"draft", "checking", "eligible", "hybrid", "blocked", "awaiting_ruling", "adjourned"},
        "V; OLR 21",
    ),
    "schedule": _power({"clerk", "presiding_judge", "mediator"}, {"eligible", "hybrid", "adjourned"}),
    "open_lobby": _power({"clerk", "mediator", "system"}, {"scheduled"}),
    "cancel": _power({"clerk", "judge", *_BENCH}, frozenset(phases.BEFORE_SESSION)),
    "enter": _power(frozenset[str](COURT), _ENTER),
    "note_invitation": _power({"clerk", "system"}, _NOT_ENDED),
    # joining
    "record_equipment": _power(_PEOPLE | _SYSTEM | frozenset[str](COURT), _NOT_ENDED),
    "make_declaration": _power(_PEOPLE | _SYSTEM, _NOT_ENDED),
    "connect": _power(frozenset[str](ROLES) | _SYSTEM, _ENTER),
    "disconnect": _power(frozenset[str](ROLES) | _SYSTEM, _EVERY),
    "wait_with_device": _power(frozenset[str](ROLES) | _SYSTEM, _ENTER),
    # the clerk in the room
    "approve_device": _power({"clerk", "presiding_judge"}, _ENTER),
    "begin_check": _power(_CLERK, _CHECKING, "OLR 7"),
    "end_check": _power(_CLERK, _CHECKING),
    "verify_identity": _power(_CLERK, _ENTER, "OLR 7"),
    "admit": _power(_CLERK, _ADMITTING, "OLR 7"),
    "send_back": _power({"clerk", "presiding_judge"}, _ENTER),
    "note_absent": _power(_CLERK, _LOBBY),
    "note_present_at_court": _power(_CLERK, _ENTER, "OLR 7"),
    # From the lobby on in a mediation only, see `_of_another_kind`.
    "lodge_objection": _power(_SIDES, _OPENED | _LOBBY, "OLR 5(2)"),
    # everybody
    "set_microphone": _power(_PUBLISHING, _ENTER),
    "set_camera": _power(_PUBLISHING, _ENTER),
    "raise_hand": _power(_HANDS, phases.SITTING),
    "lower_hand": _power(_HANDS | {"presiding_judge", "clerk", "judges_assistant"}, _OPENED),
    "leave": _power(frozenset[str](ROLES), _ENTER | {"adjourned"}),
    "start_screen": _power(_SCREENS, phases.SITTING),
    "stop_screen": _power(_SCREENS, phases.SITTING),
    # the presiding judge
    "open_session": _power(_PRESIDING, {"ready"}, "V; OLR 21"),
    "mute": _power(_PRESIDING, _OPENED),
    "unlock_microphone": _power(_PRESIDING, _OPENED),
    "mute_all": _power(_PRESIDING, _OPENED),
    "allow_screen": _power(_PRESIDING, _OPENED),
    "recess": _power(_PRESIDING, {"in_session"}, "REC 3"),
    "resume": _power(_PRESIDING, {"recess", "suspended_technical", "in_session"}),
    "suspend": _power({"presiding_judge", "clerk"}, frozenset(phases.SUSPENDABLE)),
    "adjourn": _power(_PRESIDING, {"suspended_technical"}),
    "convert_offline": _power(_PRESIDING, frozenset(phases.LIVE), "OLR 21"),
    "remove": _power(_PRESIDING, _ENTER, "OLR 25"),
    "close_hearing": _power(_PRESIDING, {"in_session", "transcript_review"}),
    # the system
    "arm_recorder": _power(_SYSTEM, _ENTER, "REC 1"),
    "recorder_started": _power(_SYSTEM, _OPENED, "REC 1"),
    "recorder_lost": _power(_SYSTEM, _ENTER, "REC 1"),
    "recorder_restored": _power(_SYSTEM, _ENTER, "REC 1"),
    "relay_lost": _power(_SYSTEM, _ENTER),
    "relay_restored": _power(_SYSTEM, _ENTER),
    "network_reported": _power(_SYSTEM | frozenset[str](ROLES), _EVERY),
    "reassess": _power(_SYSTEM, _EVERY),
    "tick": _power(_SYSTEM, _EVERY),
    "archive_recording": _power(_SYSTEM, {"closed", "converted_offline", "terminated"}),
    "server_restarted": _power(_SYSTEM, _EVERY),
}

DESK_TAGS = (
    "change",
    "take_off_list",
    "set_deadline",
    "rule",
    "determine",
    "schedule",
    "open_lobby",
    "cancel",
    "enter",
    "open_courtroom",
    "answer_assignment",
    "disclose_conflict",
)
ROOM_TAGS = (
    "begin_check",
    "end_check",
    "verify_identity",
    "admit",
    "send_back",
    "approve_device",
    "note_absent",
    "note_present_at_court",
    "lodge_objection",
    "open_session",
    "set_microphone",
    "set_camera",
    "raise_hand",
    "lower_hand",
    "leave",
    "mute",
    "unlock_microphone",
    "mute_all",
    "allow_screen",
    "start_screen",
    "stop_screen",
    "recess",
    "resume",
    "suspend",
    "adjourn",
    "convert_offline",
    "remove",
    "close_hearing",
)
_UNTABLED = [tag(kind) for kind in COMMANDS if tag(kind) not in POWERS]
assert not _UNTABLED, f"commands without a row: {_UNTABLED}"


def require(hearing: Hearing, actor: Actor, command_tag: str) -> None:
    """Raise `NotPermitted`, `NotNow` or `DoNotReturn` unless this actor may give this command now.

    What depends on whom the command is about is decided with the command itself.
    """
    refused = refusal(hearing, actor, command_tag)
    if refused is not None:
        raise refused


def require_draft(actor: Actor) -> None:
    """Who may draft a hearing: the clerk's desk."""
    power = POWERS[tag(DraftHearing)]
    if actor.kind != "staff" or not actor.roles & power.roles:
        zh, en = role_names(power.roles)
        raise NotPermitted(None, f"只有{zh}可以拟定庭审。", f"Only {en} may draft a hearing.")


def refusal(hearing: Hearing, actor: Actor, command_tag: str) -> CommandRefused | None:
    """Why this actor may not give this command now, or None."""
    power = POWERS.get(command_tag)
    if power is None:
        return NotPermitted(None, "没有这项操作。", "There is no such command.")
    person = hearing.participants.get(actor.id) if actor.kind == "participant" else None
    if actor.kind == "participant" and person is None:
        return NotPermitted(
            "not_a_participant", "您不是本次庭审的参加人。", "You are not a participant of this hearing."
        )
    if person is not None and person.removed:
        return _removed(command_tag)
    if actor.kind == "staff" and command_tag in ROOM_TAGS:
        return NotPermitted("enter_first", "请先进入法庭。", "Enter the courtroom first.")
    if not power.roles & authorities(hearing, actor):
        zh, en = role_names(_holders(hearing, power.roles, command_tag))
        return NotPermitted(None, f"只有{zh}可以这样做。", f"Only {en} may do this.", power.citation)
    other_kind = _of_another_kind(hearing, command_tag)
    if other_kind is not None:
        return other_kind
    if hearing.phase not in power.phases:
        return _stopped_by_the_gate(hearing, command_tag) or _not_in_this_phase(hearing, power)
    if command_tag == "schedule":
        return _schedule(hearing, actor)
    if command_tag == "open_courtroom":
        return _open_courtroom(hearing, actor, power)
    if person is not None and command_tag in ROOM_TAGS:
        if not person.connected:
            return NotNow("not_connected", "您尚未连接到法庭。", "You are not connected to the courtroom.")
        return _obstacle(hearing, person, command_tag)
    return None


def _holders(hearing: Hearing, roles: frozenset[str], command_tag: str) -> frozenset[str]:
    """Which of these a person could turn to: a mediation has no bench, and in its room the mediator conducts."""
    if hearing.kind == "hearing":
        return roles
    conducting = {"mediator"} if command_tag in ROOM_TAGS and roles & {"presiding_judge", "clerk"} else set()
    nobody = _BENCH | {"judge", "judges_assistant", "prosecutor", "defender", "witness", "expert", "observer"}
    return frozenset((roles - nobody) | conducting) or roles


_MEDIATIONS_OWN = frozenset({"answer_assignment", "disclose_conflict", "answer_disclosure"})
_NOT_IN_A_MEDIATION = frozenset({"rule", "convert_offline", "take_off_list"})


def _of_another_kind(hearing: Hearing, command_tag: str) -> CommandRefused | None:
    """A hearing has no mediator, and in a mediation nobody rules: it goes on by the will of all (OMR 4)."""
    if hearing.kind == "hearing":
        if command_tag in _MEDIATIONS_OWN:
            return NotPermitted(
                "not_a_mediation", "本次是庭审，不是调解。", "This is a hearing and no mediation."
            )
        if command_tag == "lodge_objection" and hearing.phase in _LOBBY:
            return _not_in_this_phase(hearing, Power(_SIDES, _OPENED, "OLR 5(2)"))
        return None
    if command_tag in _NOT_IN_A_MEDIATION:
        return NotPermitted(
            "not_in_a_mediation",
            "调解以各方自愿为准，不作裁定，也不转为线下庭审；任何一方不同意，调解即终止。",
            "A mediation rests on the will of all: nobody rules in it, and it does not become a hearing. It ends when a "
            "party no longer agrees.",
            "OMR 4",
        )
    return None


def _removed(command_tag: str) -> CommandRefused | None:
    if command_tag in ("disconnect", "network_reported"):
        return None
    return DoNotReturn(
        "removed",
        "您已被审判长责令退出法庭。",
        "The presiding judge has removed you from this hearing.",
        "OLR 25",
    )


def _stopped_by_the_gate(hearing: Hearing, command_tag: str) -> CommandRefused | None:
    """For the steps towards the courtroom: the finding that stands against them, rather than the phase it led to."""
    stored = hearing.determination
    if command_tag not in ("schedule", "open_lobby", "open_session") or stored is None:
        return None
    if hearing.phase not in ("blocked", "awaiting_ruling"):
        return None
    against = next(found for found in stored.findings if found["outcome"] == stored.outcome)
    zh, en = named(hearing, against["text"]["zh"]), named(hearing, against["text"]["en"])
    return GateClosed(f"gate_{stored.outcome}", zh, en, str(against["citation"]))


def _not_in_this_phase(hearing: Hearing, power: Power) -> CommandRefused:
    zh, en = PHASE_NAMES[hearing.phase]
    if hearing.phase in phases.ENDED:
        return DoNotReturn(None, f"本次庭审{zh}，不能再操作。", f"This hearing is over ({en}).")
    if len(power.phases) > 6:
        return NotNow(
            None,
            f"庭审处于“{zh}”阶段，不能这样做。",
            f"This cannot be done while the hearing is {en}.",
            power.citation,
        )
    then_zh, then_en = phase_names(power.phases)
    return NotNow(
        None,
        f"庭审处于“{zh}”阶段；此操作须在“{then_zh}”阶段进行。",
        f"The hearing is {en}; this can be done when it is {then_en}.",
        power.citation,
    )


def _schedule(hearing: Hearing, actor: Actor) -> CommandRefused | None:
    row = phases.transition(hearing.phase, "scheduled")
    if row is None or not row.by & authorities(hearing, actor):
        zh, en = role_names(row.by if row else ())
        return NotPermitted(None, f"此时只有{zh}可以排期。", f"Only {en} may schedule the hearing now.")
    return None


def _open_courtroom(hearing: Hearing, actor: Actor, power: Power) -> CommandRefused | None:
    """The courtroom is opened by who conducts this hearing, not by any clerk of the house."""
    named_here = hearing.of_account(actor.id)
    if named_here is not None and named_here.role in power.roles:
        return None
    zh, en = role_names(power.roles)
    return NotPermitted(
        "not_named",
        f"只有本次庭审的{zh}可以打开法庭现场。",
        f"Only {en} of this hearing may open it.",
        power.citation,
    )


# ── what stands in the way of the actor's own commands ─────────────────────────────────────────────────────────


def _obstacle(hearing: Hearing, person: Participant, command_tag: str) -> CommandRefused | None:
    found = _OBSTACLES.get(command_tag)
    return found(hearing, person) if found is not None else None


def _raise_hand(hearing: Hearing, person: Participant) -> CommandRefused | None:
    if person.place != "main":
        return NotNow(
            "not_admitted", "进入法庭后方可举手。", "You can raise your hand once you are in the courtroom."
        )
    if person.hand_raised_at is not None:
        return NotNow("hand_is_up", "您已举手。", "Your hand is already raised.")
    return None


def _end_check(hearing: Hearing, person: Participant) -> CommandRefused | None:
    if hearing.check is None:
        return NotNow("no_check", "当前没有正在核验的人员。", "Nobody is being checked.")
    return None


def _begin_check(hearing: Hearing, person: Participant) -> CommandRefused | None:
    if hearing.check is not None:
        return NotNow(
            "check_going_on", "请先结束正在进行的身份核验。", "End the check that is going on first.", "OLR 7"
        )
    return None


def _go_on(hearing: Hearing, person: Participant) -> CommandRefused | None:
    """Carrying on online: not where the hearing has to be converted."""
    return stopped_by_conversion(hearing)


def _resume(hearing: Hearing, person: Participant) -> CommandRefused | None:
    stopped = stopped_by_conversion(hearing)
    if stopped is not None:
        return stopped
    if hearing.phase == "in_session":
        if hearing.forwarding_paused is not None:
            return None
        return NotNow("going_on", "庭审正在进行。", "The hearing is going on.")
    target = hearing.suspended_from if hearing.phase == "suspended_technical" else "in_session"
    if target not in phases.SITTING:
        return None
    missing = [one.name for one in hearing.with_role(*CONDUCTING) if not one.connected]
    if missing:
        zh, en = "、".join(missing), ", ".join(missing)
        return NotNow(
            "bench_absent", f"审判组织成员未全部到庭：{zh}。", f"Not the whole bench is present: {en}."
        )
    if hearing.kind == "hearing" and hearing.recorder.state in ("off", "lost"):
        return NotNow(
            "recorder_lost",
            "录音录像尚未恢复，不能继续开庭。",
            "The recorder is not running yet; the hearing cannot go on.",
            "REC 1",
        )
    return None


_OBSTACLES: dict[str, Callable[[Hearing, Participant], CommandRefused | None]] = {
    "raise_hand": _raise_hand,
    "start_screen": may_start,
    "stop_screen": may_stop,
    "end_check": _end_check,
    "begin_check": _begin_check,
    "resume": _resume,
    "close_hearing": _go_on,
    "lodge_objection": may_lodge,
}


def actions(hearing: Hearing, actor: Actor) -> dict[str, Allowed | Refused]:
    """For every button of this actor's page whether it may be pressed now, and if not, why (in both languages)."""
    tags = ROOM_TAGS if actor.kind == "participant" else DESK_TAGS
    found: dict[str, Allowed | Refused] = {}
    for one in tags:
        refused = refusal(hearing, actor, one)
        if refused is None:
            found[one] = Allowed()
        else:
            found[one] = Refused(*in_its_words(hearing, (refused.zh, refused.en)), refused.citation)
    return found


def in_its_words(hearing: Hearing, text: BiText) -> BiText:
    """A refusal in the words of this kind of proceeding; names stay as they are."""
    names = [person.name for person in hearing.participants.values()]
    own = [] if hearing.assignment is None else [hearing.assignment.reason]
    return of_kind(hearing.kind, text, (*names, *own))
