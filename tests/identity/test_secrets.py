from __future__ import annotations

import re
import secrets

from room_server.identity.secrets import new_code, new_secret, secret_hash


def test_a_secret_has_256_bits_and_fits_a_fragment() -> None:
    secret = new_secret(secrets.token_bytes)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert secret != new_secret(secrets.token_bytes)
    assert re.fullmatch(r"[0-9a-f]{64}", secret_hash(secret))


def test_a_code_is_six_digits_and_draws_again_where_some_codes_would_be_likelier() -> None:
    drawn = iter([b"\xff\xff\xff\xff", b"\x00\x00\x00\x2a"])
    assert new_code(lambda _: next(drawn)) == "000042"
    assert re.fullmatch(r"\d{6}", new_code(secrets.token_bytes))
