"""The recorder process as the server sees it: commands, media, faults."""

from __future__ import annotations

import av
import pytest

from recording.journal import read_manifest
from recording.timeline import Timeline

NS = 1_000_000_000


def test_a_hearing_with_a_recess_is_written_hashed_and_closed(hearing):
    folder, closed = hearing()
    timeline = Timeline.from_entries(read_manifest(folder))
    assert timeline.closed and closed["recorded_s"] == pytest.approx(6, abs=0.01)
    assert closed["segments"] == len(timeline.segments) == len(list((folder / "segments").iterdir()))
    assert {s.track for s in timeline.segments} == {1, 2, 3}
    for segment in timeline.segments:
        with av.open(str(folder / segment.path)) as file:
            frames = [frame for frame in file.decode()]
        assert frames, segment.path
        assert segment.lost == 0 and segment.packets > 0
    recorded = {
        n: sum(s.end_ns - s.start_ns for s in timeline.segments if s.track == n) / NS for n in (1, 2, 3)
    }
    assert recorded[2] == pytest.approx(6, abs=0.1) and recorded[1] == pytest.approx(6, abs=0.5)
