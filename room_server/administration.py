"""Small things an administrator does on the machine itself, with the data folder at hand."""

from __future__ import annotations

import secrets

from recording import keys as record_keys
from recording.model import RecordingError
from room_server.clock import SystemClock
from room_server.config import Config
from room_server.identity.service import Identity
from room_server.store.database import sqlite_url
from room_server.store.register import Store


class AdministrationError(Exception):
    """It cannot be done; the message says why and what to do."""


def public_record_key(config: Config) -> str:
    """The public half of the record key as PEM, for whoever checks recordings. Makes no key where there is none."""
    path = config.keys / "record.pem"
    if not path.exists():
        raise AdministrationError(
            f"there is no record key in {config.keys} yet; it is made at the first start."
        )
    try:
        return record_keys.load(path).public_pem().decode("ascii")
    except RecordingError as error:
        raise AdministrationError(str(error)) from error


async def administrator_link(config: Config, username: str) -> str:
    """A fresh sign-in link that works once, for an administrator who lost theirs; earlier links stop working.

    Works on the database directly, beside a running server too. Only administrators: everyone else gets links from
    an administrator's page, where it is known who asked.
    """
    if not config.database.is_file():
        raise AdministrationError(f"{config.data} holds no installation yet: start ./yunting serve once.")
    store = await Store.open(sqlite_url(config.database))
    try:
        staff = Identity.over(store, SystemClock(), secrets.token_bytes).staff
        administrators = {
            account.username: account for account in await staff.all() if "administrator" in account.roles
        }
        if username not in administrators:
            known = ", ".join(sorted(administrators)) or "none: start ./yunting serve, it makes the first"
            raise AdministrationError(
                f"no administrator has the user name {username!r}; administrators: {known}"
            )
        secret = await staff.sign_in_secret(administrators[username].id)
    finally:
        await store.close()
    return f"{config.web.public_url}/sign-in/link#{secret}"
