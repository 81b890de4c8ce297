"""The plot of the relay's benchmark: drawn with Pillow, which the PDF library brings, so that nothing more is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, log10
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1720, 780
INK, FAINT, PAPER = "#1f2933", "#cbd2d9", "#ffffff"
COLORS = {"ours": "#1b5e9b", "janus": "#c8802b"}
LABELS = {"ours": "the relay", "janus": "Janus"}
SERVERS = ("ours", "janus")
TEXT, SMALL, TITLE = 22, 19, 27
BASE = {"rate": 20_000, "subscribers": 20, "size": 1200, "profile": "gcm128", "features": "off"}

Points = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a panel's axes are, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


class Canvas:
    """A picture with text in three sizes."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self._fonts = {size: ImageFont.load_default(size) for size in (TEXT, SMALL, TITLE)}

    def text(
        self, x: float, y: float, words: str, size: int = TEXT, anchor: str = "la", ink: str = INK
    ) -> None:
        """Words at a point; `anchor` as in Pillow."""
        self.draw.text((x, y), words, font=self._fonts[size], fill=ink, anchor=anchor)

    def line(self, points: Sequence[tuple[float, float]], ink: str, width: int = 1) -> None:
        """A line through the points."""
        self.draw.line(list(points), fill=ink, width=width, joint="curve")

    def bar(self, left: float, top: float, right: float, bottom: float, ink: str) -> None:
        """A filled rectangle."""
        self.draw.rectangle((left, top, right, bottom), fill=ink)


def draw(points: Points, path: Path) -> None:
    """Write the PNG: cost over the rate on the left, the other points at full rate on the right."""
    canvas = Canvas()
    canvas.text(40, 24, "Processor time per forwarded packet, in microseconds of one core", TITLE)
    for at, name in enumerate(SERVERS):
        canvas.bar(44 + at * 190, 76, 68 + at * 190, 96, COLORS[name])
        canvas.text(78 + at * 190, 74, LABELS[name])
    over_rate(canvas, Box(90, 170, 760, 670), rates(points))
    at_full_rate(canvas, Box(1130, 170, 1650, 690), variants(points))
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.image.save(path, optimize=True)


def rates(points: Points) -> list[dict[str, Any]]:
    """The points that differ from the usual one by their rate alone, by rate."""
    same = [point for point in points if all(point[key] == BASE[key] for key in BASE if key != "rate")]
    return sorted(same, key=lambda point: int(point["rate"]))


def variants(points: Points) -> list[tuple[str, dict[str, Any]]]:
    """The points at the usual rate, with what is different about them."""
    found = []
    for point in points:
        if point["rate"] == BASE["rate"]:
            changes = [name(point[key]) for key, name in _NAMES.items() if point[key] != BASE[key]]
            found.append((", ".join(changes) or "1200 bytes, GCM, 20 viewers", point))
    return found


_NAMES: dict[str, Callable[[Any], str]] = {
    "size": lambda value: f"{value} bytes",
    "profile": lambda value: "CM with SHA-1" if value == "cm_sha1_80" else str(value),
    "subscribers": lambda value: f"{value} viewers",
    "features": lambda value: "2 % loss, TWCC, tap",
}


def ceiling(points: Points) -> float:
    """The end of an axis that holds all costs."""
    most = max(
        (one["cpu_us_per_packet"]["max"] for point in points for one in sides(point).values()), default=1.0
    )
    step = 10 ** int(log10(max(most, 1.0)))
    return max(1.0, ceil(most * 1.05 / step * 2) * step / 2)


def sides(point: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The servers that were measured at a point."""
    return {name: point[name] for name in SERVERS if point[name]}


def over_rate(canvas: Canvas, box: Box, points: Points) -> None:
    """Lines over a logarithmic rate, with the least and the greatest of the runs."""
    canvas.text(box.left, box.top - 40, "1200 bytes, AEAD_AES_128_GCM, 20 viewers", TEXT)
    if not points:
        return
    top = ceiling(points)
    low, high = log10(points[0]["rate"]), log10(points[-1]["rate"])

    def x(rate: int) -> float:
        share = 0.5 if high == low else (log10(rate) - low) / (high - low)
        return box.left + 40 + share * (box.right - box.left - 80)

    def y(cost: float) -> float:
        return box.bottom - cost / top * (box.bottom - box.top)

    for mark in range(6):
        cost = top * mark / 5
        canvas.line([(box.left, y(cost)), (box.right, y(cost))], FAINT)
        canvas.text(box.left - 10, y(cost), f"{cost:g}", SMALL, "rm")
    for point in points:
        canvas.text(x(point["rate"]), box.bottom + 12, f"{point['rate']:,}".replace(",", " "), SMALL, "ma")
    canvas.text((box.left + box.right) / 2, box.bottom + 46, "forwarded packets a second", TEXT, "ma")
    for name in SERVERS:
        line = [(x(point["rate"]), point[name]["cpu_us_per_packet"]) for point in points if point[name]]
        canvas.line([(at, y(cost["median"])) for at, cost in line], COLORS[name], 4)
        for at, cost in line:
            canvas.line([(at, y(cost["min"])), (at, y(cost["max"]))], COLORS[name], 2)
            canvas.bar(at - 6, y(cost["median"]) - 6, at + 6, y(cost["median"]) + 6, COLORS[name])
            # Costs fall as the rate rises: to the right above a line, and to the left below one, is free.
            x_at, y_at = (12, -8) if name == "janus" else (-8, 10)
            canvas.text(
                at + x_at,
                y(cost["median"]) + y_at,
                f"{cost['median']:.1f}",
                SMALL,
                "lb" if x_at > 0 else "ra",
            )


def at_full_rate(canvas: Canvas, box: Box, points: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """A pair of bars for each point."""
    canvas.text(box.left - 300, box.top - 40, "at 20 000 forwarded packets a second", TEXT)
    if not points:
        return
    top = ceiling([point for _, point in points])
    height = (box.bottom - box.top) / len(points)
    thick = min(26.0, height * 0.34)

    for at, (label, point) in enumerate(points):
        middle = box.top + height * (at + 0.5)
        canvas.text(box.left - 16, middle, label, SMALL, "rm")
        for place, (name, one) in enumerate(sides(point).items()):
            cost = one["cpu_us_per_packet"]
            upper = middle + (place - 1) * thick
            end = box.left + cost["median"] / top * (box.right - box.left)
            canvas.bar(box.left, upper + 1, end, upper + thick - 1, COLORS[name])
            canvas.text(end + 8, upper + thick / 2, f"{cost['median']:.1f}", SMALL, "lm")
    canvas.line([(box.left, box.top), (box.left, box.bottom)], INK, 2)
