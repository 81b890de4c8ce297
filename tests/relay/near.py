"""A relay worker in the test's own process, so that its clock can be moved and its tables be looked at."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import Any

import pytest

from room_server.relay.channel import Channel
from room_server.relay.client import ListenAddress, RelayClient
from room_server.relay.events import RelayEvent
from room_server.relay.runtime import Runtime
from room_server.relay.udp import bind_endpoints
from room_server.relay.worker import RelayWorker


class NearRelay(RelayClient):
    """Sockets, timers, DTLS and the control channel are the real ones; only the process is not another one."""

    def __init__(self, listen: Sequence[ListenAddress] = (ListenAddress("127.0.0.1"),)) -> None:
        self.events: list[RelayEvent] = []
        super().__init__(listen, on_event=self.events.append, on_exit=lambda status: None)
        self.worker: RelayWorker

    async def start(self) -> None:
        ours, theirs = socket.socketpair()
        channel = Channel(*await asyncio.open_unix_connection(sock=theirs))
        self._channel = Channel(*await asyncio.open_unix_connection(sock=ours))
        self._ready = asyncio.get_running_loop().create_future()
        self.worker = RelayWorker(bind_endpoints(self._listen), channel, h264=False)
        self.worker.start()
        self._process: Any = self.worker
        self._tasks = [
            asyncio.create_task(self.worker.serve()),
            asyncio.create_task(self._read(self._channel)),
        ]
        self.addresses = await self._ready

    async def stop(self) -> None:
        self.worker.stop()
        if self._channel is not None:
            self._channel.close()
        await asyncio.wait(self._tasks, timeout=3)


class MovedClock:
    """The worker's steady clock, which may jump ahead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0.0
        monkeypatch.setattr(Runtime, "now_s", lambda runtime: time.monotonic() + self.ahead_s)
