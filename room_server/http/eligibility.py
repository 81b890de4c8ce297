"""The record of a proceeding's eligibility: shown, exported for the file, and its facts decided under other rules."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from aiohttp import web

from eligibility import (
    CaseFacts,
    Determination,
    FactsError,
    Ruleset,
    RulesetError,
    compare,
    load_ruleset,
    parse_facts,
    replay,
    ruleset_names,
    ruleset_of_version,
)
from room_server.domain.context import SHANGHAI
from room_server.domain.facts import facts_of
from room_server.domain.model import Hearing
from room_server.errors import CorrectTheRequest, NotNow, RecordUnreadable
from room_server.http import models as m
from room_server.http.call import Call, Route, actor_of
from room_server.http.eligibility_views import comparison_view, history_view, stored_view
from room_server.http.hearings import DESK
from room_server.http.services import NotFound
from room_server.report.eligibility import eligibility_pdf
from room_server.report.record import EligibilityRecord, record_of, to_json
from room_server.report.speech import Language
from room_server.report.workshop import printed_apart
from signaling.messages import BiText

FEWEST_COLUMNS, MOST_COLUMNS = 2, 4
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


async def get_history(call: Call) -> m.EligibilityHistory:
    hearing = await _hearing(call)
    record = await _record(call, hearing)
    return history_view(
        record,
        hearing,
        call.services.proceedings.determination(hearing),
        [load_ruleset(name) for name in ruleset_names()],
        _today(call).isoformat(),
    )


# ── exports ────────────────────────────────────────────────────────────────────────────────────────────────────


async def export_json(call: Call) -> web.StreamResponse:
    """Everything as it was stored; two exports of one version differ in `generated_at` only."""
    hearing = await _hearing(call)
    record = await _record(call, hearing)
    document = to_json(record, _court(call), _now(call))
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    return await _download(call, record, "json", None, text.encode("utf-8"), "application/json")


async def export_pdf(call: Call) -> web.StreamResponse:
    """`?lang=zh` (also where nothing is said) or `?lang=en`."""
    language = call.request.query.get("lang", "zh")
    if language not in ("zh", "en"):
        raise CorrectTheRequest(
            "bad_language",
            "lang 不对；允许：zh、en。",
            "There is no document in the language asked for; lang may be: zh, en.",
        )
    hearing = await _hearing(call)
    record = await _record(call, hearing)
    content = await printed_apart(eligibility_pdf, record, _court(call), _now(call), cast(Language, language))
    return await _download(call, record, "pdf", language, content, "application/pdf")


async def _download(
    call: Call,
    record: EligibilityRecord,
    form: Literal["json", "pdf"],
    language: str | None,
    content: bytes,
    media: str,
) -> web.Response:
    """Log the export, then hand it out. The file's name is of the proceeding and its version, and names nobody."""
    exported = {
        "hearing": record.hearing.id,
        "document": "eligibility",
        "format": form,
        "language": language,
        "version": record.version,
        "head": record.head,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    await call.services.proceedings.note_export(record.hearing.id, actor_of(await call.account()), exported)
    tail = "" if language is None else f"-{language}"
    name = f"eligibility-{record.hearing.id}-v{record.version}{tail}.{form}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-SHA256": str(exported["sha256"]),
    }
    return web.Response(body=content, content_type=media, headers=headers)


# ── comparison ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Stored:
    """A determination as the record has it, and what comes out of the same facts and rules today."""

    id: str
    at: datetime
    document: Mapping[str, Any]
    facts: Mapping[str, Any]
    again: Determination | None
    ruleset: Ruleset | None
    problem: BiText | None

    @property
    def same(self) -> bool:
        return self.problem is None


async def compare_columns(call: Call, body: m.NewComparison) -> m.EligibilityComparison:
    hearing = await _hearing(call)
    asked = len(body.columns) + (body.determination_id is not None)
    if not FEWEST_COLUMNS <= asked <= MOST_COLUMNS:
        raise CorrectTheRequest(
            "bad_columns",
            f"对照须有 {FEWEST_COLUMNS} 至 {MOST_COLUMNS} 栏（含存档结论），现为 {asked} 栏。",
            f"A comparison has {FEWEST_COLUMNS} to {MOST_COLUMNS} columns, the stored answer among them; "
            f"there are {asked}.",
        )
    columns = [_column(one) for one in body.columns]
    stored = None if body.determination_id is None else await _stored(call, hearing, body.determination_id)
    kept: list[bool] = [False] * len(columns)
    if stored is not None and stored.same and stored.again is not None and stored.ruleset is not None:
        columns.insert(0, (stored.ruleset, stored.again.on))
        kept.insert(0, True)
    found = compare(_facts(hearing, stored), columns)
    state = None if stored is None else _replay_state(hearing, stored)
    return comparison_view(hearing, found, kept, state)


def _facts(hearing: Hearing, stored: _Stored | None) -> CaseFacts:
    if stored is None:
        return facts_of(hearing)
    try:
        return parse_facts(stored.facts, "stored facts")
    except FactsError as failure:
        raise NotNow(
            "facts_unreadable",
            f"该结论所依据的事实已无法读取，不能重新核查：{failure}",
            f"The facts of that determination cannot be read any more, so they cannot be decided again: {failure}",
        ) from None


def _column(asked: m.AskedColumn) -> tuple[Ruleset, date]:
    names = ruleset_names()
    if asked.ruleset not in names:
        raise CorrectTheRequest(
            "unknown_ruleset",
            f"没有规则“{asked.ruleset}”；允许：{'、'.join(names)}。",
            f"There is no rule set {asked.ruleset!r}; allowed: {', '.join(names)}.",
        )
    ruleset, on = load_ruleset(asked.ruleset), _day(asked.on)
    try:
        ruleset.require_in_force(on)
    except RulesetError:
        since, until = ruleset.from_date, ruleset.to_date
        zh = f"{since} 起" if until is None else f"{since} 至 {until}"
        en = f"{since} or later" if until is None else f"{since} to {until}"
        raise CorrectTheRequest(
            "not_in_force",
            f"规则“{ruleset.title.zh}”在 {on} 没有施行；允许的日期：{zh}。",
            f"The rule set {ruleset.name} was not in force on {on}; allowed: {en}.",
            None,
        ) from None
    return ruleset, on


def _day(text: str) -> date:
    try:
        if _DAY.match(text) is None:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise CorrectTheRequest(
            "bad_date",
            f"“{text}”不是日期；请按 2026-11-23 的样子填写。",
            f"{text!r} is not a date; write it like 2026-11-23.",
        ) from None


async def _stored(call: Call, hearing: Hearing, determination_id: str) -> _Stored:
    """The stored determination of that id, decided once more. Raises :class:`NotFound`."""
    for event in await call.services.store.events.read(hearing.id):
        if event.type == "determination_made" and event.data.get("determination_id") == determination_id:
            return _replayed(determination_id, datetime.fromisoformat(event.at), event.data)
    raise NotFound.of("审核结论", "determination in this proceeding")


def _replayed(determination_id: str, at: datetime, data: Mapping[str, Any]) -> _Stored:
    document, facts = data["document"], data["facts"]
    sha256 = data.get("ruleset_sha256") or None
    again, ruleset, problem = None, None, None
    try:
        ruleset = ruleset_of_version(document["ruleset"], sha256)
        again = replay(facts, document["ruleset"], date.fromisoformat(document["on"]), sha256=sha256)
    except RulesetError:
        problem = BiText(
            zh=f"当时适用的规则版本 {document['ruleset']} 已不在本系统中，或内容与当时不同，不能按当时的规则重新核查。",
            en=f"The rules of then ({document['ruleset']}) are not here any more, or say something else now, so the "
            "determination cannot be made again as it was.",
        )
    except FactsError as failure:
        problem = BiText(
            zh=f"当时的事实已无法读取：{failure}", en=f"The facts of then cannot be read any more: {failure}"
        )
    else:
        problem = _difference(document, again.to_json())
    return _Stored(determination_id, at, document, facts, again, ruleset, problem)


def _difference(stored: Mapping[str, Any], again: Mapping[str, Any]) -> BiText | None:
    parts = sorted(key for key in {**stored, **again} if stored.get(key) != again.get(key))
    if not parts:
        return None
    listed = ", ".join(parts)
    return BiText(
        zh=f"以当时的事实和当时的规则重新核查，得不到存档的结论；不同之处：{listed}。以存档的结论为准，请联系技术人员查明原因。",
        en=f"The same facts under the same rules do not give the stored answer any more; different: {listed}. The "
        "stored answer stands; have technical support find out why.",
    )


def _replay_state(hearing: Hearing, stored: _Stored) -> m.ReplayState:
    return m.ReplayState(
        determination_id=stored.id,
        at=stored.at.isoformat(),
        same=stored.same,
        problem=stored.problem,
        stored=stored_view(hearing, stored.id, stored.document),
    )


# ── what they share ────────────────────────────────────────────────────────────────────────────────────────────


async def _hearing(call: Call) -> Hearing:
    return await call.hearing(await call.staff(*DESK))


async def _record(call: Call, hearing: Hearing) -> EligibilityRecord:
    stored = await call.services.store.events.read(hearing.id)
    try:
        return await asyncio.to_thread(record_of, stored, call.services.proceedings.ruling_signed)
    except RecordUnreadable as failure:
        raise NotNow(
            "record_unreadable",
            f"该程序的记录无法读取，请联系技术人员：{failure}",
            f"The record of this proceeding cannot be read; tell technical support: {failure}",
        ) from None


def _court(call: Call) -> dict[str, str]:
    return {"zh": call.services.site.court_zh, "en": call.services.site.court_en}


def _now(call: Call) -> datetime:
    return call.services.clock.now()


def _today(call: Call) -> date:
    return _now(call).astimezone(SHANGHAI).date()


_ONE = "/api/hearings/{hearing}/eligibility"
ROUTES: Sequence[Route] = (
    Route("GET", _ONE, get_history, "The record of eligibility", None, m.EligibilityHistory),
    Route("GET", f"{_ONE}.json", export_json, "The same for the file; logged"),
    Route("GET", f"{_ONE}.pdf", export_pdf, "The same on paper; logged", media="application/pdf"),
    Route(
        "POST",
        f"{_ONE}/compare",
        compare_columns,
        "The same facts under other rules or dates",
        m.NewComparison,
        m.EligibilityComparison,
    ),
)
