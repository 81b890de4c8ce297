"""Hostile input at a worker with real sockets: it lives, answers no stranger, keeps its tables small, and goes on
serving the others."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aioice import stun
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pylibsrtp import Error as SrtpError

from room_server.relay.catching_up import MOST_BEHIND
from room_server.relay.channel import ChannelError, MessageDecoder, encode_message
from room_server.relay.control import METHODS, answer
from room_server.relay.forwarding import Graph
from room_server.relay.media_transport import MAX_SSRCS
from room_server.relay.rtp.packet import build_rtp
from room_server.relay.rtp.rtcp import GenericNack
from room_server.relay.tcp import MOST_ANONYMOUS_PER_HOLDER, framed
from tests.relay.conftest import VP8_DELTA, VP8_KEY, RawLink, RawPeer, RawStream, Relay, eventually
from tests.relay.near import NearRelay
from tests.relay.test_fuzz_parsers import JSON, PARAMETERS, altered

Wait = Callable[..., Awaitable[Any]]


class Hearing:
    """A sender and a viewer whose sound must go on whatever else arrives."""

    def __init__(self, microphone: RawStream, camera: RawStream, sender: RawLink, viewer: RawLink) -> None:
        self.microphone, self.camera, self.sender, self.viewer = microphone, camera, sender, viewer
        self.sent = 0

    async def still_heard(self, wait_until: Wait) -> None:
        self.sent += 1
        mark = f"still here {self.sent}".encode()

        def heard() -> bool:
            self.microphone.send(mark)
            return any(packet.endswith(mark) for packet in self.viewer.rtp)

        await wait_until(heard, what="sound after the storm")
        self.viewer.rtp.clear()


async def hearing(client: Any, peers: list[RawPeer]) -> Hearing:
    await client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    sender, viewer = RawPeer(client, "prc_1", "A"), RawPeer(client, "prc_1", "B")
    peers += [sender, viewer]
    up, down = await sender.open("send"), await viewer.open("recv")
    microphone = await sender.produce("audio", "microphone", ssrc=100)
    camera = await sender.produce("video", "camera", ssrc=200)
    for stream in (microphone, camera):
        await viewer.consume(stream.id)
    return Hearing(microphone, camera, up, down)


@pytest.fixture
async def near() -> AsyncIterator[tuple[NearRelay, Hearing]]:
    relay, peers = NearRelay(), list[RawPeer]()
    await relay.start()
    yield relay, await hearing(relay, peers)
    for peer in peers:
        peer.close()
    await relay.stop()


def stranger() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind(("127.0.0.1", 0))
    return made


def tables(relay: NearRelay) -> dict[str, int]:
    """The size of everything in the worker that a packet could make grow."""
    worker = relay.worker
    router = worker.router
    return {
        "rooms": len(router.rooms),
        "transports": len(router.transports),
        "producers": len(router.producers),
        "consumers": len(router.consumers),
        "sessions": len(router.ice),
        "addresses": sum(len(endpoint.by_address) for endpoint in router.endpoints),
        "connections": len(worker._tcp.connections),
        "limited": len(worker._limiter),
        "ssrcs": sum(len(one._by_ssrc) for one in router.transports.values()),
        "inbox": sum(len(one.dtls._stand_in._inbox) for one in router.transports.values()),
        "reasons": len(worker.dropped),
    }


# -- strangers --------------------------------------------------------------------------------------------------------


def hostile(chance: random.Random, fragment: str) -> bytes:
    """A datagram as somebody could send who knows no password: of every protocol, whole or broken."""
    kind = chance.randrange(6)
    if kind == 0:
        message = stun.Message(
            chance.choice((stun.Method.BINDING, stun.Method.ALLOCATE)), chance.choice(list(stun.Class))
        )
        message.attributes["USERNAME"] = chance.choice((f"{fragment}:x", fragment, "x:y", ""))
        if chance.random() < 0.5:
            message.attributes["USE-CANDIDATE"] = None
        if chance.random() < 0.7:
            message.add_message_integrity(chance.randbytes(chance.choice((0, 16, 32))))
        else:
            message.add_fingerprint()
        data = bytearray(bytes(message))
    elif kind == 1:
        content = chance.choice((20, 21, 22, 23, 24, 63))
        body = chance.randbytes(chance.choice((0, 2, 60, 1200)))
        header = bytes((content, 0xFE, chance.choice((0xFD, 0xFF)))) + chance.randbytes(8)
        data = bytearray(header + len(body).to_bytes(2, "big") + body)
    elif kind in (2, 3):
        second = chance.choice((111, 96, 200, 201, 205, 206))
        data = bytearray(bytes((0x80, second)) + chance.randbytes(chance.choice((10, 40, 1200))))
    else:
        data = bytearray(chance.randbytes(chance.choice((0, 1, 11, 12, 20, 28, 100, 1400, 1501, 8000))))
    if data and kind != 4 and chance.random() < 0.3:
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_stranger_gets_not_one_byte_whatever_it_sends(
    relay: Relay, wait_until: Wait, seed: int
) -> None:
    """So there is nothing to amplify: over any sequence, UDP or TCP, bytes out are none before the password is shown."""
    scene, chance = await hearing(relay.client, relay.raws), random.Random(seed)
    fragment = scene.sender.options["iceParameters"]["usernameFragment"]
    came: list[bytes] = []
    strangers = [stranger() for _ in range(4)]
    for index in range(400):
        one = chance.choice(strangers)
        one.sendto(hostile(chance, fragment), scene.sender.server)
        if index % 40 == 0:
            await relay.stats()
    line = socket.create_connection(scene.sender.server)
    line.setblocking(False)
    for _ in range(60):
        data = hostile(chance, fragment)
        if len(data) <= 1500:
            line.sendall(framed(data))
    await scene.still_heard(wait_until)
    for one in [*strangers, line]:
        with contextlib.suppress(BlockingIOError):
            came.append(one.recv(2048))
        one.close()
    assert came == []
    assert relay.exits == []
    dropped = (await relay.stats())["dropped_datagrams"]
    assert "failed" not in dropped
    assert {"unknown_address", "stun_bad_integrity", "size"} <= set(dropped)


async def test_the_answer_to_an_authentic_check_is_no_larger_than_the_check(
    relay: Relay, wait_until: Wait
) -> None:
    """Nor is there anything more for an address that is believed, until the peer itself begins DTLS."""
    offered = await relay.client.create_transport(room="prc_1", participant="A", direction="send")
    candidate, ice = offered["iceCandidates"][0], offered["iceParameters"]
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{ice['usernameFragment']}:x"
    message.add_message_integrity(ice["password"].encode())
    request, answers = bytes(message), list[bytes]()
    with stranger() as peer:
        for _ in range(10):
            peer.sendto(request, (candidate["ip"], candidate["port"]))
        while len(answers) < 10:
            answers.append(await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 2048), 10))
        for first in (20, 21, 22, 23):  # nobody asked for DTLS over the signalling yet
            peer.sendto(bytes((first, 0xFE, 0xFD)) + bytes(60), (candidate["ip"], candidate["port"]))
        peer.sendto(request, (candidate["ip"], candidate["port"]))
        answers.append(await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 2048), 10))
        assert all(len(answer) <= len(request) for answer in answers)
        with pytest.raises(BlockingIOError):
            peer.recv(2048)


async def test_tables_stay_as_they_are_under_a_storm_of_strangers(
    near: tuple[NearRelay, Hearing], wait_until: Wait
) -> None:
    relay, scene = near
    chance = random.Random(5)
    fragment = scene.sender.options["iceParameters"]["usernameFragment"]
    await scene.still_heard(wait_until)
    before = tables(relay)
    endpoint = relay.worker.router.endpoints[0]
    for index in range(4000):  # as from many addresses, which one machine cannot send from
        data = hostile(chance, fragment)[:2048]
        relay.worker._receiver.view[: len(data)] = data
        relay.worker._handle(endpoint, len(data), (f"198.51.{index >> 8 & 255}.{index & 255}", 4000))
    lines = [socket.create_connection(scene.sender.server) for _ in range(MOST_ANONYMOUS_PER_HOLDER + 8)]
    await wait_until(lambda: sum(relay.worker._tcp.refused.values()) >= 8, what="connections too many")
    after = tables(relay)
    assert after["connections"] <= MOST_ANONYMOUS_PER_HOLDER
    assert after["limited"] <= 4096
    for name in set(before) - {"connections", "limited", "reasons"}:
        assert after[name] == before[name], name
    assert after["reasons"] <= 12 and "failed" not in relay.worker.dropped
    for line in lines:
        line.close()
    await wait_until(lambda: not relay.worker._tcp.connections, what="the end of the connections")
    await scene.still_heard(wait_until)


# -- DTLS -------------------------------------------------------------------------------------------------------------

RECORDS = st.lists(
    st.one_of(
        st.builds(
            lambda content, epoch, number, body: (
                bytes((content, 0xFE, 0xFD))
                + epoch.to_bytes(2, "big")
                + number.to_bytes(6, "big")
                + len(body).to_bytes(2, "big")
                + body
            ),
            st.sampled_from((20, 21, 22, 23, 24, 25)),
            st.integers(0, 2),
            st.integers(0, 2**48 - 1),
            # Alerts, ChangeCipherSpec, and handshake messages of every type with true and false lengths.
            st.one_of(
                st.sampled_from((b"\x02\x28", b"\x01\x00", b"\x01", b"")),
                st.builds(
                    lambda kind, length, rest: bytes((kind,)) + length.to_bytes(3, "big") + rest,
                    st.integers(0, 24),
                    st.integers(0, 2**24 - 1),
                    st.binary(max_size=80),
                ),
            ),
        ),
        st.builds(
            lambda first, rest: bytes((first,)) + rest,
            st.integers(20, 63),
            st.binary(min_size=12, max_size=300),
        ),
    ),
    max_size=12,
)


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(before=RECORDS, after=RECORDS)
def test_dtls_records_before_and_after_the_handshake_end_nobody_elses_transport(
    before: list[bytes], after: list[bytes]
) -> None:
    asyncio.run(_dtls_records(before, after))


async def _dtls_records(before: list[bytes], after: list[bytes]) -> None:
    relay, peers = NearRelay(), list[RawPeer]()
    await relay.start()
    try:
        scene = await hearing(relay, peers)
        rival = RawPeer(relay, "prc_1", "C")
        link = RawLink(rival, "send")
        rival.links["send"] = link
        peers.append(rival)
        send_check = link.check

        def check_and_junk(**options: Any) -> bytes:
            identifier = send_check(**options)
            for record in before:
                link._send(record)
            return identifier

        link.check = check_and_junk  # type: ignore[method-assign]
        opening = asyncio.create_task(link.open("client"))
        await asyncio.wait([opening], timeout=6)
        if not opening.done():
            opening.cancel()  # who breaks one's own handshake stays outside
        await asyncio.gather(opening, return_exceptions=True)
        for record in after:
            scene.sender._send(record)
            link._send(record)
        await scene.still_heard(eventually)
        assert tables(relay)["inbox"] <= 32 * 3
        assert "failed" not in relay.worker.dropped
        assert relay.worker.router.transports[scene.sender.id].dtls.state == "connected"
    finally:
        for peer in peers:
            peer.close()
        await relay.stop()


async def test_a_forged_alert_in_the_clear_does_not_end_a_connected_transport(
    relay: Relay, wait_until: Wait
) -> None:
    scene = await hearing(relay.client, relay.raws)
    for content, body in ((21, b"\x01\x00"), (21, b"\x02\x28"), (20, b"\x01"), (22, bytes(60))):
        for epoch in (0, 1, 2):
            head = bytes((content, 0xFE, 0xFD)) + epoch.to_bytes(2, "big") + bytes(5) + b"\x09"
            scene.sender._send(head + len(body).to_bytes(2, "big") + body)
    await scene.still_heard(wait_until)
    stats = await relay.stats()
    assert {one["dtls"] for one in stats["transports"].values()} == {"connected"}


# -- who is authenticated ---------------------------------------------------------------------------------------------


async def test_an_authentic_peer_with_hostile_media_fills_no_table(
    near: tuple[NearRelay, Hearing], wait_until: Wait
) -> None:
    relay, scene = near
    chance = random.Random(9)
    for index in range(3000):
        header = bytes((chance.choice((0x80, 0x90, 0xA0, 0x8F)), chance.choice((96, 97, 111, 0xE0, 100))))
        header += chance.randbytes(6) + chance.choice((100, 200, 201, index)).to_bytes(4, "big")
        with contextlib.suppress(SrtpError):  # what libsrtp does not even encrypt cannot be sent
            scene.sender.send_rtp(header + chance.randbytes(chance.choice((0, 3, 40, 1100))))
        kind = chance.choice((200, 201, 202, 203, 205, 206, 207))
        words = chance.randrange(40)
        compound = bytes((0x80 | chance.randrange(64) & 0x3F, kind)) + words.to_bytes(2, "big")
        link = chance.choice((scene.sender, scene.viewer))
        with contextlib.suppress(SrtpError):
            link.send_rtcp(compound + chance.randbytes(4 * words))
        if index % 64 == 0:
            await asyncio.sleep(0)
    await scene.still_heard(wait_until)
    assert "failed" not in relay.worker.dropped, relay.worker.dropped
    assert tables(relay)["ssrcs"] <= 4
    for producer in relay.worker.router.producers.values():
        for stream in producer.streams:
            assert len(stream.nacks) <= 400 and len(stream.retired_ssrcs) <= 8
    for consumer in relay.worker.router.consumers.values():
        assert len(consumer._resent) <= 1000 and len(consumer.behind) <= MOST_BEHIND


async def test_a_peer_with_ever_new_ssrcs_fills_no_memory_and_its_streams_go_on(
    near: tuple[NearRelay, Hearing], wait_until: Wait
) -> None:
    """libsrtp would keep state for every one of them."""
    relay, scene = near
    await scene.still_heard(wait_until)
    transport = relay.worker.router.transports[scene.sender.id]
    for ssrc in range(1000, 1000 + MAX_SSRCS + 100):
        packet = build_rtp(payload_type=111, sequence_number=1, rtp_timestamp=1, ssrc=ssrc, payload=b"x")
        scene.sender.send_rtp(packet)
        if ssrc % 64 == 0:
            await asyncio.sleep(0)
    await wait_until(lambda: relay.worker.dropped["too_many_ssrcs"] >= 90, what="SSRCs too many")
    assert len(transport.authentic_ssrcs) == MAX_SSRCS
    await scene.still_heard(wait_until)


async def test_a_publisher_faster_than_a_viewer_catches_up_fills_no_memory(
    near: tuple[NearRelay, Hearing], wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The viewer gives the run up and begins with the next key frame, without a number coming twice."""
    relay, scene = near
    producer = relay.worker.router.producers[scene.camera.id]
    consumer = producer.consumers[0]
    held: list[Callable[[], None]] = []
    await relay.pause_consumer(consumer=consumer.id)
    monkeypatch.setattr(
        type(relay.worker._runtime), "later", lambda self, delay_s, action: held.append(action)
    )
    scene.camera.send(VP8_KEY + b"first")
    for index in range(30):
        scene.camera.send(VP8_DELTA + bytes((index,)))
    await wait_until(lambda: producer.packets >= 31)
    await relay.resume_consumer(consumer=consumer.id)
    assert held and consumer.behind, "the viewer begins with the run, a few packets at a time"
    for index in range(MOST_BEHIND + 10):
        scene.camera.send(VP8_DELTA + index.to_bytes(4, "big"))
        if index % 50 == 0:
            await wait_until(lambda index=index: producer.packets >= index + 32)
        assert len(consumer.behind) <= MOST_BEHIND
    await wait_until(lambda: consumer.state.needs_key_frame, what="the end of the line that grew too long")
    held.pop()()
    scene.camera.send(VP8_KEY + b"again")
    await wait_until(lambda: any(p.endswith(b"again") for p in scene.viewer.rtp), what="the new key frame")
    numbers = [(p[8:12], p[2:4]) for p in scene.viewer.rtp]
    assert len(numbers) == len(set(numbers))


async def test_one_stream_that_fails_in_a_timer_does_not_stop_the_others(
    near: tuple[NearRelay, Hearing], wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, scene = near
    first = relay.worker.router.producers[scene.microphone.id]
    assert next(iter(relay.worker.router.producers.values())) is first
    monkeypatch.setattr(first, "repair", lambda now_s: 1 / 0)
    scene.camera.send(VP8_KEY)
    scene.camera.send(VP8_DELTA, step=3)
    await wait_until(
        lambda: any(isinstance(p, GenericNack) and p.media_ssrc == 200 for p in scene.sender.rtcp),
        what="the NACK of the other stream",
    )


# -- the control channel ----------------------------------------------------------------------------------------------

PARAMS = st.one_of(
    JSON,
    altered(
        {
            "room": "prc_1",
            "participant": "C",
            "direction": "send",
            "transport": "SEND",
            "producer": "PRODUCER",
            "consumer": "CONSUMER",
            "kind": "video",
            "source": "camera",
            "track": 3,
            "rtp_parameters": PARAMETERS,
            "rtp_capabilities": {"codecs": [], "headerExtensions": []},
            "dtls_parameters": {"role": "client", "fingerprints": []},
            "graph": {"edges": [["A", "B"]], "muted": [], "recorded": [], "version": 1},
            "path": None,
        }
    ),
)
REQUESTS = st.lists(st.tuples(st.sampled_from([*METHODS, "fly"]), PARAMS), min_size=1, max_size=25)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(requests=REQUESTS)
def test_any_control_message_is_answered_and_the_worker_goes_on(requests: list[tuple[str, Any]]) -> None:
    asyncio.run(_control_messages(requests))


async def _control_messages(requests: list[tuple[str, Any]]) -> None:
    relay = NearRelay()
    await relay.start()
    try:
        send, recv = [
            await relay.create_transport(room="prc_1", participant=who, direction=direction)
            for who, direction in (("A", "send"), ("B", "recv"))
        ]
        camera = await relay.produce(
            transport=send["id"], kind="video", rtp_parameters=PARAMETERS, source="camera", track=1
        )
        names = {"SEND": send["id"], "RECV": recv["id"], "PRODUCER": camera}
        for method, params in requests:
            if isinstance(params, dict):
                params = {k: names.get(v, v) if isinstance(v, str) else v for k, v in params.items()}
            try:
                frame = encode_message({"id": 1, "method": method, "params": params})
            except ChannelError:
                continue  # never sent
            [message] = MessageDecoder().feed(frame)
            answered = answer(relay.worker.router, message)
            assert ("result" in answered) != ("error" in answered)
            encode_message(answered)
        transports = relay.worker.router.transports
        assert len(transports) <= 2 + len(requests)
        assert len(relay.worker.router.ice) <= 2 * len(transports), "a restart keeps the former credentials"
        assert await relay.router_capabilities()
    finally:
        await relay.stop()
