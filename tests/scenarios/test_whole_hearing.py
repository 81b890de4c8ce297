"""One hearing with everything that people do in it, from the first to the last minute, and what the file shows of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from room_server.rehearsal import session_seconds
from room_server.synthetic.channel import RequestFailed
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.stage import id_of
from room_server.synthetic.visitor import ApiRefused
from tests.scenarios.story import PATIENCE_S, TONES_HZ, Composed, Story, eventually, fresh, hears_tone

pytestmark = pytest.mark.scenario
JUDGE_HZ, CLERK_HZ, FIRST_HZ, SECOND_HZ, WITNESS_HZ, NOBODYS_HZ = TONES_HZ


async def test_a_hearing_from_the_first_to_the_last_minute(a_story: Story) -> None:
    stage = a_story.stage
    await a_story.in_session(2, with_waiting=True)
    cast = stage.cast
    for viewer in cast.inside:
        for number, other in enumerate(cast.inside):
            if viewer is not other:
                await hears_tone(viewer, other, TONES_HZ[number])

    await _muted_and_locked(a_story)
    await _recess(a_story)
    await _lost_network(a_story)
    back = await _left_and_came_back(a_story)
    elsewhere = await _second_device(a_story, back)
    await _late_witness(a_story)
    await _removed(a_story)
    await a_story.nothing_crossed_a_forbidden_edge()

    await a_story.media_flow_anew()
    await cast.judge.request("close_hearing")
    for person in (cast.judge, cast.clerk, cast.parties[0], elsewhere):
        assert (await person.wait_terminated(PATIENCE_S)).reason == "closed"
        assert not person.terminated.may_return
    with pytest.raises(ApiRefused) as refused:
        await elsewhere.visitor.token(id_of(elsewhere))
    assert refused.value.error.code == "hearing_closed"
    await a_story.archived()
    await a_story.record_is_whole()
    a_story.holds()
    await _the_file_shows_it(a_story)
    _a_flipped_byte_is_found(a_story)


async def _muted_and_locked(a_story: Story) -> None:
    """Silent for all by what they hear; the refused counter rises, and the edges carry nothing more of the voice."""
    cast = a_story.stage.cast
    muted = cast.parties[0]
    await cast.judge.request("mute", {"participant_id": id_of(muted), "lock": True})
    await muted.wait_for(lambda view: not view.me.microphone_on and view.me.microphone_locked)
    for viewer in cast.inside:
        if viewer is not muted:
            await viewer.wait_until(lambda v=viewer: not v.heard(id_of(muted)))  # type: ignore[misc]
    with pytest.raises(RequestFailed) as locked:
        await muted.request("set_microphone", {"on": True})
    assert locked.value.error.code == "microphone_locked"

    voices = [(viewer, await _voice_packets(viewer, muted)) for viewer in cast.inside if viewer is not muted]
    refused = await a_story.refused(muted, "microphone")
    sent = (await muted.packets_sent())["microphone"]

    async def still_sending() -> bool:
        return (await muted.packets_sent())["microphone"] > sent + 100

    await eventually(still_sending, "the muted party goes on sending")
    assert await a_story.refused(muted, "microphone") > refused + 50
    for viewer, packets in voices:
        assert await _voice_packets(viewer, muted) == packets, f"{viewer.name} received a muted voice"
        assert viewer.heard(id_of(muted)) == {}
    await cast.judge.request("unlock_microphone", {"participant_id": id_of(muted)})
    await muted.wait_for(lambda view: not view.me.microphone_locked)
    assert not muted.view.me.microphone_on, "the court unlocks; switching on is the person's own"
    await muted.request("set_microphone", {"on": True})
    await hears_tone(cast.judge, muted, FIRST_HZ)


async def _voice_packets(viewer: SyntheticParticipant, sender: SyntheticParticipant) -> int:
    return (await viewer.packets_received()).get((id_of(sender), "microphone"), 0)


async def _recess(a_story: Story) -> None:
    cast = a_story.stage.cast
    await cast.judge.request("recess", {"reason": "休庭十分钟"})
    for person in cast.inside:
        await person.wait_for(lambda view: view.phase.name == "recess" and not view.producers)
    before = await a_story.stage.relay_stats()
    refused = await a_story.refused(cast.parties[1], "camera")

    async def refused_grows() -> bool:
        return await a_story.refused(cast.parties[1], "camera") > refused + 20

    await eventually(refused_grows, "packets of the recess are refused")
    after = await a_story.stage.relay_stats()
    assert {name: edge["forwarded"] for name, edge in after["edges"].items()} == {
        name: edge["forwarded"] for name, edge in before["edges"].items()
    }
    await cast.judge.request("resume")
    await a_story.phase("in_session")
    await a_story.media_flow_anew()


async def _lost_network(a_story: Story) -> None:
    """The same device comes back by itself to the same place, with the same transports, asked nothing."""
    cast = a_story.stage.cast
    party = cast.parties[1]
    connections, rebuilds = party.connections, party.rebuilds
    await party.lose_network()
    await party.wait_until(lambda: party.connections == connections + 1, PATIENCE_S)
    assert party.view.me.place == "main" and party.view.me.admitted
    await fresh(party, cast.judge)
    await fresh(cast.judge, party)
    assert party.rebuilds == rebuilds


async def _left_and_came_back(a_story: Story) -> SyntheticParticipant:
    stage, cast = a_story.stage, a_story.stage.cast
    leaving = cast.parties[1]
    await leaving.request("leave")
    last = await leaving.wait_terminated(PATIENCE_S)
    assert last.reason == "left" and last.may_return
    detail = await stage.desk("GET", "")
    states = {person["id"]: person["state"] for person in detail["participants"]}
    assert states[id_of(leaving)] == "left_without_permission", "nobody had let them go"
    back = await stage.another_page(leaving, same_browser=True)
    await back.join(PATIENCE_S)
    assert back.view.me.place == "lobby" and back.view.producers == []
    await stage.admit(back)
    cast.parties[1] = back
    await fresh(cast.judge, back)
    await fresh(back, cast.judge)
    return back


async def _second_device(a_story: Story, first: SyntheticParticipant) -> SyntheticParticipant:
    """Another computer waits for the clerk while the first stays, and takes the place when it is let in."""
    stage, cast = a_story.stage, a_story.stage.cast
    second = await stage.another_page(first)
    issued = stage.invitations[id_of(first)]
    await second.accept(issued["url"], issued["code"])
    with pytest.raises(TimeoutError):
        await second.join(3.0)
    await cast.clerk.wait_for(
        lambda view: any(one.id == id_of(first) and one.second_device_waiting for one in view.desk or [])
    )
    assert first.terminated is None, "the first stays while the second waits"
    await fresh(cast.judge, first)
    await cast.clerk.request("approve_device", {"participant_id": id_of(first)})
    assert (await first.wait_terminated(PATIENCE_S)).reason == "replaced"
    await second.wait_for(lambda view: view.me.place == "main", PATIENCE_S)
    cast.parties[1] = second
    await fresh(cast.judge, second)
    await fresh(second, cast.judge)
    return second


async def _late_witness(a_story: Story) -> None:
    """Called in mid-session: seen by the clerk alone while being checked, told nothing from before the admission."""
    cast = a_story.stage.cast
    witness = cast.waiting
    assert witness is not None
    assert await witness.packets_received() == {}, "a witness receives nothing before being called (OLR 26)"
    who = {"participant_id": id_of(witness)}
    await cast.clerk.request("begin_check", who)
    await fresh(cast.clerk, witness)
    await fresh(witness, cast.clerk)
    received = {sender for sender, _source in await witness.packets_received()}
    assert received == {id_of(cast.clerk)}
    assert await a_story.forwarded(witness, cast.judge) == 0
    await cast.clerk.request("verify_identity", {**who, "method": "id_card_shown"})
    await cast.clerk.request("admit", who)
    await witness.wait_for(lambda view: view.me.place == "main")
    await fresh(cast.judge, witness)
    await hears_tone(cast.judge, witness, WITNESS_HZ)
    assert all("recess" not in line.text.en for line in witness.view.log), "no history before the admission"
    await eventually(lambda: cast.clerk.view.me.place == "main", "the clerk is back in the room")


async def _removed(a_story: Story) -> None:
    cast = a_story.stage.cast
    witness = cast.waiting
    assert witness is not None
    await cast.judge.request("remove", {"participant_id": id_of(witness), "reason": "扰乱法庭秩序"})
    last = await witness.wait_terminated(PATIENCE_S)
    assert last.reason == "removed" and not last.may_return
    with pytest.raises(ApiRefused) as refused:
        await witness.visitor.token(id_of(witness))
    assert refused.value.error.code == "removed"
    packets = await a_story.forwarded(witness, cast.judge)
    await a_story.media_flow_anew()
    assert await a_story.forwarded(witness, cast.judge) == packets


async def _the_file_shows_it(a_story: Story) -> None:
    proceedings = a_story.stage.server.proceedings
    hearing = await a_story.stage.hearing()
    detail = await proceedings.recording_detail(hearing)
    composed = Composed(a_story.folder)
    expected_s = session_seconds(await a_story.events())
    assert abs(composed.duration_s - expected_s) <= 1
    assert len(composed.brightness) >= int(composed.duration_s) - 1
    assert min(composed.brightness[1:]) > 30, "every picture shows something"
    end_s = composed.duration_s
    for hz in (JUDGE_HZ, CLERK_HZ, FIRST_HZ, SECOND_HZ):
        assert composed.share(hz, 0, end_s) > 0.3, f"{hz} Hz is not in the file"
    assert composed.share(WITNESS_HZ, 0, end_s) > 0
    assert composed.share(NOBODYS_HZ, 0, end_s) == 0

    at: dict[str, float] = {}
    for event in detail.events:
        if event.offset_s is not None:
            at.setdefault(event.type, event.offset_s)
    muted_s, unlocked_s = at["participant_muted"], at["microphone_unlocked"]
    assert composed.share(FIRST_HZ, muted_s + 0.7, unlocked_s - 0.3) == 0, "a muted voice is in the file"
    assert composed.share(JUDGE_HZ, muted_s + 0.7, unlocked_s - 0.3) > 0.9
    assert composed.share(FIRST_HZ, 0, muted_s - 0.3) > 0.5
    assert composed.share(WITNESS_HZ, 0, muted_s - 0.3) == 0


def _a_flipped_byte_is_found(a_story: Story) -> None:
    segment: Path = sorted((a_story.folder / "segments").rglob("*.mkv"))[3]
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    report = a_story.verified()
    assert not report.ok and segment.name in str(report.first_problem)
