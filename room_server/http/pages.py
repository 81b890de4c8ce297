"""The built page: its assets, and index.html for every path that is not the API's."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from room_server.http.errors import error_response
from room_server.http.services import SERVICES

_HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
"""Vite names a file by its content: it never changes under its name."""
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
API_REST = "/api/{path}"
"""What no route of the API takes, as aiohttp spells the pattern of it."""


async def page(request: web.Request) -> web.StreamResponse:
    """A file of the page where the path names one, else the page itself, which reads the path."""
    root = request.app[SERVICES].site.web_root.resolve()
    named = request.match_info["path"]
    found = _file(root, named)
    if found is not None:
        return _answer(found, _FOREVER if _HASHED.search(found.name) else _ASK_AGAIN)
    index = root / "index.html"
    # A missing asset answered with the page would be read as a broken script.
    if named.startswith("assets/"):
        return error_response(404, "not_found", "没有找到该文件。", "There is no such file.")
    if not index.is_file():
        return error_response(
            503, "page_missing", "页面尚未构建。", "The page is not built: run ./yunting demo once."
        )
    return _answer(index, _ASK_AGAIN)


async def unknown_api(request: web.Request) -> web.StreamResponse:
    """An API path or method that no route takes."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource.canonical.startswith("/api/") and resource.canonical != API_REST:
            _, methods = await resource.resolve(request)
            allowed |= methods
    if allowed:
        listed = ", ".join(sorted(allowed))
        return error_response(
            405,
            "method_not_allowed",
            f"此接口不支持 {request.method}；允许：{listed}。",
            f"{request.path} does not take {request.method}; allowed: {listed}.",
            headers={"Allow": listed},
        )
    return error_response(404, "not_found", "没有此接口。", f"The API has nothing at {request.path}.")


def _file(root: Path, named: str) -> Path | None:
    if not named or "\0" in named:
        return None
    try:
        path = (root / named).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):
        return None  # a name that no file can have: too long, or not to be written in the system's encoding


def _answer(path: Path, caching: str) -> web.FileResponse:
    return web.FileResponse(path, headers={"Cache-Control": caching})
