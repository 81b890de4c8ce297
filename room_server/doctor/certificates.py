"""The TLS files: readable, belonging together, in time, and made for the name that people type."""

from __future__ import annotations

import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from room_server.config import WebSettings
from room_server.doctor.report import Check

RENEW_WITHIN = timedelta(days=21)
_FORMAT = serialization.PublicFormat.SubjectPublicKeyInfo


def tls(web: WebSettings, now: datetime | None = None) -> list[Check]:
    """All findings about the certificate; ``now`` is aware, and the present where it is left out."""
    if web.tls_certificate is None or web.tls_key is None:
        if web.behind_proxy:
            return [Check("tls", "ok", "the proxy in front ends TLS; its certificate is not looked at here")]
        return [Check("tls", "ok", f"none needed: {web.public_url} is this machine only")]
    try:
        chain = x509.load_pem_x509_certificates(web.tls_certificate.read_bytes())
    except OSError as error:
        return [_unreadable(web.tls_certificate, error)]
    except ValueError:
        return [_wrong("tls certificate", f"{web.tls_certificate} holds no PEM certificate", _GIVE_PEM)]
    now = now or datetime.now(UTC)
    return [
        *_key(web.tls_key, web.tls_certificate, chain[0]),
        _time(chain[0], now),
        _name(web, chain[0]),
        _chain(chain),
    ]


_GIVE_PEM = "Give the file as PEM (it begins with -----BEGIN CERTIFICATE-----)."


def _wrong(name: str, found: str, todo: str) -> Check:
    return Check(name, "wrong", found, todo)


def _unreadable(path: Path, error: OSError) -> Check:
    return _wrong(
        "tls files",
        f"{path} cannot be read: {error.strerror}",
        "Check the path, and let the user of the service read the file.",
    )


def _key(path: Path, certificate_path: Path, certificate: x509.Certificate) -> list[Check]:
    name = "tls key"
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), None)
        mode = path.stat().st_mode
    except OSError as error:
        return [_unreadable(path, error)]
    except TypeError:
        return [
            _wrong(name, f"{path} is protected by a password", "Store the key without one, with mode 0600.")
        ]
    except ValueError:
        return [_wrong(name, f"{path} holds no PEM private key", "Give the key as PEM.")]
    encoding = serialization.Encoding.PEM
    if private.public_key().public_bytes(encoding, _FORMAT) != certificate.public_key().public_bytes(
        encoding, _FORMAT
    ):
        return [
            _wrong(
                name,
                f"{path} does not belong to {certificate_path}",
                "Use the key with which this certificate was requested, or request a new certificate.",
            )
        ]
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate_path, path)
    except (ssl.SSLError, OSError) as error:
        return [_wrong(name, f"OpenSSL does not take the pair: {error}", "Request a new certificate.")]
    if mode & stat.S_IRWXO:
        return [_wrong(name, f"everyone on this machine can read {path}", f"chmod 600 {path}")]
    return [Check(name, "ok", "belongs to the certificate")]


def _time(certificate: x509.Certificate, now: datetime) -> Check:
    name = "tls certificate"
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begins:
        return _wrong(name, f"is valid only from {begins:%Y-%m-%d %H:%M} UTC", "Check this machine's clock.")
    left = ends - now
    if left <= timedelta(0):
        return _wrong(name, f"ran out on {ends:%Y-%m-%d}", "Renew it, then restart the service.")
    found = f"valid for {left.days} more days, until {ends:%Y-%m-%d}"
    if left < RENEW_WITHIN:
        return Check(name, "warning", found, "Renew it now, then restart the service.")
    return Check(name, "ok", found)


def _name(web: WebSettings, certificate: x509.Certificate) -> Check:
    host = urlsplit(web.public_url).hostname or ""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return _wrong("tls name", "names no host at all", f"Request a certificate for {host}.")
    hosts = names.get_values_for_type(x509.DNSName)
    ips = [str(ip) for ip in names.get_values_for_type(x509.IPAddress)]
    try:
        fits = str(ipaddress.ip_address(host)) in ips
    except ValueError:
        fits = any(_covers(pattern, host) for pattern in hosts)
    if fits:
        return Check("tls name", "ok", f"made for {host}")
    return _wrong(
        "tls name",
        f"made for {', '.join([*hosts, *ips]) or 'nobody'}, but web.public_url is {web.public_url}",
        f"Request a certificate for {host}, or correct web.public_url.",
    )


def _covers(pattern: str, host: str) -> bool:
    """A wildcard stands for one label (RFC 6125 section 6.4.3)."""
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return pattern == host


def _chain(chain: list[x509.Certificate]) -> Check:
    if chain[0].issuer == chain[0].subject:
        return Check(
            "tls chain",
            "warning",
            "the certificate is signed by itself: browsers will warn everyone",
            "For a court's installation take one from an authority that browsers know.",
        )
    if len(chain) == 1:
        return Check(
            "tls chain",
            "warning",
            "the file holds the certificate alone, without the one that signed it",
            "Give the full chain (often called fullchain.pem): phones refuse the certificate otherwise.",
        )
    return Check("tls chain", "ok", f"{len(chain)} certificates")
