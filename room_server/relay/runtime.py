"""What the worker's parts share: buffers, clocks, fresh identifiers and the way events go out."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from room_server.relay.events import RelayEvent
from room_server.relay.fanout import PacketFanout, new_fanout
from room_server.relay.receiving import PacketReceiver, new_receiver

EmitEvent = Callable[[RelayEvent], None]


@dataclass(slots=True)
class Runtime:
    """Passed to every room, producer and consumer of one worker."""

    emit: EmitEvent
    fanout: PacketFanout = field(default_factory=new_fanout)
    ssrc: int = field(default_factory=lambda: secrets.randbits(31) or 1)
    receiver: PacketReceiver = field(init=False)
    epoch_ns: int | None = None
    _tokens: int = 0
    _ahead_s: float = 0.0

    def __post_init__(self) -> None:
        self._ahead_s = time.time() - self.now_s()
        self.receiver = new_receiver(self.fanout, self)

    def now_s(self) -> float:
        """Steady clock in seconds."""
        return time.monotonic()

    def wall_ns(self) -> int:
        """Nanoseconds since the Unix epoch, for the recorder: by the time the server keeps, so that a clock that is set
        moves nothing within a recording; by the machine's clock before the server has named one."""
        if self.epoch_ns is None:
            return time.time_ns()
        return self.epoch_ns + time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def report_s(self, now_s: float) -> float:
        """The time for our own sender reports, at `now_s` of the steady clock: Unix seconds by the wall clock as it
        stood when the worker started. Receivers compare reports with each other: a clock that is set must not move
        pictures against their sound, or show as a round trip."""
        return now_s + self._ahead_s

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Call `action` once, in the worker's event loop."""

        def act() -> None:
            self.receiver.settle()
            action()

        asyncio.get_running_loop().call_later(delay_s, act)

    def identifier(self, prefix: str) -> str:
        """A fresh id such as "tra_…"."""
        return f"{prefix}_{secrets.token_hex(8)}"

    def fresh_token(self) -> int:
        """A number that no graph of this worker had before."""
        self._tokens += 1
        return self._tokens

    def fresh_ssrc(self) -> int:
        """A random SSRC."""
        return secrets.randbits(32) or 1

    def first_number(self) -> int:
        """A random first sequence number, low enough that nothing wraps early (RFC 3550 section 5.1)."""
        return secrets.randbits(14)
