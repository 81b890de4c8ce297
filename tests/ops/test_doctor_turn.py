"""The doctor tries every TURN address as a browser would, against a real coturn."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from room_server.config import Config, MediaSettings, load_config
from room_server.demonstration import free_port
from room_server.doctor import turn
from room_server.doctor.report import Check
from tests.e2e.coturn import ADDRESS, Coturn, running_coturn

from .conftest import WriteConfig


@pytest.fixture
async def coturn(tmp_path: Path) -> AsyncIterator[Coturn]:
    async with running_coturn(tmp_path / "coturn") as running:
        running.secret_file.chmod(0o600)
        yield running


def configured(write_config: WriteConfig, secret_file: Path, *urls: str) -> Config:
    config = load_config(write_config())
    media = config.media.model_dump() | {"turn": [{"urls": list(urls), "secret_file": secret_file}]}
    return config.model_copy(update={"media": MediaSettings.model_validate(media)})


async def examined(config: Config) -> list[Check]:
    """In a thread of its own, as the command runs without an event loop."""
    return await asyncio.to_thread(turn.turn, config)


async def test_a_server_that_takes_our_credentials(
    write_config: WriteConfig, coturn: Coturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(next(coturn.secret_file.parent.glob("*.pem"))))
    urls = (
        f"turn:{ADDRESS}:{coturn.port}?transport=udp",
        f"turn:{ADDRESS}:{coturn.port}?transport=tcp",
        f"turns:{ADDRESS}:{coturn.tls_port}?transport=tcp",
    )
    checks = await examined(configured(write_config, coturn.secret_file, *urls))
    assert [check.status for check in checks] == ["ok"] * 3, checks
    assert [check.found.split(" ")[0] for check in checks] == list(urls)


async def test_another_secret_an_untrusted_certificate_and_a_file_that_all_can_read(
    write_config: WriteConfig, coturn: Coturn, tmp_path: Path
) -> None:
    other = tmp_path / "other.secret"
    other.write_text(secrets.token_hex(32))
    other.chmod(0o644)
    config = configured(write_config, other, f"turn:{ADDRESS}:{coturn.port}?transport=tcp")
    readable, refused = await examined(config)
    assert (readable.status, refused.status) == ("warning", "wrong")
    assert "chmod o-rwx" in readable.todo and "static-auth-secret" in refused.todo
    (untrusted,) = await examined(
        configured(write_config, coturn.secret_file, f"turns:{ADDRESS}:{coturn.tls_port}")
    )
    assert untrusted.status == "wrong" and "browsers trust" in untrusted.found
    told = str([readable, refused, untrusted])
    assert other.read_text() not in told and coturn.secret_file.read_text().strip() not in told


async def test_a_server_that_is_not_there_and_one_that_is_silent(
    write_config: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TIMEOUT_S", 0.5)
    secret = tmp_path / "turn.secret"
    secret.write_text(secrets.token_hex(32))
    secret.chmod(0o600)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((ADDRESS, 0))
        port = free_port()
        urls = (f"turn:{ADDRESS}:{port}?transport=tcp", f"turn:{ADDRESS}:{silent.getsockname()[1]}")
        gone, quiet = await examined(configured(write_config, secret, *urls))
    assert (gone.status, quiet.status) == ("warning", "warning")
    assert f"{port}/tcp" in gone.todo and "no answer" in quiet.found


async def test_a_missing_secret_and_no_turn_server(write_config: WriteConfig, tmp_path: Path) -> None:
    (missing,) = await examined(configured(write_config, tmp_path / "none", "turn:127.0.0.1:3478"))
    assert missing.status == "wrong" and "none cannot be read" in missing.found
    assert await examined(load_config(write_config())) == []
