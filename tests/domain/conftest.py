"""A court to try things in: one hearing, people by name, a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eligibility import Ruleset, load_ruleset
from recording import keys as record_keys
from room_server.domain import commands as c
from room_server.domain import model as m
from room_server.domain.events import Event
from room_server.domain.hearing import Context, decide, evolve
from room_server.domain.model import RulingSignature
from room_server.domain.placement import Forwarding, forwarding
from room_server.errors import CommandRefused

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LIST = (
    m.NewParticipant("presiding_judge", "Wang", account="acc_judge"),
    m.NewParticipant("panel_judge", "Zhou", account="acc_panel"),
    m.NewParticipant("clerk", "Liu", account="acc_clerk"),
    m.NewParticipant("party", "Zhang", person="per_claimant", side="claimant"),
    m.NewParticipant("counsel", "Chen", person="per_counsel", side="claimant", represents="per_claimant"),
    m.NewParticipant("party", "Li", person="per_respondent", side="respondent"),
    m.NewParticipant("witness", "Sun", person="per_witness"),
    m.NewParticipant("observer", "Gao", person="per_observer"),
)
NAMES = ("judge", "panel", "clerk", "claimant", "counsel", "respondent", "witness", "observer")
SUMMONED = ("claimant", "counsel", "respondent")


RECORD_KEY = record_keys.RecordKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
"""The same in every run, so that equal histories have equal signatures."""


def sign(message: bytes) -> RulingSignature:
    return RulingSignature("Ed25519", RECORD_KEY.key_id, RECORD_KEY.sign(message).hex())


@cache
def ruleset(name: str) -> Ruleset:
    return load_ruleset(name)


class Proceeding:
    """One proceeding to try things in: `do` carries a command out and keeps the log; names stand for participant ids."""

    NAMES: tuple[str, ...] = ()

    def __init__(self, rules: str, now: datetime) -> None:
        self.ruleset = ruleset(rules)
        self.now = now
        self.hearing: m.Hearing | None = None
        self.log: list[tuple[Event, datetime]] = []
        self.made = 0

    @property
    def h(self) -> m.Hearing:
        assert self.hearing is not None
        return self.hearing

    def new_id(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}_{self.made:016d}"

    def id(self, name: str) -> str:
        return list(self.h.participants)[self.NAMES.index(name)]

    def __getitem__(self, name: str) -> m.Participant:
        return self.h.participants[self.id(name)]

    def actor(self, name: str) -> m.Actor:
        if name == "system":
            return m.SYSTEM
        return m.Actor("participant", self.id(name), self[name].role, self[name].name)

    def context(self, who: str | m.Actor) -> Context:
        actor = who if isinstance(who, m.Actor) else self.actor(who)
        return Context(actor, self.now, self.ruleset, self.new_id, sign)

    def do(self, who: str | m.Actor, command: c.Command) -> list[Event]:
        self.now += timedelta(milliseconds=1)
        events = decide(self.hearing, command, self.context(who))
        for event in events:
            self.hearing = evolve(self.hearing, event, self.now)
            self.log.append((event, self.now))
        return events

    def refused(self, who: str | m.Actor, command: c.Command) -> CommandRefused:
        before = self.hearing
        with pytest.raises(CommandRefused) as caught:
            self.do(who, command)
        assert self.hearing is before
        assert caught.value.zh and caught.value.en
        return caught.value

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def forwarding(self) -> Forwarding:
        return forwarding(self.h)


class Court(Proceeding):
    """`do` carries a command out and keeps the log; names stand for participant ids."""

    LIST = LIST
    NAMES = NAMES

    def __init__(self, rules: str = "shanghai-2020") -> None:
        super().__init__(rules, MORNING)
        self.desk = m.Actor("staff", "acc_clerk", "clerk", "Liu")
        self.judge_desk = m.Actor("staff", "acc_judge", "judge", "Wang")
        self.system = m.SYSTEM

    def actor(self, name: str) -> m.Actor:
        if name == "desk":
            return self.desk
        if name == "judge_desk":
            return self.judge_desk
        return super().actor(name)

    # ── the way to each phase ──────────────────────────────────────────────────────────────────────────────────

    def drafted(self, people: tuple[m.NewParticipant, ...] = LIST) -> Court:
        self.do(
            self.desk,
            c.DraftHearing(
                hearing_id="hrg_0000000000000001",
                case_id="case_0000000000000001",
                case_number="(2026)沪01民初1号",
                title="Zhang v. Li",
                cause="loan",
                case_type="civil",
                stage="trial",
                scheduled_at=MORNING + timedelta(hours=1),
                courtroom_zh="第一法庭",
                courtroom_en="Courtroom 1",
                participants=people,
            ),
        )
        return self

    def state(self, key: str, value: Any, how: m.HowAsserted = "paper", who: str = "desk") -> list[Event]:
        kind, colon, name = key.partition(":")
        subject = self.id(name) if name in NAMES else name
        return self.do(who, c.AssertFact(f"{kind}{colon}{subject}", value, "somebody", how))

    def position(self, name: str, position: str, reasons: str = "") -> list[Event]:
        return self.state(f"position:{name}", {"position": position, "reasons": reasons})

    def consented(self) -> Court:
        for name in ("claimant", "respondent"):
            self.position(name, "consents")
        return self

    def determined(self) -> Court:
        self.drafted().consented()
        self.do("desk", c.Determine())
        return self

    def scheduled(self) -> Court:
        self.determined()
        self.do("desk", c.ScheduleHearing())
        return self

    def lobby(self) -> Court:
        self.scheduled()
        self.do("desk", c.OpenLobby())
        for name in ("judge", "panel", "clerk"):
            self.connect(name)
        return self

    def connect(self, name: str, device: str | None = None) -> list[Event]:
        if not self[name].is_court and not self[name].declared:
            self.do(name, c.MakeDeclaration(self.id(name), "2026-01"))
        return self.do(name, c.Connect(self.id(name), device or f"dev_{name}"))

    def disconnect(self, name: str) -> list[Event]:
        return self.do("system", c.Disconnect(self.id(name), f"dev_{name}", "network"))

    def admit(self, name: str) -> None:
        self.do("clerk", c.VerifyIdentity(self.id(name), "id_card_shown"))
        self.do("clerk", c.Admit(self.id(name)))

    def ready(self) -> Court:
        self.lobby()
        for name in SUMMONED:
            self.connect(name)
            self.admit(name)
        self.do("system", c.ArmRecorder())
        self.do("system", c.Reassess())
        assert self.h.phase == "ready"
        return self

    def session(self) -> Court:
        self.ready()
        self.do("judge", c.OpenSession())
        self.do("system", c.RecorderStarted())
        assert self.h.phase == "in_session"
        return self


@pytest.fixture
def court() -> Court:
    return Court()


@pytest.fixture
def new_court() -> Callable[..., Court]:
    return Court
