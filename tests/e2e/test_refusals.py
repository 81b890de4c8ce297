"""What people meet when they may not come in, or are cut off: every refusal ends in a clear page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, People, Person
from tests.e2e.walks import (
    begin_check,
    check_equipment,
    come_to_demo,
    declare,
    demo_invitation,
    enter_demo,
    finish_check,
    give_code,
    invite,
    sign_in_demo,
)

NOT_SIGNED_IN = r"status of 401"
TABS = 60


async def test_a_revoked_link_says_so_and_ends_the_wait(court: Court, people: People) -> None:
    demo = await court.seed()
    party, clerk = await people.come("claimant"), await people.come("clerk")
    await come_to_demo(party, demo)
    clerk.expects(NOT_SIGNED_IN)
    await sign_in_demo(clerk, demo)
    await clerk.press(f"revoke-{party.participant}")
    await clerk.press("dialog-confirm")
    party.expects(r"status of 40[349]", r"status of 410")
    await party.sees_page("terminal-revoked")
    await party.open(demo.link("claimant").path)
    await party.sees_page("terminal-revoked")
    stranger = await people.come("claimant")
    stranger.expects(r"status of 40[349]", r"status of 410")
    await stranger.open(demo.link("claimant").path)
    await stranger.sees_page("terminal-revoked")


async def test_five_wrong_codes_lock_the_link(court: Court, people: People) -> None:
    demo = await court.seed()
    invitation = demo_invitation(demo, "respondent")
    wrong = f"{(int(invitation.code) + 1) % 1_000_000:06d}"
    person = await people.come("respondent")
    person.expects(r"status of 4\d\d")
    await person.open(invitation.link)
    for left in (4, 3, 2, 1):
        await person.at("join-code").fill(wrong)
        await person.press("join-continue")
        await expect(person.page.get_by_role("alert")).to_contain_text(f"{left}次", timeout=PATIENCE_MS)
    await person.press("join-continue")
    await person.sees_page("terminal-locked")
    # The right code does not open it any more, on another device neither.
    other = await people.come("respondent")
    other.expects(r"status of 4\d\d")
    await other.open(invitation.link)
    await other.sees_page("terminal-locked")
    # A new link does, in the tab that still shows the old one too.
    clerk = await people.come("clerk")
    clerk.expects(NOT_SIGNED_IN)
    await sign_in_demo(clerk, demo)
    anew = await invite(clerk, demo.link("respondent").participant or "")
    await give_code(person, anew)
    await person.sees_page("speaker-play")


async def test_before_the_lobby_opens_the_page_waits_and_then_goes_on_by_itself(
    court: Court, people: People
) -> None:
    demo = await court.seed(open_lobby=False)
    party, clerk = await people.come("claimant"), await people.come("clerk")
    party.participant = demo.link("claimant").participant or ""
    await give_code(party, demo_invitation(demo, "claimant"))
    await check_equipment(party)
    await declare(party)
    await party.sees_page("not-yet")
    clerk.expects(NOT_SIGNED_IN)
    await sign_in_demo(clerk, demo)
    await clerk.press("open-lobby")
    await party.sees_page("lobby")


async def test_a_removed_person_cannot_come_back(court: Court, people: People) -> None:
    demo = await court.seed()
    party, clerk, judge = [await people.come(role) for role in ("claimant", "clerk", "judge")]
    for staff in (clerk, judge):
        staff.expects(NOT_SIGNED_IN)
    await come_to_demo(party, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, party)
    await finish_check(clerk, party)
    await enter_demo(judge, demo)
    await judge.press(f"more-{party.participant}")
    await judge.press(f"remove-{party.participant}")
    await judge.confirm("dialog-remove")
    party.expects(r"status of 4\d\d")
    await party.sees_page("terminal-removed")
    await expect(party.at("return")).to_have_count(0)
    await party.page.reload()
    await party.sees_page("terminal-removed")
    await party.open(demo.link("claimant").path)
    await party.sees_page("terminal-removed")
    await clerk.until(
        "(view, id) => view.desk.find((one) => one.id === id).state === 'removed'",
        party.participant,
        what="the clerk to see that the claimant was removed",
    )


async def test_a_second_device_waits_for_the_clerk_and_then_takes_the_place(
    court: Court, people: People
) -> None:
    demo = await court.seed()
    first, clerk = await people.come("claimant"), await people.come("clerk")
    clerk.expects(NOT_SIGNED_IN)
    await come_to_demo(first, demo)
    await enter_demo(clerk, demo)
    await begin_check(clerk, first)
    await finish_check(clerk, first)
    second = await people.come("claimant")
    second.participant = first.participant
    await give_code(second, demo_invitation(demo, "claimant"))
    await second.sees_page("connection-refused")
    await first.in_place("main")
    await clerk.sees_page(f"device-{first.participant}")
    await clerk.press(f"approve-device-{first.participant}")
    await first.sees_page("terminal-replaced")
    await second.until("(view) => view.me.place !== 'outside'", what="the second device to have the place")
    await expect(clerk.at(f"device-{first.participant}")).to_have_count(0, timeout=PATIENCE_MS)


async def test_joining_with_the_keyboard_alone(court: Court, people: People) -> None:
    demo = await court.seed()
    invitation = demo_invitation(demo, "claimant")
    person = await people.come("claimant")
    person.participant = demo.link("claimant").participant or ""
    await person.open(invitation.link)
    await tab_to(person, "join-code")
    await person.page.keyboard.type(invitation.code)
    await person.page.keyboard.press("Enter")
    await person.sees_page("speaker-play")
    await tab_to(person, "speaker-play")
    await person.page.keyboard.press("Enter")
    await person.sees_page("speaker-heard")
    await tab_to(person, "speaker-heard")
    await person.page.keyboard.press("Space")
    await tab_to(person, "join-continue")
    await person.page.keyboard.press("Enter")
    await person.sees_page("declare")
    await tab_to(person, "declare-check")
    await person.page.keyboard.press("Space")
    await tab_to(person, "declare")
    await person.page.keyboard.press("Enter")
    await person.sees_page("lobby")


async def tab_to(person: Person, test_id: str) -> None:
    """Go from control to control until the one named has the focus and shows that it has."""
    await person.sees_page(test_id)
    focus = (
        "(id) => { const at = document.activeElement; const named = `[data-testid='${id}']`;"
        " return !!at && (at.matches(named) || (at.tagName === 'INPUT' && at.closest(named) !== null)); }"
    )
    for _ in range(TABS):
        if await person.page.evaluate(focus, test_id):
            return
        await person.page.keyboard.press("Tab")
    raise AssertionError(f"{test_id} cannot be reached with the Tab key")


async def test_a_lost_connection_is_said_and_mended(court: Court, people: People) -> None:
    demo = await court.seed()
    party = await people.come("claimant")
    await come_to_demo(party, demo)
    party.expects(r"ERR_INTERNET_DISCONNECTED", r"WebSocket")
    await party.context.set_offline(True)
    banner = await party.sees_page("connection-lost")
    await expect(banner).to_be_in_viewport()
    await expect(party.at("lobby")).to_be_visible()
    await party.context.set_offline(False)
    await expect(party.at("connection-lost")).to_have_count(0, timeout=PATIENCE_MS)
    await party.in_place("lobby")
    person = (await court.hearing(demo.hearing)).participants[party.participant]
    assert person.connected
