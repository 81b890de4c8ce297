"""From a Socket.IO event name and payload to a typed request, or to an error that says what was wrong. Pure.

The event name of a request is the snake_case of its class name (:data:`signaling.messages.REQUESTS`). A payload is
one JSON object; a request without required fields may leave it out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from signaling.messages import REQUESTS, BiText, Request, WireError

MAX_PAYLOAD_BYTES = 4 * 1024
MAX_ORTC_PAYLOAD_BYTES = 48 * 1024
_SHOWN_CHARACTERS = 60
_MESSAGE_CHARACTERS = 1500


def tag_of(message: type[Any]) -> str:
    """The wire tag of a message class: ``RaiseHand`` -> ``raise_hand``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", message.__name__).lower()


REQUESTS_BY_TAG: Mapping[str, type[Request]] = {tag_of(request): request for request in REQUESTS}
_CARRIES_ORTC = frozenset({"connect_transport", "produce", "consume"})


@dataclass(frozen=True)
class ProtocolError:
    """A message that is not part of the protocol.

    ``code``: ``unknown_message``, ``malformed``, ``too_large`` or ``out_of_order``. ``message`` is for the log and
    the developer and contains ``allowed``; ``text`` is for people.
    """

    code: str
    message: str
    text: BiText
    allowed: tuple[str, ...] = ()

    def wire(self) -> WireError:
        return WireError(code=self.code, message=self.message, text=self.text)


def payload_limit_bytes(tag: str) -> int:
    """The largest payload of a request, as UTF-8 JSON without spaces."""
    return MAX_ORTC_PAYLOAD_BYTES if tag in _CARRIES_ORTC else MAX_PAYLOAD_BYTES


def decode(event: object, *arguments: object) -> Request | ProtocolError:
    """The request that ``event`` with its ``arguments`` (none or one payload) stands for."""
    if not isinstance(event, str) or event not in REQUESTS_BY_TAG:
        return _unknown(event)
    if len(arguments) > 1:
        return _malformed(event, f"carries {len(arguments)} arguments; allowed is one object")
    payload = arguments[0] if arguments else None
    if payload is None:
        payload = {}
    if not isinstance(payload, dict):
        return _malformed(event, f"carries a {_json_kind(payload)}; allowed is one object")
    try:
        size_bytes = len(
            json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        )
    except (TypeError, ValueError, RecursionError):
        return _malformed(event, "is not plain JSON (binary data, NaN or infinity, or nested too deeply)")
    limit_bytes = payload_limit_bytes(event)
    if size_bytes > limit_bytes:
        return _too_large(event, size_bytes, limit_bytes)
    return _validated(event, REQUESTS_BY_TAG[event], payload)


def _validated(tag: str, request: type[Request], payload: dict[str, Any]) -> Request | ProtocolError:
    try:
        return request.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=True)[0]
    fields = tuple(request.model_fields)
    where = ".".join(_shown(part) for part in first["loc"]) or "the payload"
    if first["type"] == "extra_forbidden":
        said = f"no fields but {', '.join(fields)}" if fields else "no fields"
        return _malformed(tag, f"has an unknown field {where}; allowed: {said}", fields)
    if first["type"] == "missing":
        return _malformed(tag, f"lacks the field {where}; its fields: {', '.join(fields)}", fields)
    allowed = _allowed_values(request, str(first["loc"][0]) if first["loc"] else "")
    found = f"found {_shown(first['input'])}"
    return _malformed(tag, f"field {where}: {first['msg']}; {found}", allowed)


def _allowed_values(request: type[Request], field: str) -> tuple[str, ...]:
    schema = request.model_json_schema()["properties"].get(field, {})
    for option in (schema, *schema.get("anyOf", ())):
        if "enum" in option:
            return tuple(str(value) for value in option["enum"])
    return ()


def _unknown(event: object) -> ProtocolError:
    tags = tuple(sorted(REQUESTS_BY_TAG))
    return ProtocolError(
        code="unknown_message",
        message=_cut(f"unknown message {_shown(event)}; allowed: {', '.join(tags)}"),
        text=BiText(
            zh="服务器不认识该请求，请刷新页面后重试。",
            en="The server does not know this request. Reload the page and try again.",
        ),
        allowed=tags,
    )


def _malformed(tag: str, what: str, allowed: tuple[str, ...] = ()) -> ProtocolError:
    return ProtocolError(
        code="malformed",
        message=_cut(f"{tag} {what}"),
        text=BiText(
            zh="请求内容不符合要求，请刷新页面后重试。",
            en="The request was not in order. Reload the page and try again.",
        ),
        allowed=allowed,
    )


def _too_large(tag: str, size_bytes: int, limit_bytes: int) -> ProtocolError:
    return ProtocolError(
        code="too_large",
        message=f"{tag} carries {size_bytes} bytes; allowed are {limit_bytes}",
        text=BiText(zh="请求内容过长。", en="The request is too long."),
        allowed=(str(limit_bytes),),
    )


def _json_kind(value: object) -> str:
    kinds: dict[type, str] = {str: "string", bool: "boolean", int: "number", float: "number", list: "list"}
    return kinds.get(type(value), type(value).__name__)


def _shown(value: object) -> str:
    """A piece of foreign input, cut and made printable, so that it can stand in an error and in a log line."""
    if isinstance(value, dict | list):
        return f"a {_json_kind(value) if isinstance(value, list) else 'object'} of {len(value)}"
    text = value if isinstance(value, str) else repr(value)
    printable = "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_SHOWN_CHARACTERS]
    )
    return f"'{printable}{'…' if len(text) > _SHOWN_CHARACTERS else ''}'"


def _cut(message: str) -> str:
    return message if len(message) <= _MESSAGE_CHARACTERS else message[: _MESSAGE_CHARACTERS - 1] + "…"
