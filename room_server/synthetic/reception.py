"""What a synthetic participant received: pictures, tones and packets, per remote participant and source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiortc import RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, VideoFrame

from room_server.synthetic.picture import hue_of
from room_server.synthetic.tone import SAMPLE_RATE, levels, thinned

_THIN = 8
_MEASURE_EVERY = 5
"""Every fifth 20 ms frame, thinned to 6 kHz: ten measurements a second cost next to nothing."""


@dataclass
class Reception:
    """One consumed track. ``frames`` are decoded frames; ``moved`` counts pictures that differ from the one before."""

    producer_id: str
    participant: str
    source: str
    consumer_id: str = ""
    frames: int = 0
    moved: int = 0
    packets: int = 0
    width: int = 0
    height: int = 0
    hue: float | None = None
    first_frame_at_s: float | None = None
    last_frame_at_s: float | None = None
    tones: dict[int, float] = field(default_factory=dict)
    ended: bool = False
    receiver: RTCRtpReceiver | None = None
    _trace: bytes = b""

    def picture(self, frame: VideoFrame, at_s: float) -> None:
        """Count a decoded picture: its size, its colour, and whether something moved in it."""
        self._count(at_s)
        self.width, self.height = frame.width, frame.height
        luma = frame.planes[0]
        trace = bytes(memoryview(luma)[:: max(1, luma.line_size // 7)])
        if trace != self._trace:
            self.moved += 1
            self._trace = trace
        blue, red = (memoryview(plane)[plane.line_size * 4 + 4] for plane in frame.planes[1:3])
        self.hue = hue_of(blue, red)

    def sound(self, frame: AudioFrame, at_s: float, frequencies_hz: Sequence[int]) -> None:
        """Count decoded sound and measure the amplitudes of ``frequencies_hz`` in it."""
        self._count(at_s)
        if frequencies_hz and self.frames % _MEASURE_EVERY == 0:
            channels = 1 if frame.format.is_planar else len(frame.layout.channels)
            samples = thinned(bytes(frame.planes[0])[: 2 * channels * frame.samples], channels, _THIN)
            self.tones = levels(samples, SAMPLE_RATE // _THIN, frequencies_hz)

    def _count(self, at_s: float) -> None:
        self.frames += 1
        self.last_frame_at_s = at_s
        if self.first_frame_at_s is None:
            self.first_frame_at_s = at_s

    async def read_packets(self) -> int:
        """RTP packets received so far; the last known number once the track has ended."""
        if self.receiver is not None:
            report = await self.receiver.getStats()
            counted = sum(stats.packetsReceived for stats in report.values() if stats.type == "inbound-rtp")
            self.packets = max(self.packets, counted)
        return self.packets


async def receive(
    track: MediaStreamTrack, reception: Reception, now_s: Callable[[], float], frequencies_hz: Sequence[int]
) -> None:
    """Read ``track`` to its end into ``reception``."""
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            reception.ended = True
            return
        if isinstance(frame, VideoFrame):
            reception.picture(frame, now_s())
        elif isinstance(frame, AudioFrame):
            reception.sound(frame, now_s(), frequencies_hz)
