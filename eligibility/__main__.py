"""`python -m eligibility`: decide a facts document, print the rules, or compare rule sets.

Exit status: 0 the room may open (allow, warn, hybrid), 3 it may not (block, await_ruling), 2 the document, the rule
set or the command line is bad. `rules` and `diff` exit 0 when they could print.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

from eligibility.comparison import compare
from eligibility.document import DocumentError
from eligibility.engine import determine
from eligibility.explanation import differences, explanation, rules_table, summary
from eligibility.facts import CaseFacts
from eligibility.loader import load_facts, load_ruleset, read_facts, ruleset_names
from eligibility.wording import LANGUAGES

MAY_OPEN, BAD_INPUT, MAY_NOT_OPEN = 0, 2, 3
_FILE = "the facts document (YAML or JSON); - reads standard input"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argparse itself exits with 2 on a bad command line."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except DocumentError as failure:
        if options.lang != "zh":
            print(failure, file=sys.stderr)
        if options.lang != "en":
            print(failure.chinese, file=sys.stderr)
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eligibility", description="May this proceeding be held online?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    known = f"{', '.join(ruleset_names())}, or the path of a folder"

    check = commands.add_parser("check", help="decide one facts document")
    check.add_argument("file", help=_FILE)
    check.add_argument("--ruleset", required=True, help=known)
    _add_day(check)
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the determination as one JSON object")
    form.add_argument(
        "--explain", action="store_true", help="print fact, rule, citation and outcome of each finding"
    )
    _add_language(check)
    check.set_defaults(run=_check)

    rules = commands.add_parser("rules", help="print a rule set as it stood on a date")
    rules.add_argument("--ruleset", required=True, help=known)
    _add_day(rules)
    rules.add_argument(
        "--json", action="store_true", help="print the rule set and its rules as one JSON object"
    )
    _add_language(rules)
    rules.set_defaults(run=_rules)

    diff = commands.add_parser("diff", help="show where rule sets or dates decide the same facts differently")
    diff.add_argument("file", help=_FILE)
    diff.add_argument(
        "--rulesets", required=True, type=_names, help=f"A,B: of {known}; one will do for two dates"
    )
    diff.add_argument(
        "--on", required=True, type=_days, help="YYYY-MM-DD in Asia/Shanghai, or several with commas"
    )
    diff.add_argument("--json", action="store_true", help="print the comparison as one JSON object")
    _add_language(diff)
    diff.set_defaults(run=_diff)
    return parser


def _add_day(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on", required=True, type=_day, help="the date that decides, YYYY-MM-DD in Asia/Shanghai"
    )


def _day(text: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; allowed: YYYY-MM-DD") from None


def _days(text: str) -> list[date]:
    return [_day(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    names = text.split(",")
    if not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} does not name rule sets; allowed: A,B")
    return names


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=LANGUAGES, default="both", help="the language of what is printed (default: both)"
    )


def _facts(name: str) -> CaseFacts:
    return read_facts(sys.stdin.buffer, "standard input") if name == "-" else load_facts(name)


def _print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False))


def _check(options: argparse.Namespace) -> int:
    facts = _facts(options.file)
    ruleset = load_ruleset(options.ruleset, options.on)
    determination = determine(facts, ruleset, options.on)
    if options.json:
        _print_json(determination.to_json())
    elif options.explain:
        print(explanation(determination, facts, ruleset, options.lang))
    else:
        print(summary(determination, options.lang))
    return MAY_OPEN if determination.may_open else MAY_NOT_OPEN


def _rules(options: argparse.Namespace) -> int:
    ruleset = load_ruleset(options.ruleset, options.on)
    if options.json:
        _print_json(ruleset.to_json(options.on))
    else:
        print(rules_table(ruleset, options.on, options.lang))
    return 0


def _diff(options: argparse.Namespace) -> int:
    columns = [(load_ruleset(name, on), on) for name in options.rulesets for on in options.on]
    if len(columns) < 2:
        print(
            "diff: one rule set on one date is nothing to compare; allowed: --rulesets A,B", file=sys.stderr
        )
        return BAD_INPUT
    comparison = compare(_facts(options.file), columns)
    if options.json:
        _print_json(comparison.to_json())
    else:
        print(differences(comparison, options.lang))
    return 0


if __name__ == "__main__":
    # The texts are Chinese and English whatever the machine's locale.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        exit_status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away (`| head`). Python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        exit_status = BAD_INPUT
    sys.exit(exit_status)
