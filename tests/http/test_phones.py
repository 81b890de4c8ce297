from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.http.phones import MASK, masked


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800005678", "138****5678"),
        ("+86 138 0000 5678", "861****5678"),
        ("021-55556666", "021****6666"),
        ("021-5555", MASK),
        ("12368", MASK),
        ("ask at the door", MASK),
        ("", ""),
    ],
)
def test_a_number_is_told_apart_and_cannot_be_called(number: str, shown: str) -> None:
    assert masked(number) == shown


@given(st.text(alphabet="0123456789+-() ", max_size=40))
def test_four_digits_at_least_are_hidden(number: str) -> None:
    digits = sum(one.isdigit() for one in number)
    assert sum(one.isdigit() for one in masked(number)) <= max(0, digits - 4)
