"""The courtroom's own computer, and the links of those who attend there in person."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.domain import commands as c
from room_server.domain.model import Actor
from tests.http.conftest import Browser, Court, Desk


@pytest.fixture
def national(court: Court) -> None:
    """Under the national rules a side that says nothing attends at court."""
    court.proceedings.ruleset = "spc-2021"


async def state(desk: Desk, side: str, position: str) -> dict[str, Any]:
    value = {"position": position, "stage": "trial", "reasons": ""}
    key = f"position:{desk.participant('party', side)}"
    fact = {"key": key, "value": value, "asserted_by": side, "how": "paper"}
    changed: dict[str, Any] = await desk.clerk.post(f"{desk.path}/facts", fact)
    return changed


async def ready_for_the_room(browser: Browser, participation: str) -> dict[str, Any]:
    report = {"camera": "ok", "microphone": "ok", "speaker": "ok", "network": "good", "browser": "test"}
    info: dict[str, Any] = await browser.post(f"participations/{participation}/equipment", report)
    return info


async def test_the_clerk_opens_the_courtroom_on_this_device(desk: Desk) -> None:
    detail = await desk.clerk.get(desk.path)
    assert detail["actions"]["open_courtroom"]["allowed"]
    opened = await desk.clerk.post(f"{desk.path}/courtroom")
    assert await desk.clerk.post(f"{desk.path}/courtroom") == opened, "once is enough"
    place = f"participations/{opened['participation']}"
    info = await desk.clerk.get(place)
    assert (info["role"], info["name"], info["attends"]) == ("courtroom", "第一法庭", "online")
    assert info["courtroom"]["en"] == "Courtroom 1" and info["declared"]
    assert (await ready_for_the_room(desk.clerk, opened["participation"]))["step"] == "not_yet"
    refused = await desk.clerk.refused("POST", f"{place}/token", 409, {})
    assert refused["code"] == "not_yet"
    await desk.open_lobby()
    assert (await desk.clerk.get(place))["step"] == "room"
    await desk.clerk.post(f"{place}/token")
    hearing, participant, device = desk.court.proceedings.tokens[-1]
    assert (hearing, participant) == (desk.hearing["id"], opened["participation"]) and device
    own = await desk.clerk.post(f"{desk.path}/enter")
    assert own["participation"] != opened["participation"], "the clerk's own place is another one"


async def test_another_computer_takes_over_and_the_first_cannot_come_back(desk: Desk) -> None:
    await desk.open_lobby()
    opened = await desk.clerk.post(f"{desk.path}/courtroom")
    place = f"participations/{opened['participation']}"
    await desk.clerk.post(f"{place}/token")
    assert await desk.judge.post(f"{desk.path}/courtroom") == opened
    await desk.judge.post(f"{place}/token")
    refused = await desk.clerk.refused("POST", f"{place}/token", 403, {})
    assert refused["code"] == "courtroom_elsewhere" and "另一台电脑" in refused["text"]["zh"]
    await desk.clerk.post(f"{desk.path}/courtroom")
    await desk.clerk.post(f"{place}/token")
    assert (await desk.judge.refused("POST", f"{place}/token", 403, {}))["code"] == "courtroom_elsewhere"


async def test_nobody_else_can_be_the_courtroom(desk: Desk) -> None:
    other_clerk, _ = await desk.court.staff("another", "clerk")
    refused = await other_clerk.refused("POST", f"{desk.path}/courtroom", 403, {})
    assert refused["code"] == "not_named" and refused["citation"]
    other_judge, _ = await desk.court.staff("judge2", "judge")
    await other_judge.refused("POST", f"{desk.path}/courtroom", 404, {})
    admin, _ = await desk.court.staff("admin", "administrator")
    await admin.refused("POST", f"{desk.path}/courtroom", 403, {})
    stranger = desk.court.browser()
    await stranger.refused("POST", f"{desk.path}/courtroom", 401, {})
    opened = await desk.clerk.post(f"{desk.path}/courtroom")
    place = f"participations/{opened['participation']}"
    party = await desk.joined(desk.participant("party", "claimant"))
    for browser in (party, desk.judge, other_clerk):
        await browser.refused("GET", place, 404)
        await browser.refused("POST", f"{place}/token", 404, {})
    path = f"{desk.path}/participants/{opened['participation']}/invitation"
    assert (await desk.clerk.refused("POST", path, 400, {}))["code"] == "no_link_for_courtroom"


async def test_signing_out_at_the_courtroom_ends_it(desk: Desk) -> None:
    await desk.open_lobby()
    opened = await desk.clerk.post(f"{desk.path}/courtroom")
    await desk.clerk.post("sign-out")
    place = f"participations/{opened['participation']}"
    assert (await desk.clerk.send("POST", f"{place}/token", {})).status in (401, 404)


@pytest.mark.usefixtures("national")
async def test_the_link_of_who_attends_at_court_says_so_and_gives_no_token(desk: Desk) -> None:
    respondent = desk.participant("party", "respondent")
    browser = await desk.joined(respondent)
    place = f"participations/{respondent}"
    assert (await browser.get(place))["at_court"] is None
    await state(desk, "claimant", "consents")
    await desk.clerk.post(f"{desk.path}/determine")
    info = await browser.get(place)
    assert (info["step"], info["attends"]) == ("at_court", "at_court")
    assert info["courtroom"] == {"zh": "第一法庭", "en": "Courtroom 1"} and info["scheduled_at"]
    why = info["at_court"]
    assert "李四" in why["reason"]["zh"] and "李四" in why["reason"]["en"]
    assert why["citation"].startswith("OLR") and not why["present"]
    for step in ("schedule", "open-lobby"):
        await desk.clerk.post(f"{desk.path}/{step}")
    refused = await browser.refused("POST", f"{place}/token", 409, {})
    assert refused["code"] == "attends_at_court" and refused["citation"] == why["citation"]
    assert "第一法庭" in refused["text"]["zh"] and "Courtroom 1" in refused["text"]["en"]
    detail = await desk.clerk.get(desk.path)
    listed = {one["id"]: (one["attends"], one["at_court"]) for one in detail["participants"]}
    assert listed[respondent] == ("at_court", False)


@pytest.mark.usefixtures("national")
async def test_who_is_noted_present_reads_so_at_the_link_too(desk: Desk) -> None:
    respondent = desk.participant("party", "respondent")
    browser = await desk.joined(respondent)
    await state(desk, "claimant", "consents")
    for step in ("determine", "schedule", "open-lobby"):
        await desk.clerk.post(f"{desk.path}/{step}")
    hearing = await desk.court.proceedings.get(desk.hearing["id"])
    clerk = next(hearing.with_role("clerk"))
    as_clerk = Actor("participant", clerk.id, "clerk", clerk.name)
    await desk.court.proceedings.execute(hearing.id, c.Connect(clerk.id, "dev_clerk"), as_clerk)
    await desk.court.proceedings.execute(hearing.id, c.NotePresentAtCourt(respondent), as_clerk)
    info = await browser.get(f"participations/{respondent}")
    assert info["step"] == "at_court" and info["at_court"]["present"]
    assert (await browser.send("POST", f"participations/{respondent}/token", {})).status == 409
