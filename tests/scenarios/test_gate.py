"""The gate in front of the courtroom: what forbids an online hearing, and that no way leads around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from room_server.domain import commands as c
from room_server.domain.model import SYSTEM, Actor
from room_server.errors import CommandRefused
from room_server.synthetic.channel import RequestFailed
from room_server.synthetic.visitor import ApiRefused
from tests.scenarios.story import Story, settings, story

pytestmark = pytest.mark.scenario
CLERK = Actor("staff", "acc_somebody", "clerk", "Somebody")
JUDGE = Actor("staff", "acc_judge", "judge", "Somebody")


async def _refused(a_story: Story, path: str) -> ApiRefused:
    with pytest.raises(ApiRefused) as refused:
        await a_story.stage.desk("POST", path)
    return refused.value


async def _commanded(a_story: Story, command: c.Command, actor: Actor) -> str:
    with pytest.raises(CommandRefused) as refused:
        await a_story.stage.server.proceedings.execute(a_story.stage.cast.hearing, command, actor)
    return refused.value.code


async def test_when_every_side_objects_no_way_leads_in_until_the_facts_change(tmp_path: Path) -> None:
    config = settings(tmp_path / "data")
    async with story(config) as a_story:
        stage = a_story.stage
        await stage.cast_hearing(2, with_waiting=False, consent=False)
        await stage.state_positions("objects", reasons="the original contract must be seen")
        decided = await stage.desk("POST", "determine")
        assert decided["phase"] == "blocked" and decided["determination"]["outcome"] == "block"
        for path in ("schedule", "open-lobby"):
            refused = await _refused(a_story, path)
            assert refused.status in (403, 409)
            assert refused.error.citation == "V; OLR 21(1)", refused
            finding = next(f for f in decided["determination"]["findings"] if f["outcome"] == "block")
            assert refused.error.text.model_dump() == finding["text"]
        with pytest.raises(ApiRefused):
            await stage.cast.judge.enter(stage.cast.hearing)
        for command in (c.ScheduleHearing(), c.OpenLobby(), c.OpenSession()):
            for actor in (CLERK, JUDGE, SYSTEM, _judge(a_story, (await stage.hearing()).id)):
                await _commanded(a_story, command, actor)
        assert (await stage.hearing()).phase == "blocked"
        hearing = stage.cast.hearing

    async with story(config) as again:
        proceedings = again.stage.server.proceedings
        assert (await proceedings.get(hearing)).phase == "blocked", "a restart opens nothing"
        for command in (c.ScheduleHearing(), c.OpenLobby(), c.OpenSession()):
            with pytest.raises(CommandRefused):
                await proceedings.execute(hearing, command, CLERK)


def _judge(a_story: Story, hearing: str) -> Actor:
    room = a_story.stage.server.proceedings.room(hearing)
    assert room is not None
    judge = next(room.hearing.with_role("presiding_judge"))
    return Actor("participant", judge.id, judge.role, judge.name)


async def test_consent_opens_and_changed_facts_close_again(a_story: Story) -> None:
    stage = a_story.stage
    cast = await stage.cast_hearing(2, with_waiting=False, consent=False)
    await stage.state_positions("objects", reasons="")
    assert (await stage.desk("POST", "determine"))["phase"] == "blocked"
    await stage.state_positions("consents")
    assert (await stage.desk("GET", ""))["phase"] == "eligible", (
        "changed facts are checked again by themselves"
    )
    assert (await stage.pass_the_gate())["outcome"] == "allow"
    await stage.invite_and_join()
    for party in cast.parties:
        await stage.admit(party)
    await cast.judge.wait_for(lambda view: view.phase.name == "ready")

    await stage.state_positions("objects", reasons="the original contract must be seen")
    await cast.judge.wait_for(lambda view: view.phase.name == "blocked")
    assert not cast.judge.view.actions["open_session"].allowed
    with pytest.raises(RequestFailed):
        await cast.judge.request("open_session")
    assert (await _refused(a_story, "open-lobby")).status in (403, 409)
    for actor in (CLERK, JUDGE, SYSTEM, _judge(a_story, cast.hearing)):
        await _commanded(a_story, c.OpenSession(), actor)
    assert not await a_story.has_event("session_opened")
    for sender in cast.inside:
        for receiver in cast.inside:
            assert (
                sender is receiver
                or receiver is cast.clerk
                or sender is cast.clerk
                or (await a_story.forwarded(sender, receiver) == 0)
            )

    await stage.state_positions("consents")
    # What was arranged is given back: nobody has to schedule anew or to come back.
    await cast.judge.wait_for(lambda view: view.phase.name == "ready")
    for wrong in (cast.clerk, *cast.parties):
        with pytest.raises(RequestFailed) as refused:
            await wrong.request("open_session")
        assert refused.value.error.code == "not_permitted"
    await stage.open_session()
    await stage.everyone_sees_everyone()
