"""Settings of an installation: read from one TOML file, checked whole, with errors an administrator understands."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from room_server.turn import TurnServer, parse_secret, parse_turn_url

MAX_WORKERS = 64
LAST_PORT = 65535


class ConfigError(Exception):
    """The configuration cannot be used; each line of ``problems`` says where, what and what is allowed."""

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__(f"{source}: " + "; ".join(problems))
        self.source = source
        self.problems = problems


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CourtSettings(_Section):
    """Names as shown to everyone; ``hotline`` is the litigation service hotline (section II of the notice)."""

    name_zh: Annotated[str, Field(min_length=1, max_length=100)]
    name_en: Annotated[str, Field(min_length=1, max_length=100)]
    hotline: Annotated[str, Field(min_length=1, max_length=40)] = "12368"


class WebSettings(_Section):
    """``public_url`` is what people type; TLS files here, or ``behind_proxy`` where a proxy ends TLS."""

    listen: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8443
    public_url: str
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False

    @field_validator("listen")
    @classmethod
    def _address(cls, value: str) -> str:
        return str(ipaddress.ip_address(value))

    @field_validator("public_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")) or value.rstrip("/").count("/") != 2:
            raise ValueError("must be like https://court.example, without a path")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _transport(self) -> WebSettings:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        local = self.public_url.startswith(("http://127.0.0.1", "http://localhost"))
        if self.tls_certificate is None and not self.behind_proxy and not local:
            raise ValueError("cameras need https: give tls_certificate and tls_key, or behind_proxy = true")
        if self.public_url.startswith("http://") and not local:
            raise ValueError("public_url must begin with https:// (cameras need it)")
        return self


class MediaAddress(_Section):
    """A local address the relay listens on, and the one told to browsers where that differs (NAT)."""

    ip: str
    announced_ip: str | None = None

    @field_validator("ip", "announced_ip")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return None if value is None else str(ipaddress.ip_address(value))


class TurnSettings(_Section):
    """A TURN server. ``secret_file`` holds what coturn has as ``static-auth-secret``; the secret itself is no setting."""

    urls: Annotated[list[str], Field(min_length=1, max_length=6)]
    secret_file: Path

    @field_validator("urls")
    @classmethod
    def _urls(cls, value: list[str]) -> list[str]:
        for url in value:
            parse_turn_url(url)
        return value

    def server(self) -> TurnServer:
        """Read the secret. Raises :class:`ConfigError`, which names the file and not what is in it."""
        where = f"media.turn: secret_file {self.secret_file}"
        try:
            return TurnServer(tuple(self.urls), parse_secret(self.secret_file.read_text(encoding="ascii")))
        except OSError as error:
            raise ConfigError(str(self.secret_file), [f"{where} cannot be read: {error.strerror}"]) from error
        except UnicodeDecodeError:
            raise ConfigError(str(self.secret_file), [f"{where}: the secret must be ASCII text"]) from None
        except ValueError as error:
            raise ConfigError(str(self.secret_file), [f"{where}: {error}"]) from None


class MediaSettings(_Section):
    """``local_only``: media from other machines are dropped unread (the demonstration without ``--lan``). ``tcp``:
    ICE over TCP on the same port number, for networks that block UDP. ``udp`` false: TCP alone is announced.
    ``turn``: for networks that let neither through. ``workers``: relay processes, each with a port of its own, from
    ``port`` upwards; "auto" is one per processor that this program may use.
    """

    port: Annotated[int, Field(ge=0, le=65535)] = 40000
    workers: int | Literal["auto"] = "auto"
    addresses: Annotated[list[MediaAddress], Field(min_length=1)]
    h264: bool = False
    local_only: bool = False
    udp: bool = True
    tcp: bool = True
    turn: Annotated[list[TurnSettings], Field(max_length=4)] = []

    @field_validator("workers", mode="before")
    @classmethod
    def _number_of_workers(cls, value: object) -> object:
        number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_WORKERS
        if not number and value != "auto":
            raise ValueError(f'must be a number from 1 to {MAX_WORKERS}, or "auto"; not {value!r}')
        return value

    @property
    def worker_count(self) -> int:
        """How many relay workers run on this machine."""
        if self.workers == "auto":
            return min(len(os.sched_getaffinity(0)), MAX_WORKERS)
        return self.workers

    @property
    def ports(self) -> range:
        """The port of each worker. Empty where the system chooses them (``port`` 0)."""
        return range(self.port, self.port + self.worker_count) if self.port else range(0)

    @model_validator(mode="after")
    def _reachable(self) -> MediaSettings:
        if not (self.udp or self.tcp):
            raise ValueError("udp and tcp are both false: nobody could reach the media")
        if self.ports and self.ports[-1] > LAST_PORT:
            raise ValueError(
                f"{_workers_named(self)} from port {self.port} on would need ports up to {self.ports[-1]}; "
                f"{LAST_PORT} is the last there is: choose a lower port, or fewer workers"
            )
        return self


def _workers_named(media: MediaSettings) -> str:
    """The number of workers in words, with where it comes from."""
    count = media.worker_count
    words = f"{count} worker{'' if count == 1 else 's'}"
    return f'{words} (workers = "auto": one per processor)' if media.workers == "auto" else words


def _same_place(one: str, other: str) -> bool:
    """Whether a TCP port of one address would be taken by the other: equal, or one stands for all addresses."""
    first, second = ipaddress.ip_address(one), ipaddress.ip_address(other)
    if first == second:
        return True
    # "::" is all of IPv6; aiohttp and the relay both keep it to IPv6.
    return first.version == second.version and (first.is_unspecified or second.is_unspecified)


class RecordingSettings(_Section):
    segment_s: Annotated[float, Field(ge=2, le=60)] = 10
    min_free_bytes: Annotated[int, Field(ge=0)] = 1 << 30


class Config(_Section):
    """A whole installation. ``ruleset`` has no default on purpose: the court chooses it."""

    ruleset: Literal["shanghai-2020", "spc-2021"]
    data: Path
    court: CourtSettings
    web: WebSettings
    media: MediaSettings
    recording: RecordingSettings = RecordingSettings()
    demo: bool = False

    @model_validator(mode="after")
    def _ports_apart(self) -> Config:
        web, media = self.web, self.media
        clash = [one.ip for one in media.addresses if _same_place(web.listen, one.ip)]
        if media.tcp and clash and web.port in media.ports:
            needed = (
                f"port {web.port}"
                if len(media.ports) == 1
                else f"ports {media.ports[0]} to {media.ports[-1]}"
            )
            raise ValueError(
                f"web.port {web.port} on {web.listen} would be taken by the media: {_workers_named(media)} would need "
                f"{needed} on {clash[0]}, over TCP too; choose another web.port or media.port, or media.tcp = false"
            )
        return self

    @property
    def database(self) -> Path:
        return self.data / "yunting.sqlite3"

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"


def load_config(path: Path) -> Config:
    """Read ``path`` (TOML). Relative paths in it are relative to its folder. Raises :class:`ConfigError`."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"is not TOML: {error}"]) from error
    return parse_config(document, str(path), path.resolve().parent)


def parse_config(document: dict[str, Any], source: str, base: Path) -> Config:
    """Check a whole document. Raises :class:`ConfigError` naming every problem at once."""
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        problems = []
        for problem in error.errors(include_url=False):
            where = ".".join(str(part) for part in problem["loc"]) or "the document"
            problems.append(f"{where}: {problem['msg']}")
        raise ConfigError(source, problems) from error
    web = config.web
    absolute = {
        name: base / value for name in ("tls_certificate", "tls_key") if (value := getattr(web, name))
    }
    turn = [one.model_copy(update={"secret_file": base / one.secret_file}) for one in config.media.turn]
    return config.model_copy(
        update={
            "data": base / config.data,
            "web": web.model_copy(update=absolute),
            "media": config.media.model_copy(update={"turn": turn}),
        }
    )
