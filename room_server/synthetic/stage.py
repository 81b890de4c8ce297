"""A whole hearing with synthetic people on a real server: what rehearsals, scenario tests and benchmarks share.

Everything goes the way of a real installation: the case is entered and the facts are stated over REST, everyone joins
by link over Socket.IO, and the media are real ICE, DTLS and SRTP.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from room_server.app import Server, start_server
from room_server.config import Config
from room_server.domain.context import SHANGHAI
from room_server.domain.model import Hearing
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.picture import PictureSource, spread_hues
from room_server.synthetic.tone import Tone
from room_server.synthetic.visitor import own_session
from signaling.messages import View

FIRST_TONE_HZ, TONE_STEP_HZ = 400, 100
SIDES = ("claimant", "respondent", "third_party")


@dataclass(frozen=True, slots=True)
class PictureSize:
    """Of the published pictures: small by default, because the encoders of all participants share this machine."""

    width: int = 320
    height: int = 240
    fps: int = 10


@dataclass(slots=True)
class Cast:
    """The people of one staged hearing, by part; ``id_of`` gives participant ids."""

    hearing: str
    judge: SyntheticParticipant
    clerk: SyntheticParticipant
    parties: list[SyntheticParticipant]
    waiting: SyntheticParticipant | None
    tones_hz: dict[str, int] = field(default_factory=dict)

    @property
    def everyone(self) -> list[SyntheticParticipant]:
        return [self.judge, self.clerk, *self.parties, *([self.waiting] if self.waiting else [])]

    @property
    def inside(self) -> list[SyntheticParticipant]:
        return [self.judge, self.clerk, *self.parties]


def id_of(person: SyntheticParticipant) -> str:
    """The participant id of somebody who has accepted an invitation or entered."""
    if person.participation is None:
        raise RuntimeError(f"{person.name} has no place in a hearing yet")
    return person.participation


class Stage:
    """A running server with a staged case. Use :func:`stage`."""

    def __init__(
        self, server: Server, exits: AsyncExitStack, size: PictureSize, listen_for_hz: Sequence[int]
    ) -> None:
        self.server = server
        self.cast: Cast
        self._exits = exits
        self._size = size
        self._listen_for_hz = tuple(listen_for_hz)
        self._password = secrets.token_urlsafe(12)
        self._accounts: dict[str, str] = {}
        self._looks: dict[str, tuple[int, Sequence[float]]] = {}
        self.invitations: dict[str, dict[str, Any]] = {}
        """The link and code issued by :meth:`invite_and_join`, by participant id."""

    async def person(
        self, name: str, number: int, hues: Sequence[float], session: aiohttp.ClientSession | None = None
    ) -> SyntheticParticipant:
        """Somebody with a browser (of their own unless ``session`` names one), a colour and a tone."""
        if session is None:
            session = await self._exits.enter_async_context(own_session())
        self._looks[name] = (number, hues)
        picture = PictureSource(
            name,
            width=self._size.width,
            height=self._size.height,
            fps=self._size.fps,
            hue=hues[number % len(hues)],
        )
        person = SyntheticParticipant(
            self.server.url,
            name=name,
            session=session,
            picture=picture,
            tone=Tone(FIRST_TONE_HZ + number * TONE_STEP_HZ),
            listen_for_hz=self._listen_for_hz,
        )
        self._exits.push_async_callback(person.stop)
        return person

    async def another_page(
        self, person: SyntheticParticipant, *, same_browser: bool = False
    ) -> SyntheticParticipant:
        """The same person once more, with equal colour and tone, at another device unless ``same_browser``."""
        session = person.visitor.session if same_browser else None
        page = await self.person(person.name, *self._looks[person.name], session)
        page.participation = person.participation
        return page

    def beside(self) -> Stage:
        """Another stage on the same server, for a second hearing with the same staff and equal names, colours and tones."""
        other = Stage(self.server, self._exits, self._size, self._listen_for_hz)
        other._password, other._accounts = self._password, self._accounts
        return other

    async def hire(self, username: str, name: str, role: str) -> None:
        """An account for the person, unless they have one already."""
        if username in self._accounts:
            return
        staff = self.server.services.identity.staff
        account = await staff.create(username, name, [role])
        await staff.change_password(account, "", None, self._password, "")
        self._accounts[username] = account.id

    async def cast_hearing(self, parties: int, *, with_waiting: bool, consent: bool = True) -> Cast:
        """Enter a case with so many parties, draft its hearing, invite and sign in everyone; nobody has joined yet."""
        count = 2 + parties + int(with_waiting)
        hues = spread_hues(count)
        await self.hire("clerk", "Clerk", "clerk")
        await self.hire("judge", "Judge", "judge")
        clerk = await self.person("CLERK", 1, hues)
        await clerk.visitor.sign_in("clerk", self._password)
        hearing = await self._draft(clerk, parties, with_waiting=with_waiting)
        cast = Cast(
            hearing["id"],
            judge=await self.person("JUDGE", 0, hues),
            clerk=clerk,
            parties=[await self.person(f"PARTY {n + 1}", 2 + n, hues) for n in range(parties)],
            waiting=await self.person("WITNESS", 2 + parties, hues) if with_waiting else None,
        )
        await cast.judge.visitor.sign_in("judge", self._password)
        self.cast = cast
        if consent:
            await self.state_positions("consents")
        return cast

    async def _draft(
        self, clerk: SyntheticParticipant, parties: int, *, with_waiting: bool
    ) -> dict[str, Any]:
        api = clerk.visitor.api
        number = f"REHEARSAL {secrets.token_hex(4)}"
        case = await api(
            "POST",
            "cases",
            {
                "number": number,
                "title": "庭审演练 Rehearsal",
                "cause": "演练 rehearsal",
                "case_type": "civil",
            },
        )
        for n in range(parties):
            body = {"name": f"PARTY {n + 1}", "role": "party", "side": SIDES[min(n, 2)]}
            case = await api("POST", f"cases/{case['id']}/people", body)
        if with_waiting:
            case = await api("POST", f"cases/{case['id']}/people", {"name": "WITNESS", "role": "witness"})
        hearing: dict[str, Any] = await api(
            "POST",
            f"cases/{case['id']}/hearings",
            {
                "stage": "trial",
                "scheduled_at": datetime.now(SHANGHAI).replace(microsecond=0).isoformat(),
                "courtroom": {"zh": "演练法庭", "en": "Rehearsal courtroom"},
                "presiding_judge": self._accounts["judge"],
                "clerk": self._accounts["clerk"],
                "people": [person["id"] for person in case["people"]],
            },
        )
        return hearing

    async def desk(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The clerk at the desk: ``hearings/{id}/{path}``."""
        target = f"hearings/{self.cast.hearing}" + (f"/{path}" if path else "")
        answer: dict[str, Any] = await self.cast.clerk.visitor.api(method, target, body)
        return answer

    async def listed(self, role: str) -> list[str]:
        """Participant ids of a role, by seat."""
        detail = await self.desk("GET", "")
        return [person["id"] for person in detail["participants"] if person["role"] == role]

    async def state_positions(self, position: str, *, reasons: str = "") -> None:
        for participant in await self.listed("party"):
            value = {"position": position, "stage": "trial", "reasons": reasons}
            body = {"key": f"position:{participant}", "value": value, "asserted_by": "party", "how": "paper"}
            await self.desk("POST", "facts", body)

    async def pass_the_gate(self) -> dict[str, Any]:
        """Determine, schedule and open the lobby; the determination as the desk shows it. ApiRefused where it may not."""
        decided = await self.desk("POST", "determine")
        await self.desk("POST", "schedule")
        await self.desk("POST", "open-lobby")
        determination: dict[str, Any] = decided["determination"]
        return determination

    async def invite_and_join(self) -> None:
        """Everyone accepts their link, reports equipment, declares, connects; staff enter."""
        cast = self.cast
        invited = list(zip(cast.parties, await self.listed("party"), strict=True))
        if cast.waiting is not None:
            invited.append((cast.waiting, (await self.listed("witness"))[0]))
        for person, participant in invited:
            issued = await self.desk("POST", f"participants/{participant}/invitation")
            self.invitations[participant] = issued
            await person.accept(issued["url"], issued["code"])
        for staff in (cast.clerk, cast.judge):
            await staff.enter(cast.hearing)
        for person in (*cast.inside, *([cast.waiting] if cast.waiting else [])):
            await person.join()

    async def admit(self, person: SyntheticParticipant) -> None:
        """The clerk takes the person into the check room, checks the identity, admits."""
        who = {"participant_id": id_of(person)}
        clerk = self.cast.clerk
        await clerk.request("begin_check", who)
        await person.wait_for(lambda view: view.me.place == "check")
        await clerk.request("verify_identity", {**who, "method": "id_card_shown"})
        await clerk.request("admit", who)
        await person.wait_for(lambda view: view.me.place == "main")

    async def open_session(self) -> View:
        await self.cast.judge.wait_for(lambda view: view.phase.name == "ready")
        await self.cast.judge.request("open_session")
        return await self.cast.judge.wait_for(lambda view: view.phase.name == "in_session")

    async def everyone_sees_everyone(self, timeout_s: float = 30) -> None:
        """Until everyone inside has decoded a picture of everyone else inside."""
        for person in self.cast.inside:
            others = [id_of(other) for other in self.cast.inside if other is not person]

            def sees_all(viewer: SyntheticParticipant = person, shown: list[str] = others) -> bool:
                return all(viewer.frames(other) > 0 for other in shown)

            await person.wait_until(sees_all, timeout_s)

    async def hearing(self) -> Hearing:
        return await self.server.proceedings.get(self.cast.hearing)

    async def relay_stats(self) -> dict[str, Any]:
        room = self.server.proceedings.room(self.cast.hearing)
        if room is None:
            raise RuntimeError("the hearing has no courtroom")
        return await room.tracks.stats()

    def recording_folder(self) -> Path:
        return self.server.proceedings.archive.directory(self.cast.hearing)


@asynccontextmanager
async def stage(
    config: Config, *, size: PictureSize | None = None, listen_for_hz: Sequence[int] = ()
) -> AsyncIterator[Stage]:
    """A server on ``config`` with nobody in it yet; everything is stopped at the end."""
    async with AsyncExitStack() as exits:
        server = await start_server(config)
        exits.push_async_callback(server.stop)
        yield Stage(server, exits, size or PictureSize(), listen_for_hz)
