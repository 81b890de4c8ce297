"""Screenshots of every page in both languages and widths, and what no page may have: overflow, keys for words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e.person import DESKTOP, PHONE, Person

LOCALES = Path(__file__).parents[2] / "web_client" / "src" / "locales"
FOLDER = Path("test-output/screenshots")
SIZES = (DESKTOP, PHONE)
LANGUAGES = ("zh", "en")
SETTLED = """async () => {
  await document.fonts.ready;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let quiet = 0, tries = 0; quiet < 3 && tries < 120; tries += 1) {
    quiet = document.querySelector('.loading, main [aria-busy=true]') ? 0 : quiet + 1;
    await frame();
  }
}"""
OVERFLOW = """() => {
  const page = document.scrollingElement;
  if (document.querySelector('.phone, .room') && page.scrollHeight > page.clientHeight + 1)
    return `the room scrolls as a whole: ${page.scrollHeight} px in ${page.clientHeight} px`;
  if (page.scrollWidth <= page.clientWidth) return null;
  const wide = [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > page.clientWidth + 1)
    .slice(-3)
    .map((one) => `${one.tagName.toLowerCase()}.${one.className}`);
  return `${page.scrollWidth} px in ${page.clientWidth} px: ${wide.join(', ')}`;
}"""


def namespaces() -> frozenset[str]:
    """The first parts of all keys: a word on a page that begins like one and goes on with a dot is a key."""
    names: set[str] = set()
    for path in LOCALES.glob("*.json"):
        values: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        names |= values.keys()
    assert names, f"no locales in {LOCALES}"
    return frozenset(names)


class Album:
    def __init__(self) -> None:
        self.problems: list[str] = []
        self._keys = re.compile(rf"(?<![\w./@-])(?:{'|'.join(sorted(namespaces()))})(?:\.[A-Za-z_]\w*)+\b")
        FOLDER.mkdir(parents=True, exist_ok=True)

    async def take(self, person: Person, name: str) -> None:
        """The page as it stands, four times. Ends in the size and the language it began with."""
        page = person.page
        before = page.viewport_size
        begun = await page.evaluate("document.documentElement.lang")
        for size in SIZES:
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            for language in LANGUAGES:
                await person.language(language)
                await self._one(person, f"{name}-{language}-{size[0]}")
        if before is not None:
            await page.set_viewport_size(before)
        await person.language("en" if begun == "en" else "zh")

    async def take_size(self, person: Person, name: str) -> None:
        """The page as it stands, in its own size and language: for what a change of either would close."""
        size = person.page.viewport_size
        language = await person.page.evaluate("document.documentElement.lang")
        await self._one(person, f"{name}-{language[:2]}-{size['width'] if size else 0}")

    async def _one(self, person: Person, name: str) -> None:
        page = person.page
        await page.evaluate(SETTLED)
        await page.screenshot(path=FOLDER / f"{name}.png", full_page=True, animations="disabled")
        overflow = await page.evaluate(OVERFLOW)
        if overflow:
            self.problems.append(f"{name} overflows: {overflow}")
        text = await page.evaluate("document.title + '\\n' + document.body.innerText")
        self.problems += [f"{name} shows the key {key}" for key in sorted(set(self._keys.findall(text)))]

    def check(self) -> None:
        assert self.problems == [], "\n".join(self.problems)
