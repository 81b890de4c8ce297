"""Identifiers: a prefix that says what it names, an underscore, and 16 characters of random base 32 (80 bits)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import NewType

CaseId = NewType("CaseId", str)
PersonId = NewType("PersonId", str)
AccountId = NewType("AccountId", str)
HearingId = NewType("HearingId", str)
ParticipantId = NewType("ParticipantId", str)
DeterminationId = NewType("DeterminationId", str)
AssertionId = NewType("AssertionId", str)
RecordingId = NewType("RecordingId", str)
DeviceSessionId = NewType("DeviceSessionId", str)
InvitationId = NewType("InvitationId", str)

PREFIXES: dict[str, str] = {
    "case": "case",
    "per": "person of a case",
    "acc": "account of staff",
    "hrg": "hearing",
    "par": "participant of one hearing",
    "det": "determination",
    "ast": "assertion of a fact",
    "rul": "ruling",
    "rec": "recording",
    "dev": "device session",
    "inv": "invitation",
    "evt": "event of the record",
    "tok": "room token",
    "str": "numbering of one viewer's events",
    "med": "run of the relay, as a hearing saw it",
}
_RANDOM_BYTES = 10
_SHAPE = re.compile(r"^([a-z]{2,8})_([a-z2-7]{16})$")


def new_id(prefix: str, random_bytes: Callable[[int], bytes]) -> str:
    """A fresh id such as `par_k3m2…`. `random_bytes(n)` gives n unpredictable bytes (`secrets.token_bytes`).

    Raises `ValueError` for a prefix that names nothing here, or a source that gives too few bytes.
    """
    if prefix not in PREFIXES:
        raise ValueError(f"unknown id prefix {prefix!r}; allowed: {', '.join(PREFIXES)}")
    drawn = random_bytes(_RANDOM_BYTES)
    if len(drawn) != _RANDOM_BYTES:
        raise ValueError(f"the random source gave {len(drawn)} bytes, {_RANDOM_BYTES} are needed")
    return f"{prefix}_{base64.b32encode(drawn).decode('ascii').lower()}"


def has_prefix(identifier: str, prefix: str) -> bool:
    """Whether `identifier` has the shape of an id with this prefix."""
    found = _SHAPE.match(identifier)
    return found is not None and found.group(1) == prefix
