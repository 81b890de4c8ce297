"""Two hearings at once on one server, with the same staff, names, colours and tones: neither sees or hears the other.

Be they relayed by one worker, or by two.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from room_server.synthetic.stage import PictureSize, id_of
from tests.scenarios.story import TONES_HZ, Story, hears_tone, settings, story, with_workers

pytestmark = pytest.mark.scenario


# All these people live in one process: what it cannot read in time is lost, and would stand still for long.
SMALL = PictureSize(160, 120, 5)


@pytest.mark.parametrize("workers", [1, 2])
async def test_equal_names_in_two_hearings_never_meet(tmp_path: Path, workers: int) -> None:
    async with story(with_workers(settings(tmp_path / "data"), workers), size=SMALL) as one:
        await _never_meet(one, Story(one.stage.beside()), workers)


async def _never_meet(one: Story, other: Story, workers: int) -> None:
    await one.in_session(1)
    await other.in_session(1)
    relays = one.stage.server.proceedings.relays
    assert len({relays.worker_of(told.stage.cast.hearing) for told in (one, other)}) == workers
    here, there = one.stage.cast, other.stage.cast
    assert [person.name for person in here.inside] == [person.name for person in there.inside]

    await there.judge.request("mute_all", {"lock": True})
    await there.judge.request("set_microphone", {"on": False})
    for viewer in there.inside:
        for source in there.inside:
            await viewer.wait_until(lambda v=viewer, s=source: not v.heard(id_of(s)))  # type: ignore[misc]
    await one.media_flow_anew()
    for viewer in here.inside:
        for number, source in enumerate(here.inside):
            if viewer is not source:
                await hears_tone(viewer, source, TONES_HZ[number])
    assert all(viewer.heard(id_of(source)) == {} for viewer in there.inside for source in there.inside)

    for mine, foreign in ((one, other), (other, one)):
        ids = {id_of(person) for person in mine.stage.cast.inside}
        strangers = {id_of(person) for person in foreign.stage.cast.inside}
        assert not ids & strangers
        stats = await mine.stage.relay_stats()
        ends = {end for edge in stats["edges"] for end in edge.split(">")}
        assert ends == ids, "an edge leads out of the hearing"
        assert {producer["participant"] for producer in stats["producers"].values()} == ids
        for viewer in mine.stage.cast.inside:
            assert {sender for sender, _source in await viewer.packets_received()} <= ids
            shown = viewer.view.model_dump_json()
            assert not [stranger for stranger in strangers if stranger in shown]
        await mine.nothing_crossed_a_forbidden_edge()

    await there.judge.request("close_hearing")
    await one.media_flow_anew()
    assert here.judge.view.phase.name == "in_session", "the end of one is not the end of the other"
    await other.archived()
    other.holds()
    assert {entry.data["participant"] for entry in other.manifest() if entry.kind == "track"} <= {
        id_of(person) for person in there.inside
    }
