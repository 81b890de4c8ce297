"""Invitations: the link by which a person of the case comes to a hearing, and the code that goes another way."""

from __future__ import annotations

from dataclasses import dataclass

from room_server.clock import Clock
from room_server.errors import CorrectTheRequest
from room_server.identity.passwords import Hashing
from room_server.identity.refusals import InvitationRefused, WrongCredentials
from room_server.identity.secrets import RandomBytes, new_code, new_secret, secret_hash
from room_server.ids import new_id
from room_server.store.invitations import FAILURES_ALLOWED, InvitationRecord
from room_server.store.invitations import Invitations as InvitationStore

WITHOUT_CODE = frozenset({"observer"})
"""Roles that speak for nobody and are told nothing that the public is not: the link alone lets them in."""


@dataclass(frozen=True, slots=True)
class Issued:
    """``secret`` and ``code`` exist only here; ``code`` is None where the role needs none."""

    invitation: InvitationRecord
    secret: str
    code: str | None


class LinkLocked(InvitationRefused):
    """The code was wrong too often; ``invitation`` is locked until it is issued anew."""

    default_code = "invitation_locked"

    def __init__(self, invitation: InvitationRecord) -> None:
        self.invitation = invitation
        super().__init__(
            None,
            f"验证码已连续{FAILURES_ALLOWED}次输入错误，链接已锁定。请联系书记员重新发送邀请。",
            f"The code was wrong {FAILURES_ALLOWED} times and the link is locked. "
            "Ask the clerk to send a new invitation.",
        )


class Invitations:
    def __init__(
        self, store: InvitationStore, hashing: Hashing, clock: Clock, random_bytes: RandomBytes
    ) -> None:
        self._store = store
        self._hashing = hashing
        self._clock = clock
        self._random_bytes = random_bytes

    async def issue(self, hearing_id: str, participant_id: str, role: str, issued_by: str) -> Issued:
        """A new link for the participant; the earlier one, if any, stops working in the same transaction."""
        secret = new_secret(self._random_bytes)
        code = None if role in WITHOUT_CODE else new_code(self._random_bytes)
        invitation = InvitationRecord(
            id=new_id("inv", self._random_bytes),
            hearing_id=hearing_id,
            participant_id=participant_id,
            role=role,
            secret_hash=secret_hash(secret),
            code_hash=None if code is None else await self._hashing.hash(code),
            issued_at=self._clock.now(),
            issued_by=issued_by,
        )
        await self._store.issue(invitation)
        return Issued(invitation, secret, code)

    async def revoke(self, participant_id: str) -> bool:
        """Take the participant's link back; False where there was none."""
        return await self._store.revoke(participant_id, self._clock.now())

    async def find(self, secret: str) -> InvitationRecord:
        """The invitation of a link. Changes nothing, so a mail scanner that opens the page uses nothing up."""
        invitation = await self._store.by_secret(secret_hash(secret))
        if invitation is None:
            raise InvitationRefused(
                "unknown_invitation",
                "邀请链接无效。请检查链接是否完整。",
                "This invitation link is not valid. Check that it was copied whole.",
            )
        if invitation.revoked_at is not None:
            raise InvitationRefused(
                "invitation_revoked",
                "此邀请链接已撤销或已被新链接取代，请使用最新的链接或联系书记员。",
                "This link was revoked or replaced by a newer one. Use the newest link or ask the clerk.",
            )
        return invitation

    async def accept(self, invitation: InvitationRecord, code: str | None) -> None:
        """Check the code. Raises :class:`LinkLocked` after five wrong ones, however they are spread over time."""
        if invitation.code_hash is not None:
            if code is None:
                raise CorrectTheRequest("code_needed", "请输入六位验证码。", "Enter the six-digit code.")
            if not await self._store.count_attempt(invitation.id):
                raise LinkLocked(invitation)
            if not await self._hashing.matches(invitation.code_hash, code):
                await self._refuse_code(invitation)
        if not await self._store.accepted(invitation.id, self._clock.now()):
            raise InvitationRefused(
                "invitation_revoked", "此邀请链接已撤销。", "This invitation link was revoked."
            )

    async def _refuse_code(self, invitation: InvitationRecord) -> None:
        now = await self._store.by_secret(invitation.secret_hash)
        if now is None or now.locked:
            raise LinkLocked(invitation)
        left = FAILURES_ALLOWED - now.failures
        raise WrongCredentials(
            "wrong_code",
            f"验证码错误，还可尝试{left}次。",
            f"The code is wrong. {left} {'attempts' if left > 1 else 'attempt'} left.",
        )
