"""``yunting systemd-unit``: a unit for this installation that may do only what the server needs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from room_server.config import Config

LOWEST_FREE_PORT = 1024
STOP_TIMEOUT_S = 30
"""Longer than the server takes to leave every hearing resumable."""
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


class UnitError(ValueError):
    """The unit cannot be written; the message says why."""


def unit(
    config: Config, config_file: Path, program: Sequence[str], *, user: str, working_directory: Path
) -> str:
    """The text of ``yunting.service``. All paths absolute; ``program`` is the command that takes ``serve``.

    Options: systemd.exec(5), systemd.service(5).
    """
    paths = [config_file, config.data, working_directory, Path(program[0])]
    relative = [str(path) for path in paths if not path.is_absolute()]
    if relative:
        raise UnitError(f"a unit needs absolute paths: {', '.join(relative)}")
    command = " ".join(_word(word) for word in (*program, "serve", "--config", str(config_file)))
    low_port = 0 < config.web.port < LOWEST_FREE_PORT or 0 < config.media.port < LOWEST_FREE_PORT
    capability = "CAP_NET_BIND_SERVICE" if low_port else ""
    return f"""\
# Yunting, as made by: yunting systemd-unit --config {_plain(config_file)}
#
#   useradd --system --home-dir {_plain(config.data)} --shell /usr/sbin/nologin {user}
#   install -d -m 700 -o {user} -g {user} {_plain(config.data)}
#   install -m 644 yunting.service /etc/systemd/system/ && systemctl daemon-reload
#   systemctl enable --now yunting && journalctl -u yunting    (the first administrator's link is in there)

[Unit]
Description=Yunting online courtroom ({_plain(config.court.name_en)})
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
Type=exec
User={user}
Group={user}
ExecStart={command}
WorkingDirectory={_setting(working_directory)}
Environment=PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
UMask=0077
LimitNOFILE=65536

# Only the server itself is told to stop; it ends its relay and recorders in order.
KillMode=mixed
TimeoutStopSec={STOP_TIMEOUT_S}
Restart=on-failure
RestartSec=1

# It writes to its data folder and to nothing else.
ProtectSystem=strict
ReadWritePaths={_word(str(config.data)).replace("$$", "$")}
ProtectHome={"read-only" if _in_home([*paths, *_read_files(config)]) else "true"}
PrivateTmp=true
PrivateDevices=true
ProtectProc=invisible
ProtectClock=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectControlGroups=true

# It becomes nobody else and reaches nothing but IP and its own processes.
NoNewPrivileges=true
CapabilityBoundingSet={capability}
AmbientCapabilities={capability}
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
RemoveIPC=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def _read_files(config: Config) -> list[Path]:
    tls = [path for path in (config.web.tls_certificate, config.web.tls_key) if path is not None]
    return [*tls, *(one.secret_file for one in config.media.turn)]


def _in_home(paths: Sequence[Path]) -> bool:
    return any(path.is_relative_to(home) for path in paths for home in _HOMES)


def _plain(text: object) -> str:
    """Text inside a comment or a description: one line, and ``%`` has no meaning."""
    value = str(text)
    if any(not character.isprintable() for character in value):
        raise UnitError(f"{value!r} has characters that a unit cannot hold")
    return value.replace("%", "%%")


def _setting(path: Path) -> str:
    """A path that is the whole value of a setting: taken as it stands but for ``%``."""
    return _plain(path)


def _word(word: str) -> str:
    """One word of a command line: quoted where it must be, without ``%`` specifiers and ``$`` variables."""
    escaped = _plain(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if any(character in escaped for character in " '\"\\;#") else escaped
