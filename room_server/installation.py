"""``yunting serve``: a court's installation, and the one-time link of its first administrator."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import sys
from datetime import UTC, datetime

from room_server.app import Server, start_server
from room_server.config import Config, ConfigError
from room_server.relay.client import RelayError

log = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """One JSON object a line, as log collectors take it. Messages never carry secrets, so nothing is masked here."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


async def run_server(config: Config) -> int:
    """Serve until told to stop. Exit status 0, 1 where it could not start, 2 where a file of its settings is bad."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        server = await start_server(config)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            log.error("port %s on %s is in use by another program", config.web.port, config.web.listen)
        else:
            log.error("the server could not start: %s", error)
        return 1
    except ConfigError as error:
        log.error("the configuration cannot be used: %s", "; ".join(error.problems))
        return 2
    except RelayError as error:
        log.error("the relay could not start: %s", error.args[0])
        return 1
    try:
        log.info("serving %s on %s", config.web.public_url, server.url)
        await greet_first_administrator(server)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    finally:
        await server.stop()
    return 0


async def greet_first_administrator(server: Server) -> str | None:
    """On an installation without an administrator, make one and print a link that works once.

    Printed to standard output and not logged: whoever starts the server first sees it.
    """
    staff = server.services.identity.staff
    administrators = [account for account in await staff.all() if "administrator" in account.roles]
    if any(account.password_hash is not None for account in administrators):
        return None
    account = (
        administrators[0] if administrators else await staff.create("admin", "系统管理员", ["administrator"])
    )
    secret = await staff.sign_in_secret(account.id)
    link = f"{server.config.web.public_url}/sign-in/link#{secret}"
    print(f"First administrator: open this link once and choose a password.\n{link}", flush=True)
    return link
