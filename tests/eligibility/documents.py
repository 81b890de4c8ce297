"""Facts documents of every kind, drawn by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eligibility.facts import (
    CAPABILITIES,
    CASE_TYPES,
    CLOSED,
    COMPLEXITIES,
    CONFLICTS,
    NEEDS,
    POSITIONS,
    SERVED_BY,
    SIDES,
    SOCIAL_IMPACTS,
    STAGES,
)

REASONS = st.sampled_from(["", "  ", "the original must be seen", "设备不足"])
HEARING_STAGES = [stage for stage in STAGES if stage != "mediation"]


@st.composite
def parties(draw: st.DrawFn, name: str, stage: str) -> dict[str, Any]:
    party: dict[str, Any] = {
        "id": name,
        "side": draw(st.sampled_from(SIDES)),
        "position": draw(st.sampled_from(POSITIONS)),
        # The document's own stage most of the time, or hardly any position would count.
        "position_stage": draw(st.sampled_from([stage, stage, stage, *STAGES])),
        "reasons": draw(REASONS),
        "capability": draw(st.sampled_from(CAPABILITIES)),
        "served_by": draw(st.sampled_from(SERVED_BY)),
    }
    if draw(st.booleans()):
        party["agent"] = {"position": draw(st.sampled_from(POSITIONS)), "reasons": draw(REASONS)}
    return party


@st.composite
def documents(draw: st.DrawFn, proceeding: str | None = None) -> dict[str, Any]:
    kind = proceeding or draw(st.sampled_from(["hearing", "hearing", "mediation"]))
    stage = "mediation" if kind == "mediation" else draw(st.sampled_from(HEARING_STAGES))
    names = [f"party-{number}" for number in range(draw(st.integers(1, 4)))]
    witnesses = [f"witness-{number}" for number in range(draw(st.integers(0, 2)))]
    grounds = ["case_type", "complexity", "social_impact", "other"]
    grounds += [f"{ground}:{name}" for name in names for ground in ("objection", "retraction", "incapacity")]
    grounds += [f"need:{need}" for need in NEEDS] + [f"witness:{name}" for name in witnesses]
    ruled = draw(st.lists(st.sampled_from(grounds), max_size=8))
    return {
        "proceeding": kind,
        "stage": stage,
        "case_type": draw(st.sampled_from(CASE_TYPES)),
        "closed": draw(st.sampled_from(["none", "none", "none", *CLOSED])),
        "parties": [draw(parties(name, stage)) for name in names],
        "witnesses": [{"id": name, "objection": draw(st.booleans())} for name in witnesses],
        "needs": draw(st.lists(st.sampled_from(NEEDS), unique=True)),
        "complexity": draw(st.sampled_from(["ordinary", *COMPLEXITIES])),
        "social_impact": draw(st.sampled_from(["ordinary", *SOCIAL_IMPACTS])),
        "mediation": {"lawful": draw(st.booleans()), "conflict": draw(st.sampled_from(CONFLICTS))},
        "rulings": [
            {
                "ground": ground,
                "held": draw(st.booleans()),
                "reasons": "as argued",
                "by": "judge-1",
                "at": f"2026-11-20T09:{minute:02}:00+08:00",
            }
            for minute, ground in enumerate(ruled)
        ],
    }
