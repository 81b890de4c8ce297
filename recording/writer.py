"""Segments on disk: Matroska files of one track, muxed without transcoding, hashed and synced when finished."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.error

from recording.manifest import SEGMENT_FOLDER
from recording.model import NS_PER_S, JsonObject, RecordingError, Track, iso_from_wall
from recording.reception import TimedFrame

_MILLISECOND: Final = Fraction(1, 1000)
_NS_PER_MS: Final = 1_000_000
# Without these two nothing is on disk for seconds, and a killed recorder loses more than it must.
_OPTIONS: Final = {"flush_packets": "1", "cluster_time_limit": "500"}


class SegmentFault(RecordingError):
    """A segment cannot be written or read. `full` says that the disk has no room."""

    def __init__(self, message: str, full: bool = False) -> None:
        super().__init__(message)
        self.full = full


@dataclass(frozen=True, slots=True)
class FinishedSegment:
    """A file that is complete and on disk. `path` is relative to the recording's folder, with forward slashes."""

    path: str
    sha256: str
    size: int
    start_ns: int
    end_ns: int
    first_rtp_timestamp: int
    last_rtp_timestamp: int
    packets: int
    lost: int

    def to_json(self, track: int) -> JsonObject:
        """The data of its manifest entry."""
        return {
            "path": self.path,
            "track": track,
            "sha256": self.sha256,
            "bytes": self.size,
            "start": iso_from_wall(self.start_ns),
            "end": iso_from_wall(self.end_ns),
            "first_rtp_timestamp": self.first_rtp_timestamp,
            "last_rtp_timestamp": self.last_rtp_timestamp,
            "packets": self.packets,
            "lost": self.lost,
            "recovered": False,
        }


def segment_path(track: int, index: int, start_ns: int) -> str:
    """Where a segment goes. Track, index and start can be read from the name if the manifest never got its entry."""
    return f"{SEGMENT_FOLDER}/{track:04d}-{index:06d}-{start_ns // _NS_PER_MS}.mkv"


def read_segment_path(path: str) -> tuple[int, int, int] | None:
    """(track, index, start in ns) from a segment's path or name, None when it is not one."""
    parts = Path(path).stem.split("-")
    if len(parts) != 3 or not path.endswith(".mkv") or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2]) * _NS_PER_MS


class SegmentWriter:
    """One segment being written. The first frame must be a key frame; its time becomes position 0."""

    def __init__(self, folder: Path, track: Track, index: int, first: TimedFrame) -> None:
        if not first.frame.key:
            raise SegmentFault("a segment must start at a key frame")
        self.track = track
        self.start_ns = first.wall_ns // _NS_PER_MS * _NS_PER_MS
        self.path = segment_path(track.number, index, self.start_ns)
        self._file = folder / self.path
        self._last_ms = -1
        self._end_ns = self.start_ns
        self._packets = self._lost = 0
        self._first_rtp_timestamp = self._last_rtp_timestamp = first.frame.rtp_timestamp
        try:
            self._container: Any = av.open(str(self._file), "w", format="matroska", options=_OPTIONS)
            self._container.metadata["title"] = f"track {track.number} segment {index}"
            self._stream: Any = self._add_stream(first)
        except (OSError, ValueError, av.error.FFmpegError) as error:
            raise _fault(self.path, error) from error

    def _add_stream(self, first: TimedFrame) -> Any:
        if self.track.kind == "video":
            size = {"width": first.frame.width, "height": first.frame.height}
            return self._container.add_mux_stream(self.track.codec, time_base=_MILLISECOND, **size)
        return self._container.add_mux_stream(
            self.track.codec, rate=self.track.clock_rate, time_base=_MILLISECOND
        )

    def write(self, timed: TimedFrame) -> None:
        """Append a frame; times that do not advance are moved on by 1 ms. Raises SegmentFault."""
        frame = timed.frame
        position_ms = max((timed.wall_ns - self.start_ns) // _NS_PER_MS, self._last_ms + 1)
        packet = av.Packet(frame.data)
        packet.stream = self._stream
        packet.time_base = _MILLISECOND
        packet.pts = packet.dts = position_ms
        packet.is_keyframe = frame.key
        try:
            self._container.mux(packet)
        except (OSError, ValueError, av.error.FFmpegError) as error:
            raise _fault(self.path, error) from error
        self._last_ms = position_ms
        duration_ns = frame.duration_ticks * NS_PER_S // self.track.clock_rate
        self._end_ns = self.start_ns + position_ms * _NS_PER_MS + duration_ns
        self._packets += timed.packets
        self._lost += timed.lost
        self._last_rtp_timestamp = frame.rtp_timestamp

    def abandon(self) -> None:
        """Let go of a file that can be neither written on nor finished."""
        with contextlib.suppress(OSError, ValueError, av.error.FFmpegError):
            self._container.close()

    def finish(self) -> FinishedSegment:
        """Close, sync and hash the file. Raises SegmentFault; the file then stays as far as it got."""
        try:
            self._container.close()
            sync(self._file)
            sync(self._file.parent)
            digest, size = hash_file(self._file)
        except (OSError, ValueError, av.error.FFmpegError) as error:
            raise _fault(self.path, error) from error
        return FinishedSegment(
            self.path,
            digest,
            size,
            self.start_ns,
            self._end_ns,
            self._first_rtp_timestamp,
            self._last_rtp_timestamp,
            self._packets,
            self._lost,
        )


def _fault(path: str, error: Exception) -> SegmentFault:
    number = getattr(error, "errno", None)
    return SegmentFault(f"{path}: {error}", full=number in (28, 122))


def sync(path: Path) -> None:
    """Make a file's, or a folder's, content durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hash_file(path: Path) -> tuple[str, int]:
    """(lower-case hexadecimal SHA-256, size in bytes) of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def measure_segment(path: Path) -> tuple[int, int] | None:
    """(packets, position of the last in ms) that can be read from a file cut off anywhere; None if nothing can."""
    packets = last_ms = 0
    try:
        with av.open(str(path), "r", format="matroska") as container:
            for packet in container.demux():
                if packet.pts is None or packet.time_base is None or packet.size == 0:
                    continue
                packets += 1
                last_ms = max(last_ms, int(packet.pts * packet.time_base * 1000))
    except (OSError, ValueError, av.error.FFmpegError):
        pass
    return (packets, last_ms) if packets else None
