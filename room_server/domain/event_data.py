"""Events to plain JSON and back, driven by the types of their fields. Reading is strict: nothing is guessed."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from room_server.domain.events import REGISTRY, Event, event_type
from room_server.errors import RecordUnreadable

__all__ = ["event_type", "from_data", "to_data"]


def to_data(event: Event) -> dict[str, Any]:
    """The fields of an event as JSON-ready data (times as ISO 8601 with offset); the type is stored beside it."""
    plain = _plain(event)
    assert isinstance(plain, dict)
    return plain


def from_data(kind_name: str, data: Mapping[str, Any]) -> Event:
    """The event that was stored under the type `kind_name` with `data`; raises `RecordUnreadable` if it does not fit."""
    kind = REGISTRY.get(kind_name)
    if kind is None:
        raise RecordUnreadable(f"unknown event type {kind_name!r}")
    event = _read(kind, data, kind_name)
    assert isinstance(event, Event)
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(kind, value, where)
    if origin is Literal:
        if value not in get_args(kind):
            raise RecordUnreadable(f"{where}: {value!r} is none of {', '.join(map(str, get_args(kind)))}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise RecordUnreadable(f"{where}: must be a list")
        item_kind = get_args(kind)[0]
        return tuple(_read(item_kind, item, f"{where}[{index}]") for index, item in enumerate(value))
    if is_dataclass(kind):
        return _read_dataclass(kind, value, where)
    if kind is datetime:
        return _read_time(value, where)
    return _read_plain(kind, origin, value, where)


def _read_plain(kind: Any, origin: Any, value: Any, where: str) -> Any:
    if origin is dict:
        if not isinstance(value, Mapping):
            raise RecordUnreadable(f"{where}: must be a mapping")
        return dict(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # A boolean is an int to Python and not to the record.
    if not isinstance(value, kind) or (kind in (int, float) and isinstance(value, bool)):
        raise RecordUnreadable(f"{where}: {value!r} is not {kind.__name__}")
    return value


def _read_union(kind: Any, value: Any, where: str) -> Any:
    choices = get_args(kind)
    if value is None:
        if type(None) in choices:
            return None
        raise RecordUnreadable(f"{where}: must not be empty")
    (only,) = (choice for choice in choices if choice is not type(None))
    return _read(only, value, where)


def _read_time(value: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise RecordUnreadable(f"{where}: {value!r} is not an ISO 8601 time") from None
    if moment.tzinfo is None:
        raise RecordUnreadable(f"{where}: {value!r} has no offset")
    return moment


def _read_dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise RecordUnreadable(f"{where}: must be a mapping")
    hints = _hints(kind)
    known = {one.name: one for one in fields(kind)}
    unknown = [key for key in value if key not in known]
    if unknown:
        raise RecordUnreadable(f"{where}: unknown field {unknown[0]!r}")
    missing = [name for name, one in known.items() if name not in value and one.default is MISSING]
    if missing:
        raise RecordUnreadable(f"{where}: the field {missing[0]!r} is missing")
    return kind(**{name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()})
