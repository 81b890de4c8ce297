"""What the documents name exists: commands with their options, files, settings; what they show works."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from room_server.cli import app
from room_server.config import Config, parse_config

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
ON_THE_GROUP = {"--help", "--version"}


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parts(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """The prose of a document, and its code blocks as (language, text)."""
    prose: list[str] = []
    found: list[tuple[str, str]] = []
    block: list[str] | None = None
    language = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            if block is None:
                block, language = [], line[3:].strip()
            else:
                found.append((language, "\n".join(block) + "\n"))
                block = None
        else:
            (prose if block is None else block).append(line)
    assert block is None, f"{path} has a code block without an end"
    return "\n".join(prose), found


def blocks(path: Path, language: str) -> list[str]:
    return [text for name, text in parts(path)[1] if name == language]


def code(path: Path) -> list[str]:
    """Every line of a code block without a language, and every piece of code in the text."""
    lines = [line for block in blocks(path, "") for line in block.splitlines()]
    return lines + [" ".join(piece.split()) for piece in re.findall(r"`([^`]+)`", parts(path)[0])]


def commands_of(path: Path) -> list[list[str]]:
    """The words after ``./yunting`` (or the container's ``yunting``) wherever the document names a command."""
    found = []
    for line in code(path):
        match = re.search(r"(?:\./yunting|exec yunting yunting)(?:\s+(.*))?$", line)
        if match:
            words = (match.group(1) or "").split("  #")[0].split("#")[0].split(">")[0].split("&&")[0]
            found.append(shlex.split(words))
    return found


def test_the_readme_names_commands() -> None:
    named = {words[0] for words in commands_of(ROOT / "README.md") if words}
    assert {"demo", "test", "rehearse", "serve", "verify", "doctor", "backup", "restore"} <= named


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_commands_and_their_options_exist(document: Path) -> None:
    known: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    for words in commands_of(document):
        if not words or words[0] in ON_THE_GROUP:
            continue
        assert words[0] in known, f"./yunting {words[0]}"
        options = {option for parameter in known[words[0]].params for option in parameter.opts} | ON_THE_GROUP
        for word in words[1:]:
            assert not word.startswith("--") or word in options, f"./yunting {' '.join(words)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_modules_to_run_exist(document: Path) -> None:
    for line in code(document):
        for module in re.findall(r"python -m ([\w.]+)", line):
            assert importlib.util.find_spec(module) is not None, module


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_linked_files_exist(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        target = (document.parent / link.partition("#")[0]).resolve()
        if target.parent == IMAGES and not any(IMAGES.glob("*.png")):
            continue  # pictures are taken by the browser tests; once there are any, all that are named must be there
        assert target.exists() and target.is_relative_to(ROOT), f"{ids(document)} links to {link}"


def test_all_documents_can_be_reached_from_the_readme() -> None:
    reached, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        document = todo.pop()
        if document in reached:
            continue
        reached.add(document)
        for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
            target = (document.parent / link.partition("#")[0]).resolve()
            todo += (
                sorted(target.glob("*.md")) if target.is_dir() else [target] if target.suffix == ".md" else []
            )
    # The relay's own document is linked from wherever its authors see fit.
    assert set(DOCUMENTS) - reached <= {ROOT / "docs" / "relay.md"}


def test_the_configuration_in_the_readme_is_whole(tmp_path: Path) -> None:
    (sample,) = blocks(ROOT / "README.md", "toml")
    config = parse_config(tomllib.loads(sample), "README.md", tmp_path)
    assert config.web.public_url == "https://court.example"


def test_the_guide_describes_every_setting_and_no_other() -> None:
    guide = (ROOT / "docs" / "installation.md").read_text(encoding="utf-8")
    table = [line for line in guide.splitlines() if line.startswith("| `")]
    named = {name for line in table for name in re.findall(r"`([a-z_0-9.]+)`", line.split("|")[1])}
    settings = set()
    for name, field in Config.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        settings |= {name} if inner is None else {f"{name}.{key}" for key in inner}
    assert named == settings - {"demo"}  # `demo` is for ./yunting demo alone


def test_the_facts_in_the_rules_are_decided_as_the_text_says(tmp_path: Path) -> None:
    # Two other blocks are files of a rule set, which the tests of the eligibility package read.
    (sample,) = [
        text for text in blocks(ROOT / "docs" / "rules.md", "yaml") if text.startswith("proceeding:")
    ]
    (tmp_path / "facts.yaml").write_text(sample, encoding="utf-8")
    shown = [
        line.split("  #")[0]
        for block in blocks(ROOT / "docs" / "rules.md", "")
        for line in block.splitlines()
    ]
    assert len(shown) == 7
    for line in shown:
        words = shlex.split(line.replace("facts.yaml", str(tmp_path / "facts.yaml")))
        done = subprocess.run(
            [sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == (3 if " check " in line else 0), done.stderr
        assert done.stdout


def test_the_manifest_kinds_in_the_text_are_those_of_the_code() -> None:
    from recording.manifest import KINDS

    text = (ROOT / "docs" / "recording.md").read_text(encoding="utf-8")
    table = text[text.index("| kind |") : text.index("A head is signed")]
    rows = [line for line in table.splitlines() if line.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(KINDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_nothing_of_the_authors_machines_is_in_the_text(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert not re.search(r"/tmp/|/home/|/root/|localhost:\d", text)
