"""A record to print: the events of a hearing, hashed as the store does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from eligibility import load_ruleset
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import model as m
from room_server.domain.context import Context
from room_server.domain.event_data import event_type, to_data
from room_server.domain.hearing import decide, evolve
from room_server.report.record import EligibilityRecord, record_of
from room_server.store.chain import GENESIS, NewEvent, StoredEvent, link

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLERK = m.Actor("staff", "acc_clerk", "clerk", "叶晓")
JUDGE = m.Actor("staff", "acc_judge", "judge", "沈静远")
COURT = {"zh": "云州市青石区人民法院", "en": "Qingshi District Court of Yunzhou"}
PEOPLE = (
    m.NewParticipant("presiding_judge", "沈静远", account="acc_judge"),
    m.NewParticipant("clerk", "叶晓", account="acc_clerk"),
    m.NewParticipant("party", "何秀兰", person="per_1", side="claimant"),
    m.NewParticipant("party", "罗启明", person="per_2", side="respondent"),
)


@dataclass
class File:
    """`do` carries a command out, `happened` adds an event as it may have been stored."""

    hearing: m.Hearing | None = None
    now: datetime = MORNING
    log: list[tuple[e.Event, datetime]] = field(default_factory=list)
    made: int = 0

    def _new_id(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}_{self.made:016d}"

    def do(self, actor: m.Actor, command: c.Command) -> None:
        self.now += timedelta(seconds=7)
        context = Context(actor, self.now, load_ruleset("shanghai-2020"), self._new_id)
        self._add(decide(self.hearing, command, context))

    def happened(self, event: e.Event) -> None:
        self.now += timedelta(seconds=7)
        self._add([event])

    def _add(self, events: Iterable[e.Event]) -> None:
        for event in events:
            self.hearing = evolve(self.hearing, event, self.now)
            self.log.append((event, self.now))

    def participant(self, name: str) -> str:
        assert self.hearing is not None
        return next(key for key, one in self.hearing.participants.items() if one.name == name)

    def position(self, name: str, position: str, reasons: str = "") -> None:
        value = {"position": position, "reasons": reasons}
        self.do(CLERK, c.AssertFact(f"position:{self.participant(name)}", value, name, "paper"))

    def ruled(self, reasons: str, signature: m.RulingSignature | None = None) -> None:
        ground = f"objection:{self.participant('罗启明')}"
        at = self.now + timedelta(seconds=7)
        made = m.Ruling(
            ground, False, reasons, "OLR 4(3)", JUDGE, at, id=f"rul_{self.made}", signature=signature
        )
        self.happened(e.RulingMade(JUDGE, made))

    def stored(self) -> Sequence[StoredEvent]:
        new = [
            NewEvent(
                f"evt_{number:016d}", event_type(event), at.isoformat(), asdict(event.by), to_data(event)
            )
            for number, (event, at) in enumerate(self.log)
        ]
        return link("hrg_0000000000000001", 0, GENESIS, new)

    def record(self, signed: bool | None = True) -> EligibilityRecord:
        return record_of(self.stored(), lambda _hearing, ruling: signed if ruling.signature else None)


@pytest.fixture
def file() -> File:
    """Consents, a determination, an objection with reasons."""
    found = File()
    drafted = c.DraftHearing(
        hearing_id="hrg_0000000000000001",
        case_id="case_0000000000000001",
        case_number="（2026）示0103民初1847号",
        title="何秀兰诉北屿制冷设备有限公司",
        cause="买卖合同纠纷",
        case_type="civil",
        stage="trial",
        scheduled_at=MORNING + timedelta(days=1),
        courtroom_zh="第三网上法庭",
        courtroom_en="Online Courtroom 3",
        participants=PEOPLE,
    )
    found.do(CLERK, drafted)
    for name in ("何秀兰", "罗启明"):
        found.position(name, "consents")
    found.do(CLERK, c.Determine())
    found.position("罗启明", "objects", "须当庭核对合同原件")
    return found
