"""One received SSRC of a producer, with its retransmissions: what arrived, what is missing, and its viewers."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from struct import pack_into
from typing import TYPE_CHECKING, Any

from room_server.relay.catching_up import CatchingUp
from room_server.relay.consumer import LEVEL_ELEMENT, SEND_TIME_ELEMENT, Consumer
from room_server.relay.fanout import PAYLOAD_OFFSET, SLOT_BYTES, Audience
from room_server.relay.layers import GONE_AFTER_S
from room_server.relay.ortc import VP8, Encoding
from room_server.relay.rtp.keyframe_gate import KeyFrameGate
from room_server.relay.rtp.layer_shift import Progress, read_progress
from room_server.relay.rtp.nack import NackGenerator
from room_server.relay.rtp.packet import (
    Buffer,
    RtpHeader,
    abs_send_time,
    parse_rtp,
)
from room_server.relay.rtp.payload import begins_key_frame
from room_server.relay.rtp.picture_run import PictureRun, RunPacket
from room_server.relay.rtp.publisher_clock import StreamTime
from room_server.relay.rtp.rate import RateMeter
from room_server.relay.rtp.reception import ReceptionStatistics
from room_server.relay.rtp.retransmission import RetransmissionCache, unpack_rtx
from room_server.relay.rtp.rtcp import ReportBlock, SenderReport, build_nack, build_picture_loss
from room_server.relay.rtp.sequence import ArrivalWindow, SequenceUnwrapper
from room_server.relay.rtp.vp8 import NO_PLACES, descriptor_places
from room_server.relay.tap import frame_packet, frame_report

if TYPE_CHECKING:
    from room_server.relay.producer import Producer
    from room_server.relay.receiving import Lease

ASTRAY_S = 0.5


class Stream:
    """What one SSRC brings. `layer` is 0 for the smallest picture of a producer, and where there is only one."""

    def __init__(self, *, producer: Producer, layer: int, encoding: Encoding) -> None:
        format = producer.format
        self.producer, self.layer, self.format = producer, layer, format
        self.room, self.transport = producer.room, producer.transport
        self.rid, self.ssrc, self.rtx_ssrc = encoding.rid, encoding.ssrc, encoding.rtx_ssrc
        self.retired_ssrcs: deque[int] = deque(maxlen=8)
        self.lease: Lease | None = None
        self._targets = Audience()
        self.catching_up = CatchingUp(self)
        self.run = PictureRun()
        self.cache = RetransmissionCache(512 if format.codec.rtx_payload_type else 1)
        self.packets = self.bytes = 0
        self.last_packet_s: float | None = None
        self.gate = KeyFrameGate()
        self.numbers = SequenceUnwrapper()
        self.window = ArrivalWindow()
        self.nacks = NackGenerator()
        self.reception = ReceptionStatistics(format.codec.clock_rate)
        self.uplink_loss = 0.0
        self._restarts = 0
        self.timestamp_offset = 0
        self._last_timestamp = 0
        self._last_timestamp_s = 0.0
        self.time: StreamTime | None = None
        self.last_media_s: float | None = None
        self._rate = RateMeter()
        # The newest packet of a simulcast's layer, as it is kept, and where its VP8 counters are.
        self._newest: tuple[int, bytes, int] | None = None

    # -- receiving ------------------------------------------------------------------------------------------------

    def receive(self, data: Buffer, length: int, header: RtpHeader, *, rtx: bool, now_s: float) -> None:
        """One authentic packet of this stream. `data` may be the receive buffer: nothing keeps a reference."""
        if rtx:
            if header.payload_end - header.payload_offset < 2:
                return  # only padding, to probe the path
            data = unpack_rtx(data, header, ssrc=self.ssrc or 0, payload_type=self.format.payload_type)
            length = len(data)
            header = parse_rtp(data, length)
        elif header.payload_type != self.format.payload_type:
            return
        level = self.producer.level_of(data, header)
        extended = self._admit(header.sequence_number, header.rtp_timestamp, length, level, now_s)
        if extended is None:
            return
        if self.producer.tapped and self.producer.layers is None:
            self.record(bytes(data[:length]), self.room.runtime.wall_ns(), now_s)
        self._forward(data, header, extended, level, now_s)

    def _admit(
        self, sequence_number: int, rtp_timestamp: int, length: int, level: int | None, now_s: float
    ) -> int | None:
        """Count a packet; its extended number, or None where it goes nowhere: too old, there already, or refused."""
        extended = self.numbers.unwrap(sequence_number)
        if extended is None or not self.window.admit(extended):
            return None
        if self.numbers.restarts != self._restarts:
            self._restarts = self.numbers.restarts
            self.interrupt()
        self._count(rtp_timestamp, length, extended, now_s)
        producer = self.producer
        if producer.refusal is not None:
            producer.refuse()
            return None
        producer.offered += 1
        if level is not None:
            producer.hear(level, now_s)
        if self.format.nack and not self.nacks.receive(extended, now_s):
            self.request_key_frame(now_s)
        return extended

    def _count(self, rtp_timestamp: int, length: int, extended: int, now_s: float) -> None:
        self.packets += 1
        self.bytes += length
        self.reception.receive(extended, rtp_timestamp, now_s)
        self.last_packet_s = now_s
        if self.producer.silent:
            self._distrust_time(rtp_timestamp, now_s)
            self.producer.awake(now_s)

    def _forward(
        self, data: Buffer, header: RtpHeader, extended: int, level: int | None, now_s: float
    ) -> None:
        size = header.payload_end - header.payload_offset
        if size <= 0:
            self._record_layer(data, header, extended, False, now_s)
            for target in self.targets:
                target.numbers.skip(extended)
            self.catching_up.hold(RunPacket(extended, 0, None))
            self.run.note_padding(extended, now_s)
            return
        key_frame = begins_key_frame(
            self.format.codec.mime_type, data, header.payload_offset, header.payload_end
        )
        if key_frame:
            self.gate.satisfied()
        timestamp = self._note_timestamp(header.rtp_timestamp, now_s)
        layers = self.producer.layers
        if layers is not None:
            layers.heard(self, timestamp, now_s)
            self._record_layer(data, header, extended, key_frame, now_s)
        end = PAYLOAD_OFFSET + size
        video = self.format.kind == "video"  # kept even without viewers: the first ones begin with it
        if end > SLOT_BYTES - 160 or not (video or self.targets):
            return
        fanout = self.room.runtime.fanout
        template = fanout.template
        codec = self.format.codec
        template[0] = 0x90
        template[1] = (0x80 if header.marker else 0) | codec.payload_type
        pack_into(">I", template, 4, timestamp)
        template[21] = SEND_TIME_ELEMENT
        template[22:25] = abs_send_time(now_s)
        template[25:28] = b"\0\0\0" if level is None else bytes((LEVEL_ELEMENT, level, 0))
        template[PAYLOAD_OFFSET:end] = data[header.payload_offset : header.payload_end]
        kept = self._keep(template[:end], extended, now_s, key_frame=key_frame)
        places = NO_PLACES
        if kept is not None:
            self.catching_up.hold(RunPacket(extended, timestamp, kept))
            if layers is not None:
                places = self._note_progress(extended, kept)
                if key_frame:
                    layers.take_up(self, extended, kept, places, now_s)
        fanout.forward(end, extended, key_frame, self.targets, self.room, places)

    def _note_timestamp(self, rtp_timestamp: int, now_s: float) -> int:
        """The timestamp to forward a packet with."""
        timestamp = (rtp_timestamp + self.timestamp_offset) & 0xFFFFFFFF
        self._last_timestamp, self._last_timestamp_s = timestamp, now_s
        self.last_media_s = now_s
        return timestamp

    def _note_progress(self, extended: int, kept: bytes) -> int:
        """Where the VP8 counters of a layer's packet are; remembers the newest one."""
        places = NO_PLACES
        if self.format.codec is VP8:
            places = descriptor_places(kept, PAYLOAD_OFFSET, len(kept))
        if extended > self.newest_number:
            self._newest = (extended, kept, places)
        return places

    def _keep(self, packet: memoryview, extended: int, now_s: float, *, key_frame: bool) -> bytes | None:
        """Keep a packet in the layout of forwarded ones for those who lose it or come later; None where none is kept."""
        if not self.format.codec.rtx_payload_type:
            return None
        kept = bytes(packet)
        self.cache.store(extended, kept)
        if self.format.kind == "video":
            self.run.note(extended, kept, now_s, key_frame=key_frame)
        return kept

    def _record_layer(
        self, data: Buffer, header: RtpHeader, extended: int, key_frame: bool, now_s: float
    ) -> None:
        producer = self.producer
        if producer.layers is not None and producer.tapped:
            arrival_ns = self.room.runtime.wall_ns()
            producer.layers.record(
                self, data, header, extended, key_frame=key_frame, arrival_ns=arrival_ns, now_s=now_s
            )

    def record(self, packet: bytes, arrival_ns: int, now_s: float) -> None:
        """Hand a plain RTP packet to the recorder."""
        tap = self.room.tap
        if tap is not None:
            tap.send(frame_packet(self.producer.track, arrival_ns, packet), now_s)

    # -- packets that the compiled loop forwards ------------------------------------------------------------------

    @property
    def targets(self) -> Audience:
        """The viewers whom a packet goes to."""
        return self._targets

    @targets.setter
    def targets(self, targets: Audience) -> None:
        self._targets = targets
        if self.lease is not None:
            self.lease.revoke()

    def next_usual(self) -> int | None:
        """The extended number of a packet that would only have to be recorded and forwarded, unless it begins a key
        frame; None where the next one has to be looked at in any case."""
        producer, numbers = self.producer, self.numbers
        if (
            numbers.highest is None
            or self.ssrc is None  # only retransmissions have come yet, as when Firefox begins a layer
            or numbers.restarts != self._restarts
            or producer.refusal is not None
            or producer.silent
            or self.catching_up
        ):
            return None
        return numbers.highest + 1

    def book(
        self,
        extended: int,
        rtp_timestamp: int,
        length: int,
        level: int | None,
        packet: memoryview,
        plain: bytes,
        arrival_ns: int,
        now_s: float,
    ) -> None:
        """What `receive` does besides forwarding, for a packet of which `next_usual` told the number. `packet`: as it
        was forwarded; `plain`: as it is still to be recorded, empty where the compiled loop did."""
        self._admit(extended & 0xFFFF, rtp_timestamp, length, level, now_s)
        timestamp, layers = self._note_timestamp(rtp_timestamp, now_s), self.producer.layers
        if layers is not None:
            layers.heard(self, timestamp, now_s)
        if plain and layers is not None:
            header = parse_rtp(plain, length)
            layers.record(self, plain, header, extended, key_frame=False, arrival_ns=arrival_ns, now_s=now_s)
        elif plain:
            self.record(plain, arrival_ns, now_s)
        kept = self._keep(packet, extended, now_s, key_frame=False)
        if kept is not None and layers is not None:
            self._note_progress(extended, kept)

    # -- changes of stream ----------------------------------------------------------------------------------------

    def adopt_ssrc(self, ssrc: int, header: RtpHeader, *, rtx: bool, now_s: float) -> bool:
        """A packet that belongs here came from another SSRC. False if that SSRC was given up before."""
        if ssrc in self.retired_ssrcs:
            return False
        if rtx:
            self.rtx_ssrc = ssrc
            return True
        if self.ssrc is not None and self.packets:
            self.retired_ssrcs.append(self.ssrc)
            # The new stream starts anywhere: numbers go on, time stamps go on from the last one by the clock.
            self.numbers.restart((header.sequence_number - 1) & 0xFFFF)
            elapsed = int((now_s - self._last_timestamp_s) * self.format.codec.clock_rate)
            self.timestamp_offset = (self._last_timestamp + elapsed - header.rtp_timestamp) & 0xFFFFFFFF
            self.time = None
            if self.producer.layers is not None:
                self.producer.layers.line.restarted(self.layer)
        self.ssrc = ssrc
        return True

    def interrupt(self) -> None:
        """What follows does not continue what came before: no gap must show, and nothing old be repaired."""
        if self.lease is not None:
            self.lease.revoke()
        self.nacks.reset()
        self.reception.restart()
        if self.producer.layers is not None:
            self.producer.layers.tap.wait(self)
        for viewer in [*self.targets, *self.catching_up.viewers]:
            viewer.interrupt()
        self.run.cut()

    def release(self) -> None:
        """Closed: give back the packets that were kept, up to a megabyte, before Python collects the rest."""
        if self.lease is not None:
            self.lease.end()
        self.run.cut()
        self.cache.clear()

    # -- viewers --------------------------------------------------------------------------------------------------

    def begin_between(self, consumer: Consumer, now_s: float) -> bool:
        """Let a viewer who needs a key frame begin with the last one, if all since then may be sent to them."""
        allowed_since_s = self.room.allowed_since_s.get(consumer.edge)
        if allowed_since_s is None or not self.run.usable(
            now_s, allowed_since_s=allowed_since_s, sent_up_to=consumer.sent_up_to(self)
        ):
            return False
        consumer.begin_with(self, self.run.packets())
        return True

    def serve(self, viewers: list[Consumer]) -> None:
        """From now on these are served, and no others."""
        self.targets = Audience(viewer for viewer in viewers if not viewer.behind)
        self.catching_up.serve([viewer for viewer in viewers if viewer.behind])

    def take_in(self, viewer: Consumer) -> None:
        """A viewer has caught up: the next live packet is for them too."""
        self.targets = Audience([*self.targets, viewer])

    # -- RTCP -----------------------------------------------------------------------------------------------------

    def receive_report(self, report: SenderReport, now_s: float) -> None:
        """The publisher's sender report for this stream."""
        if report.ssrc != self.ssrc:
            return
        self.time = self.transport.clock.read(
            report.ntp, report.rtp_timestamp, self.format.codec.clock_rate, now_s, self.time
        )
        self.reception.note_sender_report(report.ntp, now_s)
        tap, producer = self.room.tap, self.producer
        rtp_timestamp: int | None = report.rtp_timestamp
        if producer.layers is not None:
            forwarded = (report.rtp_timestamp + self.timestamp_offset) & 0xFFFFFFFF
            producer.layers.reported(self, replace(self.time, rtp_timestamp=forwarded))
            rtp_timestamp = producer.layers.tap.timestamp(self, report.rtp_timestamp)
        recorded = producer.tapped and producer.refusal is None
        if recorded and tap is not None and rtp_timestamp is not None:
            arrival_ns = self.room.runtime.wall_ns()
            tap.send(frame_report(producer.track, arrival_ns, report.ntp, rtp_timestamp), now_s)

    def timestamp_at(self, now_s: float) -> int | None:
        """The forwarded RTP timestamp that belongs to this moment of our clock, None before a sender report."""
        publisher_s = self.transport.clock.at(now_s)
        if self.time is None or publisher_s is None:
            return None
        return (self.time.timestamp_at(publisher_s) + self.timestamp_offset) & 0xFFFFFFFF

    def _distrust_time(self, rtp_timestamp: int, now_s: float) -> None:
        """After a silence: a sender that did not count on meanwhile has another time, which its next report tells."""
        publisher_s = self.transport.clock.at(now_s)
        if self.time is None or publisher_s is None:
            return
        if abs(self.time.time_of(rtp_timestamp) - publisher_s) > ASTRAY_S:
            self.time = None

    def request_key_frame(self, now_s: float) -> None:
        """Ask the publisher for a key frame, at most once a second; a request too early is kept."""
        if self.format.kind != "video":
            return
        if self.transport.outbound is None or self.ssrc is None:
            self.gate.pending = True  # a request that cannot be sent yet must not cost a second
        elif self.gate.request(now_s):
            self._send_picture_loss()

    def _send_picture_loss(self) -> None:
        if self.ssrc is not None:
            self.transport.send_rtcp(build_picture_loss(self.room.runtime.ssrc, self.ssrc))

    def repair(self, now_s: float) -> None:
        """Send what is due upstream: NACKs, and a key frame request that was kept."""
        self._rate.sample(self.bytes, now_s)
        if self.ssrc is None:
            return
        if len(self.nacks) and self.producer.refusal is None:
            lost, abandoned = self.nacks.due(now_s, 0.1)
            if lost:
                self.transport.send_rtcp(build_nack(self.room.runtime.ssrc, self.ssrc, lost))
            if abandoned:
                self.request_key_frame(now_s)
        if self.format.kind == "video" and self.gate.due(now_s):
            self._send_picture_loss()

    # -- what is known of it --------------------------------------------------------------------------------------

    @property
    def newest_number(self) -> int:
        """The extended number of the newest packet of a simulcast's layer, -1 before the first."""
        return -1 if self._newest is None else self._newest[0]

    def progress(self) -> Progress | None:
        """How far a simulcast's layer has come; None before its first packet, and where there is only one stream."""
        return None if self._newest is None else read_progress(self._newest[1], self._newest[2])

    def live(self, now_s: float) -> bool:
        """Whether pictures come: not so after 3 s without, or, for a layer, when only the others go on."""
        if self.producer.layers is not None:
            return self.producer.layers.is_live(self, now_s)
        return self.last_media_s is not None and now_s - self.last_media_s <= GONE_AFTER_S

    def bitrate_bps(self, now_s: float) -> int:
        """What was received in about the last second, in bits per second; 0 when nothing was."""
        return self._rate.bits_per_s(self.bytes, now_s)

    def report_block(self, now_s: float) -> ReportBlock | None:
        """Our reception report on this stream."""
        if self.ssrc is None or not self.packets:
            return None
        block = self.reception.report_block(self.ssrc, now_s)
        self.uplink_loss = block.fraction_lost / 256
        return block

    def statistics(self, now_s: float) -> dict[str, Any]:
        """For `stats`: counts since the producer was made."""
        return {
            "rid": self.rid,
            "ssrc": self.ssrc,
            "live": self.live(now_s),
            "bitrate_bps": self.bitrate_bps(now_s),
            "packets": self.packets,
            "bytes": self.bytes,
            "lost": self.reception.lost,
            "jitter_ms": round(self.reception.jitter * 1000 / self.format.codec.clock_rate, 2),
            "last_packet_age_s": None if self.last_packet_s is None else round(now_s - self.last_packet_s, 3),
        }
