"""Ids, errors and the clock."""

from __future__ import annotations

import re
import secrets

import pytest

from room_server.clock import SystemClock
from room_server.errors import CommandRefused, GateClosed, NotNow
from room_server.ids import PREFIXES, has_prefix, new_id


def test_ids_have_the_shape_the_wire_expects() -> None:
    made = {new_id("par", secrets.token_bytes) for _ in range(200)}
    assert len(made) == 200
    for one in made:
        assert (
            re.fullmatch(r"par_[a-z2-7]{16}", one) and has_prefix(one, "par") and not has_prefix(one, "hrg")
        )
    assert all(has_prefix(new_id(prefix, secrets.token_bytes), prefix) for prefix in PREFIXES)


def test_ids_refuse_unknown_prefixes_and_short_randomness() -> None:
    with pytest.raises(ValueError, match="allowed: case"):
        new_id("cat", secrets.token_bytes)
    with pytest.raises(ValueError, match="gave 3 bytes"):
        new_id("par", lambda size: b"abc")


def test_refusals_carry_code_words_and_citation() -> None:
    refused = GateClosed(None, "不可", "No.", "V")
    assert (refused.code, refused.zh, refused.en, refused.citation) == ("gate_closed", "不可", "No.", "V")
    assert str(NotNow("later", "稍后", "Later.")) == "later: Later."
    assert isinstance(refused, CommandRefused)


def test_the_clock_is_aware_and_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() is not None
    first = clock.monotonic_s()
    assert clock.monotonic_s() >= first
