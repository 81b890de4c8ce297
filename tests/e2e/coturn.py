"""The Debian package's coturn on loopback, with the settings that ``docker/turnserver.conf`` gives a court."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from room_server.certificate import self_signed
from room_server.demonstration import free_port

ADDRESS = "127.0.0.1"
SHIPPED = Path(__file__).parents[2] / "docker" / "turnserver.conf"
START_S = 20.0


@dataclass(frozen=True, slots=True)
class Coturn:
    """``fingerprint``: of its certificate's key, as Chromium is told to trust it. ``log``: what it printed."""

    port: int
    tls_port: int
    secret_file: Path
    fingerprint: str
    log: Path


@contextlib.asynccontextmanager
async def running_coturn(folder: Path) -> AsyncIterator[Coturn]:
    program = shutil.which("turnserver")
    if program is None:
        pytest.fail("there is no turnserver. Install coturn: apt-get install coturn")
    folder.mkdir(mode=0o700)
    certificate, key = self_signed(folder, ADDRESS)
    secret = secrets.token_hex(32)
    coturn = Coturn(
        free_port(), free_port(), folder / "turn.secret", _fingerprint(certificate), folder / "log"
    )
    coturn.secret_file.write_text(secret + "\n")
    settings = {
        "listening-port": str(coturn.port),
        "tls-listening-port": str(coturn.tls_port),
        "listening-ip": ADDRESS,
        "relay-ip": ADDRESS,
        "allowed-peer-ip": ADDRESS,
        "cert": str(certificate),
        "pkey": str(key),
        "pidfile": str(folder / "pid"),
        "userdb": str(folder / "turndb"),
    }
    lines = [_replaced(line, settings) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    lines += ["verbose", "allow-loopback-peers", f"static-auth-secret={secret}"]
    descriptor = os.open(folder / "turnserver.conf", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with coturn.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, "-c", str(folder / "turnserver.conf"), stdout=log, stderr=log, cwd=folder
        )
        try:
            await _listening(process, coturn)
            yield coturn
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _replaced(line: str, settings: dict[str, str]) -> str:
    name, equals, _ = line.partition("=")
    return f"{name}={settings[name]}" if equals and name in settings else line


def _fingerprint(certificate: Path) -> str:
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode("ascii")


async def _listening(process: asyncio.subprocess.Process, coturn: Coturn) -> None:
    async def reachable() -> None:
        for port in (coturn.port, coturn.tls_port):
            while True:
                assert process.returncode is None, f"coturn ended: {coturn.log.read_text(errors='replace')}"
                try:
                    _, writer = await asyncio.open_connection(ADDRESS, port)
                except OSError:
                    await asyncio.sleep(0.05)  # it has no way to tell that it is ready
                    continue
                writer.close()
                break

    await asyncio.wait_for(reachable(), START_S)
