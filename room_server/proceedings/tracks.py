"""The media of one hearing: its transports, tracks and the graph at the relay. Only this file asks the relay.

The hearing takes its place at a relay worker with the first request for media, and that worker is told the graph in
force and the recorder's socket before anything is made there. A participant has at most one transport per direction and one track per source: making a new one closes the old, so a
reloaded page leaves no ghost behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from room_server.clock import KEPT
from room_server.domain.placement import Forwarding
from room_server.proceedings.live import LiveConsumer, LiveHearing, LiveProducer
from room_server.relay.client import RelayClient, RelayError
from room_server.relay.forwarding import Graph
from room_server.relay.pool import RelayPlace
from signaling.messages import BiText, WireError

log = logging.getLogger(__name__)
LARGEST_LAYER = 2
"""Of at most three layers."""


class MediaRefused(Exception):
    """A media request that cannot be met; ``error`` says why."""

    def __init__(self, code: str, message: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {message}")
        self.error = WireError(code=code, message=message, text=BiText(zh=zh, en=en))


def _unknown(kind: str, identifier: str) -> MediaRefused:
    # The page makes its transports anew on this answer: after a relay restart, or when the court bumped the epoch.
    return MediaRefused(
        f"unknown_{kind}",
        f"no {kind} {identifier} of yours",
        "媒体连接需要重建。",
        "The media connection is remade.",
    )


class Tracks:
    """The tracks of one hearing at its relay worker. `tap` gives the recorder's socket while there is one."""

    def __init__(
        self,
        live: LiveHearing,
        place: RelayPlace,
        now: Callable[[], datetime],
        on_replaced: Callable[[LiveProducer], None] = lambda track: None,
        tap: Callable[[], str | None] = lambda: None,
        priority: Callable[[LiveProducer], int] = lambda track: 1,
    ) -> None:
        self._live = live
        self._on_replaced = on_replaced
        self._place = place
        self._now = now
        self._tap = tap
        self._priority = priority
        self._forwarding: Forwarding | None = None
        self._version = 0

    @property
    def _relay(self) -> RelayClient:
        return self._place.client

    async def settle(self) -> None:
        """Take a place at a worker, if the hearing has none. Raises RelayError where none runs, or it does not obey."""
        if self._place.take():
            await self._instruct()

    async def settle_again(self) -> bool:
        """After the worker's death: wait for a place and take it. False where the hearing needs none any more."""
        if not await self._place.take_again():
            return False
        await self._instruct()
        return True

    async def _instruct(self) -> None:
        if self._forwarding is not None:
            try:
                await self._send_graph(self._forwarding)
            except RelayError as error:
                # Whoever asked in the same moment may have had something made there already.
                if error.code != "relay_gone":
                    self._place.end_worker()
                raise
        path = self._tap()
        if path is not None:
            try:
                await self.set_tap(path)
            except RelayError as error:
                if error.code == "relay_gone":
                    raise
                log.error("the tap of %s could not be set: %s", self._live.hearing_id, error)

    async def set_graph(self, forwarding: Forwarding) -> None:
        """Put the forwarding graph in force; returns once the relay obeys it.

        Without a place there is nothing that could disobey: the worker is told when the hearing takes one.
        """
        self._forwarding = forwarding
        if self._place.taken:
            await self._send_graph(forwarding)

    async def _send_graph(self, forwarding: Forwarding) -> None:
        self._version += 1
        await self._relay.set_graph(
            room=self._live.hearing_id,
            graph=Graph(
                edges=forwarding.edges,
                muted=forwarding.muted,
                recorded=forwarding.recorded,
                version=self._version,
            ),
        )

    async def set_tap(self, path: str | None) -> None:
        """The recorder's socket; without a place the worker is told of it when the hearing takes one."""
        if self._place.taken:
            await self._relay.set_tap(room=self._live.hearing_id, path=path, epoch_ns=KEPT.epoch_ns)

    async def capabilities(self) -> dict[str, Any]:
        await self.settle()
        return await self._relay.router_capabilities()

    async def create_transport(self, participant: str, direction: Literal["send", "recv"]) -> dict[str, Any]:
        await self.settle()
        for identifier, held in list(self._live.transports.items()):
            if held == (participant, direction):
                await self._close_transport(identifier)
        relay = self._relay
        made = await relay.create_transport(
            room=self._live.hearing_id, participant=participant, direction=direction
        )
        if relay is not self._relay:
            raise RelayError("relay_gone", "the worker ended right after it had made the transport")
        self._live.transports[made["id"]] = (participant, direction)
        return made

    async def connect_transport(
        self, participant: str, transport: str, dtls_parameters: dict[str, Any]
    ) -> None:
        self._own_transport(participant, transport)
        await self._relay.connect_transport(transport=transport, dtls_parameters=dtls_parameters)

    async def restart_ice(self, participant: str, transport: str) -> dict[str, Any]:
        self._own_transport(participant, transport)
        return await self._relay.restart_ice(transport=transport)

    async def produce(
        self,
        participant: str,
        transport: str,
        kind: Literal["audio", "video"],
        source: str,
        rtp: dict[str, Any],
    ) -> tuple[LiveProducer, LiveProducer | None, dict[str, Any]]:
        """The new track, the one of the same source that it replaced, and the codec it carries."""
        if (kind == "audio") != (source == "microphone"):
            raise MediaRefused(
                "invalid",
                f"source {source} cannot be {kind}",
                "音视频来源不符。",
                "The source does not fit the kind.",
            )
        if self._own_transport(participant, transport) != "send":
            raise _unknown("transport", transport)
        replaced = next(
            (t for t in self._live.producers.values() if (t.participant, t.source) == (participant, source)),
            None,
        )
        if replaced is not None:
            await self._close_producer(replaced)
        number = self._live.next_track(self._now())
        identifier = await self._relay.produce(
            transport=transport, kind=kind, rtp_parameters=rtp, source=source, track=number
        )
        # The transport may have been closed with its owner's dismissal while the relay worked.
        self._own_transport(participant, transport)
        made = LiveProducer(identifier, participant, kind, source, number, transport)
        self._live.producers[identifier] = made
        return made, replaced, _main_codec(rtp)

    async def close_producer(self, participant: str, producer: str) -> LiveProducer:
        found = self._live.producers.get(producer)
        if found is None or found.participant != participant:
            raise _unknown("producer", producer)
        await self._close_producer(found)
        return found

    async def close_source(self, participant: str, source: str) -> list[LiveProducer]:
        """What this person publishes of this source, without their asking. Returns the tracks that ended."""
        held = self._live.producers.values()
        ended = [one for one in held if (one.participant, one.source) == (participant, source)]
        for producer in ended:
            await self._close_producer(producer)
        return ended

    async def consume(
        self, participant: str, transport: str, producer: str, rtp_capabilities: dict[str, Any]
    ) -> dict[str, Any]:
        """A consumer, paused. The relay refuses it where the graph has no edge."""
        if self._own_transport(participant, transport) != "recv":
            raise _unknown("transport", transport)
        track = self._live.producers.get(producer)
        if track is None:
            raise _unknown("producer", producer)
        made = await self._relay.consume(
            transport=transport, producer=producer, rtp_capabilities=rtp_capabilities
        )
        self._own_transport(participant, transport)
        consumer = LiveConsumer(
            participant,
            track,
            transport,
            layer=LARGEST_LAYER,
            priority=self._priority(track),
        )
        self._live.consumers[made["id"]] = consumer
        await self._tell_preference(made["id"], consumer)
        return made

    async def resume_consumer(self, participant: str, consumer: str) -> None:
        self._own_consumer(participant, consumer)
        await self._relay.resume_consumer(consumer=consumer)

    async def set_preferred_layer(self, participant: str, consumer: str, layer: int) -> None:
        """The largest layer that the viewer's page has use for now; more than there are counts as all."""
        held = self._own_consumer(participant, consumer)
        held.layer = layer
        await self._tell_preference(consumer, held)

    async def follow_priorities(self) -> None:
        """Tell the relay whose pictures go first now, where that has changed."""
        for identifier, consumer in list(self._live.consumers.items()):
            wanted = self._priority(consumer.producer)
            if wanted == consumer.priority:
                continue
            consumer.priority = wanted
            try:
                await self._tell_preference(identifier, consumer)
            except RelayError as error:
                if error.code == "relay_gone":
                    raise
                log.info("a consumer of %s went before it was put in order: %s", self._live.hearing_id, error)

    async def _tell_preference(self, identifier: str, consumer: LiveConsumer) -> None:
        if consumer.producer.kind == "video":
            await self._relay.set_preferred_layers(
                consumer=identifier, spatial_layer=consumer.layer, priority=consumer.priority
            )

    async def close_consumer(self, participant: str, consumer: str) -> None:
        self._own_consumer(participant, consumer)
        await self._relay.close_consumer(consumer=consumer)
        self._live.consumers.pop(consumer, None)

    async def request_key_frame(self, track: int) -> None:
        # Found before asking: while the relay answers, tracks come and go.
        wanted = [producer.id for producer in self._live.producers.values() if producer.track == track]
        for identifier in wanted:
            await self._relay.request_key_frame(producer=identifier)

    async def close_participant(self, participant: str) -> list[LiveProducer]:
        """All transports of a person at once: removal, a raised epoch. Returns the tracks that ended."""
        if self._place.taken:
            await self._relay.close_participant(room=self._live.hearing_id, participant=participant)
        return self.forget(participant)

    def forget(self, participant: str) -> list[LiveProducer]:
        ended = [track for track in self._live.producers.values() if track.participant == participant]
        for track in ended:
            del self._live.producers[track.id]
        for held in [t for t, (owner, _) in self._live.transports.items() if owner == participant]:
            del self._live.transports[held]
        for consumer in [c for c, held in self._live.consumers.items() if held.viewer == participant]:
            del self._live.consumers[consumer]
        return ended

    def forget_transport(self, transport: str) -> list[LiveProducer]:
        """The relay has closed this transport by itself (30 s of silence)."""
        self._live.transports.pop(transport, None)
        ended = [track for track in self._live.producers.values() if track.transport == transport]
        for track in ended:
            del self._live.producers[track.id]
        for consumer in [c for c, held in self._live.consumers.items() if held.transport == transport]:
            del self._live.consumers[consumer]
        return ended

    def forget_all(self) -> list[LiveProducer]:
        """The relay worker died with everything in it."""
        ended = list(self._live.producers.values())
        self._live.producers.clear()
        self._live.transports.clear()
        self._live.consumers.clear()
        return ended

    async def close(self) -> None:
        """The end of the hearing's media; its place at the worker is free again."""
        self.forget_all()
        try:
            if self._place.taken:
                await self._relay.close_room(room=self._live.hearing_id)
        finally:
            self._place.leave()

    def leave(self) -> None:
        """Have no place any more, after its worker has died."""
        self._place.leave()

    async def stats(self) -> dict[str, Any]:
        return await self._relay.stats(room=self._live.hearing_id)

    def _own_transport(self, participant: str, transport: str) -> str:
        held = self._live.transports.get(transport)
        if held is None or held[0] != participant:
            raise _unknown("transport", transport)
        return held[1]

    def _own_consumer(self, participant: str, consumer: str) -> LiveConsumer:
        held = self._live.consumers.get(consumer)
        if held is None or held.viewer != participant:
            raise _unknown("consumer", consumer)
        return held

    async def _close_transport(self, transport: str) -> None:
        """A reloaded page makes its transports anew: what went over the old one has ended."""
        for track in self.forget_transport(transport):
            self._on_replaced(track)
        await self._relay.close_transport(transport=transport)

    async def _close_producer(self, producer: LiveProducer) -> None:
        self._live.producers.pop(producer.id, None)
        for consumer in [c for c, held in self._live.consumers.items() if held.producer.id == producer.id]:
            del self._live.consumers[consumer]
        await self._relay.close_producer(producer=producer.id)


def _main_codec(rtp: dict[str, Any]) -> dict[str, Any]:
    """The first codec that is not a repair stream, in the recorder's words."""
    for codec in rtp.get("codecs", []):
        mime = str(codec.get("mimeType", ""))
        if not mime.lower().endswith("/rtx"):
            return {
                "mime_type": mime,
                "clock_rate": codec.get("clockRate"),
                "channels": codec.get("channels") or 1,
                "payload_type": codec.get("payloadType"),
            }
    raise MediaRefused("invalid", "rtpParameters name no codec", "没有可用的编码。", "No codec is named.")
