"""A publisher of several layers, made of exact packets, and what a viewer can tell of the stream they get."""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from room_server.relay.ortc import MID, REPAIRED_RID, RID, TRANSPORT_CC
from room_server.relay.rtp.packet import build_rtp, parse_rtp
from room_server.relay.rtp.reception import ntp_from_unix
from room_server.relay.rtp.retransmission import pack_rtx, unpack_rtx
from room_server.relay.rtp.rtcp import GenericNack, PictureLoss, SenderReport, build_sender_report

PAYLOAD_TYPE, RTX_PAYLOAD_TYPE = 96, 97
FRAME_TICKS = 3000
DESCRIPTOR_BYTES = 6


@dataclass
class Layer:
    """One encoding: every number of it starts anywhere."""

    rid: str
    ssrc: int = field(default_factory=lambda: secrets.randbits(31) + 1)
    number: int = field(default_factory=lambda: secrets.randbits(16))
    timestamp_base: int = field(default_factory=lambda: secrets.randbits(32))
    picture_id: int = field(default_factory=lambda: secrets.randbits(15))
    tl0: int = field(default_factory=lambda: secrets.randbits(8))
    sent: dict[int, bytes] = field(default_factory=dict)
    key_frames: int = 0


class Camera:
    """Sends pictures in layers, smallest first; a picture loss indication makes the next one of that layer a key frame."""

    def __init__(self, link: Any, layers: int = 3, *, packets: int = 2) -> None:
        self.link, self.packets = link, packets
        self.layers = [Layer(f"r{number}") for number in range(layers)]
        self.sending = set(range(layers))
        self.sizes = [0] * layers
        """How long the payloads of each layer are at least, so that they have a rate."""
        self.mid = str(len(link.streams))
        self.id = ""
        self.frames = 0
        self.dropped: set[tuple[int, int, int]] = set()
        """(layer, frame, packet) that the network loses on the way to the relay."""
        self.lossy: Callable[[], bool] = lambda: False
        self.began_s = time.time()
        self._answered = self._rtx_number = 0
        self._asked = 0
        self._twcc = 0
        self._task: asyncio.Task[None] | None = None

    def parameters(self) -> dict[str, Any]:
        return {
            "mid": self.mid,
            "codecs": [
                {
                    "mimeType": "video/VP8",
                    "payloadType": PAYLOAD_TYPE,
                    "clockRate": 90000,
                    "parameters": {},
                    "rtcpFeedback": [{"type": "nack"}, {"type": "nack", "parameter": "pli"}],
                },
                {
                    "mimeType": "video/rtx",
                    "payloadType": RTX_PAYLOAD_TYPE,
                    "clockRate": 90000,
                    "parameters": {"apt": PAYLOAD_TYPE},
                },
            ],
            "headerExtensions": [
                {"uri": MID, "id": 4},
                {"uri": RID, "id": 10},
                {"uri": REPAIRED_RID, "id": 11},
                {"uri": TRANSPORT_CC, "id": 7},
            ],
            "encodings": [
                {"rid": layer.rid, "maxBitrate": 100_000 * 4**place, "scalabilityMode": "L1T3"}
                for place, layer in enumerate(self.layers)
            ],
            "rtcp": {"cname": "raw"},
        }

    async def produce(self, *, track: int = 1) -> str:
        self.id = await self.link.peer.relay.produce(
            transport=self.link.id,
            kind="video",
            rtp_parameters=self.parameters(),
            source="camera",
            track=track,
        )
        self.link.streams.append(self)
        return self.id

    # -- pictures -------------------------------------------------------------------------------------------------

    def asked(self, layer: int) -> int:
        """Picture loss indications for a layer so far."""
        ssrc = self.layers[layer].ssrc
        return sum(isinstance(one, PictureLoss) and one.media_ssrc == ssrc for one in self.link.rtcp)

    def picture(self, *, key: set[int] | None = None) -> None:
        """Send the next picture in every layer that is on; `key`: key frames, besides those that were asked for."""
        wanted = set(key or ())
        for one in self.link.rtcp[self._asked :]:
            if isinstance(one, PictureLoss):
                wanted |= {n for n, layer in enumerate(self.layers) if layer.ssrc == one.media_ssrc}
        self._asked = len(self.link.rtcp)
        for number in sorted(self.sending):
            layer = self.layers[number]
            layer.picture_id = (layer.picture_id + 1) & 0x7FFF
            layer.tl0 = (layer.tl0 + 1) & 0xFF
            layer.key_frames += number in wanted
            contents = self.contents(number, key=number in wanted)
            for index, content in enumerate(contents):
                self._send(number, index, content, marker=index == len(contents) - 1)
        self.frames += 1

    def contents(self, number: int, *, key: bool) -> list[bytes]:
        """What the packets of a layer's picture carry behind their payload descriptors."""
        text = f"{number}|{self.frames}|{{}}|{'key' if key else 'delta'}"
        texts = [text.format(index).ljust(self.sizes[number], ".") for index in range(self.packets)]
        return [bytes((0 if key else 1,)) + one.encode() for one in texts]

    def _send(self, number: int, index: int, content: bytes, *, marker: bool) -> None:
        layer = self.layers[number]
        layer.number = (layer.number + 1) & 0xFFFF
        self._twcc += 1
        descriptor = bytes((0x90 if index == 0 else 0x80, 0xE0))
        descriptor += (0x8000 | layer.picture_id).to_bytes(2, "big") + bytes((layer.tl0, 0))
        packet = build_rtp(
            payload_type=PAYLOAD_TYPE,
            sequence_number=layer.number,
            rtp_timestamp=(layer.timestamp_base + self.frames * FRAME_TICKS) & 0xFFFFFFFF,
            ssrc=layer.ssrc,
            payload=descriptor + content,
            marker=marker,
            extensions={4: self.mid.encode(), 10: layer.rid.encode(), 7: self._number()},
        )
        layer.sent[layer.number] = packet
        if (number, self.frames, index) not in self.dropped and not self.lossy():
            self.link.send_rtp(packet)

    def answer(self) -> None:
        """Send again what was asked for, as RTX that names the layer it repairs."""
        for one in self.link.rtcp[self._answered :]:
            layer = next(
                (layer for layer in self.layers if layer.ssrc == getattr(one, "media_ssrc", None)), None
            )
            if isinstance(one, GenericNack) and layer is not None:
                for number in one.lost:
                    self.repair(layer, number & 0xFFFF)
        self._answered = len(self.link.rtcp)

    def repair(self, layer: Layer, number: int) -> None:
        """Send a packet of a layer again."""
        packet = layer.sent.get(number)
        if packet is None or self.lossy():
            return
        self._rtx_number += 1
        header = parse_rtp(packet, len(packet))
        plain = build_rtp(
            payload_type=PAYLOAD_TYPE,
            sequence_number=number,
            rtp_timestamp=header.rtp_timestamp,
            ssrc=layer.ssrc,
            payload=packet[header.payload_offset :],
            marker=header.marker,
            extensions={4: self.mid.encode(), 11: layer.rid.encode()},
        )
        self.link.send_rtp(
            pack_rtx(
                plain,
                parse_rtp(plain, len(plain)).payload_offset,
                number,
                payload_type=RTX_PAYLOAD_TYPE,
                sequence_number=self._rtx_number & 0xFFFF,
                ssrc=layer.ssrc ^ 1,
            )
        )

    def _number(self) -> bytes:
        return (self._twcc & 0xFFFF).to_bytes(2, "big")

    def report(self, number: int) -> None:
        """The layer's sender report, exact: pictures are captured every 1/30 s from `began_s` on."""
        layer = self.layers[number]
        at_s = self.began_s + self.frames / 30
        stamp = (layer.timestamp_base + self.frames * FRAME_TICKS) & 0xFFFFFFFF
        self.link.send_rtcp(build_sender_report(SenderReport(layer.ssrc, ntp_from_unix(at_s), stamp, 1, 1)))

    # -- on its own -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Send 30 pictures a second, with a report of each layer every ten."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        began_s = time.monotonic()
        for frame in itertools.count(1):
            self.picture()
            self.answer()
            if self.frames % 10 == 0:
                for number in self.sending:
                    self.report(number)
            await asyncio.sleep(max(0.0, began_s + frame / 30 - time.monotonic()))


@dataclass(frozen=True)
class Seen:
    """A packet as a viewer got it."""

    number: int
    rtp_timestamp: int
    picture_id: int
    tl0: int
    layer: int
    frame: int
    index: int
    key: bool
    marker: bool


def read(packet: bytes) -> Seen:
    header = parse_rtp(packet, len(packet))
    payload = packet[header.payload_offset : header.payload_end]
    layer, frame, index, kind = payload[DESCRIPTOR_BYTES + 1 :].decode().rstrip(".").split("|")
    picture_id = int.from_bytes(payload[2:4], "big") & 0x7FFF
    return Seen(
        header.sequence_number,
        header.rtp_timestamp,
        picture_id,
        payload[4],
        int(layer),
        int(frame),
        int(index),
        kind == "key",
        header.marker,
    )


def seen_by(link: Any, encoding: dict[str, Any]) -> list[Seen]:
    """What a viewer has of a consumer, retransmissions in their places, by sequence number."""
    found: dict[int, Seen] = {}
    for packet in list(link.rtp):
        header = parse_rtp(packet, len(packet))
        if header.ssrc == encoding["ssrc"]:
            seen = read(packet)
        elif header.ssrc == encoding["rtx"]["ssrc"]:
            seen = read(unpack_rtx(packet, header, ssrc=encoding["ssrc"], payload_type=101))
        else:
            continue
        assert seen.number not in found or found[seen.number] == seen, "one number, two packets"
        found[seen.number] = seen
    if not found:
        return []
    first = read(next(p for p in link.rtp if parse_rtp(p, len(p)).ssrc == encoding["ssrc"])).number
    return [found[number] for number in sorted(found, key=lambda n: (n - first + 0x8000) & 0xFFFF)]


def assert_continuous(seen: list[Seen], *, missing: int = 0) -> None:
    """No gap in the numbers (besides `missing`), every counter goes on, and a layer begins with a key frame."""
    assert seen and seen[0].key and seen[0].index == 0
    gaps = 0
    for before, after in itertools.pairwise(seen):
        gaps += (after.number - before.number - 1) & 0xFFFF
        step = (after.rtp_timestamp - before.rtp_timestamp) & 0xFFFFFFFF
        if (before.layer, before.frame) == (after.layer, after.frame):
            assert (step, after.picture_id, after.tl0) == (0, before.picture_id, before.tl0), (before, after)
            continue
        assert 0 < step < 1 << 31, f"the time goes back: {before} {after}"
        if gaps == 0:
            assert after.picture_id == (before.picture_id + 1) & 0x7FFF, (before, after)
            assert after.tl0 == (before.tl0 + 1) & 0xFF, (before, after)
        if before.layer != after.layer:
            assert after.key and after.index == 0, f"layer {after.layer} does not begin with a key frame"
    assert gaps == missing


def layers_of(seen: list[Seen]) -> list[int]:
    """The layers in the order they came, without repetition."""
    return [layer for layer, _ in itertools.groupby(one.layer for one in seen)]


def losing(chance: random.Random, share: float) -> Any:
    """A network that loses this share of a viewer's packets."""
    return lambda packet: chance.random() < share
