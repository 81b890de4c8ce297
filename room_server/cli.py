"""The command line: ``yunting demo | rehearse | serve | verify | doctor | backup | restore | test`` and more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from room_server import __version__

if TYPE_CHECKING:
    from room_server.config import Config

ConfigOption = typer.Option("--config", help="The installation's configuration (TOML).")

app = typer.Typer(
    name="yunting",
    help="Yunting 云庭: an online courtroom and mediation room server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point of the installed program."""
    app()


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"yunting {__version__}")
        raise typer.Exit()


@app.command()
def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the pages; 0 takes a free one.")
    ] = 8080,
    data: Annotated[Path, typer.Option(help="Folder of the demonstration's data.")] = Path("data/demo"),
    bots: Annotated[
        int, typer.Option(min=0, max=8, help="Synthetic parties and counsel that join by themselves.")
    ] = 0,
    lan: Annotated[
        bool, typer.Option("--lan", help="Serve other devices of this network too, over a local certificate.")
    ] = False,
) -> None:
    """Serve a demonstration hearing and print one link per role."""
    from room_server.demonstration import run_demo

    raise typer.Exit(_run(run_demo(port=port, data=data, bots=bots, lan=lan)))


@app.command()
def rehearse(
    parties: Annotated[int, typer.Option(min=2, max=8, help="Parties that take part.")] = 3,
    seconds: Annotated[float, typer.Option(min=3, max=600, help="How long the hearing is in session.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Keep the data in this folder; without it a temporary one.")
    ] = None,
) -> None:
    """Hold a whole hearing with synthetic participants over the real network path, and report."""
    from room_server.rehearsal import run_rehearsal

    raise typer.Exit(_run(run_rehearsal(parties=parties, seconds=seconds, as_json=as_json, data=data)))


@app.command()
def serve(
    config: Annotated[Path, typer.Option(help="The installation's configuration (TOML).")],
) -> None:
    """Serve a court's installation."""
    from room_server.installation import run_server

    raise typer.Exit(_run(run_server(_settings(config))))


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="Folder of a recording.")],
    key: Annotated[Path | None, typer.Option(help="The court's public record key (PEM).")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check a recording offline; the first thing that is wrong is named. Exit status 0, 3 or 2."""
    from recording.verify import main as verify_main

    arguments = [str(path)]
    if key is not None:
        arguments += ["--key", str(key)]
    if as_json:
        arguments.append("--json")
    raise typer.Exit(verify_main(arguments))


@app.command("verify-rulings")
def verify_rulings(
    path: Annotated[Path, typer.Argument(help="An exported eligibility record (JSON).")],
    key: Annotated[list[Path], typer.Option(help="The court's public record key (PEM); retired ones too.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check the signature of every ruling in an exported eligibility record, offline. Exit status 0, 3 or 2."""
    from room_server.ruling_verification import main as rulings_main

    status, text = rulings_main(path, key, as_json=as_json)
    typer.echo(text)
    raise typer.Exit(status)


@app.command()
def doctor(
    config: Annotated[
        Path | None, typer.Option(help="The installation's configuration; without it only the machine.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Check this machine and installation, and say what to do. Exit status 0, or 1 where something must be mended."""
    from room_server.doctor import examine

    report = examine(config)
    if as_json:
        print_json(report.to_json())
    else:
        typer.echo(report.table())
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def health(config: Annotated[Path, ConfigOption]) -> None:
    """Ask the running server whether it is well. Exit status 0 or 1; for containers and monitoring."""
    from room_server.doctor.network import is_healthy

    well = is_healthy(_settings(config))
    typer.echo("the server answers" if well else "the server does not answer", err=not well)
    raise typer.Exit(0 if well else 1)


@app.command()
def backup(
    config: Annotated[Path, ConfigOption],
    target: Annotated[Path, typer.Argument(help="The backup to write (.tar); it must not exist.")],
) -> None:
    """Write a consistent backup, also while the server runs. It holds the private keys: keep it safe."""
    from datetime import UTC, datetime

    from room_server.backup import backup as write_backup

    with _administrators_errors():
        outcome = write_backup(_settings(config), config, target, datetime.now(UTC), _progress())
    for warning in outcome.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(
        f"{target}: {outcome.files} files, {outcome.recordings} recordings, {outcome.bytes:,} bytes. "
        "The private keys are in it: keep it as safe as the server."
    )


@app.command()
def restore(
    config: Annotated[Path, ConfigOption],
    source: Annotated[Path, typer.Argument(help="The backup to restore (.tar).")],
) -> None:
    """Bring a backup into an empty data folder, after checking every file in it."""
    from room_server.backup import RESTORED_CONFIG_NAME
    from room_server.backup import restore as read_backup

    settings = _settings(config)
    with _administrators_errors():
        outcome = read_backup(settings, source, _progress())
    typer.echo(
        f"{settings.data}: {outcome.files} files and {outcome.recordings} recordings of {outcome.made_at}, every "
        f"SHA-256 checked. The configuration of that time is in {settings.data / RESTORED_CONFIG_NAME}."
    )


@app.command("export-key")
def export_key(config: Annotated[Path, ConfigOption]) -> None:
    """Print the public record key (PEM), with which anyone can check the court's recordings."""
    from room_server.administration import public_record_key

    with _administrators_errors():
        typer.echo(public_record_key(_settings(config)), nl=False)


@app.command("admin-link")
def admin_link(
    config: Annotated[Path, ConfigOption],
    username: Annotated[str, typer.Option(help="The administrator's user name.")],
) -> None:
    """Print a fresh sign-in link, valid once, for an administrator who lost theirs."""
    from room_server.administration import administrator_link

    with _administrators_errors():
        typer.echo(asyncio.run(administrator_link(_settings(config), username)))


@app.command("systemd-unit")
def systemd_unit(
    config: Annotated[Path, ConfigOption],
    user: Annotated[str, typer.Option(help="The user, and group, that the service runs as.")] = "yunting",
) -> None:
    """Print a hardened systemd unit for this installation."""
    from room_server.systemd import unit

    settings, root = _settings(config), Path(__file__).resolve().parents[1]
    installed = Path(sys.executable).with_name("yunting")
    program = [str(installed)] if installed.exists() else [sys.executable, "-m", "room_server"]
    with _administrators_errors():
        text = unit(
            settings.model_copy(update={"data": settings.data.resolve()}),
            config.resolve(),
            program,
            user=user,
            working_directory=root,
        )
        typer.echo(text, nl=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run all checks and tests of the source tree; further words go to pytest."""
    from room_server.checks import run_checks

    raise typer.Exit(run_checks(context.args))


def _settings(path: Path) -> Config:
    """The configuration, or the end of the program with status 2 and every problem named."""
    from room_server.config import ConfigError, load_config

    try:
        return load_config(path)
    except ConfigError as error:
        typer.echo(f"{error.source} cannot be used:", err=True)
        for problem in error.problems:
            typer.echo(f"  {problem}", err=True)
        raise typer.Exit(2) from None


@contextlib.contextmanager
def _administrators_errors() -> Iterator[None]:
    """What cannot be done is said in one sentence; exit status 1."""
    from room_server.administration import AdministrationError
    from room_server.backup import BackupError
    from room_server.systemd import UnitError

    try:
        yield
    except (AdministrationError, BackupError, UnitError) as error:
        typer.echo(f"yunting: {error}", err=True)
        raise typer.Exit(1) from None


def _progress() -> Callable[[int, int], None]:
    """Says on standard error how far it is: in place on a terminal, else every tenth."""
    shown = [-1]

    def show(done: int, total: int) -> None:
        percent = 100 if total == 0 else done * 100 // total
        step = 1 if sys.stderr.isatty() else 10
        if percent // step == shown[0]:
            return
        shown[0] = percent // step
        ending = "\n" if step == 10 or percent == 100 else ""
        start = "" if step == 10 else "\r"
        sys.stderr.write(f"{start}{percent:3d} % of {total:,} bytes{ending}")
        sys.stderr.flush()

    return show


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Run a coroutine to its exit status; Ctrl-C and SIGTERM end it in order."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    async def supervised() -> int:
        task = asyncio.create_task(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return 130

    return asyncio.run(supervised())


def print_json(value: object) -> None:
    """One object on one line, as the last line of a command's output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
