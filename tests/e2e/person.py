"""One person in a browser context of their own, with a picture, a tone, and senses to check those of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.e2e.visitor import LIKENESSES, PATIENCE_MS, SENSES, Visitor

__all__ = ["DESKTOP", "PATIENCE_MS", "PHONE", "People", "Person"]

DESKTOP = (1440, 900)
PHONE = (360, 740)


class Person(Visitor):
    """In a Chromium that playwright drives."""

    def __init__(self, role: str, base: str, context: BrowserContext, page: Page) -> None:
        super().__init__(role, base)
        self.context = context
        self.page = page
        page.on("pageerror", lambda error: self.troubles.append(f"uncaught: {error}"))
        page.on("console", lambda message: self._note(message.type, message.text))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.troubles.append(f"console: {text}")

    async def open(self, path: str) -> None:
        await self.page.goto(path if path.startswith("http") else self.base + path)

    async def call(self, function: str, argument: Any = None) -> Any:
        return await self.page.evaluate(function, argument)

    async def holds(self, function: str, argument: Any, timeout_ms: float) -> bool:
        try:
            await self.page.wait_for_function(function, arg=argument, polling=150, timeout=timeout_ms)
        except PlaywrightTimeout:
            return False
        return True

    def at(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    async def press(self, test_id: str) -> None:
        await self.at(test_id).first.click()

    async def fill(self, test_id: str, text: str) -> None:
        await self.at(test_id).fill(text)

    async def sees_page(self, test_id: str) -> Locator:
        found = self.at(test_id).first
        await expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    async def count(self, selector: str, number: int) -> None:
        await expect(self.page.locator(selector)).to_have_count(number, timeout=PATIENCE_MS)

    async def confirm(self, dialog: str) -> None:
        """Confirm a question of the page; it closes when the court has acknowledged, or with the page itself."""
        box = await self.sees_page(dialog)
        await box.get_by_test_id("dialog-confirm").click()
        await expect(box).to_be_hidden(timeout=PATIENCE_MS)

    async def language(self, language: str) -> None:
        await self.press(f"language-{language}")
        await expect(self.page.locator("html")).to_have_attribute(
            "lang", "zh-CN" if language == "zh" else "en"
        )


class People:
    """Everybody of one test, in one browser."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser = browser
        self._base = base
        self.all: list[Person] = []

    async def come(
        self,
        role: str,
        *,
        size: tuple[int, int] = DESKTOP,
        locale: str = "zh-CN",
        base: str | None = None,
        picture: tuple[int, int] | None = None,
    ) -> Person:
        """``size`` of the window; ``picture``: of what the camera gives, where it is not the usual small one."""
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=locale,
            timezone_id="Asia/Shanghai",
            permissions=["camera", "microphone", "clipboard-read", "clipboard-write"],
            is_mobile=size[0] < 768,
            has_touch=size[0] < 768,
        )
        context.set_default_timeout(PATIENCE_MS)
        likeness = LIKENESSES[role]
        await context.add_init_script((replace(likeness, size=picture) if picture else likeness).script)
        await context.add_init_script(SENSES)
        person = Person(role, base or self._base, context, await context.new_page())
        self.all.append(person)
        return person

    async def photograph(self, folder: Path, name: str) -> None:
        """A picture of everybody's page, for whoever looks into a failure."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, person in enumerate(self.all):
            if not person.page.is_closed():
                await person.page.screenshot(
                    path=folder / f"{name}-{number}-{person.role}.png", timeout=10_000
                )

    async def leave(self) -> None:
        for person in self.all:
            await person.context.close()
