"""The ICE-lite side (RFC 8445 section 2.5, RFC 8489): answers connectivity checks, and only authentic ones.

No sockets here: bytes and a source address in, a verdict out. MESSAGE-INTEGRITY is verified before any reply is
made or any address is believed.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from aioice import stun

Address = tuple[Any, ...]  # what a datagram socket calls its peer: (ip, port) or (ip, port, flow, scope)

MAX_STUN_LENGTH = 1500
_FINGERPRINT = 0x8028


@dataclass(frozen=True, slots=True)
class IceCredentials:
    """Username fragment (4-256 ice-chars) and password (22-256) of one side."""

    username_fragment: str
    password: str


@dataclass(slots=True, eq=False)
class IceSession:
    """One transport's ICE state; `current` is replaced by a restart, `previous` works until the first new check."""

    transport_id: str
    current: IceCredentials
    previous: IceCredentials | None = None


class Outcome(StrEnum):
    """What became of a STUN datagram."""

    AUTHENTIC = "authentic"
    MALFORMED = "malformed"
    UNKNOWN_SESSION = "unknown_session"
    BAD_INTEGRITY = "bad_integrity"
    NOT_A_REQUEST = "not_a_request"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome; reply, session and nominated are set only for authentic requests."""

    outcome: Outcome
    reply: bytes | None = None
    session: IceSession | None = None
    nominated: bool = False


class IceLite:
    """All ICE sessions of one worker, found by username fragment."""

    def __init__(self) -> None:
        self._sessions: dict[str, IceSession] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, transport_id: str, credentials: IceCredentials) -> IceSession:
        """Start answering for a transport. Raises ValueError when the username fragment is taken."""
        self._claim(credentials.username_fragment)
        session = IceSession(transport_id, credentials)
        self._sessions[credentials.username_fragment] = session
        return session

    def restart(self, session: IceSession, credentials: IceCredentials) -> None:
        """New credentials (RFC 8445 section 9); the old ones hold until the first check with the new."""
        self._claim(credentials.username_fragment)
        self._drop_previous(session)
        session.previous, session.current = session.current, credentials
        self._sessions[credentials.username_fragment] = session

    def close(self, session: IceSession) -> None:
        """Stop answering for a transport."""
        self._drop_previous(session)
        self._sessions.pop(session.current.username_fragment, None)

    def handle(self, data: bytes, source: Address) -> Verdict:
        """Judge one STUN datagram. Never raises."""
        message = _parse(data)
        if message is None:
            return Verdict(Outcome.MALFORMED)
        if (message.message_method, message.message_class) != (stun.Method.BINDING, stun.Class.REQUEST):
            return Verdict(Outcome.NOT_A_REQUEST)
        username = message.attributes.get("USERNAME", "")
        fragment = username.partition(":")[0]
        session = self._sessions.get(fragment)
        if session is None:
            return Verdict(Outcome.UNKNOWN_SESSION)
        used = session.current
        if used.username_fragment != fragment:
            assert session.previous is not None
            used = session.previous
        key = used.password.encode()
        integrity = message.attributes.get("MESSAGE-INTEGRITY", b"")
        if len(integrity) != 20 or not message.check_message_integrity(key):
            return Verdict(Outcome.BAD_INTEGRITY)
        if used is session.current:
            self._drop_previous(session)
        reply = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
        reply.attributes["XOR-MAPPED-ADDRESS"] = (source[0].partition("%")[0], source[1])
        reply.add_message_integrity(key)
        return Verdict(Outcome.AUTHENTIC, bytes(reply), session, "USE-CANDIDATE" in message.attributes)

    def _claim(self, fragment: str) -> None:
        if fragment in self._sessions:
            raise ValueError("ICE username fragment is already in use")

    def _drop_previous(self, session: IceSession) -> None:
        if session.previous is not None:
            self._sessions.pop(session.previous.username_fragment, None)
            session.previous = None


def _parse(data: bytes) -> stun.Message | None:
    if len(data) < stun.HEADER_LENGTH or len(data) > MAX_STUN_LENGTH or len(data) % 4 or data[0] > 3:
        return None
    if not hmac.compare_digest(data[4:8], stun.COOKIE.to_bytes(4, "big")):
        return None
    if not _well_framed(data):
        return None
    try:
        return stun.parse_message(data)
    except Exception:
        # The codec raises ValueError, struct.error and others on hostile attributes; all mean the same here.
        return None


def _well_framed(data: bytes) -> bool:
    """Every attribute fits, none comes twice, and the last is FINGERPRINT, which ICE requires (RFC 8445, 7.1.2).

    The codec cuts off an attribute that reaches past the end and lets a later one replace an earlier one.
    """
    position, seen, kind = stun.HEADER_LENGTH, set(), 0
    while position < len(data):
        kind = data[position] << 8 | data[position + 1]
        length = data[position + 2] << 8 | data[position + 3]
        if kind in seen or (kind == _FINGERPRINT and length != 4):
            return False
        seen.add(kind)
        position += 4 + length + stun.padding_length(length)
    return position == len(data) and kind == _FINGERPRINT


@lru_cache(maxsize=4096)
def holding(ip: str) -> str:
    """What limits count by: an IPv4 address, or the /64 network that one IPv6 subscriber is given (RFC 6177).

    `ip` is as a socket names its peer: a scope is left out, and an IPv4 address within IPv6 is that address.
    """
    if ":" not in ip:
        return ip
    address = ipaddress.IPv6Address(ip.partition("%")[0])
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(address) >> 64 << 64)}/64"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


@dataclass(slots=True)
class AddressLimiter:
    """How much per second one unauthenticated holder of addresses may cost us (see `holding`); bounded in memory."""

    rate_per_s: float = 100.0
    burst: float = 200.0
    capacity: int = 4096
    _buckets: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)

    def allow(self, ip: str, now_s: float) -> bool:
        """Take one token; False means drop without looking at the datagram."""
        holder = holding(ip)
        bucket = self._buckets.get(holder)
        if bucket is None:
            bucket = self._buckets[holder] = _Bucket(self.burst, now_s)
            if len(self._buckets) > self.capacity:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(holder)
            bucket.tokens = min(self.burst, bucket.tokens + (now_s - bucket.at_s) * self.rate_per_s)
            bucket.at_s = now_s
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def refund(self, ip: str) -> None:
        """The datagram turned out authentic: many participants may share one address."""
        bucket = self._buckets.get(holding(ip))
        if bucket is not None:
            bucket.tokens = min(self.burst, bucket.tokens + 1)

    def __len__(self) -> int:
        return len(self._buckets)
