"""The Socket.IO server over a real port, with python-socketio's own client and with a bare WebSocket."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import socketio
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signaling.connection import EventStream, ViewFollower
from signaling.handler import ConnectionInfo, ConnectionRefused, RequestRefused
from signaling.messages import (
    BiText,
    LowerHand,
    Recess,
    ReportNetwork,
    Request,
    Sync,
    SyncResult,
    Terminated,
    View,
    ViewChanged,
    WireError,
)
from signaling.server import SignalingServer
from signaling.tokens import RoomClaims, TokenKey, mint

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = TokenKey.of(Ed25519PrivateKey.generate())
CLAIMS = RoomClaims(
    participant="par_claimant1",
    proceeding="prc_1",
    role="party",
    side="claimant",
    epoch=1,
    device="dev_1",
    jti="tok_1",
)
REFUSED = WireError(
    code="not_allowed", message="not in this phase", text=BiText(zh="不可", en="No"), citation="OLR 25"
)


def a_view(speaker: str | None = None) -> View:
    return View.model_construct(speaker=speaker)


class Room:
    """A room that records what it is asked and does what the test says."""

    def __init__(self) -> None:
        self.connections: dict[str, ConnectionInfo] = {}
        self.causes: list[tuple[str, str]] = []
        self.requests: list[Request] = []
        self.changed = asyncio.Event()
        self.on_connect: Callable[[ConnectionInfo], Any] = lambda _info: None
        self.on_request: Callable[[str, Request], Any] = lambda _sid, _request: {}
        self.stream = EventStream("evs_1", capacity=8)
        self.running = 0

    async def connected(self, connection: ConnectionInfo) -> None:
        result = self.on_connect(connection)
        if asyncio.iscoroutine(result):
            await result
        self.connections[connection.sid] = connection
        self._tell()

    async def request(self, sid: str, request: Request) -> Any:
        self.running += 1
        assert self.running == 1 or len(self.connections) > 1, "two requests of one connection at a time"
        try:
            self.requests.append(request)
            self._tell()
            if isinstance(request, Sync):
                return SyncResult(
                    kind="events" if request.stream == "evs_1" else "snapshot",
                    stream="evs_1",
                    seq=self.stream.seq,
                    events=[
                        e
                        for e in self.stream._kept
                        if request.last_seq is not None and e.seq > request.last_seq
                    ],
                    server_time=NOW.isoformat(),
                )
            result = self.on_request(sid, request)
            return await result if asyncio.iscoroutine(result) else result
        finally:
            self.running -= 1

    async def disconnected(self, sid: str, cause: str) -> None:
        del self.connections[sid]
        self.causes.append((sid, cause))
        self._tell()

    def _tell(self) -> None:
        self.changed.set()

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Site:
    room: Room
    server: SignalingServer
    url: str
    now: datetime = NOW
    clients: list[socketio.AsyncClient] = field(default_factory=list)

    async def client(self, token: str | None = None, transports: list[str] | None = None) -> Any:
        client = socketio.AsyncClient(reconnection=False)
        self.clients.append(client)
        auth = {"token": mint(CLAIMS, KEY, self.now) if token is None else token}
        await client.connect(
            self.url, auth=auth, socketio_path="rt", transports=transports or ["websocket"], wait_timeout=5
        )
        return client

    async def synced_client(self, transports: list[str] | None = None) -> Any:
        client = await self.client(transports=transports)
        assert (await client.call("sync", {}, timeout=5))["ok"]
        return client


@pytest.fixture
async def make_site() -> AsyncIterator[Callable[..., Any]]:
    running: list[tuple[Site, web.AppRunner]] = []

    async def make(**options: Any) -> Site:
        room = Room()
        site = Site(room=room, server=None, url="")  # type: ignore[arg-type]
        server = SignalingServer(room, keys=lambda: {KEY.kid: KEY.public}, clock=lambda: site.now, **options)
        site.server = server
        app = web.Application()
        server.attach(app)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        running.append((site, runner))
        return site

    yield make
    for site, runner in running:
        for client in site.clients:
            await client.disconnect()
        await runner.cleanup()


@pytest.fixture
async def site(make_site: Callable[..., Any]) -> Site:
    return await make_site()


def sent(room: Room) -> list[str | None]:
    return [r.participant_id for r in room.requests if isinstance(r, LowerHand)]


# ── connecting ─────────────────────────────────────────────────────────────────────────────────────────────────


async def refused_connect(site: Site, token: Any) -> dict[str, Any]:
    """The data of the connect_error, as a browser gets it."""
    url = f"{site.url}/rt/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        assert (await ws.receive_str()).startswith("0")
        await ws.send_str("40" + json.dumps({"token": token}))
        answer = await ws.receive_str(timeout=5)
        assert answer.startswith("44"), answer
        data: dict[str, Any] = json.loads(answer[2:])
        return data


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_a_valid_token_connects(make_site: Callable[..., Any], transports: list[str]) -> None:
    site = await make_site(ping_interval_s=1, ping_timeout_s=1)
    client = await site.synced_client(transports)
    (info,) = site.room.connections.values()
    assert info.claims == CLAIMS
    assert info.address == "127.0.0.1"
    assert "aiohttp" in info.user_agent.lower()
    await client.disconnect()
    await site.room.until(lambda: bool(site.room.causes))
    assert site.server.connections == 0


@pytest.mark.parametrize("goodbye", ["41", "1"])
async def test_a_client_that_says_goodbye_has_left(site: Site, goodbye: str) -> None:
    async with aiohttp.ClientSession() as session:
        ws = await bare_socket(site, session)
        await ws.send_str(goodbye)
        await site.room.until(lambda: bool(site.room.causes))
    assert [cause for _sid, cause in site.room.causes] == ["client_left"]


async def test_tokens_that_are_refused_say_why(site: Site) -> None:
    foreign = TokenKey.of(Ed25519PrivateKey.generate())
    cases = {
        "token_missing": None,
        "token_malformed": "no token at all",
        "token_unknown_key": mint(CLAIMS, foreign, NOW),
        "token_bad_signature": mint(CLAIMS, TokenKey(kid=KEY.kid, private=foreign.private), NOW),
        "token_expired": mint(CLAIMS, KEY, NOW - timedelta(minutes=10)),
        "token_not_yet": mint(CLAIMS, KEY, NOW + timedelta(minutes=10)),
    }
    for code, token in cases.items():
        refusal = await refused_connect(site, token)
        error = WireError.model_validate(refusal["data"])
        assert error.code == code and error.text.zh and error.text.en
        assert refusal["message"] == error.message
    assert site.room.connections == {} and site.room.causes == [] and site.server.connections == 0


async def test_no_auth_at_all_is_refused(site: Site) -> None:
    async with aiohttp.ClientSession() as session:
        for auth in ("", "[]", '"token"', "7"):
            async with session.ws_connect(f"{site.url}/rt/?EIO=4&transport=websocket") as ws:
                await ws.receive_str()
                await ws.send_str("40" + auth)
                assert json.loads((await ws.receive_str(timeout=5))[2:])["data"]["code"] == "token_missing"


async def test_the_room_refuses_a_connection(site: Site) -> None:
    def refuse(_info: ConnectionInfo) -> None:
        raise ConnectionRefused(REFUSED)

    site.room.on_connect = refuse
    refusal = await refused_connect(site, mint(CLAIMS, KEY, NOW))
    assert WireError.model_validate(refusal["data"]) == REFUSED
    assert site.room.causes == [] and site.server.connections == 0


async def test_a_room_that_fails_on_connect_leaks_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_info: ConnectionInfo) -> None:
        raise RuntimeError("database at 10.0.0.7 is away")

    site.room.on_connect = fail
    token = mint(CLAIMS, KEY, NOW)
    refusal = await refused_connect(site, token)
    assert refusal["data"]["code"] == "internal"
    assert "10.0.0.7" not in json.dumps(refusal)
    assert "10.0.0.7" in caplog.text and token not in caplog.text


async def test_a_refused_client_is_not_left_hanging(site: Site) -> None:
    url = f"{site.url}/rt/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws, asyncio.timeout(5):
        await ws.send_str('40{"token":"x"}')
        packets = [message.data async for message in ws if message.type is aiohttp.WSMsgType.TEXT]
    assert packets[1].startswith("44")


async def test_other_origins_are_refused(make_site: Callable[..., Any]) -> None:
    site = await make_site()
    strict = await make_site(allow_origin=lambda origin, _request: origin == "https://court.example")
    async with aiohttp.ClientSession() as session:

        async def status(of: Site, origin: str | None) -> int:
            headers = {"Origin": origin} if origin else {}
            async with session.get(f"{of.url}/rt/?EIO=4&transport=polling", headers=headers) as response:
                return response.status

        assert await status(site, None) == 200
        assert await status(site, site.url) == 200
        assert await status(site, "https://evil.example") == 400
        assert await status(strict, "https://court.example") == 200
        assert await status(strict, strict.url) == 400


async def test_connecting_again_and_again_is_limited(site: Site) -> None:
    for _ in range(20):
        await (await site.client()).disconnect()
    refusal = await refused_connect(site, mint(CLAIMS, KEY, NOW))
    assert refusal["data"]["code"] == "rate_limited"


# ── requests ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_request_before_sync_is_refused(site: Site) -> None:
    client = await site.client()
    ack = await client.call("raise_hand", {}, timeout=5)
    assert (ack["ok"], ack["error"]["code"]) == (False, "out_of_order")
    assert site.room.requests == []


async def test_results_and_refusals(site: Site) -> None:
    client = await site.synced_client()
    site.room.on_request = lambda _sid, _request: {"consumer": "con_1", "at": NOW, "view": REFUSED}
    ack = await client.call("recess", {"reason": "lunch"}, timeout=5)
    assert ack == {
        "ok": True,
        "error": None,
        "result": {"consumer": "con_1", "at": "2026-11-23T09:00:00Z", "view": REFUSED.model_dump()},
    }
    assert site.room.requests[-1] == Recess(reason="lunch")

    def refuse(_sid: str, _request: Request) -> None:
        raise RequestRefused(REFUSED)

    site.room.on_request = refuse
    ack = await client.call("raise_hand", timeout=5)
    assert ack == {"ok": False, "result": None, "error": REFUSED.model_dump()}


@pytest.mark.parametrize(
    ("event", "payload", "code"),
    [
        ("no_such_request", {}, "unknown_message"),
        ("connect", {"token": "x"}, "unknown_message"),
        ("disconnect", "client disconnect", "unknown_message"),
        ("disconnect", None, "unknown_message"),
        ("__disconnect_final", {}, "unknown_message"),
        ("*", {}, "unknown_message"),
        ("mute", {"participant_id": 7}, "malformed"),
        ("mute", [1, 2], "malformed"),
        ("raise_hand", {"x": 1}, "malformed"),
        ("raise_hand", b"binary", "malformed"),
        ("recess", {"reason": "x" * 5000}, "too_large"),
    ],
)
async def test_everything_else_is_acknowledged_with_an_error(
    site: Site, event: str, payload: Any, code: str
) -> None:
    client = await site.synced_client()
    ack = await client.call(event, payload, timeout=5)
    assert (ack["ok"], ack["error"]["code"]) == (False, code)
    assert (await client.call("raise_hand", timeout=5))["ok"], "the connection lives on"
    assert site.room.causes == []


async def test_a_handler_that_raises_is_acknowledged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    client = await site.synced_client()

    def fail(_sid: str, _request: Request) -> None:
        raise KeyError("internal-detail")

    site.room.on_request = fail
    ack = await client.call("raise_hand", timeout=5)
    assert ack["error"]["code"] == "internal" and "internal-detail" not in json.dumps(ack)
    assert "internal-detail" in caplog.text
    site.room.on_request = lambda _sid, _request: object()
    assert (await client.call("raise_hand", timeout=5))["error"]["code"] == "internal"
    site.room.on_request = lambda _sid, _request: {}
    assert (await client.call("raise_hand", timeout=5))["ok"]


async def test_a_handler_that_hangs_is_acknowledged(make_site: Callable[..., Any]) -> None:
    site = await make_site(request_timeout_s=0.2)
    client = await site.synced_client()
    site.room.on_request = lambda _sid, _request: asyncio.Event().wait()
    assert (await client.call("raise_hand", timeout=5))["error"]["code"] == "timeout"


async def test_requests_of_one_connection_are_handled_in_order(site: Site) -> None:
    client = await site.synced_client()
    release = asyncio.Event()
    site.room.on_request = lambda _sid, request: release.wait() if isinstance(request, Recess) else {}
    ids = [None, "par_aaaaaaaa", "par_bbbbbbbb", "par_cccccccc"]
    calls = [asyncio.create_task(client.call("recess", {"reason": "slow"}, timeout=5))]
    await site.room.until(lambda: len(site.room.requests) == 2)
    for participant in ids:
        calls.append(
            asyncio.create_task(client.call("lower_hand", {"participant_id": participant}, timeout=5))
        )
        await asyncio.sleep(0)
    assert sent(site.room) == []
    release.set()
    assert all(ack["ok"] for ack in await asyncio.gather(*calls))
    assert sent(site.room) == ids


async def test_a_slow_request_of_one_does_not_hold_up_another(site: Site) -> None:
    slow, quick = await site.synced_client(), await site.synced_client()
    release = asyncio.Event()
    site.room.on_request = lambda _sid, request: release.wait() if isinstance(request, Recess) else {}
    waiting = asyncio.create_task(slow.call("recess", {"reason": "slow"}, timeout=5))
    await site.room.until(lambda: any(isinstance(r, Recess) for r in site.room.requests))
    assert (await quick.call("raise_hand", timeout=5))["ok"]
    release.set()
    assert (await waiting)["ok"]


async def test_a_flood_is_refused_and_then_cut_off(site: Site) -> None:
    client = await site.synced_client()
    closed = asyncio.Event()
    client.on("disconnect", lambda *_: closed.set())
    acks: list[dict[str, Any]] = []
    for _ in range(400):
        if not client.connected:
            break
        await client.emit("report_network", {}, callback=acks.append)
    async with asyncio.timeout(5):
        await closed.wait()
    handled = [r for r in site.room.requests if isinstance(r, ReportNetwork)]
    assert len(handled) <= 8
    assert {ack["error"]["code"] for ack in acks if not ack["ok"]} <= {"rate_limited", "out_of_order"}
    assert any(not ack["ok"] for ack in acks)
    await site.room.until(lambda: bool(site.room.causes))
    assert site.room.causes[0][1] == "server"


async def test_one_budget_spent_leaves_the_others(site: Site) -> None:
    client = await site.synced_client()
    codes = [(await client.call("raise_hand", timeout=5))["ok"] for _ in range(10)]
    assert codes[:6] == [True] * 6 and not codes[9]
    assert (await client.call("create_transport", {"direction": "send"}, timeout=5))["ok"]


async def test_reconnecting_does_not_refill_a_budget(site: Site) -> None:
    client = await site.synced_client()
    while (await client.call("raise_hand", timeout=5))["ok"]:
        pass
    await client.disconnect()
    client = await site.synced_client()
    assert (await client.call("raise_hand", timeout=5))["error"]["code"] == "rate_limited"


# ── events ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_events_go_out_after_sync_and_not_before(site: Site) -> None:
    client = await site.client()
    received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    client.on("view_changed", received.put)
    (sid,) = site.room.connections
    await site.server.push(sid, site.room.stream.publish({"speaker": "par_aaaaaaaa"}))
    result = (await client.call("sync", {}, timeout=5))["result"]
    assert (result["kind"], result["seq"], result["stream"]) == ("snapshot", 1, "evs_1")
    await site.server.push(sid, site.room.stream.publish({"speaker": "par_bbbbbbbb"}))
    event = await asyncio.wait_for(received.get(), 5)
    assert event == {"seq": 2, "changes": {"speaker": "par_bbbbbbbb"}}
    assert received.empty()


async def test_an_event_made_while_sync_is_answered_is_not_lost(site: Site) -> None:
    client = await site.client()
    follower = ViewFollower()
    client.on("view_changed", lambda data: follower.changed(ViewChanged.model_validate(data)))
    (sid,) = site.room.connections
    answer = site.room.request

    async def answer_slowly(asked: str, request: Request) -> Any:
        result = await answer(asked, request)
        await site.server.push(sid, site.room.stream.publish({"speaker": "par_aaaaaaaa"}))
        return result

    site.room.request = answer_slowly  # type: ignore[method-assign]
    ack = await client.call("sync", follower.request().model_dump(), timeout=5)
    follower.view = {"speaker": None}
    follower.seq = ack["result"]["seq"]
    assert follower.synced(SyncResult.model_validate({**ack["result"], "kind": "events"})) == "applied"
    assert follower.view["speaker"] == "par_aaaaaaaa" and follower.seq == 1


async def test_resuming_brings_the_missed_events(site: Site) -> None:
    client = await site.synced_client()
    await client.disconnect()
    await site.room.until(lambda: not site.room.connections)
    site.room.stream.publish({"speaker": "par_aaaaaaaa"})
    client = await site.client()
    result = (await client.call("sync", {"last_seq": 0, "stream": "evs_1"}, timeout=5))["result"]
    assert [event["seq"] for event in result["events"]] == [1]


async def test_pushing_to_a_connection_that_is_gone_is_no_error(site: Site) -> None:
    await site.server.push("gone", site.room.stream.publish({"speaker": None}))
    await site.server.terminate("gone", Terminated(reason="left", text=REFUSED.text, may_return=True))
    await site.server.disconnect("gone")


# ── ending ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
@pytest.mark.parametrize(("reason", "cause"), [("removed", "server"), ("replaced", "replaced")])
async def test_terminated_is_the_last_message(
    site: Site, transports: list[str], reason: Any, cause: str
) -> None:
    client = await site.synced_client(transports)
    seen: list[str] = []
    closed = asyncio.Event()
    client.on("terminated", lambda data: seen.append(data["reason"]))
    client.on("view_changed", lambda _data: seen.append("view_changed"))
    client.on("disconnect", lambda *_: closed.set())
    (sid,) = site.room.connections
    await site.server.terminate(sid, Terminated(reason=reason, text=REFUSED.text, may_return=False))
    await site.server.push(sid, site.room.stream.publish({"speaker": None}))
    async with asyncio.timeout(5):
        await closed.wait()
    assert seen == [reason]
    assert site.room.causes == [(sid, cause)]
    assert site.server.connections == 0


async def test_the_request_that_ends_the_connection_is_acknowledged_before_the_end(site: Site) -> None:
    client = await site.synced_client()
    order: list[str] = []
    closed = asyncio.Event()
    client.on("terminated", lambda _data: order.append("terminated"))
    client.on("disconnect", lambda *_: closed.set())

    async def end(sid: str, _request: Request) -> dict[str, Any]:
        await site.server.terminate(sid, Terminated(reason="closed", text=REFUSED.text, may_return=False))
        await site.server.push(sid, site.room.stream.publish({"speaker": None}))
        return {"done": True}

    site.room.on_request = end
    await client.emit("close_hearing", {}, callback=lambda ack: order.append(f"ack {ack['ok']}"))
    await client.emit("raise_hand", {}, callback=lambda ack: order.append(ack["error"]["code"]))
    async with asyncio.timeout(5):
        await closed.wait()
    assert (
        order[0] == "ack True"
        and "terminated" in order
        and site.room.requests[-1].__class__.__name__ == "CloseHearing"
    )


async def test_a_request_that_hangs_does_not_put_off_the_end(site: Site) -> None:
    client = await site.synced_client()
    closed = asyncio.Event()
    client.on("disconnect", lambda *_: closed.set())
    site.room.on_request = lambda _sid, _request: asyncio.sleep(30)
    await client.emit("raise_hand", {})
    await site.room.until(lambda: len(site.room.requests) == 2)
    (sid,) = site.room.connections
    await site.server.terminate(sid, Terminated(reason="removed", text=REFUSED.text, may_return=False))
    async with asyncio.timeout(5):
        await closed.wait()
    assert site.room.causes == [(sid, "server")]


async def test_disconnect_without_a_last_message(site: Site) -> None:
    client = await site.synced_client()
    (sid,) = site.room.connections
    closed = asyncio.Event()
    client.on("disconnect", lambda *_: closed.set())
    await site.server.disconnect(sid)
    async with asyncio.timeout(5):
        await closed.wait()
    assert site.room.causes == [(sid, "server")]


async def bare_socket(site: Site, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    ws = await session.ws_connect(f"{site.url}/rt/?EIO=4&transport=websocket")
    await ws.receive_str()
    await ws.send_str("40" + json.dumps({"token": mint(CLAIMS, KEY, NOW)}))
    assert (await ws.receive_str()).startswith("40")
    return ws


async def test_a_client_that_stops_answering_is_gone_after_the_ping_timeout(
    make_site: Callable[..., Any],
) -> None:
    site = await make_site(ping_interval_s=0.2, ping_timeout_s=0.3)
    async with aiohttp.ClientSession() as session:
        silent = await bare_socket(site, session)
        began = asyncio.get_running_loop().time()
        await site.room.until(lambda: bool(site.room.causes), timeout_s=3)
        assert asyncio.get_running_loop().time() - began < 2
        assert not silent.closed
    assert [cause for _sid, cause in site.room.causes] == ["ping_timeout"]


async def test_a_connection_answers_until_a_ping_has_waited_too_long(make_site: Callable[..., Any]) -> None:
    site = await make_site(ping_interval_s=0.1, ping_timeout_s=20)
    async with aiohttp.ClientSession() as session:
        ws = await bare_socket(site, session)
        [sid] = site.room.connections
        while await ws.receive_str() != "2":
            pass
        assert site.server.answers(sid), "the ping has only just been sent"
        async with asyncio.timeout(5):
            while site.server.answers(sid):  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # what is asked for is a time that passes
        await ws.send_str("3")
        async with asyncio.timeout(5):
            while not site.server.answers(sid):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert not site.server.answers("nobody")


async def test_a_transport_that_breaks_is_told_at_once(site: Site) -> None:
    async with aiohttp.ClientSession() as session:
        ws = await bare_socket(site, session)
        assert ws._response.connection is not None and ws._response.connection.transport is not None
        ws._response.connection.transport.abort()
        await site.room.until(lambda: bool(site.room.causes), timeout_s=3)
    assert [cause for _sid, cause in site.room.causes] == ["transport_close"]


async def test_a_transport_that_breaks_while_the_room_decides_leaves_no_ghost(
    make_site: Callable[..., Any],
) -> None:
    site = await make_site(ping_interval_s=0.2, ping_timeout_s=0.3)
    release = asyncio.Event()
    site.room.on_connect = lambda _info: release.wait()
    async with aiohttp.ClientSession() as session:
        ws = await session.ws_connect(f"{site.url}/rt/?EIO=4&transport=websocket")
        await ws.receive_str()
        await ws.send_str("40" + json.dumps({"token": mint(CLAIMS, KEY, NOW)}))
        async with asyncio.timeout(5):
            while not ws.closed:
                await ws.receive()
        release.set()
        await site.room.until(lambda: bool(site.room.causes), timeout_s=5)
    assert site.room.connections == {} and site.server.connections == 0


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "9",
        "4",
        "49",
        "42",
        "42{}",
        "42[]",
        "42[1]",
        '42[{"a":1}]',
        "45",
        "45999-[]",
        '451-["x"]',
        "4" + "[" * 60_000,
    ],
)
async def test_malformed_packets_do_not_harm_others(site: Site, packet: str) -> None:
    client = await site.synced_client()
    async with aiohttp.ClientSession() as session:
        ws = await bare_socket(site, session)
        await ws.send_str(packet)
        await ws.send_bytes(b"\xff" * 100)
        assert (await client.call("raise_hand", timeout=5))["ok"]
        await ws.close()


async def test_a_message_larger_than_the_limit_ends_only_its_connection(site: Site) -> None:
    client = await site.synced_client()
    async with aiohttp.ClientSession() as session:
        ws = await bare_socket(site, session)
        await ws.send_str("42" + json.dumps(["recess", {"reason": "x" * 100_000}]))
        await site.room.until(lambda: len(site.room.causes) == 1)
    assert (await client.call("raise_hand", timeout=5))["ok"]


async def test_closing_the_server_lets_the_clients_reconnect(site: Site) -> None:
    """The Socket.IO goodbye (packet 41), after which a page stays away, must not be sent."""
    async with aiohttp.ClientSession() as session:
        ws = await bare_socket(site, session)
        closing = asyncio.create_task(site.server.close())
        packets = [message.data async for message in ws if message.type is aiohttp.WSMsgType.TEXT]
        await closing
    assert "41" not in packets
    assert [cause for _sid, cause in site.room.causes] == ["server"]


async def test_nothing_secret_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        token = mint(CLAIMS, KEY, NOW)
        client = await site.client(token)
        await client.call("sync", {}, timeout=5)
        await client.call("recess", {"reason": "a secret reason"}, timeout=5)
        await refused_connect(site, token + "x")
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("signaling"))
    assert token not in ours and "a secret reason" not in ours
