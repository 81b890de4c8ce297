"""Sound and picture stay as far apart as the publisher captured them, whatever happens to them on the way.

The publisher's clocks are known exactly: the worker's steady clock stands still between the steps of a test. A viewer
plays by the sender reports it was sent, as a browser does; what it would play together is compared with what the
publisher captured together.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from struct import pack, unpack_from
from typing import Any

import pytest

from room_server.clock import KeptTime
from room_server.relay.forwarding import Graph
from room_server.relay.rtp.packet import parse_rtp
from room_server.relay.rtp.reception import ntp_from_unix, unix_from_ntp
from room_server.relay.rtp.rtcp import SenderReport, build_sender_report, parse_rtcp
from room_server.relay.rtp.sequence import unwrap_step
from room_server.relay.runtime import Runtime
from room_server.relay.tap import parse_tap
from tests.relay.conftest import VP8_KEY, RawLink, RawPeer, RawStream, TapSocket
from tests.relay.near import NearRelay

ALLOWED_S = 0.005
OPEN = Graph(edges={("A", "B")})
RATES = {"audio": 48_000, "video": 90_000}


class HeldClock:
    """The worker's steady clock, which moves when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 5000.0
        monkeypatch.setattr(Runtime, "now_s", lambda runtime: self.now_s)


class Captured:
    """One published stream whose RTP timestamps count the publisher's own time."""

    def __init__(self, stream: RawStream, chance: random.Random) -> None:
        self.stream, self.rate = stream, RATES[stream.kind]
        self.first = chance.getrandbits(32)
        self.stood_still_s = 0.0
        self.reported = 0

    def rtp(self, captured_s: float) -> int:
        return (self.first + round((captured_s - self.stood_still_s) * self.rate)) & 0xFFFFFFFF

    def send(self, captured_s: float, label_s: float) -> None:
        self.stream.rtp_timestamp = self.rtp(captured_s) - 960
        self.stream.send((VP8_KEY if self.stream.kind == "video" else b"") + pack(">d", label_s))


class ForgetfulLink(RawLink):
    """A viewer's socket whose network loses some of the reports, a datagram at a time."""

    chance = random.Random(4)
    loses = 0.0
    lost = 0

    def _take(self, data: bytes) -> None:
        if data[0] >= 128 and 192 <= data[1] <= 223 and self.dtls.srtp is not None:
            compound = parse_rtcp(self.dtls.srtp.owners[0].unprotect_rtcp(data))
            if self.chance.random() < self.loses:
                self.lost += 1
            else:
                self.rtcp += compound
            return
        super()._take(data)


class Scene:
    """A publisher of sound and picture, a viewer, and a worker whose clock is held."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock, self.relay, self.chance = clock, NearRelay(), random.Random(8)
        self.publisher, self.viewer = RawPeer(self.relay, "prc_1", "A"), RawPeer(self.relay, "prc_1", "B")
        self.wall_offset_s, self.drift = 1_790_000_000.0, 0.0
        self.jitter_s = self.report_loss = 0.0
        self.second = 0
        self.errors: list[float] = []

    async def start(self) -> None:
        await self.relay.start()
        await self.publisher.open("send")
        self.link = ForgetfulLink(self.viewer, "recv")
        await self.link.open("client")
        self.viewer.links["recv"] = self.link
        await self.relay.set_graph(room="prc_1", graph=OPEN)
        self.sound = Captured(await self.publisher.produce("audio", "microphone"), self.chance)
        self.picture = Captured(await self.publisher.produce("video", "camera"), self.chance)
        self.consumers = [await self.viewer.consume(one.stream.id) for one in (self.sound, self.picture)]

    async def stop(self) -> None:
        self.publisher.close()
        self.viewer.close()
        await self.relay.stop()

    # -- the publisher --------------------------------------------------------------------------------------------

    @property
    def publisher_s(self) -> float:
        """The publisher's own steady time."""
        return self.clock.now_s * (1 + self.drift)

    def report(self, one: Captured) -> None:
        """A sender report, made some time ago: that is how long the network took."""
        made_s = self.publisher_s - self.chance.random() * self.jitter_s
        if self.chance.random() >= self.report_loss:
            one.reported += 1
            ntp = ntp_from_unix(self.wall_offset_s + made_s)
            report = SenderReport(one.stream.ssrc, ntp, one.rtp(made_s), 1, 1)
            one.stream.link.send_rtcp(build_sender_report(report))

    async def handled(self) -> None:
        """The worker has taken what was sent, in order: an answered check came after it."""
        for link in (*self.publisher.links.values(), self.link):
            answered = len(link.datagrams)
            link.check()
            await soon(lambda link=link, answered=answered: len(link.datagrams) > answered, "the answer")

    async def run(
        self, seconds: int, *, sound: bool = True, picture: bool = True, judge: bool = True
    ) -> None:
        """So many seconds of the call: sound is reported every fifth, picture every one, as browsers do."""
        for _ in range(seconds):
            self.clock.now_s += 1.0
            self.second += 1
            await self.step(sound=sound, picture=picture, report_sound=self.second % 5 == 0)
            if judge:
                self.judge()

    async def step(
        self,
        *,
        sound: bool = True,
        picture: bool = True,
        report_sound: bool = True,
        report_picture: bool = True,
    ) -> None:
        captured_s = self.publisher_s - 0.03
        if sound:
            self.sound.send(captured_s, captured_s)
            if report_sound:
                self.report(self.sound)
        if picture:
            self.picture.send(captured_s, captured_s)
            if report_picture:
                self.report(self.picture)
        await self.handled()
        self.relay.worker._report()
        await self.handled()

    # -- the viewer -----------------------------------------------------------------------------------------------

    def played(self, index: int) -> tuple[float, float] | None:
        """When the newest packet of a stream was captured, and when the viewer plays it, by its latest report."""
        ssrc = self.consumers[index]["rtpParameters"]["encodings"][0]["ssrc"]
        reports = [p for p in self.link.rtcp if isinstance(p, SenderReport) and p.ssrc == ssrc]
        packets = [p for p in self.link.rtp if parse_rtp(p, len(p)).ssrc == ssrc]
        if not reports or not packets:
            return None
        header = parse_rtp(packets[-1], len(packets[-1]))
        rate = 90_000 if index else 48_000
        since_s = unwrap_step(header.rtp_timestamp, reports[-1].rtp_timestamp, 32) / rate
        (captured_s,) = unpack_from(">d", packets[-1], header.payload_end - 8)
        return captured_s, unix_from_ntp(reports[-1].ntp) + since_s

    def error_s(self) -> float:
        """How much further apart than captured the viewer plays sound and picture."""
        sound, picture = self.played(0), self.played(1)
        assert sound is not None and picture is not None
        return (sound[1] - picture[1]) - (sound[0] - picture[0])

    def judge(self) -> None:
        if self.played(0) is not None and self.played(1) is not None:
            self.errors.append(self.error_s())
            assert abs(self.errors[-1]) < ALLOWED_S, (
                f"{self.errors[-1] * 1000:.2f} ms in second {self.second}"
            )


async def soon(condition: Callable[[], Any], what: str) -> None:
    """Like `eventually`, at a pace that suits hundreds of short waits."""
    deadline_s = time.monotonic() + 15.0
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} did not come within 15 s"
        await asyncio.sleep(0.001)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    made = Scene(HeldClock(monkeypatch))
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.mark.parametrize("drift", [-100e-6, 100e-6])
async def test_jitter_lost_reports_and_a_drifting_crystal(scene: Scene, drift: float) -> None:
    scene.jitter_s, scene.report_loss, scene.drift = 0.05, 0.3, drift
    scene.link.loses = 0.3
    await scene.run(90)
    assert len(scene.errors) > 60 and scene.link.lost > 5
    assert scene.sound.reported < 18 and scene.picture.reported < 90


async def test_a_mute_by_the_court_and_by_the_owner(scene: Scene) -> None:
    await scene.run(10)
    for source in ("microphone", "camera"):
        await scene.relay.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}, muted={("A", source)}))
        heard = len(scene.link.rtp)
        await scene.run(7)
        assert len(scene.link.rtp) == heard + 7, "one of the two is refused"
        await scene.relay.set_graph(room="prc_1", graph=OPEN)
        await scene.run(6)
        stream = scene.sound if source == "microphone" else scene.picture
        await scene.relay.pause_producer(producer=stream.stream.id)
        await scene.run(7)
        await scene.relay.resume_producer(producer=stream.stream.id)
        await scene.run(6)
    assert len(scene.errors) > 50


@pytest.mark.parametrize("counts_on", [True, False])
async def test_a_sender_that_stops_and_begins_again(scene: Scene, counts_on: bool) -> None:
    """A browser whose microphone rests may or may not count the time; until its next report nothing is claimed."""
    await scene.run(10)
    for _ in range(8):
        await scene.run(1, sound=False, judge=False)
        scene.relay.worker._watch()
    if not counts_on:
        scene.sound.stood_still_s += 8.0
    told = sum(isinstance(p, SenderReport) for p in scene.link.rtcp)
    scene.clock.now_s += 0.5
    await scene.step(report_sound=False)
    new = [p for p in scene.link.rtcp if isinstance(p, SenderReport)][told:]
    ssrc = scene.consumers[0]["rtpParameters"]["encodings"][0]["ssrc"]
    assert (ssrc in {p.ssrc for p in new}) == counts_on, "no report where none can be true"
    scene.clock.now_s += 0.5
    await scene.step()
    scene.judge()
    await scene.run(12)


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
async def test_the_publishers_wall_clock_is_set(scene: Scene, jump_s: float) -> None:
    scene.jitter_s = 0.02
    await scene.run(12)
    scene.wall_offset_s += jump_s
    await scene.run(2)
    assert scene.second % 5 not in (0, 1), "the sound's last report is from before the jump"
    scene.wall_offset_s -= jump_s / 2
    await scene.run(15)


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
async def test_our_wall_clock_is_set(scene: Scene, monkeypatch: pytest.MonkeyPatch, jump_s: float) -> None:
    await scene.run(7)
    before = scene.played(1)
    true_ns = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: true_ns() + int(jump_s * 1e9))
    monkeypatch.setattr(time, "time", lambda: true_ns() / 1e9 + jump_s)
    await scene.run(8)
    after = scene.played(1)
    assert before is not None and after is not None
    assert after[1] - before[1] == pytest.approx(8.0, abs=0.001), "viewers are told nothing of it"


async def test_the_recorders_arrivals_go_by_the_kept_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tap_socket: TapSocket
) -> None:
    kept = KeptTime()
    await scene.relay.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}, recorded={"A"}))
    await scene.relay.set_tap(room="prc_1", path=tap_socket.path, epoch_ns=kept.epoch_ns)
    began_ns = kept.now_ns()
    await scene.run(2)
    true_ns = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: true_ns() - 3600 * 10**9)
    await scene.run(2)
    arrivals = [parse_tap(datagram).arrival_ns for datagram in tap_socket.received()]
    assert len(arrivals) >= 8
    assert arrivals == sorted(arrivals) and began_ns < arrivals[0] and arrivals[-1] <= kept.now_ns()


async def test_a_stream_that_restarts_with_another_ssrc(scene: Scene) -> None:
    await scene.run(8)
    for one in (scene.picture, scene.sound):
        one.stream.ssrc = secrets.randbits(31) + 1
        one.stream.number = 30_000
        one.first = scene.chance.getrandbits(32)
        scene.clock.now_s += 0.5
        await scene.step()
        scene.judge()
        await scene.run(6)


async def test_a_viewer_who_was_away_and_one_who_comes_later(scene: Scene) -> None:
    scene.drift, scene.jitter_s = 80e-6, 0.04
    await scene.run(10)
    for consumer in scene.consumers:
        await scene.relay.pause_consumer(consumer=consumer["id"])
        await scene.run(6, judge=False)
        await scene.relay.resume_consumer(consumer=consumer["id"])
        await scene.run(2, judge=False)
        scene.judge()
    for consumer in scene.consumers:
        await scene.relay.close_consumer(consumer=consumer["id"])
    scene.consumers = [await scene.viewer.consume(one.stream.id) for one in (scene.sound, scene.picture)]
    await scene.run(1)
    assert abs(scene.error_s()) < ALLOWED_S, "from the first second on"
    await scene.run(8)
