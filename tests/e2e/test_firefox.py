"""Hearings with Firefox ESR: it stands at the far end of a street of its own and comes to the court over its network."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import room_server.app
from room_server.demonstration import free_port
from tests.e2e.conftest import FAILED, OUTPUT
from tests.e2e.court import Court, running_court
from tests.e2e.firefox_network import FIREWALLED, HOMES, Network, laid_out
from tests.e2e.firefox_person import FirefoxPeople, FirefoxPerson
from tests.e2e.firewall import letting_tcp_through
from tests.e2e.person import DESKTOP, People, Person
from tests.e2e.test_screen import MOVES as SCREEN_MOVES
from tests.e2e.test_screen import SMALL as SMALL_SCREEN
from tests.e2e.test_simulcast import FRAMES, LARGE, RECEIVED, SENT, SMALL, WIDTH
from tests.e2e.visitor import LOOKS, Visitor
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent

NOT_SIGNED_IN = r"status of 401"


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with laid_out() as network:
        yield network


@pytest.fixture
async def walled(network: Network) -> AsyncIterator[dict[str, Any]]:
    """What is announced leads through a wall; where none can be built, TCP alone is announced."""
    if not network.private:
        yield {"udp": False}
        return
    port = free_port()
    async with letting_tcp_through(port, network.court, address=FIREWALLED):
        yield {"port": port, "addresses": [{"ip": network.court, "announced_ip": FIREWALLED}]}


@pytest.fixture
def media_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    settings: dict[str, Any] = request.getfixturevalue("walled") if "walled" in request.fixturenames else {}
    return settings


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


async def sees_moving(person: Person, other: Visitor) -> None:
    """Any picture of the other's that changes: Firefox's own fake camera has no colour of a person's."""
    now = "(id) => window.__senses.picture(id)?.greens ?? null"
    await person.wait(f"(id) => ({now})(id) !== null", other.participant, f"a picture of the {other.role}")
    before = await person.call(now, other.participant)
    changed = f"""([id, before]) => (({now})(id) ?? before)
      .filter((value, i) => Math.abs(value - before[i]) > 20).length >= 8"""
    await person.wait(changed, [other.participant, before], f"the picture of the {other.role} to move")


async def nobody_twice(*people: Visitor) -> None:
    """Everybody is listed once, with one camera and one microphone, and played once."""
    for person in people:
        view = await person.view()
        assert sorted(one["id"] for one in view["participants"]) == sorted(one.participant for one in people)
        tracks = [(one["participant"], one["source"]) for one in view["producers"]]
        assert len(tracks) == len(set(tracks)), f"the {person.role} is offered a track twice: {tracks}"
        for other in people:
            await person.count(f"video[data-participant='{other.participant}']", 1)


@pytest.mark.timeout(300)
async def test_a_hearing_with_a_party_in_firefox(
    network: Network, court: Court, people: People, foxes: FirefoxPeople
) -> None:
    judge, clerk = await people.come("judge"), await people.come("clerk")
    fox = await foxes.come("claimant", own_devices=True)
    hearing = await in_session(court, judge, clerk, fox)
    everyone: list[Visitor] = [judge, clerk, fox]
    await fox.perceives(judge, clerk)
    for staff in (judge, clerk):
        await sees_moving(staff, fox)
        await staff.hears(fox)
    await mute_and_unmute(judge, fox)
    await reload(judge, fox)
    await nobody_twice(*everyone)
    await lose_the_network(network, judge, fox)
    await nobody_twice(*everyone)
    await leave(judge, fox)
    edges = (await court.relay(hearing))["edges"]
    assert not any(counts["forwarded_while_forbidden"] for counts in edges.values()), edges


async def mute_and_unmute(judge: Person, fox: FirefoxPerson) -> None:
    """By the party, who is heard again; then by the judge, and again by the party."""
    await fox.press("mic")
    await judge.hears_nothing_of(fox)
    await fox.press("mic")
    await judge.hears(fox)
    await fox.press("cam")
    await judge.count(f"video[data-participant='{fox.participant}']", 0)
    await fox.press("cam")
    await sees_moving(judge, fox)
    await judge.press(f"mute-{fox.participant}")
    await fox.until("(view) => view.me.muted_by_court", what="to be muted by the court")
    await judge.hears_nothing_of(fox)
    await fox.press("mic")
    await judge.hears(fox)


async def reload(judge: Person, fox: FirefoxPerson) -> None:
    await fox.reload()
    await fox.in_phase("in_session")
    await fox.in_place("main")
    await fox.perceives(judge)
    await sees_moving(judge, fox)
    await judge.hears(fox)


async def lose_the_network(network: Network, judge: Person, fox: FirefoxPerson) -> None:
    """The party's cable is pulled for long enough to be noticed; they come back with another address."""
    fox.expects(r"connection to the server at wss://", r"wss://\S+ was interrupted")
    await network.cut()
    cut_s = time.monotonic()
    await judge.until(
        "(view, id) => view.participants.find((one) => one.id === id)?.state === 'disconnected'",
        fox.participant,
        what="the party to be shown as disconnected",
    )
    others_s = time.monotonic() - cut_s
    await fox.sees_page("connection-lost")
    own_s = time.monotonic() - cut_s
    print(f"disconnected: shown to the judge after {others_s:.1f} s, to the party after {own_s:.1f} s")
    assert max(others_s, own_s) < 5
    before = await fox.packets_from(judge, "microphone")
    await network.mend(HOMES[1])
    back_s = time.monotonic()
    await fox.wait(
        """async ([id, before]) => (await window.__yunting.stats())
          .some((one) => one.participant === id && one.source === "microphone" && one.packets > before + 10)""",
        [judge.participant, before],
        "sound of the judge after the network came back",
    )
    took_s = time.monotonic() - back_s
    print(f"media flow again {took_s:.1f} s after the network's return")
    assert took_s < 3
    await fox.perceives(judge)
    await sees_moving(judge, fox)
    await judge.hears(fox)
    await fox.gone("connection-lost")


async def leave(judge: Person, fox: FirefoxPerson) -> None:
    await fox.press("leave")
    await fox.press("dialog-confirm")
    await fox.sees_page("terminal-left")
    await fox.count("audio[data-participant]", 0)
    await judge.count(f"video[data-participant='{fox.participant}']", 0)


@pytest.mark.timeout(300)
async def test_firefox_behind_a_wall_that_lets_tcp_alone_through(
    walled: dict[str, Any], court: Court, people: People, foxes: FirefoxPeople
) -> None:
    demo = await court.seed()
    clerk, fox = await people.come("clerk"), await foxes.come("claimant")
    clerk.expects(NOT_SIGNED_IN)
    await come_to_demo(fox, demo)
    await fox.perceives_nobody()
    await enter_demo(clerk, demo)
    await begin_check(clerk, fox)
    await fox.perceives(clerk)
    await clerk.perceives(fox)
    transports = (await court.relay(demo.hearing))["transports"].values()
    assert {one["protocol"] for one in transports if one["participant"] == fox.participant} == {"tcp"}
    await fox.until("(view) => view.me.path === 'tcp'", what="to be told of TCP")
    await fox.sees_page("own-path")
    assert await fox.attribute("own-path", "data-path") == "tcp"


@pytest.mark.timeout(300)
async def test_layers_from_and_to_firefox(court: Court, people: People, foxes: FirefoxPeople) -> None:
    judge, clerk = await people.come("judge", picture=(640, 480)), await people.come("clerk")
    fox = await foxes.come("claimant", size=DESKTOP, own_devices=True)
    await in_session(court, judge, clerk, fox)
    for person in (judge, clerk, fox):
        await person.press("mic")  # off, so that the test says who speaks
    await layers(judge, clerk, fox)


async def layers(judge: Person, clerk: Person, fox: FirefoxPerson) -> None:
    """Firefox sends two layers of its camera, and is sent one of the judge's: the larger while that is shown large."""
    await fox.wait(SENT, [SMALL, LARGE], "both layers to be sent")
    turns: list[tuple[Visitor, Visitor]] = [(judge, fox), (fox, judge), (judge, fox)]
    for speaker, listener in turns:
        await speaker.press("mic")
        await clerk.wait(WIDTH, [speaker.participant, LARGE], f"the {speaker.role} to come large")
        await clerk.wait(WIDTH, [listener.participant, SMALL], f"the {listener.role} to come small")
        await goes_on(clerk, judge, fox)
        if speaker is judge:
            await fox.wait(WIDTH, [judge.participant, LARGE], "the judge to come large")
        await goes_on(fox, judge, clerk)
        await speaker.press("mic")
    await clerk.press("mic")
    await fox.wait(WIDTH, [judge.participant, SMALL], "the judge to come small")
    await goes_on(fox, judge, clerk)
    await clerk.press("mic")


async def goes_on(viewer: Visitor, *senders: Visitor) -> None:
    """Ten more pictures of each."""
    for sender in senders:
        frames = (await viewer.call(RECEIVED, sender.participant))[1]
        await viewer.wait(FRAMES, [sender.participant, frames + 10], f"more pictures of the {sender.role}")


@pytest.mark.timeout(300)
async def test_screens_from_and_to_firefox(court: Court, people: People, foxes: FirefoxPeople) -> None:
    judge, clerk = await people.come("judge"), await people.come("clerk")
    await clerk.context.add_init_script(SMALL_SCREEN)
    fox = await foxes.come("claimant", own_devices=True, with_screen=True)
    await in_session(court, judge, clerk, fox)
    await screen_of_firefox(judge, clerk, fox)
    await screen_seen_in_firefox(clerk, fox)


async def screen_of_firefox(judge: Person, clerk: Person, fox: FirefoxPerson) -> None:
    """What its window shows, captured by Firefox itself: its own page, in which pictures move."""
    await judge.press(f"more-{fox.participant}")
    await judge.press(f"allow-screen-{fox.participant}")
    await fox.sees_page("screen-allowed")
    await fox.press("share-screen")
    await fox.sees_page("own-screen")
    for staff in (judge, clerk):
        await staff.wait(SCREEN_MOVES, next(LOOKS), "the screen of Firefox to move")
    await fox.press("stop-screen")
    for person in (judge, clerk, fox):
        await person.until("(view) => view.screen === null", what="that no screen is shared")


async def screen_seen_in_firefox(clerk: Person, fox: FirefoxPerson) -> None:
    await clerk.press("share-screen")
    await fox.wait(SCREEN_MOVES, next(LOOKS), "the screen of the clerk to move")
    await clerk.press("share-screen")
    await fox.gone("screen-picture")
