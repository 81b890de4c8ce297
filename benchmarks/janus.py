"""Janus from Debian's package under the same load: its own process with a folder of generated settings, on one of this machine's addresses.

Only the video room and the WebSocket interface are loaded; everything else is as Debian ships it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.figures import Missing
from benchmarks.janus_sdp import JanusError, answer, offer, pairs, remote_of
from benchmarks.relay_link import Link, Remote, host
from benchmarks.relay_servers import Publication, Recorder, on_core
from benchmarks.relay_source import Kind, Stream
from room_server.demonstration import free_port

BINARY = "janus"
HOW_TO_INSTALL = "Janus is not installed: `apt-get install janus`"
MODULES = Path("/usr/lib")
START_TIMEOUT_S = 15.0
ANSWER_TIMEOUT_S = 20.0
SECRET = "benchmark"

_MAIN = """
general: {{
    configs_folder = "{folder}"
    plugins_folder = "{modules}/plugins"
    transports_folder = "{modules}/transports"
    events_folder = "{modules}/events"
    loggers_folder = "{modules}/loggers"
    debug_level = 3
    session_timeout = 0
    debug_colors = false
}}
nat: {{
    ice_enforce_list = "{address}"
}}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
"""
_WEBSOCKETS = """
general: {{
    json = "compact"
    ws = true
    ws_port = {port}
    ws_ip = "127.0.0.1"
    wss = false
}}
admin: {{ admin_ws = false }}
"""


def installed() -> Path:
    """Janus's binary. Raises Missing with what to do."""
    found = shutil.which(BINARY)
    if found is None:
        raise Missing(HOW_TO_INSTALL)
    return Path(found)


def version() -> str:
    """Such as "1.1.2". Raises Missing."""
    answer = subprocess.run([str(installed()), "--help"], capture_output=True, text=True, check=False)
    found = re.search(r"Janus version: \d+ \(([^)]+)\)", answer.stdout + answer.stderr)
    return found.group(1) if found else "unknown"


def modules() -> Path:
    """The folder of its plugins and transports. Raises Missing."""
    for folder in (MODULES / "janus", *sorted(MODULES.glob("*/janus"))):
        if (folder / "plugins" / "libjanus_videoroom.so").exists():
            if not (folder / "transports" / "libjanus_websockets.so").exists():
                raise Missing("Janus has no WebSocket interface: install Debian's package again")
            return folder
    raise Missing("Janus's video room plugin was not found under /usr/lib: install Debian's package again")


def write_settings(folder: Path, port: int) -> None:
    """The settings of one instance."""
    where = modules()
    plugins = sorted(entry.name for entry in (where / "plugins").glob("*.so"))
    transports = sorted(entry.name for entry in (where / "transports").glob("*.so"))
    main = _MAIN.format(
        folder=folder,
        modules=where,
        address=host(),
        plugins=",".join(name for name in plugins if "videoroom" not in name),
        transports=",".join(name for name in transports if "websockets" not in name),
    )
    (folder / "janus.jcfg").write_text(main, encoding="utf-8")
    (folder / "janus.transport.websockets.jcfg").write_text(_WEBSOCKETS.format(port=port), encoding="utf-8")
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n", encoding="utf-8")


@dataclass(slots=True)
class Handle:
    """One attached plugin handle and what it was sent without being asked."""

    id: int
    events: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    up: asyncio.Event = field(default_factory=asyncio.Event)


class JanusApi:
    """The JSON interface over one WebSocket."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._handles: dict[int, Handle] = {}
        self._task: asyncio.Task[None] | None = None
        self._session = 0

    async def open(self) -> None:
        """Connect and create the session. Raises aiohttp.ClientError while nobody listens."""
        self._socket = await self._http.ws_connect(self._url, protocols=("janus-protocol",), max_msg_size=0)
        self._task = asyncio.create_task(self._read(self._socket))
        self._session = int((await self._ask({"janus": "create"}))["data"]["id"])

    async def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self._http.close()

    async def attach(self) -> Handle:
        """A handle of the video room."""
        answer = await self._ask({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        handle = Handle(int(answer["data"]["id"]))
        self._handles[handle.id] = handle
        return handle

    async def request(self, handle: Handle, **body: Any) -> dict[str, Any]:
        """A synchronous request; its answer's plugin data."""
        answer = await self._ask({"janus": "message", "handle_id": handle.id, "body": body})
        return _plugin_data(answer)

    async def message(
        self, handle: Handle, jsep: dict[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        """An asynchronous request; the event that answers it."""
        request: dict[str, Any] = {"janus": "message", "handle_id": handle.id, "body": body}
        if jsep is not None:
            request["jsep"] = jsep
        await self._ask(request)
        event = await asyncio.wait_for(handle.events.get(), ANSWER_TIMEOUT_S)
        _plugin_data(event)
        return event

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._socket is not None
        transaction = secrets.token_hex(8)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = future
        request = {**request, "transaction": transaction}
        if self._session:
            request["session_id"] = self._session
        await self._socket.send_json(request)
        try:
            answer = await asyncio.wait_for(future, ANSWER_TIMEOUT_S)
        finally:
            del self._waiting[transaction]
        if answer.get("janus") == "error":
            raise JanusError(str(answer.get("error")))
        return answer

    async def _read(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        async for message in connection:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._sort(message.json())

    def _sort(self, message: dict[str, Any]) -> None:
        handle = self._handles.get(int(message.get("sender", 0)))
        waiting = self._waiting.get(str(message.get("transaction", "")))
        match message.get("janus"):
            case "event" if handle is not None and "transaction" in message:
                handle.events.put_nowait(message)
            case "webrtcup" if handle is not None:
                handle.up.set()
            case "ack" | "success" | "error" if waiting is not None and not waiting.done():
                waiting.set_result(message)
            case _:
                pass


def _plugin_data(message: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = message.get("plugindata", {}).get("data", {})
    if "error" in data:
        raise JanusError(f"{data.get('error_code')}: {data['error']}")
    return data


class Janus:
    """One instance on the given core, with the interface of `relay_servers.Server`. Janus is always the DTLS client."""

    name = "janus"
    path: str | None = None

    def __init__(self, core: int, *, features: bool) -> None:
        self.recorder: Recorder | None = None
        self._core, self._features = core, features
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._api: JanusApi | None = None
        self._rooms: dict[str, int] = {}

    async def start(self) -> None:
        """Start Janus. Raises Missing where it is not installed or does not start."""
        binary = installed()
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-")
        folder, port = Path(self._folder.name), free_port()
        write_settings(folder, port)
        log = folder / "janus.log"
        self._process = await asyncio.to_thread(self._spawn, [str(binary), "-F", str(folder)], log)
        self._api = JanusApi(f"ws://127.0.0.1:{port}/")
        deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
        while True:
            try:
                await self._api.open()
                break
            except aiohttp.ClientError as error:
                late = asyncio.get_running_loop().time() > deadline
                if late or self._process.poll() is not None:
                    said = log.read_text(errors="replace")[-800:]
                    raise Missing(f"Janus did not start: {error}; {said}") from error
                await asyncio.sleep(0.05)
        if self._features:
            self.recorder = Recorder.udp()

    def _spawn(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        with on_core(self._core), log.open("wb") as output:
            return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    async def stop(self) -> None:
        """End it."""
        if self._api is not None:
            await self._api.close()
        if self._process is not None:
            self._process.terminate()
            try:
                await asyncio.to_thread(self._process.wait, 5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self.recorder is not None:
            self.recorder.socket.close()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def pid(self) -> int:
        """Janus's process."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError("Janus is not running")
        return self._process.pid

    @property
    def api(self) -> JanusApi:
        """The connection, once it is started."""
        assert self._api is not None
        return self._api

    async def open_room(self, room: str, people: Sequence[str], publishers: Sequence[str]) -> None:
        """A video room without a limit of its own."""
        handle = await self.api.attach()
        made = await self.api.request(
            handle,
            request="create",
            secret=SECRET,
            publishers=max(1, len(publishers)),
            bitrate=0,
            fir_freq=0,
            audiocodec="opus",
            videocodec="vp8",
            transport_wide_cc_ext=self._features,
            notify_joining=False,
        )
        self._rooms[room] = int(made["room"])

    async def publish(self, room: str, person: str, kinds: Sequence[Kind]) -> Publication:
        """A publisher that offers, and its streams; Janus answers."""
        handle = await self.api.attach()
        link = Link(person, controlling=True)
        link.listen()
        streams = tuple(Stream(link, kind, twcc=self._features) for kind in kinds)
        joined = _plugin_data(
            await self.api.message(
                handle, request="join", ptype="publisher", room=self._rooms[room], display=person
            )
        )
        jsep = {"type": "offer", "sdp": offer(link, streams)}
        event = await self.api.message(handle, jsep, request="publish")
        await self._connect(handle, link, remote_of(event["jsep"]["sdp"]))
        if self.recorder is not None:
            await self._record(handle, room, int(joined["id"]), streams)
        return Publication(link, streams, (int(joined["id"]),))

    async def subscribe(self, room: str, person: str, wanted: Sequence[Publication]) -> Link:
        """A subscriber to all streams of these publishers; Janus offers."""
        handle = await self.api.attach()
        link = Link(person, controlling=False)
        link.listen()
        feeds = [{"feed": publication.handles[0]} for publication in wanted]
        event = await self.api.message(
            handle, request="join", ptype="subscriber", room=self._rooms[room], streams=feeds
        )
        offered = event["jsep"]["sdp"]
        link.rtx.update(pairs(offered))
        remote = remote_of(offered)
        link.aim(remote)  # its checks may come before its answer to ours does
        await self.api.message(handle, {"type": "answer", "sdp": answer(link, offered)}, request="start")
        await self._connect(handle, link, remote)
        return link

    async def _connect(self, handle: Handle, link: Link, remote: Remote) -> None:
        await link.connect(remote)
        await asyncio.wait_for(handle.up.wait(), ANSWER_TIMEOUT_S)

    async def _record(self, handle: Handle, room: str, publisher: int, streams: Sequence[Stream]) -> None:
        """Plain RTP to another process: what comes closest to our recorder's tap."""
        assert self.recorder is not None
        await self.api.request(
            handle,
            request="rtp_forward",
            room=self._rooms[room],
            secret=SECRET,
            publisher_id=publisher,
            host=host(),
            streams=[{"mid": str(at), "port": self.recorder.port} for at in range(len(streams))],
        )
