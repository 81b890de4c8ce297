"""WebDriver BiDi (W3C) over its WebSocket: commands with their answers, and the errors that pages log."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

ANSWER_S = 60.0


class BidiError(Exception):
    """An error answer. ``code`` is BiDi's, such as ``no such frame``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class PageError(Exception):
    """A function called on the page threw."""


class Bidi:
    """One connection to one browser. ``on_event`` is told the method and the parameters of every event."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, on_event: Callable[[str, Mapping[str, Any]], None]
    ) -> None:
        self._socket = socket
        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command. Raises :class:`BidiError`, or ConnectionError where the browser is gone."""
        if self._reading.done():
            raise ConnectionError(f"{method}: the browser closed the connection")
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._socket.send_str(json.dumps({"id": number, "method": method, "params": params}))
            async with asyncio.timeout(ANSWER_S):
                return await answer
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            if said["type"] == "event":
                self._on_event(said["method"], said["params"])
                continue
            answer = self._waiting.get(said["id"])
            if answer is None or answer.done():
                continue
            if said["type"] == "success":
                answer.set_result(said["result"])
            else:
                answer.set_exception(BidiError(said["error"], said["message"]))
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the browser closed the connection"))


class Tab:
    """One browsing context (a page) of the browser."""

    def __init__(self, bidi: Bidi, context: str) -> None:
        self._bidi = bidi
        self._context = context

    async def navigate(self, url: str) -> None:
        await self._on_context("browsingContext.navigate", url=url, wait="complete")

    async def reload(self) -> None:
        await self._on_context("browsingContext.reload", wait="complete")

    async def resize(self, width: int, height: int) -> None:
        await self._on_context("browsingContext.setViewport", viewport={"width": width, "height": height})

    async def photograph(self) -> bytes:
        """The whole document as PNG in base64."""
        answer = await self._on_context("browsingContext.captureScreenshot", origin="document")
        return str(answer["data"]).encode("ascii")

    async def call(self, function: str, argument: Any = None) -> Any:
        """Call a function of one JSON value on the page; its JSON result. Raises :class:`PageError` where it throws."""
        answer = await self._bidi.command(
            "script.callFunction",
            functionDeclaration=f"async () => JSON.stringify((await ({function})({json.dumps(argument)})) ?? null)",
            awaitPromise=True,
            target={"context": self._context},
        )
        if answer["type"] == "exception":
            raise PageError(f"{answer['exceptionDetails']['text']}, in {function[:200]}")
        return json.loads(answer["result"]["value"])

    async def click(self, x: float, y: float) -> None:
        """A click of the mouse at CSS pixels of the viewport: a gesture of the user, as the browser sees it."""
        move = {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
        press = {"type": "pointerDown", "button": 0}
        release = {"type": "pointerUp", "button": 0}
        await self._act({"type": "pointer", "id": "mouse", "actions": [move, press, release]})

    async def type(self, text: str) -> None:
        """Keys, one after another, into what has the focus."""
        keys = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": keys})

    async def _act(self, source: Mapping[str, Any]) -> None:
        await self._on_context("input.performActions", actions=[source])

    async def _on_context(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._bidi.command(method, context=self._context, **params)
