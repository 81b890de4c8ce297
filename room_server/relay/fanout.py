"""The hot path: one packet encrypted and sent to each of its subscribers, on preallocated buffers.

One small class, so that a compiled version can take its place. It makes no Python object per subscriber beyond what
the socket call itself needs, and it never awaits.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any

from pylibsrtp._binding import ffi, lib

from room_server.relay.forwarding import Edge
from room_server.relay.rtp.packet import abs_send_time
from room_server.relay.rtp.picture_run import RunPacket

if TYPE_CHECKING:
    from room_server.relay.consumer import Consumer
    from room_server.relay.media_transport import MediaTransport

SLOT_BYTES = 2048
_SEQUENCE = Struct(">H")
_TIMESTAMP = Struct(">I")
SEND_TIME = slice(22, 25)
"""Where the layout of forwarded packets has the abs-send-time."""
_EXPECTED = "srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)"


def check_library() -> None:
    """Raise ImportError when pylibsrtp's C functions are not of the type this module calls."""
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        function = getattr(lib, name, None)
        if function is None or _EXPECTED not in str(ffi.typeof(function)):
            raise ImportError(f"pylibsrtp's {name} is not {_EXPECTED}")


check_library()


class PacketFanout:
    """Buffers for one worker. `template` holds the packet to forward, laid out by the producer."""

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
        edges: frozenset[Edge],
    ) -> None:
        """Send the template's first `length` bytes to each target with its own number, SSRC and mid.

        `edges` is the graph in force, looked up again for every datagram: a target that should not be here is
        counted in its `forbidden` and gets nothing.
        """
        slot, view, length_pointer, template = self._slot, self._view, self._length, self._template
        protect, copy, pack_sequence = lib.srtp_protect, ffi.memmove, _SEQUENCE.pack_into
        for target in targets:
            if target.needs_key_frame:
                if not key_frame:
                    continue
                target.needs_key_frame = False
            number = target.numbers.number(extended)
            if number is None:
                continue
            if target.edge not in edges:
                target.forbidden += 1
                continue
            transport = target.transport
            srtp = transport.outbound
            if srtp is None:
                continue
            copy(slot, template, length)
            pack_sequence(view, 2, number & 0xFFFF)
            view[8:21] = target.head
            length_pointer[0] = length
            if protect(srtp, slot, length_pointer):
                self.send_failures += 1
                continue
            size = length_pointer[0]
            try:
                transport.socket.sendto(view[:size], transport.address)
            except OSError:
                self.send_failures += 1
                continue
            target.forwarded += 1
            target.octets += length - 28
            transport.bytes_out += size

    def forward_kept(self, kept: RunPacket, target: Consumer, edges: frozenset[Edge], now_s: float) -> None:
        """Send a packet that was forwarded to others before, in the same way and by the same graph, as sent now."""
        if kept.packet is None:
            return
        length = len(kept.packet)
        self.template[:length] = kept.packet
        _TIMESTAMP.pack_into(self.template, 4, kept.rtp_timestamp)
        self.template[SEND_TIME] = abs_send_time(now_s)
        self.forward(length, kept.extended, False, (target,), edges)

    def send_rtp(self, transport: MediaTransport, packet: bytes) -> bool:
        """Encrypt and send one finished RTP packet; False if it could not be sent."""
        return self._send(transport, packet, lib.srtp_protect)

    def send_rtcp(self, transport: MediaTransport, compound: bytes) -> bool:
        """Encrypt and send one RTCP compound; False if it could not be sent."""
        return self._send(transport, compound, lib.srtp_protect_rtcp)

    def _send(self, transport: MediaTransport, packet: bytes, protect: Any) -> bool:
        srtp = transport.outbound
        if srtp is None or len(packet) > SLOT_BYTES - 160:
            return False
        self._view[: len(packet)] = packet
        self._length[0] = len(packet)
        if protect(srtp, self._slot, self._length):
            self.send_failures += 1
            return False
        size = self._length[0]
        try:
            transport.socket.sendto(self._view[:size], transport.address)
        except OSError:
            self.send_failures += 1
            return False
        transport.bytes_out += size
        return True


class PacketReceiver:
    """The receive buffer of one worker; decrypts in place."""

    def __init__(self) -> None:
        self._buffer = ffi.new("uint8_t[]", SLOT_BYTES)
        self.view = memoryview(ffi.buffer(self._buffer))
        self._length = ffi.new("int *")

    def unprotect(self, srtp: Any, length: int, *, rtcp: bool) -> int:
        """Verify and decrypt the buffer's first `length` bytes; the plain length, or 0 if it is not authentic."""
        self._length[0] = length
        function = lib.srtp_unprotect_rtcp if rtcp else lib.srtp_unprotect
        if function(srtp, self._buffer, self._length):
            return 0
        return int(self._length[0])
