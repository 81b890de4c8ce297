"""Several real workers: who is placed where, and what the death of one means to its hearings and to the others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence

import pytest

from room_server.relay import client as client_module
from room_server.relay import pool as pool_module
from room_server.relay.channel import RelayError
from room_server.relay.client import ListenAddress
from room_server.relay.events import RelayEvent, TransportState
from room_server.relay.forwarding import Graph
from room_server.relay.pool import RelayPool, worker_addresses
from tests.relay.conftest import RawPeer, eventually

LOCAL = ListenAddress("127.0.0.1")
ALICE, BOB = "par_alice", "par_bob"


class Yard:
    """A pool, and what it told."""

    def __init__(self, workers: int, listen: ListenAddress = LOCAL) -> None:
        self.occupied: set[str] = set()
        self.lost: list[Sequence[str]] = []
        self.events: list[tuple[str, RelayEvent]] = []
        self.pool = RelayPool(
            worker_addresses([listen], workers),
            occupied=lambda hearing: hearing in self.occupied,
            on_event=lambda hearing, event: self.events.append((hearing, event)),
            on_lost=self.lost.append,
            local_only=True,
        )

    def worker(self, hearing: str) -> int | None:
        state = self.pool.worker_of(hearing)
        return None if state is None else state.worker

    def take(self, *hearings: str) -> list[int | None]:
        for hearing in hearings:
            self.pool.place(hearing).take()
        return [self.worker(hearing) for hearing in hearings]

    async def kill(self, number: int) -> None:
        """As a crash does; until the pool knows."""
        pid = self.pool.workers[number - 1].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: self.pool.workers[number - 1].pid != pid, what="the death is noticed")

    async def running(self, number: int) -> None:
        await eventually(lambda: self.pool.workers[number - 1].pid is not None, within_s=60)


@contextlib.asynccontextmanager
async def started(workers: int) -> AsyncIterator[Yard]:
    made = Yard(workers)
    await made.pool.start()
    try:
        yield made
    finally:
        await made.pool.stop()


@pytest.fixture
async def two() -> AsyncIterator[Yard]:
    async with started(2) as made:
        yield made


@pytest.fixture
def no_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dead stay dead, so that what happens meanwhile can be looked at."""
    monkeypatch.setattr(pool_module, "restart_delay_s", lambda failures: 3600.0)


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_worker_has_the_next_port() -> None:
    given = [ListenAddress("10.0.0.5", 40000, "203.0.113.8"), ListenAddress("10.0.0.5", 0)]
    assert worker_addresses(given, 2) == [
        given,
        [ListenAddress("10.0.0.5", 40001, "203.0.113.8"), ListenAddress("10.0.0.5", 0)],
    ]


async def test_hearings_are_spread_and_stay_where_they_are(two: Yard) -> None:
    assert two.take("h1", "h2", "h3") == [1, 2, 1]
    assert two.take("h1", "h2", "h3") == [1, 2, 1], "who has a place keeps it"
    two.occupied |= {"h2"}
    assert two.take("h4") == [1], "people count before hearings that nobody is in"
    two.pool.place("h4").leave()
    two.pool.place("h1").leave()
    two.pool.place("h3").leave()
    assert [worker.hearings for worker in two.pool.workers] == [0, 1]
    assert two.worker("h4") is None and two.take("h5") == [1]


async def test_a_page_is_told_the_port_of_its_own_hearings_worker(two: Yard) -> None:
    two.take("h1", "h2")
    ports = []
    for hearing in ("h1", "h2"):
        made = await two.pool.place(hearing).client.create_transport(
            room=hearing, participant=ALICE, direction="send"
        )
        assert {candidate["port"] for candidate in made["iceCandidates"]} == {
            state.port if (state := two.pool.worker_of(hearing)) else None
        }
        ports.append(made["iceCandidates"][0]["port"])
    assert len(set(ports)) == 2


async def test_without_a_place_nothing_is_asked_of_any_worker(two: Yard) -> None:
    with pytest.raises(RelayError) as caught:
        _ = two.pool.place("h1").client
    assert caught.value.code == "relay_gone"
    two.pool.place("h1").end_worker()
    assert all(worker.pid is not None for worker in two.pool.workers), "and no worker is ended for it"


async def test_what_a_worker_says_of_a_hearing_that_is_not_its_own_is_not_passed_on(two: Yard) -> None:
    two.take("h1", "h2")
    for hearing, at in (("h1", "h2"), ("h1", "h1")):
        client = two.pool.place(at).client
        transport = await client.create_transport(room=hearing, participant=ALICE, direction="send")
        await client.close_transport(transport=transport["id"])
        await client.stats(room=hearing)
    own = transport["id"]
    told = [(hearing, event) for hearing, event in two.events if isinstance(event, TransportState)]
    assert told and {(hearing, event.transport) for hearing, event in told} == {("h1", own)}


# ── life and death ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_worker_that_cannot_start_is_named_with_its_port_and_none_is_left_running() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        made = Yard(2, ListenAddress("127.0.0.1", port - 1))
        with pytest.raises(RelayError, match=rf"relay worker 2 \(127\.0\.0\.1 port {port}\)") as caught:
            await made.pool.start()
    assert caught.value.code == "relay_failed"
    assert [worker.pid for worker in made.pool.workers] == [None, None] and made.lost == []


async def test_the_death_of_a_worker_moves_its_own_hearings_and_no_other(two: Yard) -> None:
    two.take("h1", "h2", "h3")
    one, other = two.pool.workers
    await two.kill(1)
    assert two.lost == [["h1", "h3"]] and two.worker("h2") == 2
    for hearing in ("h1", "h3"):
        place = two.pool.place(hearing)
        assert not place.taken
        with pytest.raises(RelayError, match="placed anew"):
            place.take()
        assert await place.take_again() and place.taken
        assert not await place.take_again(), "once is enough"
    assert two.pool.workers[1].pid == other.pid, "the other worker runs on"
    await two.running(1)
    again = two.pool.workers[0]
    assert again.pid not in (None, one.pid) and len(two.lost) == 1


async def test_the_restarted_worker_takes_hearings_again(two: Yard) -> None:
    two.take("h1", "h2")
    await two.kill(1)
    await two.running(1)
    assert two.pool.workers[0].hearings == 0 and two.take("h3") == [1]


@pytest.mark.usefixtures("no_restart")
async def test_hearings_find_a_place_at_once_where_another_worker_runs(two: Yard) -> None:
    two.take("h1", "h2")
    await two.kill(1)
    assert await asyncio.wait_for(two.pool.place("h1").take_again(), 5)
    assert two.worker("h1") == 2
    state = two.pool.workers[0]
    assert (state.pid, state.path, state.hearings) == (None, None, 0)
    assert state.to_json()["alive"] is False


async def test_where_only_one_worker_is_its_hearings_wait_until_it_runs_again() -> None:
    async with started(1) as made:
        made.take("h1", "h2")
        await made.kill(1)
        with pytest.raises(RelayError, match="no relay worker is running"):
            made.take("h3")
        waiting = [asyncio.create_task(made.pool.place(hearing).take_again()) for hearing in ("h1", "h2")]
        made.pool.place("h2").leave()  # ended meanwhile
        assert await asyncio.wait_for(asyncio.gather(*waiting), 60) == [True, False]
        assert [made.worker(hearing) for hearing in ("h1", "h2")] == [1, None]


@pytest.mark.usefixtures("no_restart")
async def test_who_has_lost_two_workers_waits_for_the_second_and_takes_no_third_along() -> None:
    async with started(3) as made:
        made.take("culprit", "h2", "h3")
        await made.kill(1)
        await made.pool.place("culprit").take_again()
        assert made.worker("culprit") == 2
        await made.kill(2)
        assert made.lost == [["culprit"], ["culprit", "h2"]]
        waiting = asyncio.create_task(made.pool.place("culprit").take_again())
        assert await made.pool.place("h2").take_again() and made.worker("h2") == 3
        assert not waiting.done() and made.worker("culprit") is None and made.worker("h3") == 3
        await made.pool._start(made.pool._workers[1])
        assert await asyncio.wait_for(waiting, 60) and made.worker("culprit") == 2


async def test_a_worker_that_is_ended_because_it_does_not_obey_is_the_hearings_own(two: Yard) -> None:
    two.take("h1", "h2")
    other = two.pool.workers[0].pid
    two.pool.place("h2").end_worker()
    await eventually(lambda: two.lost, what="the death is noticed")
    assert two.lost == [["h2"]] and two.pool.workers[0].pid == other


# ── equal names ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def _speaks(sender: RawPeer, listener: RawPeer, packets: int) -> None:
    """One stream from the one to the other, whom the graph lets hear it."""
    graph = Graph(frozenset({(ALICE, BOB)}), frozenset(), frozenset(), 1)
    await sender.relay.set_graph(room=sender.room, graph=graph)
    await sender.open("send")
    await listener.open("recv")
    stream = await sender.produce("audio", "microphone")
    await listener.consume(stream.id)
    await _sent(sender, listener, packets)


async def _sent(sender: RawPeer, listener: RawPeer, packets: int) -> None:
    heard = listener.links["recv"].rtp
    before = len(heard)
    for _ in range(packets):
        sender.links["send"].streams[0].send(b"sound" * 10)
    await eventually(lambda: len(heard) == before + packets, what="every packet arrives")


async def _apart(courts: Sequence[tuple[RelayPool, str]]) -> None:
    """In each court ALICE speaks to BOB; each BOB gets exactly what his own ALICE sent."""
    pairs = []
    for pool, hearing in courts:
        pool.place(hearing).take()
        client = pool.place(hearing).client
        pairs.append((RawPeer(client, hearing, ALICE), RawPeer(client, hearing, BOB)))
    try:
        for number, (alice, bob) in enumerate(pairs, start=1):
            await _speaks(alice, bob, 10 * number)
        for number, (alice, bob) in enumerate(pairs, start=1):
            assert len(bob.links["recv"].rtp) == 10 * number
            edges = (await alice.relay.stats(room=alice.room))["edges"]
            assert set(edges) == {f"{ALICE}>{BOB}"}
            assert edges[f"{ALICE}>{BOB}"]["forwarded"] == 10 * number
            assert edges[f"{ALICE}>{BOB}"]["forwarded_while_forbidden"] == 0
    finally:
        for pair in pairs:
            for peer in pair:
                peer.close()


async def test_equal_people_in_hearings_of_one_worker_and_of_two_stay_apart(two: Yard) -> None:
    two.take("h1", "h2", "h3")
    assert two.worker("h1") == two.worker("h3") != two.worker("h2")
    await _apart([(two.pool, hearing) for hearing in ("h1", "h2", "h3")])


async def test_equal_hearings_of_two_servers_on_one_machine_stay_apart(two: Yard) -> None:
    async with started(2) as second:
        two.take("h1")
        second.take("h1")
        assert two.worker("h1") == second.worker("h1") == 1
        await _apart([(two.pool, "h1"), (second.pool, "h1")])
        pids = [worker.pid for made in (two, second) for worker in made.pool.workers]
        ports = [worker.port for made in (two, second) for worker in made.pool.workers]
        assert len(set(pids)) == len(set(ports)) == 4
        await two.kill(1)
        assert second.lost == [] and second.worker("h1") == 1
        assert [worker.pid for worker in second.pool.workers] == pids[2:]


async def test_packets_go_on_where_the_worker_beside_dies(two: Yard) -> None:
    two.take("h1", "h2")
    client = two.pool.place("h2").client
    alice, bob = RawPeer(client, "h2", ALICE), RawPeer(client, "h2", BOB)
    try:
        await _speaks(alice, bob, 20)
        await two.kill(1)
        await _sent(alice, bob, 100)
        await two.running(1)
        await _sent(alice, bob, 100)
        edges = (await client.stats(room="h2"))["edges"]
        assert edges[f"{ALICE}>{BOB}"]["forwarded"] == 220
    finally:
        alice.close()
        bob.close()


async def test_a_worker_that_hangs_is_ended_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "WATCH_INTERVAL_S", 0.05)
    monkeypatch.setattr(client_module, "REQUEST_TIMEOUT_S", 2.0)
    async with started(2) as made:
        made.take("h1", "h2")
        one, two = made.pool.workers
        assert two.pid is not None
        os.kill(two.pid, signal.SIGSTOP)
        await eventually(lambda: made.lost, within_s=60, what="the silence is noticed")
        assert made.lost == [["h2"]] and made.pool.workers[0].pid == one.pid
        await made.running(2)
        assert made.pool.workers[1].pid != two.pid
