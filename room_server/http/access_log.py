"""The access log: who asked for what and how it went, without anything that could be a secret."""

from __future__ import annotations

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger


class AccessLogger(AbstractAccessLogger):
    """Method, path, status, time and size. No query, no headers, no cookie; a path holds ids alone."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        self.logger.info(
            "%s %s %s %d %.1f ms %d bytes",
            request.remote or "-",
            request.method,
            # As it came, percent-encoded: nothing in it can begin a new line or steer a terminal.
            request.rel_url.raw_path,
            response.status,
            time * 1000,
            response.body_length,
        )
