"""One person in a browser context of their own, with a picture, a tone, and senses to check those of others."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

HERE = Path(__file__).parent
LIKENESS = (HERE / "likeness.js").read_text(encoding="utf-8")
SENSES = (HERE / "senses.js").read_text(encoding="utf-8")
PATIENCE_MS = 60_000
DESKTOP = (1440, 900)
PHONE = (360, 740)
LOOKS = itertools.count()


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a camera and a microphone give of one person: ``colour`` is red, green, blue."""

    name: str
    colour: tuple[int, int, int]
    tone_hz: int


LIKENESSES = {
    "judge": Likeness("JUDGE", (190, 40, 40), 440),
    "clerk": Likeness("CLERK", (30, 140, 60), 620),
    "claimant": Likeness("CLAIMANT", (40, 70, 190), 800),
    "respondent": Likeness("RESPONDENT", (190, 170, 30), 980),
    "admin": Likeness("ADMIN", (90, 90, 90), 1160),
    "mediator": Likeness("MEDIATOR", (30, 150, 150), 1520),
    "courtroom": Likeness("COURTROOM", (120, 50, 150), 1340),
}


class Person:
    """``participant`` is the id of this person in the hearing, known once the person has come to it."""

    def __init__(self, role: str, base: str, context: BrowserContext, page: Page) -> None:
        self.role = role
        self.base = base
        self.context = context
        self.page = page
        self.likeness = LIKENESSES[role]
        self.participant = ""
        self.troubles: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        page.on("pageerror", lambda error: self.troubles.append(f"uncaught: {error}"))
        page.on("console", lambda message: self._note(message.type, message.text))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.troubles.append(f"console: {text}")

    def expects(self, *patterns: str) -> None:
        """Console errors of this kind belong to what the test does; Chromium logs every refused request as one."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def unexpected(self) -> list[str]:
        return [
            f"{self.role}: {trouble}"
            for trouble in self.troubles
            if not any(pattern.search(trouble) for pattern in self._expected)
        ]

    async def open(self, path: str) -> None:
        """``path`` begins with a slash; a whole address of this server is taken as well."""
        await self.page.goto(path if path.startswith("http") else self.base + path)

    def at(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    async def press(self, test_id: str) -> None:
        await self.at(test_id).first.click()

    async def sees_page(self, test_id: str) -> Locator:
        found = self.at(test_id).first
        await expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    # -- the room ----------------------------------------------------------------------------------------------------

    async def view(self) -> dict[str, Any]:
        view: dict[str, Any] | None = await self.page.evaluate("window.__yunting?.view() ?? null")
        if view is None:
            raise AssertionError(f"{self.role} is not in a room: {self.page.url}")
        return view

    async def until(
        self, condition: str, argument: Any = None, *, what: str, timeout_ms: float = PATIENCE_MS
    ) -> None:
        """Wait for a JavaScript function of (view, argument) to hold of this person's view."""
        script = f"(argument) => {{ const view = window.__yunting?.view(); return !!view && ({condition})(view, argument); }}"
        await self._wait(script, argument, what, timeout_ms)

    async def _wait(self, script: str, argument: Any, what: str, timeout_ms: float = PATIENCE_MS) -> None:
        try:
            await self.page.wait_for_function(script, arg=argument, polling=150, timeout=timeout_ms)
        except PlaywrightTimeout:
            state = await self.page.evaluate(
                "async () => { const y = window.__yunting; return y ? {status: y.status(), media: y.media(),"
                " phase: y.view()?.phase, me: y.view()?.me, producers: y.view()?.producers, stats: await y.stats()} : document.body.innerText.slice(0, 400); }"
            )
            raise AssertionError(
                f"{self.role} waited in vain: {what}. The page says {json.dumps(state, ensure_ascii=False)[:3000]}"
            ) from None

    async def in_phase(self, *phases: str) -> None:
        await self.until(
            "(view, phases) => phases.includes(view.phase.name)",
            list(phases),
            what=f"phase {' or '.join(phases)}",
        )

    async def in_place(self, place: str) -> None:
        await self.until("(view, place) => view.me.place === place", place, what=f"to be in {place}")

    async def sees(self, other: Person) -> None:
        """Until the other's moving picture, in the other's colour, is on this person's page."""
        await self._wait(
            "([id, colour, look]) => window.__senses.sees(id, colour, look)",
            [other.participant, list(other.likeness.colour), next(LOOKS)],
            f"to see the moving picture of the {other.role}",
        )

    async def hears(self, other: Person) -> None:
        await self._wait(
            "([id, hertz]) => window.__senses.hears(id, hertz)",
            [other.participant, other.likeness.tone_hz],
            f"to hear {other.likeness.tone_hz} Hz of the {other.role}",
        )

    async def hears_nothing_of(self, other: Person) -> None:
        await self._wait(
            "([id, look]) => window.__senses.silent(id, look)",
            [other.participant, next(LOOKS)],
            f"the {other.role} to be silent",
        )

    async def perceives(self, *others: Person) -> None:
        for other in others:
            await self.sees(other)
            await self.hears(other)

    async def packets_from(self, other: Person, source: str) -> int:
        """Packets of one track that this page has received, by the browser's own count."""
        figures = await self.page.evaluate("window.__yunting.stats()")
        return sum(
            figure["packets"]
            for figure in figures
            if figure["participant"] == other.participant and figure["source"] == source
        )

    async def perceives_nobody(self) -> None:
        view = await self.view()
        assert view["producers"] == [], f"{self.role} is offered tracks: {view['producers']}"
        tracks = await self.page.locator("audio[data-participant]").count()
        others = f"video[data-participant]:not([data-participant='{self.participant}'])"
        tracks += await self.page.locator(others).count()
        assert tracks == 0, f"{self.role} is played {tracks} tracks"

    async def first_frame_ms(self) -> float | None:
        """From the last click on the way in to the first decoded picture of somebody else."""
        timings = await self.page.evaluate("window.__yunting?.timings ?? null")
        if not timings or timings["joinClickedAt"] is None or timings["firstRemoteFrameAt"] is None:
            return None
        return float(timings["firstRemoteFrameAt"] - timings["joinClickedAt"])

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
        self, role: str, *, size: tuple[int, int] = DESKTOP, locale: str = "zh-CN", base: str | None = None
    ) -> Person:
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
        given = {"colour": list(likeness.colour), "toneHz": likeness.tone_hz, "name": likeness.name}
        await context.add_init_script(f"({LIKENESS.strip()})({json.dumps(given)});")
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
