"""Real relay workers and real aiortc peers for the relay's tests."""

from __future__ import annotations

import asyncio
import fractions
import math
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from aioice import stun
from aiortc import MediaStreamTrack, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from hypothesis import HealthCheck, settings
from pymediasoup import AiortcHandler, Device
from pymediasoup.models.transport import DtlsParameters, IceCandidate, IceParameters
from pymediasoup.rtp_parameters import RtpCapabilities, RtpParameters

from room_server.relay.client import ListenAddress, RelayClient
from room_server.relay.events import RelayEvent
from room_server.relay.ortc import AUDIO_LEVEL, MID, TRANSPORT_CC, router_capabilities
from room_server.relay.rtp.packet import build_rtp
from room_server.relay.rtp.rtcp import SenderReport, build_sender_report, parse_rtcp
from room_server.relay.transport import Certificate, DtlsEndpoint, Fingerprint

Condition = Callable[[], Any]

# A busy machine must not turn a slow example into a failure; what is tested is what comes out.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


async def eventually(condition: Condition, *, within_s: float = 15.0, what: str = "the condition") -> Any:
    """Wait until the condition (plain or awaitable) is true; the assertion says what was waited for."""
    deadline = time.monotonic() + within_s
    while True:
        result = condition()
        if isinstance(result, Awaitable):
            result = await result
        if result:
            return result
        assert time.monotonic() < deadline, f"{what} did not come true within {within_s} s"
        await asyncio.sleep(0.05)


class ToneTrack(MediaStreamTrack):
    """A 440 Hz tone, 20 ms a frame, in real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._started: float | None = None
        self._samples = 0

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        if self._started is None:
            self._started = time.monotonic()
        await asyncio.sleep(max(0.0, self._started + self._samples / 48000 - time.monotonic()))
        wave = [
            int(12000 * math.sin(2 * math.pi * 440 * (self._samples + index) / 48000)) for index in range(960)
        ]
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(b"".join(value.to_bytes(2, "little", signed=True) for value in wave))
        frame.sample_rate, frame.pts, frame.time_base = 48000, self._samples, fractions.Fraction(1, 48000)
        self._samples += 960
        return frame


class PictureTrack(VideoStreamTrack):
    """A 160x120 picture whose brightness moves."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(160, 120, "yuv420p")
        for index, plane in enumerate(frame.planes):
            plane.update(bytes([(pts // 3000) % 200 + 20 if index == 0 else 128]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Peer:
    """One participant: pymediasoup on aiortc, wired straight to the relay client."""

    def __init__(self, relay: RelayClient, room: str, participant: str) -> None:
        self.relay, self.room, self.participant = relay, room, participant
        self.device = Device(handlerFactory=AiortcHandler.createFactory())
        self.frames: dict[str, int] = {}
        self.producers: dict[str, str] = {}
        self.consumers: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self._transports: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.capabilities: dict[str, Any] = {}

    async def load(self) -> None:
        await self.device.load(RtpCapabilities(**await self.relay.router_capabilities()))
        self.capabilities = self.device.recvRtpCapabilities.model_dump(exclude_none=True)

    async def _transport(self, direction: str) -> Any:
        options = await self.relay.create_transport(
            room=self.room,
            participant=self.participant,
            direction=direction,  # type: ignore[arg-type]
        )
        create = self.device.createSendTransport if direction == "send" else self.device.createRecvTransport
        transport = create(
            id=options["id"],
            iceParameters=IceParameters(**options["iceParameters"]),
            iceCandidates=[IceCandidate(**candidate) for candidate in options["iceCandidates"]],
            dtlsParameters=DtlsParameters(**options["dtlsParameters"]),
            sctpParameters=None,
        )
        self.ids[direction] = options["id"]
        self._transports.append(transport)

        @transport.on("connect")
        async def connect(parameters: DtlsParameters) -> None:
            await self.relay.connect_transport(
                transport=options["id"], dtls_parameters=parameters.model_dump(exclude_none=True)
            )

        return transport

    async def publish(self, *sources: str) -> None:
        """Publish "microphone" and/or "camera"."""
        transport = await self._transport("send")
        pending: list[str] = []

        @transport.on("produce")
        async def produce(kind: str, parameters: RtpParameters, app_data: Any) -> str:
            source = pending[0]
            return await self.relay.produce(
                transport=self.ids["send"],
                kind=kind,
                rtp_parameters=parameters.model_dump(exclude_none=True),
                source=source,
                track=len(self.producers) + 1,
            )

        for source in sources:
            pending[:] = [source]
            track = ToneTrack() if source == "microphone" else PictureTrack()
            producer = await transport.produce(track=track, stopTracks=True)
            self.producers[source] = producer.id

    async def receive(self, *producers: str) -> None:
        """Consume producers; frames of each are counted in `frames`."""
        transport = (
            self._transports[-1] if "recv" in self.ids and self._receiving else await self._transport("recv")
        )
        self._receiving = True
        for producer in producers:
            options = await self.relay.consume(
                transport=self.ids["recv"], producer=producer, rtp_capabilities=self.capabilities
            )
            consumer = await transport.consume(
                id=options["id"],
                producerId=options["producerId"],
                kind=options["kind"],
                rtpParameters=RtpParameters(**options["rtpParameters"]),
            )
            self.consumers[producer] = options["id"]
            self.frames[producer] = 0
            self._tasks.append(asyncio.create_task(self._count(producer, consumer.track)))
            await self.relay.resume_consumer(consumer=options["id"])

    _receiving = False

    async def open_receive_transport(self) -> None:
        """A receive transport without consumers, as of one who waits."""
        await self._transport("recv")
        self._receiving = True

    async def _count(self, producer: str, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                self.frames[producer] += 1
        except MediaStreamError:
            return

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for transport in self._transports:
            await transport.close()


class Relay:
    """A running worker with what it said."""

    def __init__(self) -> None:
        self.events: list[RelayEvent] = []
        self.exits: list[int] = []
        self.client = RelayClient(
            [ListenAddress("127.0.0.1")], on_event=self.events.append, on_exit=self.exits.append
        )
        self.peers: list[Peer] = []
        self.raws: list[RawPeer] = []

    async def peer(self, participant: str, room: str = "prc_1") -> Peer:
        peer = Peer(self.client, room, participant)
        self.peers.append(peer)
        await peer.load()
        return peer

    async def raw(self, participant: str, *directions: str, room: str = "prc_1") -> RawPeer:
        peer = RawPeer(self.client, room, participant)
        self.raws.append(peer)
        for direction in directions:
            await peer.open(direction)
        return peer

    async def stats(self, room: str = "prc_1") -> dict[str, Any]:
        return await self.client.stats(room=room)


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    running = Relay()
    await running.client.start()
    yield running
    for peer in running.peers:
        await peer.close()
    for raw in running.raws:
        raw.close()
    await running.client.stop()


@pytest.fixture
def wait_until() -> Callable[..., Awaitable[Any]]:
    return eventually


VP8_KEY = bytes([0x10, 0x00])
VP8_DELTA = bytes([0x10, 0x01])


class RawPeer:
    """A participant without a codec: STUN, DTLS-SRTP and exact RTP packets over one UDP socket per transport."""

    def __init__(self, relay: RelayClient, room: str, participant: str) -> None:
        self.relay, self.room, self.participant = relay, room, participant
        self.links: dict[str, RawLink] = {}

    async def open(self, direction: str, *, role: str = "client") -> RawLink:
        link = RawLink(self, direction)
        await link.open(role)
        self.links[direction] = link
        return link

    async def produce(self, kind: str, source: str, *, track: int = 1, ssrc: int = 0) -> RawStream:
        link = self.links["send"]
        stream = RawStream(link, kind, ssrc or secrets.randbits(31) + 1, f"{len(link.streams)}")
        stream.id = await self.relay.produce(
            transport=link.id, kind=kind, rtp_parameters=stream.parameters(), source=source, track=track
        )
        link.streams.append(stream)
        return stream

    async def consume(self, producer: str, *, resume: bool = True) -> dict[str, Any]:
        consumer = await self.relay.consume(
            transport=self.links["recv"].id, producer=producer, rtp_capabilities=FULL_CAPABILITIES
        )
        if resume:
            await self.relay.resume_consumer(consumer=consumer["id"])
        return consumer

    def close(self) -> None:
        for link in self.links.values():
            link.close()


FULL_CAPABILITIES = router_capabilities(h264=True)


class RawLink:
    """One transport's socket."""

    def __init__(self, peer: RawPeer, direction: str) -> None:
        self.peer, self.direction = peer, direction
        self.id = ""
        self.rtp: list[bytes] = []
        self.rtcp: list[Any] = []
        self.datagrams: list[bytes] = []
        self.streams: list[RawStream] = []
        self.lossy: Callable[[bytes], bool] = lambda packet: False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))
        self.certificate = Certificate()
        self.dtls = DtlsEndpoint(self.certificate, send=self._send, on_change=lambda: None)
        self.server: tuple[str, int] = ("", 0)
        self.options: dict[str, Any] = {}

    def _send(self, data: bytes) -> None:
        if self.socket.fileno() >= 0:  # an association still says goodbye when its socket is closed
            self.socket.sendto(data, self.server)

    async def open(self, role: str) -> None:
        self.options = await self.peer.relay.create_transport(
            room=self.peer.room,
            participant=self.peer.participant,
            direction=self.direction,  # type: ignore[arg-type]
        )
        self.id = self.options["id"]
        candidate = self.options["iceCandidates"][0]
        self.server = (candidate["ip"], candidate["port"])
        self._attach()
        self.check()
        await eventually(lambda: self.datagrams, what="the answer to a connectivity check")
        remote = [
            Fingerprint(f["algorithm"], f["value"]) for f in self.options["dtlsParameters"]["fingerprints"]
        ]
        self.dtls.reachable()
        self.dtls.connect("server" if role == "client" else "client", remote)
        await self.peer.relay.connect_transport(
            transport=self.id,
            dtls_parameters={"role": role, "fingerprints": self.certificate.fingerprints()},
        )
        await eventually(lambda: self.dtls.state == "connected", what="the DTLS handshake")
        # The worker finishes its side of the handshake after ours; media before that would be dropped.
        await eventually(self._worker_connected, what="the worker's side of the handshake")

    def _attach(self) -> None:
        asyncio.get_running_loop().add_reader(self.socket, self._readable)

    async def _worker_connected(self) -> bool:
        stats = await self.peer.relay.stats(room=self.peer.room)
        return bool(stats["transports"][self.id]["dtls"] == "connected")

    def check(
        self, *, password: str | None = None, fragment: str | None = None, nominate: bool = True
    ) -> bytes:
        """Send one connectivity check."""
        ice = self.options["iceParameters"]
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{fragment or ice['usernameFragment']}:peer"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        if nominate:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity((password or ice["password"]).encode())
        self._send(bytes(message))
        return message.transaction_id

    def send_rtp(self, packet: bytes) -> None:
        assert self.dtls.srtp is not None
        self._send(self.dtls.srtp.owners[1].protect(packet))

    def send_rtcp(self, compound: bytes) -> None:
        assert self.dtls.srtp is not None
        self._send(self.dtls.srtp.owners[1].protect_rtcp(compound))

    def _readable(self) -> None:
        while True:
            try:
                data = self.socket.recv(2048)
            except OSError:
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        if data[0] < 4:
            self.datagrams.append(data)
        elif 20 <= data[0] <= 63:
            self.dtls.feed(data)
        elif self.dtls.srtp is not None:
            session = self.dtls.srtp.owners[0]
            if 192 <= data[1] <= 223:
                self.rtcp += parse_rtcp(session.unprotect_rtcp(data))
            else:
                plain = session.unprotect(data)
                if not self.lossy(plain):
                    self.rtp.append(plain)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        self.dtls.close()
        self.socket.close()


class RawStream:
    """One published stream of exact packets: opus payloads, or VP8 payloads with a key frame bit."""

    def __init__(self, link: RawLink, kind: str, ssrc: int, mid: str) -> None:
        self.link, self.kind, self.ssrc, self.mid = link, kind, ssrc, mid
        self.id = ""
        self.payload_type = 111 if kind == "audio" else 96
        self.number = 1000
        self.rtp_timestamp = 5000
        self.twcc = 0

    def parameters(self) -> dict[str, Any]:
        audio = self.kind == "audio"
        codec = {
            "mimeType": "audio/opus" if audio else "video/VP8",
            "payloadType": self.payload_type,
            "clockRate": 48000 if audio else 90000,
            "parameters": {},
            "rtcpFeedback": [] if audio else [{"type": "nack"}, {"type": "nack", "parameter": "pli"}],
        }
        rtx = {
            "mimeType": "video/rtx",
            "payloadType": 97,
            "clockRate": 90000,
            "parameters": {"apt": self.payload_type},
        }
        return {
            "mid": self.mid,
            "codecs": [{**codec, "channels": 2}] if audio else [codec, rtx],
            "headerExtensions": [
                {"uri": MID, "id": 4},
                {"uri": AUDIO_LEVEL, "id": 6},
                {"uri": TRANSPORT_CC, "id": 7},
            ],
            "encodings": [
                {"ssrc": self.ssrc} if audio else {"ssrc": self.ssrc, "rtx": {"ssrc": self.ssrc ^ 1}}
            ],
            "rtcp": {"cname": "raw"},
        }

    def build(self, payload: bytes, *, level: int = 30, step: int = 1) -> bytes:
        """The next packet, `step` numbers on."""
        self.number += step
        self.rtp_timestamp += 960 * step
        self.twcc += 1
        extensions = {4: self.mid.encode(), 7: self.twcc.to_bytes(2, "big")}
        if self.kind == "audio":
            extensions[6] = bytes([level])
        return build_rtp(
            payload_type=self.payload_type,
            sequence_number=self.number & 0xFFFF,
            rtp_timestamp=self.rtp_timestamp,
            ssrc=self.ssrc,
            payload=payload,
            extensions=extensions,
        )

    def send(self, payload: bytes, *, level: int = 30, step: int = 1) -> bytes:
        packet = self.build(payload, level=level, step=step)
        self.link.send_rtp(packet)
        return packet


class TapSocket:
    """A recorder's end of the tap."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(path)
        self._datagrams: list[bytes] = []

    def received(self) -> list[bytes]:
        try:
            while True:
                self._datagrams.append(self._socket.recv(4096))
        except BlockingIOError:
            return self._datagrams

    @staticmethod
    def sender_report(ssrc: int, ntp: int, rtp_timestamp: int) -> bytes:
        return build_sender_report(SenderReport(ssrc, ntp, rtp_timestamp, 1, 1))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def tap_socket(tmp_path: Path) -> Iterator[TapSocket]:
    tap = TapSocket(str(tmp_path / "tap"))
    yield tap
    tap.close()
