"""Secrets that are handed out once and kept only as hashes. Pure: randomness comes from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

RandomBytes = Callable[[int], bytes]
"""``random_bytes(n)`` gives n unpredictable bytes: ``secrets.token_bytes``, or a fixed sequence in a test."""

SECRET_BYTES = 32
_CODES = 1_000_000


def new_secret(random_bytes: RandomBytes) -> str:
    """256 random bits as 43 characters that may stand in a URL's fragment and in a cookie."""
    return base64.urlsafe_b64encode(random_bytes(SECRET_BYTES)).rstrip(b"=").decode("ascii")


def secret_hash(secret: str) -> str:
    """SHA-256 in hex. No salt and no slow hash: a secret of 256 bits cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def new_code(random_bytes: RandomBytes) -> str:
    """Six digits, each of the million codes equally likely."""
    largest = 2**32 - 2**32 % _CODES
    while True:
        drawn = int.from_bytes(random_bytes(4), "big")
        if drawn < largest:
            return f"{drawn % _CODES:06d}"
