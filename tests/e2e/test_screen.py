"""A shared screen in real browsers: who may, who sees it, who ends it, and how the room looks meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import pytest
from playwright.async_api import expect

from room_server.demo import Demo
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, PHONE, People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent

LOOKS = itertools.count()
# Until the large picture is there and has changed since the first look.
MOVES = """(look) => {
  const video = document.querySelector('[data-testid=screen-picture]');
  if (!video || video.readyState < 2 || !video.videoWidth) return false;
  const canvas = document.createElement('canvas');
  canvas.width = 48; canvas.height = 27;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  pen.drawImage(video, 0, 0, 48, 27);
  const now = [...pen.getImageData(0, 0, 48, 27).data];
  const first = (window.__looks ??= {})[look] ??= now;
  return now.filter((value, i) => Math.abs(value - first[i]) > 24).length >= 8;
}"""
# Chromium's own capture, made small: a machine that runs four browsers beside others has no room for a large one.
SMALL = """(() => {
  const capture = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = (wanted) =>
    capture({ ...wanted, video: { width: { max: 640 }, height: { max: 360 }, frameRate: { max: 5 } } });
})();"""
# A page of a contract instead of the browser's test picture: what people share in court.
CONTRACT = """(() => {
  const draw = (pen, width, height, beat) => {
    pen.fillStyle = '#52606b'; pen.fillRect(0, 0, width, height);
    pen.fillStyle = 'white'; pen.fillRect(width * 0.22, 20, width * 0.56, height);
    pen.fillStyle = '#1b2326'; pen.font = '600 34px "Noto Serif CJK SC", serif'; pen.textAlign = 'center';
    pen.fillText('房屋租赁合同', width / 2, 96);
    pen.textAlign = 'start'; pen.font = '22px "Noto Serif CJK SC", serif';
    ['出租方（甲方）：何秀兰', '承租方（乙方）：北屿制冷设备有限公司', '', '第一条  甲方将坐落于本市长宁区的房屋出租给乙方使用。',
      '第二条  租赁期自2025年3月1日至2027年2月28日。', '第三条  月租金人民币12 000元，按季支付。',
      '第四条  乙方逾期支付租金超过三十日的，甲方可以解除合同。'].forEach((line, i) => {
      pen.fillText(line, width * 0.25, 160 + i * 46);
    });
    pen.fillStyle = `hsl(${beat * 40} 70% 45%)`; pen.fillRect(width * 0.25, height - 60, 60 + (beat % 8) * 60, 18);
  };
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 1280; canvas.height = 720;
    const pen = canvas.getContext('2d');
    let beat = 0;
    draw(pen, 1280, 720, beat);
    setInterval(() => draw(pen, 1280, 720, (beat += 1)), 200);
    return canvas.captureStream(5);
  };
})();"""
REFUSED = """() => {
  navigator.mediaDevices.getDisplayMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
}"""


class Room:
    """A demonstration hearing in session: judge and clerk at desks, the claimant at one, the respondent on a phone."""

    def __init__(self, court: Court, demo: Demo) -> None:
        self.court = court
        self.demo = demo
        self.judge: Person
        self.clerk: Person
        self.claimant: Person
        self.respondent: Person

    @property
    def everyone(self) -> list[Person]:
        return [self.judge, self.clerk, self.claimant, self.respondent]

    async def forwarded_while_forbidden(self, sender: Person, receiver: Person) -> int:
        edges = (await self.court.relay(self.demo.hearing))["edges"]
        return int(edges[f"{sender.participant}>{receiver.participant}"]["forwarded_while_forbidden"])


async def in_session(court: Court, people: People, capture: str) -> Room:
    room = Room(court, await court.seed())
    room.clerk, room.judge = await people.come("clerk"), await people.come("judge")
    room.claimant = await people.come("claimant")
    room.respondent = await people.come("respondent", size=PHONE)
    for staff in (room.clerk, room.judge):
        staff.expects(r"status of 401")
    for sharer in (room.clerk, room.claimant):
        await sharer.context.add_init_script(capture)
    for party in (room.claimant, room.respondent):
        await come_to_demo(party, room.demo)
    await enter_demo(room.clerk, room.demo)
    for party in (room.claimant, room.respondent):
        await begin_check(room.clerk, party)
        await finish_check(room.clerk, party)
    for role in ("claimant_counsel", "respondent_counsel"):
        await note_absent(room.clerk, room.demo.link(role).participant or "")
    await enter_demo(room.judge, room.demo)
    await room.judge.in_phase("ready")
    await room.judge.press("open-session")
    for person in room.everyone:
        await person.in_phase("in_session")
    return room


async def sees_screen_of(person: Person, owner: Person) -> None:
    shown = await person.sees_page("screen")
    await expect(shown).to_have_attribute("data-owner", owner.participant)
    await person.wait(MOVES, next(LOOKS), f"the screen of the {owner.role} to move")


async def sees_no_screen(*people: Person) -> None:
    for person in people:
        await person.until("(view) => view.screen === null", what="that no screen is shared")
        await expect(person.at("screen")).to_have_count(0, timeout=PATIENCE_MS)
        view = await person.view()
        assert not [one for one in view["producers"] if one["source"] == "screen"], view["producers"]


async def allow(judge: Person, party: Person) -> None:
    await judge.press(f"more-{party.participant}")
    await judge.press(f"allow-screen-{party.participant}")


async def screens_sent(person: Person) -> list[Any]:
    sent: list[dict[str, Any]] = await person.page.evaluate("window.__yunting.sent()")
    return [figure for figure in sent if figure["source"] == "screen"]


async def recorded_screens(room: Room, *owners: Person) -> None:
    """Until what these people shared is in the recording, each in segments of its own."""
    manifest = room.court.recording(room.demo.hearing) / "manifest.jsonl"
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            entries = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
            written = {entry["data"]["track"] for entry in entries if entry["kind"] == "segment"}
            screens = {
                entry["data"]["participant"]
                for entry in entries
                if entry["kind"] == "track"
                and entry["data"]["source"] == "screen"
                and entry["data"]["track"] in written
            }
            if screens == {owner.participant for owner in owners}:
                return
            await asyncio.sleep(0.2)


@pytest.mark.timeout(420)
async def test_a_screen_is_allowed_shared_seen_and_ended(court: Court, people: People) -> None:
    room = await in_session(court, people, SMALL)
    judge, clerk, claimant, respondent = room.judge, room.clerk, room.claimant, room.respondent

    # Nobody's but with the judge's leave.
    await expect(claimant.at("share-screen")).to_have_attribute("aria-disabled", "true")
    await expect(claimant.at("share-screen")).to_contain_text("须经审判长准许")
    await allow(judge, claimant)
    await claimant.sees_page("screen-allowed")

    # Shared with Chromium's own capture, and seen moving by all, on the phone as well.
    await claimant.press("share-screen")
    own = await claimant.sees_page("own-screen")
    await expect(own).to_have_attribute("data-phase", "shared", timeout=PATIENCE_MS)
    for person in (judge, clerk, respondent):
        await sees_screen_of(person, claimant)
    await expect(claimant.at("screen")).to_have_count(0)

    # One at a time: the clerk is told whose it is.
    await expect(clerk.at("share-screen")).to_have_attribute("aria-disabled", "true")
    await expect(clerk.at("share-screen")).to_contain_text("一次只能有一人共享")

    # Ended by its owner.
    await claimant.press("stop-screen")
    await sees_no_screen(*room.everyone)
    assert await screens_sent(claimant) == []
    await clerk.press("share-screen")
    for person in (judge, claimant):
        await sees_screen_of(person, clerk)
    await clerk.press("share-screen")
    await sees_no_screen(*room.everyone)

    # Ended by the judge, with the leave to share.
    await claimant.press("share-screen")
    await sees_screen_of(judge, claimant)
    await judge.press("end-screen")
    await sees_no_screen(*room.everyone)
    problem = await claimant.sees_page("screen-problem")
    await expect(problem).to_contain_text("已经结束")
    await expect(claimant.at("share-screen")).to_have_attribute("aria-disabled", "true")
    await recorded_screens(room, claimant, clerk)
    for person in (judge, clerk, respondent):
        assert await room.forwarded_while_forbidden(claimant, person) == 0

    events = [event.type for event in await court.record(room.demo.hearing) if "screen" in event.type]
    assert events == [
        "screen_allowed",
        "screen_shared",
        "screen_share_ended",
        "screen_shared",
        "screen_share_ended",
        "screen_shared",
        "screen_share_ended",
        "screen_allowed",
    ]


@pytest.mark.timeout(420)
async def test_how_the_room_looks_with_a_shared_screen(court: Court, people: People) -> None:
    album = Album()
    room = await in_session(court, people, CONTRACT)
    judge, clerk, claimant, respondent = room.judge, room.clerk, room.claimant, room.respondent
    await allow(judge, claimant)
    await claimant.sees_page("screen-allowed")
    await album.take(claimant, "screen-allowed-party")
    await claimant.press("share-screen")
    for person in (judge, clerk, respondent):
        await sees_screen_of(person, claimant)
    await album.take(judge, "screen-judge")
    await album.take(claimant, "screen-sharing-party")
    await album.take_size(respondent, "screen-party-phone")

    # A reload loses the capture: the room is not left with a picture that stands still.
    await claimant.page.reload()
    await claimant.in_place("main")
    await sees_no_screen(*room.everyone)

    # What stands in the way is said in words, and the page goes on.
    await claimant.page.evaluate(REFUSED)
    await claimant.press("share-screen")
    await expect(await claimant.sees_page("screen-problem")).to_contain_text("没有开始共享")
    await claimant.press("screen-problem-close")
    await expect(claimant.at("screen-problem")).to_have_count(0)
    assert await screens_sent(claimant) == []

    # A recess ends a share, and it does not come back by itself.
    await clerk.press("share-screen")
    await sees_screen_of(judge, clerk)
    await judge.press("recess")
    await judge.page.get_by_test_id("dialog-recess").get_by_role("textbox").fill("休息")
    await judge.confirm("dialog-recess")
    await sees_no_screen(*room.everyone)
    await judge.press("resume")
    await judge.in_phase("in_session")
    await sees_no_screen(judge, respondent)
    album.check()
