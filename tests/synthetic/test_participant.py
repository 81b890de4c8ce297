"""Synthetic participants in a real hearing: a whole server, its relay worker and its recorder on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from room_server.app import Server, start_server
from room_server.demo import Demo, seed
from room_server.demonstration import demo_config
from room_server.synthetic.bots import Bots
from room_server.synthetic.channel import RequestFailed
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.picture import PictureSource, hue_distance, spread_hues
from room_server.synthetic.tone import Tone
from room_server.synthetic.visitor import ApiRefused, own_session

pytestmark = pytest.mark.scenario
ROLES = ("judge", "clerk", "claimant", "respondent")
TONES_HZ = {role: 400 + 150 * number for number, role in enumerate(ROLES)}
HUES = dict(zip(ROLES, spread_hues(len(ROLES)), strict=True))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    running = await start_server(demo_config(data=tmp_path / "data", port=0))
    yield running
    await running.stop()


@pytest.fixture
async def demo(server: Server) -> Demo:
    return await seed(server)


@pytest.fixture
async def people(server: Server, demo: Demo) -> AsyncIterator[dict[str, SyntheticParticipant]]:
    async with AsyncExitStack() as stack:
        made = {}
        for role in ROLES:
            session = await stack.enter_async_context(own_session())
            made[role] = SyntheticParticipant(
                server.url,
                name=role,
                session=session,
                picture=PictureSource(role, width=160, height=120, fps=10, hue=HUES[role]),
                tone=Tone(TONES_HZ[role]),
                listen_for_hz=tuple(TONES_HZ.values()),
            )
            stack.push_async_callback(made[role].stop)
        for role in ("judge", "clerk"):
            await made[role].visitor.sign_in(role, demo.password)
            await made[role].enter(demo.hearing)
        for role in ("claimant", "respondent"):
            link = demo.link(role)
            await made[role].accept(link.path, link.code)
        yield made


def id_of(participant: SyntheticParticipant) -> str:
    assert participant.participation is not None
    return participant.participation


async def bring_in(clerk: SyntheticParticipant, party: SyntheticParticipant) -> None:
    """Check one waiting person, who is seen and heard by the clerk for it, and admit them."""
    named = {"participant_id": id_of(party)}
    await clerk.request("begin_check", named)
    await clerk.wait_until(lambda: clerk.frames(id_of(party)) > 2)
    await clerk.request("verify_identity", {**named, "method": "id_card_shown"})
    await clerk.request("end_check")
    await clerk.request("admit", named)
    await party.wait_for(lambda view: view.me.place == "main")


async def open_session(people: dict[str, SyntheticParticipant]) -> None:
    for person in people.values():
        await person.join()
    clerk, judge = people["clerk"], people["judge"]
    for role in ("claimant", "respondent"):
        await bring_in(clerk, people[role])
    for absent in [one for one in clerk.view.desk or [] if one.role == "counsel"]:
        await clerk.request("note_absent", {"participant_id": absent.id})
    await judge.wait_for(lambda view: view.phase.name == "ready")
    await judge.request("open_session")
    for person in people.values():
        await person.wait_for(lambda view: view.phase.name == "in_session")


async def test_a_hearing_among_synthetic_participants(people: dict[str, SyntheticParticipant]) -> None:
    await open_session(people)
    for role, person in people.items():
        for other in ROLES:
            if other != role:
                await person.wait_until(
                    lambda p=person, o=other: (  # type: ignore[misc]
                        p.frames(id_of(people[o])) > 5 and p.hears(id_of(people[o]), TONES_HZ[o])
                    )
                )
    judge, respondent, claimant = people["judge"], people["respondent"], people["claimant"]
    seen = next(r for r in judge.received if r.participant == id_of(respondent) and r.source == "camera")
    assert seen.hue is not None and hue_distance(seen.hue, HUES["respondent"]) < 0.05
    assert (seen.width, seen.height) == (160, 120) and seen.moved > 3
    assert all(person.first_frame_ms is not None for person in people.values())

    await judge.request("mute", {"participant_id": id_of(claimant)})
    sent = (await claimant.packets_sent())["microphone"]
    for role in ("judge", "clerk", "respondent"):
        await people[role].wait_until(lambda p=people[role]: not p.heard(id_of(claimant)))  # type: ignore[misc]
    assert (await claimant.packets_sent())["microphone"] > sent, "muted people go on sending"
    assert respondent.hears(id_of(judge), TONES_HZ["judge"])

    shown = respondent.frames(id_of(judge))
    await respondent.lose_network()
    await respondent.wait_until(lambda: respondent.connections == 2)
    await respondent.wait_until(lambda: respondent.frames(id_of(judge)) > shown + 5)
    assert respondent.rebuilds == 0, "the transports outlived the connection"

    await judge.request("close_hearing")
    for person in people.values():
        assert (await person.wait_terminated()).reason == "closed"
    packets = await respondent.packets_received()
    assert packets[id_of(judge), "camera"] > 0 and packets[id_of(judge), "microphone"] > 0


async def test_who_waits_sees_and_hears_nobody(people: dict[str, SyntheticParticipant]) -> None:
    for person in people.values():
        await person.join()
    claimant, clerk = people["claimant"], people["clerk"]
    assert claimant.view.me.place == "lobby" and claimant.view.producers == []
    assert id_of(people["respondent"]) not in claimant.view.model_dump_json()
    with pytest.raises(RequestFailed) as refused:
        await claimant.request("open_session")
    assert refused.value.error.text.en
    await bring_in(clerk, people["respondent"])
    assert await claimant.packets_received() == {}


async def test_a_wrong_code_and_a_foreign_participation_are_refused(server: Server, demo: Demo) -> None:
    link = demo.link("claimant")
    async with own_session() as session:
        visitor = SyntheticParticipant(server.url, name="x", session=session, picture=None, tone=None)
        with pytest.raises(ApiRefused) as refused:
            await visitor.accept(link.path, "000000" if link.code != "000000" else "111111")
        assert refused.value.status // 100 == 4
        visitor.participation = demo.link("claimant").participant
        with pytest.raises(ApiRefused):
            await visitor.join()
        await visitor.stop()


async def test_bots_wait_in_the_lobby(server: Server, demo: Demo) -> None:
    links = [demo.link("claimant"), demo.link("respondent_counsel")]
    bots = Bots(server.url, [(link.name, link.path, link.code) for link in links])
    await bots.start()
    try:
        async with own_session() as session:
            clerk = SyntheticParticipant(server.url, name="clerk", session=session, picture=None, tone=None)
            await clerk.visitor.sign_in("clerk", demo.password)
            await clerk.enter(demo.hearing)
            await clerk.join()
            names = {link.name for link in links}
            await clerk.wait_for(
                lambda view: (
                    names == {one.name for one in view.desk or [] if one.place == "lobby" and one.connected}
                )
            )
            await clerk.stop()
    finally:
        await bots.stop()
