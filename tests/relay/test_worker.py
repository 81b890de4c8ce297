"""The worker as a process: real aiortc peers, hostile bytes, and its end."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aioice import stun

from room_server.relay.channel import RelayError
from room_server.relay.client import ListenAddress, RelayClient
from room_server.relay.events import Quality, TransportState
from room_server.relay.forwarding import Graph
from room_server.relay.worker import read_config

ROOT = Path(__file__).resolve().parents[2]
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
    assert {transport["srtp_profile"] for transport in stats["transports"].values()} == {
        "SRTP_AEAD_AES_128_GCM"
    }
    quality = await wait_until(
        lambda: {event.participant: event for event in relay.events if isinstance(event, Quality)}
    )
    assert quality["party"].score == 4


async def test_a_muted_peer_is_silent_and_a_waiting_one_gets_nothing(relay: Any, wait_until: Any) -> None:
    muted = frozenset({("party", "microphone")})
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=BOTH_WAYS, muted=muted))
    judge, party, waiting = [await relay.peer(name) for name in ("judge", "party", "waiting")]
    await party.publish("microphone", "camera")
    await judge.receive(*party.producers.values())
    await waiting.open_receive_transport()
    camera, microphone = party.producers["camera"], party.producers["microphone"]
    await wait_until(lambda: judge.frames[camera] >= 5, what="the picture of the muted party")

    async def refused() -> bool:
        return bool((await relay.stats())["producers"][microphone]["refused"] >= 20)

    await wait_until(refused, what="refused packets")
    assert judge.frames[microphone] == 0
    stats = await relay.stats()
    assert stats["edges"]["party>waiting"]["forwarded"] == 0
    assert stats["edges"]["party>waiting"]["refused"] > 20
    with pytest.raises(RelayError, match="edge_forbidden"):
        await waiting.receive(camera)
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=BOTH_WAYS))
    await wait_until(lambda: judge.frames[microphone] >= 5, what="sound after unmuting")


@pytest.mark.parametrize("role", ["client", "server", "auto"])
async def test_either_side_may_be_the_dtls_server(relay: Any, wait_until: Any, role: str) -> None:
    peer = await relay.raw("judge")
    link = await peer.open("send", role=role if role != "auto" else "client")
    assert link.dtls.srtp is not None
    assert link.dtls.srtp.profile == "SRTP_AEAD_AES_128_GCM"


async def test_a_wrong_fingerprint_fails_the_transport(relay: Any, wait_until: Any) -> None:
    peer = await relay.raw("judge")
    original = relay.client.connect_transport

    async def forged(*, transport: str, dtls_parameters: Any) -> None:
        dtls_parameters["fingerprints"] = [{"algorithm": "sha-256", "value": ":".join(["AB"] * 32)}]
        await original(transport=transport, dtls_parameters=dtls_parameters)

    relay.client.connect_transport = forged
    opening = asyncio.create_task(peer.open("send"))
    try:
        await wait_until(
            lambda: any(
                isinstance(event, TransportState) and event.state == "failed" for event in relay.events
            ),
            what="the transport's failure",
        )
    finally:
        opening.cancel()
    assert not any(isinstance(event, TransportState) and event.state == "connected" for event in relay.events)


async def test_checks_without_valid_integrity_get_no_answer_and_move_nothing(
    relay: Any, wait_until: Any
) -> None:
    judge = await relay.raw("judge", "send")
    link = judge.links["send"]
    attacker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    attacker.setblocking(False)
    attacker.bind(("127.0.0.1", 0))
    with attacker:
        ice = link.options["iceParameters"]
        for key in (b"wrong", b"", secrets.token_bytes(16)):
            message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
            message.attributes["USERNAME"] = f"{ice['usernameFragment']}:x"
            message.attributes["USE-CANDIDATE"] = None
            message.add_message_integrity(key)
            attacker.sendto(bytes(message), link.server)
        bare = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        bare.attributes["USERNAME"] = f"{ice['usernameFragment']}:x"
        bare.add_fingerprint()
        attacker.sendto(bytes(bare), link.server)

        async def seen() -> bool:
            return bool((await relay.stats())["dropped_datagrams"].get("stun_bad_integrity", 0) >= 4)

        await wait_until(seen, what="four refused checks")
        before = len(link.datagrams)
        link.check()
        await wait_until(lambda: len(link.datagrams) > before, what="the answer to the true peer")
        with pytest.raises(BlockingIOError):
            attacker.recv(2048)


async def test_a_local_relay_does_not_answer_other_machines() -> None:
    """Of two peers with the same valid check, only the one on an address of this machine gets an answer."""
    client = RelayClient(
        [ListenAddress("127.0.0.1")], on_event=lambda _: None, on_exit=lambda _: None, local_only=True
    )
    await client.start()
    loop = asyncio.get_running_loop()
    try:
        offered = await client.create_transport(room="prc_1", participant="judge", direction="send")
        ice = offered["iceParameters"]
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{ice['usernameFragment']}:x"
        message.attributes["ICE-CONTROLLING"] = 1
        message.add_message_integrity(ice["password"].encode())
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as local,
        ):
            # The relay does not count 127.0.0.2 as its own, so it stands for another machine here.
            for peer, ip in ((elsewhere, "127.0.0.2"), (local, "127.0.0.1")):
                peer.setblocking(False)
                peer.bind((ip, 0))
                peer.sendto(bytes(message), client.addresses[0])
            async with asyncio.timeout(10):
                reply = stun.parse_message(await loop.sock_recv(local, 2048))
            assert reply.message_class is stun.Class.RESPONSE
            with pytest.raises(BlockingIOError):
                elsewhere.recv(2048)
        assert (await client.stats(room="prc_1"))["dropped_datagrams"] == {"not_local": 1}
    finally:
        await client.stop()


async def test_hostile_datagrams_leave_the_worker_serving(relay: Any, wait_until: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("audio", "microphone")
    await party.consume(stream.id)
    chance = random.Random(7)
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link = judge.links["send"]
    with stranger:
        for index in range(600):
            size = chance.choice([0, 1, 11, 12, 20, 28, 100, 1400, 1501, 8000])
            junk = bytearray(chance.randbytes(size))
            if junk:
                junk[0] = chance.choice([0, 1, 20, 22, 23, 63, 64, 127, 128, 144, 191, 255])
            sender = stranger if index % 2 else link.socket
            sender.sendto(junk, link.server)
            if index % 50 == 0:
                await relay.stats()  # lets the worker drain its socket
        template = bytearray(bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)))
        for _ in range(100):
            attributes = chance.randbytes(4 * chance.randint(1, 20))
            template[2:4] = len(attributes).to_bytes(2, "big")
            stranger.sendto(bytes(template) + attributes, link.server)
        for _ in range(50):  # authentic, but nonsense inside
            link.send_rtp(bytes([chance.choice([0x80, 0xA0]), 111]) + chance.randbytes(30))
            link.send_rtcp(bytes([0x81, chance.choice([200, 201, 205, 206])]) + chance.randbytes(26))
    party.links["recv"].rtp.clear()
    stream.send(b"still here")
    await wait_until(lambda: party.links["recv"].rtp, what="a packet after the storm")
    dropped = (await relay.stats())["dropped_datagrams"]
    assert dropped["size"] > 0 and dropped["stun_malformed"] > 0 and dropped["not_authentic"] > 0
    assert "failed" not in dropped
    assert relay.exits == []


async def test_ice_restart_keeps_the_stream(relay: Any, wait_until: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("audio", "microphone")
    await party.consume(stream.id)
    link = party.links["recv"]
    old = dict(link.options["iceParameters"])
    link.options["iceParameters"] = await relay.client.restart_ice(transport=link.id)
    assert link.options["iceParameters"]["usernameFragment"] != old["usernameFragment"]
    moved = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    moved.setblocking(False)
    moved.bind(("127.0.0.1", 0))
    asyncio.get_running_loop().remove_reader(link.socket)
    link.socket.close()
    link.socket = moved
    asyncio.get_running_loop().add_reader(moved, link._readable)
    link.datagrams.clear()
    link.check()
    await wait_until(lambda: link.datagrams, what="the answer at the new address")
    stream.send(b"moved")
    await wait_until(lambda: link.rtp, what="media at the new address")
    link.datagrams.clear()
    link.check(fragment=old["usernameFragment"], password=old["password"])

    async def refused() -> bool:
        return bool((await relay.stats())["dropped_datagrams"].get("stun_unknown_session"))

    await wait_until(refused, what="the old credentials being refused")
    assert link.datagrams == []


async def test_nobody_takes_over_an_address_that_is_in_use(relay: Any, wait_until: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("audio", "microphone")
    await party.consume(stream.id)
    other = await relay.client.create_transport(room="prc_2", participant="rival", direction="send")
    link = judge.links["send"]
    link.options["iceParameters"], own = other["iceParameters"], link.options["iceParameters"]
    before = len(link.datagrams)
    link.check()
    await wait_until(lambda: len(link.datagrams) > before, what="the answer to the rival's check")
    link.options["iceParameters"] = own
    stream.send(b"still mine")
    await wait_until(lambda: party.links["recv"].rtp, what="media from the address")
    assert (await relay.stats("prc_2"))["transports"][other["id"]]["ice"] == "new"


async def test_silence_of_a_peer_is_known_within_five_seconds(relay: Any, wait_until: Any) -> None:
    judge = await relay.raw("judge", "send")

    def states() -> list[str]:
        return [event.state for event in relay.events if isinstance(event, TransportState)]

    await wait_until(lambda: states() == ["connected"])
    await wait_until(lambda: states() == ["connected", "disconnected"], within_s=6, what="the disconnection")
    judge.links["send"].check()
    await wait_until(lambda: states() == ["connected", "disconnected", "connected"], what="the return")


async def test_a_peer_that_says_goodbye_is_closed_with_its_streams(relay: Any, wait_until: Any) -> None:
    judge = await relay.raw("judge", "send")
    await judge.produce("audio", "microphone")
    judge.links["send"].dtls.close()
    await wait_until(
        lambda: any(isinstance(event, TransportState) and event.state == "closed" for event in relay.events),
        what="the closed transport",
    )
    stats = await relay.stats()
    assert stats["transports"] == {} and stats["producers"] == {}


async def test_joins_and_leaves_leave_nothing_behind(relay: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=BOTH_WAYS))

    async def visit() -> None:
        judge = await relay.raw("judge", "send", "recv")
        await judge.produce("video", "camera")
        await relay.client.close_participant(room="prc_1", participant="judge")
        judge.close()
        relay.raws.remove(judge)

    await visit()
    descriptors = len(os.listdir(f"/proc/{relay.client.pid}/fd"))
    for _ in range(15):
        await visit()
    assert len(os.listdir(f"/proc/{relay.client.pid}/fd")) == descriptors
    stats = await relay.stats()
    assert stats["transports"] == {} and stats["producers"] == {}


async def test_a_removed_participant_is_gone_at_once(relay: Any, wait_until: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=BOTH_WAYS))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("audio", "microphone")
    await party.consume(stream.id)
    await relay.client.close_participant(room="prc_1", participant="judge")
    stats = await relay.stats()
    assert stats["producers"] == {}
    assert {transport["participant"] for transport in stats["transports"].values()} == {"party"}
    with pytest.raises(RelayError, match="no_such_producer"):
        await relay.client.pause_producer(producer=stream.id)


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("connect_transport", {"transport": "tra_x", "dtls_parameters": {"fingerprints": []}}, "bad_request"),
        ("connect_transport", {"transport": "tra_x", "dtls_parameters": {"role": "both"}}, "bad_request"),
        ("restart_ice", {"transport": "tra_x"}, "no_such_transport"),
        ("close_consumer", {"consumer": "con_x"}, "no_such_consumer"),
        ("close_producer", {"producer": ""}, "bad_request"),
        ("create_transport", {"room": "r", "participant": "p", "direction": "both"}, "bad_request"),
        ("set_tap", {"room": "r", "path": "x" * 200}, "bad_request"),
        ("set_graph", {"room": "r", "graph": {"edges": [["a"]]}}, "bad_request"),
        ("fly", {}, "unknown_method"),
    ],
)
async def test_bad_requests_are_refused_with_a_code(relay: Any, method: str, params: Any, code: str) -> None:
    with pytest.raises(RelayError) as refused:
        await relay.client._request(method, **params)
    assert refused.value.code == code
    await relay.client.router_capabilities()


async def test_a_killed_worker_is_reported_and_can_be_started_again(relay: Any, wait_until: Any) -> None:
    os.kill(relay.client.pid, signal.SIGKILL)
    await wait_until(lambda: relay.exits, what="the report of the worker's end")
    assert relay.exits == [-signal.SIGKILL]
    with pytest.raises(RelayError, match="relay_gone"):
        await relay.client.stats(room="prc_1")
    await relay.client.start()
    assert (await relay.client.stats(room="prc_1"))["graph_version"] is None


async def test_a_request_under_way_fails_when_the_worker_dies(relay: Any) -> None:
    os.kill(relay.client.pid, signal.SIGSTOP)
    request = asyncio.create_task(relay.client.stats(room="prc_1"))
    await asyncio.sleep(0)
    os.kill(relay.client.pid, signal.SIGKILL)
    with pytest.raises(RelayError, match="relay_gone"):
        await request


async def test_stopping_is_no_crash(relay: Any) -> None:
    await relay.client.stop()
    assert relay.exits == []
    assert relay.client.pid is None


def test_the_worker_ends_when_its_control_channel_closes() -> None:
    ours, theirs = socket.socketpair()
    config = '{"listen": [{"ip": "127.0.0.1", "port": 0}]}'
    with theirs:
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "room_server.relay.worker",
                "--control-fd",
                str(theirs.fileno()),
                "--config",
                config,
            ],
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
        )
    try:
        assert b'"ready"' in ours.recv(4096)
        ours.close()
        assert worker.wait(timeout=5) == 0
    finally:
        worker.kill()
        worker.wait()


def test_the_worker_ends_when_its_server_dies_though_the_channel_is_held_open() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "room_server.relay.worker", "--control-fd", str(theirs.fileno())]
    command += ["--config", '{"listen": [{"ip": "127.0.0.1", "port": 0}]}']
    script = f"import subprocess; subprocess.Popen({command!r}, pass_fds=[{theirs.fileno()}]).wait()"
    with ours:
        with theirs:
            server = subprocess.Popen([sys.executable, "-c", script], pass_fds=[theirs.fileno()], cwd=ROOT)
        try:
            ours.settimeout(10)
            assert b'"ready"' in ours.recv(4096)
        finally:
            server.kill()
            server.wait()
        assert ours.recv(4096) == b"", "the worker closes its end when it exits"


async def test_a_taken_port_is_a_clear_failure() -> None:
    from room_server.relay.client import ListenAddress, RelayClient

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        client = RelayClient(
            [ListenAddress("127.0.0.1", taken.getsockname()[1])], on_event=print, on_exit=lambda status: None
        )
        with pytest.raises(RelayError, match="relay_failed"):
            await client.start()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"listen": [{"ip": "0.0.0.0"}]}', "announced_ip"),
        ("[]", "must be an object"),
        ('{"listen": []}', "at least one"),
        ('{"listen": [{"ip": "127.0.0.1", "port": 70000}]}', "65535"),
        ('{"listen": [{"ip": "localhost"}]}', "localhost"),
        ('{"listen": [{"ip": "127.0.0.1", "tcp": true}]}', "announced_ip"),
        ('{"listen": [{"ip": "127.0.0.1"}], "h264": 1}', "h264"),
        ('{"listen": [{"ip": "127.0.0.1"}], "local_only": "yes"}', "local_only"),
    ],
)
def test_a_bad_config_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_config(text)
