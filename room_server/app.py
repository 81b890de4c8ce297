"""The composition root: the only place where concrete classes meet."""

from __future__ import annotations

import logging
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from recording import keys as record_keys
from room_server.clock import Clock, SystemClock
from room_server.config import Config
from room_server.http.access_log import AccessLogger
from room_server.http.application import add_pages, create_application
from room_server.http.security import is_own_origin
from room_server.http.services import Services, Site
from room_server.identity.service import Identity
from room_server.ids import new_id
from room_server.proceedings.courtroom import Channel
from room_server.proceedings.gateway import Gateway
from room_server.proceedings.service import Proceedings
from room_server.store.database import sqlite_url
from room_server.store.register import Store
from signaling.server import SignalingServer
from signaling.tokens import TokenKey

log = logging.getLogger(__name__)
WEB_ROOT = Path(__file__).parent / "web"
SHUTDOWN_TIMEOUT_S = 5.0
KEEPALIVE_S = 5.0
"""Firefox asks over each connection it has kept, even after its network has changed, and waits for an answer that
cannot come: few are to be left by then. A proxy keeps its own, on a network that does not change."""
PROXY_KEEPALIVE_S = 75.0


@dataclass(slots=True)
class Server:
    """A running server. ``url`` is where it listens, which need not be what people type."""

    config: Config
    services: Services
    proceedings: Proceedings
    url: str
    port: int
    _signaling: SignalingServer
    _runner: web.AppRunner

    async def stop(self) -> None:
        """Stop taking requests, leave every hearing resumable, close the store."""
        await self._signaling.close()
        await self.proceedings.stop()
        await self._runner.cleanup()
        await self.services.store.close()


def prepare_folders(config: Config) -> None:
    """Make the data folder with its keys, readable by the server's user only."""
    for folder in (config.data, config.keys, config.recordings):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    TokenKey.load_or_create(config.keys / "token.pem")
    record_keys.load_or_create(config.keys / "record.pem")


async def start_server(config: Config, *, clock: Clock | None = None) -> Server:
    """Everything, started. Raises ``OSError`` where a port is taken, ``RelayError`` where the relay cannot start,
    ``ConfigError`` where a file of secrets that the configuration names is missing or bad."""
    clock = clock or SystemClock()
    turn = [one.server() for one in config.media.turn]
    prepare_folders(config)
    token_key = TokenKey.load(config.keys / "token.pem")
    store = await Store.open(sqlite_url(config.database))
    identity = Identity.over(store, clock, secrets.token_bytes)

    rooms: list[Proceedings] = []
    gateway = Gateway(lambda hearing_id: rooms[0].room(hearing_id))
    accepted = {token_key.kid: token_key.public}
    signaling = SignalingServer(
        gateway, keys=_constant(accepted), clock=clock.now, allow_origin=is_own_origin
    )
    channel = Channel(signaling.push, signaling.terminate, signaling.answers)
    proceedings = Proceedings(config, store.events, clock, _ids, token_key, channel, turn)
    rooms.append(proceedings)

    runner: web.AppRunner | None = None
    try:
        await proceedings.start()
        # Listening comes before the public address is known where the port was left to the system.
        services = Services(store, identity, proceedings, clock, secrets.token_bytes, _site(config))
        app = create_application(services)
        signaling.attach(app)
        add_pages(app)
        runner = web.AppRunner(
            app,
            access_log_class=AccessLogger,
            shutdown_timeout=SHUTDOWN_TIMEOUT_S,
            keepalive_timeout=PROXY_KEEPALIVE_S if config.web.behind_proxy else KEEPALIVE_S,
        )
        await runner.setup()
        site = web.TCPSite(runner, config.web.listen, config.web.port, ssl_context=_tls(config))
        await site.start()
        port = int(runner.addresses[0][1])
    except BaseException:
        await proceedings.stop()
        if runner is not None:
            await runner.cleanup()
        await store.close()
        raise
    scheme = "https" if config.web.tls_certificate else "http"
    host = f"[{config.web.listen}]" if ":" in config.web.listen else config.web.listen
    return Server(config, services, proceedings, f"{scheme}://{host}:{port}", port, signaling, runner)


def _ids(prefix: str) -> str:
    return new_id(prefix, secrets.token_bytes)


def _constant(keys: Mapping[str, Ed25519PublicKey]) -> Callable[[], Mapping[str, Ed25519PublicKey]]:
    return lambda: keys


def _site(config: Config) -> Site:
    return Site(
        court_zh=config.court.name_zh,
        court_en=config.court.name_en,
        hotline=config.court.hotline,
        ruleset=config.ruleset,
        demo=config.demo,
        public_url=config.web.public_url,
        web_root=WEB_ROOT,
        trusted_proxies=frozenset({"127.0.0.1", "::1"}) if config.web.behind_proxy else frozenset(),
    )


def _tls(config: Config) -> ssl.SSLContext | None:
    if config.web.tls_certificate is None or config.web.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(config.web.tls_certificate, config.web.tls_key)
    return context
