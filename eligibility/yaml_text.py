"""YAML text to a plain tree with the line of every value.

ruamel.yaml parses; what a plain word means is decided here and does not depend on a `%YAML` directive: `true` and
`false` are the only booleans (YAML 1.2 without its capitalised spellings), so `yes`, `no`, `on` and `off` are text.
Dates stay text. Aliases, tags and duplicate keys are refused: nobody reading the file could see what they hide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

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
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        message = failure.problem or failure.context or "is not YAML"
        raise error(
            source, [Problem("", f"not YAML: {message}", (), mark.line + 1 if mark else None)]
        ) from failure
    except (YAMLError, ValueError) as failure:
        raise error(source, [Problem("", f"not YAML: {str(failure).splitlines()[0]}")]) from failure
    except RecursionError as failure:
        raise error(source, [Problem("", "is nested too deeply")]) from failure
    if root is None:
        raise error(source, [Problem("", "is empty", (), 1)])
    reader = _TreeReader(source)
    tree = reader.value(root, ())
    reader.problems.raise_any(error)
    return tree, reader.lines


class _TreeReader:
    def __init__(self, source: str) -> None:
        self.lines: dict[Path, int] = {}
        self.problems = Problems(source, self.lines)
        self._seen: set[int] = set()

    def value(self, node: Node, path: Path) -> Any:
        self.lines[path] = self.lines.get(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            self.problems.add(path, "aliases (`*name`) are not allowed: write the value out")
            return None
        self._seen.add(id(node))
        if len(path) > DEEPEST:
            self.problems.add(path, "is nested too deeply")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.problems.add(path, "a key must be a word")
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in found:
                first = self.lines[here]
                self.lines[here] = key_node.start_mark.line + 1
                self.problems.add(here, f"the key `{key}` is given twice (first in line {first})")
                continue
            self.lines[here] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, here)
        return found

    def _scalar(self, node: ScalarNode, path: Path) -> str | bool | int | None:
        tag = str(node.tag)
        if not tag.startswith("tag:yaml.org,2002:") or tag.endswith((":binary", ":set", ":omap")):
            self.problems.add(path, f"tags ({tag[:40]}) are not allowed")
            return None
        text = str(node.value)
        if node.style:
            return text
        if text in ("true", "false"):
            return text == "true"
        if text in _NULLS:
            return None
        return int(text) if _INTEGER.match(text) else text
