from __future__ import annotations

from typing import Any

import pytest

FACT = {"key": "complexity", "value": "significant_and_complex", "asserted_by": "王法官", "how": "desk"}


async def test_a_drafted_hearing_names_the_bench_the_clerk_and_the_people(desk: Any) -> None:
    roles = [(one["role"], one["side"]) for one in desk.hearing["participants"]]
    assert roles == [
        ("presiding_judge", None),
        ("clerk", None),
        ("party", "claimant"),
        ("counsel", "claimant"),
        ("party", "respondent"),
    ]
    assert desk.hearing["phase"] == "draft"
    assert desk.hearing["case_number"] == desk.case["number"]
    assert desk.hearing["scheduled_at"] == "2026-11-24T09:30:00+08:00"
    assert desk.hearing["actions"]["determine"]["allowed"]
    assert not desk.hearing["actions"]["rule"]["allowed"]
    line = (await desk.clerk.get("hearings"))["hearings"][0]
    assert (line["id"], line["outcome"], line["waiting"]) == (desk.hearing["id"], None, 0)


async def test_facts_are_refused_with_what_is_allowed(desk: Any) -> None:
    error = await desk.clerk.refused("POST", f"{desk.path}/facts", 400, {**FACT, "value": "huge"})
    assert "significant_and_complex" in error["text"]["en"]
    error = await desk.clerk.refused("POST", f"{desk.path}/facts", 400, {**FACT, "key": "position:par_x"})
    assert desk.participant("party", "claimant") in error["text"]["en"]
    error = await desk.clerk.refused("POST", f"{desk.path}/facts", 400, {**FACT, "how": "rumour"})
    assert "'paper'" in error["text"]["en"] and error["text"]["en"].startswith("how: ")


async def test_changing_a_hearing_keeps_who_stays(desk: Any) -> None:
    other, other_id = await desk.court.staff("judge2", "judge")
    changed = await desk.clerk.call("PATCH", desk.path, {"panel": [other_id], "stage": "pretrial"})
    before = {one["name"]: one["id"] for one in desk.hearing["participants"]}
    after = {one["name"]: one["id"] for one in changed["participants"]}
    assert before.items() <= after.items() and len(after) == len(before) + 1
    assert changed["stage"] == "pretrial"
    assert (await other.get(desk.path))["id"] == desk.hearing["id"]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("scheduled_at", "2026-11-24T09:30:00", "offset"),
        ("scheduled_at", "tomorrow", "2026-11-23T09:30:00+08:00"),
        ("presiding_judge", "acc_nobody", "role judge; allowed: acc_"),
        ("clerk", "judge", "role clerk; allowed: acc_"),
        ("people", ["per_nobody"], "people of the case; allowed: per_"),
        ("people", [], "at least 1 item"),
        ("stage", "appeal", "'trial'"),
        ("courtroom", {"zh": " ", "en": "Courtroom 1"}, "courtroom.zh: must not be blank"),
    ],
)
async def test_a_draft_is_refused_with_the_field_and_what_is_allowed(
    desk: Any, field: str, value: Any, complaint: str
) -> None:
    good = {
        "stage": "trial",
        "scheduled_at": "2026-11-24T09:30:00+08:00",
        "courtroom": {"zh": "第一法庭", "en": "Courtroom 1"},
        "presiding_judge": desk.judge_id,
        "clerk": desk.clerk_id,
        "people": [person["id"] for person in desk.case["people"]],
    }
    path = f"cases/{desk.case['id']}/hearings"
    error = await desk.clerk.refused("POST", path, 400, {**good, field: value})
    assert complaint in error["text"]["en"] and field in error["text"]["en"]


async def test_a_judge_sees_only_hearings_of_their_own(desk: Any) -> None:
    other, _ = await desk.court.staff("judge2", "judge")
    assert (await other.get("hearings"))["hearings"] == []
    await other.refused("GET", desk.path, 404)
    await other.refused("POST", f"{desk.path}/determine", 404)
    await other.refused("POST", f"{desk.path}/enter", 404)
    await other.refused("GET", f"{desk.path}/recording", 404)
    assert len((await desk.judge.get("hearings"))["hearings"]) == 1


async def test_an_administrator_sees_no_cases_and_no_hearings(desk: Any) -> None:
    administrator, _ = await desk.court.staff("admin", "administrator")
    for path in ("cases", f"cases/{desk.case['id']}", "hearings", desk.path, f"{desk.path}/recording"):
        await administrator.refused("GET", path, 403)


async def test_nobody_signed_in_sees_anything(desk: Any) -> None:
    stranger = desk.court.browser()
    paths = ("me", "accounts", "cases", f"cases/{desk.case['id']}", "hearings", desk.path)
    for path in paths:
        assert (await stranger.refused("GET", path, 401))["code"] == "not_signed_in"


async def test_a_hearing_that_is_not_there(desk: Any) -> None:
    await desk.clerk.refused("GET", "hearings/hrg_aaaaaaaaaaaaaaaa", 404)
    await desk.clerk.refused("POST", "hearings/hrg_aaaaaaaaaaaaaaaa/determine", 404)


async def test_cancelling(desk: Any) -> None:
    await desk.clerk.refused("POST", f"{desk.path}/cancel", 400, {"reason": " "})
    assert (await desk.clerk.post(f"{desk.path}/cancel", {"reason": "撤诉"}))["phase"] == "cancelled"
    error = await desk.clerk.refused("POST", f"{desk.path}/determine", 409)
    assert error["text"]["en"]


async def test_entering_needs_an_open_lobby_and_the_own_name(desk: Any) -> None:
    await desk.judge.refused("POST", f"{desk.path}/enter", 409)
    await desk.open_lobby()
    entered = await desk.judge.post(f"{desk.path}/enter")
    assert entered["participation"] == desk.participant("presiding_judge")
    info = await desk.judge.get(f"participations/{entered['participation']}")
    assert (info["role"], info["step"], info["declared"]) == ("presiding_judge", "equipment", True)
    await desk.judge.post(f"participations/{entered['participation']}/token")
    assert desk.court.proceedings.tokens[-1][1] == entered["participation"]
    other, _ = await desk.court.staff("clerk2", "clerk")
    assert (await other.refused("POST", f"{desk.path}/enter", 403))["code"] == "not_named"


async def test_signing_out_gives_the_place_back(desk: Any) -> None:
    await desk.open_lobby()
    entered = (await desk.judge.post(f"{desk.path}/enter"))["participation"]
    await desk.judge.post("sign-out")
    await desk.judge.refused("POST", f"participations/{entered}/token", 404)
    await desk.judge.refused("GET", "me", 401)


async def test_the_judge_alone_takes_an_objecting_side_off_the_list(desk: Any) -> None:
    party = desk.participant("party", "respondent")
    value = {"position": "objects", "stage": "trial", "reasons": "the original must be seen"}
    fact = {"key": f"position:{party}", "value": value, "asserted_by": "respondent", "how": "phone"}
    seen = await desk.clerk.post(f"{desk.path}/facts", fact)
    people = [one["person"] for one in seen["participants"] if one["person"] and one["id"] != party]
    error = await desk.clerk.refused("PATCH", desk.path, 403, {"people": people})
    assert error["code"] == "statement_stands"
    path = f"{desk.path}/participants/{party}/off-the-list"
    await desk.clerk.refused("POST", path, 403, {"reason": "named by mistake"})
    await desk.judge.refused("POST", path, 400, {"reason": "  "})
    assert (await desk.judge.get(desk.path))["actions"]["take_off_list"]["allowed"]
    seen = await desk.judge.post(path, {"reason": "named by mistake"})
    assert party not in [one["id"] for one in seen["participants"]]
    history = (await desk.judge.get(f"{desk.path}/eligibility"))["entries"]
    assert any("named by mistake" in one["text"]["en"] for one in history)
    assert any(one["kind"] == "statement" for one in history), "what was stated stays in the record"
