"""What any person in any browser does and perceives; how a page is driven is left to the browser's own class."""

from __future__ import annotations

import itertools
import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SENSES = (HERE / "senses.js").read_text(encoding="utf-8")
_LIKENESS = (HERE / "likeness.js").read_text(encoding="utf-8").strip()
PATIENCE_MS = 60_000
LOOKS = itertools.count()
STATE = """async () => { const y = window.__yunting;
  return y ? {status: y.status(), media: y.media(), phase: y.view()?.phase, me: y.view()?.me,
    producers: y.view()?.producers, stats: await y.stats()} : document.body.innerText.slice(0, 400); }"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a camera and a microphone give of one person: ``colour`` is red, green, blue; ``size`` the picture's."""

    name: str
    colour: tuple[int, int, int]
    tone_hz: int
    size: tuple[int, int] = (320, 240)

    @property
    def script(self) -> str:
        """Gives the page this camera and this microphone."""
        given = {
            "colour": list(self.colour),
            "toneHz": self.tone_hz,
            "name": self.name,
            "size": list(self.size),
        }
        return f"({_LIKENESS})({json.dumps(given)});"


LIKENESSES = {
    "judge": Likeness("JUDGE", (190, 40, 40), 440),
    "clerk": Likeness("CLERK", (30, 140, 60), 620),
    "claimant": Likeness("CLAIMANT", (40, 70, 190), 800),
    "respondent": Likeness("RESPONDENT", (190, 170, 30), 980),
    "admin": Likeness("ADMIN", (90, 90, 90), 1160),
    "mediator": Likeness("MEDIATOR", (30, 150, 150), 1520),
    "courtroom": Likeness("COURTROOM", (120, 50, 150), 1340),
}


class Visitor(ABC):
    """``participant`` is the id of this person in the hearing, known once the person has come to it."""

    def __init__(self, role: str, base: str) -> None:
        self.role = role
        self.base = base
        self.likeness = LIKENESSES[role]
        self.participant = ""
        self.troubles: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    @abstractmethod
    async def open(self, path: str) -> None:
        """``path`` begins with a slash; a whole address of this server is taken as well."""

    @abstractmethod
    async def call(self, function: str, argument: Any = None) -> Any:
        """Call a JavaScript function of one JSON value on the page; its JSON result, awaited."""

    @abstractmethod
    async def holds(self, function: str, argument: Any, timeout_ms: float) -> bool:
        """Whether a JavaScript function of ``argument`` comes to be true on the page in time."""

    @abstractmethod
    async def press(self, test_id: str) -> None:
        """Wait for it, then press it as a pointer does."""

    @abstractmethod
    async def fill(self, test_id: str, text: str) -> None: ...

    @abstractmethod
    async def sees_page(self, test_id: str) -> object:
        """Until it is visible."""

    @abstractmethod
    async def count(self, selector: str, number: int) -> None:
        """Until so many elements match the CSS selector."""

    async def gone(self, test_id: str) -> None:
        await self.count(f'[data-testid="{test_id}"]', 0)

    # -- troubles ----------------------------------------------------------------------------------------------------

    def expects(self, *patterns: str) -> None:
        """Console errors of this kind belong to what the test does; Chromium logs every refused request as one."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def unexpected(self) -> list[str]:
        return [
            f"{self.role}: {trouble}"
            for trouble in self.troubles
            if not any(pattern.search(trouble) for pattern in self._expected)
        ]

    # -- the room ----------------------------------------------------------------------------------------------------

    async def view(self) -> dict[str, Any]:
        view: dict[str, Any] | None = await self.call("() => window.__yunting?.view() ?? null")
        if view is None:
            raise AssertionError(f"{self.role} is not in a room: {await self.call('() => location.href')}")
        return view

    async def until(
        self, condition: str, argument: Any = None, *, what: str, timeout_ms: float = PATIENCE_MS
    ) -> None:
        """Wait for a JavaScript function of (view, argument) to hold of this person's view."""
        script = f"(argument) => {{ const view = window.__yunting?.view(); return !!view && ({condition})(view, argument); }}"
        await self.wait(script, argument, what, timeout_ms)

    async def wait(self, script: str, argument: Any, what: str, timeout_ms: float = PATIENCE_MS) -> None:
        if not await self.holds(script, argument, timeout_ms):
            state = json.dumps(await self.call(STATE), ensure_ascii=False)
            raise AssertionError(f"{self.role} waited in vain: {what}. The page says {state[:3000]}")

    async def in_phase(self, *phases: str) -> None:
        await self.until(
            "(view, phases) => phases.includes(view.phase.name)",
            list(phases),
            what=f"phase {' or '.join(phases)}",
        )

    async def in_place(self, place: str) -> None:
        await self.until("(view, place) => view.me.place === place", place, what=f"to be in {place}")

    async def sees(self, other: Visitor) -> None:
        """Until the other's moving picture, in the other's colour, is on this person's page."""
        await self.wait(
            "([id, colour, look]) => window.__senses.sees(id, colour, look)",
            [other.participant, list(other.likeness.colour), next(LOOKS)],
            f"to see the moving picture of the {other.role}",
        )

    async def hears(self, other: Visitor) -> None:
        await self.wait(
            "([id, hertz]) => window.__senses.hears(id, hertz)",
            [other.participant, other.likeness.tone_hz],
            f"to hear {other.likeness.tone_hz} Hz of the {other.role}",
        )

    async def hears_nothing_of(self, other: Visitor) -> None:
        await self.wait(
            "([id, look]) => window.__senses.silent(id, look)",
            [other.participant, next(LOOKS)],
            f"the {other.role} to be silent",
        )

    async def perceives(self, *others: Visitor) -> None:
        for other in others:
            await self.sees(other)
            await self.hears(other)

    async def packets_from(self, other: Visitor, source: str) -> int:
        """Packets of one track that this page has received, by the browser's own count."""
        figures = await self.call("() => window.__yunting.stats()")
        return sum(
            figure["packets"]
            for figure in figures
            if figure["participant"] == other.participant and figure["source"] == source
        )

    async def perceives_nobody(self) -> None:
        view = await self.view()
        assert view["producers"] == [], f"{self.role} is offered tracks: {view['producers']}"
        others = f"video[data-participant]:not([data-participant='{self.participant}'])"
        tracks = await self.call(
            "(selector) => document.querySelectorAll(selector).length",
            f"audio[data-participant], {others}",
        )
        assert tracks == 0, f"{self.role} is played {tracks} tracks"

    async def first_frame_ms(self) -> float | None:
        """From the last click on the way in to the first decoded picture of somebody else."""
        timings = await self.call("() => window.__yunting?.timings ?? null")
        if not timings or timings["joinClickedAt"] is None or timings["firstRemoteFrameAt"] is None:
            return None
        return float(timings["firstRemoteFrameAt"] - timings["joinClickedAt"])
