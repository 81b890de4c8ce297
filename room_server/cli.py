"""The command line: ``yunting demo | rehearse | serve | verify | doctor | backup | restore | test``."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from room_server import __version__

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
    from room_server.config import ConfigError, load_config
    from room_server.installation import run_server

    try:
        settings = load_config(config)
    except ConfigError as error:
        typer.echo(f"{error.source} cannot be used:", err=True)
        for problem in error.problems:
            typer.echo(f"  {problem}", err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(_run(run_server(settings)))


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


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run all checks and tests of the source tree; further words go to pytest."""
    from room_server.checks import run_checks

    raise typer.Exit(run_checks(context.args))


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
