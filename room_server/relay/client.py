"""The server's side of one relay worker: spawns it, talks to it, notices its end."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from room_server.relay.channel import Channel, ChannelError, RelayError
from room_server.relay.events import RelayEvent, RelayWarning, event_from_json
from room_server.relay.forwarding import Graph
from room_server.relay.udp import ListenAddress

START_TIMEOUT_S = 20.0
REQUEST_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 3.0

__all__ = ["ListenAddress", "RelayClient", "RelayError"]


class RelayClient:
    """One worker process. All methods raise RelayError(code, message); code "relay_gone" when it is not running.

    `on_event` gets every event of the worker, `on_exit` its return code when it ends without `stop` having been
    called; then nothing of it is left, and `start` may be called again.
    """

    def __init__(
        self,
        listen: Sequence[ListenAddress],
        *,
        on_event: Callable[[RelayEvent], None],
        on_exit: Callable[[int], None],
        h264: bool = False,
        local_only: bool = False,
        udp: bool = True,
        tcp: bool = True,
    ) -> None:
        self._listen = list(listen)
        self._switches = {"h264": h264, "local_only": local_only, "udp": udp, "tcp": tcp}
        self._on_event = on_event
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._channel: Channel | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._next_id = 0
        self._ready: asyncio.Future[list[tuple[str, int]]] | None = None
        self._stopping = False
        self.addresses: list[tuple[str, int]] = []
        self.path: str | None = None
        """Which fan-out this worker runs, "native" or "python"; None before it listens."""

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Spawn the worker and wait until it listens. Raises RelayError("relay_failed") when it does not."""
        if self._process is not None:
            raise RelayError("already_running", "the relay worker is already running")
        ours, theirs = socket.socketpair()
        self._stopping = False
        self._unable: str | None = None
        self._ready = asyncio.get_running_loop().create_future()
        # Who is told to stop while it starts does not wait for the answer any more.
        self._ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        config = {"listen": [address.to_json() for address in self._listen], **self._switches}
        # The worker must find this very package, wherever the server was started from.
        package_root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join([package_root, *filter(None, [os.environ.get("PYTHONPATH")])])
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "room_server.relay.worker", "--control-fd", str(theirs.fileno())),
                *("--config", json.dumps(config)),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        self._channel = Channel(reader, writer)
        loop = asyncio.get_running_loop()
        process = self._process
        self._tasks = [
            loop.create_task(self._read(self._channel)),
            loop.create_task(self._supervise(process)),
        ]
        try:
            self.addresses = await asyncio.wait_for(asyncio.shield(self._ready), START_TIMEOUT_S)
        except TimeoutError:
            await self.stop()
            raise RelayError(
                "relay_failed", f"the relay worker was not ready in {START_TIMEOUT_S:.0f} s"
            ) from None

    async def stop(self) -> None:
        """End the worker; `on_exit` is not called."""
        self._stopping = True
        process = self._process
        if self._channel is not None:
            self._channel.close()
        if process is not None:
            try:
                await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_TIMEOUT_S)
        self._tasks = []

    def kill(self) -> None:
        """End the worker at once, as a crash would; `on_exit` is called."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    # -- requests -------------------------------------------------------------------------------------------------

    async def router_capabilities(self) -> dict[str, Any]:
        """`routerRtpCapabilities`."""
        return _object(await self._request("router_capabilities"))

    async def create_transport(
        self, *, room: str, participant: str, direction: Literal["send", "recv"]
    ) -> dict[str, Any]:
        """{"id", "iceParameters", "iceCandidates", "dtlsParameters"} as mediasoup-client's Device takes them."""
        return _object(
            await self._request("create_transport", room=room, participant=participant, direction=direction)
        )

    async def connect_transport(self, *, transport: str, dtls_parameters: dict[str, Any]) -> None:
        """The peer's {role, fingerprints}; the handshake goes on by itself."""
        await self._request("connect_transport", transport=transport, dtls_parameters=dtls_parameters)

    async def restart_ice(self, *, transport: str) -> dict[str, Any]:
        """New iceParameters."""
        return _object(await self._request("restart_ice", transport=transport))

    async def close_participant(self, *, room: str, participant: str) -> None:
        """Close all the participant's transports, producers and consumers at once."""
        await self._request("close_participant", room=room, participant=participant)

    async def close_transport(self, *, transport: str) -> None:
        """Close one transport with all that goes over it."""
        await self._request("close_transport", transport=transport)

    async def produce(
        self, *, transport: str, kind: str, rtp_parameters: dict[str, Any], source: str, track: int
    ) -> str:
        """A producer's id. `source` is what mutes name, `track` the recorder's number."""
        return str(
            await self._request(
                "produce",
                transport=transport,
                kind=kind,
                rtp_parameters=rtp_parameters,
                source=source,
                track=track,
            )
        )

    async def close_producer(self, *, producer: str) -> None:
        """Close a producer and its consumers."""
        await self._request("close_producer", producer=producer)

    async def pause_producer(self, *, producer: str) -> None:
        """The owner's own mute."""
        await self._request("pause_producer", producer=producer)

    async def resume_producer(self, *, producer: str) -> None:
        """End the owner's own mute."""
        await self._request("resume_producer", producer=producer)

    async def consume(
        self, *, transport: str, producer: str, rtp_capabilities: dict[str, Any]
    ) -> dict[str, Any]:
        """{"id", "producerId", "kind", "rtpParameters", "producerPaused", "type"}; it starts paused.

        RelayError("edge_forbidden") when the graph has no edge from the producer's owner to the transport's.
        """
        return _object(
            await self._request(
                "consume", transport=transport, producer=producer, rtp_capabilities=rtp_capabilities
            )
        )

    async def resume_consumer(self, *, consumer: str) -> None:
        """Let packets flow; for video from the next key frame on, which is requested."""
        await self._request("resume_consumer", consumer=consumer)

    async def pause_consumer(self, *, consumer: str) -> None:
        """Hold packets back."""
        await self._request("pause_consumer", consumer=consumer)

    async def set_preferred_layers(self, *, consumer: str, spatial_layer: int, priority: int) -> None:
        """The largest layer (0 the smallest) the viewer has use for; `priority` 0 to 255 ranks consumers of a viewer."""
        await self._request(
            "set_preferred_layers", consumer=consumer, spatial_layer=spatial_layer, priority=priority
        )

    async def close_consumer(self, *, consumer: str) -> None:
        """Close one consumer."""
        await self._request("close_consumer", consumer=consumer)

    async def request_key_frame(self, *, producer: str) -> None:
        """Ask the publisher for a key frame, at most once a second."""
        await self._request("request_key_frame", producer=producer)

    async def set_graph(self, *, room: str, graph: Graph) -> None:
        """Replace the room's graph; it is in force when this returns."""
        await self._request("set_graph", room=room, graph=graph.to_json())

    async def set_tap(self, *, room: str, path: str | None, epoch_ns: int | None = None) -> None:
        """The recorder's Unix datagram socket, or None. `epoch_ns`: the time that is kept while hearings are recorded
        (`room_server.clock.KeptTime`); arrivals are stamped by it from now on."""
        await self._request("set_tap", room=room, path=path, epoch_ns=epoch_ns)

    async def stats(self, *, room: str) -> dict[str, Any]:
        """{"producers", "edges", "transports", "tap", "graph_version", "dropped_datagrams", "refused_connections",
        "send_failures"}."""
        return _object(await self._request("stats", room=room))

    async def close_room(self, *, room: str) -> None:
        """Close everything in the room and forget its counts."""
        await self._request("close_room", room=room)

    # -- the channel ----------------------------------------------------------------------------------------------

    async def _request(self, method: str, **params: Any) -> Any:
        if self._channel is None or self._process is None or self._stopping:
            raise RelayError("relay_gone", "the relay worker is not running")
        self._next_id += 1
        identifier = self._next_id
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[identifier] = future
        try:
            self._channel.send({"id": identifier, "method": method, "params": params})
            return await asyncio.wait_for(future, REQUEST_TIMEOUT_S)
        except ChannelError as error:
            # A participant's objects are passed on as they came: what cannot be sent is their mistake.
            raise RelayError("bad_request", str(error)) from None
        except TimeoutError:
            raise RelayError("relay_timeout", f"the relay worker did not answer {method} in time") from None
        finally:
            self._waiting.pop(identifier, None)

    async def _read(self, channel: Channel) -> None:
        while True:
            try:
                message = await channel.receive()
            except ChannelError as error:
                self._on_event(RelayWarning(f"the relay worker broke the control channel: {error}"))
                channel.close()
                return
            if message is None:
                return
            if "event" in message:
                self._event(message)
            else:
                self._answer(message)

    def _event(self, message: dict[str, Any]) -> None:
        if message["event"] == "unable":
            self._unable = str(message.get("message"))
            return
        if message["event"] == "ready":
            self.path = message.get("path")
            if self._ready is not None and not self._ready.done():
                self._ready.set_result([(str(ip), int(port)) for ip, port in message["addresses"]])
            return
        try:
            self._on_event(event_from_json(message))
        except ValueError as error:
            self._on_event(RelayWarning(str(error)))

    def _answer(self, message: dict[str, Any]) -> None:
        future = self._waiting.get(message.get("id", 0))
        if future is None or future.done():
            return
        error = message.get("error")
        if error:
            future.set_exception(RelayError(str(error.get("code")), str(error.get("message"))))
        else:
            future.set_result(message.get("result"))

    async def _supervise(self, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        if self._ready is not None and not self._ready.done():
            await asyncio.wait(self._tasks[:1], timeout=STOP_TIMEOUT_S)  # its last words
        if self._channel is not None:
            self._channel.close()
        self._process = self._channel = None
        gone = RelayError("relay_gone", f"the relay worker ended with status {status}")
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(gone)
        if self._ready is not None and not self._ready.done():
            reason = self._unable or f"the relay worker did not start (status {status}); see its log"
            self._ready.set_exception(RelayError("relay_failed", reason))
        elif not self._stopping:
            self._on_exit(status)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RelayError("bad_answer", "the relay worker's answer is not an object")
    return value
