"""What is a mediation's own: the mediator's assignment and disclosure, the parties' answers, withdrawal, its steps.

A mediation is a proceeding like a hearing: the same gate, the same room, the same record. Its own steps are derived
from what was stated and from the phase (`step`); nothing stores them, so nothing can contradict them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from eligibility.facts import Conflict
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import phases
from room_server.domain.context import Context, participant, system_phase
from room_server.domain.link_assertions import by_link
from room_server.domain.model import PRINCIPALS, Disclosure, Hearing, Participant
from room_server.domain.positions import Side, Stated, current_stage, position_key, side_of_speaker, sides
from room_server.domain.seating import required_text
from room_server.errors import CorrectTheRequest, NotNow, NotPermitted

Decision = Callable[[Hearing, Any, Context], list[e.Event]]
Step = Literal[
    "applied",
    "consent_pending",
    "consented",
    "assigned",
    "accepted",
    "disclosed",
    "identity_verified",
    "joint",
    "ended",
]
STEPS: tuple[Step, ...] = get_args(Step)
Answer = Literal["consents", "refuses", "silent"]

_AGREES = frozenset({"consents", "chose_online"})
_REFUSES = frozenset({"objects", "retracts"})


def mediator_of(hearing: Hearing) -> Participant | None:
    return next(hearing.with_role("mediator"), None)


def conflict(hearing: Hearing) -> Conflict:
    """The mediator's ties as the gate reads them (OMR 13, 14).

    Silence of the mediator is no disclosure, and silence of a party no acceptance: until every party has accepted, what
    was disclosed is not settled, and the room stays shut as if it had not been disclosed.
    """
    made = hearing.disclosure
    if made is None:
        return "undisclosed"
    if made.conflict is None:
        return "none"
    given = [hearing.disclosure_answers.get(party.id) for party in hearing.with_role(*PRINCIPALS)]
    if any(answer is not None and not answer.accepts for answer in given):
        return "refused"
    return "accepted" if all(answer is not None for answer in given) else "undisclosed"


def answers(hearing: Hearing) -> list[tuple[Side, Answer]]:
    """What stands for each side, party and agents together: one who refuses speaks for the whole side."""
    stated = Stated.of(hearing)
    found: list[tuple[Side, Answer]] = []
    for side in sides(hearing):
        position = stated.side(side, current_stage(hearing)).position
        found.append(
            (side, "refuses" if position in _REFUSES else "consents" if position in _AGREES else "silent")
        )
    return found


def step(hearing: Hearing) -> Step:
    """How far the mediation has come; each step presupposes the ones before it."""
    if hearing.phase in phases.ENDED:
        return "ended"
    if hearing.opened_at is not None:
        return "joint"
    said = [answer for _, answer in answers(hearing)]
    if any(answer != "consents" for answer in said):
        begun = hearing.phase != "draft" or any(answer != "silent" for answer in said)
        return "consent_pending" if begun else "applied"
    if hearing.assignment is not None and not hearing.assignment.accepted:
        return "consented"
    if hearing.assignment is None:
        return "assigned"
    if conflict(hearing) not in ("none", "accepted"):
        return "accepted"
    people = [one for one in hearing.participants.values() if not one.is_court and not one.removed]
    online = [one for one in people if one.attends == "online" and not one.absent_noted]
    verified = bool(online) and all(one.identity is not None for one in online)
    return "identity_verified" if verified else "disclosed"


def is_taken_on(hearing: Hearing) -> bool:
    """Whether the mediator has accepted; a hearing has nobody who would have to."""
    return hearing.kind != "mediation" or (hearing.assignment is not None and hearing.assignment.accepted)


def require_accepted(hearing: Hearing) -> None:
    """A mediation is neither scheduled nor let in before its mediator has taken it on. Raises `NotNow`."""
    if is_taken_on(hearing):
        return
    if hearing.assignment is None:
        raise NotNow(
            "assignment_open",
            "调解员尚未答复是否接受本次调解，请等待其答复。",
            "The mediator has not yet accepted this mediation. Wait for the answer.",
        )
    raise NotNow(
        "assignment_declined",
        f"调解员不接受本次调解（{hearing.assignment.reason}），请更换调解员。",
        f"The mediator declined this mediation ({hearing.assignment.reason}). Name another one.",
    )


# ── decisions ──────────────────────────────────────────────────────────────────────────────────────────────────


def _answer_assignment(hearing: Hearing, command: c.AnswerAssignment, ctx: Context) -> list[e.Event]:
    reason = command.reason.strip()
    if not command.accepted and not reason:
        raise CorrectTheRequest(
            "reason_needed", "不接受调解任务须说明理由。", "To decline the mediation, a reason is needed."
        )
    before = hearing.assignment
    if before is not None and before.accepted == command.accepted and before.reason == reason:
        return []
    return [e.AssignmentAnswered(ctx.actor, command.accepted, reason and required_text("reason", reason))]


def _disclose(hearing: Hearing, command: c.DiscloseConflict, ctx: Context) -> list[e.Event]:
    told = None if command.conflict is None else required_text("conflict", command.conflict).strip()
    before = hearing.disclosure
    if before is not None and before.conflict == told:
        return []
    if before is not None and told is None:
        # Otherwise a mediator whom a party refused would open the room by taking the reason back.
        raise NotNow(
            "already_disclosed",
            "已披露的利害关系不能撤回；情况有变化的，请写明后重新披露，由各方当事人再次答复。",
            "A tie that was disclosed is not taken back. If it is otherwise, disclose that in words, and each party "
            "answers anew.",
            "OMR 13, 14",
        )
    return [e.ConflictDisclosed(ctx.actor, told)]


def _own_side(hearing: Hearing, participant_id: str) -> Side:
    """The side that this participant is or speaks for; raises `NotPermitted`."""
    side = side_of_speaker(hearing, participant(hearing, participant_id))
    if side is None:
        raise NotPermitted(
            "not_a_side",
            "只有当事人及其代理人可以这样做。",
            "Only a party or who speaks for a party may do this.",
            "OMR 4",
        )
    return side


def _answer_disclosure(hearing: Hearing, command: c.AnswerDisclosure, ctx: Context) -> list[e.Event]:
    if ctx.actor.kind == "participant" and ctx.actor.id != command.participant_id:
        raise NotPermitted(
            "not_own_side", "只能代表本方答复。", "You can answer for your own side only.", "OMR 14"
        )
    party = _own_side(hearing, command.participant_id).party
    made = hearing.disclosure
    if made is None or made.conflict is None:
        raise NotNow(
            "nothing_disclosed",
            "调解员没有披露利害关系，无须答复。",
            "The mediator has disclosed no tie, so there is nothing to answer.",
            "OMR 13",
        )
    _require_read(made, made.conflict, command.version)
    before = hearing.disclosure_answers.get(party.id)
    in_person = command.participant_id == party.id
    if before is not None and before.accepts == command.accepts and (before.by == party.id or not in_person):
        return []
    if before is not None and before.by == party.id and not before.accepts and not in_person:
        raise NotPermitted(
            "refused_in_person",
            f"{party.name}本人已表示不接受该调解员；代理人不能代为改变，须由本人撤回。",
            f"{party.name} personally does not accept this mediator. An agent cannot change that: {party.name} has to "
            "take it back personally.",
            "OMR 14; CPL 62",
        )
    return [e.DisclosureAnswered(ctx.actor, party.id, command.accepts, made.version)]


def _require_read(made: Disclosure, conflict: str, version: int) -> None:
    """Refuse the answer to another text than the one that stands, and say what the mediator discloses now."""
    if version != made.version:
        raise NotNow(
            "disclosure_changed",
            f"您看到的披露内容已变更，您的答复未被记录。调解员现在披露：{conflict}。请阅读后重新答复。",
            f"The disclosure that you read has changed, and your answer was not taken. The mediator now discloses: "
            f"{conflict}. Read it, then answer again.",
            "OMR 13, 14",
        )


def _withdraw(hearing: Hearing, command: c.LodgeObjection, ctx: Context) -> list[e.Event]:
    """The party no longer wants to mediate: at any moment, and no reasons are asked for (OMR 4, 25(4))."""
    speaker = hearing.participants[ctx.actor.id]
    key = position_key(_own_side(hearing, speaker.id), speaker)
    before = hearing.latest_assertion(key)
    position = "retracts" if before is not None and before.value["position"] in _AGREES else "objects"
    if before is not None and before.value["position"] in _REFUSES:
        return []
    value = {"position": position, "stage": hearing.stage, "reasons": command.reasons.strip()}
    return [e.FactAsserted(ctx.actor, by_link(hearing, speaker, key, value, ctx))]


DECISIONS: dict[type[c.Command], Decision] = {
    c.AnswerAssignment: _answer_assignment,
    c.DiscloseConflict: _disclose,
    c.AnswerDisclosure: _answer_disclosure,
    c.LodgeObjection: _withdraw,
}
"""For a mediation. Where another kind of proceeding knows the command too, it has a decision of its own."""


def ended_by(hearing: Hearing) -> list[e.Event]:
    """What follows, in a mediation that was opened, from the determination just stored: none where it may go on.

    The room of a mediation rests on the will of all at every moment, so that no ruling stands between (OMR 4, 25(4)).
    """
    stored = hearing.determination
    if hearing.kind != "mediation" or hearing.phase not in phases.LIVE:
        return []
    if stored is None or stored.outcome != "block":
        return []
    if hearing.phase == "adjourned" and not stored.document["final"] and conflict(hearing) != "refused":
        # Nobody sits: until the next time another mediator may disclose, and a party named meanwhile may consent.
        return []
    rules = {str(found["rule"]) for found in stored.findings if found["outcome"] == "block"}
    if hearing.disclosure is not None and conflict(hearing) == "undisclosed":
        # Disclosed in the open mediation, and somebody has still to answer: only a refusal ends it.
        rules -= {rule for rule in rules if rule.startswith("mediation.conflict")}
        if not rules:
            return []
    if any(answer == "refuses" for _, answer in answers(hearing)):
        reason = "consent_withdrawn"
    elif any(rule.startswith("mediation.conflict") for rule in rules):
        reason = "mediator_refused"
    else:
        reason = "mediation_impossible"
    return [system_phase(hearing, "terminated", reason)]
