"""JSON text to the same plain tree that YAML gives, with the line of every value where it can be told."""

from __future__ import annotations

import json
from typing import Any

from eligibility.document import Path, Problem
from eligibility.yaml_text import LONGEST_TEXT, MakeError, read_yaml


class _KeyTwice(ValueError):
    """A key stands twice in one object."""


def read_json(text: str, source: str, error: MakeError) -> tuple[Any, dict[Path, int]]:
    """The tree of one JSON text and the line (from 1) of every path in it; raises what `error` makes.

    A key that stands twice is refused: a reader would not know which of the two counts.
    """
    if len(text) > LONGEST_TEXT:
        raise error(source, [Problem("", f"is longer than {LONGEST_TEXT} characters")])
    try:
        tree = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as failure:
        raise error(source, [Problem("", f"not JSON: {failure.msg}", (), failure.lineno)]) from failure
    except (_KeyTwice, RecursionError, ValueError) as failure:
        what = (
            str(failure)
            if isinstance(failure, _KeyTwice)
            else "is nested too deeply or holds too long a number"
        )
        raise error(source, [Problem("", what)]) from failure
    return tree, _lines(text, source, error)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _KeyTwice(f"the key `{key[:60]}` is given twice")
        found[key] = value
    return found


def _lines(text: str, source: str, error: MakeError) -> dict[Path, int]:
    """Nearly all JSON is YAML as well, whose reader knows the lines; where it is not, problems name only the path."""
    try:
        return read_yaml(text, source, error)[1]
    except ValueError:
        return {}
