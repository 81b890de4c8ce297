"""What the stories of whole hearings share: a server with a staged hearing, and questions about its record and recording."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import av

from recording import keys
from recording.composition import probe_duration_s
from recording.journal import read_manifest
from recording.manifest import Entry
from recording.verify import VerificationReport, verify
from room_server.app import start_server
from room_server.clock import Clock
from room_server.config import Config
from room_server.demonstration import demo_config, free_port
from room_server.proceedings.archive import COMPOSED_NAME
from room_server.store.events import StoredEvent
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.stage import FIRST_TONE_HZ, TONE_STEP_HZ, PictureSize, Stage, id_of
from room_server.synthetic.tone import SAMPLE_RATE, levels, thinned

PATIENCE_S = 60.0
"""How long a story waits for what must come: the machine may be busy with much else."""
TONES_HZ = tuple(FIRST_TONE_HZ + n * TONE_STEP_HZ for n in range(6))
_THIN = 8
_AUDIBLE = 0.02


def settings(data: Path, **recording: Any) -> Config:
    """The demonstration's settings on free ports, with short segments."""
    config = demo_config(data=data, port=free_port())
    changed = config.recording.model_copy(update={"segment_s": 2.0, "min_free_bytes": 1 << 20, **recording})
    return config.model_copy(update={"recording": changed})


def with_workers(config: Config, workers: int) -> Config:
    """The same with so many relay workers."""
    return config.model_copy(update={"media": config.media.model_copy(update={"workers": workers})})


@asynccontextmanager
async def story(
    config: Config, *, clock: Clock | None = None, size: PictureSize | None = None
) -> AsyncIterator[Story]:
    """A running server with nobody in it yet; everything is stopped at the end."""
    async with AsyncExitStack() as exits:
        server = await start_server(config, clock=clock)
        exits.push_async_callback(server.stop)
        yield Story(Stage(server, exits, size or PictureSize(), TONES_HZ))


async def eventually(
    holds: Callable[[], bool | Awaitable[bool]], what: str, patience_s: float = PATIENCE_S
) -> None:
    """Until ``holds()``; an AssertionError that names ``what`` was waited for otherwise."""
    try:
        async with asyncio.timeout(patience_s):
            while True:
                answer = holds()
                if await answer if isinstance(answer, Awaitable) else answer:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {patience_s} s: {what}") from None


def kill(pid: int | None) -> None:
    """End a process of the system under test as a crash does."""
    assert pid is not None and pid > 1
    os.kill(pid, signal.SIGKILL)


class Story:
    """One hearing on a stage, and what is known of it from outside: the store, the manifest, the relay's counters."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    # ── the course ─────────────────────────────────────────────────────────────────────────────────────────────

    async def in_session(self, parties: int = 2, *, with_waiting: bool = False) -> None:
        """From the empty server to a hearing in session in which everyone sees everyone."""
        stage = self.stage
        cast = await stage.cast_hearing(parties, with_waiting=with_waiting)
        await stage.pass_the_gate()
        await stage.invite_and_join()
        for party in cast.parties:
            await stage.admit(party)
        await stage.open_session()
        await stage.everyone_sees_everyone(PATIENCE_S)

    async def phase(self, name: str) -> None:
        await self.stage.cast.judge.wait_for(lambda view: view.phase.name == name, PATIENCE_S)

    async def media_flow_anew(self, people: Sequence[SyntheticParticipant] = ()) -> None:
        """Until everyone inside has decoded further pictures and further sound of everyone else inside."""
        inside = list(people) or self.stage.cast.inside
        for viewer in inside:
            for other in inside:
                if viewer is not other:
                    await fresh(viewer, other)

    async def close(self) -> None:
        """The judge closes; until everyone is told, and the recording is composed and archived (or not)."""
        cast = self.stage.cast
        await cast.judge.request("close_hearing")
        for person in cast.inside:
            if person.terminated is None:
                assert (await person.wait_terminated(PATIENCE_S)).reason == "closed"
        await self.archived()

    async def archived(self) -> None:
        proceedings = self.stage.server.proceedings
        await proceedings.archive.finished(self.stage.cast.hearing)
        room = proceedings.room(self.stage.cast.hearing)
        assert room is not None
        assert room.live.composition_failed is None, room.live.composition_failed
        assert room.hearing.phase == "archived"

    # ── what is known of it ────────────────────────────────────────────────────────────────────────────────────

    @property
    def recording(self) -> Any:
        room = self.stage.server.proceedings.room(self.stage.cast.hearing)
        assert room is not None
        return room.recording

    @property
    def folder(self) -> Path:
        return self.stage.recording_folder()

    async def events(self) -> list[StoredEvent]:
        return await self.stage.server.services.store.events.read(self.stage.cast.hearing)

    async def has_event(self, kind: str) -> bool:
        return any(event.type == kind for event in await self.events())

    def manifest(self) -> list[Entry]:
        return read_manifest(self.folder)

    def gaps(self) -> list[str]:
        return [str(entry.data["cause"]) for entry in self.manifest() if entry.kind == "gap"]

    def segments(self) -> int:
        return sum(entry.kind == "segment" for entry in self.manifest())

    async def record_is_whole(self) -> None:
        """The store's chain holds, and every stored event up to the close is in the manifest with its hash."""
        stored = await self.events()
        assert await self.stage.server.services.store.events.verify(self.stage.cast.hearing) is None
        closed = next(n for n, event in enumerate(stored) if event.data.get("phase_to") == "closed")
        written = [e.data for e in self.manifest() if e.kind == "event" and "sequence" in e.data]
        numbers = [data["sequence"] for data in written]
        assert numbers == sorted(set(numbers)), "an event is in the manifest twice or out of order"
        hashes = {data["sequence"]: data["hash"] for data in written}
        missing = [one.type for one in stored[: closed + 1] if hashes.get(one.version) != one.hash]
        assert not missing, f"stored events that the manifest lacks: {missing}"

    def verified(self) -> VerificationReport:
        public = keys.load(self.stage.server.config.keys / "record.pem").public_raw
        return verify(self.folder, public)

    def holds(self) -> None:
        report = self.verified()
        assert report.ok and report.closed, report.first_problem

    async def refused(self, person: SyntheticParticipant, source: str) -> int:
        stats = await self.stage.relay_stats()
        return sum(
            one["refused"]
            for one in stats["producers"].values()
            if one["participant"] == id_of(person) and one["source"] == source
        )

    async def forwarded(self, sender: SyntheticParticipant, receiver: SyntheticParticipant) -> int:
        edges = (await self.stage.relay_stats())["edges"]
        return int(edges.get(f"{id_of(sender)}>{id_of(receiver)}", {}).get("forwarded", 0))

    async def nothing_crossed_a_forbidden_edge(self) -> None:
        edges = (await self.stage.relay_stats())["edges"]
        crossed = {name: edge for name, edge in edges.items() if edge["forwarded_while_forbidden"]}
        assert not crossed


async def fresh(
    viewer: SyntheticParticipant, other: SyntheticParticipant, *, pictures: int = 3, sounds: int = 10
) -> None:
    """Until ``viewer`` has decoded so much more of ``other`` than until now."""
    who = id_of(other)
    seen, heard = viewer.frames(who), viewer.frames(who, "microphone")
    await viewer.wait_until(
        lambda: viewer.frames(who) >= seen + pictures and viewer.frames(who, "microphone") >= heard + sounds,
        PATIENCE_S,
    )


async def hears_tone(viewer: SyntheticParticipant, other: SyntheticParticipant, tone_hz: int) -> None:
    await viewer.wait_until(lambda: viewer.hears(id_of(other), tone_hz), PATIENCE_S)


class Composed:
    """A composed file, decoded: its length, how bright it is, which tones sound when."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / COMPOSED_NAME
        self.duration_s = probe_duration_s(self.path)
        self._sound = b""
        self.brightness: list[float] = []
        """Mean luma (16 is black) of a picture each second."""
        self._decode()

    def _decode(self) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        sound: list[bytes] = []
        with av.open(str(self.path)) as container:
            for frame in container.decode(audio=0):
                sound += [bytes(one.planes[0])[: 2 * one.samples] for one in resampler.resample(frame)]
        self._sound = b"".join(sound)
        with av.open(str(self.path)) as container:
            next_s = 0.0
            for picture in container.decode(video=0):
                if picture.time >= next_s:
                    next_s = picture.time + 1
                    luma = bytes(picture.reformat(format="gray").planes[0])[::97]
                    self.brightness.append(sum(luma) / len(luma))

    def share(self, tone_hz: int, from_s: float, to_s: float) -> float:
        """In how many of the tenths of a second of the span this tone is heard: 0 never, 1 all the time."""
        heard = []
        at = from_s
        while at + 0.1 <= min(to_s, self.duration_s):
            part = self._sound[2 * int(at * SAMPLE_RATE) : 2 * int((at + 0.1) * SAMPLE_RATE)]
            level = levels(thinned(part, 1, _THIN), SAMPLE_RATE // _THIN, [tone_hz])[tone_hz]
            heard.append(level >= _AUDIBLE)
            at += 0.1
        assert heard, f"nothing between {from_s} and {to_s} s"
        return sum(heard) / len(heard)
