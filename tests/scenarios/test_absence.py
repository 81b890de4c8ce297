"""Somebody is gone: the bench for 10 seconds, a side for 30. The clock is moved on, not waited for."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from room_server.clock import SystemClock
from room_server.domain import commands as c
from room_server.domain.model import SYSTEM
from room_server.synthetic.stage import id_of
from tests.scenarios.story import PATIENCE_S, Story, eventually, settings, story

pytestmark = pytest.mark.scenario


class MovableClock(SystemClock):
    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


async def _gone(a_story: Story, participant: str) -> None:
    async def noted() -> bool:
        return not (await a_story.stage.hearing()).participants[participant].connected

    await eventually(noted, "the loss is noticed")


async def test_a_judge_gone_for_ten_seconds_suspends_the_hearing(tmp_path: Path) -> None:
    clock = MovableClock()
    async with story(settings(tmp_path / "data"), clock=clock) as a_story:
        await a_story.in_session()
        stage, cast = a_story.stage, a_story.stage.cast
        proceedings = stage.server.proceedings
        away = cast.judge
        await away.stop()
        await _gone(a_story, id_of(away))
        left = (await stage.hearing()).participants[id_of(away)].last_disconnect
        assert left is not None
        assert (await stage.hearing()).phase == "in_session", "a short loss suspends nothing"
        clock.ahead += timedelta(seconds=10)
        await proceedings.execute(cast.hearing, c.Tick(), SYSTEM)
        await cast.parties[0].wait_for(lambda view: view.phase.name == "suspended_technical", PATIENCE_S)
        assert cast.parties[0].view.phase.reason == "bench_absent"
        assert cast.parties[0].view.producers == [], "nothing is forwarded without the bench"

        cast.judge = await stage.another_page(away, same_browser=True)
        await cast.judge.join(PATIENCE_S)
        assert cast.judge.view.me.place == "main"
        await cast.judge.request("resume")
        await a_story.phase("in_session")
        await a_story.media_flow_anew()


async def test_a_side_gone_for_thirty_seconds_pauses_forwarding_until_the_judge_goes_on(
    tmp_path: Path,
) -> None:
    clock = MovableClock()
    async with story(settings(tmp_path / "data"), clock=clock) as a_story:
        await a_story.in_session()
        stage, cast = a_story.stage, a_story.stage.cast
        proceedings, away = stage.server.proceedings, cast.parties[1]
        await away.stop()
        await _gone(a_story, id_of(away))
        clock.ahead += timedelta(seconds=20)
        await proceedings.execute(cast.hearing, c.Tick(), SYSTEM)
        assert (await stage.hearing()).forwarding_paused is None
        clock.ahead += timedelta(seconds=10)
        await proceedings.execute(cast.hearing, c.Tick(), SYSTEM)
        await cast.judge.wait_for(
            lambda view: any(notice.id == "side_absent" for notice in view.notices), PATIENCE_S
        )
        assert cast.judge.view.phase.name == "in_session"
        assert cast.judge.view.producers == [] and cast.parties[0].view.producers == []
        before = await a_story.forwarded(cast.clerk, cast.judge)
        refused = await a_story.refused(cast.clerk, "camera")

        async def refused_grows() -> bool:
            stats = await stage.relay_stats()
            edges = stats["edges"].get(f"{id_of(cast.clerk)}>{id_of(cast.judge)}", {})
            return edges.get("refused", 0) > 20 or await a_story.refused(cast.clerk, "camera") > refused

        await eventually(refused_grows, "packets go on coming and are refused")
        assert await a_story.forwarded(cast.clerk, cast.judge) == before

        await cast.judge.request("resume")
        inside = [cast.judge, cast.clerk, cast.parties[0]]
        await a_story.media_flow_anew(inside)
        assert any("resumed" in one.type for one in await a_story.events()), "it is on the record"
        cast.parties[1] = await stage.another_page(away, same_browser=True)
        await cast.parties[1].join(PATIENCE_S)
        assert cast.parties[1].view.me.place == "main", "the place was kept"
        await a_story.media_flow_anew()
