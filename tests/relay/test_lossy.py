"""Bad networks, through a proxy that loses, delays, reorders, repeats and falls silent."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from pylibsrtp import Error as SrtpError

from room_server.relay.events import TransportState
from room_server.relay.forwarding import Graph
from room_server.relay.rtp.packet import parse_rtp
from room_server.relay.rtp.picture_run import MAX_PACKETS
from room_server.relay.rtp.retransmission import pack_rtx, unpack_rtx
from room_server.relay.rtp.rtcp import GenericNack, PictureLoss, build_nack
from tests.relay.conftest import VP8_DELTA, VP8_KEY, Peer, RawLink, RawPeer, RawStream, Relay
from tests.relay.near import MovedClock, NearRelay
from tests.relay.proxy import Announced, Direction, LossyProxy
from tests.relay.test_tcp import TcpLink

Wait = Callable[..., Awaitable[Any]]
BAD = {"loss": 0.05, "jitter_s": 0.05, "reorder": 0.02, "duplicate": 0.02}


class PatientLink(RawLink):
    """What the line repeats is not authentic a second time: it is counted, and left."""

    replayed = 0

    def _take(self, data: bytes) -> None:
        try:
            super()._take(data)
        except SrtpError:
            self.replayed += 1


class ProxiedPeer(RawPeer):
    """A participant whose transports all go through a proxy."""

    async def over(self, kind: type[RawLink], direction: str) -> Any:
        link = kind(self, direction)
        await link.open("client")
        self.links[direction] = link
        return link


class Repairer:
    """A publisher's half of RFC 4588: answers NACKs from its history, and a PLI with a key frame."""

    def __init__(self, stream: RawStream) -> None:
        self.stream = stream
        self.history: dict[int, bytes] = {}
        self.nacked: set[int] = set()
        self.key_frame_asked = False
        self._read = 0
        self._rtx_number = 7

    def send(self, payload: bytes) -> None:
        packet = self.stream.send(payload)
        self.history[self.stream.number & 0xFFFF] = packet

    def answer(self) -> None:
        link = self.stream.link
        fresh, self._read = link.rtcp[self._read :], len(link.rtcp)
        for message in fresh:
            if isinstance(message, PictureLoss) and message.media_ssrc == self.stream.ssrc:
                self.key_frame_asked = True
            if isinstance(message, GenericNack) and message.media_ssrc == self.stream.ssrc:
                for number in message.lost:
                    self._resend(number)

    def _resend(self, number: int) -> None:
        packet = self.history.get(number)
        if packet is None:
            return
        self.nacked.add(number)
        self._rtx_number += 1
        offset = parse_rtp(packet, len(packet)).payload_offset
        rtx = pack_rtx(
            packet,
            offset,
            number,
            payload_type=97,
            sequence_number=self._rtx_number & 0xFFFF,
            ssrc=self.stream.ssrc ^ 1,
        )
        self.stream.link.send_rtp(rtx)


class Viewer:
    """A subscriber's half: asks for what is missing, puts RTX packets back, and keeps the payloads by number."""

    def __init__(self, link: RawLink, consumer: dict[str, Any]) -> None:
        encoding = consumer["rtpParameters"]["encodings"][0]
        self.link, self.ssrc = link, encoding["ssrc"]
        self.rtx_ssrc = encoding.get("rtx", {}).get("ssrc")
        self.payloads: dict[int, bytes] = {}
        self.restored = 0
        self._read = 0
        self._asked_s = 0.0

    def take(self) -> None:
        fresh, self._read = self.link.rtp[self._read :], len(self.link.rtp)
        for packet in fresh:
            header = parse_rtp(packet, len(packet))
            if header.ssrc == self.rtx_ssrc:
                packet = unpack_rtx(packet, header, ssrc=self.ssrc, payload_type=101)
                header = parse_rtp(packet, len(packet))
                self.restored += header.sequence_number not in self.payloads
            elif header.ssrc != self.ssrc:
                continue
            payload = packet[header.payload_offset : header.payload_end]
            known = self.payloads.setdefault(header.sequence_number, payload)
            assert known == payload, "one number names two packets"
        now_s = time.monotonic()
        if self.payloads and now_s - self._asked_s > 0.05:
            self._asked_s = now_s
            whole = range(min(self.payloads), max(self.payloads))
            missing = [number for number in whole if number not in self.payloads]
            if missing:
                self.link.send_rtcp(build_nack(1, self.ssrc, missing[:200]))


class Numbers:
    """Every SRTP packet the relay sent: one SSRC and number must never be sent twice, it would reuse a nonce."""

    def __init__(self, proxy: LossyProxy) -> None:
        self.sent: set[tuple[bytes, bytes]] = set()
        self.twice: list[tuple[bytes, bytes]] = []
        proxy.watch = self._see

    def _see(self, direction: Direction, data: bytes) -> None:
        if direction == "down" and 128 <= data[0] <= 191 and not 192 <= data[1] <= 223:
            number = (data[8:12], data[2:4])
            if number in self.sent:
                self.twice.append(number)
            self.sent.add(number)


@pytest.fixture
async def proxy(relay: Relay) -> AsyncIterator[LossyProxy]:
    made = LossyProxy(relay.client.addresses[0], seed=20)
    await made.start()
    yield made
    await made.close()


def proxied(relay: Relay, proxy: LossyProxy, name: str) -> ProxiedPeer:
    peer = ProxiedPeer(Announced(relay.client, proxy), "prc_1", name)  # type: ignore[arg-type]
    relay.raws.append(peer)
    return peer


async def test_loss_jitter_reordering_and_repeats_cost_no_packet_of_the_picture(
    relay: Relay, proxy: LossyProxy, wait_until: Wait
) -> None:
    """NACK upstream, RTX downstream from the cache; nothing comes twice, no number is used twice."""
    sender, receiver = proxied(relay, proxy, "A"), proxied(relay, proxy, "B")
    up, down = await sender.over(PatientLink, "send"), await receiver.over(PatientLink, "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    numbers = Numbers(proxy)
    camera, microphone = (
        await sender.produce("video", "camera"),
        await sender.produce("audio", "microphone", ssrc=77),
    )
    viewer, listener = (
        Viewer(down, await receiver.consume(camera.id)),
        Viewer(down, await receiver.consume(microphone.id)),
    )
    publisher = Repairer(camera)
    publisher.send(VP8_KEY + bytes(4))
    await wait_until(lambda: (viewer.take(), viewer.payloads)[1], what="the first picture")
    proxy.both(**BAD)
    count = 360
    for index in range(1, count):
        publisher.send(VP8_DELTA + index.to_bytes(4, "big") + bytes(300))
        if index % 3 == 0:
            microphone.send(index.to_bytes(4, "big"))
        if index % 4 == 0:
            await asyncio.sleep(0.02)
            publisher.answer()
            viewer.take()
            listener.take()

    tail = count

    def complete() -> bool:
        nonlocal tail
        tail += 1  # something after the last one shows that the last one is missing
        publisher.send(VP8_DELTA + tail.to_bytes(4, "big"))
        publisher.answer()
        viewer.take()
        got = {int.from_bytes(payload[2:6], "big") for payload in viewer.payloads.values()}
        return set(range(count)) <= got

    await wait_until(complete, what="all packets of the picture")
    listener.take()
    assert proxy.up.counts["lost"] > 5 and proxy.down.counts["lost"] > 5
    assert proxy.up.counts["reordered"] and proxy.down.counts["duplicated"]
    assert publisher.nacked, "what was lost on the way up was asked for"
    assert viewer.restored, "what was lost on the way down was sent again"
    order = [
        int.from_bytes(viewer.payloads[n][2:6], "big") for n in sorted(viewer.payloads, key=shifted(viewer))
    ]
    assert order == sorted(set(order)), "numbers follow the publisher's order, and no packet has two"
    assert len(listener.payloads) > 0.75 * count / 3, "sound goes on, without what was lost"
    assert numbers.twice == []
    edge = (await relay.stats())["edges"]["A>B"]
    assert edge["retransmitted"] >= viewer.restored and edge["forwarded_while_forbidden"] == 0
    assert up.dtls.state == down.dtls.state == "connected"


def shifted(viewer: Viewer) -> Callable[[int], int]:
    """Sort key for 16-bit numbers that may have wrapped since the first."""
    first = next(iter(viewer.payloads))
    return lambda number: (number - first + 0x8000) & 0xFFFF


async def test_real_peers_see_and_hear_each_other_on_a_bad_line(
    relay: Relay, proxy: LossyProxy, wait_until: Wait
) -> None:
    """5 % loss and 50 ms jitter each way from the first connectivity check on."""
    proxy.both(**BAD)
    numbers = Numbers(proxy)
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    peers = [Peer(Announced(relay.client, proxy), "prc_1", name) for name in ("A", "B")]  # type: ignore[arg-type]
    relay.peers += peers
    for peer in peers:
        await peer.load()
    sender, receiver = peers
    await sender.publish("microphone", "camera")
    await receiver.receive(*sender.producers.values())
    for _ in range(3):
        before = dict(receiver.frames)
        await wait_until(
            lambda before=before: all(receiver.frames[one] >= before[one] + 15 for one in before),
            within_s=20,
            what="15 more frames of both",
        )
    assert proxy.up.counts["lost"] and proxy.down.counts["lost"]
    assert numbers.twice == []
    stats = await relay.stats()
    assert stats["edges"]["A>B"]["retransmitted"] > 0
    assert len(stats["transports"]) == 2


async def test_a_narrow_line_loses_what_does_not_fit_and_tcp_waits(
    relay: Relay, proxy: LossyProxy, wait_until: Wait
) -> None:
    """Over TCP nothing is lost on a bad line; it comes later."""
    proxy.both(jitter_s=0.02, loss=0.02, rate_bps=800_000)
    sender, receiver = proxied(relay, proxy, "A"), proxied(relay, proxy, "B")
    await sender.over(TcpLink, "send")
    link = await receiver.over(TcpLink, "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    microphone = await sender.produce("audio", "microphone")
    viewer = Viewer(link, await receiver.consume(microphone.id))
    for index in range(150):
        microphone.send(index.to_bytes(4, "big") + bytes(300))
    await wait_until(lambda: (viewer.take(), len(viewer.payloads) == 150)[1], what="all sound over TCP")
    ordered = [int.from_bytes(payload[:4], "big") for payload in viewer.payloads.values()]
    assert ordered == list(range(150))
    stats = (await relay.stats())["transports"]
    assert {one["protocol"] for one in stats.values()} == {"tcp"}


@pytest.mark.parametrize("kept", [True, False])
async def test_thirty_joins_in_a_second_cost_at_most_one_request_per_second(
    relay: Relay, wait_until: Wait, kept: bool
) -> None:
    """Each begins with the key frame that was kept, or with the one that was asked for once on behalf of all."""
    names = [f"P{number:02}" for number in range(30)]
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", name) for name in names}))
    sender = await relay.raw("A", "send")
    camera = await sender.produce("video", "camera")
    peers = [await relay.raw(name, "recv") for name in names]
    publisher = Repairer(camera)
    requests: list[float] = []
    seen = 0

    def frame() -> None:
        """A publisher at work: a delta, or the key frame it was asked for."""
        nonlocal seen
        asked = [one for one in sender.links["send"].rtcp[seen:] if isinstance(one, PictureLoss)]
        requests.extend([time.monotonic()] * len(asked))
        seen = len(sender.links["send"].rtcp)
        publisher.send((VP8_KEY if asked else VP8_DELTA) + bytes(300))

    camera.send(VP8_KEY + bytes(300))
    for _ in range(0 if kept else MAX_PACKETS):  # too many to be kept
        camera.send(VP8_DELTA + bytes(10))
    await wait_until(lambda: sender.links["send"].rtcp, what="reports, which come after the packets")
    began_s = time.monotonic()
    joins = [asyncio.create_task(peer.consume(camera.id)) for peer in peers]
    while not all(join.done() for join in joins):
        frame()
        await asyncio.sleep(0.02)
    await asyncio.gather(*joins)
    assert time.monotonic() - began_s < 5.0, "the joins did not come close together"

    def begun() -> bool:
        frame()
        return all(peer.links["recv"].rtp for peer in peers)

    await wait_until(begun, what="a picture for each of the thirty")
    ended_s = time.monotonic()
    for peer in peers:
        first = peer.links["recv"].rtp[0]
        header = parse_rtp(first, len(first))
        assert first[header.payload_offset : header.payload_offset + 2] == VP8_KEY
    assert len(requests) <= ended_s - began_s + 1, requests
    assert kept or requests, "what was not kept had to be asked for"
    gaps = [later - earlier for earlier, later in itertools.pairwise(requests)]
    assert all(gap > 0.8 for gap in gaps), gaps  # read on our own clock, 20 ms a look, on a shared machine


async def test_after_five_seconds_away_media_go_on_within_three(
    relay: Relay, proxy: LossyProxy, wait_until: Wait
) -> None:
    sender, receiver = await relay.raw("A", "send"), proxied(relay, proxy, "B")
    link = await receiver.over(PatientLink, "recv")
    numbers = Numbers(proxy)
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    microphone = await sender.produce("audio", "microphone")
    await receiver.consume(microphone.id)
    microphone.send(b"before")
    await wait_until(lambda: len(link.rtp) == 1)
    link.check()
    await wait_until(lambda: len(link.datagrams) > 1, what="the last sign of life")
    proxy.silent, away_s = True, time.monotonic()

    def states() -> list[str]:
        return [e.state for e in relay.events if isinstance(e, TransportState) and e.transport == link.id]

    def gone() -> bool:
        sender.links["send"].check()
        microphone.send(b"unheard")
        return states()[-1] == "disconnected"

    await wait_until(gone, within_s=8, what="the disconnection")
    assert time.monotonic() - away_s < 5.5, "known within 5 s, and half a second for this test to look"
    await wait_until(lambda: time.monotonic() - away_s > 5.0)
    proxy.silent, back_s = False, time.monotonic()
    await come_back(receiver, link, microphone, wait_until)
    assert time.monotonic() - back_s < 3.0
    await wait_until(lambda: states()[-1] == "connected", what="the return")
    await nothing_doubled(relay.client, link, numbers)


@pytest.mark.parametrize("absence_s", [25.0, 80.0])
async def test_a_long_absence_keeps_the_place_for_thirty_seconds(
    monkeypatch: pytest.MonkeyPatch, wait_until: Wait, absence_s: float
) -> None:
    """The worker's own clock is moved ahead; everything else is real."""
    clock, relay = MovedClock(monkeypatch), NearRelay()
    await relay.start()
    proxy = LossyProxy(relay.addresses[0], seed=3)
    await proxy.start()
    sender = RawPeer(relay, "prc_1", "A")
    receiver = ProxiedPeer(Announced(relay, proxy), "prc_1", "B")  # type: ignore[arg-type]
    try:
        home = await sender.open("send")
        link = await receiver.over(PatientLink, "recv")
        numbers = Numbers(proxy)
        await relay.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
        microphone = await sender.produce("audio", "microphone")
        await receiver.consume(microphone.id)
        microphone.send(b"before")
        await wait_until(lambda: len(link.rtp) == 1)
        proxy.silent = True

        def states() -> list[str]:
            home.check()
            return [e.state for e in relay.events if isinstance(e, TransportState) and e.transport == link.id]

        # In steps, as time passes, so that the other participant's signs of life stay fresh.
        for _ in range(int(absence_s / 2.5)):
            clock.ahead_s += 2.5
            answered = len(home.datagrams)
            home.check()
            await wait_until(lambda answered=answered: len(home.datagrams) > answered)
            relay.worker._watch()
        assert "disconnected" in states()
        proxy.silent, back_s = False, time.monotonic()
        if absence_s < 30:
            assert states()[-1] == "disconnected"
            await come_back(receiver, link, microphone, wait_until)
        else:
            assert states()[-2:] == ["failed", "closed"], "dead after 30 s"
            stats = await relay.stats(room="prc_1")
            assert [one["participant"] for one in stats["transports"].values()] == ["A"]
            link.close()
            link = await receiver.over(PatientLink, "recv")
            await receiver.consume(microphone.id)
            microphone.send(b"again")
            await wait_until(lambda: link.rtp, what="media on the new transport")
        assert time.monotonic() - back_s < 3.0
        await nothing_doubled(relay, link, numbers)
    finally:
        sender.close()
        receiver.close()
        await proxy.close()
        await relay.stop()


async def come_back(receiver: ProxiedPeer, link: RawLink, microphone: RawStream, wait_until: Wait) -> None:
    """An ICE restart on the same transport, and the first packet after it."""
    link.options["iceParameters"] = await receiver.relay.restart_ice(transport=link.id)
    before = len(link.rtp)
    link.check()

    def heard() -> bool:
        microphone.send(b"after")
        return len(link.rtp) > before

    await wait_until(heard, what="media after the absence")


async def nothing_doubled(relay: Any, link: RawLink, numbers: Numbers) -> None:
    """One place each, and every packet and number once."""
    stats = await relay.stats(room="prc_1")
    assert sorted(one["participant"] for one in stats["transports"].values()) == ["A", "B"]
    assert stats["transports"][link.id]["dtls"] == "connected"
    received = [parse_rtp(packet, len(packet)) for packet in link.rtp]
    places = [(header.ssrc, header.sequence_number) for header in received]
    assert len(places) == len(set(places)) and numbers.twice == []
