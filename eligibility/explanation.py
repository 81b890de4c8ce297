"""Determinations and rule sets as text that a lawyer can read. Pure."""

from __future__ import annotations

from datetime import date

from eligibility.determination import OUTCOMES, Determination, Finding, Outcome
from eligibility.facts import PROCEEDINGS, CaseFacts, Proceeding
from eligibility.ruleset import Asserter, Decider, Rule, Ruleset

_OUTCOME_NAMES: dict[Outcome, tuple[str, str]] = {
    "block": ("may not open online", "不得在线进行"),
    "await_ruling": ("may not open online before a ruling", "须待法官裁定"),
    "hybrid": ("opens; those named attend at court", "部分人员到法院参加"),
    "warn": ("opens; noted on the record", "可以在线进行，记入笔录"),
    "allow": ("opens", "可以在线进行"),
}
_ASSERTER_NAMES: dict[Asserter, str] = {
    "side": "a side",
    "equipment_test": "a failed equipment test",
    "judge": "the judge",
    "case_filing_office": "the case-filing office",
    "court": "the court",
    "mediator": "the mediator",
    "nobody": "nobody (it follows from what was not said)",
}
_DECIDER_NAMES: dict[Decider, str] = {
    "system": "the system",
    "judge": "the judge",
    "judge_reasoned": "the judge, with reasons",
    "parties": "the parties",
}
_PROCEEDING_NAMES: dict[Proceeding, str] = {
    "hearing": "Online hearing 在线庭审",
    "mediation": "Online mediation 在线调解",
}


def summary(determination: Determination) -> str:
    """The decision in a few lines: outcome, who attends at court, what is awaited, and each finding in one line."""
    lines = [
        f"{determination.outcome}{' (final)' if determination.final else ''}: {_named(determination.outcome)}"
    ]
    lines += _consequences(determination)
    lines += [
        f"  {found.outcome:12}  {found.about}: {found.rule}  [{found.citation}]"
        for found in determination.findings
    ]
    return "\n".join(lines)


def explanation(determination: Determination, facts: CaseFacts, ruleset: Ruleset) -> str:
    """A readable account of a determination: for each finding fact → rule → citation → outcome.

    `ruleset` is the one that decided; raises RulesetError where a finding's rule is not in it.
    """
    final = " (final: no ruling lifts it, only changed facts)" if determination.final else ""
    kind = _PROCEEDING_NAMES[facts.proceeding]
    lines = [
        f"{kind}, stage {facts.stage}, {facts.case_type}, on {determination.on}",
        f"Rule set   {determination.ruleset}: {ruleset.title.en} {ruleset.title.zh}",
        f"Outcome    {determination.outcome}{final}: {_named(determination.outcome)}",
        *_consequences(determination),
        f"Facts      SHA-256 {determination.facts_sha256}",
    ]
    if not determination.findings:
        lines += ["", "No rule stands in the way of holding this online. 没有规则妨碍在线进行。"]
    for number, found in enumerate(determination.findings, 1):
        lines += ["", *_account(number, found, ruleset.rule(found.rule, determination.on))]
    return "\n".join(lines)


def rules_table(ruleset: Ruleset, on: date) -> str:
    """All rules in force on a date, by proceeding and family, with who asserts, who decides, outcome and source."""
    lines = [
        f"{ruleset.version} on {on}: {ruleset.title.en} {ruleset.title.zh}",
        ruleset.source.en,
        ruleset.source.zh,
    ]
    if ruleset.superseded_by is not None:
        lines.append(f"Superseded by {ruleset.superseded_by.ruleset} from {ruleset.superseded_by.from_date}")
    for proceeding in PROCEEDINGS:
        rules = ruleset.rules_on(on, proceeding)
        lines += ["", f"== {_PROCEEDING_NAMES[proceeding]} =="]
        for rule in sorted(rules, key=lambda rule: (rule.family, OUTCOMES.index(rule.outcome), rule.id)):
            lines += ["", *_table_row(rule)]
    return "\n".join(lines)


def _named(outcome: Outcome) -> str:
    return " ".join(_OUTCOME_NAMES[outcome])


def _consequences(determination: Determination) -> list[str]:
    lines = []
    if determination.in_person:
        lines.append(f"At court   {', '.join(determination.in_person)}")
    if determination.awaiting:
        lines.append(f"Awaiting   a ruling on {', '.join(determination.awaiting)}")
    lines.append(f"Gallery    {'open' if determination.gallery else 'closed'}")
    if determination.superseded_by is not None:
        successor = determination.superseded_by
        lines.append(
            f"Note       {determination.ruleset} is superseded by {successor.ruleset} from {successor.from_date}"
        )
    return lines


def _account(number: int, found: Finding, rule: Rule) -> list[str]:
    return [
        f"{number}. {found.about}",
        f"   fact      {rule.fact.en} {rule.fact.zh}",
        f"             asserted by {_asserters(rule)}; decided by {_DECIDER_NAMES[rule.decided_by]}",
        f"   rule      {found.rule} (in force from {rule.from_date}{f' to {rule.to_date}' if rule.to_date else ''})",
        f"   citation  {found.citation}",
        f"             {rule.source.en}",
        f"             {rule.source.zh}",
        f"   outcome   {_effect(rule)}",
        f"   text      {found.text.en}",
        f"             {found.text.zh}",
    ]


def _table_row(rule: Rule) -> list[str]:
    return [
        f"{rule.fact.en} {rule.fact.zh}",
        f"  outcome      {_effect(rule)}",
        f"  asserted by  {_asserters(rule)}",
        f"  decided by   {_DECIDER_NAMES[rule.decided_by]}",
        f"  source       {rule.citation}: {rule.source.en}",
        f"               {rule.source.zh}",
        f"  rule         {rule.id}, from {rule.from_date}{f' to {rule.to_date}' if rule.to_date else ''}",
    ]


def _asserters(rule: Rule) -> str:
    return " or ".join(_ASSERTER_NAMES[asserter] for asserter in rule.asserted_by)


def _effect(rule: Rule) -> str:
    final = ", final" if rule.final else ""
    awaits = f" on {rule.awaits}" if rule.awaits else ""
    gallery = ", no gallery" if rule.closes_gallery else ""
    return f"{rule.outcome}{final}{awaits}{gallery}"


def differences(first: Determination, second: Determination) -> str:
    """Where two determinations of the same facts differ, and by which findings; one line where they do not."""
    lines = [f"{'':12}{first.ruleset:28}{second.ruleset}"]
    for label, left, right in (
        ("outcome", _decision(first), _decision(second)),
        ("at court", ", ".join(first.in_person), ", ".join(second.in_person)),
        ("awaiting", ", ".join(first.awaiting), ", ".join(second.awaiting)),
        ("gallery", "open" if first.gallery else "closed", "open" if second.gallery else "closed"),
    ):
        mark = "" if left == right else "  (differs)"
        lines.append(f"{label:12}{left or '-':28}{right or '-'}{mark}")
    ours = {(found.rule, found.about): found for found in first.findings}
    theirs = {(found.rule, found.about): found for found in second.findings}
    for rule, about in sorted(ours.keys() | theirs.keys()):
        left_found, right_found = ours.get((rule, about)), theirs.get((rule, about))
        if left_found and right_found and left_found.outcome == right_found.outcome:
            continue
        lines += ["", f"{rule}, about {about}"]
        for determination, found in ((first, left_found), (second, right_found)):
            lines.append(f"  {determination.ruleset:26}{_reason(found)}")
    return "\n".join(lines)


def _decision(determination: Determination) -> str:
    return f"{determination.outcome}{' (final)' if determination.final else ''}"


def _reason(found: Finding | None) -> str:
    return f"{found.outcome} [{found.citation}] {found.text.en}" if found else "no such rule applies"
