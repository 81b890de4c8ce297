"""The relay worker process: sockets, demultiplexing (RFC 7983), timers, and the control channel.

Run as `python -m room_server.relay.worker --control-fd N --config JSON` with
{"listen": [{"ip", "port", "announced_ip"?}], "h264": false, "local_only": false, "udp": true, "tcp": true}. It lives exactly as long as its control channel.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from room_server.relay.channel import Channel, ChannelError
from room_server.relay.control import answer
from room_server.relay.events import RelayEvent, RelayWarning, event_to_json
from room_server.relay.fanout import NativeFanout
from room_server.relay.ice_lite import Address, AddressLimiter, IceLite, Outcome
from room_server.relay.media_transport import MAX_SSRCS, MediaTransport
from room_server.relay.receiving import Arrival
from room_server.relay.room import Room
from room_server.relay.router import Router
from room_server.relay.rtp.packet import MalformedPacketError
from room_server.relay.runtime import Runtime
from room_server.relay.tcp import TcpConnection, TcpService
from room_server.relay.transport import Certificate
from room_server.relay.udp import Endpoint, ListenAddress, UdpEndpoint, bind_endpoints

logger = logging.getLogger(__name__)
T = TypeVar("T")

MIN_DATAGRAM, MAX_DATAGRAM = 12, 1500
DATAGRAMS_PER_WAKE = 64
WARNING_INTERVAL_S = 10.0


class RelayWorker:
    """One worker: a single thread, one event loop, no await between receiving a packet and sending it on."""

    def __init__(
        self,
        endpoints: Sequence[UdpEndpoint],
        channel: Channel,
        *,
        h264: bool,
        local_only: bool = False,
        udp: bool = True,
    ) -> None:
        self._channel = channel
        self._endpoints = endpoints
        # A demonstration takes no media from other machines, although it listens on an address they can reach.
        own = {endpoint.socket.getsockname()[0] for endpoint in endpoints} | {"127.0.0.1", "::1"}
        self._allowed_peers = frozenset(own) if local_only else None
        self._runtime = Runtime(self._emit)
        self._ice = IceLite()
        self._limiter = AddressLimiter()
        self._receiver = self._runtime.receiver
        self.router = Router(self._runtime, self._ice, Certificate(), endpoints, h264=h264, udp=udp)
        self._receiver.on_failure = self._failed
        self._tcp = TcpService(endpoints, self._frame, self._is_allowed, self._runtime.now_s, self._tell)
        self.dropped: Counter[str] = Counter()
        self._timers: list[asyncio.TimerHandle | None] = []
        self._running = False
        self._parent = os.getppid()
        self._warned_s = float("-inf")

    def start(self) -> None:
        """Begin to receive."""
        loop = asyncio.get_running_loop()
        self._running = True
        for endpoint in self._endpoints:
            self._receiver.watch(endpoint)
            loop.add_reader(endpoint.socket, self._readable, endpoint)
        self._tcp.start()
        self._every(0.02, self._repair)
        self._every(0.1, self._feed_back)
        self._every(0.1, self._adjust)
        self._every(0.5, self._watch)
        self._every(1.0, self._report)
        self._every(2.0, self._rate)

    def stop(self) -> None:
        """Forward nothing any more, at once."""
        self._running = False
        loop = asyncio.get_running_loop()
        for endpoint in self._endpoints:
            loop.remove_reader(endpoint.socket)
            endpoint.socket.close()
        self._tcp.stop()
        for timer in self._timers:
            if timer is not None:
                timer.cancel()

    async def serve(self) -> None:
        """Answer the control channel until it closes."""
        addresses = [[endpoint.announced_ip, endpoint.port] for endpoint in self._endpoints]
        path = "native" if isinstance(self._runtime.fanout, NativeFanout) else "python"
        self._channel.send({"event": "ready", "addresses": addresses, "path": path})
        while (message := await self._channel.receive()) is not None:
            self._receiver.recall()
            try:
                reply = answer(self.router, message)
            except Exception:
                logger.exception("control method %s failed", message.get("method"))
                error = {
                    "code": "internal",
                    "message": "the relay worker failed on this request; see its log",
                }
                reply = {"id": message.get("id"), "error": error}
            if message.get("method") == "stats" and "result" in reply:
                reply["result"]["dropped_datagrams"] = dict(self.dropped)
                reply["result"]["refused_connections"] = dict(self._tcp.refused)
                reply["result"]["send_failures"] = self._runtime.fanout.send_failures
            try:
                self._channel.send(reply)
            except ChannelError as error:
                refusal = {"code": "internal", "message": str(error)}
                self._channel.send({"id": message.get("id"), "error": refusal})

    # -- datagrams ------------------------------------------------------------------------------------------------

    def _readable(self, endpoint: UdpEndpoint) -> None:
        receiver = self._receiver
        receiver.begin(endpoint, DATAGRAMS_PER_WAKE)
        while self._running and (arrival := receiver.next()) is not None:
            if arrival is Arrival.FORGED:
                self.dropped["not_authentic"] += 1
            elif arrival is Arrival.PLAIN:
                self._attempt(self._plain)
            elif arrival is Arrival.REPORT:
                self._attempt(self._report_arrived)
            elif self._is_allowed(receiver.address[0]):
                self._handle(endpoint, receiver.length, receiver.address)
            else:
                self.dropped["not_local"] += 1

    def _frame(self, connection: TcpConnection, frame: bytes, address: Address) -> None:
        self._receiver.settle()
        self._receiver.take(frame)
        self._handle(connection, len(frame), address)

    def _is_allowed(self, ip: str) -> bool:
        return self._allowed_peers is None or ip in self._allowed_peers

    def _handle(self, endpoint: Endpoint, length: int, address: Address) -> None:
        self._attempt(lambda: self._datagram(endpoint, length, address))

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except MalformedPacketError:
            self.dropped["malformed"] += 1
        except Exception:
            self._failed()

    def _failed(self) -> None:
        self.dropped["failed"] += 1
        self._warn("a datagram could not be handled; see the relay's log")

    def _datagram(self, endpoint: Endpoint, length: int, address: Address) -> None:
        if not MIN_DATAGRAM <= length <= MAX_DATAGRAM:
            self.dropped["size"] += 1
            return
        first = self._receiver.view[0]
        transport = endpoint.by_address.get(address)
        if 128 <= first <= 191:
            if transport is None or transport.inbound is None:
                self.dropped["unknown_address"] += 1
                return
            self._media(transport, length)
        elif first <= 3:
            self._connectivity_check(endpoint, length, address)
        elif 20 <= first <= 63 and transport is not None:
            transport.bytes_in += length
            transport.dtls.feed(bytes(self._receiver.view[:length]))
        else:
            self.dropped["unknown_address" if transport is None else "unknown_protocol"] += 1

    def _media(self, transport: MediaTransport, length: int) -> None:
        view = self._receiver.view
        rtcp = 192 <= view[1] <= 223
        ssrc, known = bytes(view[4:8] if rtcp else view[8:12]), transport.authentic_ssrcs
        new = ssrc not in known
        if new and len(known) >= MAX_SSRCS:
            self.dropped["too_many_ssrcs"] += 1
            return
        plain = self._receiver.unprotect(transport.inbound, length, rtcp=rtcp)
        if not plain:
            self.dropped["not_authentic"] += 1
            return
        if new:
            known.add(ssrc)
        if rtcp:
            self._receiver.know_reporter(transport.peer, int.from_bytes(ssrc, "big"))
            self._rtcp(transport, length, plain)
        else:
            self._rtp(transport, length, plain)

    def _plain(self) -> None:
        stream = self._receiver.stream
        if stream is not None:
            self._rtp(stream.transport, self._receiver.received, self._receiver.length)

    def _report_arrived(self) -> None:
        transport = self._receiver.transport
        if transport is not None:
            self._rtcp(transport, self._receiver.received, self._receiver.length)

    def _rtcp(self, transport: MediaTransport, length: int, plain: int) -> None:
        now_s = self._runtime.now_s()
        transport.last_authentic_s = now_s
        transport.bytes_in += length
        transport.receive_rtcp(bytes(self._receiver.view[:plain]), now_s)

    def _rtp(self, transport: MediaTransport, length: int, plain: int) -> None:
        now_s, view = self._runtime.now_s(), self._receiver.view
        transport.last_authentic_s = now_s
        transport.bytes_in += length
        try:
            transport.receive_rtp(view, plain, now_s)
        finally:
            stream = transport.stream_of(int.from_bytes(view[8:12], "big"))
            if stream is not None:
                self._receiver.lease(stream)

    def _connectivity_check(self, endpoint: Endpoint, length: int, address: Address) -> None:
        now_s = self._runtime.now_s()
        ip = address[0]
        if not self._limiter.allow(ip, now_s):
            self.dropped["rate_limited"] += 1
            return
        verdict = self._ice.handle(bytes(self._receiver.view[:length]), address)
        if verdict.outcome is not Outcome.AUTHENTIC or verdict.session is None or verdict.reply is None:
            self.dropped[f"stun_{verdict.outcome}"] += 1
            return
        self._limiter.refund(ip)
        transport = self.router.transports.get(verdict.session.transport_id)
        if transport is None:
            return
        transport.bytes_in += length
        try:
            endpoint.socket.sendto(verdict.reply, address)
            transport.path.bytes_out += len(verdict.reply)
        except OSError:
            self.dropped["reply_failed"] += 1
        transport.authenticated(endpoint, address, verdict.nominated, now_s)

    # -- timers ---------------------------------------------------------------------------------------------------

    def _every(self, interval_s: float, action: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        index = len(self._timers)
        self._timers.append(None)

        def run() -> None:
            if not self._running:
                return
            self._timers[index] = loop.call_later(interval_s, run)
            self._receiver.settle()
            try:
                action()
            except Exception:
                self._warn(f"the relay's {action.__name__.strip('_')} timer failed; see its log")

        self._timers[index] = loop.call_later(interval_s, run)

    def _each(self, what: str, things: Iterable[T], action: Callable[[T], object]) -> None:
        """Do it for all of them: what fails for one participant must not keep the others from their turn."""
        for thing in list(things):
            try:
                action(thing)
            except Exception:
                self._warn(f"the relay could not {what} one stream; see its log")

    def _repair(self) -> None:
        now_s = self._runtime.now_s()
        self._each("repair", self.router.producers.values(), lambda producer: producer.repair(now_s))

    def _feed_back(self) -> None:
        now_s = self._runtime.now_s()
        sending = [t for t in self.router.transports.values() if t.producers and t.outbound is not None]
        self._each("report arrivals of", sending, MediaTransport.send_transport_feedback)
        self._each("follow", self.router.rooms.values(), lambda room: room.decide_speaker(now_s))

    def _adjust(self) -> None:
        now_s = self._runtime.now_s()
        viewing = [t for t in self.router.transports.values() if t.consumers and t.outbound is not None]
        self._each("fit", viewing, lambda one: one.downlink.adjust(now_s))

    def _watch(self) -> None:
        if os.getppid() != self._parent:
            # The server is gone, though somebody (a forked child) still holds its end of the channel.
            self.stop()
            self._channel.close()
            return
        self._receiver.recall()  # for what is found here to have happened
        now_s = self._runtime.now_s()
        self._tcp.sweep(now_s)
        self._each("watch", self.router.transports.values(), lambda one: self.router.watch(one, now_s))
        self._each("watch", self.router.producers.values(), lambda producer: producer.watch(now_s))

    def _report(self) -> None:
        now_s = self._runtime.now_s()
        now_unix_s = self._runtime.report_s(now_s)
        transports = self.router.transports.values()
        self._each("report on", transports, lambda one: one.send_reports(now_s, now_unix_s))

    def _rate(self) -> None:
        self._each("rate", self.router.rooms.values(), Room.rate_quality)

    # -- events ---------------------------------------------------------------------------------------------------

    def _emit(self, event: RelayEvent) -> None:
        self._channel.send(event_to_json(event))

    def _warn(self, text: str) -> None:
        now_s = self._runtime.now_s()
        if now_s - self._warned_s >= WARNING_INTERVAL_S:
            # Hostile input must not fill the disk either.
            self._warned_s = now_s
            logger.exception(text)
            self._tell(text)

    def _tell(self, text: str) -> None:
        self._emit(RelayWarning(text))


_SWITCHES = {"h264": False, "local_only": False, "udp": True, "tcp": True}


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """`local_only`: datagrams from other machines are dropped unread. `udp`: announce UDP candidates. `tcp`: accept
    ICE over TCP on the same port number."""

    listen: tuple[ListenAddress, ...]
    h264: bool = False
    local_only: bool = False
    udp: bool = True
    tcp: bool = True


def read_config(text: str) -> WorkerConfig:
    """The worker's settings. Raises ValueError that says what is wrong."""
    config: Any = json.loads(text)
    if not isinstance(config, dict) or set(config) - {"listen", *_SWITCHES}:
        raise ValueError(f"config must be an object with listen, {', '.join(_SWITCHES)}")
    listen = config.get("listen")
    if not isinstance(listen, list) or not listen:
        raise ValueError("config.listen must be a list of at least one address")
    switches = {name: config.get(name, default) for name, default in _SWITCHES.items()}
    for name, value in switches.items():
        if not isinstance(value, bool):
            raise ValueError(f"config.{name} must be true or false")
    if not (switches["udp"] or switches["tcp"]):
        raise ValueError("config.udp and config.tcp are both false: nobody could reach the relay")
    return WorkerConfig(tuple(ListenAddress.from_json(entry) for entry in listen), **switches)


async def run(control_fd: int, config: WorkerConfig) -> None:
    """Bind, serve until the control channel closes, stop."""
    # Ctrl-C reaches the whole process group: the server decides when the media ends, through the channel.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=control_fd))
    channel = Channel(reader, writer)
    try:
        endpoints = bind_endpoints(config.listen, tcp=config.tcp)
    except OSError as error:
        channel.send({"event": "unable", "message": error.strerror or str(error)})
        raise
    worker = RelayWorker(endpoints, channel, h264=config.h264, local_only=config.local_only, udp=config.udp)
    worker.start()
    gc.collect()
    gc.freeze()  # what was loaded at start need not be looked at again: shorter pauses
    try:
        await worker.serve()
    except ChannelError:
        logger.exception("the control channel broke")
    finally:
        worker.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; exit status 2 for bad arguments or addresses that cannot be bound."""
    parser = argparse.ArgumentParser(prog="room_server.relay.worker")
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--config", required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="relay %(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(run(options.control_fd, read_config(options.config)))
    except (ValueError, OSError) as error:
        print(f"relay: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Nothing may delay the end of a worker whose server is gone.
    os._exit(status)
