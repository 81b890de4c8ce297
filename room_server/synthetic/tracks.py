"""The test picture and the tone as aiortc tracks, paced by the event loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from room_server.synthetic.picture import Picture, PictureSource
from room_server.synthetic.tone import FRAME_SAMPLES, FRAMES_PER_SECOND, SAMPLE_RATE, Tone

COURT_ZONE = ZoneInfo("Asia/Shanghai")
_VIDEO_CLOCK_RATE = 90_000


class _Pace:
    """Numbers ticks of ``per_second``; after a stall it goes on with the present tick instead of catching up."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._started_s: float | None = None
        self._number = -1

    async def next(self) -> int:
        now_s = asyncio.get_running_loop().time()
        if self._started_s is None:
            self._started_s = now_s
        present = int((now_s - self._started_s) * self._per_second)
        self._number = max(self._number + 1, present)
        wait_s = self._started_s + self._number / self._per_second - now_s
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        return self._number


class PictureTrack(MediaStreamTrack):
    """Video of a :class:`PictureSource`; the clock shows the court's time."""

    kind = "video"

    def __init__(self, source: PictureSource, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._source = source
        self._now = now
        self._pace = _Pace(source.fps)

    async def recv(self) -> VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        number = await self._pace.next()
        clock = self._now().astimezone(COURT_ZONE).strftime("%H:%M:%S")
        frame = _video_frame(self._source.draw(number, clock), self._source.width, self._source.height)
        frame.pts = number * _VIDEO_CLOCK_RATE // self._source.fps
        frame.time_base = Fraction(1, _VIDEO_CLOCK_RATE)
        return frame


class ToneTrack(MediaStreamTrack):
    """Audio of a :class:`Tone`."""

    kind = "audio"

    def __init__(self, tone: Tone) -> None:
        super().__init__()
        self._tone = tone
        self._pace = _Pace(FRAMES_PER_SECOND)

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        number = await self._pace.next()
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.planes[0].update(self._tone.frame(number))
        frame.sample_rate = SAMPLE_RATE
        frame.pts = number * FRAME_SAMPLES
        frame.time_base = Fraction(1, SAMPLE_RATE)
        return frame


def _video_frame(picture: Picture, width: int, height: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    planes = (picture.luma, picture.blue, picture.red)
    for plane, content, (columns, rows) in zip(frame.planes, planes, sizes, strict=True):
        plane.update(_padded(content, columns, rows, plane.line_size))
    return frame


def _padded(content: bytes, columns: int, rows: int, line_size: int) -> bytes:
    if line_size == columns:
        return content
    padding = bytes(line_size - columns)
    return b"".join(content[row * columns : (row + 1) * columns] + padding for row in range(rows))
