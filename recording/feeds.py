"""Each participant's segments put into one file per stream, on the composed file's time, without transcoding."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import av.error

from recording.model import RecordingError, Segment, Source
from recording.timeline import Timeline
from recording.writer import hash_file

_MILLISECOND: Final = Fraction(1, 1000)
_NS_PER_MS: Final = 1_000_000
_NEVER: Final = 1 << 62
# Audio at most this long after the packet before it needs no filling in.
_AUDIO_GAP_MS: Final = 200
# 20 ms of silence as an Opus packet (RFC 6716: CELT, one frame, nothing in it).
_OPUS_SILENCE: Final = b"\xf8\xff\xfe"
_SILENCE_MS: Final = 20
# A key frame just before recording was switched on is worth having: without it the picture starts later.
_EARLY_NS: Final = 1_500_000_000
# A picture stands this long after its last frame; then the tile is blank until the next.
_LINGER_MS: Final = 2000


@dataclass(slots=True)
class Feed:
    """One stream of one participant. `spans` are (from, to) in seconds of the composed file where it has media."""

    participant: str
    source: Source
    kind: str
    codec: str
    path: Path
    spans: list[tuple[float, float]] = field(default_factory=list)

    def blanks(self, duration_s: float, most: int = 200) -> list[tuple[float, float]]:
        """Where it has none; of more than `most`, the longest."""
        gaps: list[tuple[float, float]] = []
        reached = 0.0
        for start, end in self.spans:
            if start > reached:
                gaps.append((reached, start))
            reached = max(reached, end)
        if reached < duration_s:
            gaps.append((reached, duration_s + 1))
        return sorted(sorted(gaps, key=lambda gap: gap[0] - gap[1])[:most])


def gather(folder: Path, timeline: Timeline, target: Path) -> list[Feed]:
    """Write one Matroska file per (participant, source, codec) into `target`, ordered by participant's seat.

    Every segment is hashed on the way. Raises RecordingError when one is missing or not what the manifest says.
    """
    grouped: dict[tuple[str, Source, str], list[Segment]] = defaultdict(list)
    for segment in timeline.segments:
        track = timeline.tracks[segment.track]
        grouped[track.participant, track.source, track.codec].append(segment)
    feeds = []
    for number, (owner, segments) in enumerate(grouped.items()):
        kind = timeline.tracks[segments[0].track].kind
        feed = Feed(owner[0], owner[1], kind, owner[2], target / f"feed-{number:03d}.mkv")
        _Remux(folder, timeline, feed).run(sorted(segments, key=lambda s: (s.start_ns, s.track)))
        if feed.spans:
            feeds.append(feed)
    seats = {p.id: (p.seat, p.id) for p in timeline.participants.values()}
    return sorted(feeds, key=lambda feed: (seats[feed.participant], feed.source, feed.codec))


class _Remux:
    def __init__(self, folder: Path, timeline: Timeline, feed: Feed) -> None:
        self._folder = folder
        self._timeline = timeline
        self._feed = feed
        self._stream: Any = None
        self._last_ms = -1
        self._key = b""
        self._spans_ms: list[list[int]] = []

    def run(self, segments: list[Segment]) -> None:
        # Where a participant's new track takes over, the old one ends: two encoders cannot share one stream.
        starts: dict[int, int] = {}
        for segment in segments:
            starts.setdefault(segment.track, segment.start_ns)
        order = sorted(starts, key=lambda track: starts[track])
        ends = {track: starts[later] for track, later in pairwise(order)}
        with av.open(str(self._feed.path), "w", format="matroska") as output:
            for segment in segments:
                self._check(segment)
                self._append(output, segment, ends.get(segment.track, _NEVER))
            if self._key:
                self._hold(output, self._timeline.recorded_ns // _NS_PER_MS)
        self._feed.spans = [(a / 1000, b / 1000) for a, b in self._spans_ms]

    def _check(self, segment: Segment) -> None:
        try:
            digest, _ = hash_file(self._folder / segment.path)
        except OSError as error:
            raise RecordingError(f"{segment.path} cannot be read: {error.strerror}") from error
        if digest != segment.sha256:
            raise RecordingError(f"{segment.path} was changed: its SHA-256 is not the recorded one")

    def _append(self, output: Any, segment: Segment, end_ns: int) -> None:
        try:
            with av.open(str(self._folder / segment.path), "r", format="matroska") as source:
                template = source.streams[0]
                if self._stream is None:
                    self._stream = self._add_stream(output, template)
                for packet in source.demux(template):
                    if packet.pts is None or packet.size == 0:
                        continue
                    wall_ns = segment.start_ns + int(packet.pts * packet.time_base * 1000) * _NS_PER_MS
                    if wall_ns < end_ns:
                        self._write(output, packet, wall_ns)
        except av.error.FFmpegError as error:
            if not segment.recovered:
                raise RecordingError(f"{segment.path} cannot be read: {error}") from error
            # A file cut off by a crash ends in an error; what came before it is in.

    def _add_stream(self, output: Any, template: Any) -> Any:
        if self._feed.codec == "h264":
            return output.add_stream_from_template(
                template
            )  # Matroska keeps H.264 with its parameter sets apart
        if self._feed.kind == "video":
            size = {"width": template.width, "height": template.height}
            return output.add_mux_stream(self._feed.codec, time_base=_MILLISECOND, **size)
        return output.add_mux_stream(self._feed.codec, rate=48000, time_base=_MILLISECOND)

    def _write(self, output: Any, packet: Any, wall_ns: int) -> None:
        timeline = self._timeline
        if not timeline.recorded_at(wall_ns):
            early = self._feed.kind == "video" and timeline.recorded_at(wall_ns + _EARLY_NS)
            if not early or timeline.recorded_at(wall_ns - _EARLY_NS):
                return
        position_ms = max(timeline.offset_ns(wall_ns) // _NS_PER_MS, self._last_ms + 1)
        if self._feed.kind == "audio":
            self._fill(output, position_ms)
        elif packet.is_keyframe:
            self._key = bytes(packet)
            self._hold(output, position_ms)
        self._mux(output, bytes(packet), position_ms, packet.is_keyframe)
        if self._spans_ms and position_ms <= self._spans_ms[-1][1]:
            self._spans_ms[-1][1] = position_ms + _LINGER_MS
        else:
            self._spans_ms.append([position_ms, position_ms + _LINGER_MS])

    def _fill(self, output: Any, until_ms: int) -> None:
        """Send the silence that was never sent: a resampler asked to make up an hour of it needs a gigabyte."""
        if until_ms - self._last_ms <= _AUDIO_GAP_MS:
            return
        position_ms = self._last_ms + _SILENCE_MS if self._last_ms >= 0 else 0
        while position_ms + _SILENCE_MS <= until_ms:
            self._mux(output, _OPUS_SILENCE, position_ms, True)
            position_ms += _SILENCE_MS

    def _hold(self, output: Any, until_ms: int) -> None:
        """Send the next key frame again and again through a gap, where the tile is blank anyway.

        ffmpeg fills a gap with frames all at once: an hour of them would need many gigabytes. What follows the key frame
        decodes as ever, because that frame is what was decoded last.
        """
        position_ms = self._last_ms + _LINGER_MS if self._last_ms >= 0 else 0
        while position_ms < until_ms:
            self._mux(output, self._key, position_ms, True)
            position_ms += _LINGER_MS

    def _mux(self, output: Any, data: bytes, position_ms: int, key: bool) -> None:
        copy = av.Packet(data)
        copy.stream = self._stream
        copy.time_base = _MILLISECOND
        copy.pts = copy.dts = position_ms
        copy.is_keyframe = key
        output.mux(copy)
        self._last_ms = position_ms
