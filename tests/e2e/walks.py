"""The ways people go through the pages: signing in, entering a case, coming to a hearing, being admitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from playwright.async_api import expect

from room_server.demo import Demo
from room_server.domain.context import SHANGHAI
from tests.e2e.court import new_password
from tests.e2e.person import PATIENCE_MS, Person
from tests.e2e.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Invitation:
    link: str
    code: str


async def sign_in_first(person: Person, path: str) -> str:
    """By a one-time link: choose a password, arrive at the desk. Returns the password."""
    password = new_password()
    await person.open(path)
    await person.at("password-new").fill(password)
    await person.at("password-again").fill(password)
    await person.press("password-submit")
    await person.sees_page("me-name")
    return password


async def enter_case(clerk: Person, number: str, title: str, cause: str) -> None:
    await clerk.open("/desk/cases")
    await clerk.press("new-case")
    await clerk.at("case-number").fill(number)
    await clerk.at("case-title").fill(title)
    await clerk.at("case-cause").fill(cause)
    await clerk.press("save-case")
    await clerk.sees_page("case")


async def enter_people(clerk: Person, *people: tuple[str, str]) -> None:
    """Parties with their sides; the form stays open for the next one."""
    await clerk.press("add-person")
    for name, side in people:
        await clerk.at("person-name").fill(name)
        await clerk.at("person-role").select_option("party")
        await clerk.at("person-side").select_option(side)
        await clerk.press("save-person")
        await expect(clerk.page.get_by_role("listitem").filter(has_text=name)).to_be_visible(
            timeout=PATIENCE_MS
        )
    await clerk.press("close-person")


async def draft_hearing(clerk: Person, at: datetime | None = None) -> str:
    """With everybody of the case, now or `at` another time. Returns the hearing's id."""
    await clerk.press("new-hearing")
    await clerk.at("hearing-time").fill((at or datetime.now(SHANGHAI)).strftime("%Y-%m-%dT%H:%M"))
    await clerk.press("save-hearing")
    await clerk.sees_page("hearing")
    return clerk.page.url.rstrip("/").rsplit("/", 1)[1]


async def state_position(clerk: Person, participant: str, position: str, reasons: str = "") -> None:
    """At the gate page; saved once the page says who stated it."""
    group = clerk.at(f"fact-{participant}")
    await group.locator("label").filter(has=clerk.page.locator(f"input[value={position}]")).click()
    if reasons:
        await clerk.at(f"position-{participant}-reasons").fill(reasons)
    await clerk.press(f"save-fact-{participant}")
    await expect(group).to_have_attribute("data-changed", "false", timeout=PATIENCE_MS)
    await clerk.sees_page(f"stated-position:{participant}")


async def invite(clerk: Person, participant: str) -> Invitation:
    """At the hearing's page: issue a link, read it and its code from the page."""
    await clerk.press(f"invite-{participant}")
    await clerk.sees_page("invite-panel")
    link = await clerk.at("invite-link").input_value()
    code = (await clerk.at("invite-code").inner_text()).replace(" ", "").strip()
    await clerk.press("invite-close")
    return Invitation(link, code)


async def give_code(person: Visitor, invitation: Invitation) -> None:
    await person.open(invitation.link)
    await person.fill("join-code", invitation.code)
    await person.press("join-continue")
    await person.gone("join-code")


async def check_equipment(person: Visitor) -> None:
    """Hear the chime, wait until the page has heard the microphone and measured the network, go on."""
    await person.press("speaker-play")
    await person.press("speaker-heard")
    await person.count(".checks .tag--ok", 4)
    await person.press("join-continue")
    await person.gone("join-continue")


async def declare(person: Visitor) -> None:
    await person.press("declare-check")
    await person.press("declare")
    await person.gone("declare")


async def come_to_lobby(person: Visitor, invitation: Invitation, participant: str) -> None:
    """The whole way of a party, from the link to the waiting room."""
    person.participant = participant
    await give_code(person, invitation)
    await check_equipment(person)
    await declare(person)
    await person.sees_page("lobby")
    await person.in_place("lobby")


async def enter_room(staff: Person, hearing: str, participant: str) -> None:
    """The way of the clerk and the bench, from the hearing's page into the room."""
    staff.participant = participant
    await staff.open(f"/desk/hearings/{hearing}")
    await staff.press("enter")
    await check_equipment(staff)
    await staff.in_place("main")


async def sign_in_demo(staff: Person, demo: Demo) -> None:
    """By the demonstration's link, which leads to the hearing's page."""
    await staff.open(demo.link(staff.role).path)
    await staff.sees_page("me-name")


async def enter_demo(staff: Person, demo: Demo) -> None:
    await sign_in_demo(staff, demo)
    participant = demo.link(staff.role).participant
    assert participant is not None
    await enter_room(staff, demo.hearing, participant)


def demo_invitation(demo: Demo, role: str) -> Invitation:
    link = demo.link(role)
    assert link.code is not None
    return Invitation(link.path, link.code)


async def come_to_demo(person: Visitor, demo: Demo) -> None:
    participant = demo.link(person.role).participant
    assert participant is not None
    await come_to_lobby(person, demo_invitation(demo, person.role), participant)


async def begin_check(clerk: Person, party: Visitor) -> None:
    await clerk.press(f"check-{party.participant}")
    await party.sees_page("clerk-check")


async def finish_check(clerk: Person, party: Visitor) -> None:
    """Verify the identity and let the party in."""
    await clerk.press(f"verify-{party.participant}")
    await clerk.confirm("dialog-verify")
    await clerk.press(f"admit-{party.participant}")
    await party.in_place("main")


async def note_absent(clerk: Person, participant: str) -> None:
    await clerk.press(f"note-absent-{participant}")
    await clerk.confirm("dialog-note-absent")
