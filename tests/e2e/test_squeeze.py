"""A party's line is bad: squeezed to 300 kbit/s for some seconds, and then losing and delaying packets both ways."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from room_server.relay.client import RelayClient
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, People, Person
from tests.e2e.walks import begin_check, come_to_demo, enter_demo, finish_check, note_absent
from tests.relay.proxy import LossyProxy

SQUEEZE = (Path(__file__).parent / "squeeze.js").read_text(encoding="utf-8").strip()
RATE_BPS, QUEUE_BYTES = 300_000, 15_000
SETTLES_S, SQUEEZED_S, BACK_WITHIN_S = 4.0, 8.0, 10.0
LARGE, SMALL = 640, 320
LOSS, JITTER_S, LOSSY_S = 0.05, 0.05, 8.0


class NarrowLine:
    """What goes to and comes from one participant goes through proxies, from their next transports on."""

    def __init__(self) -> None:
        self.participant = ""
        self.receiving: list[LossyProxy] = []
        self.sending: list[LossyProxy] = []

    def put_before(self, monkeypatch: pytest.MonkeyPatch) -> None:
        usual = RelayClient.create_transport

        async def create_transport(client: RelayClient, **options: Any) -> dict[str, Any]:
            made = await usual(client, **options)
            if options["participant"] == self.participant:
                proxy = LossyProxy(client.addresses[0], seed=11)
                await proxy.start()
                (self.receiving if options["direction"] == "recv" else self.sending).append(proxy)
                here = {"ip": "127.0.0.1", "address": "127.0.0.1", "port": proxy.port}
                made["iceCandidates"] = [
                    one | here for one in made["iceCandidates"] if one["protocol"] == "udp"
                ][:1]
            return made

        monkeypatch.setattr(RelayClient, "create_transport", create_transport)
        prefer = RelayClient.set_preferred_layers

        async def set_preferred_layers(client: RelayClient, **options: Any) -> None:
            # Only the line is to decide here, not who happens to speak and stands large on the page.
            await prefer(client, **options | {"spatial_layer": 2})

        monkeypatch.setattr(RelayClient, "set_preferred_layers", set_preferred_layers)

    def set(self, rate_bps: float | None) -> None:
        for proxy in self.receiving:
            proxy.down.set(rate_bps=rate_bps, queue_bytes=QUEUE_BYTES)

    def lose(self, loss: float, jitter_s: float) -> None:
        for proxy in (*self.receiving, *self.sending):
            proxy.both(loss=loss, jitter_s=jitter_s)

    async def close(self) -> None:
        for proxy in (*self.receiving, *self.sending):
            await proxy.close()


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NarrowLine]:
    line = NarrowLine()
    line.put_before(monkeypatch)
    yield line
    await line.close()


async def figures(person: Person, of: Person) -> dict[str, Any]:
    """What a person receives of another: the sound's samples and how many had to be invented, the picture's width and
    how many frames were decoded."""
    tracks = await person.call(
        """(id) => ["audio", "video"].map((kind) =>
          document.querySelector(`${kind}[data-participant="${id}"]`)?.srcObject?.getTracks()[0]?.id)""",
        of.participant,
    )
    received = await person.call("() => window.__received()")
    nothing = {"samples": 0, "concealed": 0, "width": 0, "frames": 0}
    sound = next((one for one in received["sounds"] if one["id"] == tracks[0]), nothing)
    picture = next((one for one in received["pictures"] if one["id"] == tracks[1]), nothing)
    return {"sound": sound, "picture": picture}


async def until_wide(person: Person, of: Person, width: int, within_s: float) -> float:
    """Seconds until the picture that is decoded has this width."""
    began_s = time.monotonic()
    while (await figures(person, of))["picture"]["width"] != width:
        took_s = time.monotonic() - began_s
        assert took_s < within_s, f"no picture {width} wide within {within_s} s: {await figures(person, of)}"
        await asyncio.sleep(0.1)
    return time.monotonic() - began_s


async def until_sent(court: Court, hearing: str, of: Person) -> None:
    """Until the relay gets the large picture: a browser that is short of time, or of bandwidth upwards, leaves it out."""
    began_s = time.monotonic()
    while True:
        producers = (await court.relay(hearing))["producers"].values()
        layers = next(
            one["layers"]
            for one in producers
            if (one["participant"], one["source"]) == (of.participant, "camera")
        )
        if len(layers) == 2 and layers[1]["bitrate_bps"] > 50_000:
            return
        assert time.monotonic() - began_s < PATIENCE_MS / 1000, f"the large picture is not sent: {layers}"
        await asyncio.sleep(0.1)


async def downlink(court: Court, hearing: str, person: Person) -> dict[str, Any]:
    transports = (await court.relay(hearing))["transports"].values()
    found: dict[str, Any] = next(
        one["downlink"]
        for one in transports
        if (one["participant"], one["direction"]) == (person.participant, "recv")
    )
    return found


def invented(before: dict[str, Any], after: dict[str, Any]) -> float:
    """The share of the sound between two looks that was not received but concealed."""
    samples = after["sound"]["samples"] - before["sound"]["samples"]
    assert samples > 0, "no sound at all"
    return float((after["sound"]["concealed"] - before["sound"]["concealed"]) / samples)


@pytest.mark.timeout(400)
async def test_a_party_on_a_narrow_and_then_on_a_lossy_line_takes_part(
    court: Court, people: People, line: NarrowLine
) -> None:
    demo = await court.seed()
    line.participant = demo.link("claimant").participant or ""
    judge, clerk = await people.come("judge"), await people.come("clerk")
    party = await people.come("claimant")
    await judge.context.add_init_script(f"({SQUEEZE})(true);")
    await party.context.add_init_script(f"({SQUEEZE})(false);")
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
    for person in (judge, clerk, party):
        await person.in_phase("in_session")
    await party.hears(judge)
    assert line.receiving and line.sending, "the party's line does not go through the proxy"
    await until_sent(court, demo.hearing, judge)
    await until_wide(party, judge, LARGE, BACK_WITHIN_S)
    healthy = await downlink(court, demo.hearing, party)
    assert healthy["source"] == "transport-cc"

    line.set(RATE_BPS)
    at_first = await figures(party, judge)
    small_s = await until_wide(party, judge, SMALL, 10.0)
    await asyncio.sleep(SETTLES_S)  # the queue that was full empties
    settled = await figures(party, judge)
    narrow = await downlink(court, demo.hearing, party)
    await asyncio.sleep(SQUEEZED_S)
    squeezed = await figures(party, judge)
    concealed_at_first, concealed = invented(at_first, settled), invented(settled, squeezed)
    shown = (squeezed["picture"]["frames"] - settled["picture"]["frames"]) / SQUEEZED_S
    overflowed = line.receiving[-1].down.counts["overflowed"]

    line.set(None)
    await until_sent(court, demo.hearing, judge)
    back_s = await until_wide(party, judge, LARGE, BACK_WITHIN_S)
    print(
        f"squeezed to {RATE_BPS // 1000} kbit/s: the small picture after {small_s:.1f} s, "
        f"concealed {concealed_at_first:.1%} of the sound until then and {SETTLES_S:.0f} s on, {concealed:.2%} later; "
        f"{shown:.1f} pictures a second; the large one {back_s:.1f} s after the end; "
        f"{overflowed} packets did not fit; {healthy} {narrow} {await downlink(court, demo.hearing, party)}"
    )
    assert concealed_at_first < 0.25, "the sound broke off when the line became narrow"
    assert concealed < 0.03, "the sound was not left alone"
    assert shown > 2, "the small picture does not go on"
    assert narrow["limited"] and narrow["estimate_bps"] < 1.5 * RATE_BPS

    line.lose(LOSS, JITTER_S)
    await asyncio.sleep(SETTLES_S)  # the jitter buffers grow to what the line now is
    before = [await figures(party, judge), await figures(judge, party)]
    await asyncio.sleep(LOSSY_S)
    after = [await figures(party, judge), await figures(judge, party)]
    for way, one, other in zip(("to", "from"), before, after, strict=True):
        concealed = invented(one, other)
        shown = (other["picture"]["frames"] - one["picture"]["frames"]) / LOSSY_S
        print(f"{LOSS:.0%} lost, {way} the party: {concealed:.1%} concealed, {shown:.1f} pictures a second")
        assert concealed < 2 * LOSS, "more of the sound was made up than was lost"
        assert shown > 2, "the picture does not go on"

    stats = await court.relay(demo.hearing)
    assert not any(counts["forwarded_while_forbidden"] for counts in stats["edges"].values())
