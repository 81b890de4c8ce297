"""The forwarding graph, held by a real worker: exact packets in, exact packets out."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from room_server.relay.channel import RelayError
from room_server.relay.forwarding import Graph
from room_server.relay.rtp.packet import parse_rtp
from room_server.relay.tap import TappedPacket, TappedReport, parse_tap

NAMES = ("judge", "claimant", "respondent", "witness")


def payload_of(packet: bytes) -> bytes:
    header = parse_rtp(packet, len(packet))
    return packet[header.payload_offset : header.payload_end]


def everybody(*names: str) -> frozenset[tuple[str, str]]:
    return frozenset((a, b) for a in names for b in names if a != b)


async def processed(relay: Any, room: str, count: int, wait: Any) -> None:
    """The worker has handled `count` packets in this room."""

    async def reached() -> bool:
        stats = await relay.stats(room)
        return sum(producer["packets"] for producer in stats["producers"].values()) >= count

    await wait(reached, what=f"{count} packets handled")


async def room_of(relay: Any, room: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Everybody publishes audio and consumes everybody, under a full graph."""
    await relay.client.set_graph(room=room, graph=Graph(edges=everybody(*names)))
    peers = await asyncio.gather(*(relay.raw(name, "send", "recv", room=room) for name in names))
    streams = {}
    for name, peer in zip(names, peers, strict=True):
        streams[name] = (peer, await peer.produce("audio", "microphone"))
    for name, (peer, _) in streams.items():
        for other, (_, stream) in streams.items():
            if other != name:
                await peer.consume(stream.id)
    return streams


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_graphs_let_through_exactly_their_edges(relay: Any, wait_until: Any, seed: int) -> None:
    """Two rooms with the same names; each step a random graph, each sender a burst, then exact counts."""
    chance = random.Random(seed)
    rooms = {room: await room_of(relay, room, NAMES) for room in ("prc_1", "prc_2")}
    handled: Counter[str] = Counter()
    expected: dict[str, Counter[tuple[str, str]]] = {room: Counter() for room in rooms}
    refused: dict[str, Counter[tuple[str, str]]] = {room: Counter() for room in rooms}
    allowed_payloads: dict[tuple[str, str], set[bytes]] = {(r, n): set() for r in rooms for n in NAMES}
    for step in range(12):
        for room, streams in rooms.items():
            edges = frozenset(edge for edge in everybody(*NAMES) if chance.random() < 0.4)
            muted = frozenset((name, "microphone") for name in NAMES if chance.random() < 0.25)
            await relay.client.set_graph(room=room, graph=Graph(edges=edges, muted=muted, version=step))
            for name, (_, stream) in streams.items():
                burst = chance.randint(1, 5)
                for index in range(burst):
                    payload = f"{room} {step} {name} {index}".encode()
                    stream.send(payload)
                    for receiver in NAMES:
                        if receiver == name:
                            continue
                        if (name, receiver) in edges and (name, "microphone") not in muted:
                            allowed_payloads[room, receiver].add(payload)
                            expected[room][name, receiver] += 1
                        else:
                            refused[room][name, receiver] += 1
                handled[room] += burst
        for room in rooms:
            await processed(relay, room, handled[room], wait_until)
    for room, streams in rooms.items():
        stats = await relay.stats(room)
        for sender, receiver in everybody(*NAMES):
            counted = stats["edges"][f"{sender}>{receiver}"]
            assert counted["forwarded"] == expected[room][sender, receiver]
            assert counted["refused"] == refused[room][sender, receiver]
            assert counted["forwarded_while_forbidden"] == 0
        for name, (peer, _) in streams.items():
            link = peer.links["recv"]
            wanted = allowed_payloads[room, name]
            await wait_until(lambda link=link, wanted=wanted: len(link.rtp) >= len(wanted))
            assert {payload_of(packet) for packet in link.rtp} == wanted
            assert len(link.rtp) == len(wanted)
            by_ssrc: dict[int, list[int]] = {}
            for packet in link.rtp:
                header = parse_rtp(packet, len(packet))
                by_ssrc.setdefault(header.ssrc, []).append(header.sequence_number)
            for numbers in by_ssrc.values():
                assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "a gap looks like loss"


async def test_without_a_graph_nothing_flows_and_nothing_can_be_consumed(relay: Any, wait_until: Any) -> None:
    sender = await relay.raw("judge", "send")
    receiver = await relay.raw("party", "recv")
    stream = await sender.produce("audio", "microphone")
    with pytest.raises(RelayError, match="edge_forbidden"):
        await receiver.consume(stream.id)
    for _ in range(5):
        stream.send(b"unheard")
    await processed(relay, "prc_1", 5, wait_until)
    stats = await relay.stats()
    producer = stats["producers"][stream.id]
    assert (producer["refused"], producer["refused_reason"]) == (5, "no_graph")
    assert stats["edges"]["judge>party"]["refused"] == 5
    assert stats["edges"]["judge>party"]["forwarded"] == 0


async def test_a_producer_of_another_room_cannot_be_consumed(relay: Any) -> None:
    for room in ("prc_1", "prc_2"):
        await relay.client.set_graph(room=room, graph=Graph(edges={("judge", "party")}))
    judge = await relay.raw("judge", "send", room="prc_1")
    stream = await judge.produce("audio", "microphone")
    stranger = await relay.raw("party", "recv", room="prc_2")
    with pytest.raises(RelayError, match="edge_forbidden"):
        await stranger.consume(stream.id)


async def test_a_mute_is_silent_for_all_and_leaves_no_gap(relay: Any, wait_until: Any) -> None:
    edges = frozenset({("judge", "party")})
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=edges))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("audio", "microphone")
    await party.consume(stream.id)
    link = party.links["recv"]
    stream.send(b"one")
    await wait_until(lambda: len(link.rtp) == 1)
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=edges, muted={("judge", "microphone")}))
    for _ in range(7):
        stream.send(b"secret")
    await processed(relay, "prc_1", 8, wait_until)
    stats = await relay.stats()
    assert stats["producers"][stream.id]["refused"] == 7
    assert stats["producers"][stream.id]["refused_reason"] == "muted"
    assert stats["edges"]["judge>party"] == {
        "forwarded": 1,
        "refused": 7,
        "retransmitted": 0,
        "forwarded_while_forbidden": 0,
    }
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=edges))
    stream.send(b"two")
    await wait_until(lambda: len(link.rtp) == 2)
    first, second = (parse_rtp(packet, len(packet)) for packet in link.rtp)
    assert [payload_of(packet) for packet in link.rtp] == [b"one", b"two"]
    assert second.sequence_number == (first.sequence_number + 1) & 0xFFFF
    assert second.rtp_timestamp - first.rtp_timestamp == 8 * 960


async def test_the_owners_own_pause_is_refused_at_the_door_too(relay: Any, wait_until: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("audio", "microphone")
    await party.consume(stream.id)
    await relay.client.pause_producer(producer=stream.id)
    stream.send(b"secret")
    await processed(relay, "prc_1", 1, wait_until)
    assert (await relay.stats())["producers"][stream.id]["refused_reason"] == "paused"
    await relay.client.resume_producer(producer=stream.id)
    stream.send(b"heard")
    await wait_until(lambda: party.links["recv"].rtp)
    assert [payload_of(packet) for packet in party.links["recv"].rtp] == [b"heard"]


async def test_counts_outlive_producers_and_transports_until_the_room_closes(
    relay: Any, wait_until: Any
) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
    party = await relay.raw("party", "recv")
    for turn in (1, 2):
        judge = await relay.raw("judge", "send")
        stream = await judge.produce("audio", "microphone")
        await party.consume(stream.id)
        stream.send(b"heard")
        await wait_until(lambda turn=turn: len(party.links["recv"].rtp) == turn)
        await relay.client.close_participant(room="prc_1", participant="judge")
        stats = await relay.stats()
        assert stats["producers"] == {}
        assert stats["edges"]["judge>party"]["forwarded"] == turn
    await relay.client.close_room(room="prc_1")
    assert (await relay.stats())["edges"] == {}


async def test_the_tap_gets_what_is_recorded_and_nothing_muted(
    relay: Any, wait_until: Any, tap_socket: Any
) -> None:
    await relay.client.set_tap(room="prc_1", path=tap_socket.path)
    await relay.client.set_graph(room="prc_1", graph=Graph(recorded={"judge"}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "send")
    recorded = await judge.produce("audio", "microphone", track=7)
    unrecorded = await party.produce("audio", "microphone", track=8)
    sent = [recorded.send(b"for the file"), recorded.send(b"more")]
    unrecorded.send(b"not for the file")
    await processed(relay, "prc_1", 3, wait_until)
    recorded.link.send_rtcp(tap_socket.sender_report(recorded.ssrc, 0x1122334455667788, 4242))
    await wait_until(lambda: len(tap_socket.received()) == 3)
    packets = [parse_tap(datagram) for datagram in tap_socket.received()]
    assert [packet.rtp for packet in packets if isinstance(packet, TappedPacket)] == sent
    assert {packet.track for packet in packets} == {7}
    reports = [packet for packet in packets if isinstance(packet, TappedReport)]
    assert [(report.ntp, report.rtp_timestamp) for report in reports] == [(0x1122334455667788, 4242)]
    await relay.client.set_graph(
        room="prc_1", graph=Graph(recorded={"judge"}, muted={("judge", "microphone")})
    )
    recorded.send(b"muted")
    await processed(relay, "prc_1", 4, wait_until)
    assert len(tap_socket.received()) == 3
    stats = await relay.stats()
    assert stats["tap"] == {"sent": 3, "waiting": 0, "dropped": 0}
    assert stats["producers"][recorded.id]["refused"] == 1
    assert stats["producers"][unrecorded.id]["refused_reason"] == "no_edge"


async def test_a_recorder_that_is_gone_costs_drops_not_the_hearing(relay: Any, wait_until: Any) -> None:
    await relay.client.set_tap(room="prc_1", path="/nonexistent/tap")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}, recorded={"judge"}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("audio", "microphone")
    await party.consume(stream.id)
    stream.send(b"heard")
    await wait_until(lambda: party.links["recv"].rtp)
    assert (await relay.stats())["tap"] == {"sent": 0, "waiting": 0, "dropped": 1}
