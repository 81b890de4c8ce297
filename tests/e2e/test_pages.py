"""Every page in Chinese and English at 1440 and 360 px: pictures for whoever looks, and no overflow or missing word."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from room_server.domain.model import Hearing
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, People
from tests.e2e.walks import (
    begin_check,
    come_to_demo,
    declare,
    demo_invitation,
    enter_demo,
    finish_check,
    give_code,
    note_absent,
    sign_in_demo,
    state_position,
)

NOT_SIGNED_IN = r"status of 401"


async def test_pages_before_anybody_is_known(court: Court, people: People) -> None:
    album = Album()
    visitor = await people.come("claimant")
    visitor.expects(r"status of 4\d\d")
    for path, shown, name in (
        ("/", "staff-sign-in", "landing"),
        ("/sign-in", "sign-in-submit", "sign-in"),
        ("/join", "terminal-broken", "terminal-broken"),
    ):
        await visitor.open(path)
        await visitor.sees_page(shown)
        await album.take(visitor, name)
    await visitor.open("/no/such/page")
    await expect(visitor.page.get_by_role("heading").first).to_be_visible()
    await album.take(visitor, "not-found")
    await visitor.open(f"/sign-in/link#{'x' * 43}")
    await visitor.sees_page("error")
    await album.take(visitor, "sign-in-link-failed")
    await visitor.open(await court.hire("new", "吕明", "clerk"))
    await visitor.sees_page("password-new")
    await visitor.press("password-submit")
    await album.take(visitor, "choose-password")
    album.check()


async def test_pages_of_the_way_in(court: Court, people: People) -> None:
    album = Album()
    demo = await court.seed(open_lobby=False)
    party, clerk = await people.come("claimant"), await people.come("clerk")
    party.participant = demo.link("claimant").participant or ""
    invitation = demo_invitation(demo, "claimant")
    await party.open(invitation.link)
    await party.sees_page("join-code")
    await album.take(party, "join-code")
    await give_code(party, invitation)
    await party.press("speaker-play")
    await party.press("speaker-heard")
    await expect(party.page.locator(".checks .tag--ok")).to_have_count(4, timeout=PATIENCE_MS)
    await album.take(party, "equipment")
    await party.press("join-continue")
    await party.sees_page("declare")
    await album.take(party, "declaration")
    await declare(party)
    await party.sees_page("not-yet")
    await album.take(party, "not-yet")
    clerk.expects(NOT_SIGNED_IN)
    await sign_in_demo(clerk, demo)
    await clerk.press("open-lobby")
    await party.page.reload()
    await party.sees_page("lobby")
    await album.take(party, "lobby")
    party.expects(r"ERR_INTERNET_DISCONNECTED", r"WebSocket", r"status of 4\d\d")
    await party.context.set_offline(True)
    await party.sees_page("connection-lost")
    await album.take(party, "lobby-connection-lost")
    await party.context.set_offline(False)
    await expect(party.at("connection-lost")).to_have_count(0, timeout=PATIENCE_MS)
    await clerk.press(f"revoke-{party.participant}")
    await clerk.press("dialog-confirm")
    await party.sees_page("terminal-revoked")
    await album.take(party, "terminal-revoked")
    respondent = await people.come("respondent")
    respondent.expects(r"status of 4\d\d")
    await respondent.open(demo_invitation(demo, "respondent").link)
    for _ in range(5):
        await respondent.at("join-code").fill("000000" if invitation.code != "000000" else "000001")
        async with respondent.page.expect_response("**/invitations/accept"):
            await respondent.press("join-continue")
    await respondent.sees_page("terminal-locked")
    await album.take(respondent, "terminal-locked")
    album.check()


async def test_pages_of_the_desk(court: Court, people: People) -> None:
    album = Album()
    demo = await court.seed(open_lobby=False)
    clerk, judge, admin = [await people.come(role) for role in ("clerk", "judge", "admin")]
    for staff in (clerk, judge, admin):
        staff.expects(NOT_SIGNED_IN)
        await sign_in_demo(staff, demo)
    claimant = demo.link("claimant").participant or ""
    await clerk.sees_page("hearing")
    await album.take(clerk, "desk-hearing")
    await clerk.press(f"invite-{claimant}")
    await clerk.press("dialog-confirm")
    await clerk.sees_page("invite-panel")
    await album.take(clerk, "desk-invitation")
    await clerk.press("to-gate")
    await clerk.sees_page("outcome")
    await album.take(clerk, "desk-gate-allow")
    for path, shown, name in (
        ("/desk", "search", "desk-today"),
        (f"/desk/hearings/{demo.hearing}/edit", "save-hearing", "desk-hearing-edit"),
        ("/desk/cases", "new-case", "desk-cases"),
        (f"/desk/cases/{demo.case}", "case", "desk-case"),
        (f"/desk/cases/{demo.case}/new-hearing", "save-hearing", "desk-hearing-new"),
        ("/desk/awaiting", "awaiting", "desk-awaiting"),
        ("/desk/recordings", "search", "desk-recordings"),
        (f"/desk/hearings/{demo.hearing}/recording", "recording-none", "desk-recording-none"),
    ):
        await clerk.open(path)
        await clerk.sees_page(shown)
        await album.take(clerk, name)
    await clerk.open("/desk/cases/new")
    await clerk.press("save-case")
    await album.take(clerk, "desk-case-new")
    await clerk.open(f"/desk/cases/{demo.case}")
    await clerk.press("add-person")
    await clerk.sees_page("person-name")
    await album.take(clerk, "desk-person-new")
    await clerk.open("/desk/nowhere")
    await expect(clerk.page.get_by_role("main")).to_be_visible()
    await album.take(clerk, "desk-not-found")
    await admin.open("/desk/accounts")
    await admin.sees_page("new-account")
    await album.take(admin, "desk-accounts")
    await judge.open("/desk/accounts")
    await expect(judge.page.get_by_role("main")).to_be_visible()
    await album.take(judge, "desk-refused")
    album.check()


async def test_pages_of_the_gate(court: Court, people: People) -> None:
    """An objection with reasons waits for the judge, who rules; then all sides object."""
    album = Album()
    demo = await court.seed(open_lobby=False)
    clerk, judge = await people.come("clerk"), await people.come("judge")
    for staff in (clerk, judge):
        staff.expects(NOT_SIGNED_IN)
        await sign_in_demo(staff, demo)
    gate = f"/desk/hearings/{demo.hearing}/gate"
    sides = [demo.link(side).participant or "" for side in ("claimant", "respondent")]
    await clerk.open(gate)
    await clerk.sees_page("outcome")
    await state_position(clerk, sides[0], "objects", "要求当庭核对合同原件")
    await expect(clerk.at("outcome")).to_have_attribute("data-outcome", "await_ruling", timeout=PATIENCE_MS)
    await album.take(clerk, "desk-gate-await-ruling")
    await judge.open(gate)
    await judge.sees_page("ruling-form")
    await album.take(judge, "desk-gate-ruling")
    await state_position(clerk, sides[1], "objects", "不会使用")
    await expect(clerk.at("outcome")).to_have_attribute("data-outcome", "block", timeout=PATIENCE_MS)
    await album.take(clerk, "desk-gate-block")
    album.check()


@pytest.mark.timeout(600)
async def test_pages_of_the_room_and_the_recording(court: Court, people: People) -> None:
    album = Album()
    demo = await court.seed()
    claimant, respondent = await people.come("claimant"), await people.come("respondent")
    clerk, judge = await people.come("clerk"), await people.come("judge")
    for staff in (clerk, judge):
        staff.expects(NOT_SIGNED_IN)
    for party in (claimant, respondent):
        await come_to_demo(party, demo)
    await enter_demo(clerk, demo)
    await album.take(clerk, "room-clerk-waiting")
    await begin_check(clerk, claimant)
    await clerk.perceives(claimant)
    await claimant.perceives(clerk)
    await album.take(clerk, "room-clerk-check")
    await album.take(claimant, "check-with-clerk")
    await clerk.press(f"verify-{claimant.participant}")
    await clerk.sees_page("dialog-verify")
    await clerk.press("dialog-cancel")
    await finish_check(clerk, claimant)
    await begin_check(clerk, respondent)
    await finish_check(clerk, respondent)
    for role in ("claimant_counsel", "respondent_counsel"):
        await note_absent(clerk, demo.link(role).participant or "")
    await enter_demo(judge, demo)
    await judge.in_phase("ready")
    await album.take(judge, "room-judge-ready")
    await album.take(claimant, "room-party-ready")
    await judge.press("open-session")
    for person in (judge, clerk, claimant, respondent):
        await person.in_phase("in_session")
        await person.perceives(
            *(other for other in (judge, clerk, claimant, respondent) if other is not person)
        )
    await respondent.press("hand")
    await judge.sees_page(f"hand-{respondent.participant}")
    await judge.press(f"more-{claimant.participant}")
    await judge.press(f"lock-{claimant.participant}")
    await claimant.until("(view) => view.me.microphone_locked", what="the microphone to be locked")
    await album.take(judge, "room-judge-session")
    await album.take(clerk, "room-clerk-session")
    await album.take(claimant, "room-party-locked")
    await album.take(respondent, "room-party-session")
    await judge.press("recess")
    await judge.confirm("dialog-recess")
    await respondent.sees_page("stopped")
    await album.take(respondent, "room-party-recess")
    await album.take(judge, "room-judge-recess")
    await respondent.press("leave")
    await respondent.confirm("dialog-leave")
    await respondent.sees_page("terminal-left")
    await album.take(respondent, "terminal-left")
    await judge.press("resume")
    await judge.in_phase("in_session")
    await judge.press("close-hearing")
    await judge.confirm("dialog-close-hearing")
    await claimant.sees_page("terminal-closed")
    await album.take(claimant, "terminal-closed")
    await clerk.open(f"/desk/hearings/{demo.hearing}/recording")
    await expect(clerk.at("video")).to_be_visible(timeout=4 * PATIENCE_MS)
    await expect(clerk.at("verification")).to_have_attribute("data-state", "ok", timeout=PATIENCE_MS)
    await clerk.page.locator("[data-testid=event]:not(:disabled)").last.click()
    await album.take(clerk, "desk-recording")
    await clerk.open("/desk/recordings")
    await album.take(clerk, "desk-recordings-one")
    await clerk.open(f"/desk/hearings/{demo.hearing}")
    await clerk.sees_page("hearing")
    await album.take(clerk, "desk-hearing-archived")
    hearing: Hearing = await court.hearing(demo.hearing)
    assert hearing.phase == "archived"
    album.check()
