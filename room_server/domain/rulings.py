"""Rulings: what may be ruled on and by whom, on which facts, and the signature that a ruling is never edited under.

A ruling answers one ground (`objection:par_…`, `complexity`, …). It is signed with the court's record key and can only
be superseded by a later one. What no one may override is no ground, and in a mediation nobody rules at all (OMR 4;
see `permissions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from eligibility import Determination, Finding, determine
from eligibility.circumstances import survey
from eligibility.facts import GROUNDS, NEEDS
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import permissions
from room_server.domain.context import SHANGHAI, Context, authorities
from room_server.domain.evolution import evolve
from room_server.domain.fact_words import HOW, fact_in_words, ground_in_words
from room_server.domain.facts import facts_of, facts_without_rulings_on, keys_of_ground
from room_server.domain.model import (
    CALLED_LATER,
    PRINCIPALS,
    Actor,
    Assertion,
    FileChange,
    Hearing,
    Role,
    Ruling,
)
from room_server.domain.opening import evaluate, named
from room_server.domain.seating import required_text
from room_server.domain.words import BiText
from room_server.errors import CommandRefused, CorrectTheRequest, GateClosed, NotNow

Decision = Callable[[Hearing, Any, Context], list[e.Event]]

SIGNED_WORDS = b"yunting ruling v1\n"
"""Stands before what is signed, so that no other signature of the record key can be taken for one of a ruling."""
ALGORITHM = "Ed25519"

_SELF_ASSERTED = ("incapacity", "need", "complexity", "social_impact", "witness", "other")
"""Grounds that a judge may hold made out of the judge's own motion."""
_ABOUT: dict[str, frozenset[Role]] = {
    "objection": PRINCIPALS,
    "retraction": PRINCIPALS,
    "incapacity": PRINCIPALS,
    "witness": CALLED_LATER,
}
_FILE: dict[str, BiText] = {
    "people": ("参加人名单", "the list of people"),
    "stage": ("程序阶段", "the stage"),
    "case_type": ("案件类型", "the type of case"),
}


def signed_bytes(hearing_id: str, ruling: Ruling) -> bytes:
    """What the signature covers: `SIGNED_WORDS` and RFC 8785 JSON of all that the ruling says, its time in UTC.

    Raises `CorrectTheRequest` for text that is no Unicode (lone surrogates).
    """
    content: dict[str, Any] = {
        "hearing": hearing_id,
        "ruling": ruling.id,
        "ground": ruling.ground,
        "held": ruling.held,
        "reasons": ruling.reasons,
        "article": ruling.article,
        "judge": {"account": ruling.by.id, "name": ruling.by.name},
        "at": ruling.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "during": ruling.during,
        "facts_sha256": ruling.facts_sha256,
        "supersedes": ruling.supersedes,
        "ruleset": ruling.ruleset,
    }
    try:
        return SIGNED_WORDS + rfc8785.dumps(content)
    except (rfc8785.CanonicalizationError, UnicodeError):
        raise CorrectTheRequest(
            "not_text",
            "理由或依据中有无法保存的字符，请删去后重试。",
            "The reasons or the article hold characters that are no text; take them out and try again.",
        ) from None


def verify(hearing_id: str, ruling: Ruling, public_raw: bytes) -> bool:
    """Whether the ruling stands as it was signed by the owner of `public_raw` (32 bytes). Unsigned: False."""
    signature = ruling.signature
    if signature is None or signature.algorithm != ALGORITHM:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public_raw)
        key.verify(bytes.fromhex(signature.value), signed_bytes(hearing_id, ruling))
    except (InvalidSignature, ValueError, CorrectTheRequest):
        return False
    return True


def facts_basis(hearing: Hearing) -> str:
    """SHA-256 of the facts document without any ruling: what a ruling made now is made on."""
    return replace(facts_of(hearing), rulings=()).sha256


def superseded_by(hearing: Hearing, ruling: Ruling) -> Ruling | None:
    """The next ruling on the same ground, or None where this one stands."""
    later = False
    for one in hearing.rulings:
        if later and one.ground == ruling.ground:
            return one
        later = later or one is ruling
    return None


# ── the decision ───────────────────────────────────────────────────────────────────────────────────────────────


def _make_ruling(hearing: Hearing, command: c.MakeRuling, ctx: Context) -> list[e.Event]:
    if ctx.sign is None:
        raise NotNow(
            "cannot_sign",
            "法院的记录密钥目前不可用，裁定无法签名。请联系技术人员。",
            "The court's record key is not available, so no ruling can be signed now. Contact technical support.",
        )
    _require_ground(hearing, command.ground)
    reasons = required_text("reasons", command.reasons)
    article = required_text("article", command.article)
    _require_seen(hearing, command)
    _require_open(hearing, command.ground, command.held, ctx)
    ruling = _drawn_up(hearing, command.ground, command.held, ctx)
    ruling = replace(ruling, id=ctx.new_id("rul"), reasons=reasons, article=article)
    signature = ctx.sign(signed_bytes(hearing.id, ruling))
    return [e.RulingMade(ctx.actor, replace(ruling, signature=signature))]


def preview(hearing: Hearing, ground: str, held: bool, ctx: Context) -> Determination:
    """What would follow from a ruling before it is given; stores nothing.

    Raises what the ruling would be refused with: the role, the phase, the ground. Reasons are not asked for.
    """
    permissions.require(hearing, ctx.actor, c.tag(c.MakeRuling))
    _require_ground(hearing, ground)
    _require_open(hearing, ground, held, ctx)
    made = e.RulingMade(ctx.actor, _drawn_up(hearing, ground, held, ctx))
    return evaluate(evolve(hearing, made, ctx.now), ctx)


def _drawn_up(hearing: Hearing, ground: str, held: bool, ctx: Context) -> Ruling:
    """The ruling without id, reasons, article and signature."""
    earlier = next((one for one in reversed(hearing.rulings) if one.ground == ground), None)
    if earlier is not None and earlier.at >= ctx.now:
        raise NotNow(
            "ruled_just_now",
            "该事项刚刚已作出裁定，请稍后重试。",
            "This ground was ruled on at this very moment; try again.",
        )
    return Ruling(
        ground=ground,
        held=held,
        reasons="-",
        article="-",
        by=_judge(hearing, ctx.actor),
        at=ctx.now,
        supersedes=None if earlier is None else earlier.id or None,
        facts_sha256=facts_basis(hearing),
        during=hearing.phase,
        ruleset=ctx.ruleset.version,
    )


def _judge(hearing: Hearing, actor: Actor) -> Actor:
    """The judge by the staff account, whether the ruling comes from the desk or from the room."""
    if actor.kind == "staff":
        return actor
    person = hearing.participants[actor.id]
    return Actor("staff", person.account or person.id, "+".join(authorities(hearing, actor)), person.name)


# ── what is a ground ───────────────────────────────────────────────────────────────────────────────────────────


def _require_ground(hearing: Hearing, ground: str) -> None:
    """Refuse what nobody may rule on here: an unknown ground, one about somebody else, a closure by law."""
    kind, colon, subject = ground.partition(":")
    if kind == "closed":
        raise CorrectTheRequest(
            "not_overridable",
            "依法不公开审理不是裁定事项，裁定不能改变其后果。认定有误的，由法官在案件事实中更正。",
            "That a hearing is closed by law is no ground for a ruling, and no ruling lifts what follows from it. Where "
            "it was entered wrongly, a judge corrects it among the facts.",
            "V; OLR 27",
        )
    if kind not in GROUNDS or bool(colon) != (kind in _ABOUT or kind == "need"):
        allowed = ", ".join(_shape(one) for one in GROUNDS)
        raise CorrectTheRequest(
            "unknown_ground",
            f"没有“{ground:.80}”这一裁定事项；允许：{allowed}。",
            f"There is no ground {ground!r:.80}; allowed: {allowed}.",
        )
    if kind == "need" and subject not in NEEDS:
        raise CorrectTheRequest(
            "unknown_ground",
            f"没有“{subject:.80}”这一现场需要；允许：{', '.join(NEEDS)}。",
            f"There is no need {subject!r:.80}; allowed: {', '.join(NEEDS)}.",
        )
    if kind in _ABOUT and subject not in {one.id for one in hearing.with_role(*_ABOUT[kind])}:
        names = [one.name for one in hearing.with_role(*_ABOUT[kind])]
        raise CorrectTheRequest(
            "no_such_participant",
            f"该事项所指的人不是本次庭审的相应参加人；可以是：{'、'.join(names) or '无'}。",
            f"This ground is about nobody here whom it could be about; it can be: {', '.join(names) or 'nobody'}.",
        )


def _shape(kind: str) -> str:
    subject = {"need": "need", "witness": "witness"}.get(kind, "party" if kind in _ABOUT else "")
    return f"{kind}:<{subject}>" if subject else kind


def _require_open(hearing: Hearing, ground: str, held: bool, ctx: Context) -> None:
    """Refuse a ground that awaits no ruling, and say so apart where no ruling could change what follows."""
    current = evaluate(hearing, ctx)  # refuses where there is no rule set for today
    kind = ground.partition(":")[0]
    facts = facts_without_rulings_on(hearing, ground)
    open_grounds = determine(facts, ctx.ruleset, ctx.today).awaiting
    if ground in open_grounds:
        return
    if kind in ("objection", "retraction"):
        _require_overridable(hearing, current, ctx)
    if held and kind in _SELF_ASSERTED:
        return
    if not held and any(one.ground == ground and one.held for one in hearing.rulings):
        return
    waiting = [ground_in_words(hearing, one) for one in open_grounds]
    zh = "、".join(one[0] for one in waiting) or "无"
    en = ", ".join(one[1] for one in waiting) or "none"
    raise CorrectTheRequest(
        "nothing_to_rule_on",
        f"没有人主张该事项，无可裁定；等待裁定的：{zh}。",
        f"Nobody asserts this ground, so there is nothing to rule on; awaiting a ruling: {en}.",
    )


def _require_overridable(hearing: Hearing, current: Determination, ctx: Context) -> None:
    """When every side objects, one side's objection cannot be ruled away (V; OLR 21(1))."""
    against = _final(current, ctx)
    if against is None or any(side.position != "objects" for _, side in survey(facts_of(hearing)).sides):
        return
    zh, en = named(hearing, against.text.zh), named(hearing, against.text.en)
    raise GateClosed(
        "not_overridable",
        f"各方均不同意在线审理，任何人不能以裁定改变。{zh}",
        f"Every side objects, and nobody can override that by a ruling. {en}",
        against.citation,
    )


def _final(current: Determination, ctx: Context) -> Finding | None:
    found = (one for one in current.findings if ctx.ruleset.rule(one.rule, ctx.today).final)
    return next(found, None)


# ── what changed since the judge was shown the facts ───────────────────────────────────────────────────────────


def _require_seen(hearing: Hearing, command: c.MakeRuling) -> None:
    """Refuse a ruling written on other facts than those that stand now, and name what changed, who and when."""
    seen = command.seen_version
    if seen is None:
        return
    if not 0 < seen <= hearing.version:
        raise CorrectTheRequest(
            "bad_version",
            f"seen_version 不对；允许：1 至 {hearing.version}。",
            f"seen_version is not a version of this hearing; allowed: 1 to {hearing.version}.",
        )
    refused = changed_since(hearing, command.ground, seen)
    if refused is not None:
        raise refused


def changed_since(hearing: Hearing, ground: str, seen: int) -> CommandRefused | None:
    """The refusal of a ruling on `ground` by whoever saw the hearing at version `seen`; None where nothing that
    this ruling rests on changed since."""
    ruled = [
        _ruled_in_words(one)
        for one in hearing.rulings
        if one.ground == ground and hearing.stated_at_version.get(one.id, 0) > seen
    ]
    keys = keys_of_ground(hearing, ground)
    changed = [
        _stated_in_words(hearing, one)
        for one in hearing.assertions
        if one.key in keys and hearing.stated_at_version.get(one.id, 0) > seen
    ]
    changed += [_filed_in_words(one) for one in hearing.file_changes if one.version > seen]
    if not ruled and not changed:
        return None
    zh = "；".join(one[0] for one in (*ruled, *changed))
    en = "; ".join(one[1] for one in (*ruled, *changed))
    if ruled:
        return NotNow(
            "ruled_meanwhile",
            f"您查看之后，该事项已另有裁定：{zh}。",
            f"Since you were shown it, this ground was ruled on: {en}.",
        )
    return NotNow(
        "facts_changed",
        f"您查看之后，该事项所依据的事实有变动：{zh}。请重新阅读后再裁定。",
        f"Since you were shown them, the facts that this ruling rests on changed: {en}. Read them again, then rule.",
    )


def _ruled_in_words(ruling: Ruling) -> BiText:
    held = ("成立", "made out") if ruling.held else ("不成立", "not made out")
    at = _moment(ruling.at)
    return f"{at} {ruling.by.name}裁定{held[0]}", f"{at} {ruling.by.name} held it {held[1]}"


def _stated_in_words(hearing: Hearing, stated: Assertion) -> BiText:
    zh, en = fact_in_words(hearing, stated.key, stated.value)
    how, at, clerk = HOW[stated.how], _moment(stated.at), stated.entered_by.name
    entered = ("", "") if stated.how == "link" else (f"，{clerk}录入", f", entered by {clerk}")
    return (
        f"{at} {stated.asserted_by}陈述“{zh}”（{how[0]}{entered[0]}）",
        f"{at} {stated.asserted_by} stated “{en}” ({how[1]}{entered[1]})",
    )


def _filed_in_words(change: FileChange) -> BiText:
    at, who = _moment(change.at), change.by.name
    zh = "、".join(_FILE[one][0] for one in change.what)
    en = " and ".join(_FILE[one][1] for one in change.what)
    return f"{at} {who}更改了{zh}", f"{at} {who} changed {en}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


DECISIONS: dict[type[c.Command], Decision] = {c.MakeRuling: _make_ruling}
