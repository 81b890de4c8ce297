"""The judge's desk: what awaits, the ruling with what it leads to, facts that move on meanwhile, superseding."""

from __future__ import annotations

from playwright.async_api import expect

from room_server.demo import Demo
from room_server.domain import commands as c
from room_server.domain.model import Actor
from tests.e2e.album import Album
from tests.e2e.court import Court
from tests.e2e.person import PATIENCE_MS, People, Person
from tests.e2e.walks import sign_in_demo

NOT_SIGNED_IN = r"status of 401"
REFUSED = r"status of (401|409)"


async def states(court: Court, demo: Demo, key: str, value: object, note: str = "") -> None:
    """Enter a fact as the clerk would, without the clerk's page."""
    clerk = Actor("staff", "acc_aaaaaaaaaaaaaaaa", "clerk", "叶晓")
    command = c.AssertFact(key, value, "何秀兰", "paper", note)
    await court.server.proceedings.execute(demo.hearing, command, clerk)


def objection(reasons: str) -> dict[str, str]:
    return {"position": "objects", "stage": "trial", "reasons": reasons}


async def signs(judge: Person, demo: Demo, reasons: str) -> None:
    await judge.at("ruling-reasons").fill(reasons)
    await judge.at("ruling-password").fill(demo.password)
    await judge.press("save-ruling")


async def outcome_is(judge: Person, outcome: str) -> None:
    await expect(judge.at("outcome")).to_have_attribute("data-outcome", outcome, timeout=PATIENCE_MS)


async def test_the_judge_rules_from_the_list_and_supersedes_the_ruling(court: Court, people: People) -> None:
    album = Album()
    demo = await court.seed(open_lobby=False)
    claimant = demo.link("claimant").participant or ""
    judge = await people.come("judge")
    judge.expects(REFUSED)
    await sign_in_demo(judge, demo)
    await judge.open("/desk/awaiting")
    await judge.sees_page("awaiting")
    await expect(judge.page.get_by_text("没有等待裁定的事项")).to_be_visible(timeout=PATIENCE_MS)
    await album.take(judge, "desk-awaiting-none")

    ground = f"objection:{claimant}"
    await states(
        court, demo, f"position:{claimant}", objection("对方提交的维修记录只有复印件，要求当庭核对原件。")
    )
    await states(court, demo, "complexity", "significant_and_complex")
    matter = judge.page.locator(f"[data-testid=matter][data-ground='{ground}']")
    await expect(matter).to_be_visible(timeout=PATIENCE_MS)
    await expect(judge.at("count-awaiting")).to_have_text("2", timeout=PATIENCE_MS)
    await expect(matter).to_contain_text("要求当庭核对原件")
    await album.take(judge, "desk-awaiting")

    await matter.get_by_test_id("to-ruling").click()
    await judge.sees_page("ruling-form")
    await expect(judge.at("ruling-ground")).to_have_value(ground)
    await expect(judge.at("ruling-basis")).to_contain_text("要求当庭核对原件")
    held = judge.at("ruling-held")
    await held.locator("input[value=held]").check()
    await expect(judge.at("consequence")).to_have_attribute("data-outcome", "block", timeout=PATIENCE_MS)
    await held.locator("input[value=not_held]").check()
    await expect(judge.at("consequence")).to_have_attribute(
        "data-outcome", "await_ruling", timeout=PATIENCE_MS
    )
    await album.take(judge, "desk-ruling-consequence")

    # A wrong password signs nothing and loses nothing.
    await judge.at("ruling-reasons").fill("双方已交换经公证的副本，足以核对。")
    await judge.at("ruling-password").fill("not the password")
    await judge.press("save-ruling")
    await expect(judge.at("ruling-form").get_by_test_id("error")).to_be_visible(timeout=PATIENCE_MS)
    await expect(judge.at("ruling-reasons")).to_have_value("双方已交换经公证的副本，足以核对。")

    # The facts move on while the judge writes: refused with what changed, and what was written stays.
    await states(court, demo, f"position:{claimant}", objection("另有证人要求到庭。"))
    await signs(judge, demo, "双方已交换经公证的副本，足以核对。")
    moved_on = judge.at("moved-on")
    await expect(moved_on).to_have_attribute("data-code", "facts_changed", timeout=PATIENCE_MS)
    await expect(moved_on).to_contain_text("另有证人要求到庭")
    await expect(judge.at("ruling-basis")).to_contain_text("另有证人要求到庭")
    await expect(judge.at("ruling-reasons")).to_have_value("双方已交换经公证的副本，足以核对。")
    await expect(judge.at("ruling-password")).to_have_value("")
    await album.take(judge, "desk-ruling-moved-on")
    await signs(judge, demo, "双方已交换经公证的副本，足以核对；证人可以线上作证。")
    await expect(judge.at("ruling")).to_have_count(1, timeout=PATIENCE_MS)
    await expect(judge.at("signature")).to_have_attribute("data-state", "holds")

    # The other ground: the outcome changes without anybody asking for a check.
    await outcome_is(judge, "await_ruling")
    await expect(judge.at("ruling-ground")).to_have_value("complexity")
    await judge.at("ruling-held").locator("input[value=not_held]").check()
    await signs(judge, demo, "事实清楚，争议不大。")
    await outcome_is(judge, "warn")
    await album.take(judge, "desk-rulings-signed")

    # Superseded: the form is filled with the ground, the old ruling stays and is marked.
    signed = judge.page.locator("[data-testid=ruling]", has_text="证人可以线上作证")
    await signed.get_by_test_id("supersede").click()
    await expect(judge.at("ruling-ground")).to_have_value(ground)
    await expect(judge.at("ruling-basis")).to_contain_text("证人可以线上作证")
    await judge.at("ruling-held").locator("input[value=held]").check()
    await expect(judge.at("consequence")).to_have_attribute("data-outcome", "block", timeout=PATIENCE_MS)
    await signs(judge, demo, "证人患病，须当庭核对原件。")
    await outcome_is(judge, "block")
    await expect(signed).to_have_attribute("data-superseded", "true")
    await expect(judge.at("signature")).to_have_count(3)
    for line in await judge.at("signature").all():
        await expect(line).to_have_attribute("data-state", "holds")
    await album.take(judge, "desk-ruling-superseded")
    await judge.open("/desk/awaiting")
    await expect(judge.page.get_by_text("没有等待裁定的事项")).to_be_visible(timeout=PATIENCE_MS)
    album.check()


async def test_nobody_overrides_every_side_and_the_clerk_only_looks(court: Court, people: People) -> None:
    album = Album()
    demo = await court.seed(open_lobby=False)
    sides = [demo.link(side).participant or "" for side in ("claimant", "respondent")]
    clerk, judge = await people.come("clerk"), await people.come("judge")
    for staff in (clerk, judge):
        staff.expects(REFUSED)
        await sign_in_demo(staff, demo)
    await states(court, demo, f"position:{sides[0]}", objection("要求核对原件"))
    await clerk.open("/desk/awaiting")
    await clerk.sees_page("matter")
    await expect(clerk.at("to-ruling")).to_have_class("btn")
    await album.take(clerk, "desk-awaiting-clerk")
    await judge.open(f"/desk/hearings/{demo.hearing}/gate?ground=objection:{sides[0]}")
    await judge.at("ruling-held").locator("input[value=not_held]").check()
    await expect(judge.at("consequence")).to_have_attribute("data-outcome", "warn", timeout=PATIENCE_MS)
    await signs(judge, demo, "副本足以核对。")
    await outcome_is(judge, "warn")
    await states(court, demo, f"position:{sides[1]}", objection("不会使用"))
    await outcome_is(judge, "block")
    await judge.press("supersede")
    await judge.at("ruling-held").locator("input[value=held]").check()
    refused = judge.at("ruling-form").get_by_test_id("error")
    await expect(refused).to_contain_text("各方均不同意在线审理", timeout=PATIENCE_MS)
    await expect(judge.at("save-ruling")).to_have_attribute("aria-disabled", "true")
    await album.take(judge, "desk-ruling-not-overridable")
    album.check()
