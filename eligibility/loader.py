"""Facts and rule sets from YAML files. Errors name the file, the line and what is allowed.

A rule set is a folder: `ruleset.yaml` says what it is, every other `*.yaml` holds a family of rules. A rule that has
changed lists its `versions`, each with its dates and whatever differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from eligibility.conditions import ABOUT, SUBJECT_GROUNDS, About, Condition, compile_condition
from eligibility.determination import OUTCOMES, Outcome, Successor, Translated
from eligibility.document import DocumentError, Fields, Problem, Problems, show_value
from eligibility.document import Path as TreePath
from eligibility.facts import CASE_TYPES, NEEDS, PROCEEDINGS, CaseFacts, FactsError, Proceeding
from eligibility.json_text import read_json
from eligibility.reading import parse_facts
from eligibility.ruleset import ASSERTERS, DECIDERS, Rule, Ruleset, RulesetError, ruleset_error
from eligibility.yaml_text import LONGEST_TEXT, read_yaml

_SHIPPED = Path(__file__).parent / "rulesets"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_RULE_ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*\Z")
_PLACEHOLDER = re.compile(r"\{[^}]*\}?")


def loads_facts(text: str, source: str = "facts") -> CaseFacts:
    """The facts in a YAML or JSON text; raises FactsError with file (`source`) and line of each problem."""
    is_json = text.lstrip().startswith("{") and source.endswith(".json")
    tree, lines = (read_json if is_json else read_yaml)(text, source, FactsError)
    return parse_facts(tree, source, lines)


def load_facts(path: str | Path) -> CaseFacts:
    """The facts in a YAML or JSON file; raises FactsError, also where the file cannot be read."""
    return loads_facts(_read(Path(path), FactsError), str(path))


def read_facts(file: BinaryIO, source: str) -> CaseFacts:
    """The facts in what is read from `file`, named `source` in errors; raises FactsError."""
    return loads_facts(_text(file, source, FactsError), source)


def ruleset_names() -> list[str]:
    """The names of the rule sets that ship."""
    return sorted(folder.name for folder in _SHIPPED.iterdir() if (folder / "ruleset.yaml").is_file())


def load_ruleset(name: str, on: date | None = None) -> Ruleset:
    """A shipped rule set by name, or one in a folder by its path; raises RulesetError.

    With `on`, also raises RulesetError where it was not in force on that date.
    """
    if name in ruleset_names():
        ruleset = _load_shipped(name)
    elif Path(name).is_dir():
        ruleset = _load_folder(Path(name))
    else:
        allowed = (*ruleset_names(), "the path of a folder with a ruleset.yaml")
        raise ruleset_error(name, "no such rule set", allowed)
    if on is not None:
        ruleset.require_in_force(on)
    return ruleset


@lru_cache
def _load_shipped(name: str) -> Ruleset:
    return _load_folder(_SHIPPED / name)


def _read(path: Path, error: type[DocumentError]) -> str:
    try:
        with path.open("rb") as file:
            return _text(file, str(path), error)
    except OSError as failure:
        reason = failure.strerror or str(failure)
        raise error(str(path), [Problem("", f"cannot be read: {reason}")]) from failure


def _text(file: BinaryIO, source: str, error: type[DocumentError]) -> str:
    data = file.read(LONGEST_TEXT * 4 + 1)
    if len(data) > LONGEST_TEXT * 4:
        raise error(source, [Problem("", f"is longer than {LONGEST_TEXT} characters")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = data[: failure.start].count(b"\n") + 1
        raise error(source, [Problem("", "is not UTF-8 text", (), line)]) from failure


def _load_folder(folder: Path) -> Ruleset:
    manifest = folder / "ruleset.yaml"
    tree, lines = read_yaml(_read(manifest, RulesetError), str(manifest), RulesetError)
    problems = Problems(str(manifest), lines)
    ruleset = _read_manifest(Fields(tree, (), problems), folder.name)
    problems.raise_any(RulesetError)
    rules: list[Rule] = []
    places: dict[str, list[tuple[Rule, str]]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in (".yml", ".yaml") and path.suffix != ".yaml":
            # Left out without a word, its rules would be missing from every decision.
            raise ruleset_error(str(path), "a file of rules must end in .yaml", (f"{path.stem}.yaml",))
        if path.suffix == ".yaml" and path != manifest:
            rules += _load_family(path, ruleset, places)
    if not rules:
        raise ruleset_error(str(folder), "has no rules: at least one other *.yaml file is needed")
    rules.sort(key=lambda rule: (rule.id, rule.from_date))
    return Ruleset(
        name=ruleset.name,
        title=ruleset.title,
        source=ruleset.source,
        from_date=ruleset.from_date,
        to_date=ruleset.to_date,
        superseded_by=ruleset.superseded_by,
        gallery=ruleset.gallery,
        terms=ruleset.terms,
        rules=tuple(rules),
        written=tree,
    )


def _read_manifest(fields: Fields, folder_name: str) -> Ruleset:
    name = fields.text("ruleset", longest=64)
    if fields.has("ruleset") and (not _NAME.match(name) or name != folder_name):
        what = "must be lower-case words joined by hyphens, and the name of its folder"
        fields.problems.add(fields.at("ruleset"), what, (folder_name,))
    title, source = _translated(fields, "title"), _translated(fields, "source")
    from_date, to_date = _span(fields)
    gallery = fields.section("gallery", required=True)
    galleries = dict.fromkeys(PROCEEDINGS, False)
    if gallery is not None:
        for kind in PROCEEDINGS:
            gallery_open = gallery.raw(kind, required=True)
            if gallery.has(kind) and not isinstance(gallery_open, bool):
                what = f"{show_value(gallery_open)} is not a boolean"
                fields.problems.add(gallery.at(kind), what, ("true", "false"))
            galleries[kind] = gallery_open is True
        gallery.finish()
    terms = fields.section("terms")
    translated_terms: dict[str, Translated] = {}
    if terms is not None:
        for key in (*NEEDS, *CASE_TYPES):
            if terms.has(key):
                translated_terms[key] = _translated(terms, key)
            else:
                terms.raw(key)
        terms.finish()
    successor = _read_successor(fields)
    fields.finish()
    return Ruleset(name, title, source, from_date, to_date, successor, galleries, translated_terms, ())


def _read_successor(fields: Fields) -> Successor | None:
    section = fields.section("superseded_by")
    if section is None:
        return None
    successor = Successor(
        section.text("ruleset", longest=64, blank=False), section.day("from", required=True) or date.max
    )
    section.finish()
    return successor


def _span(fields: Fields) -> tuple[date, date | None]:
    from_date, to_date = fields.day("from", required=True), fields.day("to", required=False)
    if from_date is not None and to_date is not None and to_date < from_date:
        fields.problems.add(fields.at("to"), f"{to_date} is before the first day, {from_date}")
    return from_date or date.min, to_date


def _translated(fields: Fields, key: str) -> Translated:
    """A text in both languages; a missing or blank one is an error."""
    section = fields.section(key, required=True)
    if section is None:
        return Translated("", "")
    texts = {}
    for language in ("zh", "en"):
        if section.valid and not section.has(language):
            section.raw(language)
            section.problems.add(section.path, f"the translation `{language}` is missing", ("zh", "en"))
            texts[language] = ""
        else:
            texts[language] = section.text(language, default="", blank=False)
    section.finish()
    return Translated(en=texts["en"], zh=texts["zh"])


def _load_family(path: Path, ruleset: Ruleset, places: dict[str, list[tuple[Rule, str]]]) -> list[Rule]:
    tree, lines = read_yaml(_read(path, RulesetError), str(path), RulesetError)
    problems = Problems(str(path), lines)
    fields = Fields(tree, (), problems)
    family = fields.text("family", longest=64, blank=False)
    entries = fields.items("rules", required=True)
    fields.finish()
    rules: list[Rule] = []
    for index, entry in enumerate(entries):
        for document, at in _versions(entry, ("rules", index), lines, problems):
            rule = _read_rule(document, Fields(document, at, problems), family, ruleset)
            _refuse_overlap(rule, at, places, problems)
            rules.append(rule)
    problems.raise_any(RulesetError)
    return rules


def _versions(
    entry: Any, path: TreePath, lines: dict[TreePath, int], problems: Problems
) -> list[tuple[Any, TreePath]]:
    """The entry itself, or each of its `versions` completed by what they share."""
    if not isinstance(entry, Mapping) or "versions" not in entry:
        return [(entry, path)]
    shared = {key: value for key, value in entry.items() if key != "versions"}
    for key in ("from", "to"):
        if key in shared:
            problems.add((*path, key), f"`{key}` belongs to each of the versions")
    versions = entry["versions"]
    if not isinstance(versions, list) or not versions:
        problems.add((*path, "versions"), f"must be a list of mappings, not {show_value(versions)}")
        return []
    completed: list[tuple[Any, TreePath]] = []
    for index, version in enumerate(versions):
        here = (*path, "versions", index)
        if not isinstance(version, Mapping):
            completed.append((version, here))
            continue
        for place, line in [(place, line) for place, line in lines.items() if place[: len(path)] == path]:
            rest = place[len(path) :]
            if rest and rest[0] in shared and rest[0] not in version:
                lines[(*here, *rest)] = line
        completed.append(({**shared, **version}, here))
    return completed


def _refuse_overlap(
    rule: Rule, at: TreePath, places: dict[str, list[tuple[Rule, str]]], problems: Problems
) -> None:
    place = f"{Path(problems.source).name}:{problems.line_of((*at, 'from'))}"
    for other, where in places.get(rule.id, ()):
        later, earlier = (rule, other) if rule.from_date >= other.from_date else (other, rule)
        if earlier.to_date is None or later.from_date <= earlier.to_date:
            what = f"the dates of rule `{rule.id}` overlap with those in {where}"
            problems.add((*at, "from"), what, ("a `from` after the other's `to`",))
    places.setdefault(rule.id, []).append((rule, place))


def _read_rule(document: Any, fields: Fields, family: str, ruleset: Ruleset) -> Rule:
    rule_id = fields.text("rule", longest=100)
    if fields.has("rule") and not _RULE_ID.match(rule_id):
        fields.problems.add(
            fields.at("rule"), "must be lower-case words joined by dots, such as objection.every_side"
        )
    proceeding: Proceeding = fields.choice("applies_to", PROCEEDINGS)
    about: About = fields.choice("about", ABOUT)
    when = fields.section("when", required=True)
    condition = Condition(lambda case, subject: False, frozenset())
    if when is not None:
        condition = compile_condition(when, about)
    outcome: Outcome = fields.choice("outcome", OUTCOMES)
    from_date, to_date = _span(fields)
    rule = Rule(
        id=rule_id,
        family=family,
        from_date=from_date,
        to_date=to_date,
        proceeding=proceeding,
        about=about,
        when=condition,
        outcome=outcome,
        final=fields.flag("final", default=False),
        closes_gallery=fields.choice("gallery", ("unaffected", "closed"), default="unaffected") == "closed",
        awaits=_read_awaits(fields, about, outcome),
        asserted_by=fields.choices("asserted_by", ASSERTERS, required=True),
        decided_by=fields.choice("decided_by", DECIDERS),
        citation=fields.text("citation", longest=200, blank=False),
        fact=_translated(fields, "fact"),
        source=_translated(fields, "source"),
        text=_translated(fields, "text"),
        written={**document, "family": family} if isinstance(document, Mapping) else {},
    )
    fields.finish()
    _check_meaning(rule, fields, ruleset)
    return rule


def _read_awaits(fields: Fields, about: About, outcome: Outcome) -> str | None:
    if not fields.has("awaits"):
        fields.raw("awaits")
        if outcome == "await_ruling":
            fields.problems.add(fields.path, "`awaits` is missing: which ruling?", SUBJECT_GROUNDS[about])
        return None
    ground = fields.choice("awaits", SUBJECT_GROUNDS[about])
    if outcome != "await_ruling":
        fields.problems.add(fields.at("awaits"), "belongs only to `outcome: await_ruling`")
    return cast(str, ground)


def _check_meaning(rule: Rule, fields: Fields, ruleset: Ruleset) -> None:
    """What a rule of the right shape may still get wrong."""
    problems = fields.problems
    if rule.final and rule.outcome != "block":
        problems.add(fields.at("final"), "belongs only to `outcome: block`")
    if rule.final and rule.when.ruled:
        problems.add(fields.at("final"), "a final block must not depend on a ruling (`ground`, `consenting`)")
    if rule.outcome == "hybrid" and rule.about not in ("each_party", "each_witness"):
        problems.add(
            fields.at("outcome"),
            "`hybrid` must say who attends",
            ("about: each_party", "about: each_witness"),
        )
    if rule.outcome == "hybrid" and rule.when.deferred:
        what = "`hybrid` says who attends, so it must not depend on that (`every_side_in_person`)"
        problems.add(fields.at("outcome"), what, tuple(name for name in OUTCOMES if name != "hybrid"))
    if fields.has("from") and rule.from_date < ruleset.from_date:
        problems.add(fields.at("from"), f"is before the rule set itself, {ruleset.from_date}")
    placeholders = ("{case_type}",) if rule.about == "proceeding" else ("{about}", "{case_type}")
    used: set[str] = set()
    for language, text in (("en", rule.text.en), ("zh", rule.text.zh)):
        for placeholder in _PLACEHOLDER.findall(text):
            used.add(placeholder)
            if placeholder not in placeholders:
                problems.add(
                    (*fields.at("text"), language), f"{placeholder} cannot be filled in", placeholders
                )
    needed: list[Sequence[str]] = [NEEDS] if "{about}" in used and rule.about == "each_need" else []
    needed += [CASE_TYPES] if "{case_type}" in used else []
    for term in (term for terms in needed for term in terms):
        if term not in ruleset.terms:
            problems.add(fields.at("text"), f"ruleset.yaml has no `terms.{term}` to fill in")
