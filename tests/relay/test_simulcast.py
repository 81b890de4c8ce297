"""Layers of a simulcast through a real worker: who gets which, and that what they get is one stream."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from typing import Any

import pytest

from room_server.relay.channel import RelayError
from room_server.relay.forwarding import Graph
from room_server.relay.rtp.packet import build_rtp, parse_rtp
from room_server.relay.rtp.reception import unix_from_ntp
from room_server.relay.rtp.rtcp import (
    GenericNack,
    ReceiverReport,
    SenderReport,
    build_nack,
    build_picture_loss,
)
from room_server.relay.rtp.sequence import unwrap_step
from room_server.relay.tap import TappedPacket, TappedReport, parse_tap
from tests.relay.simulcast import (
    FRAME_TICKS,
    Camera,
    Seen,
    assert_continuous,
    layers_of,
    losing,
    read,
    seen_by,
)

OPEN = Graph(edges={("judge", "party"), ("judge", "clerk")})


class Viewer:
    """A subscriber of one camera."""

    def __init__(self, relay: Any, peer: Any, consumer: dict[str, Any]) -> None:
        self.relay, self.link, self.id = relay, peer.links["recv"], consumer["id"]
        self.type = consumer["type"]
        self.encoding = consumer["rtpParameters"]["encodings"][0]

    @property
    def seen(self) -> list[Seen]:
        return seen_by(self.link, self.encoding)

    @property
    def layer(self) -> int | None:
        return self.seen[-1].layer if self.seen else None

    async def prefer(self, layer: int, priority: int = 1) -> None:
        await self.relay.client.set_preferred_layers(consumer=self.id, spatial_layer=layer, priority=priority)

    async def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.relay.stats())["consumers"][self.id]
        return found

    def report_lost(self) -> None:
        """NACK what is missing."""
        numbers = [one.number for one in self.seen]
        missing = [
            (before + step) & 0xFFFF
            for before, after in itertools.pairwise(numbers)
            for step in range(1, (after - before) & 0xFFFF)
        ]
        if missing:
            self.link.send_rtcp(build_nack(1, self.encoding["ssrc"], missing))


async def publish(relay: Any, *, graph: Graph = OPEN, layers: int = 3) -> Camera:
    await relay.client.set_graph(room="prc_1", graph=graph)
    judge = await relay.raw("judge", "send")
    camera = Camera(judge.links["send"], layers)
    await camera.produce()
    return camera


async def view(relay: Any, camera: Camera, participant: str) -> Viewer:
    peer = await relay.raw(participant, "recv")
    return Viewer(relay, peer, await peer.consume(camera.id))


async def test_every_viewer_gets_the_layer_they_have_use_for(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party, clerk = await view(relay, camera, "party"), await view(relay, camera, "clerk")
    assert party.type == "simulcast"
    await clerk.prefer(0, 7)
    camera.start()
    await wait_until(lambda: party.layer == 2 and clerk.layer == 0, what="each viewer's layer")
    await clerk.prefer(1)
    await party.prefer(0)
    await wait_until(lambda: party.layer == 0 and clerk.layer == 1, what="the other layers")
    await party.prefer(2)
    await wait_until(lambda: party.layer == 2, what="the largest layer again")
    stats = await party.stats()
    assert (stats["layer"], stats["target_layer"], stats["preferred_layer"]) == (2, 2, 2)
    assert (await clerk.stats())["layer"] == 1
    layers = (await relay.stats())["producers"][camera.id]["layers"]
    assert [layer["rid"] for layer in layers] == ["r0", "r1", "r2"]
    assert all(layer["live"] and layer["bitrate_bps"] > 0 for layer in layers)
    await camera.stop()
    for viewer in (party, clerk):
        assert_continuous(viewer.seen)
    assert layers_of(clerk.seen) == [0, 1]
    edge = (await relay.stats())["edges"]["judge>party"]
    assert edge["forwarded_while_forbidden"] == 0


async def test_a_switch_leaves_out_no_picture_and_repeats_none(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    camera.picture()
    for layer in range(3):
        camera.report(layer)  # from here on the layers' times are exact
    party = await view(relay, camera, "party")
    camera.start()
    await wait_until(lambda: party.layer == 2)
    for layer in (0, 2, 1, 2):
        await party.prefer(layer)
        await wait_until(lambda layer=layer: party.layer == layer, what=f"layer {layer}")
    await camera.stop()
    seen = party.seen
    assert_continuous(seen)
    # From the first picture of the largest layer on, every captured one was there, whatever layer it came from.
    begun = next(one.frame for one in seen if one.layer == 2)
    frames = sorted({one.frame for one in seen if one.frame >= begun})
    assert frames == list(range(begun, frames[-1] + 1))
    steps = [
        unwrap_step(after.rtp_timestamp - before.rtp_timestamp, 0, 32)
        for before, after in itertools.pairwise(one for one in seen if one.frame > begun)
        if after.frame == before.frame + 1
    ]
    # A picture that came 1 ms after its own smaller version stays so until the next switch.
    assert all(abs(step - FRAME_TICKS) <= 450 for step in steps), sorted(set(steps))


async def test_when_the_layer_falls_silent_the_next_one_below_takes_over(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    camera.start()
    await wait_until(lambda: party.layer == 2)
    camera.sending.discard(2)
    await wait_until(lambda: party.layer == 1, what="the middle layer")
    camera.sending.discard(1)
    await wait_until(lambda: party.layer == 0, what="the smallest layer")
    camera.sending |= {1, 2}
    await wait_until(lambda: party.layer == 2, what="the largest layer once it is back")
    await camera.stop()
    assert_continuous(party.seen)


async def test_what_was_lost_around_a_switch_is_resent_from_the_layer_it_came_from(
    relay: Any, wait_until: Any
) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    camera.start()
    await wait_until(lambda: party.layer == 2)
    party.link.lossy = losing(random.Random(4), 0.15)
    for layer in (0, 2, 0):
        await party.prefer(layer)
        await wait_until(lambda layer=layer: party.layer == layer, what=f"layer {layer}")
    party.link.lossy = lambda packet: False
    await camera.stop()

    async def whole() -> bool:
        party.report_lost()
        numbers = [one.number for one in party.seen]
        return len(numbers) == ((numbers[-1] - numbers[0]) & 0xFFFF) + 1

    await wait_until(whole, what="every lost packet, resent")
    assert_continuous(party.seen)
    assert (await relay.stats())["edges"]["judge>party"]["retransmitted"] > 0


async def test_what_the_publisher_lost_is_asked_for_by_layer_and_repaired_by_rid(
    relay: Any, wait_until: Any
) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    await party.prefer(1)
    camera.picture(key={0, 1, 2})
    await wait_until(lambda: party.layer == 1)
    middle = camera.layers[1]
    camera.dropped.add((1, camera.frames, 0))
    lost = (middle.number + 1) & 0xFFFF
    camera.picture()
    await wait_until(
        lambda: any(
            isinstance(one, GenericNack) and one.media_ssrc == middle.ssrc and lost in one.lost
            for one in camera.link.rtcp
        ),
        what="a NACK for the middle layer",
    )
    camera.answer()
    await wait_until(
        lambda: sum(one.layer == 1 for one in party.seen) == 2 * camera.packets, what="the repaired packet"
    )
    assert_continuous(party.seen)


async def test_an_ssrc_that_names_no_layer_is_nobodys(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    key = bytes((0x10, 0x00))
    for extensions in ({4: camera.mid.encode()}, {10: b"r0"}, {4: camera.mid.encode(), 10: b"r9"}, {}):
        stray = build_rtp(
            payload_type=96, sequence_number=1, rtp_timestamp=1, ssrc=77, payload=key, extensions=extensions
        )
        camera.link.send_rtp(stray)
    camera.picture(key={0, 1, 2})
    # Once the receiver reports, a publisher names mid and rid no longer: what was found stays.
    await wait_until(lambda: party.layer == 2)
    await wait_until(
        lambda: (
            {
                block.ssrc
                for one in camera.link.rtcp
                if isinstance(one, ReceiverReport)
                for block in one.reports
            }
            == {layer.ssrc for layer in camera.layers}
        ),
        what="a report of each layer",
    )
    stats = (await relay.stats())["producers"][camera.id]
    assert stats["packets"] == 3 * camera.packets
    assert [layer["ssrc"] for layer in stats["layers"]] == [layer.ssrc for layer in camera.layers]


async def test_a_mute_in_the_middle_of_a_switch_lets_nothing_through(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    camera.picture(key={0, 1, 2})
    await wait_until(lambda: party.layer == 2)
    for _ in range(5):
        camera.picture()
    await party.prefer(0)  # asks for a key frame, and waits for it
    await wait_until(lambda: camera.asked(0) > 0, what="the request for the smallest layer")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=OPEN.edges, muted={("judge", "camera")}))
    before = len(party.seen)
    muted_from = camera.frames
    for _ in range(5):
        camera.picture(key={0, 1, 2})

    async def refused() -> bool:
        stats = (await relay.stats())["producers"][camera.id]
        return bool(stats["refused"] == 5 * 3 * camera.packets)

    await wait_until(refused, what="all that was sent while muted, refused")
    await relay.client.set_graph(room="prc_1", graph=OPEN)
    muted_to = camera.frames
    camera.start()
    await wait_until(lambda: len(party.seen) > before + 8, what="pictures after the mute")
    await camera.stop()
    seen = party.seen
    assert not [one for one in seen if muted_from <= one.frame < muted_to]
    assert next(one for one in seen if one.frame >= muted_to).key
    assert {one.layer for one in seen if one.frame >= muted_to} == {0}
    edge = (await relay.stats())["edges"]["judge>party"]
    assert edge["forwarded_while_forbidden"] == 0
    numbers = [one.number for one in seen]
    assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(len(numbers))]


async def test_thirty_viewers_cost_one_request_per_second_and_layer(relay: Any, wait_until: Any) -> None:
    names = [f"party{number}" for number in range(30)]
    camera = await publish(relay, graph=Graph(edges={("judge", name) for name in names}))
    peers = await asyncio.gather(*(relay.raw(name, "recv") for name in names))
    camera.start()
    began_s = time.monotonic()
    viewers = [Viewer(relay, peer, await peer.consume(camera.id)) for peer in peers]
    for number, viewer in enumerate(viewers):
        await viewer.prefer(number % 3)
    await wait_until(
        lambda: all(viewer.layer == number % 3 for number, viewer in enumerate(viewers)),
        what="everybody's layer",
    )
    for viewer in viewers:
        viewer.link.send_rtcp(build_picture_loss(1, viewer.encoding["ssrc"]))
    last = camera.frames
    await wait_until(
        lambda: all(viewer.seen[-1].frame > last + 30 for viewer in viewers),
        what="another second of pictures",
    )
    took_s = time.monotonic() - began_s
    await camera.stop()
    for layer in range(3):
        assert camera.asked(layer) <= 2 + took_s, (layer, camera.asked(layer), took_s)
    for viewer in viewers:
        assert_continuous(viewer.seen)


async def test_the_time_of_capture_stays_within_5_ms_over_switches(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    camera.start()
    await wait_until(lambda: party.layer == 2)
    errors_s: list[float] = []

    async def measured() -> None:
        """By the newest sender report: when the newest picture was captured, against when it really was."""
        count = sum(isinstance(one, SenderReport) for one in party.link.rtcp)
        await wait_until(
            lambda: sum(isinstance(one, SenderReport) for one in party.link.rtcp) > count,
            what="a sender report",
        )
        report = [one for one in party.link.rtcp if isinstance(one, SenderReport)][-1]
        newest = party.seen[-1]
        captured_s = camera.began_s + newest.frame / 30
        ticks = unwrap_step(newest.rtp_timestamp - report.rtp_timestamp, 0, 32)
        errors_s.append(unix_from_ntp(report.ntp) + ticks / 90000 - captured_s)

    await measured()
    for layer in (0, 2, 1, 0, 2):
        await party.prefer(layer)
        await wait_until(lambda layer=layer: party.layer == layer, what=f"layer {layer}")
        await measured()
    await camera.stop()
    spread_ms = (max(errors_s) - min(errors_s)) * 1000
    print(f"the time of capture moved by {spread_ms:.2f} ms over five switches")
    assert spread_ms < 5, errors_s


async def test_the_recorder_gets_one_stream_of_the_best_layer(
    relay: Any, wait_until: Any, tap_socket: Any
) -> None:
    graph = Graph(edges=OPEN.edges, recorded={"judge"})
    camera = await publish(relay, graph=graph)
    await relay.client.set_tap(room="prc_1", path=tap_socket.path)
    camera.start()

    def recorded() -> list[Seen]:
        parsed = [parse_tap(one) for one in tap_socket.received()]
        return [read(one.rtp) for one in parsed if isinstance(one, TappedPacket)]

    def reports() -> int:
        return sum(isinstance(parse_tap(one), TappedReport) for one in tap_socket.received())

    async def goes_on(layer: int) -> None:
        await wait_until(
            lambda: recorded() and recorded()[-1].layer == layer, what=f"layer {layer}, recorded"
        )
        count = reports()
        await wait_until(lambda: reports() > count + 1, what=f"reports of layer {layer}")

    await goes_on(2)
    camera.sending.discard(2)
    await goes_on(1)
    camera.sending.add(2)
    await goes_on(2)
    await camera.stop()
    assert_continuous(recorded())
    parsed = [parse_tap(one) for one in tap_socket.received()]
    packets = [one for one in parsed if isinstance(one, TappedPacket)]
    assert len({parse_rtp(one.rtp, len(one.rtp)).ssrc for one in packets}) == 1
    # Every report, whatever layer it was of, puts the pictures of that time where they were captured.
    errors_s, newest = [], None
    for one in parsed:
        if isinstance(one, TappedPacket):
            newest = read(one.rtp)
        elif isinstance(one, TappedReport) and newest is not None:
            ticks = unwrap_step(newest.rtp_timestamp - one.rtp_timestamp, 0, 32)
            errors_s.append(unix_from_ntp(one.ntp) + ticks / 90000 - camera.began_s - newest.frame / 30)
    assert len(errors_s) >= 6
    assert max(abs(error) for error in errors_s) < 0.005, errors_s


async def test_a_late_viewer_begins_with_the_last_key_frame_of_the_best_layer(
    relay: Any, wait_until: Any
) -> None:
    camera = await publish(relay)
    camera.picture(key={0, 1, 2})
    for _ in range(6):
        camera.picture()

    async def handled() -> bool:
        stats = await relay.stats()
        return bool(stats["producers"][camera.id]["packets"] == 7 * 3 * camera.packets)

    await wait_until(handled, what="seven pictures handled")
    asked = [camera.asked(layer) for layer in range(3)]
    party = await view(relay, camera, "party")
    await wait_until(lambda: len(party.seen) == 7 * camera.packets, what="the run since the key frame")
    camera.picture()
    await wait_until(lambda: len(party.seen) == 8 * camera.packets, what="a live picture")
    assert layers_of(party.seen) == [2]
    assert_continuous(party.seen)
    assert [camera.asked(layer) for layer in range(3)] == asked, "no key frame was asked for"


@pytest.mark.parametrize(
    ("layer", "priority"), [(-1, 1), (3, 1), (True, 1), (0, 256), (0, -1), ("0", 1), (0, None)]
)
async def test_layers_and_ranks_out_of_range_are_refused(relay: Any, layer: Any, priority: Any) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    with pytest.raises(RelayError, match="must be a whole number from 0 to") as refused:
        await party.prefer(layer, priority)
    assert refused.value.code == "bad_request"


async def test_a_single_stream_has_one_layer_whatever_is_preferred(relay: Any, wait_until: Any) -> None:
    await relay.client.set_graph(room="prc_1", graph=OPEN)
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("video", "camera")
    consumer = await party.consume(stream.id)
    assert consumer["type"] == "simple"
    await relay.client.set_preferred_layers(consumer=consumer["id"], spatial_layer=2, priority=255)
    stream.send(bytes((0x10, 0x00)))
    await wait_until(lambda: party.links["recv"].rtp)
    stats = (await relay.stats())["consumers"][consumer["id"]]
    assert (stats["layer"], stats["preferred_layer"], stats["priority"]) == (0, 0, 255)


async def test_no_order_of_graphs_mutes_and_layers_lets_through_what_was_forbidden(
    relay: Any, wait_until: Any
) -> None:
    chance = random.Random(11)
    camera = await publish(relay)
    viewers = {name: await view(relay, camera, name) for name in ("party", "clerk")}
    placed: dict[str, set[int]] = {name: set() for name in viewers}
    graph = OPEN

    async def handled() -> bool:
        stats = await relay.stats()
        return bool(stats["producers"][camera.id]["packets"] == 3 * camera.packets * camera.frames)

    for step in range(40):
        if chance.random() < 0.5:
            graph = Graph(
                edges=frozenset(("judge", name) for name in viewers if chance.random() < 0.7),
                muted=frozenset({("judge", "camera")} if chance.random() < 0.2 else ()),
                recorded=frozenset({"judge"} if chance.random() < 0.5 else ()),
                version=step,
            )
            await relay.client.set_graph(room="prc_1", graph=graph)
        for viewer in viewers.values():
            if chance.random() < 0.4:
                await viewer.prefer(chance.randrange(3))
        for _ in range(chance.randint(1, 4)):
            for name in viewers:
                if graph.allows("judge", name) and not graph.muted:
                    placed[name].add(camera.frames)
            camera.picture(key={layer for layer in range(3) if chance.random() < 0.3})
        await wait_until(handled, what="all pictures so far")
    edges = (await relay.stats())["edges"]
    for name, viewer in viewers.items():
        edge = edges[f"judge>{name}"]
        assert edge["forwarded_while_forbidden"] == 0 and edge["refused"] > 0
        await wait_until(
            lambda viewer=viewer, edge=edge: len(viewer.seen) >= edge["forwarded"], what="all that was sent"
        )
        seen = viewer.seen
        assert {one.frame for one in seen} <= placed[name]
        assert len(layers_of(seen)) > 5
        numbers = [one.number for one in seen]
        assert numbers == [(numbers[0] + count) & 0xFFFF for count in range(len(numbers))]
        for before, after in itertools.pairwise(seen):
            assert before.layer == after.layer or after.key, "a layer begins with a key frame"


async def test_layers_that_are_told_by_their_ssrcs_need_no_rids(relay: Any, wait_until: Any) -> None:
    """A publisher may say its SSRCs instead; then packets need not name anything."""
    await relay.client.set_graph(room="prc_1", graph=OPEN)
    judge = await relay.raw("judge", "send")
    camera = Camera(judge.links["send"], 2)
    given = camera.parameters()
    given["encodings"] = [{"ssrc": layer.ssrc, "rtx": {"ssrc": layer.ssrc ^ 1}} for layer in camera.layers]
    camera.parameters = lambda: given  # type: ignore[method-assign]
    await camera.produce()
    for layer in camera.layers:
        layer.rid = "unknown"
    party = await view(relay, camera, "party")
    camera.picture(key={0, 1})
    await wait_until(lambda: party.layer == 1, what="the larger of two layers")
    assert_continuous(party.seen)
    with pytest.raises(RelayError, match="already used by another producer") as refused:
        await camera.produce(track=2)
    assert refused.value.code == "bad_rtp_parameters"


async def test_a_layer_that_starts_again_with_another_ssrc_goes_on(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    camera.start()
    await wait_until(lambda: party.layer == 2)
    for layer in camera.layers:
        layer.ssrc = layer.ssrc ^ 2
        layer.number, layer.timestamp_base = (layer.number + 30_000) & 0xFFFF, layer.timestamp_base ^ 1 << 31
    again = camera.frames
    camera.picture(key={0, 1, 2})
    await wait_until(lambda: party.seen[-1].frame > again + 20, what="pictures from the new SSRCs")
    await party.prefer(0)
    await wait_until(lambda: party.layer == 0, what="the smallest layer")
    await party.prefer(2)
    await wait_until(lambda: party.layer == 2, what="the largest layer")
    await camera.stop()
    assert_continuous(party.seen)
    layers = (await relay.stats())["producers"][camera.id]["layers"]
    assert [layer["ssrc"] for layer in layers] == [layer.ssrc for layer in camera.layers]


async def test_layers_change_while_a_tenth_is_lost_both_ways(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party = await view(relay, camera, "party")
    camera.start()
    await wait_until(lambda: party.layer == 2)
    chance = random.Random(8)
    camera.lossy = lambda: chance.random() < 0.1
    party.link.lossy = losing(chance, 0.1)

    async def at(layer: int) -> bool:
        party.report_lost()
        return party.layer == layer

    for layer in (0, 2, 1, 0, 2):
        await party.prefer(layer)
        await wait_until(lambda layer=layer: at(layer), what=f"layer {layer} in spite of the loss")
    camera.lossy, party.link.lossy = lambda: False, lambda packet: False
    quiet = camera.frames

    async def whole() -> bool:
        party.report_lost()
        seen = party.seen
        numbers = [one.number for one in seen]
        return seen[-1].frame > quiet + 10 and len(numbers) == ((numbers[-1] - numbers[0]) & 0xFFFF) + 1

    await wait_until(whole, what="everything that was lost")
    await camera.stop()
    frames: dict[tuple[int, int], set[int]] = {}
    for one in party.seen:
        frames.setdefault((one.layer, one.frame), set()).add(one.index)
    last = party.seen[-1]
    halves = [
        frame for frame, parts in frames.items() if len(parts) < camera.packets and frame[1] < last.frame
    ]
    # Of a layer that was left, the last picture may have been cut off by the key frame that followed.
    assert len(halves) <= len(layers_of(party.seen)), halves
    for before, after in itertools.pairwise(party.seen):
        assert before.layer == after.layer or after.key
        assert unwrap_step(after.rtp_timestamp - before.rtp_timestamp, 0, 32) >= 0


async def test_key_frames_are_asked_of_the_layers_that_somebody_gets(relay: Any, wait_until: Any) -> None:
    camera = await publish(relay)
    party, clerk = await view(relay, camera, "party"), await view(relay, camera, "clerk")
    await clerk.prefer(0)
    camera.start()
    await wait_until(lambda: party.layer == 2 and clerk.layer == 0, what="each viewer's layer")
    before = [camera.asked(layer) for layer in range(3)]
    await relay.client.request_key_frame(producer=camera.id)
    await wait_until(
        lambda: camera.asked(0) > before[0] and camera.asked(2) > before[2], what="a request for both layers"
    )
    clerk.link.send_rtcp(build_picture_loss(1, clerk.encoding["ssrc"]))
    count = camera.asked(0)
    await wait_until(lambda: camera.asked(0) > count, what="the request of the viewer of the smallest layer")
    await camera.stop()
    assert camera.asked(1) == before[1], "nobody gets the middle layer"
