"""Rulings from the judge's desk: the password, what awaits one, what would follow, races, and who may not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recording import keys
from room_server.app import Server, start_server
from room_server.config import Config
from room_server.demonstration import demo_config, free_port
from room_server.domain import commands as c
from room_server.domain.model import Actor, NewParticipant
from room_server.http.rulings import awaiting_list
from room_server.ids import new_id
from room_server.proceedings.signing import RulingSigner
from tests.domain.conftest import MORNING
from tests.domain.conftest import Court as Bench

PASSWORD = "a password of the judge"
COMPLEX = {"key": "complexity", "value": "significant_and_complex", "asserted_by": "张三", "how": "desk"}


@pytest.fixture
async def bench(desk: Any) -> Any:
    """The desk with a case whose significance awaits a ruling, and a judge who has a password."""
    await desk.judge.post("me/password", {"new": PASSWORD})
    await desk.clerk.post(f"{desk.path}/facts", COMPLEX)
    desk.hearing = await desk.clerk.post(f"{desk.path}/determine")
    return desk


def ruling(bench: Any, **given: Any) -> dict[str, Any]:
    return {
        "ground": "complexity",
        "held": False,
        "reasons": "事实清楚",
        "article": "OLR 21(4)",
        "seen_version": bench.hearing["version"],
        "password": PASSWORD,
        **given,
    }


async def test_refused_at_the_gate_then_allowed_by_a_ruling(bench: Any) -> None:
    """Significance asserted: awaits a ruling; the judge holds it not made out; then the hearing can be scheduled."""
    hearing = bench.hearing
    assert (hearing["phase"], hearing["awaiting"]) == ("awaiting_ruling", ["complexity"])
    findings = hearing["determination"]["findings"]
    assert any("21(4)" in finding["citation"] and finding["text"]["zh"] for finding in findings)
    error = await bench.clerk.refused("POST", f"{bench.path}/schedule", 409)
    assert error["text"]["zh"] != error["text"]["en"]

    hearing = await bench.judge.post(f"{bench.path}/rulings", ruling(bench))
    (made,) = hearing["rulings"]
    assert made["id"].startswith("rul_") and made["key_id"].startswith("rk_")
    assert (made["ground"], made["signed"], made["superseded"], made["supersedes"]) == (
        "complexity",
        True,
        False,
        None,
    )
    assert made["during"] == "awaiting_ruling" and len(made["facts_sha256"]) == 64
    assert (hearing["phase"], hearing["awaiting"]) == ("eligible", [])
    assert (await bench.clerk.post(f"{bench.path}/schedule"))["phase"] == "scheduled"


async def test_a_ruling_is_refused_without_password_reasons_or_article(bench: Any) -> None:
    path = f"{bench.path}/rulings"
    for missing, status in (
        ({"password": ""}, 401),
        ({"password": "wrong"}, 401),
        ({"reasons": ""}, 400),
        ({"reasons": "  "}, 400),
        ({"article": ""}, 400),
        ({"article": "\t"}, 400),
        ({"seen_version": None}, 400),
        ({"seen_version": 0}, 400),
        ({"seen_version": 100_000}, 400),
        ({"held": "yes"}, 400),
        ({"reasons": "x" * 5000}, 400),
    ):
        await bench.judge.refused("POST", path, status, ruling(bench, **missing))
    assert (await bench.judge.get(bench.path))["rulings"] == []


async def test_wrong_passwords_are_limited(bench: Any) -> None:
    path = f"{bench.path}/rulings"
    for _ in range(10):
        await bench.judge.refused("POST", path, 401, ruling(bench, password="wrong"))
    # From here on the right one is not tried either.
    await bench.judge.refused("POST", path, 429, ruling(bench))
    assert (await bench.clerk.get(bench.path))["rulings"] == []


async def test_a_judge_without_a_password_does_not_rule_outside_the_demonstration(desk: Any) -> None:
    await desk.clerk.post(f"{desk.path}/facts", COMPLEX)
    desk.hearing = await desk.clerk.post(f"{desk.path}/determine")
    error = await desk.judge.refused("POST", f"{desk.path}/rulings", 403, ruling(desk))
    assert error["code"] == "password_needed"


async def test_who_may_not_rule(bench: Any) -> None:
    path, preview = f"{bench.path}/rulings", f"{bench.path}/rulings/preview"
    contemplated = {"ground": "complexity", "held": True}
    other, _ = await bench.court.staff("otherjudge", "judge")
    await other.post("me/password", {"new": PASSWORD})
    party = await bench.joined(bench.participant("party", "claimant"))
    for browser, status in ((bench.clerk, 403), (other, 404), (party, 401), (bench.court.browser(), 401)):
        await browser.refused("POST", path, status, ruling(bench))
        await browser.refused("POST", preview, status, contemplated)
    assert (await bench.clerk.get(bench.path))["rulings"] == []


async def test_a_ground_that_is_none_or_about_somebody_of_another_hearing(bench: Any) -> None:
    people = [one["person"] for one in bench.hearing["participants"] if one["person"]]
    other = await bench.clerk.post(
        f"cases/{bench.case['id']}/hearings",
        {
            "stage": "trial",
            "scheduled_at": "2026-11-25T09:30:00+08:00",
            "courtroom": {"zh": "第一法庭", "en": "Courtroom 1"},
            "presiding_judge": bench.judge_id,
            "clerk": bench.clerk_id,
            "people": people,
        },
    )
    stranger = next(one["id"] for one in other["participants"] if one["name"] == "李四")
    path = f"{bench.path}/rulings"
    for ground, code in (
        (f"objection:{stranger}", "no_such_participant"),
        (f"objection:{bench.participant('counsel')}", "no_such_participant"),
        ("weather", "unknown_ground"),
        ("need:sunshine", "unknown_ground"),
        ("closed", "not_overridable"),
        ("social_impact", "nothing_to_rule_on"),
    ):
        error = await bench.judge.refused("POST", path, 400, ruling(bench, ground=ground))
        assert error["code"] == code, ground
        error = await bench.judge.refused("POST", f"{path}/preview", 400, {"ground": ground, "held": False})
        assert error["code"] == code, ground


async def test_the_objection_of_every_side_is_not_ruled_away(bench: Any) -> None:
    for side in ("claimant", "respondent"):
        await objects(bench, side, "要求核对原件")
    ground = f"objection:{bench.participant('party', 'claimant')}"
    error = await bench.judge.refused("POST", f"{bench.path}/rulings", 409, ruling(bench, ground=ground))
    assert (error["code"], error["citation"]) == ("facts_changed", None)
    bench.hearing = await bench.judge.get(bench.path)
    error = await bench.judge.refused("POST", f"{bench.path}/rulings", 409, ruling(bench, ground=ground))
    assert (error["code"], error["citation"]) == ("not_overridable", "V; OLR 21(1)")
    assert bench.hearing["determination"]["outcome"] == "block"


async def objects(bench: Any, side: str, reasons: str) -> None:
    value = {"position": "objects", "stage": "trial", "reasons": reasons}
    key = f"position:{bench.participant('party', side)}"
    fact = {"key": key, "value": value, "asserted_by": side, "how": "paper"}
    bench.after = await bench.clerk.post(f"{bench.path}/facts", fact)


async def test_a_clerk_edits_the_facts_while_the_judge_writes(bench: Any) -> None:
    """The ruling is refused with what changed and by whom; once the judge has seen it, it is given."""
    await bench.clerk.post(f"{bench.path}/facts", {**COMPLEX, "value": "ordinary"})
    changed = await bench.clerk.post(f"{bench.path}/facts", {**COMPLEX, "note": "四十名证人"})
    error = await bench.judge.refused("POST", f"{bench.path}/rulings", 409, ruling(bench))
    assert error["code"] == "facts_changed"
    assert "张三" in error["text"]["zh"] and "clerk" in error["text"]["en"]
    assert changed["rulings"] == []
    bench.hearing = await bench.judge.get(bench.path)
    hearing = await bench.judge.post(f"{bench.path}/rulings", ruling(bench))
    assert len(hearing["rulings"]) == 1


async def test_facts_of_other_grounds_do_not_stop_the_ruling(bench: Any) -> None:
    await objects(bench, "respondent", "要求核对原件")
    hearing = await bench.judge.post(f"{bench.path}/rulings", ruling(bench))
    assert hearing["awaiting"] == [f"objection:{bench.participant('party', 'respondent')}"]


async def test_a_ruling_is_superseded_and_both_stay_in_sight(bench: Any) -> None:
    bench.hearing = await bench.judge.post(f"{bench.path}/rulings", ruling(bench))
    again = await bench.judge.post(f"{bench.path}/rulings", ruling(bench, held=True, reasons="证人四十名"))
    first, second = again["rulings"]
    assert (first["superseded"], second["superseded"]) == (True, False)
    assert (first["reasons"], first["signed"], second["signed"]) == ("事实清楚", True, True)
    assert second["supersedes"] == first["id"]
    assert again["phase"] == "blocked"


async def test_the_preview_is_what_then_follows(bench: Any) -> None:
    for held, outcome in ((True, "block"), (False, "warn")):
        shown = await bench.judge.post(
            f"{bench.path}/rulings/preview", {"ground": "complexity", "held": held}
        )
        assert shown["before"] == "await_ruling" and shown["awaiting"] == []
        if held:
            assert shown["outcome"] == outcome
            assert all("par_" not in finding["text"]["zh"] for finding in shown["findings"])
    assert (await bench.judge.get(bench.path))["version"] == bench.hearing["version"]
    hearing = await bench.judge.post(f"{bench.path}/rulings", ruling(bench))
    assert hearing["determination"]["outcome"] == shown["outcome"]


# ── what awaits ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_awaits(desk: Any) -> None:
    for browser in (desk.clerk, desk.judge):
        assert await browser.get("awaiting") == {"matters": [], "notes": []}


async def test_what_awaits_is_listed_with_who_said_what(bench: Any) -> None:
    await objects(bench, "respondent", "要求核对原件")
    listed = await bench.judge.get("awaiting")
    by_ground = {one["ground"]: one for one in listed["matters"]}
    assert set(by_ground) == {"complexity", f"objection:{bench.participant('party', 'respondent')}"}
    matter = by_ground[f"objection:{bench.participant('party', 'respondent')}"]
    assert "李四" in matter["text"]["zh"] and "李四" in matter["text"]["en"]
    assert matter["may_rule"] is True and matter["late"] is False and matter["after_opening"] is False
    assert matter["hearing"]["id"] == bench.hearing["id"]
    (said,) = matter["statements"]
    assert (said["reasons"], said["asserted_by"], said["how"], said["entered_by"]) == (
        "要求核对原件",
        "respondent",
        "paper",
        "clerk 某",
    )
    assert "要求核对原件" not in said["text"]["zh"]
    assert matter["since"] == said["at"]
    for_clerk = await bench.clerk.get("awaiting")
    assert [one["ground"] for one in for_clerk["matters"]] == [one["ground"] for one in listed["matters"]]
    assert not any(one["may_rule"] for one in for_clerk["matters"])


async def test_a_judge_is_told_of_the_own_hearings_only(bench: Any) -> None:
    other, _ = await bench.court.staff("otherjudge", "judge")
    assert (await other.get("awaiting"))["matters"] == []
    administrator, _ = await bench.court.staff("admin", "administrator")
    await administrator.refused("GET", "awaiting", 403)


async def test_what_was_ruled_on_awaits_no_more(bench: Any) -> None:
    await bench.judge.post(f"{bench.path}/rulings", ruling(bench))
    assert (await bench.judge.get("awaiting"))["matters"] == []


def test_what_was_raised_after_an_opening_comes_first_then_by_the_time_of_the_hearing() -> None:
    """Three hearings: tomorrow's, today's, and one that sits now and was scheduled last."""
    hearings = []
    for number, hours in enumerate((24, 2, 48)):
        bench = Bench()
        bench.made = number * 1000
        bench.session() if hours == 48 else bench.determined()
        bench.state("complexity", "significant_and_complex")
        bench.later(60)
        bench.state("social_impact", "major")
        hearings.append(replace(bench.h, scheduled_at=MORNING + timedelta(hours=hours)))
    found = awaiting_list(hearings, Actor("staff", "acc_judge", "judge", "Wang")).matters
    assert [(one.after_opening, one.hearing.scheduled_at, one.ground) for one in found] == [
        (hours == 48, (MORNING + timedelta(hours=hours)).isoformat(), ground)
        for hours in (48, 2, 24)
        for ground in ("complexity", "social_impact")
    ]
    assert all(one.may_rule for one in found)
    assert all(one.late for one in found if one.after_opening)


# ── over the real server: two judges at once, a restart, a new record key ──────────────────────────────────────


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    return demo_config(data=tmp_path / "data", port=free_port())


@pytest.fixture
async def running(config: Config) -> AsyncIterator[list[Server]]:
    """The last one of the list is stopped at the end; a test that restarts puts the new one there."""
    servers = [await start_server(config)]
    yield servers
    await servers[-1].stop()


class Chambers:
    """A hearing with two judges on the bench, each signed in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.hearing = ""
        self.judges: dict[str, Actor] = {}
        self.clerk = Actor("staff", "acc_aaaaaaaaaaaaaaaa", "clerk", "Liu")

    async def sit(self, *others: NewParticipant) -> None:
        seats = [*others]
        for role, name in (("presiding_judge", "Wang"), ("panel_judge", "Zhou")):
            staff = self.server.services.identity.staff
            account = await staff.create(name.lower(), name, ["judge"])
            await staff.change_password(account, "", None, f"{PASSWORD} {name}", "")
            self.judges[name] = Actor("staff", account.id, "judge", name)
            seats.append(NewParticipant(role, name, account=account.id))  # type: ignore[arg-type]
        for side in ("claimant", "respondent"):
            seats.append(NewParticipant("party", side, person=f"per_{side}", side=side))
        seats.append(NewParticipant("clerk", "Liu", account=self.clerk.id))
        bytes_of = self.server.services.random_bytes
        draft = c.DraftHearing(
            hearing_id=new_id("hrg", bytes_of),
            case_id=new_id("case", bytes_of),
            case_number="1",
            title="t",
            cause="c",
            case_type="civil",
            stage="trial",
            scheduled_at=MORNING,
            courtroom_zh="一",
            courtroom_en="1",
            participants=tuple(seats),
        )
        self.hearing = (await self.server.proceedings.draft(draft, self.clerk)).id
        await self.do(c.Determine())
        await self.do(c.AssertFact("complexity", "significant_and_complex", "claimant", "paper"))

    async def do(self, command: c.Command) -> None:
        await self.server.proceedings.execute(self.hearing, command, self.clerk)

    async def enter(self, name: str) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(self.server.url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        body = {"username": name.lower(), "password": f"{PASSWORD} {name}"}
        async with session.post("/api/sign-in", json=body) as answer:
            assert answer.status == 200, await answer.text()
        return session

    async def rule(self, session: aiohttp.ClientSession, name: str, **given: Any) -> tuple[int, Any]:
        body = {
            "ground": "complexity",
            "held": False,
            "reasons": f"because {name} says so",
            "article": "OLR 21(4)",
            "password": f"{PASSWORD} {name}",
            **given,
        }
        async with session.post(f"/api/hearings/{self.hearing}/rulings", json=body) as answer:
            return answer.status, await answer.json()

    async def read(self, session: aiohttp.ClientSession) -> Any:
        async with session.get(f"/api/hearings/{self.hearing}") as answer:
            return await answer.json()


async def test_of_two_judges_who_rule_at_once_one_wins_and_the_other_is_told(running: list[Server]) -> None:
    chambers = Chambers(running[-1])
    await chambers.sit()
    sessions = {name: await chambers.enter(name) for name in chambers.judges}
    try:
        for turn in range(5):
            seen = (await chambers.read(sessions["Wang"]))["version"]
            answers = await asyncio.gather(
                *(
                    chambers.rule(session, name, seen_version=seen, held=name == "Wang")
                    for name, session in sessions.items()
                )
            )
            assert sorted(status for status, _ in answers) == [200, 409]
            winner = next(name for name, (status, _) in zip(sessions, answers, strict=True) if status == 200)
            refused = next(answer["error"] for status, answer in answers if status == 409)
            assert refused["code"] == "ruled_meanwhile"
            assert winner in refused["text"]["zh"] and winner in refused["text"]["en"]
            after = await chambers.read(sessions["Wang"])
            assert len(after["rulings"]) == turn + 1
            assert after["rulings"][-1]["by"] == winner
            assert [one["superseded"] for one in after["rulings"]] == [True] * turn + [False]
            assert all(one["signed"] for one in after["rulings"])
    finally:
        for session in sessions.values():
            await session.close()


async def test_the_demonstration_lets_a_judge_without_a_password_rule(running: list[Server]) -> None:
    chambers = Chambers(running[-1])
    staff = running[-1].services.identity.staff
    visitor = await staff.create("visitor", "Zhao", ["judge"])
    await chambers.sit(NewParticipant("panel_judge", "Zhao", account=visitor.id))
    session = aiohttp.ClientSession(running[-1].url, cookie_jar=aiohttp.CookieJar(unsafe=True))
    try:
        secret = await staff.sign_in_secret(visitor.id)
        async with session.post("/api/sign-in/link", json={"secret": secret}) as answer:
            assert (await answer.json())["has_password"] is False
        seen = (await chambers.read(session))["version"]
        status, hearing = await chambers.rule(session, "Zhao", seen_version=seen, password="")
        assert status == 200
        assert (hearing["rulings"][0]["by"], hearing["rulings"][0]["signed"]) == ("Zhao", True)
    finally:
        await session.close()


async def test_the_same_judge_in_two_tabs_rules_once(running: list[Server]) -> None:
    chambers = Chambers(running[-1])
    await chambers.sit()
    tabs = [await chambers.enter("Wang") for _ in range(2)]
    try:
        seen = (await chambers.read(tabs[0]))["version"]
        answers = await asyncio.gather(*(chambers.rule(tab, "Wang", seen_version=seen) for tab in tabs))
        assert sorted(status for status, _ in answers) == [200, 409]
        assert len((await chambers.read(tabs[0]))["rulings"]) == 1
    finally:
        for tab in tabs:
            await tab.close()


async def test_a_ruling_races_with_the_clerk_and_never_stands_on_facts_unseen(running: list[Server]) -> None:
    """Whichever comes first: either the ruling was signed on the facts that the judge saw, or it is refused."""
    chambers = Chambers(running[-1])
    await chambers.sit()
    session = await chambers.enter("Wang")
    try:
        for turn in range(6):
            before = await chambers.read(session)
            note = c.AssertFact("complexity", "significant_and_complex", "claimant", "paper", f"note {turn}")
            (status, answer), _ = await asyncio.gather(
                chambers.rule(session, "Wang", seen_version=before["version"]), chambers.do(note)
            )
            after = await chambers.read(session)
            if status == 200:
                ruling = after["rulings"][-1]
                changed = next(one for one in after["assertions"] if one["note"] == f"note {turn}")
                assert ruling["at"] <= changed["at"]
            else:
                assert (status, answer["error"]["code"]) == (409, "facts_changed")
                assert len(after["rulings"]) == len(before["rulings"])
    finally:
        await session.close()


async def test_signatures_hold_after_a_restart_and_under_a_new_key(
    running: list[Server], config: Config
) -> None:
    chambers = Chambers(running[-1])
    await chambers.sit()
    hearing = await chambers.server.proceedings.get(chambers.hearing)
    command = c.MakeRuling("complexity", False, "plain", "OLR 21(4)", hearing.version)
    await chambers.server.proceedings.execute(hearing.id, command, chambers.judges["Wang"])
    first = chambers.server.proceedings
    await chambers.server.stop()

    path = config.keys / "record.pem"
    old_public = keys.load(path).public_pem()
    running.append(await start_server(config))
    hearing = await running[-1].proceedings.get(chambers.hearing)
    (ruling,) = hearing.rulings
    assert running[-1].proceedings is not first
    assert running[-1].proceedings.ruling_signed(hearing, ruling) is True
    tampered = replace(ruling, held=True)
    assert running[-1].proceedings.ruling_signed(hearing, tampered) is False
    assert running[-1].proceedings.ruling_signed(hearing, replace(ruling, signature=None)) is False

    path.unlink()
    keys.create(path)
    assert RulingSigner.load(config.keys).holds(hearing, ruling) is False
    (config.keys / "record-retired-2026.pem").write_bytes(old_public)
    signer = RulingSigner.load(config.keys)
    assert signer.holds(hearing, ruling) is True
    assert signer.holds(hearing, tampered) is False
    (config.keys / "record-retired-broken.pem").write_text("no key", encoding="ascii")
    assert RulingSigner.load(config.keys).holds(hearing, ruling) is True


def test_a_signature_of_another_court_does_not_hold(tmp_path: Path) -> None:
    bench = Bench()
    bench.determined()
    bench.state("complexity", "significant_and_complex")
    bench.do("judge_desk", c.MakeRuling("complexity", False, "plain", "OLR 21(4)"))
    other = keys.RecordKey(Ed25519PrivateKey.generate())
    (ruling,) = bench.h.rulings
    assert RulingSigner(other, {other.key_id: other.public_raw}).holds(bench.h, ruling) is False
    # Nor does it help to call one's key by the name of the court's.
    assert ruling.signature is not None
    named = {ruling.signature.key_id: other.public_raw}
    assert RulingSigner(other, named).holds(bench.h, ruling) is False
    unsigned = replace(ruling, id="", signature=None)
    assert RulingSigner(other, named).holds(bench.h, unsigned) is None
