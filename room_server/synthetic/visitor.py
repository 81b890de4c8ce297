"""The REST side of a synthetic participant: signing in, accepting an invitation, and what comes before the room."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from room_server.http.models import (
    AcceptInvitation,
    Declaration,
    EquipmentReport,
    JoinInfo,
    ParticipationRef,
    RoomToken,
    SignIn,
    SignInWithLink,
    StaffMe,
)
from signaling.messages import BiText, WireError

_B = TypeVar("_B", bound=BaseModel)
USER_AGENT = "yunting-synthetic"


class ApiRefused(Exception):
    """An answer other than 2xx. ``error`` is what the server said, or a description of an answer that says nothing."""

    def __init__(self, status: int, error: WireError) -> None:
        super().__init__(f"HTTP {status} {error.code}: {error.message}")
        self.status = status
        self.error = error


def own_session(*, verify_tls: bool = True) -> aiohttp.ClientSession:
    """A session with a cookie jar of its own, which also keeps the cookies of hosts named by address."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(ssl=verify_tls),
        headers={"User-Agent": USER_AGENT},
        timeout=aiohttp.ClientTimeout(total=20),
    )


def secret_of(link: str) -> str:
    """The secret in the fragment of an invitation or sign-in link."""
    found = re.findall(r"[A-Za-z0-9_-]{20,100}", link.partition("#")[2])
    if not found:
        raise ValueError("the link has no secret after #")
    return str(max(found, key=len))


class Visitor:
    """One person's browser as the REST API sees it."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession) -> None:
        self.base_url = base_url.rstrip("/")
        self.session = session

    async def api(self, method: str, path: str, body: BaseModel | dict[str, Any] | None = None) -> Any:
        """Ask ``/api/{path}``; the JSON answer, or :class:`ApiRefused`."""
        content = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
        async with self.session.request(method, f"{self.base_url}/api/{path}", json=content) as response:
            if response.status // 100 != 2:
                raise ApiRefused(response.status, _error_of(await response.text()))
            return await response.json()

    async def _post(self, path: str, answer: type[_B], body: BaseModel | None = None) -> _B:
        return answer.model_validate(await self.api("POST", path, body or {}))

    async def sign_in(self, username: str, password: str) -> StaffMe:
        return await self._post("sign-in", StaffMe, SignIn(username=username, password=password))

    async def sign_in_with_link(self, link: str) -> StaffMe:
        """``link`` is a sign-in link or its secret."""
        secret = secret_of(link) if "#" in link else link
        return await self._post("sign-in/link", StaffMe, SignInWithLink(secret=secret))

    async def enter(self, hearing_id: str) -> str:
        """Staff: the participation in a hearing that names them."""
        return (await self._post(f"hearings/{hearing_id}/enter", ParticipationRef)).participation

    async def accept(self, link: str, code: str | None) -> str:
        """The participation that an invitation (link or secret) with its code gives."""
        secret = secret_of(link) if "#" in link else link
        body = AcceptInvitation(secret=secret, code=code)
        return (await self._post("invitations/accept", ParticipationRef, body)).participation

    async def join_info(self, participation: str) -> JoinInfo:
        return JoinInfo.model_validate(await self.api("GET", f"participations/{participation}"))

    async def prepare(self, participation: str) -> JoinInfo:
        """Report working equipment and make the declaration, each only where it is still due."""
        info = await self.join_info(participation)
        if info.equipment != "passed":
            info = await self._post(
                f"participations/{participation}/equipment",
                JoinInfo,
                EquipmentReport(
                    camera="ok", microphone="ok", speaker="ok", network="good", browser=USER_AGENT
                ),
            )
        if not info.declared:
            info = await self._post(
                f"participations/{participation}/declaration",
                JoinInfo,
                Declaration(accepted=True, text_version=info.declaration_version),
            )
        return info

    async def token(self, participation: str) -> RoomToken:
        return await self._post(f"participations/{participation}/token", RoomToken)


def _error_of(text: str) -> WireError:
    class _Refusal(BaseModel):
        error: WireError

    try:
        return _Refusal.model_validate_json(text).error
    except ValidationError:
        return WireError(
            code="not_json",
            message=text[:200],
            text=BiText(zh="服务器的回答无法识别。", en="The server's answer is not in the agreed form."),
        )
