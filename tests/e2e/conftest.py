"""Real Chromium against a real server. Needs the built page and a Chromium (``YUNTING_CHROMIUM`` names another one)."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

import room_server.app
from tests.e2e.court import Court, running_court
from tests.e2e.person import People

OUTPUT = Path("test-output")
CHROMIUM = os.environ.get("YUNTING_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().when == "call":  # type: ignore[attr-defined]
        item.stash[FAILED] = outcome.get_result().failed  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built page, so that a build that runs meanwhile does not change it under a test."""
    built = room_server.app.WEB_ROOT
    if not (built / "index.html").is_file():
        pytest.fail(
            f"the page is not built: {built}/index.html is missing. Run: npm run build (in web_client)"
        )
    copy = tmp_path_factory.mktemp("page") / "web"
    shutil.copytree(built, copy)
    return copy


@pytest.fixture
def media_settings() -> dict[str, Any]:
    """What a test's court has otherwise in its section ``media``; a test file says it by a fixture of this name."""
    return {}


@pytest.fixture
def browser_arguments() -> list[str]:
    """What a test's Chromium is started with beside the usual; a test file says it by a fixture of this name."""
    return []


@pytest.fixture
async def court(
    tmp_path: Path, built_page: Path, monkeypatch: pytest.MonkeyPatch, media_settings: dict[str, Any]
) -> AsyncIterator[Court]:
    monkeypatch.setattr(room_server.app, "WEB_ROOT", built_page)
    async with running_court(tmp_path / "data", media_settings) as running:
        yield running


@pytest.fixture
async def chromium(browser_arguments: list[str]) -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"there is no Chromium at {CHROMIUM}. Install it, or name one in YUNTING_CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *browser_arguments]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def people(request: pytest.FixtureRequest, court: Court, chromium: Browser) -> AsyncIterator[People]:
    """Everybody of the test. No page may have thrown, or logged an error that the test does not expect."""
    everybody = People(chromium, court.url)
    yield everybody
    failed = request.node.stash.get(FAILED, False)
    if failed:
        await everybody.photograph(OUTPUT / "failures", request.node.name)
    troubles = [trouble for person in everybody.all for trouble in person.unexpected()]
    await everybody.leave()
    if failed:
        print("\n".join(troubles))
    else:
        assert troubles == [], "\n".join(troubles)
