from __future__ import annotations

from room_server.identity.passwords import Hashing


async def test_argon2id_with_its_own_salt_each_time() -> None:
    hashing = Hashing()
    first, second = await hashing.hash("correct horse"), await hashing.hash("correct horse")
    assert first.startswith("$argon2id$") and first != second
    assert await hashing.matches(first, "correct horse")
    assert not await hashing.matches(first, "wrong horse")


async def test_no_hash_and_a_broken_hash_match_nothing() -> None:
    hashing = Hashing()
    assert not await hashing.matches(None, "no account has this password")
    assert not await hashing.matches("not a hash", "x")
