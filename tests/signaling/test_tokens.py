"""Room tokens: what is accepted, and by which name everything else is refused."""

from __future__ import annotations

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signaling.tokens import (
    AUDIENCE,
    ISSUER,
    RoomClaims,
    TokenKey,
    TokenRefused,
    key_id,
    mint,
    verify,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = TokenKey.of(Ed25519PrivateKey.generate())
KEYS = {KEY.kid: KEY.public}
CLAIMS = RoomClaims(
    participant="par_claimant1",
    proceeding="prc_1",
    role="party",
    side="claimant",
    grants=("publish", "subscribe"),
    epoch=3,
    device="dev_1",
    jti="tok_1",
)


def refusal(token: object, now: datetime = NOW, keys: Any = KEYS) -> str:
    with pytest.raises(TokenRefused) as refused:
        verify(token, keys, now)
    assert refused.value.wire().code == f"token_{refused.value.code}"
    assert str(token) not in str(refused.value) or not token
    return refused.value.code


def signed(
    key: TokenKey = KEY,
    *,
    without: tuple[str, ...] = (),
    headers: dict[str, str] | None = None,
    **changes: Any,
) -> str:
    payload = jwt.decode(mint(CLAIMS, KEY, NOW), options={"verify_signature": False})
    payload.update(changes)
    for name in without:
        del payload[name]
    return jwt.encode(payload, key.private, algorithm="EdDSA", headers=headers or {"kid": key.kid})


def test_a_minted_token_is_accepted_until_it_expires() -> None:
    token = mint(CLAIMS, KEY, NOW, ttl_s=180)
    assert verify(token, KEYS, NOW) == CLAIMS
    assert verify(token, KEYS, NOW + timedelta(seconds=179)) == CLAIMS
    assert refusal(token, NOW + timedelta(seconds=180)) == "expired"


def test_a_token_of_the_future_is_refused_but_for_a_small_difference_of_clocks() -> None:
    token = mint(CLAIMS, KEY, NOW)
    assert verify(token, KEYS, NOW - timedelta(seconds=4)) == CLAIMS
    assert refusal(token, NOW - timedelta(seconds=10)) == "not_yet"


def test_the_time_zone_does_not_matter() -> None:
    from zoneinfo import ZoneInfo

    token = mint(CLAIMS, KEY, NOW.astimezone(ZoneInfo("Asia/Shanghai")))
    assert verify(token, KEYS, NOW + timedelta(seconds=179)) == CLAIMS
    with pytest.raises(ValueError, match="offset"):
        mint(CLAIMS, KEY, NOW.replace(tzinfo=None))


@pytest.mark.parametrize("token", [None, "", {}])
def test_no_token(token: object) -> None:
    assert refusal(token) == "missing"


@pytest.mark.parametrize(
    "token", [7, ["x"], "x", "a.b.c", "é" * 10, "x" * 10_000, "....", mint(CLAIMS, KEY, NOW)[:-60]]
)
def test_what_is_no_token(token: object) -> None:
    assert refusal(token) in {"malformed", "bad_signature"}


def test_another_key_of_the_same_name_and_a_key_unknown() -> None:
    other = TokenKey.of(Ed25519PrivateKey.generate())
    assert refusal(signed(other)) == "unknown_key"
    assert refusal(signed(other, headers={"kid": KEY.kid})) == "bad_signature"
    assert refusal(signed(), keys={}) == "unknown_key"


def test_a_changed_payload_breaks_the_signature() -> None:
    head, body, signature = mint(CLAIMS, KEY, NOW).split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "=="))
    payload["room"]["role"] = "presiding_judge"
    forged = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    assert refusal(f"{head}.{forged}.{signature}") == "bad_signature"


def test_other_algorithms_are_refused() -> None:
    payload = jwt.decode(mint(CLAIMS, KEY, NOW), options={"verify_signature": False})
    assert refusal(jwt.encode(payload, None, algorithm="none", headers={"kid": KEY.kid})) == "malformed"
    assert refusal(jwt.encode(payload, "s" * 64, algorithm="HS256", headers={"kid": KEY.kid})) == "malformed"


def test_audience_and_issuer() -> None:
    assert refusal(signed(aud="elsewhere")) == "wrong_audience"
    assert refusal(signed(iss="elsewhere")) == "wrong_issuer"
    assert (AUDIENCE, ISSUER) == ("yunting-room", "yunting")


@pytest.mark.parametrize("claim", ["iss", "aud", "iat", "nbf", "exp", "jti", "sub", "room"])
def test_every_claim_is_needed(claim: str) -> None:
    assert refusal(signed(without=(claim,))) in {"malformed", "wrong_audience", "wrong_issuer"}


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": "soon"},
        {"exp": True},
        {"sub": "somebody"},
        {"sub": 7},
        {"room": []},
        {"room": {}},
        {"room": {**CLAIMS.model_dump(mode="json", exclude={"jti", "participant"}), "role": "emperor"}},
        {"room": {**CLAIMS.model_dump(mode="json", exclude={"jti", "participant"}), "epoch": -1}},
        {"room": {**CLAIMS.model_dump(mode="json", exclude={"jti", "participant"}), "name": "张三"}},
    ],
)
def test_claims_out_of_order_are_refused(changes: dict[str, Any]) -> None:
    assert refusal(signed(**changes)) == "malformed"


def test_a_token_carries_ids_only() -> None:
    payload = jwt.decode(mint(CLAIMS, KEY, NOW), options={"verify_signature": False})
    assert set(payload) == {"iss", "aud", "iat", "nbf", "exp", "jti", "sub", "room"}
    assert set(payload["room"]) == {"proceeding", "role", "side", "grants", "epoch", "device"}


@pytest.mark.parametrize("ttl_s", [0, -1, 301])
def test_a_life_too_long_or_none_is_refused(ttl_s: int) -> None:
    with pytest.raises(ValueError, match="allowed are 1 to 300"):
        mint(CLAIMS, KEY, NOW, ttl_s=ttl_s)


def test_key_files(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    key = TokenKey.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = TokenKey.load_or_create(path)
    assert again.kid == key.kid
    assert verify(mint(CLAIMS, again, NOW), {key.kid: key.public}, NOW) == CLAIMS
    with pytest.raises(FileExistsError):
        TokenKey.create(path)
    path.chmod(0o640)
    with pytest.raises(PermissionError, match=r"0640.*0600"):
        TokenKey.load(path)


def test_a_file_that_is_no_key_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    path.touch(mode=0o600)
    with pytest.raises(ValueError, match="not a private key"):
        TokenKey.load(path)
    path.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(ValueError, match="allowed is Ed25519"):
        TokenKey.load(path)


def test_the_key_id_is_the_rfc_7638_thumbprint() -> None:
    """The key and thumbprint printed in RFC 8037, appendices A.2 and A.3."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    assert key_id(Ed25519PublicKey.from_public_bytes(raw)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
