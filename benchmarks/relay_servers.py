"""What a server under the load offers, whichever it is; and what the adapters share."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.relay_link import BUFFER_BYTES, Link, host
from benchmarks.relay_source import Kind, Stream


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started meanwhile runs on this core, with all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class Publication:
    """A publisher's transport and its streams. `handles`: what the server calls them."""

    link: Link
    streams: tuple[Stream, ...]
    handles: tuple[Any, ...]


class Recorder:
    """Where a server's copies for a recorder go: read and counted."""

    def __init__(self, made: socket.socket, address: Any) -> None:
        self.socket = made
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.socket.bind(address)
        self.received = 0

    @classmethod
    def unix(cls, path: str) -> Recorder:
        """A Unix datagram socket."""
        return cls(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), path)

    @classmethod
    def udp(cls) -> Recorder:
        """A UDP socket on a free port."""
        return cls(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), (host(), 0))

    @property
    def port(self) -> int:
        """The UDP port."""
        return int(self.socket.getsockname()[1])

    def take(self, view: memoryview) -> None:
        """Read one datagram."""
        self.socket.recv_into(view)
        self.received += 1


class Server(Protocol):
    """One server process with its rooms. Joining is awaited to the end: DTLS is up, and the server knows it."""

    name: str
    recorder: Recorder | None

    async def start(self) -> None:
        """Start the process. Raises Missing where it cannot be."""

    async def stop(self) -> None:
        """End the process."""

    @property
    def pid(self) -> int:
        """The process whose CPU time and memory count."""

    @property
    def path(self) -> str | None:
        """Which of its own packet paths it takes, where it has several."""

    async def open_room(self, room: str, people: Sequence[str], publishers: Sequence[str]) -> None:
        """A room for these people; the publishers among them are recorded where features are on."""

    async def publish(self, room: str, person: str, kinds: Sequence[Kind]) -> Publication:
        """A person with streams."""

    async def subscribe(self, room: str, person: str, wanted: Sequence[Publication]) -> Link:
        """A transport that receives all streams of these publications."""
