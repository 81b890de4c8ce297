"""How far apart sound and picture of one person are for another, in Chromium, with and without the relay between them.

A party's camera flashes at the moment the microphone beeps; the clerk's page notes when the flash is shown and when the
beep is sounded. The same camera and microphone go over a connection within the party's own page too: what remains after
that is taken off is the relay's part.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
from pathlib import Path

from benchmarks.figures import Figures, Missing, fail, spread
from benchmarks.join import CHROMIUM


async def measure(flashes: int, folder: Path) -> Figures:
    """Raises Missing where there is no Chromium, or no Playwright."""
    if not Path(CHROMIUM).exists():
        raise Missing(f"there is no Chromium at {CHROMIUM}; install it, or name one in YUNTING_CHROMIUM")
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise Missing("Playwright is not installed") from None
    from tests.e2e.conftest import ARGUMENTS
    from tests.e2e.court import running_court
    from tests.e2e.flashes import measure as offsets_of
    from tests.e2e.person import People

    figures = Figures("lip_sync", "Beep after flash in Chromium (ms)", settings={"flashes": flashes})
    async with running_court(folder / "data") as court, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        people = People(browser, court.url)
        try:
            offsets = await offsets_of(court, people, flashes=flashes)
        finally:
            await people.leave()
            await browser.close()
    figures.rows = [
        {"way": "through the relay", **spread(offsets.relayed)},
        {"way": "within one page", **spread(offsets.direct)},
        {"way": "the relay's part (of medians)", "p50": round(offsets.relays_part_ms, 2)},
    ]
    figures.notes.append(
        "what both ways have in common is Chromium's own, and that of measuring it with Web Audio"
    )
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.lip_sync", description=__doc__)
    parser.add_argument("--flashes", type=int, default=30, choices=range(5, 121), metavar="5..120")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            figures = asyncio.run(measure(options.flashes, Path(name)))
    except Missing as missing:
        return fail(missing)
    figures.show(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
