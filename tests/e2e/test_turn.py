"""Networks that let nothing through to the media port: Chromium reaches the relay over coturn, over TLS and plain TCP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.album import Album
from tests.e2e.coturn import ADDRESS, Coturn, running_coturn
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check

NOT_SIGNED_IN = r"status of 401"
ONLY_RELAYED = """
  // A network that lets nothing through but TURN: no other address pair may be used. And the connections, to look at.
  const Original = window.RTCPeerConnection;
  window.__connections = [];
  window.RTCPeerConnection = class extends Original {
    constructor(configuration) {
      super({...configuration, iceTransportPolicy: 'relay'});
      window.__connections.push(this);
    }
  };
"""
WAYS = """async () => {
  const ways = [];
  for (const connection of window.__connections) {
    if (connection.connectionState !== 'connected') continue;
    const report = await connection.getStats();
    for (const transport of report.values()) {
      if (transport.type !== 'transport' || !transport.selectedCandidatePairId) continue;
      const own = report.get(report.get(transport.selectedCandidatePairId).localCandidateId);
      ways.push([own.candidateType, own.relayProtocol ?? null]);
    }
  }
  return ways;
}"""

PAIRS = """async () => {
  const pairs = [];
  for (const connection of window.__connections)
    for (const entry of (await connection.getStats()).values())
      if (entry.type === 'transport' && entry.dtlsState === 'connected') pairs.push(entry.selectedCandidatePairId);
  return pairs;
}"""
MOVED = f"""async (before) => {{
  const now = await ({PAIRS})();
  return now.length === before.length && now.every((pair) => pair && !before.includes(pair));
}}"""


@pytest.fixture
async def coturn(tmp_path: Path) -> AsyncIterator[Coturn]:
    async with running_coturn(tmp_path / "coturn") as running:
        yield running


@pytest.fixture(params=["tls", "tcp"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def media_settings(coturn: Coturn, transport: str) -> dict[str, Any]:
    scheme, port = ("turns", coturn.tls_port) if transport == "tls" else ("turn", coturn.port)
    url = f"{scheme}:{ADDRESS}:{port}?transport=tcp"
    return {"turn": [{"urls": [url], "secret_file": coturn.secret_file}]}


@pytest.fixture
def browser_arguments(coturn: Coturn) -> list[str]:
    return [f"--ignore-certificate-errors-spki-list={coturn.fingerprint}"]


async def ways(person: Person) -> set[tuple[str, str | None]]:
    """(candidate type, how the TURN server is reached) of each of the page's transports."""
    return {(kind, protocol) for kind, protocol in await person.page.evaluate(WAYS)}


@pytest.mark.timeout(300)
async def test_media_flow_through_the_turn_server(
    transport: str, coturn: Coturn, court: Court, people: People
) -> None:
    demo = await court.seed()
    clerk, claimant = await people.come("clerk"), await people.come("claimant")
    clerk.expects(NOT_SIGNED_IN)
    await claimant.context.add_init_script(ONLY_RELAYED)
    await come_to_demo(claimant, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, claimant)
    await claimant.perceives(clerk)
    await clerk.perceives(claimant)
    assert await ways(claimant) == {("relay", transport)}
    await finish_check(clerk, claimant)
    await claimant.until("(view) => view.me.path === 'relay'", what="to be told of the TURN server")
    await expect(claimant.at("own-path").first).to_contain_text("中转服务器", timeout=PATIENCE_MS)
    await expect(clerk.at(f"path-{claimant.participant}").first).to_have_text("中转")
    await expect(clerk.at("own-path")).to_have_count(0)
    album = Album()
    await album.take(claimant, f"turn-{transport}-party")
    album.check()
    # The page keeps its credentials to itself, and the court's secret is nowhere in what it was given.
    view = json.dumps(await claimant.view())
    assert coturn.secret_file.read_text().strip() not in view and "credential" not in view


@pytest.mark.timeout(300)
@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
async def test_a_changed_network_is_found_again_through_the_turn_server(court: Court, people: People) -> None:
    """An ICE restart goes over the TURN server again, with the credentials of the newest room token."""
    demo = await court.seed()
    clerk, claimant = await people.come("clerk"), await people.come("claimant")
    clerk.expects(NOT_SIGNED_IN)
    await claimant.context.add_init_script(ONLY_RELAYED)
    await come_to_demo(claimant, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, claimant)
    await clerk.perceives(claimant)
    before = await claimant.page.evaluate(PAIRS)
    assert len(before) == 2
    # What a browser announces when the device has moved from one network to another.
    await claimant.page.evaluate("window.dispatchEvent(new Event('online'))")
    await claimant.page.wait_for_function(MOVED, arg=before, polling=100)
    await clerk.perceives(claimant)
    await claimant.perceives(clerk)
    assert await ways(claimant) == {("relay", "tcp")}
