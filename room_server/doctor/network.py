"""Ports and addresses: free, or held by our own running server; ours, or declared as translated by a router."""

from __future__ import annotations

import contextlib
import errno
import http.client
import ipaddress
import json
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from room_server.config import Config, MediaAddress
from room_server.doctor.report import Check

HEALTH_TIMEOUT_S = 5.0
LONGEST_ANSWER = 16_384
"""Bytes: more than the answer about as many workers as there can be."""
_NO_IPV6 = {errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds a port. ``ours``: it is a Yunting server or its relay."""

    pid: int
    name: str
    ours: bool


def web_port(config: Config) -> Check:
    """The port of the pages."""
    web, name = config.web, "web port"
    where = f"{web.port}/tcp on {web.listen}"
    failure = _try_to_bind(socket.SOCK_STREAM, web.listen, web.port)
    if failure is None:
        return Check(name, "ok", f"{where} is free")
    if failure.errno == errno.EADDRINUSE:
        if is_healthy(config):
            return Check(name, "ok", f"{where} is held by the running server, which answers")
        holder = port_holder("tcp", web.port)
        if holder is not None and holder.ours:
            return Check(
                name,
                "wrong",
                f"{where} is held by a Yunting server (process {holder.pid}) that does not answer",
                "Restart the service, and read its log.",
            )
        return Check(
            name, "wrong", f"{where} is in use{_by(holder)}", "Stop that program, or choose another web.port."
        )
    return _other_failure(name, where, failure, "web.listen", web.port)


def media_ports(config: Config) -> list[Check]:
    """The port of each relay worker, for UDP and where it is in use for TCP, on each address."""
    return [
        _media_port(config, address, port)
        for port in config.media.ports
        for address in config.media.addresses
    ]


def _media_port(config: Config, address: MediaAddress, port: int) -> Check:
    kinds = [("udp", socket.SOCK_DGRAM)] + ([("tcp", socket.SOCK_STREAM)] if config.media.tcp else [])
    checks = [_one_kind(config, address, port, protocol, kind) for protocol, kind in kinds]
    unfit = [check for check in checks if check.status != "ok"]
    return (unfit or checks)[0]


def _one_kind(
    config: Config, address: MediaAddress, port: int, protocol: str, kind: socket.SocketKind
) -> Check:
    name, where = "media port", f"{port}/{protocol} on {address.ip}"
    failure = _try_to_bind(kind, address.ip, port)
    if failure is None:
        return Check(name, "ok", f"{where} is free" + (", over TCP too" if config.media.tcp else ""))
    if failure.errno == errno.EADDRINUSE:
        holder = port_holder(protocol, port)
        # Whose a port is can only be seen by its own user and by root; a server that answers has its relay.
        if (holder is None or holder.ours) and is_healthy(config):
            return Check(name, "ok", f"{where} is held by the running server")
        if holder is not None and holder.ours:
            found = f"{where} is held by the relay of another Yunting server (process {holder.pid})"
            return Check(name, "wrong", found, "Stop that server, or choose another media.port.")
        todo = "Stop that program, or choose another media.port"
        if config.media.worker_count > 1:
            todo += f" (each of the {config.media.worker_count} workers takes one from there on; see media.workers)"
        return Check(name, "wrong", f"{where} is in use{_by(holder)}", todo + ".")
    return _other_failure(name, where, failure, "media.addresses", port)


def relay_workers(config: Config) -> list[Check]:
    """Each relay worker of the running server, by its own account; nothing where no server answers here."""
    health = _health(config)
    found = None if health is None else health.get("workers")
    if not isinstance(found, list):
        return []
    try:
        return [_worker(one) for one in found]
    except (TypeError, KeyError):
        todo = "Is it of the same version? Restart the service."
        return [Check("relay worker", "warning", "the running server does not say how its workers are", todo)]


def _worker(state: dict[str, Any]) -> Check:
    named = f"worker {state['worker']}"
    if not state["alive"]:
        found = f"{named} does not run; it is being started again"
        return Check("relay worker", "warning", found, "Read the server's log: it says why the worker ended.")
    held = f"{state['hearings']} hearing{'' if state['hearings'] == 1 else 's'}"
    found = f'{named}: port {state["port"]}, process {state["pid"]}, path "{state["path"]}", {held}'
    return Check("relay worker", "ok", found)


def _other_failure(name: str, where: str, failure: OSError, setting: str, port: int) -> Check:
    if failure.errno == errno.EACCES:
        todo = (
            f"Ports below 1024 need a permission: the unit of ./yunting systemd-unit gives it, or use a higher port "
            f"than {port}."
        )
        return Check(name, "wrong", f"{where} may not be used by this user", todo)
    if failure.errno == errno.EADDRNOTAVAIL or failure.errno in _NO_IPV6:
        return Check(
            name,
            "wrong",
            f"{where}: this machine does not have that address",
            f"Correct {setting}; see 'address'.",
        )
    return Check(name, "wrong", f"{where} cannot be used: {failure.strerror}", f"Correct {setting}.")


def addresses(config: Config) -> list[Check]:
    """Every address of the configuration is this machine's; what browsers are told can be reached by them."""
    checks = [_own_address("web.listen", config.web.listen, wildcard=True)]
    for address in config.media.addresses:
        check = _own_address("media.addresses.ip", address.ip, wildcard=False)
        checks.append(check if check.status != "ok" else _announced(config, address))
    checks.append(_reach(config))
    return checks


def _own_address(setting: str, ip: str, *, wildcard: bool) -> Check:
    parsed = ipaddress.ip_address(ip)
    if parsed.is_unspecified:
        if wildcard:
            return Check("address", "ok", f"{setting} = {ip}: all addresses of this machine")
        return Check(
            "address",
            "wrong",
            f"{setting} = {ip} stands for all addresses, but browsers must be told one",
            f"Write the address itself: {', '.join(own_addresses()) or 'ip addr shows them'}.",
        )
    failure = _try_to_bind(socket.SOCK_DGRAM, ip, 0)
    if failure is None:
        return Check("address", "ok", f"{setting} = {ip} is this machine's")
    if parsed.version == 6 and not _has_ipv6():
        return Check(
            "address",
            "wrong",
            f"{setting} = {ip}, but IPv6 is switched off on this machine",
            "Remove the entry, or switch IPv6 on.",
        )
    return Check(
        "address",
        "wrong",
        f"{setting} = {ip} is not an address of this machine",
        f"This machine has {', '.join(own_addresses()) or 'no network address'}. Behind a router that translates "
        f'addresses write ip = "(this machine\'s)" and announced_ip = "{ip}".',
    )


def _announced(config: Config, address: MediaAddress) -> Check:
    told = address.announced_ip or address.ip
    text = f"media on {address.ip}" + (f", announced as {told}" if told != address.ip else "")
    parsed = ipaddress.ip_address(told)
    if parsed.is_unspecified:
        return Check("address", "wrong", f"{text}: nobody can connect to {told}", "Write the address itself.")
    if parsed.version != ipaddress.ip_address(address.ip).version:
        return Check(
            "address",
            "wrong",
            f"{text}: one is IPv4 and the other IPv6",
            "Announce an address of the same kind.",
        )
    return Check("address", "ok", text)


def _reach(config: Config) -> Check:
    """Whether the announced addresses suit where people come from, as far as that can be known here."""
    told = [ipaddress.ip_address(each.announced_ip or each.ip) for each in config.media.addresses]
    host = urlsplit(config.web.public_url).hostname or ""
    if _is_loopback(host):
        return Check("reach", "ok", f"{config.web.public_url} serves this machine only")
    if all(ip.is_loopback for ip in told):
        return Check(
            "reach",
            "wrong",
            "sound and picture are announced on this machine only",
            "Add this machine's network address to media.addresses.",
        )
    if not any(ip.is_global for ip in told):
        return Check(
            "reach",
            "warning",
            f"only private addresses are announced: {', '.join(str(ip) for ip in told)}",
            "Fine inside the court's network. For people outside it, set announced_ip to the public address and "
            f"forward {_ports_in_words(config)} to this machine.",
        )
    return Check("reach", "ok", "a public address is announced")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ports_in_words(config: Config) -> str:
    ports = config.media.ports
    if not ports:
        return "the media's ports"
    return f"{ports[0]}/udp" if len(ports) == 1 else f"{ports[0]}-{ports[-1]}/udp"


def is_healthy(config: Config) -> bool:
    """Whether a Yunting server answers ``/healthz`` where this configuration says that it listens."""
    return _health(config) is not None


def _health(config: Config) -> dict[str, Any] | None:
    """What it answers, or None where none does."""
    host = config.web.listen
    if ipaddress.ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    connection: http.client.HTTPConnection
    if config.web.tls_certificate is not None:
        # It is our own machine that answers, and the certificate has a check of its own.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            host, config.web.port, timeout=HEALTH_TIMEOUT_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, config.web.port, timeout=HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        found = json.loads(answer.read(LONGEST_ANSWER))
        ours = isinstance(found, dict) and found.get("ok") is True and "relay" in found
        return found if answer.status == 200 and ours else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def own_addresses() -> list[str]:
    """This machine's addresses that others can use, IPv4 first."""
    import ifaddr

    found = [
        str(ip.ip[0] if isinstance(ip.ip, tuple) else ip.ip)
        for card in ifaddr.get_adapters()
        for ip in card.ips
    ]
    usable = [
        ip
        for ip in found
        if not (parsed := ipaddress.ip_address(ip)).is_loopback and not parsed.is_link_local
    ]
    return sorted(set(usable), key=lambda ip: (":" in ip, ip))


def _has_ipv6() -> bool:
    return _try_to_bind(socket.SOCK_DGRAM, "::1", 0) is None


def _try_to_bind(kind: socket.SocketKind, ip: str, port: int) -> OSError | None:
    """What the system says to binding this address and port; None where it may be used."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # As the server does: a connection of an earlier run that lingers is no obstacle.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((ip, port))
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
    except OSError as error:
        return error
    return None


def _by(holder: Holder | None) -> str:
    return "" if holder is None else f" by {holder.name} (process {holder.pid})"


def port_holder(protocol: str, port: int, proc: Path = Path("/proc")) -> Holder | None:
    """The process that holds a local port, or None where that cannot be seen (another user's, or no /proc)."""
    inodes = set[str]()
    for table in (f"{protocol}", f"{protocol}6"):
        with contextlib.suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                # 0A is LISTEN; UDP sockets have no such state.
                if int(fields[1].rpartition(":")[2], 16) == port and (protocol == "udp" or fields[3] == "0A"):
                    inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return None
    for process in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(_link(entry) in inodes for entry in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                name = (process / "comm").read_text().strip()
                return Holder(int(process.name), name, _is_ours(words))
    return None


def _is_ours(words: list[str]) -> bool:
    return any(Path(word).name == "yunting" or "room_server." in word for word in words)


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
