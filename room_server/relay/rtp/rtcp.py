"""RTCP compound packets (RFC 3550 section 6, RFC 4585, RFC 5104): read tolerantly, built strictly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from struct import pack, unpack_from

from room_server.relay.rtp.packet import Buffer

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
_NACK, _TWCC, _PLI, _FIR, _APPLICATION = 1, 15, 1, 4, 15


@dataclass(slots=True)
class ReportBlock:
    """Reception report of one source; jitter in timestamp units, times in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int
    last_sender_report: int
    delay_since_last: int


@dataclass(slots=True)
class SenderReport:
    """SR: the sender's wall clock (64-bit NTP) at an RTP timestamp."""

    ssrc: int
    ntp: int
    rtp_timestamp: int
    packets: int
    octets: int
    reports: list[ReportBlock] = field(default_factory=list)


@dataclass(slots=True)
class ReceiverReport:
    """RR."""

    ssrc: int
    reports: list[ReportBlock] = field(default_factory=list)


@dataclass(slots=True)
class SourceDescription:
    """SDES, of which only canonical names are read."""

    names: dict[int, str]


@dataclass(slots=True)
class Goodbye:
    """BYE."""

    sources: list[int]


@dataclass(slots=True)
class GenericNack:
    """Transport feedback asking for lost packets by 16-bit sequence number."""

    sender_ssrc: int
    media_ssrc: int
    lost: list[int]


@dataclass(slots=True)
class PictureLoss:
    """PLI: the receiver needs a key frame."""

    sender_ssrc: int
    media_ssrc: int


@dataclass(slots=True)
class FullIntraRequest:
    """FIR: (SSRC, command number) pairs that need a key frame."""

    sender_ssrc: int
    entries: list[tuple[int, int]]


@dataclass(slots=True)
class TransportFeedback:
    """TWCC feedback, its body (from the sender's SSRC on, padding removed) left to rtp.twcc."""

    sender_ssrc: int
    media_ssrc: int
    body: bytes


@dataclass(slots=True)
class BitrateEstimate:
    """REMB: what the receiver believes the path carries, in bits per second."""

    sender_ssrc: int
    bitrate_bps: int
    ssrcs: list[int]


RtcpPacket = (
    SenderReport
    | ReceiverReport
    | SourceDescription
    | Goodbye
    | GenericNack
    | PictureLoss
    | FullIntraRequest
    | TransportFeedback
    | BitrateEstimate
)


def parse_rtcp(data: Buffer) -> list[RtcpPacket]:
    """The packets of a compound that can be understood; unknown or malformed ones are passed over.

    A length field that reaches past the datagram ends the walk. Never raises.
    """
    packets: list[RtcpPacket] = []
    position = 0
    while position + 4 <= len(data):
        first, kind, words = unpack_from(">BBH", data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            break
        body_end = end
        if first & 0x20 and end > position + 4:
            padding = data[end - 1]
            if padding == 0 or padding > end - position - 4:
                position = end
                continue
            body_end = end - padding
        packet = _parse_one(kind, first & 0x1F, bytes(data[position + 4 : body_end]))
        if packet is not None:
            packets.append(packet)
        position = end
    return packets


def _parse_one(kind: int, count: int, body: bytes) -> RtcpPacket | None:
    if kind == SR and len(body) >= 24 + 24 * count:
        ssrc, ntp, rtp_timestamp, packets, octets = unpack_from(">IQIII", body)
        return SenderReport(ssrc, ntp, rtp_timestamp, packets, octets, _report_blocks(body, 24, count))
    if kind == RR and len(body) >= 4 + 24 * count:
        return ReceiverReport(unpack_from(">I", body)[0], _report_blocks(body, 4, count))
    if kind == SDES:
        return SourceDescription(_canonical_names(body, count))
    if kind == BYE and len(body) >= 4 * count:
        return Goodbye(list(unpack_from(f">{count}I", body)))
    if kind == RTPFB and len(body) >= 8:
        return _parse_transport_feedback(count, body)
    if kind == PSFB and len(body) >= 8:
        return _parse_payload_feedback(count, body)
    return None


def _report_blocks(body: bytes, offset: int, count: int) -> list[ReportBlock]:
    blocks = []
    for index in range(count):
        ssrc, loss, highest, jitter, last, delay = unpack_from(">IIIIII", body, offset + 24 * index)
        lost = loss & 0xFFFFFF
        lost = lost - 0x1000000 if lost & 0x800000 else lost
        blocks.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last, delay))
    return blocks


def _canonical_names(body: bytes, count: int) -> dict[int, str]:
    names: dict[int, str] = {}
    position = 0
    for _ in range(count):
        if position + 4 > len(body):
            break
        (ssrc,) = unpack_from(">I", body, position)
        position += 4
        while position + 1 < len(body) and body[position] != 0:
            item, length = body[position], body[position + 1]
            if item == 1:
                names[ssrc] = body[position + 2 : position + 2 + length].decode("utf-8", "replace")
            position += 2 + length
        position = (position // 4 + 1) * 4
    return names


def _parse_transport_feedback(fmt: int, body: bytes) -> RtcpPacket | None:
    sender, media = unpack_from(">II", body)
    if fmt == _NACK:
        lost: list[int] = []
        for offset in range(8, len(body) - 3, 4):
            first, mask = unpack_from(">HH", body, offset)
            lost.append(first)
            lost += [(first + bit + 1) & 0xFFFF for bit in range(16) if mask & (1 << bit)]
        return GenericNack(sender, media, lost)
    if fmt == _TWCC:
        return TransportFeedback(sender, media, body)
    return None


def _parse_payload_feedback(fmt: int, body: bytes) -> RtcpPacket | None:
    sender, media = unpack_from(">II", body)
    if fmt == _PLI:
        return PictureLoss(sender, media)
    if fmt == _FIR:
        entries = [unpack_from(">IB", body, offset) for offset in range(8, len(body) - 7, 8)]
        return FullIntraRequest(sender, [(ssrc, number) for ssrc, number in entries])
    if fmt == _APPLICATION and body[8:12] == b"REMB" and len(body) >= 16:
        count, packed = body[12], int.from_bytes(body[13:16], "big")
        if len(body) < 16 + 4 * count:
            return None
        return BitrateEstimate(
            sender, (packed & 0x3FFFF) << (packed >> 18), list(unpack_from(f">{count}I", body, 16))
        )
    return None


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return pack(">BBH", 0x80 | count, kind, len(body) // 4) + body


def _pack_blocks(reports: Sequence[ReportBlock]) -> bytes:
    return b"".join(
        pack(
            ">IIIIII",
            block.ssrc,
            (block.fraction_lost & 0xFF) << 24 | (block.packets_lost & 0xFFFFFF),
            block.highest_sequence,
            block.jitter & 0xFFFFFFFF,
            block.last_sender_report,
            block.delay_since_last,
        )
        for block in reports
    )


def build_sender_report(report: SenderReport) -> bytes:
    """One SR with up to 31 report blocks."""
    body = pack(
        ">IQIII",
        report.ssrc,
        report.ntp,
        report.rtp_timestamp & 0xFFFFFFFF,
        report.packets & 0xFFFFFFFF,
        report.octets & 0xFFFFFFFF,
    )
    return _packet(SR, len(report.reports), body + _pack_blocks(report.reports))


def build_receiver_report(ssrc: int, reports: Sequence[ReportBlock]) -> bytes:
    """One RR with up to 31 report blocks."""
    return _packet(RR, len(reports), pack(">I", ssrc) + _pack_blocks(reports))


def build_source_description(ssrc: int, name: str) -> bytes:
    """SDES with one canonical name (at most 255 bytes of UTF-8)."""
    text = name.encode()[:255]
    chunk = pack(">IBB", ssrc, 1, len(text)) + text + b"\0"
    return _packet(SDES, 1, chunk + bytes(-len(chunk) % 4))


def build_goodbye(sources: Sequence[int]) -> bytes:
    """BYE for up to 31 sources."""
    return _packet(BYE, len(sources), pack(f">{len(sources)}I", *sources))


def build_nack(sender_ssrc: int, media_ssrc: int, lost: Iterable[int]) -> bytes:
    """Generic NACK; neighbours within 16 share one entry (RFC 4585 section 6.2.1)."""
    pairs: list[list[int]] = []
    for number in lost:
        distance = (number - pairs[-1][0]) & 0xFFFF if pairs else 0
        if pairs and 1 <= distance <= 16:
            pairs[-1][1] |= 1 << (distance - 1)
        elif not pairs or distance:
            pairs.append([number & 0xFFFF, 0])
    entries = b"".join(pack(">HH", first, mask) for first, mask in pairs)
    return _packet(RTPFB, _NACK, pack(">II", sender_ssrc, media_ssrc) + entries)


def build_picture_loss(sender_ssrc: int, media_ssrc: int) -> bytes:
    """PLI."""
    return _packet(PSFB, _PLI, pack(">II", sender_ssrc, media_ssrc))


def build_full_intra_request(sender_ssrc: int, ssrc: int, number: int) -> bytes:
    """FIR for one source; `number` changes with each new request (RFC 5104 section 4.3.1.1)."""
    return _packet(PSFB, _FIR, pack(">IIIB3x", sender_ssrc, 0, ssrc, number & 0xFF))
