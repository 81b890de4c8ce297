"""The container files: what they copy, mount and run is there, and their settings are settings."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from room_server.cli import app
from room_server.config import MAX_WORKERS, Config, parse_config
from room_server.turn import parse_turn_url

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
CONFIG_TARGET = "/etc/yunting/config.toml"


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of the Dockerfile, lines joined and comments dropped."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = [line.split(None, 1) for line in lines.replace("\\\n", " ").splitlines() if line.strip()]
    return [(word, rest) for word, rest in found]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return YAML(typ="safe").load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def config() -> Config:
    document = tomllib.loads((DOCKER / "config.toml").read_text(encoding="utf-8"))
    return parse_config(document, "docker/config.toml", PurePosixPath("/etc/yunting"))  # type: ignore[arg-type]


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Target -> source."""
    return {line.split(":")[1]: line.split(":")[0] for line in service["volumes"]}


def only(instructions: list[tuple[str, str]], word: str) -> str:
    """The last instruction of this kind, which is the one in force."""
    return [rest for name, rest in instructions if name == word][-1]


def test_every_copied_source_exists_and_reaches_the_build(instructions: list[tuple[str, str]]) -> None:
    copied = [source for word, rest in instructions if word == "COPY" for source in rest.split()[:-1]]
    assert "room_server" in copied and "web_client" in copied and "hatch_build.py" in copied
    for source in copied:
        assert (ROOT / source).exists(), source
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in ignored and {f"!{source}" for source in copied} <= set(ignored)


def test_every_package_of_the_wheel_is_copied(instructions: list[tuple[str, str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    copied = {source for word, rest in instructions if word == "COPY" for source in rest.split()[:-1]}
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(wheel) | {project["project"]["readme"], *project["project"]["license-files"]} <= copied


def test_python_is_one_that_the_project_takes(instructions: list[tuple[str, str]]) -> None:
    stages = [rest for word, rest in instructions if word == "FROM"]
    assert stages == ["python:3.11-slim AS build", "python:3.11-slim"]


def test_it_runs_as_a_user_without_rights(instructions: list[tuple[str, str]]) -> None:
    user = only(instructions, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    made = next(rest for word, rest in instructions if word == "RUN" and "useradd" in rest)
    assert f"--uid {user.split(':')[0]}" in made and "install -d -m 0700 -o yunting" in made


def test_its_commands_are_commands_of_the_program(instructions: list[tuple[str, str]]) -> None:
    entry = json.loads(only(instructions, "ENTRYPOINT"))
    health = only(instructions, "HEALTHCHECK")
    health_words = json.loads(health[health.index("[") :])
    assert entry == ["yunting"] == health_words[:1]
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for words in (json.loads(only(instructions, "CMD")), health_words[1:]):
        options = {option for parameter in commands[words[0]].params for option in parameter.opts}
        assert words[1] in options and words[2] == CONFIG_TARGET
    assert health_words[1] == "health"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "yunting" in project["project"]["scripts"]


def test_image_and_configuration_name_the_same_places(
    instructions: list[tuple[str, str]], config: Config, compose: dict[str, Any]
) -> None:
    assert only(instructions, "VOLUME") == str(config.data) == only(instructions, "WORKDIR")
    exposed = only(instructions, "EXPOSE").split()
    media = f"{config.media.port}-{config.media.port + MAX_WORKERS - 1}"
    assert exposed == [f"{config.web.port}/tcp", f"{media}/udp", f"{media}/tcp"]
    targets = mounts(compose["services"]["yunting"])
    assert targets[str(config.data)] in compose["volumes"]
    assert targets[CONFIG_TARGET] == "./config.toml"
    tls = {str(path.parent) for path in (config.web.tls_certificate, config.web.tls_key) if path is not None}
    assert len(tls) == 1 and tls <= set(targets)


def test_compose_names_files_that_exist(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"yunting", "coturn"}
    build = compose["services"]["yunting"]["build"]
    context = (DOCKER / build["context"]).resolve()
    assert context == ROOT and (context / build["dockerfile"]) == DOCKER / "Dockerfile"
    for service in compose["services"].values():
        for source in mounts(service).values():
            assert source in compose["volumes"] or (DOCKER / source).exists(), source


def test_both_containers_reach_the_network_and_little_else(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["network_mode"] == "host" and "ports" not in service
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        # The server keeps its Unix sockets there.
        assert any(str(entry).startswith("/tmp") for entry in service["tmpfs"])


def test_the_stop_leaves_time_for_an_orderly_end(
    compose: dict[str, Any], instructions: list[tuple[str, str]]
) -> None:
    assert only(instructions, "STOPSIGNAL") == "SIGTERM"
    assert compose["services"]["yunting"]["stop_grace_period"] == "30s"


def test_the_turn_server_relays_to_the_media_address_only(compose: dict[str, Any], config: Config) -> None:
    lines = [
        line
        for line in (DOCKER / "turnserver.conf").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    settings: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition("=")
        settings.setdefault(name, []).append(value)
    assert settings["allowed-peer-ip"] == [address.ip for address in config.media.addresses]
    assert "0.0.0.0-255.255.255.255" in settings["denied-peer-ip"]
    ports = range(int(settings["min-port"][0]), int(settings["max-port"][0]) + 1)
    media = range(config.media.port, config.media.port + MAX_WORKERS)
    assert not set(media) & set(ports) and config.web.port not in {*ports, *media}
    service = compose["services"]["coturn"]
    targets = mounts(service)
    (script,) = service["command"]
    assert "/etc/coturn/turnserver.conf" in script and "/etc/coturn/turnserver.conf" in targets
    for name in ("cert", "pkey"):
        assert str(PurePosixPath(settings[name][0]).parent) in targets


def test_both_containers_have_the_secret_of_the_turn_server_and_only_from_its_file(
    compose: dict[str, Any], config: Config, tmp_path: Path
) -> None:
    (turn,) = config.media.turn
    assert str(turn.secret_file) == "/run/secrets/turn"
    assert all(service["secrets"] == ["turn"] for service in compose["services"].values())
    assert compose["secrets"] == {"turn": {"file": "./turn.secret"}}
    assert "/docker/turn.secret" in (ROOT / ".gitignore").read_text().splitlines()
    shipped = (DOCKER / "turnserver.conf").read_text(encoding="utf-8")
    assert "use-auth-secret" in shipped.splitlines() and "static-auth-secret=" not in shipped
    ports = {parse_turn_url(url).port for url in turn.urls}
    assert all(f"listening-port={port}" in shipped for port in ports)
    # What the container runs, run here with its folders moved: the settings with the secret, for its user only.
    coturn = compose["services"]["coturn"]
    (tmp_path / "secret").write_text("a-secret-of-both-containers\n")
    (script,) = coturn["command"]
    moved = (
        script.replace("$$", "$")
        .replace("/etc/coturn/turnserver.conf", str(DOCKER / "turnserver.conf"))
        .replace("/run/secrets/turn", str(tmp_path / "secret"))
        .replace("/tmp/turnserver.conf", str(tmp_path / "made.conf"))
        .replace("exec turnserver", "exec echo turnserver")
    )
    done = subprocess.run([*coturn["entrypoint"], moved], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["turnserver", "-c", str(tmp_path / "made.conf")]
    made = tmp_path / "made.conf"
    assert made.read_text() == shipped + "static-auth-secret=a-secret-of-both-containers\n"
    assert made.stat().st_mode & 0o077 == 0


def test_no_key_can_be_committed_beside_the_compose_file() -> None:
    assert (DOCKER / "tls" / ".gitignore").read_text().splitlines() == ["*", "!.gitignore"]
