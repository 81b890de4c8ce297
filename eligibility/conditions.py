"""The closed set of predicates that a rule's `when` may use, compiled to functions of the case's state. Pure.

`when` is a mapping; all of its entries must hold. Values:

- `stage`, `case_type`, `closed`, `complexity`, `social_impact`, `conflict`: lists of values; `mediation_lawful` and
  `every_side_in_person` (decided after all other rules): booleans;
- of a side (rules about `each_party`): `position`, `capability`, `served_by`: lists; `with_reasons`,
  `for_another_stage`, `consenting`: booleans;
- `need`: a list of needs (rules about `each_need`);
- `ground: {<ground>: <state>}`: where a ground stands;
- `every_side`, `some_side`: a mapping of side predicates; `any`: a list of mappings of which one must hold; `not`: a
  mapping that must not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, get_args

from eligibility.circumstances import (
    GROUND_STATES,
    SIDE_POSITIONS,
    CaseState,
    NeedState,
    SideState,
    WitnessState,
)
from eligibility.document import Fields
from eligibility.facts import (
    CAPABILITIES,
    CASE_TYPES,
    CLOSED,
    COMPLEXITIES,
    CONFLICTS,
    NEEDS,
    SERVED_BY,
    SOCIAL_IMPACTS,
    STAGES,
)

About = Literal["proceeding", "each_party", "each_need", "each_witness"]
ABOUT: tuple[About, ...] = get_args(About)
Subject = SideState | NeedState | WitnessState | None
Test = Callable[[CaseState, Any], bool]
"""Of the whole case, and of the subject that the rule is about (None for the proceeding)."""

_CASE_CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "stage": ("stage", STAGES),
    "case_type": ("case_type", CASE_TYPES),
    "closed": ("closed", CLOSED),
    "complexity": ("complexity_fact", COMPLEXITIES),
    "social_impact": ("social_impact_fact", SOCIAL_IMPACTS),
    "conflict": ("conflict", CONFLICTS),
}
_CASE_FLAGS = ("mediation_lawful", "every_side_in_person")
_SUBJECT_CHOICES: Mapping[About, Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "proceeding": {},
    "each_party": {
        "position": ("position", SIDE_POSITIONS),
        "capability": ("capability", CAPABILITIES),
        "served_by": ("served_by", SERVED_BY),
    },
    "each_need": {"need": ("name", NEEDS)},
    "each_witness": {},
}
_SIDE_FLAGS = ("with_reasons", "for_another_stage", "consenting")
_CASE_GROUNDS: Mapping[str, str] = {
    "case_type": "case_type_ground",
    "complexity": "complexity",
    "social_impact": "social_impact",
    "other": "other",
}
SUBJECT_GROUNDS: Mapping[About, tuple[str, ...]] = {
    "proceeding": tuple(_CASE_GROUNDS),
    "each_party": ("objection", "retraction", "incapacity"),
    "each_need": ("need",),
    "each_witness": ("witness",),
}
"""The grounds on which a rule about such a subject may await a ruling."""
RULED_PREDICATES = frozenset({"ground", "consenting"})
"""The predicates whose truth a judge's ruling can change."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled `when`. `predicates` names all that it uses, nested ones too."""

    test: Test
    predicates: frozenset[str]

    @property
    def deferred(self) -> bool:
        """Whether it looks at what the other rules found."""
        return "every_side_in_person" in self.predicates

    @property
    def ruled(self) -> bool:
        """Whether a ruling can change its truth."""
        return bool(self.predicates & RULED_PREDICATES)


def compile_condition(fields: Fields, about: About) -> Condition:
    """Compile `when`; what is wrong with it is added to `fields.problems`."""
    tests, names = _entries(fields, about, of_case=True)
    return Condition(_all(tests), frozenset(names))


def _all(tests: list[Test]) -> Test:
    """All of `tests`, nested in pairs: in the engine's inner loop that costs half of a generator."""
    return reduce(_both, tests) if tests else _never


def _both(first: Test, second: Test) -> Test:
    return lambda case, subject: first(case, subject) and second(case, subject)


def _never(case: CaseState, subject: Subject) -> bool:
    return False


def _entries(fields: Fields, about: About, of_case: bool) -> tuple[list[Test], set[str]]:
    """The tests of one mapping, and the names used. Inside `every_side` only side predicates apply (`of_case` false)."""
    tests: list[Test] = []
    names: set[str] = set()
    if of_case:
        _case_tests(fields, tests)
    for key, (attribute, allowed) in _SUBJECT_CHOICES[about].items():
        if fields.has(key):
            tests.append(_among(attribute, fields, key, allowed, of_subject=True))
        else:
            fields.raw(key)
    for key in _SIDE_FLAGS if about == "each_party" else ():
        if fields.has(key):
            tests.append(_equals(key, fields.flag(key, default=True), of_subject=True))
        else:
            fields.raw(key)
    _ground_tests(fields, about, of_case, tests)
    if of_case:
        names |= _quantified(fields, tests)
    names |= _combined(fields, about, of_case, tests)
    fields.finish()
    if fields.valid and not tests:
        fields.problems.add(fields.path, "says nothing: at least one predicate is needed")
    return tests, names | {key for key in _ALL_NAMES if fields.has(key)}


def _case_tests(fields: Fields, tests: list[Test]) -> None:
    for key, (attribute, allowed) in _CASE_CHOICES.items():
        if fields.has(key):
            tests.append(_among(attribute, fields, key, allowed, of_subject=False))
        else:
            fields.raw(key)
    for key in _CASE_FLAGS:
        if fields.has(key):
            tests.append(_equals(key, fields.flag(key, default=True), of_subject=False))
        else:
            fields.raw(key)


def _among(attribute: str, fields: Fields, key: str, allowed: tuple[str, ...], of_subject: bool) -> Test:
    values = frozenset(fields.choices(key, allowed))
    if isinstance(fields.raw(key), list) and not fields.raw(key):
        fields.problems.add(fields.at(key), "must name at least one value", allowed)
    if of_subject:
        return lambda case, subject: getattr(subject, attribute) in values
    return lambda case, subject: getattr(case, attribute) in values


def _equals(attribute: str, value: object, of_subject: bool) -> Test:
    if of_subject:
        return lambda case, subject: bool(getattr(subject, attribute) == value)
    return lambda case, subject: bool(getattr(case, attribute) == value)


def _ground_tests(fields: Fields, about: About, of_case: bool, tests: list[Test]) -> None:
    grounds = fields.section("ground")
    if grounds is None:
        return
    own = SUBJECT_GROUNDS[about] if about != "proceeding" else ()
    for name in (*own, *(_CASE_GROUNDS if of_case else ())):
        if grounds.has(name):
            state = grounds.choice(name, GROUND_STATES)
            tests.append(_equals(_CASE_GROUNDS.get(name, name), state, of_subject=name in own))
        else:
            grounds.raw(name)
    grounds.finish()


def _quantified(fields: Fields, tests: list[Test]) -> set[str]:
    names: set[str] = set()
    for key, quantifier in (("every_side", all), ("some_side", any)):
        section = fields.section(key)
        if section is not None:
            inner, used = _entries(section, "each_party", of_case=False)
            tests.append(_of_sides(quantifier, _all(inner)))
            names |= used
    return names


def _of_sides(quantifier: Callable[[Any], bool], test: Test) -> Test:
    return lambda case, subject: quantifier(test(case, state) for _, state in case.sides)


def _combined(fields: Fields, about: About, of_case: bool, tests: list[Test]) -> set[str]:
    names: set[str] = set()
    negated = fields.section("not")
    if negated is not None:
        inner, used = _entries(negated, about, of_case)
        tests.append(_negation(_all(inner)))
        names |= used
    branches: list[Test] = []
    for index, value in enumerate(fields.items("any", most=20)):
        inner, used = _entries(Fields(value, (*fields.at("any"), index), fields.problems), about, of_case)
        branches.append(_all(inner))
        names |= used
    if branches:
        tests.append(_disjunction(tuple(branches)))
    elif fields.has("any"):
        fields.problems.add(fields.at("any"), "must be a list with at least one mapping")
    return names


def _negation(test: Test) -> Test:
    return lambda case, subject: not test(case, subject)


def _disjunction(branches: tuple[Test, ...]) -> Test:
    return lambda case, subject: any(branch(case, subject) for branch in branches)


_ALL_NAMES: frozenset[str] = frozenset(
    {*_CASE_CHOICES, *_CASE_FLAGS, *_SIDE_FLAGS, "ground", "every_side", "some_side", "any", "not"}
    | {key for choices in _SUBJECT_CHOICES.values() for key in choices}
)
PREDICATES: tuple[str, ...] = tuple(sorted(_ALL_NAMES))
"""Every predicate there is."""
