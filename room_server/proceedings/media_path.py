"""By which path a person's sound and picture go: what the relay sees and what the page says of itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

PathKind = Literal["udp", "tcp", "relay", "unknown"]


@dataclass(slots=True)
class MediaPath:
    """``seen``: the relay's own observation. ``reported``: the page's account of the address pair it uses.

    Only the page can tell a detour over a TURN server from a direct way: towards the relay both are UDP.
    """

    seen: PathKind = "unknown"
    reported: PathKind = "unknown"

    @property
    def known(self) -> PathKind:
        """What everybody is told."""
        if self.reported == "relay" or self.seen == "unknown":
            return self.reported
        return self.seen


def path_named(word: str | None) -> PathKind:
    """The path of that name; "unknown" for every other word."""
    return next((path for path in get_args(PathKind) if path == word), "unknown")
