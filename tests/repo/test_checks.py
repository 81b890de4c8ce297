"""The test command itself, on a tree made for it: nothing is left out, and what failed is in the last lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from room_server.checks import ROOT, SIDE_BY_SIDE, read_report, run_checks, run_tests, summary

PASSES = "def test_adds() -> None:\n    assert 1 + 1 == 2\n"
FAILS = "import pytest\n\n\n@pytest.mark.parametrize('n', [3])\ndef test_counts(n: int) -> None:\n    assert n == 4\n"
BREAKS = "import there_is_no_such_module\n"


def tree(root: Path, **files: str) -> Path:
    """A source tree with ``folder_name=text`` as tests/folder/test_name.py."""
    for name, text in files.items():
        folder, _, module = name.partition("_")
        path = root / "tests" / folder / f"test_{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_what_runs_side_by_side_is_there() -> None:
    assert [name for name in SIDE_BY_SIDE if not (ROOT / name).exists()] == []


def test_both_parts_run_and_pass(tmp_path: Path) -> None:
    outcomes = run_tests(tree(tmp_path, domain_sums=PASSES, relay_sums=PASSES))
    assert [(one.name, one.passed, one.counts) for one in outcomes] == [
        ("tests side by side", True, "1 passed"),
        ("tests one after another", True, "1 passed"),
    ]
    assert "everything passed" in summary(outcomes, 60.0)


def test_what_failed_in_either_part_is_named_at_the_end(tmp_path: Path) -> None:
    made = tree(tmp_path, domain_sums=PASSES, domain_counts=FAILS, relay_counts=FAILS, relay_broken=BREAKS)
    outcomes = run_tests(made)
    assert [one.passed for one in outcomes] == [False, False]
    last = summary(outcomes, 60.0).splitlines()
    assert any("tests/domain/test_counts.py::test_counts[3]: assert 3 == 4" in line for line in last)
    assert any(line.startswith("FAILED") and "test_broken" in line for line in last)
    assert last[-1] == "2 of 2 parts failed in 1.0 min"


def test_a_run_that_finds_no_test_or_dies_has_not_passed(tmp_path: Path) -> None:
    dies = "import os\n\n\ndef test_ends() -> None:\n    os._exit(9)\n"
    (outcome,) = run_tests(tree(tmp_path / "dies", relay_ends=dies))
    assert not outcome.passed and "pytest ended with status 9" in outcome.failures[0]
    (tmp_path / "empty" / "tests").mkdir(parents=True)
    (outcome,) = run_tests(tmp_path / "empty")
    assert not outcome.passed and "status 5" in outcome.failures[0]


def test_further_words_go_to_pytest_with_its_own_exit_status(tmp_path: Path) -> None:
    made = tree(tmp_path, domain_sums=PASSES, relay_counts=FAILS)
    assert run_checks(["-k", "adds"], made) == 0
    assert run_checks(["-k", "counts"], made) == 1


def test_outside_a_source_tree_there_is_nothing_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_checks([], tmp_path) == 2
    assert "source tree" in capsys.readouterr().err


def test_a_report_counts_what_was_skipped(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="3" failures="1" errors="0" skipped="1">'
        '<testcase file="tests/a.py" name="one"><failure message="assert 1 == 2&#10; more"/></testcase>'
        '<testcase file="tests/a.py" name="two"><skipped/></testcase><testcase file="tests/a.py" name="three"/>'
        "</testsuite></testsuites>",
        encoding="utf-8",
    )
    assert read_report(report) == (
        "1 passed, 1 failed, 1 skipped",
        ("tests/a.py::one: assert 1 == 2",),
    )
