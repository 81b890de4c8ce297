"""Laid-out pages drawn as a PDF: A4, fonts embedded and cut down to what is used, a foot with the number of each page."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pylopdf_fonts_zh_cn import sans_path, serif_path
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from room_server.report.characters import printable
from room_server.report.layout import SOFT, Cell, Face, Page, Row, SetRow, Style, pages
from room_server.report.typeface import Typeface

MARGIN = 51.0
TOP = 62.0
BOTTOM = 62.0
WIDTH = A4[0] - 2 * MARGIN
HEIGHT = A4[1] - TOP - BOTTOM
_FONTS: dict[Face, str] = {"sans": "YuntingSans", "serif": "YuntingSerif"}
_FURNITURE = Style(7.5, SOFT)
_LINE = HexColor("#c9ccd1")
_lock = threading.Lock()
"""The PDF library keeps its fonts in one table for the whole process: one document at a time."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands on every page. `page` has `{page}` and `{pages}`; `title` and `author` go into the file's own data."""

    head: str
    foot: str
    page: str
    title: str
    author: str
    language: str


@lru_cache
def typefaces() -> dict[Face, Typeface]:
    return {"sans": Typeface(sans_path()), "serif": Typeface(serif_path())}


def missing_characters(rows: Iterable[Row]) -> list[str]:
    """The characters of these rows that are shown by their number, because the font does not have them."""
    with _lock:
        found: set[str] = set()
        for row in rows:
            _printable_row(row, found)
        return sorted(found)


def printed(rows: Sequence[Row], furniture: Furniture) -> bytes:
    """The PDF file. Takes about a second for a hundred pages; call it in a thread. Safe for several of them."""
    with _lock:
        missing: set[str] = set()
        clean = [_printable_row(row, missing) for row in rows]
        shown = {
            name: _printable(getattr(furniture, name), "sans", missing) for name in ("head", "foot", "page")
        }
        marks = replace(furniture, **shown)
        laid_out = pages(clean, HEIGHT, _advance)
        _register(laid_out, marks)
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=A4, lang=marks.language, initialFontName=_FONTS["sans"])
        canvas.setTitle(marks.title)
        canvas.setAuthor(marks.author)
        canvas.setCreator("Yunting 云庭")
        for number, page in enumerate(laid_out, start=1):
            _draw_page(canvas, page, marks, number, len(laid_out))
            canvas.showPage()
        canvas.save()
        return out.getvalue()


def _advance(face: Face, one: str) -> float:
    return typefaces()[face].advance(one)


def _printable(text: str, face: Face, missing: set[str]) -> str:
    shown, lacking = printable(text, typefaces()[face].has)
    missing |= lacking
    return shown


def _printable_row(row: Row, missing: set[str]) -> Row:
    def cell(one: Cell) -> Cell:
        parts = tuple((_printable(text, style.face, missing), style) for text, style in one.parts)
        return replace(one, parts=parts)

    columns = None if row.columns is None else _printable_row(row.columns, missing)
    return replace(row, cells=tuple(map(cell, row.cells)), columns=columns)


def _register(laid_out: Iterable[Page], marks: Furniture) -> None:
    used: dict[Face, set[str]] = {
        "sans": set(" 0123456789" + marks.head + marks.foot + marks.page),
        "serif": set(" "),
    }
    for page in laid_out:
        for _, setting in page.rows:
            for _, lines in setting.cells:
                for line in lines:
                    used[line.style.face].update(line.text)
    for face, name in _FONTS.items():
        _fill(name, typefaces()[face].truetype(name, used[face]))


def _fill(name: str, outlines: bytes) -> None:
    """Let the font of that name have these outlines. A name is registered for good, so the one object is filled anew."""
    if name in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.getFont(name).__init__(name, io.BytesIO(outlines))
    else:
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(outlines)))


def _draw_page(canvas: Any, page: Page, marks: Furniture, number: int, total: int) -> None:
    top = A4[1] - TOP
    for offset, setting in page.rows:
        _draw_row(canvas, top - offset, setting)
    _text(canvas, MARGIN, A4[1] - 40, marks.head, _FURNITURE)
    _text(canvas, MARGIN, 34, marks.foot, _FURNITURE)
    count = marks.page.format(page=number, pages=total)
    width = sum(_advance("sans", one) for one in count) * _FURNITURE.size
    _text(canvas, A4[0] - MARGIN - width, 34, count, _FURNITURE)
    _rule(canvas, A4[1] - 47)
    _rule(canvas, 46)


def _draw_row(canvas: Any, top: float, setting: SetRow) -> None:
    row = setting.row
    if row.ruled and not setting.continued:
        _rule(canvas, top + 2.5)
    if row.bar is not None:
        canvas.setFillColor(HexColor(row.bar))
        canvas.rect(MARGIN, top - setting.height, 2.5, setting.height, stroke=0, fill=1)
    for offset, lines in setting.cells:
        down = top
        for line in lines:
            down -= line.style.leading
            _text(canvas, MARGIN + offset, down + line.style.size * 0.36, line.text, line.style)


def _text(canvas: Any, x: float, y: float, text: str, style: Style) -> None:
    # Colour and outline hold until they are set again, even from one text to the next.
    canvas.saveState()
    drawn = canvas.beginText(x, y)
    drawn.setFont(_FONTS[style.face], style.size)
    colour = HexColor(style.colour)
    drawn.setFillColor(colour)
    if style.strong:
        # The font comes in one weight; an outline in the same colour makes it a bold one.
        canvas.setLineWidth(style.size * 0.032)
        drawn.setStrokeColor(colour)
        drawn.setTextRenderMode(2)
    drawn.textOut(text)
    canvas.drawText(drawn)
    canvas.restoreState()


def _rule(canvas: Any, y: float) -> None:
    canvas.setStrokeColor(_LINE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, y, A4[0] - MARGIN, y)
