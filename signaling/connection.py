"""The event stream of one viewer, the states of one connection, and the receiving end of the stream. Pure.

A viewer's events are numbered without holes. Applying them in order to the last snapshot gives the same view as
fetching it anew; that holds over reconnections, because ``sync`` answers with the missed events or a snapshot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from signaling.codec import ProtocolError, tag_of
from signaling.messages import BiText, Request, Sync, SyncResult, View, ViewChanged

SECTIONS = frozenset(View.model_fields)


class EventStream:
    """The numbered events of one viewer, of which the last ``capacity`` are kept for resuming.

    ``stream_id`` must differ after every restart of the numbering (a random id from outside).
    """

    def __init__(self, stream_id: str, capacity: int = 256) -> None:
        if capacity < 1:
            raise ValueError(f"capacity is {capacity}; allowed is 1 or more")
        self.stream_id = stream_id
        self._seq = 0
        self._kept: deque[ViewChanged] = deque(maxlen=capacity)

    @property
    def seq(self) -> int:
        """Number of the last event, 0 before the first."""
        return self._seq

    def publish(self, changes: Mapping[str, Any]) -> ViewChanged:
        """The next event, replacing the sections in ``changes`` (JSON-able values by section name)."""
        unknown = set(changes) - SECTIONS
        if unknown or not changes:
            said = f"unknown sections {sorted(unknown)}" if unknown else "no section changed"
            raise ValueError(f"{said}; allowed: one or more of {', '.join(sorted(SECTIONS))}")
        self._seq += 1
        event = ViewChanged(seq=self._seq, changes=dict(changes))
        self._kept.append(event)
        return event

    def forget(self) -> None:
        """Drop what is kept. The numbering goes on, so who is up to date goes on too; anyone else gets a snapshot.

        For a viewer who may no longer see what the kept events hold.
        """
        self._kept.clear()

    def sync(self, last_seq: int | None, stream: str | None, view: View, server_time: str) -> SyncResult:
        """What a viewer needs who has everything up to ``last_seq`` of ``stream``; ``view`` is the current one."""
        if last_seq is not None and stream == self.stream_id and self._reaches_back_to(last_seq):
            missed = [event for event in self._kept if event.seq > last_seq]
            return SyncResult(
                kind="events", stream=self.stream_id, seq=self._seq, events=missed, server_time=server_time
            )
        return SyncResult(
            kind="snapshot", stream=self.stream_id, seq=self._seq, view=view, server_time=server_time
        )

    def _reaches_back_to(self, last_seq: int) -> bool:
        oldest_kept = self._seq - len(self._kept) + 1
        return oldest_kept - 1 <= last_seq <= self._seq


class ConnectionState(Enum):
    CONNECTED = "connected"
    SYNCING = "syncing"
    SYNCED = "synced"
    GONE = "gone"


Step = Literal["sync_began", "sync_failed", "synced", "lost"]

TRANSITIONS: Mapping[tuple[ConnectionState, Step], ConnectionState] = {
    (ConnectionState.CONNECTED, "sync_began"): ConnectionState.SYNCING,
    (ConnectionState.CONNECTED, "lost"): ConnectionState.GONE,
    (ConnectionState.SYNCING, "synced"): ConnectionState.SYNCED,
    (ConnectionState.SYNCING, "sync_failed"): ConnectionState.CONNECTED,
    (ConnectionState.SYNCING, "lost"): ConnectionState.GONE,
    (ConnectionState.SYNCED, "sync_began"): ConnectionState.SYNCED,
    (ConnectionState.SYNCED, "synced"): ConnectionState.SYNCED,
    (ConnectionState.SYNCED, "sync_failed"): ConnectionState.SYNCED,
    (ConnectionState.SYNCED, "lost"): ConnectionState.GONE,
    (ConnectionState.GONE, "synced"): ConnectionState.GONE,
    (ConnectionState.GONE, "sync_failed"): ConnectionState.GONE,
    (ConnectionState.GONE, "lost"): ConnectionState.GONE,
}


class Connection:
    """The states of one connection: connected, synced by its first ``sync``, then gone."""

    def __init__(self) -> None:
        self.state = ConnectionState.CONNECTED

    def refusal(self, request: Request) -> ProtocolError | None:
        """Why ``request`` cannot be taken in this state, or None."""
        if self.state is ConnectionState.GONE:
            return ProtocolError(
                code="out_of_order",
                message=f"{tag_of(type(request))} on a connection that is closed",
                text=BiText(zh="连接已断开。", en="The connection is closed."),
            )
        if self.state is not ConnectionState.SYNCED and not isinstance(request, Sync):
            return ProtocolError(
                code="out_of_order",
                message=f"{tag_of(type(request))} before sync; allowed: sync",
                text=BiText(
                    zh="连接尚未同步，请稍候。",
                    en="The connection is not synchronised yet. One moment, please.",
                ),
                allowed=("sync",),
            )
        return None

    @property
    def receives_events(self) -> bool:
        """Whether events go out. Before a ``sync`` they have nothing to be applied to, and its result contains them;
        while one is being answered they must go out, because the result may have been made before them.
        """
        return self.state in (ConnectionState.SYNCING, ConnectionState.SYNCED)

    def step(self, step: Step) -> None:
        """Take a step of :data:`TRANSITIONS`; KeyError where the table has none."""
        self.state = TRANSITIONS[self.state, step]


class ViewFollower:
    """The receiving end: keeps a view current from sync results and events (the page does the same).

    ``view`` is the JSON form of :class:`signaling.messages.View`, None before the first snapshot.
    """

    def __init__(self) -> None:
        self.view: dict[str, Any] | None = None
        self.seq: int | None = None
        self.stream: str | None = None
        self._early: list[ViewChanged] = []
        self._syncing = True

    def request(self) -> Sync:
        """The ``sync`` to send now. Events that arrive before its result are kept and applied after it."""
        self._syncing = True
        self._early.clear()
        return Sync(last_seq=self.seq, stream=self.stream)

    def synced(self, result: SyncResult) -> Literal["applied", "gap"]:
        """Take a sync result; ``gap`` asks for another ``sync`` from nothing."""
        self._syncing = False
        if result.kind == "snapshot":
            if result.view is None:
                raise ValueError("a snapshot without a view")
            self.view, self.seq, self.stream = result.view.model_dump(mode="json"), result.seq, result.stream
        early, self._early = self._early, []
        for event in (*result.events, *early):
            if self.changed(event) == "gap":
                return "gap"
        return "applied"

    def changed(self, event: ViewChanged) -> Literal["applied", "repeated", "gap", "early"]:
        """Take one event; ``gap`` means that one was lost and a ``sync`` is due."""
        if self._syncing:
            self._early.append(event)
            return "early"
        if self.view is None or self.seq is None:
            return "gap"
        if event.seq <= self.seq:
            return "repeated"
        if event.seq != self.seq + 1:
            return "gap"
        self.view = {**self.view, **event.changes}
        self.seq = event.seq
        return "applied"
