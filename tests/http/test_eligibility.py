"""The record of eligibility over HTTP: who may read it, what it says, its exports, and comparisons."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date
from typing import Any

import pypdf
import rfc8785
from sqlalchemy import text as sql

from eligibility import load_ruleset, replay
from room_server.domain.event_data import event_type, to_data
from room_server.domain.events import DeterminationMade
from room_server.domain.model import SYSTEM
from room_server.store.chain import GENESIS
from room_server.store.events import NewEvent


async def objected(desk: Any, reasons: str = "须当庭核对合同原件") -> None:
    """Both consent, it is determined; then the respondent objects with reasons."""
    for side in ("claimant", "respondent"):
        await state(desk, side, "consents")
    await desk.clerk.post(f"{desk.path}/determine")
    await state(desk, "respondent", "objects", reasons)


async def state(desk: Any, side: str, position: str, reasons: str = "") -> None:
    key = f"position:{desk.participant('party', side)}"
    value = {"position": position, "stage": "trial", "reasons": reasons}
    fact = {"key": key, "value": value, "asserted_by": side, "how": "paper"}
    await desk.clerk.post(f"{desk.path}/facts", fact)


async def exported(browser: Any, desk: Any, form: str) -> tuple[Any, bytes]:
    response = await browser.send("GET", f"{desk.path}/eligibility.{form}")
    assert response.status == 200, await response.text()
    return response, await response.read()


async def test_the_history_tells_what_was_stated_and_decided(desk: Any) -> None:
    await objected(desk)
    found = await desk.judge.get(f"{desk.path}/eligibility")
    kinds = [entry["kind"] for entry in found["entries"]]
    assert kinds[0] == "drafted" and kinds.count("statement") == 3 and kinds.count("determination") == 2
    first, second = (entry["determination"] for entry in found["entries"] if entry["determination"])
    assert (first["outcome"], first["changes"]) == ("allow", None)
    assert second["changes"]["outcome"] == {"before": "allow", "after": "await_ruling"}
    assert [one["rule"] for one in second["changes"]["findings_added"]] == ["objection.reasons_open"]
    assert "李四" in second["awaiting"][0]["text"]["zh"]
    assert found["current"]["id"] == second["id"] and found["current"]["current"]
    assert found["today"] == "2026-11-23" and found["ruleset"] == "shanghai-2020"
    assert {one["name"]: one["since"] for one in found["rulesets"]} == {
        "shanghai-2020": "2020-02-26",
        "spc-2021": "2021-08-01",
    }
    stored = await desk.court.services.store.events.read(desk.hearing["id"])
    assert found["chain"] == {
        "verified": True,
        "first_problem": None,
        "entries": len(stored),
        "head": stored[-1].hash,
    }
    assert [entry["hash"] for entry in found["entries"]] == [
        stored[entry["sequence"] - 1].hash for entry in found["entries"]
    ]


async def test_a_proceeding_that_nobody_checked_has_no_determination(desk: Any) -> None:
    found = await desk.clerk.get(f"{desk.path}/eligibility")
    assert found["current"] is None and [entry["kind"] for entry in found["entries"]] == ["drafted"]
    for form in ("json", "pdf"):
        _, content = await exported(desk.clerk, desk, form)
        assert content


async def test_only_who_may_see_the_hearing_reads_its_record(desk: Any) -> None:
    other, _ = await desk.court.staff("other", "judge")
    administrator, _ = await desk.court.staff("root", "administrator")
    party = await desk.joined(desk.participant("party", "claimant"))
    body = {"columns": [{"ruleset": "spc-2021", "on": "2026-11-23"}] * 2, "determination_id": None}
    for browser, status in ((other, 404), (administrator, 403), (party, 401)):
        for form in ("", ".json", ".pdf"):
            await browser.refused("GET", f"{desk.path}/eligibility{form}", status)
        await browser.refused("POST", f"{desk.path}/eligibility/compare", status, body)
    assert desk.court.proceedings.exports == []


async def test_the_json_replays_and_its_hashes_can_be_worked_out(desk: Any) -> None:
    await objected(desk)
    response, content = await exported(desk.judge, desk, "json")
    document = json.loads(content)
    assert response.content_type == "application/json"
    assert document["schema"] == "yunting-eligibility-record/1" and document["chain"]["verified"]
    decided = [entry for entry in document["entries"] if entry["kind"] == "determination"]
    assert len(decided) == 2
    for entry in decided:
        data = entry["stored"]["data"]
        known = data["document"]
        again = replay(
            data["facts"],
            known["ruleset"],
            date.fromisoformat(known["on"]),
            sha256=data["ruleset_sha256"],
        )
        assert again.to_json() == known
    hashes = document["chain"]["hashes"]
    for entry in document["entries"]:
        stored, place = entry["stored"], entry["sequence"] - 1
        assert hashlib.sha256(rfc8785.dumps(stored)).hexdigest() == entry["hash"] == hashes[place]
        assert stored["prev_hash"] == (hashes[place - 1] if place else GENESIS)
    assert document["chain"]["head"] == hashes[-1]
    (used,) = document["rulesets"]
    assert used["version"] == "shanghai-2020@2020-02-26"
    assert (
        used["sha256"]
        == load_ruleset("shanghai-2020").sha256
        == decided[0]["stored"]["data"]["ruleset_sha256"]
    )
    assert document["rulesets"][0]["title"]["zh"]


async def test_two_exports_of_one_version_differ_in_their_time_only(desk: Any) -> None:
    await objected(desk)
    _, first = await exported(desk.clerk, desk, "json")
    _, second = await exported(desk.clerk, desk, "json")
    differing = [
        (one, other)
        for one, other in zip(first.splitlines(), second.splitlines(), strict=True)
        if one != other
    ]
    assert len(differing) == 1 and b"generated_at" in differing[0][0]


async def test_each_export_is_logged_and_its_file_names_nobody(desk: Any) -> None:
    await objected(desk)
    name = (await desk.judge.get("me"))["name"]
    forms = ("json", "pdf", "pdf?lang=en")
    for number, form in enumerate(forms):
        response, content = await exported(desk.judge, desk, form)
        (who, noted) = desk.court.proceedings.exports[number]
        assert who == name and noted["document"] == "eligibility" and noted["hearing"] == desk.hearing["id"]
        assert noted["sha256"] == hashlib.sha256(content).hexdigest() == response.headers["X-Content-SHA256"]
        disposition = response.headers["Content-Disposition"]
        version = len(await desk.court.services.store.events.read(desk.hearing["id"]))
        assert disposition.startswith('attachment; filename="eligibility-hrg_') and disposition.isascii()
        assert f"-v{version}" in disposition and response.headers["Cache-Control"] == "private, no-store"
    assert [(one["format"], one["language"]) for _, one in desk.court.proceedings.exports] == [
        ("json", None),
        ("pdf", "zh"),
        ("pdf", "en"),
    ]


async def test_the_pdf_can_be_read_and_searched(desk: Any) -> None:
    await objected(desk)
    response, content = await exported(desk.judge, desk, "pdf")
    assert response.content_type == "application/pdf"
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    for expected in (
        "云庭示范法院",
        "(2026)沪01民初1号",
        "李四",
        "须当庭核对合同原件",
        "在线诉讼规则 21(1)",
        "须待法官裁定",
    ):
        assert expected in text.replace("\n", ""), expected
    await desk.judge.refused("GET", f"{desk.path}/eligibility.pdf?lang=fr", 400)


async def test_an_altered_record_says_where(desk: Any) -> None:
    await objected(desk)
    database = desk.court.services.store.database
    async with database.write() as connection:
        names = (
            await connection.execute(sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        ).scalars()
        for trigger in list(names):
            await connection.execute(sql(f'DROP TRIGGER "{trigger}"'))
        await connection.execute(
            sql(
                "UPDATE events SET data = replace(data, 'consents', 'objects') WHERE stream = :stream AND version = 2"
            ),
            {"stream": desk.hearing["id"]},
        )
    found = await desk.judge.get(f"{desk.path}/eligibility")
    assert (found["chain"]["verified"], found["chain"]["first_problem"]) == (False, 2)
    _, content = await exported(desk.judge, desk, "json")
    assert json.loads(content)["chain"]["first_problem"] == 2
    _, content = await exported(desk.judge, desk, "pdf?lang=en")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert "breaks at entry 2" in text


# ── comparison ─────────────────────────────────────────────────────────────────────────────────────────────────


def columns(*asked: tuple[str, str], determination: str | None = None) -> dict[str, Any]:
    return {
        "columns": [{"ruleset": name, "on": on} for name, on in asked],
        "determination_id": determination,
    }


BOTH = (("shanghai-2020", "2026-11-23"), ("spc-2021", "2026-11-23"))


async def test_the_same_facts_under_both_rule_sets(desk: Any) -> None:
    found = await desk.judge.post(f"{desk.path}/eligibility/compare", columns(*BOTH))
    here, there = found["columns"]
    assert (here["ruleset"], there["ruleset"]) == ("shanghai-2020@2020-02-26", "spc-2021@2021-08-01")
    assert here["superseded_by"] == {"ruleset": "spc-2021", "since": "2021-08-01"}
    # Under the national rules nobody who is silent takes part online, and with everybody at court nothing is online.
    assert (here["outcome"], there["outcome"]) == ("warn", "block")
    assert {one["name"] for one in there["in_person"]} == {"张三", "李四"}
    assert set(found["aspects"]) >= {"outcome", "in_person"} and found["replay"] is None
    about = [one["who"] and one["who"]["name"] for one in found["rows"] if one["differs"]]
    assert {"张三", "李四"} <= set(about)
    told = [cell for one in found["rows"] for cell in one["cells"] if cell is not None]
    assert all(cell["citation"] and cell["source"]["zh"] and cell["since"] for cell in told)
    assert "par_" not in json.dumps([cell["text"] for cell in told])


async def test_a_stored_determination_beside_the_same_facts_today(desk: Any) -> None:
    await objected(desk)
    history = await desk.judge.get(f"{desk.path}/eligibility")
    first = next(one["determination"] for one in history["entries"] if one["determination"])
    body = columns(("spc-2021", "2026-11-23"), determination=first["id"])
    found = await desk.judge.post(f"{desk.path}/eligibility/compare", body)
    assert [one["stored"] for one in found["columns"]] == [True, False]
    assert found["columns"][0]["outcome"] == "allow" and found["facts_sha256"] == first["facts_sha256"]
    assert found["replay"]["same"] and found["replay"]["problem"] is None
    assert found["replay"]["determination_id"] == first["id"]


async def test_a_replay_that_gives_another_answer_says_so(desk: Any) -> None:
    await objected(desk)
    hearing = await desk.court.proceedings.get(desk.hearing["id"])
    stored = hearing.determination
    body = columns(*BOTH[:1], determination="det_other")
    await add_determination(desk, {**stored.document, "outcome": "allow"}, dict(stored.facts))
    found = await desk.judge.post(f"{desk.path}/eligibility/compare", body)
    assert not found["replay"]["same"] and "outcome" in found["replay"]["problem"]["zh"]
    assert found["replay"]["stored"]["outcome"] == "allow"
    assert [one["stored"] for one in found["columns"]] == [False]


async def test_a_determination_under_rules_that_are_gone_cannot_be_replayed(desk: Any) -> None:
    await objected(desk)
    hearing = await desk.court.proceedings.get(desk.hearing["id"])
    stored = hearing.determination
    await add_determination(
        desk, {**stored.document, "ruleset": "old-rules@2019-01-01"}, dict(stored.facts), "ab" * 32
    )
    body = columns(*BOTH, determination="det_other")
    found = await desk.judge.post(f"{desk.path}/eligibility/compare", body)
    assert "old-rules@2019-01-01" in found["replay"]["problem"]["en"]
    assert [one["stored"] for one in found["columns"]] == [False, False]


async def add_determination(desk: Any, document: Any, facts: Any, sha256: str = "") -> None:
    """One that the server of today would not have made, as an older one may have."""
    events = desk.court.services.store.events
    made = DeterminationMade(SYSTEM, "det_other", document, facts, sha256)
    seen = len(await events.read(desk.hearing["id"]))
    at = desk.court.proceedings.clock.now().isoformat()
    actor = {"kind": "system", "id": "system", "role": "system", "name": "system"}
    event = NewEvent("evt_other", event_type(made), at, actor, to_data(made))
    await events.append(desk.hearing["id"], seen, [event])


async def test_bad_columns_are_refused_with_what_is_allowed(desk: Any) -> None:
    path = f"{desk.path}/eligibility/compare"
    early = await desk.judge.refused("POST", path, 400, columns(BOTH[0], ("spc-2021", "2020-03-01")))
    assert early["code"] == "not_in_force" and "2021-08-01" in early["text"]["zh"]
    unknown = await desk.judge.refused("POST", path, 400, columns(BOTH[0], ("hague-1899", "2026-11-23")))
    assert unknown["code"] == "unknown_ruleset" and "spc-2021" in unknown["text"]["en"]
    for day in ("2026-02-30", "20261123", "gestern", "2026-W01-1"):
        bad = await desk.judge.refused("POST", path, 400, columns(BOTH[0], ("spc-2021", day)))
        assert bad["code"] == "bad_date" and "2026-11-23" in bad["text"]["zh"]
    for few_or_many in (BOTH[:1], BOTH * 2 + BOTH[:1]):
        await desk.judge.refused("POST", path, 400, columns(*few_or_many))
    nowhere = await desk.judge.refused("POST", path, 404, columns(*BOTH, determination="det_nothing"))
    assert nowhere["code"] == "not_found"
