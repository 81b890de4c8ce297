"""A studio for recording tests: synthetic encoded media, RTP packets, and a real recorder process to send them to."""

from __future__ import annotations

import json
import math
import os
import queue
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from recording import keys
from recording.model import iso_from_wall
from recording.rtp import write_rtp_datagram

ROOT = Path(__file__).resolve().parents[2]
NS = 1_000_000_000


def encode_vp8(
    seconds: float, fps: int, width: int, height: int, shade: int, key_every: int
) -> list[tuple[int, bytes]]:
    """[(time in ms, frame)] of a bar moving over a plain picture."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base = Fraction(1, 1000)
    codec.framerate = Fraction(fps, 1)
    codec.bit_rate = 300_000
    codec.gop_size = key_every
    codec.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "keyint_min": str(key_every),
    }
    frames: list[tuple[int, bytes]] = []
    for index in range(int(seconds * fps)):
        picture = av.VideoFrame(width, height, "yuv420p")
        plane = bytearray([shade]) * picture.planes[0].buffer_size
        stride = picture.planes[0].line_size
        left = (index * 8) % (width - 32)
        for row in range(height):
            plane[row * stride + left : row * stride + left + 32] = b"\xeb" * 32
        picture.planes[0].update(bytes(plane))
        for chroma in (1, 2):
            picture.planes[chroma].update(bytes([128]) * picture.planes[chroma].buffer_size)
        picture.pts, picture.time_base = index * 1000 // fps, Fraction(1, 1000)
        frames += [(int(p.pts), bytes(p)) for p in codec.encode(picture)]
    frames += [(int(p.pts), bytes(p)) for p in codec.encode(None)]
    return frames


def encode_opus(seconds: float, frequency: float) -> list[tuple[int, bytes]]:
    """[(time in ms, packet)] of a tone, 20 ms packets."""
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = 48000, "mono", "s16"
    codec.bit_rate = 32000
    packets: list[bytes] = []
    for index in range(int(seconds * 50)):
        samples = array(
            "h",
            (int(9000 * math.sin(2 * math.pi * frequency * (index * 960 + i) / 48000)) for i in range(960)),
        )
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48000, index * 960, Fraction(1, 48000)
        packets += [bytes(p) for p in codec.encode(frame)]
    packets += [bytes(p) for p in codec.encode(None)]
    return [(index * 20, data) for index, data in enumerate(packets)][: int(seconds * 50)]


def rtp(
    sequence: int, timestamp: int, payload_type: int, marker: bool, payload: bytes, ssrc: int = 77
) -> bytes:
    """A plain RTP packet."""
    second = payload_type | (0x80 if marker else 0)
    return struct.pack(">BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def vp8_payloads(frame: bytes, picture_id: int, mtu: int = 1100) -> list[bytes]:
    """RFC 7741 payloads with a 15-bit picture id."""
    pieces = [frame[i : i + mtu] for i in range(0, len(frame), mtu)]
    identifier = struct.pack(">H", 0x8000 | picture_id & 0x7FFF)
    return [bytes([0x90 if i == 0 else 0x80, 0x80]) + identifier + piece for i, piece in enumerate(pieces)]


def encode_h264(width: int, height: int, count: int, profile: str) -> list[bytes]:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.framerate, codec.gop_size = Fraction(1, 10), Fraction(10, 1), 5
    codec.thread_count = 1  # one slice a picture
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": profile,
        "x264-params": "repeat-headers=1",
    }
    out = []
    for index in range(count):
        picture = av.VideoFrame(width, height, "yuv420p")
        for plane in picture.planes:
            plane.update(bytes([(index * 20 + 40) % 255]) * plane.buffer_size)
        picture.pts, picture.time_base = index, Fraction(1, 10)
        out += [bytes(p) for p in codec.encode(picture)]
    return out


def nal_units(picture: bytes) -> list[bytes]:
    parts = picture.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [part for part in parts if part]


def h264_payloads(units: list[bytes], mtu: int, aggregate: bool) -> list[bytes]:
    out: list[bytes] = []
    small = [u for u in units if u[0] & 0x1F in (7, 8)]
    if aggregate and small:
        out.append(b"\x78" + b"".join(len(u).to_bytes(2, "big") + u for u in small))
        units = [u for u in units if u not in small]
    for unit in units:
        if len(unit) <= mtu:
            out.append(unit)
            continue
        pieces = [unit[1:][i : i + mtu] for i in range(0, len(unit) - 1, mtu)]
        for index, piece in enumerate(pieces):
            flags = (0x80 if index == 0 else 0) | (0x40 if index == len(pieces) - 1 else 0)
            out.append(bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F]) + piece)
    return out


class Stream:
    """RTP of one track: continues over several `datagrams` calls, starting near the wrap of both counters."""

    def __init__(
        self, number: int, media: list[tuple[int, bytes]], clock_rate: int, payload_type: int
    ) -> None:
        self.number, self.media, self.rate, self.payload_type = number, media, clock_rate, payload_type
        self.sequence, self.base = 65500 + number, 0xFFFFFFFF - 20_000
        self.video = clock_rate == 90000
        self.h264 = payload_type == 102

    def datagrams(
        self, start_ns: int, origin_ns: int, first_ms: int, last_ms: int
    ) -> list[tuple[int, bytes]]:
        """[(arrival ns, datagram)] of the media from `first_ms` to `last_ms`; arrivals count from `origin_ns`."""
        sent: list[tuple[int, bytes]] = []
        for at_ms, data in self.media:
            if not first_ms <= at_ms < last_ms:
                continue
            arrival = start_ns + at_ms * 1_000_000
            timestamp = self.base + (arrival - origin_ns) // 1000 * self.rate // 1_000_000
            payloads = [data]
            if self.video:
                payloads = (
                    h264_payloads(nal_units(data), 1000, True)
                    if self.h264
                    else vp8_payloads(data, self.sequence)
                )
            for index, payload in enumerate(payloads):
                packet = rtp(
                    self.sequence,
                    timestamp,
                    self.payload_type,
                    self.video and index == len(payloads) - 1,
                    payload,
                    1000 + self.number,
                )
                self.sequence += 1
                sent.append((arrival, write_rtp_datagram(self.number, arrival, packet)))
        return sent


class RecorderProcess:
    """A real `python -m recording.recorder`, its events in order."""

    def __init__(self, folder: Path, name: str = "rec") -> None:
        self.folder, self.socket_path = folder, folder.parent / f"{name}.sock"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "recording.recorder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.seen: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.media = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def say(self, **command: Any) -> None:
        self.say_raw(json.dumps(command).encode())

    def say_raw(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def expect(self, name: str, timeout_s: float = 20, **fields: Any) -> dict[str, Any]:
        """The next event of that name (with those fields); other events are kept in `seen`."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"no {name} {fields} within {timeout_s} s; seen: {self.seen[-20:]}"
                ) from None
            self.seen.append(event)
            if event["event"] == name and all(event[key] == value for key, value in fields.items()):
                return event

    def start(self, key_file: Path, **more: Any) -> dict[str, Any]:
        command: dict[str, Any] = {
            "recording_id": "rec_1",
            "proceeding": "prc_1",
            "directory": str(self.folder),
            "key_file": str(key_file),
            "socket": str(self.socket_path),
            "segment_s": 2,
            "title": "(2026)沪0101民初1号 买卖合同纠纷",
            "participants": [
                {"id": "par_j", "role": "presiding_judge", "name": "王法官", "side": "bench", "seat": 0},
                {"id": "par_c", "role": "claimant", "name": "Li: 'Ming' %{x}", "side": "claimant", "seat": 1},
                {"id": "par_r", "role": "respondent", "name": "赵六", "side": "respondent", "seat": 2},
            ],
            **more,
        }
        self.say(do="start", **command)
        ready = self.expect("ready")
        self.media.connect(str(self.socket_path))
        return ready

    def add_track(self, number: int, participant: str, video: bool, **more: Any) -> None:
        kind = {
            "source": "camera",
            "kind": "video",
            "mime_type": "video/VP8",
            "clock_rate": 90000,
            "payload_type": 96,
        }
        if not video:
            kind = {
                "source": "microphone",
                "kind": "audio",
                "mime_type": "audio/opus",
                "clock_rate": 48000,
                "payload_type": 111,
            }
        self.say(
            do="track", track=number, participant=participant, channels=1 if video else 2, **{**kind, **more}
        )

    def send(self, datagrams: list[tuple[int, bytes]]) -> None:
        for _, datagram in sorted(datagrams, key=lambda pair: pair[0]):
            self.media.send(datagram)

    def settle(self, packets: int) -> dict[str, Any]:
        """Wait until the recorder has handled that many packets."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            self.say(do="health")
            health = self.expect("health")
            if health["packets"] + health["dropped"] + health["malformed"] >= packets:
                return health
        raise AssertionError(f"recorder handled {health} instead of {packets}")

    def close(self, at_ns: int) -> dict[str, Any]:
        self.say(do="close", reason="hearing closed", at=iso_from_wall(at_ns))
        closed = self.expect("closed")
        assert self.process.wait(10) == 0
        return closed

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.media.close()


@pytest.fixture(scope="session")
def picture() -> list[tuple[int, bytes]]:
    return encode_vp8(8, 10, 320, 240, 90, 10)


@pytest.fixture(scope="session")
def tones() -> dict[int, list[tuple[int, bytes]]]:
    return {frequency: encode_opus(8, frequency) for frequency in (440, 1000)}


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    keys.create(tmp_path / "record.key")
    return tmp_path / "record.key"


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Callable[[], RecorderProcess]]:
    """Starts recorder processes on one folder; all are ended afterwards."""
    started: list[RecorderProcess] = []

    def start() -> RecorderProcess:
        started.append(RecorderProcess(tmp_path / "recording", f"rec{len(started)}"))
        return started[-1]

    yield start
    for process in started:
        process.end()


@pytest.fixture
def hearing(
    recorder: Callable[[], RecorderProcess],
    key_file: Path,
    picture: list[tuple[int, bytes]],
    tones: dict[int, list[tuple[int, bytes]]],
) -> Callable[..., tuple[Path, dict[str, Any]]]:
    """Records 3 s, a recess of 20 s, 3 s more (two people, one without camera); returns (folder, closed event)."""

    def hold(recess: bool = True) -> tuple[Path, dict[str, Any]]:
        process = recorder()
        process.start(key_file)
        for number, participant, video in ((1, "par_j", True), (2, "par_j", False), (3, "par_c", False)):
            process.add_track(number, participant, video)
        streams = [
            Stream(1, picture, 90000, 96),
            Stream(2, tones[440], 48000, 111),
            Stream(3, tones[1000], 48000, 111),
        ]
        origin = (time.time_ns() - 60 * NS) // 1_000_000 * 1_000_000
        total = 0
        parts = [(origin, 0, 3000)] + ([(origin + 20 * NS, 3000, 6000)] if recess else [])
        for start_ns, first_ms, last_ms in parts:
            begin, end = start_ns + first_ms * 1_000_000, start_ns + last_ms * 1_000_000
            process.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(begin))
            process.expect("head")
            process.say(
                do="event", event={"type": "HandRaised", "by": "par_c", "at": iso_from_wall(begin + NS)}
            )
            datagrams = [
                d for stream in streams for d in stream.datagrams(start_ns, origin, first_ms, last_ms)
            ]
            process.send(datagrams)
            total += len(datagrams)
            process.settle(total)
            if recess and first_ms == 0:
                process.say(
                    do="phase",
                    phase="recess",
                    recording=False,
                    reason="recess ordered",
                    at=iso_from_wall(end),
                )
                process.expect("head")
        return process.folder, process.close(end)

    return hold


@pytest.fixture(scope="session")
def studio() -> SimpleNamespace:
    """What tests build media with (test modules cannot import one another)."""
    return SimpleNamespace(
        Stream=Stream,
        encode_h264=encode_h264,
        nal_units=nal_units,
        h264_payloads=h264_payloads,
        encode_vp8=encode_vp8,
        encode_opus=encode_opus,
        rtp=rtp,
        vp8_payloads=vp8_payloads,
    )


@pytest.fixture
def seeded() -> random.Random:
    return random.Random(20261123)
