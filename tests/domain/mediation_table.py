"""A mediation to try things in: a mediator, two parties, one of them with counsel."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import model as m
from room_server.domain.readiness import readiness
from tests.domain.conftest import Proceeding

TIME = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
PEOPLE = (
    m.NewParticipant("mediator", "Liang", account="acc_mediator"),
    m.NewParticipant("party", "Tang", person="per_tang", side="claimant"),
    m.NewParticipant("counsel", "Chen", person="per_chen", side="claimant", represents="per_tang"),
    m.NewParticipant("party", "Wu", person="per_wu", side="respondent"),
)
NAMES = ("mediator", "tang", "chen", "wu")
INVITED = ("tang", "chen", "wu")
CLERK = m.Actor("staff", "acc_clerk", "clerk", "Liu")


class Table(Proceeding):
    """One mediation. `number` tells several apart: their ids differ, their people have the same names."""

    NAMES = NAMES

    def __init__(self, number: int = 1, people: tuple[m.NewParticipant, ...] = PEOPLE) -> None:
        super().__init__("spc-2021", TIME)
        self.number = number
        self.people = people

    @property
    def phase(self) -> str:
        return self.h.phase

    def actor(self, name: str) -> m.Actor:
        if name == "clerk":
            return CLERK
        if name == "mediator_desk":
            return m.Actor("staff", "acc_mediator", "mediator", "Liang")
        return super().actor(name)

    def new_id(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}_{self.number:02d}{self.made:014d}"

    # ── the way to each phase ──────────────────────────────────────────────────────────────────────────────────

    def drafted(self, **changes: Any) -> Table:
        draft = c.DraftHearing(
            hearing_id=f"hrg_{self.number:016d}",
            case_id="case_0000000000000001",
            case_number="(2026)诉前调1号",
            title="Water damage",
            cause="neighbours",
            case_type="civil",
            stage="mediation",
            scheduled_at=TIME + timedelta(hours=1),
            courtroom_zh="第一调解室",
            courtroom_en="Mediation Room 1",
            participants=self.people,
            kind="mediation",
        )
        self.do(CLERK, replace(draft, **changes))
        return self

    def says(self, name: str, position: str, how: str = "paper") -> list[e.Event]:
        value = {"position": position, "reasons": ""}
        return self.do(CLERK, c.AssertFact(f"position:{self.id(name)}", value, name, how))  # type: ignore[arg-type]

    def consented(self) -> Table:
        self.drafted()
        self.says("tang", "consents")
        self.says("wu", "consents")
        return self

    def taken_on(self) -> Table:
        self.do("mediator_desk", c.AnswerAssignment(True))
        self.do("mediator_desk", c.DiscloseConflict(None))
        return self

    def eligible(self) -> Table:
        self.consented().taken_on()
        self.do("clerk", c.Determine())
        assert self.phase == "eligible", self.h.determination
        return self

    def lobby(self) -> Table:
        self.eligible()
        self.do("clerk", c.ScheduleHearing())
        self.do("mediator_desk", c.OpenLobby())
        self.connect("mediator")
        for name in INVITED:
            self.connect(name)
        return self

    def connect(self, name: str) -> None:
        if not self[name].is_court and not self[name].declared:
            self.do(name, c.MakeDeclaration(self.id(name), "mediation-2026-11"))
        self.do(name, c.Connect(self.id(name), f"dev_{name}"))

    def admit(self, name: str) -> None:
        self.do("mediator", c.BeginCheck(self.id(name)))
        self.do("mediator", c.VerifyIdentity(self.id(name), "id_card_shown"))
        self.do("mediator", c.Admit(self.id(name)))

    def ready(self) -> Table:
        self.lobby()
        for name in INVITED:
            self.admit(name)
        self.do("system", c.Reassess())
        assert self.phase == "ready", [
            item for item in readiness(self.h, self.context("system")) if not item.done
        ]
        return self

    def joint(self) -> Table:
        self.ready()
        self.do("mediator", c.OpenSession())
        assert self.phase == "in_session"
        return self

    def recess(self) -> Table:
        self.joint()
        self.do("mediator", c.Recess("a cup of tea"))
        return self

    def suspended(self) -> Table:
        self.joint()
        self.do("mediator", c.Suspend("the line"))
        return self

    def adjourned(self) -> Table:
        self.suspended()
        self.do("mediator", c.Adjourn("tomorrow"))
        return self


def outcome(table: Table) -> tuple[str, list[str]]:
    stored = table.h.determination
    assert stored is not None
    return stored.outcome, [found["rule"] for found in stored.findings if found["outcome"] == stored.outcome]
