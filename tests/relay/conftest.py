"""Real relay workers and real aiortc peers for the relay's tests."""

from __future__ import annotations

import asyncio
import fractions
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import av
import pytest
from aiortc import MediaStreamTrack, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from pymediasoup import AiortcHandler, Device
from pymediasoup.models.transport import DtlsParameters, IceCandidate, IceParameters
from pymediasoup.rtp_parameters import RtpCapabilities, RtpParameters

from room_server.relay.client import ListenAddress, RelayClient
from room_server.relay.events import RelayEvent

Condition = Callable[[], Any]


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

    async def peer(self, participant: str, room: str = "prc_1") -> Peer:
        peer = Peer(self.client, room, participant)
        self.peers.append(peer)
        await peer.load()
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
    await running.client.stop()


@pytest.fixture
def wait_until() -> Callable[..., Awaitable[Any]]:
    return eventually
