"""Rulings: on what, by whom, on which facts, signed, superseded and never edited."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from room_server.domain import commands as c
from room_server.domain import events as e
from room_server.domain import model as m
from room_server.domain.event_data import from_data, to_data
from room_server.domain.hearing import Context, decide, replay
from room_server.domain.rulings import SIGNED_WORDS, facts_basis, preview, signed_bytes, superseded_by, verify
from tests.domain.conftest import RECORD_KEY, Court

PUBLIC = RECORD_KEY.public_raw


def rule(ground: str, held: bool = False, seen: int | None = None) -> c.MakeRuling:
    return c.MakeRuling(ground, held, "a certified copy is in the file", "V; OLR 21(1)", seen)


def objected(court: Any, name: str = "respondent", reasons: str = "the original must be seen") -> str:
    """The ground that awaits a ruling after this side objected."""
    court.determined()
    court.position(name, "objects", reasons)
    return f"objection:{court.id(name)}"


# ── what is a ground ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_ruling_needs_a_ground_that_is_open(court: Any) -> None:
    court.determined()
    ruling = c.MakeRuling("complexity", False, "plain", "OLR 21(4)")
    assert court.refused("judge_desk", ruling).code == "nothing_to_rule_on"
    refused = court.refused("judge_desk", c.MakeRuling("weather", True, "r", "a"))
    assert refused.code == "unknown_ground" and "objection:<party>" in refused.en
    assert (
        court.refused("judge_desk", c.MakeRuling("need:fresh_air", True, "r", "a")).code == "unknown_ground"
    )
    assert court.refused("judge_desk", c.MakeRuling("complexity:x", True, "r", "a")).code == "unknown_ground"
    assert court.refused("judge_desk", c.MakeRuling("objection", True, "r", "a")).code == "unknown_ground"
    court.do("judge_desk", c.MakeRuling("other", True, "the party is in hospital", "OLR 21(7)"))
    assert court.h.phase == "blocked"
    court.do("judge_desk", c.MakeRuling("other", False, "the party is back", "OLR 21(7)"))
    assert court.h.phase == "eligible" and len(court.h.rulings) == 2


@pytest.mark.parametrize(("reasons", "article"), [(" ", "OLR 21"), ("because", "\n"), ("x" * 5000, "OLR 21")])
def test_a_ruling_needs_reasons_and_an_article(court: Any, reasons: str, article: str) -> None:
    ground = objected(court)
    assert court.refused("judge_desk", c.MakeRuling(ground, True, reasons, article)).code == "invalid"


def test_reasons_that_are_no_text_are_refused(court: Any) -> None:
    ground = objected(court)
    assert court.refused("judge_desk", c.MakeRuling(ground, True, "\ud800", "OLR 21")).code == "not_text"


def test_a_ground_is_about_somebody_of_this_hearing(court: Any, new_court: Any) -> None:
    """People of the same names in another hearing are other people, and a party is no witness."""
    objected(court)
    other = new_court()
    other.made = 500
    other.drafted()
    assert [one.name for one in other.h.participants.values()] == [
        one.name for one in court.h.participants.values()
    ]
    stranger = court.refused("judge_desk", rule(f"objection:{other.id('respondent')}"))
    assert stranger.code == "no_such_participant" and "Zhang, Li" in stranger.en
    for wrong in ("judge", "witness", "observer", "counsel"):
        assert court.refused("judge_desk", rule(f"objection:{court.id(wrong)}")).code == "no_such_participant"
    about_a_party = rule(f"witness:{court.id('respondent')}", True)
    assert court.refused("judge_desk", about_a_party).code == "no_such_participant"


def test_nobody_overrides_the_objection_of_every_side(court: Any) -> None:
    ground = objected(court)
    court.do("judge_desk", rule(ground, True))
    court.position("claimant", "objects", "so do we")
    for about in ("claimant", "respondent"):
        for held in (True, False):
            refused = court.refused("judge_desk", rule(f"objection:{court.id(about)}", held))
            assert (refused.code, refused.citation) == ("not_overridable", "V; OLR 21(1)")
            assert "各方均不同意" in refused.zh and "nobody can override" in refused.en
    assert court.h.determination.document["final"] is True
    court.position("claimant", "consents")
    court.do("judge_desk", rule(ground))
    assert court.h.determination.outcome == "warn"


def test_a_closure_by_law_is_no_ground(court: Any) -> None:
    court.determined()
    court.state("closed", "by_law_state_secret")
    for ground in ("closed", "closed:by_law_state_secret"):
        assert court.refused("judge_desk", rule(ground)).code == "not_overridable"
    assert court.h.determination.outcome == "block"


def test_nobody_rules_in_a_mediation(court: Any) -> None:
    ground = objected(court)
    court.hearing = replace(court.h, kind="mediation")
    refused = court.refused("judge_desk", rule(ground))
    assert (refused.code, refused.citation) == ("not_in_a_mediation", "OMR 4")


# ── by whom ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "who", ["desk", "clerk", "claimant", "counsel", "respondent", "witness", "observer", "system"]
)
def test_only_a_judge_of_the_bench_rules(court: Any, who: str) -> None:
    ground = objected(court)
    assert court.refused(who, rule(ground)).code == "not_permitted"


def test_another_judge_and_the_judges_assistant_do_not_rule(court: Any) -> None:
    assistant = m.NewParticipant("judges_assistant", "Hu", account="acc_assistant")
    court.drafted((*court.LIST, assistant)).consented()
    court.do("desk", c.Determine())
    court.position("respondent", "objects", "why")
    ground = f"objection:{court.id('respondent')}"
    for account in ("acc_assistant", "acc_other"):
        stranger = m.Actor("staff", account, "judge", "Hu")
        assert court.refused(stranger, rule(ground)).code == "not_permitted"


def test_a_judge_of_the_panel_rules_too(court: Any) -> None:
    ground = objected(court)
    panel = m.Actor("staff", "acc_panel", "judge", "Zhou")
    court.do(panel, rule(ground))
    assert court.h.rulings[-1].by.name == "Zhou"


def test_a_ruling_from_the_room_is_signed_for_the_same_account(court: Any) -> None:
    court.session()
    court.state("complexity", "significant_and_complex")
    (made, *_) = court.do("judge", rule("complexity"))
    assert made.by.kind == "participant"
    (ruling,) = court.h.rulings
    assert (ruling.by.kind, ruling.by.id, ruling.by.name) == ("staff", "acc_judge", "Wang")
    assert ruling.during == "in_session" and verify(court.h.id, ruling, PUBLIC)


def test_without_the_record_key_nothing_is_ruled(court: Any) -> None:
    ground = objected(court)
    context = Context(court.judge_desk, court.now, court.ruleset, court.new_id, None)
    with pytest.raises(Exception, match="record key"):
        decide(court.h, rule(ground), context)


# ── the signature ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_ruling_is_signed_over_all_that_it_says(court: Any) -> None:
    ground = objected(court)
    basis = facts_basis(court.h)
    court.do("judge_desk", rule(ground))
    (ruling,) = court.h.rulings
    assert ruling.id.startswith("rul_") and ruling.facts_sha256 == basis == facts_basis(court.h)
    assert ruling.signature.key_id == RECORD_KEY.key_id
    covered = signed_bytes(court.h.id, ruling)
    assert covered.startswith(SIGNED_WORDS)
    said = json.loads(covered.removeprefix(SIGNED_WORDS))
    assert said == {
        "hearing": court.h.id,
        "ruling": ruling.id,
        "ground": ground,
        "held": False,
        "reasons": "a certified copy is in the file",
        "article": "V; OLR 21(1)",
        "judge": {"account": "acc_judge", "name": "Wang"},
        "at": ruling.at.isoformat(timespec="microseconds"),
        "during": "awaiting_ruling",
        "facts_sha256": basis,
        "supersedes": None,
        "ruleset": "shanghai-2020@2020-02-26",
    }
    assert verify(court.h.id, ruling, PUBLIC)


def test_a_change_of_anything_breaks_the_signature(court: Any) -> None:
    ground = objected(court)
    court.do("judge_desk", rule(ground))
    (ruling,) = court.h.rulings
    altered: dict[str, Any] = {
        "ground": "complexity",
        "held": True,
        "reasons": "another reason",
        "article": "OLR 21(4)",
        "by": replace(ruling.by, name="Zhou"),
        "at": ruling.at + timedelta(seconds=1),
        "id": "rul_0000000000009999",
        "supersedes": "rul_1",
        "facts_sha256": "0" * 64,
        "during": "in_session",
        "ruleset": "spc-2021@2021-08-01",
        "signature": replace(ruling.signature, value="00" * 64),
    }
    assert set(altered) == set(m.Ruling.__dataclass_fields__)
    for name, value in altered.items():
        assert not verify(court.h.id, replace(ruling, **{name: value}), PUBLIC), name
    assert not verify(court.h.id, replace(ruling, by=replace(ruling.by, id="acc_panel")), PUBLIC)
    assert not verify("hrg_0000000000000002", ruling, PUBLIC)
    assert not verify(court.h.id, replace(ruling, signature=None), PUBLIC)
    assert not verify(court.h.id, replace(ruling, signature=replace(ruling.signature, value="zz")), PUBLIC)
    assert not verify(court.h.id, ruling, bytes(32))


def test_a_stored_ruling_still_verifies(court: Any) -> None:
    ground = objected(court)
    court.do("judge_desk", rule(ground))
    stored = [(json.loads(json.dumps([e.event_type(one), to_data(one)])), at) for one, at in court.log]
    again = replay((from_data(kind, data), at) for (kind, data), at in stored)
    assert again is not None and again.rulings == court.h.rulings
    assert verify(again.id, again.rulings[0], PUBLIC)


# ── superseded, never edited ───────────────────────────────────────────────────────────────────────────────────


def test_a_ruling_is_superseded_and_stays(court: Any) -> None:
    ground = objected(court)
    court.do("judge_desk", rule(ground))
    assert court.h.determination.outcome == "warn"
    panel = m.Actor("staff", "acc_panel", "judge", "Zhou")
    court.do(panel, rule(ground, True))
    first, second = court.h.rulings
    assert (first.supersedes, second.supersedes) == (None, first.id)
    assert superseded_by(court.h, first) is second and superseded_by(court.h, second) is None
    assert all(verify(court.h.id, one, PUBLIC) for one in (first, second))
    assert court.h.determination.outcome == "block"


def test_no_command_and_no_event_edits_a_ruling() -> None:
    assert [one for one in e.REGISTRY if "ruling" in one] == ["ruling_made"]
    assert [kind for kind in c.COMMANDS if "ruling" in c.tag(kind) or c.tag(kind) == "rule"] == [c.MakeRuling]


# ── racing, and facts that moved on ────────────────────────────────────────────────────────────────────────────


def test_a_ruling_on_facts_that_changed_is_refused_with_what_changed(court: Any) -> None:
    ground = objected(court)
    seen = court.h.version
    court.position("respondent", "objects", "and the witness is ill")
    refused = court.refused("judge_desk", rule(ground, seen=seen))
    assert refused.code == "facts_changed"
    assert (
        "the witness is ill" in refused.en
        and "entered by Liu" in refused.en
        and "2026-11-23 09:00" in refused.en
    )
    assert "the witness is ill" in refused.zh and "Liu录入" in refused.zh
    court.do("judge_desk", rule(ground, seen=court.h.version))
    assert court.h.determination.outcome == "warn"


def test_what_counsel_says_changes_the_ground_of_its_party(court: Any) -> None:
    court.determined()
    court.position("claimant", "objects", "why")
    seen = court.h.version
    court.state("agent_position:claimant", {"position": "objects", "reasons": "the firm has no camera"})
    refused = court.refused("judge_desk", rule(f"objection:{court.id('claimant')}", seen=seen))
    assert refused.code == "facts_changed" and "no camera" in refused.en


def test_changed_people_stage_or_type_of_case_stop_a_ruling(court: Any) -> None:
    ground = objected(court)
    for change, zh, en in (
        (c.ChangeHearing(stage="pretrial"), "程序阶段", "the stage"),
        (c.ChangeHearing(case_type="financial"), "案件类型", "the type of case"),
    ):
        seen = court.h.version
        court.do("desk", change)
        refused = court.refused("judge_desk", rule(ground, seen=seen))
        assert refused.code == "facts_changed" and zh in refused.zh and f"Liu changed {en}" in refused.en
    seen = court.h.version
    witness = m.NewParticipant("witness", "Xu", person="per_second_witness")
    court.do("desk", c.ChangeHearing(participants=(*court.LIST, witness)))
    assert "the list of people" in court.refused("judge_desk", rule(ground, seen=seen)).en


def test_what_does_not_touch_the_ground_does_not_stop_the_ruling(court: Any) -> None:
    ground = objected(court)
    seen = court.h.version
    court.state("served_by:claimant", "electronic")
    court.state("complexity", "significant_and_complex")
    court.do("desk", c.ChangeHearing(title="Another title"))
    court.do("desk", c.NoteInvitation(court.id("claimant"), "issued"))
    court.do("judge_desk", rule("complexity"))
    court.do("judge_desk", rule(ground, seen=seen))
    assert court.h.rulings[-1].ground == ground


def test_of_two_judges_one_rules_and_the_other_is_told(court: Any) -> None:
    ground = objected(court)
    seen = court.h.version
    panel = m.Actor("staff", "acc_panel", "judge", "Zhou")
    court.do(panel, rule(ground, True, seen))
    refused = court.refused("judge_desk", rule(ground, False, seen))
    assert (
        refused.code == "ruled_meanwhile"
        and "Zhou held it made out" in refused.en
        and "Zhou裁定成立" in refused.zh
    )
    court.do("judge_desk", rule(ground, False, court.h.version))
    assert [one.held for one in court.h.rulings] == [True, False]


@pytest.mark.parametrize("seen", [0, -1, 10_000])
def test_a_version_that_never_was_is_refused(court: Any, seen: int) -> None:
    ground = objected(court)
    assert court.refused("judge_desk", rule(ground, seen=seen)).code == "bad_version"


REASONS = st.sampled_from(["the original", "a witness", "no camera"])
GROUNDS = ("objection:claimant", "objection:respondent", "complexity", "social_impact")
"""By name; each is asserted by its own step below."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("position"), st.sampled_from(["claimant", "respondent"]), REASONS),
        st.tuples(
            st.just("complexity"), st.sampled_from(["ordinary", "significant_and_complex"]), st.just("")
        ),
        st.tuples(st.just("social_impact"), st.sampled_from(["ordinary", "major"]), st.just("")),
        st.tuples(st.just("served_by:claimant"), st.sampled_from(["electronic", "personal"]), st.just("")),
        st.tuples(st.just("rule"), st.sampled_from(GROUNDS), st.just("")),
        st.tuples(st.just("title"), st.just("t"), REASONS),
        st.tuples(st.just("stage"), st.sampled_from(["trial", "pretrial"]), st.just("")),
    ),
    max_size=8,
)


@settings(max_examples=120, deadline=None)
@given(before=STEPS, after=STEPS, ground=st.sampled_from(GROUNDS))
def test_a_ruling_is_refused_exactly_where_what_it_rests_on_changed(
    before: Any, after: Any, ground: str
) -> None:
    """Against a second reading, which compares what happened step by step rather than versions."""
    court = Court().determined()
    for step in before:
        take(court, step)
    seen = court.h.version
    touched = [take(court, step) for step in after]
    stale = any(one is not None and (one == "file" or one == ground) for one in touched)
    if ground.startswith("objection"):
        kind, name = ground.split(":")
        command = rule(f"{kind}:{court.id(name)}", seen=seen)
    else:
        command = rule(ground, seen=seen)
    code = None
    before_it = court.h
    court.later(1)
    try:
        court.do("judge_desk", command)
    except Exception as refused:
        code = getattr(refused, "code", "")
        assert court.h is before_it
    assert (code in ("facts_changed", "ruled_meanwhile")) == stale
    for ruling in court.h.rulings:
        assert verify(court.h.id, ruling, PUBLIC)


def take(court: Court, step: tuple[str, str, str]) -> str | None:
    """Carry the step out; the ground it touched, `file`, or None where it changed nothing that a ruling rests on."""
    kind, value, reasons = step
    court.later(1)
    count = len(court.log)
    if kind == "position":
        court.position(value, "objects", reasons)
        return f"objection:{value}"
    if kind == "rule":
        ground = value if ":" not in value else f"objection:{court.id(value.partition(':')[2])}"
        try:
            court.do("judge_desk", rule(ground))
        except Exception:
            return None
        return value
    if kind in ("title", "stage"):
        change = c.ChangeHearing(title=reasons) if kind == "title" else c.ChangeHearing(stage=value)  # type: ignore[arg-type]
        court.do("desk", change)
        return "file" if kind == "stage" and len(court.log) > count else None
    court.state(kind, value)
    return kind if kind in GROUNDS else None


# ── what would follow ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_preview_is_what_then_happens_and_stores_nothing(court: Any) -> None:
    ground = objected(court)
    before = court.h
    for held, outcome in ((True, "block"), (False, "warn")):
        found = preview(court.h, ground, held, court.context("judge_desk"))
        assert found.outcome == outcome
    assert court.h is before
    court.do("judge_desk", rule(ground, True))
    assert court.h.determination.outcome == "block"


def test_the_preview_is_refused_like_the_ruling(court: Any) -> None:
    objected(court)
    for who, ground in (("desk", "complexity"), ("judge_desk", "weather"), ("judge_desk", "complexity")):
        with pytest.raises(Exception) as preview_refused:
            preview(court.h, ground, False, court.context(who))
        assert preview_refused.value.code == court.refused(who, rule(ground)).code
