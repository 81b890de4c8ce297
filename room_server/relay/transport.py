"""DTLS-SRTP through aiortc. The only module that touches aiortc; its private names are checked at import.

aiortc does the handshake and derives the SRTP sessions. It never sees media: SRTP goes to the sessions' libsrtp
contexts directly, so that no asyncio object is made per packet.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp import Session

logger = logging.getLogger(__name__)

DtlsRole = Literal["auto", "client", "server"]
DtlsState = Literal["new", "connecting", "connected", "failed", "closed"]

# GCM first: it costs less than half of CM with SHA-1 per packet.
SRTP_PROFILES: Final = [rtcdtlstransport.SRTP_AEAD_AES_128_GCM, rtcdtlstransport.SRTP_AES128_CM_SHA1_80]
HANDSHAKE_TIMEOUT_S: Final = 30.0
HANDSHAKE_ATTEMPTS: Final = 5
INBOX_LIMIT: Final = 32

HOOKED_NAMES: Final = (
    "_recv_next",
    "_set_role",
    "_setup_srtp",
    "_write_ssl",
    "_do_handshake",
    "start",
    "stop",
    "state",
)
HOOKED_FIELDS: Final = ("encrypted", "_srtp_profiles", "_rx_srtp", "_tx_srtp", "_ssl")


def missing_hooks() -> list[str]:
    """The private names this module depends on that the installed aiortc and pylibsrtp do not have."""
    missing = [name for name in HOOKED_NAMES if not hasattr(RTCDtlsTransport, name)]
    probe = RTCDtlsTransport(_IceStandIn(lambda _: None), [RTCCertificate.generateCertificate()])  # type: ignore[arg-type]
    missing += [name for name in HOOKED_FIELDS if not hasattr(probe, name)]
    if not hasattr(Session(), "_srtp"):
        missing.append("pylibsrtp.Session._srtp")
    return missing


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A certificate fingerprint: algorithm as in "sha-256", value as colon-separated hex."""

    algorithm: str
    value: str


class Certificate:
    """The worker's DTLS certificate, made at start and shared by its transports."""

    def __init__(self) -> None:
        self.handle = RTCCertificate.generateCertificate()

    def fingerprints(self) -> list[dict[str, str]]:
        """In the shape of dtlsParameters.fingerprints."""
        return [{"algorithm": f.algorithm, "value": f.value} for f in self.handle.getFingerprints()]


@dataclass(frozen=True, slots=True)
class SrtpContexts:
    """The libsrtp contexts (cffi srtp_t) of a connected transport; `owners` keeps them alive."""

    inbound: Any
    outbound: Any
    profile: str
    owners: tuple[Session, Session]


class _IceStandIn:
    """What RTCDtlsTransport needs of an ICE transport: a role, and datagrams in and out."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_datagram = send
        self._inbox: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    def put(self, data: bytes) -> None:
        if len(self._inbox) < INBOX_LIMIT:
            self._inbox.append(data)
        self._wake()

    def close(self) -> None:
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _recv(self) -> bytes:
        while not self._inbox:
            if self._closed:
                raise ConnectionError("transport closed")
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._inbox.popleft()

    async def _send(self, data: bytes) -> None:
        if not self._closed:
            self._send_datagram(data)


class DtlsEndpoint:
    """One DTLS association: buffers what comes early, retries failed handshakes, hands out the SRTP contexts."""

    def __init__(
        self, certificate: Certificate, *, send: Callable[[bytes], None], on_change: Callable[[], None]
    ) -> None:
        self.state: DtlsState = "new"
        self.srtp: SrtpContexts | None = None
        self._certificate = certificate
        self._stand_in = _IceStandIn(send)
        self._on_change = on_change
        self._reachable = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def feed(self, data: bytes) -> None:
        """A DTLS datagram from an authenticated address, also before `connect` (13-1500 bytes, else ignored)."""
        if self.state not in ("failed", "closed") and 13 <= len(data) <= 1500:
            self._stand_in.put(data)

    def reachable(self) -> None:
        """There is an authenticated address to send to."""
        self._reachable.set()

    def connect(self, remote_role: DtlsRole, fingerprints: Sequence[Fingerprint]) -> None:
        """Start the handshake; we are the client only if the peer says that it is the server."""
        if self._task is not None:
            raise RuntimeError("connect was called twice")
        role = "client" if remote_role == "server" else "server"
        remote = RTCDtlsParameters([RTCDtlsFingerprint(f.algorithm, f.value) for f in fingerprints])
        self._task = asyncio.get_running_loop().create_task(self._run(role, remote))

    def close(self) -> None:
        """End the association at once; the peer is told by a close_notify if it can be."""
        self._set("closed")
        self.srtp = None
        if self._task is not None:
            self._task.cancel()
        else:
            self._stand_in.close()

    async def _run(self, role: str, remote: RTCDtlsParameters) -> None:
        transport: RTCDtlsTransport | None = None
        try:
            await self._reachable.wait()
            for _ in range(HANDSHAKE_ATTEMPTS):
                if transport is not None:
                    _release(transport)
                transport = RTCDtlsTransport(self._stand_in, [self._certificate.handle])  # type: ignore[arg-type]
                if await self._attempt(transport, role, remote):
                    await self._until_closed(transport)
                    return
                if transport.encrypted:
                    break  # the handshake went through: the certificate or the SRTP profile is not acceptable
            self._set("failed")
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("DTLS association ended by an error")
            self._set("failed")
        finally:
            self._stand_in.close()
            if transport is not None:
                # aiortc's own task may have a datagram in hand: it ends with its next step.
                asyncio.get_running_loop().call_soon(_release, transport)

    async def _attempt(self, transport: RTCDtlsTransport, role: str, remote: RTCDtlsParameters) -> bool:
        transport._srtp_profiles = list(SRTP_PROFILES)
        transport._set_role(role)
        self._set("connecting")
        try:
            await asyncio.wait_for(transport.start(remote), HANDSHAKE_TIMEOUT_S)
        except TimeoutError:
            return False
        if transport.state != "connected":
            return False
        profile = transport._ssl.get_selected_srtp_profile().decode()  # type: ignore[union-attr]
        inbound, outbound = transport._rx_srtp, transport._tx_srtp
        self.srtp = SrtpContexts(inbound._srtp[0], outbound._srtp[0], profile, (inbound, outbound))
        self._set("connected")
        return True

    async def _until_closed(self, transport: RTCDtlsTransport) -> None:
        """Wait for the peer's close_notify; the pump is aiortc's own task."""
        closed = asyncio.Event()
        transport.add_listener("statechange", lambda: closed.set() if transport.state == "closed" else None)
        try:
            if transport.state == "connected":
                await closed.wait()
        finally:
            await transport.stop()
        self.srtp = None
        self._set("closed")

    def _set(self, state: DtlsState) -> None:
        if self.state not in (state, "closed", "failed"):
            self.state = state
            self._on_change()


def _release(transport: RTCDtlsTransport) -> None:
    """Give back at once what OpenSSL and libsrtp hold, some 50 kB: the objects refer to each other, and Python may
    look for such rings only after hundreds of them. Nothing may use the SRTP contexts any more."""
    transport.remove_all_listeners()
    transport._ssl = None
    transport._rx_srtp = transport._tx_srtp = None  # type: ignore[assignment]


def _check() -> None:
    missing = missing_hooks()
    if missing:
        raise ImportError(
            f"the installed aiortc or pylibsrtp lacks {', '.join(missing)}; versions are pinned for this"
        )


_check()
