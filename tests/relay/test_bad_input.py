"""What an administrator may get wrong, and what a browser may lack: said in words, and nobody else is touched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from room_server.relay.client import RelayClient, RelayError
from room_server.relay.events import ProducerActive, ProducerSilent, RelayWarning
from room_server.relay.forwarding import Graph
from room_server.relay.media_transport import CONNECTS_WITHIN_S
from room_server.relay.udp import ListenAddress, bind_endpoints
from tests.relay.conftest import FULL_CAPABILITIES, VP8_KEY, RawPeer, Relay
from tests.relay.near import MovedClock, NearRelay
from tests.relay.test_exhaustion import LostLink

Wait = Callable[..., Awaitable[Any]]
ROOT = Path(__file__).resolve().parents[2]


async def refusal_of(*addresses: ListenAddress) -> str:
    """What a relay says that cannot start on these addresses; nothing of it is left."""
    exits: list[int] = []
    client = RelayClient(list(addresses), on_event=lambda event: None, on_exit=exits.append)
    with pytest.raises(RelayError) as refusal:
        await client.start()
    assert refusal.value.code == "relay_failed"
    assert client.pid is None and exits == [], "it did not run, so it did not end"
    return str(refusal.value.args[0])


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_a_port_in_use_is_named_and_the_relay_that_holds_it_is_not_touched(
    relay: Relay, wait_until: Wait, kind: socket.SocketKind
) -> None:
    sender, viewer = await relay.raw("A", "send"), await relay.raw("B", "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    microphone = await sender.produce("audio", "microphone")
    await viewer.consume(microphone.id)
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        said = await refusal_of(ListenAddress("127.0.0.1", port))
    protocol = "udp" if kind == socket.SOCK_DGRAM else "tcp"
    assert said.startswith(f"port {port}/{protocol} on 127.0.0.1 is in use") and "media.port" in said
    own = relay.client.addresses[0][1]
    assert f"port {own}/udp" in await refusal_of(ListenAddress("127.0.0.1", own))
    microphone.send(b"still")
    await wait_until(lambda: viewer.links["recv"].rtp, what="media of the relay that runs")


async def test_an_address_that_is_not_this_machines_is_named_with_the_way_through_a_router() -> None:
    said = await refusal_of(ListenAddress("127.0.0.1"), ListenAddress("203.0.113.9", 40_000))
    assert said.startswith("203.0.113.9 is not an address of this machine") and "announced_ip" in said


def in_another_process(code: str, *before: str) -> str:
    """Run Python code that prints, as another user or in another network; what it printed."""
    done = subprocess.run(
        [*before, sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


BIND = """
from room_server.relay.udp import ListenAddress, bind_endpoints
import os, socket
{before}
try:
    bind_endpoints([ListenAddress({ip!r}, {port})])
except OSError as error:
    print(error.strerror)
"""


def test_a_port_without_permission_is_named_with_what_gives_it() -> None:
    # An installation's server is not root; who runs the tests may be.
    before = "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    said = in_another_process(BIND.format(before=before, ip="127.0.0.1", port=443))
    assert (
        said.startswith("port 443/udp on 127.0.0.1 may not be used by this user") and "systemd-unit" in said
    )


def test_a_machine_without_ipv6_is_told_apart_from_a_wrong_address() -> None:
    """In a network namespace of its own, where not even the loopback address of IPv6 is there."""
    alone = ("unshare", *(() if os.getuid() == 0 else ("--user", "--map-root-user")), "--net")
    said = in_another_process(BIND.format(before="", ip="2001:db8::1", port=40_000), *alone)
    assert said.startswith("2001:db8::1 is an IPv6 address, and IPv6 is switched off")


async def test_a_relay_without_ipv6_serves_ipv4(relay: Relay) -> None:
    endpoints = bind_endpoints([ListenAddress("127.0.0.1")])
    assert [endpoint.announced_ip for endpoint in endpoints] == ["127.0.0.1"]
    for endpoint in endpoints:
        endpoint.close()


async def test_an_announced_address_that_nobody_reaches_is_said_with_the_address(
    monkeypatch: pytest.MonkeyPatch, wait_until: Wait
) -> None:
    """It cannot be tried from inside: it shows when a browser that was told it is never heard of."""
    clock, relay = MovedClock(monkeypatch), NearRelay([ListenAddress("127.0.0.1", 0, "203.0.113.9")])
    await relay.start()
    lost = LostLink(RawPeer(relay, "prc_1", "A"), "send")
    try:
        await lost.open("client")
        assert {one["ip"] for one in lost.options["iceCandidates"]} == {"203.0.113.9"}
        clock.ahead_s += CONNECTS_WITHIN_S + 1
        relay.worker._watch()

        def said() -> list[str]:
            return [event.message for event in relay.events if isinstance(event, RelayWarning)]

        await wait_until(said, what="the warning")
        assert "203.0.113.9:" in said()[0] and "announced_ip" in said()[0] and "A (prc_1)" in said()[0]
    finally:
        lost.close()
        await relay.stop()


async def test_a_browser_without_the_codec_gets_the_sound_and_the_others_get_all(
    relay: Relay, wait_until: Wait
) -> None:
    sender = await relay.raw("A", "send")
    lacking, other = await relay.raw("B", "recv"), await relay.raw("C", "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B"), ("A", "C")}))
    microphone, camera = (
        await sender.produce("audio", "microphone"),
        await sender.produce("video", "camera", ssrc=9),
    )
    audio_only = deepcopy(FULL_CAPABILITIES)
    audio_only["codecs"] = [codec for codec in audio_only["codecs"] if codec["kind"] == "audio"]
    with pytest.raises(RelayError) as refusal:
        await relay.client.consume(
            transport=lacking.links["recv"].id, producer=camera.id, rtp_capabilities=audio_only
        )
    assert refusal.value.code == "unsupported_codec" and "VP8" in str(refusal.value)
    sound = await relay.client.consume(
        transport=lacking.links["recv"].id, producer=microphone.id, rtp_capabilities=audio_only
    )
    await relay.client.resume_consumer(consumer=sound["id"])
    await other.consume(camera.id)
    camera.send(VP8_KEY + b"picture")
    microphone.send(b"sound")
    await wait_until(lambda: lacking.links["recv"].rtp, what="the sound of the one who lacks VP8")
    await wait_until(lambda: other.links["recv"].rtp, what="the picture of the other")


async def test_a_producer_that_stops_is_told_and_the_others_go_on(relay: Relay, wait_until: Wait) -> None:
    first, second, viewer = (
        await relay.raw("A", "send"),
        await relay.raw("B", "send"),
        await relay.raw("C", "recv"),
    )
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "C"), ("B", "C")}))
    stops, goes_on = await first.produce("audio", "microphone"), await second.produce("audio", "microphone")
    for stream in (stops, goes_on):
        await viewer.consume(stream.id)
        stream.send(b"hello")

    def told(kind: type[ProducerActive] | type[ProducerSilent]) -> list[str]:
        return [event.producer for event in relay.events if isinstance(event, kind)]

    def silent() -> list[str]:
        goes_on.send(b"on")
        return told(ProducerSilent)

    await wait_until(silent, what="word of the silence")
    assert told(ProducerSilent) == [stops.id]
    heard = len(viewer.links["recv"].rtp)
    goes_on.send(b"on")
    await wait_until(lambda: len(viewer.links["recv"].rtp) > heard)
    stops.send(b"again")
    await wait_until(lambda: told(ProducerActive).count(stops.id) == 2, what="word of the return")
