from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.rtcp import (
    BitrateEstimate,
    FullIntraRequest,
    GenericNack,
    Goodbye,
    PictureLoss,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    TransportFeedback,
    build_full_intra_request,
    build_goodbye,
    build_nack,
    build_picture_loss,
    build_receiver_report,
    build_sender_report,
    build_source_description,
    parse_rtcp,
)
from room_server.relay.rtp.twcc import TwccRecorder

u32 = st.integers(0, 0xFFFFFFFF)
blocks = st.lists(
    st.builds(
        ReportBlock,
        ssrc=u32,
        fraction_lost=st.integers(0, 255),
        packets_lost=st.integers(-0x800000, 0x7FFFFF),
        highest_sequence=u32,
        jitter=u32,
        last_sender_report=u32,
        delay_since_last=u32,
    ),
    max_size=31,
)


@given(u32, st.integers(0, (1 << 64) - 1), u32, u32, u32, blocks)
def test_sender_reports_round_trip(
    ssrc: int, ntp: int, rtp_timestamp: int, packets: int, octets: int, reports: list[ReportBlock]
) -> None:
    report = SenderReport(ssrc, ntp, rtp_timestamp, packets, octets, reports)
    assert parse_rtcp(build_sender_report(report)) == [report]


@given(u32, blocks)
def test_receiver_reports_round_trip(ssrc: int, reports: list[ReportBlock]) -> None:
    assert parse_rtcp(build_receiver_report(ssrc, reports)) == [ReceiverReport(ssrc, reports)]


@given(u32, st.text(max_size=60))
def test_names_round_trip(ssrc: int, name: str) -> None:
    assert parse_rtcp(build_source_description(ssrc, name)) == [SourceDescription({ssrc: name})]


@given(u32, u32, st.sets(st.integers(0, 0xFFFF), min_size=1, max_size=60))
def test_nacks_ask_for_exactly_what_was_lost(sender: int, media: int, lost: set[int]) -> None:
    (packet,) = parse_rtcp(build_nack(sender, media, sorted(lost)))
    assert isinstance(packet, GenericNack)
    assert (packet.sender_ssrc, packet.media_ssrc) == (sender, media)
    assert sorted(packet.lost) == sorted(lost)


def test_nack_neighbours_share_an_entry_also_over_the_wrap() -> None:
    message = build_nack(1, 2, [65535, 0, 15])
    assert len(message) == 16
    (packet,) = parse_rtcp(message)
    assert isinstance(packet, GenericNack) and packet.lost == [65535, 0, 15]


def test_requests_and_goodbyes_round_trip() -> None:
    compound = build_picture_loss(1, 2) + build_full_intra_request(3, 4, 5) + build_goodbye([6, 7])
    assert parse_rtcp(compound) == [PictureLoss(1, 2), FullIntraRequest(3, [(4, 5)]), Goodbye([6, 7])]


def test_remb_is_read() -> None:
    message = (
        bytes.fromhex("8fce00050000000100000000")
        + b"REMB"
        + bytes([1, (3 << 2) | 1])
        + b"\x00\x10"
        + bytes(4)
    )
    (packet,) = parse_rtcp(message)
    assert packet == BitrateEstimate(1, ((1 << 16) | 0x10) << 3, [0])


def test_padded_transport_feedback_does_not_cost_the_compound() -> None:
    recorder = TwccRecorder()
    for number in range(5):
        recorder.receive(number, 1_000_000 + number * 1000)
    (feedback,) = recorder.feedback(1, 2)
    assert feedback[0] & 0x20, "five deltas need padding"
    first, second = parse_rtcp(feedback + build_picture_loss(3, 4))
    assert isinstance(first, TransportFeedback) and second == PictureLoss(3, 4)


def test_a_malformed_packet_is_passed_over() -> None:
    short_report = bytes.fromhex("81c80001") + bytes(4)  # says one block, has none
    unknown = bytes.fromhex("80cc0001") + bytes(4)
    bad_padding = bytes.fromhex("a0c90001") + bytes([0, 0, 0, 99])
    assert parse_rtcp(short_report + unknown + bad_padding + build_picture_loss(1, 2)) == [PictureLoss(1, 2)]


def test_a_length_past_the_end_stops_the_walk() -> None:
    assert parse_rtcp(build_picture_loss(1, 2) + bytes.fromhex("81c8ffff") + bytes(8)) == [PictureLoss(1, 2)]


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    parse_rtcp(data)


@given(st.integers(0, 31), st.sampled_from([200, 201, 202, 203, 204, 205, 206, 207]), st.binary(max_size=120))
def test_any_body_behind_a_valid_header_is_survived(count: int, kind: int, body: bytes) -> None:
    body = body[: len(body) // 4 * 4]
    for flags in (0x80, 0xA0):
        parse_rtcp(bytes([flags | count, kind]) + (len(body) // 4).to_bytes(2, "big") + body)
