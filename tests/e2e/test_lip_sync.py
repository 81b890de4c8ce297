"""Sound and picture of one person reach another together, in real browsers."""

from __future__ import annotations

import pytest

from tests.e2e.court import Court
from tests.e2e.flashes import measure
from tests.e2e.person import People

NOTICED_MS = 90
"""Sound so much too early disturbs viewers; too late they bear twice as much (ITU-R BT.1359)."""


@pytest.mark.timeout(300)
async def test_a_flash_and_a_beep_come_together(court: Court, people: People) -> None:
    offsets = await measure(court, people, flashes=6)
    print(offsets)
    assert len(offsets.relayed) >= 6 and len(offsets.direct) >= 6
    assert abs(offsets.relays_part_ms) < NOTICED_MS, offsets
