"""No sequence of commands by anybody opens the room without a valid determination, or leaks media."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, currently_in_test_context, event, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from eligibility import determine, facts_sha256
from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import phases
from room_server.domain.event_data import event_type, from_data, to_data
from room_server.domain.facts import facts_of
from room_server.domain.hearing import replay
from room_server.domain.model import Hearing
from room_server.errors import CommandRefused

NAMES = ("judge", "panel", "clerk", "claimant", "counsel", "respondent", "witness", "observer")
WHO = (*NAMES, "system", "desk", "judge_desk")
_STAGES = ("draft", "blocked", "scheduled", "lobby", "ready", "ready", "opening", "session", "sharing")


def _commands(target_id: Callable[[str], str]) -> st.SearchStrategy[c.Command]:
    """Any command about anybody."""
    who = st.sampled_from(NAMES).map(target_id)
    device = st.sampled_from(["dev_claimant", "dev_judge", "another"])
    on = st.booleans()
    positions = st.sampled_from(["consents", "objects", "silent", "retracts", "chose_online"])
    position = st.fixed_dictionaries(
        {"position": positions, "reasons": st.sampled_from(["", "cannot see originals"])}
    )
    key = st.one_of(
        st.tuples(who.map(lambda one: f"position:{one}"), position),
        st.tuples(who.map(lambda one: f"capability:{one}"), st.sampled_from(["able", "unable"])),
        st.tuples(st.just("closed"), st.sampled_from(["none", "by_law_privacy", "on_application_granted"])),
        st.tuples(st.just("complexity"), st.sampled_from(["ordinary", "significant_and_complex"])),
    )
    about = st.sampled_from(["objection", "retraction", "incapacity", "witness"])
    grounds = st.one_of(st.just("complexity"), st.tuples(about, who).map(":".join))
    reasons = st.sampled_from(["", "cannot see originals", "other reasons"])
    said = st.builds(
        c.StatedPosition,
        st.sampled_from(["trial", "pretrial"]),
        st.sampled_from(["consents", "objects", "chose_online"]),
        reasons,
    )
    return st.one_of(
        st.builds(
            lambda kv, how: c.AssertFact(kv[0], kv[1], "x", how), key, st.sampled_from(["paper", "link"])
        ),
        st.builds(c.MakeRuling, grounds, on, st.just("because"), st.just("OLR 21")),
        st.builds(c.ChangeHearing, case_type=st.sampled_from(["civil", "criminal_other"])),
        st.sampled_from(
            [c.Determine(), c.ScheduleHearing(), c.OpenLobby(), c.OpenSession(), c.EndCheck(), c.Resume()]
        ),
        st.sampled_from(
            [
                c.RaiseHand(),
                c.LowerHand(),
                c.Leave(),
                c.Reassess(),
                c.Tick(),
                c.ServerRestarted(),
                c.ArmRecorder(),
            ]
        ),
        st.sampled_from(
            [c.RecorderStarted(), c.RecorderLost("crashed"), c.RecorderRestored(), c.RelayLost("crashed")]
        ),
        st.sampled_from([c.Recess("r"), c.Suspend("r"), c.Adjourn("r"), c.MuteAll(True), c.RelayRestored()]),
        st.sampled_from(
            [c.CloseHearing(), c.CancelHearing("r"), c.ConvertOffline("r"), c.ArchiveRecording(True)]
        ),
        st.builds(c.NoteInvitation, who, st.sampled_from(["issued", "opened", "revoked", "locked"])),
        st.builds(c.Connect, who, device),
        st.builds(c.Disconnect, who, device, st.just("network")),
        st.builds(c.WaitWithDevice, who, device),
        st.builds(c.ApproveDevice, who, on),
        st.builds(c.MakeDeclaration, who, st.just("2026-01")),
        st.builds(c.BeginCheck, who),
        st.builds(c.VerifyIdentity, who, st.just("id_card_shown")),
        st.builds(c.Admit, who),
        st.builds(c.SendBack, who),
        st.builds(c.NoteAbsent, who),
        st.builds(c.SetMicrophone, on),
        st.builds(c.SetCamera, on),
        st.builds(c.Mute, who, on),
        st.builds(c.UnlockMicrophone, who),
        st.builds(c.Remove, who, st.just("r")),
        st.builds(c.NetworkReported, who, st.integers(0, 4)),
        st.builds(
            lambda one, position, able: c.MakeStatement(one, (position,), able, "", ()),
            who,
            said,
            st.sampled_from([None, "able", "unable"]),
        ),
        st.builds(c.LodgeObjection, reasons),
        st.builds(
            c.RecordEquipment,
            who,
            st.sampled_from(["ok", "none"]),
            st.just("ok"),
            st.just("ok"),
            st.just("good"),
            st.just("browser"),
        ),
        st.builds(c.OpenCourtroom, st.sampled_from(["dev_court", "another"])),
        st.builds(c.NotePresentAtCourt, who, on, st.just("id_card_shown"), st.just("")),
    )


class HearingMachine(RuleBasedStateMachine):
    """Begins somewhere on the way and then lets anybody try anything."""

    court_type: ClassVar[Any] = None
    reached: ClassVar[Counter[str]] = Counter()

    @initialize(start=st.sampled_from(_STAGES), rules=st.sampled_from(["shanghai-2020", "spc-2021"]))
    def begin(self, start: str, rules: str) -> None:
        self.court = self.court_type(rules)
        self.phases: set[str] = set()
        self.openings = 0
        {
            "draft": self.court.drafted,
            "blocked": self._blocked,
            "scheduled": self.court.scheduled,
            "lobby": self.court.lobby,
            "ready": self.court.ready,
            "session": self.court.session,
            "opening": self._opening,
            "sharing": self._sharing,
        }[start]()
        self.phases.add(self.court.h.phase)

    def _blocked(self) -> None:
        self.court.drafted()
        for name in ("claimant", "respondent"):
            self.court.do(name, _statement(self, name, "objects"))
        self.court.do("desk", c.Determine())

    def _opening(self) -> None:
        self.court.ready()
        self.the_judge_goes_on()

    def _sharing(self) -> None:
        self.court.session()
        self.somebody_shares_a_screen("judge")

    def _give(self, who: str, command: c.Command) -> None:
        before = self.court.h
        try:
            happened = self.court.do(who, command)
        except CommandRefused:
            assert self.court.h is before
            return
        self._every_move_is_in_the_table(happened)
        self._nothing_stated_or_ruled_is_lost(before, happened, who)
        if any(isinstance(one, e.SessionOpened) for one in happened):
            self._opened_lawfully(happened)
        self.phases.add(self.court.h.phase)

    def _every_move_is_in_the_table(self, happened: list[e.Event]) -> None:
        for one in happened:
            if isinstance(one, e.PhaseChanged):
                assert phases.transition(one.phase_from, one.phase_to) is not None
                assert one.phase_to != "in_session" or one.phase_from in phases.LIVE

    def _nothing_stated_or_ruled_is_lost(self, before: Hearing, happened: list[e.Event], who: str) -> None:
        after = self.court.h
        assert after.rulings[: len(before.rulings)] == before.rulings
        assert after.assertions[: len(before.assertions)] == before.assertions
        for one in happened:
            if isinstance(one, e.RulingMade):
                assert who in ("judge", "panel", "judge_desk") and one.ruling.signature is not None
            if isinstance(one, e.FactAsserted) and one.assertion.how == "link":
                assert who not in ("desk", "judge_desk", "judge", "panel", "clerk", "witness", "observer")

    def _opened_lawfully(self, happened: list[e.Event]) -> None:
        self.openings += 1
        hearing, stored = self.court.h, self.court.h.determination
        fresh = determine(facts_of(hearing), self.court.ruleset, self.court.context("system").today)
        assert stored is not None and fresh.may_open
        assert (stored.facts_sha256, stored.ruleset, stored.outcome) == (
            fresh.facts_sha256,
            fresh.ruleset,
            fresh.outcome,
        )
        opened = next(one for one in happened if isinstance(one, e.SessionOpened))
        assert opened.determination_id == stored.id and opened.by.id == self.court.id("judge")

    @rule(data=st.data(), who=st.sampled_from(WHO))
    def anybody_tries(self, data: st.DataObject, who: str) -> None:
        self._give(who, data.draw(_commands(self.court.id)))

    @rule(data=st.data())
    def somebody_who_may_does(self, data: st.DataObject) -> None:
        """Most random commands are refused at the first check; this goes past it."""
        command = data.draw(_commands(self.court.id))
        for who in ("system", "judge", "clerk", "desk", "judge_desk", *NAMES[3:]):
            before = len(self.court.log)
            self._give(who, command)
            if len(self.court.log) > before:
                return

    @rule(name=st.sampled_from(NAMES))
    def somebody_comes(self, name: str) -> None:
        self._give(name, c.MakeDeclaration(self.court.id(name), "2026-01"))
        self._give(name, c.Connect(self.court.id(name), f"dev_{name}"))

    @rule(name=st.sampled_from(NAMES))
    def somebody_is_cut_off(self, name: str) -> None:
        self._give("system", c.Disconnect(self.court.id(name), f"dev_{name}", "network"))

    @rule(name=st.sampled_from(NAMES))
    def the_clerk_lets_in(self, name: str) -> None:
        self._give("clerk", c.BeginCheck(self.court.id(name)))
        self._give("clerk", c.VerifyIdentity(self.court.id(name), "id_card_shown"))
        self._give("clerk", c.Admit(self.court.id(name)))

    @rule(position=st.sampled_from(["consents", "objects"]))
    def all_sides_say(self, position: str) -> None:
        for name in ("claimant", "respondent"):
            self._give(name, _statement(self, name, position))

    @rule(seconds=st.sampled_from([1, 11, 31, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.court.now += timedelta(seconds=seconds)
        self._give("system", c.Tick())

    @rule()
    def the_desk_goes_on(self) -> None:
        for command in (c.Determine(), c.ScheduleHearing(), c.OpenLobby()):
            self._give("desk", command)

    @rule(
        command=st.sampled_from(
            [c.Recess("r"), c.Resume(), c.Suspend("r"), c.Adjourn("r"), c.MuteAll(True), c.CloseHearing()]
        )
    )
    def the_judge_directs(self, command: c.Command) -> None:
        self._give("judge", command)

    @rule()
    def all_come_and_are_let_in(self) -> None:
        for name in NAMES[:6]:
            self.somebody_comes(name)
        for name in NAMES[3:6]:
            self.the_clerk_lets_in(name)

    @rule()
    def the_judge_goes_on(self) -> None:
        self._give("system", c.ArmRecorder())
        self._give("system", c.Reassess())
        self._give("judge", c.OpenSession())
        self._give("judge", c.Resume())

    @rule(name=st.sampled_from(NAMES), allowed=st.booleans())
    def the_judge_allows_a_screen(self, name: str, allowed: bool) -> None:
        self._give("judge", c.AllowScreen(self.court.id(name), allowed))

    @rule(name=st.sampled_from(NAMES))
    def somebody_shares_a_screen(self, name: str) -> None:
        self._give(name, c.StartScreen())
        type(self).reached["screens"] += self.court.h.screen is not None

    @rule(name=st.sampled_from(NAMES))
    def somebody_ends_a_screen(self, name: str) -> None:
        self._give(name, c.StopScreen())

    @invariant()
    def one_screen_of_who_may_passes(self) -> None:
        hearing, muted = self.court.h, self.court.forwarding().muted
        passing = [one for one in hearing.participants if (one, "screen") not in muted]
        assert passing == ([hearing.screen.participant] if hearing.screen is not None else [])
        for person in (hearing.participants[one] for one in passing):
            assert person.connected and person.place == "main" and hearing.phase in phases.SITTING
            assert person.role not in ("observer", "courtroom")
            assert person.is_court or (person.admitted and person.screen_allowed)

    @invariant()
    def the_determination_is_about_the_facts(self) -> None:
        """No change of facts leaves an older determination behind it, before the opening or after."""
        hearing = self.court.h
        if hearing.determination is None or hearing.phase in phases.ENDED:
            return
        assert hearing.phase not in ("checking", "draft")
        assert hearing.determination.facts_sha256 == facts_sha256(facts_of(hearing))

    @invariant()
    def media_stays_within_places(self) -> None:
        hearing, graph = self.court.h, self.court.forwarding()
        for sender_id, receiver_id in graph.edges:
            sender, receiver = hearing.participants[sender_id], hearing.participants[receiver_id]
            assert sender_id != receiver_id
            assert sender.place == receiver.place and sender.place in ("check", "main")
            assert sender.role not in ("observer", "court_technician")
            assert hearing.gallery or receiver.role != "observer" or receiver.id == hearing.check
            for person in (sender, receiver):
                assert person.connected and not person.removed and person.attends == "online"
                assert person.is_court or person.admitted or person.id == hearing.check
            assert sender.place == "check" or hearing.phase in phases.SITTING
        for person in hearing.participants.values():
            assert ((person.id, "microphone") in graph.muted) == (not person.microphone_on)
            assert ((person.id, "camera") in graph.muted) == (not person.camera_on)
            assert not (person.microphone_locked and person.microphone_on)
        assert not graph.recorded or hearing.phase in phases.RECORDED
        assert all(hearing.participants[one].place == "main" for one in graph.recorded)

    @invariant()
    def places_are_whole(self) -> None:
        hearing = self.court.h
        checked = {one.id for one in hearing.participants.values() if one.place == "check"}
        assert checked == {one for one in (hearing.check, hearing.checking_clerk) if one is not None}
        assert len(checked) in (0, 2)
        for person in hearing.participants.values():
            if person.place == "lobby":
                assert person.connected and not person.admitted
            if person.place == "main":
                assert person.is_court or person.admitted
            if person.removed:
                assert person.place == "outside" and not person.connected
        assert set(hearing.hands) == {one.id for one in hearing.participants.values() if one.hand_raised_at}

    def teardown(self) -> None:
        if not hasattr(self, "court"):
            return
        stored = [(event_type(one), json.loads(json.dumps(to_data(one))), at) for one, at in self.court.log]
        read = [(from_data(kind, data), at) for kind, data, at in stored]
        assert read == self.court.log
        assert replay(read) == self.court.h
        for phase in self.phases:
            if currently_in_test_context():
                event(f"reached {phase}")
            type(self).reached[phase] += 1
        type(self).reached["openings"] += self.openings


def test_no_sequence_of_commands_breaks_the_rules(new_court: Callable[..., Any]) -> None:
    HearingMachine.court_type = new_court
    HearingMachine.reached = Counter()
    run_state_machine_as_test(
        seed(20260123)(HearingMachine),
        settings=settings(
            max_examples=140,
            stateful_step_count=25,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A property that never meets its case proves nothing: the run has to have been there.
    assert HearingMachine.reached["in_session"] >= 10
    assert HearingMachine.reached["openings"] >= 3
    assert HearingMachine.reached["screens"] >= 3
    for phase in ("blocked", "lobby_open", "ready", "suspended_technical"):
        assert HearingMachine.reached[phase] > 0, (phase, HearingMachine.reached)


DIRECTIONS = (c.Recess("r"), c.Resume(), c.Suspend("r"), c.Adjourn("r"), c.MuteAll(True), c.CloseHearing())
OTHERS = (c.RaiseHand(), c.LowerHand(), c.Leave(), c.SetMicrophone(True), c.SetCamera(False), c.EndCheck())
MACHINES = (
    c.RecorderStarted(),
    c.RecorderLost("crashed"),
    c.RecorderRestored(),
    c.ServerRestarted(),
    c.Reassess(),
)


def _statement(machine: HearingMachine, name: str, position: str) -> c.MakeStatement:
    said = c.StatedPosition("trial", position, "")
    return c.MakeStatement(machine.court.id(name), (said,), None, "", ())


def _walk(machine: HearingMachine, choose: random.Random) -> None:
    """One step of somebody, weighted towards what keeps a hearing going."""
    name, who = choose.choice(NAMES), machine.court.id(choose.choice(NAMES))
    about = (
        c.BeginCheck(who),
        c.SendBack(who),
        c.NoteAbsent(who),
        c.Mute(who, choose.random() < 0.5),
        c.UnlockMicrophone(who),
        c.Remove(who, "r"),
        c.ApproveDevice(who),
    )
    position = choose.choice(("consents", "objects", "chose_online"))
    steps: tuple[tuple[int, Callable[[], None]], ...] = (
        (4, lambda: machine.somebody_comes(name)),
        (4, lambda: machine.somebody_is_cut_off(name)),
        (3, lambda: machine.the_clerk_lets_in(name)),
        (2, machine.all_come_and_are_let_in),
        (2, machine.the_desk_goes_on),
        (4, machine.the_judge_goes_on),
        (2, lambda: machine.time_passes(choose.choice((1, 11, 31, 90_000)))),
        (2, lambda: machine._give("judge", choose.choice(DIRECTIONS))),
        (3, lambda: machine._give(name, choose.choice(OTHERS))),
        (3, lambda: machine._give("system", choose.choice(MACHINES))),
        (3, lambda: machine._give(choose.choice(("clerk", "judge")), choose.choice(about))),
        (1, lambda: machine._give("desk", c.NoteInvitation(who, choose.choice(("issued", "revoked"))))),
        (1, lambda: machine._give("system", c.WaitWithDevice(who, "another"))),
        (1, lambda: machine._give(name, _statement(machine, name, position))),
        (1, lambda: machine._give(name, c.LodgeObjection(choose.choice(("", "cannot see originals"))))),
        (
            1,
            lambda: machine._give(
                "desk", c.AssertFact(f"position:{who}", {"position": position}, "x", "paper")
            ),
        ),
    )
    choose.choices([step for _, step in steps], [weight for weight, _ in steps])[0]()


def test_a_seeded_walk_sees_the_whole_life_of_hearings(new_court: Callable[..., Any]) -> None:
    HearingMachine.court_type = new_court
    HearingMachine.reached = Counter()
    choose = random.Random(20260123)
    for _ in range(60):
        machine = HearingMachine()
        machine.begin(choose.choice(_STAGES), choose.choice(("shanghai-2020", "spc-2021")))
        for _ in range(50):
            _walk(machine, choose)
            machine.media_stays_within_places()
            machine.places_are_whole()
            machine.the_determination_is_about_the_facts()
        machine.teardown()
    reached = HearingMachine.reached
    assert reached["in_session"] >= 20 and reached["openings"] >= 10, reached
    for phase in (
        "blocked",
        "hybrid",
        "lobby_open",
        "ready",
        "recess",
        "suspended_technical",
        "adjourned",
        "closed",
    ):
        assert reached[phase] > 0, (phase, reached)
