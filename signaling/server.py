"""The Socket.IO endpoint: the only file that knows python-socketio.

Whatever a client sends is answered: an unknown event, a malformed payload, a refused request and a handler that
raises are all acknowledged with a :class:`signaling.messages.WireError`, because the library alone would stay silent.
Tokens and payloads are never logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import socketio
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from engineio.payload import Payload  # type: ignore[import-untyped]
from pydantic_core import to_jsonable_python
from socketio.packet import Packet

from signaling.codec import ProtocolError, decode, tag_of
from signaling.connection import Connection
from signaling.handler import ConnectionInfo, ConnectionRefused, RequestRefused, RoomHandler
from signaling.messages import Ack, BiText, Request, Sync, Terminated, ViewChanged, WireError
from signaling.ratelimit import BudgetName, RateLimits, budget_of
from signaling.tokens import TokenRefused, verify

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 64 * 1024
MAX_WAITING_REQUESTS = 256
_LAST_ANSWER_S = 1.0
_SLOW_ANSWER_S = 0.8
_MAX_ATTACHMENTS = 4
_FORGET_LIMITS_AFTER_S = 120.0

# A full room is joined with dozens of requests at once; over long polling they come in one payload, of which the
# library takes 16 packets by default.
Payload.max_decode_packets = 256

_INTERNAL = WireError(
    code="internal",
    message="the server could not carry out the request",
    text=BiText(
        zh="服务器内部错误，请重试；如仍失败请联系法院技术人员。",
        en="The server failed to do this. Try again; if it fails again, call the court's technician.",
    ),
)
_TIMED_OUT = WireError(
    code="timeout",
    message="the request was not answered in time",
    text=BiText(zh="服务器未能及时处理，请重试。", en="The server did not answer in time. Try again."),
)
_RATE_LIMITED = BiText(zh="操作过于频繁，请稍后再试。", en="Too many requests. Wait a moment and try again.")
_CAUSES = {
    "client disconnect": "client_left",
    "ping timeout": "ping_timeout",
    "server disconnect": "server",
}


class _BoundedPacket(Packet):  # type: ignore[misc]
    """Refuses packets with many binary attachments, which the library would collect in memory without bound."""

    def decode(self, encoded_packet: str) -> int:
        attachments: int = super().decode(encoded_packet) or 0
        if attachments > _MAX_ATTACHMENTS:
            raise ValueError("too many attachments")
        return attachments


class _Everything(socketio.AsyncNamespace):  # type: ignore[misc]
    """Hands every event on by its name. Handlers registered by name, ``*`` too, can be called by a client as such."""

    def __init__(self, namespace: str, handler: Callable[..., Awaitable[Any]]) -> None:
        super().__init__(namespace)
        self._handler = handler

    async def trigger_event(self, event: str, *arguments: Any) -> Any:
        return await self._handler(event, *arguments)


@dataclass
class _Live:
    info: ConnectionInfo
    engine_id: str
    limits: RateLimits
    machine: Connection = field(default_factory=Connection)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    ending: str | None = None
    """Cause to report when the server itself ended the connection."""


class SignalingServer:
    """Socket.IO on an aiohttp application, for one :class:`RoomHandler`.

    ``keys`` gives the accepted token keys by ``kid`` at every connect; ``clock`` the current time with an offset.
    ``allow_origin`` decides about a browser's Origin header; left out, only the page's own origin is allowed.
    ``client_address`` reads the peer's address from the HTTP request (behind a proxy, from its header).
    A lost network is known ``ping_interval_s + ping_timeout_s`` after the last sign of life.
    """

    def __init__(
        self,
        handler: RoomHandler,
        *,
        keys: Callable[[], Mapping[str, Ed25519PublicKey]],
        clock: Callable[[], datetime],
        path: str = "/rt",
        allow_origin: Callable[[str, web.Request], bool] | None = None,
        client_address: Callable[[web.Request], str] | None = None,
        ping_interval_s: float = 3.0,
        ping_timeout_s: float = 4.0,
        request_timeout_s: float = 20.0,
    ) -> None:
        self.path = "/" + path.strip("/")
        self._handler = handler
        self._keys = keys
        self._clock = clock
        self._client_address = client_address or (lambda request: request.remote or "")
        self._ping_timeout_s = ping_timeout_s
        self._request_timeout_s = request_timeout_s
        self._live: dict[str, _Live] = {}
        self._limits: dict[tuple[str, str], RateLimits] = {}
        self._closing: set[asyncio.Task[None]] = set()
        origins: Any = None
        if allow_origin is not None:
            origins = _origin_check(allow_origin)
        self._sio = socketio.AsyncServer(
            async_mode="aiohttp",
            transports=["websocket", "polling"],
            ping_interval=ping_interval_s,
            ping_timeout=ping_timeout_s,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            cors_allowed_origins=origins,
            cors_credentials=False,
            serializer=_BoundedPacket,
            # The library's own loggers print payloads, the token among them.
            logger=_silent("signaling.socketio"),
            engineio_logger=_silent("signaling.engineio"),
        )
        self._sio.register_namespace(_Everything("/", self._on_anything))

    # ── for the room server ────────────────────────────────────────────────────────────────────────────────────

    def attach(self, app: web.Application) -> None:
        """Serve ``path`` in ``app`` and close with it."""
        self._sio.attach(app, socketio_path=self.path.strip("/"))
        app.on_shutdown.append(self._on_shutdown)

    @property
    def connections(self) -> int:
        return len(self._live)

    async def push(self, sid: str, event: ViewChanged) -> None:
        """Send one event. Dropped before the connection's first ``sync``, whose result contains it, and after its end."""
        live = self._live.get(sid)
        if live is not None and live.machine.receives_events:
            await self._sio.emit(tag_of(ViewChanged), event.model_dump(mode="json"), to=sid)

    def answers(self, sid: str) -> bool:
        """Whether the connection stands and no ping has waited for its answer for longer than a slow line explains."""
        live = self._live.get(sid)
        return live is not None and not self._unanswered_for(live.engine_id, _SLOW_ANSWER_S)

    async def terminate(self, sid: str, last: Terminated) -> None:
        """Send the last message, then close. The cause reported is ``replaced`` for that reason, else ``server``.

        Nothing else is sent or taken from now on, but a request being carried out is acknowledged first (it may be the
        one that ends the connection); this method does not wait for that.
        """
        live = self._live.get(sid)
        if live is None or live.ending is not None:
            return
        live.ending = "replaced" if last.reason == "replaced" else "server"
        live.machine.step("lost")
        if live.turn.locked():
            self._later(self._terminate_after_the_request(sid, live, last))
        else:
            await self._say_goodbye(sid, live, last)

    async def disconnect(self, sid: str) -> None:
        """Close without a last message: the page reconnects by itself."""
        live = self._live.get(sid)
        if live is not None and live.ending is None:
            live.ending = "server"
            await self._close_engine(live.engine_id)

    async def close(self) -> None:
        """Close all connections, leaving the pages to reconnect, and stop the library's background tasks."""
        await asyncio.gather(*(self.disconnect(sid) for sid in list(self._live)))
        for task in list(self._closing):
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for engine_id in list(self._sio.eio.sockets):
            await self._close_engine(engine_id)
        if self._sio.eio.service_task_handle is not None:
            await self._sio.shutdown()

    # ── from the library ───────────────────────────────────────────────────────────────────────────────────────

    async def _on_anything(self, event: str, sid: str, *arguments: Any) -> Any:
        """A client may send events named ``connect`` and ``disconnect``; the library gives them to the handlers of
        those names. Its own calls come while the connection is still, or again, not counted as connected.
        """
        if not self._sio.manager.is_connected(sid, "/"):
            if event == "connect":
                return await self._on_connect(sid, *arguments)
            if event == "disconnect":
                return await self._on_disconnect(sid, *arguments)
        return (await self._answer(event, sid, arguments)).model_dump(mode="json")

    async def _on_connect(self, sid: str, environ: Mapping[str, Any], auth: Any) -> bool:
        engine_id = self._sio.manager.eio_sid_from_sid(sid, "/")
        try:
            await self._admit(sid, engine_id, environ["aiohttp.request"], auth)
        except TokenRefused as refusal:
            error = refusal.wire()
        except ConnectionRefused as refusal:
            error = refusal.error
        except Exception:
            log.exception("connection %s: the handler failed on connect", sid)
            error = _INTERNAL
        else:
            # The transport may have gone while the handler was busy; the library would not tell.
            if self._sio.get_environ(sid) is None:
                await self._lost(sid, "transport_close")
                return False
            return True
        self._live.pop(sid, None)
        self._close_later(engine_id)
        raise socketio.exceptions.ConnectionRefusedError(error.message, error.model_dump(mode="json"))

    async def _admit(self, sid: str, engine_id: str, request: web.Request, auth: Any) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        claims = verify(token, self._keys(), self._clock())
        limits = self._limits_of(claims.participant, claims.device)
        if not limits.allows("connect", _now_s()):
            raise ConnectionRefused(_rate_limited("connect"))
        info = ConnectionInfo(
            sid=sid,
            claims=claims,
            address=self._client_address(request),
            user_agent=request.headers.get("User-Agent", "")[:300],
        )
        self._live[sid] = _Live(info=info, engine_id=engine_id, limits=limits)
        async with asyncio.timeout(self._request_timeout_s):
            await self._handler.connected(info)

    async def _on_disconnect(self, sid: str, reason: str) -> None:
        live = self._live.get(sid)
        cause = _CAUSES.get(reason, "transport_close")
        if cause == "transport_close" and live is not None and self._timed_out(live.engine_id):
            cause = "ping_timeout"
        await self._lost(sid, cause)

    async def _lost(self, sid: str, cause: str) -> None:
        live = self._live.pop(sid, None)
        if live is None:
            return
        live.machine.step("lost")
        try:
            await self._handler.disconnected(sid, live.ending or cause)
        except Exception:
            log.exception("connection %s: the handler failed on disconnect", sid)

    # ── requests ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, event: str, sid: str, arguments: tuple[Any, ...]) -> Ack:
        live = self._live.get(sid)
        if live is None:
            return _refused(_gone().wire())
        budget = budget_of(event)
        if live.waiting >= MAX_WAITING_REQUESTS or not live.limits.allows(budget, _now_s()):
            return self._refuse(live, _rate_limited(budget))
        request = decode(event, *arguments)
        if isinstance(request, ProtocolError):
            return self._refuse(live, request.wire())
        live.waiting += 1
        try:
            async with live.turn:
                out_of_order = live.machine.refusal(request)
                if out_of_order is not None:
                    return self._refuse(live, out_of_order.wire())
                return await self._carry_out(live, request)
        finally:
            live.waiting -= 1

    async def _carry_out(self, live: _Live, request: Request) -> Ack:
        syncs = isinstance(request, Sync)
        if syncs:
            live.machine.step("sync_began")
        ack = await self._result(live, request)
        if syncs:
            live.machine.step("synced" if ack.ok else "sync_failed")
        return ack

    async def _result(self, live: _Live, request: Request) -> Ack:
        tag = tag_of(type(request))
        try:
            async with asyncio.timeout(self._request_timeout_s):
                result = await self._handler.request(live.info.sid, request)
            return Ack(ok=True, result=to_jsonable_python(result))
        except RequestRefused as refusal:
            return _refused(refusal.error)
        except TimeoutError:
            log.error("connection %s: %s timed out", live.info.sid, tag)
            return _refused(_TIMED_OUT)
        except Exception:
            log.exception("connection %s: the handler failed on %s", live.info.sid, tag)
            return _refused(_INTERNAL)

    def _refuse(self, live: _Live, error: WireError) -> Ack:
        """A refusal costs a token too: a client that only earns refusals is cut off."""
        if not live.limits.allows("refusal", _now_s()) and live.ending is None:
            log.warning("connection %s: cut off after too many refused requests", live.info.sid)
            live.ending = "server"
            live.machine.step("lost")
            self._close_later(live.engine_id, after_s=0.0)
        return _refused(error)

    def _limits_of(self, participant: str, device: str) -> RateLimits:
        now_s = _now_s()
        for key, limits in list(self._limits.items()):
            if now_s - limits.used_at_s > _FORGET_LIMITS_AFTER_S:
                del self._limits[key]
        return self._limits.setdefault((participant, device), RateLimits(now_s))

    # ── closing ────────────────────────────────────────────────────────────────────────────────────────────────

    def _timed_out(self, engine_id: str) -> bool:
        """The library reports some ping timeouts as a closed transport; its ping in flight tells them apart."""
        return self._unanswered_for(engine_id, self._ping_timeout_s * 0.9)

    def _unanswered_for(self, engine_id: str, seconds: float) -> bool:
        """Whether a ping has been in flight for longer than that."""
        socket = self._sio.eio.sockets.get(engine_id)
        pinged_at_s = getattr(socket, "last_ping", None)
        return pinged_at_s is not None and time.time() - pinged_at_s > seconds

    async def _terminate_after_the_request(self, sid: str, live: _Live, last: Terminated) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWER_S), live.turn:
                pass
        await self._say_goodbye(sid, live, last)

    async def _say_goodbye(self, sid: str, live: _Live, last: Terminated) -> None:
        """The last message, Socket.IO's own goodbye (the client does not reconnect after it), then the transport."""
        await self._sio.emit(tag_of(Terminated), last.model_dump(mode="json"), to=sid)
        await self._sio.disconnect(sid)
        await self._close_engine(live.engine_id)

    async def _close_engine(self, engine_id: str) -> None:
        """Close a transport after what is queued for it.

        The library's own ``disconnect`` waits for a queue that nobody empties when the client went at the same moment,
        and leaves a WebSocket open until the next ping would have been due; its writer ends at a None in the queue.
        """
        socket = self._sio.eio.sockets.get(engine_id)
        if socket is None or socket.closed:
            return
        await socket.close(wait=False, reason="server disconnect")
        await socket.queue.put(None)

    def _close_later(self, engine_id: str, after_s: float = 1.0) -> None:
        """Close a transport once the answer now being given had time to leave."""

        async def close() -> None:
            await asyncio.sleep(after_s)
            await self._close_engine(engine_id)

        self._later(close())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _on_shutdown(self, _app: web.Application) -> None:
        await self.close()


def _refused(error: WireError) -> Ack:
    return Ack(ok=False, error=error)


def _rate_limited(budget: BudgetName | str) -> WireError:
    return WireError(
        code="rate_limited", message=f"too many requests ({budget}); wait and try again", text=_RATE_LIMITED
    )


def _gone() -> ProtocolError:
    return ProtocolError(
        "out_of_order", "the connection is closed", BiText(zh="连接已断开。", en="The connection is closed.")
    )


def _now_s() -> float:
    return time.monotonic()


def _silent(name: str) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def _origin_check(
    allow_origin: Callable[[str, web.Request], bool],
) -> Callable[[str | None, Mapping[str, Any]], bool]:
    def check(origin: str | None, environ: Mapping[str, Any]) -> bool:
        return origin is None or allow_origin(origin, environ["aiohttp.request"])

    return check
