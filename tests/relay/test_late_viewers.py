"""Viewers who come between two key frames, through a real worker: what they begin with, and what they never get."""

from __future__ import annotations

import itertools
import random
import time
from typing import Any

from room_server.relay.forwarding import Graph
from room_server.relay.rtp.packet import parse_rtp
from room_server.relay.rtp.retransmission import unpack_rtx
from room_server.relay.rtp.rtcp import PictureLoss, build_nack

KEY, DELTA = bytes([0x10, 0x00]), bytes([0x10, 0x01])
OPEN = Graph(edges={("judge", "party"), ("judge", "clerk")})


def payload_of(packet: bytes) -> bytes:
    header = parse_rtp(packet, len(packet))
    return packet[header.payload_offset : header.payload_end]


def requests(stream: Any) -> int:
    return len([p for p in stream.link.rtcp if isinstance(p, PictureLoss) and p.media_ssrc == stream.ssrc])


async def handled(relay: Any, count: int, wait: Any) -> None:
    """The worker has taken in `count` packets."""

    async def reached() -> bool:
        stats = await relay.stats()
        return sum(producer["packets"] for producer in stats["producers"].values()) >= count

    await wait(reached, what=f"{count} packets handled")


async def video(relay: Any) -> tuple[Any, Any]:
    """A publisher in a room with its graph, and the subscriber who has not consumed yet."""
    await relay.client.set_graph(room="prc_1", graph=OPEN)
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    return await judge.produce("video", "camera"), party


async def test_a_late_viewer_begins_with_the_last_key_frame_and_asks_for_none(
    relay: Any, wait_until: Any
) -> None:
    stream, party = await video(relay)
    link = party.links["recv"]
    # The first packet of a stream asks for a key frame; that second must be over before it could be asked again.
    sent = [KEY + b"0", *(DELTA + bytes([n]) for n in range(1, 21))]
    for payload in sent:
        stream.send(payload)
    await handled(relay, len(sent), wait_until)
    asked, began_s = requests(stream), time.monotonic()
    consumer = await party.consume(stream.id)
    await wait_until(lambda: len(link.rtp) == len(sent), what="the run since the key frame")
    took_s = time.monotonic() - began_s
    assert [payload_of(packet) for packet in link.rtp] == sent
    stream.send(DELTA + b"live")
    await wait_until(lambda: len(link.rtp) == len(sent) + 1)
    headers = [parse_rtp(packet, len(packet)) for packet in link.rtp]
    first = headers[0].sequence_number
    assert [h.sequence_number for h in headers] == [(first + n) & 0xFFFF for n in range(len(headers))]
    assert {h.ssrc for h in headers} == {consumer["rtpParameters"]["encodings"][0]["ssrc"]}
    times = [h.rtp_timestamp for h in headers]
    assert times[-2] == stream.rtp_timestamp - 960 and times[-1] == stream.rtp_timestamp
    assert all(0 < later - earlier <= 90 for earlier, later in itertools.pairwise(times[:-1]))
    assert requests(stream) == asked, "no key frame was asked for"
    edge = (await relay.stats())["edges"]["judge>party"]
    assert edge["forwarded"] == len(sent) + 1 and edge["forwarded_while_forbidden"] == 0
    assert took_s < 1.0, "a new key frame could have come as soon"


async def test_live_packets_wait_for_a_viewer_who_catches_up(relay: Any, wait_until: Any) -> None:
    stream, party = await video(relay)
    link = party.links["recv"]
    sent = [KEY + b"first", *(DELTA + n.to_bytes(2, "big") for n in range(150))]
    for payload in sent:
        stream.send(payload)
    await handled(relay, len(sent), wait_until)
    await party.consume(stream.id)
    more = [DELTA + b"live" + n.to_bytes(2, "big") for n in range(30)]
    for payload in more:
        stream.send(payload)
    await wait_until(lambda: len(link.rtp) == len(sent) + len(more))
    ordered = sorted(link.rtp, key=lambda packet: parse_rtp(packet, len(packet)).rtp_timestamp)
    assert [payload_of(packet) for packet in ordered] == sent + more


async def test_a_retransmission_of_the_run_has_the_time_it_was_sent_with(relay: Any, wait_until: Any) -> None:
    stream, party = await video(relay)
    link = party.links["recv"]
    for payload in (KEY + b"1", DELTA + b"2", DELTA + b"3"):
        stream.send(payload)
    await handled(relay, 3, wait_until)
    consumer = await party.consume(stream.id)
    await wait_until(lambda: len(link.rtp) == 3)
    header = parse_rtp(link.rtp[0], len(link.rtp[0]))
    assert header.rtp_timestamp == stream.rtp_timestamp - 2 * 90
    link.send_rtcp(build_nack(1, header.ssrc, [header.sequence_number]))
    await wait_until(lambda: len(link.rtp) == 4, what="the retransmission")
    rtx = parse_rtp(link.rtp[3], len(link.rtp[3]))
    assert rtx.ssrc == consumer["rtpParameters"]["encodings"][0]["rtx"]["ssrc"]
    restored = unpack_rtx(link.rtp[3], rtx, ssrc=header.ssrc, payload_type=101)
    assert parse_rtp(restored, len(restored)).rtp_timestamp == header.rtp_timestamp
    assert payload_of(restored) == KEY + b"1"


async def test_a_run_with_a_gap_waits_until_it_is_filled(relay: Any, wait_until: Any) -> None:
    stream, party = await video(relay)
    link = party.links["recv"]
    stream.send(KEY + b"1")
    missing = stream.build(DELTA + b"2")
    stream.send(DELTA + b"3")
    await handled(relay, 2, wait_until)
    await party.consume(stream.id)
    stream.link.send_rtp(missing)
    await wait_until(lambda: len(link.rtp) == 3, what="the run with its gap filled")
    assert [payload_of(packet)[-1:] for packet in link.rtp] == [b"1", b"2", b"3"]


async def test_nothing_from_before_a_mute_or_an_edge_is_sent_afterwards(relay: Any, wait_until: Any) -> None:
    stream, party = await video(relay)
    link = party.links["recv"]
    closings = (
        Graph(edges=OPEN.edges, muted={("judge", "camera")}),
        Graph(edges={("judge", "clerk")}),
        Graph(),
    )
    count = 0
    for closing in closings:
        stream.send(KEY + b"before")
        stream.send(DELTA + b"before")
        count += 2
        await handled(relay, count, wait_until)
        await relay.client.set_graph(room="prc_1", graph=closing)
        stream.send(KEY + b"meanwhile")
        stream.send(DELTA + b"meanwhile")
        count += 2
        await handled(relay, count, wait_until)
        await relay.client.set_graph(room="prc_1", graph=OPEN)
        consumer = await party.consume(stream.id)
        stream.send(DELTA + b"undecodable")
        stream.send(KEY + b"after")
        count += 2
        await wait_until(lambda: link.rtp, what="the key frame after the edge opened")
        assert [payload_of(packet) for packet in link.rtp] == [KEY + b"after"]
        await relay.client.close_consumer(consumer=consumer["id"])
        link.rtp.clear()
    await relay.client.pause_producer(producer=stream.id)
    await relay.client.resume_producer(producer=stream.id)
    await party.consume(stream.id)
    stream.send(KEY + b"again")
    await wait_until(lambda: link.rtp)
    assert [payload_of(packet) for packet in link.rtp] == [KEY + b"again"]


async def test_a_viewer_who_leaves_while_catching_up_gets_no_more(relay: Any, wait_until: Any) -> None:
    stream, party = await video(relay)
    link = party.links["recv"]
    stream.send(KEY)
    for number in range(300):
        stream.send(DELTA + number.to_bytes(2, "big"))
    await handled(relay, 301, wait_until)
    await party.consume(stream.id)
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "clerk")}))
    stopped = (await relay.stats())["edges"]["judge>party"]["forwarded"]
    await relay.client.set_graph(room="prc_1", graph=OPEN)
    stream.send(KEY + b"after")
    await wait_until(lambda: link.rtp and payload_of(link.rtp[-1]) == KEY + b"after")
    assert len(link.rtp) == stopped + 1 < 301
    numbers = [parse_rtp(packet, len(packet)).sequence_number for packet in link.rtp]
    assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(len(numbers))]
    assert (await relay.stats())["edges"]["judge>party"]["forwarded_while_forbidden"] == 0


async def test_no_order_of_graphs_and_viewers_lets_through_what_came_while_it_was_forbidden(
    relay: Any, wait_until: Any
) -> None:
    chance = random.Random(20)
    stream, party = await video(relay)
    clerk = await relay.raw("clerk", "recv")
    viewers = {"party": party, "clerk": clerk}
    placed: dict[str, set[bytes]] = {name: set() for name in viewers}
    held: dict[str, str] = {}
    count, began, graph = 0, 0, OPEN
    for step in range(40):
        if chance.random() < 0.6:
            graph = Graph(
                edges=frozenset(("judge", name) for name in viewers if chance.random() < 0.7),
                muted=frozenset({("judge", "camera")} if chance.random() < 0.2 else ()),
                version=step,
            )
            await relay.client.set_graph(room="prc_1", graph=graph)
        for _ in range(chance.randint(1, 4)):
            payload = (KEY if chance.random() < 0.4 else DELTA) + f"{count}".encode()
            count += 1
            stream.send(payload)
            for name in viewers:
                if graph.allows("judge", name) and not graph.muted:
                    placed[name].add(payload)
        await handled(relay, count, wait_until)
        for name, peer in viewers.items():
            if name in held and chance.random() < 0.5:
                await relay.client.close_consumer(consumer=held.pop(name))
            elif name not in held and graph.allows("judge", name):
                held[name] = (await peer.consume(stream.id))["id"]
                began += 1
    stats = await relay.stats()
    for name, peer in viewers.items():
        received = peer.links["recv"].rtp
        forwarded = stats["edges"][f"judge>{name}"]["forwarded"]
        await wait_until(lambda received=received, forwarded=forwarded: len(received) >= forwarded)
        assert {payload_of(packet) for packet in received} <= placed[name]
        assert stats["edges"][f"judge>{name}"]["forwarded_while_forbidden"] == 0
        by_ssrc: dict[int, list[bytes]] = {}
        for packet in received:
            by_ssrc.setdefault(parse_rtp(packet, len(packet)).ssrc, []).append(packet)
        for packets in by_ssrc.values():
            assert payload_of(packets[0])[:2] == KEY, "a viewer begins with a key frame"
            numbers = [parse_rtp(packet, len(packet)).sequence_number for packet in packets]
            assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(len(numbers))]
        assert len(received) > 5
    assert began > 5
