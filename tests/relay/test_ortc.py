"""Negotiation against the real client library: what pymediasoup makes of our objects, and we of its."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymediasoup import AiortcHandler, Device
from pymediasoup.ortc import canReceive, getSendingRtpParameters
from pymediasoup.rtp_parameters import RtpCapabilities, RtpParameters

from room_server.relay.ortc import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    H264,
    MID,
    OPUS,
    RID,
    TRANSPORT_CC,
    VP8,
    Encoding,
    NegotiationError,
    consumer_parameters,
    read_producer_parameters,
    router_capabilities,
)


async def loaded_device(*, h264: bool = False) -> Device:
    device = Device(handlerFactory=AiortcHandler.createFactory())
    await device.load(RtpCapabilities(**router_capabilities(h264=h264)))
    return device


def producer_object(kind: str = "video", **changes: Any) -> dict[str, Any]:
    audio = kind == "audio"
    codec: dict[str, Any] = {
        "mimeType": "audio/opus" if audio else "video/VP8",
        "payloadType": 96,
        "clockRate": 48000 if audio else 90000,
        "rtcpFeedback": [{"type": "nack"}],
        "parameters": {},
    }
    if audio:
        codec["channels"] = 2
    rtx = {"mimeType": "video/rtx", "payloadType": 97, "clockRate": 90000, "parameters": {"apt": 96}}
    body = {
        "mid": "0",
        "codecs": [codec] if audio else [codec, rtx],
        "headerExtensions": [{"uri": MID, "id": 4}],
        "encodings": [{"ssrc": 1}] if audio else [{"ssrc": 1, "rtx": {"ssrc": 2}}],
        "rtcp": {"cname": "c"},
    }
    return {**body, **changes}


OPUS_ENTRY = {
    "mimeType": "audio/opus",
    "payloadType": 96,
    "clockRate": 48000,
    "channels": 2,
    "parameters": {},
}
RIDS = [{"rid": "r0"}, {"rid": "r1"}, {"rid": "r2"}]
RID_EXTENSIONS = [{"uri": MID, "id": 4}, {"uri": RID, "id": 10}]


async def test_the_device_can_produce_and_receive_both_kinds() -> None:
    device = await loaded_device()
    assert device.canProduce("audio") and device.canProduce("video")
    names = [codec.mimeType for codec in device.recvRtpCapabilities.codecs]
    assert names == ["audio/opus", "video/VP8", "video/rtx"]


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_what_the_device_sends_is_understood(kind: Any) -> None:
    device = await loaded_device()
    parameters = getSendingRtpParameters(kind, device._extendedRtpCapabilities)
    parameters.mid = "0"
    format = read_producer_parameters(kind, parameters.model_dump(exclude_none=True))
    sent = parameters.codecs[0]
    assert format.codec is (OPUS if kind == "audio" else VP8)
    assert format.payload_type == sent.payloadType != format.codec.payload_type
    assert format.extension_ids[MID] == 1
    assert format.nack is (kind == "video")
    assert bool(format.rtx_payload_type) is (kind == "video")


@pytest.mark.parametrize("codec", [OPUS, VP8])
async def test_the_device_accepts_what_it_is_told_to_receive(codec: Any) -> None:
    device = await loaded_device()
    capabilities = device.recvRtpCapabilities.model_dump(exclude_none=True)
    format = consumer_parameters(codec, capabilities, ssrc=11, rtx_ssrc=12, mid="m000", cname="judge")
    assert canReceive(RtpParameters(**format.rtp_parameters), device._extendedRtpCapabilities)
    assert format.rtp_parameters["codecs"][0]["payloadType"] == codec.payload_type
    assert format.rtp_parameters["mid"] == "m000"
    assert format.rtx is (codec is VP8)
    encoding = format.rtp_parameters["encodings"][0]
    assert encoding == ({"ssrc": 11, "rtx": {"ssrc": 12}} if codec is VP8 else {"ssrc": 11})
    uris = {extension["uri"] for extension in format.rtp_parameters["headerExtensions"]}
    assert TRANSPORT_CC not in uris
    assert MID in uris
    assert (AUDIO_LEVEL in uris) is (codec is OPUS)
    # Of the two, aiortc has the send time only, and only for video.
    assert (ABS_SEND_TIME in uris) is (codec is VP8)


async def test_h264_is_offered_only_on_request() -> None:
    assert "video/H264" not in [codec["mimeType"] for codec in router_capabilities()["codecs"]]
    device = await loaded_device(h264=True)
    names = [codec.mimeType for codec in device.recvRtpCapabilities.codecs]
    assert names == ["audio/opus", "video/VP8", "video/rtx", "video/H264", "video/rtx"]
    body = producer_object()
    body["codecs"][0].update(
        mimeType="video/H264", parameters={"packetization-mode": 1, "profile-level-id": "42e01f"}
    )
    assert read_producer_parameters("video", body, h264=True).codec is H264
    with pytest.raises(NegotiationError, match="not offered") as refused:
        read_producer_parameters("video", body)
    assert refused.value.code == "unsupported_codec"


def test_a_client_without_the_codec_cannot_consume() -> None:
    capabilities = router_capabilities()
    capabilities["codecs"] = [codec for codec in capabilities["codecs"] if codec["kind"] == "audio"]
    with pytest.raises(NegotiationError) as refused:
        consumer_parameters(VP8, capabilities, ssrc=1, rtx_ssrc=2, mid="m000", cname="")
    assert refused.value.code == "unsupported_codec"


def test_a_client_without_retransmission_gets_none() -> None:
    capabilities = router_capabilities()
    capabilities["codecs"] = [codec for codec in capabilities["codecs"] if codec["mimeType"] != "video/rtx"]
    format = consumer_parameters(VP8, capabilities, ssrc=1, rtx_ssrc=2, mid="m000", cname="")
    assert not format.rtx
    assert len(format.rtp_parameters["codecs"]) == 1


def test_bandwidth_feedback_fits_the_extensions() -> None:
    def feedback(capabilities: Any) -> set[str]:
        format = consumer_parameters(VP8, capabilities, ssrc=1, rtx_ssrc=2, mid="m000", cname="")
        return {entry["type"] for entry in format.rtp_parameters["codecs"][0]["rtcpFeedback"]}

    full = router_capabilities()
    assert feedback(full) == {"nack", "ccm", "transport-cc"}
    full["headerExtensions"] = [entry for entry in full["headerExtensions"] if entry["uri"] != TRANSPORT_CC]
    assert feedback(full) == {"nack", "ccm", "goog-remb"}
    full["headerExtensions"] = [entry for entry in full["headerExtensions"] if entry["uri"] != ABS_SEND_TIME]
    assert feedback(full) == {"nack", "ccm"}


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_packets_are_numbered_only_for_those_who_report_them(kind: str) -> None:
    codec = OPUS if kind == "audio" else VP8
    full = router_capabilities()
    numbered = consumer_parameters(codec, full, ssrc=1, rtx_ssrc=2, mid="m000", cname="")
    uris = {entry["uri"] for entry in numbered.rtp_parameters["headerExtensions"]}
    assert numbered.transport_cc and TRANSPORT_CC in uris and ABS_SEND_TIME not in uris
    for entry in full["codecs"]:
        entry["rtcpFeedback"] = [one for one in entry["rtcpFeedback"] if one["type"] != "transport-cc"]
    stamped = consumer_parameters(codec, full, ssrc=1, rtx_ssrc=2, mid="m000", cname="")
    uris = {entry["uri"] for entry in stamped.rtp_parameters["headerExtensions"]}
    assert not stamped.transport_cc and TRANSPORT_CC not in uris and ABS_SEND_TIME in uris


def test_layers_are_ordered_by_their_pictures_and_what_tells_how_they_are_encoded_is_left_alone() -> None:
    given = [
        {"rid": "high", "scaleResolutionDownBy": 1, "maxBitrate": 900_000, "scalabilityMode": "L1T3"},
        {"rid": "low", "scaleResolutionDownBy": 4.0, "maxBitrate": 100_000, "active": True, "dtx": False},
        {"rid": "middle", "scaleResolutionDownBy": 2},
    ]
    body = producer_object(encodings=given, headerExtensions=RID_EXTENSIONS)
    format = read_producer_parameters("video", body)
    assert [encoding.rid for encoding in format.encodings] == ["low", "middle", "high"]
    given[0]["scaleResolutionDownBy"] = 10**400
    body = producer_object(encodings=given, headerExtensions=RID_EXTENSIONS)
    assert read_producer_parameters("video", body).encodings[0].rid == "high"
    unscaled = producer_object(encodings=RIDS, headerExtensions=RID_EXTENSIONS)
    assert [one.rid for one in read_producer_parameters("video", unscaled).encodings] == ["r0", "r1", "r2"]
    by_ssrc = producer_object(encodings=[{"ssrc": 1, "rtx": {"ssrc": 2}}, {"ssrc": 3}], headerExtensions=[])
    assert read_producer_parameters("video", by_ssrc).encodings == (Encoding("", 1, 2), Encoding("", 3))


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("screen", {}, "bad_rtp_parameters"),
        ("audio", {}, "unsupported_codec"),
        ("video", {"codecs": []}, "bad_rtp_parameters"),
        ("video", {"codecs": "VP8"}, "bad_rtp_parameters"),
        ("audio", {"encodings": [{"ssrc": 1}, {"ssrc": 2}], "codecs": [OPUS_ENTRY]}, "bad_rtp_parameters"),
        ("video", {"encodings": [{"ssrc": 1}, {"ssrc": 1}]}, "bad_rtp_parameters"),
        ("video", {"encodings": [{"ssrc": 1}, {"ssrc": 2, "rtx": {"ssrc": 1}}]}, "bad_rtp_parameters"),
        ("video", {"encodings": [{"ssrc": 1}, {}]}, "bad_rtp_parameters"),
        ("video", {"encodings": [{"rid": "r0"}, {"rid": "r1"}]}, "bad_rtp_parameters"),
        ("video", {"encodings": RIDS, "headerExtensions": RID_EXTENSIONS, "mid": ""}, "bad_rtp_parameters"),
        (
            "video",
            {"encodings": [*RIDS, {"rid": "r3"}], "headerExtensions": RID_EXTENSIONS},
            "bad_rtp_parameters",
        ),
        (
            "video",
            {"encodings": [RIDS[0], RIDS[0]], "headerExtensions": RID_EXTENSIONS},
            "bad_rtp_parameters",
        ),
        ("video", {"encodings": [{"rid": "r 0"}]}, "bad_rtp_parameters"),
        ("video", {"encodings": [{"rid": "r" * 17}]}, "bad_rtp_parameters"),
        ("video", {"encodings": [{"rid": 0}]}, "bad_rtp_parameters"),
        ("video", {"encodings": [{"ssrc": -1}]}, "bad_rtp_parameters"),
        ("video", {"mid": None, "encodings": []}, "bad_rtp_parameters"),
        ("video", {"mid": "x" * 17}, "bad_rtp_parameters"),
        ("video", {"headerExtensions": [{"uri": MID, "id": 1, "encrypt": True}]}, "bad_rtp_parameters"),
        ("video", {"headerExtensions": [{"uri": MID, "id": 300}]}, "bad_rtp_parameters"),
        ("video", {"rtcp": 7}, "bad_rtp_parameters"),
    ],
)
def test_bad_producer_parameters_are_refused(kind: str, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(NegotiationError) as refused:
        read_producer_parameters(kind, producer_object(**changes))
    assert refused.value.code == code


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=10,
)


@given(st.sampled_from(["codecs", "headerExtensions", "encodings", "rtcp", "mid"]), json_values)
def test_any_json_is_understood_or_refused(key: str, value: Any) -> None:
    with contextlib.suppress(NegotiationError):
        read_producer_parameters("video", producer_object(**{key: value}))


@given(st.sampled_from(["codecs", "headerExtensions"]), json_values)
def test_any_capabilities_are_understood_or_refused(key: str, value: Any) -> None:
    with contextlib.suppress(NegotiationError):
        consumer_parameters(
            VP8, {**router_capabilities(), key: value}, ssrc=1, rtx_ssrc=2, mid="m000", cname=""
        )


@given(json_values, json_values, json_values)
def test_any_codec_entry_is_understood_or_refused(parameters: Any, feedback: Any, payload_type: Any) -> None:
    body = producer_object()
    body["codecs"][0].update(parameters=parameters, rtcpFeedback=feedback, payloadType=payload_type)
    body["codecs"][1].update(parameters=parameters)
    with contextlib.suppress(NegotiationError):
        read_producer_parameters("video", body)
    with contextlib.suppress(NegotiationError):
        consumer_parameters(VP8, {"codecs": body["codecs"]}, ssrc=1, rtx_ssrc=2, mid="m000", cname="")
