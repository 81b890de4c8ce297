"""`python -m benchmarks.fuzz_relay --seconds N --seed S`: hostile input at a real relay worker, over UDP and TCP.

Strangers send broken STUN, DTLS, RTP, RTCP and framing; a connected participant sends authentic nonsense; requests with
random objects come over the control channel; participants join and leave. All the while one participant must hear
another. Ends with a line of counts; exit status 1 when the worker ended, failed on a datagram, answered a stranger,
grew, or stopped forwarding.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aioice import stun
from pylibsrtp import Error as SrtpError

from benchmarks.relay_link import Link, Remote, until
from room_server.relay.client import ListenAddress, RelayClient, RelayError
from room_server.relay.control import METHODS
from room_server.relay.events import RelayEvent, RelayWarning
from room_server.relay.forwarding import Graph
from room_server.relay.ortc import router_capabilities
from room_server.relay.rtp.packet import build_rtp
from room_server.relay.tcp import framed
from room_server.relay.transport import Fingerprint

ROOM = "prc_fuzz"
WARM_UP_S = 3.0
MOST_GROWTH_KB = 8192
ROUND_DATAGRAMS = 200
MOST_LINES = 24
PARAMETERS = {
    "mid": "0",
    "codecs": [{"mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2}],
    "headerExtensions": [],
    "encodings": [{"ssrc": 100}],
    "rtcp": {"cname": "fuzz"},
}


def resident_kb(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))


def descriptors(pid: int) -> int:
    """How many file descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def hostile_datagram(chance: random.Random, fragment: str) -> tuple[str, bytes]:
    """What it is meant for, and a datagram of somebody who knows a username fragment but no password."""
    kind = chance.choice(("stun", "attributes", "dtls", "rtp", "rtcp", "noise"))
    if kind == "stun":
        message = stun.Message(
            chance.choice((stun.Method.BINDING, stun.Method.ALLOCATE)), chance.choice(list(stun.Class))
        )
        message.attributes["USERNAME"] = chance.choice((f"{fragment}:x", fragment, "x:y", ""))
        message.add_message_integrity(chance.randbytes(16))
        data = bytearray(bytes(message))
    elif kind == "attributes":
        body = chance.randbytes(4 * chance.randrange(40))
        data = bytearray(b"\0\1" + len(body).to_bytes(2, "big") + stun.COOKIE.to_bytes(4, "big"))
        data += chance.randbytes(12) + body
    elif kind == "dtls":
        data = bytearray(hostile_record(chance))
    elif kind in ("rtp", "rtcp"):
        second = chance.randrange(96, 128) if kind == "rtp" else chance.randrange(192, 224)
        data = bytearray((chance.randrange(128, 192), second)) + chance.randbytes(chance.randrange(1400))
    else:
        data = bytearray(chance.randbytes(chance.choice((0, 1, 11, 12, 100, 1500, 1501, 9000))))
    if data and chance.random() < 0.3:
        data[chance.randrange(len(data))] = chance.randrange(256)
    return kind, bytes(data)


def hostile_record(chance: random.Random) -> bytes:
    """A DTLS record of any type and epoch; alerts and handshake messages with false lengths among them."""
    body = chance.choice((b"\x01\x00", b"\x02\x28", b"\x01", chance.randbytes(chance.randrange(1200))))
    head = bytes((chance.randrange(20, 26), 0xFE, chance.choice((0xFD, 0xFF))))
    return (
        head
        + chance.randrange(3).to_bytes(2, "big")
        + chance.randbytes(6)
        + len(body).to_bytes(2, "big")
        + body
    )


def hostile_feedback(chance: random.Random) -> bytes:
    """Transport-wide feedback (RTPFB 15) on any numbers, with chunks and deltas of any kind, or an estimate (PSFB 15)."""
    if chance.random() < 0.2:
        body = chance.randbytes(8) + b"REMB" + chance.randbytes(4 * chance.randrange(1, 12))
        return bytes((0x8F, 206)) + (len(body) // 4).to_bytes(2, "big") + body
    count = chance.choice((0, 1, 20, 400, 65535))
    body = chance.randbytes(8) + chance.randbytes(2) + count.to_bytes(2, "big") + chance.randbytes(4)
    for _ in range(chance.randrange(30)):
        # Runs of one symbol, vectors of one and two bits.
        kind = chance.choice((0x0000, 0x2000, 0x4000, 0x6000, 0x8000, 0xC000))
        body += (kind | chance.randrange(1 << 13)).to_bytes(2, "big")
    body += chance.randbytes(chance.randrange(200))
    body += bytes(-len(body) % 4)
    return bytes((0x8F, 205)) + (len(body) // 4).to_bytes(2, "big") + body


def hostile_value(chance: random.Random, depth: int = 0) -> Any:
    """Anything JSON can say, and what it can say only with a lone surrogate."""
    plain = (None, True, 0, -1, 1 << 70, 1.5, float("nan"), "", "x" * 300, "\ud800", "video/VP8", ROOM)
    kind = chance.random()
    if depth > 4 or kind < 0.6:
        return chance.choice(plain)
    inner = [hostile_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind < 0.8:
        return inner
    names = (
        "codecs",
        "encodings",
        "ssrc",
        "mimeType",
        "edges",
        "role",
        "fingerprints",
        "mid",
        "rtcp",
        "cname",
    )
    return {chance.choice(names): value for value in inner}


class Storm:
    """One run. `counts` says what was sent, `faults` what went wrong."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.exits: list[int] = []
        self.relay = RelayClient(
            [ListenAddress("127.0.0.1")], on_event=self._event, on_exit=self.exits.append
        )
        self._lines: list[socket.socket] = []
        self._number = 0
        self.heard = 0

    def _event(self, event: RelayEvent) -> None:
        if isinstance(event, RelayWarning):
            self.faults.append(event.message)

    async def run(self, seconds: float) -> None:
        """Start, storm, compare, stop."""
        await self.relay.start()
        pid = self.relay.pid
        assert pid is not None
        try:
            await self.relay.set_graph(room=ROOM, graph=Graph(edges=frozenset({("A", "B")})))
            self.sender, self.viewer = await self._join("A", "send"), await self._join("B", "recv")
            self.viewer.on_packet = self._hear
            producer = await self._produce(self.sender)
            consumer = await self.relay.consume(
                transport=self.viewer.name, producer=producer, rtp_capabilities=router_capabilities()
            )
            await self.relay.resume_consumer(consumer=consumer["id"])
            self.strangers = [self._stranger() for _ in range(8)]
            open_before = descriptors(pid)
            await self._for(min(WARM_UP_S, seconds / 3))
            before = resident_kb(pid), open_before
            await self._for(seconds)
            self._hang_up()
            await self._settle(pid, before[1])
            self._compare(before, (resident_kb(pid), descriptors(pid)))
            self.dropped = (await self.relay.stats(room=ROOM))["dropped_datagrams"]
            if "failed" in self.dropped:
                self.faults.append(f"the worker failed on {self.dropped['failed']} datagrams")
        except (RelayError, OSError, ConnectionError, TimeoutError) as error:
            self.faults.append(f"{type(error).__name__}: {error}")
        finally:
            if self.exits:
                self.faults.append(f"the worker ended with status {self.exits[0]}")
            await self.relay.stop()

    # -- participants ---------------------------------------------------------------------------------------------

    async def _join(self, participant: str, direction: Any) -> Link:
        offered = await self.relay.create_transport(room=ROOM, participant=participant, direction=direction)
        link = Link(offered["id"], controlling=True)
        link.socket.close()
        link.socket = self._stranger()
        link.listen()
        candidate, ice = offered["iceCandidates"][0], offered["iceParameters"]
        prints = [Fingerprint(f["algorithm"], f["value"]) for f in offered["dtlsParameters"]["fingerprints"]]
        await self.relay.connect_transport(
            transport=offered["id"],
            dtls_parameters={"role": "client", "fingerprints": link.certificate.fingerprints()},
        )
        await link.connect(
            Remote(
                candidate["ip"],
                candidate["port"],
                ice["usernameFragment"],
                ice["password"],
                tuple(prints),
                "server",
            )
        )
        self.counts["joins"] += 1
        return link

    async def _produce(self, link: Link) -> str:
        return await self.relay.produce(
            transport=link.name, kind="audio", rtp_parameters=PARAMETERS, source="microphone", track=1
        )

    def _hear(self, packet: bytes) -> None:
        with contextlib.suppress(SrtpError):
            if not 192 <= packet[1] <= 223 and b"clear" in self.viewer.unprotect_rtp(packet):
                self.heard += 1

    def _stranger(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.bind(("127.0.0.1", 0))
        return made

    # -- the storm ------------------------------------------------------------------------------------------------

    async def _for(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s and not self.exits:
            self._datagrams()
            self._stream()
            self._authentic_nonsense()
            await self._requests()
            if self.chance.random() < 0.2:
                await self._visitor()
            await self._must_hear()

    def _datagrams(self) -> None:
        assert self.sender.remote is not None
        remote = self.sender.remote
        for _ in range(ROUND_DATAGRAMS):
            kind, data = hostile_datagram(self.chance, remote.fragment)
            with contextlib.suppress(OSError):
                self.chance.choice(self.strangers).sendto(data, (remote.ip, remote.port))
                self.counts[f"udp {kind}"] += 1
        for stranger in self.strangers:
            with contextlib.suppress(BlockingIOError):
                answer = stranger.recv(2048)
                self.faults.append(f"a stranger was answered with {len(answer)} bytes")

    def _stream(self) -> None:
        """Framing of hostile datagrams, cut anywhere, sometimes broken."""
        assert self.sender.remote is not None
        if len(self._lines) < MOST_LINES and self.chance.random() < 0.5:
            with contextlib.suppress(OSError):
                line = socket.create_connection((self.sender.remote.ip, self.sender.remote.port), timeout=5)
                line.setblocking(False)
                self._lines.append(line)
                self.counts["tcp connections"] += 1
        for line in list(self._lines):
            _, data = hostile_datagram(self.chance, self.sender.remote.fragment)
            stream = framed(data) if self.chance.random() < 0.97 else self.chance.randbytes(50)
            try:
                line.send(stream[: self.chance.randrange(1, len(stream) + 1)])
                self.counts["tcp chunks"] += 1
                if self.chance.random() < 0.05:
                    raise BrokenPipeError
            except BlockingIOError:
                continue
            except OSError:
                line.close()
                self._lines.remove(line)

    def _authentic_nonsense(self) -> None:
        for _ in range(40):
            body = self.chance.randbytes(self.chance.choice((0, 3, 40, 1100)))
            ssrc = self.chance.choice((100, self.chance.randrange(1 << 32)))
            head = bytes((self.chance.choice((0x80, 0x90, 0xA0, 0x8F)), self.chance.randrange(96, 128)))
            kind, words = self.chance.randrange(200, 208), self.chance.randrange(40)
            compound = bytes((0x80 | self.chance.randrange(64), kind)) + words.to_bytes(2, "big")
            with contextlib.suppress(SrtpError):
                # Numbers of its own: those of the stream that must be heard stay in order.
                number = self.chance.randbytes(2) if ssrc != 100 else self._next()
                packet = head + number + self.chance.randbytes(4) + ssrc.to_bytes(4, "big") + body
                self.sender.send(self.sender.protect_rtp(packet))
                self.counts["authentic rtp"] += 1
            for link in (self.sender, self.viewer):
                with contextlib.suppress(SrtpError):
                    link.send_rtcp(compound + self.chance.randbytes(4 * words))
                    self.counts["authentic rtcp"] += 1
                    link.send_rtcp(hostile_feedback(self.chance))
                    self.counts["authentic feedback"] += 1
            self.sender.send(hostile_record(self.chance))

    def _next(self) -> bytes:
        self._number += 1
        return (self._number & 0xFFFF).to_bytes(2, "big")

    async def _requests(self) -> None:
        """Random objects for every method, in a room of their own."""
        names = (
            "participant",
            "direction",
            "transport",
            "producer",
            "rtp_parameters",
            "rtp_capabilities",
            "graph",
        )
        safe = [name for name in METHODS if name not in ("close_room", "close_participant", "set_tap")]
        for _ in range(5):
            params = {name: hostile_value(self.chance) for name in names}
            params["direction"] = self.chance.choice(("send", "recv", None))
            params["participant"] = self.chance.choice(("X", "Y", 7))
            try:
                await self.relay._request(self.chance.choice(safe), room="prc_other", **params)
            except RelayError as error:
                if error.code in ("internal", "relay_gone", "relay_timeout"):
                    raise
            self.counts["requests"] += 1

    async def _visitor(self) -> None:
        link = await self._join("C", "send")
        for _ in range(5):
            link.send(hostile_record(self.chance))
        await self.relay.close_participant(room=ROOM, participant="C")
        link.close()

    async def _must_hear(self) -> None:
        """One clear packet must come through, and both participants stay alive."""
        before, until_s = self.heard, time.monotonic() + 10
        while self.heard == before:
            if time.monotonic() > until_s or self.exits:
                raise TimeoutError("nothing was forwarded for 10 s")
            clear = build_rtp(
                payload_type=111,
                sequence_number=int.from_bytes(self._next(), "big"),
                rtp_timestamp=self._number * 960,
                ssrc=100,
                payload=b"clear",
            )
            self.sender.send(self.sender.protect_rtp(clear))
            for link in (self.sender, self.viewer):
                link.keep_alive(time.monotonic())
            await asyncio.sleep(0.002)

    # -- the end --------------------------------------------------------------------------------------------------

    def _hang_up(self) -> None:
        for line in self._lines:
            line.close()
        self._lines.clear()

    async def _settle(self, pid: int, wanted: int) -> None:
        """The worker notices closed connections with its next look at each."""
        with contextlib.suppress(TimeoutError):  # what is left open is a fault, told by the comparison
            await until(lambda: descriptors(pid) <= wanted, "the end of all connections", within_s=5.0)

    def _compare(self, before: tuple[int, int], after: tuple[int, int]) -> None:
        print(f"resident {before[0]} -> {after[0]} kB, descriptors {before[1]} -> {after[1]}")
        if after[0] - before[0] > MOST_GROWTH_KB:
            self.faults.append(
                f"the worker grew by {after[0] - before[0]} kB; at most {MOST_GROWTH_KB} are allowed"
            )
        if after[1] > before[1]:
            self.faults.append(f"{after[1] - before[1]} file descriptors were left open")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_relay", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, after a short warm-up")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args(arguments)
    if not 0 < options.seconds <= 7 * 86400:
        parser.error("--seconds must be more than 0 and at most a week")
    print(f"seed {options.seed}")
    storm = Storm(options.seed)
    asyncio.run(storm.run(options.seconds))
    print(
        ", ".join(f"{name} {count}" for name, count in sorted(storm.counts.items())), f"; heard {storm.heard}"
    )
    print("dropped:", dict(sorted(getattr(storm, "dropped", {}).items())))
    for fault in dict.fromkeys(storm.faults):
        print(f"FAULT: {fault}", file=sys.stderr)
    return 1 if storm.faults else 0


if __name__ == "__main__":
    sys.exit(main())
