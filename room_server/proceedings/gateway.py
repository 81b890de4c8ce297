"""Between the signaling channel and the courtrooms: who is connected, and what each request means.

The server re-reads what a person may do at every request: the token only says who connects, and with which epoch.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from room_server.domain import commands as c
from room_server.domain.model import SILENT, Actor, Participant
from room_server.errors import CommandRefused, WaitForTheClerk
from room_server.proceedings.courtroom import ENDED_PHASES, Courtroom
from room_server.proceedings.tracks import MediaRefused
from room_server.relay.client import RelayError
from signaling import messages as m
from signaling.handler import ConnectionInfo, ConnectionRefused, RequestRefused

log = logging.getLogger(__name__)
_CAUSES = {
    "client_left": "closed_page",
    "transport_close": "network",
    "ping_timeout": "network",
    "replaced": "replaced",
    "server": "server",
}
_ROOM_COMMANDS: dict[type[m.Request], type[c.Command]] = {
    getattr(m, command.__name__): command for command in c.ROOM if hasattr(m, command.__name__)
}


def wire_error(refusal: CommandRefused) -> m.WireError:
    """A refusal as the page gets it."""
    return m.WireError(
        code=refusal.code,
        message=refusal.en,
        text=m.BiText(zh=refusal.zh, en=refusal.en),
        citation=refusal.citation,
    )


_TOKEN_OUTDATED = m.WireError(
    code="token_outdated",
    message="the token's epoch is over; get a new one",
    text=m.BiText(
        zh="连接凭证已更新，正在重新连接。", en="The connection's token was renewed; reconnecting."
    ),
)
_UNKNOWN = m.WireError(
    code="not_found",
    message="no such participant in this hearing",
    text=m.BiText(zh="没有找到这场庭审。", en="This hearing was not found."),
)
_ENDED = m.WireError(
    code="ended",
    message="the hearing has ended",
    text=m.BiText(zh="庭审已经结束。", en="The hearing has ended."),
)
_GONE = m.WireError(
    code="not_connected",
    message="this connection has been replaced or closed",
    text=m.BiText(zh="此连接已失效，正在重新连接。", en="This connection is no longer in use; reconnecting."),
)
_RELAY_GONE = m.WireError(
    code="relay_unavailable",
    message="the relay is being restarted",
    text=m.BiText(zh="音视频服务正在恢复，请稍候。", en="Picture and sound are being restored. One moment."),
)


@dataclass(frozen=True, slots=True)
class _Seat:
    courtroom: Courtroom
    participant: str
    device: str
    epoch: int


class Gateway:
    """The :class:`signaling.handler.RoomHandler` of the room server."""

    def __init__(self, courtroom: Callable[[str], Courtroom | None]) -> None:
        self._courtroom = courtroom
        self._seats: dict[str, _Seat] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def connected(self, connection: ConnectionInfo) -> None:
        claims = connection.claims
        courtroom = self._courtroom(claims.proceeding)
        person = courtroom.hearing.participants.get(claims.participant) if courtroom is not None else None
        if courtroom is None or person is None:
            raise ConnectionRefused(_UNKNOWN)
        if person.epoch != claims.epoch:
            raise ConnectionRefused(_TOKEN_OUTDATED)
        if courtroom.hearing.phase in ENDED_PHASES:
            raise ConnectionRefused(_ENDED)
        # One at a time for each person: two tabs that connect at once must not both believe they hold the place.
        async with self._turns.setdefault(person.id, asyncio.Lock()):
            try:
                await self._take_place(courtroom, person, connection)
            except CommandRefused as refusal:
                raise ConnectionRefused(wire_error(refusal)) from refusal

    async def _take_place(
        self, courtroom: Courtroom, person: Participant, connection: ConnectionInfo
    ) -> None:
        device = connection.claims.device
        try:
            await courtroom.execute(c.Connect(person.id, device), _actor(person))
        except WaitForTheClerk:
            await courtroom.execute(c.WaitWithDevice(person.id, device), _actor(person))
            raise
        viewer = courtroom.viewer(person.id)
        if viewer.sid is not None and viewer.sid != connection.sid:
            earlier = viewer.sid
            self._seats.pop(earlier, None)
            viewer.sid = None
            await courtroom.replace(earlier)
        viewer.sid, viewer.device = connection.sid, device
        self._seats[connection.sid] = _Seat(courtroom, person.id, device, connection.claims.epoch)
        courtroom.show()

    async def disconnected(self, sid: str, cause: str) -> None:
        seat = self._seats.pop(sid, None)
        if seat is None:
            return
        viewer = seat.courtroom.viewer(seat.participant)
        if viewer.sid not in (None, sid):
            return
        viewer.sid = None
        # The media transports stay: a browser that only lost its socket is still sending, and the relay closes by
        # itself what is silent for 30 s. Without a connection there are no edges, so nothing is forwarded.
        command = c.Disconnect(seat.participant, seat.device, _CAUSES.get(cause, cause))
        await seat.courtroom.tell(command)

    async def request(self, sid: str, request: m.Request) -> Any:
        seat = self._seats.get(sid)
        if seat is None:
            raise RequestRefused(_GONE)
        person = seat.courtroom.hearing.participants.get(seat.participant)
        if person is None or person.epoch != seat.epoch or person.removed:
            raise RequestRefused(_TOKEN_OUTDATED)
        try:
            if isinstance(request, m.Sync):
                return seat.courtroom.sync(seat.participant, request)
            command = _ROOM_COMMANDS.get(type(request))
            if command is not None:
                await self._command(seat.courtroom, person, command, request)
                return {}
            return await self._media(seat.courtroom, person, request)
        except CommandRefused as refusal:
            raise RequestRefused(wire_error(refusal)) from refusal
        except MediaRefused as refusal:
            raise RequestRefused(refusal.error) from refusal
        except RelayError as error:
            raise RequestRefused(_relay_refusal(error)) from error

    async def _command(
        self, courtroom: Courtroom, person: Participant, command: type[c.Command], request: m.Request
    ) -> None:
        named = {field.name for field in fields(command)}
        values = {name: value for name, value in request.model_dump().items() if name in named}
        await courtroom.execute(command(**values), _actor(person))

    async def _media(self, courtroom: Courtroom, person: Participant, request: m.Request) -> Any:
        tracks = courtroom.tracks
        match request:
            case m.GetRouterCapabilities():
                return {"rtp_capabilities": await tracks.capabilities()}
            case m.CreateTransport(direction=direction):
                return await tracks.create_transport(person.id, direction)
            case m.ConnectTransport(transport_id=transport, dtls_parameters=dtls):
                await tracks.connect_transport(person.id, transport, dtls)
                return {}
            case m.RestartIce(transport_id=transport):
                return {"ice_parameters": await tracks.restart_ice(person.id, transport)}
            case m.Produce():
                return await self._produce(courtroom, person, request)
            case m.CloseProducer(producer_id=producer):
                courtroom.end_track(await tracks.close_producer(person.id, producer))
                return {}
            case m.Consume(transport_id=transport, producer_id=producer, rtp_capabilities=capabilities):
                return await tracks.consume(person.id, transport, producer, capabilities)
            case m.ResumeConsumer(consumer_id=consumer):
                await tracks.resume_consumer(person.id, consumer)
                return {}
            case m.CloseConsumer(consumer_id=consumer):
                await tracks.close_consumer(person.id, consumer)
                return {}
            case m.ReportNetwork():
                courtroom.network_path(person.id, request.path)
                return {}
        raise RequestRefused(_GONE)

    async def _produce(self, courtroom: Courtroom, person: Participant, request: m.Produce) -> dict[str, Any]:
        if person.role in SILENT:
            raise MediaRefused(
                "not_permitted",
                f"a {person.role} does not publish",
                "您的身份不能发言。",
                "Your role does not publish.",
            )
        made, replaced, codec = await courtroom.tracks.produce(
            person.id, request.transport_id, request.kind, request.source, request.rtp_parameters
        )
        courtroom.add_track(made, replaced, codec)
        return {"producer_id": made.id}


def _actor(person: Participant) -> Actor:
    return Actor("participant", person.id, person.role, person.name)


def _relay_refusal(error: RelayError) -> m.WireError:
    if error.code in ("relay_gone", "relay_timeout", "relay_failed"):
        return _RELAY_GONE
    log.info("the relay refused a request: %s", error)
    return m.WireError(
        code=error.code,
        message=str(error),
        text=m.BiText(zh="音视频请求未被接受。", en="The media request was not accepted."),
    )
