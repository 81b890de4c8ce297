"""The systemd unit: what systemd itself says of it, and that it names this installation with absolute paths."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from room_server.config import load_config
from room_server.systemd import UnitError, unit

from .conftest import WriteConfig
from .test_doctor import run


def settings_of(text: str) -> dict[str, list[str]]:
    """Setting -> its values, in a unit without continued lines."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line
        elif line and not line.startswith("#"):
            name, separator, value = line.partition("=")
            assert separator and section, line
            found.setdefault(name, []).append(value)
    return found


def verified(text: str, folder: Path) -> None:
    """systemd's own check, on machines that have it."""
    path = folder / "yunting.service"
    path.write_text(text, encoding="utf-8")
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:
        done = subprocess.run(
            [analyze, "verify", str(path)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0 and done.stderr == "", done.stderr


def test_the_command_prints_a_unit_that_systemd_accepts(write_config: WriteConfig, tmp_path: Path) -> None:
    path = write_config()
    done = run("systemd-unit", "--config", str(path), "--user", "court")
    assert done.returncode == 0, done.stderr
    verified(done.stdout, tmp_path)
    settings = settings_of(done.stdout)
    assert settings["User"] == ["court"] and settings["Type"] == ["exec"]
    words = settings["ExecStart"][0]
    assert words.startswith("/") and words.endswith(f"serve --config {path}")
    assert settings["ReadWritePaths"] == [str(tmp_path / "data")]


def test_it_may_do_no_more_than_the_server_needs(write_config: WriteConfig) -> None:
    text = make(write_config())
    settings = settings_of(text)
    for name in (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectKernelModules",
        "RestrictSUIDSGID",
    ):
        assert settings[name] == ["true"], name
    assert settings["ProtectSystem"] == ["strict"] and settings["UMask"] == ["0077"]
    assert settings["CapabilityBoundingSet"] == [""] and settings["AmbientCapabilities"] == [""]


def test_a_low_port_gets_the_one_capability_it_needs(write_config: WriteConfig) -> None:
    settings = settings_of(make(write_config(web_port="443")))
    assert settings["AmbientCapabilities"] == ["CAP_NET_BIND_SERVICE"] == settings["CapabilityBoundingSet"]


def test_an_installation_under_home_can_be_read_there(write_config: WriteConfig) -> None:
    assert settings_of(make(write_config(), program="/home/court/yunting"))["ProtectHome"] == ["read-only"]
    assert settings_of(make(write_config(), program="/opt/yunting"))["ProtectHome"][0] in (
        "true",
        "read-only",
    )


@pytest.mark.parametrize("name", ["with blank", "100%n", 'quo"te', "$HOME", "back\\slash"])
def test_unusual_paths_stay_what_they_are(write_config: WriteConfig, tmp_path: Path, name: str) -> None:
    config_file = tmp_path / name / "config.toml"
    text = make(write_config(), config_file=config_file)
    verified(text, tmp_path)
    assert name in _unescaped(settings_of(text)["ExecStart"][0])


def _unescaped(command: str) -> str:
    """What systemd makes of the words: systemd.syntax(7), systemd.unit(5)."""
    for escape, character in (("%%", "%"), ("$$", "$"), ('\\"', '"'), ("\\\\", "\\")):
        command = command.replace(escape, character)
    return command


def test_a_line_break_in_a_path_cannot_add_settings(write_config: WriteConfig, tmp_path: Path) -> None:
    with pytest.raises(UnitError, match="cannot hold"):
        make(write_config(), config_file=tmp_path / "a\nExecStartPre=/bin/evil")


def test_relative_paths_are_refused(write_config: WriteConfig) -> None:
    with pytest.raises(UnitError, match="absolute"):
        make(write_config(), program="yunting")


def make(path: Path, *, program: str = "/usr/bin/true", config_file: Path | None = None) -> str:
    return unit(
        load_config(path),
        config_file or path,
        [program],
        user="yunting",
        working_directory=Path("/usr/share"),
    )
