"""Who owns which media, against a real relay worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from room_server.domain.placement import Forwarding
from room_server.proceedings.live import LiveHearing
from room_server.proceedings.tracks import MediaRefused, Tracks
from room_server.relay.client import ListenAddress, RelayError
from room_server.relay.pool import RelayPool

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ALICE, BOB = "par_alice", "par_bob"


@pytest.fixture
async def relays() -> AsyncIterator[RelayPool]:
    pool = RelayPool(
        [[ListenAddress("127.0.0.1")]],
        occupied=lambda hearing: True,
        on_event=lambda hearing, event: None,
        on_lost=lambda hearings: None,
        local_only=True,
    )
    await pool.start()
    yield pool
    await pool.stop()


@pytest.fixture
def tracks(relays: RelayPool) -> Tracks:
    return Tracks(LiveHearing("hrg_1"), relays.place("hrg_1"), lambda: MORNING)


def sound(ssrc: int) -> dict[str, Any]:
    codec = {"mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2}
    return {
        "mid": "0",
        "codecs": [{**codec, "parameters": {}, "rtcpFeedback": []}],
        "headerExtensions": [],
        "encodings": [{"ssrc": ssrc}],
        "rtcp": {"cname": "c"},
    }


async def published(tracks: Tracks, who: str, ssrc: int) -> Any:
    transport = (await tracks.create_transport(who, "send"))["id"]
    return (await tracks.produce(who, transport, "audio", "microphone", sound(ssrc)))[0]


async def refused(work: Any) -> str:
    with pytest.raises(MediaRefused) as caught:
        await work
    assert caught.value.error.text.zh and caught.value.error.text.en
    return caught.value.error.code


async def test_nobody_touches_what_belongs_to_another(tracks: Tracks) -> None:
    made = await published(tracks, ALICE, 1111)
    listening = (await tracks.create_transport(BOB, "recv"))["id"]
    await tracks.set_graph(Forwarding(frozenset({(ALICE, BOB)}), frozenset(), frozenset()))
    consumer = (await tracks.consume(BOB, listening, made.id, await tracks.capabilities()))["id"]
    assert await refused(tracks.restart_ice(BOB, made.transport)) == "unknown_transport"
    assert await refused(tracks.connect_transport(BOB, made.transport, {})) == "unknown_transport"
    assert await refused(tracks.close_producer(BOB, made.id)) == "unknown_producer"
    assert await refused(tracks.resume_consumer(ALICE, consumer)) == "unknown_consumer"
    assert await refused(tracks.close_consumer(ALICE, consumer)) == "unknown_consumer"
    assert (
        await refused(tracks.produce(BOB, made.transport, "audio", "microphone", sound(2)))
        == "unknown_transport"
    )
    assert (
        await refused(tracks.produce(BOB, listening, "audio", "microphone", sound(2))) == "unknown_transport"
    )
    assert await refused(tracks.produce(ALICE, made.transport, "video", "microphone", sound(2))) == "invalid"
    await tracks.resume_consumer(BOB, consumer)


async def test_without_an_edge_nothing_is_consumed(tracks: Tracks) -> None:
    made = await published(tracks, ALICE, 1111)
    listening = (await tracks.create_transport(BOB, "recv"))["id"]
    with pytest.raises(RelayError) as caught:
        await tracks.consume(BOB, listening, made.id, await tracks.capabilities())
    assert caught.value.code == "edge_forbidden"


async def test_a_reloaded_page_leaves_no_ghost(tracks: Tracks) -> None:
    first = await published(tracks, ALICE, 1111)
    second = await published(tracks, ALICE, 2222)
    assert list(tracks._live.producers) == [second.id]
    assert await refused(tracks.restart_ice(ALICE, first.transport)) == "unknown_transport"
    third, replaced, codec = await tracks.produce(ALICE, second.transport, "audio", "microphone", sound(3333))
    assert replaced == second and third.track > second.track > first.track
    assert (codec["mime_type"], codec["clock_rate"], codec["channels"]) == ("audio/opus", 48000, 2)


async def test_who_is_dismissed_while_the_relay_works_is_left_with_nothing(tracks: Tracks) -> None:
    transport = (await tracks.create_transport(ALICE, "send"))["id"]
    producing = asyncio.create_task(tracks.produce(ALICE, transport, "audio", "microphone", sound(1111)))
    await asyncio.sleep(0)
    assert tracks.forget(ALICE) == []
    assert await refused(producing) == "unknown_transport"
    assert tracks._live.producers == {} and tracks._live.transports == {}


async def test_who_is_dismissed_loses_everything_and_nobody_else_does(tracks: Tracks) -> None:
    made, other = await published(tracks, ALICE, 1111), await published(tracks, BOB, 2222)
    assert await tracks.close_participant(ALICE) == [made]
    assert list(tracks._live.producers) == [other.id]
    assert tracks.forget_transport(other.transport) == [other]
    assert await refused(tracks.close_producer(BOB, other.id)) == "unknown_producer"


async def test_a_reloaded_page_ends_what_the_old_one_published(relays: RelayPool) -> None:
    """The recorder must learn that a track has ended, also where nobody closed it."""
    live, ended = LiveHearing("hrg_1"), []
    tracks = Tracks(live, relays.place("hrg_1"), lambda: MORNING, on_replaced=ended.append)
    made = await published(tracks, ALICE, 1111)
    await tracks.create_transport(ALICE, "recv")
    assert ended == [] and live.producers == {made.id: made}
    await tracks.create_transport(ALICE, "send")
    assert ended == [made] and live.producers == {}
