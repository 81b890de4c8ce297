"""One peer's transport: its addresses, its DTLS association, and the streams that go over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from room_server.relay.consumer import Consumer
from room_server.relay.downlink import Downlink
from room_server.relay.ice_lite import Address, IceSession
from room_server.relay.ortc import MID, REPAIRED_RID, RID, TRANSPORT_CC
from room_server.relay.producer import Producer
from room_server.relay.rtp.packet import Buffer, RtpHeader, extension_elements, parse_rtp
from room_server.relay.rtp.publisher_clock import PublisherClock
from room_server.relay.rtp.rtcp import (
    BitrateEstimate,
    FullIntraRequest,
    GenericNack,
    PictureLoss,
    ReceiverReport,
    SenderReport,
    TransportFeedback,
    build_receiver_report,
    parse_rtcp,
)
from room_server.relay.rtp.twcc import TwccRecorder, parse_twcc_feedback
from room_server.relay.stream import Stream
from room_server.relay.transport import DtlsEndpoint
from room_server.relay.udp import DatagramSender, Endpoint

if TYPE_CHECKING:
    from room_server.relay.room import Room

Direction = Literal["send", "recv"]
MAX_ADDRESSES = 8
MAX_COMPOUND = 1100
MAX_SSRCS = 512
"""libsrtp keeps state for every SSRC that was ever authentic; a publisher may begin anew this often."""
# Checked twice a second: "disconnected" is known within 5 s of the last authentic packet.
DISCONNECTED_AFTER_S = 4.0
DEAD_AFTER_S = 30.0
ALONE_AFTER_S = 15.0
HOLDS_ADDRESS_S = 5.0
CONNECTS_WITHIN_S = 60.0
"""Browsers give up after 15 to 31 s, and DTLS has attempts of 30 s: who showed nothing for so long does not come."""


class MediaTransport:
    """Named from the participant's side: "send" receives media here, "recv" sends it."""

    def __init__(
        self, *, id: str, room: Room, participant: str, direction: Direction, ice: IceSession
    ) -> None:
        self.id, self.room, self.participant, self.direction, self.ice = id, room, participant, direction, ice
        self.dtls: DtlsEndpoint  # set by the worker, whose certificate it uses
        self.socket: DatagramSender
        self.endpoint: Endpoint | None = None
        self.address: Address = ()
        self._addresses: list[tuple[Endpoint, Address]] = []
        self._nominated = False
        self.peer = room.runtime.receiver.new_peer(self)
        self._inbound: Any = None
        self.path = room.runtime.fanout.new_path()
        self.downlink = Downlink(self)
        self._outbound: Any = None
        self.connect_requested_s: float | None = None
        self.state = "new"
        self.last_authentic_s: float | None = None
        self.bytes_in = 0
        self.authentic_ssrcs: set[bytes] = set()
        self.clock = PublisherClock()
        self.producers: list[Producer] = []
        self.consumers: list[Consumer] = []
        self.consumers_made = 0
        self._by_ssrc: dict[int, tuple[Stream, bool]] = {}
        self._twcc = TwccRecorder()
        self._twcc_id = self._mid_id = self._rid_id = self._repaired_rid_id = 0

    @property
    def inbound(self) -> Any:
        """The SRTP context of what the peer sends; None before the handshake and after the end."""
        return self._inbound

    @inbound.setter
    def inbound(self, context: Any) -> None:
        self._inbound = context
        self.room.runtime.receiver.set_context(self.peer, context)

    @property
    def outbound(self) -> Any:
        """The SRTP context towards the peer; None before the handshake and after the end."""
        return self._outbound

    @outbound.setter
    def outbound(self, context: Any) -> None:
        self._outbound = context
        self.room.runtime.fanout.set_context(self.path, context)

    # -- addresses ------------------------------------------------------------------------------------------------

    def authenticated(self, endpoint: Endpoint, address: Address, nominated: bool, now_s: float) -> None:
        """A connectivity check with valid integrity came from here: only this ever changes where we send."""
        holder = endpoint.by_address.get(address)
        if holder is not None and holder is not self:
            if now_s - (holder.last_authentic_s or 0.0) < HOLDS_ADDRESS_S:
                return  # a participant must not cut another off by sending checks in their name
            holder.forget(endpoint, address)
        self.last_authentic_s = now_s
        if (endpoint, address) not in self._addresses:
            self._addresses.append((endpoint, address))
            endpoint.by_address[address] = self
            for old in list(self._addresses):
                if len(self._addresses) > MAX_ADDRESSES and old != (self.endpoint, self.address):
                    self.forget(*old)
        if self.endpoint is None or nominated or not self._nominated:
            self._nominated = self._nominated or nominated
            if (self.endpoint, self.address) != (endpoint, address):
                if self.endpoint is not None:
                    self.downlink.restart()
                self.endpoint, self.address, self.socket = endpoint, address, endpoint.socket
                self.room.runtime.fanout.set_address(self.path, endpoint, address)
            self.dtls.reachable()

    def forget(self, endpoint: Endpoint, address: Address) -> None:
        """The address belongs to somebody else now, or is one too many."""
        if endpoint.by_address.get(address) is self:
            del endpoint.by_address[address]
        if (endpoint, address) in self._addresses:
            self._addresses.remove((endpoint, address))

    def lose(self, endpoint: Endpoint, address: Address) -> None:
        """This path is gone for good: any other that proves to be the peer's takes its place."""
        self.forget(endpoint, address)
        if (self.endpoint, self.address) == (endpoint, address):
            self._nominated = False

    def release(self) -> None:
        """Give up all addresses."""
        for endpoint, address in list(self._addresses):
            self.forget(endpoint, address)

    def send_datagram(self, data: bytes) -> None:
        """A DTLS record, to where the peer is; lost if the socket is full, as datagrams are."""
        if self.endpoint is None:
            return
        try:
            self.socket.sendto(data, self.address)
        except OSError:
            return
        self.path.bytes_out += len(data)

    def send_rtcp(self, compound: bytes) -> None:
        """Encrypt and send one RTCP compound."""
        self.room.runtime.fanout.send_rtcp(self, compound)

    def number_packets(self) -> None:
        """The peer reports arrivals of numbered packets: remember when they were sent."""
        self.downlink.number_packets()

    # -- streams --------------------------------------------------------------------------------------------------

    def add_producer(self, producer: Producer) -> None:
        """Route this producer's SSRCs and mid to it."""
        self.producers.append(producer)
        for stream in producer.streams:
            if stream.ssrc is not None:
                self._by_ssrc[stream.ssrc] = (stream, False)
            if stream.rtx_ssrc is not None:
                self._by_ssrc[stream.rtx_ssrc] = (stream, True)
        extensions = producer.format.extension_ids
        self._twcc_id = self._twcc_id or extensions.get(TRANSPORT_CC, 0)
        self._mid_id = self._mid_id or extensions.get(MID, 0)
        self._rid_id = self._rid_id or extensions.get(RID, 0)
        self._repaired_rid_id = self._repaired_rid_id or extensions.get(REPAIRED_RID, 0)

    def remove_producer(self, producer: Producer) -> None:
        """Route nothing to it any more."""
        self.producers.remove(producer)
        self._by_ssrc = {
            ssrc: entry for ssrc, entry in self._by_ssrc.items() if entry[0].producer is not producer
        }

    def has_ssrc(self, ssrc: int | None) -> bool:
        """Whether a producer of this transport already uses the SSRC."""
        return ssrc is not None and ssrc in self._by_ssrc

    def stream_of(self, ssrc: int) -> Stream | None:
        """The stream to which packets with this SSRC belong, retransmissions too; None for what is not known yet."""
        entry = self._by_ssrc.get(ssrc)
        return None if entry is None else entry[0]

    @property
    def number_id(self) -> int:
        """The header extension with the peer's transport-wide numbers, 0 where it sends none."""
        return self._twcc_id

    def note_arrival(self, number: int, now_s: float) -> None:
        """A packet with this transport-wide number came."""
        self._twcc.receive(number, int(now_s * 1_000_000))

    def receive_rtp(self, data: Buffer, length: int, now_s: float) -> None:
        """One decrypted RTP packet. Raises MalformedPacketError for what is not one."""
        header = parse_rtp(data, length)
        entry = self._by_ssrc.get(header.ssrc)
        elements: dict[int, tuple[int, int]] = {}
        if self._twcc_id or entry is None:
            elements = extension_elements(data, header)
            found = elements.get(self._twcc_id)
            if found is not None and found[1] == 2:
                self.note_arrival(data[found[0]] << 8 | data[found[0] + 1], now_s)
        if entry is None:
            entry = self._find_stream(data, header, elements, now_s)
        if entry is not None:
            entry[0].receive(data, length, header, rtx=entry[1], now_s=now_s)

    def _find_stream(
        self, data: Buffer, header: RtpHeader, elements: dict[int, tuple[int, int]], now_s: float
    ) -> tuple[Stream, bool] | None:
        """An SSRC not seen before: by its mid and rid (RFC 8852), or by payload type for a producer that declared no SSRC.

        Publishers name both only until the first report reaches them: what was found stays for the session.
        """

        def text(identifier: int) -> str | None:
            found = elements.get(identifier) if identifier else None
            return bytes(data[found[0] : found[0] + found[1]]).decode("ascii", "replace") if found else None

        mid = text(self._mid_id)
        for producer in self.producers:
            rtx = bool(producer.format.rtx_payload_type) and (
                header.payload_type == producer.format.rtx_payload_type
            )
            if not rtx and header.payload_type != producer.format.payload_type:
                continue
            if mid is not None and mid != producer.format.mid:
                continue
            rid = text(self._repaired_rid_id if rtx else self._rid_id)
            stream = producer.find_stream(rid, rtx=rtx, by_mid=mid is not None)
            if stream is not None:
                if not stream.adopt_ssrc(header.ssrc, header, rtx=rtx, now_s=now_s):
                    return None
                self._by_ssrc = {
                    ssrc: entry for ssrc, entry in self._by_ssrc.items() if entry != (stream, rtx)
                }
                self._by_ssrc[header.ssrc] = (stream, rtx)
                return stream, rtx
        return None

    def receive_rtcp(self, data: Buffer, now_s: float) -> None:
        """One decrypted RTCP compound."""
        for packet in parse_rtcp(data):
            match packet:
                case SenderReport():
                    self._receive_sender_report(packet, now_s)
                    self._receive_blocks(packet.reports)
                case ReceiverReport():
                    self._receive_blocks(packet.reports)
                case GenericNack():
                    for consumer in self._consumers_of(packet.media_ssrc):
                        consumer.resend(packet.lost, now_s)
                case PictureLoss():
                    self._key_frame_for(packet.media_ssrc, now_s)
                case FullIntraRequest():
                    for ssrc, _ in packet.entries[:31]:
                        self._key_frame_for(ssrc, now_s)
                case BitrateEstimate():
                    for ssrc in packet.ssrcs:
                        for consumer in self._consumers_of(ssrc):
                            consumer.estimate_bps = packet.bitrate_bps
                case TransportFeedback():
                    self.downlink.receive_feedback(parse_twcc_feedback(packet.body), now_s)
                case _:
                    pass

    def _receive_sender_report(self, report: SenderReport, now_s: float) -> None:
        entry = self._by_ssrc.get(report.ssrc)
        if entry is not None and not entry[1]:
            entry[0].receive_report(report, now_s)

    def _receive_blocks(self, blocks: list[Any]) -> None:
        now_unix_s = self.room.runtime.report_s(self.room.runtime.now_s())
        for block in blocks:
            for consumer in self._consumers_of(block.ssrc):
                consumer.receive_report(block, now_unix_s)

    def _consumers_of(self, ssrc: int) -> list[Consumer]:
        return [consumer for consumer in self.consumers if consumer.ssrc == ssrc]

    def _key_frame_for(self, ssrc: int, now_s: float) -> None:
        for consumer in self._consumers_of(ssrc):
            # A viewer who may not receive the stream has no say over its publisher.
            if consumer.active:
                consumer.request_key_frame(now_s)

    # -- timers ---------------------------------------------------------------------------------------------------

    def send_transport_feedback(self) -> None:
        """TWCC feedback for what arrived since the last one."""
        if self._twcc_id and self.producers:
            media_ssrc = self.producers[0].ssrc or 0
            for message in self._twcc.feedback(self.room.runtime.ssrc, media_ssrc):
                self.send_rtcp(message)

    def send_reports(self, now_s: float, now_unix_s: float) -> None:
        """Receiver reports to a publisher, sender reports to a subscriber."""
        if self.outbound is None:
            return
        streams = [stream for producer in self.producers for stream in producer.streams]
        blocks = [block for stream in streams if (block := stream.report_block(now_s)) is not None]
        for start in range(0, len(blocks), 31):
            self.send_rtcp(build_receiver_report(self.room.runtime.ssrc, blocks[start : start + 31]))
        together: dict[str, bytes] = {}
        for consumer in self.consumers:
            report = consumer.sender_report(now_s, now_unix_s)
            if report is None:
                continue
            # What is said of one publisher's sound and picture arrives at once, or is lost at once.
            publisher = consumer.edge[0]
            compound = together.pop(publisher, b"")
            if len(compound) + len(report) > MAX_COMPOUND:
                self.send_rtcp(compound)
                compound = b""
            together[publisher] = compound + report
        for compound in together.values():
            self.send_rtcp(compound)

    def judge_liveness(self, now_s: float, participant_s: float) -> str | None:
        """The state this transport is in now, or None while it has not connected: the page makes transports before it
        has anything to send or to receive, and only one that was to connect, and shows no sign of it, has failed.

        `participant_s` is when any transport of the participant last had an authentic packet: an idle browser may
        check only every 4 to 6 seconds on each.
        """
        if self.last_authentic_s is None or self.outbound is None:
            if self.connect_requested_s is None:
                return None
            shown_s = max(self.connect_requested_s, self.last_authentic_s or 0.0)
            return "failed" if now_s - shown_s > CONNECTS_WITHIN_S else None
        own_s, any_s = now_s - self.last_authentic_s, now_s - participant_s
        if own_s > DEAD_AFTER_S:
            return "failed"
        if any_s > DISCONNECTED_AFTER_S or own_s > ALONE_AFTER_S:
            return "disconnected"
        return "connected"

    def round_trip_s(self) -> float | None:
        """The worst of its consumers' round trips."""
        known = [consumer.round_trip_s for consumer in self.consumers if consumer.round_trip_s is not None]
        return max(known, default=None)

    def statistics(self) -> dict[str, Any]:
        """For `stats`."""
        round_trip = self.round_trip_s()
        kind = None
        if self.endpoint is not None:
            kind = "loopback" if self.endpoint.loopback else "ipv6" if ":" in self.address[0] else "ipv4"
        return {
            "participant": self.participant,
            "direction": self.direction,
            "ice": self.state if self.last_authentic_s is not None else "new",
            "dtls": self.dtls.state,
            "srtp_profile": self.dtls.srtp.profile if self.dtls.srtp else None,
            "bytes_in": self.bytes_in,
            "bytes_out": self.path.bytes_out,
            "rtt_ms": None if round_trip is None else round(round_trip * 1000, 1),
            "remote_address_kind": kind,
            "protocol": None if self.endpoint is None else self.endpoint.protocol,
            "downlink": self.downlink.statistics() if self.direction == "recv" else None,
        }
