"""The layers of a simulcast: which are live, who gets which, and when a viewer goes from one to another.

A viewer goes to another layer only with a key frame of it, which is asked for, and gets the old one until then: nothing
freezes. Nobody goes by a packet that was not sent to this room's graph as any other: the layers only choose the stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from room_server.relay.rtp.layer_choice import takes_up, target_layer
from room_server.relay.rtp.layer_line import LayerLine
from room_server.relay.rtp.layer_shift import read_progress
from room_server.relay.rtp.packet import Buffer, RtpHeader
from room_server.relay.rtp.publisher_clock import StreamTime
from room_server.relay.tapped_layers import TappedLayers

if TYPE_CHECKING:
    from room_server.relay.consumer import Consumer
    from room_server.relay.producer import Producer
    from room_server.relay.stream import Stream

SILENT_AFTER_S = 0.6
"""A layer is silent when the others have brought pictures for so long since it last did."""
GONE_AFTER_S = 3.0
LATE_BEGIN, LATE_SWITCH = 64, 8
"""Packets by which a key frame's first one may be late: what came in between has to be asked for again. Who has a picture
rather waits for the next key frame."""
LOOK_AGAIN_S = 0.1


class Layers:
    """The decisions for one producer with several streams. Times are seconds of the steady clock."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._streams = producer.streams
        self._missed_since_s: list[float | None] = [None] * len(self._streams)
        self._newest_s = float("-inf")
        self._seen: list[bool] = []
        self._changed = True
        self._looked_s = float("-inf")
        self.line = LayerLine(producer.format.codec.clock_rate)
        self.tap = TappedLayers()

    # -- what is live ---------------------------------------------------------------------------------------------

    def is_live(self, stream: Stream, now_s: float) -> bool:
        """Whether the publisher sends this layer now. Silence of all at once is no sign, for some seconds: then the
        line is at fault."""
        if stream.last_media_s is None or now_s - stream.last_media_s > GONE_AFTER_S:
            return False
        missed_since_s = self._missed_since_s[stream.layer]
        return missed_since_s is None or self._newest_s - missed_since_s < SILENT_AFTER_S

    def _live(self, now_s: float) -> list[bool]:
        return [self.is_live(stream, now_s) for stream in self._streams]

    def heard(self, stream: Stream, rtp_timestamp: int, now_s: float) -> None:
        """A packet of a picture came, with its timestamp as the stream forwards it."""
        self._newest_s = now_s
        self.line.arrived(stream.layer, rtp_timestamp, now_s)
        missed = self._missed_since_s
        for layer in range(len(missed)):
            if layer == stream.layer:
                missed[layer] = None
            elif missed[layer] is None:
                missed[layer] = now_s

    def reported(self, stream: Stream, time: StreamTime) -> None:
        """A sender report of a layer, with the timestamp as the stream forwards it."""
        self.line.reported(stream.layer, time)

    # -- who gets which -------------------------------------------------------------------------------------------

    def target_of(self, viewer: Consumer, now_s: float) -> Stream | None:
        """The stream a viewer should get; None while none is live."""
        layer = target_layer(self._live(now_s), viewer.highest_wanted)
        return None if layer is None else self._streams[layer]

    def change(self) -> None:
        """Somebody wants another layer: decide anew."""
        self._changed = True

    def decide(self, now_s: float) -> None:
        """Note for every viewer, and the recorder, which layer they should get, and ask for the key frames they need.

        To be called often: looks again ten times a second, and asks again every second as long as anybody waits.
        """
        live = self._live(now_s)
        changed = live != self._seen or self._changed
        if not changed and now_s - self._looked_s < LOOK_AGAIN_S:
            return
        self._looked_s = now_s
        if changed:
            self._seen, self._changed = live, False
            for viewer in self._producer.viewers:
                viewer.target_layer = target_layer(live, viewer.highest_wanted)
        for layer in self._awaited():
            self._streams[layer].gate.pending = True

    def _awaited(self) -> set[int]:
        """Layers that somebody should get and does not."""
        awaited = {
            viewer.target_layer
            for viewer in self._producer.viewers
            if viewer.target_layer is not None
            and viewer.allowed_layer is not None
            and viewer.current_layer != viewer.target_layer
        }
        best = target_layer(self._seen, len(self._streams) - 1)
        if self._producer.tapped and best is not None and self.tap.layer != best:
            awaited.add(best)
        if not any(self._seen):
            waiting = any(viewer.current_layer is None for viewer in self._producer.viewers)
            awaited |= {stream.layer for stream in self._streams if waiting and stream.ssrc is not None}
        return awaited

    def take_up(self, stream: Stream, extended: int, kept: bytes, places: int, now_s: float) -> None:
        """A key frame of a layer begins with this packet, which is not sent yet: who should, goes there."""
        live, first = self._live(now_s), read_progress(kept, places)
        late = stream.newest_number - extended
        for viewer in self._producer.viewers:
            current, target = viewer.current_layer, target_layer(live, viewer.highest_wanted)
            timely = late <= (LATE_BEGIN if current is None else LATE_SWITCH)
            can = timely and viewer.allowed_layer is not None and not viewer.behind
            if can and takes_up(stream.layer, current, target):
                viewer.join(stream, first)
        self._producer.distribute()

    # -- the recorder ---------------------------------------------------------------------------------------------

    def record(
        self,
        stream: Stream,
        data: Buffer,
        header: RtpHeader,
        extended: int,
        *,
        key_frame: bool,
        arrival_ns: int,
        now_s: float,
    ) -> None:
        """Hand a received packet to the recorder, as part of one stream that goes on from layer to layer."""
        best = target_layer(self._live(now_s), len(self._streams) - 1)
        if key_frame and takes_up(stream.layer, self.tap.layer, best):
            self.tap.begin(stream, data, header, self.line.offset(stream.layer))
        packet = self.tap.take(stream, data, header, extended)
        if packet is not None:
            stream.record(packet, arrival_ns, now_s)
