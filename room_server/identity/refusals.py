"""Refusals of identity. Like all refusals they say what to do, in both languages."""

from __future__ import annotations

import math

from room_server.errors import CommandRefused


class NotSignedIn(CommandRefused):
    """Sign in, or open the invitation link, and try again."""

    default_code = "not_signed_in"


class WrongCredentials(CommandRefused):
    """The user name, the password, the link or the code is not right. It is not told which of two was wrong."""

    default_code = "wrong_credentials"


class InvitationRefused(CommandRefused):
    """The link does not work (any more); ask the court for a new one."""

    default_code = "invitation_refused"


class TooManyAttempts(CommandRefused):
    """Wait ``retry_after_s`` seconds."""

    default_code = "too_many_attempts"

    def __init__(self, wait_s: float) -> None:
        self.retry_after_s = max(1, math.ceil(wait_s))
        minutes = math.ceil(self.retry_after_s / 60)
        super().__init__(
            None,
            f"尝试次数过多，请在{minutes}分钟后再试。",
            f"Too many attempts. Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
        )
