"""A backup taken from a running installation comes back whole, or not at all."""

from __future__ import annotations

import asyncio
import io
import json
import os
import stat
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recording import keys as record_keys
from recording.journal import Journal
from recording.verify import verify
from room_server import backup as backups
from room_server.backup import BackupError, backup, restore
from room_server.config import Config, load_config
from room_server.store.database import sqlite_url
from room_server.store.register import Store

from .conftest import NOW, WriteConfig, hearing_event, make_recording
from .test_doctor import run

Installation = tuple[Path, Config]
Member = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def taken(installation: Installation, tmp_path: Path) -> Path:
    """A backup of the installation."""
    path, config = installation
    target = tmp_path / "backup.tar"
    backup(config, path, target, NOW)
    return target


@pytest.fixture
def elsewhere(write_config: WriteConfig) -> Config:
    """A configuration with an empty data folder to restore into."""
    return load_config(write_config("elsewhere.toml", data='"restored"'))


def members(archive: Path) -> list[Member]:
    with tarfile.open(archive) as tar:
        return [(one, (tar.extractfile(one) or io.BytesIO()).read()) for one in tar]


def write_members(archive: Path, entries: list[Member]) -> None:
    with tarfile.open(archive, "w") as tar:
        for one, content in entries:
            if one.isreg():
                one.size = len(content)
            tar.addfile(one, io.BytesIO(content))


def member(name: str, content: bytes = b"x") -> Member:
    return tarfile.TarInfo(name), content


def nothing_was_restored(config: Config) -> bool:
    left = [path.name for path in config.data.parent.iterdir() if "restor" in path.name]
    return not config.data.exists() and left == []


# ── there and back ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_everything_comes_back(installation: Installation, taken: Path, elsewhere: Config) -> None:
    path, config = installation
    outcome = await asyncio.to_thread(restore, elsewhere, taken)
    assert outcome.recordings == 1 and outcome.made_at == NOW.isoformat()

    store = await Store.open(sqlite_url(elsewhere.database))
    assert [event.data["number"] for event in await store.events.read("hrg_test")] == [0, 1, 2]
    assert await store.events.verify("hrg_test") is None
    assert [account.username for account in await store.accounts.all()] == ["admin", "clerk"]
    await store.close()
    for key in ("record.pem", "token.pem"):
        assert (elsewhere.keys / key).read_bytes() == (config.keys / key).read_bytes()
    public = record_keys.load(elsewhere.keys / "record.pem").public_raw
    report = verify(elsewhere.recordings / "hrg_test", public)
    assert report.ok and report.segments == 2, report.problems
    assert (elsewhere.data / backups.RESTORED_CONFIG_NAME).read_bytes() == path.read_bytes()


def test_what_comes_back_is_its_owners_alone(taken: Path, elsewhere: Config) -> None:
    previous = os.umask(0)
    try:
        restore(elsewhere, taken)
    finally:
        os.umask(previous)
    for path in (elsewhere.data, *elsewhere.data.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600


async def test_a_backup_beside_a_writing_server_is_one_consistent_state(
    installation: Installation, tmp_path: Path, elsewhere: Config
) -> None:
    path, config = installation
    store = await Store.open(sqlite_url(config.database))
    stop, wrote, written = asyncio.Event(), asyncio.Event(), [3]

    async def keep_writing() -> None:
        while not stop.is_set():
            number = written[0]
            await store.events.append("hrg_test", number, [hearing_event(number)])
            written[0] += 1
            wrote.set()

    writer = asyncio.create_task(keep_writing())
    try:
        await asyncio.to_thread(backup, config, path, tmp_path / "live.tar", NOW)
        last = written[0]
        wrote.clear()
        await asyncio.wait_for(wrote.wait(), 20)  # the backup did not stop the server from writing
    finally:
        stop.set()
        await writer
        await store.close()

    await asyncio.to_thread(restore, elsewhere, tmp_path / "live.tar")
    copy = await Store.open(sqlite_url(elsewhere.database))
    numbers = [event.data["number"] for event in await copy.events.read("hrg_test")]
    assert numbers == list(range(len(numbers))) and 3 <= len(numbers) <= last
    assert await copy.events.verify("hrg_test") is None
    await copy.close()


def test_a_recording_in_progress_is_taken_as_far_as_it_got_and_can_go_on(
    installation: Installation, tmp_path: Path, elsewhere: Config
) -> None:
    path, config = installation
    folder = make_recording(config, "hrg_live", closed=False)
    with (folder / "manifest.jsonl").open("ab") as manifest:
        manifest.write(b'{"half a li')
    (folder / "segments" / "0001-000002-1795420820000.mkv").write_bytes(b"still being written")
    outcome = backup(config, path, tmp_path / "live.tar", NOW)
    assert outcome.recordings == 2 and "1 segments still being written" in outcome.warnings[0]

    restore(elsewhere, tmp_path / "live.tar")
    journal = Journal(elsewhere.recordings / "hrg_live", record_keys.load(elsewhere.keys / "record.pem"))
    assert journal.torn_bytes == 0 and [entry.kind for entry in journal.entries][-2:] == ["segment", "head"]
    journal.close()
    assert len(list((elsewhere.recordings / "hrg_live" / "segments").iterdir())) == 2


def test_a_changed_or_missing_segment_is_reported_while_backing_up(
    installation: Installation, tmp_path: Path
) -> None:
    path, config = installation
    first, second = sorted((config.recordings / "hrg_test" / "segments").iterdir())
    first.write_bytes(b"\0" * first.stat().st_size)
    second.unlink()
    warnings = backup(config, path, tmp_path / "b.tar", NOW).warnings
    assert any(first.name in line and "changed" in line for line in warnings)
    assert any(second.name in line and "missing" in line for line in warnings)


def test_a_composed_file_is_taken_with_its_statement(
    installation: Installation, tmp_path: Path, elsewhere: Config
) -> None:
    path, config = installation
    folder = config.recordings / "hrg_test"
    (folder / "composed.json").write_text("{}")
    (folder / "composed.mp4").write_bytes(b"film")
    backup(config, path, tmp_path / "b.tar", NOW)
    restore(elsewhere, tmp_path / "b.tar")
    assert (elsewhere.recordings / "hrg_test" / "composed.mp4").read_bytes() == b"film"


def test_progress_reaches_the_whole(installation: Installation, tmp_path: Path, elsewhere: Config) -> None:
    path, config = installation
    steps: list[tuple[int, int]] = []
    backup(config, path, tmp_path / "b.tar", NOW, lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps) and steps[-1][0] == steps[-1][1] > 80_000
    steps.clear()
    restore(elsewhere, tmp_path / "b.tar", lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps) and steps[-1][0] <= steps[-1][1] == (tmp_path / "b.tar").stat().st_size


# ── refusals while backing up ────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_never_written_over(installation: Installation, taken: Path) -> None:
    path, config = installation
    before = taken.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        backup(config, path, taken, NOW)
    assert taken.read_bytes() == before


def test_a_backup_that_fails_leaves_nothing_behind(installation: Installation, tmp_path: Path) -> None:
    path, config = installation
    with pytest.raises(BackupError, match="could not be written"):
        backup(config, path, tmp_path / "no" / "such" / "folder.tar", NOW)
    config.database.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(BackupError, match="could not be written"):
        backup(config, path, tmp_path / "b.tar", NOW)
    assert [each.name for each in tmp_path.iterdir() if "b.tar" in each.name] == []
    assert list(config.data.glob(".backup-*")) == []


def test_an_empty_place_is_no_installation(write_config: WriteConfig, tmp_path: Path) -> None:
    path = write_config()
    with pytest.raises(BackupError, match="holds no installation"):
        backup(load_config(path), path, tmp_path / "b.tar", NOW)


def test_too_little_room_is_said_before_anything_is_written(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, config = installation
    monkeypatch.setattr(backups.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 10})())
    with pytest.raises(BackupError, match="10 bytes free"):
        backup(config, path, tmp_path / "b.tar", NOW)


# ── refusals while restoring ─────────────────────────────────────────────────────────────────────────────────────────


def test_data_are_never_restored_over(installation: Installation, taken: Path) -> None:
    _, config = installation
    before = config.database.read_bytes()
    with pytest.raises(BackupError, match="not empty"):
        restore(config, taken)
    assert config.database.read_bytes() == before


def test_a_prepared_empty_folder_is_used(taken: Path, elsewhere: Config) -> None:
    elsewhere.data.mkdir()
    restore(elsewhere, taken)
    assert elsewhere.database.exists()


def test_a_flipped_byte_in_any_file_is_found(taken: Path, elsewhere: Config) -> None:
    original = members(taken)
    for index, (one, content) in enumerate(original[:-1]):
        changed = bytearray(content)
        changed[len(changed) // 2] ^= 1
        write_members(taken, [*original[:index], (one, bytes(changed)), *original[index + 1 :]])
        with pytest.raises(BackupError, match="SHA-256 does not fit") as caught:
            restore(elsewhere, taken)
        assert one.name in str(caught.value) and nothing_was_restored(elsewhere)


def test_a_missing_added_or_repeated_file_is_found(taken: Path, elsewhere: Config) -> None:
    original = members(taken)
    cases = [
        (original[:1] + original[2:], "is missing from the backup"),
        ([member("data/keys/other.pem"), *original], "was added"),
        ([original[0], *original], "in the backup twice"),
        (original[:-1], "is cut off, or is none"),
        ([*original, member("data/keys/late.pem")], "comes after the list"),
    ]
    for entries, message in cases:
        write_members(taken, entries)
        with pytest.raises(BackupError, match=message):
            restore(elsewhere, taken)
        assert nothing_was_restored(elsewhere)


@pytest.mark.parametrize(
    "name",
    [
        "../escaped",
        "/tmp/escaped",
        "data/../../escaped",
        "data/keys/../../../escaped",
        "data/keys/..",
        "data/recordings/hrg/../../../../escaped",
        "data/recordings/hrg/segments/x/y.mkv",
        "data/recordings/hrg/other/y.mkv",
        "data/keys/a\\..\\b",
        "data/yunting.sqlite3-wal",
        "etc/passwd",
        "data//keys/x",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(taken: Path, elsewhere: Config, name: str) -> None:
    write_members(taken, [member(name), *members(taken)])
    with pytest.raises(BackupError, match="does not belong into a backup"):
        restore(elsewhere, taken)
    assert nothing_was_restored(elsewhere) and not Path("/tmp/escaped").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
)
def test_links_and_devices_are_refused(taken: Path, elsewhere: Config, kind: bytes) -> None:
    one = tarfile.TarInfo("data/keys/record.pem")
    one.type, one.linkname = kind, "/etc/passwd"
    write_members(taken, [(one, b""), *members(taken)])
    with pytest.raises(BackupError, match="no plain file"):
        restore(elsewhere, taken)
    assert nothing_was_restored(elsewhere)


@pytest.mark.parametrize(
    "change",
    [
        lambda listing: listing | {"format": "yunting-backup/9"},
        lambda listing: listing | {"files": "none"},
        lambda listing: listing | {"files": [{"path": "config.toml", "bytes": 1, "sha256": "zz"}]},
        lambda listing: {"format": listing["format"]},
        lambda listing: [],
    ],
)
def test_a_list_of_files_that_is_none_is_refused(
    taken: Path, elsewhere: Config, change: Callable[[dict[str, object]], object]
) -> None:
    *files, (one, content) = members(taken)
    write_members(taken, [*files, (one, json.dumps(change(json.loads(content))).encode())])
    with pytest.raises(BackupError, match=r"yunting-backup"):
        restore(elsewhere, taken)
    assert nothing_was_restored(elsewhere)


def test_a_database_that_is_damaged_but_listed_so_is_refused(
    installation: Installation, tmp_path: Path, elsewhere: Config
) -> None:
    *_, (_, content) = entries = members(_backup_of(installation, tmp_path))
    database = b"SQLite format 3\0" + b"\xff" * 4096
    listing = json.loads(content)
    for item in listing["files"]:
        if item["path"] == backups.DATABASE_NAME:
            item |= {"bytes": len(database), "sha256": backups.hashlib.sha256(database).hexdigest()}
    changed = {backups.DATABASE_NAME: database, backups.LIST_NAME: json.dumps(listing).encode()}
    write_members(tmp_path / "b.tar", [(one, changed.get(one.name, old)) for one, old in entries])
    with pytest.raises(BackupError, match="is damaged"):
        restore(elsewhere, tmp_path / "b.tar")
    assert nothing_was_restored(elsewhere)


def _backup_of(installation: Installation, tmp_path: Path) -> Path:
    path, config = installation
    backup(config, path, tmp_path / "b.tar", NOW)
    return tmp_path / "b.tar"


@pytest.mark.parametrize("keep", [0, 100, 5_000, 60_000])
def test_a_file_that_is_cut_off_or_no_backup_is_refused(taken: Path, elsewhere: Config, keep: int) -> None:
    taken.write_bytes(taken.read_bytes()[:keep])
    with pytest.raises(BackupError):
        restore(elsewhere, taken)
    assert nothing_was_restored(elsewhere)


def test_a_pipe_in_place_of_the_folder_is_refused(taken: Path, elsewhere: Config) -> None:
    os.mkfifo(elsewhere.data)
    with pytest.raises(BackupError, match="is not a folder"):
        restore(elsewhere, taken)


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_commands_say_what_they_did_and_exit_accordingly(
    installation: Installation, tmp_path: Path, write_config: WriteConfig
) -> None:
    path, _ = installation
    target, other = tmp_path / "cli.tar", write_config("other.toml", data='"other"')
    done: subprocess.CompletedProcess[str] = run("backup", "--config", str(path), str(target))
    assert done.returncode == 0 and "1 recordings" in done.stdout and "100 %" in done.stderr
    again = run("backup", "--config", str(path), str(target))
    assert again.returncode == 1 and "exists already" in again.stderr and again.stdout == ""
    back = run("restore", "--config", str(other), str(target))
    assert back.returncode == 0 and "every SHA-256 checked" in back.stdout
    twice = run("restore", "--config", str(other), str(target))
    assert twice.returncode == 1 and "not empty" in twice.stderr
    assert run("backup", "--config", str(tmp_path / "none.toml"), str(tmp_path / "x.tar")).returncode == 2
