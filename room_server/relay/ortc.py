"""Capability negotiation in the ORTC object shapes that mediasoup-client and pymediasoup speak. Pure.

The router has one set of payload types and header extension ids. Publishers may use others (their own numbering);
subscribers are always told the router's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["audio", "video"]
JsonObject = dict[str, Any]

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

MID_ID, RID_ID, REPAIRED_RID_ID, ABS_SEND_TIME_ID, TRANSPORT_CC_ID, AUDIO_LEVEL_ID = 1, 2, 3, 4, 5, 10

_VIDEO_FEEDBACK = (("nack", ""), ("nack", "pli"), ("ccm", "fir"), ("goog-remb", ""), ("transport-cc", ""))
_MAX_SSRC = 0xFFFFFFFF
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")
MAX_LAYERS = 3
"""Encodings that one picture may come in."""


class NegotiationError(ValueError):
    """Capabilities or parameters that cannot be used. `code` is for the caller, the message for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class RouterCodec:
    """One codec of the router; `rtx_payload_type` is 0 where there is no retransmission format."""

    kind: Kind
    mime_type: str
    payload_type: int
    clock_rate: int
    channels: int | None
    parameters: Mapping[str, str | int]
    feedback: tuple[tuple[str, str], ...]
    rtx_payload_type: int = 0


OPUS = RouterCodec("audio", "audio/opus", 100, 48000, 2, {}, (("transport-cc", ""),))
VP8 = RouterCodec("video", "video/VP8", 101, 90000, None, {}, _VIDEO_FEEDBACK, 102)
H264 = RouterCodec(
    "video",
    "video/H264",
    103,
    90000,
    None,
    {"level-asymmetry-allowed": 1, "packetization-mode": 1, "profile-level-id": "42e01f"},
    _VIDEO_FEEDBACK,
    104,
)


def router_codecs(*, h264: bool) -> tuple[RouterCodec, ...]:
    """The codecs offered, preferred first. VP8 is what every browser has; H.264 only on request."""
    return (OPUS, VP8, H264) if h264 else (OPUS, VP8)


def router_capabilities(*, h264: bool = False) -> JsonObject:
    """`routerRtpCapabilities` for `Device.load`."""
    codecs: list[JsonObject] = []
    for codec in router_codecs(h264=h264):
        entry: JsonObject = {
            "kind": codec.kind,
            "mimeType": codec.mime_type,
            "preferredPayloadType": codec.payload_type,
            "clockRate": codec.clock_rate,
            "parameters": dict(codec.parameters),
            "rtcpFeedback": [{"type": name, "parameter": value} for name, value in codec.feedback],
        }
        if codec.channels is not None:
            entry["channels"] = codec.channels
        codecs.append(entry)
        if codec.rtx_payload_type:
            codecs.append(
                {
                    "kind": codec.kind,
                    "mimeType": f"{codec.kind}/rtx",
                    "preferredPayloadType": codec.rtx_payload_type,
                    "clockRate": codec.clock_rate,
                    "parameters": {"apt": codec.payload_type},
                    "rtcpFeedback": [],
                }
            )
    extensions = [
        _extension("audio", MID, MID_ID),
        _extension("video", MID, MID_ID),
        _extension("video", RID, RID_ID, "recvonly"),
        _extension("video", REPAIRED_RID, REPAIRED_RID_ID, "recvonly"),
        _extension("audio", ABS_SEND_TIME, ABS_SEND_TIME_ID),
        _extension("video", ABS_SEND_TIME, ABS_SEND_TIME_ID),
        _extension("audio", TRANSPORT_CC, TRANSPORT_CC_ID),
        _extension("video", TRANSPORT_CC, TRANSPORT_CC_ID),
        _extension("audio", AUDIO_LEVEL, AUDIO_LEVEL_ID),
    ]
    return {"codecs": codecs, "headerExtensions": extensions}


def _extension(kind: Kind, uri: str, identifier: int, direction: str = "sendrecv") -> JsonObject:
    return {
        "kind": kind,
        "uri": uri,
        "preferredId": identifier,
        "preferredEncrypt": False,
        "direction": direction,
    }


@dataclass(frozen=True, slots=True)
class Encoding:
    """One stream of a publisher: known by its SSRCs, or by its rid until they are seen (RFC 8852)."""

    rid: str = ""
    ssrc: int | None = None
    rtx_ssrc: int | None = None


@dataclass(frozen=True, slots=True)
class ProducerFormat:
    """What the relay needs to know of a publisher's source, read from its rtpParameters. `encodings` has at least one,
    the smallest picture first."""

    kind: Kind
    codec: RouterCodec
    payload_type: int
    rtx_payload_type: int
    mid: str
    encodings: tuple[Encoding, ...]
    cname: str
    extension_ids: Mapping[str, int]
    nack: bool


def read_producer_parameters(kind: str, parameters: object, *, h264: bool = False) -> ProducerFormat:
    """Check a publisher's rtpParameters and map its numbering to the router's.

    Raises NegotiationError("bad_rtp_parameters" | "unsupported_codec").
    """
    if kind not in ("audio", "video"):
        raise NegotiationError("bad_rtp_parameters", f"kind is {kind!r}; allowed are audio, video")
    body = _object(parameters, "rtpParameters")
    codecs = [_object(entry, "codecs[]") for entry in _list(body.get("codecs"), "codecs")]
    if not codecs:
        raise NegotiationError("bad_rtp_parameters", "codecs is empty")
    media, router_codec = codecs[0], None
    for candidate in router_codecs(h264=h264):
        if candidate.kind == kind and _matches(candidate, media):
            router_codec = candidate
    if router_codec is None:
        raise NegotiationError("unsupported_codec", f"{kind} codec {media.get('mimeType')!r} is not offered")
    payload_type = _integer(media.get("payloadType"), "codecs[0].payloadType", 0, 127)
    rtx_payload_type = 0
    for entry in codecs[1:]:
        if str(entry.get("mimeType", "")).lower() == f"{kind}/rtx":
            apt = _object(entry.get("parameters") or {}, "codecs[].parameters").get("apt")
            if apt == payload_type:
                rtx_payload_type = _integer(entry.get("payloadType"), "codecs[].payloadType", 0, 127)
    mid = _text(body.get("mid"), "mid", 16)
    extensions = _read_extensions(body)
    encodings = _read_encodings(kind, body)
    if any(encoding.ssrc is None for encoding in encodings):
        if not mid:
            raise NegotiationError("bad_rtp_parameters", "either mid or encodings[].ssrc is needed")
        if len(encodings) > 1 and not (MID in extensions and RID in extensions):
            raise NegotiationError(
                "bad_rtp_parameters",
                f"several encodings without ssrc need the header extensions {MID} and {RID}",
            )
    rtcp = _object(body.get("rtcp") or {}, "rtcp")
    return ProducerFormat(
        kind="audio" if kind == "audio" else "video",
        codec=router_codec,
        payload_type=payload_type,
        rtx_payload_type=rtx_payload_type,
        mid=mid,
        encodings=encodings,
        cname=_text(rtcp.get("cname"), "rtcp.cname", 255),
        extension_ids=extensions,
        nack=("nack", "") in _feedback(media),
    )


def _read_encodings(kind: str, body: JsonObject) -> tuple[Encoding, ...]:
    """The encodings by the size of their pictures, as far as it is told, else in the given order."""
    entries = [_object(entry, "encodings[]") for entry in _list(body.get("encodings"), "encodings")]
    most = MAX_LAYERS if kind == "video" else 1
    if len(entries) > most:
        raise NegotiationError(
            "bad_rtp_parameters", f"{kind} may have at most {most} encodings, not {len(entries)}"
        )
    encodings = [_read_encoding(entry, f"encodings[{index}]") for index, entry in enumerate(entries)]
    if len(encodings) > 1 and any(not one.rid and one.ssrc is None for one in encodings):
        raise NegotiationError("bad_rtp_parameters", "each of several encodings needs a rid or an ssrc")
    rids = [one.rid for one in encodings if one.rid]
    ssrcs = [ssrc for one in encodings for ssrc in (one.ssrc, one.rtx_ssrc) if ssrc is not None]
    for name, values in (("rid", rids), ("ssrc", ssrcs)):
        if len(set(values)) < len(values):
            raise NegotiationError("bad_rtp_parameters", f"two encodings have the same {name}")
    scales: list[Any] = [entry.get("scaleResolutionDownBy") for entry in entries]
    if all(isinstance(scale, int | float) and not isinstance(scale, bool) for scale in scales):
        # Stable, so that equal scales keep the publisher's order.
        order = sorted(range(len(encodings)), key=scales.__getitem__, reverse=True)
        encodings = [encodings[index] for index in order]
    return tuple(encodings) or (Encoding(),)


def _read_encoding(entry: JsonObject, name: str) -> Encoding:
    """One encoding. What says how it is encoded (maxBitrate, scalabilityMode, ...) is the publisher's business."""
    rid = entry.get("rid")
    if rid is not None and not (isinstance(rid, str) and _RID.fullmatch(rid)):
        raise NegotiationError(
            "bad_rtp_parameters", f"{name}.rid must be 1 to 16 letters, digits, hyphens or underscores"
        )
    ssrc, rtx = entry.get("ssrc"), entry.get("rtx")
    rtx_ssrc = _object(rtx, f"{name}.rtx").get("ssrc") if rtx else None
    return Encoding(
        rid or "",
        None if ssrc is None else _integer(ssrc, f"{name}.ssrc", 0, _MAX_SSRC),
        None if rtx_ssrc is None else _integer(rtx_ssrc, f"{name}.rtx.ssrc", 0, _MAX_SSRC),
    )


def _read_extensions(body: JsonObject) -> dict[str, int]:
    extensions: dict[str, int] = {}
    for entry in _list(body.get("headerExtensions") or [], "headerExtensions"):
        item = _object(entry, "headerExtensions[]")
        if item.get("encrypt"):
            raise NegotiationError("bad_rtp_parameters", "encrypted header extensions are not offered")
        uri = item.get("uri")
        if not isinstance(uri, str):
            raise NegotiationError("bad_rtp_parameters", "headerExtensions[].uri must be a string")
        extensions[uri] = _integer(item.get("id"), "headerExtensions[].id", 1, 255)
    return extensions


def _feedback(codec: JsonObject) -> set[tuple[str, str]]:
    """A codec entry's feedback mechanisms as (type, parameter)."""
    entries = codec.get("rtcpFeedback")
    if not isinstance(entries, list):
        return set()
    return {
        (str(entry.get("type")), str(entry.get("parameter") or ""))
        for entry in entries
        if isinstance(entry, dict)
    }


def _matches(codec: RouterCodec, entry: JsonObject) -> bool:
    """Whether a client's codec entry (capability or parameters) is this codec."""
    if str(entry.get("mimeType", "")).lower() != codec.mime_type.lower():
        return False
    if entry.get("clockRate") != codec.clock_rate:
        return False
    if codec.channels is not None and entry.get("channels", 1) != codec.channels:
        return False
    if codec.mime_type == H264.mime_type:
        parameters = entry.get("parameters") or {}
        if not isinstance(parameters, dict):
            return False
        # Constrained baseline is spelled 42e0xx, and 4200xx by some senders of it.
        profile = str(parameters.get("profile-level-id", "42001f")).lower()
        return str(parameters.get("packetization-mode", 0)) == "1" and profile[:4] in ("42e0", "4200")
    return True


@dataclass(frozen=True, slots=True)
class ConsumerFormat:
    """A subscriber's side: the object for the client, whether it takes retransmissions, and whether it reports
    transport-wide numbers."""

    rtp_parameters: JsonObject
    rtx: bool
    transport_cc: bool


def consumer_parameters(
    codec: RouterCodec, capabilities: object, *, ssrc: int, rtx_ssrc: int, mid: str, cname: str
) -> ConsumerFormat:
    """rtpParameters for a consumer, in the router's numbering, cut down to what the client can receive.

    Raises NegotiationError("bad_rtp_capabilities" | "unsupported_codec").
    """
    try:
        body = _object(capabilities, "rtpCapabilities")
        entries = [_object(entry, "codecs[]") for entry in _list(body.get("codecs"), "codecs")]
        extensions = [
            _object(entry, "headerExtensions[]")
            for entry in _list(body.get("headerExtensions") or [], "headerExtensions")
        ]
    except NegotiationError as error:
        raise NegotiationError("bad_rtp_capabilities", str(error)) from None
    match = next((entry for entry in entries if _matches(codec, entry)), None)
    if match is None:
        raise NegotiationError("unsupported_codec", f"the client cannot receive {codec.mime_type}")
    supported = {
        str(entry.get("uri"))
        for entry in extensions
        if entry.get("kind") in (codec.kind, None, "") and entry.get("direction") != "inactive"
    }
    client_feedback = _feedback(match)
    # A subscriber estimates the bandwidth (REMB, by send times), or reports arrivals and leaves that to the relay.
    transport_cc = TRANSPORT_CC in supported and ("transport-cc", "") in client_feedback
    timing = (TRANSPORT_CC, TRANSPORT_CC_ID) if transport_cc else (ABS_SEND_TIME, ABS_SEND_TIME_ID)
    wanted = [(MID, MID_ID), timing]
    if codec.kind == "audio":
        wanted.append((AUDIO_LEVEL, AUDIO_LEVEL_ID))
    used = [(uri, identifier) for uri, identifier in wanted if uri in supported]
    left_out = {"transport-cc": not transport_cc, "goog-remb": transport_cc or ABS_SEND_TIME not in supported}
    feedback = [
        (name, value)
        for name, value in codec.feedback
        if (name, value) in client_feedback and not left_out.get(name)
    ]
    rtx = bool(codec.rtx_payload_type) and ("nack", "") in feedback and _takes_rtx(entries, match)
    return ConsumerFormat(
        _consumer_object(codec, feedback, used, rtx, ssrc=ssrc, rtx_ssrc=rtx_ssrc, mid=mid, cname=cname),
        rtx,
        transport_cc,
    )


def _takes_rtx(entries: list[JsonObject], match: JsonObject) -> bool:
    for entry in entries:
        parameters = entry.get("parameters")
        if not str(entry.get("mimeType", "")).lower().endswith("/rtx") or not isinstance(parameters, dict):
            continue
        if parameters.get("apt") == match.get("preferredPayloadType"):
            return True
    return False


def _consumer_object(
    codec: RouterCodec,
    feedback: list[tuple[str, str]],
    extensions: list[tuple[str, int]],
    rtx: bool,
    *,
    ssrc: int,
    rtx_ssrc: int,
    mid: str,
    cname: str,
) -> JsonObject:
    entry: JsonObject = {
        "mimeType": codec.mime_type,
        "payloadType": codec.payload_type,
        "clockRate": codec.clock_rate,
        "parameters": dict(codec.parameters),
        "rtcpFeedback": [{"type": name, "parameter": value} for name, value in feedback],
    }
    if codec.channels is not None:
        entry["channels"] = codec.channels
    codecs, encoding = [entry], {"ssrc": ssrc}
    if rtx:
        codecs.append(
            {
                "mimeType": f"{codec.kind}/rtx",
                "payloadType": codec.rtx_payload_type,
                "clockRate": codec.clock_rate,
                "parameters": {"apt": codec.payload_type},
                "rtcpFeedback": [],
            }
        )
    result: JsonObject = {
        "mid": mid,
        "codecs": codecs,
        "headerExtensions": [
            {"uri": uri, "id": identifier, "encrypt": False, "parameters": {}}
            for uri, identifier in extensions
        ],
        "encodings": [{**encoding, "rtx": {"ssrc": rtx_ssrc}} if rtx else encoding],
        "rtcp": {"cname": cname, "reducedSize": True, "mux": True},
    }
    return result


def _object(value: object, name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise NegotiationError("bad_rtp_parameters", f"{name} must be an object")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > 64:
        raise NegotiationError("bad_rtp_parameters", f"{name} must be a list of at most 64 entries")
    return value


def _text(value: object, name: str, most: int) -> str:
    """An optional string, "" where there is none. It goes into packets, so UTF-8 must have all of its characters."""
    text = value or ""
    if not isinstance(text, str) or len(text) > most or any("\ud800" <= one <= "\udfff" for one in text):
        raise NegotiationError(
            "bad_rtp_parameters",
            f"{name} must be a string of at most {most} characters, without lone surrogates",
        )
    return text


def _integer(value: object, name: str, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise NegotiationError("bad_rtp_parameters", f"{name} must be a whole number from {low} to {high}")
    return value
