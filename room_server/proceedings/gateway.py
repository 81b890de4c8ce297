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
from room_server.domain import phases
from room_server.domain.model import SILENT, Actor, Participant
from room_server.domain.screens import shown_by
from room_server.errors import CommandRefused, WaitForTheClerk
from room_server.proceedings.courtroom import Courtroom
from room_server.proceedings.tracks import MediaRefused
from room_server.relay.client import RelayError
from signaling import messages as m
from signaling.handler import ConnectionInfo, ConnectionRefused, RequestRefused
from signaling.tokens import RoomClaims

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
        self._arriving: dict[str, str | None] = {}
        """Connections being taken, each with the cause of its loss if it was lost meanwhile."""

    async def connected(self, connection: ConnectionInfo) -> None:
        courtroom = self._courtroom(connection.claims.proceeding)
        if courtroom is None:
            raise ConnectionRefused(_UNKNOWN)
        self._arriving[connection.sid] = None
        try:
            # One at a time for each person: two tabs that connect at once must not both believe they hold the place,
            # and the end of an earlier connection must not be taken for that of a later one.
            async with self._turn(connection.claims.participant):
                await self._arrive(courtroom, connection)
        finally:
            self._arriving.pop(connection.sid, None)

    async def _arrive(self, courtroom: Courtroom, connection: ConnectionInfo) -> None:
        claims = connection.claims
        person = _bearer(courtroom, claims)
        try:
            await self._connect(courtroom, person, claims.device)
            # The epoch may have risen, or the hearing ended, while the connection was being stored.
            _bearer(courtroom, claims)
            cause = self._arriving.get(connection.sid)
            if cause is not None:
                raise ConnectionRefused(_GONE)
        except CommandRefused as refusal:
            raise ConnectionRefused(wire_error(refusal)) from refusal
        except BaseException:
            # The record may say that the person is connected, and nobody would ever tell it otherwise.
            if courtroom.viewer(person.id).sid is None:
                cause = self._arriving.get(connection.sid) or "network"
                courtroom.lost(person.id, claims.device, cause)
            raise
        self._seat(courtroom, person, connection)

    async def _connect(self, courtroom: Courtroom, person: Participant, device: str) -> None:
        try:
            await courtroom.execute(c.Connect(person.id, device), _actor(person))
        except WaitForTheClerk:
            await courtroom.execute(c.WaitWithDevice(person.id, device), _actor(person))
            raise

    def _seat(self, courtroom: Courtroom, person: Participant, connection: ConnectionInfo) -> None:
        device = connection.claims.device
        viewer = courtroom.viewer(person.id)
        if viewer.sid is not None and viewer.sid != connection.sid:
            earlier = viewer.sid
            self._seats.pop(earlier, None)
            viewer.sid = None
            courtroom.replace(earlier)
        viewer.sid, viewer.device = connection.sid, device
        self._seats[connection.sid] = _Seat(courtroom, person.id, device, connection.claims.epoch)
        courtroom.live.silence.heard(person.id)
        courtroom.show()

    async def disconnected(self, sid: str, cause: str) -> None:
        if sid in self._arriving:
            self._arriving[sid] = _CAUSES.get(cause, cause)
        seat = self._seats.pop(sid, None)
        if seat is None:
            return
        viewer = seat.courtroom.viewer(seat.participant)
        if viewer.sid == sid:
            viewer.sid = None
        async with self._turn(seat.participant):
            if viewer.sid is not None:
                return  # the same person has connected anew meanwhile
            # The media transports stay: a browser that only lost its socket is still sending, and the relay closes by
            # itself what is silent for 30 s. Without a connection there are no edges, so nothing is forwarded.
            command = c.Disconnect(seat.participant, seat.device, _CAUSES.get(cause, cause))
            await seat.courtroom.tell(command)

    def _turn(self, participant: str) -> asyncio.Lock:
        return self._turns.setdefault(participant, asyncio.Lock())

    async def request(self, sid: str, request: m.Request) -> Any:
        seat = self._seats.get(sid)
        if seat is None:
            raise RequestRefused(_GONE)
        person = seat.courtroom.hearing.participants.get(seat.participant)
        if person is None or person.epoch != seat.epoch or person.removed:
            raise RequestRefused(_TOKEN_OUTDATED)
        if seat.courtroom.viewer(seat.participant).sid != sid:
            raise RequestRefused(_GONE)  # left, or dismissed: the goodbye is on its way
        try:
            if isinstance(request, m.Sync):
                return seat.courtroom.sync(seat.participant, request)
            command = _ROOM_COMMANDS.get(type(request))
            if command is not None:
                await self._command(seat.courtroom, person, command, request)
                return {}
            result = await self._media(seat.courtroom, person, request)
            await self._still_welcome(seat)
            return result
        except CommandRefused as refusal:
            raise RequestRefused(wire_error(refusal)) from refusal
        except MediaRefused as refusal:
            raise RequestRefused(refusal.error) from refusal
        except RelayError as error:
            raise RequestRefused(_relay_refusal(error)) from error

    async def _still_welcome(self, seat: _Seat) -> None:
        """A person dismissed while the relay was making something must not be left with what it made."""
        person = seat.courtroom.hearing.participants.get(seat.participant)
        if person is not None and person.connected and person.epoch == seat.epoch:
            return
        if seat.courtroom.viewer(seat.participant).sid is None:
            await seat.courtroom.close_media_of(seat.participant, "closed")
        raise RequestRefused(_GONE)

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
            case m.SetPreferredLayers(consumer_id=consumer, spatial_layer=layer):
                await tracks.set_preferred_layer(person.id, consumer, layer)
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
        if request.source == "screen":
            _require_shared(courtroom, person)
        made, replaced, codec = await courtroom.tracks.produce(
            person.id, request.transport_id, request.kind, request.source, request.rtp_parameters
        )
        courtroom.add_track(made, replaced, codec)
        if request.source == "screen" and shown_by(courtroom.hearing) != person.id:
            # The share ended while the relay worked, so that nobody closed its track.
            courtroom.end_track(await courtroom.tracks.close_producer(person.id, made.id))
            _require_shared(courtroom, person)
        return {"producer_id": made.id}


def _require_shared(courtroom: Courtroom, person: Participant) -> None:
    if shown_by(courtroom.hearing) != person.id:
        raise MediaRefused(
            "screen_not_shared",
            "no screen of yours is shared; send start_screen first",
            "屏幕共享已经结束，请重新开始。",
            "Your screen is not shared any more. Start again.",
        )


def _bearer(courtroom: Courtroom, claims: RoomClaims) -> Participant:
    """Whom the token is for, if it still counts. Raises :class:`ConnectionRefused`."""
    person = courtroom.hearing.participants.get(claims.participant)
    if person is None:
        raise ConnectionRefused(_UNKNOWN)
    if person.epoch != claims.epoch:
        raise ConnectionRefused(_TOKEN_OUTDATED)
    if courtroom.hearing.phase in phases.ENDED:
        raise ConnectionRefused(_ENDED)
    return person


def _actor(person: Participant) -> Actor:
    return Actor("participant", person.id, person.role, person.name)


def _relay_refusal(error: RelayError) -> m.WireError:
    if error.code in ("relay_gone", "relay_timeout", "relay_failed"):
        return _RELAY_GONE
    log.info("the relay refused a request: %s", error)
    if error.code == "unsupported_codec":
        return m.WireError(
            code=error.code,
            message=str(error),
            text=m.BiText(
                zh="您的浏览器不支持此视频格式，请更新浏览器，或改用 Chrome、Edge 或 Firefox。",
                en="Your browser cannot handle this kind of picture. Update it, or use Chrome, Edge or Firefox.",
            ),
        )
    return m.WireError(
        code=error.code,
        message=str(error),
        text=m.BiText(zh="音视频请求未被接受。", en="The media request was not accepted."),
    )
