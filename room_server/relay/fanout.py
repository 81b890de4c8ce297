"""The hot path: one packet encrypted and sent to each of its subscribers, on preallocated buffers.

One small class, so that a compiled version can take its place. It makes no Python object per subscriber beyond what
the socket call itself needs, and it never awaits.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, Any

from pylibsrtp._binding import ffi, lib

from room_server.relay import native
from room_server.relay.ice_lite import Address
from room_server.relay.ortc import TRANSPORT_CC_ID
from room_server.relay.rtp.layer_shift import Shift, move_packet
from room_server.relay.rtp.packet import abs_send_time
from room_server.relay.rtp.picture_run import RunPacket
from room_server.relay.rtp.sequence import PlainPosition
from room_server.relay.rtp.vp8 import NO_PLACES, descriptor_places
from room_server.relay.tap import TapLine

if TYPE_CHECKING:
    from room_server.relay.consumer import Consumer
    from room_server.relay.media_transport import MediaTransport
    from room_server.relay.room import Room
    from room_server.relay.udp import Endpoint

SLOT_BYTES = 2048
PAYLOAD_OFFSET = 28
"""Where every forwarded packet has its payload: after the header, and three words of extensions with their own."""
_SEQUENCE = Struct(">H")
_TIMESTAMP = Struct(">I")
_FAMILY, _SCOPE = Struct("=H"), Struct("=I")
SEND_TIME = slice(22, 25)
"""Where the layout of forwarded packets has the abs-send-time."""
NUMBER_ELEMENT = slice(21, 25)
"""The transport-wide number takes the same place; its value is a byte shorter, and a zero byte is padding."""
TRANSPORT_CC_ELEMENT = TRANSPORT_CC_ID << 4 | 1
SENT_KEPT = 4096
"""How many numbered packets a path remembers: at 3000 packets a second for longer than feedback takes."""
_NUMBERED, _SENT = Struct(">BHx"), Struct("=IHH")
_EXPECTED = "srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)"


def check_library() -> None:
    """Raise ImportError when pylibsrtp's C functions are not of the type this module calls."""
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        function = getattr(lib, name, None)
        if function is None or _EXPECTED not in str(ffi.typeof(function)):
            raise ImportError(f"pylibsrtp's {name} is not {_EXPECTED}")


check_library()


@dataclass(slots=True)
class Sent:
    """One numbered packet: when it was sent (microseconds of the steady clock, the low 32 bits), its size, its number."""

    at_us: int = 0
    bytes: int = 0
    number: int = 0


@dataclass(slots=True)
class Path:
    """Where one transport's peer is, and what was sent there.

    `numbers` counts the packets that carried a transport-wide number, `sent` has the newest of them by number.
    """

    bytes_out: int = 0
    numbers: int = 0
    sent: list[Sent] = field(default_factory=list)


@dataclass(slots=True)
class State(PlainPosition):
    """One subscriber's numbering and counts. `graph`: the room's token under which its edge is permitted;
    `numbered`: the subscriber reports transport-wide numbers; `paced`: their line is narrow, so that packets may have to
    wait; `moved`: the three deltas are not all 0, see
    `rtp/layer_shift.py`."""

    graph: int = 0
    forwarded: int = 0
    octets: int = 0
    forbidden: int = 0
    needs_key_frame: int = 0
    numbered: int = 0
    paced: int = 0
    moved: int = 0
    timestamp_delta: int = 0
    picture_id_delta: int = 0
    tl0_delta: int = 0


class Audience(list["Consumer"]):
    """The subscribers a producer's packets go to. Never changed in place: `compiled` is made from it once."""

    compiled: Any = None


class PacketFanout:
    """Buffers for one worker. `template` holds the packet to forward, laid out by the producer."""

    name = "python"

    def __init__(self) -> None:
        self._template = ffi.new("uint8_t[]", SLOT_BYTES)
        self.template = memoryview(ffi.buffer(self._template))
        self._slot = ffi.new("uint8_t[]", SLOT_BYTES)
        self._view = memoryview(ffi.buffer(self._slot))
        self._length = ffi.new("int *")
        self.send_failures = 0

    def forward(
        self,
        length: int,
        extended: int,
        key_frame: bool,
        targets: Sequence[Consumer],
        room: Room,
        places: int = NO_PLACES,
    ) -> None:
        """Send the template's first `length` bytes to each target with its own number, SSRC and mid; `places` is where
        its VP8 counters are (`rtp/vp8.py`), for targets to whom the stream continues another layer.

        The room's graph is looked up again for every datagram: a target that should not be here is counted in its
        `forbidden` and gets nothing.
        """
        edges = room.edges
        slot, view, length_pointer, template = self._slot, self._view, self._length, self._template
        protect, copy, pack_sequence = lib.srtp_protect, ffi.memmove, _SEQUENCE.pack_into
        for target in targets:
            state = target.state
            if state.needs_key_frame:
                if not key_frame:
                    continue
                state.needs_key_frame = 0
            number = target.numbers.number(extended)
            if number is None:
                continue
            if target.edge not in edges:
                state.forbidden += 1
                continue
            transport = target.transport
            srtp = transport.outbound
            if srtp is None:
                continue
            copy(slot, template, length)
            pack_sequence(view, 2, number & 0xFFFF)
            view[8:21] = target.head
            if state.moved:
                shift = Shift(state.timestamp_delta, state.picture_id_delta, state.tl0_delta)
                move_packet(view, places, shift)
            if state.paced and transport.downlink.hold(target, bytes(view[:length]), number):
                continue
            path = transport.path
            if state.numbered:
                _NUMBERED.pack_into(view, 21, TRANSPORT_CC_ELEMENT, path.numbers & 0xFFFF)
            length_pointer[0] = length
            if protect(srtp, slot, length_pointer):
                self.send_failures += 1
                continue
            size = length_pointer[0]
            if state.numbered:
                note_sent(path, size)
            try:
                transport.socket.sendto(view[:size], transport.address)
            except OSError:
                self.send_failures += 1
                continue
            state.forwarded += 1
            state.octets += length - 28
            path.bytes_out += size

    def new_path(self) -> Any:
        """The path of a new transport."""
        return Path()

    def new_state(self, path: Any, head: bytes) -> Any:
        """The state of a new subscriber behind `path`; `head` is its part of every packet."""
        return State()

    def new_token_cell(self) -> Any:
        """Where a room keeps the token of its graph: [0]."""
        return [0]

    def new_tap_line(self) -> Any:
        """How a recorder's socket stands."""
        return TapLine()

    def begin_numbering(self, path: Any) -> Any:
        """Let the path remember numbered packets. The caller keeps what this returns as long as the path."""
        path.sent = [Sent() for _ in range(SENT_KEPT)]
        return path.sent

    def sent_records(self, kept: Any, first: int, count: int) -> list[tuple[int, int, int]]:
        """(sent at, size, number) of so many remembered packets from this number on; see Sent. `kept` is what
        `begin_numbering` returned."""
        records = (kept[number % SENT_KEPT] for number in range(first, first + count))
        return [(one.at_us, one.bytes, one.number) for one in records]

    def set_context(self, path: Any, srtp: Any) -> None:
        """The SRTP context to encrypt with on this path, None before the handshake and after the end."""

    def set_address(self, path: Any, endpoint: Endpoint, address: Address) -> None:
        """Where the peer is now."""

    def forward_kept(self, kept: RunPacket, target: Consumer, room: Room, now_s: float) -> None:
        """Send a packet that was forwarded to others before, in the same way and by the same graph, as sent now."""
        if kept.packet is None:
            return
        length = len(kept.packet)
        self.template[:length] = kept.packet
        _TIMESTAMP.pack_into(self.template, 4, kept.rtp_timestamp)
        self.template[SEND_TIME] = abs_send_time(now_s)
        places = descriptor_places(kept.packet, PAYLOAD_OFFSET, length) if target.state.moved else NO_PLACES
        self.forward(length, kept.extended, False, (target,), room, places)

    def send_rtp(self, transport: MediaTransport, packet: bytes, *, numbered: bool, now_s: float) -> bool:
        """Encrypt and send one RTP packet in the layout of forwarded ones, stamped as sent now; False if it could not
        be sent. `numbered`: with the path's next transport-wide number in place of the send time."""
        return self._send(transport, packet, lib.srtp_protect, numbered, now_s)

    def send_rtcp(self, transport: MediaTransport, compound: bytes) -> bool:
        """Encrypt and send one RTCP compound; False if it could not be sent."""
        return self._send(transport, compound, lib.srtp_protect_rtcp)

    def _send(
        self,
        transport: MediaTransport,
        packet: bytes,
        protect: Any,
        numbered: bool = False,
        stamp_s: float | None = None,
    ) -> bool:
        srtp = transport.outbound
        if srtp is None or len(packet) > SLOT_BYTES - 160:
            return False
        self._view[: len(packet)] = packet
        if numbered:
            _NUMBERED.pack_into(self._view, 21, TRANSPORT_CC_ELEMENT, transport.path.numbers & 0xFFFF)
        elif stamp_s is not None:
            self._view[SEND_TIME] = abs_send_time(stamp_s)
        self._length[0] = len(packet)
        if protect(srtp, self._slot, self._length):
            self.send_failures += 1
            return False
        size = self._length[0]
        if numbered:
            note_sent(transport.path, size)
        try:
            transport.socket.sendto(self._view[:size], transport.address)
        except OSError:
            self.send_failures += 1
            return False
        transport.path.bytes_out += size
        return True


class NativeFanout(PacketFanout):
    """The same through the compiled loop; what is not the usual case takes the Python path."""

    name = "native"

    def __init__(self) -> None:
        super().__init__()
        self.ffi, self.library = native.load()
        cast = self.ffi.cast
        self._protect = cast("protect_function", address_of(ffi.addressof(lib, "srtp_protect")))
        self._protect_report = cast("protect_function", address_of(ffi.addressof(lib, "srtp_protect_rtcp")))
        self._packet = cast("uint8_t *", address_of(self._template))
        self._outcome = self.ffi.new("struct outcome *")

    def new_path(self) -> Any:
        path = self.ffi.new("struct path *")
        path.descriptor = -1
        return path

    def new_state(self, path: Any, head: bytes) -> Any:
        state = self.ffi.new("struct target *")
        state.path, state.head, state.interrupted = path, head, 1
        return state

    def begin_numbering(self, path: Any) -> Any:
        kept = self.ffi.new("struct sent[]", SENT_KEPT)
        path.sent = kept
        return kept

    def sent_records(self, kept: Any, first: int, count: int) -> list[tuple[int, int, int]]:
        view = memoryview(self.ffi.buffer(kept))
        begin, size = first % SENT_KEPT, _SENT.size
        records = list(_SENT.iter_unpack(view[begin * size : (begin + count) * size]))
        if len(records) < count:
            records += _SENT.iter_unpack(view[: (count - len(records)) * size])
        return records

    def set_context(self, path: Any, srtp: Any) -> None:
        path.srtp = self.ffi.NULL if srtp is None else self.ffi.cast("void *", address_of(srtp))

    def set_address(self, path: Any, endpoint: Endpoint, address: Address) -> None:
        packed = socket_address(address)
        self.ffi.memmove(path.address, packed, len(packed))
        path.address_length = len(packed)
        path.descriptor = endpoint.socket.fileno() if endpoint.protocol == "udp" else -1

    def forward(
        self,
        length: int,
        extended: int,
        key_frame: bool,
        targets: Sequence[Consumer],
        room: Room,
        places: int = NO_PLACES,
    ) -> None:
        if type(targets) is not Audience or len(targets) > native.MOST_TARGETS:
            super().forward(length, extended, key_frame, targets, room, places)
            return
        outcome = self._outcome
        self.library.yunting_forward(
            self._packet,
            length,
            extended,
            key_frame,
            places,
            self.compiled(targets),
            len(targets),
            room.token,
            self._protect,
            outcome,
        )
        self.send_failures += outcome.failures
        if outcome.slow_count:
            slow = [targets[outcome.slow[index]] for index in range(outcome.slow_count)]
            super().forward(length, extended, key_frame, slow, room, places)

    def _send(
        self,
        transport: MediaTransport,
        packet: bytes,
        protect: Any,
        numbered: bool = False,
        stamp_s: float | None = None,
    ) -> bool:
        path = transport.path
        if path.descriptor < 0 or path.srtp == self.ffi.NULL or len(packet) > SLOT_BYTES - 160:
            return super()._send(transport, packet, protect, numbered, stamp_s)
        element = NUMBER_ELEMENT.start if numbered else 0
        if stamp_s is not None and not numbered:
            packet = packet[: SEND_TIME.start] + abs_send_time(stamp_s) + packet[SEND_TIME.stop :]
        function = self._protect if protect is lib.srtp_protect else self._protect_report
        if self.library.yunting_send(path, packet, len(packet), element, function):
            return True
        self.send_failures += 1
        return False

    def compiled(self, targets: Audience) -> Any:
        """The subscribers as the loop takes them; theirs to keep alive."""
        if targets.compiled is None:
            targets.compiled = self.ffi.new("struct target *[]", [target.state for target in targets])
        return targets.compiled

    def new_token_cell(self) -> Any:
        return self.ffi.new("uint64_t *")

    def new_tap_line(self) -> Any:
        line = self.ffi.new("struct tap *")
        line.descriptor = -1
        return line


def note_sent(path: Any, size: int) -> None:
    """The packet with the path's next transport-wide number is sent now, `size` bytes long."""
    number = path.numbers & 0xFFFF
    record = path.sent[number % SENT_KEPT]
    record.at_us = time.monotonic_ns() // 1000 & 0xFFFFFFFF
    record.bytes, record.number = size, number
    path.numbers += 1


def socket_address(address: Address) -> bytes:
    """A socket's address tuple as the kernel's sockaddr_in or sockaddr_in6."""
    ip, port = address[0].partition("%")[0], address[1]
    if ":" not in ip:
        return _FAMILY.pack(socket.AF_INET) + _SEQUENCE.pack(port) + socket.inet_aton(ip) + bytes(8)
    flow, scope = (*address[2:], 0, 0)[:2]
    head = _FAMILY.pack(socket.AF_INET6) + _SEQUENCE.pack(port) + _TIMESTAMP.pack(flow)
    return head + socket.inet_pton(socket.AF_INET6, ip) + _SCOPE.pack(scope)


def address_of(pointer: Any) -> int:
    """Where pylibsrtp's cffi pointer points, for another FFI."""
    return int(ffi.cast("uintptr_t", pointer))


def new_fanout() -> PacketFanout:
    """The compiled fan-out where there is one, else the Python one. Raises NativeMissing where it is insisted on."""
    if not native.wanted():
        return PacketFanout()
    try:
        return NativeFanout()
    except native.NativeMissing:
        if os.environ.get(native.SWITCH) == "native":
            raise
        return PacketFanout()
