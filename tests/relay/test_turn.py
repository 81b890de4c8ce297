"""TURN: what addresses and secrets are taken, and credentials that a TURN server with the same secret accepts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from room_server.config import Config, ConfigError, parse_config
from room_server.turn import (
    LIFETIME,
    TurnAddress,
    TurnServer,
    credentials,
    ice_servers,
    parse_secret,
    parse_turn_url,
)

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-court-and-its-turn"


def configured(base: Path, turn: list[dict[str, Any]]) -> Config:
    document = {
        "ruleset": "spc-2021",
        "data": "data",
        "court": {"name_zh": "法院", "name_en": "Court"},
        "web": {"public_url": "http://127.0.0.1:8443"},
        "media": {"addresses": [{"ip": "127.0.0.1"}], "turn": turn},
    }
    return parse_config(document, "config.toml", base)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("turn:turn.court.example", TurnAddress("turn.court.example", 3478, "udp")),
        ("turn:192.0.2.10:80?transport=tcp", TurnAddress("192.0.2.10", 80, "tcp")),
        ("turn:[2001:db8::1]:3478?transport=udp", TurnAddress("2001:db8::1", 3478, "udp")),
        ("turns:turn.court.example", TurnAddress("turn.court.example", 5349, "tls")),
        ("turns:turn.court.example:443?transport=tcp", TurnAddress("turn.court.example", 443, "tls")),
    ],
)
def test_addresses(url: str, address: TurnAddress) -> None:
    assert parse_turn_url(url) == address


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("stun:stun.example", "turn:HOST:PORT"),
        ("turn://court.example", "turn:HOST:PORT"),
        ("turn:user@court.example", "turn:HOST:PORT"),
        ("turn:court.example?transport=sctp", "turn:HOST:PORT"),
        ("turn:court.example\n", "turn:HOST:PORT"),
        ("", "turn:HOST:PORT"),
        ("turn:court.example:0", "1 to 65535"),
        ("turn:court.example:65536", "1 to 65535"),
        ("turns:court.example?transport=udp", "transport=tcp"),
    ],
)
def test_what_is_no_address_is_refused_and_told_what_is(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("?", r"\?")):
        parse_turn_url(url)


def test_credentials_are_those_of_the_rest_scheme() -> None:
    """Computed here once more from the scheme's words: base64(HMAC-SHA1(secret, "expiry:name"))."""
    username, password = credentials(SECRET.encode(), "par_0123456789abcdef", NOW + timedelta(hours=1))
    assert username == f"{int(NOW.timestamp()) + 3600}:par_0123456789abcdef"
    expected = hmac.new(SECRET.encode(), username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(password) == expected and len(expected) == 20


def test_everybody_has_credentials_of_their_own_for_half_a_day() -> None:
    server = TurnServer(("turn:a.example", "turns:a.example"), SECRET.encode())
    (one,), (other,) = ice_servers([server], "par_1", NOW), ice_servers([server], "par_2", NOW)
    assert one["urls"] == ["turn:a.example", "turns:a.example"]
    assert one["credential"] != other["credential"]
    until = datetime.fromtimestamp(int(one["username"].partition(":")[0]), UTC)
    assert until - NOW == LIFETIME == timedelta(hours=12)
    assert SECRET not in json.dumps([one, other])
    assert ice_servers([], "par_1", NOW) == []


def test_a_secret_is_read_without_the_end_of_its_line_and_never_printed(tmp_path: Path) -> None:
    (tmp_path / "turn.secret").write_text(f"{SECRET}\n")
    config = configured(tmp_path, [{"urls": ["turn:a.example"], "secret_file": "turn.secret"}])
    server = config.media.turn[0].server()
    assert server.secret == SECRET.encode()
    for printed in (repr(server), str(server), repr(config), config.model_dump_json()):
        assert SECRET not in printed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("short", "16 to 512"),
        ("", "16 to 512"),
        ("x" * 513, "16 to 512"),
        ("a secret with spaces in it", "without spaces"),
        ("first-line-of-two\nsecond-line", "one line"),
        ("comment-after-a#-is-cut-by-coturn", "without spaces and #"),
        ("Geheimnis-mit-Umlaut-ä-darin", "ASCII"),
    ],
)
def test_a_secret_that_coturn_would_not_read_alike_is_refused_without_repeating_it(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "turn.secret").write_text(text, encoding="utf-8")
    config = configured(tmp_path, [{"urls": ["turn:a.example"], "secret_file": "turn.secret"}])
    with pytest.raises(ConfigError) as refused:
        config.media.turn[0].server()
    assert says in str(refused.value) and "turn.secret" in str(refused.value)
    assert not text or text not in str(refused.value)
    if text.isascii():
        with pytest.raises(ValueError, match=says):
            parse_secret(text)


def test_a_missing_secret_names_its_file(tmp_path: Path) -> None:
    config = configured(tmp_path, [{"urls": ["turn:a.example"], "secret_file": "keys/turn.secret"}])
    with pytest.raises(ConfigError, match=r"keys/turn\.secret cannot be read: No such file"):
        config.media.turn[0].server()


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        ({"urls": [], "secret_file": "s"}, "media.turn.0.urls"),
        ({"urls": ["turn:a"] * 7, "secret_file": "s"}, "media.turn.0.urls"),
        ({"urls": ["http://a"], "secret_file": "s"}, "turn:HOST:PORT"),
        ({"urls": ["turn:a"]}, "media.turn.0.secret_file"),
        ({"urls": ["turn:a"], "secret_file": "s", "secret": SECRET}, "media.turn.0.secret"),
    ],
)
def test_bad_settings_are_named(tmp_path: Path, turn: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        configured(tmp_path, [turn])
