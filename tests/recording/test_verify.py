"""Every way of tampering that the verifier must find, on one real recording."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recording import derivative, keys
from recording.journal import read_manifest
from recording.manifest import MANIFEST_NAME, Entry, follow
from recording.verify import CannotVerify, main, verify

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def closed_recording(hearing, key_file) -> tuple[Path, bytes]:
    folder, _ = hearing(recess=False)
    return folder, keys.load(key_file).public_raw


@pytest.fixture
def recording(tmp_path_factory, request, _template) -> tuple[Path, bytes]:
    """A fresh copy of one closed recording, made once."""
    source, public = _template
    copy = tmp_path_factory.mktemp("copy") / "recording"
    shutil.copytree(source, copy)
    return copy, public


_KEPT: dict[str, tuple[Path, bytes]] = {}


@pytest.fixture
def _template(request, tmp_path_factory) -> tuple[Path, bytes]:
    if "recording" not in _KEPT:
        folder, public = request.getfixturevalue("closed_recording")
        kept = tmp_path_factory.mktemp("kept") / "recording"
        shutil.copytree(folder, kept)
        _KEPT["recording"] = kept, public
    return _KEPT["recording"]


def lines_of(folder: Path) -> list[bytes]:
    return (folder / MANIFEST_NAME).read_bytes().splitlines(keepends=True)


def rehash(folder: Path, entries: list[Entry]) -> None:
    """Write the entries with a chain computed anew, as a tamperer without the key would."""
    previous: Entry | None = None
    with (folder / MANIFEST_NAME).open("wb") as file:
        for entry in entries:
            previous = follow(previous, entry.kind, entry.at, entry.data)
            file.write(previous.line())


def problems(recording: tuple[Path, bytes], key: bytes | None = None) -> list[str]:
    report = verify(recording[0], key or recording[1])
    assert report.ok == (not report.problems)
    return [f"{p['where']}: {p['what']}" for p in report.problems]


def test_an_untouched_recording_verifies(recording):
    report = verify(*recording)
    assert report.ok and report.closed and report.first_problem is None and report.notes == []
    assert report.segments >= 6 and report.recorded_s == pytest.approx(3, abs=0.01)


def test_without_a_key_the_report_says_that_authenticity_is_open(recording):
    report = verify(recording[0])
    assert report.ok and not report.independent_key
    assert "not checked against an independent key" in report.notes[0]


def test_a_flipped_byte_in_any_segment_is_found(recording):
    for file in sorted((recording[0] / "segments").iterdir()):
        original = file.read_bytes()
        for position in (0, len(original) // 2, len(original) - 1):
            changed = bytearray(original)
            changed[position] ^= 1
            file.write_bytes(changed)
            assert any(f"segments/{file.name}: was changed" in p for p in problems(recording))
        file.write_bytes(original)
    assert problems(recording) == []


def test_a_flipped_byte_anywhere_in_the_manifest_is_found(recording, seeded):
    file = recording[0] / MANIFEST_NAME
    original = file.read_bytes()
    for position in seeded.sample(range(len(original)), 60):
        changed = bytearray(original)
        changed[position] ^= 1 << seeded.randrange(8)
        file.write_bytes(changed)
        assert problems(recording), f"bit flipped at {position}"


def test_a_missing_and_an_added_file_are_found(recording):
    first = sorted((recording[0] / "segments").iterdir())[0]
    first.rename(recording[0] / "segments" / "9999-000001-1.mkv")
    found = problems(recording)
    assert f"segments/{first.name}: is missing" in found
    assert any("9999-000001-1.mkv: does not belong" in p for p in found)


@pytest.mark.parametrize("name", ["notes.txt", "extra/file.bin", "evil.json", ".hidden"])
def test_any_other_file_is_found(recording, name):
    (recording[0] / name).parent.mkdir(exist_ok=True)
    (recording[0] / name).write_text("{}")
    assert any(p.startswith(name.partition("/")[0]) for p in problems(recording))


def test_a_removed_last_segment_is_found(recording):
    entries = read_manifest(recording[0])
    last = next(e for e in reversed(entries) if e.kind == "segment")
    (recording[0] / last.data["path"]).unlink()
    (recording[0] / MANIFEST_NAME).write_bytes(b"".join(e.line() for e in entries if e is not last))
    assert any(f"entry {last.sequence}" in p for p in problems(recording))


def test_a_removed_last_segment_with_all_hashes_computed_anew_is_found(recording):
    entries = read_manifest(recording[0])
    last = next(e for e in reversed(entries) if e.kind == "segment")
    (recording[0] / last.data["path"]).unlink()
    rehash(recording[0], [e for e in entries if e.sequence not in (last.sequence, last.sequence + 1)])
    found = problems(recording)
    assert any("head" in p for p in found)


def test_a_changed_event_with_all_hashes_computed_anew_is_found(recording):
    entries = read_manifest(recording[0])
    event = next(e for e in entries if e.kind == "event")
    event.data["by"] = "par_someone_else"
    rehash(recording[0], entries)
    assert any("not that of the entry before it" in p for p in problems(recording))


def test_a_recording_signed_anew_with_another_key_is_found_with_the_courts_key(recording, tmp_path):
    forger = keys.create(tmp_path / "forger.key")
    entries = read_manifest(recording[0])
    entries[0].data.update(public_key=forger.public_raw.hex(), key_id=forger.key_id)
    from recording.journal import Journal

    (recording[0] / MANIFEST_NAME).unlink()
    (recording[0] / "HEAD").unlink()
    journal = Journal(recording[0], forger)
    for entry in entries:
        if entry.kind == "head":
            journal.sign_head(entry.at)
        else:
            journal.append(entry.kind, entry.at, entry.data)
    journal.close()
    assert verify(recording[0]).ok  # without an independent key nothing can show it: the note says so
    assert "not the given key" in problems(recording)[0]


def test_two_entries_in_the_wrong_order_are_found(recording):
    lines = lines_of(recording[0])
    lines[3], lines[4] = lines[4], lines[3]
    (recording[0] / MANIFEST_NAME).write_bytes(b"".join(lines))
    assert "entry 4 stands where entry 3 should be" in problems(recording)[0]


def test_every_truncation_of_the_manifest_is_found(recording):
    lines = lines_of(recording[0])
    for kept in range(len(lines)):
        (recording[0] / MANIFEST_NAME).write_bytes(b"".join(lines[:kept]))
        found = problems(recording)
        assert found and any("never closed" in p or "closed" in p for p in found), f"cut to {kept} lines"
    (recording[0] / MANIFEST_NAME).write_bytes(b"".join(lines)[:-5])
    assert any("middle of a line" in p for p in problems(recording))


def test_a_cut_that_also_takes_head_back_still_shows_as_never_closed(recording):
    lines = lines_of(recording[0])
    heads = [i for i, e in enumerate(read_manifest(recording[0])) if e.kind == "head"]
    cut = heads[-2]
    (recording[0] / MANIFEST_NAME).write_bytes(b"".join(lines[: cut + 1]))
    (recording[0] / "HEAD").write_text(json.dumps(json.loads(lines[cut])["data"]))
    found = problems(recording)
    assert len(found) == 1 and "never closed" in found[0]


def test_a_missing_or_foreign_head_is_found(recording):
    head = recording[0] / "HEAD"
    content = head.read_bytes()
    head.unlink()
    assert any("HEAD: is missing" in p for p in problems(recording))
    head.write_bytes(content.replace(b'"signature":"', b'"signature":"AA'))
    assert any(p.startswith("HEAD") for p in problems(recording))
    head.write_text("[]")
    assert any("HEAD is damaged" in p for p in problems(recording))


def test_a_composed_file_is_held_to_its_statement(recording, key_file, tmp_path):
    folder, _ = recording
    closed = next(e for e in read_manifest(folder) if e.kind == "closed")
    (folder / "composed.mp4").write_bytes(b"not really a film")
    assert any("composed.mp4: does not belong" in p for p in problems(recording))
    forger = keys.create(tmp_path / "forger.key")
    derivative.state(folder / "composed.mp4", closed, "rec_1", "2026-11-23T10:00:00Z", 3.0, forger)
    assert problems(recording) == ["composed.json: its signature does not hold"]


def test_the_command_line_says_what_is_wrong_first(recording, tmp_path, capsys):
    folder, _ = recording
    assert main([str(folder)]) == 0
    assert "independent key" in capsys.readouterr().out
    segment = sorted((folder / "segments").iterdir())[0]
    segment.write_bytes(segment.read_bytes() + b"x")
    assert main([str(folder), "--json"]) == 3
    printed = json.loads(capsys.readouterr().out)
    assert printed["ok"] is False and printed["first_problem"].startswith(f"segments/{segment.name}: has ")
    assert main([str(tmp_path / "nothing")]) == 2
    (tmp_path / "bad.pem").write_text("no key")
    assert main([str(folder), "--key", str(tmp_path / "bad.pem")]) == 2


def test_it_runs_as_a_program_of_its_own(recording, tmp_path):
    folder, _ = recording
    done = subprocess.run(
        [sys.executable, "-m", "recording.verify", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "The recording verifies." in done.stdout


def test_a_folder_without_a_manifest_cannot_be_verified(tmp_path):
    with pytest.raises(CannotVerify, match=r"manifest\.jsonl cannot be read"):
        verify(tmp_path)


garbage = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.sampled_from(["", "..", "segments/x", "a" * 64]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "hash", "sequence"]), inner)
    ),
    max_leaves=4,
)


def test_a_head_that_names_another_key_is_found(recording):
    folder, _ = recording
    entries = read_manifest(folder)
    assert entries[-1].kind == "head"  # nothing after it signs it
    entries[-1].data["key_id"] = "rk_0000000000000000"
    rehash(folder, entries)
    assert "names another key" in problems(recording)[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_a_forged_manifest_says_the_verifier_answers(recording, data):
    folder, public = recording
    manifest, head = folder / MANIFEST_NAME, folder / "HEAD"
    kept = manifest.read_bytes(), head.read_bytes()
    try:
        entries = read_manifest(folder)
        entry = entries[data.draw(st.integers(0, len(entries) - 1))]
        name = data.draw(st.sampled_from(sorted(entry.data)))
        before = json.dumps(entry.data[name])  # as JSON: 0 is not false, though Python calls them equal
        entry.data[name] = data.draw(garbage)
        rehash(folder, entries)
        if data.draw(st.booleans()):
            forged = {
                **json.loads(kept[1]),
                data.draw(st.sampled_from(["sequence", "hash", "key_id"])): data.draw(garbage),
            }
            head.write_text(json.dumps(forged))
        assert verify(folder, public).ok == (
            json.dumps(entry.data[name]) == before and head.read_bytes() == kept[1]
        )
        verify(folder)
    finally:
        manifest.write_bytes(kept[0])
        head.write_bytes(kept[1])
