"""`python -m eligibility`: exit statuses, the JSON on standard output, readable accounts, errors on standard error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import eligibility
from eligibility import Determination, determine, load_facts, load_ruleset
from eligibility.__main__ import main

ROOT = Path(eligibility.__file__).parent.parent
TWO = """\
proceeding: hearing
stage: trial
case_type: civil
parties:
  - {id: claimant-1, side: claimant, position: consents}
  - {id: respondent-1, side: respondent, POSITION}
"""
ON = ["--on", "2026-11-23"]


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    file = tmp_path / "facts.yaml"
    put(file, "position: consents")
    return file


def put(file: Path, position: str) -> None:
    file.write_text(TWO.replace("POSITION", position), encoding="utf-8")


@pytest.mark.parametrize(
    ("position", "ruleset", "status", "outcome"),
    [
        ("position: consents", "shanghai-2020", 0, "allow"),
        ("position: silent", "shanghai-2020", 0, "warn"),
        ("position: silent", "spc-2021", 0, "hybrid"),
        ("position: objects, reasons: r", "spc-2021", 3, "await_ruling"),
        (
            "position: consents}\nclosed: by_law_state_secret\nmediation: {lawful: true",
            "spc-2021",
            3,
            "block",
        ),
    ],
)
def test_the_exit_status_says_whether_the_room_may_open(
    facts_file: Path,
    capsys: pytest.CaptureFixture[str],
    position: str,
    ruleset: str,
    status: int,
    outcome: str,
) -> None:
    put(facts_file, position)
    for form in ([], ["--json"], ["--explain"]):
        assert main(["check", str(facts_file), "--ruleset", ruleset, *ON, *form]) == status
        shown = capsys.readouterr()
        assert shown.err == ""
        assert outcome in shown.out
        if form == ["--json"]:
            assert json.loads(shown.out)["outcome"] == outcome


@pytest.mark.parametrize(
    ("position", "arguments", "message"),
    [
        ("position: agrees", ["--ruleset", "spc-2021", *ON], "facts.yaml:6: parties[1].position: "),
        ("position: silent}\nclosd: {", ["--ruleset", "spc-2021", *ON], "facts.yaml:7: closd: unknown key"),
        ("position: silent", ["--ruleset", "spc-2021", "--on", "2021-07-31"], "not in force on 2021-07-31"),
        (
            "position: silent",
            ["--ruleset", "shanghai-2020", "--on", "2020-02-25"],
            "allowed: 2020-02-26 or later",
        ),
        ("position: silent", ["--ruleset", "shanghai", *ON], "allowed: shanghai-2020, spc-2021"),
    ],
)
def test_a_bad_document_rule_set_or_date_exits_with_2(
    facts_file: Path, capsys: pytest.CaptureFixture[str], position: str, arguments: list[str], message: str
) -> None:
    put(facts_file, position)
    assert main(["check", str(facts_file), *arguments, "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["check", "f.yaml", "--ruleset", "spc-2021"],
        ["check", "f.yaml", *ON],
        ["check", "f.yaml", "--ruleset", "spc-2021", "--on", "23.11.2026"],
        ["check", "f.yaml", "--ruleset", "spc-2021", *ON, "--json", "--explain"],
        ["diff", "f.yaml", "--rulesets", "spc-2021", *ON],
        ["check", "does-not-exist.yaml", "--ruleset", "spc-2021", *ON],
    ],
)
def test_a_bad_command_line_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(arguments)
    except SystemExit as stopped:
        assert isinstance(stopped.code, int)
        status = stopped.code
    assert status == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err


def test_as_a_process_it_prints_the_determination_whatever_the_locale(facts_file: Path) -> None:
    put(facts_file, "position: objects, reasons: 须核对原件")
    command = [
        sys.executable,
        "-m",
        "eligibility",
        "check",
        str(facts_file),
        "--ruleset",
        "shanghai-2020",
        *ON,
        "--json",
    ]
    environment = {**os.environ, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 3, done.stderr
    expected = determine(
        load_facts(facts_file),
        load_ruleset("shanghai-2020"),
        Determination.from_json(json.loads(done.stdout)).on,
    )
    assert json.loads(done.stdout) == expected.to_json()
    assert set(json.loads(done.stdout)) == {
        "outcome",
        "final",
        "in_person",
        "awaiting",
        "gallery",
        "findings",
        "ruleset",
        "on",
        "facts_sha256",
        "superseded_by",
    }


def test_explain_leads_from_the_fact_to_the_outcome(
    facts_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(facts_file, "position: objects, reasons: r")
    main(["check", str(facts_file), "--ruleset", "shanghai-2020", *ON, "--explain"])
    shown = capsys.readouterr().out
    parts = [
        "1. respondent-1",
        "fact      Some sides object with reasons, not yet ruled on 部分当事人附理由表示不同意，尚未裁定",
        "asserted by a side; decided by the judge, with reasons",
        "rule      objection.reasons_open",
        "citation  V; OLR 21(1)",
        "outcome   await_ruling on objection",
        "text      respondent-1 does not want an online hearing",
        "respondent-1不同意在线开庭",
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    assert "superseded by spc-2021 from 2021-08-01" in shown
    assert "Awaiting   a ruling on objection:respondent-1" in shown


def test_rules_prints_every_rule_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--ruleset", "shanghai-2020", "--on", "2021-07-31"]) == 0
    before = capsys.readouterr().out
    assert main(["rules", "--ruleset", "shanghai-2020", *ON]) == 0
    after = capsys.readouterr().out
    ruleset = load_ruleset("shanghai-2020")
    for rule_id in {rule.id for rule in ruleset.rules}:
        assert f"rule         {rule_id}, from" in before
        assert f"rule         {rule_id}, from" in after
    assert "OLR 21" not in before and "V; OLR 21(1)" in after
    assert main(["rules", "--ruleset", "spc-2021", "--on", "2021-07-31"]) == 2


def test_diff_shows_where_two_rule_sets_part_and_why(
    facts_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(facts_file, "position: consents}\nclosed: by_law_privacy\nmediation: {lawful: true")
    assert main(["diff", str(facts_file), "--rulesets", "shanghai-2020,spc-2021", *ON]) == 0
    shown = capsys.readouterr().out
    assert "block (final)               allow  (differs)" in shown
    assert "gallery     open                        closed  (differs)" in shown
    assert "closed.privacy, about proceeding" in shown
    assert "consent.given" not in shown
