"""The recorder dies in mid-hearing: once it comes back at once, once it cannot, once the disk is full."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from pathlib import Path

import pytest

from recording.timeline import Timeline
from tests.scenarios.story import Story, eventually, kill, settings, story

pytestmark = pytest.mark.scenario
SEGMENT_S = 2.0


async def test_a_killed_recorder_is_started_again_and_the_gap_is_in_the_file(a_story: Story) -> None:
    await a_story.in_session()
    judge = a_story.stage.cast.judge
    await eventually(lambda: a_story.segments() >= 4, "a segment of every track but one")
    first = a_story.recording.pid
    kept = a_story.manifest()
    kill(first)
    await a_story.stage.cast.parties[0].request("raise_hand")
    await eventually(lambda: a_story.recording.pid not in (None, first), "another recorder")
    await eventually(lambda: a_story.has_event("recording_restored"), "the hearing knows of it")
    assert judge.view.phase.name == "in_session", "the hearing went on"
    assert "recorder_restart" in a_story.gaps()
    assert a_story.manifest()[: len(kept)] == kept, "what was signed is still there"

    segments = a_story.segments()
    await a_story.media_flow_anew()
    await eventually(lambda: a_story.segments() > segments + 4, "segments of the new recorder")
    await a_story.close()
    await a_story.record_is_whole()
    a_story.holds()
    assert _longest_hole_s(a_story) < 10, "no more than the segment under way and the restart is missing"


def _longest_hole_s(a_story: Story) -> float:
    """The longest time within one track without a segment while its recording ran."""
    timeline = Timeline.from_entries(a_story.manifest())
    holes = [0.0]
    for track in timeline.tracks:
        spans = sorted((s.start_ns, s.end_ns) for s in timeline.segments if s.track == track)
        holes += [(later[0] - earlier[1]) / 1e9 for earlier, later in itertools.pairwise(spans)]
    return max(holes)


async def test_a_recorder_that_cannot_come_back_suspends_the_hearing(a_story: Story) -> None:
    await a_story.in_session()
    cast = a_story.stage.cast
    await eventually(lambda: a_story.segments() >= 2, "something is recorded")
    aside = a_story.folder.with_name("aside")
    kill(a_story.recording.pid)
    a_story.folder.rename(aside)
    a_story.folder.write_text("a file where the folder should be")
    await a_story.phase("suspended_technical")
    await cast.parties[0].wait_for(lambda view: view.phase.name == "suspended_technical")
    view = cast.parties[0].view
    assert view.phase.reason == "recorder_lost"
    assert view.recording.state == "unhealthy" and view.notices, "everyone is told"
    assert not view.producers, "nothing is forwarded while it is not recorded"
    assert not cast.judge.view.actions["resume"].allowed

    a_story.folder.unlink()
    aside.rename(a_story.folder)
    await cast.judge.wait_for(lambda view: view.actions["resume"].allowed, 30)
    await cast.judge.request("resume")
    await a_story.phase("in_session")
    await a_story.media_flow_anew()
    assert _recorders(a_story.folder) == [a_story.recording.pid], "exactly one recorder writes"
    await a_story.close()
    await a_story.record_is_whole()
    assert "recorder_restart" in a_story.gaps()
    a_story.holds()


def _recorders(folder: Path) -> list[int]:
    """Processes that hold this recording's manifest open."""
    manifest = (folder / "manifest.jsonl").resolve()
    found = set()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            held = [os.readlink(link) for link in (process / "fd").iterdir()]
        except OSError:
            continue  # ended meanwhile, or somebody else's
        if str(manifest) in held:
            found.add(int(process.name))
    return sorted(found)


async def test_a_full_disk_suspends_the_hearing_until_there_is_room_again(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    ballast = tmp_path / "ballast"
    ballast_bytes = 8 << 30
    if free < 3 * ballast_bytes:
        ballast_bytes = free // 3
    config = settings(tmp_path / "data", min_free_bytes=free - ballast_bytes // 2)
    async with story(config) as a_story:
        await a_story.in_session()
        cast = a_story.stage.cast
        await eventually(lambda: a_story.segments() >= 2, "something is recorded")
        try:
            with ballast.open("wb") as file:
                await asyncio.to_thread(os.posix_fallocate, file.fileno(), 0, ballast_bytes)
            await cast.parties[0].wait_for(lambda view: view.phase.name == "suspended_technical", 30)
            view = cast.parties[0].view
            assert view.phase.reason == "disk_full"
            assert any("disk" in notice.text.en for notice in view.notices)
            assert not cast.judge.view.actions["resume"].allowed
        finally:
            ballast.unlink()
        await cast.judge.wait_for(lambda view: view.actions["resume"].allowed, 30)
        await cast.judge.request("resume")
        await a_story.phase("in_session")
        await a_story.media_flow_anew()
        await a_story.close()
        await a_story.record_is_whole()
        assert "disk_full" in a_story.gaps()
        a_story.holds()
