"""The recording for the file: what it holds, its verification, and its composed picture."""

from __future__ import annotations

from collections import OrderedDict

from aiohttp import web

from room_server.domain.model import Hearing
from room_server.http import models as m
from room_server.http.call import Call, Route, actor_of
from room_server.http.services import NotFound

Playback = tuple[str, str, str]
"""Device session, account, hearing."""


async def get_recording(call: Call) -> m.RecordingDetail:
    return await call.services.proceedings.recording_detail(await _hearing(call))


async def get_video(call: Call) -> web.StreamResponse:
    """The composed MP4; takes ranges, which players need to jump. Each beginning of a playback is logged (REC 10)."""
    account = await call.staff("clerk", "judge")
    hearing = await call.hearing(account)
    path = call.services.proceedings.video_path(hearing)
    if path is None or not path.is_file():
        raise NotFound(None, "录像尚未合成，或合成失败。", "The recording has no composed video (yet).")
    # A range that begins later is a jump within a playback, and only where there is one.
    playback = (call.session.id if call.session is not None else "", account.id, hearing.id)
    playing = call.request.app[PLAYBACKS]
    if _begins(call.request.headers.get("Range")) or not playing.knows(playback):
        playing.add(playback)
        await call.services.proceedings.note_viewing(hearing.id, actor_of(account))
    headers = {"Content-Type": "video/mp4", "Cache-Control": "private, no-store"}
    return web.FileResponse(path, headers=headers)


class Playbacks:
    """Who has begun to play which recording on which device; the longest unused are forgotten first."""

    def __init__(self, most: int = 10_000) -> None:
        self._begun: OrderedDict[Playback, None] = OrderedDict()
        self._most = most

    def knows(self, playback: Playback) -> bool:
        if playback not in self._begun:
            return False
        self._begun.move_to_end(playback)
        return True

    def add(self, playback: Playback) -> None:
        self._begun[playback] = None
        while len(self._begun) > self._most:
            self._begun.popitem(last=False)


PLAYBACKS: web.AppKey[Playbacks] = web.AppKey("playbacks", Playbacks)


def _begins(requested: str | None) -> bool:
    """Whether this request is the first of a playback: the whole file, or a range from its first byte."""
    return requested is None or requested.replace(" ", "").startswith("bytes=0-")


async def verify(call: Call) -> m.RecordingDetail:
    hearing = await _hearing(call)
    return await call.services.proceedings.verify_recording(hearing.id)


async def compose(call: Call) -> m.RecordingDetail:
    hearing = await _hearing(call)
    return await call.services.proceedings.compose_recording(hearing.id)


async def _hearing(call: Call) -> Hearing:
    return await call.hearing(await call.staff("clerk", "judge"))


_ONE = "/api/hearings/{hearing}/recording"
ROUTES = (
    Route("GET", _ONE, get_recording, "The recording of a hearing", None, m.RecordingDetail),
    Route("GET", f"{_ONE}/video", get_video, "The composed video", media="video/mp4"),
    Route("POST", f"{_ONE}/verify", verify, "Verify the recording", None, m.RecordingDetail),
    Route("POST", f"{_ONE}/compose", compose, "Compose once more", None, m.RecordingDetail),
)
