"""Telephone numbers of parties, for those who have to call them and for those who only look on. Pure."""

from __future__ import annotations

_SHOWN_FIRST, _SHOWN_LAST = 3, 4
_FEWEST_HIDDEN = 4
MASK = "****"


def masked(number: str) -> str:
    """``13800005678`` -> ``138****5678``: enough to tell two numbers apart, not enough to call.

    Of a number so short that hardly anything would be hidden, nothing is shown but that there is one. ``""`` stays.
    """
    if not number:
        return ""
    digits = "".join(one for one in number if one.isdigit())
    if len(digits) < _SHOWN_FIRST + _SHOWN_LAST + _FEWEST_HIDDEN:
        return MASK
    return f"{digits[:_SHOWN_FIRST]}{MASK}{digits[-_SHOWN_LAST:]}"
