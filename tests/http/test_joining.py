from __future__ import annotations

from typing import Any

from room_server.domain.commands import NoteInvitation
from room_server.http.joining import DECLARATION_VERSION

EQUIPMENT = {"camera": "ok", "microphone": "ok", "speaker": "ok", "network": "good", "browser": "Chromium"}
DECLARATION = {"accepted": True, "text_version": DECLARATION_VERSION}


async def test_from_the_link_to_the_token(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    issued = await desk.invite(party)
    assert issued["url"].startswith("http://127.0.0.1:8000/join#") and issued["qr_svg"].startswith("<svg")
    browser = desk.court.browser()
    info = await browser.post("invitations/open", {"secret": issued["secret"]})
    assert info["needs_code"] and info["role"] == "party" and "张三" not in str(info)

    body = {"secret": issued["secret"], "code": issued["code"]}
    assert (await browser.post("invitations/accept", body))["participation"] == party
    path = f"participations/{party}"
    assert (await browser.get(path))["step"] == "equipment"
    assert (await browser.post(f"{path}/equipment", EQUIPMENT))["step"] == "declaration"
    assert (await browser.refused("POST", f"{path}/token", 409))["code"] == "declare_first"
    assert (await browser.post(f"{path}/declaration", DECLARATION))["step"] == "not_yet"
    assert (await browser.refused("POST", f"{path}/token", 409))["code"] == "not_yet"
    await desk.open_lobby()
    info = await browser.get(path)
    assert (info["step"], info["name"], info["phase"]) == ("room", "张三", "lobby_open")
    token = await browser.post(f"{path}/token")
    assert token["socket_path"] and token["token"]


async def test_opening_any_number_of_times_changes_nothing(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    issued = await desk.invite(party)
    before = await desk.clerk.get(desk.path)
    for _ in range(10):
        scanner = desk.court.browser()
        response = await scanner.send("POST", "invitations/open", {"secret": issued["secret"]})
        assert response.status == 200 and "Set-Cookie" not in response.headers
    assert await desk.clerk.get(desk.path) == before


async def test_the_same_person_may_open_the_link_again_without_the_code(desk: Any) -> None:
    issued = await desk.invite(desk.participant("party", "claimant"))
    browser = desk.court.browser()
    body = {"secret": issued["secret"], "code": issued["code"]}
    first = await browser.post("invitations/accept", body)
    assert not (await browser.post("invitations/open", {"secret": issued["secret"]}))["needs_code"]
    assert await browser.post("invitations/accept", {"secret": issued["secret"]}) == first
    stranger = desk.court.browser()
    error = await stranger.refused("POST", "invitations/accept", 400, {"secret": issued["secret"]})
    assert error["code"] == "code_needed"


async def test_five_wrong_codes_lock_the_link_until_it_is_issued_anew(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    issued = await desk.invite(party)
    code = "000000" if issued["code"] != "000000" else "000001"
    browser = desk.court.browser()
    wrong = {"secret": issued["secret"], "code": code}
    for _ in range(4):
        assert (await browser.refused("POST", "invitations/accept", 401, wrong))["code"] == "wrong_code"
    right = {"secret": issued["secret"], "code": issued["code"]}
    for body in (wrong, right):
        error = await browser.refused("POST", "invitations/accept", 403, body)
        assert error["code"] == "invitation_locked"
    await browser.refused("POST", "invitations/open", 403, {"secret": issued["secret"]})
    states = {
        one["id"]: one["invitation"]["state"] for one in (await desk.clerk.get(desk.path))["participants"]
    }
    assert states[party] == "locked"
    again = await desk.invite(party)
    body = {"secret": again["secret"], "code": again["code"]}
    assert (await browser.post("invitations/accept", body))["participation"] == party


async def test_a_new_link_ends_the_old_one_and_who_came_by_it(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    issued = await desk.invite(party)
    browser = desk.court.browser()
    body = {"secret": issued["secret"], "code": issued["code"]}
    await browser.post("invitations/accept", body)
    await desk.invite(party)
    for step in ("open", "accept"):
        sent = body if step == "accept" else {"secret": issued["secret"]}
        error = await browser.refused("POST", f"invitations/{step}", 403, sent)
        assert error["code"] == "invitation_revoked"
    info = await browser.get(f"participations/{party}")
    assert (info["step"], info["ended"]) == ("ended", "revoked")
    assert (await browser.refused("POST", f"participations/{party}/token", 409))["code"] == "revoked"


async def test_revoking(desk: Any) -> None:
    party = desk.participant("party", "respondent")
    browser = await desk.joined(party)
    hearing = await desk.clerk.call("DELETE", f"{desk.path}/participants/{party}/invitation")
    assert {one["id"]: one["invitation"]["state"] for one in hearing["participants"]}[party] == "revoked"
    assert (await browser.get(f"participations/{party}"))["ended"] == "revoked"
    for step, body in (("equipment", EQUIPMENT), ("declaration", DECLARATION), ("token", {})):
        await browser.refused("POST", f"participations/{party}/{step}", 409, body)
    await desk.clerk.refused("DELETE", f"{desk.path}/participants/{party}/invitation", 400)


async def test_a_participation_is_read_only_on_the_device_that_holds_it(desk: Any) -> None:
    claimant, respondent = desk.participant("party", "claimant"), desk.participant("party", "respondent")
    await desk.joined(claimant)
    other = await desk.joined(respondent)
    for browser, status in ((other, 404), (desk.clerk, 404), (desk.court.browser(), 401)):
        await browser.refused("GET", f"participations/{claimant}", status)
        await browser.refused("POST", f"participations/{claimant}/token", status)
        await browser.refused("POST", f"participations/{claimant}/equipment", status, EQUIPMENT)
        await browser.refused("POST", f"participations/{claimant}/declaration", status, DECLARATION)


async def test_one_device_may_hold_several_participations_and_an_account(desk: Any) -> None:
    counsel, party = desk.participant("counsel"), desk.participant("party", "claimant")
    for participant in (counsel, party):
        issued = await desk.invite(participant)
        body = {"secret": issued["secret"], "code": issued["code"]}
        await desk.clerk.post("invitations/accept", body)
    for participant in (counsel, party):
        assert (await desk.clerk.get(f"participations/{participant}"))["participation"] == participant
    assert (await desk.clerk.get("me"))["id"] == desk.clerk_id


async def test_staff_get_no_link(desk: Any) -> None:
    judge = desk.participant("presiding_judge")
    error = await desk.clerk.refused("POST", f"{desk.path}/participants/{judge}/invitation", 400)
    assert error["code"] == "staff_sign_in"
    await desk.clerk.refused("POST", f"{desk.path}/participants/par_x/invitation", 404)
    party = desk.participant("party", "claimant")
    await desk.judge.refused("POST", f"{desk.path}/participants/{party}/invitation", 403)


async def test_a_link_ends_with_its_hearing(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    issued = await desk.invite(party)
    other = desk.participant("party", "respondent")
    browser = await desk.joined(other)
    await desk.clerk.post(f"{desk.path}/cancel", {"reason": "撤诉"})
    error = await browser.refused("POST", "invitations/open", 409, {"secret": issued["secret"]})
    assert error["code"] == "hearing_cancelled"
    body = {"secret": issued["secret"], "code": issued["code"]}
    await browser.refused("POST", "invitations/accept", 409, body)
    info = await browser.get(f"participations/{other}")
    assert (info["step"], info["ended"]) == ("ended", "cancelled")
    await browser.refused("POST", f"participations/{other}/token", 409)


async def test_a_person_taken_off_the_list_has_no_link_any_more(desk: Any) -> None:
    issued = await desk.invite(desk.participant("counsel"))
    browser = desk.court.browser()
    body = {"secret": issued["secret"], "code": issued["code"]}
    held = (await browser.post("invitations/accept", body))["participation"]
    parties = [one["id"] for one in desk.case["people"] if one["role"] == "party"]
    await desk.clerk.call("PATCH", desk.path, {"people": parties})
    await browser.refused("GET", f"participations/{held}", 404)
    error = await browser.refused("POST", "invitations/open", 403, {"secret": issued["secret"]})
    assert error["code"] == "invitation_revoked"


async def test_who_attends_at_court_gets_no_token(desk: Any) -> None:
    """Under the national rules a side that stays silent attends at the courthouse; the other one comes online."""
    desk.court.proceedings.ruleset = "spc-2021"
    claimant, respondent = desk.participant("party", "claimant"), desk.participant("party", "respondent")
    value = {"position": "consents", "stage": "trial", "reasons": ""}
    fact = {"key": f"position:{claimant}", "value": value, "asserted_by": "张三", "how": "paper"}
    await desk.clerk.post(f"{desk.path}/facts", fact)
    counsel_fact = {**fact, "key": f"agent_position:{claimant}"}
    await desk.clerk.post(f"{desk.path}/facts", counsel_fact)
    silent = await desk.joined(respondent)
    hearing = await desk.clerk.post(f"{desk.path}/determine")
    assert (hearing["phase"], hearing["in_person"]) == ("hybrid", [respondent])
    for step in ("schedule", "open-lobby"):
        await desk.clerk.post(f"{desk.path}/{step}")
    path = f"participations/{respondent}"
    await silent.post(f"{path}/equipment", EQUIPMENT)
    await silent.post(f"{path}/declaration", DECLARATION)
    info = await silent.get(path)
    assert (info["step"], info["attends"]) == ("at_court", "at_court")
    assert (await silent.refused("POST", f"{path}/token", 409))["code"] == "attends_at_court"


async def test_an_old_declaration_is_not_taken(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    browser = await desk.joined(party)
    path = f"participations/{party}/declaration"
    body = {"accepted": True, "text_version": "2020-01"}
    assert (await browser.refused("POST", path, 409, body))["code"] == "declaration_changed"
    await browser.refused("POST", path, 400, {"accepted": False, "text_version": DECLARATION_VERSION})


async def test_an_unknown_link(court: Any) -> None:
    browser = court.browser()
    error = await browser.refused("POST", "invitations/open", 404, {"secret": "x" * 43})
    assert error["code"] == "unknown_invitation"
    await browser.refused("POST", "invitations/open", 400, {"secret": "short"})


async def test_the_system_may_revoke_too(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    browser = await desk.joined(party)
    await desk.court.system(desk.hearing["id"], NoteInvitation(party, "revoked"))
    assert (await browser.get(f"participations/{party}"))["ended"] == "revoked"


async def test_the_old_link_does_not_come_in_while_the_new_one_is_made(desk: Any) -> None:
    party = desk.participant("party", "claimant")
    old = await desk.joined(party)
    seen: list[int] = []
    hashing = desk.court.services.identity.invitations._hashing
    hash_of = hashing.hash

    async def slow(secret: str) -> str:
        # The hearing has noted the new link by now, and the code that goes with it is still being hashed.
        response = await old.send("POST", f"participations/{party}/declaration", DECLARATION)
        seen.append(response.status)
        return str(await hash_of(secret))

    hashing.hash = slow
    await desk.invite(party)
    assert seen == [409]
