"""The relay worker under the load: joins straight through `RelayClient`, as the server does after its own checks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from benchmarks.figures import Missing
from benchmarks.relay_link import Link, Remote, host
from benchmarks.relay_servers import Publication, Recorder, on_core
from benchmarks.relay_source import CLOCKS, RTX_TYPE, TWCC_ID, Kind, Stream
from room_server.relay import native
from room_server.relay.client import ListenAddress, RelayClient, RelayError
from room_server.relay.forwarding import Graph
from room_server.relay.ortc import TRANSPORT_CC, router_capabilities
from room_server.relay.transport import Fingerprint

CAPABILITIES = router_capabilities(h264=True)
SOURCES: dict[Kind, str] = {"audio": "microphone", "video": "camera"}


class Ours:
    """One worker on the given core. Everybody in a room may receive every publisher of it.

    `path`: "native" or "python" insists on that packet path; None takes what an installation takes.
    """

    name = "ours"

    def __init__(self, core: int, *, features: bool, path: str | None) -> None:
        self.recorder: Recorder | None = None
        self._core, self._features, self._wanted = core, features, path
        self._exits: list[int] = []
        self._client = RelayClient(
            [ListenAddress(host())], on_event=lambda event: None, on_exit=self._exits.append, tcp=False
        )
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._tracks = 0
        self.path: str | None = path

    async def start(self) -> None:
        """Start the worker. Raises Missing where it does not."""
        with environment(native.SWITCH, self._wanted):
            reason = native.reason_against()
            if self._wanted == "native" and reason is not None:
                raise Missing(f"the compiled packet path is not there: {reason}")
            self.path = "python" if reason is not None else "native"
            try:
                with on_core(self._core):
                    await self._client.start()
            except RelayError as error:
                raise Missing(f"the relay worker did not start: {error}") from error
        if self._features:
            self._folder = tempfile.TemporaryDirectory(prefix="benchmark-")
            self.recorder = Recorder.unix(self._tap)

    async def stop(self) -> None:
        """End it."""
        await self._client.stop()
        if self.recorder is not None:
            self.recorder.socket.close()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def pid(self) -> int:
        """The worker's process."""
        pid = self._client.pid
        if pid is None:
            raise RuntimeError(f"the relay worker ended with status {self._exits}")
        return pid

    @property
    def _tap(self) -> str:
        assert self._folder is not None
        return str(Path(self._folder.name) / "tap")

    async def open_room(self, room: str, people: Sequence[str], publishers: Sequence[str]) -> None:
        """The graph, and the recorder's tap."""
        edges = frozenset((sender, person) for sender in publishers for person in people if sender != person)
        recorded = frozenset(publishers) if self._features else frozenset()
        await self._client.set_graph(room=room, graph=Graph(edges=edges, recorded=recorded))
        if self._features:
            await self._client.set_tap(room=room, path=self._tap)

    async def publish(self, room: str, person: str, kinds: Sequence[Kind]) -> Publication:
        """A send transport and its producers."""
        link = await self._join(room, person, "send")
        streams = [Stream(link, kind, twcc=self._features) for kind in kinds]
        producers = []
        for stream in streams:
            self._tracks += 1
            producers.append(
                await self._client.produce(
                    transport=link.name,
                    kind=stream.kind,
                    rtp_parameters=rtp_parameters(stream),
                    source=SOURCES[stream.kind],
                    track=self._tracks,
                )
            )
        # The worker ends its side of the handshake after ours; media before that would be dropped.
        while True:
            stats = await self._client.stats(room=room)
            if stats["transports"][link.name]["dtls"] == "connected":
                return Publication(link, tuple(streams), tuple(producers))

    async def subscribe(self, room: str, person: str, wanted: Sequence[Publication]) -> Link:
        """A receive transport with a consumer for each producer."""
        link = await self._join(room, person, "recv")
        for producer in (handle for publication in wanted for handle in publication.handles):
            consumer = await self._client.consume(
                transport=link.name, producer=producer, rtp_capabilities=CAPABILITIES
            )
            for encoding in consumer["rtpParameters"]["encodings"]:
                if "rtx" in encoding:
                    link.rtx[encoding["rtx"]["ssrc"]] = encoding["ssrc"]
            await self._client.resume_consumer(consumer=consumer["id"])
        return link

    async def _join(self, room: str, person: str, direction: Literal["send", "recv"]) -> Link:
        options = await self._client.create_transport(room=room, participant=person, direction=direction)
        link = Link(options["id"], controlling=True)
        link.listen()
        await self._client.connect_transport(
            transport=link.name,
            dtls_parameters={"role": "client", "fingerprints": link.certificate.fingerprints()},
        )
        await link.connect(remote_of(options))
        return link


def remote_of(options: dict[str, Any]) -> Remote:
    """The worker's end, from what `create_transport` answered."""
    candidate = next(entry for entry in options["iceCandidates"] if entry["protocol"] == "udp")
    prints = options["dtlsParameters"]["fingerprints"]
    return Remote(
        ip=candidate["ip"],
        port=candidate["port"],
        fragment=options["iceParameters"]["usernameFragment"],
        password=options["iceParameters"]["password"],
        fingerprints=tuple(Fingerprint(entry["algorithm"], entry["value"]) for entry in prints),
        role="server",
    )


def rtp_parameters(stream: Stream) -> dict[str, Any]:
    """What a browser would say of the stream, in ORTC's shape."""
    codec: dict[str, Any] = {"payloadType": stream.payload_type, "clockRate": CLOCKS[stream.kind]}
    encoding: dict[str, Any] = {"ssrc": stream.ssrc}
    if stream.kind == "audio":
        codecs = [{**codec, "mimeType": "audio/opus", "channels": 2, "parameters": {}, "rtcpFeedback": []}]
    else:
        feedback = [{"type": "nack"}, {"type": "nack", "parameter": "pli"}]
        codecs = [
            {**codec, "mimeType": "video/VP8", "parameters": {}, "rtcpFeedback": feedback},
            {
                **codec,
                "mimeType": "video/rtx",
                "payloadType": RTX_TYPE,
                "parameters": {"apt": stream.payload_type},
            },
        ]
        encoding["rtx"] = {"ssrc": stream.rtx_ssrc}
    return {
        "mid": stream.kind[0],
        "codecs": codecs,
        "headerExtensions": [{"uri": TRANSPORT_CC, "id": TWCC_ID}] if stream.twcc else [],
        "encodings": [encoding],
        "rtcp": {"cname": "load"},
    }


@contextmanager
def environment(name: str, value: str | None) -> Iterator[None]:
    """An environment variable for a while; None leaves it as it is."""
    before = os.environ.get(name)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        if value is not None:
            os.environ.pop(name)
            if before is not None:
                os.environ[name] = before
