"""``yunting test``: every check and every test of the source tree in one run, with one summary and one exit status.

Checks of the sources run two at a time, those of the page beside those of the server. The tests run in two parts:
what computes, or waits for what it started, runs on all processors; what lives on the clock or on a browser (live
media, whole hearings, Chromium) runs one after another, so that nothing else takes its time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIDE_BY_SIDE = (
    "tests/domain",
    "tests/eligibility",
    "tests/http",
    "tests/identity",
    "tests/ops",
    "tests/proceedings",
    "tests/recording",
    "tests/relay/rtp",
    "tests/relay/test_allocation.py",
    "tests/relay/test_channel.py",
    "tests/relay/test_events.py",
    "tests/relay/test_forwarding.py",
    "tests/relay/test_fuzz_parsers.py",
    "tests/relay/test_ice_lite.py",
    "tests/relay/test_native.py",
    "tests/relay/test_ortc.py",
    "tests/relay/test_pacer.py",
    "tests/relay/test_placement.py",
    "tests/relay/test_quality.py",
    "tests/relay/test_receiving.py",
    "tests/relay/test_speaker.py",
    "tests/report",
    "tests/repo",
    "tests/signaling",
    "tests/store",
)
"""What runs on all processors; each file stays on one. Whatever is not here runs one after another."""
LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class Check:
    """A program to run in ``folder``; it passed if its exit status is 0."""

    name: str
    command: list[str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """``counts`` by pytest's words, for a run of tests; ``failures`` are lines a person can look up."""

    name: str
    passed: bool
    took_s: float
    failures: tuple[str, ...] = ()
    counts: str = ""


def run_checks(pytest_arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run all checks, then the tests. Exit status 0 only if everything passed.

    ``pytest_arguments`` leave out the checks and go to pytest, which then runs once and one test after another; its own
    exit status is returned.
    """
    if not (root / "tests").is_dir():
        print("The tests are in the source tree: run ./yunting test there.", file=sys.stderr)
        return 2
    if pytest_arguments:
        command = [sys.executable, "-m", "pytest", *pytest_arguments]
        return subprocess.run(command, cwd=root, check=False).returncode
    began = time.monotonic()
    outcomes = [*_run_lanes(_lanes(root)), *run_tests(root)]
    print(summary(outcomes, time.monotonic() - began), flush=True)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def run_tests(root: Path) -> list[Outcome]:
    """All tests under ``root``: first those of :data:`SIDE_BY_SIDE` that are there, then all others."""
    together = [name for name in SIDE_BY_SIDE if (root / name).exists()]
    workers = str(len(os.sched_getaffinity(0)))
    parts = (
        ("tests side by side", [*together, "-n", workers, "--dist", "loadfile"], bool(together)),
        ("tests one after another", [f"--ignore={name}" for name in together], True),
    )
    return [_tests(name, words, root) for name, words, there in parts if there]


def summary(outcomes: Sequence[Outcome], took_s: float) -> str:
    """What ran, how long, and by name everything that failed: the last lines of the run, so that they are found."""
    lines = ["", f"{'':=<20} yunting test {'':=<20}"]
    for outcome in outcomes:
        word = "ok" if outcome.passed else "FAILED"
        counts = f", {outcome.counts}" if outcome.counts else ""
        lines.append(f"{outcome.name}: {word}{counts} ({outcome.took_s:.0f} s)")
    lines += [f"FAILED {failure}" for outcome in outcomes for failure in outcome.failures]
    failed = sum(not outcome.passed for outcome in outcomes)
    verdict = f"{failed} of {len(outcomes)} parts failed" if failed else "everything passed"
    return "\n".join([*lines, f"{verdict} in {took_s / 60:.1f} min"])


def _run_lanes(lanes: Sequence[Sequence[Check]]) -> Iterator[Outcome]:
    """Each lane's checks in their order, the lanes beside one another."""
    with ThreadPoolExecutor(len(lanes)) as pool:
        for outcomes in pool.map(lambda lane: [_check(check) for check in lane], lanes):
            yield from outcomes


def _check(check: Check) -> Outcome:
    began = time.monotonic()
    path = f"{Path(sys.executable).parent}{os.pathsep}{_node()[0]}"
    environment = {**os.environ, "PATH": path, "PYTHON": sys.executable, "CI": "true"}
    done = subprocess.run(
        check.command,
        cwd=check.folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    outcome = Outcome(check.name, done.returncode == 0, time.monotonic() - began)
    word = "ok" if outcome.passed else "FAILED"
    shown = "" if outcome.passed else f"\n{done.stdout[-8000:].rstrip()}"
    print(f"{check.name}: {word} ({outcome.took_s:.0f} s){shown}", flush=True)
    return outcome


def _tests(name: str, words: Sequence[str], root: Path) -> Outcome:
    """pytest with ``words``; its output goes to the terminal, its report tells what failed."""
    print(f"{name}:", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        told = [f"--junitxml={report}", "-o", "junit_family=xunit1"]
        command = [sys.executable, "-m", "pytest", *words, *told]
        status = subprocess.run(command, cwd=root, check=False).returncode
        took_s = time.monotonic() - began
        if not report.exists():
            return Outcome(name, False, took_s, (f"{name}: pytest ended with status {status}, no report",))
        counts, failures = read_report(report)
    if status != 0 and not failures:
        failures = (f"{name}: pytest ended with status {status}",)
    return Outcome(name, status == 0, took_s, failures, counts)


def read_report(report: Path) -> tuple[str, tuple[str, ...]]:
    """(counts, a line per failed test) of a JUnit report in pytest's older form, which names the files."""
    suites = ElementTree.parse(report).getroot().findall("testsuite")
    total, failed, skipped = (
        sum(int(suite.get(key, "0")) for suite in suites for key in keys)
        for keys in (("tests",), ("failures", "errors"), ("skipped",))
    )
    failures = []
    for case in (case for suite in suites for case in suite.iter("testcase")):
        for trouble in [*case.findall("failure"), *case.findall("error")]:
            reason = (trouble.get("message") or "").strip().splitlines()
            where = f"{case.get('file') or case.get('classname')}::{case.get('name')}"
            failures.append(f"{where}: {reason[0][:LONGEST_REASON]}" if reason else where)
    counts = [f"{total - failed - skipped} passed"]
    counts += [f"{number} {word}" for number, word in ((failed, "failed"), (skipped, "skipped")) if number]
    return ", ".join(counts), tuple(failures)


def _lanes(root: Path) -> list[list[Check]]:
    python = [sys.executable, "-m"]
    web = root / "web_client"
    _, npm = _node()
    packages = [Check("page packages", [*npm, "ci", "--no-audit", "--no-fund"], web)]
    return [
        [
            Check("lint", [*python, "ruff", "check", "."], root),
            Check("format", [*python, "ruff", "format", "--check", "."], root),
            Check("types", [*python, "mypy"], root),
            Check("layers", [str(Path(sys.executable).with_name("lint-imports"))], root),
        ],
        [
            *(packages if _page_packages_missing(web) else []),
            Check("page types", [*npm, "run", "typecheck"], web),
            Check("page's generated types", [*npm, "run", "check:generated"], web),
            Check("page tests", [*npm, "test"], web),
        ],
    ]


def _node() -> tuple[str, list[str]]:
    """The PATH with a Node.js that is new enough first, and npm's words, as the build hook finds them."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from hatch_build import node_command  # type: ignore[import-not-found, unused-ignore]

    folder, npm = node_command()
    return f"{folder}{os.pathsep}{os.environ.get('PATH', '')}", npm


def _page_packages_missing(web: Path) -> bool:
    """Whether what npm installed is not what the lock file says."""
    installed = web / "node_modules" / ".package-lock.json"
    return not installed.exists() or installed.stat().st_mtime < (web / "package-lock.json").stat().st_mtime
