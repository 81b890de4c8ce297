"""Breaking text into lines: Chinese between any two characters but at forbidden places, Latin between words. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

_NO_START = frozenset("、。，．；：？！）】》〉」』〕〗”’％‰…—·,.;:?!)]}%")
_NO_END = frozenset("（【《〈「『〔〖“‘([{")


def broken(text: str, width: float, advance: Callable[[str], float]) -> list[str]:
    """The lines of `text` in a column of `width`; `advance` gives one character's width in the same unit.

    A newline begins a new line, an empty text is one empty line. What is too long for any line is broken inside.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _paragraph(paragraph, width, advance)
    return lines


def _paragraph(text: str, width: float, advance: Callable[[str], float]) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text):
        size = sum(map(advance, piece))
        if used + sum(map(advance, piece.rstrip(" "))) <= width:
            line, used = line + piece, used + size
            continue
        if line.strip(" "):
            lines.append(line.rstrip(" "))
        line, used = "", 0.0
        for part in _fitting(piece.lstrip(" "), width, advance):
            if line:
                lines.append(line)
            line, used = part, sum(map(advance, part))
    lines.append(line.rstrip(" "))
    return lines


def _fitting(piece: str, width: float, advance: Callable[[str], float]) -> Iterator[str]:
    """A piece that may be longer than a line, cut where it must be; at least one character each, no space at a cut."""
    part, used = "", 0.0
    for one in piece:
        size = advance(one)
        if part and one != " " and used + size > width:
            yield part.rstrip(" ")
            part, used = "", 0.0
        if part or one != " ":
            part, used = part + one, used + size
    yield part


def _pieces(text: str) -> Iterator[str]:
    """What stays together: a Latin word with the spaces after it, or one wide character with the marks that belong to it."""
    piece = ""
    for one in text:
        if piece and _may_break(piece[-1], one):
            yield piece
            piece = ""
        piece += one
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after == " " or after in _NO_START or before in _NO_END:
        return False
    return before == " " or is_wide(before) or is_wide(after)


def is_wide(one: str) -> bool:
    """Whether lines may break on either side of this character."""
    return unicodedata.east_asian_width(one) in ("W", "F")
