"""`python -m eligibility`: exit statuses, the JSON on standard output, readable accounts, errors on standard error."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import eligibility
from eligibility import Determination, determine, facts_document, load_facts, load_ruleset
from eligibility.__main__ import main
from eligibility.wording import WIDTH, width_of

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
        ["diff", "f.yaml", "--rulesets", "spc-2021,", *ON],
        ["diff", "f.yaml", "--rulesets", "spc-2021,shanghai-2020", "--on", "2026-11-23,"],
        ["check", "f.yaml", "--ruleset", "spc-2021", *ON, "--lang", "fr"],
        ["rules", "--ruleset", "spc-2022", *ON],
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


@pytest.mark.parametrize("language", ["both", "en", "zh"])
def test_rules_prints_every_rule_in_force_with_its_source(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    shown = {}
    for on in ("2021-07-31", "2026-11-23"):
        assert main(["rules", "--ruleset", "shanghai-2020", "--on", on, "--lang", language]) == 0
        shown[on] = capsys.readouterr().out
        rules = [
            rule for rule in load_ruleset("shanghai-2020").rules if rule.in_force(date.fromisoformat(on))
        ]
        for rule in rules:
            assert f" {rule.id}, " in shown[on]
            assert (squeezed(rule.source.en) in squeezed(shown[on])) == (language != "zh")
            assert (squeezed(rule.fact.zh) in squeezed(shown[on])) == (language != "en")
    assert "OLR 21" not in shown["2021-07-31"] and "V; OLR 21(1)" in shown["2026-11-23"]
    assert main(["rules", "--ruleset", "spc-2021", "--on", "2021-07-31"]) == 2


def squeezed(text: str) -> str:
    """Without the blanks and line ends that wrapping puts in."""
    return "".join(text.split())


@pytest.mark.parametrize("command", ["rules", "check", "diff"])
@pytest.mark.parametrize("language", ["both", "en", "zh"])
def test_columns_are_aligned_and_no_line_is_wider_than_a_terminal(
    facts_file: Path, capsys: pytest.CaptureFixture[str], command: str, language: str
) -> None:
    put(facts_file, "position: objects, reasons: 须核对原件")
    arguments = {
        "rules": ["rules", "--ruleset", "spc-2021", *ON],
        "check": ["check", str(facts_file), "--ruleset", "spc-2021", *ON, "--explain"],
        "diff": ["diff", str(facts_file), "--rulesets", "shanghai-2020,spc-2021", *ON],
    }[command]
    main([*arguments, "--lang", language])
    lines = capsys.readouterr().out.splitlines()
    # A mark that may not begin a line is let stand in the margin.
    assert max(map(width_of, lines)) <= WIDTH + 2
    assert not [line for line in lines if line.lstrip().startswith(("，", "。", "；", "）"))]
    if command == "rules":
        head = next(line for line in lines if line.startswith(("outcome", "结论")))
        fact = width_of(head[: head.index("fact" if language != "zh" else "事实")])
        row = next(line for line in lines if "OLR 21(5)" in line)
        beside = row[row.index("OLR 21(5)") + len("OLR 21(5)") :]
        assert width_of(row) - width_of(beside.lstrip()) == fact


def test_rules_as_json_carry_version_digest_and_what_each_rule_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "--ruleset", "spc-2021", *ON, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    ruleset = load_ruleset("spc-2021")
    assert (printed["version"], printed["sha256"], printed["on"]) == (
        ruleset.version,
        ruleset.sha256,
        "2026-11-23",
    )
    by_id = {rule["rule"]: rule for rule in printed["rules"]}
    assert set(by_id) == {rule.id for rule in ruleset.rules}
    assert by_id["objection.every_side"]["when"] == {"every_side": {"position": ["objects"]}}
    assert by_id["mediation.refused"]["citation"] == "OMR 4, 15, 25(4)"
    assert by_id["mediation.refused"]["family"] == "mediation"


def test_diff_shows_where_two_rule_sets_part_and_why(
    facts_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(facts_file, "position: consents}\nclosed: by_law_privacy\nmediation: {lawful: true")
    arguments = ["diff", str(facts_file), "--rulesets", "shanghai-2020,spc-2021", *ON]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "outcome     1  block\n            2  allow\n" in shown
    assert "final       1  yes\n            2  no\n" in shown
    assert "gallery     1  open\n            2  closed\n" in shown
    assert "at court    =  - (the same)" in shown
    assert "closed.privacy: proceeding" in shown
    assert "1  block, final [V; OLR 27; CPL 137]" in shown
    assert "2  allow, no gallery [OLR 27; CPL 137]" in shown
    assert "consent.given" not in shown and "the same in all: 2." in shown
    assert main([*arguments, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [row["rule"] for row in printed["findings"] if row["differs"]] == ["closed.privacy"]


def test_diff_compares_dates_too(facts_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(facts_file, "position: silent")
    arguments = ["diff", str(facts_file), "--rulesets", "shanghai-2020", "--on", "2021-07-31,2021-08-01"]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "2  shanghai-2020@2020-02-26, 2021-08-01" in shown and "outcome     =  warn" in shown
    assert main([*arguments[:-1], "2021-08-01"]) == 2
    assert "is nothing to compare" in capsys.readouterr().err


def test_facts_may_be_json_and_come_on_standard_input(
    facts_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--ruleset", "spc-2021", *ON, "--json"]
    put(facts_file, "position: objects, reasons: 须核对原件")
    main(["check", str(facts_file), *arguments])
    expected = capsys.readouterr().out
    stored = json.dumps(facts_document(load_facts(facts_file)), indent="\t")
    as_json = facts_file.with_suffix(".json")
    as_json.write_text(stored, encoding="utf-8")
    assert main(["check", str(as_json), *arguments]) == 3
    assert capsys.readouterr().out == expected
    for text in (stored, facts_file.read_text(encoding="utf-8")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main(["check", "-", *arguments]) == 3
        assert capsys.readouterr().out == expected
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\nstage: \xff\n")))
    assert main(["check", "-", *arguments]) == 2
    assert capsys.readouterr().err == (
        "standard input:2: is not UTF-8 text\nstandard input第2行：不是UTF-8文本\n"
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", '{file}:6: parties[1].position: "agrees" is not allowed here; allowed: consents, objects, '),
        ("zh", '{file}第6行：parties[1].position：此处不能填"agrees"；允许：consents、objects、'),
    ],
)
def test_what_is_wrong_is_said_in_the_language_asked_for(
    facts_file: Path, capsys: pytest.CaptureFixture[str], language: str, expected: str
) -> None:
    put(facts_file, "position: agrees")
    assert main(["check", str(facts_file), "--ruleset", "spc-2021", *ON, "--lang", language]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(expected.format(file=facts_file))
