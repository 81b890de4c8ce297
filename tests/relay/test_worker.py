"""The worker as a process, with real aiortc peers on both sides."""

from __future__ import annotations

import asyncio
from typing import Any

from room_server.relay.events import TransportState
from room_server.relay.forwarding import Graph

BOTH_WAYS = frozenset({("judge", "party"), ("party", "judge")})


async def test_two_peers_exchange_audio_and_video(relay: Any, wait_until: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=BOTH_WAYS, version=1))
    judge, party = await relay.peer("judge"), await relay.peer("party")
    await asyncio.gather(judge.publish("microphone", "camera"), party.publish("microphone", "camera"))
    await judge.receive(*party.producers.values())
    await party.receive(*judge.producers.values())
    for peer in (judge, party):
        await wait_until(
            lambda peer=peer: min(peer.frames.values()) >= 10, what=f"frames at {peer.participant}"
        )
    stats = await relay.stats()
    assert stats["edges"]["judge>party"]["forwarded"] > 20
    assert stats["edges"]["party>judge"]["forwarded"] > 20
    assert all(edge["forwarded_while_forbidden"] == 0 for edge in stats["edges"].values())
    assert stats["graph_version"] == 1
    connected = {event.transport for event in relay.events if isinstance(event, TransportState)}
    assert connected == {*judge.ids.values(), *party.ids.values()}
