"""ICE over TCP (RFC 6544, passive) on the relay's own port number, framed as RFC 4571, for networks that block UDP.

A connection stands where a UDP endpoint stands: frames come in as datagrams and go out as frames, so that nothing
else of the relay knows the difference. A peer that reads too slowly loses packets, as it would on a narrow line.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from room_server.relay.ice_lite import Address, AddressLimiter, holding

if TYPE_CHECKING:
    from room_server.relay.media_transport import MediaTransport
    from room_server.relay.udp import UdpEndpoint

logger = logging.getLogger(__name__)

LONGEST_FRAME = 1500
READ_BYTES = 64 * 1024
PENDING_BYTES = 128 * 1024
"""What may wait for a slow reader: at 2 Mbit/s half a second. More would only arrive too late."""
SEND_BUFFER_BYTES = 128 * 1024
ANONYMOUS_S = 10.0
"""How long a connection may stand without an authentic connectivity check."""
MOST_CONNECTIONS = 2048
MOST_ANONYMOUS_PER_HOLDER = 32
ACCEPTS_PER_S, ACCEPTS_AT_ONCE = 50.0, 256.0
"""For one holder of addresses. A courthouse behind one address whose UDP is blocked comes back all at once."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
PAUSE_S = 1.0
"""How long nobody is let in when the process or the machine has nothing left to let them in with."""


class FramingError(ValueError):
    """The byte stream is not RFC 4571 framing of packets that could be ours."""


class FrameReader:
    """Cuts a byte stream into frames: two bytes of length, then so many bytes (RFC 4571 section 2). Pure."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames completed by `data`; empty ones are skipped. Raises FramingError for one longer than allowed,
        after which the stream has no meaning any more."""
        rest = self._rest
        rest += data
        position = 0
        try:
            while len(rest) - position >= 2:
                length = rest[position] << 8 | rest[position + 1]
                if length > LONGEST_FRAME:
                    raise FramingError(f"a frame of {length} bytes; at most {LONGEST_FRAME} are allowed")
                if len(rest) - position - 2 < length:
                    return
                frame = bytes(rest[position + 2 : position + 2 + length])
                position += 2 + length
                if frame:
                    yield frame
        finally:
            del rest[:position]


def framed(data: bytes | memoryview) -> bytes:
    """One frame."""
    return len(data).to_bytes(2, "big") + bytes(data)


@dataclass(slots=True, eq=False)
class TcpConnection:
    """One accepted connection, in the shape of a UDP endpoint: `socket.sendto` sends one frame."""

    stream: socket.socket
    peer: Address
    announced_ip: str
    port: int
    loopback: bool
    accepted_s: float
    by_address: dict[Address, MediaTransport] = field(default_factory=dict)
    reader: FrameReader = field(default_factory=FrameReader)
    dropped: int = 0
    closed: bool = False
    protocol = "tcp"
    _pending: bytearray = field(default_factory=bytearray)

    @property
    def socket(self) -> TcpConnection:
        """What a transport sends with."""
        return self

    def fileno(self) -> int:
        """The descriptor."""
        return self.stream.fileno()

    def sendto(self, data: bytes | memoryview, address: Address) -> int:
        """Send one packet; all of it or, for a reader that is too slow, none. Raises OSError where it is lost."""
        if self.closed:
            raise BrokenPipeError("the connection is closed")
        frame = framed(data)
        if self._pending:
            if len(self._pending) + len(frame) > PENDING_BYTES:
                self.dropped += 1
                raise BlockingIOError("the peer reads too slowly")
            self._pending += frame
            return len(data)
        try:
            sent = self.stream.send(frame)
        except (BlockingIOError, InterruptedError):
            sent = 0
        if sent < len(frame):
            self._pending += frame[sent:]
            asyncio.get_running_loop().add_writer(self.stream, self._flush)
        return len(data)

    def _flush(self) -> None:
        try:
            sent = self.stream.send(self._pending)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            # The reading side learns of it too and closes.
            self._pending.clear()
            sent = 0
        del self._pending[:sent]
        if not self._pending:
            asyncio.get_running_loop().remove_writer(self.stream)

    def close(self) -> None:
        """End it; transports that had their peer here wait for checks from elsewhere."""
        if self.closed:
            return
        self.closed = True
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.stream)
        loop.remove_writer(self.stream)
        self.stream.close()
        for transport in list(self.by_address.values()):
            transport.lose(self, self.peer)


class TcpService:
    """Accepts, reads and sweeps the connections of one worker.

    `receive(connection, frame, address)` handles one frame; `permits(ip)` says whether this machine may connect;
    `warn(text)` tells the administrator.
    """

    def __init__(
        self,
        endpoints: Sequence[UdpEndpoint],
        receive: Callable[[TcpConnection, bytes, Address], None],
        permits: Callable[[str], bool],
        now_s: Callable[[], float],
        warn: Callable[[str], None] = logger.warning,
    ) -> None:
        self._endpoints = endpoints
        self._receive, self._permits, self._now_s, self._warn = receive, permits, now_s, warn
        self.connections: set[TcpConnection] = set()
        self.refused: Counter[str] = Counter()
        self._limiter = AddressLimiter(rate_per_s=ACCEPTS_PER_S, burst=ACCEPTS_AT_ONCE)
        self._paused: asyncio.TimerHandle | None = None
        self._exhausted = False

    def start(self) -> None:
        """Begin to accept."""
        loop = asyncio.get_running_loop()
        self._paused = None
        for endpoint in self._endpoints:
            if endpoint.listener is not None:
                loop.add_reader(endpoint.listener, self._accept, endpoint)

    def stop(self) -> None:
        """Accept nothing any more and end all connections."""
        if self._paused is not None:
            self._paused.cancel()
        loop = asyncio.get_running_loop()
        for endpoint in self._endpoints:
            if endpoint.listener is not None:
                loop.remove_reader(endpoint.listener)
                endpoint.listener.close()
        for connection in list(self.connections):
            self._close(connection)

    def sweep(self, now_s: float) -> None:
        """End what never proved to belong to a participant, and what no transport uses any more."""
        for connection in list(self.connections):
            if connection.by_address:
                connection.accepted_s = now_s
            elif now_s - connection.accepted_s > ANONYMOUS_S:
                self.refused["anonymous"] += 1
                self._close(connection)

    def _accept(self, endpoint: UdpEndpoint) -> None:
        assert endpoint.listener is not None
        try:
            stream, peer = endpoint.listener.accept()
        except OSError as error:
            if error.errno in EXHAUSTED:
                self._pause(error)
            return  # otherwise the peer is gone again
        self._exhausted = False
        reason = self._objection(peer[0])
        if reason is not None:
            self.refused[reason] += 1
            stream.close()
            return
        stream.setblocking(False)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        connection = TcpConnection(
            stream, peer, endpoint.announced_ip, endpoint.port, endpoint.loopback, self._now_s()
        )
        self.connections.add(connection)
        asyncio.get_running_loop().add_reader(stream, self._readable, connection)

    def _pause(self, error: OSError) -> None:
        """The listener stays readable while nothing can be accepted: looking at it again at once would be all that
        this worker does. Those who are connected are not affected."""
        self.refused["exhausted"] += 1
        loop = asyncio.get_running_loop()
        if self._paused is None:
            for endpoint in self._endpoints:
                if endpoint.listener is not None:
                    loop.remove_reader(endpoint.listener)
            self._paused = loop.call_later(PAUSE_S, self.start)
        if not self._exhausted:
            self._exhausted = True
            self._warn(
                f"no TCP connection can be accepted ({error.strerror}); raise LimitNOFILE of the service. Those who "
                f"are connected, and UDP, are not affected"
            )

    def _objection(self, ip: str) -> str | None:
        if not self._permits(ip):
            return "not_local"
        if not self._limiter.allow(ip, self._now_s()):
            return "too_fast"
        if len(self.connections) >= MOST_CONNECTIONS:
            return "too_many"
        holder = holding(ip)
        anonymous = sum(not one.by_address and holding(one.peer[0]) == holder for one in self.connections)
        return "too_many_of_address" if anonymous >= MOST_ANONYMOUS_PER_HOLDER else None

    def _readable(self, connection: TcpConnection) -> None:
        try:
            data = connection.stream.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        try:
            for frame in connection.reader.feed(data):
                self._receive(connection, frame, connection.peer)
                if connection.closed:
                    return
        except FramingError as error:
            self.refused["framing"] += 1
            logger.info("a TCP connection was ended: %s", error)
            self._close(connection)

    def _close(self, connection: TcpConnection) -> None:
        connection.close()
        self.connections.discard(connection)
