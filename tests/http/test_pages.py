from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from yarl import URL

from room_server.http.application import add_pages, create_application
from room_server.relay import native


@pytest.mark.parametrize("path", ["/", "/join", "/desk/hearings/hrg_x", "/participations/par_x", "/no/such"])
async def test_the_page_answers_every_path_of_its_own(court: Any, path: str) -> None:
    response = await court.browser().client.get(path)
    assert response.status == 200 and response.content_type == "text/html"
    assert "云庭" in await response.text()
    assert response.headers["Cache-Control"] == "no-cache"


async def test_hashed_assets_are_kept_forever(court: Any) -> None:
    response = await court.browser().client.get("/assets/index-DkT3aB9x.js")
    assert response.status == 200 and "javascript" in response.content_type
    assert "immutable" in response.headers["Cache-Control"]
    response = await court.browser().client.get("/assets/index-gone1234.js")
    assert response.status == 404


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/%00"],
)
async def test_nothing_outside_the_page_is_served(court: Any, path: str) -> None:
    url = URL(f"http://127.0.0.1:{court.server.port}{path}", encoded=True)
    async with court.browser().client.session.get(url) as response:
        assert "not for the web" not in await response.text()


async def test_a_page_that_is_not_built_says_so(court: Any, tmp_path: Path) -> None:
    site = replace(court.services.site, web_root=tmp_path / "nowhere")
    application = create_application(replace(court.services, site=site))
    add_pages(application)
    async with TestServer(application) as server:
        court.browsers.append(browser := type(court.browser())(server))
        response = await browser.client.get("/")
        assert response.status == 503 and "yunting demo" in await response.text()


async def test_health(court: Any) -> None:
    response = await court.browser().client.get("/healthz")
    assert response.status == 200 and await response.json() == {
        "ok": True,
        "relay": "python" if native.reason_against() else "native",
        "workers": [
            {"worker": 1, "port": 40000, "pid": 4711, "alive": True, "path": "native", "hearings": 2},
            {"worker": 2, "port": 40001, "pid": None, "alive": False, "path": None, "hearings": 0},
        ],
    }


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
async def test_how_many_hearings_there_are_is_told_to_this_machine_only(court: Any, header: str) -> None:
    response = await court.browser().client.get("/healthz", headers={header: "for=192.0.2.60"})
    assert response.status == 200 and set(await response.json()) == {"ok", "relay"}


@pytest.mark.parametrize("path", ["/" + "a" * 300, "/" + "b" * 300 + ".js", "/%ED%A0%80"])
async def test_a_name_that_no_file_can_have_is_a_path_of_the_page(court: Any, path: str) -> None:
    url = URL(f"http://127.0.0.1:{court.server.port}{path}", encoded=True)
    async with court.browser().client.session.get(url) as response:
        assert response.status == 200 and "云庭" in await response.text()
