"""The sides speak by their own links on a running server: the gate follows each word in the same breath."""

from __future__ import annotations

from typing import Any

import pytest

from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.stage import id_of
from tests.scenarios.story import Story

pytestmark = pytest.mark.scenario
EMPTY: dict[str, Any] = {"positions": [], "capability": None, "capability_note": "", "needs": []}


def position(word: str, reasons: str = "") -> dict[str, Any]:
    return {**EMPTY, "positions": [{"stage": "trial", "position": word, "reasons": reasons}]}


async def states(person: SyntheticParticipant, body: dict[str, Any]) -> dict[str, Any]:
    path = f"participations/{id_of(person)}/statement"
    answer: dict[str, Any] = await person.visitor.api("POST", path, body)
    return answer


async def test_consent_by_link_opens_the_way_and_taking_it_back_closes_it(a_story: Story) -> None:
    stage = a_story.stage
    cast = await stage.cast_hearing(2, with_waiting=False, consent=False)
    for person, participant in zip(cast.parties, await stage.listed("party"), strict=True):
        issued = await stage.desk("POST", f"participants/{participant}/invitation")
        await person.accept(issued["url"], issued["code"])
        sheet = await states(person, position("consents"))
        assert sheet["positions"][0]["own"] and sheet["consequences"]["consents"]["zh"]
    assert (await stage.pass_the_gate())["outcome"] == "allow"
    first, second = cast.parties
    await states(second, position("objects", "the line at home is bad"))
    detail = await stage.desk("GET", "")
    assert detail["phase"] == "awaiting_ruling", "no other command was needed"
    assert detail["awaiting"] == [f"retraction:{id_of(second)}"]
    assert [one["position"] for one in detail["sides"]] == ["consents", "retracts"]
    await states(second, position("consents"))
    assert (await stage.desk("GET", ""))["determination"]["outcome"] == "allow"
    kept = [event for event in await a_story.events() if event.type == "fact_asserted"]
    said = [event.data["assertion"]["value"]["position"] for event in kept]
    assert said == ["consents", "consents", "retracts", "consents"], "the whole history is on the record"
    assert {event.actor["id"] for event in kept} == {id_of(first), id_of(second)}
