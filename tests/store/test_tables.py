from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from room_server.store.tables import Instant

DIALECT = sqlite.dialect()
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES)


@given(MOMENTS, MOMENTS)
def test_times_come_back_and_their_texts_sort_as_they_do(one: datetime, other: datetime) -> None:
    texts = [Instant().process_bind_param(moment, DIALECT) for moment in (one, other)]
    assert [Instant().process_result_value(text, DIALECT) for text in texts] == [one, other]
    assert (str(texts[0]) < str(texts[1])) == (one < other)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Instant().process_bind_param(datetime(2026, 11, 23), DIALECT)
    assert Instant().process_bind_param(datetime(2026, 11, 23, tzinfo=UTC), DIALECT) == (
        "2026-11-23T00:00:00.000000Z"
    )
