"""Signing in and out, the own account, and the accounts of others."""

from __future__ import annotations

from room_server.errors import CorrectTheRequest
from room_server.http import models as m
from room_server.http.call import Call, Route
from room_server.http.services import NotFound
from room_server.store.accounts import AccountRecord
from signaling.messages import BiText


async def sign_in(call: Call, body: m.SignIn) -> m.StaffMe:
    account = await call.services.identity.staff.by_password(
        body.username.strip(), body.password, call.address
    )
    call.cookie = await call.services.identity.sessions.sign_in(call.session, account)
    return _me(account)


async def sign_in_with_link(call: Call, body: m.SignInWithLink) -> m.StaffMe:
    account = await call.services.identity.staff.by_link(body.secret)
    call.cookie = await call.services.identity.sessions.sign_in(call.session, account)
    return _me(account)


async def sign_out(call: Call) -> None:
    session = call.session
    if session is None:
        return
    await call.services.identity.sessions.sign_out(session)
    if session.account_id is not None:
        # A courtroom left open in another tab of this browser must not outlive the sign-in.
        await call.services.proceedings.signed_out(session.account_id, lambda device: device == session.id)


async def me(call: Call) -> m.StaffMe:
    return _me(await call.account())


async def change_password(call: Call, body: m.ChangePassword) -> m.StaffMe:
    account = await call.account()
    session = call.session
    assert session is not None
    await call.services.identity.staff.change_password(
        account, session.id, body.current, body.new, call.address
    )
    await call.services.proceedings.signed_out(account.id, lambda device: device != session.id)
    return _me(await call.account())


async def list_accounts(call: Call) -> m.AccountList:
    await call.account()
    accounts = await call.services.identity.staff.all()
    return m.AccountList(accounts=[_account(account) for account in accounts])


async def create_account(call: Call, body: m.NewAccount) -> m.AccountCreated:
    await call.staff("administrator")
    if len(set(body.roles)) != len(body.roles):
        raise CorrectTheRequest("bad_request", "角色不得重复。", "roles: each role is named once.")
    account = await call.services.identity.staff.create(body.username, body.name, body.roles)
    return await _with_link(call, account)


async def renew_sign_in_link(call: Call) -> m.AccountCreated:
    """For somebody who forgot the password, or lost the first link."""
    await call.staff("administrator")
    account = await call.services.identity.staff.get(call.part("account"))
    if account is None:
        raise NotFound.of("账户", "account")
    return await _with_link(call, account)


async def site(call: Call) -> m.SiteInfo:
    about = call.services.site
    court = BiText(zh=about.court_zh, en=about.court_en)
    return m.SiteInfo(court=court, demo=about.demo, hotline=about.hotline, ruleset=about.ruleset)


async def _with_link(call: Call, account: AccountRecord) -> m.AccountCreated:
    secret = await call.services.identity.staff.sign_in_secret(account.id)
    url = sign_in_url(call.services.site.public_url, secret)
    return m.AccountCreated(account=_account(account), sign_in_url=url)


def sign_in_url(public_url: str, secret: str) -> str:
    """Where the page takes a sign-in link; the secret is in the fragment, which browsers do not send."""
    return f"{public_url}/sign-in/link#{secret}"


def _me(account: AccountRecord) -> m.StaffMe:
    return m.StaffMe.model_validate(
        {
            "id": account.id,
            "username": account.username,
            "name": account.name,
            "roles": list(account.roles),
            "has_password": account.password_hash is not None,
        }
    )


def _account(account: AccountRecord) -> m.Account:
    return m.Account.model_validate(
        {"id": account.id, "username": account.username, "name": account.name, "roles": list(account.roles)}
    )


ROUTES = (
    Route("GET", "/api/site", site, "The court and its installation", None, m.SiteInfo),
    Route("POST", "/api/sign-in", sign_in, "Sign in by password", m.SignIn, m.StaffMe),
    Route("POST", "/api/sign-in/link", sign_in_with_link, "Sign in by link", m.SignInWithLink, m.StaffMe),
    Route("POST", "/api/sign-out", sign_out, "Sign out"),
    Route("GET", "/api/me", me, "The account signed in", None, m.StaffMe),
    Route("POST", "/api/me/password", change_password, "Choose a password", m.ChangePassword, m.StaffMe),
    Route("GET", "/api/accounts", list_accounts, "Names of the accounts", None, m.AccountList),
    Route("POST", "/api/accounts", create_account, "Create an account", m.NewAccount, m.AccountCreated),
    Route(
        "POST",
        "/api/accounts/{account}/sign-in-link",
        renew_sign_in_link,
        "A new sign-in link for an account",
        None,
        m.AccountCreated,
    ),
)
