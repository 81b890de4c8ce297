"""One side attends at court: its link lets nobody in, and the courtroom's own computer is how it is seen and heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain.model import SYSTEM
from room_server.synthetic.channel import Channel, ConnectRefused
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.picture import spread_hues
from room_server.synthetic.stage import id_of
from room_server.synthetic.visitor import ApiRefused
from tests.scenarios.story import (
    PATIENCE_S,
    TONES_HZ,
    Composed,
    Story,
    eventually,
    fresh,
    hears_tone,
    settings,
    story,
)
from tests.scenarios.test_absence import MovableClock

pytestmark = pytest.mark.scenario
CLAIMANT_HZ, RESPONDENT_HZ, COURTROOM_HZ = TONES_HZ[2], TONES_HZ[3], TONES_HZ[4]


@dataclass
class AtCourt:
    """The claimant consents and comes online; the respondent says nothing, so that side attends at court."""

    story: Story
    clock: MovableClock
    claimant: SyntheticParticipant
    respondent: SyntheticParticipant
    respondent_id: str
    hall: SyntheticParticipant = field(init=False)

    async def tick(self, seconds: float) -> None:
        self.clock.ahead += timedelta(seconds=seconds)
        await self.story.stage.server.proceedings.execute(self.story.stage.cast.hearing, c.Tick(), SYSTEM)

    @property
    def online(self) -> list[SyntheticParticipant]:
        return self.story.stage.cast.inside


async def state(a_story: Story, participant: str, position: str) -> None:
    value = {"position": position, "stage": "trial", "reasons": ""}
    body = {"key": f"position:{participant}", "value": value, "asserted_by": "party", "how": "paper"}
    await a_story.stage.desk("POST", "facts", body)


async def arranged(a_story: Story, clock: MovableClock) -> AtCourt:
    stage = a_story.stage
    cast = await stage.cast_hearing(2, with_waiting=False, consent=False)
    claimant_id, respondent_id = await stage.listed("party")
    await state(a_story, claimant_id, "consents")
    determination = await stage.pass_the_gate()
    assert determination["outcome"] == "hybrid" and determination["ruleset"].startswith("spc-2021@")
    claimant, respondent = cast.parties
    for person, participant in ((claimant, claimant_id), (respondent, respondent_id)):
        issued = await stage.desk("POST", f"participants/{participant}/invitation")
        stage.invitations[participant] = issued
        await person.accept(issued["url"], issued["code"])
    for staff in (cast.clerk, cast.judge):
        await staff.enter(cast.hearing)
    cast.parties[:] = [claimant]  # `inside` is who takes part online
    for person in cast.inside:
        await person.join(PATIENCE_S)
    await stage.admit(claimant)
    return AtCourt(a_story, clock, claimant, respondent, respondent_id)


async def courtroom(a_story: Story) -> SyntheticParticipant:
    """A browser on the court's own computer, where the clerk signs in and opens the courtroom."""
    stage = a_story.stage
    page = await stage.person("COURTROOM", 4, spread_hues(5))
    await page.visitor.sign_in("clerk", stage._password)
    await open_courtroom(page, stage.cast.hearing)
    return page


async def open_courtroom(page: SyntheticParticipant, hearing: str) -> None:
    opened = await page.visitor.api("POST", f"hearings/{hearing}/courtroom", {})
    page.participation = opened["participation"]
    info = await page.visitor.prepare(opened["participation"])
    assert (info.role, info.step, info.name) == ("courtroom", "room", "演练法庭")


async def _refused_by_every_way(told: AtCourt) -> None:
    """The link's page, the token endpoint, and a token that somebody got all the same."""
    stage, respondent = told.story.stage, told.respondent
    info = await respondent.visitor.join_info(told.respondent_id)
    assert info.step == "at_court" and info.at_court is not None
    assert info.at_court.reason is not None and (info.at_court.citation or "").startswith("OLR")
    with pytest.raises(ApiRefused) as refused:
        await respondent.visitor.token(told.respondent_id)
    assert refused.value.error.code == "attends_at_court"
    token = await stage.server.proceedings.mint_room_token(stage.cast.hearing, told.respondent_id, "dev_x")
    channel = Channel(lambda view: None, lambda last: None)
    with pytest.raises(ConnectRefused) as turned_away:
        await channel.open(stage.server.url, token.socket_path, token.token)
    assert turned_away.value.error is not None and turned_away.value.error.code == "attends_at_court"
    assert not (await stage.hearing()).participants[told.respondent_id].connected
    stats = await stage.relay_stats()
    assert not any(told.respondent_id in edge for edge in stats["edges"])


async def _readiness(told: AtCourt) -> None:
    """Neither the courtroom nor the clerk's note alone makes the room ready."""
    clerk, judge = told.story.stage.cast.clerk, told.story.stage.cast.judge

    def open_items(view: Any) -> set[str]:
        return {item.key for item in view.readiness or [] if not item.done}

    at_court = f"participant:{told.respondent_id}"
    await clerk.wait_for(lambda view: open_items(view) == {"courtroom", at_court}, PATIENCE_S)
    told.hall = await courtroom(told.story)
    await told.hall.join(PATIENCE_S)
    assert told.hall.view.me.place == "main" and told.hall.view.desk is None
    await clerk.wait_for(lambda view: open_items(view) == {at_court}, PATIENCE_S)
    assert judge.view.phase.name == "lobby_open"
    noted = {"participant_id": told.respondent_id, "method": "id_card_shown"}
    await clerk.request("note_present_at_court", noted)
    await judge.wait_for(lambda view: view.phase.name == "ready", PATIENCE_S)
    await told.claimant.wait_for(
        lambda view: any(one.id == told.respondent_id and one.at_court for one in view.participants)
    )


async def _everybody_with_the_courtroom(told: AtCourt) -> None:
    for person in told.online:
        await fresh(person, told.hall)
        await fresh(told.hall, person)
    await hears_tone(told.claimant, told.hall, COURTROOM_HZ)
    await hears_tone(told.hall, told.claimant, CLAIMANT_HZ)


async def _muted_and_back(told: AtCourt) -> None:
    judge, who = told.story.stage.cast.judge, {"participant_id": id_of(told.hall)}
    await judge.request("mute", who)
    await told.claimant.wait_until(lambda: not told.claimant.heard(id_of(told.hall)), PATIENCE_S)
    await told.hall.request("set_microphone", {"on": True})
    await hears_tone(told.claimant, told.hall, COURTROOM_HZ)


async def _lost_for_thirty_seconds_and_back(told: AtCourt) -> None:
    stage, cast = told.story.stage, told.story.stage.cast
    away = told.hall
    await away.stop()

    async def gone() -> bool:
        return not (await stage.hearing()).participants[id_of(away)].connected

    await eventually(gone, "the loss of the courtroom is noticed")
    await told.tick(20)
    assert (await stage.hearing()).forwarding_paused is None
    await told.tick(10)
    for person in told.online:
        await person.wait_for(
            lambda view: view.producers == [] and any(one.id == "side_absent" for one in view.notices),
            PATIENCE_S,
        )
    assert cast.judge.view.phase.name == "in_session"
    paused = (await stage.hearing()).forwarding_paused
    assert paused is not None and paused.sides == (told.respondent_id,)
    told.hall = await stage.another_page(away, same_browser=True)
    await told.hall.join(PATIENCE_S)
    await cast.judge.wait_for(lambda view: bool(view.producers) and not view.notices, PATIENCE_S)
    await _everybody_with_the_courtroom(told)


async def test_one_side_at_court_from_the_refused_link_to_the_recording(tmp_path: Path) -> None:
    config = settings(tmp_path / "data").model_copy(update={"ruleset": "spc-2021"})
    clock = MovableClock()
    async with story(config, clock=clock) as a_story:
        told = await arranged(a_story, clock)
        await _refused_by_every_way(told)
        await _readiness(told)
        await a_story.stage.open_session()
        await _everybody_with_the_courtroom(told)
        await _refused_by_every_way(told)
        await _muted_and_back(told)
        await _lost_for_thirty_seconds_and_back(told)
        await a_story.nothing_crossed_a_forbidden_edge()
        await a_story.stage.cast.judge.request("close_hearing")
        for person in (*told.online, told.hall):
            assert (await person.wait_terminated(PATIENCE_S)).reason == "closed"
        await a_story.archived()
        await a_story.record_is_whole()
        a_story.holds()
        _the_file_has_the_courtroom(told)


def _the_file_has_the_courtroom(told: AtCourt) -> None:
    hall, folder = id_of(told.hall), told.story.folder
    entries = told.story.manifest()
    tracks = {e.data["source"] for e in entries if e.kind == "track" and e.data["participant"] == hall}
    assert tracks == {"microphone", "camera"}, "its own picture and sound"
    assert not any(e.kind == "track" and e.data["participant"] == told.respondent_id for e in entries)
    (listed,) = [e.data for e in entries if e.kind == "participant" and e.data["id"] == hall]
    assert (listed["name"], listed["role"]) == ("演练法庭", "courtroom")
    composed = Composed(folder)
    # The clock was moved on by half a minute, in which nobody sent anything: the claimant, always there, is the measure.
    always = composed.share(CLAIMANT_HZ, 0, composed.duration_s)
    assert composed.share(COURTROOM_HZ, 0, composed.duration_s) > 0.3 * always > 0
    assert composed.share(RESPONDENT_HZ, 0, composed.duration_s) == 0


async def test_who_is_connected_when_the_answer_changes_is_cut_off_and_told(tmp_path: Path) -> None:
    config = settings(tmp_path / "data").model_copy(update={"ruleset": "spc-2021"})
    async with story(config) as a_story:
        stage = a_story.stage
        cast = await stage.cast_hearing(2, with_waiting=False)
        await stage.pass_the_gate()
        await stage.invite_and_join()
        claimant, respondent = cast.parties
        for party in (claimant, respondent):
            await stage.admit(party)
        respondent_id = id_of(respondent)
        old = await respondent.visitor.token(respondent_id)
        await state(a_story, respondent_id, "objects")
        last = await respondent.wait_terminated(PATIENCE_S)
        assert (last.reason, last.may_return) == ("at_court", False) and "法庭现场" in last.text.zh
        assert claimant.terminated is None
        info = await respondent.visitor.join_info(respondent_id)
        assert info.step == "at_court"
        with pytest.raises(ApiRefused) as refused:
            await respondent.visitor.token(respondent_id)
        assert refused.value.error.code == "attends_at_court"
        channel = Channel(lambda view: None, lambda terminated: None)
        with pytest.raises(ConnectRefused) as turned_away:
            await channel.open(stage.server.url, old.socket_path, old.token)
        assert turned_away.value.error is not None and turned_away.value.error.code == "token_outdated"
        stats = await stage.relay_stats()
        assert not any(one["participant"] == respondent_id for one in stats["producers"].values())


async def test_a_second_computer_takes_the_courtroom_over(tmp_path: Path) -> None:
    clock = MovableClock()
    config = settings(tmp_path / "data").model_copy(update={"ruleset": "spc-2021"})
    async with story(config, clock=clock) as a_story:
        await arranged(a_story, clock)
        first = await courtroom(a_story)
        await first.join(PATIENCE_S)
        second = await courtroom(a_story)
        last = await first.wait_terminated(PATIENCE_S)
        assert (last.reason, last.may_return) == ("replaced", False) and "另一台电脑" in last.text.zh
        assert id_of(second) == id_of(first)
        with pytest.raises(ApiRefused) as refused:
            await first.visitor.token(id_of(first))
        assert refused.value.error.code == "courtroom_elsewhere"
        await second.join(PATIENCE_S)
        assert second.view.me.state == "in_room"
        await second.visitor.api("POST", "sign-out", {})
        assert (await second.wait_terminated(PATIENCE_S)).reason == "signed_out", (
            "it was open by that sign-in"
        )
        hearing = await a_story.stage.hearing()
        assert not hearing.participants[id_of(second)].connected
        assert hearing.participants[id_of(a_story.stage.cast.clerk)].connected, "the clerk at the desk stays"
