"""Many joins and leaves, over UDP and over TCP: the worker's memory and descriptors stay where they were."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from room_server.relay.forwarding import Graph
from tests.relay.conftest import VP8_KEY, RawLink, RawPeer, Relay
from tests.relay.test_tcp import TcpLink

Wait = Callable[..., Awaitable[Any]]
JOINS, CONNECTED, AT_ONCE, SETTLED = 1000, 500, 10, 200
"""By the 200th, allocators and code have grown to what they need."""
MOST_GROWTH_KB = 4096
"""What allocators may still take. A transport that is not given back holds some 50 kB, 30 MB in 300 joins."""


def resident_kb(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))


def descriptors(pid: int) -> int:
    """How many file descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


async def visit(relay: Relay, kind: type[RawLink], name: str) -> None:
    """Come in, connect both ways, publish a picture, and go."""
    peer = RawPeer(relay.client, "prc_1", name)
    links = [kind(peer, direction) for direction in ("send", "recv")]
    peer.links = {link.direction: link for link in links}
    await asyncio.gather(*(link.open("client") for link in links))
    camera = await peer.produce("video", "camera")
    camera.send(VP8_KEY + bytes(1000))
    await relay.client.close_participant(room="prc_1", participant=name)
    peer.close()


async def test_joins_and_leaves_with_handshakes_and_pictures_leave_nothing_behind(
    relay: Relay, wait_until: Wait
) -> None:
    names = [f"P{number}" for number in range(AT_ONCE)]
    edges = frozenset((a, b) for a in names for b in names if a != b)
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=edges))
    pid = relay.client.pid
    assert pid is not None
    open_before, settled_kb = descriptors(pid), 0
    for joined in range(0, CONNECTED, AT_ONCE):
        if joined == SETTLED:
            settled_kb = resident_kb(pid)
        kinds = [TcpLink if number % 2 else RawLink for number in range(AT_ONCE)]
        await asyncio.gather(*(visit(relay, kind, name) for kind, name in zip(kinds, names, strict=True)))
    grown_kb = resident_kb(pid) - settled_kb
    assert grown_kb < MOST_GROWTH_KB, f"{grown_kb} kB more than after {SETTLED} joins"
    await wait_until(lambda: descriptors(pid) == open_before, what="the end of all connections")
    stats = await relay.stats()
    assert stats["transports"] == {} and stats["producers"] == {}


async def test_places_given_up_before_they_connect_leave_nothing_behind(relay: Relay) -> None:
    pid = relay.client.pid
    assert pid is not None
    open_before, settled_kb = descriptors(pid), 0
    for count in range(JOINS):
        if count == SETTLED:
            settled_kb = resident_kb(pid)
        room = f"prc_{count % 7}"
        await relay.client.create_transport(room=room, participant="judge", direction="send")
        await relay.client.create_transport(room=room, participant="judge", direction="recv")
        if count % 2:
            await relay.client.close_participant(room=room, participant="judge")
        else:
            await relay.client.close_room(room=room)
    grown_kb = resident_kb(pid) - settled_kb
    assert grown_kb < MOST_GROWTH_KB, f"{grown_kb} kB more than after {SETTLED} joins"
    assert descriptors(pid) == open_before
