"""``yunting test``: every check of the source tree in one run, each named, the first failure's output shown."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Run all checks, then the tests. Exit status 0 only if everything passed."""
    if not (ROOT / "tests").is_dir():
        print("The tests are in the source tree: run ./yunting test there.", file=sys.stderr)
        return 2
    failed = []
    if not pytest_arguments:
        failed = [name for name, command, folder in _checks() if not _passes(name, command, folder)]
    status = subprocess.run(
        [sys.executable, "-m", "pytest", *pytest_arguments], cwd=ROOT, check=False
    ).returncode
    if failed:
        print(f"Checks that failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else status


def _checks() -> list[tuple[str, list[str], Path]]:
    python = [sys.executable, "-m"]
    web = ROOT / "web_client"
    _, npm = _node()
    packages = [("page packages", [*npm, "ci", "--no-audit", "--no-fund"], web)]
    return [
        ("lint", [*python, "ruff", "check", "."], ROOT),
        ("format", [*python, "ruff", "format", "--check", "."], ROOT),
        ("types", [*python, "mypy"], ROOT),
        ("layers", [str(Path(sys.executable).with_name("lint-imports"))], ROOT),
        *(packages if _page_packages_missing(web) else []),
        ("page types", [*npm, "run", "typecheck"], web),
        ("page's generated types", [*npm, "run", "check:generated"], web),
        ("page tests", [*npm, "test"], web),
    ]


def _node() -> tuple[str, list[str]]:
    """The PATH with a Node.js that is new enough first, and npm's words, as the build hook finds them."""
    sys.path.insert(0, str(ROOT))
    from hatch_build import node_command  # type: ignore[import-not-found, unused-ignore]

    folder, npm = node_command()
    return f"{folder}{os.pathsep}{os.environ.get('PATH', '')}", npm


def _page_packages_missing(web: Path) -> bool:
    """Whether what npm installed is not what the lock file says."""
    installed = web / "node_modules" / ".package-lock.json"
    return not installed.exists() or installed.stat().st_mtime < (web / "package-lock.json").stat().st_mtime


def _passes(name: str, command: Sequence[str], folder: Path) -> bool:
    began = time.monotonic()
    path = f"{Path(sys.executable).parent}{os.pathsep}{_node()[0]}"
    environment = {**os.environ, "PATH": path, "PYTHON": sys.executable, "CI": "true"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    word = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name}: {word} ({time.monotonic() - began:.0f} s)", flush=True)
    if done.returncode != 0:
        print(done.stdout[-8000:], flush=True)
    return done.returncode == 0
