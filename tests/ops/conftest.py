"""Installations for the administrator's tools: a configuration, certificates, a store with a case, a recording."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from recording import keys as record_keys
from recording.journal import Journal
from recording.manifest import ALGORITHMS, FORMAT
from room_server.app import prepare_folders
from room_server.clock import SystemClock
from room_server.config import Config, load_config
from room_server.identity.service import Identity
from room_server.store.chain import NewEvent
from room_server.store.database import sqlite_url
from room_server.store.register import Store

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WriteConfig = Callable[..., Path]


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_media_ports(count: int) -> int:
    """The first of so many port numbers in a row that are free for UDP and for TCP."""
    while True:
        first = free_port(socket.SOCK_DGRAM)
        try:
            for port in range(first, first + count):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    with socket.socket(socket.AF_INET, kind) as probe:
                        probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    """Writes a configuration in TOML; keyword arguments replace lines of its sections."""

    def write(name: str = "config.toml", **changed: str) -> Path:
        settings = {
            "data": '"data"',
            "listen": '"127.0.0.1"',
            "web_port": str(free_port()),
            "public_url": '"http://127.0.0.1:8443"',
            "tls": "",
            "media_port": str(free_port(socket.SOCK_DGRAM)),
            "workers": "1",
            "addresses": '[{ ip = "127.0.0.1" }]',
            "min_free_bytes": "0",
        } | changed
        path = tmp_path / name
        path.write_text(
            f"""
            ruleset = "spc-2021"
            data = {settings["data"]}
            [court]
            name_zh = "云州市青石区人民法院"
            name_en = "Qingshi District People's Court"
            [web]
            listen = {settings["listen"]}
            port = {settings["web_port"]}
            public_url = {settings["public_url"]}
            {settings["tls"]}
            [media]
            port = {settings["media_port"]}
            workers = {settings["workers"]}
            addresses = {settings["addresses"]}
            [recording]
            min_free_bytes = {settings["min_free_bytes"]}
            """,
            encoding="utf-8",
        )
        return path

    return write


def make_certificate(
    folder: Path,
    names: list[str],
    *,
    begins: datetime = NOW - timedelta(days=1),
    days: int = 90,
    issued: bool = False,
) -> tuple[Path, Path]:
    """(certificate, key) as PEM; with ``issued`` signed by an authority whose certificate follows in the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    signer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")]) if issued else name
    chain = [_certificate(name, signer, key, authority if issued else key, names, begins, days)]
    if issued:
        chain.append(_certificate(signer, signer, authority, authority, [], begins, days))
    certificate_path, key_path = (
        folder / f"{names[0]}.pem".replace("*", "any"),
        folder / f"{secrets.token_hex(4)}.key",
    )
    certificate_path.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key_path.chmod(0o600)
    return certificate_path, key_path


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signed_by: ec.EllipticCurvePrivateKey,
    names: list[str],
    begins: datetime,
    days: int,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_host(name) for name in names]), critical=False
        )
    return builder.sign(signed_by, hashes.SHA256())


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@pytest.fixture
async def installation(write_config: WriteConfig) -> tuple[Path, Config]:
    """(configuration file, configuration) of a court with an administrator, events of a hearing and a recording."""
    path = write_config()
    config = load_config(path)
    prepare_folders(config)
    store = await Store.open(sqlite_url(config.database))
    staff = Identity.over(store, SystemClock(), secrets.token_bytes).staff
    await staff.create("admin", "系统管理员", ["administrator"])
    await staff.create("clerk", "叶晓", ["clerk"])
    await store.events.append("hrg_test", 0, [hearing_event(number) for number in range(3)])
    await store.close()
    make_recording(config, "hrg_test")
    return path, config


def hearing_event(number: int) -> NewEvent:
    return NewEvent(f"evt_{number}", "hand_raised", NOW.isoformat(), {"kind": "system"}, {"number": number})


def make_recording(config: Config, hearing: str, *, closed: bool = True) -> Path:
    """A signed recording with two segments, as the recorder lays it down."""
    folder = config.recordings / hearing
    (folder / "segments").mkdir(parents=True)
    key = record_keys.load(config.keys / "record.pem")
    journal = Journal(folder, key)
    at = "2026-11-23T08:00:00.000000Z"

    def append(kind: str, data: dict[str, Any]) -> None:
        journal.append(kind, at, data)

    append(
        "opened",
        {
            "format": FORMAT,
            "recording_id": f"rec_{hearing}",
            "proceeding": hearing,
            "title": "庭审",
            "timezone": "Asia/Shanghai",
            "participants": [],
            "key_id": key.key_id,
            "public_key": key.public_raw.hex(),
            "algorithms": dict(ALGORITHMS),
        },
    )
    append("phase", {"phase": "in_session", "recording": True, "reason": None, "at": at})
    for index in range(2):
        content = secrets.token_bytes(40_000)
        path = f"segments/0001-{index:06d}-{1795420800000 + index * 10_000}.mkv"
        (folder / path).write_bytes(content)
        segment = {
            "track": 1,
            "path": path,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "start": at,
            "end": "2026-11-23T08:00:20.000000Z",
        }
        append("segment", segment)
    if closed:
        append("closed", {"reason": "closed", "at": "2026-11-23T08:00:20.000000Z", "segments": 2})
    journal.sign_head(at)
    journal.close()
    return folder
