from __future__ import annotations

from datetime import UTC, datetime, timedelta

from room_server.store.database import Database
from room_server.store.drafts import Draft, Drafts

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_one_draft_for_each_participant(database: Database) -> None:
    drafts = Drafts(database)
    assert await drafts.get("par_1") is None
    first = Draft({"positions": [{"stage": "trial", "position": "objects", "reasons": "原件"}]}, NOW)
    other = Draft({"positions": []}, NOW)
    await drafts.save("par_1", "hrg_1", first)
    await drafts.save("par_2", "hrg_1", other)
    assert await drafts.get("par_1") == first and await drafts.get("par_2") == other
    later = Draft({"capability": "able"}, NOW + timedelta(minutes=1))
    await drafts.save("par_1", "hrg_1", later)
    assert await drafts.get("par_1") == later
    await drafts.delete("par_1")
    await drafts.delete("par_1")
    assert await drafts.get("par_1") is None and await drafts.get("par_2") == other
