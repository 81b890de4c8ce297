"""What every answer carries and every change is checked for: headers, origin, the cookie."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from room_server.errors import NotPermitted
from room_server.http.errors import Handler
from room_server.http.services import SERVICES, Site
from room_server.identity.sessions import DEVICE_LIFETIME

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self' ws: wss:",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
}
_TRANSPORT_SECURITY = "max-age=31536000"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """A signal of the application, so that answers of Socket.IO and of errors carry them too."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[SERVICES].site.secure:
        response.headers.setdefault("Strict-Transport-Security", _TRANSPORT_SECURITY)


@web.middleware
async def origin_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a change that another site's page asks for. Programs that are not browsers send no origin."""
    if request.method not in _READING and request.path.startswith("/api/"):
        _require_own_origin(request)
    return await handler(request)


def _require_own_origin(request: web.Request) -> None:
    site = request.app[SERVICES].site
    origin = request.headers.get("Origin")
    if origin is None:
        foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    else:
        foreign = not is_own_origin(origin, request)
    if foreign:
        raise NotPermitted(
            "foreign_origin",
            f"请求来自其他网站，已拒绝。请从 {site.public_url} 打开页面。",
            f"The request comes from another site and was refused. Open the page at {site.public_url}.",
        )


def is_own_origin(origin: str, request: web.Request) -> bool:
    """Whether a page of this court asks. The public address is right behind a proxy that renames the host; the host
    named is right without one."""
    return origin == request.app[SERVICES].site.public_url or _host_of(origin) == request.host


def _host_of(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc if parts.scheme in ("http", "https") else None


def cookie_name(site: Site) -> str:
    """Browsers take the ``__Host-`` prefix over TLS alone; plain http is for loopback."""
    return "__Host-yunting" if site.secure else "yunting"


def set_session_cookie(response: web.StreamResponse, site: Site, secret: str) -> None:
    response.set_cookie(
        cookie_name(site),
        secret,
        max_age=int(DEVICE_LIFETIME.total_seconds()),
        path="/",
        secure=site.secure,
        httponly=True,
        samesite="Lax",
    )


def is_from_this_machine(request: web.Request) -> bool:
    """Whether the connection was made by this machine itself and not by a proxy on it for somebody else."""
    transport = request.transport
    if transport is None or any(name in request.headers for name in ("X-Forwarded-For", "Forwarded")):
        return False
    peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return bool(peer and own) and peer[0] == own[0]


def client_address(request: web.Request) -> str:
    """The address the request came from; behind a trusted proxy the one it names last."""
    address = request.remote or "unknown"
    if address in request.app[SERVICES].site.trusted_proxies:
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return named or address
    return address
