"""The relay workers of a server: one process per core, each with a port number of its own and its own hearings.

A hearing takes a place at a worker when it first needs one, and stays there until it ends or that worker dies. The death
of a worker touches nobody but its own hearings: they are told, and take a place again, at another worker where one runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from room_server.relay.client import ListenAddress, RelayClient, RelayError
from room_server.relay.events import RelayEvent, RelayWarning
from room_server.relay.placement import STEADY_S, Losses, WorkerLoad, least_loaded, restart_delay_s

log = logging.getLogger(__name__)
WATCH_INTERVAL_S = 5.0
MOST_UNANSWERED = 2
"""One question may go unanswered on a machine that has too much to do."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker as it is now. `port` 0: not known before it runs; `pid` and `path` None: it does not run."""

    worker: int
    port: int
    pid: int | None
    path: str | None
    hearings: int

    def to_json(self) -> dict[str, Any]:
        """`{"worker", "port", "pid", "alive", "path", "hearings"}`."""
        return {
            "worker": self.worker,
            "port": self.port,
            "pid": self.pid,
            "alive": self.pid is not None,
            "path": self.path,
            "hearings": self.hearings,
        }


@dataclass(slots=True, eq=False)
class _Worker:
    number: int
    listen: Sequence[ListenAddress]
    client: RelayClient
    hearings: set[str] = field(default_factory=set)
    running: bool = False
    since_s: float = 0.0
    failures: int = 0

    @property
    def port(self) -> int:
        return self.client.addresses[0][1] if self.running else self.listen[0].port


class RelayPool:
    """All workers. `listen` has the addresses of each; `switches` are those of `RelayClient`.

    `occupied` tells whether somebody is in a hearing. `on_event` gets a hearing and what its worker tells of it;
    `on_lost` the hearings that a worker's death left without a place, before anything else happens.
    """

    def __init__(
        self,
        listen: Sequence[Sequence[ListenAddress]],
        *,
        occupied: Callable[[str], bool],
        on_event: Callable[[str, RelayEvent], None],
        on_lost: Callable[[Sequence[str]], None],
        **switches: bool,
    ) -> None:
        self._occupied = occupied
        self._on_event = on_event
        self._on_lost = on_lost
        self._workers = [self._made(n, addresses, switches) for n, addresses in enumerate(listen, start=1)]
        self._losses: dict[str, Losses] = {}
        self._lost: set[str] = set()
        """Hearings that lost their place and have not taken one again."""
        self._came_up = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def _made(self, number: int, listen: Sequence[ListenAddress], switches: dict[str, bool]) -> _Worker:
        client = RelayClient(
            listen,
            on_event=lambda event: self._event(worker, event),
            on_exit=lambda status: self._ended(worker, status),
            **switches,
        )
        worker = _Worker(number, listen, client)
        return worker

    async def start(self) -> None:
        """Start all workers. Raises RelayError where one does not start; then none runs."""
        self._stopping = False
        # More at once than there are processors would only make each take longer, and each has but so long.
        turns = asyncio.Semaphore(max(2, len(os.sched_getaffinity(0))))

        async def start(worker: _Worker) -> None:
            async with turns:
                await self._start(worker)

        results = await asyncio.gather(*map(start, self._workers), return_exceptions=True)
        failures = [one for one in results if isinstance(one, BaseException)]
        if failures:
            await self.stop()
            raise failures[0]

    async def stop(self) -> None:
        """End all workers; nobody is told."""
        self._stopping = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.client.stop() for worker in self._workers))
        for worker in self._workers:
            worker.running = False
            worker.hearings.clear()

    def place(self, hearing: str) -> RelayPlace:
        """The handle by which this hearing takes its place and finds it."""
        return RelayPlace(self, hearing)

    @property
    def workers(self) -> list[WorkerState]:
        """Every worker as it is now, by number (from 1)."""
        return [
            WorkerState(
                worker.number,
                worker.port,
                worker.client.pid if worker.running else None,
                worker.client.path if worker.running else None,
                len(worker.hearings),
            )
            for worker in self._workers
        ]

    def worker_of(self, hearing: str) -> WorkerState | None:
        """The worker at which the hearing has its place."""
        held = self._held(hearing)
        return None if held is None else self.workers[held.number - 1]

    # -- places -----------------------------------------------------------------------------------------------------

    def _held(self, hearing: str) -> _Worker | None:
        return next((worker for worker in self._workers if hearing in worker.hearings), None)

    def _client(self, hearing: str) -> RelayClient:
        held = self._held(hearing)
        if held is None:
            raise RelayError("relay_gone", "the hearing has no place at a relay worker")
        return held.client

    def _take(self, hearing: str) -> None:
        only = None if (losses := self._losses.get(hearing)) is None else losses.only
        running = [worker for worker in self._workers if worker.running and only in (None, worker.number)]
        number = least_loaded(self._load(worker) for worker in running)
        if number is None:
            raise RelayError("relay_gone", "no relay worker is running that could take the hearing")
        self._workers[number - 1].hearings.add(hearing)
        self._lost.discard(hearing)

    def _load(self, worker: _Worker) -> WorkerLoad:
        occupied = sum(map(self._occupied, worker.hearings))
        return WorkerLoad(worker.number, occupied, len(worker.hearings))

    def _leave(self, hearing: str) -> None:
        for worker in self._workers:
            worker.hearings.discard(hearing)
        self._lost.discard(hearing)
        self._losses.pop(hearing, None)

    # -- life and death ---------------------------------------------------------------------------------------------

    async def _start(self, worker: _Worker) -> None:
        try:
            await worker.client.start()
        except RelayError as error:
            raise RelayError(
                error.code, f"relay worker {worker.number} ({_where(worker)}): {error.args[0]}"
            ) from None
        if worker.client.pid is None:
            return  # it ended already, and `_ended` was told
        worker.running, worker.since_s = True, time.monotonic()
        self._spawn(self._watch(worker))
        self._came_up.set()
        self._came_up = asyncio.Event()

    async def _watch(self, worker: _Worker) -> None:
        """Ask now and then whether it answers. One that hangs would keep its hearings for ever: it is ended."""
        since_s, unanswered = worker.since_s, 0
        while unanswered < MOST_UNANSWERED:
            await asyncio.sleep(WATCH_INTERVAL_S)
            try:
                await worker.client.router_capabilities()
                unanswered = 0
            except RelayError as error:
                unanswered += error.code == "relay_timeout"
            if not worker.running or worker.since_s != since_s:
                return
        log.error("relay worker %d does not answer and is ended", worker.number)
        worker.client.kill()

    def _event(self, worker: _Worker, event: RelayEvent) -> None:
        if isinstance(event, RelayWarning):
            log.warning("relay worker %d: %s", worker.number, event.message)
        elif event.room in worker.hearings:
            self._on_event(event.room, event)

    def _ended(self, worker: _Worker, status: int) -> None:
        if self._stopping:
            return
        now_s = time.monotonic()
        steady = worker.running and now_s - worker.since_s >= STEADY_S
        worker.failures = 1 if steady else worker.failures + 1
        worker.running = False
        lost = sorted(worker.hearings)
        worker.hearings.clear()
        log.error(
            "relay worker %d ended with status %s; hearings that were on it: %d",
            worker.number,
            status,
            len(lost),
        )
        for hearing in lost:
            earlier = self._losses.get(hearing)
            self._losses[hearing] = (
                earlier.then(worker.number, now_s) if earlier else Losses(worker.number, now_s)
            )
        self._lost.update(lost)
        self._spawn(self._revive(worker))
        if lost:
            self._on_lost(lost)

    async def _revive(self, worker: _Worker) -> None:
        while True:
            await asyncio.sleep(restart_delay_s(worker.failures))
            try:
                await self._start(worker)
                return
            except (RelayError, OSError) as error:
                worker.failures += 1
                delay_s = restart_delay_s(worker.failures)
                log.error("it was not started again (%s); next try in %s s", error, delay_s)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class RelayPlace:
    """One hearing's place at a worker; made by `RelayPool.place`."""

    def __init__(self, pool: RelayPool, hearing: str) -> None:
        self._pool = pool
        self._hearing = hearing

    @property
    def taken(self) -> bool:
        """Whether the hearing has a place now."""
        return self._pool._held(self._hearing) is not None

    @property
    def client(self) -> RelayClient:
        """The worker of this hearing. Raises RelayError("relay_gone") where it has no place."""
        return self._pool._client(self._hearing)

    def take(self) -> bool:
        """At the least loaded worker, if the hearing has no place yet: True where it took one now.

        Raises RelayError("relay_gone") where no worker runs, and for a hearing that lost its worker: it comes back by
        `take_again`, so that everybody in it is told.
        """
        if self.taken:
            return False
        if self._hearing in self._pool._lost:
            raise RelayError("relay_gone", "the hearing's relay worker ended; it is placed anew")
        self._pool._take(self._hearing)
        return True

    async def take_again(self) -> bool:
        """After a worker's death: wait until one runs that may take the hearing. False where it left meanwhile."""
        while self._hearing in self._pool._lost:
            came_up = self._pool._came_up
            try:
                self._pool._take(self._hearing)
                return True
            except RelayError:
                await came_up.wait()
        return False

    def leave(self) -> None:
        """The hearing needs no place any more."""
        self._pool._leave(self._hearing)

    def end_worker(self) -> None:
        """Kill this hearing's worker, which does not obey; it is started again, and its hearings start anew."""
        held = self._pool._held(self._hearing)
        if held is not None:
            held.client.kill()


def _where(worker: _Worker) -> str:
    return ", ".join(f"{address.ip} port {address.port or 'any'}" for address in worker.listen)


def worker_addresses(listen: Sequence[ListenAddress], workers: int) -> list[list[ListenAddress]]:
    """The addresses of each worker: the first has the port given, each further one the next; 0 stays "any free one"."""
    return [
        [
            ListenAddress(address.ip, address.port and address.port + number, address.announced_ip)
            for address in listen
        ]
        for number in range(workers)
    ]
