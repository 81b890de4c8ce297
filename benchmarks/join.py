"""From coming to a hearing to the first decoded picture: synthetic people, and people in Chromium.

The judge opens the hearing and everyone inside begins to receive everyone; a person comes again into a hearing in
session; and in Chromium a person opens, enters or reloads, by the page's own clock (`window.__yunting.timings`).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.figures import Figures, Missing, fail, spread
from room_server.demonstration import demo_config, free_port
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.picture import PictureSource
from room_server.synthetic.stage import Stage, id_of, stage

CHROMIUM = os.environ.get("YUNTING_CHROMIUM", "/usr/bin/chromium")
PATIENCE_S = 30.0
PAGES_TIMEOUT_S = 240.0
PARTIES = 2


class Samples:
    """Milliseconds by what was measured, in the order of first mention."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], list[float]] = {}

    def add(self, who: str, moment: str, milliseconds: float) -> None:
        self._of.setdefault((who, moment), []).append(milliseconds)

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"who": who, "moment": moment, **spread(values)} for (who, moment), values in self._of.items()
        ]


async def until(condition: Callable[[], Awaitable[Any]], what: str) -> Any:
    """The condition's first true answer; Missing where it does not come."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if answer := await condition():
                    return answer
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise Missing(f"{what} did not happen within {PATIENCE_S} s") from None


# -- synthetic people --------------------------------------------------------------------------------------------------


def first_picture_s(viewer: SyntheticParticipant, since_s: float, others: list[str]) -> float | None:
    """When the first picture since then was decoded, of a track that had none before."""
    times = [
        reception.first_frame_at_s
        for reception in viewer.received
        if reception.source == "camera"
        and reception.participant in others
        and reception.first_frame_at_s is not None
        and reception.first_frame_at_s >= since_s
    ]
    return min(times, default=None)


async def synthetic(samples: Samples, scene: Stage, repeats: int) -> None:
    """One hearing: its opening, then people who come again."""
    loop = asyncio.get_running_loop()
    cast = await scene.cast_hearing(PARTIES, with_waiting=False)
    await scene.pass_the_gate()
    await scene.invite_and_join()
    for party in cast.parties:
        await scene.admit(party)
    await cast.judge.wait_for(lambda view: view.phase.name == "ready")
    began_s = loop.time()
    await cast.judge.request("open_session")
    await scene.everyone_sees_everyone()
    for person in cast.inside:
        others = [id_of(other) for other in cast.inside if other is not person]
        first_s = first_picture_s(person, began_s, others)
        if first_s is not None:
            samples.add("synthetic", "opening to first picture", (first_s - began_s) * 1000)
    leaver = cast.parties[0]
    for _ in range(repeats):
        leaver = await _come_again(samples, leaver)


async def _come_again(samples: Samples, person: SyntheticParticipant) -> SyntheticParticipant:
    """The same person with a new page: connection, transports and all consumers are made anew."""
    await person.stop()
    again = SyntheticParticipant(
        person.visitor.base_url,
        name=person.name,
        session=person.visitor.session,
        picture=PictureSource(person.name, width=320, height=240, fps=10, hue=0.5),
        tone=None,
    )
    again.participation = person.participation
    began_s = asyncio.get_running_loop().time()
    await again.join()

    async def seen() -> float | None:
        return first_picture_s(again, began_s, [r.participant for r in again.received])

    first_s = await until(seen, "a picture for somebody who came again")
    samples.add("synthetic", "joining in session to first picture", (first_s - began_s) * 1000)
    return again


# -- Chromium ----------------------------------------------------------------------------------------------------------

# Kept for the tab: the press may lead to another document.
WATCH_CLICKS = """() => addEventListener("click", () => {
  sessionStorage.setItem("clickedAt", String(performance.timeOrigin + performance.now())); }, true)"""
CLICKED = "Number(sessionStorage.getItem('clickedAt'))"
FIRST_FRAME = """() => { const t = window.__yunting?.timings; return t?.firstRemoteFrameAt == null ? null :
  [t.firstRemoteFrameAt, performance.timeOrigin + t.firstRemoteFrameAt]; }"""


async def chromium(samples: Samples, folder: Path, repeats: int) -> None:
    """Four people in one browser: the opening, then coming in by the button and by reloading. Raises Missing."""
    if not Path(CHROMIUM).exists():
        raise Missing(f"there is no Chromium at {CHROMIUM}; install it, or name one in YUNTING_CHROMIUM")
    if find_spec("playwright") is None:
        raise Missing("playwright is not installed; install the project's test extra")
    from playwright.async_api import Error, async_playwright

    from tests.e2e.conftest import ARGUMENTS
    from tests.e2e.court import running_court
    from tests.e2e.person import People

    async with running_court(folder / "chromium") as court, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            async with asyncio.timeout(PAGES_TIMEOUT_S):
                await _in_pages(samples, court, People(browser, court.url), repeats)
        except (AssertionError, Error, TimeoutError) as error:
            # A page that does not get on is no figure; what was measured before it stands.
            raise Missing(f"the pages did not get on: {str(error)[:300] or type(error).__name__}") from error
        finally:
            await browser.close()


async def _in_pages(samples: Samples, court: Any, people: Any, repeats: int) -> None:
    from tests.e2e import walks

    demo = await court.seed()
    clerk, judge = await people.come("clerk"), await people.come("judge")
    parties = [await people.come(role) for role in ("claimant", "respondent")]
    for staff in (clerk, judge):
        await walks.enter_demo(staff, demo)
    for party in parties:
        await walks.come_to_demo(party, demo)
        await walks.begin_check(clerk, party)
        await walks.finish_check(clerk, party)
    for role in ("claimant_counsel", "respondent_counsel"):
        await walks.note_absent(clerk, demo.link(role).participant)
    await judge.in_phase("ready")
    await judge.page.evaluate(WATCH_CLICKS)
    await judge.press("open-session")
    _, shown_at = await _seen(judge)
    opened_at = await judge.page.evaluate(CLICKED)
    samples.add("Chromium", "click on open to first picture (judge)", shown_at - opened_at)
    for _ in range(repeats):
        await _press_and_reload(samples, clerk, demo)


async def _press_and_reload(samples: Samples, clerk: Any, demo: Any) -> None:
    await clerk.open(f"/desk/hearings/{demo.hearing}")
    await clerk.sees_page("enter")
    await clerk.page.evaluate(WATCH_CLICKS)
    await clerk.press("enter")
    _, shown_at = await _seen(clerk)
    clicked_at = await clerk.page.evaluate(CLICKED)
    samples.add("Chromium", "click on enter in session to first picture", shown_at - clicked_at)
    await clerk.page.reload()
    shown_ms, _ = await _seen(clerk)
    samples.add("Chromium", "reload in session to first picture", shown_ms)


async def _seen(person: Any) -> tuple[float, float]:
    """(since the document began, by the wall clock): when its first remote picture was shown, in milliseconds."""

    async def marks() -> Any:
        return await person.page.evaluate(FIRST_FRAME)

    found = await until(marks, f"a remote picture for the {person.role}")
    return found[0], found[1]


async def measure(*, repeats: int, hearings: int, with_chromium: bool, folder: Path) -> Figures:
    """All of it; without Chromium the rest is still measured, and a note says so."""
    figures = Figures("join", "From coming to the first decoded picture, in milliseconds")
    figures.settings = {"people": 2 + PARTIES, "hearings": hearings, "repeats": repeats}
    samples = Samples()
    for number in range(hearings):
        async with stage(demo_config(data=folder / f"synthetic{number}", port=free_port())) as scene:
            await synthetic(samples, scene, repeats)
    figures.notes.append(
        "everyone's encoders and decoders, the browsers and the server share this machine's cores"
    )
    if with_chromium:
        try:
            await chromium(samples, folder, repeats)
        except Missing as missing:
            figures.notes.append(f"not (wholly) measured in Chromium: {missing}")
    figures.rows = samples.rows()
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.join", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, choices=range(1, 21), metavar="1..20")
    parser.add_argument("--hearings", type=int, default=2, choices=range(1, 6), metavar="1..5")
    parser.add_argument("--no-chromium", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            measuring = measure(
                repeats=options.repeats,
                hearings=options.hearings,
                with_chromium=not options.no_chromium,
                folder=Path(name),
            )
            figures = asyncio.run(measuring)
    except Missing as missing:
        return fail(missing)
    figures.show(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
