"""One line of time for all layers of a simulcast. Pure.

The layers of one picture count their RTP timestamps from different random numbers. A sender report of each says where
its count was on the publisher's clock, and from then on the offset between them is exact, and stays. Until then it is
taken from when their packets arrived.
"""

from __future__ import annotations

from room_server.relay.rtp.publisher_clock import StreamTime
from room_server.relay.rtp.sequence import unwrap_step

MOST_WRONG_S = 2.0
"""A report that puts a layer further than this from where its packets arrive is not believed."""


class LayerLine:
    """Offsets, in RTP timestamp units modulo 2^32, that are added to each layer's timestamps."""

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._offsets: dict[int, int] = {}
        self._exact: set[int] = set()
        self._anchor: StreamTime | None = None
        self._newest: tuple[int, float] | None = None

    def offset(self, layer: int) -> int:
        """What to add to this layer's timestamps; 0 before its first packet."""
        return self._offsets.get(layer, 0)

    def is_exact(self, layer: int) -> bool:
        """Whether the layer's place on the line is known from sender reports."""
        return layer in self._exact

    def arrived(self, layer: int, rtp_timestamp: int, now_s: float) -> None:
        """A packet of a layer came; the first one gives the layer its place by its time of arrival."""
        offset = self._offsets.get(layer)
        if offset is None:
            offset = 0
            if self._newest is not None:
                newest, at_s = self._newest
                offset = newest + round((now_s - at_s) * self._clock_rate) - rtp_timestamp
            self._offsets[layer] = offset = offset & 0xFFFFFFFF
        self._newest = ((rtp_timestamp + offset) & 0xFFFFFFFF, now_s)

    def reported(self, layer: int, time: StreamTime) -> None:
        """A sender report of a layer. The first of all makes the line; the first of each other layer its place."""
        offset = self._offsets.get(layer)
        if offset is None:
            return
        if self._anchor is None:
            self._exact.add(layer)
        elif layer not in self._exact:
            exact = self._anchor.timestamp_at(time.publisher_s) - time.rtp_timestamp
            if abs(unwrap_step(exact - offset, 0, 32)) > MOST_WRONG_S * self._clock_rate:
                return
            self._offsets[layer] = offset = exact & 0xFFFFFFFF
            self._exact.add(layer)
        on_line = (time.rtp_timestamp + offset) & 0xFFFFFFFF
        self._anchor = StreamTime(time.publisher_s, on_line, self._clock_rate, time.arrived_s)

    def restarted(self, layer: int) -> None:
        """The layer goes on from another SSRC, by the clock: its place is to be found anew."""
        self._exact.discard(layer)
