"""The decision: every rule that applies is a finding, and the strongest finding wins. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from eligibility.circumstances import CaseState, survey
from eligibility.conditions import Subject
from eligibility.determination import STRENGTH, Determination, Finding, Outcome, Translated
from eligibility.facts import CaseFacts
from eligibility.ruleset import Rule, Ruleset

Applied = tuple[Rule, str]
"""A rule and the id of what it applied to."""


def determine(facts: CaseFacts, ruleset: Ruleset, on: date) -> Determination:
    """Decide whether the proceeding may be held online under `ruleset` as it stood on `on` (a date in Asia/Shanghai).

    Equal facts, rule set and date give an equal determination, whatever the order of parties, needs and rulings.
    Raises RulesetError where the rule set was not in force on that date.
    """
    ruleset.require_in_force(on)
    case = survey(facts)
    rules = ruleset.rules_on(on, facts.proceeding)
    applied = _apply([rule for rule in rules if not rule.when.deferred], case)
    deferred = [rule for rule in rules if rule.when.deferred]
    if deferred:
        at_court = _in_person(applied)
        everyone = all(party.id in at_court for party in facts.parties)
        applied += _apply(deferred, replace(case, every_side_in_person=everyone))
    outcome: Outcome = max((rule.outcome for rule, _ in applied), key=STRENGTH.__getitem__, default="allow")
    gallery = ruleset.gallery[facts.proceeding] and not any(rule.closes_gallery for rule, _ in applied)
    return Determination(
        outcome=outcome,
        final=any(rule.final for rule, _ in applied),
        in_person=tuple(sorted(_in_person(applied))),
        awaiting=tuple(sorted({_ground(rule, about) for rule, about in applied if rule.awaits is not None})),
        gallery=gallery,
        findings=_findings(applied, facts, ruleset),
        ruleset=ruleset.version,
        on=on,
        facts_sha256=facts.sha256,
        superseded_by=ruleset.superseded_by,
    )


def _apply(rules: Sequence[Rule], case: CaseState) -> list[Applied]:
    applied: list[Applied] = []
    # Sides in the same state fall under the same rules, so each state is tested once.
    tested: dict[tuple[str, Subject], list[Rule]] = {}
    for about, subjects in _subjects(case):
        own = [rule for rule in rules if rule.about == about]
        for name, state in subjects if own else ():
            key = (about, state)
            hits = tested.get(key)
            if hits is None:
                hits = tested[key] = [rule for rule in own if rule.when.test(case, state)]
            applied += [(rule, name) for rule in hits]
    return applied


def _subjects(case: CaseState) -> tuple[tuple[str, Sequence[tuple[str, Subject]]], ...]:
    return (
        ("proceeding", (("proceeding", None),)),
        ("each_party", case.sides),
        ("each_need", case.needs),
        ("each_witness", case.witnesses),
    )


def _in_person(applied: Sequence[Applied]) -> set[str]:
    return {about for rule, about in applied if rule.outcome == "hybrid"}


def _ground(rule: Rule, about: str) -> str:
    return f"{rule.awaits}" if rule.about == "proceeding" else f"{rule.awaits}:{about}"


def _findings(applied: list[Applied], facts: CaseFacts, ruleset: Ruleset) -> tuple[Finding, ...]:
    applied.sort(key=lambda entry: (-STRENGTH[entry[0].outcome], entry[0].id, entry[1]))
    return tuple(
        Finding(rule.id, about, rule.outcome, rule.citation, _filled(rule, about, facts, ruleset))
        for rule, about in applied
    )


def _filled(rule: Rule, about: str, facts: CaseFacts, ruleset: Ruleset) -> Translated:
    """The rule's text with `{about}` and `{case_type}` filled in; needs and case types in the rule set's own words."""
    text = rule.text
    if "{" not in text.en and "{" not in text.zh:
        return text
    subject = ruleset.terms.get(about) if rule.about == "each_need" else None
    kind = ruleset.terms.get(facts.case_type)
    # {case_type} first: an id is free text and could itself look like a placeholder.
    return Translated(
        en=text.en.replace("{case_type}", kind.en if kind else facts.case_type).replace(
            "{about}", subject.en if subject else about
        ),
        zh=text.zh.replace("{case_type}", kind.zh if kind else facts.case_type).replace(
            "{about}", subject.zh if subject else about
        ),
    )
