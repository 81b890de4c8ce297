"""One side attends at court: four browsers, one of them the court's own computer in the courtroom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

import room_server.app
from room_server.app import start_server
from room_server.demonstration import demo_config, free_port
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, PHONE, People, Person
from tests.e2e.walks import (
    begin_check,
    check_equipment,
    come_to_lobby,
    draft_hearing,
    enter_case,
    enter_people,
    enter_room,
    finish_check,
    give_code,
    invite,
    sign_in_first,
    state_position,
)

CLAIMANT, RESPONDENT = "何秀兰", "北屿制冷设备有限公司"


@pytest.fixture
async def court(tmp_path: Path, built_page: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Court]:
    """Under the national rules: whoever says nothing has not agreed, and attends at court."""
    monkeypatch.setattr(room_server.app, "WEB_ROOT", built_page)
    config = demo_config(data=tmp_path / "data", port=free_port())
    server = await start_server(config.model_copy(update={"ruleset": "spc-2021"}))
    yield Court(server)
    await server.stop()


class Story:
    """The people of the hearing; the stages of the test follow each other on it."""

    def __init__(self, court: Court, people: People) -> None:
        self.court = court
        self.people = people
        self.album = Album()
        self.hearing = ""
        self.password = ""
        self.clerk: Person
        self.judge: Person
        self.claimant: Person
        self.respondent: Person
        self.hall: Person

    async def participants(self) -> dict[str, str]:
        """Participant ids by part."""
        hearing = await self.court.hearing(self.hearing)
        return {(one.side or one.role): one.id for one in hearing.participants.values()}


@pytest.mark.timeout(600)
async def test_one_side_attends_at_court(court: Court, people: People) -> None:
    story = Story(court, people)
    await the_gate_names_the_respondent(story)
    await the_link_says_where_to_come(story)
    await the_courtroom_is_opened(story)
    await the_clerk_notes_who_is_there(story)
    await the_judge_opens(story)
    await only_the_opened_computer_is_the_courtroom(story)
    story.album.check()


async def the_gate_names_the_respondent(story: Story) -> None:
    story.clerk = await story.people.come("clerk")
    story.judge = await story.people.come("judge")
    for person, name, role in ((story.clerk, "叶晓", "clerk"), (story.judge, "沈静远", "judge")):
        person.expects(r"status of 401")  # the desk asks who is signed in before anybody is
        password = await sign_in_first(person, await story.court.hire(role, name, role))
        story.password = password if role == "clerk" else story.password
    clerk = story.clerk
    await enter_case(clerk, "（2026）示0103民初1847号", f"{CLAIMANT}诉{RESPONDENT}", "买卖合同纠纷")
    await enter_people(clerk, (CLAIMANT, "claimant"), (RESPONDENT, "respondent"))
    story.hearing = await draft_hearing(clerk)
    ids = await story.participants()
    await clerk.press("to-gate")
    await state_position(clerk, ids["claimant"], "consents")
    await clerk.press("determine")
    await expect(clerk.at("outcome")).to_have_attribute("data-outcome", "hybrid", timeout=PATIENCE_MS)
    await clerk.press("schedule")
    await clerk.press("open-lobby")
    await clerk.sees_page("enter")


async def the_link_says_where_to_come(story: Story) -> None:
    clerk, ids = story.clerk, await story.participants()
    await clerk.open(f"/desk/hearings/{story.hearing}")
    links = {side: await invite(clerk, ids[side]) for side in ("claimant", "respondent")}
    respondent = await story.people.come("respondent", size=PHONE)
    story.respondent = respondent
    await give_code(respondent, links["respondent"])
    page = await respondent.sees_page("at-court-page")
    await expect(page).to_contain_text("在线诉讼规则")
    await expect(respondent.at("call-court")).to_have_attribute("href", "tel:12368")
    respondent.expects(r"status of 409")
    refused = await respondent.page.evaluate(
        "async (id) => { const answer = await fetch(`/api/participations/${id}/token`, {method: 'POST', headers:"
        " {'content-type': 'application/json'}, body: '{}'}); return [answer.status, await answer.json()]; }",
        ids["respondent"],
    )
    assert (refused[0], refused[1]["error"]["code"]) == (409, "attends_at_court"), refused
    await respondent.page.reload()
    await respondent.sees_page("at-court-page")
    await story.album.take(respondent, "hybrid-respondent")
    story.claimant = await story.people.come("claimant")
    await come_to_lobby(story.claimant, links["claimant"], ids["claimant"])
    for staff, role in ((clerk, "clerk"), (story.judge, "presiding_judge")):
        await enter_room(staff, story.hearing, ids[role])
    await begin_check(clerk, story.claimant)
    await finish_check(clerk, story.claimant)


async def open_courtroom(story: Story, computer: Person) -> None:
    """On the court's own computer: sign in, open the courtroom there, check its camera and microphone."""
    computer.expects(r"status of 401")
    await computer.open(f"/sign-in?to=/desk/hearings/{story.hearing}")
    await computer.at("sign-in-username").fill("clerk")
    await computer.at("sign-in-password").fill(story.password)
    await computer.press("sign-in-submit")
    panel = await computer.sees_page("courtroom-panel")
    await expect(panel).to_contain_text(RESPONDENT)
    await computer.press("open-courtroom")


async def the_courtroom_is_opened(story: Story) -> None:
    clerk, ids = story.clerk, await story.participants()
    for item in ("courtroom", f"participant:{ids['respondent']}"):
        line = clerk.at("readiness").locator(f"[data-key='{item}']")
        await expect(line).to_have_attribute("data-done", "false", timeout=PATIENCE_MS)
    story.hall = await story.people.come("courtroom")
    hall = story.hall
    await open_courtroom(story, hall)
    await check_equipment(hall)
    await hall.sees_page("courtroom-endpoint")
    hall.participant = (await hall.view())["me"]["id"]
    await hall.in_place("main")
    for absent in ("hand", "leave", "mute-all", "waiting", "log"):
        await expect(hall.at(absent)).to_have_count(0)
    assert (await hall.view())["desk"] is None
    await expect(clerk.at("courtroom-connected")).to_have_attribute(
        "data-connected", "true", timeout=PATIENCE_MS
    )
    await story.album.take(hall, "hybrid-courtroom-before")
    await story.album.take(story.judge, "hybrid-judge-before")


async def the_clerk_notes_who_is_there(story: Story) -> None:
    clerk, ids = story.clerk, await story.participants()
    await clerk.press(f"note-present-{ids['respondent']}")
    await clerk.confirm("dialog-present")
    await story.judge.in_phase("ready")
    for person in (story.judge, story.claimant):
        tile = person.at(f"tile-{ids['respondent']}").first
        await expect(tile).to_have_attribute("data-at-court", "present", timeout=PATIENCE_MS)
    await story.respondent.page.reload()
    await story.respondent.sees_page("noted-present")


async def the_judge_opens(story: Story) -> None:
    judge, hall = story.judge, story.hall
    await judge.press("open-session")
    online = [judge, story.clerk, story.claimant]
    for person in (*online, hall):
        await person.in_phase("in_session")
    for person in online:
        await person.perceives(hall)
    await hall.perceives(*online)
    await expect(judge.at(f"tile-{hall.participant}")).to_contain_text(RESPONDENT)
    for person, name in (
        (hall, "courtroom"),
        (judge, "judge"),
        (story.clerk, "clerk"),
        (story.claimant, "claimant"),
    ):
        await story.album.take(person, f"hybrid-{name}")
    await judge.press(f"mute-{hall.participant}")
    await story.claimant.hears_nothing_of(hall)
    await expect(hall.at("mic")).to_have_attribute("aria-pressed", "false")
    await hall.press("mic")
    await story.claimant.hears(hall)


async def only_the_opened_computer_is_the_courtroom(story: Story) -> None:
    """A second computer takes over when the clerk opens the courtroom there, and the first is told and stays out."""
    first = story.hall
    second = await story.people.come("courtroom")
    await open_courtroom(story, second)
    await second.sees_page("courtroom-endpoint")
    await first.sees_page("terminal-replaced")
    await expect(first.at("return")).to_have_count(0)
    await story.album.take(first, "hybrid-courtroom-moved")
    first.expects(r"status of 403")
    await first.page.reload()
    await first.sees_page("terminal-forbidden")
    second.participant = first.participant
    await second.in_place("main")
    await story.claimant.perceives(second)
    await second.press("close-courtroom")
    await second.at("dialog-close-courtroom").get_by_test_id("dialog-confirm").click()
    await second.sees_page("terminal-left")
    await story.album.take(second, "hybrid-courtroom-closed")
    await story.clerk.open(f"/desk/hearings/{story.hearing}")
    await expect(story.clerk.at("courtroom-panel")).to_be_visible(timeout=PATIENCE_MS)
    await story.album.take(story.clerk, "hybrid-desk")
