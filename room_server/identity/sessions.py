"""Device sessions: one browser, known by a cookie, with a staff account and any number of participations on it."""

from __future__ import annotations

from datetime import timedelta

from room_server.clock import Clock
from room_server.identity.secrets import RandomBytes, new_secret, secret_hash
from room_server.ids import new_id
from room_server.store.accounts import AccountRecord
from room_server.store.devices import Devices, DeviceSession, Participation
from room_server.store.invitations import InvitationRecord

DEVICE_LIFETIME = timedelta(days=90)
"""An invitation is valid until the proceeding ends, which may be weeks after it was accepted."""
STAFF_LIFETIME = timedelta(hours=12)
"""A working day; then the account signs in again."""


class Sessions:
    def __init__(self, devices: Devices, clock: Clock, random_bytes: RandomBytes) -> None:
        self._devices = devices
        self._clock = clock
        self._random_bytes = random_bytes

    async def find(self, cookie: str | None) -> DeviceSession | None:
        """The session that the cookie names, without its account where the account's time is over."""
        if not cookie or len(cookie) > 100 or not cookie.isascii():
            return None
        now = self._clock.now()
        session = await self._devices.by_secret(secret_hash(cookie), now)
        if session is None or session.account_until is None or session.account_until > now:
            return session
        return DeviceSession(session.id, session.secret_hash, session.created_at, session.expires_at)

    async def begin(self) -> tuple[DeviceSession, str]:
        """A new session and its cookie's value, which is not kept."""
        now = self._clock.now()
        secret = new_secret(self._random_bytes)
        session = DeviceSession(
            id=new_id("dev", self._random_bytes),
            secret_hash=secret_hash(secret),
            created_at=now,
            expires_at=now + DEVICE_LIFETIME,
        )
        await self._devices.remove_expired(now)
        await self._devices.add(session)
        return session, secret

    async def sign_in(self, session: DeviceSession | None, account: AccountRecord) -> str:
        """Put ``account`` on the session (a new one where there is none); returns the value of its new cookie.

        The cookie changes, so that one planted before the sign-in is worth nothing after it. What the session holds
        stays held: a browser in which judge and clerk sign in one after the other is in the hearing as both.
        """
        if session is None:
            session, _ = await self.begin()
        secret = new_secret(self._random_bytes)
        until = self._clock.now() + STAFF_LIFETIME
        await self._devices.sign_in(session.id, secret_hash(secret), account.id, until)
        return secret

    async def sign_out(self, session: DeviceSession) -> None:
        await self._devices.sign_out(session.id)

    async def hold_as_staff(
        self, session: DeviceSession, account_id: str, hearing_id: str, participant_id: str
    ) -> None:
        await self._devices.hold(
            Participation(session.id, participant_id, hearing_id, None, account_id, self._clock.now())
        )

    async def hold_by_invitation(self, session: DeviceSession, invitation: InvitationRecord) -> None:
        await self._devices.hold(
            Participation(
                session.id,
                invitation.participant_id,
                invitation.hearing_id,
                invitation.id,
                None,
                self._clock.now(),
            )
        )

    async def held(self, session: DeviceSession, participant_id: str) -> Participation | None:
        """What the session holds of this participant. A place taken by a staff account lasts a working day, or as
        long as that account is signed in here, and no longer."""
        held = await self._devices.held(session.id, participant_id)
        if held is None or held.account_id is None or held.account_id == session.account_id:
            return held
        return held if held.since + STAFF_LIFETIME > self._clock.now() else None
