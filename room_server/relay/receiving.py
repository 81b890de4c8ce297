"""How datagrams come in: one by one (Python), or in batches of which the compiled loop takes the usual ones.

The compiled loop (`native/receive.c`) decrypts, records and forwards the next packet in order of a stream that is
leased to it, and leaves an entry in its journal. `settle` does the streams' book-keeping from the journal; it must be
called before anything else looks at them or changes them. `recall` ends all leases: call it when doors, graphs, the
recorder or viewers change. A lease is given again once Python has handled a packet of the stream.
"""

from __future__ import annotations

import enum
import errno
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

from pylibsrtp._binding import ffi, lib

from room_server.relay.consumer import LEVEL_ELEMENT, SEND_TIME_ELEMENT
from room_server.relay.fanout import SLOT_BYTES, NativeFanout, PacketFanout, address_of, socket_address
from room_server.relay.ice_lite import Address
from room_server.relay.native import MOST_TARGETS

if TYPE_CHECKING:
    from room_server.relay.media_transport import MediaTransport
    from room_server.relay.stream import Stream
    from room_server.relay.udp import UdpEndpoint

_UNFINISHED, _FULL = 4, 5
BOOKED_AT_ONCE = 24
_CODECS = {"audio/opus": 0, "video/vp8": 1, "video/h264": 2}
"""As the CODEC_ values of native/relay.h. Of other codecs every packet counts as the beginning of a key frame."""


class Arrival(enum.Enum):
    """What `next` found; as the EVENT_ values of native/relay.h. RAW: a datagram as it came, of `length` bytes, from `address`. PLAIN: the decrypted RTP of
    `stream`, of `length` bytes, `received` before. FORGED: RTP or RTCP that is not authentic. REPORT: the decrypted RTCP of `transport`, likewise."""

    RAW, PLAIN, FORGED, REPORT = 1, 2, 3, 6


class Clocks(Protocol):
    """Where the time comes from: `Runtime`."""

    def now_s(self) -> float: ...
    def wall_ns(self) -> int: ...


class PacketReceiver:
    """The receive buffer of one worker; decrypts in place. Every datagram comes as it arrived."""

    name = "python"

    def __init__(self) -> None:
        self._buffer = ffi.new("uint8_t[]", SLOT_BYTES)
        self.own_view = self.view = memoryview(ffi.buffer(self._buffer))
        self._length = ffi.new("int *")
        self._endpoint: UdpEndpoint
        self._left = 0
        self.length = self.received = 0
        self.address: Address = ()
        self.stream: Stream | None = None
        self.transport: MediaTransport | None = None
        self.on_failure: Callable[[], None] = _ignore
        """Called in the handler of an exception that the book-keeping of one packet raised."""

    def begin(self, endpoint: UdpEndpoint, most: int) -> None:
        """`next` will give at most so many datagrams of this endpoint."""
        self._endpoint, self._left = endpoint, most

    def next(self) -> Arrival | None:
        """The next datagram to handle, in `view`; None: no more, for now."""
        while self._left > 0:
            self._left -= 1
            try:
                self.length, self.address = self._endpoint.socket.recvfrom_into(self.view)
            except (BlockingIOError, InterruptedError):
                return None
            except OSError:
                # An ICMP error of an earlier send is reported here; the next datagram is not affected.
                continue
            return Arrival.RAW
        return None

    def take(self, frame: bytes) -> None:
        """A packet that came over TCP."""
        self.view = self.own_view
        self.view[: len(frame)] = frame

    def unprotect(self, srtp: Any, length: int, *, rtcp: bool) -> int:
        """Verify and decrypt the buffer's first `length` bytes; the plain length, or 0 if it is not authentic."""
        self._length[0] = length
        function = lib.srtp_unprotect_rtcp if rtcp else lib.srtp_unprotect
        if function(srtp, ffi.from_buffer(self.view), self._length):
            return 0
        return int(self._length[0])

    # -- what only the compiled loop needs ------------------------------------------------------------------------

    def watch(self, endpoint: UdpEndpoint) -> None:
        """Datagrams of this endpoint will be read."""

    def new_peer(self, transport: MediaTransport) -> Any:
        """The loop's part of a transport."""
        return None

    def know_reporter(self, peer: Any, ssrc: int) -> None:
        """RTCP of this peer with this SSRC was authentic."""

    def set_context(self, peer: Any, srtp: Any) -> None:
        """The SRTP context of what this peer sends, None before the handshake and after the end."""

    def lease(self, stream: Stream) -> None:
        """A packet of this stream was handled: let the loop have the next ones, if they can be usual."""

    def settle(self) -> None:
        """Do the book-keeping of what the loop forwarded."""

    def recall(self) -> None:
        """Let nothing be forwarded any more that was not looked at after this."""


class AddressBook(dict[Address, "MediaTransport"]):
    """An endpoint's transports by address; the compiled loop is told of every change."""

    def __init__(self, receiver: NativeReceiver, descriptor: int) -> None:
        super().__init__()
        self._receiver, self._descriptor = receiver, descriptor

    def __setitem__(self, address: Address, transport: MediaTransport) -> None:
        super().__setitem__(address, transport)
        self._receiver.remember(self._descriptor, address, transport.peer)

    def __delitem__(self, address: Address) -> None:
        super().__delitem__(address)
        self._receiver.forget(self._descriptor, address)

    def _refuse(self, *arguments: Any, **named: Any) -> Any:
        raise NotImplementedError("addresses are set and deleted one by one")

    clear = pop = popitem = setdefault = update = __ior__ = _refuse


class Lease:
    """What the loop may do with one stream. Keeps alive what its C struct points to."""

    def __init__(self, receiver: NativeReceiver, stream: Stream, index: int) -> None:
        self.stream, self.peer = stream, stream.transport.peer
        self.struct = receiver.ffi.new("struct lease *")
        self._receiver = receiver
        self._kept: tuple[Any, ...] = ()
        format, producer = stream.format, stream.producer
        struct = self.struct
        struct.index, struct.track, struct.level_id = index, producer.track, producer.level_id
        struct.payload_type, struct.sent_payload_type = format.payload_type, format.codec.payload_type
        struct.codec = _CODECS[format.codec.mime_type.lower()]
        struct.send_time_element, struct.level_element = SEND_TIME_ELEMENT, LEVEL_ELEMENT

    def grant(self, following: int) -> None:
        """The packet with this extended number is the next one, and usual unless it shows otherwise."""
        stream, struct, receiver = self.stream, self.struct, self._receiver
        room, audience = stream.room, stream.targets
        tap = receiver.ffi.NULL
        # What the recorder gets of several layers is one stream, which Python makes of them.
        struct.keeps_plain = stream.producer.tapped and stream.producer.layers is not None
        if stream.producer.tapped and room.tap is not None and not struct.keeps_plain:
            tap = room.tap.line
        compiled = receiver.fanout.compiled(audience)
        self._kept = (audience, compiled, tap, room.token_cell)
        struct.targets, struct.target_count, struct.graph, struct.tap = (
            compiled,
            len(audience),
            room.token_cell,
            tap,
        )
        struct.ssrc, struct.next = stream.ssrc, following
        struct.timestamp_offset = stream.timestamp_offset
        self.peer.number_id = stream.transport.number_id
        struct.granted = receiver.generation

    def revoke(self) -> None:
        """Look at the stream's next packet first."""
        self.struct.granted = 0

    def end(self) -> None:
        """The stream is closed."""
        self._receiver.end(self)


class NativeReceiver(PacketReceiver):
    """Batches through the compiled loop; what is not usual comes as it does in Python."""

    name = "native"

    def __init__(self, fanout: NativeFanout, clocks: Clocks) -> None:
        super().__init__()
        self.fanout, self._clocks = fanout, clocks
        self.ffi, self._library = fanout.ffi, fanout.library
        self._struct = self.ffi.new("struct receiver *")
        cast = self.ffi.cast
        self._struct.protect = cast("protect_function", address_of(ffi.addressof(lib, "srtp_protect")))
        self._struct.unprotect = cast("protect_function", address_of(ffi.addressof(lib, "srtp_unprotect")))
        self._struct.unprotect_report = cast(
            "protect_function", address_of(ffi.addressof(lib, "srtp_unprotect_rtcp"))
        )
        self._struct.generation = self.generation = 1
        self._views = [memoryview(self.ffi.buffer(one.data)) for one in self._struct.datagrams]
        self._packets = [memoryview(self.ffi.buffer(one.packet)) for one in self._struct.journal]
        self._plain = [memoryview(self.ffi.buffer(one.plain)) for one in self._struct.journal]
        self._leases: dict[int, Lease] = {}
        self._transports: WeakValueDictionary[int, MediaTransport] = WeakValueDictionary()
        self._made = 0

    # -- the batch ------------------------------------------------------------------------------------------------

    def begin(self, endpoint: UdpEndpoint, most: int) -> None:
        super().begin(endpoint, most)
        self._struct.position = self._struct.count = 0

    def _fill(self) -> bool:
        """Read the next batch; False where there is none. To look once more costs less than to be woken once more."""
        clocks, descriptor = self._clocks, self._endpoint.socket.fileno()
        while self._left > 0:
            most = min(self._left, len(self._views))
            got = self._library.yunting_receive(
                self._struct, descriptor, most, clocks.now_s(), clocks.wall_ns()
            )
            if got > 0:
                self._left -= got
                return True
            if self.ffi.errno in (errno.EAGAIN, errno.EINTR):
                return False
            self._left -= 1
        return False

    def next(self) -> Arrival | None:
        struct, following = self._struct, self._library.yunting_next
        while True:
            event = following(struct)
            if event == _UNFINISHED:
                self._finish()
            elif event == _FULL:
                self.settle()
            elif event:
                return self._show(Arrival(event))
            elif not self._fill():
                # Everything that had come is forwarded. A few at a time: whoever comes meanwhile waits for all of them.
                if struct.entries >= BOOKED_AT_ONCE:
                    self.settle()
                return None

    def _show(self, arrival: Arrival) -> Arrival:
        struct = self._struct
        current = struct.current
        self.view, self.length = self._views[current], struct.datagrams[current].length
        self.settle()
        if arrival is Arrival.PLAIN:
            self.stream, self.received = self._leases[struct.lease].stream, struct.received
        elif arrival is Arrival.REPORT:
            self.transport, self.received = self._transports.get(struct.peer), struct.received
        elif arrival is Arrival.RAW:
            self.address = self._address(struct.datagrams[current])
        return arrival

    def _finish(self) -> None:
        """Send a packet to the subscribers who need more care than the loop takes."""
        struct = self._struct
        entry, outcome = struct.journal[struct.entries - 1], struct.outcome
        stream, size = self._leases[entry.lease].stream, entry.size
        audience, room = stream.targets, stream.room
        slow = [audience[outcome.slow[index]] for index in range(outcome.slow_count)]
        self.fanout.template[:size] = self._packets[struct.entries - 1][:size]
        key_frame = stream.format.kind == "audio"
        PacketFanout.forward(self.fanout, size, entry.extended, key_frame, slow, room, entry.places)

    def _address(self, datagram: Any) -> Address:
        raw = bytes(self.ffi.buffer(datagram.address, datagram.address_length))
        port = raw[2] << 8 | raw[3]
        if len(raw) == 16:
            return socket.inet_ntoa(raw[4:8]), port
        flow, scope = int.from_bytes(raw[4:8], "big"), int.from_bytes(raw[24:28], "little")
        return _with_scope(socket.inet_ntop(socket.AF_INET6, raw[8:24]), scope), port, flow, scope

    # -- peers and leases -----------------------------------------------------------------------------------------

    def watch(self, endpoint: UdpEndpoint) -> None:
        endpoint.by_address = AddressBook(self, endpoint.socket.fileno())

    def new_peer(self, transport: MediaTransport) -> Any:
        peer = self.ffi.new("struct peer *")
        self._made += 1
        peer.index = self._made
        self._transports[self._made] = transport
        return peer

    def know_reporter(self, peer: Any, ssrc: int) -> None:
        peer.reporter = ssrc

    def set_context(self, peer: Any, srtp: Any) -> None:
        peer.inbound = self.ffi.NULL if srtp is None else self.ffi.cast("void *", address_of(srtp))

    def remember(self, descriptor: int, address: Address, peer: Any) -> None:
        """The peer is behind this address."""
        packed = socket_address(address)
        self._library.yunting_remember(self._struct, descriptor, packed, len(packed), peer)

    def forget(self, descriptor: int, address: Address) -> None:
        """Nobody is behind this address."""
        packed = socket_address(address)
        self._library.yunting_forget(self._struct, descriptor, packed, len(packed))

    def lease(self, stream: Stream) -> None:
        following = stream.next_usual()
        codec = stream.format.codec.mime_type.lower()
        if following is None or codec not in _CODECS or len(stream.targets) > MOST_TARGETS:
            if stream.lease is not None:
                stream.lease.revoke()
            return
        if stream.lease is None and not self._open(stream):
            return
        if stream.lease is not None:
            stream.lease.grant(following)

    def _open(self, stream: Stream) -> bool:
        peer = stream.transport.peer
        if peer.lease_count == len(peer.leases):
            return False
        self._made += 1
        lease = stream.lease = self._leases[self._made] = Lease(self, stream, self._made)
        peer.leases[peer.lease_count] = lease.struct
        peer.lease_count += 1
        return True

    def end(self, lease: Lease) -> None:
        """The lease's stream is closed."""
        if self._leases.pop(lease.struct.index, None) is None:
            return
        peer = lease.peer
        kept = [peer.leases[index] for index in range(peer.lease_count) if peer.leases[index] != lease.struct]
        for index, struct in enumerate(kept):
            peer.leases[index] = struct
        peer.lease_count = len(kept)
        lease.stream.lease = None

    def recall(self) -> None:
        self.settle()
        self.generation += 1
        self._struct.generation = self.generation

    # -- the journal ----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        struct = self._struct
        count = struct.entries
        if not count:
            return
        struct.entries = 0
        self.fanout.send_failures += struct.failures
        struct.failures = 0
        for index in range(count):
            entry = struct.journal[index]
            try:
                self._book(entry, self._packets[index], self._plain[index])
            except Exception:
                self.on_failure()

    def _book(self, entry: Any, packet: memoryview, plain: memoryview) -> None:
        lease = self._leases.get(entry.lease)
        if lease is None:
            return
        stream, now_s, level = lease.stream, entry.arrival_s, entry.level
        transport = stream.transport
        transport.bytes_in += entry.received
        transport.last_authentic_s = now_s
        if entry.number >= 0:
            transport.note_arrival(entry.number, now_s)
        stream.book(
            entry.extended,
            entry.rtp_timestamp,
            entry.length,
            None if level < 0 else level,
            packet[: entry.size],
            bytes(plain[: entry.plain_length]),
            entry.arrival_ns,
            now_s,
        )


def _ignore() -> None:
    pass


def _with_scope(ip: str, scope: int) -> str:
    """A link-local address as sockets name it: with its interface."""
    if not scope:
        return ip
    try:
        return f"{ip}%{socket.if_indextoname(scope)}"
    except OSError:
        return f"{ip}%{scope}"


def new_receiver(fanout: PacketFanout, clocks: Clocks) -> PacketReceiver:
    """The receiver that fits the fan-out."""
    return NativeReceiver(fanout, clocks) if isinstance(fanout, NativeFanout) else PacketReceiver()
