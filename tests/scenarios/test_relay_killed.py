"""The relay worker dies in mid-hearing: browsers make their media anew, asked nothing, and the gap is in the file."""

from __future__ import annotations

import pytest

from room_server.synthetic.stage import id_of
from tests.scenarios.story import TONES_HZ, Story, eventually, hears_tone, kill

pytestmark = pytest.mark.scenario


async def test_a_killed_relay_is_started_again_and_the_browsers_rejoin(a_story: Story) -> None:
    await a_story.in_session()
    cast, relays = a_story.stage.cast, a_story.stage.server.proceedings.relays
    muted = cast.parties[1]
    await cast.judge.request("mute", {"participant_id": id_of(muted), "lock": True})
    await eventually(lambda: a_story.segments() >= 4, "a segment of every track but one")
    first, generation = relays.workers[0].pid, cast.judge.view.media.generation
    connections = {person.name: person.connections for person in cast.inside}

    kill(first)
    await eventually(lambda: a_story.has_event("relay_interrupted"), "the loss is on the record")
    await cast.judge.wait_for(lambda view: view.media.generation != generation, 60)
    for person in cast.inside:
        await person.wait_until(lambda p=person: p.rebuilds == 1, 60)  # type: ignore[misc]
    assert relays.workers[0].pid not in (None, first)
    for viewer in cast.inside:
        for number, other in enumerate(cast.inside):
            if viewer is other:
                continue
            seen = viewer.frames(id_of(other))
            await viewer.wait_until(lambda v=viewer, o=other, s=seen: v.frames(id_of(o)) > s + 3, 60)  # type: ignore[misc]
            if other is not muted:
                await hears_tone(viewer, other, TONES_HZ[number])
    assert all(viewer.heard(id_of(muted)) == {} for viewer in cast.inside), "a mute outlives the relay"
    assert {person.name: person.connections for person in cast.inside} == connections, "nobody was thrown out"
    assert cast.judge.view.phase.name == "in_session"
    assert not [notice for notice in cast.judge.view.notices if notice.id == "relay"]
    await a_story.nothing_crossed_a_forbidden_edge()

    await eventually(lambda: "relay_restart" in a_story.gaps(), "the gap is in the file")
    segments = a_story.segments()
    await eventually(lambda: a_story.segments() > segments + 3, "the new tracks are recorded")
    await a_story.close()
    await a_story.record_is_whole()
    a_story.holds()
