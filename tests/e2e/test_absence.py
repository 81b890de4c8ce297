"""A party's network goes away for 5 and for 25 seconds: Chromium at the far end of a street whose cable is pulled."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

import room_server.app
from tests.e2e.conftest import ARGUMENTS, CHROMIUM
from tests.e2e.court import Court, running_court
from tests.e2e.firefox_network import HOMES, Network, laid_out
from tests.e2e.person import People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent

CERTIFICATE = "--ignore-certificate-errors"
SHOWN_WITHIN_S = 5.0
BACK_WITHIN_S = 3.0


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with laid_out() as network:
        yield network


@pytest.fixture
async def court(
    network: Network, tmp_path: Path, built_page: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Court]:
    monkeypatch.setattr(room_server.app, "WEB_ROOT", built_page)
    async with running_court(tmp_path / "data", lan=True) as running:
        yield running


@pytest.fixture
def browser_arguments(network: Network) -> list[str]:
    return [CERTIFICATE]


@pytest.fixture
async def far_away(network: Network, court: Court, tmp_path: Path) -> AsyncIterator[People]:
    """Whoever comes over the street."""
    program = tmp_path / "chromium"
    words = " ".join(network.on_the_street(CHROMIUM))
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(
            executable_path=program, args=[*ARGUMENTS, CERTIFICATE]
        )
        people = People(browser, court.url)
        yield people
        await people.leave()
        await browser.close()


async def packets(person: Person) -> dict[str, int]:
    """Packets of each received track, by whose it is and its source, by the browser's own count."""
    figures = await person.call("() => window.__yunting.stats()")
    return {f"{one['participant']} {one['source']}": one["packets"] for one in figures}


async def receives_again(person: Person, tracks: set[str], before: dict[str, int]) -> None:
    """These tracks and no others, once each, with packets that were not there before: a track that was made anew
    counts from nothing."""
    await person.wait(
        """async ([tracks, before]) => {
          const now = (await window.__yunting.stats()).map((one) => [`${one.participant} ${one.source}`, one.packets]);
          return JSON.stringify(now.map(([name]) => name).sort()) === JSON.stringify(tracks)
            && now.every(([name, count]) => count > 5 && (count > before[name] + 5 || !(count >= before[name])));
        }""",
        [sorted(tracks), before],
        "every track again, each once",
    )


async def nobody_twice(*people: Person) -> None:
    for person in people:
        view = await person.view()
        assert sorted(one["id"] for one in view["participants"]) == sorted(one.participant for one in people)
        tracks = [(one["participant"], one["source"]) for one in view["producers"]]
        assert len(tracks) == len(set(tracks)), f"the {person.role} is offered a track twice: {tracks}"


@pytest.mark.timeout(400)
async def test_a_party_is_away_for_five_and_for_twenty_five_seconds(
    network: Network, court: Court, people: People, far_away: People
) -> None:
    demo = await court.seed()
    judge, clerk = await people.come("judge"), await people.come("clerk")
    party = await far_away.come("claimant")
    for staff in (judge, clerk):
        staff.expects(r"status of 401")
    await come_to_demo(party, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, party)
    await finish_check(clerk, party)
    for role in ("claimant_counsel", "respondent", "respondent_counsel"):
        await note_absent(clerk, demo.link(role).participant or "")
    await enter_demo(judge, demo)
    await judge.in_phase("ready")
    await judge.press("open-session")
    everyone = (judge, clerk, party)
    for person in everyone:
        await person.in_phase("in_session")
    await party.perceives(judge, clerk)
    await judge.perceives(party)
    for away_s, home in ((5.0, HOMES[0]), (25.0, HOMES[1])):
        figures = await away(network, judge, party, away_s, home)
        print(figures)
        await party.perceives(judge, clerk)
        await judge.perceives(party)
        await nobody_twice(*everyone)
        for person in everyone:
            await person.in_place("main")
            await person.in_phase("in_session")
    stats: dict[str, Any] = await court.relay(demo.hearing)
    assert not any(counts["forwarded_while_forbidden"] for counts in stats["edges"].values())
    held = [(one["participant"], one["direction"]) for one in stats["transports"].values()]
    assert len(held) == len(set(held)), f"somebody has a transport twice: {held}"


async def away(network: Network, judge: Person, party: Person, away_s: float, home: str) -> str:
    """Pull the party's cable for so long; what it took until it was shown, and until media were back."""
    tracks = {person: set(await packets(person)) for person in (judge, party)}
    assert [len(found) for found in tracks.values()] == [4, 4], "sound and picture of two others each"
    began_s = time.monotonic()
    await network.cut()
    await judge.until(
        "(view, id) => view.participants.find((one) => one.id === id)?.state === 'disconnected'",
        party.participant,
        what="the party to be shown as disconnected",
    )
    shown_s = time.monotonic() - began_s
    assert shown_s < SHOWN_WITHIN_S
    await judge.page.wait_for_timeout(max(0.0, away_s - shown_s) * 1000)
    theirs, ours = await packets(party), await packets(judge)
    await network.mend(home)
    back_s = time.monotonic()
    await receives_again(party, tracks[party], theirs)
    hears_s = time.monotonic() - back_s
    await receives_again(judge, tracks[judge], ours)
    heard_s = time.monotonic() - back_s
    figures = (
        f"away for {away_s:.0f} s: shown after {shown_s:.1f} s; back: receives after {hears_s:.1f} s, is received after "
        f"{heard_s:.1f} s"
    )
    assert max(hears_s, heard_s) < BACK_WITHIN_S, figures
    return figures
