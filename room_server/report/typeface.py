"""The shipped Chinese font as TrueType outlines, cut down to the characters of one document.

The font comes as OpenType with PostScript outlines, which the PDF library cannot embed. The few hundred glyphs that a
document uses are converted to quadratic curves; the error stays under a thousandth of the em.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

_LARGEST_ERROR_EM = 0.001
_NOTDEF = ".notdef"


@dataclass(slots=True)
class Typeface:
    """One font file. `advance` and `has` are cheap; not for use by several threads at once."""

    path: Path
    _font: Any = field(init=False)
    _names: dict[int, str] = field(init=False)
    _units: int = field(init=False)
    _outlines: Any = field(init=False)
    _converted: dict[str, Any] = field(init=False, default_factory=dict)
    _advances: dict[str, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._font = TTFont(self.path, lazy=True)
        self._names = self._font.getBestCmap()
        self._units = self._font["head"].unitsPerEm
        self._outlines = self._font.getGlyphSet()

    def has(self, one: str) -> bool:
        return ord(one) in self._names

    def advance(self, one: str) -> float:
        """The width of a character in em; a character that is not here has that of the missing glyph."""
        found = self._advances.get(one)
        if found is None:
            width: int = self._font["hmtx"][self._names.get(ord(one), _NOTDEF)][0]
            found = self._advances[one] = width / self._units
        return found

    def truetype(self, name: str, characters: Iterable[str]) -> bytes:
        """A TrueType font file with these characters, as far as they are here; `name` is its PostScript name."""
        wanted = {ord(one): self._names[ord(one)] for one in characters if self.has(one)}
        order = [_NOTDEF, *sorted(set(wanted.values()))]
        metrics = {glyph: tuple(self._font["hmtx"][glyph]) for glyph in order}
        builder = FontBuilder(self._units, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(wanted)
        builder.setupGlyf({glyph: self._truetype_glyph(glyph) for glyph in order})
        builder.setupHorizontalMetrics(metrics)
        head = self._font["hhea"]
        builder.setupHorizontalHeader(ascent=head.ascent, descent=head.descent)
        builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
        builder.setupOS2(sTypoAscender=head.ascent, sTypoDescender=head.descent)
        builder.setupPost()
        # The same document must give the same bytes.
        builder.font["head"].created = builder.font["head"].modified = self._font["head"].modified
        builder.font.recalcTimestamp = False
        out = io.BytesIO()
        builder.font.save(out)
        return out.getvalue()

    def _truetype_glyph(self, glyph: str) -> Any:
        found = self._converted.get(glyph)
        if found is None:
            pen = TTGlyphPen(None)
            self._outlines[glyph].draw(Cu2QuPen(pen, _LARGEST_ERROR_EM * self._units, reverse_direction=True))
            found = self._converted[glyph] = pen.glyph()
        return found
