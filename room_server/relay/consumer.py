"""One subscriber of one producer: its own SSRC, mid and continuous numbering."""

from __future__ import annotations

from collections import deque
from struct import pack
from typing import TYPE_CHECKING

from room_server.relay.forwarding import Edge
from room_server.relay.ortc import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID, MID_ID
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

if TYPE_CHECKING:
    from room_server.relay.media_transport import MediaTransport
    from room_server.relay.producer import Producer

# Every forwarded packet has the same layout, so that a subscriber's part is one slice: SSRC, the extension block's
# header and the mid. The elements after it are the same for all subscribers.
EXTENSION_WORDS = 3
PAYLOAD_OFFSET = 12 + 4 + 4 * EXTENSION_WORDS
LEVEL_ELEMENT = AUDIO_LEVEL_ID << 4
SEND_TIME_ELEMENT = ABS_SEND_TIME_ID << 4 | 2
MID_LENGTH = 4
RESEND_INTERVAL_S = 0.03
RESENDS_PER_S = 400


class Consumer:
    """State of one forwarded stream; paused when made."""

    __slots__ = (
        "_moved",
        "_resend_budget",
        "_resend_window_s",
        "_resent",
        "_rtx_number",
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
        "producer",
        "retransmitted",
        "round_trip_s",
        "rtx",
        "rtx_ssrc",
        "ssrc",
        "state",
        "stream",
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
        self._moved: dict[int, int] = {}
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
            self.numbers.interrupt()
            self.behind.clear()
            return False
        needs_key_frame = self.producer.format.kind == "video"
        self.state.needs_key_frame = needs_key_frame
        return needs_key_frame

    def begin_with(self, run: list[RunPacket]) -> None:
        """Start with what the producer has kept since its last key frame; `advance` sends it."""
        self.behind = deque(run)
        # A retransmission must not give a packet another time than it had when it was first sent.
        self._moved = {kept.extended: kept.rtp_timestamp for kept in run}
        self.state.needs_key_frame = False

    def interrupt(self) -> None:
        """The stream does not go on where it was: what is left to send would have no sequel."""
        self.numbers.interrupt()
        if self.behind:
            self.behind.clear()
            self.state.needs_key_frame = True

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
            source = self.numbers.source_of(number)
            if source is None or now_s - self._resent.get(source, -1.0) < RESEND_INTERVAL_S:
                continue
            packet = self.stream.cache.find(source)
            if packet is None or self._resend_budget <= 0:
                continue
            if not room.permits(self.edge):
                self.state.forbidden += 1
                return
            self._resend_budget -= 1
            self._resent[source] = now_s
            self._rtx_number = (self._rtx_number + 1) & 0xFFFF
            moved = self._moved.get(source)
            times = packet[4:8] if moved is None else pack(">I", moved)
            wrapped = pack_rtx(
                packet[:4] + times + self.head + packet[21:],
                PAYLOAD_OFFSET,
                number,
                payload_type=self.producer.format.codec.rtx_payload_type,
                sequence_number=self._rtx_number,
                ssrc=self.rtx_ssrc,
            )
            if room.runtime.fanout.send_rtp(
                self.transport, wrapped, numbered=self.transport_cc, now_s=now_s
            ):
                self.retransmitted += 1

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
            self.ssrc, ntp_from_unix(now_unix_s), rtp_timestamp, self.state.forwarded, self.state.octets
        )
        return build_sender_report(report) + build_source_description(self.ssrc, self.producer.cname)
