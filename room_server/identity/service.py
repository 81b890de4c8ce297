"""The whole of identity, put together."""

from __future__ import annotations

from dataclasses import dataclass

from room_server.clock import Clock
from room_server.identity.invitations import Invitations
from room_server.identity.passwords import Hashing
from room_server.identity.secrets import RandomBytes
from room_server.identity.sessions import Sessions
from room_server.identity.staff import Staff
from room_server.store.register import Store


@dataclass(frozen=True, slots=True)
class Identity:
    staff: Staff
    sessions: Sessions
    invitations: Invitations

    @classmethod
    def over(
        cls, store: Store, clock: Clock, random_bytes: RandomBytes, hashing: Hashing | None = None
    ) -> Identity:
        """Identity on top of ``store``; ``random_bytes`` is ``secrets.token_bytes`` outside tests."""
        hashing = hashing or Hashing()
        return cls(
            staff=Staff(store.accounts, store.devices, hashing, clock, random_bytes),
            sessions=Sessions(store.devices, clock, random_bytes),
            invitations=Invitations(store.invitations, hashing, clock, random_bytes),
        )
