"""What the signaling channel asks of the room server: one Protocol, plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from signaling.messages import Request, WireError
from signaling.tokens import RoomClaims


@dataclass(frozen=True)
class ConnectionInfo:
    """One connection. ``sid`` is the connection's id, new each time; ``address`` is the peer's IP address."""

    sid: str
    claims: RoomClaims
    address: str
    user_agent: str


class _Refusal(Exception):
    def __init__(self, error: WireError) -> None:
        super().__init__(f"{error.code}: {error.message}")
        self.error = error


class ConnectionRefused(_Refusal):
    """Raised by :meth:`RoomHandler.connected`; the error reaches the page as data of ``connect_error``."""


class RequestRefused(_Refusal):
    """Raised by :meth:`RoomHandler.request`; the error is the acknowledgement."""


class RoomHandler(Protocol):
    """Implemented by the room server.

    For each connection: ``connected`` first; if it returns, any number of ``request``, one at a time, in the order
    sent; ``disconnected`` exactly once, as soon as the connection is lost (a request may still be running then).
    """

    async def connected(self, connection: ConnectionInfo) -> None:
        """Take the connection or raise :class:`ConnectionRefused`."""

    async def request(self, sid: str, request: Request) -> Any:
        """The JSON-able result (or a pydantic model), or raise :class:`RequestRefused`."""

    async def disconnected(self, sid: str, cause: str) -> None:
        """``cause``: ``client_left``, ``transport_close``, ``ping_timeout``, ``replaced`` or ``server``."""
