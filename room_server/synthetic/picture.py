"""A moving test picture with a large clock, drawn straight into YUV 4:2:0 planes. Pure, and cheap enough for many.

The luma plane is a copy of a prepared background in which a few hundred row slices are replaced; the chroma planes are
constant and tell participants apart. A 640x480 picture takes well under a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_GLYPHS = """
0 01110 10001 10011 10101 11001 10001 01110
1 00100 01100 00100 00100 00100 00100 01110
2 01110 10001 00001 00110 01000 10000 11111
3 11110 00001 00001 01110 00001 00001 11110
4 00010 00110 01010 10010 11111 00010 00010
5 11111 10000 11110 00001 00001 10001 01110
6 00110 01000 10000 11110 10001 10001 01110
7 11111 00001 00010 00100 01000 01000 01000
8 01110 10001 10001 01110 10001 10001 01110
9 01110 10001 10001 01111 00001 00010 01100
: 00000 00100 00100 00000 00100 00100 00000
. 00000 00000 00000 00000 00000 01100 01100
- 00000 00000 00000 11111 00000 00000 00000
A 01110 10001 10001 11111 10001 10001 10001
B 11110 10001 10001 11110 10001 10001 11110
C 01110 10001 10000 10000 10000 10001 01110
D 11100 10010 10001 10001 10001 10010 11100
E 11111 10000 10000 11110 10000 10000 11111
F 11111 10000 10000 11110 10000 10000 10000
G 01110 10001 10000 10111 10001 10001 01111
H 10001 10001 10001 11111 10001 10001 10001
I 01110 00100 00100 00100 00100 00100 01110
J 00111 00010 00010 00010 00010 10010 01100
K 10001 10010 10100 11000 10100 10010 10001
L 10000 10000 10000 10000 10000 10000 11111
M 10001 11011 10101 10101 10001 10001 10001
N 10001 11001 10101 10011 10001 10001 10001
O 01110 10001 10001 10001 10001 10001 01110
P 11110 10001 10001 11110 10000 10000 10000
Q 01110 10001 10001 10001 10101 10010 01101
R 11110 10001 10001 11110 10100 10010 10001
S 01111 10000 10000 01110 00001 00001 11110
T 11111 00100 00100 00100 00100 00100 00100
U 10001 10001 10001 10001 10001 10001 01110
V 10001 10001 10001 10001 10001 01010 00100
W 10001 10001 10001 10101 10101 10101 01010
X 10001 10001 01010 00100 01010 10001 10001
Y 10001 10001 01010 00100 00100 00100 00100
Z 11111 00001 00010 00100 01000 10000 11111
"""
_GLYPH_ROWS, _GLYPH_COLUMNS = 7, 5
_DARK, _LIGHT, _BALL = 48, 235, 200
_BLANK = ("0" * _GLYPH_COLUMNS,) * _GLYPH_ROWS

FONT: Mapping[str, tuple[str, ...]] = {
    " ": _BLANK,
    **{line[0]: tuple(line[2:].split()) for line in _GLYPHS.strip().splitlines()},
}


@dataclass(frozen=True)
class Bitmap:
    """Luma values, row by row without padding."""

    width: int
    height: int
    luma: bytes


def written(text: str, scale: int) -> Bitmap:
    """``text`` in capitals of 5x7 squares of ``scale`` pixels; what the font lacks is left blank."""
    rows = []
    for row in range(_GLYPH_ROWS):
        bits = "0".join(FONT.get(character, _BLANK)[row] for character in text.upper())
        line = b"".join((bytes((_LIGHT,)) if bit == "1" else bytes((_DARK,))) * scale for bit in bits)
        rows.append(line * scale)
    width = max(0, len(text) * (_GLYPH_COLUMNS + 1) - 1) * scale
    return Bitmap(width, _GLYPH_ROWS * scale, b"".join(rows))


@dataclass(frozen=True)
class Picture:
    """The three planes of one picture, without padding: ``width * height`` luma, a quarter of that each chroma."""

    luma: bytes
    blue: bytes
    red: bytes


class PictureSource:
    """Pictures of one participant.

    ``hue`` (0 to 1) chooses the constant colour; ``label`` stands under the clock (a :class:`Bitmap` made elsewhere may
    replace the built-in capitals). ``width`` and ``height`` are even and at least 160x120.
    """

    def __init__(
        self,
        label: str | Bitmap = "",
        *,
        width: int = 640,
        height: int = 480,
        fps: int = 15,
        hue: float = 0.0,
    ) -> None:
        if width % 2 or height % 2 or width < 160 or height < 120:
            raise ValueError(f"{width}x{height}: allowed are even sizes from 160x120")
        if not 1 <= fps <= 60:
            raise ValueError(f"{fps} pictures a second: allowed are 1 to 60")
        self.width, self.height, self.fps, self.hue = width, height, fps, hue
        self.blue, self.red = chroma_of(hue)
        self._blue_plane = bytes((self.blue,)) * (width * height // 4)
        self._red_plane = bytes((self.red,)) * (width * height // 4)
        self._clock_scale = max(2, width * 9 // 10 // (8 * (_GLYPH_COLUMNS + 1)))
        self._clock_top = height // 6
        self._clock_glyphs = {
            character: [
                b"".join(
                    (bytes((_LIGHT,)) if bit == "1" else bytes((_DARK,))) * self._clock_scale
                    for bit in row + "0"
                )
                for row in FONT[character]
            ]
            for character in "0123456789:"
        }
        self._ball = max(8, height // 8) // 2 * 2
        self._ball_top = height - self._ball - height // 16
        if isinstance(label, str):
            scale = max(
                1, min(self._clock_scale // 2, width * 9 // 10 // max(1, len(label) * (_GLYPH_COLUMNS + 1)))
            )
            label = written(label, scale)
        self._background = self._prepared(label)

    def draw(self, number: int, clock: str) -> Picture:
        """Picture ``number`` with ``clock`` (``HH:MM:SS``); the ball crosses the picture in about four seconds."""
        luma = bytearray(self._background)
        self._write_clock(luma, clock)
        span = self.width - self._ball
        step = (number * span // (4 * self.fps)) % (2 * span)
        left = step if step < span else 2 * span - step
        line = bytes((_BALL,)) * self._ball
        for row in range(self._ball_top, self._ball_top + self._ball):
            start = row * self.width + left
            luma[start : start + self._ball] = line
        return Picture(bytes(luma), self._blue_plane, self._red_plane)

    def _write_clock(self, luma: bytearray, clock: str) -> None:
        scale = self._clock_scale
        glyphs = [self._clock_glyphs[character] for character in clock]
        width = len(clock) * (_GLYPH_COLUMNS + 1) * scale
        left = max(0, (self.width - width) // 2)
        for glyph_row in range(_GLYPH_ROWS):
            line = b"".join([glyph[glyph_row] for glyph in glyphs])[: self.width - left]
            top = self._clock_top + glyph_row * scale
            for row in range(top, top + scale):
                start = row * self.width + left
                luma[start : start + len(line)] = line

    def _prepared(self, label: Bitmap) -> bytes:
        luma = bytearray(bytes((_DARK,)) * (self.width * self.height))
        top = self._clock_top + (_GLYPH_ROWS + 2) * self._clock_scale
        shown_width = min(label.width, self.width)
        left = (self.width - shown_width) // 2
        for row in range(min(label.height, self._ball_top - top)):
            start = (top + row) * self.width + left
            luma[start : start + shown_width] = label.luma[
                row * label.width : row * label.width + shown_width
            ]
        return bytes(luma)


def chroma_of(hue: float) -> tuple[int, int]:
    """Blue and red difference values of a hue (0 to 1), on a circle around grey (128, 128)."""
    angle = 2 * math.pi * hue
    return round(128 + 70 * math.cos(angle)), round(128 + 70 * math.sin(angle))


def hue_of(blue: int, red: int) -> float | None:
    """The hue that a decoded picture's chroma shows, or None where it is nearly grey."""
    if math.hypot(blue - 128, red - 128) < 25:
        return None
    return math.atan2(red - 128, blue - 128) / (2 * math.pi) % 1.0


def hue_distance(one: float, other: float) -> float:
    """0 to 0.5."""
    apart = abs(one - other) % 1.0
    return min(apart, 1.0 - apart)


def spread_hues(count: int) -> Sequence[float]:
    """``count`` hues as far from each other as can be."""
    return [index / count for index in range(count)]
