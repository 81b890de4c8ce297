"""What a relay worker tells the server unasked. Pure; the wire tag is the snake_case of the class."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TransportState:
    """`state`: "connected", "disconnected" (no authentic packet for 5 s), "failed" (30 s, or DTLS) or "closed"."""

    room: str
    participant: str
    transport: str
    state: str


@dataclass(frozen=True, slots=True)
class ProducerActive:
    """Packets arrive (again), whether or not they may pass the door."""

    room: str
    participant: str
    producer: str


@dataclass(frozen=True, slots=True)
class ProducerSilent:
    """No packet for 3 s."""

    room: str
    participant: str
    producer: str


@dataclass(frozen=True, slots=True)
class ActiveSpeakerChanged:
    """Who speaks now; None when nobody does."""

    room: str
    participant: str | None


@dataclass(frozen=True, slots=True)
class Quality:
    """A participant's connection: score 1 (bad) to 4 (good), loss fraction, round trip in ms if known.

    `protocol`: "tcp" where any of their transports goes over TCP, else "udp"; None before the first check.
    """

    room: str
    participant: str
    score: int
    loss: float
    rtt_ms: float | None
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class RelayWarning:
    """Something an administrator should see; never names a person."""

    message: str
    room: str | None = None


RelayEvent = TransportState | ProducerActive | ProducerSilent | ActiveSpeakerChanged | Quality | RelayWarning

_BY_TAG: dict[str, type[RelayEvent]] = {
    "transport_state": TransportState,
    "producer_active": ProducerActive,
    "producer_silent": ProducerSilent,
    "active_speaker": ActiveSpeakerChanged,
    "quality": Quality,
    "warning": RelayWarning,
}
_TAGS = {kind: tag for tag, kind in _BY_TAG.items()}


def event_to_json(event: RelayEvent) -> dict[str, Any]:
    """{"event": tag, ...fields}."""
    return {"event": _TAGS[type(event)], **asdict(event)}


def event_from_json(value: dict[str, Any]) -> RelayEvent:
    """Read `event_to_json`'s shape. Raises ValueError for an unknown tag or wrong fields."""
    fields = dict(value)
    kind = _BY_TAG.get(str(fields.pop("event", None)))
    if kind is None:
        raise ValueError(f"unknown relay event {value.get('event')!r}")
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(f"relay event {value['event']}: {error}") from None
