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

from eligibility.document import DocumentError
from eligibility.engine import determine
from eligibility.explanation import differences, explanation, rules_table, summary
from eligibility.loader import load_facts, load_ruleset, ruleset_names

MAY_OPEN, BAD_INPUT, MAY_NOT_OPEN = 0, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argparse itself exits with 2 on a bad command line."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except DocumentError as failure:
        print(failure, file=sys.stderr)
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eligibility", description="May this proceeding be held online?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    known = f"{', '.join(ruleset_names())}, or the path of a folder"

    check = commands.add_parser("check", help="decide one facts document")
    check.add_argument("file", help="the facts document (YAML)")
    check.add_argument("--ruleset", required=True, help=known)
    _add_day(check)
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the determination as one JSON object")
    form.add_argument(
        "--explain", action="store_true", help="print fact, rule, citation and outcome of each finding"
    )
    check.set_defaults(run=_check)

    rules = commands.add_parser("rules", help="print a rule set as it stood on a date")
    rules.add_argument("--ruleset", required=True, help=known)
    _add_day(rules)
    rules.set_defaults(run=_rules)

    diff = commands.add_parser("diff", help="show where two rule sets decide the same facts differently")
    diff.add_argument("file", help="the facts document (YAML)")
    diff.add_argument("--rulesets", required=True, type=_two_names, help=f"two of {known}, joined by a comma")
    _add_day(diff)
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


def _two_names(text: str) -> tuple[str, str]:
    names = text.split(",")
    if len(names) != 2 or not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} does not name two rule sets; allowed: A,B")
    return names[0], names[1]


def _check(options: argparse.Namespace) -> int:
    facts = load_facts(options.file)
    ruleset = load_ruleset(options.ruleset, options.on)
    determination = determine(facts, ruleset, options.on)
    if options.json:
        print(json.dumps(determination.to_json(), ensure_ascii=False))
    elif options.explain:
        print(explanation(determination, facts, ruleset))
    else:
        print(summary(determination))
    return MAY_OPEN if determination.may_open else MAY_NOT_OPEN


def _rules(options: argparse.Namespace) -> int:
    print(rules_table(load_ruleset(options.ruleset, options.on), options.on))
    return 0


def _diff(options: argparse.Namespace) -> int:
    facts = load_facts(options.file)
    first, second = (load_ruleset(name, options.on) for name in options.rulesets)
    print(differences(determine(facts, first, options.on), determine(facts, second, options.on)))
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
