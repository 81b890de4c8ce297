"""Links, secrets, and answers that are not what was hoped for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from room_server.synthetic.visitor import ApiRefused, Visitor, own_session, secret_of

SECRET = "abcDEF0123456789_-abcDEF0123456789"


@pytest.mark.parametrize(
    "link", [f"http://127.0.0.1:8080/join#{SECRET}", f"/sign-in/link#secret={SECRET}", f"#/join/{SECRET}"]
)
def test_the_secret_is_in_the_fragment(link: str) -> None:
    assert secret_of(link) == SECRET


@pytest.mark.parametrize("link", ["http://court/join", f"http://court/{SECRET}", "http://court/#short"])
def test_a_link_without_a_secret(link: str) -> None:
    with pytest.raises(ValueError, match="no secret"):
        secret_of(link)


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async def refuse(_request: web.Request) -> web.Response:
        text = {"zh": "不可", "en": "No"}
        error = {"code": "locked", "message": "locked", "text": text, "citation": None}
        return web.json_response({"error": error}, status=423)

    async def babble(_request: web.Request) -> web.Response:
        return web.Response(status=502, text="<html>Bad gateway</html>")

    async def set_cookie(_request: web.Request) -> web.Response:
        response = web.json_response({})
        response.set_cookie("yunting", "one")
        return response

    async def show_cookie(request: web.Request) -> web.Response:
        return web.json_response({"cookie": request.cookies.get("yunting")})

    app = web.Application()
    app.add_routes(
        [
            web.post("/api/refuse", refuse),
            web.post("/api/babble", babble),
            web.post("/api/cookie", set_cookie),
            web.get("/api/cookie", show_cookie),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_refusal_carries_the_servers_error(site: str) -> None:
    async with own_session() as session:
        with pytest.raises(ApiRefused) as refused:
            await Visitor(site, session).api("POST", "refuse", {})
    assert (refused.value.status, refused.value.error.code, refused.value.error.text.zh) == (
        423,
        "locked",
        "不可",
    )


async def test_an_answer_from_something_else_is_a_refusal_too(site: str) -> None:
    async with own_session() as session:
        with pytest.raises(ApiRefused) as refused:
            await Visitor(site, session).api("POST", "babble", {})
    assert (refused.value.status, refused.value.error.code) == (502, "not_json")
    assert "Bad gateway" in refused.value.error.message


async def test_each_visitor_has_cookies_of_their_own(site: str) -> None:
    async with own_session() as one, own_session() as other:
        await Visitor(site, one).api("POST", "cookie", {})
        assert await Visitor(site, one).api("GET", "cookie") == {"cookie": "one"}
        assert await Visitor(site, other).api("GET", "cookie") == {"cookie": None}
