"""A network that lets nothing but TCP through: UDP sent to it is taken and answered by nobody."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

ADDRESS = "127.0.0.77"
"""Not the relay's own: what is announced here reaches the relay only through this firewall."""


@contextlib.asynccontextmanager
async def letting_tcp_through(
    port: int, target: str = "127.0.0.1", *, address: str = ADDRESS
) -> AsyncIterator[None]:
    """Pass TCP connections to ``address:port`` on to the same port of ``target``; swallow UDP without a word."""
    links: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        links.add(task)
        try:
            await _join(reader, writer, *await asyncio.open_connection(target, port))
        finally:
            links.discard(task)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind((address, port))  # bound, so that no ICMP message tells anybody that nobody reads here
        server = await asyncio.start_server(accept, address, port)
        try:
            yield
        finally:
            server.close()
            for link in list(links):
                link.cancel()
            await asyncio.gather(*links, return_exceptions=True)


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    try:
        pumps = [
            asyncio.create_task(_pump(reader, far_writer)),
            asyncio.create_task(_pump(far_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
    finally:
        writer.close()
        far_writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
