"""The relay's benchmark for people: a table, and its place in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import ROOT, Missing
from benchmarks.relay_plot import draw

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "images" / "relay-benchmark.png"
BEGIN, END = "<!-- relay figures: begin -->", "<!-- relay figures: end -->"
PROFILE_NAMES = {"gcm128": "AEAD_AES_128_GCM", "cm_sha1_80": "AES128_CM_SHA1_80"}
HEADINGS = (
    "packets/s",
    "viewers",
    "bytes",
    "profile",
    "features",
    "ours: µs/packet",
    "Janus: µs/packet",
    "ratio",
    "ours: p50/p99 µs",
    "Janus: p50/p99 µs",
    "lost, ours/Janus",
)


def points_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The points of a result, one or many."""
    return list(found["points"]) if "points" in found else [found]


def row(point: dict[str, Any]) -> list[str]:
    """One point's cells, under HEADINGS."""
    ours, janus = point["ours"], point["janus"]
    return [
        f"{point['rate']:,}".replace(",", " "),
        str(point["subscribers"]),
        str(point["size"]),
        PROFILE_NAMES[point["profile"]],
        point["features"],
        _cost(ours),
        _cost(janus),
        "" if point["ratio"] is None else f"{point['ratio']:.2f}",
        _latency(ours),
        _latency(janus),
        "/".join(_loss(one) for one in (ours, janus) if one),
    ]


def _cost(one: dict[str, Any] | None) -> str:
    if one is None:
        return "—"
    cost = one["cpu_us_per_packet"]
    doubt = " (invalid)" if one["invalid"] else ""
    return f"{cost['median']:.2f} ({cost['min']:.2f}–{cost['max']:.2f}){doubt}"


def _latency(one: dict[str, Any] | None) -> str:
    if one is None or one["latency_us"]["p99"] is None:
        return "—"
    return f"{one['latency_us']['p50']:.0f}/{one['latency_us']['p99']:.0f}"


def _loss(one: dict[str, Any]) -> str:
    return f"{one['loss']:.2%}"


def table(found: dict[str, Any]) -> str:
    """For the terminal."""
    rows = [list(HEADINGS), *(row(point) for point in points_of(found))]
    widths = [max(len(line[at]) for line in rows) for at in range(len(HEADINGS))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in rows]
    return "\n".join([*lines, "", *notes(found)])


def notes(found: dict[str, Any]) -> list[str]:
    """Beside the table: joins, memory, hearings, doubts, and where it was measured."""
    points = points_of(found)
    said = []
    for name, label in (("ours", "ours"), ("janus", "Janus")):
        sides = [point[name] for point in points if point[name]]
        if sides:
            most = max(zip(points, sides, strict=True), key=lambda pair: pair[0]["subscribers"])
            said.append(
                f"{label}: join to first packet p50 {sides[0]['join_to_first_packet_ms']['p50']} ms; with "
                f"{most[0]['subscribers']} subscribers {most[1]['memory_kib']} KiB resident, "
                f"{most[1]['memory_kib_per_participant']} KiB for each that joined"
            )
    if "hearings" in found:
        for name, label in (("ours", "ours"), ("janus", "Janus")):
            held = found["hearings"].get(name)
            if held:
                least = "" if held["limited_by"] == "server" else "at least "
                tried = "" if not least else " (more than that was beyond the load, not the server)"
                said.append(
                    f"{label}: one core carries {least}{held['carried']} six-person hearings before p99 passes 20 ms{tried}"
                )
    for point in points:
        said += [
            f"invalid: {reason}"
            for one in (point["ours"], point["janus"])
            if one
            for reason in one["invalid"]
        ]
    return [*said, where(found)]


def where(found: dict[str, Any]) -> str:
    """Date, machine, versions."""
    packages = found["packages"]
    path = points_of(found)[0]["path"]
    peer = f", Janus {found['peer_version']}" if found["peer_version"] else ""
    return (
        f"{found['at'][:10]}, {found['cores']} cores of {found['processor']}, {found['system']}, Python "
        f"{found['python']}, aiortc {packages['aiortc']}, pylibsrtp {packages['pylibsrtp']}{peer}, packet path "
        f"{path}, commit {found['commit']}, load average {found['load']['before']} before and "
        f"{found['load']['after']} after"
    )


def markdown(found: dict[str, Any]) -> str:
    """For the document."""
    lines = [
        _line(HEADINGS),
        _line(["---"] * len(HEADINGS)),
        *(_line(row(point)) for point in points_of(found)),
    ]
    listed = [f"- {note}" for note in notes(found)]
    return "\n".join(
        ["![Processor time per forwarded packet](images/relay-benchmark.png)", "", *lines, "", *listed]
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def filled(document: str, content: str) -> str:
    """The document with the part between the markers replaced. Raises Missing where they are not there, once each."""
    if document.count(BEGIN) != 1 or document.count(END) != 1 or document.index(BEGIN) > document.index(END):
        raise Missing(f"{DOCUMENT.name} must have {BEGIN} and {END} once each, in this order")
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n{content}\n{END}{rest.partition(END)[2]}"


def write_docs(found: dict[str, Any], document: Path = DOCUMENT, plot: Path = PLOT) -> None:
    """Put table and plot into the documents. Raises Missing."""
    text = filled(document.read_text(encoding="utf-8"), markdown(found))
    draw(points_of(found), plot)
    document.write_text(text, encoding="utf-8")
