"""The aiohttp application of the REST API and the page."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from aiohttp import web

from room_server.http import (
    cases,
    courtroom,
    eligibility,
    hearings,
    joining,
    mediation,
    recordings,
    rulings,
    staff,
    statements,
)
from room_server.http.call import LARGEST_BODY_BYTES, Route, endpoint
from room_server.http.errors import errors_middleware
from room_server.http.openapi import openapi
from room_server.http.pages import page, unknown_api
from room_server.http.security import add_security_headers, is_from_this_machine, origin_middleware
from room_server.http.services import SERVICES, Services
from room_server.relay import native

ROUTES: tuple[Route, ...] = (
    *staff.ROUTES,
    *cases.ROUTES,
    *hearings.ROUTES,
    *rulings.ROUTES,
    *eligibility.ROUTES,
    *courtroom.ROUTES,
    *recordings.ROUTES,
    *joining.ROUTES,
    *mediation.ROUTES,
    *statements.ROUTES,
)


def create_application(services: Services) -> web.Application:
    """All routes. Call :func:`add_pages` last, after other parts (Socket.IO) have added theirs.

    Serve it with ``access_log_class=AccessLogger``: aiohttp's own log has the query.
    """
    application = web.Application(
        middlewares=[errors_middleware, origin_middleware], client_max_size=LARGEST_BODY_BYTES
    )
    application[SERVICES] = services
    application[recordings.PLAYBACKS] = recordings.Playbacks()
    application.on_response_prepare.append(add_security_headers)
    for route in ROUTES:
        application.router.add_route(route.method, route.path, endpoint(route))
    application.router.add_get("/api/openapi.json", _openapi_json)
    application.router.add_get("/healthz", _healthz)
    return application


def add_pages(application: web.Application) -> None:
    """What no other route takes: unknown API paths, and the page for all the rest."""
    application.router.add_route("*", "/api/{path:.*}", unknown_api)
    application.router.add_get("/{path:.*}", page)


async def _openapi_json(_request: web.Request) -> web.Response:
    return web.json_response(_contract())


@cache
def _contract() -> dict[str, Any]:
    """The document of :data:`ROUTES`; made when it is first asked for, because it takes a tenth of a second."""
    return openapi(ROUTES, _version())


async def _healthz(request: web.Request) -> web.Response:
    """200 while the database answers; for a load balancer and for systemd. `relay`: native | python, which path media take.

    This machine itself is also told of each relay worker. How many hearings there are is nobody else's business.
    """
    services = request.app[SERVICES]
    await services.store.events.streams("healthz")
    health: dict[str, Any] = {"ok": True, "relay": "python" if native.reason_against() else "native"}
    if is_from_this_machine(request):
        health["workers"] = [worker.to_json() for worker in services.proceedings.relay_workers()]
    return web.json_response(health)


def _version() -> str:
    try:
        return version("yunting")
    except PackageNotFoundError:
        return "0"
