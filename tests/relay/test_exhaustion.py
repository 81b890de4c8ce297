"""What runs out: descriptors, one address's share of connections, and the patience with a transport."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from room_server.relay import tcp
from room_server.relay.client import RelayError
from room_server.relay.events import RelayWarning, TransportState
from room_server.relay.forwarding import Graph
from room_server.relay.media_transport import CONNECTS_WITHIN_S
from room_server.relay.tcp import PAUSE_S, TcpService
from room_server.relay.udp import ListenAddress, bind_endpoints
from tests.relay.conftest import RawLink, RawPeer, Relay
from tests.relay.near import MovedClock, NearRelay
from tests.relay.test_tcp import over_tcp

Wait = Callable[..., Awaitable[Any]]


@contextmanager
def without_free_descriptors(pid: int) -> Iterator[None]:
    """The process may open nothing more than it has."""
    held = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = next(number for number in count() if number not in held)
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


async def test_a_worker_without_descriptors_rests_says_so_once_and_lets_in_again_afterwards(
    relay: Relay, wait_until: Wait
) -> None:
    sender, viewer = await relay.raw("A", "send"), await relay.raw("B", "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    microphone = await sender.produce("audio", "microphone")
    await viewer.consume(microphone.id)
    pid = relay.client.pid
    assert pid is not None

    async def refused() -> int:
        microphone.send(b"meanwhile")
        return int((await relay.stats())["refused_connections"].get("exhausted", 0))

    async def refused_twice() -> bool:
        return await refused() >= 2

    with without_free_descriptors(pid):
        began_s = time.monotonic()
        waiting = socket.create_connection(sender.links["send"].server)
        await wait_until(refused_twice, what="a second attempt to let them in")
        assert await refused() <= 1 + (time.monotonic() - began_s) / PAUSE_S, "it does not turn on the spot"
        heard = len(viewer.links["recv"].rtp)
        microphone.send(b"still")
        await wait_until(lambda: len(viewer.links["recv"].rtp) > heard, what="media of those who are there")
    warnings = [event.message for event in relay.events if isinstance(event, RelayWarning)]
    assert len(warnings) == 1 and "LimitNOFILE" in warnings[0], warnings
    waiting.close()
    late = await relay.raw("C")
    await over_tcp(late, "send")


async def test_one_address_may_not_open_and_close_without_end(
    monkeypatch: pytest.MonkeyPatch, wait_until: Wait
) -> None:
    """On the service itself, with a smaller number, and with a clock that stands still: nothing is given back."""
    monkeypatch.setattr(tcp, "ACCEPTS_AT_ONCE", 5.0)
    endpoints = bind_endpoints([ListenAddress("127.0.0.1")])
    service = TcpService(endpoints, lambda *frame: None, lambda ip: True, lambda: 1000.0)
    service.start()
    try:
        for index in range(5):
            with socket.create_connection(("127.0.0.1", endpoints[0].port)):
                await wait_until(lambda: service.connections, what=f"connection {index}")
            await wait_until(lambda: not service.connections, what="its end")
        with socket.create_connection(("127.0.0.1", endpoints[0].port)) as refused:
            await wait_until(lambda: service.refused["too_fast"] == 1, what="the refusal")
            assert refused.recv(1) == b"", "it is told so at once"
        assert set(service.refused) == {"too_fast"} and not service.connections
    finally:
        service.stop()
        for endpoint in endpoints:
            endpoint.close()


class LostLink(RawLink):
    """Asks to be connected, and nothing of it ever arrives."""

    async def open(self, role: str) -> None:
        self.options = await self.peer.relay.create_transport(
            room=self.peer.room,
            participant=self.peer.participant,
            direction=self.direction,  # type: ignore[arg-type]
        )
        self.id = self.options["id"]
        await self.peer.relay.connect_transport(
            transport=self.id,
            dtls_parameters={"role": role, "fingerprints": self.certificate.fingerprints()},
        )


async def test_a_transport_that_was_to_connect_and_never_does_is_given_up_and_can_be_made_anew(
    monkeypatch: pytest.MonkeyPatch, wait_until: Wait
) -> None:
    clock, relay = MovedClock(monkeypatch), NearRelay()
    await relay.start()
    peer = RawPeer(relay, "prc_1", "A")
    lost = LostLink(peer, "send")
    try:
        await lost.open("client")
        # The page makes its receive transport when it comes, and connects it when there is something to receive.
        unused = await relay.create_transport(room="prc_1", participant="A", direction="recv")
        clock.ahead_s += CONNECTS_WITHIN_S - 1
        relay.worker._watch()
        assert set((await relay.stats(room="prc_1"))["transports"]) == {lost.id, unused["id"]}
        clock.ahead_s += 2
        relay.worker._watch()
        await wait_until(
            lambda: TransportState("prc_1", "A", lost.id, "failed") in relay.events, what="the end is told"
        )
        assert set((await relay.stats(room="prc_1"))["transports"]) == {unused["id"]}
        with pytest.raises(RelayError) as refusal:
            await relay.restart_ice(transport=lost.id)
        assert refusal.value.code == "no_such_transport"
        again = await peer.open("send")
        assert again.dtls.state == "connected"
        clock.ahead_s += CONNECTS_WITHIN_S * 0.4
        again.check()
        await wait_until(lambda: len(again.datagrams) > 1)
        relay.worker._watch()
        assert again.id in (await relay.stats(room="prc_1"))["transports"], (
            "one that connected has its own rule"
        )
    finally:
        lost.close()
        peer.close()
        await relay.stop()
