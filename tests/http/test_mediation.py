"""A mediation over REST: drafted without a bench, taken on and disclosed by its mediator, answered by each side alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from room_server.http.joining import DECLARATION_VERSION, MEDIATION_DECLARATION_VERSION

EQUIPMENT = {"camera": "ok", "microphone": "ok", "speaker": "ok", "network": "good", "browser": "Chromium"}
DRAFT = {
    "stage": "mediation",
    "scheduled_at": "2026-11-24T14:00:00+08:00",
    "courtroom": {"zh": "第一调解室", "en": "Mediation Room 1"},
}


@dataclass
class Mediation:
    court: Any
    clerk: Any
    clerk_id: str
    mediator: Any
    mediator_id: str
    judge_id: str
    case: dict[str, Any]
    people: dict[str, str]
    detail: dict[str, Any] = field(default_factory=dict)
    browsers: dict[str, Any] = field(default_factory=dict)

    def draft(self, **changes: Any) -> dict[str, Any]:
        return {**DRAFT, "mediator": self.mediator_id, "people": list(self.people.values()), **changes}

    async def drafted(self) -> Mediation:
        self.detail = await self.clerk.post(f"cases/{self.case['id']}/hearings", self.draft())
        return self

    @property
    def path(self) -> str:
        return f"hearings/{self.detail['id']}"

    def id(self, name: str) -> str:
        return str(
            next(one["id"] for one in self.detail["participants"] if one["person"] == self.people[name])
        )

    async def joined(self, name: str) -> Any:
        if name not in self.browsers:
            issued = await self.clerk.post(f"{self.path}/participants/{self.id(name)}/invitation")
            browser = self.court.browser()
            body = {"secret": issued["url"].partition("#")[2], "code": issued["code"]}
            await browser.post("invitations/accept", body)
            self.browsers[name] = browser
        return self.browsers[name]

    async def states(self, name: str, position: str) -> Any:
        body = {
            "positions": [{"stage": "mediation", "position": position, "reasons": ""}],
            "capability": None,
            "capability_note": "",
            "needs": [],
        }
        browser = await self.joined(name)
        return await browser.post(f"participations/{self.id(name)}/statement", body)

    async def info(self, name: str) -> Any:
        browser = await self.joined(name)
        return await browser.get(f"participations/{self.id(name)}")

    async def seen(self) -> Any:
        return await self.mediator.get(self.path)


@pytest.fixture
async def mediation(court: Any) -> Mediation:
    clerk, clerk_id = await court.staff("clerk", "clerk")
    mediator, mediator_id = await court.staff("liang", "mediator")
    _, judge_id = await court.staff("judge", "judge")
    case = await clerk.post(
        "cases",
        {"number": "（2026）诉前调1号", "title": "楼上漏水", "cause": "相邻关系", "case_type": "civil"},
    )
    people: dict[str, str] = {}
    for name, side in (("唐小雨", "claimant"), ("吴建平", "respondent")):
        case = await clerk.post(f"cases/{case['id']}/people", {"name": name, "role": "party", "side": side})
        people[name] = case["people"][-1]["id"]
    made = Mediation(court, clerk, clerk_id, mediator, mediator_id, judge_id, case, people)
    return await made.drafted()


async def test_who_can_be_named(mediation: Mediation) -> None:
    path = f"cases/{mediation.case['id']}/hearings"
    for changes, says in (
        ({"mediator": None}, "exactly one mediator"),
        ({"mediator": mediation.clerk_id}, "account with the role mediator"),
        ({"presiding_judge": mediation.judge_id}, "the presiding judge"),
        ({"people": list(mediation.people.values())[:1]}, "two parties"),
        ({"stage": "trial"}, "presiding judge"),
        (
            {"stage": "trial", "presiding_judge": mediation.judge_id, "clerk": mediation.clerk_id},
            "A hearing has no mediator",
        ),
    ):
        error = await mediation.clerk.refused("POST", path, 400, mediation.draft(**changes))
        assert says in error["message"], changes
    with_clerk = await mediation.clerk.post(path, mediation.draft(clerk=mediation.clerk_id))
    assert with_clerk["kind"] == "mediation"
    assert [one["role"] for one in with_clerk["participants"]][:2] == ["mediator", "clerk"]
    assert with_clerk["mediation"]["step"] == "applied"


async def test_a_mediator_sees_own_mediations_and_none_of_the_rest(mediation: Mediation) -> None:
    listed = (await mediation.mediator.get("hearings"))["hearings"]
    assert [one["id"] for one in listed] == [mediation.detail["id"]]
    assert (await mediation.seen())["mediation"]["own"] is True
    other, _ = await mediation.court.staff("lu", "mediator")
    assert (await other.get("hearings"))["hearings"] == []
    await other.refused("GET", mediation.path, 404)
    await other.refused("GET", f"{mediation.path}/eligibility", 404)
    assert (await mediation.mediator.get(f"{mediation.path}/eligibility"))["entries"] is not None
    for method, path in (
        ("GET", "cases"),
        ("POST", f"{mediation.path}/participants/{mediation.id('唐小雨')}/invitation"),
    ):
        await mediation.mediator.refused(method, path, 403, {} if method == "POST" else None)
    fact = {
        "key": f"position:{mediation.id('唐小雨')}",
        "value": {"position": "consents", "stage": "mediation", "reasons": ""},
        "asserted_by": "唐小雨",
        "how": "phone",
    }
    await mediation.mediator.refused("POST", f"{mediation.path}/facts", 403, fact)


async def test_consent_of_all_assignment_and_disclosure_open_the_way(mediation: Mediation) -> None:
    await mediation.states("唐小雨", "consents")
    assert (await mediation.clerk.post(f"{mediation.path}/determine"))["phase"] == "blocked"
    await mediation.states("吴建平", "consents")
    seen = await mediation.seen()
    assert seen["mediation"]["step"] == "assigned"
    assert [one["answer"] for one in seen["mediation"]["parties"]] == ["consents", "consents"]
    error = await mediation.mediator.refused("POST", f"{mediation.path}/assignment", 400, {"accepted": False})
    assert error["code"] == "reason_needed"
    await mediation.clerk.refused("POST", f"{mediation.path}/assignment", 403, {"accepted": True})
    assert (await mediation.mediator.post(f"{mediation.path}/assignment", {"accepted": True}))[
        "phase"
    ] == "blocked"
    told = {"conflict": "唐小雨是我从前的学生"}
    seen = await mediation.mediator.post(f"{mediation.path}/disclosure", told)
    assert (seen["phase"], seen["mediation"]["conflict"]) == ("blocked", "undisclosed")

    tang = await mediation.info("唐小雨")
    assert tang["kind"] == "mediation"
    assert tang["mediation"]["conflict"] == told["conflict"] and tang["mediation"]["may_answer"]
    answer = f"participations/{mediation.id('唐小雨')}/disclosure"
    body = {"accepts": True, "version": tang["mediation"]["disclosure_version"]}
    error = await mediation.browsers["唐小雨"].refused("POST", answer, 409, {**body, "version": 1})
    assert error["code"] == "disclosure_changed" and told["conflict"] in error["text"]["zh"]
    error = await mediation.browsers["唐小雨"].refused("POST", answer, 400, {"accepts": True})
    assert "version" in error["message"]
    tang = await mediation.browsers["唐小雨"].post(answer, body)
    assert tang["mediation"]["own_answer"] is True
    wu = await mediation.info("吴建平")
    assert wu["mediation"]["own_answer"] is None, "nobody sees another side's answer"
    assert "唐小雨" not in str({**wu, "mediation": {**wu["mediation"], "conflict": ""}})
    await mediation.browsers["吴建平"].refused("POST", answer, 404, body)
    await mediation.browsers["吴建平"].post(f"participations/{mediation.id('吴建平')}/disclosure", body)

    seen = await mediation.seen()
    assert (seen["phase"], seen["determination"]["outcome"]) == ("eligible", "warn")
    assert seen["mediation"]["step"] == "disclosed"
    await mediation.clerk.post(f"{mediation.path}/schedule")
    seen = await mediation.mediator.post(f"{mediation.path}/open-lobby")
    assert seen["phase"] == "lobby_open"
    assert (await mediation.mediator.post(f"{mediation.path}/enter"))["participation"].startswith("par_")


async def test_an_answer_refused_and_another_mediator(mediation: Mediation) -> None:
    for name in mediation.people:
        await mediation.states(name, "consents")
    await mediation.mediator.post(f"{mediation.path}/assignment", {"accepted": True})
    await mediation.mediator.post(f"{mediation.path}/disclosure", {"conflict": "邻居"})
    await mediation.clerk.post(f"{mediation.path}/determine")
    told = (await mediation.info("吴建平"))["mediation"]
    await mediation.browsers["吴建平"].post(
        f"participations/{mediation.id('吴建平')}/disclosure",
        {"accepts": False, "version": told["disclosure_version"]},
    )
    seen = await mediation.clerk.get(mediation.path)
    assert (seen["phase"], seen["mediation"]["conflict"]) == ("blocked", "refused")
    other, other_id = await mediation.court.staff("lu", "mediator")
    seen = await mediation.clerk.call("PATCH", mediation.path, {"mediator": other_id})
    assert (seen["mediation"]["assignment"], seen["mediation"]["disclosure"]) == (None, None)
    assert [one["accepts_mediator"] for one in seen["mediation"]["parties"]] == [None, None]
    await mediation.mediator.refused("GET", mediation.path, 404)
    await other.post(f"{mediation.path}/assignment", {"accepted": True})
    seen = await other.post(f"{mediation.path}/disclosure", {"conflict": None})
    assert seen["phase"] == "eligible"
    assert (await mediation.info("吴建平"))["mediation"]["may_answer"] is False


async def test_a_side_that_no_longer_agrees_is_not_asked_why(mediation: Mediation) -> None:
    for name in mediation.people:
        await mediation.states(name, "consents")
    await mediation.mediator.post(f"{mediation.path}/assignment", {"accepted": True})
    await mediation.mediator.post(f"{mediation.path}/disclosure", {"conflict": None})
    for step in ("determine", "schedule", "open-lobby"):
        await mediation.clerk.post(f"{mediation.path}/{step}")
    await mediation.states("吴建平", "objects")
    tang = await mediation.info("唐小雨")
    assert tang["phase"] == "blocked"
    assert (
        "有一方没有同意" in tang["mediation"]["off"]["zh"] and "吴建平" not in tang["mediation"]["off"]["zh"]
    )


async def test_the_declaration_is_the_mediations_own(mediation: Mediation) -> None:
    browser = await mediation.joined("唐小雨")
    path = f"participations/{mediation.id('唐小雨')}"
    info = await browser.post(f"{path}/equipment", EQUIPMENT)
    assert (info["step"], info["declaration_version"]) == ("declaration", MEDIATION_DECLARATION_VERSION)
    of_a_hearing = {"accepted": True, "text_version": DECLARATION_VERSION}
    assert (await browser.refused("POST", f"{path}/declaration", 409, of_a_hearing))[
        "code"
    ] == "declaration_changed"
    body = {"accepted": True, "text_version": MEDIATION_DECLARATION_VERSION}
    assert (await browser.post(f"{path}/declaration", body))["step"] == "not_yet"


async def test_a_hearing_knows_none_of_it(desk: Any) -> None:
    assert (await desk.clerk.get(desk.path))["mediation"] is None
    error = await desk.judge.refused("POST", f"{desk.path}/assignment", 403, {"accepted": True})
    assert error["code"] in ("not_permitted", "not_a_mediation")
    party = desk.participant("party", "claimant")
    browser = await desk.joined(party)
    body = {"accepts": True, "version": 1}
    error = await browser.refused("POST", f"participations/{party}/disclosure", 403, body)
    assert error["code"] == "not_a_mediation"
    assert (await browser.get(f"participations/{party}"))["mediation"] is None
