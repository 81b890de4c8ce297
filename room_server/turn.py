"""TURN servers for networks that let neither UDP nor TCP through to the media port.

A person's credentials are derived from a secret that this server and the TURN server share, and are good for a
limited time ("TURN REST API", draft-uberti-behave-turn-rest; coturn's ``use-auth-secret``). The TURN server needs no
accounts, and nothing that leaves this server lets anybody make credentials of their own. Pure.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

LIFETIME = timedelta(hours=12)
"""A day in court: a page may have to renew its way to the TURN server at any time of it."""
SHORTEST_SECRET = 16
LONGEST_SECRET = 512
_URL = re.compile(
    r"(?P<scheme>turns?):(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
    r"(\?transport=(?P<transport>udp|tcp))?"
)
_PORTS = {"turn": 3478, "turns": 5349}

Transport = Literal["udp", "tcp", "tls"]


@dataclass(frozen=True, slots=True)
class TurnAddress:
    """Where a TURN URL points, and over what the browser reaches it."""

    host: str
    port: int
    transport: Transport


@dataclass(frozen=True, slots=True)
class TurnServer:
    """One TURN server under its URLs. The secret is kept out of every printout."""

    urls: tuple[str, ...]
    secret: bytes = field(repr=False)


def parse_turn_url(url: str) -> TurnAddress:
    """``turn:host``, ``turn:host:port?transport=udp|tcp`` or ``turns:host:port`` (RFC 7065). Raises ValueError."""
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(
            f"{url!r} is no TURN address; write turn:HOST:PORT?transport=udp, turn:HOST:PORT?transport=tcp "
            "or turns:HOST:PORT?transport=tcp"
        )
    scheme, transport = found["scheme"], found["transport"]
    port = int(found["port"] or _PORTS[scheme])
    if not 0 < port <= 65535:
        raise ValueError(f"{url!r}: a port is a number from 1 to 65535")
    if scheme == "turns":
        if transport == "udp":
            raise ValueError(f"{url!r}: browsers know no TURN over DTLS; write ?transport=tcp")
        return TurnAddress(found["host"].strip("[]"), port, "tls")
    return TurnAddress(found["host"].strip("[]"), port, cast(Transport, transport or "udp"))


def parse_secret(text: str) -> bytes:
    """The shared secret as a file holds it, without the end of the line. Raises ValueError, which does not repeat it."""
    secret = text.strip()
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise ValueError(f"the secret must have {SHORTEST_SECRET} to {LONGEST_SECRET} characters")
    if not secret.isascii() or not secret.isprintable() or any(mark in secret for mark in " #"):
        raise ValueError("the secret must be one line of ASCII characters without spaces and #")
    return secret.encode("ascii")


def credentials(secret: bytes, participant: str, until: datetime) -> tuple[str, str]:
    """User name (``expiry:participant``, the expiry in seconds since the Unix epoch) and password of one person."""
    username = f"{int(until.timestamp())}:{participant}"
    # HMAC-SHA1 is what the scheme prescribes; its strength does not rest on collisions.
    digest = hmac.digest(secret, username.encode("utf-8"), "sha1")
    return username, base64.b64encode(digest).decode("ascii")


def ice_servers(servers: Sequence[TurnServer], participant: str, now: datetime) -> list[dict[str, Any]]:
    """What the participant's browser is given: [{"urls", "username", "credential"}], good for ``LIFETIME``."""
    answer = []
    for server in servers:
        username, credential = credentials(server.secret, participant, now + LIFETIME)
        answer.append({"urls": list(server.urls), "username": username, "credential": credential})
    return answer
