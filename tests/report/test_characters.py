from __future__ import annotations

import pytest

from room_server.report.characters import cleaned, printable


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("甲\r\n乙\r丙\u2028丁\x0b戊", "甲\n乙\n丙\n丁\n戊"),
        ("a\tb\u00a0c\u2009d", "a b c d"),
        ("全\u3000角", "全\u3000角"),
        ("a\x00\x07\x1bb\x7f\x9fc", "abc"),
        ("zero\u200bwidth\u200d\ufeffsoft\u00adhyphen", "zerowidthsofthyphen"),
        ("葛\U000e0100氏\ufe0f", "葛氏"),
        ("e\u0301", "é"),
        ("", ""),
    ],
)
def test_what_prints_is_kept_and_nothing_else(written: str, shown: str) -> None:
    assert cleaned(written) == shown


def test_a_character_without_a_glyph_is_shown_by_its_number_and_told() -> None:
    shown, missing = printable("𠮷野\n家😀", lambda one: one in "野家")
    assert shown == "〔U+20BB7〕野\n家〔U+1F600〕"
    assert missing == {"𠮷", "😀"}


def test_marks_of_direction_are_never_hidden() -> None:
    """They could make an amount or a name read backwards."""
    shown, missing = printable("付\u202e001\u202c元", lambda one: True)
    assert shown == "付〔U+202E〕001〔U+202C〕元"
    assert missing == {"\u202e", "\u202c"}
