"""The relay worker of a hearing dies under real browsers: they go over to the other worker, at another port, by themselves."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from tests.e2e.court import Court
from tests.e2e.person import PHONE, People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent
from tests.scenarios.story import eventually

NOT_SIGNED_IN = r"status of 401"


@pytest.fixture
def media_settings() -> dict[str, Any]:
    return {"workers": 2}


async def in_session(court: Court, people: People) -> tuple[str, list[Person]]:
    """The demonstration's hearing with the judge, the clerk and the claimant, who all perceive each other."""
    demo = await court.seed()
    clerk, judge = await people.come("clerk"), await people.come("judge")
    claimant = await people.come("claimant", size=PHONE)
    for staff in (clerk, judge):
        staff.expects(NOT_SIGNED_IN)
    await come_to_demo(claimant, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, claimant)
    await finish_check(clerk, claimant)
    for role in ("claimant_counsel", "respondent", "respondent_counsel"):
        await note_absent(clerk, demo.link(role).participant or "")
    await enter_demo(judge, demo)
    await judge.in_phase("ready")
    await judge.press("open-session")
    everyone = [judge, clerk, claimant]
    for person in everyone:
        await person.in_phase("in_session")
    await perceive_each_other(everyone)
    return demo.hearing, everyone


async def perceive_each_other(everyone: list[Person]) -> None:
    for person in everyone:
        await person.perceives(*(other for other in everyone if other is not person))


@pytest.mark.timeout(400)
async def test_browsers_go_over_to_the_worker_that_runs(court: Court, people: People) -> None:
    hearing, everyone = await in_session(court, people)
    relays = court.server.proceedings.relays
    first = relays.worker_of(hearing)
    assert first is not None and first.pid is not None
    generations = {(await person.view())["media"]["generation"] for person in everyone}
    (generation,) = generations
    os.kill(first.pid, signal.SIGKILL)
    for person in everyone:
        await person.until(
            "(view, generation) => view.media.generation !== generation",
            generation,
            what="to be told to make the media anew",
        )
    await perceive_each_other(everyone)
    now = relays.worker_of(hearing)
    assert now is not None and (now.worker, now.port) != (first.worker, first.port)
    transports = (await court.relay(hearing))["transports"].values()
    sorted_owners = sorted(one["participant"] for one in transports)
    assert sorted_owners == sorted(2 * [person.participant for person in everyone]), "no ghost, nobody lost"
    assert {one["dtls"] for one in transports} == {"connected"}
    for person in everyone:
        view = await person.view()
        assert view["phase"]["name"] == "in_session"
        assert not [notice for notice in view["notices"] if notice["id"] == "relay"]
    kinds = [event.type for event in await court.record(hearing)]
    assert kinds.count("relay_interrupted") == kinds.count("relay_recovered") == 1
    assert "participant_disconnected" not in kinds, "nobody lost more than picture and sound for a moment"
    await eventually(lambda: relays.workers[first.worker - 1].pid not in (None, first.pid), "a new process")
