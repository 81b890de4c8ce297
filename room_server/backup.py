"""``yunting backup`` and ``yunting restore``: one tar file with everything that an installation cannot make anew.

In it: ``config.toml``, ``data/yunting.sqlite3`` (a consistent snapshot, also while the server runs), ``data/keys/``,
``data/recordings/`` and, last, ``yunting-backup.json`` with the SHA-256 of each of them. Finished segments never change,
so a hearing in session is in the backup as far as its record reached at one moment.

The hashes find damage. Who could change the whole file could change them too: that a recording is authentic is shown
by ``yunting verify``, with a public key kept elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from recording.manifest import HEAD_NAME, MANIFEST_NAME, SEGMENT_FOLDER
from room_server import __version__
from room_server.config import Config

FORMAT: Final = "yunting-backup/1"
LIST_NAME: Final = "yunting-backup.json"
CONFIG_NAME: Final = "config.toml"
DATABASE_NAME: Final = "data/yunting.sqlite3"
RESTORED_CONFIG_NAME: Final = "config-from-backup.toml"
LARGEST_LIST_BYTES: Final = 256 << 20
MOST_FILES: Final = 5_000_000
_CHUNK_BYTES: Final = 1 << 20
_HEX = re.compile(r"^[0-9a-f]{64}$")
_TRIES = 20

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class BackupError(Exception):
    """It cannot be done; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the backup: ``path`` in it, ``bytes``, and the SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Outcome:
    """What was done. ``warnings`` are for the administrator's eyes and no failure."""

    files: int = 0
    bytes: int = 0
    recordings: int = 0
    made_at: str = ""
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Source:
    """A file to be taken up: from ``path`` its first ``size`` bytes, or ``content``. ``expected`` is its known hash."""

    name: str
    size: int
    path: Path | None = None
    content: bytes = b""
    expected: str | None = None


def backup(
    config: Config, config_file: Path, target: Path, made_at: datetime, progress: Progress | None = None
) -> Outcome:
    """Write the backup to ``target``, which must not exist; it appears there only when it is whole and on disk.

    ``made_at`` is aware. Raises :class:`BackupError`.
    """
    if target.exists() or target.is_symlink():
        raise BackupError(f"{target} exists already; a backup is never written over. Name a new file.")
    if not config.database.is_file():
        raise BackupError(f"{config.data} holds no installation: {config.database.name} is missing.")
    outcome = Outcome(made_at=made_at.isoformat())
    try:
        with (
            # SQLite wants a local disk, which the data folder is on; the backup may go to a network.
            tempfile.TemporaryDirectory(dir=config.data, prefix=".backup-") as near,
            tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as beside,
        ):
            draft, snapshot = Path(beside) / "backup.tar", Path(near) / "snapshot.sqlite3"
            _snapshot(config.database, snapshot)
            # Read at once after the snapshot: record and recordings then speak of the same moment.
            sources = [
                _Source(CONFIG_NAME, config_file.stat().st_size, config_file),
                _Source(DATABASE_NAME, snapshot.stat().st_size, snapshot),
                *_keys(config),
                *_recordings(config, outcome),
            ]
            _check_room(target.parent, sum(source.size for source in sources))
            _write(draft, sources, outcome, progress or _silent)
            _publish(draft, target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"the backup could not be written: {error}") from error
    return outcome


def _silent(_done: int, _total: int) -> None:
    return None


def _snapshot(source: Path, target: Path) -> None:
    """SQLite's own online backup: one consistent state, whatever is being written meanwhile."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(source, timeout=30)) as database, closing(sqlite3.connect(target)) as copy:
        database.execute("PRAGMA query_only=ON")
        database.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _keys(config: Config) -> Iterator[_Source]:
    for path in sorted(config.keys.glob("*")) if config.keys.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            yield _Source(f"data/keys/{path.name}", path.stat().st_size, path)


def _recordings(config: Config, outcome: Outcome) -> list[_Source]:
    sources: list[_Source] = []
    for folder in sorted(config.recordings.glob("*")) if config.recordings.is_dir() else ():
        if (folder / MANIFEST_NAME).is_file() and not folder.is_symlink():
            outcome.recordings += 1
            sources += _recording(folder, outcome)
    return sources


def _recording(folder: Path, outcome: Outcome) -> list[_Source]:
    """Manifest and head as they were at one moment, with the files that this manifest names."""
    base = f"data/recordings/{folder.name}"
    manifest, head = _read_together(folder)
    sources = [_Source(f"{base}/{MANIFEST_NAME}", len(manifest), content=manifest)]
    if head is not None:
        sources.append(_Source(f"{base}/{HEAD_NAME}", len(head), content=head))
    named = _named_files(manifest)
    for name, expected in named.items():
        path = folder / name
        if path.is_file() and not path.is_symlink():
            sources.append(_Source(f"{base}/{name}", path.stat().st_size, path, expected=expected))
        else:
            outcome.warnings.append(f"{folder.name}/{name} is missing, although the manifest names it")
    for sidecar in sorted(folder.glob("*.json")):
        # A composed file counts once its signed statement is there.
        for path in (sidecar, *folder.glob(f"{sidecar.stem}.mp4")):
            sources.append(_Source(f"{base}/{path.name}", path.stat().st_size, path))
    left_out = sum(
        1 for path in (folder / SEGMENT_FOLDER).glob("*") if f"{SEGMENT_FOLDER}/{path.name}" not in named
    )
    if left_out:
        outcome.warnings.append(
            f"{folder.name}: {left_out} segments still being written are not in the backup"
        )
    return sources


def _read_together(folder: Path) -> tuple[bytes, bytes | None]:
    """The manifest's whole lines and the head that belongs to them: a head is signed after its entry is written."""
    for _ in range(_TRIES):
        head = _head(folder)
        manifest = (folder / MANIFEST_NAME).read_bytes().rpartition(b"\n")
        if head == _head(folder):
            break
    return manifest[0] + manifest[1], head


def _head(folder: Path) -> bytes | None:
    try:
        return (folder / HEAD_NAME).read_bytes()
    except FileNotFoundError:
        return None


def _named_files(manifest: bytes) -> dict[str, str | None]:
    """Segment files and their recorded hashes. A damaged line is passed over: it must not keep the rest out."""
    found: dict[str, str | None] = {}
    for line in manifest.splitlines():
        try:
            entry = json.loads(line)
            if entry["kind"] in ("segment", "segment_unreadable"):
                path, digest = entry["data"]["path"], entry["data"].get("sha256")
                folder, _, name = str(path).rpartition("/")
                if folder == SEGMENT_FOLDER and name not in ("", ".", ".."):
                    found[str(path)] = digest if isinstance(digest, str) else None
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupError(f"{folder} has {free:,} bytes free, {needed:,} are needed. Choose another disk.")


def _write(draft: Path, sources: list[_Source], outcome: Outcome, progress: Progress) -> None:
    total, done = sum(source.size for source in sources), 0
    entries: list[Entry] = []
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for source in sources:
            digest = _add(tar, source)
            if source.expected is not None and digest != source.expected:
                outcome.warnings.append(
                    f"{source.name} is not what its manifest recorded: it was changed or is damaged"
                )
            entries.append(Entry(source.name, source.size, digest))
            done += source.size
            progress(done, total)
        listing = {
            "format": FORMAT,
            "made_at": outcome.made_at,
            "version": __version__,
            "files": [{"path": e.path, "bytes": e.bytes, "sha256": e.sha256} for e in entries],
        }
        content = json.dumps(listing, ensure_ascii=False, indent=1).encode()
        _add(tar, _Source(LIST_NAME, len(content), content=content))
        tar.close()
        file.flush()
        os.fsync(file.fileno())
    outcome.files, outcome.bytes = len(entries), draft.stat().st_size


def _add(tar: tarfile.TarFile, source: _Source) -> str:
    """Add one file; returns the SHA-256 of exactly the bytes that went in."""
    member = tarfile.TarInfo(source.name)
    member.size, member.mode = source.size, 0o600
    with source.path.open("rb") if source.path is not None else io.BytesIO(source.content) as file:
        if source.path is not None:
            member.mtime = int(source.path.stat().st_mtime)
        hashing = _Hashing(file)
        try:
            tar.addfile(member, hashing)
        except OSError as error:
            raise OSError(f"{source.name} could not be taken up: {error}") from error
    return hashing.digest.hexdigest()


class _Hashing:
    """Reads through to a file and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        block = self._file.read(count)
        self.digest.update(block)
        return block


def _publish(draft: Path, target: Path) -> None:
    """Give the finished file its name. A rename would replace a file that is there: the name is taken first."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise BackupError(f"{target} appeared meanwhile; a backup is never written over.") from None
    try:
        draft.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems cannot; the file itself is synced
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def restore(config: Config, source: Path, progress: Progress | None = None) -> Outcome:
    """Bring the backup ``source`` into the empty data folder of ``config``; it appears there only when all is verified.

    The backup's configuration is laid beside the data, not put in force. Raises :class:`BackupError`.
    """
    data = config.data
    if data.is_symlink() or (data.exists() and not data.is_dir()):
        raise BackupError(f"{data} is not a folder.")
    if data.is_dir() and any(data.iterdir()):
        raise BackupError(
            f"{data} is not empty; a backup is never restored over data. Name another folder or move it."
        )
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with _staging(data) as stage:
            _check_room(stage, source.stat().st_size)
            with tarfile.open(source, "r:") as tar:
                outcome = _unpack(tar, source.stat().st_size, stage, progress or _silent)
            _check_database(stage / DATABASE_NAME)
            (stage / CONFIG_NAME).replace(stage / "data" / RESTORED_CONFIG_NAME)
            for name in ("keys", "recordings"):
                (stage / "data" / name).mkdir(exist_ok=True)
            _settle(stage / "data", data)
            (stage / "data").replace(data)
            _sync_folder(data.parent)
    except (OSError, tarfile.TarError) as error:
        raise BackupError(f"{source} could not be restored: {error}. Nothing was changed.") from error
    return outcome


@contextmanager
def _staging(data: Path) -> Iterator[Path]:
    """A private folder on the same file system as ``data``, gone afterwards."""
    stage = Path(tempfile.mkdtemp(dir=data.parent, prefix=f".{data.name}.restoring-"))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _settle(staged: Path, data: Path) -> None:
    """Rights as the server gives them; where root restores, the owner of the folder that was prepared."""
    owner = data.stat() if data.is_dir() and os.geteuid() == 0 else None
    for path in (staged, *staged.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if owner is not None:
            os.chown(path, owner.st_uid, owner.st_gid)


def _unpack(tar: tarfile.TarFile, size: int, stage: Path, progress: Progress) -> Outcome:
    found: dict[str, Entry] = {}
    listing: bytes | None = None
    for member in tar:
        name = safe_name(member)
        if listing is not None:
            raise BackupError(
                f"{name!r} comes after the list of files: this is not a backup as it was written."
            )
        if name in found or len(found) >= MOST_FILES:
            raise BackupError(
                f"{name!r} is in the backup twice, or there are more than {MOST_FILES:,} files."
            )
        content = tar.extractfile(member)
        if content is None:
            raise BackupError(f"{name!r} cannot be read.")
        if name == LIST_NAME:
            if member.size > LARGEST_LIST_BYTES:
                raise BackupError(f"{LIST_NAME} is too large.")
            listing = content.read()
        else:
            found[name] = _store(content, name, stage)
        progress(min(member.offset_data + member.size, size), size)
    if listing is None:
        raise BackupError(f"{LIST_NAME} is missing: the backup is cut off, or is none.")
    made_at = _compare(listing, found)
    recordings = {PurePosixPath(name).parts[2] for name in found if name.startswith("data/recordings/")}
    return Outcome(len(found), sum(e.bytes for e in found.values()), len(recordings), made_at)


def safe_name(member: tarfile.TarInfo) -> str:
    """The member's name, if it is a plain file where a backup has files. Raises :class:`BackupError`."""
    name = member.name
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") and "\\" not in part and "\0" not in part for part in parts)
    known = name in (LIST_NAME, CONFIG_NAME, DATABASE_NAME) or (
        (len(parts) == 3 and parts[:2] == ["data", "keys"])
        or (
            4 <= len(parts) <= 5
            and parts[:2] == ["data", "recordings"]
            and parts[3:-1] in ([], [SEGMENT_FOLDER])
        )
    )
    if not plain or not known:
        raise BackupError(f"{name!r} does not belong into a backup; nothing was restored.")
    if not member.isreg() or member.sparse is not None:
        raise BackupError(f"{name!r} is no plain file; nothing was restored.")
    return name


def _store(content: IO[bytes], name: str, stage: Path) -> Entry:
    path = stage / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(descriptor, "wb") as file:
        while block := content.read(_CHUNK_BYTES):
            digest.update(block)
            size += file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return Entry(name, size, digest.hexdigest())


def _compare(listing: bytes, found: dict[str, Entry]) -> str:
    """Every listed file is there and whole, and no other. Returns when the backup was made."""
    made_at, listed = _read_list(listing)
    for name, entry in listed.items():
        there = found.get(name)
        if there is None:
            raise BackupError(f"{name!r} is missing from the backup; nothing was restored.")
        if there != entry:
            raise BackupError(
                f"{name!r} was changed or is damaged: its SHA-256 does not fit; nothing was restored."
            )
    if extra := sorted(set(found) - set(listed)):
        raise BackupError(f"{extra[0]!r} was added to the backup; nothing was restored.")
    for needed in (CONFIG_NAME, DATABASE_NAME):
        if needed not in found:
            raise BackupError(f"{needed!r} is missing from the backup; nothing was restored.")
    return made_at


def _read_list(listing: bytes) -> tuple[str, dict[str, Entry]]:
    try:
        value: Any = json.loads(listing)
        if value["format"] != FORMAT:
            raise BackupError(
                f"the backup has the format {value['format']!r}; this version reads {FORMAT!r}."
            )
        entries = [
            Entry(str(item["path"]), int(item["bytes"]), str(item["sha256"])) for item in value["files"]
        ]
        made_at = str(value["made_at"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BackupError(f"{LIST_NAME} is damaged: {error!r}") from error
    if any(not _HEX.match(entry.sha256) for entry in entries):
        raise BackupError(f"{LIST_NAME} is damaged: a SHA-256 has 64 hexadecimal digits")
    return made_at, {entry.path: entry for entry in entries}


def _check_database(path: Path) -> None:
    found = "it is no database"
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as database:
        found = str(database.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        raise BackupError(f"{DATABASE_NAME} in the backup is damaged: {found}; nothing was restored.")
