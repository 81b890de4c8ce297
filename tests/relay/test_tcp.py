"""ICE over TCP: framing, and whole peers whose packets all go through one stream."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.forwarding import Graph
from room_server.relay.tcp import LONGEST_FRAME, FrameReader, FramingError, framed
from tests.relay.conftest import VP8_DELTA, VP8_KEY, RawLink, RawPeer

Wait = Callable[..., Awaitable[Any]]


@given(frames=st.lists(st.binary(max_size=300), max_size=12), cuts=st.lists(st.integers(1, 40), max_size=60))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    frames: list[bytes], cuts: list[int]
) -> None:
    stream, reader, read = b"".join(framed(one) for one in frames), FrameReader(), []
    for size in [*cuts, len(stream)]:
        read += list(reader.feed(stream[:size]))
        stream = stream[size:]
    assert read == [one for one in frames if one]


@given(garbage=st.binary(max_size=4000))
def test_hostile_bytes_end_the_stream_or_are_frames_of_allowed_length(garbage: bytes) -> None:
    try:
        for frame in FrameReader().feed(garbage):
            assert 1 <= len(frame) <= LONGEST_FRAME
    except FramingError as error:
        assert "at most 1500" in str(error)


class TcpLink(RawLink):
    """A transport whose packets all go over one TCP connection."""

    def _attach(self) -> None:
        candidate = next(one for one in self.options["iceCandidates"] if one["protocol"] == "tcp")
        assert candidate["tcpType"] == "passive" and candidate["port"] == self.server[1]
        self.socket.close()
        self.socket = socket.create_connection((candidate["ip"], candidate["port"]), timeout=5)
        self.socket.setblocking(False)
        self.frames = FrameReader()
        self.ended = False
        super()._attach()

    def _send(self, data: bytes) -> None:
        if self.socket.fileno() >= 0:
            self.socket.sendall(framed(data))

    def _readable(self) -> None:
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.ended = True
            asyncio.get_running_loop().remove_reader(self.socket)
            return
        for frame in self.frames.feed(data):
            self._take(frame)


async def over_tcp(peer: RawPeer, direction: str) -> TcpLink:
    link = TcpLink(peer, direction)
    await link.open("client")
    peer.links[direction] = link
    return link


async def test_media_flow_between_a_udp_peer_and_a_tcp_peer(relay: Any, wait_until: Wait) -> None:
    sender, viewer = await relay.raw("A"), await relay.raw("B", "recv")
    await over_tcp(sender, "send")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B"), ("B", "A")}))
    camera = await sender.produce("video", "camera")
    await viewer.consume(camera.id)
    camera.send(VP8_KEY + bytes(1000))
    for _ in range(20):
        camera.send(VP8_DELTA + bytes(1000))
    await wait_until(lambda: len(viewer.links["recv"].rtp) >= 21, what="the packets that came over TCP")

    listener = await relay.raw("B2")
    stats = (await relay.stats())["transports"]
    assert stats[sender.links["send"].id]["protocol"] == "tcp"
    assert stats[viewer.links["recv"].id]["protocol"] == "udp"
    listener.participant = "B"
    tcp = await over_tcp(listener, "recv")
    await listener.consume(camera.id)
    camera.send(VP8_KEY + bytes(1000))
    camera.send(VP8_DELTA + bytes(1000))
    await wait_until(lambda: len(tcp.rtp) >= 2, what="the packets that went over TCP")


async def test_a_lost_connection_loses_no_place(relay: Any, wait_until: Wait) -> None:
    """The peer comes back on another path with the same credentials: DTLS is kept, media go on."""
    sender, viewer = await relay.raw("A", "send"), await relay.raw("B")
    link = await over_tcp(viewer, "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    microphone = await sender.produce("audio", "microphone")
    await viewer.consume(microphone.id)
    microphone.send(b"before")
    await wait_until(lambda: len(link.rtp) == 1)
    asyncio.get_running_loop().remove_reader(link.socket)
    link.socket.close()
    link._attach()
    answered = len(link.datagrams)
    link.check(nominate=False)
    await wait_until(lambda: len(link.datagrams) > answered, what="the check on the new connection")
    microphone.send(b"after")
    await wait_until(lambda: len(link.rtp) == 2, what="media on the new connection")
    assert link.dtls.state == "connected"


async def test_a_stream_that_is_no_framing_is_ended_and_the_others_go_on(
    relay: Any, wait_until: Wait
) -> None:
    peer = await relay.raw("A")
    good = await over_tcp(peer, "send")
    bad = TcpLink(peer, "send")
    bad.options, bad.server = good.options, good.server
    bad._attach()
    bad.socket.sendall(b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
    await wait_until(lambda: bad.ended, what="the end of a connection that speaks HTTP")
    answered = len(good.datagrams)
    good.check()
    await wait_until(lambda: len(good.datagrams) > answered, what="the answer on the good connection")
    bad.socket.close()


async def test_a_peer_that_does_not_read_costs_bounded_memory_and_nobody_else(
    relay: Any, wait_until: Wait
) -> None:
    sender, viewer, other = await relay.raw("A", "send"), await relay.raw("B"), await relay.raw("C", "recv")
    slow = await over_tcp(viewer, "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B"), ("A", "C")}))
    camera = await sender.produce("video", "camera")
    await viewer.consume(camera.id)
    await other.consume(camera.id)
    asyncio.get_running_loop().remove_reader(slow.socket)
    got = other.links["recv"].rtp
    camera.send(VP8_KEY + bytes(1100))
    for sent in range(0, 6000, 20):
        for _ in range(20):
            camera.send(VP8_DELTA + bytes(1100))
        await wait_until(lambda sent=sent: len(got) >= sent, what="the packets of the viewer who reads")
    stats = await relay.stats()
    assert stats["send_failures"] > 0, "what does not fit into the line of a slow reader is dropped"
    slow_out = stats["transports"][slow.id]["bytes_out"]
    assert slow_out < 6000 * 1100, slow_out


@pytest.mark.parametrize("switched_off", ["udp", "tcp"])
async def test_what_is_switched_off_is_not_announced(switched_off: str) -> None:
    from room_server.relay.client import ListenAddress, RelayClient

    client = RelayClient(
        [ListenAddress("127.0.0.1")],
        on_event=lambda event: None,
        on_exit=lambda status: None,
        udp=switched_off != "udp",
        tcp=switched_off != "tcp",
    )
    await client.start()
    try:
        options = await client.create_transport(room="prc_1", participant="A", direction="send")
        protocols = {one["protocol"] for one in options["iceCandidates"]}
        assert protocols == {"udp", "tcp"} - {switched_off}
    finally:
        await client.stop()
