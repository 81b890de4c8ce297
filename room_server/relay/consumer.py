"""One subscriber of one producer: its own SSRC, mid and continuous numbering."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from struct import pack, pack_into
from typing import TYPE_CHECKING, Any

from room_server.relay.fanout import PAYLOAD_OFFSET
from room_server.relay.forwarding import Edge
from room_server.relay.ortc import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID, MID_ID
from room_server.relay.rtp.layer_shift import Progress, Shift, continuing, move_packet, read_progress
from room_server.relay.rtp.packet import ONE_BYTE_PROFILE
from room_server.relay.rtp.picture_run import RunPacket
from room_server.relay.rtp.reception import ntp_from_unix, round_trip_s
from room_server.relay.rtp.retransmission import pack_rtx
from room_server.relay.rtp.rtcp import (
    ReportBlock,
    SenderReport,
    build_sender_report,
    build_source_description,
)
from room_server.relay.rtp.sequence import SequenceMap
from room_server.relay.rtp.vp8 import descriptor_places

if TYPE_CHECKING:
    from room_server.relay.media_transport import MediaTransport
    from room_server.relay.producer import Producer
    from room_server.relay.stream import Stream

# Every forwarded packet has the same layout, so that a subscriber's part is one slice: SSRC, the extension block's
# header and the mid. The elements after it are the same for all subscribers.
EXTENSION_WORDS = (PAYLOAD_OFFSET - 12 - 4) // 4
LEVEL_ELEMENT = AUDIO_LEVEL_ID << 4
SEND_TIME_ELEMENT = ABS_SEND_TIME_ID << 4 | 2
MID_LENGTH = 4
RESEND_INTERVAL_S = 0.03
RESENDS_PER_S = 400
STAYS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Stay:
    """What a viewer was sent from one stream, and how: to answer NACKs for it after they went to another layer.

    `times` are the RTP timestamps of packets that were not sent with their own.
    """

    stream: Stream
    numbers: SequenceMap
    shift: Shift
    times: dict[int, int]


class Consumer:
    """State of one forwarded stream; paused when made.

    `stream` is the layer it is served from, and `target_layer` the one it should be served from: the highest live one
    up to `preferred_layer`, which the viewer has use for, and `allowed_layer`, which their bandwidth allows. `priority`
    (0 to 255) ranks a viewer's consumers when the bandwidth is divided.
    """

    __slots__ = (
        "_allowed_layer",
        "_left",
        "_past",
        "_resend_budget",
        "_resend_window_s",
        "_resent",
        "_rtx_number",
        "_times",
        "active",
        "behind",
        "edge",
        "estimate_bps",
        "fraction_lost",
        "head",
        "id",
        "mid",
        "numbers",
        "packets_settled",
        "paused",
        "preferred_layer",
        "priority",
        "producer",
        "retransmitted",
        "round_trip_s",
        "rtx",
        "rtx_ssrc",
        "shift",
        "ssrc",
        "state",
        "stream",
        "target_layer",
        "transport",
        "transport_cc",
    )

    def __init__(
        self,
        *,
        id: str,
        producer: Producer,
        transport: MediaTransport,
        ssrc: int,
        rtx_ssrc: int,
        rtx: bool,
        mid: str,
        first_number: int,
        transport_cc: bool = False,
    ) -> None:
        self.id, self.producer, self.transport = id, producer, transport
        self.stream = producer.streams[0]
        self.ssrc, self.rtx_ssrc, self.rtx, self.mid = ssrc, rtx_ssrc, rtx, mid
        self.transport_cc = transport_cc
        self.edge: Edge = (producer.participant, transport.participant)
        self.head = pack(
            ">IHHB4s", ssrc, ONE_BYTE_PROFILE, EXTENSION_WORDS, MID_ID << 4 | (MID_LENGTH - 1), mid.encode()
        )
        self.state = producer.room.runtime.fanout.new_state(transport.path, self.head)
        self.numbers = SequenceMap(first_number + 0x10000, position=self.state)
        self.state.numbered = transport_cc
        self.paused = True
        self.active = False
        self.state.needs_key_frame = producer.format.kind == "video"
        # What is to be sent before the live packets, and those that came meanwhile, in order.
        self.behind: deque[RunPacket] = deque()
        self._times: dict[int, int] = {}
        self.shift = Shift()
        self._past: deque[Stay] = deque(maxlen=STAYS_KEPT)
        self._left: Progress | None = None
        self.preferred_layer = len(producer.streams) - 1
        self._allowed_layer: int | None = self.preferred_layer
        self.priority = 1
        self.target_layer: int | None = None if len(producer.streams) > 1 else 0
        self.retransmitted = self.packets_settled = 0
        self.fraction_lost = 0.0
        self.round_trip_s: float | None = None
        self.estimate_bps: int | None = None
        self._rtx_number = first_number
        self._resent: dict[int, float] = {}
        self._resend_window_s = 0.0
        self._resend_budget = RESENDS_PER_S

    def activate(self, active: bool) -> bool:
        """Follow the room's decision whether packets flow here; True if a key frame is needed now."""
        if active == self.active:
            return False
        self.active = active
        if not active:
            self._leave()
            return False
        return self.producer.format.kind == "video"

    def _leave(self, *unsent: int) -> None:
        """Nothing is sent from here on, until there is a key frame to begin with. `unsent`: numbers that were given."""
        waiting = self.transport.downlink.drop(self) if self.state.paced else []
        self.numbers.take_back([*waiting, *unsent])
        self.numbers.interrupt()
        self.behind.clear()
        if self.producer.format.kind == "video" and not self.state.needs_key_frame:
            self._left = self._sent()
            self.state.needs_key_frame = True

    def begin_with(self, stream: Stream, run: list[RunPacket]) -> None:
        """Start with what a stream has kept since its last key frame; `advance` sends it."""
        first = run[0]
        assert first.packet is not None  # a key frame's first packet
        counters = read_progress(
            first.packet, descriptor_places(first.packet, PAYLOAD_OFFSET, len(first.packet))
        )
        self.join(stream, Progress(first.rtp_timestamp, counters.counters))
        self.behind = deque(run)
        # A retransmission must not give a packet another time than it had when it was first sent.
        self._times = {kept.extended: kept.rtp_timestamp for kept in run}
        self.state.needs_key_frame = False

    def interrupt(self) -> None:
        """The stream does not go on where it was: what is left to send would have no sequel."""
        if self.behind or (self.state.paced and self.transport.downlink.holds(self)):
            self._leave()
        self.numbers.interrupt()

    def give_up(self, *unsent: int) -> None:
        """The viewer's line is too narrow for this picture: what waits is not sent any more, and the layer that fits
        begins with its next key frame. `unsent`: numbers that were given."""
        self._leave(*unsent)
        self.producer.reconsider(turned=False)

    # -- layers ---------------------------------------------------------------------------------------------------

    @property
    def allowed_layer(self) -> int | None:
        """The highest layer the viewer's bandwidth allows; None: the picture is held back."""
        return self._allowed_layer

    @allowed_layer.setter
    def allowed_layer(self, layer: int | None) -> None:
        if layer == self._allowed_layer:
            return
        turned = (layer is None) != (self._allowed_layer is None)
        self._allowed_layer = layer
        if layer is None:
            self._leave()
        self.producer.reconsider(turned=turned)

    @property
    def current_layer(self) -> int | None:
        """The layer whose pictures the viewer gets; None while there is none they can begin with."""
        return None if self.state.needs_key_frame else self.stream.layer

    @property
    def highest_wanted(self) -> int:
        """The layer to go up to, as far as it is live."""
        allowed = self._allowed_layer
        return self.preferred_layer if allowed is None else min(self.preferred_layer, allowed)

    def prefer(self, layer: int, priority: int) -> None:
        """What the viewer has use for; a layer that the publisher does not have stands for the highest."""
        self.preferred_layer = min(layer, len(self.producer.streams) - 1)
        self.priority = priority
        self.producer.reconsider(turned=False)

    def join(self, stream: Stream, first: Progress) -> None:
        """Be served from this stream from now on, continuing what was sent before with `first`, a key frame's first
        packet as the stream has it."""
        if stream is self.stream:
            self.state.needs_key_frame = False
            return
        last = self._left if self.state.needs_key_frame else self._sent()
        self._past.append(Stay(self.stream, self.numbers.concluded(), self.shift, self._times))
        self.stream, self._times = stream, {}
        self.numbers = SequenceMap(self.numbers.highest_out + 1, position=self.state)
        self.shift = shift = continuing(last, first, self.producer.offset_of(stream))
        state = self.state
        state.timestamp_delta, state.picture_id_delta, state.tl0_delta = (
            shift.timestamp,
            shift.picture_id,
            shift.tl0,
        )
        state.moved = shift.moves
        state.needs_key_frame = False

    def sent_up_to(self, stream: Stream) -> int:
        """The newest number of this stream that the viewer was sent; -1 for none."""
        if stream is self.stream:
            return self.numbers.highest_in
        return max((stay.numbers.highest_in for stay in self._past if stay.stream is stream), default=-1)

    def _sent(self) -> Progress | None:
        """How far the viewer has come, as they see it."""
        progress = self.stream.progress()
        return None if progress is None else progress.moved(self.shift)

    # -- sending --------------------------------------------------------------------------------------------------

    def advance(self, count: int, now_s: float) -> bool:
        """Send up to `count` packets of what this viewer is behind; True if the live ones are next."""
        room = self.producer.room
        while self.behind and count > 0:
            kept = self.behind.popleft()
            if kept.packet is None:
                self.numbers.skip(kept.extended)
                continue
            count -= 1
            room.runtime.fanout.forward_kept(kept, self, room, now_s)
        return not self.behind

    def resend(self, lost: list[int], now_s: float) -> None:
        """Answer a NACK from the producer's cache, as RTX (RFC 4588), within a budget."""
        if not (self.rtx and self.active):
            return
        room = self.producer.room
        if now_s - self._resend_window_s >= 1.0:
            self._resend_window_s, self._resend_budget = now_s, RESENDS_PER_S
            self._resent = {number: at for number, at in self._resent.items() if now_s - at < 1.0}
        for number in lost[:RESENDS_PER_S]:
            if self._resend_budget <= 0 or now_s - self._resent.get(number, -1.0) < RESEND_INTERVAL_S:
                continue
            packet = self._find(number)
            if packet is None:
                continue
            if not room.permits(self.edge):
                self.state.forbidden += 1
                return
            self._resend_budget -= 1
            self._resent[number] = now_s
            self._rtx_number = (self._rtx_number + 1) & 0xFFFF
            wrapped = pack_rtx(
                packet[:8] + self.head + packet[21:],
                PAYLOAD_OFFSET,
                number,
                payload_type=self.producer.format.codec.rtx_payload_type,
                sequence_number=self._rtx_number,
                ssrc=self.rtx_ssrc,
            )
            self.transport.downlink.send_repair(self, wrapped, now_s)

    def padding(self, size: int) -> bytes:
        """A packet that carries nothing but `size` bytes (1 to 255) of padding, as a retransmission of nothing: receivers
        count and drop it."""
        self._rtx_number = (self._rtx_number + 1) & 0xFFFF
        payload_type = self.producer.format.codec.rtx_payload_type
        return (
            pack(">BBHI", 0xB0, payload_type, self._rtx_number, 0)
            + pack(">I", self.rtx_ssrc)
            + self.head[4:]
            # The element that the time of sending, or the transport-wide number, is written into.
            + bytes((SEND_TIME_ELEMENT,))
            + bytes(PAYLOAD_OFFSET - 9 - len(self.head) + size - 1)
            + bytes((size,))
        )

    def _find(self, number: int) -> bytes | None:
        """The packet that was sent with this 16-bit number, in the layout of forwarded ones, with the time and counters
        it was sent with."""
        here = Stay(self.stream, self.numbers, self.shift, self._times)
        for stay in (here, *reversed(self._past)):
            source = stay.numbers.source_of(number)
            if source is not None:
                packet = stay.stream.cache.find(source)
                return None if packet is None else _as_sent(packet, stay, source)
        return None

    def request_key_frame(self, now_s: float) -> None:
        """The viewer cannot go on without one."""
        self.stream.request_key_frame(now_s)

    def receive_report(self, block: ReportBlock, now_unix_s: float) -> None:
        """The subscriber's reception report on our stream."""
        self.fraction_lost = block.fraction_lost / 256
        measured = round_trip_s(ntp_from_unix(now_unix_s), block.last_sender_report, block.delay_since_last)
        if measured is not None:
            self.round_trip_s = measured

    def sender_report(self, now_s: float, now_unix_s: float) -> bytes | None:
        """SR and SDES on our clock, mapped from the publisher's own report; None before there is one, and while nothing
        comes: a sender that is silent may not be counting on."""
        if self.producer.silent:
            return None
        rtp_timestamp = self.stream.timestamp_at(now_s)
        if rtp_timestamp is None or not self.state.forwarded or not self.active:
            return None
        report = SenderReport(
            self.ssrc,
            ntp_from_unix(now_unix_s),
            (rtp_timestamp + self.shift.timestamp) & 0xFFFFFFFF,
            self.state.forwarded,
            self.state.octets,
        )
        return build_sender_report(report) + build_source_description(self.ssrc, self.producer.cname)

    def statistics(self) -> dict[str, Any]:
        """For `stats`: what the viewer gets of this source, and what they should."""
        return {
            "participant": self.transport.participant,
            "producer": self.producer.id,
            "active": self.active,
            "layer": self.current_layer,
            "target_layer": self.target_layer,
            "preferred_layer": self.preferred_layer,
            "allowed_layer": self.allowed_layer,
            "priority": self.priority,
            "forwarded": int(self.state.forwarded),
        }


def _as_sent(packet: bytes, stay: Stay, source: int) -> bytes:
    time = stay.times.get(source)
    if time is None and not stay.shift.moves:
        return packet
    changed = bytearray(packet)
    if time is not None:
        pack_into(">I", changed, 4, time)
    move_packet(changed, descriptor_places(changed, PAYLOAD_OFFSET, len(changed)), stay.shift)
    return bytes(changed)
