"""A whole hearing, from the case to the recording, with four people in real browsers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import pytest
from playwright.async_api import expect

from recording import keys
from recording.composition import probe_duration_s
from recording.verify import verify
from room_server.proceedings.archive import COMPOSED_NAME
from room_server.rehearsal import TOLERANCE_S, session_seconds
from room_server.synthetic.tone import goertzel, thinned
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
    state_position,
)

CLAIMANT, RESPONDENT = "何秀兰", "北屿制冷设备有限公司"
HEARD = 0.02
"""Amplitude of full scale above which a tone counts as recorded: a person's own is sent at 0.3."""


class Story:
    """The four people and their hearing; the stages of the test follow each other on it."""

    def __init__(self, court: Court, people: People) -> None:
        self.court = court
        self.people = people
        self.hearing = ""
        self.clerk: Person
        self.judge: Person
        self.claimant: Person
        self.respondent: Person

    @property
    def everyone(self) -> list[Person]:
        return [self.judge, self.clerk, self.claimant, self.respondent]

    def others(self, person: Person) -> list[Person]:
        return [other for other in self.everyone if other is not person]

    async def participants(self) -> dict[str, str]:
        """Participant ids by part."""
        hearing = await self.court.hearing(self.hearing)
        return {
            "presiding_judge" if one.role == "presiding_judge" else (one.side or one.role): one.id
            for one in hearing.participants.values()
        }

    async def everyone_perceives_everyone(self) -> None:
        for person in self.everyone:
            await person.perceives(*self.others(person))


@pytest.mark.timeout(600)
async def test_a_hearing_from_the_case_to_the_recording(court: Court, people: People) -> None:
    story = Story(court, people)
    await enter_the_case(story)
    await refused_at_the_gate(story)
    await allowed_at_the_gate(story)
    await parties_come(story)
    await clerk_checks_and_admits(story)
    await judge_opens(story)
    await mute_and_lock(story)
    await reload_in_session(story)
    await offline_and_back(story)
    await recess_and_resume(story)
    await raise_a_hand(story)
    await switch_language(story)
    await close(story)
    await play_the_recording(story)
    await examine_the_recording(story)


async def enter_the_case(story: Story) -> None:
    clerk_link = await story.court.hire("clerk", "叶晓", "clerk")
    judge_link = await story.court.hire("judge", "沈静远", "judge")
    story.clerk = await story.people.come("clerk")
    story.judge = await story.people.come("judge")
    for person, link in ((story.clerk, clerk_link), (story.judge, judge_link)):
        person.expects(r"status of 401")  # the desk asks who is signed in before anybody is
        await sign_in_first(person, link)
    await enter_case(story.clerk, "（2026）示0103民初1847号", f"{CLAIMANT}诉{RESPONDENT}", "买卖合同纠纷")
    await enter_people(story.clerk, (CLAIMANT, "claimant"), (RESPONDENT, "respondent"))
    story.hearing = await draft_hearing(story.clerk)
    assert (await story.court.hearing(story.hearing)).phase == "draft"


async def refused_at_the_gate(story: Story) -> None:
    clerk, ids = story.clerk, await story.participants()
    await clerk.press("to-gate")
    for side in ("claimant", "respondent"):
        await state_position(clerk, ids[side], "objects", "要求当庭核对原件")
    await clerk.press("determine")
    outcome = await clerk.sees_page("outcome")
    await expect(outcome).to_have_attribute("data-outcome", "block", timeout=PATIENCE_MS)
    finding = clerk.page.locator("[data-testid=finding][data-outcome=block]").first
    await expect(finding.locator(".cite")).not_to_be_empty()
    await expect(clerk.at("schedule")).to_have_attribute("aria-disabled", "true")
    await expect(clerk.at("refused")).to_be_visible()
    refused = await clerk.page.evaluate(
        "async (hearing) => { const answer = await fetch(`/api/hearings/${hearing}/schedule`,"
        " {method: 'POST', headers: {'content-type': 'application/json'}, body: '{}'});"
        " return [answer.status, await answer.json()]; }",
        story.hearing,
    )
    clerk.expects(rf"status of {refused[0]}")
    assert refused[0] in (403, 409), refused
    assert (await story.court.hearing(story.hearing)).phase == "blocked"


async def allowed_at_the_gate(story: Story) -> None:
    clerk, ids = story.clerk, await story.participants()
    for side in ("claimant", "respondent"):
        await state_position(clerk, ids[side], "consents")
    # Nobody asks for it: a change of the facts is followed by a fresh determination.
    await expect(clerk.at("outcome")).to_have_attribute("data-outcome", "allow", timeout=PATIENCE_MS)
    await clerk.press("schedule")
    await clerk.press("open-lobby")
    await clerk.sees_page("enter")
    assert (await story.court.hearing(story.hearing)).phase == "lobby_open"


async def parties_come(story: Story) -> None:
    ids = await story.participants()
    await story.clerk.open(f"/desk/hearings/{story.hearing}")
    invitations = {side: await invite(story.clerk, ids[side]) for side in ("claimant", "respondent")}
    story.claimant = await story.people.come("claimant")
    story.respondent = await story.people.come("respondent", size=PHONE)
    for person in (story.claimant, story.respondent):
        await come_to_lobby(person, invitations[person.role], ids[person.role])
    for person in (story.claimant, story.respondent):
        await person.perceives_nobody()


async def clerk_checks_and_admits(story: Story) -> None:
    clerk = story.clerk
    await enter_room(clerk, story.hearing, (await story.participants())["clerk"])
    for party, other in ((story.claimant, story.respondent), (story.respondent, story.claimant)):
        await begin_check(clerk, party)
        await clerk.perceives(party)
        await party.perceives(clerk)
        heard = {producer["participant"] for producer in (await party.view())["producers"]}
        assert heard == {clerk.participant}
        seen = {producer["participant"] for producer in (await clerk.view())["producers"]}
        assert seen == {party.participant}
        await other.perceives_nobody()
        await finish_check(clerk, party)


async def judge_opens(story: Story) -> None:
    judge = story.judge
    await enter_room(judge, story.hearing, (await story.participants())["presiding_judge"])
    await judge.in_phase("ready")
    await judge.press("open-session")
    for person in story.everyone:
        await person.in_phase("in_session")
    await story.everyone_perceives_everyone()
    for person in story.everyone:
        await expect(person.at("recording").first).to_have_attribute("data-state", "recording")
        first_ms = await person.first_frame_ms()
        assert first_ms is not None
        print(
            f"{person.role}: first picture {first_ms:.0f} ms after the last click, with the wait for the others"
        )


async def mute_and_lock(story: Story) -> None:
    judge, muted = story.judge, story.respondent
    await judge.press(f"more-{muted.participant}")
    await judge.press(f"lock-{muted.participant}")
    await muted.until("(view) => view.me.microphone_locked", what="the microphone to be locked")
    listeners = story.others(muted)
    for person in listeners:
        await person.hears_nothing_of(muted)
    before = [await person.packets_from(muted, "microphone") for person in listeners]
    refused = await refused_packets(story, muted)
    await until_refused(story, muted, refused + 50)
    for person in listeners:
        await person.hears_nothing_of(muted)
        await person.sees(muted)
    after = [await person.packets_from(muted, "microphone") for person in listeners]
    # A consumer that was remade meanwhile counts from zero, and must have stayed there.
    assert all(now in (then, 0) for then, now in zip(before, after, strict=True)), (before, after)
    edges = (await story.court.relay(story.hearing))["edges"]
    crossed = {edge: counts["forwarded_while_forbidden"] for edge, counts in edges.items()}
    assert not any(crossed.values()), crossed
    await expect(muted.at("mic")).to_have_attribute("aria-disabled", "true")


async def refused_packets(story: Story, person: Person) -> int:
    """What the relay has refused of the person's microphone because the court muted it."""
    producers = (await story.court.relay(story.hearing))["producers"].values()
    found = [
        one for one in producers if (one["participant"], one["source"]) == (person.participant, "microphone")
    ]
    assert [one["refused_reason"] for one in found] == ["muted"], found
    return int(found[0]["refused"])


async def until_refused(story: Story, person: Person, count: int) -> None:
    async with asyncio.timeout(30):
        while await refused_packets(story, person) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # asked again: the counts are in another process


async def reload_in_session(story: Story) -> None:
    """The page comes back to the same place, asks nothing, and the lock is still there."""
    person = story.respondent
    await person.page.reload()
    await person.in_phase("in_session")
    view = await person.view()
    assert (view["me"]["place"], view["me"]["microphone_locked"]) == ("main", True)
    await person.perceives(*story.others(person))
    shown_ms = await person.page.evaluate("window.__yunting.timings.firstRemoteFrameAt")
    print(f"{person.role}: first picture {shown_ms:.0f} ms after the page was opened in a running session")
    for other in story.others(person):
        await other.sees(person)
        await other.hears_nothing_of(person)
    await story.judge.press(f"more-{person.participant}")
    await story.judge.press(f"unlock-{person.participant}")
    await person.until("(view) => !view.me.microphone_locked", what="the microphone to be unlocked")
    # Nobody can force a microphone on: its owner switches it on again.
    await expect(person.at("mic")).to_have_attribute("aria-pressed", "false")
    await person.press("mic")
    for other in story.others(person):
        await other.hears(person)


async def offline_and_back(story: Story) -> None:
    person = story.claimant
    person.expects(r"ERR_INTERNET_DISCONNECTED", r"WebSocket")
    await person.context.set_offline(True)
    await person.sees_page("connection-lost")
    await person.context.set_offline(False)
    await expect(person.at("connection-lost")).to_have_count(0, timeout=PATIENCE_MS)
    await person.in_place("main")
    await story.everyone_perceives_everyone()
    for other in story.everyone:
        view = await other.view()
        places = [one["id"] for one in view["participants"]]
        assert sorted(places) == sorted(set(places)) == sorted(one.participant for one in story.everyone)
        tracks = [(one["participant"], one["source"]) for one in view["producers"]]
        assert len(tracks) == len(set(tracks)), f"the {other.role} is offered a track twice: {tracks}"
        assert await other.page.locator(f"video[data-participant='{person.participant}']").count() == 1


async def recess_and_resume(story: Story) -> None:
    judge = story.judge
    await judge.press("recess")
    await judge.sees_page("dialog-recess")
    await judge.at("dialog-reason").fill("合议庭评议")
    await judge.confirm("dialog-recess")
    for person in story.everyone:
        await person.in_phase("recess")
        await person.sees_page("stopped")
        for other in story.others(person):
            await person.hears_nothing_of(other)
    before = await forwarded(story)
    await asyncio.sleep(1.0)  # the stretch over which nothing may be forwarded
    assert await forwarded(story) == before
    await judge.press("resume")
    for person in story.everyone:
        await person.in_phase("in_session")
    await story.everyone_perceives_everyone()


async def forwarded(story: Story) -> int:
    edges = (await story.court.relay(story.hearing))["edges"].values()
    return sum(counts["forwarded"] for counts in edges)


async def raise_a_hand(story: Story) -> None:
    person, judge = story.respondent, story.judge
    await person.press("hand")
    row = await judge.sees_page(f"hand-{person.participant}")
    await expect(row).to_contain_text(RESPONDENT)
    await judge.press(f"hand-down-{person.participant}")
    await expect(judge.at(f"hand-{person.participant}")).to_have_count(0, timeout=PATIENCE_MS)
    await expect(person.at("hand")).to_have_attribute("aria-pressed", "false")


async def switch_language(story: Story) -> None:
    """At any time, without leaving anything: the picture goes on, the words change."""
    for person in (story.claimant, story.respondent):
        await person.language("en")
        await expect(person.at("recording").first).to_contain_text("Recording")
        await person.perceives(story.judge)
        await person.language("zh")
        await expect(person.at("recording").first).to_contain_text("录制")


async def close(story: Story) -> None:
    await story.judge.press("close-hearing")
    await story.judge.confirm("dialog-close-hearing")
    for person in story.everyone:
        await person.sees_page("terminal-closed")
        assert await person.page.locator("audio[data-participant]").count() == 0
    # A second visit by the same link ends at the same page.
    await story.claimant.page.reload()
    await story.claimant.sees_page("terminal-closed")


async def play_the_recording(story: Story) -> None:
    """The clerk sees the composition go on, then plays the file, jumps by an event, and sees that it verifies."""
    clerk = story.clerk
    await clerk.open(f"/desk/hearings/{story.hearing}/recording")
    await expect(clerk.at("recording-composing").or_(clerk.at("video"))).to_be_visible(timeout=PATIENCE_MS)
    await expect(clerk.at("video")).to_be_visible(timeout=4 * PATIENCE_MS)
    await clerk.page.wait_for_function("() => document.querySelector('[data-testid=video]').readyState >= 1")
    await clerk.press("play")
    await clerk.page.wait_for_function(
        "() => document.querySelector('[data-testid=video]').currentTime > 1", timeout=PATIENCE_MS
    )
    await clerk.press("play")
    events = clerk.page.locator("[data-testid=event]:not(:disabled)")
    offsets = [float(await one.get_attribute("data-offset") or "nan") for one in await events.all()]
    late = max(range(len(offsets)), key=lambda index: offsets[index])
    assert offsets[late] > 1, offsets
    await events.nth(late).click()
    await clerk.page.wait_for_function(
        "(to) => Math.abs(document.querySelector('[data-testid=video]').currentTime - to) < 0.5",
        arg=offsets[late],
        timeout=PATIENCE_MS,
    )
    await expect(clerk.at("verification")).to_have_attribute("data-state", "ok", timeout=PATIENCE_MS)


async def examine_the_recording(story: Story) -> None:
    await story.court.server.proceedings.archive.finished(story.hearing)
    assert (await story.court.hearing(story.hearing)).phase == "archived"
    folder = story.court.recording(story.hearing)
    composed = folder / COMPOSED_NAME
    expected_s = session_seconds(await story.court.record(story.hearing))
    duration_s = await asyncio.to_thread(probe_duration_s, composed)
    print(f"composed {duration_s:.2f} s, in session {expected_s:.2f} s")
    assert abs(duration_s - expected_s) <= TOLERANCE_S
    bright, tones = await asyncio.to_thread(
        look_and_listen, composed, [one.likeness.tone_hz for one in story.everyone]
    )
    assert bright > 10, "the composed pictures are black"
    assert all(level > HEARD for level in tones.values()), tones
    public = keys.load(story.court.server.config.keys / "record.pem").public_raw
    assert (await asyncio.to_thread(verify, folder, public)).ok
    await flipped_bytes_are_found(folder, public)


async def flipped_bytes_are_found(folder: Path, public: bytes) -> None:
    segments = sorted((folder / "segments").rglob("*.mkv")) or sorted(folder.rglob("*.mkv"))
    assert segments, f"no segments in {folder}"
    for segment in segments:
        content = bytearray(segment.read_bytes())
        middle = len(content) // 2
        content[middle] ^= 0x01
        segment.write_bytes(content)
        found = await asyncio.to_thread(verify, folder, public)
        assert not found.ok and segment.name in str(found.first_problem), found.first_problem
        content[middle] ^= 0x01
        segment.write_bytes(content)
    assert (await asyncio.to_thread(verify, folder, public)).ok


def look_and_listen(path: Path, tones_hz: list[int]) -> tuple[float, dict[int, float]]:
    """The mean brightness of the darkest of the pictures, one a second, and the loudest each tone ever is."""
    darkest = 255.0
    loudest = dict.fromkeys(tones_hz, 0.0)
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 25 == 0:
                darkest = min(darkest, brightness(frame))
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        gathered = bytearray()
        for frame in container.decode(audio=0):
            for block in resampler.resample(frame):
                gathered += bytes(block.planes[0])[: block.samples * 2]
    samples = thinned(bytes(gathered), 1, 6)
    step = rate // 6
    for start in range(0, len(samples) - step, step):
        for tone in tones_hz:
            loudest[tone] = max(loudest[tone], goertzel(samples[start : start + step], rate // 6, tone))
    return darkest, loudest


def brightness(frame: av.VideoFrame) -> float:
    """The mean of the picture, 0 (black) to 255."""
    plane = frame.reformat(width=64, height=36, format="gray").planes[0]
    content = bytes(plane)
    rows = [content[start : start + 64] for start in range(0, 36 * plane.line_size, plane.line_size)]
    return sum(map(sum, rows)) / (64 * 36)
