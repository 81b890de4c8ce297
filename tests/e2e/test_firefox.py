"""Hearings with Firefox ESR: it stands at the far end of a street of its own and comes to the court over its network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import room_server.app
from tests.e2e.conftest import FAILED, OUTPUT
from tests.e2e.court import Court, running_court
from tests.e2e.firefox_network import Network, laid_out
from tests.e2e.firefox_person import FirefoxPeople, FirefoxPerson
from tests.e2e.person import People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent

NOT_SIGNED_IN = r"status of 401"


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with laid_out() as network:
        yield network


@pytest.fixture
async def court(
    network: Network,
    tmp_path: Path,
    built_page: Path,
    monkeypatch: pytest.MonkeyPatch,
    media_settings: dict[str, Any],
) -> AsyncIterator[Court]:
    monkeypatch.setattr(room_server.app, "WEB_ROOT", built_page)
    async with running_court(tmp_path / "data", media_settings, lan=True) as running:
        yield running


@pytest.fixture
def browser_arguments(network: Network) -> list[str]:
    """Chromium takes the court's certificate; it stands in the court's part of the network."""
    return ["--ignore-certificate-errors"]


@pytest.fixture
async def foxes(
    request: pytest.FixtureRequest, network: Network, court: Court, tmp_path: Path
) -> AsyncIterator[FirefoxPeople]:
    """Whoever comes in Firefox. No page may have thrown, or logged an error that the test does not expect."""
    everybody = FirefoxPeople(network, court.url, tmp_path)
    yield everybody
    failed = request.node.stash.get(FAILED, False)
    if failed:
        await everybody.photograph(OUTPUT / "failures", request.node.name)
    troubles = [trouble for person in everybody.all for trouble in person.unexpected()]
    await everybody.leave()
    if failed:
        print("\n".join(troubles))
    else:
        assert troubles == [], "\n".join(troubles)


async def in_session(court: Court, judge: Person, clerk: Person, fox: FirefoxPerson) -> str:
    """The demonstration's hearing in session, with the bench and this party alone. Returns its id."""
    demo = await court.seed()
    for staff in (clerk, judge):
        staff.expects(NOT_SIGNED_IN)
    await come_to_demo(fox, demo)
    await fox.perceives_nobody()
    await enter_demo(clerk, demo)
    await begin_check(clerk, fox)
    await finish_check(clerk, fox)
    for role in ("claimant_counsel", "respondent", "respondent_counsel"):
        await note_absent(clerk, demo.link(role).participant or "")
    await enter_demo(judge, demo)
    await judge.in_phase("ready")
    await judge.press("open-session")
    for person in (judge, clerk, fox):
        await person.in_phase("in_session")
    return demo.hearing


@pytest.mark.timeout(300)
async def test_a_hearing_with_a_party_in_firefox(court: Court, people: People, foxes: FirefoxPeople) -> None:
    judge, clerk = await people.come("judge"), await people.come("clerk")
    fox = await foxes.come("claimant")
    await in_session(court, judge, clerk, fox)
    for person in (judge, clerk, fox):
        await person.perceives(*(other for other in (judge, clerk, fox) if other is not person))
