"""A bad network between peers and a relay worker: one port for UDP and TCP that loses, delays, reorders, repeats,
narrows and falls silent, by a seed.

It stands where a candidate of the server stands: `Announced` hands out its port in place of the worker's own.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from room_server.relay.client import RelayClient

Direction = Literal["up", "down"]
Address = tuple[str, int]
CHUNK_BYTES = 4096
RESEND_S = 0.2
"""How long a lost segment holds a TCP stream up."""


@dataclass(slots=True)
class Line:
    """One direction. Chances are from 0 to 1; jitter is uniform on top of the delay and keeps the order, as a queue
    does; `reorder` is the chance that a packet is overtaken by those sent within twice the jitter after it."""

    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    reorder: float = 0.0
    duplicate: float = 0.0
    rate_bps: float | None = None
    queue_bytes: int = 64_000
    chance: random.Random = field(default_factory=random.Random)
    counts: Counter[str] = field(default_factory=Counter)
    _last_due_s: float = 0.0
    _free_s: float = 0.0

    def set(self, **values: float | None) -> None:
        """Change what the line does from now on."""
        for name, value in values.items():
            setattr(self, name, value)

    def arrivals(self, size: int, now_s: float) -> list[float]:
        """When a datagram of `size` bytes comes out: never, once, or twice."""
        if self.chance.random() < self.loss:
            self.counts["lost"] += 1
            return []
        start_s = self._through(size, now_s)
        if start_s is None:
            self.counts["overflowed"] += 1
            return []
        wait_s = self.delay_s + self.chance.random() * self.jitter_s
        if self.chance.random() < self.reorder:
            self.counts["reordered"] += 1
            due = [start_s + wait_s + 2 * self.jitter_s + 0.005]
        else:
            self._last_due_s = max(start_s + wait_s, self._last_due_s)
            due = [self._last_due_s]
        if self.chance.random() < self.duplicate:
            self.counts["duplicated"] += 1
            due.append(due[0] + self.chance.random() * (self.jitter_s + 0.001))
        self.counts["passed"] += 1
        return due

    def stream_due(self, size: int, now_s: float) -> float:
        """When a chunk of a TCP stream comes out: always, in order; a loss is a pause."""
        start_s = now_s
        if self.rate_bps is not None:
            start_s = self._free_s = max(self._free_s, now_s) + size * 8 / self.rate_bps
        wait_s = self.delay_s + self.chance.random() * self.jitter_s
        if self.chance.random() < self.loss:
            self.counts["lost"] += 1
            wait_s += RESEND_S
        self._last_due_s = max(start_s + wait_s, self._last_due_s)
        self.counts["passed"] += 1
        return self._last_due_s

    def _through(self, size: int, now_s: float) -> float | None:
        """When it has gone through the narrow place; None where the queue before it is full."""
        if self.rate_bps is None:
            return now_s
        begins_s = max(self._free_s, now_s)
        if (begins_s - now_s) * self.rate_bps / 8 + size > self.queue_bytes:
            return None
        self._free_s = begins_s + size * 8 / self.rate_bps
        return self._free_s


class LossyProxy:
    """`watch(direction, datagram)` sees every UDP datagram before anything befalls it."""

    def __init__(self, target: Address, *, seed: int = 0) -> None:
        self.target = target
        self.up, self.down = Line(chance=random.Random(seed)), Line(chance=random.Random(seed + 1))
        self.watch: Callable[[Direction, bytes], None] = lambda direction, datagram: None
        self._front, self._listener = _pair()
        self.port: int = self._front.getsockname()[1]
        self._backs: dict[Address, socket.socket] = {}
        self._loop = asyncio.get_running_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to pass packets on; unimpaired until `up` and `down` say otherwise."""
        self._loop.add_reader(self._front, self._from_peer)
        self._server = await asyncio.start_server(self._accept, sock=self._listener)

    async def close(self) -> None:
        """End everything that goes through here."""
        self._loop.remove_reader(self._front)
        for back in self._backs.values():
            self._loop.remove_reader(back)
            back.close()
        self._front.close()
        for writer in list(self._streams):
            writer.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        self._listener.close()

    @property
    def silent(self) -> bool:
        """Whether nothing passes in either direction, and nobody is told."""
        return not self._open.is_set()

    @silent.setter
    def silent(self, value: bool) -> None:
        if value:
            self._open.clear()
        else:
            self._open.set()

    def both(self, **values: float | None) -> None:
        """Change both directions alike."""
        self.up.set(**values)
        self.down.set(**values)

    # -- UDP ------------------------------------------------------------------------------------------------------

    def _from_peer(self) -> None:
        while True:
            try:
                data, peer = self._front.recvfrom(2048)
            except OSError:
                return
            back = self._backs.get(peer)
            if back is None:
                back = self._backs[peer] = _datagram_socket()
                back.connect(self.target)
                self._loop.add_reader(back, self._from_server, back, peer)
            self._pass("up", data, back, None)

    def _from_server(self, back: socket.socket, peer: Address) -> None:
        while True:
            try:
                data = back.recv(2048)
            except OSError:
                return
            self._pass("down", data, self._front, peer)

    def _pass(self, direction: Direction, data: bytes, to: socket.socket, peer: Address | None) -> None:
        self.watch(direction, data)
        line = self.up if direction == "up" else self.down
        if self.silent:
            line.counts["silenced"] += 1
            return
        now_s = self._loop.time()
        for due_s in line.arrivals(len(data), now_s):
            if due_s <= now_s:
                self._deliver(data, to, peer)
            else:
                self._loop.call_at(due_s, self._deliver, data, to, peer)

    def _deliver(self, data: bytes, to: socket.socket, peer: Address | None) -> None:
        if to.fileno() < 0 or self.silent:
            return
        try:
            if peer is None:
                to.send(data)
            else:
                to.sendto(data, peer)
        except OSError:
            return  # a full socket or a closed one: lost, as on any line

    # -- TCP ------------------------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._streams.add(writer)
        try:
            there, onward = await asyncio.open_connection(*self.target)
            self._streams.add(onward)
            ends = [self._pump("up", reader, onward), self._pump("down", there, writer)]
            pumps = [asyncio.create_task(end) for end in ends]
            self._tasks.update(pumps)
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            onward.close()
        except OSError:
            pass
        finally:
            writer.close()

    async def _pump(
        self, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        line = self.up if direction == "up" else self.down
        try:
            while data := await reader.read(CHUNK_BYTES):
                await asyncio.sleep(line.stream_due(len(data), self._loop.time()) - self._loop.time())
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            return


class Announced:
    """A relay client whose candidates name the proxy's port in place of the worker's."""

    def __init__(self, relay: RelayClient, proxy: LossyProxy) -> None:
        self._relay, self._proxy = relay, proxy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._relay, name)

    async def create_transport(self, **options: Any) -> dict[str, Any]:
        """As RelayClient.create_transport."""
        created = await self._relay.create_transport(**options)
        created["iceCandidates"] = [
            {**candidate, "ip": "127.0.0.1", "address": "127.0.0.1", "port": self._proxy.port}
            for candidate in created["iceCandidates"]
        ]
        return created


def _datagram_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    made.setblocking(False)
    return made


def _pair() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on one port number."""
    for _ in range(50):
        front, listener = _datagram_socket(), socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        front.bind(("127.0.0.1", 0))
        try:
            listener.bind(front.getsockname())
            listener.listen(16)
            return front, listener
        except OSError:
            front.close()
            listener.close()
    raise OSError("no port number is free for both UDP and TCP")
