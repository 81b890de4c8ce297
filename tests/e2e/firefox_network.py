"""A street and a court in network namespaces of their own, so that a browser's cable can be pulled.

The court (this process from :func:`laid_out` on, and all it starts) has a loopback, an interface with a default route,
which stands for its line to the world, and one end of the street. A browser on the street has the other end and
nothing else. No packet leaves the machine, and nothing depends on what interfaces the machine has.

Namespaces need CAP_SYS_ADMIN. Without it the browser stands beside the court and comes over the machine's primary
address; then no cable can be pulled, and a test that needs one says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from room_server.demonstration import primary_address

COURT = "10.203.8.1"
FIREWALLED = "10.203.8.77"
"""Another address of the court's line; nothing of the relay listens there."""
GATEWAY = "10.203.7.1"
HOMES = ("10.203.7.2", "10.203.7.3")
CLONE_NEWNET = 0x40000000
AS_ROOT = "unshare --user --map-root-user --net"


class Network:
    """``court``: where the court is reached. ``private``: in namespaces of its own."""

    def __init__(self, court: str, street: int | None = None, home: int | None = None) -> None:
        self.court = court
        self._street = street
        self._court = home

    @property
    def private(self) -> bool:
        return self._street is not None

    def on_the_street(self, *command: str) -> list[str]:
        """The command, so that it runs at the far end of the street."""
        if self._street is None:
            return list(command)
        return ["nsenter", f"--net={_path(self._street)}", *command]

    def street_socket(self, family: int = socket.AF_INET) -> socket.socket:
        """A TCP socket of the street, held by this process: how a browser there is driven."""
        with self._standing_there():
            return socket.socket(family, socket.SOCK_STREAM)

    @contextlib.contextmanager
    def _standing_there(self) -> Iterator[None]:
        if self._street is None or self._court is None:
            yield
            return
        _enter(self._street)
        try:
            yield
        finally:
            _enter(self._court)

    async def cut(self) -> None:
        """Pull the browser's cable: its interface goes down, as when a telephone leaves a network."""
        self._needs_a_cable()
        await self._ip("link", "set", "street1", "down")

    async def mend(self, home: str = HOMES[0]) -> None:
        """Plug it in again, as ``home``: another address than before is another network to the browser."""
        self._needs_a_cable()
        await self._ip("address", "flush", "dev", "street1")
        await self._ip("address", "add", f"{home}/24", "dev", "street1")
        await self._ip("link", "set", "street1", "up")
        await self._ip("route", "add", "default", "via", GATEWAY)

    def _needs_a_cable(self) -> None:
        if not self.private:
            pytest.fail(
                "this test pulls a network cable, which needs namespaces: run the tests as root, or as"
                f" {AS_ROOT} .venv/bin/python -m pytest …"
            )

    async def _ip(self, *words: str) -> None:
        await _run(*self.on_the_street("ip", *words))


@contextlib.asynccontextmanager
async def laid_out() -> AsyncIterator[Network]:
    """Lay the network out and move this thread, and what it starts from now on, into the court's part of it."""
    if not _may_have_namespaces():
        address = primary_address()
        if address is None:
            pytest.fail(
                "Firefox never connects to a loopback address: this machine has no other, and no network"
                f" namespace may be made. Run the tests as root, or as {AS_ROOT} .venv/bin/python -m pytest …"
            )
        yield Network(address)
        return
    if shutil.which("ip") is None:
        pytest.fail("there is no ip command. Install iproute2: apt-get install iproute2")
    with contextlib.ExitStack() as held:
        before = _namespace(held)
        held.callback(_enter, before)
        _unshare()
        street = _namespace(held)
        _unshare()
        court = _namespace(held)
        network = Network(COURT, street, court)
        await _lay_out(network, street)
        yield network


async def _lay_out(network: Network, street: int) -> None:
    await _run("ip", "link", "set", "lo", "up")
    await _run("ip", "link", "add", "line0", "type", "veth", "peer", "name", "line1")
    await _run("ip", "link", "set", "line1", "up")
    await _run("ip", "link", "add", "street0", "type", "veth", "peer", "name", "street1")
    for address, interface in ((COURT, "line0"), (FIREWALLED, "line0"), (GATEWAY, "street0")):
        await _run("ip", "address", "add", f"{address}/24", "dev", interface)
        await _run("ip", "link", "set", interface, "up")
    await _run("ip", "route", "add", "default", "dev", "line0")
    await _run("ip", "link", "set", "street1", "netns", _path(street))
    await _run(*network.on_the_street("ip", "link", "set", "lo", "up"))
    await network.mend()


def _path(descriptor: int) -> str:
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def _namespace(held: contextlib.ExitStack) -> int:
    """The namespace this thread is in; open as long as ``held``."""
    descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    held.callback(os.close, descriptor)
    return descriptor


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)  # os.setns and os.unshare come with Python 3.12


def _unshare() -> None:
    if _libc().unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare: " + os.strerror(ctypes.get_errno()))


def _enter(namespace: int) -> None:
    if _libc().setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns: " + os.strerror(ctypes.get_errno()))


def _may_have_namespaces() -> bool:
    """Tried in a thread, whose namespace ends with it: capabilities alone do not tell (seccomp, AppArmor)."""
    refused: list[OSError] = []

    def attempt() -> None:
        try:
            _unshare()
        except OSError as error:
            refused.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return not refused


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {said.decode(errors='replace').strip()}")
