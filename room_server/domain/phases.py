"""The life cycle of a hearing as one table. Nothing moves a hearing except along a row of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from room_server.domain.model import BENCH, PHASES, Hearing, Phase
from room_server.domain.words import PHASE_NAMES, BiText, role_names
from room_server.errors import NotNow, NotPermitted


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted change. `by`: roles in the hearing, desk roles (`clerk`, `judge`) or `system`."""

    source: Phase
    target: Phase
    by: frozenset[str]


BEFORE_SESSION: tuple[Phase, ...] = (
    "draft",
    "checking",
    "eligible",
    "hybrid",
    "blocked",
    "awaiting_ruling",
    "scheduled",
    "lobby_open",
    "ready",
)
DETERMINED: tuple[Phase, ...] = (
    "eligible",
    "hybrid",
    "blocked",
    "awaiting_ruling",
    "scheduled",
    "lobby_open",
    "ready",
)
"""Phases that rest on the stored determination; when it no longer fits, they go back to `checking`."""
AT_THE_GATE: frozenset[Phase] = frozenset({"checking", "eligible", "hybrid", "blocked", "awaiting_ruling"})
SITTING: frozenset[Phase] = frozenset({"in_session", "in_camera", "court_mediation", "transcript_review"})
SUSPENDABLE: tuple[Phase, ...] = ("in_session", "recess", "in_camera", "court_mediation", "transcript_review")
OPENED: tuple[Phase, ...] = (*SUSPENDABLE, "suspended_technical")
ENTERABLE: frozenset[Phase] = frozenset({"lobby_open", "ready", *OPENED})
"""Phases in which people are in the room or its lobby, so that a recorder process must stand by."""
LIVE: tuple[Phase, ...] = (*OPENED, "adjourned")
"""After the opening and before the end: what can still be converted to an ordinary hearing."""
RECORDED: frozenset[Phase] = frozenset({"in_session", "transcript_review", "in_camera"})
ENDED: frozenset[Phase] = frozenset(
    {"closed", "converted_offline", "archived", "archive_failed", "cancelled", "terminated"}
)
CHECK_HELD: frozenset[Phase] = frozenset({"lobby_open", "ready", "in_session", "transcript_review"})
"""Phases in which the clerk can speak with the one person being checked."""

OUTCOME_PHASES: dict[str, Phase] = {
    "allow": "eligible",
    "warn": "eligible",
    "hybrid": "hybrid",
    "block": "blocked",
    "await_ruling": "awaiting_ruling",
}
_OUTCOMES: tuple[Phase, ...] = ("eligible", "hybrid", "blocked", "awaiting_ruling")


def _rows(sources: Iterable[Phase], targets: Iterable[Phase], *by: str) -> tuple[Transition, ...]:
    goals = tuple(targets)
    return tuple(Transition(source, target, frozenset(by)) for source in sources for target in goals)


TRANSITIONS: tuple[Transition, ...] = (
    *_rows(["draft"], ["checking"], "clerk", "judge", *BENCH, "system"),
    *_rows(["checking"], _OUTCOMES, "system"),
    *_rows(DETERMINED, ["checking"], "system"),
    *_rows(["eligible", "hybrid"], ["scheduled"], "clerk", "system"),
    *_rows(["scheduled"], ["lobby_open"], "clerk", "mediator", "system"),
    *_rows(["lobby_open"], ["ready"], "system"),
    *_rows(["ready"], ["lobby_open"], "system"),
    *_rows(["ready"], ["in_session"], "presiding_judge"),
    *_rows(["in_session"], ["recess", "in_camera", "court_mediation"], "presiding_judge"),
    *_rows(["recess", "in_camera", "court_mediation"], ["in_session"], "presiding_judge"),
    *_rows(SUSPENDABLE, ["suspended_technical"], "presiding_judge", "clerk", "system"),
    *_rows(["suspended_technical"], SUSPENDABLE, "presiding_judge"),
    *_rows(["suspended_technical"], ["adjourned"], "presiding_judge"),
    *_rows(["adjourned"], ["scheduled"], "presiding_judge", "mediator"),
    *_rows(LIVE, ["converted_offline"], "presiding_judge"),
    *_rows(["in_session"], ["transcript_review"], "presiding_judge"),
    *_rows(["transcript_review"], ["closed"], "presiding_judge", "clerk"),
    *_rows(LIVE, ["terminated"], "system"),
    *_rows(["closed", "converted_offline", "terminated"], ["archived", "archive_failed"], "system"),
    *_rows(BEFORE_SESSION, ["cancelled"], "clerk", "judge", *BENCH),
)
_BY_PAIR: dict[tuple[Phase, Phase], Transition] = {(row.source, row.target): row for row in TRANSITIONS}

REASONS: dict[str, BiText] = {
    "determination_requested": (
        "提交在线审理条件审核",
        "the conditions for an online hearing are being checked",
    ),
    "determined": ("已作出审核结论", "the determination was made"),
    "arrangement_restored": (
        "重新审核后可以进行，恢复原有安排",
        "allowed again: what was arranged stands as before",
    ),
    "consent_withdrawn": ("一方不再同意调解", "a party no longer agrees to the mediation"),
    "mediator_refused": (
        "一方不接受调解员披露的利害关系",
        "a party does not accept the tie that the mediator disclosed",
    ),
    "mediation_impossible": (
        "在线调解的条件不再具备",
        "what an online mediation needs is no longer given",
    ),
    "facts_changed": ("案件事实有变动，须重新审核", "the facts changed, they have to be checked again"),
    "ruleset_changed": (
        "适用规则有变动，须重新审核",
        "the rule set changed, the facts have to be checked again",
    ),
    "date_changed": (
        "日期变动后结论不同，须重新审核",
        "on this date the conclusion differs, the facts have to be checked again",
    ),
    "all_ready": ("开庭条件均已具备", "everything needed for the opening is there"),
    "no_longer_ready": ("开庭条件不再具备", "something needed for the opening is missing again"),
    "bench_absent": ("审判组织成员断线超过10秒", "a member of the bench has been disconnected for 10 s"),
    "recorder_lost": ("录音录像中断超过10秒", "the recorder has not been running for 10 s"),
    "disk_full": ("录音录像存储空间已满", "the disk for the recording is full"),
    "closing": ("庭审结束", "the hearing came to its end"),
    "manifest_verified": ("录音录像校验通过", "the recording was verified"),
}


def is_recorded(hearing: Hearing) -> bool:
    """Whether this phase is one that is recorded (REC 1, 3). A mediation never is: that would need the express consent
    of every party (OMR 22), for which the court asks on paper and not here."""
    return hearing.kind == "hearing" and hearing.phase in RECORDED


def reason_text(reason: str | None) -> BiText | None:
    """Both texts of a phase's reason; words of a judge or clerk stand as they were written."""
    if reason is None:
        return None
    return REASONS.get(reason, (reason, reason))


def transition(source: Phase, target: Phase) -> Transition | None:
    return _BY_PAIR.get((source, target))


def targets(source: Phase) -> tuple[Phase, ...]:
    """Where a hearing in this phase can go, in the order of the phases."""
    return tuple(target for target in PHASES if (source, target) in _BY_PAIR)


def require(source: Phase, target: Phase, authorities: Iterable[str] | None = None) -> None:
    """Raise `NotNow` unless the table has the row, and `NotPermitted` unless one of `authorities` may take it."""
    row = transition(source, target)
    if row is None:
        here, there = PHASE_NAMES[source], PHASE_NAMES[target]
        raise NotNow(
            "no_such_transition",
            f"庭审处于“{here[0]}”阶段，不能转入“{there[0]}”。",
            f"A hearing that is {here[1]} cannot become {there[1]}.",
        )
    if authorities is not None and not row.by & frozenset(authorities):
        zh, en = role_names(row.by)
        raise NotPermitted(None, f"这一步只能由{zh}进行。", f"Only {en} can take this step.")


def mermaid() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for row in TRANSITIONS:
        lines.append(f"    {row.source} --> {row.target}: {', '.join(sorted(row.by))}")
    lines += [f"    {phase} --> [*]" for phase in PHASES if not targets(phase)]
    return "\n".join(lines) + "\n"
