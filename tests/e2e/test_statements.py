"""Each side states its position by its own link; the desk and the gate follow, and nobody speaks for anybody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from room_server.domain.context import SHANGHAI
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, PHONE, People, Person
from tests.e2e.walks import (
    Invitation,
    demo_invitation,
    draft_hearing,
    enter_case,
    enter_people,
    give_code,
    invite,
    sign_in_first,
)

CLAIMANT, RESPONDENT = "何秀兰", "北屿制冷设备有限公司"
REASONS = "合同第七页的签名不是我们签的，要当庭看原件"
ORIGINAL = "2025年3月的买卖合同"
HEARING_IN = timedelta(days=5)
ANSWER_IN = timedelta(days=2, hours=3)


class Story:
    """The people of one statement, and their pages; the stages of the test follow each other on it."""

    def __init__(self, court: Court, people: People) -> None:
        self.court = court
        self.people = people
        self.album = Album()
        self.hearing = ""
        self.ids: dict[str, str] = {}
        self.invitations: dict[str, Invitation] = {}
        self.clerk: Person
        self.claimant: Person
        self.respondent: Person

    async def photograph(self, person: Person, name: str) -> None:
        await self.album.take(person, f"statement-{name}")


@pytest.mark.timeout(600)
async def test_each_side_states_its_position_by_its_own_link(court: Court, people: People) -> None:
    story = Story(court, people)
    await ask_the_sides(story)
    await the_claimant_consents(story)
    await the_respondent_writes_a_draft(story)
    await the_draft_is_kept_and_nobody_else_sees_it(story)
    await the_draft_is_given_up_and_brought_back(story)
    await the_respondent_objects(story)
    await the_desk_shows_both_and_the_gate_has_closed(story)
    await the_clerk_cannot_speak_for_the_respondent(story)
    await the_respondent_consents_after_all(story)
    story.album.check()


async def ask_the_sides(story: Story) -> None:
    clerk_link = await story.court.hire("clerk", "叶晓", "clerk")
    await story.court.hire("judge", "沈静远", "judge")
    clerk = story.clerk = await story.people.come("clerk")
    clerk.expects(r"status of 401")  # the desk asks who is signed in before anybody is
    await sign_in_first(clerk, clerk_link)
    await enter_case(clerk, "（2026）示0103民初1847号", f"{CLAIMANT}诉{RESPONDENT}", "买卖合同纠纷")
    await enter_people(clerk, (CLAIMANT, "claimant"), (RESPONDENT, "respondent"))
    story.hearing = await draft_hearing(clerk, datetime.now(SHANGHAI) + HEARING_IN)
    hearing = await story.court.hearing(story.hearing)
    story.ids = {one.side: one.id for one in hearing.participants.values() if one.side is not None}
    await refused_deadline(clerk)
    await set_deadline(clerk, datetime.now(SHANGHAI) + ANSWER_IN)
    deadline = clerk.at("desk-deadline")
    await expect(deadline).to_contain_text("还有 2 天", timeout=PATIENCE_MS)
    await expect(clerk.at("desk-if-silent")).to_contain_text("到时仍没有表态")
    for side in ("claimant", "respondent"):
        line = clerk.at(f"side-{story.ids[side]}")
        await expect(line).to_have_attribute("data-position", "silent")
        await expect(line).to_contain_text("没有表态")
        story.invitations[side] = await invite(clerk, story.ids[side])
    await reminder_without_a_secret(story)
    await clerk.press("determine")
    await expect(clerk.at("hearing")).to_have_attribute("data-phase", "eligible", timeout=PATIENCE_MS)
    await story.photograph(clerk, "desk-silent")


async def set_deadline(clerk: Person, at: datetime) -> None:
    await clerk.press("set-deadline")
    await clerk.at("deadline-time").fill(at.strftime("%Y-%m-%dT%H:%M"))
    await clerk.press("save-deadline")
    await expect(clerk.at("save-deadline")).to_have_count(0, timeout=PATIENCE_MS)


async def refused_deadline(clerk: Person) -> None:
    """One in the past is refused beside its field, with why."""
    clerk.expects(r"status of 4\d\d")
    await clerk.press("set-deadline")
    await clerk.at("deadline-time").fill("2020-01-01T09:00")
    await clerk.press("save-deadline")
    await expect(clerk.at("desk-deadline").get_by_role("alert")).to_contain_text(
        "晚于现在", timeout=PATIENCE_MS
    )
    await clerk.at("desk-deadline").get_by_role("button", name="放弃").click()


async def reminder_without_a_secret(story: Story) -> None:
    clerk = story.clerk
    await clerk.press(f"copy-reminder-{story.ids['claimant']}")
    await expect(clerk.at(f"copy-reminder-{story.ids['claimant']}")).to_have_text("已复制")
    text = await clerk.page.evaluate("navigator.clipboard.readText()")
    assert CLAIMANT in text and "示0103民初1847号" in text
    for invitation in story.invitations.values():
        secret = invitation.link.partition("#")[2]
        assert secret and secret not in text and invitation.code not in text


async def the_claimant_consents(story: Story) -> None:
    claimant = story.claimant = await story.people.come("claimant")
    claimant.participant = story.ids["claimant"]
    await give_code(claimant, story.invitations["claimant"])
    card = await claimant.sees_page("statement-card")
    await expect(card).to_have_attribute("data-urgent", "true")
    await expect(claimant.page.get_by_role("heading", level=1)).to_contain_text("您同意网上开庭吗")
    await story.photograph(claimant, "asked-first")
    await claimant.press("statement-later")  # never in the way
    await claimant.sees_page("speaker-play")
    await claimant.page.reload()
    await claimant.press("to-statement")
    await claimant.sees_page("statement")
    await expect(claimant.at("if-silent")).to_be_visible()
    await calendar_of(claimant)
    await story.photograph(claimant, "about")
    await claimant.press("statement-begin")
    await choose(claimant, "position", "consents")
    await story.photograph(claimant, "position")
    await forward(claimant, "technical")
    await choose(claimant, "capability", "able")
    await forward(claimant, "on_site")
    await forward(claimant, "review")
    await claimant.page.go_back()  # the browser's own way back loses nothing
    await claimant.sees_page("statement-on_site")
    await forward(claimant, "review")
    await expect(claimant.at("review").get_by_role("listitem")).to_have_count(2)
    await story.photograph(claimant, "review")
    await send(claimant)
    await expect(claimant.at("standing-trial").locator("[data-position=consents]")).to_be_visible()
    await story.photograph(claimant, "receipt")
    await claimant.press("back-to-hearing")
    await claimant.sees_page("speaker-play")  # nothing is owed any more: straight to the devices
    await expect(claimant.at("statement-card")).to_have_attribute("data-spoken", "true", timeout=PATIENCE_MS)


async def choose(person: Person, question: str, answer: str) -> None:
    await person.at(f"{question}-{answer}").click()
    await expect(person.at(question)).to_have_attribute("data-value", answer)


async def forward(person: Person, to: str) -> None:
    await person.press("statement-next")
    await person.sees_page(f"statement-{to}")


async def send(person: Person) -> None:
    await person.press("statement-send")
    await person.sees_page("receipt")


async def calendar_of(person: Person) -> None:
    answer = await person.context.request.get(
        person.base + (await person.at("calendar").get_attribute("href") or "")
    )
    assert answer.ok and (await answer.text()).startswith("BEGIN:VCALENDAR")


async def the_respondent_writes_a_draft(story: Story) -> None:
    respondent = story.respondent = await story.people.come("respondent", size=PHONE)
    respondent.participant = story.ids["respondent"]
    await give_code(respondent, story.invitations["respondent"])
    await respondent.press("to-statement")
    await respondent.press("statement-begin")
    await choose_by_keyboard(respondent)
    await respondent.at("reasons").fill(REASONS)
    await kept(respondent)
    await story.photograph(respondent, "objecting")
    await forward(respondent, "technical")
    await choose(respondent, "capability", "able")
    await story.photograph(respondent, "technical")
    await forward(respondent, "on_site")
    await respondent.press("need-verification_of_originals")
    await respondent.press("statement-next")
    await expect(respondent.at("which-verification_of_originals")).to_be_focused()
    await expect(respondent.page.get_by_text("请写明是哪一件")).to_be_visible()
    await respondent.at("which-verification_of_originals").fill(ORIGINAL)
    await kept(respondent)
    await story.photograph(respondent, "on-site")


async def choose_by_keyboard(person: Person) -> None:
    """With nothing but the keyboard: into the group, down to the third answer."""
    await person.at("position").locator("input").first.focus()
    await person.page.keyboard.press("Space")
    for _ in range(2):
        await person.page.keyboard.press("ArrowDown")
    await expect(person.at("position")).to_have_attribute("data-value", "objects")


async def kept(person: Person) -> None:
    draft = person.at("draft")
    await expect(draft).to_have_attribute("data-state", "saved", timeout=PATIENCE_MS)
    await expect(draft.get_by_role("status")).to_contain_text("草稿已保存")


async def sheet_of(person: Person) -> dict[str, Any]:
    answer = await person.context.request.get(
        f"{person.base}/api/participations/{person.participant}/statement"
    )
    assert answer.ok, await answer.text()
    sheet: dict[str, Any] = await answer.json()
    return sheet


async def draft_is_there(person: Person) -> None:
    await expect(person.at("position")).to_have_attribute("data-value", "objects", timeout=PATIENCE_MS)
    await expect(person.at("reasons")).to_have_value(REASONS)


async def the_draft_is_kept_and_nobody_else_sees_it(story: Story) -> None:
    respondent, claimant = story.respondent, story.claimant
    await respondent.page.reload()
    await expect(respondent.at("which-verification_of_originals")).to_have_value(
        ORIGINAL, timeout=PATIENCE_MS
    )
    await respondent.open(f"/p/{respondent.participant}/statement/position")
    await draft_is_there(respondent)
    other_device = await story.people.come("respondent")
    other_device.participant = respondent.participant
    await give_code(other_device, story.invitations["respondent"])
    await other_device.press("to-statement")
    await other_device.press("statement-begin")
    await draft_is_there(other_device)
    # The other side's page and answers carry nothing of it, and its address is closed to that link.
    await claimant.open(f"/p/{claimant.participant}/statement")
    await claimant.sees_page("statement")
    assert REASONS not in await claimant.page.content()
    assert REASONS not in str(await sheet_of(claimant)) and ORIGINAL not in str(await sheet_of(claimant))
    stolen = await claimant.context.request.get(
        f"{claimant.base}/api/participations/{respondent.participant}/statement"
    )
    assert stolen.status in (403, 404), stolen.status
    line = story.clerk.at(f"side-{story.ids['respondent']}")
    await story.clerk.page.reload()
    await expect(line).to_have_attribute("data-position", "silent", timeout=PATIENCE_MS)
    assert REASONS not in await story.clerk.page.content()


async def the_draft_is_given_up_and_brought_back(story: Story) -> None:
    respondent = story.respondent
    await respondent.press("draft-discard")
    await expect(respondent.at("position")).to_have_attribute("data-value", "")
    assert (await sheet_of(respondent))["draft"] is None
    await respondent.press("draft-undo")
    await draft_is_there(respondent)
    await kept(respondent)
    # Typed while the server is out of reach: said so, kept on the page, saved by itself afterwards.
    respondent.expects(r"ERR_INTERNET_DISCONNECTED")
    await respondent.context.set_offline(True)
    await respondent.at("reasons").fill(REASONS + "。")
    await expect(respondent.at("draft")).to_have_attribute("data-state", "failed", timeout=PATIENCE_MS)
    await respondent.context.set_offline(False)
    await kept(respondent)
    assert (await sheet_of(respondent))["draft"]["positions"][0]["reasons"] == REASONS + "。"
    await respondent.at("reasons").fill(REASONS)


async def the_respondent_objects(story: Story) -> None:
    respondent = story.respondent
    for step in ("technical", "on_site", "review"):
        await forward(respondent, step)
    await expect(respondent.at("review")).to_contain_text(REASONS)
    await expect(respondent.at("review")).to_contain_text(ORIGINAL)
    await send(respondent)
    standing = respondent.at("standing-trial").locator("[data-position=objects]")
    await expect(standing).to_be_visible()
    await expect(respondent.at("draft")).to_have_count(0)
    assert (await sheet_of(respondent))["draft"] is None
    stated = {one.key: one for one in (await story.court.hearing(story.hearing)).assertions}
    assert stated[f"position:{respondent.participant}"].how == "link"
    assert stated[f"need:verification_of_originals:{respondent.participant}"].note == ORIGINAL
    await story.photograph(respondent, "receipt-objection")


async def outcome(clerk: Person) -> Locator:
    return await clerk.sees_page("outcome")


async def the_desk_shows_both_and_the_gate_has_closed(story: Story) -> None:
    clerk, ids = story.clerk, story.ids
    await clerk.open(f"/desk/hearings/{story.hearing}/gate")
    await expect(await outcome(clerk)).to_have_attribute("data-outcome", "await_ruling", timeout=PATIENCE_MS)
    await expect(await outcome(clerk)).to_have_attribute("data-current", "true")
    for side, position in (("claimant", "consents"), ("respondent", "objects")):
        line = clerk.at(f"side-{ids[side]}")
        await expect(line).to_have_attribute("data-position", position)
        await expect(line).to_contain_text("本人链接")
    await expect(clerk.at(f"need-verification_of_originals-{ids['respondent']}")).to_have_attribute(
        "data-value", "yes"
    )
    await story.photograph(clerk, "desk-await-ruling")
    assert (await story.court.hearing(story.hearing)).phase == "awaiting_ruling"


async def the_clerk_cannot_speak_for_the_respondent(story: Story) -> None:
    clerk, respondent = story.clerk, story.ids["respondent"]
    group = clerk.at(f"fact-{respondent}")
    radios = clerk.at(f"position-{respondent}").locator("input")
    assert await radios.count() == 5
    for number in range(await radios.count()):
        await expect(radios.nth(number)).to_be_disabled()
    await expect(group.get_by_test_id(f"stated-position:{respondent}")).to_contain_text(
        "本人通过链接作出，这里不能改"
    )
    refused = await clerk.page.evaluate(
        "async ([hearing, fact]) => { const answer = await fetch(`/api/hearings/${hearing}/facts`,"
        " {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(fact)});"
        " return [answer.status, await answer.json()]; }",
        [
            story.hearing,
            {
                "key": f"position:{respondent}",
                "value": {"position": "consents", "stage": "trial", "reasons": ""},
                "asserted_by": RESPONDENT,
                "how": "phone",
            },
        ],
    )
    assert refused[0] in (403, 409), refused
    assert "链接" in refused[1]["error"]["text"]["zh"] and "link" in refused[1]["error"]["text"]["en"], (
        refused
    )
    assert (await sheet_of(story.respondent))["positions"][0]["position"] == "objects"


async def the_respondent_consents_after_all(story: Story) -> None:
    respondent, clerk = story.respondent, story.clerk
    await respondent.press("statement-begin")
    await choose(respondent, "position", "consents")
    await forward(respondent, "technical")
    await forward(respondent, "on_site")
    await respondent.press("need-verification_of_originals")
    await forward(respondent, "review")
    await expect(respondent.at("review").get_by_role("listitem")).to_have_count(2)
    await send(respondent)
    await expect(respondent.at("standing-trial").locator("[data-position=consents]")).to_be_visible()
    history = respondent.at("history")
    await expect(history.get_by_role("listitem").first).to_have_attribute("data-superseded", "false")
    await expect(history.locator("[data-superseded=true]").filter(has_text=REASONS)).to_have_count(1)
    await story.photograph(respondent, "changed")
    await expect(clerk.at("outcome")).to_have_attribute("data-outcome", "allow", timeout=PATIENCE_MS)
    await expect(clerk.at(f"side-{respondent.participant}")).to_have_attribute("data-position", "consents")
    await story.photograph(clerk, "desk-allowed")
    facts = [
        one.data["assertion"] for one in await story.court.record(story.hearing) if "assertion" in one.data
    ]
    own = [fact["value"]["position"] for fact in facts if fact["key"] == f"position:{respondent.participant}"]
    assert own == ["objects", "consents"]
    # Who agreed and objects now takes the consent back, and is told so before choosing.
    await respondent.press("statement-begin")
    await expect(respondent.at("position-objects")).to_contain_text("撤回我的同意")
    await expect(respondent.at("position-objects")).to_contain_text("结果")
    await story.photograph(respondent, "retracting")


async def test_what_the_court_took_down_is_shown_to_its_side_and_answered(
    court: Court, people: People
) -> None:
    album = Album()
    demo = await court.seed(open_lobby=False)
    respondent, counsel = await people.come("respondent", size=PHONE), await people.come("respondent")
    respondent.participant = demo.link("respondent").participant or ""
    counsel.participant = demo.link("respondent_counsel").participant or ""
    await give_code(respondent, demo_invitation(demo, "respondent"))
    await expect(respondent.at("statement-card")).to_have_attribute(
        "data-urgent", "false", timeout=PATIENCE_MS
    )
    await respondent.press("to-statement")
    entry = respondent.at("history").locator("[data-how=paper]")
    await expect(entry).to_contain_text("法院根据书面材料录入")
    await album.take(respondent, "statement-entered-by-the-court")
    await entry.get_by_text("这不对").click()
    await expect(respondent.at("statement-position").get_by_text("法院根据书面材料")).to_be_visible()
    await choose(respondent, "position", "objects")
    await respondent.press("other-stages")
    await choose(respondent, "position-pretrial", "consents")
    await forward(respondent, "technical")
    await cannot_take_part(respondent, "没有网络，手机也没有摄像头")
    await check_devices_from(respondent)
    await album.take(respondent, "statement-unable")
    await forward(respondent, "on_site")
    await forward(respondent, "review")
    await album.take(respondent, "statement-review-objection")
    await send(respondent)
    await expect(respondent.at("standing-pretrial").locator("[data-position=consents]")).to_be_visible()
    # Who agreed on paper has taken the consent back; the court's entry stays and is marked as replaced.
    await expect(respondent.at("standing-trial").locator("[data-position=retracts]")).to_be_visible()
    await expect(respondent.at("history").locator("[data-how=paper][data-superseded=true]")).to_have_count(1)
    hearing = await court.hearing(demo.hearing)
    assert hearing.phase == "awaiting_ruling", hearing.phase
    # Counsel speaks for the same side in its own name, and sees what the party said.
    await give_code(counsel, demo_invitation(demo, "respondent_counsel"))
    await counsel.press("to-statement")
    await expect(counsel.at("statement")).to_contain_text("北屿制冷设备有限公司")
    await counsel.press("statement-begin")
    await expect(counsel.at("same-side")).to_contain_text("撤回同意")
    await choose(counsel, "position", "consents")
    await album.take(counsel, "statement-counsel")
    for step in ("technical", "on_site", "review"):
        await forward(counsel, step)
    await send(counsel)
    await expect(counsel.at("standing-trial").locator("[data-position=consents]")).to_be_visible()
    await expect(counsel.at("standing-trial").locator("[data-position=retracts]")).to_be_visible()
    album.check()


async def cannot_take_part(person: Person, missing: str) -> None:
    await choose(person, "capability", "unable")
    await person.press("statement-next")
    await expect(person.at("capability-note")).to_be_focused()
    await expect(person.page.get_by_text("请写明缺少什么")).to_be_visible()
    await person.at("capability-note").fill(missing)


async def check_devices_from(person: Person) -> None:
    """From the statement to the equipment test and back, with its result there as evidence."""
    await person.press("to-equipment")
    await person.press("speaker-play")
    await person.press("speaker-heard")
    await expect(person.page.locator(".checks .tag--ok")).to_have_count(4, timeout=PATIENCE_MS)
    await person.press("join-continue")
    await person.sees_page("statement-technical")
    await expect(person.at("evidence")).to_contain_text("通过", timeout=PATIENCE_MS)
    await expect(person.at("capability")).to_have_attribute("data-value", "unable")
