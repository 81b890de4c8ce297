from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from room_server.store.accounts import Duplicate
from room_server.store.cases import CaseRecord, Cases, PersonRecord, StillReferenced
from room_server.store.database import Database

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CASE = CaseRecord("case_1", "(2026)沪01民初1号", "张三诉李四", "买卖合同纠纷", "civil", NOW)
CLAIMANT = PersonRecord("per_1", "case_1", "张三", "party", "claimant", None, "13800000000")
COUNSEL = PersonRecord("per_2", "case_1", "王律师", "counsel", "claimant", "per_1", "")


async def test_cases_are_listed_newest_first_and_changed(database: Database) -> None:
    cases = Cases(database)
    await cases.add(CASE)
    later = replace(CASE, id="case_2", number="(2026)沪01民初2号", created_at=NOW + timedelta(seconds=1))
    await cases.add(later)
    assert await cases.all() == [later, CASE]
    await cases.change("case_1", {"cause": "租赁合同纠纷"})
    await cases.change("case_1", {})
    assert await cases.get("case_1") == replace(CASE, cause="租赁合同纠纷")
    assert await cases.get("case_3") is None


async def test_a_case_number_is_given_once(database: Database) -> None:
    cases = Cases(database)
    await cases.add(CASE)
    with pytest.raises(Duplicate, match=r"number .* in use"):
        await cases.add(replace(CASE, id="case_2"))
    await cases.add(replace(CASE, id="case_2", number="2"))
    with pytest.raises(Duplicate):
        await cases.change("case_2", {"number": CASE.number})


async def test_people_keep_their_order_and_who_they_speak_for(database: Database) -> None:
    cases = Cases(database)
    await cases.add(CASE)
    await cases.add_person(CLAIMANT)
    await cases.add_person(COUNSEL)
    assert await cases.people("case_1") == [CLAIMANT, COUNSEL]
    await cases.change_person(replace(CLAIMANT, name="张三丰"))
    assert [person.name for person in await cases.people("case_1")] == ["张三丰", "王律师"]
    with pytest.raises(StillReferenced):
        await cases.remove_person("case_1", "per_1")
    await cases.remove_person("case_1", "per_2")
    await cases.remove_person("case_1", "per_1")
    assert await cases.people("case_1") == []


async def test_a_person_of_another_case_is_not_touched(database: Database) -> None:
    cases = Cases(database)
    await cases.add(CASE)
    await cases.add_person(CLAIMANT)
    await cases.remove_person("case_2", "per_1")
    await cases.change_person(replace(CLAIMANT, case_id="case_2", name="X"))
    assert await cases.people("case_1") == [CLAIMANT]
