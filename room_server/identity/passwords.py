"""Slow hashing of passwords and codes: argon2id (RFC 9106, second recommended parameters) in threads."""

from __future__ import annotations

import asyncio

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""Hashes computed at the same time; each takes 64 MiB and a core, which the media needs more."""


class Hashing:
    """argon2 off the event loop. ``hasher`` may be given cheaper parameters, by tests alone."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, secret: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, secret)

    async def matches(self, stored: str | None, secret: str) -> bool:
        """Whether ``secret`` is the hashed one. Takes as long where nothing is stored, so that it tells nothing."""
        if stored is None:
            if self._nobody is None:
                self._nobody = await self.hash("no account has this password")
            stored_or_nobody = self._nobody
        else:
            stored_or_nobody = stored
        async with self._slots:
            fits = await asyncio.to_thread(self._verify, stored_or_nobody, secret)
        return fits and stored is not None

    def _verify(self, stored: str, secret: str) -> bool:
        try:
            return self._hasher.verify(stored, secret)
        except (VerificationError, InvalidHashError):
            return False
