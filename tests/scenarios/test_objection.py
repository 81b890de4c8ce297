"""An objection after the opening, the judge's ruling on it, and a conversion: what the record and the recording show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from room_server.synthetic.channel import RequestFailed
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.stage import PictureSize, id_of
from room_server.synthetic.visitor import ApiRefused
from tests.scenarios.story import PATIENCE_S, Story, settings, story

pytestmark = pytest.mark.scenario
WHY = "需要核对原件"
SMALL = PictureSize(160, 120, 5)


async def _lodged(a_story: Story, party: SyntheticParticipant) -> dict[str, Any]:
    """The party objects; what the judge is shown of it."""
    await party.request("lodge_objection", {"reasons": WHY})
    view = await a_story.stage.cast.judge.wait_for(
        lambda seen: (
            seen.eligibility is not None and any(one.side == id_of(party) for one in seen.eligibility.matters)
        )
    )
    assert view.eligibility is not None
    matter = next(one for one in view.eligibility.matters if one.side == id_of(party))
    return {"ground": matter.ground, "seen_version": view.eligibility.seen_version}


async def _rule(a_story: Story, shown: dict[str, Any], held: bool) -> dict[str, Any]:
    stage = a_story.stage
    body = {
        **shown,
        "held": held,
        "reasons": "reasons",
        "article": "OLR 5(2)",
        "password": stage._password,
    }
    answer: dict[str, Any] = await stage.cast.judge.visitor.api(
        "POST", f"hearings/{stage.cast.hearing}/rulings", body
    )
    return answer


def _ends_at_the_conversion(a_story: Story, completed: str) -> None:
    """Of what happens to the hearing itself, the conversion is the last thing that the manifest tells."""
    a_story.holds()
    events = [
        entry.data for entry in a_story.manifest() if entry.kind == "event" and "sequence" in entry.data
    ]
    assert events[-1]["type"] == "phase_changed" and events[-1]["data"]["phase_to"] == "converted_offline"
    assert events[-2]["type"] == "steps_confirmed"
    assert completed in [step["zh"] for step in events[-2]["data"]["steps"]]


async def test_a_ruling_lets_it_go_on_and_another_has_it_converted(a_story: Story) -> None:
    await a_story.in_session(2)
    cast = a_story.stage.cast
    first, second = cast.parties
    shown = await _lodged(a_story, first)
    for person in cast.inside:
        await person.wait_for(lambda view: any(WHY in line.text.zh for line in view.log))
    with pytest.raises(RequestFailed) as twice:
        await first.request("lodge_objection", {"reasons": WHY})
    assert twice.value.error.code == "already_lodged"
    await _rule(a_story, shown, held=False)
    await first.wait_for(
        lambda view: view.own_objection is not None and view.own_objection.state == "not_held"
    )
    await a_story.media_flow_anew()

    shown = await _lodged(a_story, second)
    await _rule(a_story, shown, held=True)
    await cast.judge.wait_for(
        lambda view: view.eligibility is not None and view.eligibility.must_convert is not None
    )
    with pytest.raises(RequestFailed) as refused:
        await cast.judge.request("close_hearing")
    assert refused.value.error.code == "must_convert" and "21" in str(refused.value.error.citation)
    await cast.judge.request("convert_offline", {"reason": "须核对原件", "completed": ["证据1至4已质证"]})
    for person in cast.inside:
        last = await person.wait_terminated(PATIENCE_S)
        assert last.reason == "converted_offline" and last.conversion is not None
        assert last.conversion.reason == "须核对原件"
        assert last.conversion.completed[-1].zh == "证据1至4已质证"
        assert sum(step.zh.startswith("裁定") for step in last.conversion.completed) == 2
    await a_story.archived()
    _ends_at_the_conversion(a_story, "证据1至4已质证")
    with pytest.raises(ApiRefused) as over:
        await first.visitor.token(id_of(first))
    assert over.value.error.code == "hearing_converted_offline"


@pytest.mark.parametrize("way", ["recess", "suspend"])
async def test_a_conversion_while_nothing_is_forwarded(a_story: Story, way: str) -> None:
    await a_story.in_session(1)
    cast = a_story.stage.cast
    await cast.judge.request(way, {"reason": "r"})
    await a_story.phase("recess" if way == "recess" else "suspended_technical")
    await cast.judge.request("convert_offline", {"reason": "r"})
    for person in cast.inside:
        assert (await person.wait_terminated(PATIENCE_S)).reason == "converted_offline"
    await a_story.archived()
    opened = (await a_story.stage.hearing()).completed[0].zh
    _ends_at_the_conversion(a_story, opened)


async def test_equal_names_in_two_hearings_and_one_objection(tmp_path: Path) -> None:
    async with story(settings(tmp_path / "data"), size=SMALL) as here:
        there = Story(here.stage.beside())
        await here.in_session(1)
        await there.in_session(1)
        await _lodged(here, here.stage.cast.parties[0])
        # A round trip of the other hearing: whatever could have come over has come.
        await there.stage.cast.judge.request("mute_all", {"lock": False})
        for person in there.stage.cast.inside:
            await person.wait_for(lambda view: any(line.type == "everyone_muted" for line in view.log))
            assert WHY not in person.view.model_dump_json()
            assert person.view.own_objection is None
        assert there.stage.cast.judge.view.eligibility is not None
        assert there.stage.cast.judge.view.eligibility.matters == []
        assert not any(event.data.get("in_room") for event in await there.events())
