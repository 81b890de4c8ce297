"""The ports of an installation: as many as there are workers, existing, and apart from the port of the pages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from room_server.config import MAX_WORKERS, Config, ConfigError, load_config

from .conftest import WriteConfig


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    (problem,) = caught.value.problems
    return problem


def ports(config: Config) -> list[int]:
    return list(config.media.ports)


def test_each_worker_has_a_port_of_its_own(write_config: WriteConfig) -> None:
    assert ports(load_config(write_config(media_port="40000", workers="3"))) == [40000, 40001, 40002]
    assert ports(load_config(write_config(media_port="0", workers="3"))) == []
    assert load_config(write_config(media_port="0", workers="3")).media.worker_count == 3
    assert ports(load_config(write_config(media_port="65535", workers="1"))) == [65535]


def test_auto_is_one_worker_for_each_processor(
    write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config(write_config(media_port="40000", workers='"auto"'))
    for cores, workers in ((1, 1), (6, 6), (400, MAX_WORKERS)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, cores=cores: set(range(cores)))
        assert len(config.media.ports) == config.media.worker_count == workers


@pytest.mark.parametrize("workers", ["0", "-1", "65", "2.0", "true", '"two"', "[]"])
def test_the_number_of_workers_is_a_number_or_auto(write_config: WriteConfig, workers: str) -> None:
    problem = refused(write_config(workers=workers))
    assert problem.startswith("media.workers") and 'a number from 1 to 64, or "auto"' in problem


def test_ports_beyond_the_last_one_are_refused(
    write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = refused(write_config(media_port="65530", workers="7"))
    assert "7 workers from port 65530 on would need ports up to 65536" in problem
    assert len(load_config(write_config(media_port="65530", workers="6")).media.ports) == 6
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    problem = refused(write_config(media_port="65530", workers='"auto"'))
    assert '8 workers (workers = "auto": one per processor)' in problem


@pytest.mark.parametrize(
    ("listen", "ip"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "::1"),
        ("::1", "0:0:0:0:0:0:0:1"),
    ],
)
def test_the_media_leave_the_port_of_the_pages_alone(write_config: WriteConfig, listen: str, ip: str) -> None:
    place = {"listen": f'"{listen}"', "addresses": f'[{{ ip = "{ip}" }}]', "media_port": "8440"}
    problem = refused(write_config(**place, web_port="8443", workers="4"))
    assert "web.port 8443" in problem and "ports 8440 to 8443" in problem and "media.tcp = false" in problem
    assert ports(load_config(write_config(**place, web_port="8443", workers="3")))[-1] == 8442
    problem = refused(write_config(**place, web_port="8440", workers="1"))
    assert "1 worker would need port 8440" in problem


def test_the_same_number_at_another_address_or_for_udp_alone_is_another_port(
    write_config: WriteConfig,
) -> None:
    apart = {"web_port": "8443", "media_port": "8443", "workers": "2"}
    assert ports(load_config(write_config(**apart, addresses='[{ ip = "192.0.2.10" }]'))) == [8443, 8444]
    assert ports(load_config(write_config(**apart, listen='"0.0.0.0"', addresses='[{ ip = "::1" }]')))
    only_udp = '[{ ip = "127.0.0.1" }]\n            tcp = false'
    assert ports(load_config(write_config(**apart, addresses=only_udp))) == [8443, 8444]
