"""Room tokens: short-lived EdDSA JWTs that open one signaling connection (RFC 7519, RFC 8037).

A token carries ids, role, side, grants and the participant's epoch: no names, no secrets. Keys are Ed25519, each in
a file of its own with mode 0600, named by its RFC 7638 thumbprint (the ``kid``).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from signaling.messages import BiText, ParticipantId, Role, Side, WireError

ISSUER = "yunting"
AUDIENCE = "yunting-room"
LEEWAY_S = 5
MAX_TTL_S = 300
MAX_TOKEN_CHARACTERS = 2048

_Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class RoomClaims(BaseModel):
    """What a room token says about its bearer. ``device`` is the id of the device session it was minted from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participant: ParticipantId
    proceeding: _Id
    role: Role
    side: Side | None
    grants: tuple[_Id, ...] = Field(default=(), max_length=32)
    epoch: int = Field(ge=0)
    device: _Id
    jti: _Id


_REFUSALS: Mapping[str, BiText] = {
    "expired": BiText(zh="入庭凭证已过期，请刷新页面。", en="The room token has expired. Reload the page."),
    "not_yet": BiText(
        zh="入庭凭证尚未生效，请检查设备时间。",
        en="The room token is not valid yet. Check the device's clock.",
    ),
}
_OTHER_REFUSAL = BiText(zh="入庭凭证无效，请刷新页面。", en="The room token is not valid. Reload the page.")


class TokenRefused(Exception):
    """``code``: ``missing malformed unknown_key bad_signature wrong_issuer wrong_audience not_yet expired``."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail

    def wire(self) -> WireError:
        return WireError(
            code=f"token_{self.code}", message=self.detail, text=_REFUSALS.get(self.code, _OTHER_REFUSAL)
        )


@dataclass(frozen=True)
class TokenKey:
    """A signing key and its id."""

    kid: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> Ed25519PublicKey:
        return self.private.public_key()

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> TokenKey:
        return cls(kid=key_id(private.public_key()), private=private)

    @classmethod
    def create(cls, path: Path) -> TokenKey:
        """Make a new key and write it to ``path``, which must not exist, with mode 0600."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        return cls.of(private)

    @classmethod
    def load(cls, path: Path) -> TokenKey:
        """Read a key; PermissionError where others may read the file, ValueError where it holds no Ed25519 key."""
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise PermissionError(f"{path}: mode is {mode:04o}; allowed is 0600 (chmod 600 {path})")
        try:
            private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: not a private key in PEM form") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{path}: holds another kind of key; allowed is Ed25519")
        return cls.of(private)

    @classmethod
    def load_or_create(cls, path: Path) -> TokenKey:
        return cls.load(path) if path.exists() else cls.create(path)


def key_id(public: Ed25519PublicKey) -> str:
    """RFC 7638 thumbprint of the key's JWK (RFC 8037 section 2)."""
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    return _base64url(hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest())


def mint(claims: RoomClaims, key: TokenKey, now: datetime, ttl_s: int = 180) -> str:
    """A token for ``claims``, valid from ``now`` (with an offset) for ``ttl_s`` seconds."""
    if not 1 <= ttl_s <= MAX_TTL_S:
        raise ValueError(f"ttl_s is {ttl_s}; allowed are 1 to {MAX_TTL_S}")
    issued_at_s = int(_epoch_s(now))
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": issued_at_s,
        "nbf": issued_at_s,
        "exp": issued_at_s + ttl_s,
        "jti": claims.jti,
        "sub": claims.participant,
        "room": claims.model_dump(mode="json", exclude={"jti", "participant"}),
    }
    return jwt.encode(payload, key.private, algorithm="EdDSA", headers={"kid": key.kid})


def verify(token: object, keys: Mapping[str, Ed25519PublicKey], now: datetime) -> RoomClaims:
    """The claims of a valid token, else :class:`TokenRefused`. ``keys`` are the accepted public keys by ``kid``."""
    payload = _verified_payload(token, keys)
    _check_times(payload, _epoch_s(now))
    room = payload.get("room")
    if not isinstance(room, dict):
        raise TokenRefused("malformed", "the token carries no room claims")
    try:
        return RoomClaims.model_validate(
            {**room, "participant": payload.get("sub"), "jti": payload.get("jti")}
        )
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise TokenRefused("malformed", f"the token's claim {where} is not in order") from None


def _verified_payload(token: object, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    if not token:
        raise TokenRefused("missing", "no token in the connection's auth object; allowed: {token}")
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRefused(
            "malformed", f"the token is not a string of at most {MAX_TOKEN_CHARACTERS} characters"
        )
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise TokenRefused("malformed", "the token is not a JWT") from None
    if header.get("alg") != "EdDSA":
        raise TokenRefused("malformed", "the token is signed with another algorithm; allowed: EdDSA")
    key = keys.get(str(header.get("kid")))
    if key is None:
        raise TokenRefused("unknown_key", "the token is signed with a key that this server does not know")
    try:
        payload: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={
                "require": ["iss", "aud", "iat", "nbf", "exp", "jti", "sub"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidAudienceError:
        raise TokenRefused(
            "wrong_audience", f"the token is for another audience; allowed: {AUDIENCE}"
        ) from None
    except jwt.InvalidIssuerError:
        raise TokenRefused("wrong_issuer", f"the token is from another issuer; allowed: {ISSUER}") from None
    except jwt.InvalidSignatureError:
        raise TokenRefused("bad_signature", "the token's signature does not match") from None
    except jwt.InvalidTokenError:
        raise TokenRefused("malformed", "the token lacks a claim or is not in order") from None
    return payload


def _check_times(payload: Mapping[str, Any], now_s: float) -> None:
    times = {name: payload[name] for name in ("iat", "nbf", "exp")}
    for name, value in times.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TokenRefused("malformed", f"the token's claim {name} is not a number")
    if now_s >= times["exp"]:
        raise TokenRefused("expired", "the token has expired")
    if now_s + LEEWAY_S < times["nbf"]:
        raise TokenRefused("not_yet", "the token is not valid yet")


def _epoch_s(now: datetime) -> float:
    if now.tzinfo is None:
        raise ValueError("now has no offset; allowed are aware datetimes")
    return now.timestamp()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
