"""The relay benchmark's command line: what it refuses, and what it says where something is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import janus, relay
from benchmarks.relay_measure import Point


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rate", "10"], "--rate must be from the number of subscribers (20) to 200000, not 10"),
        (["--rate", "20000", "300000"], "not 300000"),
        (["--size", "20"], "--size must be from 34 to 1350, not 20"),
        (["--subscribers", "0"], "--subscribers must be from 1 to 400, not 0"),
        (["--runs", "0"], "--runs must be from 1 to 100"),
        (["--seconds", "60"], "--seconds must be from 0.5 to 25"),
        (["--round-trip", "-1"], "--round-trip must be from 0 to 500, not -1"),
        (["--profile", "none"], "invalid choice"),
        (["--write-docs"], "--write-docs needs --sweep and --peer janus"),
    ],
)
def test_senseless_arguments_are_refused_with_what_is_allowed(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        relay.checked(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_without_janus_it_says_what_to_install_and_measures_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert relay.main(["--peer", "janus", "--quick"]) == 2
    said = capsys.readouterr()
    assert "apt-get install janus" in said.err
    assert said.out == ""


def test_janus_without_its_video_room_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(janus, "MODULES", tmp_path)
    with pytest.raises(janus.Missing, match="video room plugin was not found"):
        janus.modules()


def test_the_sweep_has_every_rate_size_and_profile_and_the_variants_once() -> None:
    points = relay.sweep()
    assert len(set(points)) == len(points) == 19
    plain = [point for point in points if not point.features and point.subscribers == 20]
    assert {(p.rate, p.size, p.profile) for p in plain} == {
        (rate, size, profile)
        for rate in relay.RATES
        for size in relay.SIZES
        for profile in ("gcm128", "cm_sha1_80")
    }
    assert {p.subscribers for p in points} == {5, 20, 40}
    assert [p for p in points if p.features] == [Point(features=True)]


def test_rates_on_the_command_line_become_points_that_share_the_rest() -> None:
    options = relay.checked(["--rate", "1000", "5000", "--size", "172", "--features", "on"])
    assert relay.points_of(options) == [
        Point(1000, 20, 172, "gcm128", True),
        Point(5000, 20, 172, "gcm128", True),
    ]


def test_a_quick_run_is_one_short_run() -> None:
    options: Any = relay.checked(["--quick", "--path", "python"])
    effort = relay.effort_of(options, 0)
    assert (effort.runs, effort.peer, effort.path) == (1, False, "python")
    assert effort.seconds + effort.idle_s + effort.warm_s < 2
