"""Eligibility leaf: pure decisions on whether a proceeding may be held online.

`determine(facts, ruleset, on)` decides; rules are data (`rulesets/`), dated, cited and in two languages.
"""

from eligibility.comparison import ComparedAspect, ComparedCell, ComparedFinding, Comparison, compare
from eligibility.determination import OUTCOMES, Determination, Finding, Outcome, Successor, Translated
from eligibility.document import DocumentError
from eligibility.engine import determine
from eligibility.facts import (
    Agent,
    CaseFacts,
    FactsError,
    Party,
    Ruling,
    Witness,
    facts_document,
    facts_sha256,
)
from eligibility.loader import load_facts, load_ruleset, loads_facts, ruleset_names
from eligibility.reading import parse_facts
from eligibility.ruleset import Rule, Ruleset, RulesetError
from eligibility.versions import replay, ruleset_of_version

__all__ = [
    "OUTCOMES",
    "Agent",
    "CaseFacts",
    "ComparedAspect",
    "ComparedCell",
    "ComparedFinding",
    "Comparison",
    "Determination",
    "DocumentError",
    "FactsError",
    "Finding",
    "Outcome",
    "Party",
    "Rule",
    "Ruleset",
    "RulesetError",
    "Ruling",
    "Successor",
    "Translated",
    "Witness",
    "compare",
    "determine",
    "facts_document",
    "facts_sha256",
    "load_facts",
    "load_ruleset",
    "loads_facts",
    "parse_facts",
    "replay",
    "ruleset_names",
    "ruleset_of_version",
]
