"""The load: one thread that sends what is due, counts what comes, and knows whether it kept up.

Latency is the server's own: from just before the publisher's send call to the kernel's arrival time stamp at the
subscriber's socket, so that how late this process reads is not part of it. Between two rounds it sleeps at most
100 microseconds, and not in the poll: a packet that arrives wakes nobody, and the server is not charged for that.
"""

from __future__ import annotations

import heapq
import random
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from struct import Struct

from pylibsrtp import Error as SrtpError

from benchmarks.figures import percentile
from benchmarks.relay_link import Link
from benchmarks.relay_servers import Recorder
from benchmarks.relay_source import Source, Stream, sent_at_ns
from room_server.relay.rtp.packet import MalformedPacketError, parse_rtp
from room_server.relay.rtp.reception import middle_ntp
from room_server.relay.rtp.rtcp import (
    ReportBlock,
    SenderReport,
    build_nack,
    build_receiver_report,
    parse_rtcp,
)
from room_server.relay.rtp.sequence import unwrap_step

_STAMP = Struct("=qq")
_NUMBER, _SSRC = Struct(">H"), Struct(">I")
_SLEEP_S = 0.0001
_SPIN_S = 0.0002
LATE_S = 0.005
LATE_SHARE = 0.01
NACK_EVERY_S = 0.02
NACK_AGAIN_S = 0.1
GIVE_UP_S = 1.0
MOST_IN_ONE_NACK = 200
REPORT_EVERY_S = 1.0
OWN_SSRC = 1


@dataclass(slots=True)
class Gaps:
    """What a receiver still wants of one stream: extended number -> (first missed, last asked for), in seconds."""

    highest: int
    wanted: dict[int, tuple[float, float]] = field(default_factory=dict)


class Receiver:
    """A subscriber's end of a link. `sample`: every which packet is decrypted for its latency, beginning at `first`.

    `loss`: this share of its video packets is taken for lost on the way, and asked for by NACK.
    """

    def __init__(
        self, link: Link, *, sample: int, first: int = 0, loss: float = 0.0, round_trip_s: float = 0.02
    ) -> None:
        self.link, self.loss, self._round_trip_s = link, loss, round_trip_s
        self.received = self.repaired = self.discarded = self.unauthentic = 0
        self.latencies_us: list[float] = []
        self._every, self._until_sample = sample, first % sample
        self._streams: dict[int, Gaps] = {}
        self._reports: dict[int, tuple[int, float]] = {}
        self._next_report_s = time.monotonic() + random.random()

    def take(self, view: memoryview) -> None:
        """Read one datagram; media are counted, the rest is handed on."""
        if self._until_sample > 0:
            length, arrived_ns = self.link.socket.recv_into(view), 0
        else:
            length, ancillary, _, _ = self.link.socket.recvmsg_into([view], 64)
            seconds, rest = _STAMP.unpack(ancillary[0][2]) if ancillary else (0, 0)
            arrived_ns = seconds * 1_000_000_000 + rest
        if length < 12 or not 128 <= view[0] <= 191:
            self.link.take(bytes(view[:length]))
            return
        if 192 <= view[1] <= 223:
            self._hear(bytes(view[:length]))
            return
        if self.loss and not self._is_new(view, length):
            return
        self.received += 1
        self._until_sample -= 1
        if arrived_ns:
            self._until_sample = self._every - 1
            self._sample(bytes(view[:length]), arrived_ns)

    def _sample(self, packet: bytes, arrived_ns: int) -> None:
        try:
            plain = self.link.unprotect_rtp(packet)
        except SrtpError:
            self.unauthentic += 1
            return
        ago_ns = time.time_ns() - arrived_ns
        sent_ns = sent_at_ns(plain)
        if sent_ns:
            self.latencies_us.append((time.monotonic_ns() - ago_ns - sent_ns) / 1000)

    # -- reports --------------------------------------------------------------------------------------------------

    def _hear(self, packet: bytes) -> None:
        try:
            compound = parse_rtcp(self.link.unprotect_rtcp(packet))
        except (SrtpError, MalformedPacketError):
            return
        for report in compound:
            if isinstance(report, SenderReport):
                self._reports[report.ssrc] = (middle_ntp(report.ntp), time.monotonic())

    def report(self, now_s: float) -> None:
        """A receiver report a second, as every browser sends: from it a server learns the round trip.

        It says `round_trip_s`, as over a network: Janus keeps nothing for retransmission while it knows of no whole
        millisecond. 0 lets no server know of any.
        """
        if now_s < self._next_report_s:
            return
        self._next_report_s = now_s + REPORT_EVERY_S
        blocks = []
        for ssrc, (middle, came_s) in self._reports.items():
            highest = self._streams[ssrc].highest if ssrc in self._streams else 0
            held_s = max(0.0, now_s - came_s - self._round_trip_s)
            if not self._round_trip_s:
                middle, held_s = 0, 0.0
            blocks.append(ReportBlock(ssrc, 0, 0, highest, 0, middle, int(held_s * 65536)))
        if blocks:
            self.link.send_rtcp(build_receiver_report(OWN_SSRC, blocks[:31]))

    # -- loss -----------------------------------------------------------------------------------------------------

    def _is_new(self, view: memoryview, length: int) -> bool:
        """False for a packet that is taken for lost, that is a duplicate, or that brings nothing any more."""
        (number,), (ssrc,) = _NUMBER.unpack_from(view, 2), _SSRC.unpack_from(view, 8)
        repaired = self.link.rtx.get(ssrc)
        if repaired is not None:
            # Decrypted already, and with a stamp that says nothing: counted, but never a sample.
            self.received += self._unpack(repaired, bytes(view[:length]))
            return False
        stream = self._streams.get(ssrc)
        if stream is None:
            self._streams[ssrc] = Gaps(number + 0x10000)
            return True
        extended = stream.highest + unwrap_step(number, stream.highest)
        if extended <= stream.highest:
            return self._fill(stream, extended)
        now_s = time.monotonic()
        for gap in range(max(stream.highest + 1, extended - 1000), extended):
            stream.wanted[gap] = (now_s, 0.0)
        stream.highest = extended
        if random.random() < self.loss:
            stream.wanted[extended] = (now_s, 0.0)
            self.discarded += 1
            return False
        return True

    def _unpack(self, ssrc: int, packet: bytes) -> bool:
        """RTX (RFC 4588): the payload's first two bytes are the original number."""
        stream = self._streams.get(ssrc)
        try:
            plain = self.link.unprotect_rtp(packet)
            offset = parse_rtp(plain, len(plain)).payload_offset
        except (SrtpError, MalformedPacketError):
            self.unauthentic += 1
            return False
        if stream is None or len(plain) < offset + 2:
            return False
        (number,) = _NUMBER.unpack_from(plain, offset)
        return self._fill(stream, stream.highest + unwrap_step(number, stream.highest))

    def _fill(self, stream: Gaps, extended: int) -> bool:
        if stream.wanted.pop(extended, None) is None:
            return False
        self.repaired += 1
        return True

    def ask_again(self, now_s: float) -> None:
        """NACK what is missing."""
        for ssrc, stream in self._streams.items():
            asked = []
            for number, (first_s, last_s) in list(stream.wanted.items()):
                if now_s - first_s > GIVE_UP_S:
                    del stream.wanted[number]
                elif now_s - last_s >= NACK_AGAIN_S:
                    stream.wanted[number] = (first_s, now_s)
                    asked.append(number & 0xFFFF)
            if asked:
                self.link.send_rtcp(build_nack(OWN_SSRC, ssrc, asked[:MOST_IN_ONE_NACK]))


class Sender:
    """A publisher's end of a link: reads what the server asks for."""

    def __init__(self, link: Link, streams: Sequence[Stream]) -> None:
        self.link, self.streams = link, streams
        self._next_report_s = time.monotonic() + random.random()

    def report(self, now_s: float) -> None:
        """Sender reports, each second."""
        if now_s >= self._next_report_s:
            self._next_report_s = now_s + REPORT_EVERY_S
            for stream in self.streams:
                stream.report(now_s, time.time())

    def take(self, view: memoryview) -> None:
        """Read one datagram."""
        data = bytes(view[: self.link.socket.recv_into(view)])
        if len(data) >= 8 and 128 <= data[0] <= 191:
            self.hear(data)
        else:
            self.link.take(data)

    def hear(self, data: bytes) -> None:
        """An encrypted RTCP compound."""
        if not 192 <= data[1] <= 223:
            return
        try:
            compound = self.link.unprotect_rtcp(data)
        except SrtpError:
            return
        for stream in self.streams:
            stream.hear(compound)


@dataclass(slots=True)
class Outcome:
    """What one window of load was. `reasons`: why its figures do not count; empty where they do."""

    seconds: float
    offered: int
    received: int
    sent: int
    latencies_us: list[float]
    reasons: list[str]

    @property
    def loss(self) -> float:
        """Share of what should have come out that did not."""
        return max(0.0, 1 - self.received / self.offered) if self.offered else 0.0

    @property
    def forwarded_per_s(self) -> float:
        """Received packets per second of load."""
        return self.received / self.seconds


class Load:
    """All links of one measurement, of whichever servers: those that are idle are kept alive."""

    def __init__(self) -> None:
        self.senders: list[Sender] = []
        self.receivers: list[Receiver] = []
        self._view = memoryview(bytearray(2048))
        self._poll = select.epoll()
        self._take: dict[int, Callable[[memoryview], None]] = {}

    def send_with(self, sender: Sender) -> None:
        """Serve this publisher's link in every window from now on."""
        self.senders.append(sender)
        self._serve(sender.link.socket, sender.take)

    def receive_with(self, receiver: Receiver) -> None:
        """Serve this subscriber's link in every window from now on."""
        self.receivers.append(receiver)
        self._serve(receiver.link.socket, receiver.take)

    def record_with(self, recorder: Recorder) -> None:
        """Read what a server sends to a recorder."""
        self._serve(recorder.socket, recorder.take)

    def _serve(self, served: socket.socket, take: Callable[[memoryview], None]) -> None:
        self._take[served.fileno()] = take
        self._poll.register(served.fileno(), select.EPOLLIN)

    def close(self) -> None:
        """Stop serving; the links stay open."""
        self._poll.close()

    def idle(self, seconds: float) -> None:
        """Serve the links without media."""
        self._run([], seconds, seconds)

    def run(self, sources: Sequence[tuple[Source, int]], seconds: float, drain_s: float) -> Outcome:
        """Send for `seconds`, each source to as many receivers as given with it; then take what is still under way."""
        before = sum(end.received for end in self.receivers)
        sent_before = {id(source): source.stream.sent for source, _ in sources}
        drops_before = self._dropped()
        for end in self.receivers:
            end.latencies_us = []
        began_s, cpu_s = time.monotonic(), time.process_time()
        late, fired = self._run([source for source, _ in sources], seconds, seconds + drain_s)
        busy = (time.process_time() - cpu_s) / (time.monotonic() - began_s)
        sent = {id(source): source.stream.sent - sent_before[id(source)] for source, _ in sources}
        reasons = []
        if late > fired * LATE_SHARE:
            reasons.append(
                f"the load fell behind: {late} of {fired} sends were more than {LATE_S * 1000:.0f} ms late "
                f"(it took {busy:.0%} of its core)"
            )
        dropped = self._dropped() - drops_before
        if dropped:
            reasons.append(f"the load was too slow to read: its sockets dropped {dropped} packets")
        unauthentic = sum(end.unauthentic for end in self.receivers)
        if unauthentic:
            reasons.append(f"{unauthentic} sampled packets were not authentic")
        return Outcome(
            seconds=seconds,
            offered=sum(sent[id(source)] * viewers for source, viewers in sources),
            received=sum(end.received for end in self.receivers) - before,
            sent=sum(sent.values()),
            latencies_us=[value for end in self.receivers for value in end.latencies_us],
            reasons=reasons,
        )

    def _run(self, sources: Sequence[Source], send_s: float, total_s: float) -> tuple[int, int]:
        began_s = now_s = time.monotonic()
        order = count()
        queue: list[tuple[float, int, Source]] = []
        for source in sources:
            source.begin(began_s)
            heapq.heappush(queue, (source.due_s, next(order), source))
        late = fired = 0
        next_care_s = began_s
        while now_s - began_s < total_s:
            while queue and queue[0][0] <= now_s:
                due_s, _, source = heapq.heappop(queue)
                if due_s - began_s >= send_s:
                    continue
                late += now_s - due_s > LATE_S
                fired += 1
                source.fire()
                heapq.heappush(queue, (source.due_s, next(order), source))
            ready = self._read()
            now_s = time.monotonic()
            if now_s >= next_care_s:
                next_care_s = now_s + NACK_EVERY_S
                self._care(now_s)
            elif not ready and (not queue or queue[0][0] - now_s > _SPIN_S):
                time.sleep(_SLEEP_S)
                now_s = time.monotonic()
        return late, fired

    def _read(self) -> int:
        ready = self._poll.poll(0, 256)
        for descriptor, _ in ready:
            try:
                self._take[descriptor](self._view)
            except OSError:
                continue  # an ICMP answer to something sent before
        return len(ready)

    def _care(self, now_s: float) -> None:
        for end in (*self.senders, *self.receivers):
            end.link.keep_alive(now_s)
            end.report(now_s)
        for receiver in self.receivers:
            if receiver.loss:
                receiver.ask_again(now_s)

    def _dropped(self) -> int:
        return dropped_by_port({end.link.port for end in (*self.senders, *self.receivers)})


def dropped_by_port(ports: set[int]) -> int:
    """Datagrams the kernel dropped at this machine's UDP sockets with these local port numbers."""
    total = 0
    for line in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) in ports:
            total += int(fields[-1])
    return total


def latency(values: Sequence[float]) -> dict[str, float | None]:
    """{"p50", "p99"} in microseconds; None where nothing was sampled."""
    if not values:
        return {"p50": None, "p99": None}
    return {"p50": round(percentile(values, 0.5), 1), "p99": round(percentile(values, 0.99), 1)}
