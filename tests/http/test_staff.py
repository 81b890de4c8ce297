from __future__ import annotations

from typing import Any

from room_server.identity.staff import FAILURES_PER_ACCOUNT, WINDOW_S

PASSWORD = "a long enough password"


async def test_the_first_sign_in_by_link_then_by_password(court: Any) -> None:
    administrator, _ = await court.staff("admin", "administrator")
    new = {"username": "chen", "name": "陈书记员", "roles": ["clerk"]}
    created = await administrator.post("accounts", new)
    url = created["sign_in_url"]
    assert url.startswith("http://127.0.0.1:8000/sign-in/link#")
    secret = {"secret": url.partition("#")[2]}
    clerk = court.browser()
    me = await clerk.post("sign-in/link", secret)
    assert me == {**created["account"], "has_password": False}
    assert (await court.browser().refused("POST", "sign-in/link", 401, secret))["code"] == "link_not_valid"
    assert (await clerk.post("me/password", {"new": PASSWORD}))["has_password"]
    error = await clerk.refused("POST", "me/password", 400, {"new": "another password"})
    assert error["code"] == "current_password_needed"
    await clerk.post("sign-out")
    await clerk.refused("GET", "me", 401)
    me = await clerk.post("sign-in", {"username": "chen", "password": PASSWORD})
    assert (me["name"], me["roles"], me["has_password"]) == ("陈书记员", ["clerk"], True)


async def test_signing_out_and_a_new_password_end_live_connections_elsewhere_only(court: Any) -> None:
    """The proceedings are asked to end what was connected from the right devices of the right account."""
    browser, account_id = await court.staff("clerk", "clerk")
    asked = court.proceedings.sign_outs
    await browser.post("me/password", {"new": PASSWORD})
    device = (
        await court.services.identity.sessions.find(next(iter(browser.client.session.cookie_jar)).value)
    ).id
    assert [account for account, _ in asked] == [account_id]
    assert not asked[0][1](device) and asked[0][1]("dev_elsewhere")
    await browser.post("sign-out")
    assert [account for account, _ in asked] == [account_id, account_id]
    assert asked[1][1](device) and not asked[1][1]("dev_elsewhere")


async def test_wrong_passwords_come_to_a_wait(court: Any, clock: Any) -> None:
    browser, account_id = await court.staff("clerk", "clerk")
    await browser.post("me/password", {"new": PASSWORD})
    stranger = court.browser()
    wrong = {"username": "clerk", "password": "wrong"}
    for _ in range(FAILURES_PER_ACCOUNT):
        assert (await stranger.refused("POST", "sign-in", 401, wrong))["code"] == "wrong_credentials"
    right = {"username": "clerk", "password": PASSWORD}
    response = await stranger.send("POST", "sign-in", right)
    assert response.status == 429 and response.headers["Retry-After"] == str(int(WINDOW_S))
    assert (await response.json())["error"]["code"] == "too_many_attempts"
    clock.passed_s += WINDOW_S
    assert (await stranger.post("sign-in", right))["id"] == account_id


async def test_unknown_names_and_wrong_passwords_look_the_same(court: Any) -> None:
    browser, _ = await court.staff("clerk", "clerk")
    await browser.post("me/password", {"new": PASSWORD})
    errors = [
        await court.browser().refused("POST", "sign-in", 401, {"username": name, "password": "wrong"})
        for name in ("clerk", "nobody")
    ]
    assert errors[0] == errors[1]


async def test_accounts_are_the_administrators(court: Any) -> None:
    administrator, administrator_id = await court.staff("admin", "administrator")
    clerk, clerk_id = await court.staff("clerk", "clerk")
    new = {"username": "judge", "name": "王法官", "roles": ["judge"]}
    await clerk.refused("POST", "accounts", 403, new)
    await clerk.refused("POST", f"accounts/{administrator_id}/sign-in-link", 403)
    await court.browser().refused("POST", "accounts", 401, new)
    listed = (await clerk.get("accounts"))["accounts"]
    assert {one["id"] for one in listed} == {administrator_id, clerk_id}
    assert set(listed[0]) == {"id", "username", "name", "roles"}
    error = await administrator.refused("POST", "accounts", 409, {**new, "username": "clerk"})
    assert error["code"] == "duplicate_username"
    error = await administrator.refused("POST", "accounts", 400, {**new, "roles": []})
    assert error["text"]["en"].startswith("roles: ")
    await administrator.refused("POST", "accounts", 400, {**new, "roles": ["judge", "judge"]})
    await administrator.refused("POST", "accounts", 400, {**new, "username": "Judge W"})


async def test_a_lost_link_is_replaced(court: Any) -> None:
    administrator, _ = await court.staff("admin", "administrator")
    new = {"username": "chen", "name": "陈书记员", "roles": ["clerk"]}
    first = await administrator.post("accounts", new)
    second = await administrator.post(f"accounts/{first['account']['id']}/sign-in-link")
    old, fresh = ({"secret": one["sign_in_url"].partition("#")[2]} for one in (first, second))
    await court.browser().refused("POST", "sign-in/link", 401, old)
    assert (await court.browser().post("sign-in/link", fresh))["username"] == "chen"
    await administrator.refused("POST", "accounts/acc_nobody/sign-in-link", 404)


async def test_the_site_is_open_to_all(court: Any) -> None:
    about = await court.browser().get("site")
    assert about["court"] == {"zh": "云庭示范法院", "en": "Yunting Demonstration Court"}
    assert (about["demo"], about["hotline"], about["ruleset"]) == (False, "12368", "shanghai-2020")
