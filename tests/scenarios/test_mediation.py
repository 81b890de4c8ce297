"""Mediations with real media: joint session without a recorder, and what a withdrawal does at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from room_server.domain.context import SHANGHAI
from room_server.relay.client import RelayError
from room_server.synthetic.channel import RequestFailed
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.picture import spread_hues
from room_server.synthetic.stage import FIRST_TONE_HZ, TONE_STEP_HZ, id_of
from tests.scenarios.story import PATIENCE_S, Story, eventually, fresh, hears_tone

pytestmark = pytest.mark.scenario
PASSWORD = "a long enough password"


@dataclass
class Mediation:
    """A mediator and two parties, by name; the clerk stays at the desk."""

    story: Story
    id: str
    clerk: SyntheticParticipant
    mediator: SyntheticParticipant
    parties: list[SyntheticParticipant] = field(default_factory=list)

    @property
    def everyone(self) -> list[SyntheticParticipant]:
        return [self.mediator, *self.parties]

    async def desk(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self.clerk.visitor.api("POST", f"hearings/{self.id}/{path}", body or {})

    async def own(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self.mediator.visitor.api("POST", f"hearings/{self.id}/{path}", body or {})

    @property
    def room(self) -> Any:
        return self.story.stage.server.proceedings.room(self.id)

    async def lobby(self) -> None:
        await self.own("assignment", {"accepted": True})
        await self.own("disclosure", {"conflict": None})
        for path in ("determine", "schedule"):
            await self.desk(path)
        await self.own("open-lobby")
        await self.mediator.enter(self.id)
        for person in self.everyone:
            await person.join()

    async def joint(self) -> None:
        await self.lobby()
        for party in self.parties:
            who = {"participant_id": id_of(party)}
            await self.mediator.request("begin_check", who)
            await party.wait_for(lambda view: view.me.place == "check", PATIENCE_S)
            await self.mediator.request("verify_identity", {**who, "method": "id_card_shown"})
            await self.mediator.request("admit", who)
            await party.wait_for(lambda view: view.me.place == "main", PATIENCE_S)
        await self.mediator.wait_for(lambda view: view.phase.name == "ready", PATIENCE_S)
        await self.mediator.request("open_session")
        for person in self.everyone:
            await person.wait_for(lambda view: view.phase.name == "in_session", PATIENCE_S)

    async def nothing_flows_any_more(self) -> None:
        """No tracks, no graph, and no room at the relay that could forward anything."""

        async def gone() -> bool:
            try:
                stats = await self.room.tracks.stats()
            except RelayError:
                return True
            return not stats["producers"]

        await eventually(gone, "the relay's room to be gone")
        assert self.room.live.producers == {}

    async def nothing_was_recorded(self) -> None:
        events = {event.type for event in await self.story.stage.server.services.store.events.read(self.id)}
        assert not events & {"recorder_armed", "recording_started", "recording_interrupted"}
        assert self.room.recording.pid is None
        assert not self.room.recording.directory.exists()
        assert self.room.live.composition_failed is None


async def a_mediation(story: Story, names: tuple[str, str] = ("TANG", "WU")) -> Mediation:
    """Drafted, with the consent of both parties on paper and their links accepted."""
    stage = story.stage
    hues = spread_hues(4)
    staff = stage.server.services.identity.staff
    known = {account.username: account.id for account in await staff.all()}
    for username, role in (("clerk", "clerk"), ("liang", "mediator")):
        if username not in known:
            account = await staff.create(username, username, [role])
            await staff.change_password(account, "", None, PASSWORD, "")
            known[username] = account.id
    clerk = await stage.person("CLERK", 3, hues)
    await clerk.visitor.sign_in("clerk", PASSWORD)
    mediator = await stage.person("MEDIATOR", 0, hues)
    await mediator.visitor.sign_in("liang", PASSWORD)
    api = clerk.visitor.api
    case = await api(
        "POST",
        "cases",
        {"number": f"M {secrets.token_hex(4)}", "title": "t", "cause": "c", "case_type": "civil"},
    )
    for name, side in zip(names, ("claimant", "respondent"), strict=True):
        case = await api("POST", f"cases/{case['id']}/people", {"name": name, "role": "party", "side": side})
    draft = {
        "stage": "mediation",
        "scheduled_at": datetime.now(SHANGHAI).replace(microsecond=0).isoformat(),
        "courtroom": {"zh": "调解室", "en": "Mediation Room"},
        "mediator": known["liang"],
        "people": [person["id"] for person in case["people"]],
    }
    detail = await api("POST", f"cases/{case['id']}/hearings", draft)
    made = Mediation(story, detail["id"], clerk, mediator)
    listed = [one["id"] for one in detail["participants"] if one["role"] == "party"]
    for number, (name, participant) in enumerate(zip(names, listed, strict=True), start=1):
        value = {"position": "consents", "stage": "mediation", "reasons": ""}
        fact = {"key": f"position:{participant}", "value": value, "asserted_by": name, "how": "paper"}
        await made.desk("facts", fact)
        party = await stage.person(name, number, hues)
        issued = await made.desk(f"participants/{participant}/invitation")
        await party.accept(issued["url"], issued["code"])
        made.parties.append(party)
    return made


async def test_a_withdrawal_in_joint_session_cuts_the_media_at_once(a_story: Story) -> None:
    mediation = await a_mediation(a_story)
    await mediation.joint()
    tang, wu = mediation.parties
    for viewer in mediation.everyone:
        for other in mediation.everyone:
            if viewer is not other:
                await fresh(viewer, other)
    await hears_tone(tang, wu, FIRST_TONE_HZ + 2 * TONE_STEP_HZ)
    for person in mediation.everyone:
        assert person.view.recording.state == "off"
        assert person.view.hearing.kind == "mediation" and not person.view.hearing.gallery

    await wu.request("lodge_objection", {"reasons": ""})
    for person in mediation.everyone:
        assert (await person.wait_terminated(PATIENCE_S)).reason == "terminated"
    hearing = mediation.room.hearing
    assert (hearing.phase, hearing.phase_reason) == ("terminated", "consent_withdrawn")
    await mediation.nothing_flows_any_more()
    await mediation.nothing_was_recorded()
    told = await tang.visitor.join_info(id_of(tang))
    assert (told.step, told.ended) == ("ended", "terminated")


async def test_a_withdrawal_by_the_statement_page_ends_a_break_and_a_suspension(a_story: Story) -> None:
    mediation = await a_mediation(a_story)
    await mediation.joint()
    tang, wu = mediation.parties
    await mediation.mediator.request("recess", {"reason": "tea"})
    await wu.wait_for(lambda view: view.phase.name == "recess" and not view.producers, PATIENCE_S)
    await mediation.mediator.request("resume")
    await mediation.mediator.request("suspend", {"reason": "the line"})
    await tang.wait_for(lambda view: view.phase.name == "suspended_technical", PATIENCE_S)
    statement = {
        "positions": [{"stage": "mediation", "position": "objects", "reasons": ""}],
        "capability": None,
        "capability_note": "",
        "needs": [],
    }
    await tang.visitor.api("POST", f"participations/{id_of(tang)}/statement", statement)
    for person in mediation.everyone:
        assert (await person.wait_terminated(PATIENCE_S)).reason == "terminated"
    await mediation.nothing_flows_any_more()


async def test_a_withdrawal_in_the_lobby_closes_the_way_and_says_so(a_story: Story) -> None:
    mediation = await a_mediation(a_story)
    await mediation.lobby()
    tang, wu = mediation.parties
    await wu.request("lodge_objection", {"reasons": ""})
    seen = await tang.wait_for(lambda view: view.phase.name == "blocked", PATIENCE_S)
    assert seen.mediation is not None and seen.mediation.off is not None
    assert "WU" not in seen.mediation.off.en, "who withdrew is not announced to the waiting"
    with pytest.raises(RequestFailed):
        await mediation.mediator.request("open_session")
    await wu.visitor.api(
        "POST",
        f"participations/{id_of(wu)}/statement",
        {
            "positions": [{"stage": "mediation", "position": "consents", "reasons": ""}],
            "capability": None,
            "capability_note": "",
            "needs": [],
        },
    )
    seen = await tang.wait_for(lambda view: view.phase.name == "lobby_open", PATIENCE_S)
    assert seen.mediation is not None and seen.mediation.off is None


async def test_two_mediations_of_equal_names_do_not_touch_each_other(a_story: Story) -> None:
    first = await a_mediation(a_story)
    second = await a_mediation(a_story)
    await first.joint()
    await second.joint()
    await fresh(second.parties[0], second.parties[1])
    assert {id_of(one) for one in first.everyone}.isdisjoint(id_of(one) for one in second.everyone)
    await first.parties[0].request("lodge_objection", {"reasons": ""})
    for person in first.everyone:
        assert (await person.wait_terminated(PATIENCE_S)).reason == "terminated"
    await fresh(second.parties[1], second.parties[0])
    assert second.room.hearing.phase == "in_session"
    assert all(person.terminated is None for person in second.everyone)


async def test_the_mediators_end_is_an_end_without_an_archive(a_story: Story) -> None:
    mediation = await a_mediation(a_story)
    await mediation.joint()
    await mediation.mediator.request("close_hearing")
    for person in mediation.everyone:
        last = await person.wait_terminated(PATIENCE_S)
        assert last.reason == "closed" and "mediation" in last.text.en and "调解" in last.text.zh
    await mediation.nothing_flows_any_more()
    await mediation.nothing_was_recorded()
    assert mediation.room.hearing.phase == "closed", "and not archive_failed"
