"""Every story has a data folder and a server of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.story import Story, settings, story


@pytest.fixture
async def a_story(tmp_path: Path) -> AsyncIterator[Story]:
    async with story(settings(tmp_path / "data")) as told:
        yield told
