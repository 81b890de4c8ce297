"""A participant's connection quality as a score from 1 (bad) to 4 (good). Pure."""

from __future__ import annotations

# (worst loss, worst round trip in ms) for each score; what exceeds the last row scores 1.
_LIMITS = ((4, 0.02, 250.0), (3, 0.06, 500.0), (2, 0.15, 1000.0))


def quality_score(loss: float, rtt_ms: float | None) -> int:
    """Score from the loss fraction (0-1, the worse direction) and the round trip, if it is known."""
    for score, worst_loss, worst_rtt_ms in _LIMITS:
        if loss <= worst_loss and (rtt_ms is None or rtt_ms <= worst_rtt_ms):
            return score
    return 1
