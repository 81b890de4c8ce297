"""Text as it was written, made fit for print: nothing breaks a page, and nothing is shown as an empty box. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_NEW_LINES = frozenset("\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They change the order in which text is read, which a file must not leave unseen."""


def cleaned(text: str) -> str:
    """`text` without control characters and invisible joiners; every kind of line break is a newline, a tab a space.

    Marks of direction stay: they are shown by their number, because they could make a text read otherwise.
    """
    if any(unicodedata.combining(one) for one in text):
        text = unicodedata.normalize("NFC", text)
    return "".join(_cleaned_character(one) for one in text.replace("\r\n", "\n").replace("\r", "\n"))


def _cleaned_character(one: str) -> str:
    if one in _NEW_LINES:
        return "\n"
    if one == "\t" or unicodedata.category(one) == "Zs":
        # All spaces are one kind of space here, but for the wide one of Chinese text.
        return one if one == "\u3000" else " "
    if one in _DIRECTIONS:
        return one
    category = unicodedata.category(one)
    selector = "\ufe00" <= one <= "\ufe0f" or "\U000e0100" <= one <= "\U000e01ef"
    return "" if category in ("Cc", "Cf") or selector else one


def printable(text: str, has: Callable[[str], bool]) -> tuple[str, frozenset[str]]:
    """`text` cleaned, with each character that `has` denies written as its number, such as 〔U+20BB7〕; and which."""
    missing: set[str] = set()
    shown = []
    for one in cleaned(text):
        if one == "\n" or (has(one) and one not in _DIRECTIONS):
            shown.append(one)
        else:
            missing.add(one)
            shown.append(code_of(one))
    return "".join(shown), frozenset(missing)


def code_of(one: str) -> str:
    """How a character without a glyph is shown."""
    return f"〔U+{ord(one):04X}〕"
