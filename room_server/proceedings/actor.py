"""One task owns one hearing: command → decide → append → evolve → tell the listener, one after the other.

Whoever gave the command waits, but cannot cut the work off in the middle: a browser that goes away during the append
must not leave a stored event that the state has not seen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from eligibility import Ruleset
from room_server.clock import Clock
from room_server.domain import commands as c
from room_server.domain.context import Context
from room_server.domain.event_data import from_data, to_data
from room_server.domain.events import Event, event_type
from room_server.domain.hearing import decide, evolve
from room_server.domain.model import SYSTEM, Actor, Hearing, RulingSignature
from room_server.errors import CommandRefused, NotNow
from room_server.store.events import EventStore, NewEvent, StoredEvent, VersionConflict

log = logging.getLogger(__name__)
_NEED_TODAYS_ANSWER = (c.ScheduleHearing, c.OpenLobby, c.OpenSession)
MAX_FOLLOW_UPS = 8
"""System events that one command may cause, in rounds; more means two rules that undo each other."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stored event with the hearing before and after it."""

    stored: StoredEvent
    event: Event
    before: Hearing | None
    after: Hearing


class HearingListener(Protocol):
    """Told of every stored batch, in order, before the command is acknowledged."""

    async def stored(self, steps: Sequence[Step]) -> None: ...


RulesetOn = Callable[[str, datetime], Ruleset]
"""(name of the rule set, moment) -> the version in force on that day in Asia/Shanghai."""


@dataclass(slots=True)
class _Order:
    command: c.Command
    actor: Actor
    done: asyncio.Future[Hearing]


class HearingActor:
    """Owns the state of one hearing. Create with the stored events, then :meth:`start`."""

    def __init__(
        self,
        hearing_id: str,
        store: EventStore,
        *,
        clock: Clock,
        ruleset_name: str,
        ruleset_on: RulesetOn,
        new_id: Callable[[str], str],
        listener: HearingListener,
        sign: Callable[[bytes], RulingSignature] | None = None,
    ) -> None:
        self.hearing_id = hearing_id
        self.hearing: Hearing | None = None
        self._store = store
        self._clock = clock
        self._ruleset_name = ruleset_name
        self._ruleset_on = ruleset_on
        self._new_id = new_id
        self._listener = listener
        self._sign = sign
        self._inbox: asyncio.Queue[_Order] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._last_at: datetime | None = None
        """The time of the last stored event."""
        self._clock_behind = False

    async def load(self) -> list[Step]:
        """Rebuild the state from the store; returns every step, oldest first."""
        steps: list[Step] = []
        hearing: Hearing | None = None
        for stored in await self._store.read(self.hearing_id):
            step = _step(hearing, stored)
            hearing = step.after
            self._last_at = datetime.fromisoformat(stored.at)
            steps.append(step)
        self.hearing = hearing
        return steps

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"hearing {self.hearing_id}")

    async def stop(self) -> None:
        """End the task after what is in the inbox; whoever comes later is refused, because nobody would answer."""
        self._stopped = True
        await self._inbox.join()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def context(self, actor: Actor) -> Context:
        """What `decide` may know beside the hearing: who asks, the time, the dated rule set, fresh ids, the
        court's signature."""
        now = self._now()
        name = self.hearing.ruleset if self.hearing is not None else self._ruleset_name
        ruleset = self._ruleset_on(name, now)
        return Context(actor=actor, now=now, ruleset=ruleset, new_id=self._new_id, sign=self._sign)

    def _now(self) -> datetime:
        """The clock's time, and never before what is stored: where the machine's clock was set back, an objection made
        after a ruling must not be taken for one that the ruling answered."""
        now = self._clock.now()
        behind = self._last_at is not None and now < self._last_at
        if behind and not self._clock_behind:
            log.warning(
                "the clock is behind the last entry of %s; its times go on from that", self.hearing_id
            )
        self._clock_behind = behind
        if self._last_at is None or not behind:
            return now
        return self._last_at + timedelta(microseconds=1)

    async def execute(self, command: c.Command, actor: Actor) -> Hearing:
        """Carry out one command; returns the hearing after it. Raises :class:`CommandRefused`."""
        if self._stopped:
            raise NotNow(
                "server_stopping", "服务器正在停止，请稍后重试。", "The server is stopping. Try again later."
            )
        done: asyncio.Future[Hearing] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(_Order(command, actor, done))
        return await asyncio.shield(done)

    async def _run(self) -> None:
        while True:
            order = await self._inbox.get()
            try:
                hearing = await self._carry_out(order.command, order.actor)
                if not order.done.done():
                    order.done.set_result(hearing)
            except Exception as error:
                if not isinstance(error, CommandRefused):
                    log.exception("command %s failed in %s", type(order.command).__name__, self.hearing_id)
                if not order.done.done():
                    order.done.set_exception(error)
                    order.done.exception()  # seen here, so that an abandoned caller leaves no warning behind
            finally:
                self._inbox.task_done()

    async def _carry_out(self, command: c.Command, actor: Actor) -> Hearing:
        if isinstance(command, _NEED_TODAYS_ANSWER) and self.hearing is not None:
            # Facts are followed at once, but the day and the rule set change without a command.
            await self._decide_and_store(c.Reassess(), SYSTEM)
        await self._decide_and_store(command, actor)
        for _ in range(MAX_FOLLOW_UPS):
            if not await self._decide_and_store(c.Reassess(), SYSTEM):
                break
        else:
            log.error("the system's rules do not come to rest in %s", self.hearing_id)
        assert self.hearing is not None
        return self.hearing

    async def _decide_and_store(self, command: c.Command, actor: Actor) -> bool:
        """Whether anything happened."""
        try:
            return await self._attempt(command, actor)
        except VersionConflict:
            # Another owner wrote; the expected version is the fence. Look again and decide once more.
            log.warning("another writer appended to %s; reading it anew", self.hearing_id)
            known = self.hearing.version if self.hearing is not None else 0
            await self._announce([step for step in await self.load() if step.stored.version > known])
            return await self._attempt(command, actor)

    async def _attempt(self, command: c.Command, actor: Actor) -> bool:
        context = self.context(actor)
        events = decide(self.hearing, command, context)
        if not events:
            return False
        at = context.now.isoformat()
        new = [
            NewEvent(
                id=self._new_id("evt"),
                type=event_type(event),
                at=at,
                actor=asdict(event.by),
                data=to_data(event),
            )
            for event in events
        ]
        version = self.hearing.version if self.hearing is not None else 0
        steps = []
        for stored in await self._store.append(self.hearing_id, version, new):
            step = _step(self.hearing, stored)
            self.hearing, self._last_at = step.after, context.now
            steps.append(step)
        await self._announce(steps)
        return True

    async def _announce(self, steps: Sequence[Step]) -> None:
        """Tell the listener. What is stored has happened: a listener that fails does not make the command fail."""
        if not steps:
            return
        try:
            await self._listener.stored(steps)
        except Exception:
            log.exception("announcing version %d of %s failed", steps[-1].stored.version, self.hearing_id)


def _step(hearing: Hearing | None, stored: StoredEvent) -> Step:
    event = from_data(stored.type, stored.data)
    after = evolve(hearing, event, datetime.fromisoformat(stored.at))
    if after.version != stored.version:
        after = replace(after, version=stored.version)
    return Step(stored, event, hearing, after)
