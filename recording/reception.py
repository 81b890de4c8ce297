"""One track's way from tap packets to timed frames: order, whole frames, wall time. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from recording.clock import SenderClock, TrackClock
from recording.depacketize import depacketizer
from recording.model import EncodedFrame, Track
from recording.rtp import Ordered, ReorderBuffer, RtpPacket, SenderReport


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """A frame with its wall time (ns) and the RTP packets received and lost since the frame before it."""

    frame: EncodedFrame
    wall_ns: int
    packets: int
    lost: int


class Reception:
    """Feed packets and reports of one track; take frames. A new SSRC starts everything but the counters anew."""

    def __init__(self, track: Track, sender: SenderClock) -> None:
        self.track = track
        self.packets = 0
        self.lost = 0
        self.refused = 0
        self._sender = sender
        self._ssrc: int | None = None
        self._pending_packets = 0
        self._pending_lost = 0
        self._restart()

    def _restart(self) -> None:
        self._order = ReorderBuffer()
        self._clock = TrackClock(self.track.clock_rate, self._sender)
        self._depacketizer = depacketizer(self.track.codec)
        self._walls: dict[int, int] = {}

    def packet(self, packet: RtpPacket, arrival_ns: int) -> list[TimedFrame]:
        """Take a packet; return the frames that it, or the time that has passed, made whole."""
        if packet.payload_type != self.track.payload_type:
            self.refused += 1
            return []
        frames: list[TimedFrame] = []
        if packet.ssrc != self._ssrc:
            frames = self.flush()
            self._ssrc = packet.ssrc
            self._restart()
        self.packets += 1
        return frames + self._depacketize(self._order.push(packet, arrival_ns))

    def report(self, report: SenderReport, arrival_ns: int) -> None:
        """Take a sender report."""
        self._clock.report(report.sender_ns, report.rtp_timestamp, arrival_ns)

    def release(self, now_ns: int) -> list[TimedFrame]:
        """Frames held up by packets that will not come any more."""
        return self._depacketize(self._order.release(now_ns))

    def flush(self) -> list[TimedFrame]:
        """Everything held, when the stream ends or pauses."""
        frames = self._depacketize(self._order.flush())
        return frames + self._timed(self._depacketizer.flush())

    def reset(self) -> None:
        """Forget what is held without giving it: the media of a pause must not reach the record."""
        self._restart()
        self._pending_packets = self._pending_lost = 0

    def _depacketize(self, ordered: list[Ordered]) -> list[TimedFrame]:
        frames: list[TimedFrame] = []
        for item in ordered:
            timestamp = item.packet.rtp_timestamp
            if timestamp not in self._walls:
                self._walls[timestamp] = self._clock.wall(timestamp, item.arrival_ns)
            self.lost += item.lost_before
            self._pending_lost += item.lost_before
            self._pending_packets += 1
            frames += self._timed(self._depacketizer.push(item.packet, item.lost_before))
        return frames

    def _timed(self, frames: list[EncodedFrame]) -> list[TimedFrame]:
        timed: list[TimedFrame] = []
        for frame in frames:
            wall_ns = self._walls[frame.rtp_timestamp]
            timed.append(TimedFrame(frame, wall_ns, self._pending_packets, self._pending_lost))
            self._pending_packets = self._pending_lost = 0
        if len(self._walls) > 8:
            for timestamp in list(self._walls)[:-4]:
                del self._walls[timestamp]
        return timed
