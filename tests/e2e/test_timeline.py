"""The record of eligibility: a judge reads how it came to this, takes it out for the file, and tries other rules."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pypdf
from playwright.async_api import expect

from room_server.demo import Demo
from room_server.domain import commands as c
from room_server.domain.model import Actor, NewParticipant, Role
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, People, Person
from tests.e2e.walks import sign_in_demo

NOT_SIGNED_IN = r"status of 401"
REASONS = "合同原件尚未当庭核对，复印件上的签名与本人笔迹不符，申请当庭核对。"
SENTENCE = "被告提出的理由，经询问双方并核对已提交的扫描件，可以通过庭前寄交原件、当庭展示的方式解决。"
RULED = SENTENCE * 12


async def staff(court: Court, demo: Demo, role: Role) -> Actor:
    hearing = await court.hearing(demo.hearing)
    named = next(hearing.with_role(role))
    desk = "clerk" if role == "clerk" else "judge"
    return Actor("staff", named.account or "", desk, named.name)


async def a_hearing_that_went_through_much(court: Court, demo: Demo) -> None:
    """Consent, an objection with reasons, a ruling on it, and another ground that awaits one."""
    clerk, judge = await staff(court, demo, "clerk"), await staff(court, demo, "presiding_judge")
    respondent = demo.link("respondent").participant or ""
    ground = f"objection:{respondent}"
    objects = {"position": "objects", "stage": "trial", "reasons": REASONS}

    async def do(command: c.Command, actor: Actor) -> None:
        await court.server.proceedings.execute(demo.hearing, command, actor)

    await do(c.AssertFact(f"position:{respondent}", objects, "罗启明", "paper"), clerk)
    await do(c.MakeRuling(ground, False, RULED, "OLR 4(3)"), judge)
    await do(c.AssertFact("complexity", "significant_and_complex", "何秀兰", "phone", "来电陈述"), clerk)


async def compares(judge: Person) -> None:
    await judge.press("compare-run")
    await expect(judge.at("comparison")).to_be_visible(timeout=PATIENCE_MS)


async def saved(judge: Person, button: str, folder: Path) -> Path:
    async with judge.page.expect_download(timeout=PATIENCE_MS) as waiting:
        await judge.press(button)
    download = await waiting.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    await expect(judge.at("exported")).to_contain_text(download.suggested_filename, timeout=PATIENCE_MS)
    return path


async def exports(court: Court, hearing: str) -> list[dict[str, Any]]:
    return [one.data for one in await court.server.services.store.events.read(f"exports:{hearing}")]


async def test_a_judge_reads_exports_and_compares(court: Court, people: People, tmp_path: Path) -> None:
    album = Album()
    demo = await court.seed(open_lobby=False)
    await a_hearing_that_went_through_much(court, demo)
    judge = await people.come("judge")
    judge.expects(NOT_SIGNED_IN)
    await sign_in_demo(judge, demo)

    # From the gate, which shows the latest of it, to the whole record.
    await judge.open(f"/desk/hearings/{demo.hearing}/gate")
    latest = await judge.sees_page("latest")
    await expect(latest.get_by_role("listitem")).to_have_count(5, timeout=PATIENCE_MS)
    await album.take(judge, "eligibility-latest")
    await judge.press("to-eligibility")
    await expect(judge.at("chain")).to_have_attribute("data-verified", "true", timeout=PATIENCE_MS)
    entries = judge.at("entry")
    stored = len(await court.record(demo.hearing))
    await expect(judge.at("chain")).to_contain_text(str(stored))
    decided = judge.page.locator("[data-testid=entry][data-kind=determination]")
    outcomes = [await one.get_attribute("data-outcome") for one in await decided.all()]
    assert outcomes[0] == "allow" and outcomes[-1] == "await_ruling" and len(outcomes) >= 4
    await album.take(judge, "eligibility-timeline")

    # One kind at a time; the reasons of a ruling are folded, and the keyboard opens them.
    everything = await entries.count()
    await judge.at("timeline-filter").locator("label", has_text="裁定").click()
    await expect(entries).to_have_count(1)
    assert await entries.first.get_attribute("data-kind") == "ruling"
    await expect(entries.first.locator("[data-signed=signed]")).to_be_visible()
    await expect(entries.first.get_by_text(RULED)).to_be_hidden()
    await entries.first.locator("summary").focus()
    await judge.page.keyboard.press("Enter")
    await expect(entries.first.get_by_text(RULED)).to_be_visible()
    await album.take(judge, "eligibility-rulings")
    await judge.at("timeline-filter").locator("label", has_text="全部").click()
    await expect(entries).to_have_count(everything)

    await the_exports_are_for_the_file(court, demo, judge, tmp_path)
    await other_rules_and_days(judge, album)
    album.check()


async def the_exports_are_for_the_file(court: Court, demo: Demo, judge: Person, folder: Path) -> None:
    pdf = await saved(judge, "export-pdf", folder)
    data = await saved(judge, "export-json", folder)
    assert pdf.name.isascii() and data.name.isascii()
    text = "".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages).replace("\n", "")
    # One of the sentences may go over a page's end.
    assert REASONS in text and text.count(SENTENCE) >= 11 and "何秀兰" in text
    document = json.loads(data.read_bytes())
    ruled = next(entry for entry in document["entries"] if entry["kind"] == "ruling")
    assert ruled["signature_holds"] is True and ruled["detail"]["reasons"] == RULED
    assert [(one["format"], one["sha256"]) for one in await exports(court, demo.hearing)] == [
        (form, hashlib.sha256(path.read_bytes()).hexdigest()) for form, path in (("pdf", pdf), ("json", data))
    ]


async def other_rules_and_days(judge: Person, album: Album) -> None:
    # The first determination as it was stored, beside the same facts today: nothing differs.
    await (
        judge.page.locator("[data-testid=entry][data-kind=determination]")
        .first.get_by_test_id("compare-this")
        .click()
    )
    await expect(judge.page.locator("#compare-h")).to_be_focused()
    await compares(judge)
    await expect(judge.at("replay")).to_have_attribute("data-same", "true")
    await expect(judge.at("comparison")).to_have_attribute("data-differs", "false")
    # Under the national rules of a day before they were in force: said at once, and not sent.
    today = await judge.at("asked-on-2").input_value()
    await judge.at("asked-ruleset-2").select_option("spc-2021")
    await judge.at("asked-on-2").fill("2021-07-31")
    await expect(judge.page.get_by_text("自 2021-08-01 起施行")).to_be_visible()
    await expect(judge.at("compare-run")).to_have_attribute("aria-disabled", "true")
    # The facts of today under both rule sets: the differences come first.
    await judge.at("asked-facts").select_option("now")
    await expect(judge.at("asked-column")).to_have_count(2)
    await judge.at("asked-ruleset-1").select_option("shanghai-2020")
    await judge.at("asked-ruleset-2").select_option("spc-2021")
    await judge.at("asked-on-1").fill(today)
    await judge.at("asked-on-2").fill("2021-08-01")
    await judge.press("add-column")
    await judge.at("asked-ruleset-3").select_option("spc-2021")
    assert await judge.at("asked-on-3").input_value() == today
    await compares(judge)
    await expect(judge.at("comparison")).to_have_attribute("data-differs", "true", timeout=PATIENCE_MS)
    await expect(judge.at("compared-column").locator("visible=true")).to_have_count(3)
    shown = judge.at("comparison").locator("> table [data-testid=compared-row]")
    assert await shown.count() > 0
    assert all([await row.get_attribute("data-differs") == "true" for row in await shown.all()])
    await album.take(judge, "eligibility-compared")


async def test_a_hearing_that_nobody_has_checked_says_so(court: Court, people: People) -> None:
    album = Album()
    demo = await court.seed(open_lobby=False)
    judge = await people.come("judge")
    judge.expects(NOT_SIGNED_IN)
    await sign_in_demo(judge, demo)
    draft = await _a_draft(court, demo)
    await judge.open(f"/desk/hearings/{draft}/eligibility")
    await expect(judge.at("entry")).to_have_count(1, timeout=PATIENCE_MS)
    await judge.at("timeline-filter").locator("label", has_text="核查").click()
    await expect(judge.page.get_by_text("还没有核查过。")).to_be_visible()
    await album.take(judge, "eligibility-empty")
    album.check()


async def _a_draft(court: Court, demo: Demo) -> str:
    """Another hearing of the same case that nobody has checked."""
    hearing = await court.hearing(demo.hearing)
    people = tuple(
        NewParticipant(one.role, one.name, one.person, one.account, one.side, one.represents)
        for one in hearing.participants.values()
    )
    command = c.DraftHearing(
        hearing_id=f"hrg_{'a' * 26}",
        case_id=hearing.case_id,
        case_number=hearing.case_number,
        title=hearing.title,
        cause=hearing.cause,
        case_type=hearing.case_type,
        stage="pretrial",
        scheduled_at=hearing.scheduled_at or court.server.services.clock.now(),
        courtroom_zh=hearing.courtroom_zh,
        courtroom_en=hearing.courtroom_en,
        participants=people,
    )
    drafted = await court.server.proceedings.draft(command, await staff(court, demo, "clerk"))
    return drafted.id
