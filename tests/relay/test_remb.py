"""Viewers who report no arrivals, only a REMB, which follows what they receive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import deepcopy
from struct import pack
from typing import Any

from room_server.relay.forwarding import Graph
from room_server.relay.ortc import TRANSPORT_CC
from tests.relay.conftest import FULL_CAPABILITIES, VP8_DELTA, VP8_KEY, Relay

Wait = Callable[..., Awaitable[Any]]


def remb(bitrate_bps: int, ssrc: int) -> bytes:
    """draft-alvestrand-rmcat-remb-03, for one stream."""
    exponent = max(0, bitrate_bps.bit_length() - 18)
    body = pack(">II4sI", 1, 0, b"REMB", 1 << 24 | exponent << 18 | bitrate_bps >> exponent) + pack(
        ">I", ssrc
    )
    return pack(">BBH", 0x8F, 206, len(body) // 4) + body


async def test_a_low_estimate_without_loss_withholds_no_picture(relay: Relay, wait_until: Wait) -> None:
    """After a moment of load such a viewer tells some kilobits; with the pictures withheld it would stay there."""
    sender, viewer = await relay.raw("A", "send"), await relay.raw("B", "recv")
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("A", "B")}))
    camera = await sender.produce("video", "camera")
    link, lacking = viewer.links["recv"], deepcopy(FULL_CAPABILITIES)
    lacking["headerExtensions"] = [one for one in lacking["headerExtensions"] if one["uri"] != TRANSPORT_CC]
    consumer = await relay.client.consume(transport=link.id, producer=camera.id, rtp_capabilities=lacking)
    await relay.client.resume_consumer(consumer=consumer["id"])
    ssrc = consumer["rtpParameters"]["encodings"][0]["ssrc"]
    camera.send(VP8_KEY + bytes(600))
    await wait_until(lambda: link.rtp, what="the first picture")

    async def downlink() -> Any:
        link.send_rtcp(remb(12_000, ssrc))
        camera.send(VP8_DELTA + bytes(600))
        return (await relay.stats())["transports"][link.id]["downlink"]

    async def told() -> bool:
        return bool((await downlink())["source"] == "remb")

    await wait_until(told, what="the estimate")
    before = len(link.rtp)

    async def flowing() -> bool:
        found = await downlink()
        assert not found["limited"]
        return len(link.rtp) > before + 40

    await wait_until(flowing, what="pictures, for two seconds of decisions")
    assert (await relay.stats())["consumers"][consumer["id"]]["allowed_layer"] == 0
