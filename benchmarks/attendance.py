"""The demonstration's six people in a live hearing: real signaling, with replayed media or none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from benchmarks.clip import Clip
from benchmarks.processes import Court
from benchmarks.replay import ReplayMedia
from room_server.synthetic.channel import Channel
from room_server.synthetic.visitor import Visitor, own_session
from signaling.messages import View

STAFF = ("clerk", "judge")
PARTIES = ("claimant", "claimant_counsel", "respondent", "respondent_counsel")
WAIT_TIMEOUT_S = 30.0


class Attendee:
    """One person of the hearing."""

    def __init__(self, role: str, participant: str, visitor: Visitor) -> None:
        self.role, self.participant, self.visitor = role, participant, visitor
        self.view: View | None = None
        self.ended = asyncio.Event()
        self.media: ReplayMedia | None = None
        self._changed = asyncio.Event()
        self._channel = Channel(self._on_view, lambda last: self.ended.set())

    async def connect(self) -> None:
        token = await self.visitor.token(self.participant)
        await self._channel.open(self.visitor.base_url, token.socket_path, token.token)

    async def request(self, tag: str, payload: dict[str, Any] | None = None) -> Any:
        return await self._channel.request(tag, payload or {})

    async def until(self, condition: Callable[[View], bool]) -> View:
        """The first view for which the condition holds; TimeoutError."""
        async with asyncio.timeout(WAIT_TIMEOUT_S):
            while self.view is None or not condition(self.view):
                self._changed.clear()
                await self._changed.wait()
        return self.view

    async def open_media(self, clip: Clip) -> None:
        self.media = ReplayMedia(self.request, clip)
        await self.media.open()

    async def consume_all(self, others: int) -> None:
        """Consume the microphone and the camera of so many others, once they are offered."""
        assert self.media is not None
        view = await self.until(lambda view: len(view.producers) == 2 * others)
        await self.media.consume([producer.id for producer in view.producers])

    async def close(self) -> None:
        if self.media is not None:
            self.media.close()
        await self._channel.close()

    def _on_view(self, view: View) -> None:
        self.view = view
        self._changed.set()


@asynccontextmanager
async def live_hearing(court: Court, clip: Clip | None) -> AsyncIterator[dict[str, Attendee]]:
    """All six inside and in session, everyone receiving everyone where there is a clip."""
    async with AsyncExitStack() as stack:
        people: dict[str, Attendee] = {}
        for role in (*STAFF, *PARTIES):
            visitor = Visitor(court.url, await stack.enter_async_context(own_session()))
            people[role] = Attendee(role, await _come(court, role, visitor), visitor)
            stack.push_async_callback(people[role].close)
            await people[role].connect()
            if clip is not None:
                await people[role].open_media(clip)
        for role in PARTIES:
            await _admit(people["clerk"], people[role])
        await people["judge"].until(lambda view: view.phase.name == "ready")
        await people["judge"].request("open_session")
        for person in people.values():
            await person.until(lambda view: view.phase.name == "in_session")
            await person.request("set_microphone", {"on": True})
            await person.request("set_camera", {"on": True})
        if clip is not None:
            await asyncio.gather(*(person.consume_all(len(people) - 1) for person in people.values()))
        yield people


async def _come(court: Court, role: str, visitor: Visitor) -> str:
    link = court.demo.link(role)
    if role in STAFF:
        await visitor.sign_in(role, court.demo.password)
        participant = await visitor.enter(court.demo.hearing)
    else:
        participant = await visitor.accept(link.path, link.code)
    await visitor.prepare(participant)
    return participant


async def _admit(clerk: Attendee, party: Attendee) -> None:
    who = {"participant_id": party.participant}
    await clerk.request("begin_check", who)
    await clerk.request("verify_identity", {**who, "method": "id_card_shown"})
    await clerk.request("admit", who)
    await party.until(lambda view: view.me.place == "main")
