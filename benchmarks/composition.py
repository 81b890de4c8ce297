"""Composition speed: six people's recording made into one file, as a multiple of real time."""

from __future__ import annotations

import argparse
import json
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from heapq import merge
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from benchmarks.clip import Clip, make_clip, vp8_payloads
from benchmarks.figures import ROOT, Figures, Missing, fail
from recording import keys
from recording.composition import compose
from recording.model import iso_from_wall
from room_server.relay.rtp.packet import build_rtp
from room_server.relay.tap import frame_packet

NS = 1_000_000_000
ANSWER_TIMEOUT_S = 60.0
VIDEO = {
    "source": "camera",
    "kind": "video",
    "mime_type": "video/VP8",
    "clock_rate": 90000,
    "payload_type": 96,
    "channels": 1,
}
AUDIO = {
    "source": "microphone",
    "kind": "audio",
    "mime_type": "audio/opus",
    "clock_rate": 48000,
    "payload_type": 111,
    "channels": 2,
}


class Recorder:
    """A recorder process that is fed faster than real time: datagrams carry their own arrival times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "recording.recorder"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        self.media = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._events: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._events.put(json.loads(line))

    def say(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def expect(self, name: str) -> dict[str, Any]:
        """The next event of this name."""
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        try:
            while True:
                event = self._events.get(timeout=max(0.01, deadline_s - time.monotonic()))
                if event["event"] == name:
                    return event
        except Empty:
            raise Missing(f"the recorder did not say {name!r} within {ANSWER_TIMEOUT_S} s") from None

    def settle(self, packets: int) -> None:
        """Until it has handled so many packets."""
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        while time.monotonic() < deadline_s:
            self.say(do="health")
            health = self.expect("health")
            if health["packets"] + health["dropped"] + health["malformed"] >= packets:
                return
        raise Missing(f"the recorder did not handle {packets} packets within {ANSWER_TIMEOUT_S} s")

    def end(self) -> None:
        self.media.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def track_datagrams(
    clip: Clip, number: int, *, video: bool, start_ns: int, seconds: int
) -> Iterator[tuple[int, bytes]]:
    """(arrival in ns, datagram) of one track, the clip repeated."""
    sequence, rate = 1000, 90 if video else 48
    for turn in range(-(-seconds // clip.seconds)):
        for at_ms, data in clip.pictures if video else clip.sounds:
            time_ms = turn * clip.seconds * 1000 + at_ms
            if time_ms >= seconds * 1000:
                return
            payloads = vp8_payloads(data, sequence) if video else [data]
            for place, payload in enumerate(payloads):
                packet = build_rtp(
                    payload_type=96 if video else 111,
                    sequence_number=sequence & 0xFFFF,
                    rtp_timestamp=time_ms * rate & 0xFFFFFFFF,
                    ssrc=number,
                    payload=payload,
                    marker=video and place == len(payloads) - 1,
                )
                sequence += 1
                arrival_ns = start_ns + time_ms * 1_000_000
                yield arrival_ns, frame_packet(number, arrival_ns, packet)


def record(folder: Path, clip: Clip, *, people: int, seconds: int) -> int:
    """Record the clip of every person into folder/recording; the number of packets."""
    keys.create(folder / "record.key")
    recorder = Recorder(folder / "recording")
    try:
        people_of_it = [
            {"id": f"par_{n}", "role": "witness", "name": f"证人{n}", "seat": n} for n in range(people)
        ]
        socket_path = folder / "tap"
        recorder.say(
            do="start",
            recording_id="rec_1",
            proceeding="prc_1",
            directory=str(recorder.folder),
            key_file=str(folder / "record.key"),
            socket=str(socket_path),
            segment_s=10,
            title="（2026）示0103民初1847号",
            participants=people_of_it,
        )
        recorder.expect("ready")
        recorder.media.connect(str(socket_path))
        start_ns = time.time_ns() - (seconds + 60) * NS
        tracks = []
        for person in range(people):
            for number, video in ((2 * person + 1, True), (2 * person + 2, False)):
                recorder.say(
                    do="track", track=number, participant=f"par_{person}", **(VIDEO if video else AUDIO)
                )
                tracks.append(track_datagrams(clip, number, video=video, start_ns=start_ns, seconds=seconds))
        recorder.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(start_ns))
        recorder.expect("head")
        count = 0
        for _, datagram in merge(*tracks, key=lambda pair: pair[0]):
            recorder.media.send(datagram)
            count += 1
        recorder.settle(count)
        recorder.say(do="close", reason="hearing closed", at=iso_from_wall(start_ns + seconds * NS))
        recorder.expect("closed")
        recorder.process.wait(ANSWER_TIMEOUT_S)
        return count
    finally:
        recorder.end()


def run(*, people: int, seconds: int, fps: int) -> Figures:
    """Record, then compose once."""
    figures = Figures("composition", "Composition of a recording (H.264/AAC, grid with plates and clock)")
    figures.settings = {"people": people, "picture": "640x480", "fps": fps, "recorded_s": seconds}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        packets = record(folder, make_clip(folder, seconds=10, fps=fps), people=people, seconds=seconds)
        before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        composed = compose(folder / "recording", folder / "composed.mp4", keys.load(folder / "record.key"))
        took_s, after = time.monotonic() - began_s, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        figures.rows.append(
            {
                "recorded_s": round(composed.expected_s, 2),
                "composed_s": round(composed.duration_s, 2),
                "took_s": round(took_s, 2),
                "times_real_time": round(composed.duration_s / took_s, 2),
                "cpu_s": round(cpu_s, 2),
                "cores_used": round(cpu_s / took_s, 2),
                "packets": packets,
                "mib": round((folder / "composed.mp4").stat().st_size / (1 << 20), 2),
            }
        )
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.composition", description=__doc__)
    parser.add_argument("--people", type=int, default=6, choices=range(1, 10), metavar="1..9")
    parser.add_argument("--seconds", type=int, default=60, choices=range(10, 301), metavar="10..300")
    parser.add_argument("--fps", type=int, default=20, choices=range(5, 31), metavar="5..30")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        run(people=options.people, seconds=options.seconds, fps=options.fps).show(options.json)
    except Missing as missing:
        return fail(missing)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
