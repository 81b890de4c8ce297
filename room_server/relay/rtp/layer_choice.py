"""Which layer of a simulcast a viewer should get. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def target_layer(live: Sequence[bool], limit: int) -> int | None:
    """The highest live layer up to `limit`, else the lowest live one; None when none is live."""
    lowest = None
    chosen = None
    for layer, is_live in enumerate(live):
        if is_live:
            lowest = layer if lowest is None else lowest
            chosen = layer if layer <= limit else chosen
    return lowest if chosen is None else chosen


def takes_up(layer: int, current: int | None, target: int | None) -> bool:
    """Whether a viewer at `current` (None: has no picture) goes to a layer that begins a key frame now.

    Any step towards the target is taken, because a key frame that comes anyway costs nothing upstream.
    """
    if target is None or layer == current:
        return False
    return layer == target or (-1 if current is None else current) < layer < target
