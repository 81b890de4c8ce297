"""Replaying the eligibility history of many proceedings: read, chain verified, evolved, every determination decided again.

The records are made by the domain itself and kept in a real SQLite event store before the clock starts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.figures import Figures, Missing, fail
from eligibility import load_ruleset, replay, ruleset_of_version
from room_server.domain import opening
from room_server.domain.context import SHANGHAI, Context
from room_server.domain.event_data import event_type, from_data, to_data
from room_server.domain.events import (
    DeterminationMade,
    Event,
    FactAsserted,
    HearingDrafted,
    PhaseChanged,
    RulingMade,
    SeatedPerson,
)
from room_server.domain.evolution import evolve
from room_server.domain.facts import facts_of
from room_server.domain.model import SYSTEM, Actor, Assertion, Hearing, Phase, Ruling
from room_server.domain.phases import OUTCOME_PHASES
from room_server.store.chain import first_bad_version
from room_server.store.database import Database, sqlite_url
from room_server.store.events import EventStore, NewEvent

DRAFTED_AT = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)
RULESETS = ("shanghai-2020", "spc-2021")
CASE_TYPES = ("civil", "commercial", "intellectual_property", "maritime", "criminal_other")
OBJECTIONS = ("须当庭核对合同原件。", "证人须到庭接受询问。", "")
CLERK = Actor("staff", "acc_clerk", "clerk", "书记员")
TOGETHER = 100
"""Streams that are written at the same time."""


class History:
    """The record of one proceeding as the domain would write it: statements by link, checks, a ruling, a change of mind."""

    def __init__(self, number: int) -> None:
        self.id = f"hrg_{number:08d}"
        self.events: list[tuple[Event, datetime]] = []
        self._number = number
        self._ids = count(1)
        self._now = DRAFTED_AT + timedelta(seconds=number)
        self._ruleset = load_ruleset(RULESETS[number % 2])
        self._hearing: Hearing | None = None
        self._write()

    def _write(self) -> None:
        people = {
            role: f"par_{self._number:08d}{role[:1]}"
            for role in ("claimant", "respondent", "agent", "witness")
        }
        by = {role: Actor("participant", name, role, role) for role, name in people.items()}
        judge = Actor("staff", "acc_judge", "judge", "审判长")
        self._add(self._drafted(people))
        self._state(f"position:{people['claimant']}", self._position("consents"), by["claimant"])
        self._state(f"capability:{people['claimant']}", "able", by["claimant"])
        self._state(f"capability:{people['respondent']}", "able", by["respondent"])
        reasons = OBJECTIONS[self._number % len(OBJECTIONS)]
        self._state(f"position:{people['respondent']}", self._position("objects", reasons), by["respondent"])
        self._check(CLERK)
        if self._current.phase == "awaiting_ruling":
            for ground in (
                self._current.determination.document["awaiting"] if self._current.determination else ()
            ):
                self._rule(ground, held=ground == "case_type", judge=judge)
            self._check(SYSTEM)
        self._state(f"agent_position:{people['respondent']}", self._position("silent"), by["agent"])
        self._state(f"position:{people['respondent']}", self._position("consents"), by["respondent"])
        self._check(SYSTEM)

    @property
    def _current(self) -> Hearing:
        assert self._hearing is not None
        return self._hearing

    def _add(self, event: Event) -> None:
        self._now += timedelta(minutes=7)
        self._hearing = evolve(self._hearing, event, self._now)
        self.events.append((event, self._now))

    def _drafted(self, people: dict[str, str]) -> HearingDrafted:
        seats = (
            SeatedPerson("par_judge", "presiding_judge", "审判长", 1, account="acc_judge"),
            SeatedPerson("par_clerk", "clerk", "书记员", 2, account="acc_clerk"),
            SeatedPerson(people["claimant"], "party", "原告", 3, side="claimant"),
            SeatedPerson(people["respondent"], "party", "被告", 4, side="respondent"),
            SeatedPerson(
                people["agent"], "counsel", "代理人", 5, side="respondent", represents=people["respondent"]
            ),
            SeatedPerson(people["witness"], "witness", "证人", 6),
        )
        return HearingDrafted(
            by=CLERK,
            hearing_id=self.id,
            case_id=f"cas_{self._number:08d}",
            case_number=f"（2026）沪0101民初{self._number}号",
            title="买卖合同纠纷",
            cause="买卖合同纠纷",
            case_type=CASE_TYPES[self._number % len(CASE_TYPES)],
            stage="trial",
            scheduled_at=DRAFTED_AT + timedelta(days=20),
            courtroom_zh="第一在线法庭",
            courtroom_en="Online courtroom 1",
            ruleset=self._ruleset.name,
            participants=seats,
        )

    def _position(self, position: str, reasons: str = "") -> dict[str, str]:
        return {"position": position, "stage": "trial", "reasons": reasons}

    def _state(self, key: str, value: Any, by: Actor) -> None:
        name = f"ast_{self._number:08d}{next(self._ids):04d}"
        self._add(FactAsserted(by, Assertion(name, key, value, by.id, "link", "", self._now, by)))

    def _rule(self, ground: str, *, held: bool, judge: Actor) -> None:
        ruling = Ruling(
            ground=ground,
            held=held,
            reasons="经审查，双方提交的材料足以在线核对，理由不成立。",
            article="OLR 21(1)",
            by=judge,
            at=self._now,
        )
        self._add(RulingMade(judge, ruling))

    def _check(self, by: Actor) -> None:
        """Into checking, decided, and on to where the outcome leads."""
        self._move("checking", by)
        context = Context(
            by, self._now, self._ruleset, lambda prefix: f"{prefix}_{self._number:08d}{next(self._ids):04d}"
        )
        fresh = opening.evaluate(self._current, context)
        self._add(opening.determination_made(self._current, fresh, context, SYSTEM))
        self._move(OUTCOME_PHASES[fresh.outcome], SYSTEM)

    def _move(self, target: Phase, by: Actor) -> None:
        self._add(PhaseChanged(by, self._current.phase, target, None))

    def new_events(self) -> list[NewEvent]:
        """As they are stored."""
        return [
            NewEvent(
                f"evt_{self.id}_{place}", event_type(event), at.isoformat(), asdict(event.by), to_data(event)
            )
            for place, (event, at) in enumerate(self.events)
        ]


class Replay:
    """Reads histories back and decides them again; `spent` is the time of each step in seconds."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.spent = dict.fromkeys(("read_s", "verify_s", "evolve_s", "decide_s"), 0.0)
        self.events = self.determinations = 0

    async def one(self, stream: str) -> None:
        """Raises `Missing` where anything is not as it was stored."""
        clock = _Lap(self.spent)
        stored = await self._store.read(stream)
        clock.lap("read_s")
        if not stored or first_bad_version(stream, stored) is not None:
            raise Missing(f"the chain of {stream} does not hold")
        clock.lap("verify_s")
        hearing: Hearing | None = None
        made: list[tuple[DeterminationMade, Hearing]] = []
        for entry in stored:
            event = from_data(entry.type, entry.data)
            hearing = evolve(hearing, event, datetime.fromisoformat(entry.at))
            if isinstance(event, DeterminationMade):
                made.append((event, hearing))
        clock.lap("evolve_s")
        for event, then in made:
            self._decide_again(stream, event, then)
        clock.lap("decide_s")
        self.events += len(stored)
        self.determinations += len(made)

    def _decide_again(self, stream: str, event: DeterminationMade, then: Hearing) -> None:
        """From the stored facts, and from the record as it stood: both must give what was stored, to the byte."""
        stored = json.dumps(event.document, ensure_ascii=False, sort_keys=True)
        version, on = event.document["ruleset"], date.fromisoformat(event.document["on"])
        again = replay(event.facts, version, on, sha256=event.ruleset_sha256 or None)
        if json.dumps(again.to_json(), ensure_ascii=False, sort_keys=True) != stored:
            raise Missing(f"{event.determination_id} of {stream} is decided otherwise than it was")
        if facts_of(then).sha256 != again.facts_sha256:
            raise Missing(f"the record of {stream} does not give the facts of {event.determination_id}")


class _Lap:
    def __init__(self, spent: dict[str, float]) -> None:
        self._spent, self._since = spent, time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._spent[name] += now - self._since
        self._since = now


def _batches(proceedings: int) -> Iterator[range]:
    for first in range(0, proceedings, TOGETHER):
        yield range(first, min(first + TOGETHER, proceedings))


async def measure(*, proceedings: int, folder: Path) -> Figures:
    """Write `proceedings` histories into a new store, open it again, and replay them one after another."""
    url = sqlite_url(folder / "court.db")
    database = await Database.open(url)
    store = EventStore(database)
    began_s = time.perf_counter()
    for batch in _batches(proceedings):
        histories = [History(number) for number in batch]
        await asyncio.gather(*(store.append(one.id, 0, one.new_events()) for one in histories))
        print(f"\rwritten: {batch.stop} of {proceedings}", end="", file=sys.stderr)
    print(file=sys.stderr)
    written_s = time.perf_counter() - began_s
    await store.close()
    await database.close()

    for name in RULESETS:
        ruleset_of_version(load_ruleset(name).version)  # reading the rule sets is no part of a replay
    database = await Database.open(url)
    store = EventStore(database)
    reader = Replay(store)
    began_s = time.perf_counter()
    for stream in await store.streams("hrg_"):
        await reader.one(stream)
    total_s = time.perf_counter() - began_s
    await database.close()

    figures = Figures("history", "Replay of the eligibility history of stored proceedings")
    figures.settings = {"proceedings": proceedings, "rule_sets": ", ".join(RULESETS)}
    row = {
        "events": reader.events,
        "determinations": reader.determinations,
        "total_s": round(total_s, 2),
        **{name: round(seconds, 2) for name, seconds in reader.spent.items()},
        "ms_per_proceeding": round(total_s / proceedings * 1000, 3),
        "database_mib": round((folder / "court.db").stat().st_size / (1 << 20), 1),
    }
    figures.rows.append(row)
    figures.notes.append(f"writing them took {written_s:.1f} s and is not part of the figures")
    figures.notes.append("every chain held, and every determination was decided as it had been stored")
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.history", description=__doc__)
    parser.add_argument("--proceedings", type=int, default=10_000, metavar="1..100000")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not 1 <= options.proceedings <= 100_000:
        parser.error("--proceedings must be from 1 to 100000")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            figures = asyncio.run(measure(proceedings=options.proceedings, folder=Path(name)))
    except Missing as missing:
        return fail(missing)
    figures.show(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
