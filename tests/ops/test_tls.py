"""A court that ends TLS itself: pages of its own origin are let into the rooms, others are not."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from room_server.app import Server, start_server
from room_server.certificate import self_signed
from room_server.config import WebSettings
from room_server.demonstration import demo_config, free_port

ADDRESS = "127.0.0.1"
OTHERS = ("https://evil.example", "null", "https://court.example.evil.example")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    port = free_port()
    config = demo_config(data=tmp_path / "data", port=port)
    certificate, key = self_signed(tmp_path / "keys", ADDRESS)
    web = WebSettings(
        listen=ADDRESS,
        port=port,
        public_url="https://court.example",
        tls_certificate=certificate,
        tls_key=key,
    )
    running = await start_server(config.model_copy(update={"web": web}))
    yield running
    await running.stop()


async def test_rooms_are_open_to_the_courts_own_pages_alone(server: Server) -> None:
    trusted = ssl.create_default_context(cafile=str(server.config.web.tls_certificate))
    url = f"wss://{ADDRESS}:{server.port}/rt/?EIO=4&transport=websocket"
    connector = aiohttp.TCPConnector(ssl=trusted)
    async with aiohttp.ClientSession(connector=connector) as session:
        for own in (f"https://{ADDRESS}:{server.port}", "https://court.example"):
            async with session.ws_connect(url, origin=own) as socket:
                assert (await socket.receive_str()).startswith("0{")
        for other in OTHERS:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(url, origin=other)
            assert refused.value.status == 400
