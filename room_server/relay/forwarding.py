"""Who receives whom, and the counts that prove it. Pure.

Deny by default: without a graph nothing flows. A graph belongs to one room, so a pair of participants in it says
nothing about a room in which the same names occur.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """The whole forwarding state of a room.

    edges: (from, to) participants whose media flows; muted: (participant, source) dropped at the door, neither
    forwarded nor recorded; recorded: participants whose media goes to the recorder; version: the caller's number.
    """

    edges: frozenset[Edge] = frozenset()
    muted: frozenset[tuple[str, str]] = frozenset()
    recorded: frozenset[str] = frozenset()
    version: int = 0

    def __post_init__(self) -> None:
        # Callers may pass any sets; they are frozen so that a graph in force cannot change.
        object.__setattr__(self, "edges", frozenset(self.edges))
        object.__setattr__(self, "muted", frozenset(self.muted))
        object.__setattr__(self, "recorded", frozenset(self.recorded))
        if any(sender == receiver for sender, receiver in self.edges):
            raise ValueError("an edge from a participant to itself is not allowed")

    def allows(self, sender: str, receiver: str) -> bool:
        """Whether `sender`'s media may go to `receiver` at all (mutes apart)."""
        return (sender, receiver) in self.edges

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, lists sorted."""
        return {
            "edges": sorted(list(edge) for edge in self.edges),
            "muted": sorted(list(entry) for entry in self.muted),
            "recorded": sorted(self.recorded),
            "version": self.version,
        }

    @classmethod
    def from_json(cls, value: object) -> Graph:
        """Read `to_json`'s shape. Raises ValueError that says what is wrong."""
        if not isinstance(value, dict):
            raise ValueError("graph must be an object with edges, muted, recorded and version")
        unknown = set(value) - {"edges", "muted", "recorded", "version"}
        if unknown:
            raise ValueError(
                f"graph has unknown keys {sorted(unknown)}; allowed are edges, muted, recorded, version"
            )
        version = value.get("version", 0)
        if not isinstance(version, int) or isinstance(version, bool):
            raise ValueError("graph.version must be a whole number")
        recorded = value.get("recorded", [])
        if not isinstance(recorded, list) or not all(isinstance(entry, str) for entry in recorded):
            raise ValueError("graph.recorded must be a list of participant ids")
        return cls(
            edges=frozenset(_pairs(value.get("edges", []), "edges", "[from, to]")),
            muted=frozenset(_pairs(value.get("muted", []), "muted", "[participant, source]")),
            recorded=frozenset(recorded),
            version=version,
        )


def _pairs(value: object, name: str, shape: str) -> list[tuple[str, str]]:
    if not isinstance(value, list):
        raise ValueError(f"graph.{name} must be a list of {shape}")
    pairs: list[tuple[str, str]] = []
    for entry in value:
        if not (
            isinstance(entry, list | tuple) and len(entry) == 2 and all(isinstance(x, str) for x in entry)
        ):
            raise ValueError(f"graph.{name} must be a list of {shape}, not {entry!r}")
        pairs.append((entry[0], entry[1]))
    return pairs


def refusal_of(
    graph: Graph | None, participant: str, source: str, *, paused: bool, tapped: bool
) -> str | None:
    """Why a producer's packets stop at the door, or None when somebody may have them.

    Reasons: "no_graph", "muted" (by the court), "paused" (by its owner), "no_edge" (nobody, and no recorder).
    """
    if graph is None:
        return "no_graph"
    if (participant, source) in graph.muted:
        return "muted"
    if paused:
        return "paused"
    if tapped or any(sender == participant for sender, _ in graph.edges):
        return None
    return "no_edge"


@dataclass(slots=True)
class EdgeLedger:
    """Counts per (from, to), kept for as long as the room lives, whatever producers come and go."""

    forwarded: Counter[Edge] = field(default_factory=Counter)
    refused: Counter[Edge] = field(default_factory=Counter)
    retransmitted: Counter[Edge] = field(default_factory=Counter)
    forwarded_while_forbidden: Counter[Edge] = field(default_factory=Counter)

    def settle(
        self, sender: str, *, offered: int, shut: int, receivers: Iterable[str], graph: Graph | None
    ) -> None:
        """Turn one sender's packet counts into refusals on its edges.

        `offered` packets came while the sender's door was open, `shut` ones while it was muted or paused, all of
        them under this `graph` and with these `receivers` present. Call before either changes.
        """
        for receiver in receivers:
            if receiver == sender:
                continue
            refused = shut
            if graph is None or not graph.allows(sender, receiver):
                refused += offered
            if refused:
                self.refused[sender, receiver] += refused

    def to_json(self) -> dict[str, dict[str, int]]:
        """{"from>to": {"forwarded", "refused", "retransmitted", "forwarded_while_forbidden"}}."""
        counters = (self.forwarded, self.refused, self.retransmitted, self.forwarded_while_forbidden)
        edges = sorted({edge for counter in counters for edge in counter})
        return {
            f"{sender}>{receiver}": {
                "forwarded": self.forwarded[sender, receiver],
                "refused": self.refused[sender, receiver],
                "retransmitted": self.retransmitted[sender, receiver],
                "forwarded_while_forbidden": self.forwarded_while_forbidden[sender, receiver],
            }
            for sender, receiver in edges
        }
