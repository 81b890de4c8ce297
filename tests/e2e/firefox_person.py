"""A person in Firefox, with the same verbs as one in Chromium."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.e2e.firefox import Firefox, running_firefox
from tests.e2e.firefox_bidi import BidiError, PageError
from tests.e2e.firefox_display import running_display
from tests.e2e.firefox_network import Network
from tests.e2e.visitor import LIKENESSES, PATIENCE_MS, SENSES, Visitor

LOOK_S = 0.15
# Where the first visible element of a test id can be pressed: its middle, where nothing lies over it. Two looks
# must agree, so that nothing is pressed while it moves.
PRESSABLE = """async (testId) => {
  const found = document.querySelector(`[data-testid="${CSS.escape(testId)}"]`);
  if (!found || found.disabled || found.getAttribute("aria-disabled") === "true") return null;
  found.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  const middle = () => {
    const box = found.getBoundingClientRect();
    return box.width && box.height ? [box.left + box.width / 2, box.top + box.height / 2] : null;
  };
  const first = middle();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const then = middle();
  if (!first || !then || first[0] !== then[0] || first[1] !== then[1]) return null;
  const top = document.elementFromPoint(...then);
  return top && (found === top || found.contains(top) || top.closest("label")?.contains(found)) ? then : null;
}"""
VISIBLE = """(testId) => [...document.querySelectorAll(`[data-testid="${CSS.escape(testId)}"]`)]
  .some((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 0)"""
SELECT_ALL = """(testId) => {
  const field = document.querySelector(`[data-testid="${CSS.escape(testId)}"]`);
  if (!field) return false;
  field.focus();
  field.select();
  return document.activeElement === field;
}"""
VALUE = '(testId) => document.querySelector(`[data-testid="${CSS.escape(testId)}"]`)?.value'


class FirefoxPerson(Visitor):
    """With the camera and microphone of their likeness, or Firefox's own fake ones, whose tone is theirs."""

    def __init__(self, role: str, base: str, firefox: Firefox) -> None:
        super().__init__(role, base)
        self.firefox = firefox

    def unexpected(self) -> list[str]:
        self.troubles = [
            f"{'uncaught' if entry['type'] == 'javascript' else 'console'}: {entry['text']}"
            for entry in self.firefox.log
            if entry["level"] == "error"
        ]
        return super().unexpected()

    async def open(self, path: str) -> None:
        await self.firefox.tab.navigate(path if path.startswith("http") else self.base + path)

    async def reload(self) -> None:
        await self.firefox.tab.reload()

    async def call(self, function: str, argument: Any = None) -> Any:
        return await self.firefox.tab.call(function, argument)

    async def holds(self, function: str, argument: Any, timeout_ms: float) -> bool:
        async def look() -> bool:
            return bool(await self.call(function, argument))

        return await _comes(look, timeout_ms / 1000)

    async def press(self, test_id: str) -> None:
        async def pressed() -> bool:
            place = await self.call(PRESSABLE, test_id)
            if place is not None:
                await self.firefox.tab.click(*place)
            return place is not None

        assert await _comes(pressed), f"{self.role} cannot press {test_id}: {await self._words()}"

    async def fill(self, test_id: str, text: str) -> None:
        async def focused() -> bool:
            return bool(await self.call(SELECT_ALL, test_id))

        assert await _comes(focused), f"{self.role} cannot write into {test_id}: {await self._words()}"
        await self.firefox.tab.type(text)
        assert await self.call(VALUE, test_id) == text, f"{test_id} took something else"

    async def sees_page(self, test_id: str) -> None:
        await self.wait(VISIBLE, test_id, f"to see {test_id}")

    async def count(self, selector: str, number: int) -> None:
        script = "([selector, number]) => document.querySelectorAll(selector).length === number"
        await self.wait(script, [selector, number], f"{number} of {selector}")

    async def attribute(self, test_id: str, name: str) -> str | None:
        script = (
            '([id, name]) => document.querySelector(`[data-testid="${CSS.escape(id)}"]`)?.getAttribute(name)'
        )
        value: str | None = await self.call(script, [test_id, name])
        return value

    async def photograph(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(await self.firefox.tab.photograph()))

    async def _words(self) -> str:
        return json.dumps(await self.call("() => document.body.innerText.slice(0, 400)"), ensure_ascii=False)


async def _comes(look: Callable[[], Awaitable[bool]], within_s: float = PATIENCE_MS / 1000) -> bool:
    """Look until it is so. A page that is just being replaced is looked at again."""
    end = time.monotonic() + within_s
    while True:
        with contextlib.suppress(BidiError, PageError):
            if await look():
                return True
        if time.monotonic() > end:
            return False
        await asyncio.sleep(LOOK_S)


class FirefoxPeople:
    """Everybody of one test who comes in Firefox, each in a browser of their own."""

    def __init__(self, network: Network, base: str, folder: Path) -> None:
        self._network = network
        self._base = base
        self._folder = folder
        self._held = contextlib.AsyncExitStack()
        self.all: list[FirefoxPerson] = []

    async def come(
        self,
        role: str,
        *,
        size: tuple[int, int] = (1280, 800),
        own_devices: bool = False,
        with_screen: bool = False,
    ) -> FirefoxPerson:
        """``own_devices``: Firefox's own fake camera and microphone, through its own getUserMedia. ``with_screen``: a
        window on a screen that can be shared."""
        likeness = LIKENESSES[role]
        preferences = {
            "intl.accept_languages": "zh-CN, zh",
            "media.navigator.audio.fake_frequency": likeness.tone_hz,
        }
        folder = self._folder / f"firefox-{len(self.all)}"
        display = await self._held.enter_async_context(running_display()) if with_screen else None
        firefox = await self._held.enter_async_context(
            running_firefox(folder, self._network, preferences, display)
        )
        person = FirefoxPerson(role, self._base, firefox)
        await firefox.before_every_page(SENSES if own_devices else likeness.script + SENSES)
        await firefox.tab.resize(*size)
        self.all.append(person)
        return person

    async def photograph(self, folder: Path, name: str) -> None:
        for number, person in enumerate(self.all):
            with contextlib.suppress(BidiError, ConnectionError):
                await person.photograph(folder / f"{name}-firefox-{number}-{person.role}.png")

    async def leave(self) -> None:
        await self._held.aclose()
