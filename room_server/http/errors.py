"""Errors on the wire: every refusal as ``{"error": WireError}`` with its status, in one place."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import ValidationError

from room_server.errors import (
    CommandRefused,
    CorrectTheRequest,
    DoNotReturn,
    GateClosed,
    NotNow,
    NotPermitted,
    WaitForTheClerk,
)
from room_server.http.services import NotFound
from room_server.identity.refusals import InvitationRefused, NotSignedIn, TooManyAttempts, WrongCredentials
from room_server.store.accounts import Duplicate
from signaling.messages import BiText, WireError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[CommandRefused], int], ...] = (
    (CorrectTheRequest, 400),
    (NotSignedIn, 401),
    (WrongCredentials, 401),
    (NotPermitted, 403),
    (InvitationRefused, 403),
    (NotFound, 404),
    (NotNow, 409),
    (GateClosed, 409),
    (WaitForTheClerk, 409),
    (DoNotReturn, 409),
    (TooManyAttempts, 429),
    (CommandRefused, 409),
)
_HTTP_TEXTS = {
    404: ("not_found", "没有找到该地址。", "There is nothing at this address."),
    405: ("method_not_allowed", "此地址不支持该操作。", "This address does not take this method."),
    413: ("too_large", "提交的内容过大。", "The request is too large."),
}
_FIELDS_SHOWN = 3
_NOT_FOUND = frozenset({"not_found", "unknown_invitation"})
"""Codes that are a 404 whoever raises them."""


class BadBody(CorrectTheRequest):
    """The body is not what the route takes; the text names the field and what is allowed."""

    default_code = "bad_request"

    @classmethod
    def of(cls, error: ValidationError) -> BadBody:
        problems = []
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            where = ".".join(str(part) for part in problem["loc"]) or "body"
            problems.append(f"{where}: {problem['msg']}")
        shown = "; ".join(problems[:_FIELDS_SHOWN])
        if len(problems) > _FIELDS_SHOWN:
            shown += f"; … ({len(problems)})"
        return cls(None, f"提交的内容有误：{shown}", shown)


def status_of(refusal: CommandRefused) -> int:
    if refusal.code in _NOT_FOUND:
        return 404
    return next(status for kind, status in STATUS if isinstance(refusal, kind))


def error_response(
    status: int,
    code: str,
    zh: str,
    en: str,
    citation: str | None = None,
    headers: dict[str, str] | None = None,
) -> web.Response:
    error = WireError(code=code, message=en, text=BiText(zh=zh, en=en), citation=citation)
    return web.json_response(
        {"error": error.model_dump(mode="json")},
        status=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


@web.middleware
async def errors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into the answer for it; what nobody foresaw is logged and answered with 500."""
    try:
        return await handler(request)
    except CommandRefused as refusal:
        headers = {}
        if isinstance(refusal, TooManyAttempts):
            headers["Retry-After"] = str(refusal.retry_after_s)
        return error_response(
            status_of(refusal), refusal.code, refusal.zh, refusal.en, refusal.citation, headers
        )
    except Duplicate as error:
        zh = {"username": "用户名", "number": "案号"}.get(error.field, error.field)
        text = f"The {error.field} {error.value} is in use already; choose another."
        return error_response(409, f"duplicate_{error.field}", f"{zh}“{error.value}”已被使用。", text)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code, zh, en = _HTTP_TEXTS.get(error.status, ("http_error", "请求无法处理。", error.reason))
        kept = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return error_response(error.status, code, zh, en, headers=kept)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return error_response(
            500, "internal", "服务器内部错误，已记录。", "The server failed at this; it has been logged."
        )
