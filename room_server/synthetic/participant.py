"""A synthetic participant: everything a person with a browser does in a hearing, as a real WebRTC peer."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiortc import MediaStreamTrack

from room_server.http.models import JoinInfo
from room_server.synthetic.channel import Channel, ConnectRefused, NotConnected, RequestFailed
from room_server.synthetic.media import Media, MediaLost
from room_server.synthetic.picture import PictureSource
from room_server.synthetic.reception import Reception
from room_server.synthetic.tone import Tone
from room_server.synthetic.tracks import PictureTrack, ToneTrack
from room_server.synthetic.visitor import ApiRefused, Visitor
from signaling.messages import Terminated, View

log = logging.getLogger(__name__)

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 3.0
_RECONCILE_AGAIN_S = 0.5
_HEARD_AMPLITUDE = 0.01
# A muted track stays listed, and nothing comes any more: after so long without a frame it is not heard.
_SILENT_AFTER_S = 0.6
# Answers after which trying again is of no use: not signed in, not permitted, no such participation.
_FINAL_STATUSES = frozenset({401, 403, 404, 410})


class SyntheticParticipant:
    """One person. The cookie jar of ``session`` is their browser's.

    ``picture`` is the published picture, ``tone`` the sound; None publishes nothing of that kind. They go on being sent
    when the microphone is muted or the person waits in the lobby, so that a test can prove that the relay refuses
    them. ``listen_for_hz`` are the tones whose loudness is measured in every received sound.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        session: aiohttp.ClientSession,
        picture: PictureSource | None,
        tone: Tone | None,
        listen_for_hz: Sequence[int] = (),
        switch_on: bool = True,
        verify_tls: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.visitor = Visitor(base_url, session)
        self.participation: str | None = None
        self.received: list[Reception] = []
        self.terminated: Terminated | None = None
        self.connections = 0
        self.rebuilds = 0
        self._picture = picture
        self._tone = tone
        self._frequencies_hz = tuple(listen_for_hz)
        self._switch_on = switch_on
        self._verify_tls = verify_tls
        self._now = now
        self._view: View | None = None
        self._channel = Channel(self._on_view, self._on_terminated)
        self._media: Media | None = None
        self._generation: str | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._wakers: set[asyncio.Event] = set()
        self._failure: BaseException | None = None
        self._offered_at_s: float | None = None
        self._joined_at_s: float | None = None
        self._sent_before: dict[str, int] = defaultdict(int)
        self._online = asyncio.Event()

    # ── coming in ──────────────────────────────────────────────────────────────────────────────────────────────

    async def accept(self, link: str, code: str | None = None) -> JoinInfo:
        """Accept an invitation (link or secret), report the equipment, declare."""
        self.participation = await self.visitor.accept(link, code)
        return await self.visitor.prepare(self.participation)

    async def enter(self, hearing_id: str) -> JoinInfo:
        """Staff who have signed in with :attr:`visitor`: take the place in a hearing."""
        self.participation = await self.visitor.enter(hearing_id)
        return await self.visitor.prepare(self.participation)

    async def join(self, timeout_s: float = 20.0) -> View:
        """Connect, synchronise and set up media; from then on reconnect as needed until :meth:`leave` or the end."""
        if self.participation is None:
            raise RuntimeError("accept an invitation or enter a hearing before joining")
        if self._tasks:
            raise RuntimeError("this participant has joined already")
        self._joined_at_s = asyncio.get_running_loop().time()
        self._tasks = [
            asyncio.create_task(self._stay_connected(), name=f"{self.name}: connection"),
            asyncio.create_task(self._keep_media(), name=f"{self.name}: media"),
        ]
        return await self.wait_for(lambda view: True, timeout_s)

    async def stop(self) -> None:
        """Close everything, as closing the browser does."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._channel.close()
        await self._close_media()

    async def ended(self) -> None:
        """Until the server ends the stay (:attr:`terminated` says how) or it failed for good, which is raised."""
        await asyncio.gather(*self._tasks)
        self._raise_failure()

    async def lose_network(self) -> None:
        """Break the signaling connection without a goodbye; the participant comes back by itself."""
        await self._channel.drop()

    # ── the view and requests ──────────────────────────────────────────────────────────────────────────────────

    @property
    def view(self) -> View:
        """The current view; RuntimeError before the first one."""
        if self._view is None:
            raise RuntimeError(f"{self.name} has no view yet")
        return self._view

    async def request(
        self, tag: str, payload: Mapping[str, Any] | None = None, timeout_s: float = 20.0
    ) -> Any:
        """Give a request once connected; its result, or RequestFailed, NotConnected, TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._online.wait()
            return await self._channel.request(tag, dict(payload or {}))

    async def wait_for(self, condition: Callable[[View], bool], timeout_s: float = 20.0) -> View:
        """The first view for which ``condition`` holds. TimeoutError describes the view that did not."""
        return await self._wait(lambda: self._view is not None and condition(self._view), timeout_s)

    async def wait_until(
        self, condition: Callable[[], bool], timeout_s: float = 20.0, every_s: float = 0.05
    ) -> None:
        """Until ``condition`` holds, of what was received for instance; looked at every ``every_s`` seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self._raise_failure()
                    await asyncio.sleep(every_s)
        except TimeoutError:
            raise TimeoutError(f"{self.name}: not within {timeout_s} s; {self._described()}") from None

    async def wait_terminated(self, timeout_s: float = 20.0) -> Terminated:
        await self.wait_until(lambda: self.terminated is not None, timeout_s)
        assert self.terminated is not None
        return self.terminated

    async def _wait(self, condition: Callable[[], bool], timeout_s: float) -> View:
        waker = asyncio.Event()
        self._wakers.add(waker)
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self._raise_failure()
                    waker.clear()
                    await waker.wait()
            return self.view
        except TimeoutError:
            raise TimeoutError(f"{self.name}: not within {timeout_s} s; {self._described()}") from None
        finally:
            self._wakers.discard(waker)

    def _described(self) -> str:
        if self._view is None:
            return "no view"
        me, phase = self._view.me, self._view.phase
        shown = [f"{one.name} {one.state}" for one in self._view.participants]
        return f"me: {me.state} in {me.place}, phase {phase.name}, people: {', '.join(shown) or 'none'}, tracks: {len(self._view.producers)}"

    # ── what was received and sent ─────────────────────────────────────────────────────────────────────────────

    def frames(self, participant: str, source: str = "camera") -> int:
        """Decoded frames of one remote track, over all its producers."""
        return sum(r.frames for r in self._of(participant, source))

    def heard(self, participant: str) -> dict[int, float]:
        """The loudness (of full scale) of each measured tone in one remote microphone now; empty if nothing flows."""
        since_s = asyncio.get_running_loop().time() - _SILENT_AFTER_S
        flowing = [
            r
            for r in self._of(participant, "microphone")
            if not r.ended and r.last_frame_at_s is not None and r.last_frame_at_s >= since_s
        ]
        return flowing[-1].tones if flowing else {}

    def hears(self, participant: str, frequency_hz: int) -> bool:
        """Whether this tone, and no other measured one louder, is in the participant's sound now."""
        tones = self.heard(participant)
        level = tones.get(frequency_hz, 0.0)
        return level >= _HEARD_AMPLITUDE and level == max(tones.values())

    async def packets_received(self) -> dict[tuple[str, str], int]:
        """RTP packets by remote participant and source."""
        totals: dict[tuple[str, str], int] = defaultdict(int)
        for reception in self.received:
            totals[reception.participant, reception.source] += await reception.read_packets()
        return dict(totals)

    async def packets_sent(self) -> dict[str, int]:
        """RTP packets by own source."""
        now = await self._media.packets_sent() if self._media is not None else {}
        return {
            source: self._sent_before[source] + now.get(source, 0) for source in {*now, *self._sent_before}
        }

    @property
    def first_frame_ms(self) -> float | None:
        """From joining, or from when the view first listed a picture if that was later, to the first decoded one."""
        first = [r.first_frame_at_s for r in self.received if r.source != "microphone" and r.first_frame_at_s]
        if not first or self._offered_at_s is None or self._joined_at_s is None:
            return None
        return (min(first) - max(self._offered_at_s, self._joined_at_s)) * 1000

    def _of(self, participant: str, source: str) -> list[Reception]:
        return [r for r in self.received if (r.participant, r.source) == (participant, source)]

    # ── the connection ─────────────────────────────────────────────────────────────────────────────────────────

    async def _stay_connected(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while self.terminated is None and self._failure is None:
            try:
                await self._connect_once()
                pause_s = _FIRST_PAUSE_S
                self._online.set()
                self._wake()
                await self._channel.until_lost()
            except ApiRefused as refusal:
                if refusal.status in _FINAL_STATUSES:
                    self._fail(refusal)
                log.info("%s: %s", self.name, refusal)
            except (
                ConnectRefused,
                NotConnected,
                RequestFailed,
                aiohttp.ClientError,
                OSError,
                TimeoutError,
            ) as error:
                log.info("%s: not connected: %s", self.name, error)
            except Exception as error:
                self._fail(error)
            self._online.clear()
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)

    async def _connect_once(self) -> None:
        assert self.participation is not None
        token = await self.visitor.token(self.participation)
        await self._channel.open(
            self.visitor.base_url, token.socket_path, token.token, verify_tls=self._verify_tls
        )
        self.connections += 1
        if self._media is not None and not await self._media.alive():
            self._media.failed.set()

    def _on_view(self, view: View) -> None:
        self._view = view
        if self._offered_at_s is None and any(p.source != "microphone" for p in view.producers):
            self._offered_at_s = asyncio.get_running_loop().time()
        self._wake()

    def _on_terminated(self, last: Terminated) -> None:
        self.terminated = last
        self._wake()

    # ── media ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_media(self) -> None:
        waker = asyncio.Event()
        self._wakers.add(waker)
        again = False
        while self.terminated is None:
            try:
                async with asyncio.timeout(_RECONCILE_AGAIN_S if again else 2.0):
                    await waker.wait()
            except TimeoutError:
                pass
            waker.clear()
            if self._view is None or not self._online.is_set():
                continue
            try:
                again = not await self._media_once(self._view)
            except (MediaLost, RequestFailed) as error:
                log.info("%s: media are made anew: %s", self.name, error)
                await self._close_media()
                again = True
            except NotConnected:
                again = True
            except Exception as error:
                self._fail(error)
                return
        await self._close_media()

    async def _media_once(self, view: View) -> bool:
        """Open, rebuild or reconcile; False where something is left to try again soon."""
        if self._media is not None and (
            self._media.failed.is_set() or self._generation != view.media.generation
        ):
            await self._close_media()
            self.rebuilds += 1
        if self._media is None:
            media = Media(self._channel.request, self._tracks, self.received, self._frequencies_hz)
            self._media, self._generation = media, view.media.generation
            await media.open()
        if self._switch_on and view.me.place == "main":
            self._switch_on = False
            await self._switch(view)
        return await self._media.reconcile(view.producers)

    async def _switch(self, view: View) -> None:
        """Once, on first entering the room: switch on what is published. A later mute by the court stays."""
        me = view.me
        for tag, published, on in (
            ("set_microphone", self._tone is not None, me.microphone_on),
            ("set_camera", self._picture is not None, me.camera_on),
        ):
            if published and not on:
                try:
                    await self._channel.request(tag, {"on": True})
                except RequestFailed as refusal:
                    log.info("%s: %s", self.name, refusal)

    def _tracks(self) -> dict[str, MediaStreamTrack]:
        tracks: dict[str, MediaStreamTrack] = {}
        if self._tone is not None:
            tracks["microphone"] = ToneTrack(self._tone)
        if self._picture is not None:
            tracks["camera"] = PictureTrack(self._picture, self._now)
        return tracks

    async def _close_media(self) -> None:
        media, self._media = self._media, None
        if media is None:
            return
        for source, count in (await media.packets_sent()).items():
            self._sent_before[source] += count
        await media.close()

    # ── waking and failing ─────────────────────────────────────────────────────────────────────────────────────

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.set()

    def _fail(self, error: BaseException) -> None:
        log.warning("%s: gave up", self.name, exc_info=error)
        self._failure = self._failure or error
        self._wake()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
