"""The real application over a real store and the real domain, without relay and recorder, on a loopback port."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import argon2
import pytest
from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from eligibility import Determination, load_ruleset
from room_server.domain.commands import Command, DraftHearing
from room_server.domain.event_data import event_type, from_data, to_data
from room_server.domain.hearing import Context, decide, replay
from room_server.domain.model import SYSTEM, Actor, Hearing, Ruling
from room_server.domain.permissions import Allowed, actions
from room_server.domain.rulings import preview
from room_server.http.application import add_pages, create_application
from room_server.http.models import RecordingDetail, RoomToken
from room_server.http.services import NotFound, Services, Site
from room_server.identity.passwords import Hashing
from room_server.identity.service import Identity
from room_server.ids import new_id
from room_server.proceedings.signing import RulingSigner
from room_server.relay.pool import WorkerState
from room_server.store.events import NewEvent
from room_server.store.register import Store
from signaling.messages import ActionInfo, BiText, DeterminationView, RecordingInfo
from tests.domain.conftest import RECORD_KEY

SIGNER = RulingSigner(RECORD_KEY, {RECORD_KEY.key_id: RECORD_KEY.public_raw})
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@dataclass
class MovedClock:
    """One millisecond passes at each look, so that no two events have the same time."""

    at: datetime = START
    passed_s: float = 0.0

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def monotonic_s(self) -> float:
        return self.passed_s


@dataclass
class StoredProceedings:
    """Hearings out of the event store alone: load, decide, append, evolve; nothing is kept between two calls."""

    store: Store
    clock: MovedClock
    videos: Path
    ruleset: str = "shanghai-2020"
    viewings: list[tuple[str, str]] = field(default_factory=list)
    exports: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sign_outs: list[tuple[str, Callable[[str], bool]]] = field(default_factory=list)
    tokens: list[tuple[str, str, str]] = field(default_factory=list)

    async def get(self, hearing_id: str) -> Hearing:
        stored = await self.store.events.read(hearing_id)
        found = replay((from_data(one.type, one.data), datetime.fromisoformat(one.at)) for one in stored)
        if found is None:
            raise NotFound.of("庭审", "hearing")
        return found

    async def all(self) -> list[Hearing]:
        return [await self.get(stream) for stream in await self.store.events.streams("hrg_")]

    async def execute(self, hearing_id: str, command: Command, actor: Actor) -> Hearing:
        return await self._carry_out(hearing_id, await self.get(hearing_id), command, actor)

    async def draft(self, command: DraftHearing, actor: Actor) -> Hearing:
        return await self._carry_out(command.hearing_id, None, command, actor)

    async def _carry_out(
        self, stream: str, hearing: Hearing | None, command: Command, actor: Actor
    ) -> Hearing:
        context = self._context(actor)
        events = decide(hearing, command, context)
        at = context.now.isoformat()
        version = len(await self.store.events.read(stream))
        if events:
            by = {"kind": actor.kind, "id": actor.id, "role": actor.role, "name": actor.name}
            new = [
                NewEvent(f"evt_{secrets.token_hex(8)}", event_type(event), at, by, to_data(event))
                for event in events
            ]
            await self.store.events.append(stream, version, new)
        return await self.get(stream)

    def _context(self, actor: Actor) -> Context:
        now = self.clock.now()
        ruleset = load_ruleset(self.ruleset, now.date())
        return Context(actor, now, ruleset, lambda prefix: new_id(prefix, secrets.token_bytes), SIGNER.sign)

    def actions(self, hearing: Hearing, actor: Actor) -> dict[str, ActionInfo]:
        return {
            name: ActionInfo(allowed=True)
            if isinstance(verdict, Allowed)
            else ActionInfo(
                allowed=False, reason=BiText(zh=verdict.zh, en=verdict.en), citation=verdict.citation
            )
            for name, verdict in actions(hearing, actor).items()
        }

    def determination(self, hearing: Hearing) -> DeterminationView | None:
        stored = hearing.determination
        if stored is None:
            return None
        document = {key: stored.document[key] for key in ("outcome", "ruleset", "on", "facts_sha256")}
        findings = [
            {key: finding[key] for key in ("rule", "about", "outcome", "citation", "text")}
            for finding in stored.findings
        ]
        return DeterminationView.model_validate(
            {"id": stored.id, "current": True, **document, "findings": findings}
        )

    def ruling_signed(self, hearing: Hearing, ruling: Ruling) -> bool | None:
        return SIGNER.holds(hearing, ruling)

    def preview_ruling(self, hearing: Hearing, ground: str, held: bool, actor: Actor) -> Determination:
        return preview(hearing, ground, held, self._context(actor))

    async def mint_room_token(self, hearing_id: str, participant_id: str, device_id: str) -> RoomToken:
        self.tokens.append((hearing_id, participant_id, device_id))
        expires_at = (self.clock.now() + timedelta(minutes=3)).isoformat()
        return RoomToken(token=secrets.token_urlsafe(), expires_at=expires_at, socket_path="/rt")

    def recording_info(self, hearing: Hearing) -> RecordingInfo:
        as_of = hearing.phase_since.isoformat()
        return RecordingInfo(state="off", reason=None, elapsed_s=0.0, as_of=as_of, progress=None)

    async def recording_detail(self, hearing: Hearing) -> RecordingDetail:
        return RecordingDetail(
            hearing=hearing.id,
            case_number=hearing.case_number,
            title=hearing.title,
            info=self.recording_info(hearing),
            duration_s=None,
            expected_s=None,
            video=self.video_path(hearing) is not None,
            events=[],
            verification=None,
            public_key=None,
        )

    async def verify_recording(self, hearing_id: str) -> RecordingDetail:
        return await self.recording_detail(await self.get(hearing_id))

    async def compose_recording(self, hearing_id: str) -> RecordingDetail:
        return await self.recording_detail(await self.get(hearing_id))

    def relay_workers(self) -> list[WorkerState]:
        return [WorkerState(1, 40000, 4711, "native", 2), WorkerState(2, 40001, None, None, 0)]

    def video_path(self, hearing: Hearing) -> Path | None:
        path = self.videos / f"{hearing.id}.mp4"
        return path if path.exists() else None

    async def signed_out(self, account_id: str, is_out: Callable[[str], bool]) -> None:
        self.sign_outs.append((account_id, is_out))

    async def note_viewing(self, hearing_id: str, viewer: Actor) -> None:
        self.viewings.append((hearing_id, viewer.name))

    async def note_export(self, hearing_id: str, viewer: Actor, exported: dict[str, Any]) -> None:
        self.exports.append((viewer.name, exported))


class Browser:
    """A client with its own cookies. Each call gives the JSON of an answer that must have the status named."""

    def __init__(self, server: TestServer) -> None:
        self.client = TestClient(server, cookie_jar=CookieJar(unsafe=True))

    async def send(self, method: str, path: str, body: Any = None, **more: Any) -> ClientResponse:
        if body is not None:
            more["json"] = body
        return await self.client.request(method, f"/api/{path}", **more)

    async def call(self, method: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        response = await self.send(method, path, body, **more)
        answer = await response.json()
        assert response.status == status, f"{method} {path}: {response.status} {answer}"
        return answer

    async def get(self, path: str, status: int = 200) -> Any:
        return await self.call("GET", path, status=status)

    async def post(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        return await self.call("POST", path, {} if body is None else body, status, **more)

    async def refused(self, method: str, path: str, status: int, body: Any = None, **more: Any) -> Any:
        """The error of an answer that must be one, whole and in both languages."""
        answer = await self.call(method, path, body, status, **more)
        error = answer["error"]
        assert set(error) == {"code", "message", "text", "citation"}
        assert error["text"]["zh"] and error["text"]["en"] and error["code"]
        return error


@dataclass
class Court:
    """The running server, and how to come to it."""

    server: TestServer
    services: Services
    proceedings: StoredProceedings
    browsers: list[Browser]

    def browser(self) -> Browser:
        browser = Browser(self.server)
        self.browsers.append(browser)
        return browser

    async def staff(self, username: str, *roles: str) -> tuple[Browser, str]:
        """A new account signed in on a new device; its id."""
        account = await self.services.identity.staff.create(username, f"{username} 某", roles)
        secret = await self.services.identity.staff.sign_in_secret(account.id, reusable=True)
        browser = self.browser()
        await browser.post("sign-in/link", {"secret": secret})
        return browser, account.id

    async def system(self, hearing_id: str, command: Command) -> Hearing:
        return await self.proceedings.execute(hearing_id, command, SYSTEM)


@dataclass
class Desk:
    """A clerk, a judge, a case with two parties and counsel, and a hearing drafted in it."""

    court: Court
    clerk: Browser
    judge: Browser
    clerk_id: str
    judge_id: str
    case: dict[str, Any]
    hearing: dict[str, Any]

    def participant(self, role: str, side: str | None = None) -> str:
        found = [
            one["id"]
            for one in self.hearing["participants"]
            if one["role"] == role and (side is None or one["side"] == side)
        ]
        return str(found[0])

    @property
    def path(self) -> str:
        return f"hearings/{self.hearing['id']}"

    async def invite(self, participant: str) -> dict[str, Any]:
        """A fresh invitation, with its ``secret`` taken out of the address."""
        issued: dict[str, Any] = await self.clerk.post(f"{self.path}/participants/{participant}/invitation")
        return {**issued, "secret": issued["url"].partition("#")[2]}

    async def joined(self, participant: str) -> Browser:
        """A browser that has accepted the participant's invitation."""
        issued = await self.invite(participant)
        browser = self.court.browser()
        body = {"secret": issued["secret"], "code": issued["code"]}
        await browser.post("invitations/accept", body)
        return browser

    async def open_lobby(self) -> None:
        """Consents entered, determined, scheduled, lobby open."""
        for side in ("claimant", "respondent"):
            key = f"position:{self.participant('party', side)}"
            value = {"position": "consents", "stage": "trial", "reasons": ""}
            fact = {"key": key, "value": value, "asserted_by": side, "how": "desk"}
            await self.clerk.post(f"{self.path}/facts", fact)
        for step in ("determine", "schedule", "open-lobby"):
            self.hearing = await self.clerk.post(f"{self.path}/{step}")


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def court(tmp_path: Path, database_url: str, clock: MovedClock) -> AsyncIterator[Court]:
    web_root = tmp_path / "web"
    (web_root / "assets").mkdir(parents=True)
    (web_root / "index.html").write_text("<!doctype html><title>云庭</title>", encoding="utf-8")
    (web_root / "assets" / "index-DkT3aB9x.js").write_text("export {}", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("not for the web", encoding="utf-8")
    store = await Store.open(database_url)
    cheap = Hashing(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    proceedings = StoredProceedings(store, clock, tmp_path)
    site = Site(
        court_zh="云庭示范法院",
        court_en="Yunting Demonstration Court",
        hotline="12368",
        ruleset="shanghai-2020",
        demo=False,
        public_url="http://127.0.0.1:8000",
        web_root=web_root,
    )
    services = Services(
        store=store,
        identity=Identity.over(store, clock, secrets.token_bytes, cheap),
        proceedings=proceedings,
        clock=clock,
        random_bytes=secrets.token_bytes,
        site=site,
    )
    application = create_application(services)
    add_pages(application)
    application.on_cleanup.append(_closing(store))
    server = TestServer(application)
    await server.start_server()
    court = Court(server, services, proceedings, [])
    yield court
    for browser in court.browsers:
        await browser.client.close()
    await server.close()


def _closing(store: Store) -> Any:
    async def close(_application: web.Application) -> None:
        await store.close()

    return close


@pytest.fixture
async def desk(court: Court) -> Desk:
    clerk, clerk_id = await court.staff("clerk", "clerk")
    judge, judge_id = await court.staff("judge", "judge")
    new = {
        "number": "(2026)沪01民初1号",
        "title": "张三诉李四",
        "cause": "买卖合同纠纷",
        "case_type": "civil",
    }
    case = await clerk.post("cases", new)
    people = f"cases/{case['id']}/people"
    case = await clerk.post(people, {"name": "张三", "role": "party", "side": "claimant"})
    claimant = case["people"][0]["id"]
    await clerk.post(people, {"name": "王律师", "role": "counsel", "represents": claimant})
    case = await clerk.post(people, {"name": "李四", "role": "party", "side": "respondent"})
    hearing = await clerk.post(
        f"cases/{case['id']}/hearings",
        {
            "stage": "trial",
            "scheduled_at": "2026-11-24T09:30:00+08:00",
            "courtroom": {"zh": "第一法庭", "en": "Courtroom 1"},
            "presiding_judge": judge_id,
            "clerk": clerk_id,
            "people": [person["id"] for person in case["people"]],
        },
    )
    return Desk(court, clerk, judge, clerk_id, judge_id, case, hearing)
