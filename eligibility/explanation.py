"""Determinations, rule sets and comparisons as text that a lawyer can read, in English, Chinese or both. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from eligibility.comparison import ComparedAspect, ComparedFinding, Comparison
from eligibility.determination import OUTCOMES, Determination, Finding, Successor, Translated
from eligibility.facts import PROCEEDINGS, CaseFacts
from eligibility.ruleset import Rule, Ruleset
from eligibility.wording import (
    FINAL,
    OUTCOME_WORDS,
    PROCEEDING_WORDS,
    Language,
    asserters,
    decider,
    effect,
    entry,
    in_force,
    label,
    lines_of,
    padded,
    said,
    width_of,
    wrapped,
)

_MARGIN = 11
_ACCOUNT = 13
"""Columns up to the texts beside the labels of a decision, and of one finding."""


def summary(determination: Determination, language: Language = "both") -> str:
    """The decision in a few lines: outcome, who attends at court, what is awaited, and each finding in one line."""
    rows = [(found.outcome, found.about, found.rule, found.citation) for found in determination.findings]
    return "\n".join(
        [
            f"{_decision(determination)}: {said(OUTCOME_WORDS[determination.outcome], language)}",
            *_consequences(determination, language),
            *_columns(rows),
        ]
    )


def explanation(
    determination: Determination, facts: CaseFacts, ruleset: Ruleset, language: Language = "both"
) -> str:
    """A readable account of a determination: for each finding fact → rule → citation → outcome.

    `ruleset` is the one that decided; raises RulesetError where a finding's rule is not in it.
    """
    kind = said(PROCEEDING_WORDS[facts.proceeding], language)
    final = f" ({said(FINAL, language)})" if determination.final else ""
    outcome = f"{determination.outcome}{final}: {said(OUTCOME_WORDS[determination.outcome], language)}"
    lines = [
        f"{kind}, {facts.stage}, {facts.case_type}, {determination.on}",
        *_part("Rule set", "规则", [f"{ruleset.version}: {said(ruleset.title, language)}"], language),
        *_part("Outcome", "结论", [outcome], language),
        *_consequences(determination, language),
        *_part("Facts", "事实", [f"SHA-256 {determination.facts_sha256}"], language),
    ]
    if not determination.findings:
        none = Translated("No rule stands in the way of holding this online.", "没有规则妨碍在线进行。")
        lines += ["", *lines_of(none, language)]
    for number, found in enumerate(determination.findings, 1):
        lines += ["", *_account(number, found, ruleset.rule(found.rule, determination.on), language)]
    return "\n".join(lines)


def rules_table(ruleset: Ruleset, on: date, language: Language = "both") -> str:
    """All rules in force on a date: the decision tables, then every rule with who asserts it, its source and its text."""
    lines = [f"{ruleset.version}, {on}", *lines_of(ruleset.title, language)]
    for paragraph in lines_of(ruleset.source, language):
        lines += wrapped(paragraph, 0)
    lines += _part("Content", "内容", [f"SHA-256 {ruleset.sha256}"], language)
    if ruleset.superseded_by is not None:
        lines += _part(
            "Note", "注意", [_superseded(ruleset.version, ruleset.superseded_by, language)], language
        )
    tables = [(kind, _ordered(ruleset.rules_on(on, kind))) for kind in PROCEEDINGS]
    for kind, rules in tables:
        lines += ["", f"== {said(PROCEEDING_WORDS[kind], language)} ==", *_table(rules, language)]
    for kind, rules in tables:
        lines += ["", f"== {said(PROCEEDING_WORDS[kind], language)}: {label(_ONE_BY_ONE, language)} =="]
        for rule in rules:
            lines += ["", *wrapped(said(rule.fact, language), 0), *_rule_lines(rule, language)]
    return "\n".join(lines)


def differences(comparison: Comparison, language: Language = "both") -> str:
    """Where the columns differ, and by which findings; the findings that are the same in all are only counted."""
    columns = [
        f"{ruleset.version}, {found.on}"
        for ruleset, found in zip(comparison.rulesets, comparison.determinations, strict=True)
    ]
    lines = [f"{number}  {column}" for number, column in enumerate(columns, 1)]
    lines += [""]
    for row in comparison.aspects:
        lines += _aspect(row, language)
    differing = [row for row in comparison.findings if row.differs]
    for finding in differing:
        lines += ["", *_compared(finding, language)]
    same = len(comparison.findings) - len(differing)
    text = Translated(f"Findings that are the same in all: {same}.", f"各栏相同的认定：{same}项。")
    return "\n".join([*lines, "", said(text, language)])


def _decision(determination: Determination) -> str:
    return f"{determination.outcome}{' (final)' if determination.final else ''}"


def _part(en: str, zh: str, paragraphs: Sequence[str], language: Language) -> list[str]:
    return entry(label(Translated(en, zh), language), paragraphs, 0, _MARGIN)


def _account_part(en: str, zh: str, paragraphs: Sequence[str], language: Language) -> list[str]:
    return entry(label(Translated(en, zh), language), paragraphs, 3, _ACCOUNT)


def _superseded(version: str, by: Successor, language: Language) -> str:
    en = f"{version} is superseded by {by.ruleset} from {by.from_date}"
    return said(Translated(en, f"自{by.from_date}起已由{by.ruleset}取代"), language)


def _consequences(determination: Determination, language: Language) -> list[str]:
    lines = []
    if determination.in_person:
        lines += _part("At court", "到庭", [", ".join(determination.in_person)], language)
    if determination.awaiting:
        grounds = ", ".join(determination.awaiting)
        awaited = grounds if language == "zh" else f"a ruling on {grounds}"
        lines += _part("Awaiting", "待裁定", [awaited], language)
    gallery = Translated("open", "开放") if determination.gallery else Translated("closed", "不开放")
    lines += _part("Gallery", "旁听", [label(gallery, language)], language)
    if determination.superseded_by is not None:
        note = _superseded(determination.ruleset, determination.superseded_by, language)
        lines += _part("Note", "注意", [note], language)
    return lines


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as aligned and indented columns."""
    widths = [max(map(width_of, column)) + 2 for column in zip(*rows, strict=True)]
    return [f"  {_cells(row, widths)}".rstrip() for row in rows]


def _account(number: int, found: Finding, rule: Rule, language: Language) -> list[str]:
    said_by, by = asserters(rule, language), decider(rule, language)
    who = f"提出：{said_by}；认定：{by}" if language == "zh" else f"asserted by {said_by}; decided by {by}"
    return [
        f"{number}. {found.about}",
        *_account_part("fact", "事实", [said(rule.fact, language), who], language),
        *_account_part("rule", "规则", [f"{rule.id} ({_dated(rule, language)})"], language),
        *_account_part("citation", "依据", [found.citation, *lines_of(rule.source, language)], language),
        *_account_part("outcome", "结论", [effect(rule, language)], language),
        *_account_part("text", "说明", lines_of(found.text, language), language),
    ]


def _dated(rule: Rule, language: Language) -> str:
    return in_force(rule, language) if language == "zh" else f"in force {in_force(rule, language)}"


def _ordered(rules: Sequence[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: (rule.family, OUTCOMES.index(rule.outcome), rule.id))


def _table(rules: Sequence[Rule], language: Language) -> list[str]:
    """The decision table: one row for each rule, a gap between families, the fact last since it is the longest."""
    heads = (("outcome", "结论"), ("decided by", "认定"), ("source", "依据"), ("fact", "事实"))
    head = tuple(label(Translated(*words), language) for words in heads)
    rows = [
        (effect(rule, language, awaiting=False), decider(rule, language), rule.citation) for rule in rules
    ]
    widths = [max(map(width_of, column)) + 2 for column in zip(head, *rows, strict=False)]
    lines = ["", _cells(head, widths) + head[-1]]
    family = ""
    for rule, row in zip(rules, rows, strict=True):
        lines += [""] if rule.family != family else []
        family = rule.family
        lines += entry(_cells(row, widths), lines_of(rule.fact, language), 0, sum(widths))
    return lines


def _cells(row: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(padded(cell, width) for cell, width in zip(row, widths, strict=False))


def _rule_lines(rule: Rule, language: Language) -> list[str]:
    def part(en: str, zh: str, *paragraphs: str) -> list[str]:
        return entry(label(Translated(en, zh), language), paragraphs, 2, 15)

    return [
        *part("rule", "规则", f"{rule.id}, {in_force(rule, language)}"),
        *part("outcome", "结论", effect(rule, language)),
        *part("asserted by", "提出", asserters(rule, language)),
        *part("decided by", "认定", decider(rule, language)),
        *part("source", "依据", rule.citation, *lines_of(rule.source, language)),
        *part("text", "说明", *lines_of(rule.text, language)),
    ]


_ONE_BY_ONE = Translated("the rules one by one", "逐条说明")
_ASPECT_WORDS = {
    "outcome": Translated("outcome", "结论"),
    "final": Translated("final", "终局"),
    "in_person": Translated("at court", "到庭"),
    "awaiting": Translated("awaiting", "待裁定"),
    "gallery": Translated("gallery", "旁听"),
}


def _aspect(row: ComparedAspect, language: Language) -> list[str]:
    name = label(_ASPECT_WORDS[row.aspect], language)
    if not row.differs:
        same = label(Translated("the same", "相同"), language)
        return [f"{padded(name, 10)}  =  {_cell(row.cells[0], row.aspect, language)} ({same})"]
    lines = []
    for number, cell in enumerate(row.cells, 1):
        margin = f"{padded(name if number == 1 else '', 10)}  {number}  "
        lines += wrapped(_cell(cell, row.aspect, language), 15, margin)
    return lines


def _cell(cell: str | bool | tuple[str, ...], aspect: str, language: Language) -> str:
    if isinstance(cell, tuple):
        return ", ".join(cell) or "-"
    if aspect == "gallery":
        return label(Translated("open", "开放") if cell else Translated("closed", "不开放"), language)
    if isinstance(cell, bool):
        return label(Translated("yes", "是") if cell else Translated("no", "否"), language)
    return cell


def _compared(row: ComparedFinding, language: Language) -> list[str]:
    lines = [f"{row.rule}: {row.about}", *entry("", lines_of(row.fact, language), 2, 2)]
    none = label(Translated("no such finding", "没有这项认定"), language)
    for number, cell in enumerate(row.cells, 1):
        if cell is None:
            lines += [f"  {number}  {none}"]
            continue
        head = f"{effect(cell.rule, language)} [{cell.finding.citation}]"
        lines += entry(str(number), [head, *lines_of(cell.finding.text, language)], 2, 5)
    return lines
