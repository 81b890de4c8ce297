"""Errors of the room server, named by what the caller must do about them; one place for all of them.

Every refusal carries the same sentence in Chinese and English and, where a rule stands against the command, its
citation (short names as in `docs/`: V, OLR, OMR, REC, CPL). `code` is stable and is what a program may rely on.
"""

from __future__ import annotations


class CommandRefused(Exception):
    """A command that was understood and not carried out. Nothing was stored.

    Subclasses say what to do; `code` says what it was about. Both sentences are for people.
    """

    default_code = "refused"

    def __init__(self, code: str | None, zh: str, en: str, citation: str | None = None) -> None:
        self.code = code or self.default_code
        self.zh = zh
        self.en = en
        self.citation = citation
        super().__init__(f"{self.code}: {en}" + (f" ({citation})" if citation else ""))


class CorrectTheRequest(CommandRefused):
    """Something in the command is wrong; the text says what is allowed instead."""

    default_code = "invalid"


class NotPermitted(CommandRefused):
    """Somebody else has to do this: the role does not hold the power."""

    default_code = "not_permitted"


class NotNow(CommandRefused):
    """Possible later or after another step; the text names the step."""

    default_code = "not_now"


class GateClosed(CommandRefused):
    """The eligibility gate forbids it; the text and citation are those of the finding."""

    default_code = "gate_closed"


class WaitForTheClerk(CommandRefused):
    """A second device: the clerk has to approve it while the first one stays."""

    default_code = "device_waits"


class DoNotReturn(CommandRefused):
    """Final for this person or this hearing: removed, revoked, closed, cancelled."""

    default_code = "ended"


class RecordUnreadable(Exception):
    """A stored event cannot be read back: unknown type, or data that does not fit it. Never skip such an event."""
