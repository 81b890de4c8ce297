"""Keys, links and health from the command line."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from recording import keys as record_keys
from recording.verify import verify
from room_server.administration import AdministrationError, administrator_link, public_record_key
from room_server.app import start_server
from room_server.clock import SystemClock
from room_server.config import Config, load_config
from room_server.identity.refusals import WrongCredentials
from room_server.identity.service import Identity
from room_server.store.database import sqlite_url
from room_server.store.register import Store

from .conftest import WriteConfig
from .test_doctor import ROOT, run

Installation = tuple[Path, Config]


async def signed_in_by(config: Config, link: str) -> str:
    """The user name that the link signs in."""
    store = await Store.open(sqlite_url(config.database))
    try:
        staff = Identity.over(store, SystemClock(), secrets.token_bytes).staff
        return (await staff.by_link(link.partition("#")[2])).username
    finally:
        await store.close()


async def test_a_lost_administrator_gets_a_link_that_works_once(installation: Installation) -> None:
    _, config = installation
    link = await administrator_link(config, "admin")
    assert link.startswith("http://127.0.0.1:8443/sign-in/link#")
    assert await signed_in_by(config, link) == "admin"
    with pytest.raises(WrongCredentials):
        await signed_in_by(config, link)


async def test_a_new_link_withdraws_the_one_before(installation: Installation) -> None:
    _, config = installation
    first = await administrator_link(config, "admin")
    await administrator_link(config, "admin")
    with pytest.raises(WrongCredentials):
        await signed_in_by(config, first)


@pytest.mark.parametrize("username", ["clerk", "nobody", ""])
async def test_only_administrators_get_one(installation: Installation, username: str) -> None:
    _, config = installation
    with pytest.raises(AdministrationError, match="administrators: admin"):
        await administrator_link(config, username)


async def test_no_database_is_made_where_there_is_none(write_config: WriteConfig) -> None:
    config = load_config(write_config())
    with pytest.raises(AdministrationError, match="no installation yet"):
        await administrator_link(config, "admin")
    with pytest.raises(AdministrationError, match="no record key"):
        public_record_key(config)
    assert not config.data.exists()


def test_the_exported_key_is_the_public_half_and_verifies_recordings(
    installation: Installation, tmp_path: Path
) -> None:
    path, config = installation
    done = run("export-key", "--config", str(path))
    assert done.returncode == 0 and "PRIVATE" not in done.stdout
    assert isinstance(load_pem_public_key(done.stdout.encode()), Ed25519PublicKey)
    (tmp_path / "court.pem").write_text(done.stdout)
    public = record_keys.load_public(tmp_path / "court.pem")
    assert verify(config.recordings / "hrg_test", public).ok
    assert (
        run("verify", str(config.recordings / "hrg_test"), "--key", str(tmp_path / "court.pem")).returncode
        == 0
    )


def test_the_commands_exit_with_1_where_it_cannot_be_done_and_2_on_a_bad_configuration(
    installation: Installation, write_config: WriteConfig, tmp_path: Path
) -> None:
    path, _ = installation
    assert run("admin-link", "--config", str(path), "--username", "admin").stdout.startswith("http://")
    refused = run("admin-link", "--config", str(path), "--username", "clerk")
    assert refused.returncode == 1 and refused.stderr.startswith("yunting: ") and refused.stdout == ""
    empty = write_config("empty.toml", data='"empty"')
    assert run("export-key", "--config", str(empty)).returncode == 1
    (tmp_path / "bad.toml").write_text("ruleset = 7")
    for command in (["export-key"], ["admin-link", "--username", "x"], ["systemd-unit"], ["health"]):
        bad = run(*command, "--config", str(tmp_path / "bad.toml"))
        assert bad.returncode == 2 and "ruleset" in bad.stderr, command


async def test_health_follows_the_server(write_config: WriteConfig) -> None:
    import asyncio

    path = write_config()
    command = [
        sys.executable,
        "-c",
        "from room_server.cli import main; main()",
        "health",
        "--config",
        str(path),
    ]

    def ask() -> int:
        return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False).returncode

    server = await start_server(load_config(path))
    try:
        assert await asyncio.to_thread(ask) == 0
    finally:
        await server.stop()
    assert await asyncio.to_thread(ask) == 1
