"""Synthetic parties and counsel for a demonstration: they come by invitation, wait, are checked, and take part."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import aiohttp

from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.picture import PictureSource, spread_hues
from room_server.synthetic.picture_label import label_bitmap
from room_server.synthetic.tone import Tone
from room_server.synthetic.visitor import own_session

log = logging.getLogger(__name__)

Invitation = tuple[str, str, str | None]
"""Name, invitation link or secret, code."""

_WIDTH, _HEIGHT, _FPS = 640, 480, 12
_FIRST_TONE_HZ, _TONE_STEP_HZ = 400, 100
# A person listens to these: a soft beep every few seconds, not a tone without end.
_AMPLITUDE, _SOUNDING_S, _EVERY_S = 0.05, 0.3, 6.0
_AGAIN_S = 5.0


class Bots:
    """Joins one synthetic participant for each invitation and keeps it there until :meth:`stop`.

    They answer nothing by themselves. ``base_url`` is a server of this machine, so its certificate is not checked
    unless ``verify_tls`` says so.
    """

    def __init__(self, base_url: str, invitations: Sequence[Invitation], *, verify_tls: bool = False) -> None:
        self._base_url = base_url
        self._invitations = tuple(invitations)
        self._verify_tls = verify_tls
        self._tasks: list[asyncio.Task[None]] = []
        self.participants: dict[str, SyntheticParticipant] = {}
        """Those that have accepted their invitation, by name."""

    async def start(self) -> None:
        """Returns at once; a bot that cannot join yet tries again every few seconds."""
        hues = spread_hues(max(1, len(self._invitations)))
        self._tasks = [
            asyncio.create_task(self._live(number, invitation, hues[number]), name=f"bot {invitation[0]}")
            for number, invitation in enumerate(self._invitations)
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _live(self, number: int, invitation: Invitation, hue: float) -> None:
        name, link, code = invitation
        label = await label_bitmap(name, _WIDTH * 9 // 10, _HEIGHT // 8)
        picture = PictureSource(label or name, width=_WIDTH, height=_HEIGHT, fps=_FPS, hue=hue)
        tone = Tone(
            _FIRST_TONE_HZ + number * _TONE_STEP_HZ,
            amplitude=_AMPLITUDE,
            sounding_s=_SOUNDING_S,
            every_s=_EVERY_S,
        )
        async with own_session(verify_tls=self._verify_tls) as session:
            while True:
                participant = SyntheticParticipant(
                    self._base_url,
                    name=name,
                    session=session,
                    picture=picture,
                    tone=tone,
                    verify_tls=self._verify_tls,
                )
                try:
                    await participant.accept(link, code)
                    self.participants[name] = participant
                    await participant.join()
                    await participant.ended()
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    log.info("%s cannot join yet: %s", name, error)
                except Exception as error:
                    log.warning("%s left: %s", name, error)
                finally:
                    with contextlib.suppress(Exception):
                        await participant.stop()
                if participant.terminated is not None and not participant.terminated.may_return:
                    return
                await asyncio.sleep(_AGAIN_S)
