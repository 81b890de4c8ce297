"""Viewers who report what arrives: on a narrow line they keep the sound and a small picture, and get the large one back."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from struct import pack
from typing import Any

import pytest

from room_server.relay.events import Quality
from room_server.relay.forwarding import Graph
from room_server.relay.ortc import TRANSPORT_CC_ID
from room_server.relay.rtp.packet import extension_elements, parse_rtp
from room_server.relay.rtp.rtcp import build_nack
from room_server.relay.rtp.twcc import TwccRecorder
from tests.relay.conftest import RawStream, Relay
from tests.relay.proxy import LossyProxy
from tests.relay.simulcast import Camera, Seen, read
from tests.relay.test_lossy import Numbers, PatientLink, ProxiedPeer, proxied

Wait = Callable[..., Awaitable[Any]]
SIZES = [150, 420, 1150]
"""Three packets a picture: about 110, 300 and 830 kbit/s."""


class ReportingLink(PatientLink):
    """A browser's half of transport-wide feedback: numbers and arrival times, ten times a second."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.recorder = TwccRecorder()
        self.arrivals: list[tuple[float, bytes]] = []
        self.padding = 0
        self._read = 0
        self._task = asyncio.get_running_loop().create_task(self._report())

    def _take(self, data: bytes) -> None:
        super()._take(data)
        now_us = time.monotonic_ns() // 1000
        for packet in self.rtp[self._read :]:
            header = parse_rtp(packet, len(packet))
            at, size = extension_elements(packet, header)[TRANSPORT_CC_ID]
            assert size == 2
            self.recorder.receive(int.from_bytes(packet[at : at + 2], "big"), now_us)
            self.arrivals.append((now_us / 1e6, packet))
            self.padding += header.payload_end == header.payload_offset
        self._read = len(self.rtp)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            if self.dtls.srtp is not None:
                for message in self.recorder.feedback(1, 0):
                    self.send_rtcp(message)

    def close(self) -> None:
        self._task.cancel()
        super().close()


class Hearing:
    """A judge with camera and microphone, and a party behind a proxy."""

    def __init__(self, relay: Relay, proxy: LossyProxy) -> None:
        self.relay, self.proxy = relay, proxy
        self.camera: Camera
        self.microphone: RawStream
        self.link: ReportingLink
        self.party: ProxiedPeer
        self.seen_ssrc = self.heard_ssrc = 0
        self.consumer = ""
        self._speaking: asyncio.Task[None] | None = None

    async def begin(self, layers: int = 3) -> None:
        await self.relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
        judge = await self.relay.raw("judge", "send")
        self.camera = Camera(judge.links["send"], layers, packets=3)
        self.camera.sizes = SIZES[-layers:]
        await self.camera.produce()
        self.microphone = await judge.produce("audio", "microphone", track=2)
        self.party = proxied(self.relay, self.proxy, "party")
        self.link = await self.party.over(ReportingLink, "recv")
        video, audio = await self.party.consume(self.camera.id), await self.party.consume(self.microphone.id)
        self.consumer = video["id"]
        self.seen_ssrc = video["rtpParameters"]["encodings"][0]["ssrc"]
        self.heard_ssrc = audio["rtpParameters"]["encodings"][0]["ssrc"]
        self.camera.start()
        self._speaking = asyncio.create_task(self._speak())

    async def _speak(self) -> None:
        began_s = time.monotonic()
        for count in itertools.count(1):
            self.microphone.send(bytes(80))
            await asyncio.sleep(max(0.0, began_s + count * 0.02 - time.monotonic()))

    async def end(self) -> None:
        assert self._speaking is not None
        self._speaking.cancel()
        await self.camera.stop()

    def pictures(self, since_s: float = 0.0) -> list[Seen]:
        return [
            read(packet)
            for at_s, packet in self.link.arrivals
            if at_s >= since_s and parse_rtp(packet, len(packet)).ssrc == self.seen_ssrc
        ]

    def layer(self) -> int | None:
        """Of the pictures that came in the last half second."""
        lately = self.pictures(time.monotonic() - 0.5)
        return lately[-1].layer if lately else None

    def sound(self, since_s: float) -> list[int]:
        """Numbers of the sound packets that came."""
        return [
            parse_rtp(packet, len(packet)).sequence_number
            for at_s, packet in self.link.arrivals
            if at_s >= since_s and parse_rtp(packet, len(packet)).ssrc == self.heard_ssrc
        ]

    async def downlink(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.relay.stats())["transports"][self.link.id]["downlink"]
        return found

    def scores(self) -> list[int]:
        return [
            one.score for one in self.relay.events if isinstance(one, Quality) and one.participant == "party"
        ]


@pytest.fixture
async def proxy(relay: Relay) -> AsyncIterator[LossyProxy]:
    made = LossyProxy(relay.client.addresses[0], seed=5)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def hearing(relay: Relay, proxy: LossyProxy) -> AsyncIterator[Hearing]:
    made = Hearing(relay, proxy)
    yield made
    await made.end()


def lost(numbers: list[int]) -> float:
    """The share of numbers that did not come, between the first and the last."""
    if len(numbers) < 2:
        return 1.0
    whole = ((numbers[-1] - numbers[0]) & 0xFFFF) + 1
    return 1.0 - len(set(numbers)) / whole


async def test_a_squeezed_viewer_keeps_the_sound_and_a_small_picture_and_recovers(
    hearing: Hearing, proxy: LossyProxy, wait_until: Wait
) -> None:
    numbers = Numbers(proxy)
    await hearing.begin()
    await wait_until(lambda: hearing.layer() == 2, what="the large picture")
    proxy.down.set(rate_bps=300_000, queue_bytes=12_000)
    await wait_until(lambda: hearing.layer() == 0, what="the small picture")
    calm_s = time.monotonic()
    await wait_until(lambda: len(hearing.sound(calm_s)) > 150, what="three seconds of sound")
    assert lost(hearing.sound(calm_s)) < 0.03
    assert {one.layer for one in hearing.pictures(calm_s)} == {0} and len(hearing.pictures(calm_s)) > 60
    squeezed = await hearing.downlink()
    assert squeezed["limited"] and squeezed["paced"] and squeezed["source"] == "transport-cc"
    assert squeezed["estimate_bps"] < 500_000
    await wait_until(lambda: 3 in hearing.scores(), what="a lower score")
    proxy.down.set(rate_bps=None)
    freed_s = time.monotonic()
    await wait_until(lambda: hearing.layer() == 2, what="the large picture again")
    assert time.monotonic() - freed_s < 10.0
    assert hearing.link.padding > 0, "probes found the way back"
    assert numbers.twice == []
    edge = (await hearing.relay.stats())["edges"]["judge>party"]
    assert edge["forwarded_while_forbidden"] == 0


async def test_a_single_stream_is_held_back_before_the_sound_suffers_and_comes_back_with_a_key_frame(
    hearing: Hearing, proxy: LossyProxy, wait_until: Wait
) -> None:
    await hearing.begin(layers=1)
    await wait_until(lambda: hearing.layer() == 0, what="the picture")
    proxy.down.set(rate_bps=200_000, queue_bytes=8_000)

    async def held_back() -> bool:
        found: dict[str, Any] = (await hearing.relay.stats())["consumers"][hearing.consumer]
        return found["allowed_layer"] is None

    await wait_until(held_back, what="the picture to be held back")
    await wait_until(lambda: hearing.layer() is None, what="no picture on the line")
    calm_s = time.monotonic()
    await wait_until(lambda: len(hearing.sound(calm_s)) > 100, what="two seconds of sound")
    assert lost(hearing.sound(calm_s)) < 0.03
    assert 2 in hearing.scores() or await wait_until(lambda: 2 in hearing.scores(), what="a low score")
    proxy.down.set(rate_bps=None)
    freed_s = time.monotonic()
    await wait_until(lambda: hearing.pictures(freed_s), what="the picture again")
    assert hearing.pictures(freed_s)[0].key


async def test_what_waits_for_a_narrow_line_is_not_sent_after_a_mute(
    hearing: Hearing, proxy: LossyProxy, wait_until: Wait
) -> None:
    """Also what came before the mute and only waited for its turn: when set_graph has returned, nothing goes any more."""
    await hearing.begin()
    await wait_until(lambda: hearing.layer() == 2, what="the large picture")
    proxy.down.set(rate_bps=250_000, queue_bytes=12_000)

    async def paced() -> bool:
        return bool((await hearing.downlink())["paced"])

    await wait_until(paced, what="the pace")
    seen: list[bytes] = []
    muted = False

    def watch(direction: str, data: bytes) -> None:
        if muted and direction == "down" and data[8:12] == hearing.seen_ssrc.to_bytes(4, "big"):
            seen.append(data)

    proxy.watch = watch  # type: ignore[assignment]
    for version in range(6):
        graph = Graph(
            edges={("judge", "party")},
            muted={("judge", "camera")} if version % 2 == 0 else set(),
            version=version,
        )
        await hearing.relay.client.set_graph(room="prc_1", graph=graph)
        if version % 2:
            muted = False
            since_s = time.monotonic()
            await wait_until(lambda since_s=since_s: hearing.pictures(since_s), what="the picture again")
        else:
            await asyncio.sleep(
                0.05
            )  # what the worker sent before its answer is on its way through the sockets
            muted = True
            since_s = time.monotonic()
            await wait_until(lambda since_s=since_s: len(hearing.sound(since_s)) > 15, what="sound meanwhile")
    assert seen == []
    edge = (await hearing.relay.stats())["edges"]["judge>party"]
    assert edge["forwarded_while_forbidden"] == 0


async def test_repairs_of_a_narrow_line_are_paced(
    hearing: Hearing, proxy: LossyProxy, wait_until: Wait
) -> None:
    """A viewer who asks for everything again gets as much as the line carries, and the sound beside it."""
    await hearing.begin()
    await wait_until(lambda: hearing.layer() == 2, what="the large picture")
    proxy.down.set(rate_bps=300_000, queue_bytes=12_000)
    await wait_until(lambda: hearing.layer() == 0, what="the small picture")
    calm_s = time.monotonic()

    def greedy() -> bool:
        numbers = [one.number for one in hearing.pictures(time.monotonic() - 2.0)]
        hearing.link.send_rtcp(build_nack(1, hearing.seen_ssrc, numbers[-200:]))
        return len(hearing.sound(calm_s)) > 150

    await wait_until(greedy, what="three seconds of sound")
    assert lost(hearing.sound(calm_s)) < 0.1
    assert (await hearing.relay.stats())["edges"]["judge>party"]["retransmitted"] > 0


async def test_what_a_viewer_makes_up_costs_only_themselves_and_not_the_worker(
    hearing: Hearing, proxy: LossyProxy, wait_until: Wait
) -> None:
    """Reports of packets that were never sent, of all 65535 numbers at once, and cut short."""
    await hearing.begin()
    await wait_until(lambda: hearing.layer() == 2, what="the large picture")
    for first in range(0, 0x10000, 0x1000):
        everything = pack(">IIHHI", 1, 2, first, 0xFFFF, 0) + pack(">H", 0x1FFF) * 9
        message = everything + bytes(-len(everything) % 4)
        hearing.link.send_rtcp(pack(">BBH", 0x8F, 205, len(message) // 4) + message)
        short = pack(">IIHHIHH", 1, 2, first, 9, 0, 0x2009, 0)
        hearing.link.send_rtcp(pack(">BBH", 0x8F, 205, len(short) // 4) + short)

    async def refused() -> bool:
        return bool((await hearing.relay.stats())["dropped_datagrams"].get("malformed", 0) >= 16)

    await wait_until(refused, what="the short ones to be counted")
    since_s = time.monotonic()
    await wait_until(lambda: len(hearing.sound(since_s)) > 25, what="sound that goes on")
    assert 0 <= (await hearing.downlink())["loss"] <= 1
    await wait_until(lambda: hearing.layer() == 2, what="the large picture, after or in spite of it all")
