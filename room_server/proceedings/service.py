"""All hearings of this node: found by id, rebuilt at start, ticked every second, spread over the relay's workers.

Implements the ``Proceedings`` Protocol that the REST handlers are written against.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from eligibility import Determination, Ruleset, load_ruleset
from room_server.clock import KEPT, Clock, Watch
from room_server.config import Config
from room_server.domain import commands as c
from room_server.domain import phases, rulings
from room_server.domain.context import SHANGHAI
from room_server.domain.deadlines import next_due
from room_server.domain.model import SYSTEM, Actor, Hearing, Ruling
from room_server.errors import CorrectTheRequest, DoNotReturn
from room_server.http.models import IceServer, RecordingDetail, RoomToken
from room_server.http.services import NotFound
from room_server.proceedings.archive import Archive
from room_server.proceedings.courtroom import Channel, Courtroom, Surroundings
from room_server.proceedings.live import recording_info
from room_server.proceedings.presenter import CourtName, action_infos, determination_view
from room_server.proceedings.recording import RecordingSettings
from room_server.proceedings.signing import KEY_NAME, RulingSigner
from room_server.relay.client import ListenAddress, RelayError
from room_server.relay.events import RelayEvent
from room_server.relay.pool import RelayPool, WorkerState, worker_addresses
from room_server.store.events import EventStore, NewEvent, VersionConflict
from room_server.turn import TurnServer, ice_servers
from signaling import messages as m
from signaling.tokens import RoomClaims, TokenKey, mint

log = logging.getLogger(__name__)
TICK_S = 1.0
TOKEN_TTL_S = 180
STREAM_PREFIX = "hrg_"
VIEWINGS_PREFIX = "viewings:"
EXPORTS_PREFIX = "exports:"


@lru_cache(maxsize=64)
def _ruleset(name: str, day: date) -> Ruleset:
    return load_ruleset(name, day)


def ruleset_on(name: str, moment: datetime) -> Ruleset:
    """The version of the rule set in force on that day in Asia/Shanghai."""
    return _ruleset(name, moment.astimezone(SHANGHAI).date())


class Proceedings:
    """Create, then :meth:`start`; :meth:`stop` leaves everything resumable."""

    def __init__(
        self,
        config: Config,
        store: EventStore,
        clock: Clock,
        new_id: Callable[[str], str],
        token_key: TokenKey,
        channel: Channel,
        turn: Sequence[TurnServer] = (),
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._token_key = token_key
        self._rooms: dict[str, Courtroom] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticking: dict[str, asyncio.Task[None]] = {}
        self._due: dict[str, tuple[int, datetime | None]] = {}
        """For hearings with a deadline: the version looked at, and when the deadline next asks for something."""
        self._stopping = False
        self._turn = turn
        # Unix socket paths may have 107 bytes, and a data folder's path can be longer than that.
        self._sockets = tempfile.TemporaryDirectory(prefix="yunting-")
        listen = [
            ListenAddress(address.ip, config.media.port, address.announced_ip)
            for address in config.media.addresses
        ]
        self.relays = RelayPool(
            worker_addresses(listen, config.media.worker_count),
            occupied=self._is_occupied,
            on_event=self._relay_event,
            on_lost=self._relay_lost,
            h264=config.media.h264,
            local_only=config.media.local_only,
            udp=config.media.udp,
            tcp=config.media.tcp,
        )
        record_key = config.keys / KEY_NAME
        self._signer = RulingSigner.load(config.keys)
        self.archive = Archive(config.recordings, record_key, clock, self._tell)
        self._around = Surroundings(
            store=store,
            clock=clock,
            new_id=new_id,
            ruleset_name=config.ruleset,
            ruleset_on=ruleset_on,
            relays=self.relays,
            channel=channel,
            recording=RecordingSettings(
                recordings=config.recordings,
                sockets=Path(self._sockets.name),
                key_file=record_key,
                segment_s=config.recording.segment_s,
                min_free_bytes=config.recording.min_free_bytes,
            ),
            court=CourtName(config.court.name_zh, config.court.name_en),
            on_ended=self._ended,
            end_relay=lambda hearing_id: self.relays.place(hearing_id).end_worker(),
            sign=self._signer.sign,
        )

    async def start(self) -> None:
        """Start the relay's workers and rebuild every hearing from the store."""
        await self.relays.start()
        for stream in await self._store.streams(STREAM_PREFIX):
            room = Courtroom(stream, self._around)
            self._rooms[stream] = room
            try:
                await room.open_from_store()
            except Exception:
                # One record that cannot be read must not keep the other hearings from going on.
                log.exception("hearing %s could not be rebuilt and is left out", stream)
                del self._rooms[stream]
                await room.stop()
        self._spawn(self._tick())

    async def stop(self) -> None:
        self._stopping = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.archive.stop()
        await asyncio.gather(*(room.stop() for room in self._rooms.values()), return_exceptions=True)
        await self.relays.stop()
        self._sockets.cleanup()

    # ── what the REST handlers use ────────────────────────────────────────────────────────────────────────────

    def room(self, hearing_id: str) -> Courtroom | None:
        return self._rooms.get(hearing_id)

    async def get(self, hearing_id: str) -> Hearing:
        return self._known(hearing_id).hearing

    async def all(self) -> list[Hearing]:
        return [room.hearing for room in self._rooms.values()]

    async def execute(self, hearing_id: str, command: c.Command, actor: Actor) -> Hearing:
        return await self._known(hearing_id).execute(command, actor)

    async def draft(self, command: c.DraftHearing, actor: Actor) -> Hearing:
        if command.hearing_id in self._rooms:
            raise CorrectTheRequest("exists", "该庭审已存在。", "This hearing exists already.")
        room = Courtroom(command.hearing_id, self._around)
        try:
            hearing = await room.execute(command, actor)
        except BaseException:
            await room.stop()
            raise
        self._rooms[command.hearing_id] = room
        return hearing

    def actions(self, hearing: Hearing, actor: Actor) -> dict[str, m.ActionInfo]:
        return action_infos(hearing, actor)

    def determination(self, hearing: Hearing) -> m.DeterminationView | None:
        return determination_view(hearing, self._known(hearing.id).actor.context(SYSTEM))

    def ruling_signed(self, hearing: Hearing, ruling: Ruling) -> bool | None:
        return self._signer.holds(hearing, ruling)

    def preview_ruling(self, hearing: Hearing, ground: str, held: bool, actor: Actor) -> Determination:
        return rulings.preview(hearing, ground, held, self._known(hearing.id).actor.context(actor))

    async def mint_room_token(self, hearing_id: str, participant_id: str, device_id: str) -> RoomToken:
        """A token for one connection; refused where the person may not come (any more)."""
        hearing = self._known(hearing_id).hearing
        person = hearing.participants.get(participant_id)
        if person is None:
            raise NotFound.of("庭审", "hearing")
        if person.removed:
            raise DoNotReturn("removed", "您已被请出本次庭审。", "You were removed from this hearing.")
        if hearing.phase in phases.ENDED:
            raise DoNotReturn("ended", "庭审已经结束。", "The hearing has ended.")
        now = self._clock.now()
        claims = RoomClaims(
            participant=person.id,
            proceeding=hearing.id,
            role=person.role,
            side=person.side,
            grants=(),
            epoch=person.epoch,
            device=device_id,
            jti=self._new_id("tok"),
        )
        return RoomToken(
            token=mint(claims, self._token_key, now, TOKEN_TTL_S),
            expires_at=(now + timedelta(seconds=TOKEN_TTL_S)).isoformat(),
            socket_path="/rt",
            ice_servers=[IceServer(**one) for one in ice_servers(self._turn, person.id, now)],
        )

    def recording_info(self, hearing: Hearing) -> m.RecordingInfo:
        return recording_info(hearing, self._known(hearing.id).live)

    async def recording_detail(self, hearing: Hearing) -> RecordingDetail:
        return await self.archive.detail(self._known(hearing.id))

    async def verify_recording(self, hearing_id: str) -> RecordingDetail:
        return await self.archive.check_again(self._known(hearing_id))

    async def compose_recording(self, hearing_id: str) -> RecordingDetail:
        room = self._known(hearing_id)
        if room.hearing.kind == "mediation":
            raise CorrectTheRequest(
                "not_recorded", "调解不录音录像。", "A mediation is not recorded.", "OMR 22"
            )
        if room.hearing.phase not in phases.ENDED or room.hearing.opened_at is None:
            raise CorrectTheRequest(
                "not_now", "庭审尚未结束，不能合成录像。", "The hearing has not ended yet."
            )
        self.archive.finish(room)
        return await self.archive.detail(room)

    def relay_workers(self) -> list[WorkerState]:
        return self.relays.workers

    def video_path(self, hearing: Hearing) -> Path | None:
        return self.archive.video_path(hearing.id)

    async def signed_out(self, account_id: str, is_out: Callable[[str], bool]) -> None:
        """End this account's connections to any hearing from the devices that ``is_out`` holds for."""
        for room in list(self._rooms.values()):
            # The own place, and a courtroom that this account opened.
            held = [one.id for one in room.hearing.participants.values() if one.account == account_id]
            for participant in held:
                await room.sign_out(participant, is_out)

    async def note_viewing(self, hearing_id: str, viewer: Actor) -> None:
        """Append to the log of viewings, a stream of its own: the hearing's record ends with its archiving."""
        await self._note(
            f"{VIEWINGS_PREFIX}{hearing_id}", "recording_viewed", viewer, {"hearing": hearing_id}
        )

    async def note_export(self, hearing_id: str, viewer: Actor, exported: dict[str, Any]) -> None:
        """Append to the log of exports, a stream of its own for the same reason."""
        await self._note(f"{EXPORTS_PREFIX}{hearing_id}", "record_exported", viewer, exported)

    async def _note(self, stream: str, kind: str, viewer: Actor, data: dict[str, Any]) -> None:
        while True:
            seen = len(await self._store.read(stream))
            event = NewEvent(
                id=self._new_id("evt"),
                type=kind,
                at=self._clock.now().isoformat(),
                actor=asdict(viewer),
                data=data,
            )
            try:
                await self._store.append(stream, seen, [event])
                return
            except VersionConflict:
                continue  # somebody else did the same in the same moment

    # ── what keeps running ────────────────────────────────────────────────────────────────────────────────────

    def _known(self, hearing_id: str) -> Courtroom:
        room = self._rooms.get(hearing_id)
        if room is None:
            raise NotFound.of("庭审", "hearing")
        return room

    async def _tell(self, hearing_id: str, command: c.Command) -> None:
        await self._known(hearing_id).tell(command)

    def _ended(self, hearing_id: str) -> None:
        room = self._rooms.get(hearing_id)
        if room is not None:
            self.archive.finish(room)

    async def _tick(self) -> None:
        clock = Watch(KEPT, log.warning)
        while True:
            await asyncio.sleep(TICK_S)
            clock.look(recording=any(room.recording.pid is not None for room in self._rooms.values()))
            for hearing_id, room in list(self._rooms.items()):
                ticking = self._ticking.get(hearing_id)
                # One hearing that is slow, or whose record cannot be written, must not stop the others' clock.
                if self._is_to_tick(room.hearing) and (ticking is None or ticking.done()):
                    self._ticking[hearing_id] = self._spawn(room.tell(c.Tick()))

    def _is_to_tick(self, hearing: Hearing) -> bool:
        """While the room is open each second; before and after it only when a deadline asks for something."""
        if hearing.phase in phases.ENTERABLE:
            return True
        if hearing.deadline is None or hearing.deadline.passed:
            return False
        known = self._due.get(hearing.id)
        if known is None or known[0] != hearing.version:
            known = self._due[hearing.id] = (hearing.version, next_due(hearing))
        return known[1] is not None and known[1] <= self._clock.now()

    def _is_occupied(self, hearing_id: str) -> bool:
        room = self._rooms.get(hearing_id)
        return room is not None and any(viewer.sid is not None for viewer in room.live.viewers.values())

    def _relay_event(self, hearing_id: str, event: RelayEvent) -> None:
        room = self._rooms.get(hearing_id)
        if room is not None:
            room.relay_event(event)

    def _relay_lost(self, hearings: Sequence[str]) -> None:
        lost_at = self._clock.now().isoformat()
        for room in (self._rooms[one] for one in hearings if one in self._rooms):
            try:
                room.media_lost()
            except Exception:
                log.exception("the tracks of %s were not ended in order", room.hearing_id)
            self._spawn(self._follow_the_relay(room, lost_at))

    async def _follow_the_relay(self, room: Courtroom, lost_at: str) -> None:
        """One hearing that fails is logged and does not keep the others from it."""
        try:
            await room.follow_the_relay("crashed", lost_at)
        except RelayError as error:
            log.warning("%s lost its place at the relay anew: %s", room.hearing_id, error)
        except Exception:
            log.exception("%s did not follow the relay", room.hearing_id)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
