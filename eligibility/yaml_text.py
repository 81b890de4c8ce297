"""YAML text to a plain tree with the line of every value.

ruamel.yaml parses; what a plain word means is decided here and does not depend on a `%YAML` directive: `true` and
`false` are the only booleans (YAML 1.2 without its capitalised spellings), so `yes`, `no`, `on` and `off` are text.
Dates stay text. Aliases, tags and duplicate keys are refused: nobody reading the file could see what they hide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from eligibility.document import DocumentError, Path, Problem, Problems

LONGEST_TEXT = 2_000_000
"""Characters of YAML that are read at all."""
DEEPEST = 20
_NULLS = frozenset({"", "~", "null"})
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")

MakeError = Callable[[str, Sequence[Problem]], DocumentError]


def read_yaml(text: str, source: str, error: MakeError) -> tuple[Any, dict[Path, int]]:
    """The tree of one YAML document and the line (from 1) of every path in it; raises what `error` makes."""
    if len(text) > LONGEST_TEXT:
        raise error(source, [Problem("", f"is longer than {LONGEST_TEXT} characters")])
    reader = _TreeReader(source, iter(()))
    try:
        # Events, not nodes: the reader stops at the first thing nested too deeply, before that gets costly.
        reader = _TreeReader(source, iter(YAML(typ="rt", pure=True).parse(text)))
        tree = reader.document()
    except MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        message = failure.problem or failure.context or "is not YAML"
        raise error(
            source, [Problem("", f"not YAML: {message}", (), mark.line + 1 if mark else None)]
        ) from failure
    except (YAMLError, ValueError) as failure:
        raise error(source, [Problem("", f"not YAML: {str(failure).splitlines()[0]}")]) from failure
    except _StopReading:
        tree = None
    reader.problems.raise_any(error)
    return tree, reader.lines


class _StopReading(Exception):
    """There is a problem after which the rest of the text is not worth reading."""


class _TreeReader:
    """Builds the tree from parser events. `lines` holds the line of each key or list entry."""

    def __init__(self, source: str, events: Iterator[Event]) -> None:
        self.lines: dict[Path, int] = {}
        self.problems = Problems(source, self.lines)
        self._events = events

    def document(self) -> Any:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), StreamEndEvent):
            self._stop((), "is empty", 1)
        tree = self._value(next(self._events), ())
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            self._stop((), "not YAML of one document: a second one starts here", after.start_mark.line + 1)
        return tree

    def _stop(self, path: Path, message: str, line: int) -> NoReturn:
        self.lines[path] = line
        self.problems.add(path, message)
        raise _StopReading

    def _value(self, event: Any, path: Path) -> Any:
        line = event.start_mark.line + 1
        self.lines.setdefault(path, line)
        if len(path) > DEEPEST:
            self._stop((), "is nested too deeply", line)
        if isinstance(event, AliasEvent):
            self.problems.add(path, "aliases (`*name`) are not allowed: write the value out")
            return None
        if event.tag is not None:
            self.problems.add(path, f"tags ({str(event.tag)[:40]}) are not allowed")
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        return _scalar(str(event.value), plain=not event.style)

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, ScalarEvent):
                self._stop(path, "a key must be a word", line)
            key = str(event.value)
            here = (*path, key)
            first = self.lines.get(here)
            self.lines[here] = line
            if key in found:
                self.problems.add(here, f"the key `{key}` is given twice (first in line {first})")
            found[key] = self._value(next(self._events), here)
        return found


def _scalar(text: str, plain: bool) -> str | bool | int | None:
    if not plain:
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in _NULLS:
        return None
    return int(text) if _INTEGER.match(text) else text
