"""Transport-wide congestion feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): built and read."""

from __future__ import annotations

from dataclasses import dataclass
from struct import error as StructError
from struct import pack, unpack_from

from room_server.relay.rtp.packet import Buffer, MalformedPacketError
from room_server.relay.rtp.sequence import unwrap_step

TICK_US = 250
REFERENCE_TICKS = 256  # the reference time counts 64 ms
MAX_PACKETS_PER_FEEDBACK = 1000
KEEP_PACKETS = 1500
_NOT_RECEIVED, _SMALL, _LARGE = 0, 1, 2


class TwccRecorder:
    """Collects arrivals of transport-wide numbered packets and turns the unreported ones into feedback messages."""

    __slots__ = ("_arrivals", "_count", "_highest", "_next")

    def __init__(self) -> None:
        self._arrivals: dict[int, int] = {}
        self._highest: int | None = None
        self._next: int | None = None
        self._count = 0

    def receive(self, sequence_number: int, arrival_us: int) -> None:
        """Note one packet's transport-wide number and arrival time (microseconds, any steady clock)."""
        if self._highest is None:
            extended = self._highest = sequence_number + 0x10000
        else:
            extended = self._highest + unwrap_step(sequence_number, self._highest)
            if extended < self._highest - KEEP_PACKETS:
                return
            self._highest = max(self._highest, extended)
        self._arrivals.setdefault(extended, arrival_us)
        # A late packet was reported as lost: report again from it on.
        self._next = extended if self._next is None else min(self._next, extended)
        if len(self._arrivals) > 2 * KEEP_PACKETS:
            oldest = self._highest - KEEP_PACKETS
            self._arrivals = {key: at for key, at in self._arrivals.items() if key >= oldest}

    def feedback(self, sender_ssrc: int, media_ssrc: int) -> list[bytes]:
        """RTCP packets for everything not reported yet; empty when nothing new has arrived."""
        messages: list[bytes] = []
        while self._next is not None and self._highest is not None and self._next <= self._highest:
            first = max(self._next, self._highest - KEEP_PACKETS)
            while first not in self._arrivals and first < self._highest:
                first += 1
            message, following = self._build(first, sender_ssrc, media_ssrc)
            messages.append(message)
            self._next = following
        if self._highest is not None:
            self._next = self._highest + 1
        return messages

    def _build(self, first: int, sender_ssrc: int, media_ssrc: int) -> tuple[bytes, int]:
        assert self._highest is not None
        reference = self._arrivals[first] // (TICK_US * REFERENCE_TICKS)
        clock = reference * REFERENCE_TICKS
        symbols: list[int] = []
        deltas = bytearray()
        number = first
        while number <= self._highest and len(symbols) < MAX_PACKETS_PER_FEEDBACK:
            arrival = self._arrivals.get(number)
            if arrival is None:
                symbols.append(_NOT_RECEIVED)
            else:
                ticks = arrival // TICK_US
                delta = ticks - clock
                if not -0x8000 <= delta <= 0x7FFF:
                    break  # needs a new reference time
                clock = ticks
                small = 0 <= delta <= 0xFF
                symbols.append(_SMALL if small else _LARGE)
                deltas += pack(">B", delta) if small else pack(">h", delta)
            number += 1
        body = pack(
            ">IIHHI",
            sender_ssrc,
            media_ssrc,
            first & 0xFFFF,
            len(symbols),
            (reference & 0xFFFFFF) << 8 | (self._count & 0xFF),
        )
        self._count += 1
        body += _pack_chunks(symbols) + bytes(deltas)
        padding = -len(body) % 4
        if padding:
            body += bytes(padding - 1) + bytes((padding,))
        first_byte = 0x80 | (0x20 if padding else 0) | 15
        return pack(">BBH", first_byte, 205, len(body) // 4) + body, number


def _pack_chunks(symbols: list[int]) -> bytes:
    chunks = bytearray()
    position = 0
    while position < len(symbols):
        symbol = symbols[position]
        run = 1
        while position + run < len(symbols) and run < 0x1FFF and symbols[position + run] == symbol:
            run += 1
        if run >= 7 or position + run == len(symbols):
            chunks += pack(">H", symbol << 13 | run)
            position += run
            continue
        vector = 0xC000
        for index, entry in enumerate(symbols[position : position + 7]):
            vector |= entry << (12 - 2 * index)
        chunks += pack(">H", vector)
        position += 7
    return bytes(chunks)


@dataclass(frozen=True, slots=True)
class ArrivalReport:
    """One feedback message: `arrivals_us` has one entry for each number from the 16-bit `first` on, None where that
    packet did not arrive. The times are of the receiver's clock, which starts again after 2^24 times 64 ms."""

    first: int
    arrivals_us: list[int | None]

    def by_number(self) -> dict[int, int | None]:
        """16-bit number -> arrival in microseconds, None if lost."""
        return {(self.first + index) & 0xFFFF: arrival for index, arrival in enumerate(self.arrivals_us)}


CLOCK_PERIOD_US = (1 << 24) * REFERENCE_TICKS * TICK_US
"""After so long the receiver's clock shows the same again."""


def parse_twcc_feedback(body: Buffer) -> ArrivalReport:
    """Read a feedback message's body (from the sender's SSRC on, padding removed).

    Raises MalformedPacketError when chunks or deltas are cut short, or a symbol is none (section 3.1.1).
    """
    if len(body) < 16:
        raise MalformedPacketError("TWCC feedback is shorter than its fixed part")
    first, count, reference = unpack_from(">HHI", body, 8)
    symbols, position = _read_chunks(body, count)
    clock = (reference >> 8) * REFERENCE_TICKS
    arrivals: list[int | None] = []
    try:
        for symbol in symbols:
            if symbol == _NOT_RECEIVED:
                arrivals.append(None)
                continue
            if symbol == _SMALL:
                clock += body[position]
                position += 1
            elif symbol == _LARGE:
                clock += unpack_from(">h", body, position)[0]
                position += 2
            else:
                raise MalformedPacketError("TWCC feedback has a reserved symbol")
            arrivals.append(clock * TICK_US)
    except (IndexError, StructError):
        raise MalformedPacketError("TWCC feedback lacks receive deltas") from None
    return ArrivalReport(first, arrivals)


def _read_chunks(body: Buffer, count: int) -> tuple[list[int], int]:
    """The first `count` packet status symbols, and where the receive deltas begin."""
    symbols: list[int] = []
    position = 16
    while len(symbols) < count:
        if position + 2 > len(body):
            raise MalformedPacketError("TWCC feedback lacks packet status chunks")
        chunk = body[position] << 8 | body[position + 1]
        position += 2
        if chunk & 0x8000 == 0:
            if chunk & 0x1FFF == 0:
                raise MalformedPacketError("TWCC feedback has an empty run")
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
        elif chunk & 0x4000:
            symbols += [(chunk >> (12 - 2 * index)) & 3 for index in range(7)]
        else:
            symbols += [(chunk >> (13 - index)) & 1 for index in range(14)]
    del symbols[count:]
    return symbols, position
