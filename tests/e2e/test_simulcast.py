"""Layers of a camera in real browsers: sent by the size of the picture, received by the size it is shown at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from room_server.demo import Demo
from room_server.proceedings.priority import OTHERS, PRESIDING, SPEAKER
from tests.e2e.court import Court
from tests.e2e.person import People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent

SMALL, LARGE = 320, 640
CHANGES = 6
# Of one person's camera as this page receives it: [width, frames decoded, freezes, pictures lost], or null.
RECEIVED = """async (participant) => {
  const found = (await window.__yunting.stats()).find(
    (one) => one.participant === participant && one.source === 'camera');
  return found ? [found.width, found.framesDecoded, found.freezes, found.pictureLosses] : null;
}"""
WIDTH = f"async ([participant, width]) => (await ({RECEIVED})(participant))?.[0] === width"
FRAMES = f"async ([participant, frames]) => (await ({RECEIVED})(participant))?.[1] >= frames"
SENT = """async (layers) => {
  const camera = (await window.__yunting.sent()).find((one) => one.source === 'camera');
  return JSON.stringify(camera?.layers) === JSON.stringify(layers);
}"""


@dataclass(frozen=True, slots=True)
class Received:
    width: int
    frames: int
    freezes: int
    pictures_lost: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a viewer saw of two people who changed places: each before and after."""

    before: tuple[Received, Received]
    after: tuple[Received, Received]

    @property
    def undisturbed(self) -> bool:
        return all(
            now.frames > then.frames
            and now.freezes == then.freezes
            and now.pictures_lost == then.pictures_lost
            for then, now in zip(self.before, self.after, strict=True)
        )


async def received(viewer: Person, sender: Person) -> Received:
    return Received(*await viewer.page.evaluate(RECEIVED, sender.participant))


async def until_width(viewer: Person, sender: Person, width: int) -> None:
    await viewer.wait(
        WIDTH, [sender.participant, width], f"the {sender.role}'s picture to come {width} pixels wide"
    )


async def until_more_frames(viewer: Person, sender: Person, more: int) -> None:
    goal = (await received(viewer, sender)).frames + more
    await viewer.wait(FRAMES, [sender.participant, goal], f"{more} more pictures of the {sender.role}")


async def speaks(speaker: Person, viewer: Person) -> None:
    await speaker.press("mic")
    await viewer.until(
        "(view, id) => view.speaker === id", speaker.participant, what=f"the {speaker.role} to be the speaker"
    )


async def change_places(viewer: Person, listener: Person, speaker: Person) -> Change:
    """The listener spoke and was large; now the speaker is."""
    await until_width(viewer, listener, LARGE)
    for person in (listener, speaker):
        await until_more_frames(viewer, person, 10)
    before = (await received(viewer, listener), await received(viewer, speaker))
    await listener.press("mic")
    await speaks(speaker, viewer)
    await until_width(viewer, speaker, LARGE)
    await until_width(viewer, listener, SMALL)
    for person in (listener, speaker):
        await until_more_frames(viewer, person, 10)
    return Change(before, (await received(viewer, listener), await received(viewer, speaker)))


async def ranks(court: Court, demo: Demo, viewer: Person) -> dict[str, int]:
    """Ranks at the relay of the pictures that this viewer receives, by participant."""
    room = court.server.proceedings.room(demo.hearing)
    assert room is not None
    of_viewer = [one for one in room.live.consumers.values() if one.viewer == viewer.participant]
    told: dict[str, Any] = (await court.relay(demo.hearing))["consumers"]
    known = {identifier: one["priority"] for identifier, one in told.items()}
    found = {}
    for identifier, consumer in room.live.consumers.items():
        if consumer in of_viewer and consumer.producer.kind == "video":
            found[consumer.producer.participant] = known[identifier]
    return found


@pytest.mark.timeout(420)
async def test_who_is_large_comes_large_and_who_is_small_comes_small(court: Court, people: People) -> None:
    demo = await court.seed()
    clerk = await people.come("clerk")
    judge, claimant = [await people.come(role, picture=(640, 480)) for role in ("judge", "claimant")]
    for staff in (clerk, judge):
        staff.expects(r"status of 401")
    await come_to_demo(claimant, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, claimant)
    await finish_check(clerk, claimant)
    for role in ("claimant_counsel", "respondent", "respondent_counsel"):
        await note_absent(clerk, demo.link(role).participant or "")
    await enter_demo(judge, demo)
    await judge.in_phase("ready")
    for person in (judge, clerk, claimant):
        await person.press("mic")  # off, so that the test says who speaks
    await judge.press("open-session")
    await clerk.in_phase("in_session")

    # Two layers of a picture 640 by 480; one of the clerk's, which is smaller.
    for person in (judge, claimant):
        await person.wait(SENT, [SMALL, LARGE], "both layers to be sent")
    await clerk.wait(SENT, [SMALL], "one layer to be sent")

    # Who speaks is large in the middle, the other at a seat.
    await speaks(judge, clerk)
    await until_width(clerk, judge, LARGE)
    await until_width(clerk, claimant, SMALL)
    assert await ranks(court, demo, clerk) == {judge.participant: PRESIDING, claimant.participant: OTHERS}

    # They take turns and change places, and neither picture stands still or breaks. A machine that is busy with other
    # things lets a picture stand by itself, so that one undisturbed change of so many is asked for: a relay that let it
    # stand at each change has none.
    changes = []
    for turn in range(CHANGES):
        speaker, listener = (claimant, judge) if turn % 2 == 0 else (judge, claimant)
        change = await change_places(clerk, listener, speaker)
        print(f"change {turn}: {change}")
        changes.append(change)
        assert await ranks(court, demo, clerk) == {
            judge.participant: PRESIDING,
            claimant.participant: SPEAKER if speaker is claimant else OTHERS,
        }
        if turn > 0 and any(one.undisturbed for one in changes):
            break
    assert any(one.undisturbed for one in changes), changes
    for person in (judge, claimant):
        await clerk.sees(person)
