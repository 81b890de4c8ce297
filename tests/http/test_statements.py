"""A side's statement by its own link, its drafts, the deadline, and what the desk sees of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from room_server.domain import commands as c

EMPTY: dict[str, Any] = {"positions": [], "capability": None, "capability_note": "", "needs": []}
DUE = "2026-11-24T08:00:00+08:00"


def position(word: str, reasons: str = "", stage: str = "trial") -> dict[str, Any]:
    return {**EMPTY, "positions": [{"stage": stage, "position": word, "reasons": reasons}]}


def address(participant: str) -> str:
    return f"participations/{participant}/statement"


async def party(desk: Any, role: str = "party", side: str = "respondent") -> tuple[Any, str]:
    """A browser that holds the place, and the address of its statement."""
    who = desk.participant(role, side)
    return await desk.joined(who), address(who)


async def test_a_side_states_and_reads_what_it_stated(desk: Any) -> None:
    browser, path = await party(desk)
    sheet = await browser.get(path)
    assert (sheet["kind"], sheet["stage"], sheet["speaks_for"], sheet["own_party"]) == (
        "hearing",
        "trial",
        "李四",
        True,
    )
    assert sheet["positions"] == [] and sheet["capability"] == "untested" and sheet["draft"] is None
    assert "mediation" not in sheet["stages"] and sheet["stages"][0] == "inquiry"
    assert sheet["state"]["allowed"] and sheet["deadline"] is None
    body = {
        **position("consents"),
        "capability": "able",
        "needs": [{"need": "verification_of_originals", "needed": True, "what": "借条原件"}],
    }
    sheet = await browser.post(path, body)
    (stands,) = sheet["positions"]
    assert (stands["position"], stands["speaker"], stands["own"], stands["how"]) == (
        "consents",
        "李四",
        True,
        "link",
    )
    assert sheet["capability"] == "able" and sheet["needs"][0]["what"] == "借条原件"
    assert [line["superseded"] for line in sheet["history"]] == [False, False, False]
    assert "借条原件" in sheet["history"][0]["text"]["zh"]
    detail = await desk.clerk.get(desk.path)
    assert detail["facts"]["needs"] == ["verification_of_originals"]
    again = await browser.post(path, body)
    assert (await desk.clerk.get(desk.path))["version"] == detail["version"], "the same text makes no event"
    assert again["history"] == sheet["history"]


async def test_what_would_follow_is_said_for_every_position(desk: Any) -> None:
    browser, path = await party(desk)
    told = (await browser.get(path))["consequences"]
    assert set(told) == {"consents", "objects", "objects_with_reasons", "chose_online", "silent", "retracts"}
    assert told["consents"]["en"] == "The hearing can be held online."
    assert told["objects_with_reasons"]["en"] == "A judge will decide."
    claimant, own = await party(desk, side="claimant")
    await claimant.post(own, position("objects", "原件"))
    told = (await browser.get(path))["consequences"]
    assert told["objects"]["en"] == "The hearing could not be held online.", "every side would object"


async def test_an_agent_speaks_for_its_party_and_only_for_itself(desk: Any) -> None:
    claimant, own = await party(desk, side="claimant")
    counsel, as_counsel = await party(desk, "counsel", "claimant")
    await claimant.post(own, position("consents"))
    sheet = await counsel.post(as_counsel, position("objects", "需核对原件"))
    assert (sheet["speaks_for"], sheet["own_party"]) == ("张三", False)
    by_speaker = {one["speaker"]: (one["position"], one["own"]) for one in sheet["positions"]}
    assert by_speaker == {"张三": ("consents", False), "王律师": ("retracts", True)}
    (claimants, _) = (await desk.clerk.get(desk.path))["sides"]
    assert (claimants["name"], claimants["position"], claimants["how"]) == ("张三", "retracts", "link")


async def test_a_draft_is_seen_by_nobody_else_and_goes_with_sending(desk: Any) -> None:
    browser, path = await party(desk)
    claimant, own = await party(desk, side="claimant")
    unsent = position("objects", "秘密理由")
    sheet = await browser.call("PUT", f"{path}/draft", unsent)
    assert sheet["draft"] == unsent and sheet["draft_saved_at"] is not None
    assert (await browser.get(path))["draft"] == unsent, "kept on the server"
    others = [await claimant.get(own), await desk.clerk.get(desk.path), await desk.judge.get(desk.path)]
    assert all("秘密理由" not in str(seen) for seen in others)
    assert others[0]["draft"] is None and others[1]["sides"][1]["spoken"] is False
    await claimant.refused("GET", path, 404)
    await claimant.refused("PUT", f"{path}/draft", 404, unsent)
    sheet = await browser.call("DELETE", f"{path}/draft")
    assert sheet["draft"] is None
    await browser.call("PUT", f"{path}/draft", unsent)
    assert (await browser.post(path, position("consents")))["draft"] is None
    assert (await browser.get(path))["draft"] is None


async def test_a_refused_statement_keeps_the_draft(desk: Any) -> None:
    browser, path = await party(desk)
    unfinished = {**EMPTY, "needs": [{"need": "physical_examination", "needed": True, "what": ""}]}
    await browser.call("PUT", f"{path}/draft", unfinished)
    assert (await browser.refused("POST", path, 400, unfinished))["code"] == "what_is_missing"
    assert (await browser.refused("POST", path, 400, EMPTY))["code"] == "empty_statement"
    assert (await browser.get(path))["draft"] == unfinished


@pytest.mark.parametrize(
    "body",
    [
        position("silent"),
        position("retracts"),
        position("consents", stage="lunch"),
        position("objects", "x" * 4001),
        {**EMPTY, "needs": [{"need": "smell", "needed": True, "what": "x"}]},
        {**EMPTY, "capability": "untested"},
        {"positions": []},
    ],
)
async def test_what_is_no_statement_is_refused(desk: Any, body: Any) -> None:
    browser, path = await party(desk)
    assert (await browser.refused("POST", path, 400, body))["code"] == "bad_request"


async def test_a_stage_of_a_mediation_is_none_of_a_hearing(desk: Any) -> None:
    browser, path = await party(desk)
    refused = await browser.refused("POST", path, 400, position("consents", stage="mediation"))
    assert refused["code"] == "unknown_stage" and refused["citation"] == "OLR 4(4)"
    assert "pronouncement" in refused["text"]["en"] and "宣判" in refused["text"]["zh"]


async def test_what_the_desk_took_down_is_marked_and_contestable(desk: Any) -> None:
    browser, path = await party(desk)
    fact = {
        "key": f"position:{desk.participant('party', 'respondent')}",
        "value": {"position": "consents", "stage": "trial", "reasons": ""},
        "asserted_by": "李四",
        "how": "phone",
    }
    await desk.clerk.post(f"{desk.path}/facts", fact)
    (line,) = (await browser.get(path))["history"]
    assert (line["how"], line["contestable"], line["superseded"]) == ("phone", True, False)
    sheet = await browser.post(path, position("objects", "我没有同意"))
    assert [(one["contestable"], one["superseded"]) for one in sheet["history"]] == [
        (False, False),
        (True, True),
    ]
    refused = await desk.clerk.refused("POST", f"{desk.path}/facts", 403, fact)
    assert refused["code"] == "stated_by_link" and refused["citation"] == "OLR 4"


async def test_the_deadline_is_shown_before_it_passes(desk: Any, clock: Any) -> None:
    soon = "2026-11-23T11:00:00+08:00"
    browser, path = await party(desk)
    detail = await desk.clerk.post(f"{desk.path}/deadline", {"due_at": soon})
    assert detail["deadline"]["passed"] is False and detail["deadline"]["if_silent"]["zh"]
    assert [(one["name"], one["spoken"], one["position"], one["link"]) for one in detail["sides"]] == [
        ("张三", False, "silent", "none"),
        ("李四", False, "silent", "opened"),
    ]
    shown = (await browser.get(path))["deadline"]
    assert datetime.fromisoformat(shown["due_at"]) == datetime.fromisoformat(soon)
    assert shown["if_silent"]["en"] == "The hearing can be held online.", "silence is no objection there"
    clock.at = datetime.fromisoformat(soon).astimezone(UTC) + timedelta(minutes=1)
    await desk.court.system(desk.hearing["id"], c.Tick())
    detail = await desk.clerk.get(desk.path)
    assert detail["deadline"]["passed"] is True
    sheet = await browser.post(path, position("consents"))
    assert sheet["positions"][0]["late"] is True and sheet["history"][0]["late"] is True
    assert (await desk.clerk.get(desk.path))["sides"][1]["late"] is True


@pytest.mark.parametrize(
    ("due_at", "code"),
    [
        ("2026-11-23T01:00:00+08:00", "deadline_past"),
        ("2026-11-24T09:30:00+08:00", "deadline_after_hearing"),
        ("2026-11-24T08:00:00", "bad_request"),
        ("soon", "bad_request"),
    ],
)
async def test_a_deadline_that_cannot_be(desk: Any, due_at: str, code: str) -> None:
    assert (await desk.clerk.refused("POST", f"{desk.path}/deadline", 400, {"due_at": due_at}))[
        "code"
    ] == code


async def test_who_sets_the_deadline(desk: Any) -> None:
    detail = await desk.judge.post(f"{desk.path}/deadline", {"due_at": DUE})
    assert detail["deadline"] is not None and detail["actions"]["set_deadline"]["allowed"]
    administrator, _ = await desk.court.staff("root", "administrator")
    await administrator.refused("POST", f"{desk.path}/deadline", 403, {"due_at": DUE})
    browser, _ = await party(desk)
    await browser.refused("POST", f"{desk.path}/deadline", 401, {"due_at": DUE})


async def test_the_deadline_goes_into_a_calendar(desk: Any) -> None:
    browser, path = await party(desk)
    assert (await browser.refused("GET", f"{path}/deadline.ics", 404))["code"] == "not_found"
    await desk.clerk.post(f"{desk.path}/deadline", {"due_at": DUE})
    response = await browser.send("GET", f"{path}/deadline.ics")
    text = (await response.read()).decode()
    assert response.status == 200 and response.content_type == "text/calendar"
    assert "DTSTART:20261124T000000Z" in text and text.count("BEGIN:VALARM") == 2
    assert "李四" not in text and all(len(line.encode()) <= 75 for line in text.split("\r\n"))


async def test_the_phone_of_a_silent_side_is_on_the_desk(desk: Any) -> None:
    respondent = next(one for one in desk.case["people"] if one["name"] == "李四")
    person = {"name": "李四", "role": "party", "side": "respondent", "phone": "13800005678"}
    await desk.clerk.call("PATCH", f"cases/{desk.case['id']}/people/{respondent['id']}", person)
    assert [one["phone"] for one in (await desk.clerk.get(desk.path))["sides"]] == ["", "13800005678"]
    assert [one["phone"] for one in (await desk.judge.get(desk.path))["sides"]] == ["", "138****5678"]
    seen = await desk.judge.post(f"{desk.path}/determine")
    assert "13800005678" not in str(seen), "nor in the answer to what the judge does"


async def test_the_end_a_revoked_link_and_somebody_elses(desk: Any) -> None:
    browser, path = await party(desk)
    await browser.post(path, position("consents"))
    stranger = desk.court.browser()
    await stranger.refused("GET", path, 401)
    await desk.clerk.post(f"{desk.path}/cancel", {"reason": "和解"})
    sheet = await browser.get(path)
    assert sheet["positions"] and not sheet["state"]["allowed"] and sheet["state"]["reason"]["zh"]
    assert (await browser.refused("POST", path, 409, position("objects")))["code"] == "hearing_cancelled"
    assert (await browser.refused("PUT", f"{path}/draft", 409, EMPTY))["code"] == "hearing_cancelled"


async def test_a_revoked_link_reads_and_states_nothing(desk: Any) -> None:
    browser, path = await party(desk)
    await browser.call("PUT", f"{path}/draft", position("consents"))
    who = desk.participant("party", "respondent")
    await desk.clerk.call("DELETE", f"{desk.path}/participants/{who}/invitation")
    for method, below, body in (
        ("GET", "", None),
        ("POST", "", position("consents")),
        ("PUT", "/draft", EMPTY),
        ("DELETE", "/draft", None),
        ("GET", "/deadline.ics", None),
    ):
        assert (await browser.refused(method, f"{path}{below}", 409, body))["code"] == "revoked"


async def test_a_judge_has_no_side(desk: Any) -> None:
    await desk.open_lobby()
    place = (await desk.judge.post(f"{desk.path}/enter"))["participation"]
    refused = await desk.judge.refused("GET", address(place), 403)
    assert refused["code"] == "speaks_for_nobody"
    await desk.judge.refused("POST", address(place), 403, position("consents"))


async def test_a_failed_equipment_test_is_evidence_and_speaks_for_the_side(desk: Any) -> None:
    browser, path = await party(desk)
    test = {
        "camera": "none",
        "microphone": "ok",
        "speaker": "ok",
        "network": "good",
        "browser": "Firefox 140",
    }
    join = path.removesuffix("/statement")
    await browser.post(f"{join}/equipment", test)
    sheet = await browser.get(path)
    assert sheet["capability"] == "unable" and sheet["equipment"][0]["camera"] == "none"
    assert sheet["equipment"][0]["browser"] == "Firefox 140" and sheet["equipment"][0]["result"] == "problem"
    await browser.post(f"{join}/equipment", {**test, "camera": "ok"})
    sheet = await browser.get(path)
    assert sheet["capability"] == "able" and [one["result"] for one in sheet["equipment"]] == [
        "passed",
        "problem",
    ]


async def test_a_side_reads_what_the_judge_made_of_what_it_said(desk: Any) -> None:
    """Until the ruling only who raised it is told that it waits; the ruling and its reasons are for every side."""
    password = "a password of the judge"
    await desk.judge.post("me/password", {"new": password})
    respondent, own = await party(desk)
    claimant, other = await party(desk, side="claimant")
    needs = [{"need": "verification_of_originals", "needed": True, "what": "借条原件"}]
    await claimant.post(other, position("consents"))
    await desk.clerk.post(f"{desk.path}/determine")
    sheet = await respondent.post(own, {**position("consents"), "needs": needs})
    ground = "need:verification_of_originals"
    (waiting,) = sheet["matters"]
    assert (waiting["ground"], waiting["state"], waiting["at"]) == (ground, "awaiting", None)
    assert sheet["now"]["en"] == "A judge will decide."
    assert (await claimant.get(other))["matters"] == [], (
        "what another side raised is not told before the ruling"
    )

    hearing = await desk.judge.get(desk.path)
    ruling = {
        "ground": ground,
        "held": False,
        "reasons": "庭前已核对原件",
        "article": "OLR 21(3)",
        "seen_version": hearing["version"],
        "password": password,
    }
    await desk.judge.post(f"{desk.path}/rulings", ruling)
    for reader, path in ((respondent, own), (claimant, other)):
        (ruled,) = (await reader.get(path))["matters"]
        assert (ruled["state"], ruled["reasons"], ruled["article"]) == (
            "not_held",
            "庭前已核对原件",
            "OLR 21(3)",
        )
        assert ruled["by"] and ruled["at"] and ruled["text"]["zh"] == "需要核对原件"

    await respondent.post(own, {**EMPTY, "needs": [{**needs[0], "what": "收条原件"}]})
    (waiting,) = (await respondent.get(own))["matters"]
    assert waiting["state"] == "awaiting", "another original: the ruling no longer stands"
    assert (await claimant.get(other))["matters"] == []
