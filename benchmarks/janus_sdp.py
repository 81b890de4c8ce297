"""What the load and Janus say of their transports and streams to each other: session descriptions (RFC 8866)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from benchmarks.relay_link import Link, Remote, host
from benchmarks.relay_source import RTX_TYPE, TWCC_ID, Stream
from room_server.relay.ortc import TRANSPORT_CC
from room_server.relay.transport import Fingerprint


class JanusError(RuntimeError):
    """Janus refused, or answered something else than was expected."""


def offer(link: Link, streams: Sequence[Stream]) -> str:
    """What a publisher of these streams offers."""
    lines = [*_session(" ".join(str(at) for at in range(len(streams))))]
    for at, stream in enumerate(streams):
        video = stream.kind == "video"
        kinds = f"{stream.payload_type} {RTX_TYPE}" if video else str(stream.payload_type)
        lines += [*_transport(link, stream.kind, kinds, "actpass"), f"a=mid:{at}", "a=sendonly"]
        if stream.twcc:
            lines.append(f"a=extmap:{TWCC_ID} {TRANSPORT_CC}")
        if video:
            lines += [
                f"a=rtpmap:{stream.payload_type} VP8/90000",
                f"a=rtcp-fb:{stream.payload_type} nack",
                f"a=rtcp-fb:{stream.payload_type} nack pli",
                *([f"a=rtcp-fb:{stream.payload_type} transport-cc"] if stream.twcc else []),
                f"a=rtpmap:{RTX_TYPE} rtx/90000",
                f"a=fmtp:{RTX_TYPE} apt={stream.payload_type}",
                f"a=ssrc-group:FID {stream.ssrc} {stream.rtx_ssrc}",
                f"a=ssrc:{stream.ssrc} cname:load",
                f"a=ssrc:{stream.rtx_ssrc} cname:load",
            ]
        else:
            lines += [f"a=rtpmap:{stream.payload_type} opus/48000/2", f"a=ssrc:{stream.ssrc} cname:load"]
    return "\r\n".join(lines) + "\r\n"


def answer(link: Link, offered: str) -> str:
    """What a subscriber answers: everything that was offered, received only.

    Janus is made the DTLS client here too. As DTLS server it misses a ClientHello that comes before it has settled
    ICE, and a join takes as long as the client's retransmission timer (one second with OpenSSL's).
    """
    sections = re.split(r"^(?=m=)", offered, flags=re.MULTILINE)[1:]
    mids = [_one(r"^a=mid:(\S+)", section) for section in sections]
    lines = [*_session(" ".join(mids))]
    for section, mid in zip(sections, mids, strict=True):
        kind, kinds = re.match(r"m=(\w+) \d+ \S+ ([\d ]+)", section).groups()  # type: ignore[union-attr]
        lines += [*_transport(link, kind, kinds.strip(), "passive"), f"a=mid:{mid}", "a=recvonly"]
        lines += re.findall(r"^(a=(?:rtpmap|fmtp|rtcp-fb):[^\r\n]+)", section, re.MULTILINE)
    return "\r\n".join(lines) + "\r\n"


def pairs(description: str) -> dict[int, int]:
    """SSRC of the retransmissions -> SSRC of the media, as announced."""
    found = re.findall(r"^a=ssrc-group:FID (\d+) (\d+)", description, re.MULTILINE)
    return {int(rtx): int(media) for media, rtx in found}


def remote_of(description: str) -> Remote:
    """Janus's end of the transport. Raises JanusError where something is not there."""
    candidate = re.search(r"^a=candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+) typ host", description, re.I | re.M)
    if candidate is None:
        raise JanusError(f"no IPv4 candidate in {description}")
    algorithm, value = re.search(r"^a=fingerprint:(\S+) (\S+)", description, re.M).groups()  # type: ignore[union-attr]
    return Remote(
        ip=candidate.group(1),
        port=int(candidate.group(2)),
        fragment=_one(r"^a=ice-ufrag:(\S+)", description),
        password=_one(r"^a=ice-pwd:(\S+)", description),
        fingerprints=(Fingerprint(algorithm, value),),
        role="client",
    )


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise JanusError(f"{pattern} is not in {text}")
    return found.group(1)


def _session(bundle: str) -> list[str]:
    return [
        "v=0",
        f"o=- {secrets.randbits(48)} 2 IN IP4 {host()}",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {bundle}",
        "a=msid-semantic: WMS load",
    ]


def _transport(link: Link, kind: str, payload_types: str, setup: str) -> list[str]:
    prints = link.certificate.fingerprints()
    sha256 = next(entry["value"] for entry in prints if entry["algorithm"] == "sha-256")
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_types}",
        f"c=IN IP4 {host()}",
        f"a=ice-ufrag:{link.fragment}",
        f"a=ice-pwd:{link.password}",
        f"a=fingerprint:sha-256 {sha256}",
        f"a=setup:{setup}",
        "a=rtcp-mux",
        f"a=candidate:1 1 udp 2130706431 {host()} {link.port} typ host",
        "a=end-of-candidates",
    ]
