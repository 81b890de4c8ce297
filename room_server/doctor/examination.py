"""The whole examination, in the order in which an administrator would look."""

from __future__ import annotations

import sys
from pathlib import Path

from room_server.config import ConfigError, load_config
from room_server.doctor import certificates, network, program, storage, timekeeping, turn
from room_server.doctor.report import Check, Report

ROOT = Path(__file__).resolve().parents[2]


def examine(config_file: Path | None) -> Report:
    """Look at this machine and, where ``config_file`` is given, at the installation that it describes.

    Nothing is changed: files written for a trial are gone again when it returns.
    """
    began = timekeeping.Reading.take()
    checks = [
        program.python_version(),
        program.import_names(ROOT, sys.path),
        program.page(ROOT / "room_server" / "web"),
        program.relay_path(),
        program.ffmpeg(),
        program.chinese_font(),
    ]
    data = None
    if config_file is not None:
        found, data = _installation(config_file)
        checks += found
    return Report.of([*checks, *timekeeping.clock(began, data)])


def _installation(config_file: Path) -> tuple[list[Check], Path | None]:
    try:
        config = load_config(config_file)
    except ConfigError as error:
        todo = "Correct the file; docs/installation.md describes every setting."
        return [
            Check("configuration", "wrong", f"{error.source}: {line}", todo) for line in error.problems
        ], None
    return [
        Check("configuration", "ok", f"{config_file}: {config.court.name_zh} {config.court.name_en}"),
        program.ruleset(config.ruleset),
        network.web_port(config),
        *network.media_ports(config),
        *network.relay_workers(config),
        *network.addresses(config),
        *turn.turn(config),
        *certificates.tls(config.web),
        *storage.storage(config),
    ], config.data if config.data.is_dir() else None
