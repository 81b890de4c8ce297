"""Reading of untrusted documents: every problem is collected, and says where it is and what is allowed.

Pure. A document is a plain tree (mappings, lists, text, booleans); `Lines` tells where each path of it stood in a
file, when it came from one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from eligibility.problem_words import in_chinese

Path = tuple[str | int, ...]
Lines = Mapping[Path, int]
"""The 1-based line on which the value at a path (or, with a trailing key, its key) stands."""

NO_LINES: Lines = {}


class ProblemDict(TypedDict, total=False):
    """A problem as plain JSON: `path` and `message` always, `allowed` and `line` where known."""

    path: str
    message: str
    allowed: list[str]
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`path`, and `line` counted from 1), what, and what is allowed instead."""

    path: str
    message: str
    allowed: tuple[str, ...] = ()
    line: int | None = None

    def to_json(self) -> ProblemDict:
        found: ProblemDict = {"path": self.path, "message": self.message}
        if self.allowed:
            found["allowed"] = list(self.allowed)
        if self.line is not None:
            found["line"] = self.line
        return found

    def describe(self, source: str) -> str:
        where = source if self.line is None else f"{source}:{self.line}"
        allowed = f"; allowed: {', '.join(self.allowed)}" if self.allowed else ""
        return f"{where}: {self.path + ': ' if self.path else ''}{self.message}{allowed}"

    def describe_zh(self, source: str) -> str:
        """The same in Chinese."""
        where = source if self.line is None else f"{source}第{self.line}行"
        allowed = f"；允许：{'、'.join(self.allowed)}" if self.allowed else ""
        path = f"{self.path}：" if self.path else ""
        return f"{where}：{path}{in_chinese(self.message) or self.message}{allowed}"


class DocumentError(ValueError):
    """A document that cannot be accepted. `problems` lists all that is wrong with it, never only the first."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.details: tuple[Problem, ...] = tuple(problems)
        self.problems: list[ProblemDict] = [problem.to_json() for problem in problems]
        super().__init__("\n".join(problem.describe(source) for problem in problems))

    @property
    def chinese(self) -> str:
        """What `str` says in English, one line for each problem."""
        return "\n".join(problem.describe_zh(self.source) for problem in self.details)


def show_path(path: Path) -> str:
    """`("parties", 0, "id")` as `parties[0].id`."""
    shown = ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f"{'.' if shown else ''}{step}"
    return shown


def show_value(value: object) -> str:
    """A value as its author wrote it, shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value)[:61])
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'


class Problems:
    """Collects what is wrong with one document."""

    def __init__(self, source: str, lines: Lines = NO_LINES) -> None:
        self.source = source
        self.lines = lines
        self.found: list[Problem] = []

    def add(self, path: Path, message: str, allowed: Sequence[str] = ()) -> None:
        self.found.append(Problem(show_path(path), message, tuple(allowed), self.line_of(path)))

    def line_of(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest thing around it that has one (a missing key has none)."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def raise_any(self, error: Callable[[str, Sequence[Problem]], DocumentError]) -> None:
        if self.found:
            raise error(self.source, sorted(self.found, key=lambda problem: problem.line or 0))


_ABSENT: Any = object()


class Fields:
    """The keys of one mapping. Each is taken by its kind; `finish` reports those that nobody asked for."""

    def __init__(self, value: object, path: Path, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._known: list[str] = []
        self._values: Mapping[str, Any] = {}
        self.valid = isinstance(value, Mapping)
        if isinstance(value, Mapping):
            self._values = value
        else:
            problems.add(path, f"must be a mapping of keys to values, not {show_value(value)}")

    def at(self, key: str) -> Path:
        return (*self.path, key)

    def has(self, key: str) -> bool:
        return key in self._values

    def raw(self, key: str, required: bool = False) -> Any:
        """The value as it stands, or None where the key is left out."""
        self._known.append(key)
        value = self._values.get(key, _ABSENT)
        if value is _ABSENT:
            if required and self.valid:
                self.problems.add(self.path, f"the key `{key}` is missing")
            return None
        return value

    def _present(self, key: str, required: bool) -> tuple[bool, Any]:
        value = self.raw(key, required)
        return key in self._values, value

    def text(self, key: str, *, default: str | None = None, longest: int = 20_000, blank: bool = True) -> str:
        """A text of at most `longest` characters; required unless there is a `default`."""
        present, value = self._present(key, default is None)
        if not present:
            return default or ""
        checked = checked_text(value, self.at(key), self.problems, longest)
        if checked is not None and not blank and not checked.strip():
            self.problems.add(self.at(key), "must not be blank")
        return checked or ""

    def choice(self, key: str, allowed: Sequence[str], *, default: str | None = None) -> Any:
        """One of `allowed`; required unless there is a `default`."""
        present, value = self._present(key, default is None)
        if not present:
            return default if default is not None else allowed[0]
        if not isinstance(value, str) or value not in allowed:
            self.problems.add(self.at(key), f"{show_value(value)} is not allowed here", allowed)
            return allowed[0]
        return value

    def choices(self, key: str, allowed: Sequence[str], *, required: bool = False) -> tuple[Any, ...]:
        """A list of distinct values out of `allowed`."""
        values = self.items(key, required=required)
        kept: list[str] = []
        for index, value in enumerate(values):
            if not isinstance(value, str) or value not in allowed:
                self.problems.add((*self.at(key), index), f"{show_value(value)} is not allowed here", allowed)
            elif value in kept:
                self.problems.add((*self.at(key), index), f"{show_value(value)} is given twice")
            else:
                kept.append(value)
        return tuple(kept)

    def flag(self, key: str, *, default: bool) -> bool:
        present, value = self._present(key, False)
        if not present:
            return default
        if not isinstance(value, bool):
            self.problems.add(self.at(key), f"{show_value(value)} is not a boolean", ("true", "false"))
            return default
        return value

    def day(self, key: str, *, required: bool) -> date | None:
        """A calendar date, `YYYY-MM-DD`."""
        present, value = self._present(key, required)
        if not present:
            return None
        try:
            if not isinstance(value, str) or len(value) != 10:
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError:
            self.problems.add(self.at(key), f"{show_value(value)} is not a date", ("YYYY-MM-DD",))
            return None

    def items(self, key: str, *, required: bool = False, most: int = 1000) -> list[Any]:
        """A list of at most `most` entries; empty where the key is left out."""
        present, value = self._present(key, required)
        if not present:
            return []
        if not isinstance(value, list):
            self.problems.add(self.at(key), f"must be a list, not {show_value(value)}")
            return []
        if len(value) > most:
            self.problems.add(self.at(key), f"has {len(value)} entries, at most {most} are allowed")
            return []
        return value

    def sections(self, key: str, *, required: bool = False, most: int = 1000) -> Iterator[Fields]:
        """A list of mappings, each finished (its unknown keys reported) when the next is asked for."""
        for index, value in enumerate(self.items(key, required=required, most=most)):
            section = Fields(value, (*self.at(key), index), self.problems)
            yield section
            section.finish()

    def section(self, key: str, *, required: bool = False) -> Fields | None:
        """A mapping under `key`. The caller finishes it."""
        present, value = self._present(key, required)
        return Fields(value, self.at(key), self.problems) if present else None

    def finish(self) -> None:
        """Report the keys that are not known here."""
        for key in self._values:
            if key not in self._known:
                self.problems.add(
                    (*self.path, key), f"unknown key `{str(key)[:60]}`", tuple(dict.fromkeys(self._known))
                )


def checked_text(value: object, path: Path, problems: Problems, longest: int) -> str | None:
    """`value` if it is text that can be stored as UTF-8, else None with a problem added."""
    if not isinstance(value, str):
        problems.add(path, f"must be text, not {show_value(value)} (put it in quotes)")
        return None
    if len(value) > longest:
        problems.add(path, f"is {len(value)} characters long, at most {longest} are allowed")
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        problems.add(path, "holds half of a surrogate pair, which is not a character")
        return None
    return value
