"""One call of the API: who calls, and the route table's way from a typed handler to an aiohttp one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from room_server.domain.model import Actor, Hearing
from room_server.errors import CorrectTheRequest, NotPermitted
from room_server.http.errors import BadBody, Handler
from room_server.http.security import client_address, cookie_name, set_session_cookie
from room_server.http.services import SERVICES, NotFound, Services
from room_server.identity.refusals import NotSignedIn
from room_server.store.accounts import AccountRecord
from room_server.store.devices import DeviceSession

LARGEST_BODY_BYTES = 64 * 1024
_ROLE_ZH = {"clerk": "书记员", "judge": "法官", "mediator": "调解员", "administrator": "系统管理员"}


@dataclass(slots=True)
class Call:
    """``session`` is the caller's device session, if any; ``cookie`` is set where a new one must be sent."""

    request: web.Request
    services: Services
    session: DeviceSession | None
    cookie: str | None = None
    address: str = field(init=False)

    def __post_init__(self) -> None:
        self.address = client_address(self.request)

    def part(self, name: str) -> str:
        """A named part of the path."""
        return self.request.match_info[name]

    async def account(self) -> AccountRecord:
        """The staff account signed in on this device. Raises :class:`NotSignedIn`."""
        if self.session is not None and self.session.account_id is not None:
            account = await self.services.identity.staff.get(self.session.account_id)
            if account is not None:
                return account
        raise NotSignedIn(None, "请先登录。", "Sign in first.")

    async def staff(self, *roles: str) -> AccountRecord:
        """The account, if it has one of ``roles``. Raises :class:`NotPermitted` where it has not."""
        account = await self.account()
        if not set(roles) & set(account.roles):
            zh = "或".join(_ROLE_ZH[role] for role in roles)
            raise NotPermitted(None, f"此操作仅限{zh}。", f"Only a {' or '.join(roles)} may do this.")
        return account

    async def hearing(self, account: AccountRecord) -> Hearing:
        """The hearing of the path, if the account may see it: clerks all of them, judges and mediators their own."""
        hearing = await self.services.proceedings.get(self.part("hearing"))
        if not may_see(account, hearing):
            raise NotFound.of("庭审", "hearing")
        return hearing


def may_see(account: AccountRecord, hearing: Hearing) -> bool:
    return "clerk" in account.roles or (
        bool({"judge", "mediator"} & set(account.roles)) and hearing.of_account(account.id) is not None
    )


def actor_of(account: AccountRecord) -> Actor:
    return Actor("staff", account.id, "+".join(account.roles), account.name)


TypedHandler = Callable[..., Awaitable[BaseModel | web.StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the table in ``models.py``. ``handler`` takes the call, and the body where ``body`` is set.

    ``result`` None: an empty object, or (``media``) something that is not JSON.
    """

    method: str
    path: str
    handler: TypedHandler
    summary: str
    body: type[BaseModel] | None = None
    result: type[BaseModel] | None = None
    media: str = "application/json"

    @property
    def name(self) -> str:
        return str(getattr(self.handler, "__name__", "route"))


def endpoint(route: Route) -> Handler:
    """The aiohttp handler of a route: finds the session, checks the body, calls, writes the answer."""

    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        cookie = request.cookies.get(cookie_name(services.site))
        call = Call(request, services, await services.identity.sessions.find(cookie))
        arguments: list[Any] = [call]
        if route.body is not None:
            arguments.append(await _read(request, route.body))
        result = await route.handler(*arguments)
        if isinstance(result, web.StreamResponse):
            return result
        content = {} if result is None else result.model_dump(mode="json")
        response = web.json_response(content, dumps=_dumps, headers={"Cache-Control": "no-store"})
        if call.cookie is not None:
            set_session_cookie(response, services.site, call.cookie)
        return response

    return handle


async def _read(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if request.content_type != "application/json":
        raise CorrectTheRequest(
            "bad_content_type",
            "请求内容须为 JSON（Content-Type: application/json）。",
            "The body must be JSON (Content-Type: application/json).",
        )
    try:
        return model.model_validate_json(await request.read(), strict=True)
    except ValidationError as error:
        raise BadBody.of(error) from None


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
