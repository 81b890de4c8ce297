"""Stored documents decided again under the very rule set that decided them, or a clear refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from eligibility.determination import Determination
from eligibility.engine import determine
from eligibility.loader import load_ruleset, ruleset_names
from eligibility.reading import parse_facts
from eligibility.ruleset import Ruleset, ruleset_error


@cache
def _shipped() -> Mapping[str, Ruleset]:
    found = [load_ruleset(name) for name in ruleset_names()]
    return {ruleset.version: ruleset for ruleset in found}


def ruleset_of_version(version: str, sha256: str | None = None, own: Iterable[Ruleset] = ()) -> Ruleset:
    """The rule set whose `version` is `name@date`, among a court's `own` ones and those that ship.

    `sha256`, where it is known, is the `Ruleset.sha256` that was in use then. Raises RulesetError where there is no
    such version any more, or where its content is another.
    """
    known = {**_shipped(), **{ruleset.version: ruleset for ruleset in own}}
    found = known.get(version)
    if found is None:
        raise ruleset_error(version, "this version of a rule set is not here", tuple(sorted(known)))
    if sha256 is not None and sha256 != found.sha256:
        what = f"its rules have been changed since: SHA-256 {found.sha256} now, {sha256[:64]} then"
        raise ruleset_error(version, what)
    return found


def replay(
    document: Mapping[str, Any],
    ruleset: str,
    on: date,
    *,
    sha256: str | None = None,
    own: Iterable[Ruleset] = (),
) -> Determination:
    """Decide a stored facts document (`facts_document`) again, under the rule set version `name@date` as on `on`.

    Equal to the determination made then as long as the rule set is the same. Raises FactsError where the document
    cannot be read, RulesetError as `ruleset_of_version` does and where the version was not in force on that date.
    """
    return determine(parse_facts(document, "stored facts"), ruleset_of_version(ruleset, sha256, own), on)
