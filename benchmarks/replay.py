"""Media of one participant without a codec: an encoded clip replayed over DTLS-SRTP, and what comes in only counted.

Cheap on purpose: it is the load of a measurement, and what it costs must not hide what the server costs.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aioice import stun

from benchmarks.clip import Clip, vp8_payloads
from room_server.relay.ortc import AUDIO_LEVEL, MID, TRANSPORT_CC
from room_server.relay.rtp.packet import build_rtp
from room_server.relay.rtp.reception import ntp_from_unix
from room_server.relay.rtp.rtcp import ReportBlock, SenderReport, build_receiver_report, build_sender_report
from room_server.relay.transport import Certificate, DtlsEndpoint, Fingerprint

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
CONNECT_TIMEOUT_S = 20.0
CHECK_EVERY_S = 2.0
REPORT_EVERY_S = 1.0
TICK_S = 0.01


class Link:
    """One transport: a socket, connectivity checks, DTLS as client, SRTP."""

    def __init__(self, ask: Ask, direction: str) -> None:
        self.ask, self.direction = ask, direction
        self.id = ""
        self.packets_in = self.bytes_in = 0
        self.highest: dict[bytes, int] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self._socket.setblocking(False)
        self._certificate = Certificate()
        self._changed = asyncio.Event()
        self._dtls = DtlsEndpoint(self._certificate, send=self._send, on_change=self._changed.set)
        self._server: tuple[str, int] = ("", 0)
        self._ice: dict[str, Any] = {}
        self._buffer = bytearray(2048)
        self._answered = False

    async def open(self) -> None:
        """Make the transport and connect it; TimeoutError where that takes too long."""
        made = await self.ask("create_transport", {"direction": self.direction})
        self.id, self._ice = made["id"], made["iceParameters"]
        candidate = next(c for c in made["iceCandidates"] if c["protocol"] == "udp" and ":" not in c["ip"])
        self._server = (candidate["ip"], candidate["port"])
        asyncio.get_running_loop().add_reader(self._socket, self._readable)
        self.check()
        fingerprints = [
            Fingerprint(f["algorithm"], f["value"]) for f in made["dtlsParameters"]["fingerprints"]
        ]
        self._dtls.reachable()
        parameters = {"role": "client", "fingerprints": self._certificate.fingerprints()}
        await self.ask("connect_transport", {"transport_id": self.id, "dtls_parameters": parameters})
        self._dtls.connect("server", fingerprints)
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            while self._dtls.state != "connected":
                self._changed.clear()
                await self._changed.wait()

    def check(self) -> None:
        """One connectivity check, also the sign of life."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self._ice['usernameFragment']}:load"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(self._ice["password"].encode())
        self._send(bytes(message))

    def send_rtp(self, packet: bytes) -> None:
        if self._dtls.srtp is not None:
            self._send(self._dtls.srtp.owners[1].protect(packet))

    def send_rtcp(self, compound: bytes) -> None:
        if self._dtls.srtp is not None:
            self._send(self._dtls.srtp.owners[1].protect_rtcp(compound))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._dtls.close()
        self._socket.close()

    def _send(self, data: bytes) -> None:
        if self._socket.fileno() >= 0:
            try:
                self._socket.sendto(data, self._server)
            except BlockingIOError:
                return  # as a full network queue does

    def _readable(self) -> None:
        buffer, receive, highest = self._buffer, self._socket.recv_into, self.highest
        while True:
            try:
                size = receive(buffer)
            except OSError:
                return
            first = buffer[0]
            if first >= 128:
                self.packets_in += 1
                self.bytes_in += size
                if not 192 <= buffer[1] <= 223:  # headers are not encrypted
                    highest[bytes(buffer[8:12])] = buffer[2] << 8 | buffer[3]
            elif 20 <= first <= 63:
                self._dtls.feed(bytes(buffer[:size]))


class Stream:
    """One published track: the clip over and over, each packet when it is due."""

    def __init__(self, clip: Clip, kind: str, mid: str) -> None:
        self.kind, self.mid = kind, mid
        self.ssrc = secrets.randbits(31) | 1
        self.packets = self.octets = 0
        self._rate = 90 if kind == "video" else 48
        self._payload_type = 96 if kind == "video" else 111
        self._loop_ms = clip.seconds * 1000
        if kind == "video":
            # A picture id may repeat over the loop: only its order within it matters to a depacketizer.
            self._frames = [(at, vp8_payloads(data, n)) for n, (at, data) in enumerate(clip.pictures)]
        else:
            self._frames = [(at, [data]) for at, data in clip.sounds]
        self._next = self._turn = 0
        self._number = secrets.randbits(14)
        self._twcc = 0

    def parameters(self) -> dict[str, Any]:
        """rtpParameters as mediasoup-client would give them."""
        video = self.kind == "video"
        codec: dict[str, Any] = {
            "mimeType": "video/VP8" if video else "audio/opus",
            "payloadType": self._payload_type,
            "clockRate": self._rate * 1000,
            "parameters": {},
            "rtcpFeedback": [{"type": "nack"}, {"type": "nack", "parameter": "pli"}] if video else [],
        }
        if not video:
            codec["channels"] = 2
        uris = ((MID, 4), (AUDIO_LEVEL, 6), (TRANSPORT_CC, 7))
        return {
            "mid": self.mid,
            "codecs": [codec],
            "headerExtensions": [{"uri": uri, "id": number} for uri, number in uris],
            "encodings": [{"ssrc": self.ssrc}],
            "rtcp": {"cname": "load"},
        }

    def send_due(self, link: Link, elapsed_ms: float) -> None:
        """Everything that is due `elapsed_ms` after the start."""
        while True:
            at_ms, payloads = self._frames[self._next]
            time_ms = self._turn * self._loop_ms + at_ms
            if time_ms > elapsed_ms:
                return
            self._next += 1
            if self._next == len(self._frames):
                self._next, self._turn = 0, self._turn + 1
            for place, payload in enumerate(payloads):
                self._send(link, payload, time_ms, last=place == len(payloads) - 1)

    def _send(self, link: Link, payload: bytes, time_ms: int, *, last: bool) -> None:
        self._number, self._twcc = (self._number + 1) & 0xFFFF, (self._twcc + 1) & 0xFFFF
        extensions = {4: self.mid.encode(), 7: self._twcc.to_bytes(2, "big")}
        if self.kind == "audio":
            extensions[6] = bytes((40,))
        link.send_rtp(
            build_rtp(
                payload_type=self._payload_type,
                sequence_number=self._number,
                rtp_timestamp=time_ms * self._rate & 0xFFFFFFFF,
                ssrc=self.ssrc,
                payload=payload,
                marker=last and self.kind == "video",
                extensions=extensions,
            )
        )
        self.packets += 1
        self.octets += len(payload)

    def report(self, elapsed_ms: float, now_unix_s: float) -> bytes:
        ticks = int(elapsed_ms * self._rate) & 0xFFFFFFFF
        return build_sender_report(
            SenderReport(self.ssrc, ntp_from_unix(now_unix_s), ticks, self.packets, self.octets & 0xFFFFFFFF)
        )


class ReplayMedia:
    """Both transports of one participant; publishes a microphone and a camera, consumes what it is told to."""

    def __init__(self, ask: Ask, clip: Clip) -> None:
        self.ask = ask
        self.send, self.receive = Link(ask, "send"), Link(ask, "recv")
        self.streams = {"microphone": Stream(clip, "audio", "0"), "camera": Stream(clip, "video", "1")}
        self._capabilities: dict[str, Any] = {}
        self._consumed: set[str] = set()
        self._ssrcs: list[int] = []
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect and publish; sending begins."""
        self._capabilities = (await self.ask("get_router_capabilities", {}))["rtp_capabilities"]
        await self.send.open()
        await self.receive.open()
        for source, stream in self.streams.items():
            body = {"transport_id": self.send.id, "kind": stream.kind, "source": source}
            await self.ask("produce", {**body, "rtp_parameters": stream.parameters()})
        self._task = asyncio.create_task(self._run())

    async def consume(self, producers: list[str]) -> None:
        """Receive these as well."""
        for producer in producers:
            if producer in self._consumed:
                continue
            self._consumed.add(producer)
            body = {"transport_id": self.receive.id, "producer_id": producer}
            made = await self.ask("consume", {**body, "rtp_capabilities": self._capabilities})
            self._ssrcs.append(made["rtpParameters"]["encodings"][0]["ssrc"])
            await self.ask("resume_consumer", {"consumer_id": made["id"]})

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self.send.close()
        self.receive.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        next_check_s = next_report_s = began_s
        while True:
            now_s = loop.time()
            elapsed_ms = (now_s - began_s) * 1000
            for stream in self.streams.values():
                stream.send_due(self.send, elapsed_ms)
            if now_s >= next_check_s:
                next_check_s = now_s + CHECK_EVERY_S
                self.send.check()
                self.receive.check()
            if now_s >= next_report_s:
                next_report_s = now_s + REPORT_EVERY_S
                self._report(elapsed_ms)
            await asyncio.sleep(TICK_S)

    def _report(self, elapsed_ms: float) -> None:
        for stream in self.streams.values():
            self.send.send_rtcp(stream.report(elapsed_ms, time.time()))
        blocks = [
            ReportBlock(ssrc, 0, 0, self.receive.highest.get(ssrc.to_bytes(4, "big"), 0), 0, 0, 0)
            for ssrc in self._ssrcs
        ]
        for start in range(0, len(blocks), 31):
            self.receive.send_rtcp(build_receiver_report(1, blocks[start : start + 31]))
