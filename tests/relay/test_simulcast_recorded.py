"""Real pictures in layers through a real worker to the recorder's own reader: a change of layer changes their size only."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

import av
import pytest
from av.video.frame import PictureType

from recording.clock import SenderClock
from recording.model import Track
from recording.reception import Reception, TimedFrame
from recording.rtp import RtpPacket, read_datagram
from room_server.relay.forwarding import Graph
from room_server.relay.rtp.sequence import unwrap_step
from tests.relay.simulcast import PAYLOAD_TYPE, Camera

SIZES = ((80, 60), (160, 120), (320, 240))
PACKET_BYTES = 1000


class EncodedCamera(Camera):
    """A grey picture that grows lighter, encoded once for each layer."""

    def __init__(self, link: Any) -> None:
        super().__init__(link, len(SIZES))
        self._encoders = [self._encoder(*size) for size in SIZES]

    @staticmethod
    def _encoder(width: int, height: int) -> Any:
        codec: Any = av.CodecContext.create("libvpx", "w")
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, 90000), Fraction(30, 1)
        codec.bit_rate, codec.gop_size = 400_000, 100_000
        codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        return codec

    def contents(self, number: int, *, key: bool) -> list[bytes]:
        picture = av.VideoFrame(*SIZES[number], "yuv420p")
        for place, plane in enumerate(picture.planes):
            shade = min(235, 40 + self.frames // 2) if place == 0 else 128
            plane.update(bytes([shade]) * plane.buffer_size)
        picture.pts, picture.time_base = self.frames * 3000, Fraction(1, 90000)
        picture.pict_type = PictureType.I if key else PictureType.NONE
        (packet,) = self._encoders[number].encode(picture)
        data = bytes(packet)
        return [data[at : at + PACKET_BYTES] for at in range(0, len(data), PACKET_BYTES)]


class Recorder:
    """The recorder's reader at the end of the tap, and a decoder behind it."""

    def __init__(self, tap: Any) -> None:
        self._tap, self._read = tap, 0
        track = Track(1, "judge", "camera", "video", "video/VP8", 90000, 1, PAYLOAD_TYPE)
        self.reception = Reception(track, SenderClock())
        self.frames: list[TimedFrame] = []

    def take(self) -> list[TimedFrame]:
        datagrams = self._tap.received()
        for datagram in datagrams[self._read :]:
            _, arrival_ns, content = read_datagram(datagram)
            if isinstance(content, RtpPacket):
                self.frames += self.reception.packet(content, arrival_ns)
            else:
                self.reception.report(content, arrival_ns)
        self._read = len(datagrams)
        return self.frames

    def shows(self, size: tuple[int, int]) -> bool:
        """Whether the newest key frame has this size."""
        keys = [(one.frame.width, one.frame.height) for one in self.take() if one.frame.key]
        return bool(keys) and keys[-1] == size


@pytest.mark.parametrize("path", ["python", "native"])
async def test_a_recording_goes_on_through_changes_of_the_layer(
    relay: Any, wait_until: Any, tap_socket: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await relay.client.stop()
    monkeypatch.setenv("YUNTING_RELAY_PATH", path)
    await relay.client.start()
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}, recorded={"judge"}))
    judge = await relay.raw("judge", "send")
    camera = EncodedCamera(judge.links["send"])
    await camera.produce()
    await relay.client.set_tap(room="prc_1", path=tap_socket.path)
    recorder = Recorder(tap_socket)
    camera.start()
    await wait_until(lambda: recorder.shows(SIZES[2]), what="the largest picture")
    camera.sending.discard(2)
    await wait_until(lambda: recorder.shows(SIZES[1]), what="the middle picture")
    camera.sending.add(2)
    await wait_until(lambda: recorder.shows(SIZES[2]), what="the largest picture again")
    last = camera.frames
    await wait_until(lambda: recorder.take() and camera.frames > last + 20, what="more of it")
    await camera.stop()
    frames = recorder.take()
    assert recorder.reception.lost == 0 and recorder.reception._depacketizer.incomplete == 0
    decoder: Any = av.CodecContext.create("vp8", "r")
    shown = [picture for one in frames for picture in decoder.decode(av.Packet(one.frame.data))]
    assert len(shown) == len(frames), "every picture can be decoded"
    sizes = [size for size, _ in groupby((one.width, one.height) for one in shown)]
    assert sizes[-3:] == [SIZES[2], SIZES[1], SIZES[2]]
    shades = [bytes(one.planes[0])[one.planes[0].line_size * 8 + 8] for one in shown]
    # Lighter with every picture: none comes twice, in another size, or out of its order.
    assert all(-3 <= later - earlier <= 60 for earlier, later in pairwise(shades))
    times = [one.frame.rtp_timestamp for one in frames]
    assert all(unwrap_step(later - earlier, 0, 32) > 0 for earlier, later in pairwise(times))
