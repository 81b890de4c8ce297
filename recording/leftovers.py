"""Files that a killed recorder, or a failed write, left behind: entered as they are, never silently dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from recording.manifest import SEGMENT_FOLDER
from recording.model import JsonObject, iso_from_wall
from recording.writer import hash_file, measure_segment, read_segment_path

_NS_PER_MS = 1_000_000


class Leftover(NamedTuple):
    """What to enter for one file: a `segment` as far as it can be read, or `segment_unreadable`."""

    kind: Literal["segment", "segment_unreadable"]
    data: JsonObject
    end_ns: int


def describe_leftover(folder: Path, path: str, track: int, start_ns: int) -> Leftover:
    """Hash and measure a partial file; `end_ns` is the last wall time it holds, 0 when nothing can be read."""
    digest, size = hash_file(folder / path)
    found = measure_segment(folder / path)
    data: JsonObject = {"path": path, "track": track, "sha256": digest, "bytes": size}
    if found is None:
        return Leftover("segment_unreadable", data, 0)
    frames, last_ms = found
    end_ns = start_ns + last_ms * _NS_PER_MS
    data |= {
        "start": iso_from_wall(start_ns),
        "end": iso_from_wall(end_ns),
        "frames": frames,
        "recovered": True,
    }
    return Leftover("segment", data, end_ns)


def segment_files(folder: Path) -> list[tuple[str, int, int, int]]:
    """(path, track, index, start in ns) of every segment file in a recording, in order of names."""
    found = []
    for file in sorted((folder / SEGMENT_FOLDER).iterdir()):
        path = f"{SEGMENT_FOLDER}/{file.name}"
        named = read_segment_path(path)
        if named is not None:
            found.append((path, *named))
    return found
