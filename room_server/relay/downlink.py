"""What one viewer's line carries, and what is sent over it: reports in; layers, pace and probes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from room_server.relay.allocation import Allocation, Demand
from room_server.relay.fanout import SENT_KEPT
from room_server.relay.pacer import Pacer, Waiting
from room_server.relay.rtp.bandwidth import Arrival, BandwidthEstimator
from room_server.relay.rtp.probing import ProbePlan, packet_count, packet_size
from room_server.relay.rtp.twcc import CLOCK_PERIOD_US, ArrivalReport

if TYPE_CHECKING:
    from room_server.relay.consumer import Consumer
    from room_server.relay.media_transport import MediaTransport
    from room_server.relay.stream import Stream

TICK_S = 0.005
OVERHEAD = 1.06
"""SRTP's tag and our header extensions beside what was received."""
SOUND_BPS = 64_000
"""Kept free for whoever speaks next, also while all are silent."""
SPARE = 1.1
PEAKS_FADE = 0.9
"""A second later; the rates of pictures move. Only larger ones are judged so: a key frame is no reason to end a small
picture, and would be sent again at its return."""
CLEARLY_MORE = 1.3
CLOGGED_S, CLEAR_S = 0.5, 0.2
"""Pictures wait until a queue as long as this on the way has emptied to that."""
CLOGGED_FOR_S = 3.0
"""But not longer: where nothing is sent nothing is reported."""
LEAST_FOR_PICTURES = 0.25
PACED_FOR_S = 2.0
"""After everything fits again the pace is kept for a while: the picture may have to shrink again."""
SHRINKS_AT_ONCE = 1.2
LEAST_PADDING, MOST_PADDING = 80, 255
PACKET_BYTES = 28 + 16
"""Of a packet beside its payload or padding: headers and SRTP's tag."""


REMB_LOSS = 0.02
UNHINDERED_BPS = 100e6


class Downlink:
    """Of one receive transport. Where the peer sends no reports of arrivals it follows their REMB while packets are lost,
    and otherwise sends it all."""

    def __init__(self, transport: MediaTransport) -> None:
        self._transport = transport
        self._runtime = transport.room.runtime
        self.estimator = BandwidthEstimator()
        self._allocation, self._plan = Allocation(), ProbePlan()
        self._pacer: Pacer[Consumer] = Pacer()
        self._sent: Any = None
        self._reported = -1
        self._missing: set[int] = set()
        self._arrived_us, self._turns = 0, 0
        self._ticking = self._clogged = False
        self._clogged_since_s: float | None = None
        self._withheld_s = float("-inf")
        self._paced = self._withholding = self._holding_back = False
        self._bytes_out, self._measured_s = 0, 0.0
        self._octets: dict[Consumer, int] = {}
        self._rates: WeakKeyDictionary[Stream, tuple[float, float]] = WeakKeyDictionary()
        self._sending_bps = self._sound_bps = 0.0
        self._probe_rate_bps = 0.0
        self._probe_left = self._probe_size = self._probe_sent = 0
        self._probe_began_s = 0.0
        self.probes = self.padding_bytes = 0

    # -- reports --------------------------------------------------------------------------------------------------

    def number_packets(self) -> None:
        """The peer reports arrivals of numbered packets: remember when they were sent."""
        if self._sent is None:
            self._sent = self._runtime.fanout.begin_numbering(self._transport.path)

    def receive_feedback(self, report: ArrivalReport, now_s: float) -> None:
        """What the peer says arrived. A number is believed once, and only while it is remembered."""
        if self._sent is None:
            return
        arrivals, lost = self._match(report)
        if arrivals or lost:
            self.estimator.receive(arrivals, lost, now_s)

    def _match(self, report: ArrivalReport) -> tuple[list[Arrival], int]:
        numbers, missing, reported = int(self._transport.path.numbers), self._missing, self._reported
        begin = numbers - ((numbers - report.first - 1) & 0xFFFF) - 1
        first = max(begin, numbers - SENT_KEPT, 0)
        arrivals_us = report.arrivals_us[first - begin : numbers - begin]
        records = self._runtime.fanout.sent_records(self._sent, first, len(arrivals_us))
        now_us = time.monotonic_ns() // 1000
        arrivals: list[Arrival] = []
        lost = 0
        for extended, (arrived_us, (at_us, size, _)) in enumerate(
            zip(arrivals_us, records, strict=True), first
        ):
            if arrived_us is None:
                if extended > reported:
                    missing.add(extended)
                    lost += 1
                continue
            if extended <= reported:
                if extended not in missing:
                    continue  # reported before
                missing.discard(extended)
                lost -= 1
            sent_us = now_us - ((now_us - at_us) & 0xFFFFFFFF)
            arrivals.append((extended, sent_us, self._unturned(arrived_us), size))
        self._reported = max(reported, first + len(arrivals_us) - 1)
        if len(missing) > SENT_KEPT:
            self._missing = {number for number in missing if number >= numbers - SENT_KEPT}
        return arrivals, lost

    def _unturned(self, arrived_us: int) -> int:
        """The peer's clock starts again after twelve days."""
        if arrived_us < self._arrived_us - CLOCK_PERIOD_US // 2:
            self._turns += 1
        elif arrived_us > self._arrived_us + CLOCK_PERIOD_US // 2 and self._turns:
            return arrived_us + (self._turns - 1) * CLOCK_PERIOD_US
        self._arrived_us = arrived_us
        return arrived_us + self._turns * CLOCK_PERIOD_US

    def restart(self) -> None:
        """The peer is on another path: what was known of the old one says nothing."""
        self.estimator = BandwidthEstimator()
        self._allocation.forget()
        self._clogged = self._withholding = self._holding_back = False
        for one in self._transport.consumers:
            one.allowed_layer = len(one.producer.streams) - 1

    @property
    def estimate_bps(self) -> float | None:
        """What the path carries; None where the peer never said anything to tell it by."""
        if self.estimator.heard:
            return self.estimator.bps
        consumers = self._transport.consumers
        told = [one.estimate_bps for one in consumers if one.estimate_bps is not None]
        if not told:
            return None
        # Such an estimate follows what was received. Without loss it says nothing of the path, and pictures that are
        # withheld because of it would be withheld for ever.
        losing = any(one.active and one.fraction_lost > REMB_LOSS for one in consumers)
        return float(max(told)) if losing else UNHINDERED_BPS

    # -- decisions ------------------------------------------------------------------------------------------------

    def adjust(self, now_s: float) -> None:
        """Decide anew what is sent; to be called some times a second."""
        estimate_bps = self.estimate_bps
        if estimate_bps is None:
            return
        self._measure(now_s)
        outcome = self.estimator.settle_probe(now_s)
        if outcome is not None:
            self._plan.finished(now_s, success=outcome)
        if not self._withholding and not self._paced and estimate_bps > CLEARLY_MORE * self._sending_bps:
            return  # everything is sent, and there is room: the usual case
        self._notice_queue(now_s)
        videos = self._videos()
        demands = [self._demand(one, now_s) for one in videos]
        sound_bps = self._sound_need()
        budget_bps = 0.0 if self._clogged else estimate_bps - sound_bps
        # Where nothing could find out that there is room again, no picture may be held back for good.
        limited = (self.estimator.limited or not self.estimator.heard) and self._carrier() is not None
        allowed = self._allocation.decide(demands, budget_bps, now_s, hold_back=limited)
        self._apply(videos, demands, allowed, budget_bps)
        if self._withholding:
            self._withheld_s = now_s
        self._set_pace(max(estimate_bps - sound_bps, LEAST_FOR_PICTURES * estimate_bps), now_s)
        wanted_bps = (sum(one.layers[-1][1] for one in demands if one.layers) + sound_bps) * SPARE
        self._probe(estimate_bps, wanted_bps, now_s)

    def _measure(self, now_s: float) -> None:
        since_s = now_s - self._measured_s
        if since_s < 0.05:
            return
        octets = {
            one: int(one.state.octets) + PACKET_BYTES * int(one.state.forwarded)
            for one in self._transport.consumers
            if one.producer.format.kind == "audio"
        }
        spoken = sum(count - self._octets.get(one, count) for one, count in octets.items())
        bytes_out = int(self._transport.path.bytes_out)
        # Quickly up and slowly down: a pause between two words, or two pictures, is no end.
        sending_bps, sound_bps = (bytes_out - self._bytes_out) * 8 / since_s, spoken * 8 / since_s
        self._sending_bps = max(sending_bps, 0.8 * self._sending_bps)
        self._sound_bps = max(sound_bps, 0.95 * self._sound_bps)
        self._octets, self._bytes_out, self._measured_s = octets, bytes_out, now_s

    def _sound_need(self) -> float:
        """What is kept for sound; none where the estimate is of the pictures alone, as sound is not numbered."""
        sounds = [one for one in self._octets if one.active and one.transport_cc]
        if self.estimator.heard and not sounds:
            return 0.0
        return max(SOUND_BPS, SPARE * self._sound_bps) if self._octets else 0.0

    def _notice_queue(self, now_s: float) -> None:
        queue_s = self.estimator.queue_s if self.estimator.limited else 0.0
        if queue_s <= CLEAR_S:
            self._clogged, self._clogged_since_s = False, None
        elif queue_s > CLOGGED_S and self._clogged_since_s is None:
            self._clogged, self._clogged_since_s = True, now_s
        elif self._clogged_since_s is not None and now_s - self._clogged_since_s > CLOGGED_FOR_S:
            self._clogged = False

    def _videos(self) -> list[Consumer]:
        return [
            one for one in self._transport.consumers if one.active and one.producer.format.kind == "video"
        ]

    def _demand(self, consumer: Consumer, now_s: float) -> Demand:
        streams = consumer.producer.streams
        live = [(one.layer, self._rate(one, now_s)) for one in streams if one.live(now_s)]
        if live:
            live[0] = live[0][0], OVERHEAD * streams[live[0][0]].bitrate_bps(now_s)
        fitting = [one for one in live if one[0] <= consumer.preferred_layer] or live[:1]
        return Demand(consumer.id, consumer.priority, fitting)

    def _rate(self, stream: Stream, now_s: float) -> float:
        """What a stream costs, from its peaks of the last seconds: what stands still now moves in a moment."""
        measured_bps = OVERHEAD * stream.bitrate_bps(now_s)
        rate_bps, at_s = self._rates.get(stream, (0.0, now_s))
        rate_bps = max(measured_bps, float(rate_bps * PEAKS_FADE ** (now_s - at_s)))
        self._rates[stream] = rate_bps, now_s
        return rate_bps

    def _apply(
        self,
        videos: list[Consumer],
        demands: list[Demand],
        allowed: dict[str, int | None],
        budget_bps: float,
    ) -> None:
        spent_bps = 0.0
        self._withholding = self._holding_back = False
        shrinking: list[Consumer] = []
        for consumer, demand in zip(videos, demands, strict=True):
            if not demand.layers:
                continue
            layer, wish = allowed[demand.id], demand.layers[-1][0]
            rates = dict(demand.layers)
            current = consumer.current_layer
            spent_bps += rates.get(current, 0.0) if current is not None else 0.0
            if layer is not None and current is not None and current > layer:
                shrinking.append(consumer)
            self._withholding |= layer is None or layer < wish
            self._holding_back |= layer is None
            # Nothing withheld: also a layer that comes later may be sent.
            consumer.allowed_layer = len(consumer.producer.streams) - 1 if layer == wish else layer
        if self.estimator.limited and spent_bps > SHRINKS_AT_ONCE * max(budget_bps, 1.0):
            # Waiting for the smaller picture's key frame with the large one on the line would cost the sound.
            for consumer in shrinking:
                consumer.give_up()

    # -- pace -----------------------------------------------------------------------------------------------------

    def _set_pace(self, left_bps: float, now_s: float) -> None:
        self._pacer.pace(left_bps)
        paced = now_s - self._withheld_s < PACED_FOR_S
        if self._paced and not paced and len(self._pacer):
            return  # in order: what waits goes first
        self._paced = paced
        for one in self._transport.consumers:
            one.state.paced = paced and one.producer.format.kind == "video"

    def hold(self, consumer: Consumer, packet: bytes, number: int) -> bool:
        """Whether a picture's packet has to wait; then it is sent later, or given up with what waits before it."""
        now_s = self._runtime.now_s()
        if self._pacer.admits(len(packet), now_s):
            return False
        if self._pacer.hold(Waiting(consumer, packet, number)):
            self._tick_soon()
        else:
            consumer.give_up(number)
        return True

    def send_repair(self, consumer: Consumer, packet: bytes, now_s: float) -> None:
        """Send a retransmission, at the viewer's pace."""
        if not self._paced:
            self._send(Waiting(consumer, packet, None), now_s)
        elif self._pacer.repair(Waiting(consumer, packet, None)):
            self._tick_soon()

    def holds(self, consumer: Consumer) -> bool:
        """Whether anything waits for this one."""
        return self._pacer.holds(consumer)

    def drop(self, consumer: Consumer) -> list[int]:
        """Nothing that waits for this one may be sent any more; the numbers that were given to it."""
        return self._pacer.drop(lambda owner: owner is consumer) if len(self._pacer) else []

    def _tick_soon(self) -> None:
        if not self._ticking:
            self._ticking = True
            self._runtime.later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._ticking = False
        now_s = self._runtime.now_s()
        if self._transport.outbound is None:
            return
        for waiting in self._pacer.due(now_s):
            self._send(waiting, now_s)
        if self._probe_left:
            self._continue_probe(now_s)
        if len(self._pacer) or self._probe_left:
            self._tick_soon()

    def _send(self, waiting: Waiting[Consumer], now_s: float) -> None:
        consumer = waiting.owner
        if not self._transport.room.permits(consumer.edge):
            consumer.state.forbidden += 1
            return
        numbered = consumer.transport_cc
        if not self._runtime.fanout.send_rtp(self._transport, waiting.packet, numbered=numbered, now_s=now_s):
            return
        if waiting.number is None:
            consumer.retransmitted += 1
        else:
            consumer.state.forwarded += 1
            consumer.state.octets += len(waiting.packet) - 28

    # -- probes ---------------------------------------------------------------------------------------------------

    def _probe(self, estimate_bps: float, wanted_bps: float, now_s: float) -> None:
        if self._probe_left or self.estimator.probe is not None or self._clogged:
            return
        carrier = self._carrier()
        if carrier is None:
            return
        rate_bps = self._plan.due(
            now_s, estimate_bps=estimate_bps, wanted_bps=wanted_bps, calm_since_s=self.estimator.lowered_s
        )
        if rate_bps is None:
            return
        self._probe_rate_bps, self._probe_began_s, self._probe_sent = rate_bps, now_s, 0
        size = packet_size(rate_bps, LEAST_PADDING + PACKET_BYTES, MOST_PADDING + PACKET_BYTES)
        self._probe_size, self._probe_left = size - PACKET_BYTES, packet_count(rate_bps, size)
        self.probes += 1
        if self.estimator.heard:
            self.estimator.begin_probe(int(self._transport.path.numbers), rate_bps, now_s)
        else:
            self._plan.finished(now_s, success=False)
        self._continue_probe(now_s)

    def _carrier(self) -> Consumer | None:
        """A stream whose retransmissions can carry padding."""
        return next(
            (one for one in self._transport.consumers if one.rtx and one.active and not one.paused), None
        )

    def _continue_probe(self, now_s: float) -> None:
        carrier = self._carrier()
        due_bytes = self._probe_rate_bps * (now_s - self._probe_began_s + TICK_S) / 8
        size = self._probe_size + PACKET_BYTES
        while carrier is not None and self._probe_left and self._probe_sent * size < due_bytes:
            packet = carrier.padding(self._probe_size)
            self._runtime.fanout.send_rtp(self._transport, packet, numbered=carrier.transport_cc, now_s=now_s)
            self._probe_sent += 1
            self._probe_left -= 1
            self.padding_bytes += size
        if carrier is None:
            self._probe_left = 0
        if self._probe_left:
            self._tick_soon()
        elif self.estimator.heard:
            self.estimator.end_probe(int(self._transport.path.numbers) - 1)

    # -- told -----------------------------------------------------------------------------------------------------

    @property
    def worst_score(self) -> int:
        """The best score a connection that is as narrow as this one can have."""
        return 2 if self._holding_back else 3 if self._withholding else 4

    def statistics(self) -> dict[str, Any]:
        """For `stats`."""
        estimate_bps = self.estimate_bps
        return {
            "estimate_bps": None if estimate_bps is None else round(estimate_bps),
            "source": "transport-cc" if self.estimator.heard else None if estimate_bps is None else "remb",
            "limited": self.estimator.limited,
            "loss": round(self.estimator.loss, 4),
            "queue_ms": round(self.estimator.queue_s * 1000, 1),
            "paced": self._paced,
            "waiting_bytes": self._pacer.waiting_bytes,
            "probes": self.probes,
            "padding_bytes": self.padding_bytes,
        }
