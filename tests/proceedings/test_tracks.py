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


def picture(ssrc: int) -> dict[str, Any]:
    codec = {"mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000}
    return {
        "mid": "1",
        "codecs": [{**codec, "parameters": {}, "rtcpFeedback": []}],
        "headerExtensions": [],
        "encodings": [{"ssrc": ssrc}],
        "rtcp": {"cname": "c"},
    }


async def watched(
    relays: RelayPool, rank: dict[str, int], *sources: str
) -> tuple[Tracks, dict[str, str], list[dict[str, Any]]]:
    """Alice's pictures, Bob watching each: the tracks, the consumers by source, and what the relay is told of layers."""
    place = relays.place("hrg_1")
    tracks = Tracks(LiveHearing("hrg_1"), place, lambda: MORNING, priority=lambda track: rank[track.source])
    await tracks.set_graph(Forwarding(frozenset({(ALICE, BOB)}), frozenset(), frozenset()))
    sending = (await tracks.create_transport(ALICE, "send"))["id"]
    listening = (await tracks.create_transport(BOB, "recv"))["id"]
    told: list[dict[str, Any]] = []
    ask = place.client.set_preferred_layers

    async def note(**said: Any) -> None:
        told.append(said)
        await ask(**said)

    place.client.set_preferred_layers = note  # type: ignore[method-assign]
    consumers = {}
    for number, source in enumerate(sources):
        made = (
            await tracks.produce(
                ALICE, sending, "video", source, picture(5000 + number) | {"mid": str(number)}
            )
        )[0]
        capabilities = await tracks.capabilities()
        consumers[source] = (await tracks.consume(BOB, listening, made.id, capabilities))["id"]
    return tracks, consumers, told


async def test_the_rank_of_a_picture_is_told_with_its_first_packet(relays: RelayPool) -> None:
    _, consumers, told = await watched(relays, {"camera": 40, "screen": 200}, "camera", "screen")
    assert told == [
        {"consumer": consumers["camera"], "spatial_layer": 2, "priority": 40},
        {"consumer": consumers["screen"], "spatial_layer": 2, "priority": 200},
    ]


async def test_a_viewer_says_how_large_and_the_court_whose_goes_first(relays: RelayPool) -> None:
    rank = {"camera": 40, "screen": 200}
    tracks, consumers, told = await watched(relays, rank, "camera", "screen")
    told.clear()
    await tracks.set_preferred_layer(BOB, consumers["camera"], 0)
    assert told == [{"consumer": consumers["camera"], "spatial_layer": 0, "priority": 40}]
    assert await refused(tracks.set_preferred_layer(ALICE, consumers["camera"], 2)) == "unknown_consumer"
    assert await refused(tracks.set_preferred_layer(BOB, "con_nobody", 2)) == "unknown_consumer"
    told.clear()
    await tracks.follow_priorities()
    assert told == [], "nothing changed"
    rank["camera"] = 120
    await tracks.follow_priorities()
    assert told == [{"consumer": consumers["camera"], "spatial_layer": 0, "priority": 120}]


async def test_one_consumer_that_went_does_not_keep_the_others_from_their_rank(relays: RelayPool) -> None:
    rank = {"camera": 40, "screen": 60}
    tracks, consumers, told = await watched(relays, rank, "camera", "screen")
    await relays.place("hrg_1").client.close_consumer(consumer=consumers["camera"])
    rank.update(camera=41, screen=61)
    told.clear()
    await tracks.follow_priorities()
    assert [said["priority"] for said in told] == [41, 61]


async def test_a_screen_is_closed_without_its_owner(relays: RelayPool) -> None:
    tracks, consumers, _ = await watched(relays, {"camera": 1, "screen": 1}, "camera", "screen")
    ended = await tracks.close_source(ALICE, "screen")
    assert [track.source for track in ended] == ["screen"]
    assert await tracks.close_source(ALICE, "screen") == [] and await tracks.close_source(BOB, "camera") == []
    assert [track.source for track in tracks._live.producers.values()] == ["camera"]
    assert list(tracks._live.consumers) == [consumers["camera"]]


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
