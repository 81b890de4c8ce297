"""The composed file: `python -m recording.composition DIR --output FILE --key-file KEY`.

One H.264/AAC MP4 of the whole recording: a grid of tiles with plates, the court's wall clock, all voices mixed. Its
length is the recorded time (see `timeline`). Beside it a signed statement ties it to the manifest. Events are JSON
lines on stdout: `progress {fraction}`, `done {path, duration_s, expected_s}`, `failed {message}`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import ffmpeg
import imageio_ffmpeg
import pylopdf_fonts_zh_cn

from recording import derivative, keys
from recording.feeds import Feed, gather
from recording.journal import read_manifest
from recording.keys import RecordKey
from recording.layout import HEADER_HEIGHT, MOST_TILES, PLATE_HEIGHT, fitted, layout, role_text
from recording.model import NS_PER_S, JsonObject, RecordingError, iso_from_wall, utc_offset_s
from recording.timeline import Timeline
from recording.writer import sync

FRAMES_PER_S: Final = 25
_WORK_PREFIX: Final = ".composing-"
_PAGE: Final = "0x101828"
_TILE: Final = "0x1d2939"
_PLATE: Final = "0x0b1220"
_INK: Final = "0xf2f4f7"
_SOFT_INK: Final = "0xcbd5e1"
_CLOCK_WIDTH: Final = 300


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished composition; `duration_s` was read back from the file."""

    path: Path
    statement: JsonObject
    duration_s: float
    expected_s: float


@dataclass(frozen=True, slots=True)
class Tile:
    """One place in the grid: its plate's two lines and the streams shown there."""

    name: str
    role: str
    feeds: tuple[Feed, ...]


def compose(
    folder: Path, output: Path, key: RecordKey, progress: Callable[[float], None] = lambda fraction: None
) -> Composed:
    """Compose the recording in `folder` into `output`. Blocks; raises RecordingError. Never overwrites."""
    if output.suffix != ".mp4":
        raise RecordingError(f"the composed file must end in .mp4, not {output.name!r}")
    for path in (output, derivative.sidecar_path(output)):
        if path.exists():
            raise RecordingError(f"{path} exists; a composed file is never overwritten, choose another name")
    entries = read_manifest(folder)
    timeline = Timeline.from_entries(entries)
    if timeline.recorded_ns < NS_PER_S // FRAMES_PER_S:
        raise RecordingError("nothing was recorded, so there is nothing to compose")
    _remove_leftovers(output.parent)
    work = output.parent / f"{_WORK_PREFIX}{os.getpid()}"
    work.mkdir()
    try:
        feeds = gather(folder, timeline, work)
        draft = work / "composed.mp4"
        _run(_graph(timeline, feeds, work, draft), timeline.recorded_s, work, progress)
        duration_s = probe_duration_s(draft)
        sync(draft)
        draft.rename(output)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    # The statement names the last entry that is not itself a signature: `closed`, when the recording was closed.
    head = next(entry for entry in reversed(entries) if entry.kind != "head")
    made_at = iso_from_wall(time.time_ns())
    recording_id = str(timeline.opened["recording_id"])
    statement = derivative.state(output, head, recording_id, made_at, duration_s, key)
    return Composed(output, statement, duration_s, round(timeline.recorded_s, 3))


def tiles_of(timeline: Timeline, feeds: Sequence[Feed]) -> list[Tile]:
    """A tile for everyone who sent something, in order of seats, and one for each screen that was shown."""
    tiles: list[Tile] = []
    people = sorted(timeline.participants.values(), key=lambda p: (p.seat, p.id))
    present = {feed.participant for feed in feeds}
    for person in people:
        if present and person.id not in present:
            continue
        own = [feed for feed in feeds if feed.participant == person.id]
        tiles.append(Tile(person.name, role_text(person), tuple(f for f in own if f.source == "camera")))
        screens = tuple(f for f in own if f.source == "screen")
        if screens:
            tiles.append(Tile(f"{person.name} · 屏幕 Screen", role_text(person), screens))
    if len(tiles) > MOST_TILES:
        raise RecordingError(f"{len(tiles)} tiles do not fit into one picture; at most {MOST_TILES} do")
    return tiles or [Tile("", "", ())]


class _Graph:
    """Builds the filter graph. Texts go through files with expansion off: a name is never read as an expression."""

    def __init__(self, timeline: Timeline, work: Path) -> None:
        self.duration_s = timeline.recorded_s
        self._timeline = timeline
        self._work = work
        self._texts = 0
        self._font = str(pylopdf_fonts_zh_cn.sans_path())

    def colour(self, colour: str, width: int, height: int) -> Any:
        source = f"color=c={colour}:s={width}x{height}:r={FRAMES_PER_S}"
        return ffmpeg.input(source, f="lavfi", t=1 / FRAMES_PER_S)

    def still(self, stream: Any) -> Any:
        """Draw once, show throughout."""
        looped = stream.filter("loop", loop=-1, size=1).filter("setpts", f"N/{FRAMES_PER_S}/TB")
        # Without frame lengths, which fps sets, xstack runs two frames late.
        return looped.filter("fps", FRAMES_PER_S).filter("trim", duration=self.duration_s)

    def text(self, stream: Any, text: str, width: int, size: int, **place: Any) -> Any:
        self._texts += 1
        file = self._work / f"text-{self._texts}.txt"
        file.write_text(fitted(text, width, size), encoding="utf-8")
        place.setdefault("fontcolor", _INK)
        return stream.filter(
            "drawtext", fontfile=self._font, textfile=str(file), expansion="none", fontsize=size, **place
        )

    def header(self, width: int) -> Any:
        title = str(self._timeline.opened.get("title", ""))
        middle = "(h-text_h)/2"
        bar = self.still(
            self.text(
                self.colour(_PAGE, width, HEADER_HEIGHT), title, width - _CLOCK_WIDTH - 32, 20, x=16, y=middle
            )
        )
        zone = str(self._timeline.opened.get("timezone", "Asia/Shanghai"))
        for interval in self._timeline.intervals:
            # Shown time = position + base; the base of each interval leaps over the gaps that were cut out.
            shift_ns = interval.start_ns - interval.offset_ns
            ahead_s = utc_offset_s(zone, interval.start_ns)
            base_s = shift_ns / NS_PER_S + ahead_s
            sign, (hours, minutes) = "+-"[ahead_s < 0], divmod(abs(ahead_s) // 60, 60)
            start_s = interval.offset_ns / NS_PER_S
            end_s = (interval.offset_ns + interval.length_ns) / NS_PER_S
            bar = bar.filter(
                "drawtext",
                fontfile=self._font,
                text=f"%{{pts:gmtime:{base_s:.6f}:%Y-%m-%d %H\\:%M\\:%S}} {sign}{hours:02d}:{minutes:02d}",
                fontsize=20,
                fontcolor=_INK,
                x=width - _CLOCK_WIDTH,
                y=middle,
                enable=f"gte(t,{start_s:.6f})*lt(t,{end_s:.6f})",
            )
        return bar

    def plate(self, tile: Tile, width: int) -> Any:
        strip = self.colour(_PLATE, width, PLATE_HEIGHT)
        strip = self.text(strip, tile.name, width - 24, 18, x=12, y=5)
        return self.still(self.text(strip, tile.role, width - 24, 14, x=12, y=30, fontcolor=_SOFT_INK))

    def picture(self, tile: Tile, width: int, height: int) -> Any:
        if not tile.feeds:
            return self.still(self.colour(_TILE, width, height))
        shown: Any = None
        for feed in tile.feeds:
            layer = self._moving(feed, width, height)
            if shown is None:
                blank = "+".join(f"between(t,{a:.3f},{b:.3f})" for a, b in feed.blanks(self.duration_s))
                shown = layer
                if blank:
                    shown = shown.filter("drawbox", color=_TILE, t="fill", enable=blank)
            else:
                covered = "+".join(f"between(t,{a:.3f},{b:.3f})" for a, b in feed.spans)
                shown = ffmpeg.overlay(shown, layer, enable=covered)
        return shown

    def _moving(self, feed: Feed, width: int, height: int) -> Any:
        # Cameras change their size in mid-stream: one graph throughout, each frame scaled by its own size.
        stream = ffmpeg.input(str(feed.path), reinit_filter=0).video
        scaled = stream.filter("scale", width, height, force_original_aspect_ratio="decrease", eval="frame")
        framed = scaled.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2", color=_TILE, eval="frame")
        steady = framed.filter("setsar", 1).filter("fps", FRAMES_PER_S, start_time=0)
        lasting = steady.filter("tpad", stop=-1, stop_mode="clone")
        return lasting.filter("trim", duration=self.duration_s).filter("format", "yuv420p")

    def sound(self, feeds: Sequence[Feed]) -> Any:
        voices = []
        for feed in feeds:
            stream = ffmpeg.input(str(feed.path)).audio
            # Silence that was never sent (DTX, loss) is in the timestamps only: fill it, and follow slow drift.
            even = stream.filter("aresample", 48000, **{"async": 1000, "first_pts": 0})
            stereo = even.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
            voices.append(stereo.filter("apad").filter("atrim", duration=self.duration_s))
        if not voices:
            silence = "anullsrc=channel_layout=stereo:sample_rate=48000"
            return ffmpeg.input(silence, f="lavfi", t=self.duration_s).audio
        mixed = ffmpeg.filter(voices, "amix", inputs=len(voices), normalize=0, duration="longest")
        return mixed.filter("alimiter", limit=0.97, level=0, latency=1)

    def stack(self, parts: Sequence[tuple[int, int, Any]]) -> Any:
        places = "|".join(f"{x}_{y}" for x, y, _ in parts)
        streams = [stream for _, _, stream in parts]
        return ffmpeg.filter(streams, "xstack", inputs=len(streams), layout=places, fill=_PAGE)


def _graph(timeline: Timeline, feeds: Sequence[Feed], work: Path, draft: Path) -> Any:
    tiles = tiles_of(timeline, feeds)
    size = layout(len(tiles))
    graph = _Graph(timeline, work)
    parts = [(0, 0, graph.header(size.width))]
    for tile, (x, y) in zip(tiles, size.positions, strict=True):
        parts.append((x, y, graph.picture(tile, size.tile_width, size.tile_height)))
        parts.append((x, y + size.tile_height, graph.plate(tile, size.tile_width)))
    return ffmpeg.output(
        graph.stack(parts),
        graph.sound([feed for feed in feeds if feed.kind == "audio"]),
        str(draft),
        vcodec="libx264",
        preset="veryfast",
        crf=25,
        pix_fmt="yuv420p",
        r=FRAMES_PER_S,
        g=FRAMES_PER_S * 4,
        acodec="aac",
        audio_bitrate="128k",
        ar=48000,
        movflags="+faststart",
        t=f"{graph.duration_s:.6f}",
    ).global_args(
        "-copyts", "-nostdin", "-hide_banner", "-nostats", "-progress", "pipe:1", "-loglevel", "warning"
    )


def _run(graph: Any, duration_s: float, work: Path, progress: Callable[[float], None]) -> None:
    command = graph.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    log = work / "ffmpeg.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                name, _, value = line.decode("ascii", "replace").strip().partition("=")
                if name == "out_time_us" and value.isdigit():
                    progress(min(int(value) / 1e6 / duration_s, 1.0))
            status = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if status != 0:
        tail = log.read_text("utf-8", "replace").strip().splitlines()[-5:]
        raise RecordingError(f"ffmpeg ended with status {status}: {' / '.join(tail)}")
    progress(1.0)


def probe_duration_s(path: Path) -> float:
    """A media file's length in seconds, to the millisecond."""
    with av.open(str(path)) as container:
        return round((container.duration or 0) / 1_000_000, 3)


def _remove_leftovers(folder: Path) -> None:
    """Work folders of compositions that were killed."""
    for leftover in folder.glob(f"{_WORK_PREFIX}*"):
        owner = leftover.name.removeprefix(_WORK_PREFIX)
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(leftover, ignore_errors=True)


def _say(**event: Any) -> None:
    print(json.dumps(event, ensure_ascii=False), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; exit status 0 done, 2 not possible."""
    parser = argparse.ArgumentParser(
        prog="python -m recording.composition", description="Compose a recording."
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="the recording's folder")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the MP4 to make")
    parser.add_argument("--key-file", type=Path, required=True, metavar="KEY", help="the private record key")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.nice(10)  # hearings in progress come first
    try:
        key = keys.load(options.key_file)
        done = compose(
            options.folder, options.output, key, lambda f: _say(event="progress", fraction=round(f, 4))
        )
    except (RecordingError, OSError) as error:
        _say(event="failed", message=str(error))
        return 2
    _say(event="done", path=str(done.path), duration_s=done.duration_s, expected_s=done.expected_s)
    return 0


if __name__ == "__main__":
    sys.exit(main())
