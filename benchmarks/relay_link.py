"""One participant's transport without a codec: a UDP socket, minimal full ICE, DTLS, and SRTP on exact packets.

The same code faces every server that is measured. A server's adapter fills in `remote` and `opens`.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from aioice import stun

from room_server.demonstration import primary_address
from room_server.relay import transport as dtls_transport
from room_server.relay.transport import Certificate, DtlsEndpoint, Fingerprint

BUFFER_BYTES = 1 << 24
_SO_RCVBUFFORCE, _SO_SNDBUFFORCE, _SO_TIMESTAMPNS = 33, 32, 35
CHECK_EVERY_S = 2.0
JOIN_TIMEOUT_S = 20.0

Profile = Literal["gcm128", "cm_sha1_80"]
SRTP_NAMES: dict[Profile, str] = {"gcm128": "SRTP_AEAD_AES_128_GCM", "cm_sha1_80": "SRTP_AES128_CM_SHA1_80"}


@contextmanager
def pinned(profile: Profile) -> Iterator[None]:
    """While this is open, DTLS of this process agrees to no other SRTP profile."""
    known = dtls_transport.SRTP_PROFILES
    before = list(known)
    wanted = [entry for entry in before if entry.openssl_profile.decode() == SRTP_NAMES[profile]]
    if not wanted:
        raise RuntimeError(f"the DTLS endpoint does not know {SRTP_NAMES[profile]}")
    known[:] = wanted
    try:
        yield
    finally:
        known[:] = before


@dataclass(frozen=True, slots=True)
class Remote:
    """The server's end of one transport. `role`: which DTLS role the server takes."""

    ip: str
    port: int
    fragment: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    role: Literal["client", "server"]


async def until(condition: Callable[[], Any], what: str, within_s: float = JOIN_TIMEOUT_S) -> None:
    """Wait for a condition. Raises TimeoutError that says what did not come."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {within_s:.0f} s")
        await asyncio.sleep(0.002)


@cache
def host() -> str:
    """The address that servers and load use: the machine's own, whose packets never leave it.

    Janus takes no candidate from the loopback interface, so that cannot be it; the packets go over it all the same.
    """
    return primary_address() or "127.0.0.1"


class Link:
    """One transport. While it is opened, asyncio reads it; then `traffic` reads all links by itself."""

    def __init__(self, name: str, *, controlling: bool) -> None:
        self.name, self.controlling = name, controlling
        self.fragment, self.password = secrets.token_hex(4), secrets.token_hex(16)
        self.certificate = Certificate()
        self.socket = _socket()
        self.port: int = self.socket.getsockname()[1]
        self.dtls = DtlsEndpoint(self.certificate, send=self.send, on_change=lambda: None)
        self.remote: Remote | None = None
        self.on_packet: Callable[[bytes], None] = lambda data: None
        self.rtp = 0
        self.rtx: dict[int, int] = {}
        self.answered = self.checked = False
        self._next_check_s = 0.0
        self._tie_breaker = secrets.randbits(63)
        self._closed = False

    # -- life -----------------------------------------------------------------------------------------------------

    def listen(self) -> None:
        """Read by the running event loop."""
        asyncio.get_running_loop().add_reader(self.socket, self._readable)

    def aim(self, remote: Remote) -> None:
        """The server's end is known: checks may begin."""
        self.remote = remote
        self.socket.connect((remote.ip, remote.port))

    def handshake(self) -> None:
        """Begin DTLS; goes on by itself. The server's address must be known."""
        assert self.remote is not None
        self.dtls.reachable()
        self.dtls.connect(self.remote.role, self.remote.fingerprints)

    async def connect(self, remote: Remote) -> None:
        """ICE, then DTLS, to the end. Raises TimeoutError or ConnectionError."""
        self.aim(remote)
        deadline_s = time.monotonic() + JOIN_TIMEOUT_S
        while not self.answered:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"{self.name}: no answer to connectivity checks")
            self.check()
            for _ in range(20):
                if self.answered:
                    break
                await asyncio.sleep(0.001)
        self.handshake()
        await until(lambda: self.dtls.state not in ("new", "connecting"), f"{self.name}: DTLS")
        if self.dtls.state != "connected":
            raise ConnectionError(f"{self.name}: DTLS {self.dtls.state}")

    @property
    def profile(self) -> str:
        """The SRTP profile in use, by OpenSSL's name."""
        return "" if self.dtls.srtp is None else self.dtls.srtp.profile

    def close(self) -> None:
        """Say goodbye and close the socket."""
        if self._closed:
            return
        self._closed = True
        asyncio.get_running_loop().remove_reader(self.socket)
        self.dtls.close()
        self.socket.close()

    # -- datagrams ------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """One datagram to the server; lost where it cannot be sent."""
        if self._closed or self.remote is None:
            return
        try:
            self.socket.send(data)
        except OSError:
            return

    def protect_rtp(self, packet: bytes) -> bytes:
        """SRTP of one packet."""
        assert self.dtls.srtp is not None
        return self.dtls.srtp.owners[1].protect(packet)

    def unprotect_rtp(self, packet: bytes) -> bytes:
        """The plain packet. Raises pylibsrtp.Error when it is not authentic."""
        assert self.dtls.srtp is not None
        return self.dtls.srtp.owners[0].unprotect(packet)

    def send_rtcp(self, compound: bytes) -> None:
        """Encrypt and send RTCP."""
        assert self.dtls.srtp is not None
        self.send(self.dtls.srtp.owners[1].protect_rtcp(compound))

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """The plain compound."""
        assert self.dtls.srtp is not None
        return self.dtls.srtp.owners[0].unprotect_rtcp(packet)

    def _readable(self) -> None:
        while not self._closed:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP answer to something sent before
            if data and 128 <= data[0] <= 191:
                if not 192 <= data[1] <= 223:
                    self.rtp += 1
                self.on_packet(data)
            else:
                self.take(data)

    def take(self, data: bytes) -> None:
        """A datagram that is neither RTP nor RTCP."""
        if not data:
            return
        if data[0] < 4:
            self._take_stun(data)
        elif 20 <= data[0] <= 63:
            self.dtls.feed(data)

    def keep_alive(self, now_s: float) -> None:
        """A connectivity check when one is due."""
        if now_s >= self._next_check_s and self.remote is not None:
            self._next_check_s = now_s + CHECK_EVERY_S
            self.check()

    def check(self) -> None:
        """Send one connectivity check; the controlling side nominates."""
        assert self.remote is not None
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self.remote.fragment}:{self.fragment}"
        message.attributes["PRIORITY"] = 1853824767
        if self.controlling:
            message.attributes["ICE-CONTROLLING"] = self._tie_breaker
            message.attributes["USE-CANDIDATE"] = None
        else:
            message.attributes["ICE-CONTROLLED"] = self._tie_breaker
        message.add_message_integrity(self.remote.password.encode())
        self.send(bytes(message))

    def _take_stun(self, data: bytes) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if message.message_class is stun.Class.RESPONSE:
            self.answered = True
            return
        if message.message_class is not stun.Class.REQUEST or self.remote is None:
            return
        self.checked = True
        reply = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
        reply.attributes["XOR-MAPPED-ADDRESS"] = (self.remote.ip, self.remote.port)
        reply.add_message_integrity(self.password.encode())
        self.send(bytes(reply))


def _socket() -> socket.socket:
    """Bound to `host()`, with buffers that no burst fills, and the kernel's arrival times on request."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    for plain, forced in (
        (socket.SO_RCVBUF, _SO_RCVBUFFORCE),
        (socket.SO_SNDBUF, _SO_SNDBUFFORCE),
    ):
        try:
            made.setsockopt(socket.SOL_SOCKET, forced, BUFFER_BYTES)
        except OSError:  # only root may exceed the system's limit
            made.setsockopt(socket.SOL_SOCKET, plain, BUFFER_BYTES)
    made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    made.bind((host(), 0))
    return made
