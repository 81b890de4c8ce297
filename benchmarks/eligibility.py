"""Determinations per second on one core: facts of four sizes under each rule set, the hash of the facts included."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from benchmarks.figures import Figures
from eligibility import Ruleset, determine, facts_document, load_ruleset, parse_facts, ruleset_names
from eligibility.facts import MOST_PARTIES, MOST_RULINGS, MOST_WITNESSES, NEEDS, POSITIONS, SERVED_BY
from tests.eligibility.case_files import cases

ON = date(2026, 11, 23)
SIDES = ("claimant", "respondent", "third_party")


def small() -> dict[str, Any]:
    """Two sides who consent."""
    parties = [{"id": name, "side": name, "position": "consents"} for name in SIDES[:2]]
    return {"proceeding": "hearing", "stage": "trial", "case_type": "civil", "parties": parties}


def largest_case() -> dict[str, Any]:
    """The longest document among the cases that the rule sets are tested with."""
    return max((case.facts for case in cases()), key=lambda facts: len(str(facts)))


def large(sides: int, witnesses: int) -> dict[str, Any]:
    """Sides with agents who take every position, objections to every second witness, a ruling on each ground."""
    parties = [
        {
            "id": f"party-{number}",
            "side": SIDES[number % 3],
            "position": POSITIONS[number % len(POSITIONS)],
            "reasons": "须当庭核对合同原件，在线无法辨认印章真伪。",
            "capability": ("able", "unable", "untested")[number % 3],
            "served_by": SERVED_BY[number % len(SERVED_BY)],
            "agent": {"position": POSITIONS[number // 2 % len(POSITIONS)], "reasons": "网络条件不足。"},
        }
        for number in range(sides)
    ]
    people = [{"id": f"witness-{number}", "objection": number % 2 == 0} for number in range(witnesses)]
    grounds = ["case_type", "complexity", "social_impact", "other", *(f"need:{need}" for need in NEEDS)]
    for party in parties:
        grounds += [f"{ground}:{party['id']}" for ground in ("objection", "retraction", "incapacity")]
    grounds += [f"witness:{person['id']}" for person in people]
    rulings = [
        {
            "ground": ground,
            "held": number % 2 == 0,
            "reasons": "经审查，双方的陈述和提交的材料可以认定上述情形，依照规则作出裁定。",
            "article": "OLR 21",
            "by": "judge-1",
            "at": f"2026-11-20T{number // 60:02}:{number % 60:02}:00+08:00",
        }
        for number, ground in enumerate(grounds[:MOST_RULINGS])
    ]
    return {
        "proceeding": "hearing",
        "stage": "trial",
        "case_type": "criminal_other",
        "closed": "on_application_granted",
        "parties": parties,
        "witnesses": people,
        "needs": list(NEEDS),
        "complexity": "significant_and_complex",
        "social_impact": "major",
        "rulings": rulings,
    }


SIZES: dict[str, Callable[[], dict[str, Any]]] = {
    "small, 2 sides": small,
    "largest case document": largest_case,
    "large, 20 sides and 20 witnesses": lambda: large(20, 20),
    "limit, 200 sides and 200 witnesses": lambda: large(MOST_PARTIES, MOST_WITNESSES),
}


def rate(document: dict[str, Any], ruleset: Ruleset, seconds: float) -> float:
    """Determinations per second over at least `seconds`, each of facts read anew, whose hash nobody has asked for."""
    decided, spent_s = 0, 0.0
    while spent_s < seconds:
        batch = [parse_facts(document) for _ in range(20)]
        began_s = time.process_time()
        for facts in batch:
            determine(facts, ruleset, ON)
        spent_s += time.process_time() - began_s
        decided += len(batch)
    return decided / spent_s


def run(*, rounds: int, seconds: float) -> Figures:
    """Each size under each rule set, `rounds` times for `seconds`."""
    figures = Figures(
        "eligibility", "Determinations per second of processor time on one core, hash of the facts included"
    )
    figures.settings = {"rounds": rounds, "seconds_each": seconds, "on": ON.isoformat()}
    for label, make in SIZES.items():
        document = make()
        facts = parse_facts(document)
        for name in ruleset_names():
            ruleset = load_ruleset(name, ON)
            rates = [rate(document, ruleset, seconds) for _ in range(rounds)]
            figures.rows.append(
                {
                    "facts": label,
                    "rule_set": name,
                    "bytes": len(str(facts_document(facts)).encode()),
                    "rulings": len(facts.rulings),
                    "findings": len(determine(facts, ruleset, ON).findings),
                    "median_per_s": round(statistics.median(rates)),
                    "min_per_s": round(min(rates)),
                    "max_per_s": round(max(rates)),
                }
            )
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.eligibility", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, choices=range(1, 101), metavar="1..100")
    parser.add_argument("--seconds", type=float, default=0.3, help="of deciding in each round")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not 0 < options.seconds <= 60:
        parser.error("--seconds must be above 0 and at most 60")
    run(rounds=options.rounds, seconds=options.seconds).show(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
