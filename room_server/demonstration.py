"""``yunting demo``: the server on this machine, a seeded hearing, and a link with a QR code for every role."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import segno
import typer

from room_server.app import Server, start_server
from room_server.config import Config, parse_config
from room_server.demo import Demo, seed

ROLE_WORDS = {
    "judge": ("审判长", "Presiding judge"),
    "clerk": ("书记员", "Clerk"),
    "admin": ("管理员", "Administrator"),
    "claimant": ("原告", "Claimant"),
    "claimant_counsel": ("原告代理人", "Claimant's counsel"),
    "respondent": ("被告", "Respondent"),
    "respondent_counsel": ("被告代理人", "Respondent's counsel"),
}


def primary_address() -> str | None:
    """The address this machine uses towards its network, or None where it has none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737 documentation address: only the route is looked up
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def demo_config(*, data: Path, port: int, media_port: int = 0, lan: bool = False) -> Config:
    """The demonstration's settings: pages on loopback, media on the primary address too (Firefox needs one)."""
    primary = primary_address()
    addresses = [{"ip": "127.0.0.1"}] + ([{"ip": primary}] if primary else [])
    document = {
        "ruleset": "shanghai-2020",
        "data": str(data.resolve()),
        "demo": True,
        "court": {"name_zh": "云州市青石区人民法院", "name_en": "Qingshi District People's Court, Yunzhou"},
        "web": {"listen": "127.0.0.1", "port": port, "public_url": f"http://127.0.0.1:{port}"},
        # One hearing needs one worker; a further one would only make the start slower.
        "media": {"port": media_port, "workers": 1, "addresses": addresses, "local_only": not lan},
        "recording": {"min_free_bytes": 256 << 20},
    }
    if lan:
        document["web"] = lan_web_settings(data, port, primary)
    return parse_config(document, "demo", data)


def lan_web_settings(data: Path, port: int, primary: str | None) -> dict[str, object]:
    """TLS on the primary address with a certificate made for it: cameras need a secure context."""
    from room_server.certificate import self_signed

    if primary is None:
        raise typer.BadParameter("this machine has no network address, so --lan cannot serve others")
    certificate, key = self_signed(data / "keys", primary)
    return {
        "listen": primary,
        "port": port,
        "public_url": f"https://{primary}:{port}",
        "tls_certificate": str(certificate),
        "tls_key": str(key),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run_demo(*, port: int, data: Path, bots: int, lan: bool) -> int:
    """Serve until interrupted. Exit status 0, or 1 where it could not start."""
    config = demo_config(data=data, port=port or free_port(), lan=lan)
    try:
        server = await start_server(config)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            typer.echo(
                f"Port {config.web.port} is in use. Choose another: ./yunting demo --port {config.web.port + 1}"
            )
        else:
            typer.echo(f"The demonstration could not start: {error}", err=True)
        return 1
    try:
        found = await seed(server)
        typer.echo(describe_demo(config, found))
        async with _bots(server, found, bots):
            await asyncio.Event().wait()
    finally:
        typer.echo("\nStopping; every hearing can be resumed at the next start.")
        await server.stop()
    return 0


@contextlib.asynccontextmanager
async def _bots(server: Server, found: Demo, count: int) -> AsyncIterator[None]:
    if count == 0:
        yield
        return
    from room_server.synthetic.bots import Bots

    links = [link for link in found.links if link.path.startswith("/join#")][:count]
    invitations = [(link.name, link.path.partition("#")[2], link.code) for link in links]
    bots = Bots(server.url, invitations)
    await bots.start()
    try:
        yield
    finally:
        await bots.stop()


def describe_demo(config: Config, found: Demo) -> str:
    """What the terminal shows: a link and a QR code per role."""
    base = config.web.public_url
    lines = ["", "云庭 Yunting demonstration", f"  {base}/", ""]
    for link in found.links:
        zh, en = ROLE_WORDS[link.role]
        lines.append(f"■ {zh} {en} · {link.name}")
        lines.append(f"  {base}{link.path}")
        if link.code is not None:
            lines.append(f"  验证码 code: {link.code}")
        lines.append(_qr(base + link.path))
    lines += [
        f"书记员 clerk, 审判长 judge, 管理员 admin: 密码 password {found.password}",
        "Open each link in its own browser or private window. Ctrl-C stops.",
        "",
    ]
    return "\n".join(lines)


def _qr(text: str) -> str:
    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out=out, compact=True, border=1)
    return out.getvalue()
