"""What the handlers depend on, and nothing more: the composition root fills it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from eligibility import Determination
from room_server.clock import Clock
from room_server.domain.commands import Command, DraftHearing
from room_server.domain.model import Actor, Hearing, Ruling
from room_server.errors import CommandRefused
from room_server.http.models import RecordingDetail, RoomToken
from room_server.identity.secrets import RandomBytes
from room_server.identity.service import Identity
from room_server.relay.pool import WorkerState
from room_server.store.register import Store
from signaling.messages import ActionInfo, DeterminationView, RecordingInfo


class NotFound(CommandRefused):
    """There is no such thing, or none that this caller may know of."""

    default_code = "not_found"

    @classmethod
    def of(cls, zh: str, en: str) -> NotFound:
        """``zh`` and ``en`` name the kind of thing: 庭审, hearing."""
        return cls(None, f"没有找到该{zh}，或您无权查看。", f"There is no such {en}, or you may not see it.")


class Proceedings(Protocol):
    """The hearings, as the REST API uses them."""

    async def get(self, hearing_id: str) -> Hearing:
        """Raises :class:`NotFound`."""
        ...

    async def all(self) -> list[Hearing]: ...

    async def execute(self, hearing_id: str, command: Command, actor: Actor) -> Hearing:
        """Store the command's events, then return the new state. Raises :class:`CommandRefused`."""
        ...

    async def draft(self, command: DraftHearing, actor: Actor) -> Hearing: ...

    def actions(self, hearing: Hearing, actor: Actor) -> dict[str, ActionInfo]: ...

    def determination(self, hearing: Hearing) -> DeterminationView | None:
        """The stored determination, and whether it is about the current facts and rule set."""
        ...

    def ruling_signed(self, hearing: Hearing, ruling: Ruling) -> bool | None:
        """Whether the signature holds under a record key of this court; None for one from before there were any."""
        ...

    def preview_ruling(self, hearing: Hearing, ground: str, held: bool, actor: Actor) -> Determination:
        """What would follow from a ruling. Raises what the ruling would be refused with."""
        ...

    async def mint_room_token(self, hearing_id: str, participant_id: str, device_id: str) -> RoomToken: ...

    def recording_info(self, hearing: Hearing) -> RecordingInfo: ...

    async def recording_detail(self, hearing: Hearing) -> RecordingDetail: ...

    async def verify_recording(self, hearing_id: str) -> RecordingDetail: ...

    async def compose_recording(self, hearing_id: str) -> RecordingDetail: ...

    def relay_workers(self) -> list[WorkerState]:
        """Every relay worker of this server as it is now."""
        ...

    def video_path(self, hearing: Hearing) -> Path | None: ...

    async def signed_out(self, account_id: str, is_out: Callable[[str], bool]) -> None:
        """End the account's live connections from every device session whose id ``is_out`` holds for."""
        ...

    async def note_viewing(self, hearing_id: str, viewer: Actor) -> None:
        """Store that this person began to play the recording, before the first byte is sent."""
        ...

    async def note_export(self, hearing_id: str, viewer: Actor, exported: dict[str, Any]) -> None:
        """Store that this person took this document out of the record, before it is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """The installation. ``public_url`` has no trailing slash; ``web_root`` holds the built page.

    ``trusted_proxies``: addresses whose ``X-Forwarded-For`` is believed.
    """

    court_zh: str
    court_en: str
    hotline: str
    ruleset: str
    demo: bool
    public_url: str
    web_root: Path
    trusted_proxies: frozenset[str] = field(default_factory=frozenset)

    @property
    def secure(self) -> bool:
        """Whether the page is served over TLS, so that cookies can be bound to it."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Services:
    store: Store
    identity: Identity
    proceedings: Proceedings
    clock: Clock
    random_bytes: RandomBytes
    site: Site


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)


def refusal_of(action: str, actions: Mapping[str, ActionInfo]) -> ActionInfo | None:
    """Why ``action`` is refused now, or None where it is allowed or nothing is said about it."""
    info = actions.get(action)
    return None if info is None or info.allowed else info
