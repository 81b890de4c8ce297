"""An objection lodged in session, ruled on in the room, and a conversion, with four people in real browsers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from recording import keys
from recording.verify import verify
from room_server.domain import commands as c
from room_server.domain.model import Actor
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, PHONE, People, Person
from tests.e2e.walks import (
    begin_check,
    come_to_lobby,
    draft_hearing,
    enter_case,
    enter_people,
    enter_room,
    finish_check,
    invite,
    sign_in_first,
)

CLAIMANT, RESPONDENT = "何秀兰", "北屿制冷设备有限公司"
WHY = "需要当庭核对租赁合同原件"
ADDED = "双方证据1至4已质证"


@dataclass(slots=True)
class Four:
    court: Court
    hearing: str
    judge: Person
    clerk: Person
    claimant: Person
    respondent: Person
    judges_password: str

    @property
    def everyone(self) -> list[Person]:
        return [self.judge, self.clerk, self.claimant, self.respondent]


@pytest.mark.timeout(600)
async def test_an_objection_in_session_and_the_conversion_it_leads_to(court: Court, people: People) -> None:
    four = await in_session(court, people)
    album = Album()
    await object_in_session(four, album)
    await rule_not_made_out(four, album)
    await the_other_side_objects_too(four, album)
    await convert(four, album)
    await the_desk_lists_it(four, album)
    await the_recording_verifies(four)
    album.check()


async def in_session(court: Court, people: People) -> Four:
    """Both sides have said nothing, which the older rules allow: the hearing opens with a remark."""
    clerk_link = await court.hire("clerk", "叶晓", "clerk")
    judge_link = await court.hire("judge", "沈静远", "judge")
    clerk, judge = await people.come("clerk"), await people.come("judge")
    passwords = []
    for person, link in ((clerk, clerk_link), (judge, judge_link)):
        person.expects(r"status of 401")  # the desk asks who is signed in before anybody is
        passwords.append(await sign_in_first(person, link))
    await enter_case(clerk, "（2026）示0103民初1847号", f"{CLAIMANT}诉{RESPONDENT}", "租赁合同纠纷")
    await enter_people(clerk, (CLAIMANT, "claimant"), (RESPONDENT, "respondent"))
    hearing = await draft_hearing(clerk)
    desk = Actor("staff", court.accounts["clerk"], "clerk", "叶晓")
    for command in (c.Determine(), c.ScheduleHearing(), c.OpenLobby()):
        await court.server.proceedings.execute(hearing, command, desk)
    ids = {one.side or one.role: one.id for one in (await court.hearing(hearing)).participants.values()}
    await clerk.open(f"/desk/hearings/{hearing}")
    invitations = {side: await invite(clerk, ids[side]) for side in ("claimant", "respondent")}
    claimant, respondent = await people.come("claimant"), await people.come("respondent", size=PHONE)
    for party in (claimant, respondent):
        await come_to_lobby(party, invitations[party.role], ids[party.role])
    await enter_room(clerk, hearing, ids["clerk"])
    for party in (claimant, respondent):
        await begin_check(clerk, party)
        await finish_check(clerk, party)
    await enter_room(judge, hearing, ids["presiding_judge"])
    await judge.in_phase("ready")
    await judge.press("open-session")
    four = Four(court, hearing, judge, clerk, claimant, respondent, passwords[1])
    for person in four.everyone:
        await person.in_phase("in_session")
    return four


async def object_in_session(four: Four, album: Album) -> None:
    """On the phone, by the menu; judge and clerk see it at once, the room reads it, nothing stops."""
    party = four.respondent
    await party.press("more")
    await party.press("lodge-objection")
    dialog = await party.sees_page("dialog-lodge-objection")
    await dialog.get_by_test_id("objection-reasons").fill(WHY)
    await album.take_size(party, "objection-dialog")
    await dialog.get_by_test_id("dialog-confirm").click()
    await expect(dialog).to_be_hidden(timeout=PATIENCE_MS)
    await expect(await party.sees_page("own-objection")).to_have_attribute("data-state", "lodged")
    for staff in (four.judge, four.clerk):
        card = await staff.sees_page("matters")
        await expect(card).to_contain_text(WHY)
        await expect(staff.page.locator("[data-testid^=notice-objection]")).to_contain_text(RESPONDENT)
    await expect(four.clerk.page.locator("[data-testid^=rule-]")).to_have_count(0)
    for other in four.everyone:
        await other.until(
            "(view, why) => view.log.some((line) => line.text.zh.includes(why))",
            WHY,
            what="the line of the record",
        )
        assert (await other.view())["phase"]["name"] == "in_session"
    await expect(four.claimant.at("matters")).to_have_count(0)
    await album.take(four.judge, "objection-judge")
    await album.take_size(four.clerk, "objection-clerk")
    await album.take(party, "objection-party")
    await party.press("more")
    await expect(party.at("lodge-objection")).to_have_attribute("aria-disabled", "true")
    await party.page.keyboard.press("Escape")


async def rule_not_made_out(four: Four, album: Album) -> None:
    """First with the wrong password: the error stays in the dialog with what was written."""
    judge = four.judge
    await judge.page.locator("[data-testid^=rule-]").first.click()
    dialog = await judge.sees_page("dialog-ruling")
    await dialog.get_by_test_id("dialog-confirm").click()
    await expect(dialog.locator(".field__error").first).to_be_visible()
    await dialog.get_by_test_id("ruling-held-not_held").click()
    await dialog.get_by_test_id("ruling-reasons").fill("合同原件已在证据交换时核对。")
    await dialog.get_by_test_id("ruling-password").fill("not the password")
    judge.expects(r"status of 40\d")
    await dialog.get_by_test_id("dialog-confirm").click()
    await expect(dialog.get_by_test_id("dialog-error")).to_be_visible(timeout=PATIENCE_MS)
    await expect(dialog.get_by_test_id("ruling-reasons")).to_have_value("合同原件已在证据交换时核对。")
    await album.take_size(judge, "objection-ruling")
    await dialog.get_by_test_id("ruling-password").fill(four.judges_password)
    await dialog.get_by_test_id("dialog-confirm").click()
    await expect(dialog).to_be_hidden(timeout=PATIENCE_MS)
    own = four.respondent.at("own-objection")
    await expect(own).to_have_attribute("data-state", "not_held", timeout=PATIENCE_MS)
    for person in four.everyone:
        await person.until(
            "(view) => view.log.some((line) => line.type === 'ruling_made')", what="the ruling on the record"
        )
        assert (await person.view())["phase"]["name"] == "in_session"
    await expect(judge.page.locator("[data-testid^=matter-][data-held=false]")).to_have_count(1)
    await expect(judge.page.locator("[data-testid^=notice-objection]")).to_have_count(0)
    await four.respondent.press("own-objection-close")
    await expect(own).to_have_count(0)


async def the_other_side_objects_too(four: Four, album: Album) -> None:
    """Every side objects now: no ruling lifts that, and nothing carries on online."""
    party, judge = four.claimant, four.judge
    # By keyboard alone.
    await party.at("more").focus()
    await party.page.keyboard.press("Enter")
    await party.at("lodge-objection").focus()
    await party.page.keyboard.press("Enter")
    await party.sees_page("dialog-lodge-objection")
    await party.at("objection-reasons").focus()
    await party.page.keyboard.type("网络状况不适合继续")
    await party.page.keyboard.press("Tab")
    await party.page.keyboard.press("Tab")
    await expect(party.at("dialog-confirm")).to_be_focused()
    await party.page.keyboard.press("Enter")
    await expect(party.at("dialog-lodge-objection")).to_have_count(0, timeout=PATIENCE_MS)
    await judge.sees_page("must-convert")
    await expect(judge.at("close-hearing")).to_have_attribute("aria-disabled", "true")
    await expect(four.clerk.at("must-convert")).to_be_visible(timeout=PATIENCE_MS)
    await expect(four.clerk.at("convert-now")).to_have_count(0)
    for person in (four.claimant, four.respondent):
        await person.sees_page("notice-must_convert")
    await album.take(judge, "objection-must-convert")
    await album.take(four.respondent, "objection-party-must-convert")


async def convert(four: Four, album: Album) -> None:
    judge = four.judge
    await judge.press("convert-now")
    dialog = await judge.sees_page("dialog-convert-offline")
    await expect(dialog.get_by_test_id("dialog-reason")).not_to_have_value("")
    await expect(dialog.get_by_test_id("automatic-steps")).to_contain_text(CLAIMANT)
    await dialog.get_by_test_id("convert-added").fill(f"{ADDED}\n\n")
    await album.take_size(judge, "objection-convert")
    await dialog.get_by_test_id("dialog-confirm").click()
    for person in four.everyone:
        await person.sees_page("terminal-converted_offline")
        steps = await person.sees_page("completed-steps")
        await expect(steps).to_contain_text(ADDED)
        await expect(steps).to_contain_text("已核验身份")
    await album.take(four.claimant, "objection-end")
    await four.respondent.page.reload()
    await expect(await four.respondent.sees_page("completed-steps")).to_contain_text(ADDED)


async def the_desk_lists_it(four: Four, album: Album) -> None:
    await four.clerk.open(f"/desk/hearings/{four.hearing}")
    card = await four.clerk.sees_page("conversion")
    await expect(card.get_by_test_id("completed-steps")).to_contain_text(ADDED)
    await album.take(four.clerk, "objection-desk")


async def the_recording_verifies(four: Four) -> None:
    await four.court.server.proceedings.archive.finished(four.hearing)
    assert (await four.court.hearing(four.hearing)).phase == "archived"
    public = keys.load(four.court.server.config.keys / "record.pem").public_raw
    report = await asyncio.to_thread(verify, four.court.recording(four.hearing), public)
    assert report.ok and report.closed, report.first_problem
