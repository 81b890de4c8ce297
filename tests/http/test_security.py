from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from yarl import URL

from room_server.http.access_log import AccessLogger
from room_server.http.application import add_pages, create_application
from room_server.http.call import LARGEST_BODY_BYTES
from room_server.identity.staff import FAILURES_PER_ADDRESS

CASE = {"number": "2", "title": "t", "cause": "c", "case_type": "civil"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_change_asked_for_by_another_site_is_refused(desk: Any, headers: dict[str, str]) -> None:
    for method, path, body in (
        ("POST", "cases", CASE),
        ("POST", f"{desk.path}/determine", None),
        ("POST", "sign-out", None),
        ("PATCH", f"cases/{desk.case['id']}", {"title": "x"}),
        ("DELETE", f"cases/{desk.case['id']}/people/per_x", None),
    ):
        error = await desk.clerk.refused(method, path, 403, body, headers=headers)
        assert error["code"] == "foreign_origin"
    assert len((await desk.clerk.get("cases"))["cases"]) == 1


async def test_the_own_site_may_change(desk: Any) -> None:
    host = f"http://127.0.0.1:{desk.court.server.port}"
    for number, origin in enumerate((host, "http://127.0.0.1:8000")):
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        await desk.clerk.post("cases", {**CASE, "number": f"n{number}"}, headers=headers)


async def test_a_form_cannot_post(desk: Any) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await desk.clerk.refused(
            "POST", "cases", 400, data=json.dumps(CASE), headers={"Content-Type": kind}
        )
        assert answer["code"] == "bad_content_type"


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "EOF"),
        (b"{", "EOF"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"null", "object"),
        (b"[]", "object"),
        (b'"text"', "object"),
        (b'{"number": "1"}', "title: Field required"),
        (
            b'{"number": 1, "title": "t", "cause": "c", "case_type": "civil"}',
            "number: Input should be a valid string",
        ),
        (b'{"number": "1", "title": "t", "cause": "c", "case_type": "civic"}', "'civil'"),
        (b'{"number": "1", "title": "t", "cause": "c", "case_type": "civil", "x": 1}', "x: Extra inputs"),
        (b'{"number": "\\ud800", "title": "t", "cause": "c", "case_type": "civil"}', "JSON"),
        (
            b'{"number": "' + b"9" * 121 + b'", "title": "t", "cause": "c", "case_type": "civil"}',
            "120 characters",
        ),
        (b"[" * 5000, "JSON"),
    ],
)
async def test_a_malformed_body_is_refused_with_what_is_wrong(desk: Any, raw: bytes, complaint: str) -> None:
    headers = {"Content-Type": "application/json"}
    error = await desk.clerk.refused("POST", "cases", 400, data=raw, headers=headers)
    assert error["code"] == "bad_request" and complaint in error["text"]["en"]


async def test_a_body_that_is_too_large(desk: Any) -> None:
    raw = b'{"number": "' + b"9" * LARGEST_BODY_BYTES + b'"}'
    headers = {"Content-Type": "application/json"}
    error = await desk.clerk.refused("POST", "cases", 413, data=raw, headers=headers)
    assert error["code"] == "too_large"


async def test_what_the_api_does_not_have(desk: Any) -> None:
    await desk.clerk.refused("GET", "nothing", 404)
    await desk.clerk.refused("POST", "nothing/at/all", 404)
    error = await desk.clerk.refused("DELETE", "cases", 405)
    assert "GET, POST" in error["text"]["en"]
    response = await desk.clerk.send("PUT", "site")
    assert (response.status, response.headers["Allow"]) == (405, "GET")


async def test_headers_of_every_answer(desk: Any) -> None:
    for path, status in (("/", 200), ("/api/site", 200), ("/api/me", 401), ("/api/nothing", 404)):
        response = await desk.court.browser().client.get(path)
        assert response.status == status
        policy = response.headers["Content-Security-Policy"]
        for rule in ("default-src 'self'", "frame-ancestors 'none'", "connect-src 'self' ws: wss:"):
            assert rule in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Strict-Transport-Security" not in response.headers
    assert (await desk.clerk.send("GET", "cases")).headers["Cache-Control"] == "no-store"


async def test_the_cookie_on_loopback_and_over_tls(court: Any) -> None:
    async def cookie_of(server: TestServer) -> tuple[str, str]:
        account = await court.services.identity.staff.create(f"u{server.port}", "某", ["clerk"])
        secret = await court.services.identity.staff.sign_in_secret(account.id)
        court.browsers.append(browser := type(court.browser())(server))
        response = await browser.send("POST", "sign-in/link", {"secret": secret})
        name, _, rest = response.headers["Set-Cookie"].partition("=")
        assert len(rest.partition(";")[0]) == 43
        assert ("Strict-Transport-Security" in response.headers) == name.startswith("__Host-")
        return name, rest.partition(";")[2]

    name, attributes = await cookie_of(court.server)
    assert name == "yunting" and "Secure" not in attributes
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in attributes
    assert "Domain" not in attributes

    site = replace(court.services.site, public_url="https://court.example")
    application = create_application(replace(court.services, site=site))
    add_pages(application)
    async with TestServer(application) as secure:
        name, attributes = await cookie_of(secure)
    assert name == "__Host-yunting"
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in attributes


async def test_what_goes_wrong_inside_is_logged_and_not_told(
    desk: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError("inner detail")

    monkeypatch.setattr(desk.court.proceedings, "all", fail)
    error = await desk.clerk.refused("GET", "hearings", 500)
    assert error["code"] == "internal" and "inner detail" not in str(error)
    assert "ZeroDivisionError" in caplog.text


async def test_the_access_log_has_no_secret(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    application = create_application(desk.court.services)
    add_pages(application)
    server = TestServer(application)
    await server.start_server(access_log=logging.getLogger("access"), access_log_class=AccessLogger)
    issued = await desk.invite(desk.participant("party", "claimant"))
    desk.court.browsers.append(browser := type(desk.clerk)(server))
    secret, code = issued["secret"], issued["code"]
    await browser.post(f"invitations/open?secret={secret}", {"secret": secret})
    response = await browser.send("POST", "invitations/accept", {"secret": secret, "code": code})
    cookie = response.cookies["yunting"].value
    await browser.get(f"participations/{issued['participant']}")
    await server.close()
    lines = [record.getMessage() for record in caplog.records if record.name == "access"]
    assert [line.split()[1:4] for line in lines] == [
        ["POST", "/api/invitations/open", "200"],
        ["POST", "/api/invitations/accept", "200"],
        ["GET", f"/api/participations/{issued['participant']}", "200"],
    ]
    for hidden in (secret, code, cookie):
        assert hidden not in caplog.text


@pytest.mark.parametrize(
    "cookie", [b"yunting=\xff\xfe", b"yunting=" + b"x" * 5000, b"yunting=;;;=", b"yunting=%00"]
)
async def test_a_cookie_that_is_none(court: Any, cookie: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", court.server.port)
    writer.write(b"GET /api/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: " + cookie + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 400"))


@pytest.mark.parametrize("part", ["%ED%A0%80", "%00", "%F0%9F%92%A5", "..%2f..", "'--", "x" * 3000])
async def test_an_id_that_is_none(desk: Any, part: str) -> None:
    for path in (f"cases/{part}", f"hearings/{part}", f"participations/{part}"):
        url = URL(f"http://127.0.0.1:{desk.court.server.port}/api/{path}", encoded=True)
        async with desk.clerk.client.session.get(url) as response:
            assert response.status == 404, path


async def test_the_address_behind_a_proxy_and_without_one(court: Any) -> None:
    """Thirty failures from one address stop that address; behind a trusted proxy it is the one the proxy names."""

    async def statuses(browser: Any) -> list[int]:
        wrong = {"username": "nobody", "password": "wrong"}
        found = []
        for number in range(FAILURES_PER_ADDRESS + 1):
            headers = {"X-Forwarded-For": f"203.0.113.9, 10.0.0.{number}"}
            body = {**wrong, "username": f"nobody{number}"}
            found.append((await browser.send("POST", "sign-in", body, headers=headers)).status)
        return found

    site = replace(court.services.site, trusted_proxies=frozenset({"127.0.0.1"}))
    application = create_application(replace(court.services, site=site))
    async with TestServer(application) as proxied:
        court.browsers.append(browser := type(court.browser())(proxied))
        assert set(await statuses(browser)) == {401}
    assert (await statuses(court.browser()))[-1] == 429


async def test_a_path_cannot_steer_the_terminal_that_shows_the_log(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server = TestServer(create_application(desk.court.services))
    await server.start_server(access_log=logging.getLogger("access"), access_log_class=AccessLogger)
    desk.court.browsers.append(browser := type(desk.clerk)(server))
    url = URL(f"http://127.0.0.1:{server.port}/api/cases/%1B[2J%0A%E2%80%A8", encoded=True)
    async with browser.client.session.get(url) as response:
        assert response.status == 401 and response.headers["Cache-Control"] == "no-store"
    await server.close()
    (line,) = [record.getMessage() for record in caplog.records if record.name == "access"]
    assert line.isprintable() and "/api/cases/%1B" in line
