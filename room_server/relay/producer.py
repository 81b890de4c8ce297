"""One published source: its identity, its door, and the streams it comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from room_server.relay.consumer import Consumer
from room_server.relay.events import ProducerActive, ProducerSilent
from room_server.relay.layers import Layers
from room_server.relay.ortc import AUDIO_LEVEL, ProducerFormat
from room_server.relay.rtp.packet import Buffer, RtpHeader, extension_elements
from room_server.relay.stream import Stream

if TYPE_CHECKING:
    from room_server.relay.media_transport import MediaTransport
    from room_server.relay.room import Room

SILENT_AFTER_S = 3.0
SHUT_REASONS = ("muted", "paused")


class Producer:
    """Receives one participant's source. The room sets `refusal`, `tapped` and the viewers whenever they change.

    `streams` are the received SSRCs, the smallest picture first: one, or one for each layer of a simulcast.
    """

    def __init__(
        self,
        *,
        id: str,
        room: Room,
        transport: MediaTransport,
        format: ProducerFormat,
        source: str,
        track: int,
    ) -> None:
        self.id, self.room, self.transport, self.format = id, room, transport, format
        self.participant, self.source, self.track = transport.participant, source, track
        self.cname = format.cname or id
        self.level_id = format.extension_ids.get(AUDIO_LEVEL, 0)
        self.consumers: list[Consumer] = []
        self.paused = False
        self.refusal: str | None = "no_graph"
        self.tapped = False
        self.refused = self.offered = self.shut = 0
        self.audio_level: int | None = None
        self.silent = True
        self.viewers: list[Consumer] = []
        self.layers: Layers | None = None
        self.streams = [
            Stream(producer=self, layer=layer, encoding=encoding)
            for layer, encoding in enumerate(format.encodings)
        ]
        if len(self.streams) > 1:
            self.layers = Layers(self)

    @property
    def ssrc(self) -> int | None:
        """The SSRC of the first stream that is known, None before there is one."""
        return next((stream.ssrc for stream in self.streams if stream.ssrc is not None), None)

    @property
    def packets(self) -> int:
        """Packets that arrived, on all streams."""
        return sum(stream.packets for stream in self.streams)

    @property
    def last_packet_s(self) -> float | None:
        """When the last packet of any stream came."""
        times = [stream.last_packet_s for stream in self.streams if stream.last_packet_s is not None]
        return max(times, default=None)

    @property
    def uplink_loss(self) -> float:
        """The worst of the streams' losses, from 0 to 1, as last reported to the publisher."""
        return max(stream.uplink_loss for stream in self.streams)

    def find_stream(self, rid: str | None, *, rtx: bool, by_mid: bool) -> Stream | None:
        """The stream that an unknown SSRC is of. `by_mid`: the packet named this producer; else it must be one that told
        no SSRC."""
        if self.layers is not None:
            return next((one for one in self.streams if by_mid and rid and one.rid == rid), None)
        stream = self.streams[0]
        return stream if by_mid or (stream.rtx_ssrc if rtx else stream.ssrc) is None else None

    # -- what the streams tell of their packets -------------------------------------------------------------------

    def awake(self, now_s: float) -> None:
        """A packet came, the first one or the first after a silence."""
        self.silent = False
        self.room.runtime.emit(ProducerActive(self.room.id, self.participant, self.id))
        for stream in self.streams:
            if stream.targets:
                stream.request_key_frame(now_s)  # packets returned: pictures before the gap are of no use

    def refuse(self) -> None:
        """A packet was dropped at the door."""
        self.refused += 1
        if self.refusal in SHUT_REASONS:
            self.shut += 1
        else:
            self.offered += 1

    def level_of(self, data: Buffer, header: RtpHeader) -> int | None:
        """The RFC 6464 byte of a packet, if it has one."""
        found = extension_elements(data, header).get(self.level_id) if self.level_id else None
        return None if found is None else data[found[0]]

    def hear(self, level: int, now_s: float) -> None:
        """Note the RFC 6464 byte of a packet that passed the door."""
        self.audio_level = level & 0x7F
        self.room.speaker.hear(self.participant, self.audio_level, now_s)

    # -- the door -------------------------------------------------------------------------------------------------

    def open_door(self, refusal: str | None) -> bool:
        """Set why packets are refused (None: they are not); True if the door opened just now."""
        before, self.refusal = self.refusal, refusal
        if refusal is not None and before is None:
            for stream in self.streams:
                stream.interrupt()
                stream.cache.clear()
            self.audio_level = None
        return before is not None and refusal is None

    def record(self, tapped: bool) -> None:
        """Let the recorder have what comes, or not."""
        if self.layers is not None and tapped != self.tapped:
            self.layers.tap.wait()
        self.tapped = tapped

    def release(self) -> None:
        """Closed: give back what the streams kept."""
        for stream in self.streams:
            stream.release()

    # -- viewers --------------------------------------------------------------------------------------------------

    def serve(self, viewers: list[Consumer], now_s: float) -> None:
        """From now on these are served, and no others. Who needs a key frame begins with the last one if all since then
        may be sent to them; for the others one is asked for."""
        self.viewers = viewers
        if self.layers is not None:
            self.layers.change()
        self._begin(now_s)
        self.distribute()
        self._ask(now_s)

    def distribute(self) -> None:
        """Serve every viewer from the stream they are at. Who waits for a layer's key frame gets none of another."""
        served = [one for one in self.viewers if one.allowed_layer is not None]
        if self.layers is not None:
            served = [one for one in served if one.current_layer is not None]
        for stream in self.streams:
            stream.serve([one for one in served if one.stream is stream])

    def reconsider(self, *, turned: bool) -> None:
        """A viewer should get another layer; `turned`: their picture is held back from now on, or no longer."""
        if self.layers is not None:
            self.layers.change()
        if turned:
            self.distribute()

    def offset_of(self, stream: Stream) -> int:
        """What to add to a stream's timestamps so that they are on the line of all layers."""
        return 0 if self.layers is None else self.layers.line.offset(stream.layer)

    def _waiting(self) -> list[Consumer]:
        """Viewers who have no picture and should."""
        if self.format.kind != "video" or self.refusal is not None:
            return []
        return [
            one
            for one in self.viewers
            if one.state.needs_key_frame and one.active and one.allowed_layer is not None
        ]

    def _begin(self, now_s: float) -> bool:
        """Let viewers who wait begin between two key frames where that is possible; True if anybody did."""
        began = False
        for viewer in self._waiting():
            for stream in reversed(self.streams[: viewer.highest_wanted + 1]):
                if (self.layers is None or stream.live(now_s)) and stream.begin_between(viewer, now_s):
                    began = True
                    break
        return began

    def _ask(self, now_s: float) -> None:
        """Ask for the key frames that viewers wait for."""
        if self.refusal is not None:
            return
        if self.layers is not None:
            self.layers.decide(now_s)
            for stream in self.streams:
                if stream.gate.pending:
                    stream.request_key_frame(now_s)
        elif self._waiting():
            self.streams[0].request_key_frame(now_s)

    def request_key_frame(self, now_s: float) -> None:
        """Ask the publisher for a key frame of each layer that anybody gets, at most once a second and layer."""
        used = [
            stream
            for stream in self.streams
            if stream.targets
            or stream.catching_up
            or (self.layers is not None and self.tapped and self.layers.tap.layer == stream.layer)
        ]
        for stream in used or self.streams:
            stream.request_key_frame(now_s)

    # -- timers ---------------------------------------------------------------------------------------------------

    def repair(self, now_s: float) -> None:
        """Send what is due upstream. A gap may have been filled meanwhile, so that viewers can begin."""
        if self.transport.outbound is None:
            return
        if self._begin(now_s):
            self.distribute()
        self._ask(now_s)
        for stream in self.streams:
            stream.repair(now_s)

    def watch(self, now_s: float) -> None:
        """Announce silence."""
        last_packet_s = self.last_packet_s
        if not self.silent and last_packet_s is not None and now_s - last_packet_s > SILENT_AFTER_S:
            self.silent = True
            self.room.runtime.emit(ProducerSilent(self.room.id, self.participant, self.id))

    def statistics(self, now_s: float) -> dict[str, Any]:
        """For `stats`: counts since the producer was made."""
        layers = [stream.statistics(now_s) for stream in self.streams]
        last_packet_s = self.last_packet_s
        return {
            "participant": self.participant,
            "source": self.source,
            "kind": self.format.kind,
            "track": self.track,
            "packets": self.packets,
            "bytes": sum(stream.bytes for stream in self.streams),
            "refused": self.refused,
            "refused_reason": self.refusal,
            "lost": sum(stream.reception.lost for stream in self.streams),
            "jitter_ms": max(layer["jitter_ms"] for layer in layers),
            "last_packet_age_s": None if last_packet_s is None else round(now_s - last_packet_s, 3),
            "audio_level": self.audio_level,
            "layers": layers,
        }
