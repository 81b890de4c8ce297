"""Rows of text set on pages: what fits where, decided before anything is drawn. Pure; all sizes in points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from room_server.report.lines import broken

Face = Literal["sans", "serif"]
Advance = Callable[[Face, str], float]
"""Width of one character of a face, in em."""
INK = "#1f2328"
SOFT = "#5b626b"
BRASS = "#7a5a1e"
STOP = "#9d2b22"


@dataclass(frozen=True, slots=True)
class Style:
    size: float = 9
    colour: str = INK
    face: Face = "sans"
    strong: bool = False

    @property
    def leading(self) -> float:
        return self.size * 1.5


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Cell:
    """`parts` one below the other, in a column of `width`."""

    width: float
    parts: tuple[tuple[str, Style], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Cells side by side. `above` is free space before it (not at the top of a page); `ruled`: a hairline on top.

    `needs`: it begins only where this much of the page is left, so that no heading stands alone. `columns`: the row of
    column heads that is repeated on top of each page on which it goes on. `bar`: a coloured line at its left edge.
    """

    cells: tuple[Cell, ...]
    above: float = 0
    ruled: bool = False
    needs: float = 0
    columns: Row | None = None
    bar: str | None = None
    gap: float = 10
    indent: float = 0


@dataclass(frozen=True, slots=True)
class SetRow:
    """A row broken into lines: for each cell its offset from the left and its lines."""

    row: Row
    cells: tuple[tuple[float, tuple[Line, ...]], ...]
    continued: bool = False

    @property
    def height(self) -> float:
        return max((sum(line.style.leading for line in lines) for _, lines in self.cells), default=0)

    def split(self, height: float) -> tuple[SetRow, SetRow] | None:
        """What fits into `height` and the rest; None where not one line of any cell does."""
        first, rest = [], []
        for offset, lines in self.cells:
            used, count = 0.0, 0
            while count < len(lines) and used + lines[count].style.leading <= height:
                used += lines[count].style.leading
                count += 1
            first.append((offset, lines[:count]))
            rest.append((offset, lines[count:]))
        if not any(lines for _, lines in first):
            return None
        return replace(self, cells=tuple(first)), replace(self, cells=tuple(rest), continued=True)


@dataclass(slots=True)
class Page:
    """`rows`: each with the distance of its upper edge from the top of the text area."""

    rows: list[tuple[float, SetRow]] = field(default_factory=list)
    used: float = 0


def set_row(row: Row, advance: Advance) -> SetRow:
    """The row with its text broken to the widths of its cells."""
    cells = []
    offset = row.indent
    for cell in row.cells:
        lines: list[Line] = []
        for text, style in cell.parts:
            width = cell.width / style.size
            lines += [
                Line(one, style)
                for one in broken(text, width, lambda each, face=style.face: advance(face, each))  # type: ignore[misc]
            ]
        cells.append((offset, tuple(lines)))
        offset += cell.width + row.gap
    return SetRow(row, tuple(cells))


def pages(rows: Iterable[Row], height: float, advance: Advance) -> list[Page]:
    """The rows on pages whose text area is `height` high; at least one page."""
    found = [Page()]
    for row in rows:
        rest: SetRow | None = set_row(row, advance)
        while rest is not None:
            rest = _place(rest, found, height, advance)
    return found


def _place(setting: SetRow, found: list[Page], height: float, advance: Advance) -> SetRow | None:
    """Put the row, or as much of it as fits, on the last page; begins another page where nothing does."""
    page, row = found[-1], setting.row
    above = 0.0 if setting.continued or not page.rows else row.above
    left = height - page.used - above
    if setting.height <= left and (row.needs <= left or not page.rows):
        _put(page, setting, above)
        return None
    # A few lines are not left behind alone: the row goes on the next page as a whole where it fits there.
    parts = setting.split(left) if left >= _worth_beginning(setting) and row.needs <= left else None
    if parts is not None:
        _put(page, parts[0], above)
        setting = parts[1]
    elif _is_fresh(page, row):
        raise ValueError("a line is higher than the page")
    found.append(_begun(row.columns, advance))
    return setting


def _worth_beginning(setting: SetRow) -> float:
    heights: Sequence[float] = [sum(one.style.leading for one in lines[:3]) for _, lines in setting.cells]
    return max(heights, default=0)


def _begun(columns: Row | None, advance: Advance) -> Page:
    page = Page()
    if columns is not None:
        _put(page, set_row(columns, advance), 0)
    return page


def _put(page: Page, setting: SetRow, above: float) -> None:
    page.rows.append((page.used + above, setting))
    page.used += above + setting.height


def _is_fresh(page: Page, row: Row) -> bool:
    """Whether nothing but repeated column heads is on the page."""
    return len(page.rows) <= (row.columns is not None)
