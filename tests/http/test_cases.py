from __future__ import annotations

from typing import Any

import pytest


async def test_a_case_is_listed_with_its_next_hearing(desk: Any) -> None:
    line = (await desk.clerk.get("cases"))["cases"][0]
    assert line["hearings"] == 1 and line["next_hearing_at"] == "2026-11-24T09:30:00+08:00"
    await desk.clerk.post(f"{desk.path}/cancel", {"reason": "撤诉"})
    assert (await desk.clerk.get("cases"))["cases"][0]["next_hearing_at"] is None


async def test_counsel_stands_on_the_side_of_the_party(desk: Any) -> None:
    assert [(one["name"], one["side"]) for one in desk.case["people"]] == [
        ("张三", "claimant"),
        ("王律师", "claimant"),
        ("李四", "respondent"),
    ]


async def test_a_hearing_not_yet_held_follows_its_case(desk: Any) -> None:
    path = f"cases/{desk.case['id']}"
    await desk.clerk.call("PATCH", path, {"cause": "租赁合同纠纷"})
    claimant = desk.case["people"][0]
    body = {"name": "张三丰", "role": "party", "side": "third_party"}
    case = await desk.clerk.call("PATCH", f"{path}/people/{claimant['id']}", body)
    assert [one["side"] for one in case["people"]] == ["third_party", "third_party", "respondent"]
    hearing = await desk.clerk.get(desk.path)
    assert hearing["cause"] == "租赁合同纠纷"
    names = {one["name"]: one["id"] for one in hearing["participants"]}
    assert names["张三丰"] == desk.participant("party", "claimant")


async def test_a_hearing_that_is_over_keeps_its_record(desk: Any) -> None:
    await desk.clerk.post(f"{desk.path}/cancel", {"reason": "撤诉"})
    await desk.clerk.call("PATCH", f"cases/{desk.case['id']}", {"cause": "租赁合同纠纷"})
    assert (await desk.clerk.get(desk.path))["cause"] == "买卖合同纠纷"


async def test_who_is_in_a_hearing_or_represented_is_not_removed(desk: Any) -> None:
    path = f"cases/{desk.case['id']}/people"
    claimant, counsel, _ = desk.case["people"]
    error = await desk.clerk.refused("DELETE", f"{path}/{claimant['id']}", 409)
    assert error["code"] == "person_in_hearing" and "张三" in error["text"]["zh"]
    await desk.clerk.post(f"{desk.path}/cancel", {"reason": "撤诉"})
    error = await desk.clerk.refused("DELETE", f"{path}/{claimant['id']}", 409)
    assert error["code"] == "person_represented"
    await desk.clerk.call("DELETE", f"{path}/{counsel['id']}")
    case = await desk.clerk.call("DELETE", f"{path}/{claimant['id']}")
    assert [one["name"] for one in case["people"]] == ["李四"]
    await desk.clerk.refused("DELETE", f"{path}/{claimant['id']}", 404)


@pytest.mark.parametrize(
    ("person", "complaint"),
    [
        ({"name": "赵六", "role": "party"}, "side: a party needs a side"),
        ({"name": "赵六", "role": "counsel"}, "represents: must be a party of the case; allowed: per_"),
        ({"name": "赵六", "role": "counsel", "represents": "per_x"}, "represents: must be a party"),
        ({"name": "赵六", "role": "witness", "represents": "per_x"}, "represents: only for counsel"),
        ({"name": "  ", "role": "witness"}, "name: must not be blank"),
        ({"name": "赵六", "role": "judge"}, "role: "),
        ({"name": "赵六", "role": "witness", "sex": "f"}, "sex: "),
        ({"role": "witness"}, "name: Field required"),
    ],
)
async def test_a_person_is_refused_with_the_field_and_what_is_allowed(
    desk: Any, person: dict[str, str], complaint: str
) -> None:
    error = await desk.clerk.refused("POST", f"cases/{desk.case['id']}/people", 400, person)
    assert complaint in error["text"]["en"]


async def test_counsel_cannot_be_put_on_another_side(desk: Any) -> None:
    claimant = desk.case["people"][0]["id"]
    body = {"name": "赵六", "role": "counsel", "represents": claimant, "side": "respondent"}
    error = await desk.clerk.refused("POST", f"cases/{desk.case['id']}/people", 400, body)
    assert "claimant" in error["text"]["en"]


async def test_a_case_number_is_given_once(desk: Any) -> None:
    again = {key: desk.case[key] for key in ("number", "title", "cause", "case_type")}
    error = await desk.clerk.refused("POST", "cases", 409, again)
    assert error["code"] == "duplicate_number" and again["number"] in error["text"]["zh"]


async def test_cases_are_the_clerks(desk: Any) -> None:
    await desk.judge.refused("GET", "cases", 403)
    await desk.judge.refused("PATCH", f"cases/{desk.case['id']}", 403, {"title": "x"})
    await desk.clerk.refused("GET", "cases/case_aaaaaaaaaaaaaaaa", 404)
