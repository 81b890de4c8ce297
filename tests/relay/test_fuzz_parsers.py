"""Hostile bytes and objects at every parser: only the documented exceptions, and tables that stay small."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aioice import stun
from hypothesis import example, given, settings
from hypothesis import strategies as st

from room_server.relay.channel import ChannelError, MessageDecoder, encode_message
from room_server.relay.ice_lite import AddressLimiter, IceCredentials, IceLite, Outcome
from room_server.relay.ortc import (
    NegotiationError,
    consumer_parameters,
    read_producer_parameters,
    router_capabilities,
    router_codecs,
)
from room_server.relay.rtp.nack import MAX_MISSING, NackGenerator
from room_server.relay.rtp.packet import (
    MalformedPacketError,
    build_rtp,
    extension_elements,
    parse_rtp,
)
from room_server.relay.rtp.payload import begins_key_frame
from room_server.relay.rtp.picture_run import MAX_PACKETS, PictureRun
from room_server.relay.rtp.retransmission import RetransmissionCache, unpack_rtx
from room_server.relay.rtp.rtcp import (
    ReportBlock,
    SenderReport,
    build_full_intra_request,
    build_goodbye,
    build_nack,
    build_picture_loss,
    build_receiver_report,
    build_sender_report,
    build_source_description,
    parse_rtcp,
)
from room_server.relay.rtp.sequence import ArrivalWindow, SequenceMap, SequenceUnwrapper
from room_server.relay.rtp.twcc import KEEP_PACKETS, TwccRecorder, parse_twcc_feedback
from room_server.relay.tcp import LONGEST_FRAME, FrameReader, FramingError, framed

OURS = IceCredentials("abcd1234", "p" * 24)
SOURCE = ("192.0.2.7", 4242)


@st.composite
def damaged(draw: st.DrawFn, good: st.SearchStrategy[bytes]) -> bytes:
    """Something valid with a few bytes changed, cut out or put in."""
    data = bytearray(draw(good))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(("change", "cut", "insert", "shorten"))):
            case "change" if data:
                data[place] = draw(st.integers(0, 255))
            case "cut":
                del data[place : place + draw(st.integers(1, 8))]
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=8))
            case "shorten":
                del data[place:]
    return bytes(data)


# -- STUN -------------------------------------------------------------------------------------------------------------


@st.composite
def checks(draw: st.DrawFn) -> bytes:
    """A connectivity check as a browser sends it, or one that is off in a single respect."""
    message = stun.Message(
        draw(st.sampled_from((stun.Method.BINDING, stun.Method.ALLOCATE))),
        draw(st.sampled_from(list(stun.Class))),
    )
    fragment = draw(st.sampled_from((OURS.username_fragment, "other", "")))
    message.attributes["USERNAME"] = draw(st.sampled_from((f"{fragment}:peer", fragment, f"{fragment}:庭")))
    if draw(st.booleans()):
        message.attributes["USE-CANDIDATE"] = None
    if draw(st.booleans()):
        message.attributes["PRIORITY"] = draw(st.integers(0, 2**32 - 1))
    key = draw(st.sampled_from((OURS.password.encode(), b"wrong", b"")))
    message.add_message_integrity(key)
    return bytes(message)


def attribute(kind: int, value: bytes) -> bytes:
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) % 4)


HOSTILE_ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from((0x0001, 0x0006, 0x0008, 0x0009, 0x0020, 0x0024, 0x0025, 0x8028, 0x8029, 0x802A)),
        st.binary(max_size=40),
    ),
    max_size=8,
).map(lambda pairs: b"".join(attribute(*pair) for pair in pairs))


def with_header(body: bytes) -> bytes:
    return b"\0\1" + len(body).to_bytes(2, "big") + stun.COOKIE.to_bytes(4, "big") + bytes(12) + body


@settings(max_examples=300)
@given(st.one_of(damaged(checks()), HOSTILE_ATTRIBUTES.map(with_header), st.binary(max_size=200)))
def test_stun_is_judged_without_raising_and_only_what_has_the_key_is_answered(data: bytes) -> None:
    ice = IceLite()
    session = ice.open("tra_1", OURS)
    ice.restart(session, IceCredentials("efgh5678", "q" * 24))
    verdict = ice.handle(data, SOURCE)
    assert (verdict.outcome is Outcome.AUTHENTIC) == (verdict.reply is not None)
    assert len(ice) <= 2
    if verdict.reply is not None:
        assert verdict.session is session
        position = data.find(b"\x00\x08\x00\x14")
        key = OURS.password.encode()
        assert data[position + 4 : position + 24] == stun.message_integrity(data[:position], key)
        assert len(verdict.reply) <= 2 * len(data)


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0, 10)), max_size=200))
def test_the_limiter_forgets_the_oldest_addresses(hits: list[tuple[int, float]]) -> None:
    limiter = AddressLimiter(capacity=16)
    now_s = 0.0
    for host, step_s in hits:
        now_s += step_s
        limiter.allow(f"192.0.2.{host}", now_s)
        limiter.refund(f"192.0.2.{host + 1}")
        assert len(limiter) <= 16


# -- RTP --------------------------------------------------------------------------------------------------------------

PACKETS = st.builds(
    build_rtp,
    payload_type=st.integers(0, 127),
    sequence_number=st.integers(0, 0xFFFF),
    rtp_timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=60),
    marker=st.booleans(),
    extensions=st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=4),
)


@settings(max_examples=300)
@given(st.one_of(damaged(PACKETS), st.binary(max_size=120)), st.integers(0, 300))
@example(bytes.fromhex("90000000 00000000 00000000 bede0001 00010000"), 0)
def test_an_rtp_packet_is_read_within_its_bounds_or_is_malformed(data: bytes, tail: int) -> None:
    """`data` may be the start of a larger buffer: what follows it must not be read."""
    buffer = data + b"\xff" * tail
    try:
        header = parse_rtp(buffer, len(data))
    except MalformedPacketError:
        return
    assert 12 <= header.payload_offset <= header.payload_end <= len(data)
    assert 0 <= header.extension_offset <= header.extension_end <= header.payload_offset
    for identifier, (offset, length) in extension_elements(buffer, header).items():
        assert 1 <= identifier <= 255
        assert header.extension_offset <= offset and offset + length <= header.extension_end
    for codec in ("video/VP8", "video/H264", "audio/opus"):
        begins_key_frame(codec, buffer, header.payload_offset, header.payload_end)
    try:
        restored = unpack_rtx(buffer, header, ssrc=1, payload_type=96)
    except MalformedPacketError:
        return
    parse_rtp(restored, len(restored))


@settings(max_examples=200)
@given(st.sampled_from(("video/vp8", "video/h264", "video/x")), st.binary(max_size=40), st.integers(0, 40))
def test_payloads_are_read_only_up_to_their_end(codec: str, data: bytes, end: int) -> None:
    end = min(end, len(data))
    assert begins_key_frame(codec, data, 0, end) == begins_key_frame(codec, data[:end], 0, end)


BLOCKS = st.lists(
    st.builds(
        ReportBlock,
        ssrc=st.integers(0, 2**32 - 1),
        fraction_lost=st.integers(0, 255),
        packets_lost=st.integers(-(2**23), 2**23 - 1),
        highest_sequence=st.integers(0, 2**32 - 1),
        jitter=st.integers(0, 2**32 - 1),
        last_sender_report=st.integers(0, 2**32 - 1),
        delay_since_last=st.integers(0, 2**32 - 1),
    ),
    max_size=3,
)
COMPOUNDS = st.lists(
    st.one_of(
        st.builds(build_receiver_report, st.integers(0, 9), BLOCKS),
        st.builds(
            lambda ssrc, ntp, blocks: build_sender_report(SenderReport(ssrc, ntp, 0, 1, 1, blocks)),
            st.integers(0, 9),
            st.integers(0, 2**64 - 1),
            BLOCKS,
        ),
        st.builds(build_source_description, st.integers(0, 9), st.text(max_size=20)),
        st.builds(build_goodbye, st.lists(st.integers(0, 9), max_size=4)),
        st.builds(build_nack, st.just(1), st.just(2), st.lists(st.integers(0, 0xFFFF), max_size=20)),
        st.just(build_picture_loss(1, 2)),
        st.builds(build_full_intra_request, st.just(1), st.just(2), st.integers(0, 255)),
    ),
    max_size=4,
).map(b"".join)


@settings(max_examples=300)
@given(st.one_of(damaged(COMPOUNDS), st.binary(max_size=200)))
def test_rtcp_never_raises_and_yields_no_more_than_was_sent(data: bytes) -> None:
    packets = parse_rtcp(data)
    assert 4 * len(packets) <= len(data)
    for packet in packets:
        lost = getattr(packet, "lost", [])
        assert 4 * len(lost) <= 17 * len(data)


@settings(max_examples=150)
@given(st.binary(max_size=80))
def test_transport_feedback_is_read_or_malformed(body: bytes) -> None:
    try:
        read = parse_twcc_feedback(body)
    except MalformedPacketError:
        return
    assert len(read.arrivals_us) <= 0xFFFF
    received = sum(arrival is not None for arrival in read.arrivals_us)
    assert received + 16 <= len(body), "every arrival takes a byte at least"


# -- tables that packets fill -----------------------------------------------------------------------------------------

NUMBERS = st.lists(
    st.one_of(st.integers(0, 0xFFFF), st.sampled_from((0, 1, 2, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF))),
    max_size=300,
)


@settings(max_examples=80)
@given(NUMBERS)
def test_any_numbers_leave_bounded_tables_and_no_number_twice(numbers: list[int]) -> None:
    unwrapper, window, nacks = SequenceUnwrapper(), ArrivalWindow(), NackGenerator()
    cache, run, renumber = RetransmissionCache(16), PictureRun(), SequenceMap(0x10000)
    admitted: set[int] = set()
    used: set[int] = set()
    for place, number in enumerate(numbers):
        extended = unwrapper.unwrap(number)
        if extended is None or not window.admit(extended):
            continue
        assert extended not in admitted
        admitted.add(extended)
        nacks.receive(extended, place / 100)
        cache.store(extended, bytes(20))
        run.note(extended, bytes(20), place / 100, key_frame=place % 7 == 0)
        if place % 11 == 0:
            renumber.interrupt()
        output = renumber.number(extended)
        if output is not None:
            assert output not in used, "one SRTP number for two packets"
            used.add(output)
        if place % 5 == 0:
            renumber.skip(extended + 1)
        assert len(nacks) <= MAX_MISSING and len(run._packets) <= MAX_PACKETS
        assert len(renumber._runs) <= 64 and window._bits.bit_length() <= 1024


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 2_000_000)), max_size=400))
def test_any_transport_numbers_leave_a_bounded_table_and_readable_feedback(
    arrivals: list[tuple[int, int]],
) -> None:
    recorder, now_us = TwccRecorder(), 0
    for place, (number, step_us) in enumerate(arrivals):
        now_us += step_us
        recorder.receive(number, now_us)
        if place % 50 == 0:
            for message in recorder.feedback(1, 2):
                assert len(message) <= 4000
                padding = message[-1] if message[0] & 0x20 else 0
                parse_twcc_feedback(message[4 : len(message) - padding])
        assert len(recorder._arrivals) <= 2 * KEEP_PACKETS


@settings(max_examples=150)
@given(
    damaged(st.lists(st.binary(max_size=200), max_size=6).map(lambda one: b"".join(framed(x) for x in one))),
    st.lists(st.integers(1, 50), max_size=40),
)
def test_a_framed_stream_never_keeps_more_than_one_frame(stream: bytes, cuts: list[int]) -> None:
    reader = FrameReader()
    for size in [*cuts, len(stream)]:
        try:
            for frame in reader.feed(stream[:size]):
                assert 1 <= len(frame) <= LONGEST_FRAME
        except FramingError:
            return
        stream = stream[size:]
        assert len(reader._rest) <= LONGEST_FRAME + 1


# -- objects ----------------------------------------------------------------------------------------------------------

# What JSON can carry, lone surrogates and numbers that are no numbers included.
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(("\ud800", "x" * 300, "video/VP8", "nack", "")))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(TEXTS, st.sampled_from(("codecs", "encodings", "ssrc"))), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@st.composite
def altered(draw: st.DrawFn, good: Any) -> Any:
    """A valid object with something random in one or two places of it."""
    value = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = value
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.booleans()):
                place[key] = draw(JSON)
            else:
                del place[key]
            break
    return value


PARAMETERS = {
    "mid": "0",
    "codecs": [
        {
            "mimeType": "video/VP8",
            "payloadType": 96,
            "clockRate": 90000,
            "parameters": {},
            "rtcpFeedback": [{"type": "nack"}, {"type": "nack", "parameter": "pli"}],
        },
        {"mimeType": "video/rtx", "payloadType": 97, "clockRate": 90000, "parameters": {"apt": 96}},
    ],
    "headerExtensions": [{"uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 4, "encrypt": False}],
    "encodings": [{"ssrc": 1, "rtx": {"ssrc": 2}}],
    "rtcp": {"cname": "someone", "reducedSize": True},
}


@settings(max_examples=300)
@given(st.sampled_from(("video", "audio", "other")), st.one_of(altered(PARAMETERS), JSON))
@example("video", {**PARAMETERS, "mid": "\ud800"})
@example("video", {**PARAMETERS, "rtcp": {"cname": "\udfff"}})
@example("video", {**PARAMETERS, "rtcp": {"cname": "c" * 256}})
def test_rtp_parameters_are_understood_or_refused_with_a_reason(kind: str, parameters: Any) -> None:
    try:
        format = read_producer_parameters(kind, parameters, h264=True)
    except NegotiationError as error:
        assert error.code in ("bad_rtp_parameters", "unsupported_codec") and str(error)
        return
    assert 0 <= format.payload_type <= 127 and len(format.mid) <= 16
    # It goes into packets and into answers: both must take it.
    packet = build_source_description(1, format.cname)
    assert len(packet) <= 4 + 4 + 2 + 255 + 4
    json.dumps({"cname": format.cname, "mid": format.mid}, ensure_ascii=False).encode()


@settings(max_examples=200)
@given(st.one_of(altered(router_capabilities(h264=True)), JSON))
def test_capabilities_are_understood_or_refused_with_a_reason(capabilities: Any) -> None:
    for codec in router_codecs(h264=True):
        try:
            made = consumer_parameters(codec, capabilities, ssrc=1, rtx_ssrc=2, mid="m000", cname="c")
        except NegotiationError as error:
            assert error.code in ("bad_rtp_capabilities", "unsupported_codec") and str(error)
            continue
        json.dumps(made.rtp_parameters)


@settings(max_examples=150)
@given(
    damaged(
        JSON.map(lambda value: json.dumps({"id": 1, "params": value}).encode()).map(
            lambda body: len(body).to_bytes(4, "big") + body
        )
    )
)
def test_a_broken_channel_is_a_channel_error(stream: bytes) -> None:
    try:
        for message in MessageDecoder().feed(stream):
            assert isinstance(message, dict)
    except ChannelError as error:
        assert str(error)


def test_a_message_nested_too_deep_is_a_channel_error() -> None:
    body = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(ChannelError, match="not JSON"):
        MessageDecoder().feed(len(body).to_bytes(4, "big") + body)


@settings(max_examples=150)
@given(JSON)
@example("\ud800")
@example(json.loads("[" * 200 + "]" * 200))
def test_what_is_written_to_the_channel_can_be_read_or_is_refused_before_it_is_sent(value: Any) -> None:
    try:
        frame = encode_message({"id": 1, "params": value})
    except ChannelError as error:
        assert str(error)
        return
    assert [message["id"] for message in MessageDecoder().feed(frame)] == [1]
