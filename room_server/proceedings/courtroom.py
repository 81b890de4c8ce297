"""One hearing while the server runs: its actor, its people's channels, its media and its recorder, in one place.

The courtroom is told of every stored batch before the command is acknowledged, and then does, in this order: cut off
whoever may no longer be connected; tell the recorder; put the new forwarding graph in force; show everyone their view.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from room_server.clock import Clock
from room_server.domain import commands as c
from room_server.domain import phases
from room_server.domain.events import ParticipantLeft, ScreenShareEnded
from room_server.domain.model import SYSTEM, Actor, Hearing, RulingSignature
from room_server.domain.placement import Forwarding, forwarding
from room_server.domain.screens import shown_by
from room_server.errors import CommandRefused
from room_server.proceedings.actor import HearingActor, RulesetOn, Step
from room_server.proceedings.eligibility_view import conversion_for
from room_server.proceedings.goodbye import REPLACED, TERMINATED_BECAUSE, goodbye
from room_server.proceedings.live import LiveHearing, LiveProducer, Viewer
from room_server.proceedings.media_path import MediaPath, PathKind, path_named
from room_server.proceedings.presenter import CourtName, Scene, may_see_less, present
from room_server.proceedings.priority import priority
from room_server.proceedings.recording import HearingRecording, RecordingSettings
from room_server.proceedings.tracks import Tracks
from room_server.relay.client import RelayError
from room_server.relay.events import ActiveSpeakerChanged, ProducerSilent, Quality, RelayEvent, TransportState
from room_server.relay.pool import RelayPool
from room_server.store.events import EventStore
from signaling import messages as m
from signaling.connection import EventStream

log = logging.getLogger(__name__)


class Channel:
    """How a courtroom reaches browsers; the signaling server, seen from here."""

    def __init__(
        self,
        push: Callable[[str, m.ViewChanged], Awaitable[None]],
        terminate: Callable[[str, m.Terminated], Awaitable[None]],
        answers: Callable[[str], bool],
    ) -> None:
        self.push = push
        self.terminate = terminate
        self.answers = answers


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every courtroom of a server shares."""

    store: EventStore
    clock: Clock
    new_id: Callable[[str], str]
    ruleset_name: str
    ruleset_on: RulesetOn
    relays: RelayPool
    channel: Channel
    recording: RecordingSettings
    court: CourtName
    on_ended: Callable[[str], None]
    end_relay: Callable[[str], None]
    sign: Callable[[bytes], RulingSignature] | None = None


class Courtroom:
    """See the module. Create, then :meth:`open_from_store`, or give it a `DraftHearing` as its first command."""

    def __init__(self, hearing_id: str, around: Surroundings) -> None:
        self.hearing_id = hearing_id
        self._around = around
        self.live = LiveHearing(hearing_id)
        self.live.media_generation = around.new_id("med")
        self.actor = HearingActor(
            hearing_id,
            around.store,
            clock=around.clock,
            ruleset_name=around.ruleset_name,
            ruleset_on=around.ruleset_on,
            new_id=around.new_id,
            listener=self,
            sign=around.sign,
        )
        self.tracks = Tracks(
            self.live,
            around.relays.place(hearing_id),
            around.clock.now,
            on_replaced=lambda track: self.recording.end_track(track, "replaced"),
            tap=lambda: None if self.recording.pid is None else str(self.recording.socket),
            priority=lambda track: priority(self.hearing, self.live.speaker, track),
        )
        self.recording = HearingRecording(
            hearing_id,
            around.recording,
            around.clock,
            tell=self.tell,
            key_frame=self._key_frame,
            on_ready=self._recorder_ready,
        )
        self._forwarding: Forwarding | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._scores: dict[str, int] = {}
        self._showing = False
        self.actor.start()

    # ── the record ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def hearing(self) -> Hearing:
        hearing = self.actor.hearing
        if hearing is None:
            raise KeyError(self.hearing_id)
        return hearing

    async def open_from_store(self) -> None:
        """Rebuild after a restart of the server: who was connected no longer is, the recorder resumes."""
        steps = await self.actor.load()
        for step in steps:
            self.live.note(step)
        self.recording.stored(steps)
        if not steps:
            return
        if self.hearing.phase in phases.ENTERABLE:
            await self.actor.execute(c.ServerRestarted(), SYSTEM)
            self._arm("server_restart")
        elif self.hearing.phase not in phases.ENDED and self._somebody_connected():
            # Back at the gate, or adjourned: nobody may count as present at the next opening who is not there.
            await self.actor.execute(c.ServerRestarted(), SYSTEM)
        elif self._has_recording(self.hearing) and self.hearing.phase in ("closed", "converted_offline"):
            self._around.on_ended(self.hearing_id)

    @staticmethod
    def _has_recording(hearing: Hearing) -> bool:
        """Whether there is something to seal and to archive: a mediation is not recorded."""
        return hearing.kind == "hearing" and hearing.opened_at is not None

    def _somebody_connected(self) -> bool:
        return any(person.connected for person in self.hearing.participants.values())

    async def execute(self, command: c.Command, actor: Actor) -> Hearing:
        return await self.actor.execute(command, actor)

    async def tell(self, command: c.Command) -> None:
        """A command of the system itself; a refusal means that it no longer matters.

        Nothing is raised: who tells goes on (the clock of all hearings, a recorder's revival), and the actor has logged
        what failed.
        """
        try:
            await self.actor.execute(command, SYSTEM)
        except CommandRefused as refusal:
            log.info("%s in %s: %s", type(command).__name__, self.hearing_id, refusal)
        except Exception as error:
            log.error("%s in %s was not stored: %s", type(command).__name__, self.hearing_id, error)

    async def stop(self) -> None:
        await self.actor.stop()
        await self.recording.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stored(self, steps: Sequence[Step]) -> None:
        """The actor's listener: see the module for the order. What fails does not keep the rest from happening."""
        for step in steps:
            with self._survived("noting"):
                self.live.note(step)
            with self._survived("cutting off", or_end_the_relay=True):
                await self._cut_off(step)
        with self._survived("telling the recorder"):
            self.recording.stored(steps)
        with self._survived("setting the graph", or_end_the_relay=True):
            await self._put_graph_in_force()
        with self._survived("ending a screen", or_end_the_relay=True):
            await self._end_screen(steps)
        with self._survived("following the phase"):
            await self._follow_phase(steps[0].before, steps[-1].after)
        self.show()

    @contextlib.contextmanager
    def _survived(self, what: str, *, or_end_the_relay: bool = False) -> Iterator[None]:
        """Log what nobody foresaw. Where media might go on flowing that must not, the relay does not live on."""
        try:
            yield
        except Exception:
            log.exception("%s failed in %s", what, self.hearing_id)
            if or_end_the_relay:
                self._around.end_relay(self.hearing_id)

    async def _cut_off(self, step: Step) -> None:
        """Whoever's epoch rose, who left, or who is no longer on the list, loses media and connection at once."""
        if step.before is not None:
            for dropped in step.before.participants.keys() - step.after.participants.keys():
                await self.dismiss(dropped, "revoked")
        for person in step.after.participants.values():
            before = step.before.participants.get(person.id) if step.before is not None else None
            if before is None or before.epoch == person.epoch:
                continue
            if person.removed:
                await self.dismiss(person.id, "removed")
            elif person.attends == "at_court" and before.attends == "online":
                await self.dismiss(person.id, "at_court")
            elif person.role == "courtroom":
                # Whoever stands at the first computer cannot take the courtroom back: it is opened at the desk.
                await self.dismiss(person.id, "replaced", may_return=False)
            elif (
                person.invitation.state in ("revoked", "issued")
                and before.invitation.state != person.invitation.state
            ):
                await self.dismiss(person.id, "revoked")
            else:
                await self.dismiss(person.id, "replaced")
        if isinstance(step.event, ParticipantLeft):
            await self.dismiss(step.event.participant_id, "left")

    async def _follow_phase(self, before: Hearing | None, after: Hearing) -> None:
        if before is not None and before.phase == after.phase:
            return
        if after.phase in phases.ENTERABLE:
            self._arm(None)
        elif after.phase in phases.ENDED and (before is None or before.phase not in phases.ENDED):
            reason: m.TerminationReason = "closed"
            if after.phase in ("cancelled", "converted_offline", "terminated"):
                reason = after.phase
            text = TERMINATED_BECAUSE.get(after.phase_reason or "") if reason == "terminated" else None
            for participant in list(self.live.viewers):
                await self.dismiss(participant, reason, text)
            await self._close_media()
            if self._has_recording(after):
                self._around.on_ended(self.hearing_id)
            else:
                self._background(self.recording.stop())
        elif self.recording.wanted and after.phase == "adjourned":
            self._background(self.recording.stop())

    def _arm(self, resume_cause: str | None) -> None:
        if self.hearing.kind == "mediation":
            return
        if not self.recording.wanted:
            resumes = (self.recording.directory / "manifest.jsonl").exists()
            self.recording.arm(resume_cause=resume_cause or ("continued" if resumes else None))

    # ── media ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _put_graph_in_force(self) -> None:
        wanted = forwarding(self.hearing)
        if wanted == self._forwarding:
            return
        try:
            # Noted before the answer comes: a worker that takes over meanwhile is given this very graph.
            self._forwarding = wanted
            await self.tracks.set_graph(wanted)
        except BaseException as error:
            self._forwarding = None
            if not isinstance(error, RelayError):
                raise
            # A dead relay forwards nothing; the graph is set anew when it is back. One that lives and does not obey
            # would go on forwarding along the old graph, so it must not live.
            log.warning("the graph of %s could not be set: %s", self.hearing_id, error)
            if error.code != "relay_gone":
                self._around.end_relay(self.hearing_id)

    async def _end_screen(self, steps: Sequence[Step]) -> None:
        """The track of a share that ended, after the graph has shut the door on it: its owner's page may be gone."""
        for ended in (step.event for step in steps if isinstance(step.event, ScreenShareEnded)):
            if shown_by(self.hearing) == ended.participant_id:
                continue  # shared anew in the same breath
            try:
                closed = await self.tracks.close_source(ended.participant_id, "screen")
            except RelayError as error:
                log.warning("a screen of %s could not be closed: %s", self.hearing_id, error)
            else:
                self._end_tracks(closed, "closed")

    async def _close_media(self) -> None:
        ended = self.tracks.forget_all()
        self._end_tracks(ended, "hearing_ended")
        try:
            await self.tracks.close()
        except RelayError as error:
            log.warning("the relay's room of %s could not be closed: %s", self.hearing_id, error)

    async def _recorder_ready(self, socket: str) -> None:
        try:
            await self.tracks.set_tap(socket)
        except RelayError as error:
            log.warning("the tap of %s could not be set: %s", self.hearing_id, error)

    async def _key_frame(self, track: int) -> None:
        try:
            await self.tracks.request_key_frame(track)
        except RelayError:
            log.info("no key frame for track %s of %s: the relay is gone", track, self.hearing_id)

    def add_track(self, made: LiveProducer, replaced: LiveProducer | None, codec: dict[str, Any]) -> None:
        if replaced is not None:
            self.recording.end_track(replaced, "replaced")
        self.recording.add_track(made, codec)
        self.show()

    def end_track(self, track: LiveProducer) -> None:
        self._end_tracks([track], "closed")
        self.show()

    def _end_tracks(self, tracks: Sequence[LiveProducer], reason: str) -> None:
        for track in tracks:
            self.recording.end_track(track, reason)

    def relay_event(self, event: RelayEvent) -> None:
        """What the relay notices: who speaks, how the lines are, which transport is gone for good."""
        if isinstance(event, ActiveSpeakerChanged):
            if event.participant != self.live.speaker:
                self.live.speaker = event.participant
                self.recording.note("active_speaker", {"participant": event.participant})
                self._background(self._follow_speaker())
                self.show()
        elif isinstance(event, Quality):
            self._network(event)
        elif isinstance(event, TransportState):
            self._transport_changed(event)
        elif isinstance(event, ProducerSilent):
            self._silent(event)

    def _silent(self, event: ProducerSilent) -> None:
        """Tell the administrator of a device that sends nothing although it is on; a switched-off one should not."""
        track = self.live.producers.get(event.producer)
        person = self.hearing.participants.get(event.participant)
        if track is None or person is None or person.id in self.live.silence:
            return  # nobody's, or of one whose whole connection is gone, which is told as that
        on = {"microphone": person.microphone_on, "camera": person.camera_on}.get(track.source, True)
        if on and person.connected:
            log.warning(
                "nothing comes from the %s of %s (%s) for 3 s, although it is on and the connection stands",
                track.source,
                person.id,
                self.hearing_id,
            )

    def _transport_changed(self, event: TransportState) -> None:
        gone = event.state in ("failed", "closed")
        if gone:
            self._end_tracks(self.tracks.forget_transport(event.transport), "transport_closed")
        viewer = self.live.viewers.get(event.participant)
        answering = viewer is not None and viewer.sid is not None and self._around.channel.answers(viewer.sid)
        noted = self.live.silence.note(event.participant, event.transport, event.state, answering=answering)
        if gone or noted:
            self.show()

    async def _follow_speaker(self) -> None:
        try:
            await self.tracks.follow_priorities()
        except RelayError as error:
            log.info("the pictures of %s were not put in order: %s", self.hearing_id, error)

    def _network(self, quality: Quality) -> None:
        """A score counts when it was seen twice, so that one lost packet writes no line of the record."""
        self._note_path(quality.participant, seen=path_named(quality.protocol))
        person = self.hearing.participants.get(quality.participant)
        seen_before = self._scores.get(quality.participant)
        self._scores[quality.participant] = quality.score
        if (
            person is None
            or not person.connected
            or person.network == quality.score
            or seen_before != quality.score
        ):
            return
        path = self.live.paths[quality.participant].known
        command = c.NetworkReported(quality.participant, quality.score, quality.rtt_ms, quality.loss, path)
        self._background(self.tell(command))

    def media_lost(self) -> None:
        """This hearing's relay worker has ended, and everything in it."""
        self._end_tracks(self.tracks.forget_all(), "relay_lost")
        self.live.silence.forget_all()

    async def follow_the_relay(self, cause: str, lost_at: str) -> None:
        """After `media_lost`: note it, and take a place at a worker that runs, now or as soon as there is one.

        Graph and tap come first, then the pages are told to make their transports anew. Raises RelayError where that
        worker ends meanwhile, too: then this was called anew.
        """
        if self.hearing.phase not in phases.ENTERABLE:
            self.tracks.leave()
        else:
            await self.tell(c.RelayLost(cause))
            if not await self.tracks.settle_again():
                return
            if self.recording.pid is not None:
                self.recording.gap("relay_restart", lost_at)
            await self.tell(c.RelayRestored())
        self.live.media_generation = self._around.new_id("med")
        self.show()

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────

    def scene(self) -> Scene:
        hearing = self.hearing
        return Scene(
            hearing=hearing,
            live=self.live,
            forwarding=forwarding(hearing),
            court=self._around.court,
            context=self.actor.context(SYSTEM),
        )

    def viewer(self, participant: str) -> Viewer:
        if participant not in self.live.viewers:
            self.live.viewers[participant] = Viewer(EventStream(self._around.new_id("str")))
        return self.live.viewers[participant]

    def show(self) -> None:
        """Push to everyone connected what changed in their view: soon, and once for all that happens meanwhile.

        Not at once, so that a command is acknowledged when it is stored and in force, not when it is drawn.
        """
        if not self._showing:
            self._showing = True
            asyncio.get_running_loop().call_soon(self._show)

    def _show(self) -> None:
        self._showing = False
        if not any(viewer.sid for viewer in self.live.viewers.values()):
            return
        with self._survived("setting the scene"):
            scene = self.scene()
            for participant, viewer in self.live.viewers.items():
                if viewer.sid is not None and participant in scene.hearing.participants:
                    with self._survived("showing a view"):
                        self._refresh(scene, participant, viewer)

    def _refresh(self, scene: Scene, participant: str, viewer: Viewer) -> m.View:
        view = present(scene, participant)
        shown = view.model_dump(mode="json")
        earlier = viewer.shown
        viewer.shown = shown
        if earlier is None:
            return view
        if may_see_less(earlier, shown):
            viewer.stream.forget()
        changes = {section: value for section, value in shown.items() if earlier.get(section) != value}
        if changes:
            event = viewer.stream.publish(changes)
            if viewer.sid is not None:
                viewer.outbox.append((viewer.sid, event))
                self._drain(viewer)
        return view

    def _drain(self, viewer: Viewer) -> None:
        if len(viewer.outbox) == 1:
            self._background(self._send(viewer))

    async def _send(self, viewer: Viewer) -> None:
        while viewer.outbox:
            sid, event = viewer.outbox[0]
            try:
                await self._around.channel.push(sid, event)
            finally:
                viewer.outbox.popleft()

    def sync(self, participant: str, request: m.Sync) -> m.SyncResult:
        """What a page needs to be current; see `EventStream.sync`."""
        viewer = self.viewer(participant)
        view = self._refresh(self.scene(), participant, viewer)
        now = self._around.clock.now().isoformat()
        return viewer.stream.sync(request.last_seq, request.stream, view, now)

    async def dismiss(
        self,
        participant: str,
        reason: m.TerminationReason,
        text: m.BiText | None = None,
        *,
        may_return: bool = True,
    ) -> None:
        """Close a person's media and connection; the page shows why, and after some reasons a way back."""
        await self.close_media_of(participant, reason)
        viewer = self.live.viewers.get(participant)
        if viewer is None or viewer.sid is None:
            return
        sid, viewer.sid = viewer.sid, None
        person = self.hearing.participants.get(participant)
        notice = m.Terminated(
            reason=reason,
            text=text or goodbye(reason, self.hearing.kind, person),
            may_return=may_return and reason in ("left", "replaced"),
            conversion=None if person is None else conversion_for(self.hearing, person),
        )
        self._background(self._around.channel.terminate(sid, notice))

    async def sign_out(self, participant: str, is_out: Callable[[str], bool]) -> None:
        """Staff who have signed out on the device they are connected from leave at once."""
        viewer = self.live.viewers.get(participant)
        if viewer is None or viewer.sid is None or viewer.device is None or not is_out(viewer.device):
            return
        device = viewer.device
        await self.dismiss(participant, "signed_out")
        await self.tell(c.Disconnect(participant, device, "signed_out"))

    async def close_media_of(self, participant: str, reason: str) -> None:
        """All of a person's transports and tracks, at the relay and here."""
        try:
            self._end_tracks(await self.tracks.close_participant(participant), reason)
        except RelayError as error:
            self._end_tracks(self.tracks.forget(participant), reason)
            log.warning("media of a dismissed participant of %s: %s", self.hearing_id, error)

    def replace(self, sid: str) -> None:
        """The same device session has connected anew: its earlier connection ends, its media stay."""
        notice = m.Terminated(reason="replaced", text=REPLACED, may_return=True)
        self._background(self._around.channel.terminate(sid, notice))

    def lost(self, participant: str, device: str, cause: str) -> None:
        """Note in the background that this device is not connected (any more)."""
        self._background(self.tell(c.Disconnect(participant, device, cause)))

    def network_path(self, participant: str, path: PathKind) -> None:
        """How the page reaches the relay, by its own account: goes with the next change of the network's score."""
        self._note_path(participant, reported=path)

    def _note_path(
        self, participant: str, *, seen: PathKind | None = None, reported: PathKind | None = None
    ) -> None:
        path = self.live.paths.setdefault(participant, MediaPath())
        before = path.known
        path.seen, path.reported = seen or path.seen, reported or path.reported
        if path.known != before:
            self.show()

    def _background(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("background work of %s failed", self.hearing_id)

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
