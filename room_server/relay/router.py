"""All rooms of one worker, and the operations the control channel asks for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from room_server.relay.channel import RelayError
from room_server.relay.consumer import Consumer
from room_server.relay.events import RelayWarning, TransportState
from room_server.relay.forwarding import Graph
from room_server.relay.ice_lite import IceCredentials, IceLite
from room_server.relay.media_transport import MediaTransport
from room_server.relay.ortc import consumer_parameters, read_producer_parameters, router_capabilities
from room_server.relay.producer import Producer
from room_server.relay.room import Room
from room_server.relay.runtime import Runtime
from room_server.relay.transport import Certificate, DtlsEndpoint, DtlsRole, Fingerprint
from room_server.relay.udp import UdpEndpoint, ice_candidates

MAX_TRANSPORTS_PER_PARTICIPANT = 4
MAX_PRODUCERS_PER_TRANSPORT = 8
MAX_CONSUMERS_PER_TRANSPORT = 512
T = TypeVar("T")
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def consumer_mid(index: int) -> str:
    """A four-character mid that no SDP parser takes for a number."""
    digits = _BASE36[index // 1296 % 36] + _BASE36[index // 36 % 36] + _BASE36[index % 36]
    return "m" + digits


class Router:
    """Every id is looked up here once; unknown ones are RelayError("no_such_…")."""

    def __init__(
        self,
        runtime: Runtime,
        ice: IceLite,
        certificate: Certificate,
        endpoints: Sequence[UdpEndpoint],
        *,
        h264: bool,
        udp: bool = True,
    ) -> None:
        self.runtime, self.ice, self.certificate, self.endpoints, self.h264 = (
            runtime,
            ice,
            certificate,
            endpoints,
            h264,
        )
        self.udp = udp
        self.rooms: dict[str, Room] = {}
        self.transports: dict[str, MediaTransport] = {}
        self.producers: dict[str, Producer] = {}
        self.consumers: dict[str, Consumer] = {}

    def capabilities(self) -> dict[str, Any]:
        """Router RTP capabilities."""
        return router_capabilities(h264=self.h264)

    def room(self, id: str) -> Room:
        """The room, made on first use: without a graph it forwards nothing."""
        room = self.rooms.get(id)
        if room is None:
            room = self.rooms[id] = Room(id, self.runtime)
        return room

    # -- transports -----------------------------------------------------------------------------------------------

    def create_transport(
        self, room_id: str, participant: str, direction: Literal["send", "recv"]
    ) -> dict[str, Any]:
        """A transport ready for device.createSendTransport or createRecvTransport."""
        room = self.room(room_id)
        own = [
            t for t in room.transports.values() if (t.participant, t.direction) == (participant, direction)
        ]
        if len(own) >= MAX_TRANSPORTS_PER_PARTICIPANT:
            raise RelayError(
                "limit", f"a participant may have {MAX_TRANSPORTS_PER_PARTICIPANT} {direction} transports"
            )
        identifier = self.runtime.identifier("tra")
        session = self.ice.open(identifier, self._credentials())
        transport = MediaTransport(
            id=identifier, room=room, participant=participant, direction=direction, ice=session
        )
        transport.dtls = DtlsEndpoint(
            self.certificate,
            send=transport.send_datagram,
            on_change=lambda: self._dtls_changed(transport),
        )
        room.settle()  # a new receiver: what was refused so far was not refused to it
        room.transports[identifier] = self.transports[identifier] = transport
        return {
            "id": identifier,
            "iceParameters": self._ice_parameters(transport),
            "iceCandidates": ice_candidates(self.endpoints, udp=self.udp),
            "dtlsParameters": {"role": "auto", "fingerprints": self.certificate.fingerprints()},
        }

    def connect_transport(self, id: str, role: DtlsRole, fingerprints: Sequence[Fingerprint]) -> None:
        """The peer's DTLS parameters: start the handshake."""
        transport = self.transport(id)
        if transport.connect_requested_s is not None:
            raise RelayError("already_connected", "connect_transport was already called for this transport")
        transport.connect_requested_s = self.runtime.now_s()
        transport.dtls.connect(role, fingerprints)

    def restart_ice(self, id: str) -> dict[str, Any]:
        """New ICE credentials; media goes on with the old ones until the peer uses these."""
        transport = self.transport(id)
        self.ice.restart(transport.ice, self._credentials())
        return self._ice_parameters(transport)

    def transport(self, id: str) -> MediaTransport:
        """Look up a transport."""
        return _found(self.transports, id, "transport")

    def close_transport(self, id: str, *, state: str = "closed") -> None:
        """Close it with all its producers and consumers."""
        transport = self.transport(id)
        for producer in list(transport.producers):
            self.close_producer(producer.id)
        for consumer in list(transport.consumers):
            self.close_consumer(consumer.id)
        transport.room.settle()
        del self.transports[id], transport.room.transports[id]
        self.ice.close(transport.ice)
        transport.inbound = transport.outbound = None
        transport.state = state
        transport.dtls.close()
        transport.release()
        if not any(t.participant == transport.participant for t in transport.room.transports.values()):
            transport.room.speaker.forget(transport.participant)
        self._announce(transport, state)

    def close_participant(self, room_id: str, participant: str) -> None:
        """Close all transports of a participant in this room."""
        room = self.rooms.get(room_id)
        if room is not None:
            for transport in [t for t in room.transports.values() if t.participant == participant]:
                self.close_transport(transport.id)

    def close_room(self, room_id: str) -> None:
        """Close everything and forget the counts."""
        room = self.rooms.get(room_id)
        if room is None:
            return
        for transport in list(room.transports.values()):
            self.close_transport(transport.id)
        room.set_tap(None)
        del self.rooms[room_id]

    def _dtls_changed(self, transport: MediaTransport) -> None:
        state = transport.dtls.state
        if transport.id not in self.transports:
            return
        if state == "connected" and transport.dtls.srtp is not None:
            transport.inbound, transport.outbound = transport.dtls.srtp.inbound, transport.dtls.srtp.outbound
            transport.state = "connected"
            transport.room.compile()
            self._announce(transport, "connected")
        elif state in ("failed", "closed"):
            self.close_transport(transport.id, state=state)

    def watch(self, transport: MediaTransport, now_s: float) -> None:
        """Liveness: announce changes, close what is dead."""
        state = transport.judge_liveness(now_s, transport.room.last_authentic_s(transport.participant))
        if state is None or state == transport.state:
            return
        if state == "failed":
            if transport.last_authentic_s is None:
                self._explain_absence(transport)
            self._announce(transport, "failed")
            self.close_transport(transport.id)
            return
        transport.state = state
        self._announce(transport, state)

    def _explain_absence(self, transport: MediaTransport) -> None:
        """Their browser was told where to come, and not one authentic packet came from it."""
        told = ", ".join(f"{endpoint.announced_ip}:{endpoint.port}" for endpoint in self.endpoints)
        self.runtime.emit(
            RelayWarning(
                f"no packet came from {transport.participant} ({transport.room.id}), who was to send to {told}: either "
                f"their network lets nothing through, or these addresses (media.addresses, announced_ip) cannot be "
                f"reached from there"
            )
        )

    def _announce(self, transport: MediaTransport, state: str) -> None:
        self.runtime.emit(TransportState(transport.room.id, transport.participant, transport.id, state))

    def _credentials(self) -> IceCredentials:
        return IceCredentials(secrets.token_hex(8), secrets.token_hex(16))

    def _ice_parameters(self, transport: MediaTransport) -> dict[str, Any]:
        current = transport.ice.current
        return {
            "usernameFragment": current.username_fragment,
            "password": current.password,
            "iceLite": True,
        }

    # -- producers ------------------------------------------------------------------------------------------------

    def produce(self, transport_id: str, kind: str, rtp_parameters: object, source: str, track: int) -> str:
        """Start receiving a source; returns the producer's id."""
        transport = self.transport(transport_id)
        if transport.direction != "send":
            raise RelayError("wrong_direction", "produce needs a send transport")
        if len(transport.producers) >= MAX_PRODUCERS_PER_TRANSPORT:
            raise RelayError("limit", f"a transport may have {MAX_PRODUCERS_PER_TRANSPORT} producers")
        format = read_producer_parameters(kind, rtp_parameters, h264=self.h264)
        ssrcs = [ssrc for one in format.encodings for ssrc in (one.ssrc, one.rtx_ssrc)]
        if any(transport.has_ssrc(ssrc) for ssrc in ssrcs):
            raise RelayError(
                "bad_rtp_parameters", "the SSRC is already used by another producer of this transport"
            )
        if format.mid and any(other.format.mid == format.mid for other in transport.producers):
            raise RelayError(
                "bad_rtp_parameters", "the mid is already used by another producer of this transport"
            )
        producer = Producer(
            id=self.runtime.identifier("pro"),
            room=transport.room,
            transport=transport,
            format=format,
            source=source,
            track=track,
        )
        transport.add_producer(producer)
        self.producers[producer.id] = producer
        transport.room.compile()
        return producer.id

    def producer(self, id: str) -> Producer:
        """Look up a producer."""
        return _found(self.producers, id, "producer")

    def close_producer(self, id: str) -> None:
        """Close it and its consumers; the room's counts stay."""
        producer = self.producer(id)
        producer.room.settle()
        for consumer in list(producer.consumers):
            self.close_consumer(consumer.id)
        del self.producers[id]
        producer.transport.remove_producer(producer)
        producer.release()

    def pause_producer(self, id: str, paused: bool) -> None:
        """The owner's own mute."""
        producer = self.producer(id)
        producer.room.settle()
        producer.paused = paused
        producer.room.compile()

    def request_key_frame(self, id: str) -> None:
        """Ask the publisher for a key frame, at most once a second."""
        self.producer(id).request_key_frame(self.runtime.now_s())

    # -- consumers ------------------------------------------------------------------------------------------------

    def consume(self, transport_id: str, producer_id: str, rtp_capabilities: object) -> dict[str, Any]:
        """A paused consumer, in the shape of transport.consume; refused unless the graph has the edge."""
        transport, producer = self.transport(transport_id), self.producer(producer_id)
        if transport.direction != "recv":
            raise RelayError("wrong_direction", "consume needs a receive transport")
        if transport.room is not producer.room or not transport.room.permits(
            (producer.participant, transport.participant)
        ):
            raise RelayError(
                "edge_forbidden", "the forwarding graph does not let this participant receive that producer"
            )
        if len(transport.consumers) >= MAX_CONSUMERS_PER_TRANSPORT:
            raise RelayError("limit", f"a transport may have {MAX_CONSUMERS_PER_TRANSPORT} consumers")
        ssrc, rtx_ssrc = self.runtime.fresh_ssrc(), self.runtime.fresh_ssrc()
        mid = consumer_mid(transport.consumers_made)
        format = consumer_parameters(
            producer.format.codec,
            rtp_capabilities,
            ssrc=ssrc,
            rtx_ssrc=rtx_ssrc,
            mid=mid,
            cname=producer.cname,
        )
        transport.consumers_made += 1
        if format.transport_cc:
            transport.number_packets()
        consumer = Consumer(
            id=self.runtime.identifier("con"),
            producer=producer,
            transport=transport,
            ssrc=ssrc,
            rtx_ssrc=rtx_ssrc,
            rtx=format.rtx,
            mid=mid,
            first_number=self.runtime.first_number(),
            transport_cc=format.transport_cc,
        )
        producer.consumers.append(consumer)
        transport.consumers.append(consumer)
        self.consumers[consumer.id] = consumer
        return {
            "id": consumer.id,
            "producerId": producer.id,
            "kind": producer.format.kind,
            "rtpParameters": format.rtp_parameters,
            "producerPaused": producer.paused,
            "type": "simple" if producer.layers is None else "simulcast",
        }

    def consumer(self, id: str) -> Consumer:
        """Look up a consumer."""
        return _found(self.consumers, id, "consumer")

    def pause_consumer(self, id: str, paused: bool) -> None:
        """Stop or start forwarding; a resumed video consumer waits for a key frame, which is requested."""
        consumer = self.consumer(id)
        consumer.paused = paused
        consumer.producer.room.compile()

    def set_preferred_layers(self, id: str, spatial_layer: int, priority: int) -> None:
        """The largest layer the viewer has use for, and the consumer's rank among theirs."""
        self.consumer(id).prefer(spatial_layer, priority)

    def close_consumer(self, id: str) -> None:
        """Close it; the room's counts stay."""
        consumer = self.consumer(id)
        room = consumer.producer.room
        room.settle()
        consumer.transport.downlink.drop(consumer)
        del self.consumers[id]
        consumer.producer.consumers.remove(consumer)
        consumer.transport.consumers.remove(consumer)
        room.compile()

    # -- rooms ----------------------------------------------------------------------------------------------------

    def set_graph(self, room_id: str, graph: Graph) -> None:
        """Replace the room's graph."""
        self.room(room_id).set_graph(graph)

    def set_tap(self, room_id: str, path: str | None, epoch_ns: int | None) -> None:
        """Set the recorder's socket, and the time that arrivals are stamped by."""
        if epoch_ns is not None:
            self.runtime.epoch_ns = epoch_ns
        self.room(room_id).set_tap(path)

    def statistics(self, room_id: str) -> dict[str, Any]:
        """The room's counters; all empty for a room that does not exist."""
        room = self.rooms.get(room_id)
        return Room(room_id, self.runtime).statistics() if room is None else room.statistics()


def _found(table: dict[str, T], id: str, kind: str) -> T:
    try:
        return table[id]
    except KeyError:
        raise RelayError(
            f"no_such_{kind}", f"there is no {kind} with this id (it may have been closed)"
        ) from None
