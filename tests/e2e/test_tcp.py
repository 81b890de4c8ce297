"""Networks that block UDP: a hearing over TCP alone, and how soon media come where UDP is silently dropped."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect

from room_server.demonstration import free_port
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.firewall import ADDRESS, letting_tcp_through
from tests.e2e.person import PATIENCE_MS, PHONE, People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent

NOT_SIGNED_IN = r"status of 401"
ONLY_TCP = "tcp alone announced"
UDP_DROPPED = "udp silently dropped"


@pytest.fixture(params=[ONLY_TCP])
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def media_settings(network: str) -> AsyncIterator[dict[str, Any]]:
    if network == ONLY_TCP:
        yield {"udp": False}
    else:
        port = free_port()
        async with letting_tcp_through(port):
            yield {"port": port, "addresses": [{"ip": "127.0.0.1", "announced_ip": ADDRESS}]}


async def protocols(court: Court, hearing: str, person: Person) -> set[str | None]:
    """Over what the relay has this person's media, by its own account."""
    transports = (await court.relay(hearing))["transports"]
    return {one["protocol"] for one in transports.values() if one["participant"] == person.participant}


async def until_told_of(path: str, *people: Person) -> None:
    for person in people:
        await person.until("(view, path) => view.me.path === path", path, what=f"to be told of {path}")
        line = await person.sees_page("own-path")
        await expect(line).to_have_attribute("data-path", path)


@pytest.mark.timeout(400)
async def test_a_hearing_over_tcp_alone_and_the_room_says_so(court: Court, people: People) -> None:
    album = Album()
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
        await person.perceives(*(other for other in everyone if other is not person))
        assert await protocols(court, demo.hearing, person) == {"tcp"}
    await until_told_of("tcp", *everyone)
    for staff in (clerk, judge):
        word = await staff.sees_page(f"path-{claimant.participant}")
        await expect(word).to_have_text("TCP")
        await expect(word).to_have_attribute(
            "aria-label", "其网络只能用较慢的方式（TCP）传送声音和画面，可能卡顿。"
        )
    assert await claimant.page.locator("[data-testid^=path-par_]").count() == 0, "a party is told of others"
    await album.take(claimant, "tcp-party")
    await album.take(clerk, "tcp-clerk")
    await clerk.press(f"more-{claimant.participant}")
    await expect(clerk.page.locator(".menu")).to_contain_text("TCP")
    album.check()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("network", [UDP_DROPPED], indirect=True)
async def test_media_come_soon_where_udp_leads_nowhere(network: str, court: Court, people: People) -> None:
    demo = await court.seed()
    clerk, claimant = await people.come("clerk"), await people.come("claimant", locale="en-US")
    clerk.expects(NOT_SIGNED_IN)
    await come_to_demo(claimant, demo)
    await enter_demo(clerk, demo)
    pressed_s = time.monotonic()
    await begin_check(clerk, claimant)
    await claimant.page.wait_for_function(
        "() => window.__yunting?.timings.firstRemoteFrameAt != null", polling=20
    )
    took_s = time.monotonic() - pressed_s
    await claimant.perceives(clerk)
    await clerk.perceives(claimant)
    print(f"{network}: the first picture was there {took_s * 1000:.0f} ms after the clerk's press")
    for person in (clerk, claimant):
        assert await protocols(court, demo.hearing, person) == {"tcp"}
    await until_told_of("tcp", claimant)
    await expect(claimant.at("own-path")).to_contain_text("slower way (TCP)", timeout=PATIENCE_MS)
    assert took_s < 10, f"{network}: {took_s:.1f} s"
