"""A mediation in real browsers: consent by link, the mediator's disclosure and its answers, the table, a withdrawal."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, PHONE, People, Person
from tests.e2e.walks import (
    Invitation,
    begin_check,
    check_equipment,
    declare,
    enter_case,
    enter_people,
    enter_room,
    finish_check,
    give_code,
    invite,
    sign_in_first,
)

TIE = "二〇一九年，唐小雨是我社区的志愿者，我们共事过半年。"
REFUSED_NOW = r"status of 4\d\d"


class Story:
    def __init__(self, court: Court, people: People) -> None:
        self.court = court
        self.people = people
        self.album = Album()
        self.mediation = ""
        self.ids: dict[str, str] = {}
        self.invitations: dict[str, Invitation] = {}
        self.clerk: Person
        self.mediator: Person
        self.tang: Person
        self.wu: Person

    async def photograph(self, person: Person, name: str) -> None:
        await self.album.take(person, f"mediation-{name}")


@pytest.mark.timeout(600)
async def test_a_mediation_from_consent_to_withdrawal(court: Court, people: People) -> None:
    story = Story(court, people)
    await the_clerk_drafts_it(story)
    await the_parties_consent_by_link(story)
    await the_mediator_takes_it_on_and_discloses(story)
    await each_party_answers(story)
    await they_come_to_the_lobby(story)
    await they_talk_at_the_table(story)
    await one_no_longer_wants_to(story)
    story.album.check()


async def the_clerk_drafts_it(story: Story) -> None:
    clerk = story.clerk = await story.people.come("clerk")
    mediator = story.mediator = await story.people.come("mediator")
    await sign_in_first(clerk, await story.court.hire("clerk", "叶晓", "clerk"))
    await sign_in_first(mediator, await story.court.hire("liang", "梁安", "mediator"))
    await expect(mediator.page.get_by_text("书记员安排好调解以后")).to_be_visible()
    await enter_case(clerk, "（2026）示0103诉前调4412号", "唐小雨与吴建平", "楼上漏水损害赔偿")
    await enter_people(clerk, ("唐小雨", "claimant"), ("吴建平", "respondent"))
    await clerk.press("new-hearing")
    await clerk.at("hearing-stage").select_option("mediation")
    await expect(clerk.at("hearing-judge")).to_have_count(0)
    await clerk.at("hearing-time").fill("2026-12-01T14:00")
    await clerk.at("hearing-courtroom").fill("第一网上调解室")
    await clerk.at("hearing-courtroom-en").fill("Online Mediation Room 1")
    await clerk.at("hearing-mediator").select_option(label="梁安")
    await story.photograph(clerk, "draft")
    await clerk.press("save-hearing")
    await clerk.sees_page("mediation")
    story.mediation = clerk.page.url.rstrip("/").rsplit("/", 1)[1]
    hearing = await story.court.hearing(story.mediation)
    assert hearing.kind == "mediation"
    story.ids = {one.name: one.id for one in hearing.participants.values()}
    for name in ("唐小雨", "吴建平"):
        story.invitations[name] = await invite(clerk, story.ids[name])


async def consent(person: Person) -> None:
    await person.press("to-statement")
    await person.sees_page("statement")
    await person.press("statement-begin")
    await person.at("position-consents").click()
    await person.press("statement-next")
    await person.sees_page("statement-technical")
    await person.at("capability-able").click()
    await person.press("statement-next")
    await person.sees_page("statement-review")
    await person.press("statement-send")
    await person.sees_page("receipt")


async def the_parties_consent_by_link(story: Story) -> None:
    tang = story.tang = await story.people.come("claimant")
    wu = story.wu = await story.people.come("respondent", size=PHONE)
    for person, name in ((tang, "唐小雨"), (wu, "吴建平")):
        person.participant = story.ids[name]
        await give_code(person, story.invitations[name])
        await consent(person)
    await story.photograph(wu, "receipt")
    line = story.clerk.at(f"consent-{wu.participant}")
    await expect(line).to_have_attribute("data-answer", "consents", timeout=PATIENCE_MS)


async def the_mediator_takes_it_on_and_discloses(story: Story) -> None:
    mediator = story.mediator
    await mediator.open(f"/desk/hearings/{story.mediation}")
    await mediator.sees_page("mediation")
    await story.photograph(mediator, "desk-asked")
    await mediator.press("accept-assignment")
    await expect(mediator.at("assignment")).to_have_attribute("data-accepted", "true", timeout=PATIENCE_MS)
    await mediator.at("disclosure-tie-some").click()
    await mediator.at("disclosure-words").fill(TIE)
    await mediator.press("disclose")
    await expect(mediator.at("disclosure")).to_contain_text(TIE, timeout=PATIENCE_MS)
    await expect(mediator.at("disclosure")).to_have_attribute("data-conflict", "undisclosed")
    await story.clerk.press("determine")
    await expect(story.clerk.at("hearing")).to_have_attribute("data-phase", "blocked", timeout=PATIENCE_MS)
    await story.photograph(story.clerk, "desk-blocked")
    await story.clerk.press("to-gate")
    await story.clerk.sees_page(f"fact-{story.tang.participant}")
    await expect(story.clerk.at("fact-closed")).to_have_count(0)
    await story.photograph(story.clerk, "gate")
    await story.clerk.open(f"/desk/hearings/{story.mediation}")


async def each_party_answers(story: Story) -> None:
    for person in (story.tang, story.wu):
        await person.open(f"/p/{person.participant}")
        question = await person.sees_page("disclosure-question")
        await expect(question).to_contain_text(TIE)
        if person is story.wu:
            await story.photograph(person, "disclosure")
        await person.press("accept-mediator")
        await expect(person.at("disclosure-question")).to_have_count(0, timeout=PATIENCE_MS)
    clerk = story.clerk
    await expect(clerk.at("hearing")).to_have_attribute("data-phase", "eligible", timeout=PATIENCE_MS)
    await expect(clerk.at("outcome")).to_have_attribute("data-outcome", "warn", timeout=PATIENCE_MS)
    await clerk.press("schedule")
    await expect(clerk.at("hearing")).to_have_attribute("data-phase", "scheduled", timeout=PATIENCE_MS)


async def they_come_to_the_lobby(story: Story) -> None:
    await check_equipment(story.tang)
    await story.photograph(story.tang, "rules")
    await declare(story.tang)
    await story.tang.sees_page("not-yet")
    await expect(story.tang.at("disclosure-line")).to_have_attribute("data-answer", "true")
    await story.photograph(story.tang, "not-yet")
    mediator = story.mediator
    await mediator.open(f"/desk/hearings/{story.mediation}")
    await mediator.press("open-lobby")
    await expect(mediator.at("hearing")).to_have_attribute("data-phase", "lobby_open", timeout=PATIENCE_MS)
    await story.photograph(mediator, "desk-lobby")
    await enter_room(mediator, story.mediation, story.ids["梁安"])
    await check_equipment(story.wu)
    await declare(story.wu)
    for person in (story.tang, story.wu):
        await person.sees_page("lobby")
        await person.in_place("lobby")
        await person.perceives_nobody()
    await story.photograph(story.wu, "lobby")


async def they_talk_at_the_table(story: Story) -> None:
    mediator = story.mediator
    for party in (story.tang, story.wu):
        await begin_check(mediator, party)
        if party is story.tang:
            await story.album.take_size(mediator, "mediation-check")
        await finish_check(mediator, party)
    await mediator.in_phase("ready")
    await mediator.press("open-session")
    everybody = (mediator, story.tang, story.wu)
    for person in everybody:
        await person.in_phase("in_session")
    for person in everybody:
        await person.perceives(*(other for other in everybody if other is not person))
        await expect(person.at("recording").first).to_have_attribute("data-state", "off")
    for person in (story.tang, story.wu):
        await expect(person.at("withdraw")).to_be_visible()
        await expect(person.at("mute-all")).to_have_count(0)
    await expect(mediator.at("withdraw")).to_have_count(0)
    await story.photograph(mediator, "room-mediator")
    await story.photograph(story.tang, "room-party")
    for person in everybody:
        await person.perceives(*(other for other in everybody if other is not person))


async def one_no_longer_wants_to(story: Story) -> None:
    wu = story.wu
    await wu.press("withdraw")
    dialog = await wu.sees_page("dialog-withdraw")
    await expect(dialog).to_contain_text("不用说理由")
    await story.album.take_size(wu, "mediation-withdraw")
    await dialog.get_by_test_id("dialog-cancel").click()
    await expect(dialog).to_be_hidden()
    await story.tang.in_phase("in_session")
    await wu.press("withdraw")
    await wu.confirm("dialog-withdraw")
    for person in (story.mediator, story.tang, wu):
        await person.sees_page("terminal-terminated")
    await story.photograph(wu, "terminated")
    hearing = await story.court.hearing(story.mediation)
    assert (hearing.phase, hearing.phase_reason) == ("terminated", "consent_withdrawn")
    assert not story.court.recording(story.mediation).exists()
    await wu.page.reload()
    await wu.sees_page("terminal-terminated")
    clerk = story.clerk
    await expect(clerk.at("hearing")).to_have_attribute("data-phase", "terminated", timeout=PATIENCE_MS)
    await expect(clerk.at("to-recording")).to_have_count(0)
    await story.photograph(clerk, "desk-ended")
