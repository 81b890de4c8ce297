"""The decision: every rule that applies is a finding, and the strongest finding wins. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from eligibility.circumstances import CaseState, survey
from eligibility.conditions import About, Subject
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
    agenda = ruleset.agenda(on, facts.proceeding)
    applied = _apply(agenda.first, case)
    # No deferred rule is hybrid: the loader refuses one that would change what it depends on.
    at_court = {about for rule, about in applied if rule.outcome == "hybrid"}
    if agenda.deferred:
        everyone = all(party.id in at_court for party in facts.parties)
        applied += _apply(agenda.deferred, replace(case, every_side_in_person=everyone))
    outcome: Outcome = max((rule.outcome for rule, _ in applied), key=STRENGTH.__getitem__, default="allow")
    gallery = ruleset.gallery[facts.proceeding] and not any(rule.closes_gallery for rule, _ in applied)
    return Determination(
        outcome=outcome,
        final=any(rule.final for rule, _ in applied),
        in_person=tuple(sorted(at_court)),
        awaiting=tuple(sorted({_ground(rule, about) for rule, about in applied if rule.awaits is not None})),
        gallery=gallery,
        findings=_findings(applied, facts, ruleset),
        ruleset=ruleset.version,
        on=on,
        facts_sha256=facts.sha256,
        superseded_by=ruleset.superseded_by,
    )


def _apply(rules: Mapping[About, tuple[Rule, ...]], case: CaseState) -> list[Applied]:
    applied: list[Applied] = []
    for about, own in rules.items():
        # Subjects in the same state fall under the same rules, so each state is tested once.
        tested: dict[Subject, list[Rule]] = {}
        for name, state in _subjects(case, about):
            hits = tested.get(state)
            if hits is None:
                hits = tested[state] = [rule for rule in own if rule.when.test(case, state)]
            for rule in hits:
                applied.append((rule, name))
    return applied


def _subjects(case: CaseState, about: About) -> Sequence[tuple[str, Subject]]:
    if about == "each_party":
        return case.sides
    if about == "each_need":
        return case.needs
    if about == "each_witness":
        return case.witnesses
    return (("proceeding", None),)


def _ground(rule: Rule, about: str) -> str:
    return f"{rule.awaits}" if rule.about == "proceeding" else f"{rule.awaits}:{about}"


def _findings(applied: list[Applied], facts: CaseFacts, ruleset: Ruleset) -> tuple[Finding, ...]:
    applied.sort(key=_strongest_first)
    kind = ruleset.terms.get(facts.case_type)
    worded: dict[str, tuple[str, str]] = {}
    found = []
    for rule, about in applied:
        texts = worded.get(rule.id)
        if texts is None:
            texts = worded[rule.id] = _of_kind(rule, kind)
        found.append(
            Finding(rule.id, about, rule.outcome, rule.citation, _filled(texts, rule, about, ruleset))
        )
    return tuple(found)


def _strongest_first(entry: Applied) -> tuple[int, str, str]:
    rule, about = entry
    return -STRENGTH[rule.outcome], rule.id, about


def _of_kind(rule: Rule, kind: Translated | None) -> tuple[str, str]:
    """The rule's text in English and Chinese, with `{case_type}` in the rule set's own words.

    Before `{about}`: an id is free text and could itself look like a placeholder.
    """
    en, zh = rule.text.en, rule.text.zh
    if kind is None:
        return en, zh  # The loader has seen to it that no rule needs a word that is missing.
    return en.replace("{case_type}", kind.en), zh.replace("{case_type}", kind.zh)


def _filled(texts: tuple[str, str], rule: Rule, about: str, ruleset: Ruleset) -> Translated:
    """The text with `{about}` filled in; needs in the rule set's own words."""
    en, zh = texts
    if rule.about == "each_need" and about in ruleset.terms:
        need = ruleset.terms[about]
        return Translated(en.replace("{about}", need.en), zh.replace("{about}", need.zh))
    return Translated(en.replace("{about}", about), zh.replace("{about}", about))
