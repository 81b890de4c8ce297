"""The data folder: room, rights, and a file system on which a commit that has returned is on disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path

from recording import keys as record_keys
from recording.model import RecordingError
from room_server.config import Config
from room_server.doctor.report import Check

RECORDED_BYTES_PER_S = 6 * (800_000 + 40_000) // 8
"""A hearing of six: 640x480 video at about 800 kbit/s and sound at 40 kbit/s from each."""
LITTLE_ROOM_H = 24.0
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.ceph",
        "fuse.davfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "gfs2",
        "glusterfs",
        "lustre",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "smb3",
        "smbfs",
        "virtiofs",
    }
)


def storage(config: Config) -> list[Check]:
    """All findings about the data folder, which need not exist yet."""
    folder = existing_part(config.data)
    checks = [_writable(config.data, folder)]
    if config.data.is_dir():
        checks += [_modes(config), *_keys(config)]
    checks += [_room(config, folder), _file_system(folder)]
    if checks[0].status != "wrong":
        checks.append(_wal(folder))
        if config.database.exists():
            checks.append(_database(config.database))
    return checks


def existing_part(path: Path) -> Path:
    """``path`` itself, or its nearest parent that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _writable(data: Path, folder: Path) -> Check:
    name = "data folder"
    if not folder.is_dir():
        return Check(name, "wrong", f"{folder} is not a folder", "Correct data in the configuration.")
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".yunting-doctor-") as file:
            file.write(b"yunting")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Check(
            name,
            "wrong",
            f"nothing can be written in {folder}: {error.strerror}",
            f"Make the folder for the service's user: install -d -m 700 -o USER -g USER {data}",
        )
    if folder != data:
        return Check(name, "ok", f"{data} is made at the first start")
    return Check(name, "ok", f"{data} can be written")


def _modes(config: Config) -> Check:
    """Folders for their owner only; what the server wrote belongs to one user."""
    name = "rights"
    open_folders = [
        folder
        for folder in (config.data, config.keys, config.recordings)
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & 0o077
    ]
    if open_folders:
        shown = " ".join(str(folder) for folder in open_folders)
        return Check(name, "wrong", f"others on this machine can look into {shown}", f"chmod 700 {shown}")
    files = [config.database, *(config.keys.glob("*") if config.keys.is_dir() else ())]
    open_files = [
        # A certificate is public; everything else in these places is not.
        path
        for path in files
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077 and not _is_certificate(path)
    ]
    if open_files:
        shown = " ".join(str(path) for path in open_files)
        return Check(name, "wrong", f"others on this machine can read {shown}", f"chmod 600 {shown}")
    owners = {path.stat().st_uid for path in (config.data, *files) if path.exists()}
    if len(owners) > 1:
        return Check(
            name,
            "wrong",
            f"the data belong to several users (ids {', '.join(str(owner) for owner in sorted(owners))})",
            f"chown -R USER:USER {config.data}, with the user that the service runs as.",
        )
    return Check(name, "ok", "folders 0700, files 0600, one owner")


def _is_certificate(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(27) == b"-----BEGIN CERTIFICATE-----"


def _keys(config: Config) -> list[Check]:
    path = config.keys / "record.pem"
    if not path.exists():
        if config.recordings.is_dir() and any(config.recordings.iterdir()):
            return [
                Check(
                    "record key",
                    "wrong",
                    f"{path} is missing, but there are recordings signed with it",
                    "Restore it from a backup: a new key could not continue them.",
                )
            ]
        return [Check("record key", "ok", "is made at the first start")]
    try:
        key = record_keys.load(path)
    except RecordingError as error:
        return [Check("record key", "wrong", str(error), "Restore it from a backup; do not make a new one.")]
    return [Check("record key", "ok", f"{key.key_id}; keep its public half elsewhere: ./yunting export-key")]


def _room(config: Config, folder: Path) -> Check:
    name = "disk"
    free = shutil.disk_usage(folder).free
    least = config.recording.min_free_bytes
    hours = max(free - least, 0) / RECORDED_BYTES_PER_S / 3600
    found = f"{_gib(free)} free, {_gib(least)} kept back"
    todo = "Free space or move the data folder to a larger disk; at the limit every hearing is suspended."
    if free <= least:
        return Check(name, "wrong", f"{found}: nothing can be recorded", todo)
    found = f"{found}: about {hours:.0f} hours of recording (six people, 640x480)"
    if hours < LITTLE_ROOM_H:
        return Check(name, "warning", found, todo)
    return Check(name, "ok", found)


def _gib(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB"


def _file_system(folder: Path) -> Check:
    name = "file system"
    kind = file_system_of(folder)
    if kind is None:
        return Check(
            name, "warning", "its kind cannot be told", "Make sure that the data folder is on a local disk."
        )
    if kind in NETWORK_FILE_SYSTEMS:
        return Check(
            name,
            "wrong",
            f"{folder} is on {kind}, a network file system: SQLite can lose events on it",
            "Put the data folder on a local disk; copy backups to the network instead.",
        )
    if kind in ("tmpfs", "ramfs"):
        return Check(
            name,
            "wrong",
            f"{folder} is in memory ({kind})",
            "Put the data folder on a disk: a restart loses it all.",
        )
    return Check(name, "ok", f"{kind}, on this machine")


def file_system_of(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str | None:
    """The kind of file system ``folder`` is on (proc_pid_mountinfo(5)); the last mount over a path counts."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    resolved = folder.resolve()
    best: tuple[int, str] | None = None
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or not kind:
            continue
        point = Path(_unescaped(fields[4]))
        if resolved.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = (len(point.parts), kind[0])
    return None if best is None else best[1]


def _unescaped(path: str) -> str:
    """Blanks stand as octal escapes in mountinfo."""
    for escape, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(escape, character)
    return path


def _wal(folder: Path) -> Check:
    """A small database in WAL mode with a reader beside its writer, as the server uses it."""
    name = "sqlite"
    todo = "Put the data folder on a local disk with an ordinary file system (ext4, xfs)."
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".yunting-doctor-") as place:
            path = Path(place) / "trial.sqlite3"
            with closing(sqlite3.connect(path)) as writer, closing(sqlite3.connect(path)) as reader:
                mode = writer.execute("PRAGMA journal_mode=WAL").fetchone()[0]
                if mode != "wal":
                    return Check(name, "wrong", f"WAL mode is refused ({mode})", todo)
                writer.execute("PRAGMA synchronous=FULL")
                writer.execute("CREATE TABLE trial (number INTEGER)")
                reader.execute("BEGIN")
                before = reader.execute("SELECT count(*) FROM trial").fetchone()[0]
                with writer:
                    writer.execute("INSERT INTO trial VALUES (1)")
                during = reader.execute("SELECT count(*) FROM trial").fetchone()[0]
                reader.execute("COMMIT")
                after = reader.execute("SELECT count(*) FROM trial").fetchone()[0]
    except (OSError, sqlite3.Error) as error:
        return Check(name, "wrong", f"WAL mode does not work here: {error}", todo)
    if (before, during, after) != (0, 0, 1):
        return Check(name, "wrong", "a reader and a writer disturb each other", todo)
    return Check(name, "ok", f"SQLite {sqlite3.sqlite_version}, WAL mode works")


def _database(path: Path) -> Check:
    name = "database"
    try:
        with closing(sqlite3.connect(path, timeout=10)) as database:
            database.execute("PRAGMA query_only=ON")
            found = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        return Check(
            name, "wrong", f"{path} is damaged: {found}", "Stop the server and restore the last backup."
        )
    return Check(name, "ok", f"{path.name} is intact, {path.stat().st_size / (1 << 20):.1f} MiB")
