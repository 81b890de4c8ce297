"""Sine tones to send, and the Goertzel filter that tells which of them is heard. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence

SAMPLE_RATE = 48_000
FRAME_SAMPLES = 960
FRAMES_PER_SECOND = SAMPLE_RATE // FRAME_SAMPLES
FULL_SCALE = 32767


class Tone:
    """A sine tone as 20 ms frames of signed 16-bit mono samples at 48 kHz.

    ``frequency_hz`` is a whole number from 50 to 3000, so that a second repeats without a click. ``amplitude`` is of full scale.
    With ``every_s`` the tone sounds for ``sounding_s`` at the start of each such period and is silent for the rest.
    """

    def __init__(
        self,
        frequency_hz: int,
        *,
        amplitude: float = 0.3,
        sounding_s: float = 0.0,
        every_s: float = 0.0,
    ) -> None:
        if not 50 <= frequency_hz <= 3000:
            raise ValueError(f"{frequency_hz} Hz: allowed are 50 to 3000")
        if not 0 < amplitude <= 1:
            raise ValueError(f"amplitude {amplitude}: allowed is above 0 up to 1")
        self.frequency_hz = frequency_hz
        self._period_frames = round(every_s * FRAMES_PER_SECOND)
        self._sounding_frames = round(sounding_s * FRAMES_PER_SECOND)
        step = 2 * math.pi * frequency_hz / SAMPLE_RATE
        peak = amplitude * FULL_SCALE
        self._second = array("h", (round(peak * math.sin(step * i)) for i in range(SAMPLE_RATE))).tobytes()
        self._silence = bytes(2 * FRAME_SAMPLES)

    def frame(self, number: int) -> bytes:
        """Frame ``number``: 960 samples, 1920 bytes."""
        if self._period_frames and number % self._period_frames >= self._sounding_frames:
            return self._silence
        start = number % FRAMES_PER_SECOND * 2 * FRAME_SAMPLES
        return self._second[start : start + 2 * FRAME_SAMPLES]


def goertzel(samples: Sequence[int], sample_rate: int, frequency_hz: float) -> float:
    """The amplitude of ``frequency_hz`` in ``samples``, of full scale (a sine of full scale gives 1.0)."""
    if not samples:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * frequency_hz / sample_rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    return 2 * math.sqrt(max(0.0, power)) / len(samples) / FULL_SCALE


def thinned(samples: bytes, channels: int, every: int) -> array[int]:
    """Every ``every``-th sample of the first channel of interleaved signed 16-bit samples.

    Without a filter: enough for pure tones below half the new rate, at a fraction of the work.
    """
    values = array("h")
    values.frombytes(samples[: len(samples) // 2 * 2])
    return values[:: channels * every]


def levels(samples: Sequence[int], sample_rate: int, frequencies_hz: Iterable[int]) -> dict[int, float]:
    """The amplitude of each frequency. Frequencies that differ by multiples of 50 Hz do not disturb each other in 20 ms."""
    return {frequency: goertzel(samples, sample_rate, frequency) for frequency in frequencies_hz}
