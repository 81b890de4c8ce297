"""The TURN servers of the configuration: reachable from here, and of the same secret as this server."""

from __future__ import annotations

import asyncio
import ssl
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aioice import stun
from aioice.turn import create_turn_endpoint

from room_server.config import Config, ConfigError, TurnSettings
from room_server.doctor.report import Check
from room_server.turn import LIFETIME, TurnAddress, TurnServer, credentials, parse_turn_url

NAME = "turn"
TIMEOUT_S = 5.0
_ASKER = "doctor"
_UNAUTHORIZED = (401, 441)


def turn(config: Config) -> list[Check]:
    """A trial with every address, as a browser would make it; nothing where no TURN server is configured."""
    checks: list[Check] = []
    for settings in config.media.turn:
        try:
            server = settings.server()
        except ConfigError as error:
            todo = "Put the shared secret there, one line, readable by the user of the service."
            checks += [Check(NAME, "wrong", problem, todo) for problem in error.problems]
            continue
        checks += _secret_file(settings)
        checks += asyncio.run(_try_all(server))
    return checks


def _secret_file(settings: TurnSettings) -> Sequence[Check]:
    path: Path = settings.secret_file
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        found = f"{path} can be read by every user of this machine: they could use the TURN server"
        return [Check(NAME, "warning", found, f"chmod o-rwx {path}")]
    return []


async def _try_all(server: TurnServer) -> list[Check]:
    return list(await asyncio.gather(*(_try(server, url) for url in server.urls)))


async def _try(server: TurnServer, url: str) -> Check:
    address = parse_turn_url(url)
    try:
        await asyncio.wait_for(_allocate(server, address), TIMEOUT_S)
    except stun.TransactionFailed as error:
        return _refused(url, error)
    except ssl.SSLCertVerificationError as error:
        found = f"{url}: the certificate is not one that browsers trust ({error.verify_message})"
        return Check(
            NAME, "wrong", found, "Give the TURN server the certificate of that name, with its chain."
        )
    except (TimeoutError, stun.TransactionTimeout):
        return _unreachable(url, address, "no answer")
    except (OSError, ValueError) as error:
        return _unreachable(url, address, str(error) or type(error).__name__)
    return Check(NAME, "ok", f"{url} answers, and takes this server's credentials")


async def _allocate(server: TurnServer, address: TurnAddress) -> None:
    """Ask for an address to be relayed from, and give it back."""
    username, password = credentials(server.secret, _ASKER, datetime.now(UTC) + LIFETIME)
    transport, _ = await create_turn_endpoint(
        asyncio.DatagramProtocol,
        (address.host, address.port),
        username,
        password,
        ssl=ssl.create_default_context() if address.transport == "tls" else None,
        transport="udp" if address.transport == "udp" else "tcp",
    )
    transport.close()


def _refused(url: str, error: stun.TransactionFailed) -> Check:
    code, reason = error.response.attributes.get("ERROR-CODE", (0, "no reason given"))
    if code in _UNAUTHORIZED:
        found = f"{url} answers, but refuses this server's credentials"
        todo = "coturn needs use-auth-secret, and as static-auth-secret what the secret_file holds; compare both clocks."
        return Check(NAME, "wrong", found, todo)
    return Check(
        NAME, "wrong", f"{url} answers, but gives no address: {code} {reason}", "Look into coturn's log."
    )


def _unreachable(url: str, address: TurnAddress, why: str) -> Check:
    kind = "udp" if address.transport == "udp" else "tcp"
    todo = f"Start the TURN server, and let {address.port}/{kind} through to it. Without it others take part as before."
    return Check(NAME, "warning", f"{url} cannot be reached from here: {why}", todo)
