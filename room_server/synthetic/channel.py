"""The signaling side of a synthetic participant: one Socket.IO connection at a time, requests and the view."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import socketio

from signaling.connection import ViewFollower
from signaling.messages import Ack, Sync, SyncResult, Terminated, View, ViewChanged, WireError

log = logging.getLogger(__name__)
REQUEST_TIMEOUT_S = 25.0
# The library's own loggers call a lost connection an error and print payloads.
_silent = logging.getLogger("room_server.synthetic.socketio")
_silent.setLevel(logging.CRITICAL + 1)


class RequestFailed(Exception):
    """The server refused a request."""

    def __init__(self, tag: str, error: WireError) -> None:
        super().__init__(f"{tag}: {error.code}: {error.message}")
        self.tag = tag
        self.error = error


class NotConnected(Exception):
    """There is no connection, or it was lost before the answer."""


class ConnectRefused(Exception):
    """The server refused the connection; ``error`` says why where it said so."""

    def __init__(self, error: WireError | None, detail: str) -> None:
        super().__init__(error.code if error else detail)
        self.error = error


class Channel:
    """Keeps the view current while a connection lasts; :meth:`open` makes a new one with a fresh token."""

    def __init__(self, on_view: Callable[[View], None], on_terminated: Callable[[Terminated], None]) -> None:
        self._on_view = on_view
        self._on_terminated = on_terminated
        self._follower = ViewFollower()
        self._client: Any = None
        self._lost = asyncio.Event()
        self._lost.set()
        self._resync: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        return not self._lost.is_set()

    async def open(self, base_url: str, socket_path: str, token: str, *, verify_tls: bool = True) -> None:
        """Connect and synchronise; ConnectRefused, NotConnected or RequestFailed where that fails."""
        await self.close()
        client = socketio.AsyncClient(
            reconnection=False,
            ssl_verify=verify_tls,
            handle_sigint=False,
            logger=_silent,
            engineio_logger=_silent,
        )
        lost = asyncio.Event()
        refusal: list[Any] = []
        client.on("view_changed", self._changed)
        client.on("terminated", lambda data: self._on_terminated(Terminated.model_validate(data)))
        client.on("disconnect", lambda *_: lost.set())
        client.on("connect_error", refusal.append)
        self._client, self._lost = client, lost
        try:
            await client.connect(
                base_url,
                auth={"token": token},
                socketio_path=socket_path.strip("/"),
                transports=["websocket"],
                wait_timeout=10,
            )
            await self.synchronise()
        except socketio.exceptions.ConnectionError as error:
            lost.set()
            raise ConnectRefused(_wire_error(refusal), str(error)) from error
        except BaseException:
            await self.close()
            raise

    async def synchronise(self, *, anew: bool = False) -> None:
        if anew:
            self._follower = ViewFollower()
        result = SyncResult.model_validate(await self.request(self._follower.request()))
        if self._follower.synced(result) == "gap":
            await self.synchronise(anew=True)
            return
        self._show()

    async def request(self, request: Any, payload: dict[str, Any] | None = None) -> Any:
        """Send a request (a tag with its payload, or a ``Sync``) and return its result."""
        if isinstance(request, Sync):
            request, payload = "sync", request.model_dump(mode="json")
        client, lost = self._client, self._lost
        if client is None or lost.is_set():
            raise NotConnected(request)
        calling = asyncio.ensure_future(client.call(request, payload or {}, timeout=REQUEST_TIMEOUT_S))
        waiting = asyncio.ensure_future(lost.wait())
        try:
            await asyncio.wait((calling, waiting), return_when=asyncio.FIRST_COMPLETED)
            if not calling.done():
                raise NotConnected(request)
            ack = Ack.model_validate(calling.result())
        except (socketio.exceptions.SocketIOError, TimeoutError) as error:
            raise NotConnected(request) from error
        finally:
            calling.cancel()
            waiting.cancel()
        if ack.error is not None:
            raise RequestFailed(request, ack.error)
        return ack.result

    async def until_lost(self) -> None:
        await self._lost.wait()

    async def close(self) -> None:
        """End the connection, if there is one, with a goodbye."""
        client, self._client = self._client, None
        self._lost.set()
        if self._resync is not None:
            self._resync.cancel()
        if client is not None:
            await client.disconnect()

    async def drop(self) -> None:
        """Break the transport without a goodbye, as a lost network does."""
        websocket = getattr(self._client.eio, "ws", None) if self._client is not None else None
        if websocket is not None and websocket._response.connection is not None:
            websocket._response.connection.transport.abort()
        await self._lost.wait()

    def _changed(self, data: Any) -> None:
        outcome = self._follower.changed(ViewChanged.model_validate(data))
        if outcome == "applied":
            self._show()
        elif outcome == "gap" and (self._resync is None or self._resync.done()):
            self._resync = asyncio.create_task(self._synchronise_quietly())

    async def _synchronise_quietly(self) -> None:
        try:
            await self.synchronise()
        except (NotConnected, RequestFailed) as error:
            log.info("synchronising failed: %s", error)

    def _show(self) -> None:
        if self._follower.view is not None:
            self._on_view(View.model_validate(self._follower.view))


def _wire_error(refusal: list[Any]) -> WireError | None:
    data = refusal[0].get("data") if refusal and isinstance(refusal[0], dict) else None
    return WireError.model_validate(data) if isinstance(data, dict) else None
