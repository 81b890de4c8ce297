"""Loss, key frames, reports and restarts of streams, through a real worker."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from room_server.relay.events import ActiveSpeakerChanged, ProducerActive, ProducerSilent
from room_server.relay.forwarding import Graph
from room_server.relay.ortc import TRANSPORT_CC_ID
from room_server.relay.rtp.packet import build_rtp, extension_elements, parse_rtp
from room_server.relay.rtp.retransmission import pack_rtx, unpack_rtx
from room_server.relay.rtp.rtcp import (
    GenericNack,
    PictureLoss,
    ReceiverReport,
    SenderReport,
    SourceDescription,
    TransportFeedback,
    build_nack,
    build_picture_loss,
    build_sender_report,
)
from room_server.relay.rtp.twcc import parse_twcc_feedback

KEY, DELTA = bytes([0x10, 0x00]), bytes([0x10, 0x01])


def payload_of(packet: bytes) -> bytes:
    header = parse_rtp(packet, len(packet))
    return packet[header.payload_offset : header.payload_end]


async def video_call(relay: Any) -> tuple[Any, Any, dict[str, Any]]:
    """A publisher's video stream, the subscriber's link and the consumer."""
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "recv")
    stream = await judge.produce("video", "camera")
    consumer = await party.consume(stream.id)
    return stream, party.links["recv"], consumer


async def test_video_begins_with_a_key_frame_which_is_asked_for(relay: Any, wait_until: Any) -> None:
    stream, link, consumer = await video_call(relay)
    await wait_until(
        lambda: any(isinstance(p, PictureLoss) and p.media_ssrc == stream.ssrc for p in stream.link.rtcp),
        what="a PLI to the publisher",
    )
    stream.send(DELTA + b"0")
    stream.send(KEY + b"1")
    stream.send(DELTA + b"2")
    await wait_until(lambda: len(link.rtp) == 2)
    assert [payload_of(packet) for packet in link.rtp] == [KEY + b"1", DELTA + b"2"]
    encoding = consumer["rtpParameters"]["encodings"][0]
    for packet in link.rtp:
        header = parse_rtp(packet, len(packet))
        assert (header.ssrc, header.payload_type) == (encoding["ssrc"], 101)
        elements = extension_elements(packet, header)
        at, size = elements[1]
        assert packet[at : at + size].decode() == consumer["rtpParameters"]["mid"]
        assert elements[TRANSPORT_CC_ID][1] == 2, "the number in place of the send time"


async def test_many_viewers_cost_one_key_frame_request_a_second(relay: Any, wait_until: Any) -> None:
    stream, link, consumer = await video_call(relay)
    stream.send(KEY)
    await wait_until(lambda: link.rtp)
    await asyncio.sleep(0)  # whatever was requested so far is in
    first = len([p for p in stream.link.rtcp if isinstance(p, PictureLoss)])
    ssrc = consumer["rtpParameters"]["encodings"][0]["ssrc"]
    for _ in range(20):
        link.send_rtcp(build_picture_loss(1, ssrc))
        await relay.client.request_key_frame(producer=stream.id)

    def requests() -> int:
        return len([p for p in stream.link.rtcp if isinstance(p, PictureLoss)])

    await wait_until(lambda: requests() > first, what="the request that was kept")
    assert requests() - first == 1


async def test_a_lost_packet_is_resent_as_rtx(relay: Any, wait_until: Any) -> None:
    stream, link, consumer = await video_call(relay)
    encoding = consumer["rtpParameters"]["encodings"][0]
    link.lossy = lambda packet: payload_of(packet).endswith(b"lost")
    for payload in (KEY + b"1", DELTA + b"lost", DELTA + b"3"):
        stream.send(payload)
    await wait_until(lambda: len(link.rtp) == 2)
    link.lossy = lambda packet: False
    first = parse_rtp(link.rtp[0], len(link.rtp[0]))
    missing = (first.sequence_number + 1) & 0xFFFF
    link.send_rtcp(build_nack(1, encoding["ssrc"], [missing]))
    await wait_until(lambda: len(link.rtp) == 3, what="the retransmission")
    header = parse_rtp(link.rtp[2], len(link.rtp[2]))
    assert (header.ssrc, header.payload_type) == (encoding["rtx"]["ssrc"], 102)
    original = unpack_rtx(link.rtp[2], header, ssrc=encoding["ssrc"], payload_type=101)
    restored = parse_rtp(original, len(original))
    assert restored.sequence_number == missing
    assert payload_of(original) == DELTA + b"lost"
    assert (await relay.stats())["edges"]["judge>party"]["retransmitted"] == 1


async def test_a_nack_brings_nothing_over_an_edge_that_was_removed(relay: Any, wait_until: Any) -> None:
    stream, link, consumer = await video_call(relay)
    ssrc = consumer["rtpParameters"]["encodings"][0]["ssrc"]
    stream.send(KEY + b"1")
    await wait_until(lambda: len(link.rtp) == 1)
    await relay.client.set_graph(room="prc_1", graph=Graph())
    number = parse_rtp(link.rtp[0], len(link.rtp[0])).sequence_number
    link.send_rtcp(build_nack(1, ssrc, [number]))
    await relay.client.set_graph(room="prc_1", graph=Graph(edges={("judge", "party")}))
    stream.send(KEY + b"2")
    await wait_until(lambda: len(link.rtp) >= 2)
    assert [payload_of(packet) for packet in link.rtp] == [KEY + b"1", KEY + b"2"]
    assert (await relay.stats())["edges"]["judge>party"]["retransmitted"] == 0


async def test_a_gap_upstream_is_asked_for_and_filled_by_rtx(relay: Any, wait_until: Any) -> None:
    stream, link, _ = await video_call(relay)
    stream.send(KEY + b"1")
    lost = stream.build(DELTA + b"2")
    stream.send(DELTA + b"3")
    number = parse_rtp(lost, len(lost)).sequence_number
    await wait_until(
        lambda: any(isinstance(p, GenericNack) and number in p.lost for p in stream.link.rtcp),
        what="a NACK upstream",
    )
    offset = parse_rtp(lost, len(lost)).payload_offset
    for rtx_number in (5, 6):  # the second is a duplicate and must not go out again
        rtx = pack_rtx(
            lost, offset, number, payload_type=97, sequence_number=rtx_number, ssrc=stream.ssrc ^ 1
        )
        stream.link.send_rtp(rtx)
    stream.send(DELTA + b"4")
    await wait_until(lambda: len(link.rtp) == 4)
    numbers = [parse_rtp(packet, len(packet)).sequence_number for packet in link.rtp]
    in_order = [payload_of(packet)[-1:] for _, packet in sorted(zip(numbers, link.rtp, strict=True))]
    assert in_order == [b"1", b"2", b"3", b"4"]
    assert max(numbers) - min(numbers) == 3


async def test_padding_packets_are_not_forwarded_and_leave_no_gap(relay: Any, wait_until: Any) -> None:
    stream, link, _ = await video_call(relay)
    stream.send(KEY + b"1")
    padding = bytearray(stream.build(bytes(9) + bytes([10])))
    padding[0] |= 0x20
    stream.link.send_rtp(bytes(padding))
    stream.send(DELTA + b"2")
    await wait_until(lambda: len(link.rtp) == 2)
    first, second = (parse_rtp(packet, len(packet)).sequence_number for packet in link.rtp)
    assert second == (first + 1) & 0xFFFF


async def test_publishers_get_transport_feedback_and_receiver_reports(relay: Any, wait_until: Any) -> None:
    stream, _, _ = await video_call(relay)
    for index in range(10):
        stream.send(KEY + bytes([index]), step=3 if index == 5 else 1)

    def reported() -> dict[int, int | None]:
        found: dict[int, int | None] = {}
        for packet in stream.link.rtcp:
            if isinstance(packet, TransportFeedback):
                found.update(parse_twcc_feedback(packet.body).by_number())
        return found

    await wait_until(lambda: len(reported()) == 10, what="transport feedback for all ten packets")
    assert all(arrival is not None for arrival in reported().values())

    def block() -> Any:
        reports = [p for p in stream.link.rtcp if isinstance(p, ReceiverReport)]
        return reports[-1].reports[0] if reports else None

    report = await wait_until(block, what="a receiver report")
    assert (report.ssrc, report.packets_lost) == (stream.ssrc, 2)
    assert (await relay.stats())["producers"][stream.id]["lost"] == 2


async def test_subscribers_get_sender_reports_on_the_publishers_timeline(relay: Any, wait_until: Any) -> None:
    stream, link, consumer = await video_call(relay)
    stream.send(KEY)
    await wait_until(lambda: link.rtp)
    ntp = 0xE0000000 << 32
    stream.link.send_rtcp(build_sender_report(SenderReport(stream.ssrc, ntp, 1_000_000, 1, 1)))
    report = await wait_until(
        lambda: next((p for p in link.rtcp if isinstance(p, SenderReport)), None), what="a sender report"
    )
    ssrc = consumer["rtpParameters"]["encodings"][0]["ssrc"]
    assert report.ssrc == ssrc and report.packets == 1
    # Whatever delay it had, it was sent within the time the test may take, at 90 kHz.
    assert 0 <= report.rtp_timestamp - 1_000_000 < 90_000 * 20
    assert any(isinstance(p, SourceDescription) and p.names == {ssrc: "raw"} for p in link.rtcp)


async def test_a_stream_that_restarts_with_another_ssrc_goes_on(relay: Any, wait_until: Any) -> None:
    stream, link, _ = await video_call(relay)
    stream.send(KEY + b"1")
    await wait_until(lambda: len(link.rtp) == 1)
    old, stream.ssrc = stream.ssrc, secrets.randbits(31)
    stream.number, stream.rtp_timestamp = 40000, 3_000_000_000
    stream.send(KEY + b"2")
    stale = build_rtp(
        payload_type=96,
        sequence_number=1002,
        rtp_timestamp=9000,
        ssrc=old,
        payload=KEY + b"stale",
        extensions={4: stream.mid.encode()},
    )
    stream.link.send_rtp(stale)
    stream.send(DELTA + b"3")
    await wait_until(lambda: len(link.rtp) == 3)
    headers = [parse_rtp(packet, len(packet)) for packet in link.rtp]
    assert [payload_of(packet) for packet in link.rtp] == [KEY + b"1", KEY + b"2", DELTA + b"3"]
    assert len({header.ssrc for header in headers}) == 1
    start = headers[0].sequence_number
    assert [header.sequence_number for header in headers] == [(start + step) & 0xFFFF for step in range(3)]
    assert 0 < headers[1].rtp_timestamp - headers[0].rtp_timestamp < 90_000 * 20


async def test_silence_and_return_are_announced(relay: Any, wait_until: Any) -> None:
    stream, _link, _ = await video_call(relay)
    stream.send(KEY)
    await wait_until(lambda: any(isinstance(event, ProducerActive) for event in relay.events))
    await wait_until(
        lambda: any(isinstance(event, ProducerSilent) for event in relay.events), what="silence after 3 s"
    )
    stream.send(KEY)
    await wait_until(lambda: len([event for event in relay.events if isinstance(event, ProducerActive)]) == 2)


async def test_the_active_speaker_is_the_loud_one_and_never_a_muted_one(relay: Any, wait_until: Any) -> None:
    edges = frozenset({("judge", "party"), ("party", "judge")})
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=edges, muted={("party", "microphone")}))
    judge, party = await relay.raw("judge", "send"), await relay.raw("party", "send")
    quiet, muted = await judge.produce("audio", "microphone"), await party.produce("audio", "microphone")

    def speakers() -> list[str | None]:
        return [event.participant for event in relay.events if isinstance(event, ActiveSpeakerChanged)]

    async def judge_speaks() -> bool:
        quiet.send(b"hello", level=30)
        muted.send(b"shout", level=1)
        return bool(speakers())

    await wait_until(judge_speaks, what="an active speaker")
    assert speakers() == ["judge"]
    await relay.client.set_graph(room="prc_1", graph=Graph(edges=edges, muted={("judge", "microphone")}))

    async def party_speaks() -> bool:
        quiet.send(b"hello", level=1)
        muted.send(b"shout", level=20)
        return speakers()[-1] == "party"

    await wait_until(party_speaks, what="the other speaker")
