"""What a manifest says happened, and where wall time lies in the recorded media. Pure.

Recorded time is the sum of the intervals in which recording was on. Planned gaps (recess, suspension) lie between the
intervals and are cut out of the composed file; gaps inside an interval (a restarted recorder, a lost line) stay in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from recording.manifest import Entry
from recording.model import NS_PER_S, JsonObject, Participant, Segment, Track, wall_from_iso


@dataclass(frozen=True, slots=True)
class Interval:
    """Recording was on from `start_ns` to `end_ns`; its media begin at `offset_ns` of the composed file."""

    start_ns: int
    end_ns: int
    offset_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns


@dataclass(slots=True)
class Timeline:
    """The state of a recording after a sequence of entries. Made by `from_entries`; not changed afterwards."""

    opened: JsonObject = field(default_factory=dict)
    participants: dict[str, Participant] = field(default_factory=dict)
    tracks: dict[int, Track] = field(default_factory=dict)
    live_tracks: set[int] = field(default_factory=set)
    segments: list[Segment] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    recording_since_ns: int | None = None
    closed: bool = False
    last_known_ns: int = 0

    @classmethod
    def from_entries(cls, entries: Sequence[Entry]) -> Timeline:
        """Read checked entries (see `manifest.read_chain`)."""
        timeline = cls()
        for entry in entries:
            timeline._take(entry)
        if timeline.recording_since_ns is not None and not timeline.closed:
            timeline._add_interval(timeline.recording_since_ns, timeline.last_known_ns)
        return timeline

    def _take(self, entry: Entry) -> None:
        data = entry.data
        self.last_known_ns = max(self.last_known_ns, wall_from_iso(entry.at))
        if entry.kind == "opened":
            self.opened = data
            self.participants = {p["id"]: Participant.from_json(p) for p in data["participants"]}
        elif entry.kind == "participant":
            self.participants[data["id"]] = Participant.from_json(data)
        elif entry.kind == "track":
            self.tracks[data["track"]] = Track.from_json(data)
            self.live_tracks.add(data["track"])
        elif entry.kind == "track_ended":
            self.live_tracks.discard(data["track"])
        elif entry.kind == "segment":
            self.segments.append(Segment.from_json(data))
            self.last_known_ns = max(self.last_known_ns, self.segments[-1].end_ns)
        elif entry.kind == "segment_unreadable":
            self.unreadable.append(data["path"])
        elif entry.kind == "phase":
            self._phase(bool(data["recording"]), wall_from_iso(data["at"]))
        elif entry.kind == "closed":
            self._phase(False, wall_from_iso(data["at"]))
            self.closed = True

    def _phase(self, recording: bool, at_ns: int) -> None:
        if recording and self.recording_since_ns is None:
            # Two intervals never overlap, even if the clock was set back during the pause.
            floor_ns = self.intervals[-1].end_ns if self.intervals else at_ns
            self.recording_since_ns = max(at_ns, floor_ns)
        elif not recording and self.recording_since_ns is not None:
            self._add_interval(self.recording_since_ns, at_ns)
            self.recording_since_ns = None

    def _add_interval(self, start_ns: int, end_ns: int) -> None:
        offset_ns = self.intervals[-1].offset_ns + self.intervals[-1].length_ns if self.intervals else 0
        self.intervals.append(Interval(start_ns, max(start_ns, end_ns), offset_ns))

    @property
    def recorded_ns(self) -> int:
        return sum(interval.length_ns for interval in self.intervals)

    @property
    def recorded_s(self) -> float:
        """Seconds in which recording was on: the length that the composed file must have."""
        return self.recorded_ns / NS_PER_S

    def offset_ns(self, wall_ns: int) -> int:
        """Position in the composed file; a time inside a planned gap is where the gap was cut out."""
        index = bisect_right(self.intervals, wall_ns, key=lambda interval: interval.start_ns) - 1
        if index < 0:
            return 0
        interval = self.intervals[index]
        return interval.offset_ns + min(wall_ns, interval.end_ns) - interval.start_ns

    def offset_s(self, wall_ns: int) -> float:
        """`offset_ns` in seconds, to the millisecond."""
        return round(self.offset_ns(wall_ns) / NS_PER_S, 3)

    def wall_ns(self, offset_ns: int) -> int:
        """Wall time at a position of the composed file. At a cut: the time after it."""
        if not self.intervals:
            return self.last_known_ns
        index = bisect_right(self.intervals, offset_ns, key=lambda interval: interval.offset_ns) - 1
        interval = self.intervals[max(index, 0)]
        return interval.start_ns + min(max(offset_ns - interval.offset_ns, 0), interval.length_ns)

    def recorded_at(self, wall_ns: int) -> bool:
        """Whether recording was on."""
        index = bisect_right(self.intervals, wall_ns, key=lambda interval: interval.start_ns) - 1
        return index >= 0 and wall_ns <= self.intervals[index].end_ns


_PLAYED = frozenset(
    {"opened", "participant", "track", "track_ended", "event", "phase", "gap", "server_lost", "closed"}
)


def playback_events(entries: Sequence[Entry]) -> list[JsonObject]:
    """What a playback page lists, in order of time.

    Each is `{"offset_s", "at", "type", "kind", "recorded", "sequence", "data"}`: `offset_s` is the position in the composed
    file, `recorded` whether recording was on at `at`, `kind` the manifest's word, `type` the event's own `type` for
    kind `event` and the kind otherwise.
    """
    timeline = Timeline.from_entries(entries)
    listed: list[tuple[int, int, JsonObject]] = []
    for entry in entries:
        if entry.kind not in _PLAYED:
            continue
        data = entry.data
        at = data.get("from") if entry.kind == "gap" else data.get("at")
        at = at if isinstance(at, str) else entry.at
        at_ns = wall_from_iso(at)
        kind_of_event = data.get("type") if entry.kind == "event" else entry.kind
        item = {
            "offset_s": timeline.offset_s(at_ns),
            "at": at,
            "type": kind_of_event if isinstance(kind_of_event, str) else "event",
            "kind": entry.kind,
            "recorded": timeline.recorded_at(at_ns),
            "sequence": entry.sequence,
            "data": data,
        }
        listed.append((at_ns, entry.sequence, item))
    return [item for _, _, item in sorted(listed, key=lambda row: row[:2])]
