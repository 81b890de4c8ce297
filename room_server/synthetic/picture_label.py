"""A name as a bitmap, drawn once by ffmpeg with a font that has Chinese characters."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path

import imageio_ffmpeg
from pylopdf_fonts_zh_cn import sans_path

from room_server.synthetic.picture import Bitmap

log = logging.getLogger(__name__)
_TIMEOUT_S = 10.0
_BACKGROUND = "0x303030"


async def label_bitmap(text: str, width: int, height: int) -> Bitmap | None:
    """``text`` centred in ``width`` x ``height`` (both even), or None where ffmpeg or the font is missing."""
    with tempfile.TemporaryDirectory(prefix="yunting-label-") as folder:
        # The name goes in through a file: no escaping, and it does not show in the list of processes.
        name = Path(folder) / "name.txt"
        name.write_text(text, encoding="utf-8")
        size = min(height * 3 // 4, width // max(1, len(text)))
        drawing = (
            f"drawtext=fontfile={sans_path()}:textfile={name}:expansion=none:fontcolor=white:fontsize={size}"
            ":x=(w-text_w)/2:y=(h-text_h)/2"
        )
        luma = await _run(
            ["-f", "lavfi", "-i", f"color=c={_BACKGROUND}:s={width}x{height}:d=1:r=1", "-vf", drawing]
        )
    if luma is None or len(luma) < width * height:
        return None
    return Bitmap(width, height, luma[: width * height])


async def _run(arguments: list[str]) -> bytes | None:
    output = ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    try:
        process = await asyncio.create_subprocess_exec(
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            *arguments,
            *output,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except (OSError, RuntimeError) as error:
        log.info("no label: %s", error)
        return None
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            out, complaint = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        log.info("no label: %s", complaint.decode(errors="replace").strip()[-300:])
        return None
    return out
