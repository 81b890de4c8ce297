"""Viewers of a stream who begin between two key frames: they get what was kept, at a pace, and then the live packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from room_server.relay.rtp.picture_run import MAX_PACKETS, RunPacket

if TYPE_CHECKING:
    from room_server.relay.consumer import Consumer
    from room_server.relay.stream import Stream

# 15 Mbit/s, in bursts that fit a socket's buffer.
CATCH_UP_S = 0.005
CATCH_UP_PACKETS = 8
MOST_BEHIND = 2 * MAX_PACKETS
"""A publisher faster than that must not fill the memory."""


class CatchingUp:
    """The viewers of one stream who are behind. Who no longer is goes over to the stream's targets."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.viewers: list[Consumer] = []
        self._pacing = False

    def __bool__(self) -> bool:
        return bool(self.viewers)

    def serve(self, viewers: list[Consumer]) -> None:
        """From now on these are behind, and no others."""
        self.viewers = viewers
        if viewers and not self._pacing:
            self._advance()

    def hold(self, live: RunPacket) -> None:
        """Keep a live packet for them; who falls too far behind begins with a new key frame."""
        for viewer in list(self.viewers):
            viewer.behind.append(live)
            if len(viewer.behind) > MOST_BEHIND:
                viewer.interrupt()
                self._release(viewer)

    def _advance(self) -> None:
        self._pacing = False
        runtime = self._stream.room.runtime
        now_s = runtime.now_s()
        for viewer in list(self.viewers):
            if viewer.advance(CATCH_UP_PACKETS, now_s):
                self._release(viewer)
        if self.viewers:
            self._pacing = True
            runtime.later(CATCH_UP_S, self._advance)

    def _release(self, viewer: Consumer) -> None:
        self.viewers.remove(viewer)
        self._stream.take_in(viewer)
