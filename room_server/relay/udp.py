"""The worker's sockets: one per announced address, UDP and TCP on one port number."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from room_server.relay.ice_lite import Address

if TYPE_CHECKING:
    from room_server.relay.media_transport import MediaTransport

Socket = socket.socket
BUFFER_BYTES = 1 << 22
SAME_PORT_ATTEMPTS = 20
UDP_HOST, TCP_HOST = 126, 90
"""Type preferences: a TCP path is taken only where no UDP path works."""
NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
PASSIVE = 4
"""Direction preference of a passive host candidate (RFC 6544 section 4.2)."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen; port 0 takes a free one. Candidates announce `announced_ip` if given (behind NAT)."""

    ip: str
    port: int = 0
    announced_ip: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"ip": self.ip, "port": self.port, "announced_ip": self.announced_ip}

    @classmethod
    def from_json(cls, value: object) -> ListenAddress:
        """Read `to_json`'s shape. Raises ValueError that says what is wrong."""
        if not isinstance(value, dict) or set(value) - {"ip", "port", "announced_ip"}:
            raise ValueError(f"a listen address has ip, port and announced_ip, not {value!r}")
        port = value.get("port", 0)
        if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:
            raise ValueError(f"listen port must be from 0 to 65535, not {port!r}")
        ip, announced = value.get("ip"), value.get("announced_ip")
        if ipaddress.ip_address(str(ip)).is_unspecified and announced is None:
            raise ValueError(
                f"listening on {ip} needs an announced_ip: peers cannot reach an unspecified address"
            )
        if announced is not None:
            ipaddress.ip_address(str(announced))
        return cls(str(ip), port, None if announced is None else str(announced))


class DatagramSender(Protocol):
    """What a transport sends with."""

    def sendto(self, data: Any, address: Any, /) -> int:
        """Send one packet; OSError where it could not be sent."""
        ...

    def fileno(self) -> int:
        """The descriptor."""
        ...


class Endpoint(Protocol):
    """Where a peer is reached: a bound UDP socket, or one TCP connection."""

    by_address: dict[Address, MediaTransport]

    @property
    def socket(self) -> DatagramSender: ...
    @property
    def protocol(self) -> str: ...
    @property
    def loopback(self) -> bool: ...


@dataclass(slots=True, eq=False)
class UdpEndpoint:
    """One bound socket, and the transports whose peers authenticated from an address on it.

    `listener` accepts ICE-TCP on the same port number; None where TCP is switched off. `also_announced` are further
    addresses by which the same socket is reached: behind NAT the inner one, for people inside.
    """

    socket: Socket
    announced_ip: str
    port: int
    loopback: bool
    by_address: dict[Address, MediaTransport] = field(default_factory=dict)
    listener: Socket | None = None
    also_announced: list[str] = field(default_factory=list)
    protocol = "udp"

    def close(self) -> None:
        """Close what is bound here."""
        self.socket.close()
        if self.listener is not None:
            self.listener.close()


def bind_endpoints(addresses: Sequence[ListenAddress], *, tcp: bool = True) -> list[UdpEndpoint]:
    """Bind all addresses; those with port 0 share one free number if one is free everywhere.

    An `ip` that is listed again is bound once, and announced by each of its names.

    Raises OSError, in words for an administrator, when a given port is taken or not permitted, or an address is not
    this machine's.
    """
    if not addresses:
        raise ValueError("the relay needs at least one listen address")
    for attempt in range(SAME_PORT_ATTEMPTS):
        bound: list[UdpEndpoint] = []
        places: dict[tuple[str, int], UdpEndpoint] = {}
        shared = 0
        try:
            for address in addresses:
                place = (str(ipaddress.ip_address(address.ip)), address.port)
                if place in places:
                    places[place].also_announced.append(address.announced_ip or address.ip)
                    continue
                # The last attempt gives up on sharing rather than on starting.
                port = address.port or (0 if attempt == SAME_PORT_ATTEMPTS - 1 else shared)
                endpoint = _bind(address, port, tcp)
                shared = shared or (0 if address.port else endpoint.port)
                bound.append(endpoint)
                places[place] = endpoint
            return bound
        except OSError as error:
            for endpoint in bound:
                endpoint.close()
            if error.errno != errno.EADDRINUSE or all(address.port for address in addresses):
                raise
    raise AssertionError("the last attempt either binds or raises")


def _bind(address: ListenAddress, port: int, tcp: bool) -> UdpEndpoint:
    version = ipaddress.ip_address(address.ip).version
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    protocol, bound = "udp", None
    try:
        bound = socket.socket(family, socket.SOCK_DGRAM)
        bound.setblocking(False)
        if version == 6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            bound.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        bound.bind((address.ip, port))
        port, protocol = bound.getsockname()[1], "tcp"
        listener = _listen(family, address.ip, port) if tcp else None
    except OSError as error:
        if bound is not None:
            bound.close()
        raise OSError(error.errno, explained(error, address.ip, port, protocol)) from error
    announced = address.announced_ip or address.ip
    loopback = ipaddress.ip_address(announced).is_loopback
    return UdpEndpoint(bound, announced, port, loopback, listener=listener)


def explained(error: OSError, ip: str, port: int, protocol: str) -> str:
    """Why a port cannot be had, and what an administrator can do."""
    where = f"port {port}/{protocol} on {ip}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program: stop that program, or choose another media.port"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"{where} may not be used by this user: ports below 1024 need a permission, which the unit of "
            f"./yunting systemd-unit gives; or choose a higher media.port"
        )
    if error.errno in NO_ADDRESS and ":" in ip and not has_ipv6():
        return f"{ip} is an IPv6 address, and IPv6 is switched off on this machine: take it out of media.addresses"
    if error.errno in NO_ADDRESS:
        return (
            f"{ip} is not an address of this machine: correct media.addresses; behind a router that translates "
            f"addresses, ip is this machine's own and announced_ip the router's"
        )
    return f"{where} cannot be used: {error.strerror}"


def has_ipv6() -> bool:
    """Whether this machine has IPv6 at all: its loopback address tells."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _listen(family: socket.AddressFamily, ip: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((ip, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def ice_candidates(endpoints: Sequence[UdpEndpoint], *, udp: bool = True) -> list[dict[str, Any]]:
    """Host candidates in mediasoup's shape: UDP before TCP, loopback last (RFC 8445 section 5.1.2, RFC 6544
    section 4.2). `udp` False announces TCP alone."""
    candidates = []
    told = [(one, ip) for one in endpoints for ip in (one.announced_ip, *one.also_announced)]
    for index, (endpoint, ip) in enumerate(told):
        loopback = ipaddress.ip_address(ip).is_loopback
        local_preference = (1000 if loopback else 60000) - index
        if udp:
            priority = UDP_HOST << 24 | local_preference << 8
            candidates.append(_candidate("udp", index, ip, endpoint.port, priority))
        if endpoint.listener is not None:
            passive = PASSIVE << 13 | ((1000 if loopback else 8000) - index)
            tcp = _candidate("tcp", index, ip, endpoint.port, TCP_HOST << 24 | passive << 8)
            candidates.append({**tcp, "tcpType": "passive"})
    return candidates


def _candidate(protocol: str, index: int, ip: str, port: int, priority: int) -> dict[str, Any]:
    return {
        "foundation": f"{protocol}{index}",
        "priority": priority | 255,
        "ip": ip,
        "address": ip,
        "protocol": protocol,
        "port": port,
        "type": "host",
    }
