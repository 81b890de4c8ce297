"""Three hearings on two relay workers, one of which is killed: only its own hearing notices, and comes back by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.stage import PictureSize, id_of
from tests.scenarios.story import TONES_HZ, Story, eventually, hears_tone, kill, settings, story, with_workers

pytestmark = pytest.mark.scenario

# All these people live in one process: what it cannot read in time is lost, and would stand still for long.
SMALL = PictureSize(160, 120, 5)
UNDER_WAY = 25
"""Packets of half a second of sound: more can be between a sender and a receiver only where something stood still."""


async def sounds(told: Story) -> dict[tuple[str, str], tuple[int, int]]:
    """By (sender, receiver): packets of sound that were sent, and that arrived there."""
    inside = told.stage.cast.inside
    sent = {person.name: (await person.packets_sent())["microphone"] for person in inside}
    counted = {}
    for viewer in inside:
        received = await viewer.packets_received()
        for sender in inside:
            if sender is not viewer:
                arrived = received[id_of(sender), "microphone"]
                counted[sender.name, viewer.name] = (sent[sender.name], arrived)
    return counted


def connections(told: Story) -> dict[str, tuple[int, int]]:
    """How often each person has connected, and has made their media anew."""
    return {person.name: (person.connections, person.rebuilds) for person in told.stage.cast.inside}


def generation(told: Story) -> str:
    return told.stage.cast.judge.view.media.generation


def tracks(told: Story) -> list[Any]:
    """What the recording names as tracks: each person's sound and picture, and again whatever was published anew."""
    return [entry.data["track"] for entry in told.manifest() if entry.kind == "track"]


async def rebuilt(person: SyntheticParticipant) -> None:
    await person.wait_until(lambda: person.rebuilds == 1, 60)


async def test_the_death_of_a_worker_touches_its_own_hearing_only(tmp_path: Path) -> None:
    async with story(with_workers(settings(tmp_path / "data"), 2), size=SMALL) as first:
        relays = first.stage.server.proceedings.relays
        second, third = Story(first.stage.beside()), Story(first.stage.beside())
        for told in (first, second, third):
            await told.in_session(1)
        hearings = [told.stage.cast.hearing for told in (first, second, third)]
        placed = [relays.worker_of(hearing) for hearing in hearings]
        assert [worker and worker.worker for worker in placed] == [1, 2, 1], "spread over the workers"
        one, two = relays.workers
        assert one.port != two.port and (one.hearings, two.hearings) == (2, 1)

        unharmed = (first, third)
        before = [(generation(told), connections(told), await sounds(told)) for told in unharmed]
        here = connections(second)
        died, was = two.pid, generation(second)
        await eventually(lambda: second.segments() >= 4, "a segment of every track but two")
        kill(died)

        # ── the hearing that was there comes back ──────────────────────────────────────────────────────────────────
        await eventually(lambda: second.has_event("relay_interrupted"), "the loss is on the record")
        await second.stage.cast.judge.wait_for(lambda view: view.media.generation != was, 60)
        for person in second.stage.cast.inside:
            await rebuilt(person)
        await second.media_flow_anew()
        inside = second.stage.cast.inside
        for viewer in inside:
            for number, other in enumerate(inside):
                if viewer is not other:
                    await hears_tone(viewer, other, TONES_HZ[number])
        await second.nothing_crossed_a_forbidden_edge()
        assert await second.has_event("relay_recovered")
        assert not [notice for notice in second.stage.cast.judge.view.notices if notice.id == "relay"]
        assert {name: (count, 1) for name, (count, _) in here.items()} == connections(second)
        await eventually(lambda: "relay_restart" in second.gaps(), "the gap is in the file")
        now = relays.worker_of(second.stage.cast.hearing)
        assert now is not None and now.pid not in (None, died)

        # ── the others have not noticed anything ───────────────────────────────────────────────────────────────────
        for told, (earlier, connected, counts) in zip(unharmed, before, strict=True):
            await told.media_flow_anew()
            assert (generation(told), connections(told)) == (earlier, connected)
            assert not await told.has_event("relay_interrupted")
            assert told.gaps() == [] and len(tracks(told)) == 6, "the file goes on as it was"
            assert (await told.stage.relay_stats())["tap"]["dropped"] == 0
            for edge, (sent, arrived) in (await sounds(told)).items():
                sent_before, arrived_before = counts[edge]
                assert sent > sent_before
                assert abs((sent - sent_before) - (arrived - arrived_before)) <= UNDER_WAY, edge
            await told.nothing_crossed_a_forbidden_edge()
        assert relays.workers[0].pid == one.pid
        await eventually(
            lambda: relays.workers[1].pid not in (None, died), "the dead worker is started again"
        )
        assert all(
            person.terminated is None for told in (first, second, third) for person in told.stage.cast.inside
        )

        await third.close()
        await third.record_is_whole()
        third.holds()
        assert third.gaps() == [] and len(tracks(third)) == 6
        assert relays.worker_of(third.stage.cast.hearing) is None, "who has ended holds no place"
