"""The composed file: its length, its pictures, its tones, its clock, its signed statement."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from array import array
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg
import pylopdf_fonts_zh_cn
import pytest

from recording import keys
from recording.composition import compose
from recording.feeds import gather
from recording.journal import read_manifest
from recording.model import RecordingError, iso_from_wall
from recording.timeline import Timeline
from recording.verify import verify

NS = 1_000_000_000
ROOT = Path(__file__).resolve().parents[2]


def strength(samples: array, rate: int, frequency: float) -> float:
    """Goertzel: the amplitude of one frequency in the samples, relative to full scale."""
    turn = 2 * math.cos(2 * math.pi * frequency / rate)
    before = before2 = 0.0
    for sample in samples:
        before, before2 = sample + turn * before - before2, before
    power = before2**2 + before**2 - turn * before * before2
    return 2 * math.sqrt(max(power, 0)) / len(samples)


def sound(path: Path, from_s: float, to_s: float) -> array:
    """Mono float samples of the composed file at 8 kHz."""
    samples = array("f")
    resampler = av.AudioResampler("flt", "mono", 8000)
    with av.open(str(path)) as file:
        for frame in file.decode(audio=0):
            for part in resampler.resample(frame):
                samples.frombytes(bytes(part.planes[0])[: part.samples * 4])
    return samples[int(from_s * 8000) : int(to_s * 8000)]


def picture_at(path: Path, at_s: float) -> av.VideoFrame:
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            if frame.time >= at_s:
                return frame
    raise AssertionError(f"no picture at {at_s} s")


def brightness(frame: av.VideoFrame, left: int, top: int, right: int, bottom: int) -> float:
    plane = frame.planes[0]
    data = bytes(plane)
    rows = [data[y * plane.line_size + left : y * plane.line_size + right] for y in range(top, bottom)]
    return sum(map(sum, rows)) / ((right - left) * (bottom - top))


def test_a_hearing_with_a_recess_becomes_one_file(hearing, key_file, tmp_path):
    folder, _ = hearing()
    seen: list[float] = []
    composed = compose(folder, folder / "composed.mp4", keys.load(key_file), seen.append)
    assert composed.expected_s == pytest.approx(6, abs=0.001)
    assert composed.duration_s == pytest.approx(composed.expected_s, abs=0.1)
    assert seen == sorted(seen) and seen[-1] > 0.9
    with av.open(str(composed.path)) as file:
        assert {stream.codec_context.name for stream in file.streams} == {"h264", "aac"}
        assert sum(1 for _ in file.decode(video=0)) == 150
    for at_s in (0.5, 2.5, 3.5, 5.5):
        frame = picture_at(composed.path, at_s)
        assert frame.width == 1280
        assert brightness(frame, 100, 100, 500, 400) > 70  # the judge's camera
        assert brightness(frame, 740, 100, 1140, 400) < 60  # the claimant has none: a plain tile
    for start_s in (1, 4):
        samples = sound(composed.path, start_s, start_s + 1)
        assert strength(samples, 8000, 440) > 0.1 and strength(samples, 8000, 1000) > 0.1
        assert strength(samples, 8000, 700) < 0.01
    report = verify(folder, keys.load(key_file).public_raw)
    assert report.ok and report.composed == ["composed.mp4"], report
    with pytest.raises(RecordingError, match="never overwritten"):
        compose(folder, folder / "composed.mp4", keys.load(key_file))


def record(recorder, key_file, tracks, seconds, title="庭审"):
    """Record [(stream, participant, extra track fields, first ms, last ms)] for `seconds`; returns the folder."""
    process = recorder()
    process.start(key_file, title=title)
    origin = (time.time_ns() - 60 * NS) // 1_000_000 * 1_000_000
    process.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin))
    datagrams = []
    for stream, participant, extra, first_ms, last_ms in tracks:
        process.add_track(stream.number, participant, stream.video, payload_type=stream.payload_type, **extra)
        datagrams += stream.datagrams(origin, origin, first_ms, last_ms)
    process.expect("head")
    process.send(datagrams)
    process.settle(len(datagrams))
    process.close(origin + seconds * NS)
    return process.folder


def test_sound_and_picture_change_at_the_same_moment(recorder, key_file, studio, tones):
    dark, bright = (studio.encode_vp8(2, 25, 320, 240, shade, 25) for shade in (20, 200))
    picture = dark + [(at + 2000, data) for at, data in bright]
    sound_from_2s = [(at, data) for at, data in tones[440] if 2000 <= at < 4000]
    tracks = [
        (studio.Stream(1, picture, 90000, 96), "par_j", {}, 0, 4000),
        (studio.Stream(2, sound_from_2s, 48000, 111), "par_j", {}, 0, 4000),
    ]
    folder = record(recorder, key_file, tracks, 4)
    made = compose(folder, folder / "composed.mp4", keys.load(key_file)).path
    samples = sound(made, 0, 4)
    loud = next(n for n in range(0, len(samples) - 80, 80) if max(map(abs, samples[n : n + 80])) > 0.1) / 8000
    with av.open(str(made)) as file:
        light = next(f.time for f in file.decode(video=0) if brightness(f, 100, 100, 500, 400) > 120)
    assert loud == pytest.approx(2.0, abs=0.05)
    assert light == pytest.approx(2.0, abs=0.05)


def test_a_camera_that_comes_late_goes_early_and_changes_its_size(recorder, key_file, studio):
    small, large = studio.encode_vp8(1, 10, 160, 120, 200, 10), studio.encode_vp8(1, 10, 320, 180, 200, 10)
    picture = small + [(at + 1000, data) for at, data in large]
    late = [(at + 2000, data) for at, data in picture]
    folder = record(recorder, key_file, [(studio.Stream(1, late, 90000, 96), "par_j", {}, 0, 9000)], 8)
    made = compose(folder, folder / "composed.mp4", keys.load(key_file)).path
    middle = (200, 200, 600, 400)
    shown = [brightness(picture_at(made, at_s), *middle) for at_s in (0.5, 1.5, 2.5, 3.5, 6.5, 7.5)]
    blank = shown[0]
    assert blank < 60 and shown[1] == pytest.approx(blank, abs=3)
    assert shown[2] > 120 and shown[3] > 120
    assert shown[4] == pytest.approx(blank, abs=3) and shown[5] == pytest.approx(blank, abs=3)
    # 4:3 fills the tile, 16:9 leaves the tile's colour above and below.
    assert brightness(picture_at(made, 2.5), 200, 60, 600, 90) > 120
    assert brightness(picture_at(made, 3.5), 200, 60, 600, 90) < 60


def test_h264_and_a_shared_screen_are_recorded_and_composed(recorder, key_file, studio, picture):
    film = [(number * 100, data) for number, data in enumerate(studio.encode_h264(320, 240, 30, "baseline"))]
    tracks = [
        (studio.Stream(1, film, 90000, 102), "par_j", {"mime_type": "video/H264"}, 0, 3000),
        (studio.Stream(2, picture, 90000, 96), "par_j", {"source": "screen"}, 0, 3000),
    ]
    folder = record(recorder, key_file, tracks, 3)
    composed = compose(folder, folder / "composed.mp4", keys.load(key_file))
    frame = picture_at(composed.path, 2)
    assert frame.width == 1280
    assert brightness(frame, 100, 100, 500, 400) > 70 and brightness(frame, 740, 100, 1140, 400) > 70
    segments = [s for s in Timeline.from_entries(read_manifest(folder)).segments if s.track == 1]
    decoded = 0
    for segment in segments:
        with av.open(str(folder / segment.path)) as file:
            decoded += sum(1 for _ in file.decode(video=0))
    assert decoded == 30


def test_the_clock_in_the_picture_is_the_courts_also_after_a_recess(hearing, key_file):
    folder, _ = hearing()
    made = compose(folder, folder / "composed.mp4", keys.load(key_file)).path
    start_ns = Timeline.from_entries(read_manifest(folder)).intervals[0].start_ns
    shanghai = timezone(timedelta(hours=8))
    middle_s = 0.5 - start_ns % NS / NS  # look in the middle of the clock's seconds
    for second, cut_s in ((1, 0), (2, 0), (4, 20), (5, 20)):
        at_s = second + middle_s
        wall_s = at_s + cut_s
        shown = picture_at(made, at_s)
        wall = datetime.fromtimestamp(start_ns / NS + wall_s, shanghai)
        likeness = {
            seconds: difference(shown, clock_drawn(wall + timedelta(seconds=seconds), shown.width))
            for seconds in (-20, -2, -1, 0, 1, 2, 20)
        }
        best = min(likeness, key=lambda seconds: likeness[seconds])
        assert best == 0 and likeness[0] < 3 < likeness[1], (at_s, likeness)


def clock_drawn(wall: datetime, width: int) -> bytes:
    """The brightness of the header's 48 rows as they should look at that time."""
    text = wall.strftime("%Y-%m-%d %H:%M:%S +08:00").replace(":", "\\:")
    look = f"fontsize=20:fontcolor=0xf2f4f7:x={width - 300}:y=(h-text_h)/2"
    graph = (
        f"color=c=0x101828:s={width}x48:r=1:d=1,"
        f"drawtext=fontfile={pylopdf_fonts_zh_cn.sans_path()}:text='{text}':{look},format=yuv420p"
    )
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", graph]
    done = subprocess.run(
        [*command, "-frames:v", "1", "-f", "rawvideo", "-"], capture_output=True, check=True
    )
    return done.stdout[: width * 48]


def difference(shown: av.VideoFrame, drawn: bytes) -> float:
    """Mean difference in brightness where the clock's hours, minutes and seconds stand."""
    plane = shown.planes[0]
    data, left, right = bytes(plane), shown.width - 190, shown.width - 100
    total = 0
    for y in range(10, 38):
        row = data[y * plane.line_size + left : y * plane.line_size + right]
        row2 = drawn[y * shown.width + left : y * shown.width + right]
        total += sum(abs(a - b) for a, b in zip(row, row2, strict=True))
    return total / (28 * (right - left))


def test_the_command_line_reports_progress_and_refuses_what_was_tampered_with(hearing, key_file):
    folder, _ = hearing(recess=False)

    def run(output: str) -> tuple[int, list[dict]]:
        command = [
            sys.executable,
            "-m",
            "recording.composition",
            str(folder),
            "--output",
            str(folder / output),
        ]
        done = subprocess.run(
            [*command, "--key-file", str(key_file)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    status, events = run("composed.mp4")
    assert (
        status == 0 and events[-1]["event"] == "done" and events[-2] == {"event": "progress", "fraction": 1.0}
    )
    assert events[-1]["duration_s"] == pytest.approx(events[-1]["expected_s"], abs=0.1)
    status, events = run("composed.txt")
    assert status == 2 and "must end in .mp4" in events[-1]["message"]
    segment = sorted((folder / "segments").iterdir())[0]
    changed = bytearray(segment.read_bytes())
    changed[-1] ^= 1
    segment.write_bytes(changed)
    status, events = run("composed-2.mp4")
    assert status == 2 and f"segments/{segment.name} was changed" in events[-1]["message"]
    assert sorted(p.name for p in folder.iterdir()) == [
        "HEAD",
        "composed.json",
        "composed.mp4",
        "manifest.jsonl",
        "segments",
    ]


def test_a_changed_composed_file_and_one_of_another_recording_are_found(hearing, key_file):
    folder, _ = hearing(recess=False)
    public = keys.load(key_file).public_raw
    composed = compose(folder, folder / "composed.mp4", keys.load(key_file))
    changed = bytearray(composed.path.read_bytes())
    changed[len(changed) // 2] ^= 1
    composed.path.write_bytes(changed)
    assert (
        verify(folder, public).first_problem
        == "composed.mp4: was changed: its SHA-256 is not the recorded one"
    )
    composed.path.unlink()
    assert verify(folder, public).first_problem == "composed.mp4: is missing"


def test_what_was_never_recorded_cannot_be_composed(recorder, key_file):
    process = recorder()
    process.start(key_file)
    process.close(time.time_ns())
    with pytest.raises(RecordingError, match="nothing was recorded"):
        compose(process.folder, process.folder / "composed.mp4", keys.load(key_file))


def test_no_stream_given_to_ffmpeg_has_a_long_gap(recorder, key_file, studio, tones, tmp_path):
    # ffmpeg makes up a gap all at once, in memory: three hours of a camera switched off must not be one.
    film = studio.encode_vp8(1, 10, 320, 240, 200, 10)
    apart = [(at + start, data) for start in (30_000, 90_000) for at, data in film]
    spoken = [(at + start, data) for start in (30_000, 90_000) for at, data in tones[440] if at < 1000]
    tracks = [
        (studio.Stream(1, apart, 90000, 96), "par_j", {}, 0, 120_000),
        (studio.Stream(2, spoken, 48000, 111), "par_j", {}, 0, 120_000),
    ]
    folder = record(recorder, key_file, tracks, 120)
    for feed in gather(folder, Timeline.from_entries(read_manifest(folder)), tmp_path):
        with av.open(str(feed.path)) as file:
            times = [int(p.pts) for p in file.demux() if p.size]
        assert times[0] == 0 and max(b - a for a, b in pairwise(times)) <= (
            2000 if feed.kind == "video" else 200
        )
        assert [round(start) for start, _ in feed.spans] == [30, 90]
        assert feed.kind == "audio" or times[-1] >= 118_000
