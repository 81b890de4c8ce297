"""Synthetic RTP at exact times: no encoder, but payloads that a server can read (VP8 descriptor and frame header, Opus).

The last eight bytes of every payload are the steady clock in nanoseconds when the packet was sent.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from struct import pack, unpack_from
from typing import Literal

from benchmarks.relay_link import Link
from room_server.relay.rtp.packet import build_rtp
from room_server.relay.rtp.reception import ntp_from_unix
from room_server.relay.rtp.rtcp import (
    FullIntraRequest,
    GenericNack,
    PictureLoss,
    SenderReport,
    TransportFeedback,
    build_sender_report,
    build_source_description,
    parse_rtcp,
)

AUDIO_TYPE, VIDEO_TYPE, RTX_TYPE = 111, 96, 97
TWCC_ID = 3
STAMP_BYTES = 8
RTP_BYTES = 12
VP8_HEAD_BYTES = 14
"""Descriptor (4) and a key frame's header (10)."""
LEAST_SIZE = RTP_BYTES + VP8_HEAD_BYTES + STAMP_BYTES
HISTORY = 1024
CLOCKS = {"audio": 48000, "video": 90000}

Kind = Literal["audio", "video"]


def vp8_payload(size: int, picture: int, *, first: bool, key_frame: bool) -> bytes:
    """`size` bytes without the stamp: descriptor with a 15-bit picture id; a frame's first packet has its header."""
    head = pack(">BBH", 0x90 if first else 0x80, 0x80, 0x8000 | picture & 0x7FFF)
    if first and key_frame:
        # RFC 6386 section 9.1: shown key frame of version 0, the start code, 640x480.
        head += bytes((0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A)) + pack("<HH", 640, 480)
    elif first:
        head += bytes((0x11, 0x02, 0x00))
    return head + bytes(size - STAMP_BYTES - len(head))


def sent_at_ns(plain: bytes) -> int:
    """When the packet was sent, from the end of a decrypted packet."""
    return int(unpack_from(">Q", plain, len(plain) - STAMP_BYTES)[0])


@dataclass(slots=True)
class Stream:
    """One published stream on a link. `twcc`: packets carry the transport-wide number in extension TWCC_ID.

    `loss`: this share of packets is not sent at first, only when the server asks for it, as RTX (RFC 4588). Those carry
    the stamp 0: their latency is that of the loss, not of the server.
    """

    link: Link
    kind: Kind
    twcc: bool = False
    loss: float = 0.0
    ssrc: int = field(default_factory=lambda: (secrets.randbits(30) + 1) * 2)
    sent: int = 0
    octets: int = 0
    withheld: int = 0
    repeated: int = 0
    feedback: int = 0
    key_frame_wanted: bool = True
    _number: int = field(default_factory=lambda: secrets.randbits(12))
    _withheld: OrderedDict[int, tuple[int, bool, bytes]] = field(default_factory=OrderedDict)
    _transport_number: int = 0
    _rtx_number: int = 0

    @property
    def rtx_ssrc(self) -> int:
        """Where retransmissions come from."""
        return self.ssrc + 1

    @property
    def payload_type(self) -> int:
        """Of the media packets."""
        return AUDIO_TYPE if self.kind == "audio" else VIDEO_TYPE

    def send(self, payload: bytes, timestamp: int, marker: bool) -> None:
        """Stamp, encrypt and send one packet."""
        self._number = self._number + 1 & 0xFFFF
        timestamp &= 0xFFFFFFFF
        self.sent += 1
        self.octets += len(payload) + STAMP_BYTES
        if self.loss and self.kind == "video" and random.random() < self.loss:
            self.withheld += 1
            self._withheld[self._number] = (timestamp, marker, payload)
            if len(self._withheld) > HISTORY:
                self._withheld.popitem(last=False)
            if self.twcc:
                self._transport_number += 1
            return
        packet = build_rtp(
            payload_type=self.payload_type,
            sequence_number=self._number,
            rtp_timestamp=timestamp,
            ssrc=self.ssrc,
            marker=marker,
            payload=payload + pack(">Q", time.monotonic_ns()),
            extensions=self._extensions(),
        )
        self.link.send(self.link.protect_rtp(packet))

    def _extensions(self) -> dict[int, bytes]:
        if not self.twcc:
            return {}
        self._transport_number += 1
        return {TWCC_ID: pack(">H", self._transport_number & 0xFFFF)}

    def report(self, now_s: float, now_unix_s: float) -> None:
        """A sender report: all streams count RTP time from the steady clock's zero."""
        if self.sent:
            timestamp = int(now_s * CLOCKS[self.kind]) & 0xFFFFFFFF
            report = SenderReport(self.ssrc, ntp_from_unix(now_unix_s), timestamp, self.sent, self.octets)
            self.link.send_rtcp(build_sender_report(report) + build_source_description(self.ssrc, "load"))

    def hear(self, compound: bytes) -> None:
        """RTCP from the server, decrypted."""
        for packet in parse_rtcp(compound):
            match packet:
                case PictureLoss() | FullIntraRequest():
                    self.key_frame_wanted = True
                case TransportFeedback():
                    self.feedback += 1
                case GenericNack():
                    for number in packet.lost:
                        self._repeat(number)
                case _:
                    pass

    def _repeat(self, number: int) -> None:
        kept = self._withheld.pop(number, None)
        if kept is None:
            return
        timestamp, marker, payload = kept
        self._rtx_number = self._rtx_number + 1 & 0xFFFF
        self.repeated += 1
        packet = build_rtp(
            payload_type=RTX_TYPE,
            sequence_number=self._rtx_number,
            rtp_timestamp=timestamp,
            ssrc=self.rtx_ssrc,
            marker=marker,
            payload=pack(">H", number) + payload + bytes(STAMP_BYTES),
            extensions=self._extensions(),
        )
        self.link.send(self.link.protect_rtp(packet))


@dataclass(slots=True)
class Steady:
    """Packets of one size at one rate, each a frame of its own; a key frame a second and when one is asked for."""

    stream: Stream
    interval_s: float
    payload_bytes: int
    due_s: float = 0.0
    _frames: int = 0
    _key_s: float = float("-inf")

    def begin(self, now_s: float) -> None:
        """The first packet is due now."""
        self.due_s = now_s

    def fire(self) -> None:
        """Send what is due, and say when the next is."""
        key_frame = self.stream.key_frame_wanted or self.due_s - self._key_s >= 1.0
        if key_frame:
            self._key_s, self.stream.key_frame_wanted = self.due_s, False
        self._frames += 1
        body = vp8_payload(self.payload_bytes, self._frames, first=True, key_frame=key_frame)
        self.stream.send(body, int(self.due_s * 90000), True)
        self.due_s += self.interval_s


@dataclass(slots=True)
class Voice:
    """Opus at 50 packets a second, about 40 kbit/s."""

    stream: Stream
    phase_s: float = field(default_factory=lambda: random.random() * 0.02)
    due_s: float = 0.0

    def begin(self, now_s: float) -> None:
        """The first packet is due within a frame's time."""
        self.due_s = now_s + self.phase_s

    def fire(self) -> None:
        """Send one 20 ms frame."""
        self.stream.send(b"\x78" + bytes(91), int(self.due_s * 48000), False)
        self.due_s += 0.02


@dataclass(slots=True)
class Camera:
    """640x480 at 20 frames a second and about 0.7 Mbit/s: 4 packets a frame, 22 for a key frame every two seconds."""

    stream: Stream
    phase_s: float = field(default_factory=lambda: random.random() * 0.05)
    due_s: float = 0.0
    _frames: int = field(default_factory=lambda: random.randrange(40))

    def begin(self, now_s: float) -> None:
        """The first frame is due within a frame's time."""
        self.due_s = now_s + self.phase_s

    def fire(self) -> None:
        """Send one frame."""
        self._frames += 1
        key_frame = self.stream.key_frame_wanted or self._frames % 40 == 0
        self.stream.key_frame_wanted = False
        count, size = (22, 1140) if key_frame else (4, 980)
        for at in range(count):
            body = vp8_payload(size, self._frames, first=at == 0, key_frame=key_frame)
            self.stream.send(body, int(self.due_s * 90000), at == count - 1)
        self.due_s += 0.05


Source = Steady | Voice | Camera
