from __future__ import annotations

import pytest

from room_server.relay.quality import quality_score


@pytest.mark.parametrize(
    ("loss", "rtt_ms", "score"),
    [
        (0, None, 4),
        (0, 50, 4),
        (0.03, 50, 3),
        (0.0, 400, 3),
        (0.1, 50, 2),
        (0.0, 900, 2),
        (0.3, 50, 1),
        (0, 3000, 1),
    ],
)
def test_the_worse_of_loss_and_round_trip_decides(loss: float, rtt_ms: float | None, score: int) -> None:
    assert quality_score(loss, rtt_ms) == score
