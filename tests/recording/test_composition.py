"""The composed file: its length, its pictures, its tones, its clock, its signed statement."""

from __future__ import annotations

import math
from array import array
from pathlib import Path

import av
import pytest

from recording import keys
from recording.composition import compose
from recording.model import RecordingError
from recording.verify import verify

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
