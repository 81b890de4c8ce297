"""What the server sends beside acknowledgements: changed sections, the last message, the answer to a sync."""

from __future__ import annotations

from typing import Any, Literal

from signaling.messages.base import BiText, Message
from signaling.messages.view import Conversion, View


class ViewChanged(Message):
    """Event ``view_changed``: replace these sections of the view. ``seq`` grows by one for each viewer."""

    seq: int
    changes: dict[str, Any]


TerminationReason = Literal[
    "closed",
    "removed",
    "revoked",
    "left",
    "replaced",
    "cancelled",
    "converted_offline",
    "terminated",
    "signed_out",
    "at_court",
]


class Terminated(Message):
    """Event ``terminated``: the last message; the page shows a terminal page and does not reconnect by itself."""

    reason: TerminationReason
    text: BiText
    may_return: bool
    conversion: Conversion | None = None


class SyncResult(Message):
    """Result of ``sync``: the events missed since ``last_seq``, or a snapshot where they are no longer kept.

    ``seq`` is the number of the last event the result contains. ``stream`` names the numbering; it goes with
    ``seq`` into the next ``sync``, because a restarted server numbers anew.
    """

    kind: Literal["events", "snapshot"]
    stream: str
    seq: int
    events: list[ViewChanged] = []
    view: View | None = None
    server_time: str
