from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest

from room_server.clock import Clock, SystemClock
from room_server.domain import commands as c
from room_server.domain.model import SYSTEM
from room_server.errors import GateClosed, NotNow, NotPermitted
from room_server.proceedings.actor import HearingActor, Step
from room_server.proceedings.service import ruleset_on
from room_server.store.events import EventStore
from room_server.store.register import Store
from tests.proceedings.conftest import DESK, DRAFT, HEARING, fresh_id


class Notes:
    """What a listener was told; it fails while ``broken``."""

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.broken = False

    async def stored(self, steps: Sequence[Step]) -> None:
        if self.broken:
            raise RuntimeError("the listener is broken")
        self.versions += [step.stored.version for step in steps]


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[EventStore]:
    opened = await Store.open(database_url)
    yield opened.events
    await opened.close()


class SetBack(SystemClock):
    """A clock that somebody sets back by ``by``."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() - self.by


def actor(store: EventStore, notes: Notes, clock: Clock | None = None) -> HearingActor:
    made = HearingActor(
        HEARING,
        store,
        clock=clock or SystemClock(),
        ruleset_name="shanghai-2020",
        ruleset_on=ruleset_on,
        new_id=fresh_id,
        listener=notes,
    )
    made.start()
    return made


async def test_a_command_is_stored_then_told_then_answered(store: EventStore) -> None:
    notes = Notes()
    owner = actor(store, notes)
    hearing = await owner.execute(DRAFT, DESK)
    assert (hearing.phase, hearing.version, notes.versions) == ("draft", 1, [1])
    assert [event.type for event in await store.read(HEARING)] == ["hearing_drafted"]
    await owner.stop()


async def test_a_refusal_stores_and_tells_nothing(store: EventStore) -> None:
    notes = Notes()
    owner = actor(store, notes)
    await owner.execute(DRAFT, DESK)
    with pytest.raises(NotPermitted):
        await owner.execute(c.Determine(), DESK.__class__("staff", "acc_x", "administrator", "X"))
    assert notes.versions == [1] and len(await store.read(HEARING)) == 1
    await owner.stop()


async def test_what_another_owner_wrote_is_told_before_the_command_is_decided_anew(store: EventStore) -> None:
    notes = Notes()
    first, second = actor(store, notes), actor(store, Notes())
    await first.execute(DRAFT, DESK)
    await second.load()
    await second.execute(c.ChangeHearing(title="Changed"), DESK)
    hearing = await first.execute(c.ChangeHearing(cause="sale"), DESK)
    assert (hearing.title, hearing.cause) == ("Changed", "sale")
    assert notes.versions == [1, 2, 3]
    await asyncio.gather(first.stop(), second.stop())


async def test_a_conflict_does_not_carry_an_old_permission_over(store: EventStore) -> None:
    first, second = actor(store, Notes()), actor(store, Notes())
    await first.execute(DRAFT, DESK)
    await second.load()
    await second.execute(c.CancelHearing("settled"), DESK)
    with pytest.raises(Exception, match="over"):
        await first.execute(c.ChangeHearing(title="Changed"), DESK)
    assert [event.type for event in await store.read(HEARING)] == ["hearing_drafted", "phase_changed"]
    await asyncio.gather(first.stop(), second.stop())


async def test_a_listener_that_fails_does_not_undo_what_is_stored(store: EventStore) -> None:
    notes = Notes()
    owner = actor(store, notes)
    notes.broken = True
    assert (await owner.execute(DRAFT, DESK)).version == 1
    notes.broken = False
    assert (await owner.execute(c.ChangeHearing(title="Changed"), DESK)).version == 2
    assert notes.versions == [2]
    await owner.stop()


async def test_a_caller_that_goes_away_does_not_stop_the_work(store: EventStore) -> None:
    notes = Notes()
    owner = actor(store, notes)
    caller = asyncio.create_task(owner.execute(DRAFT, DESK))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await owner.stop()
    assert owner.hearing is not None and notes.versions == [1]


async def test_after_the_stop_a_command_is_refused_and_does_not_hang(store: EventStore) -> None:
    owner = actor(store, Notes())
    await owner.execute(DRAFT, DESK)
    await owner.stop()
    with pytest.raises(NotNow) as caught:
        await asyncio.wait_for(owner.execute(c.Tick(), SYSTEM), 5)
    assert caught.value.code == "server_stopping"


async def test_the_hearing_is_determined_anew_before_it_is_scheduled(store: EventStore) -> None:
    """Nothing tells the server that a day passed or that a rule set came into force: it looks before each step."""
    notes, rules = Notes(), ["shanghai-2020"]
    owner = HearingActor(
        HEARING,
        store,
        clock=SystemClock(),
        ruleset_name="shanghai-2020",
        ruleset_on=lambda name, moment: ruleset_on(rules[0], moment),
        new_id=fresh_id,
        listener=notes,
    )
    owner.start()
    await owner.execute(DRAFT, DESK)
    hearing = await owner.execute(c.Determine(), DESK)
    assert hearing.phase == "eligible" and hearing.determination is not None
    rules[0] = "spc-2021"
    with pytest.raises(GateClosed) as refused:
        await owner.execute(c.ScheduleHearing(), DESK)
    assert refused.value.code == "gate_block", "silence is no consent there, and nobody is left to be online"
    assert owner.hearing is not None and owner.hearing.determination is not None
    assert owner.hearing.phase == "blocked"
    assert owner.hearing.determination.ruleset.startswith("spc-2021@")
    await owner.stop()


@pytest.mark.parametrize("restarted", [False, True])
async def test_the_record_goes_on_in_order_when_the_clock_is_set_back(
    store: EventStore, restarted: bool
) -> None:
    """What is stated after a ruling must not look as if the ruling had answered it."""
    clock = SetBack()
    owner = actor(store, Notes(), clock)
    await owner.execute(DRAFT, DESK)
    await owner.execute(c.ChangeHearing(title="First"), DESK)
    clock.by = timedelta(hours=1)
    if restarted:
        await owner.stop()
        owner = actor(store, Notes(), clock)
        await owner.load()
    for title in ("Second", "Third"):
        await owner.execute(c.ChangeHearing(title=title), DESK)
    times = [datetime.fromisoformat(event.at) for event in await store.read(HEARING)]
    assert times == sorted(set(times)) and len(times) == 4
    clock.by = timedelta()
    await owner.execute(c.ChangeHearing(title="Fourth"), DESK)
    last = datetime.fromisoformat((await store.read(HEARING))[-1].at)
    assert last - times[-1] > timedelta(microseconds=1)
    await owner.stop()
