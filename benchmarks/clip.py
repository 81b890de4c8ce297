"""Encoded media for replaying: made once before a measurement, so that no encoder runs during it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from struct import pack

import av
import imageio_ffmpeg

from benchmarks.figures import Missing

PAYLOAD_BYTES = 1100
KEY_FRAME_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames as (time in ms, data) of a loop of `seconds`; the first picture is a key frame."""

    seconds: int
    fps: int
    pictures: list[tuple[int, bytes]]
    sounds: list[tuple[int, bytes]]


def make_clip(
    folder: Path, *, seconds: int, fps: int, width: int = 640, height: int = 480, kbit_s: int = 700
) -> Clip:
    """A moving test picture with some noise in VP8, and a tone in Opus of 20 ms packets. Raises Missing."""
    path = folder / "clip.mkv"
    picture = f"testsrc2=size={width}x{height}:rate={fps}:duration={seconds},noise=alls=6:allf=t"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y"]
    command += ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]
    command += ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", f"{kbit_s}k"]
    command += ["-maxrate", f"{kbit_s}k", "-bufsize", f"{kbit_s // 2}k"]
    command += ["-g", str(int(fps * KEY_FRAME_EVERY_S)), "-c:a", "libopus", "-b:a", "32k", str(path)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        raise Missing(f"the test picture could not be encoded with ffmpeg: {error}") from error
    with av.open(str(path)) as container:
        frames: dict[str, list[tuple[int, bytes]]] = {"video": [], "audio": []}
        for packet in container.demux():
            if packet.size and packet.pts is not None and packet.time_base is not None:
                frames[packet.stream.type].append((int(packet.pts * packet.time_base * 1000), bytes(packet)))
    sounds = [(index * 20, data) for index, (_, data) in enumerate(frames["audio"][: seconds * 50])]
    return Clip(seconds, fps, [(max(0, at), data) for at, data in frames["video"]], sounds)


def vp8_payloads(frame: bytes, picture_id: int) -> list[bytes]:
    """RFC 7741 payloads of one frame, with a 15-bit picture id."""
    identifier = pack(">H", 0x8000 | picture_id & 0x7FFF)
    pieces = [frame[at : at + PAYLOAD_BYTES] for at in range(0, len(frame), PAYLOAD_BYTES)]
    return [bytes((0x90 if at == 0 else 0x80, 0x80)) + identifier + piece for at, piece in enumerate(pieces)]
