"""Rule sets from files: what is wrong is refused with the file, the line and what is allowed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from eligibility import RulesetError, load_ruleset, ruleset_names

MANIFEST = """\
ruleset: tiny
title: {zh: "小", en: "tiny"}
source: {zh: "无", en: "none"}
from: 2021-01-01
gallery: {hearing: true, mediation: false}
"""
RULE = """\
family: one
rules:
  - rule: a.rule
    applies_to: hearing
    about: each_party
    when:
      position: [objects]
    asserted_by: [side]
    decided_by: system
    outcome: warn
    from: 2021-01-01
    citation: "V"
    fact: {zh: "事", en: "fact"}
    source: {zh: "源", en: "source"}
    text: {zh: "{about}文", en: "{about} text"}
"""


def write(folder: Path, rules: str = RULE, manifest: str = MANIFEST) -> str:
    tiny = folder / "tiny"
    tiny.mkdir()
    (tiny / "ruleset.yaml").write_text(manifest, encoding="utf-8")
    (tiny / "one.yaml").write_text(rules, encoding="utf-8")
    return str(tiny)


def test_a_folder_is_a_rule_set(tmp_path: Path) -> None:
    ruleset = load_ruleset(write(tmp_path))
    assert ruleset.version == "tiny@2021-01-01"
    assert [rule.id for rule in ruleset.rules] == ["a.rule"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    citation:", "    citaton:", 12, "unknown key `citaton`; allowed: rule, "),
        (
            "      position: [objects]",
            "      postion: [objects]",
            7,
            "unknown key `postion`; allowed: stage, case_type",
        ),
        ("      position: [objects]", "      need: [physical_examination]", 7, "unknown key `need`"),
        (
            "      position: [objects]",
            "      position: [chose_online]",
            7,
            "allowed: objects, retracts, consents, silent",
        ),
        ("      position: [objects]", "      position: []", 7, "must name at least one value"),
        (
            "      position: [objects]",
            "      with_reasons: yes",
            7,
            '"yes" is not a boolean; allowed: true, false',
        ),
        (
            "      position: [objects]",
            "      ground: {weather: open}",
            7,
            "unknown key `weather`; allowed: objection",
        ),
        (
            "      position: [objects]",
            "      ground: {objection: maybe}",
            7,
            "allowed: none, open, held, not_held",
        ),
        (
            "      position: [objects]",
            "      every_side: {stage: [trial]}",
            7,
            "unknown key `stage`; allowed: position",
        ),
        ("      position: [objects]", "      any: []", 7, "at least one mapping"),
        ("      position: [objects]", "      not: {}", 7, "says nothing"),
        ("    when:\n      position: [objects]\n", "", 3, "the key `when` is missing"),
        ("    outcome: warn", "    outcome: refuse", 10, "allowed: block, await_ruling, hybrid, warn, allow"),
        ("    outcome: warn", "    outcome: await_ruling", 3, "`awaits` is missing"),
        (
            "    outcome: warn",
            "    outcome: await_ruling\n    awaits: need",
            11,
            "allowed: objection, retraction, incapacity",
        ),
        (
            "    outcome: warn",
            "    outcome: warn\n    awaits: objection",
            11,
            "belongs only to `outcome: await_ruling`",
        ),
        ("    outcome: warn", "    outcome: warn\n    final: true", 11, "belongs only to `outcome: block`"),
        (
            "    about: each_party",
            "    about: everybody",
            5,
            "allowed: proceeding, each_party, each_need, each_witness",
        ),
        ("from: 2021-01-01", "from: 2020-12-31", 11, "is before the rule set itself, 2021-01-01"),
        ("from: 2021-01-01", "from: 1 May 2021", 11, "is not a date; allowed: YYYY-MM-DD"),
        ("from: 2021-01-01", "from: 2021-01-01\n    to: 2020-01-01", 12, "is before the first day"),
        ('citation: "V"', 'citation: " "', 12, "must not be blank"),
        (
            'text: {zh: "{about}文", en: "{about} text"}',
            'text: {en: "text"}',
            15,
            "the translation `zh` is missing",
        ),
        (
            'text: {zh: "{about}文", en: "{about} text"}',
            'text: {zh: "文"}',
            15,
            "the translation `en` is missing",
        ),
        (
            'text: {zh: "{about}文", en: "{about} text"}',
            'text: {zh: "", en: "text"}',
            15,
            "must not be blank",
        ),
        (
            'text: {zh: "{about}文", en: "{about} text"}',
            'text: {zh: "文", en: "t", fr: "t"}',
            15,
            "unknown key `fr`",
        ),
        ("{about} text", "{abut} text", 15, "{abut} cannot be filled in; allowed: {about}, {case_type}"),
        ("{about} text", "{case_type} text", 15, "no `terms.civil` to fill in"),
        ("rule: a.rule", "rule: A Rule", 3, "must be lower-case words joined by dots"),
        ("decided_by: system", "decided_by: clerk", 9, "allowed: system, judge"),
        ("family: one", "family: one\nfamly: x", 2, "unknown key `famly`; allowed: family, rules"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert RULE.count(old) == 1
    with pytest.raises(RulesetError) as caught:
        load_ruleset(write(tmp_path, RULE.replace(old, new)))
    shown = str(caught.value).splitlines()
    assert any(f"one.yaml:{line}: " in found and message in found for found in shown), shown


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ruleset: tiny", "ruleset: other", "allowed: tiny"),
        (
            'title: {zh: "小", en: "tiny"}',
            'title: {en: "tiny"}',
            "ruleset.yaml:2: title: the translation `zh` is missing",
        ),
        ("from: 2021-01-01\n", "", "the key `from` is missing"),
        (
            "gallery: {hearing: true, mediation: false}",
            "gallery: {hearing: on}",
            "is not a boolean; allowed: true, false",
        ),
        (
            "gallery: {hearing: true, mediation: false}",
            "gallery: {hearing: true}",
            "the key `mediation` is missing",
        ),
        ("from: 2021", "superseded_by: {ruleset: next}\nfrom: 2021", "the key `from` is missing"),
        ("from: 2021", 'terms: {weather: {zh: "天", en: "w"}}\nfrom: 2021', "unknown key `weather`"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert MANIFEST.count(old) == 1
    with pytest.raises(RulesetError) as caught:
        load_ruleset(write(tmp_path, manifest=MANIFEST.replace(old, new)))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "condition", ["ground: {objection: held}", "consenting: false", "not: {consenting: true}"]
)
def test_a_final_block_cannot_depend_on_a_ruling(tmp_path: Path, condition: str) -> None:
    rule = RULE.replace("position: [objects]", condition).replace(
        "outcome: warn", "outcome: block\n    final: true"
    )
    with pytest.raises(RulesetError, match="must not depend on a ruling"):
        load_ruleset(write(tmp_path, rule))


def test_attendance_at_court_must_name_somebody(tmp_path: Path) -> None:
    rule = RULE.replace("about: each_party", "about: proceeding").replace(
        "position: [objects]", "closed: [none]"
    )
    rule = rule.replace("outcome: warn", "outcome: hybrid").replace("{about}", "")
    with pytest.raises(
        RulesetError, match="must say who attends; allowed: about: each_party, about: each_witness"
    ):
        load_ruleset(write(tmp_path, rule))


def test_who_attends_must_not_depend_on_who_attends(tmp_path: Path) -> None:
    rule = RULE.replace("position: [objects]", "every_side_in_person: false").replace(
        "outcome: warn", "outcome: hybrid"
    )
    with pytest.raises(
        RulesetError, match=r"one\.yaml:10: .*must not depend on that .* allowed: block, await"
    ):
        load_ruleset(write(tmp_path, rule))


VERSIONS = """\
    versions:
      - from: 2021-01-01
        to: {to}
        citation: "V"
      - from: 2022-01-01
        citation: "VI"
        outcome: block
"""


def with_versions(to: str) -> str:
    rule = RULE.replace("    from: 2021-01-01\n", "").replace('    citation: "V"\n', "")
    return rule + VERSIONS.replace("{to}", to)


def test_a_rule_changes_on_its_date(tmp_path: Path) -> None:
    ruleset = load_ruleset(write(tmp_path, with_versions("2021-12-31")))
    before, after = date(2021, 12, 31), date(2022, 1, 1)
    assert (ruleset.rule("a.rule", before).citation, ruleset.rule("a.rule", before).outcome) == ("V", "warn")
    assert (ruleset.rule("a.rule", after).citation, ruleset.rule("a.rule", after).outcome) == ("VI", "block")
    assert len(ruleset.rules_on(before, "hearing")) == len(ruleset.rules_on(after, "hearing")) == 1


def test_overlapping_dates_name_both_places(tmp_path: Path) -> None:
    with pytest.raises(RulesetError, match=r"one\.yaml:\d+: .*overlap with those in one\.yaml:\d+"):
        load_ruleset(write(tmp_path, with_versions("2022-01-01")))


def test_overlapping_dates_are_found_across_files(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (Path(folder) / "two.yaml").write_text(
        RULE.replace("from: 2021-01-01", "from: 2023-01-01"), encoding="utf-8"
    )
    with pytest.raises(RulesetError, match=r"two\.yaml:11: .*`a\.rule` overlap with those in one\.yaml:11"):
        load_ruleset(folder)


def test_a_mistake_shared_by_versions_is_named_where_it_stands(tmp_path: Path) -> None:
    rule = with_versions("2021-12-31").replace("postion", "position").replace("position:", "postion:")
    with pytest.raises(RulesetError, match=r"one\.yaml:7: .*unknown key `postion`"):
        load_ruleset(write(tmp_path, rule))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"one\.yaml:1: is empty"),
        (b"# nothing but a comment\n", r"one\.yaml:2: is empty|one\.yaml:1: is empty"),
        (b"family: [", r"one\.yaml:\d: not YAML: "),
        (b"family: one\nrules:\n\t- rule: a\n", r"one\.yaml:3: not YAML: found character '\\t'"),
        (b"- a\n- b\n", r"one\.yaml:1: must be a mapping of keys to values, not a list"),
        (b"family: one\nrules: none\n", r'one\.yaml:2: rules: must be a list, not "none"'),
        (b"family: one\n\nrules: [\xff]\n", r"one\.yaml:3: is not UTF-8 text"),
        (b"family: " + b"x" * 2_000_001, r"one\.yaml: is longer than 2000000 characters"),
        (b"family: " + b"x" * 9_000_000, r"one\.yaml: is longer than 2000000 characters"),
        (b"family: one\nrules: " + b"[" * 100_000, r"one\.yaml:2: is nested too deeply"),
        (b"family: &a one\nrules: [*a]\n", r"one\.yaml:2: rules\[0\]: aliases \(`\*name`\) are not allowed"),
        (b"family: !!str one\nrules: []\n", r"one\.yaml:1: family: tags \(.*\) are not allowed"),
        (
            b"family: one\nfamily: two\n",
            r"one\.yaml:2: family: the key `family` is given twice \(first in line 1\)",
        ),
        (b"family: one\n---\nfamily: two\n", r"one\.yaml:2: not YAML of one document"),
        (
            b"family: one\nrules: [3]\n",
            r'one\.yaml:2: rules\[0\]: must be a mapping of keys to values, not "3"',
        ),
    ],
)
def test_a_file_that_holds_no_rules_is_refused_with_its_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    folder = write(tmp_path)
    (Path(folder) / "one.yaml").write_bytes(content)
    with pytest.raises(RulesetError, match=message):
        load_ruleset(folder)


def test_aliases_that_would_multiply_are_refused_one_by_one(tmp_path: Path) -> None:
    levels = "".join(
        f"l{level}: &l{level} [{', '.join(f'*l{level - 1}' for _ in range(9))}]\n" for level in range(1, 9)
    )
    folder = write(tmp_path, "l0: &l0 [x, x]\n" + levels)
    with pytest.raises(RulesetError) as caught:
        load_ruleset(folder)
    assert sum("aliases" in problem["message"] for problem in caught.value.problems) == 8 * 9


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "True", "y", "~", "1"])
def test_only_true_and_false_are_booleans_in_a_rule(tmp_path: Path, word: str) -> None:
    rule = "%YAML 1.1\n---\n" + RULE.replace("outcome: warn", f"outcome: block\n    final: {word}")
    with pytest.raises(
        RulesetError, match=r"one\.yaml:13: .*final: .* is not a boolean; allowed: true, false"
    ):
        load_ruleset(write(tmp_path, rule))


def test_the_same_rule_twice_is_an_overlap_that_names_both_places(tmp_path: Path) -> None:
    second = RULE.partition("rules:\n")[2]
    with pytest.raises(RulesetError, match=r"one\.yaml:24: .*`a\.rule` overlap with those in one\.yaml:11"):
        load_ruleset(write(tmp_path, RULE + second))


def test_a_file_of_rules_that_would_not_be_read_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (Path(folder) / "two.yml").write_text(RULE, encoding="utf-8")
    with pytest.raises(
        RulesetError, match=r"two\.yml: a file of rules must end in \.yaml; allowed: two\.yaml"
    ):
        load_ruleset(folder)


def test_a_rule_set_without_rules_or_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RulesetError, match=r"ruleset\.yaml: cannot be read"):
        load_ruleset(str(tmp_path / "empty"))
    folder = write(tmp_path)
    (Path(folder) / "one.yaml").unlink()
    with pytest.raises(RulesetError, match="has no rules"):
        load_ruleset(folder)


def test_an_unknown_name_says_which_there_are() -> None:
    assert ruleset_names() == ["shanghai-2020", "spc-2021"]
    with pytest.raises(RulesetError, match="no such rule set; allowed: shanghai-2020, spc-2021"):
        load_ruleset("shanghai-2019")


@pytest.mark.parametrize(
    ("name", "first"), [("shanghai-2020", date(2020, 2, 26)), ("spc-2021", date(2021, 8, 1))]
)
def test_shipped_rule_sets_start_on_their_day(name: str, first: date) -> None:
    ruleset = load_ruleset(name, first)
    assert ruleset.version == f"{name}@{first}"
    with pytest.raises(RulesetError, match="not in force"):
        load_ruleset(name, date.fromordinal(first.toordinal() - 1))
    # Versions of a rule follow one another without a gap, so that no date is without the rule.
    for rule in ruleset.rules:
        if rule.to_date is not None:
            assert (
                ruleset.rule(rule.id, date.fromordinal(rule.to_date.toordinal() + 1)).from_date > rule.to_date
            )


def test_only_the_notice_says_what_superseded_it() -> None:
    successor = load_ruleset("shanghai-2020").superseded_by
    assert successor is not None
    assert successor.to_json() == {"ruleset": "spc-2021", "from": "2021-08-01"}
    assert load_ruleset("spc-2021").superseded_by is None
