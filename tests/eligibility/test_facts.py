"""Reading of facts documents: defaults, refusals that say where and what is allowed, and the canonical form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eligibility import FactsError, facts_document, facts_sha256, load_facts, loads_facts, parse_facts
from eligibility.facts import CASE_TYPES, STAGES

MINIMAL: dict[str, Any] = {
    "proceeding": "hearing",
    "stage": "trial",
    "case_type": "civil",
    "parties": [{"id": "respondent-1", "side": "respondent", "position": "silent"}],
}
RULING: dict[str, Any] = {
    "ground": "complexity",
    "held": True,
    "reasons": "r",
    "by": "judge-1",
    "at": "2026-11-20T09:00:00+08:00",
}


def problems_of(document: Any) -> list[dict[str, Any]]:
    with pytest.raises(FactsError) as caught:
        parse_facts(document)
    return [dict(problem) for problem in caught.value.problems]


def test_what_is_left_out_means_nothing_asserted() -> None:
    assert facts_document(parse_facts(MINIMAL)) == {
        "proceeding": "hearing",
        "stage": "trial",
        "case_type": "civil",
        "closed": "none",
        "parties": [
            {
                "id": "respondent-1",
                "side": "respondent",
                "position": "silent",
                "position_stage": "trial",
                "reasons": "",
                "capability": "untested",
                "served_by": "personal",
            }
        ],
        "witnesses": [],
        "needs": [],
        "complexity": "ordinary",
        "social_impact": "ordinary",
        "mediation": {"lawful": True, "conflict": "none"},
        "rulings": [],
    }


def test_the_hash_does_not_depend_on_defaults_being_written_out_or_on_order() -> None:
    first = {
        **MINIMAL,
        "parties": [*MINIMAL["parties"], {"id": "a", "side": "claimant", "position": "silent"}],
    }
    second = dict(reversed(list(facts_document(parse_facts(first)).items())))
    second["parties"].reverse()
    assert facts_sha256(parse_facts(second)) == facts_sha256(parse_facts(first))
    assert facts_sha256(parse_facts(MINIMAL)) != facts_sha256(parse_facts(first))


def test_json_and_yaml_read_alike() -> None:
    assert loads_facts(json.dumps(MINIMAL)) == parse_facts(MINIMAL)


@pytest.mark.parametrize("key", ["proceeding", "stage", "case_type", "parties"])
def test_a_missing_required_key_is_named(key: str) -> None:
    document = {name: value for name, value in MINIMAL.items() if name != key}
    assert {"path": "", "message": f"the key `{key}` is missing"} in problems_of(document)


@pytest.mark.parametrize("key", ["id", "side", "position"])
def test_a_missing_key_of_a_party_is_named(key: str) -> None:
    party = {name: value for name, value in MINIMAL["parties"][0].items() if name != key}
    assert problems_of({**MINIMAL, "parties": [party]}) == [
        {"path": "parties[0]", "message": f"the key `{key}` is missing"}
    ]


def test_unknown_keys_and_values_say_what_is_allowed() -> None:
    found = problems_of({**MINIMAL, "case_type": "cvil", "closd": "none"})
    assert found[0] == {
        "path": "case_type",
        "message": '"cvil" is not allowed here',
        "allowed": list(CASE_TYPES),
    }
    assert found[1]["path"] == "closd"
    assert "closed" in found[1]["allowed"]


def test_all_problems_are_reported_at_once() -> None:
    party = {"id": "x y", "side": "judge", "position": "agrees", "agent": {"position": "no", "name": "Li"}}
    paths = [
        problem["path"] for problem in problems_of({**MINIMAL, "parties": [party], "needs": ["smell", 3]})
    ]
    assert sorted(paths) == sorted(
        [
            "parties[0].id",
            "parties[0].side",
            "parties[0].position",
            "parties[0].agent.position",
            "parties[0].agent.name",
            "needs[0]",
            "needs[1]",
        ]
    )


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"proceeding": "mediation"}, "stage", "does not go with"),
        ({"stage": "mediation"}, "stage", "does not go with"),
        ({"parties": []}, "parties", "at least one party"),
        ({"parties": {}}, "parties", "must be a list"),
        ({"parties": MINIMAL["parties"] * 2}, "parties[1].id", "is also the id of parties[0]"),
        ({"parties": MINIMAL["parties"] * 201}, "parties", "at most 200"),
        ({"witnesses": [{"id": "respondent-1"}]}, "witnesses[0].id", "is also the id of parties[0]"),
        ({"witnesses": [{"id": "w", "objection": "yes"}]}, "witnesses[0].objection", "is not a boolean"),
        ({"mediation": {"lawful": 1}}, "mediation.lawful", "is not a boolean"),
        ({"mediation": None}, "mediation", "must be a mapping"),
        ({"needs": ["physical_examination"] * 2}, "needs[1]", "given twice"),
        ({"rulings": [{**RULING, "held": "true"}]}, "rulings[0].held", "is not a boolean"),
        ({"rulings": [{**RULING, "reasons": "  "}]}, "rulings[0].reasons", "must not be blank"),
        ({"rulings": [{**RULING, "by": ""}]}, "rulings[0].by", "must not be blank"),
        (
            {"rulings": [{**RULING, "at": "2026-11-20T09:00:00"}]},
            "rulings[0].at",
            "not a time with an offset",
        ),
        (
            {"rulings": [{**RULING, "at": "0001-01-01T00:00:00+14:00"}]},
            "rulings[0].at",
            "not a time with an offset",
        ),
        ({"rulings": [{**RULING, "at": "yesterday"}]}, "rulings[0].at", "not a time with an offset"),
        ({"rulings": [{**RULING, "ground": "weather"}]}, "rulings[0].ground", "is not a ground"),
        ({"rulings": [{**RULING, "ground": "objection"}]}, "rulings[0].ground", "is not a ground"),
        ({"rulings": [{**RULING, "ground": "complexity:a"}]}, "rulings[0].ground", "is not a ground"),
        (
            {"rulings": [{**RULING, "ground": "objection:nobody"}]},
            "rulings[0].ground",
            "no party of this document",
        ),
        ({"rulings": [{**RULING, "ground": "need:smell"}]}, "rulings[0].ground", "no need of this document"),
    ],
)
def test_a_bad_value_is_refused_where_it_stands(changes: dict[str, Any], path: str, message: str) -> None:
    found = problems_of({**MINIMAL, **changes})
    assert any(problem["path"] == path and message in problem["message"] for problem in found), found


def test_two_rulings_on_one_ground_at_the_same_instant_are_an_error_whatever_their_offset() -> None:
    same = {**RULING, "at": "2026-11-20T01:00:00Z"}
    assert [problem["path"] for problem in problems_of({**MINIMAL, "rulings": [RULING, same]})] == [
        "rulings[1].at"
    ]
    other_ground = {**same, "ground": "social_impact"}
    assert len(parse_facts({**MINIMAL, "rulings": [RULING, other_ground]}).rulings) == 2


@pytest.mark.parametrize("document", [None, [], "hearing", 3])
def test_a_document_that_is_no_mapping_is_refused(document: Any) -> None:
    assert "must be a mapping" in problems_of(document)[0]["message"]


def test_half_a_surrogate_pair_is_refused_since_it_cannot_be_stored() -> None:
    party = {**MINIMAL["parties"][0], "reasons": "\ud800"}
    assert problems_of({**MINIMAL, "parties": [party]})[0]["path"] == "parties[0].reasons"


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "True", "FALSE", "y", "1", "'true'", "~"])
def test_only_true_and_false_are_booleans_even_under_a_yaml_1_1_directive(word: str) -> None:
    text = "proceeding: hearing\nstage: trial\ncase_type: civil\nparties: [{id: a, side: claimant, position: silent}]\n"
    for start in ("", "%YAML 1.1\n---\n"):
        with pytest.raises(FactsError) as caught:
            loads_facts(f"{start}{text}witnesses: [{{id: w, objection: {word}}}]\n", "f.yaml")
        assert caught.value.problems[0]["allowed"] == ["true", "false"]
    read = loads_facts(f"{text}witnesses: [{{id: w, objection: true}}]\n", "f.yaml")
    assert read.witnesses[0].objection is True


def test_words_that_look_like_booleans_are_text_where_text_is_asked() -> None:
    text = "proceeding: hearing\nstage: trial\ncase_type: civil\nparties: [{id: no, side: claimant, position: silent}]\n"
    assert loads_facts(text).parties[0].id == "no"


def test_an_unquoted_time_keeps_its_offset() -> None:
    text = (
        "proceeding: hearing\nstage: trial\ncase_type: civil\n"
        "parties: [{id: a, side: claimant, position: silent}]\n"
        "rulings:\n  - {ground: other, held: true, reasons: r, by: j, at: 2026-11-20T09:00:00+08:00}\n"
    )
    assert loads_facts(text).rulings[0].at.isoformat() == "2026-11-20T09:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "proceeding: hearing\nstage: trail\n",
            2,
            '"trail" is not allowed here; allowed: ' + ", ".join(STAGES),
        ),
        ("proceeding: hearing\n\nclosd: none\n", 3, "unknown key `closd`; allowed: proceeding, stage"),
        ("stage: trial\nstage: trial\n", 2, "the key `stage` is given twice (first in line 1)"),
        ("parties: [\n", 2, "not YAML"),
        ("a: &x 1\nb: *x\n", 2, "aliases"),
        ("a: !!python/object:os.system x\n", 1, "tags"),
        ("a: !secret x\n", 1, "tags"),
        ("? [a, b]\n: c\n", 1, "a key must be a word"),
        ("", 1, "is empty"),
        (
            "parties:\n  - id: a\n    capability: yes\n",
            3,
            '"yes" is not allowed here; allowed: able, unable, untested',
        ),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: '\x07'\n", None, "not YAML"),
        ("[" * 3000, None, "nested too deeply"),
    ],
)
def test_errors_name_the_file_and_the_line(text: str, line: int | None, message: str) -> None:
    with pytest.raises(FactsError) as caught:
        loads_facts(text, "case.yaml")
    where = f"case.yaml:{line}: " if line is not None else "case.yaml"
    assert any(shown.startswith(where) and message in shown for shown in str(caught.value).splitlines()), (
        caught.value
    )


def test_a_missing_key_of_a_party_names_the_line_of_the_party(tmp_path: Any) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(
        "proceeding: hearing\nstage: trial\ncase_type: civil\nparties:\n  - id: a\n    side: claimant\n",
        encoding="utf-8",
    )
    with pytest.raises(FactsError, match=r"case\.yaml:5: parties\[0\]: the key `position` is missing"):
        load_facts(file)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_as_text_is_a_bad_document(tmp_path: Any, content: bytes | None) -> None:
    file = tmp_path / "case.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FactsError, match=r"cannot be read|not UTF-8"):
        load_facts(file)


def test_what_cannot_be_printed_is_shown_escaped() -> None:
    (problem,) = problems_of({**MINIMAL, "case_type": "\x1b[31mcivil\x00"})
    assert problem["message"] == '"\\u001b[31mcivil\\u0000" is not allowed here'


def test_a_stage_that_is_none_is_one_problem_and_not_two() -> None:
    (problem,) = problems_of({**MINIMAL, "stage": "tria"})
    assert problem["path"] == "stage" and "mediation" in problem["allowed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"stage": "trial", "stage": "trial"}', "facts.json: the key `stage` is given twice"),
        ('{"stage":\n"tria"', "facts.json:2: not JSON: "),
        ('{"a":' * 100_000, "facts.json: is nested too deeply"),
        ('{"stage": 1' + "0" * 10_000 + "}", "facts.json: is nested too deeply or holds too long a number"),
        ('{"proceeding": "hearing",\n "stage": NaN}', 'facts.json:2: stage: "nan" is not allowed here'),
        ('{"proceeding": "hearing"} x', "facts.json:1: not JSON: "),
        ('{"proceeding": "' + "x" * 2_000_000 + '"}', "facts.json: is longer than 2000000 characters"),
    ],
)
def test_bad_json_is_refused(tmp_path: Any, text: str, message: str) -> None:
    file = tmp_path / "facts.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FactsError) as caught:
        load_facts(file)
    assert message in str(caught.value)
