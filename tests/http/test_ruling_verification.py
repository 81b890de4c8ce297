"""Rulings in an exported record, checked on another machine: with the file and the court's public key alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from recording import keys
from room_server.cli import app
from room_server.ruling_verification import main
from tests.domain.conftest import RECORD_KEY

PASSWORD = "a password of the judge"


@pytest.fixture
async def export(desk: Any, tmp_path: Path) -> Path:
    """A record with two rulings on one ground, as a clerk downloads it."""
    await desk.judge.post("me/password", {"new": PASSWORD})
    fact = {"key": "complexity", "value": "significant_and_complex", "asserted_by": "张三", "how": "desk"}
    await desk.clerk.post(f"{desk.path}/facts", fact)
    hearing = await desk.clerk.post(f"{desk.path}/determine")
    for held in (False, True):
        ruling = {"ground": "complexity", "held": held, "reasons": "事实清楚", "article": "OLR 21(4)"}
        body = {**ruling, "password": PASSWORD, "seen_version": hearing["version"]}
        hearing = await desk.judge.post(f"{desk.path}/rulings", body)
    response = await desk.clerk.send("GET", f"{desk.path}/eligibility.json")
    path = tmp_path / "record.json"
    path.write_bytes(await response.read())
    return path


@pytest.fixture
def public(tmp_path: Path) -> Path:
    path = tmp_path / "court.pem"
    path.write_bytes(RECORD_KEY.public_pem())
    return path


def altered(export: Path, change: Any) -> Path:
    """The export with `change` made to the first ruling as it was stored, or to the whole document."""
    document = json.loads(export.read_text(encoding="utf-8"))
    stored = [entry["stored"] for entry in document["entries"]]
    change(document, next(one["data"]["ruling"] for one in stored if one["type"] == "ruling_made"))
    path = export.with_name("altered.json")
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_rulings_of_an_export_verify(export: Path, public: Path) -> None:
    status, text = main(export, [public])
    assert status == 0 and text.count("verified") == 2 and "rul_" in text
    found = CliRunner().invoke(app, ["verify-rulings", str(export), "--key", str(public), "--json"])
    answer = json.loads(found.stdout)
    assert (found.exit_code, answer["verified"], len(answer["rulings"])) == (0, True, 2)


def test_what_was_changed_is_named(export: Path, public: Path) -> None:
    changes: tuple[tuple[Any, str], ...] = (
        (lambda _, ruling: ruling.update(held=True), "not what was signed"),
        (lambda _, ruling: ruling.update(reasons="other"), "not what was signed"),
        (lambda _, ruling: ruling["by"].update(name="Zhou"), "not what was signed"),
        (lambda document, _: document["proceeding"].update(id="hrg_other"), "another proceeding"),
        (lambda _, ruling: ruling.update(signature=None), "carries no signature"),
        (lambda _, ruling: ruling.pop("ground"), "cannot be read"),
    )
    for change, words in changes:
        path = altered(export, change)
        status, text = main(path, [public])
        assert status == 3 and words in text, words
        found = CliRunner().invoke(app, ["verify-rulings", str(path), "--key", str(public)])
        assert found.exit_code == 3 and "NOT VERIFIED" in found.stdout


def test_a_ruling_needs_the_key_that_it_was_signed_with(export: Path, public: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(keys.RecordKey(Ed25519PrivateKey.generate()).public_pem())
    status, text = main(export, [other])
    assert status == 3 and RECORD_KEY.key_id in text
    assert main(export, [other, public])[0] == 0


def test_what_is_no_export_or_no_key_is_refused(export: Path, public: Path, tmp_path: Path) -> None:
    for name, content in (("empty", ""), ("list", "[]"), ("object", "{}"), ("binary", "\x00")):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        status, text = main(path, [public])
        assert status == 2 and "no exported eligibility record" in text
        assert main(export, [path])[0] == 2
    assert main(tmp_path / "nowhere", [public])[0] == 2
    assert "error" in json.loads(main(tmp_path / "nowhere", [public], as_json=True)[1])
