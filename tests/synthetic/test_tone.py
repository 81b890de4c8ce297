"""Tones and the Goertzel filter, against values known beforehand."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from room_server.synthetic.tone import (
    FRAME_SAMPLES,
    FULL_SCALE,
    SAMPLE_RATE,
    Tone,
    goertzel,
    levels,
    thinned,
)


def samples_of(frame: bytes) -> array[int]:
    values = array("h")
    values.frombytes(frame)
    return values


def test_a_frame_is_20_ms_and_follows_the_one_before() -> None:
    tone = Tone(440)
    joined = b"".join(tone.frame(number) for number in range(120))
    assert len(tone.frame(0)) == 2 * FRAME_SAMPLES
    values = samples_of(joined)
    expected = [0.3 * FULL_SCALE * math.sin(2 * math.pi * 440 * i / SAMPLE_RATE) for i in range(len(values))]
    assert max(abs(a - b) for a, b in zip(values, expected, strict=True)) <= 1


def test_the_amplitude_of_the_tone_is_measured() -> None:
    for frequency in (300, 700, 1250, 2900):
        values = samples_of(Tone(frequency, amplitude=0.5).frame(3))
        assert goertzel(values, SAMPLE_RATE, frequency) == pytest.approx(0.5, abs=0.01)


def test_other_tones_are_told_apart_after_thinning() -> None:
    frame = Tone(650, amplitude=0.4).frame(0)
    stereo = array("h", (value for sample in samples_of(frame) for value in (sample, 0))).tobytes()
    for values in (thinned(frame, 1, 8), thinned(stereo, 2, 8)):
        measured = levels(values, SAMPLE_RATE // 8, (550, 600, 650, 700, 1000))
        assert measured[650] == pytest.approx(0.4, abs=0.02)
        assert max(level for frequency, level in measured.items() if frequency != 650) < 0.02


def test_two_voices_at_once_are_both_measured() -> None:
    one, other = samples_of(Tone(500, amplitude=0.2).frame(0)), samples_of(Tone(800, amplitude=0.1).frame(0))
    mixed = [a + b for a, b in zip(one, other, strict=True)]
    measured = levels(mixed, SAMPLE_RATE, (500, 800, 1100))
    assert measured[500] == pytest.approx(0.2, abs=0.01)
    assert measured[800] == pytest.approx(0.1, abs=0.01)
    assert measured[1100] < 0.01


def test_silence_and_nothing() -> None:
    assert goertzel([0] * 960, SAMPLE_RATE, 440) == 0.0
    assert goertzel([], SAMPLE_RATE, 440) == 0.0
    assert len(thinned(b"\x01", 2, 8)) == 0


def test_a_tone_that_comes_and_goes() -> None:
    tone = Tone(440, sounding_s=0.2, every_s=1.0)
    sounding = [any(tone.frame(number)) for number in range(100)]
    assert sounding == ([True] * 10 + [False] * 40) * 2


@pytest.mark.parametrize(
    "arguments", [{"frequency_hz": 49}, {"frequency_hz": 3001}, {"frequency_hz": 440, "amplitude": 0}]
)
def test_what_is_not_allowed(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="allowed"):
        Tone(**arguments)


@settings(max_examples=40, deadline=None)
@given(
    frequency=st.integers(2, 50).map(lambda n: 50 * n),
    amplitude=st.floats(0.05, 1.0),
    phase=st.floats(0, 2 * math.pi),
)
def test_the_phase_does_not_matter(frequency: int, amplitude: float, phase: float) -> None:
    values = [
        round(amplitude * FULL_SCALE * math.sin(2 * math.pi * frequency * i / SAMPLE_RATE + phase))
        for i in range(FRAME_SAMPLES)
    ]
    assert goertzel(values, SAMPLE_RATE, frequency) == pytest.approx(amplitude, abs=0.01)
