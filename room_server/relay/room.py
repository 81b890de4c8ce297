"""A room of the relay: its graph in force, its transports and streams, and its ledger of packets per edge."""

from __future__ import annotations

import asyncio
from typing import Any

from room_server.relay.events import ActiveSpeakerChanged, Quality
from room_server.relay.forwarding import Edge, EdgeLedger, Graph, refusal_of
from room_server.relay.media_transport import MediaTransport
from room_server.relay.producer import Producer
from room_server.relay.quality import quality_score
from room_server.relay.runtime import Runtime
from room_server.relay.speaker import ActiveSpeaker
from room_server.relay.tap import Tap

_NO_EDGES: frozenset[Edge] = frozenset()


class Room:
    """Everything here belongs to one proceeding; no object of it is reachable from another room."""

    def __init__(self, id: str, runtime: Runtime) -> None:
        self.id, self.runtime = id, runtime
        self.graph: Graph | None = None
        self.edges: frozenset[Edge] = _NO_EDGES
        self.allowed_since_s: dict[Edge, float] = {}
        self.ledger = EdgeLedger()
        self.speaker = ActiveSpeaker()
        self.transports: dict[str, MediaTransport] = {}
        # Names the graph in force; a subscriber carries the one its edge was permitted under.
        self.token_cell = runtime.fanout.new_token_cell()
        self.token_cell[0] = runtime.fresh_token()
        self.tap: Tap | None = None

    @property
    def producers(self) -> list[Producer]:
        """All producers in the room."""
        return [producer for transport in self.transports.values() for producer in transport.producers]

    @property
    def token(self) -> int:
        """Of the graph in force."""
        return int(self.token_cell[0])

    def permits(self, edge: Edge) -> bool:
        """Whether the graph in force lets media pass along this edge."""
        return edge in self.edges

    # -- what is in force -----------------------------------------------------------------------------------------

    def set_graph(self, graph: Graph) -> None:
        """Replace the graph; when this returns no packet goes by the old one."""
        self.settle()
        now_s = self.runtime.now_s()
        kept = self.allowed_since_s
        self.allowed_since_s = {edge: kept.get(edge, now_s) for edge in graph.edges}
        self.graph, self.edges = graph, graph.edges
        self.token_cell[0] = self.runtime.fresh_token()
        self.compile()

    def set_tap(self, path: str | None) -> None:
        """Send recorded participants' packets to this Unix datagram socket, or to nobody."""
        if self.tap is not None:
            self.tap.close()
        line = self.runtime.fanout.new_tap_line()
        self.tap = None if path is None else Tap(path, asyncio.get_running_loop(), line)
        for producer in self.producers:
            producer.tapped = False  # so that a key frame is requested for the new recorder
        self.compile()

    def receivers(self) -> set[str]:
        """Participants that could receive: those with a receive transport."""
        return {t.participant for t in self.transports.values() if t.direction == "recv"}

    def settle(self) -> None:
        """Book what was counted since the last time. Call before the graph, a mute or the receivers change."""
        self.runtime.receiver.settle()
        receivers = self.receivers()
        for producer in self.producers:
            if producer.offered or producer.shut:
                self.ledger.settle(
                    producer.participant,
                    offered=producer.offered,
                    shut=producer.shut,
                    receivers=receivers,
                    graph=self.graph,
                )
                producer.offered = producer.shut = 0
            for consumer in producer.consumers:
                self.ledger.forwarded[consumer.edge] += consumer.state.forwarded - consumer.packets_settled
                self.ledger.retransmitted[consumer.edge] += consumer.retransmitted
                self.ledger.forwarded_while_forbidden[consumer.edge] += consumer.state.forbidden
                consumer.packets_settled = consumer.state.forwarded
                consumer.retransmitted = consumer.state.forbidden = 0

    def compile(self) -> None:
        """Derive every door, tap and fan-out from the graph and the state of the streams."""
        self.runtime.receiver.recall()
        now_s = self.runtime.now_s()
        for producer in self.producers:
            recorded = self.graph is not None and producer.participant in self.graph.recorded
            tapped = recorded and self.tap is not None
            refusal = refusal_of(
                self.graph, producer.participant, producer.source, paused=producer.paused, tapped=recorded
            )
            wants_key_frame = producer.open_door(refusal) or (tapped and not producer.tapped)
            producer.record(tapped)
            if refusal is not None and producer.format.kind == "audio":
                self.speaker.forget(producer.participant)
            viewers = []
            for consumer in producer.consumers:
                active = (
                    refusal is None
                    and not consumer.paused
                    and consumer.edge in self.edges
                    and consumer.transport.outbound is not None
                )
                consumer.state.graph = self.token if consumer.edge in self.edges else 0
                consumer.activate(active)
                if active:
                    viewers.append(consumer)
            producer.serve(viewers, now_s)
            if wants_key_frame and refusal is None:
                producer.request_key_frame(now_s)

    # -- timers ---------------------------------------------------------------------------------------------------

    def decide_speaker(self, now_s: float) -> None:
        """Announce a change of the active speaker."""
        if self.speaker.decide(now_s):
            self.runtime.emit(ActiveSpeakerChanged(self.id, self.speaker.current))

    def rate_quality(self) -> None:
        """Announce every connected participant's quality."""
        for participant in sorted(
            {t.participant for t in self.transports.values() if t.outbound is not None}
        ):
            own = [t for t in self.transports.values() if t.participant == participant]
            losses = [p.uplink_loss for t in own for p in t.producers if not p.silent]
            losses += [c.fraction_lost for t in own for c in t.consumers if c.active]
            loss = max(losses, default=0.0)
            trips = [trip for t in own if (trip := t.round_trip_s()) is not None]
            rtt_ms = round(max(trips) * 1000, 1) if trips else None
            score = 1 if any(t.state == "disconnected" for t in own) else quality_score(loss, rtt_ms)
            score = min([score, *(t.downlink.worst_score for t in own)])
            protocols = {t.endpoint.protocol for t in own if t.endpoint is not None}
            protocol = min(protocols, default=None)  # TCP is the slower one, and the first by its letters
            self.runtime.emit(Quality(self.id, participant, score, round(loss, 4), rtt_ms, protocol))

    def last_authentic_s(self, participant: str) -> float:
        """When anything authentic last came from the participant on any transport."""
        times = [
            t.last_authentic_s
            for t in self.transports.values()
            if t.participant == participant and t.last_authentic_s is not None
        ]
        return max(times, default=float("-inf"))

    def statistics(self) -> dict[str, Any]:
        """Producers, edges, transports, the tap and the graph's version."""
        self.settle()
        now_s = self.runtime.now_s()
        return {
            "producers": {producer.id: producer.statistics(now_s) for producer in self.producers},
            "edges": self.ledger.to_json(),
            "consumers": {
                consumer.id: consumer.statistics()
                for producer in self.producers
                for consumer in producer.consumers
            },
            "transports": {transport.id: transport.statistics() for transport in self.transports.values()},
            "tap": None
            if self.tap is None
            else {"sent": self.tap.sent, "waiting": self.tap.waiting, "dropped": self.tap.dropped},
            "graph_version": None if self.graph is None else self.graph.version,
        }
