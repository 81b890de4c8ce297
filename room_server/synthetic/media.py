"""The media side of a synthetic participant: pymediasoup over aiortc, two transports, tracks out and in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiortc import MediaStreamTrack
from pymediasoup import AiortcHandler, Device
from pymediasoup.models.transport import DtlsParameters, IceCandidate, IceParameters
from pymediasoup.rtp_parameters import RtpCapabilities, RtpParameters

from room_server.synthetic.channel import NotConnected, RequestFailed
from room_server.synthetic.reception import Reception, receive
from signaling.messages import ProducerView

log = logging.getLogger(__name__)
Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
_RETRY_S = 0.5


class MediaLost(Exception):
    """The relay no longer knows these transports: make new ones."""


class Media:
    """One life of the transports: opened once, reconciled with what the view lists, closed once.

    ``ask`` sends a signaling request; ``make_tracks`` gives fresh tracks by source; ``received`` collects what arrives.
    """

    def __init__(
        self,
        ask: Ask,
        make_tracks: Callable[[], Mapping[str, MediaStreamTrack]],
        received: list[Reception],
        frequencies_hz: Sequence[int],
    ) -> None:
        self._ask = ask
        self._make_tracks = make_tracks
        self._received = received
        self._frequencies_hz = tuple(frequencies_hz)
        self._device = Device(handlerFactory=AiortcHandler.createFactory())
        self._send: Any = None
        self._recv: Any = None
        self._dtls: dict[str, dict[str, Any]] = {}
        self._consumed: dict[str, tuple[Reception, asyncio.Task[None], MediaStreamTrack]] = {}
        self.producers: dict[str, Any] = {}
        self.failed = asyncio.Event()
        """Set when the relay lost the transports or a transport's ICE failed."""

    async def open(self) -> None:
        """Load the device, make both transports and publish; MediaLost, RequestFailed or NotConnected."""
        capabilities = (await self._ask("get_router_capabilities", {}))["rtp_capabilities"]
        await self._device.load(RtpCapabilities.model_validate(capabilities))
        self._recv = await self._transport("recv")
        tracks = self._make_tracks()
        if tracks:
            self._send = await self._transport("send")
        for source, track in tracks.items():
            # stopTracks=False: the library would otherwise stop a track that a later producer may carry on.
            producer = await self._send.produce(track=track, stopTracks=False, appData={"source": source})
            self.producers[source] = producer

    async def alive(self) -> bool:
        """Whether the relay still knows the transports; asked after the signaling connection was lost."""
        for identifier, dtls in self._dtls.items():
            try:
                await self._ask("connect_transport", {"transport_id": identifier, "dtls_parameters": dtls})
            except RequestFailed as refusal:
                if refusal.error.code == "unknown_transport":
                    return False
        return not self.failed.is_set()

    async def reconcile(self, listed: Sequence[ProducerView]) -> bool:
        """Consume what is listed, drop what is not; False where something is left to try again."""
        wanted = {producer.id: producer for producer in listed}
        for producer_id in [held for held in self._consumed if held not in wanted]:
            await self._close_consumer(self._end(producer_id))
        complete = True
        for producer in wanted.values():
            if producer.id not in self._consumed and not await self._consume(producer):
                complete = False
        return complete

    async def packets_sent(self) -> dict[str, int]:
        """RTP packets sent so far by source."""
        sent = {}
        for source, producer in self.producers.items():
            report = await producer.rtpSender.getStats()
            sent[source] = sum(s.packetsSent for s in report.values() if s.type == "outbound-rtp")
        return sent

    async def close(self) -> None:
        for reception, reading, _track in self._consumed.values():
            await reception.read_packets()
            reading.cancel()
            reception.ended = True
        self._consumed.clear()
        for transport in (self._send, self._recv):
            if transport is not None:
                await transport.close()
        for producer in self.producers.values():
            producer.track.stop()

    async def _transport(self, direction: str) -> Any:
        made = await self._ask("create_transport", {"direction": direction})
        create = self._device.createSendTransport if direction == "send" else self._device.createRecvTransport
        transport = create(
            id=made["id"],
            iceParameters=IceParameters.model_validate(made["iceParameters"]),
            # Only UDP: aioice has no ICE-TCP.
            iceCandidates=[
                IceCandidate.model_validate(candidate)
                for candidate in made["iceCandidates"]
                if candidate.get("protocol") == "udp"
            ],
            dtlsParameters=DtlsParameters.model_validate(made["dtlsParameters"]),
            sctpParameters=None,
            iceServers=[],
        )

        async def connect(dtls: DtlsParameters) -> None:
            await self._connect(made["id"], dtls.model_dump(mode="json", exclude_none=True))

        async def produce(kind: str, parameters: RtpParameters, app_data: dict[str, Any]) -> str:
            request = {
                "transport_id": made["id"],
                "kind": kind,
                "source": app_data["source"],
                "rtp_parameters": parameters.model_dump(mode="json", exclude_none=True),
            }
            return str((await self._ask("produce", request))["producer_id"])

        def changed(state: str) -> None:
            if state == "failed":
                self.failed.set()

        transport.on("connect", connect)
        transport.on("produce", produce)
        transport.on("connectionstatechange", changed)
        return transport

    async def _connect(self, identifier: str, dtls: dict[str, Any]) -> None:
        """Called by the library without waiting for it, so that an error must be kept and not raised."""
        self._dtls[identifier] = dtls
        try:
            await self._ask("connect_transport", {"transport_id": identifier, "dtls_parameters": dtls})
        except (RequestFailed, NotConnected) as error:
            log.warning("connecting a transport failed: %s", error)
            self.failed.set()

    async def _consume(self, producer: ProducerView) -> bool:
        capabilities = self._device.rtpCapabilities.model_dump(mode="json", exclude_none=True)
        try:
            offer = await self._ask(
                "consume",
                {
                    "transport_id": self._recv.id,
                    "producer_id": producer.id,
                    "rtp_capabilities": capabilities,
                },
            )
        except RequestFailed as refusal:
            if refusal.error.code == "unknown_transport":
                raise MediaLost(str(refusal)) from refusal
            log.info("consuming %s was refused: %s", producer.id, refusal)
            return False
        consumer = await self._recv.consume(
            id=offer["id"],
            producerId=offer["producerId"],
            kind=offer["kind"],
            rtpParameters=RtpParameters.model_validate(offer["rtpParameters"]),
        )
        reception = Reception(producer.id, producer.participant, producer.source, consumer_id=consumer.id)
        reception.receiver = next(
            found.receiver
            for found in self._recv.handler.pc.getTransceivers()
            if found.mid == consumer.localId
        )
        self._received.append(reception)
        now_s = asyncio.get_running_loop().time
        reading = asyncio.create_task(receive(consumer.track, reception, now_s, self._frequencies_hz))
        self._consumed[producer.id] = (reception, reading, consumer.track)
        try:
            await self._ask("resume_consumer", {"consumer_id": consumer.id})
        except RequestFailed as refusal:
            log.info("resuming %s was refused: %s", consumer.id, refusal)
            self._end(producer.id)
            return False
        return True

    async def _close_consumer(self, consumer_id: str) -> None:
        """Without it the relay would send on here when the track may be received again, beside a new consumer."""
        try:
            await self._ask("close_consumer", {"consumer_id": consumer_id})
        except RequestFailed as refusal:
            log.info("closing %s was refused: %s", consumer_id, refusal)

    def _end(self, producer_id: str) -> str:
        """Stop reading. The media section stays in the session description: aiortc cannot take one out."""
        reception, reading, track = self._consumed.pop(producer_id)
        reading.cancel()
        track.stop()
        reception.ended = True
        return reception.consumer_id
