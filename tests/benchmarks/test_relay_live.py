"""The benchmark against a real worker, short: what it reports, never how fast it was."""

from __future__ import annotations

import pytest

from benchmarks.relay_hearings import House, started
from benchmarks.relay_link import SRTP_NAMES, Profile, pinned
from benchmarks.relay_measure import Effort, Point, measure
from benchmarks.relay_ours import Ours
from benchmarks.relay_traffic import Load
from room_server.relay import transport

SHORT = Effort(runs=1, seconds=0.5, warm_s=0.2, idle_s=0.2, path="python")


@pytest.mark.parametrize("profile", ["gcm128", "cm_sha1_80"])
async def test_a_point_is_measured_over_the_pinned_profile(profile: Profile) -> None:
    before = list(transport.SRTP_PROFILES)
    said: list[str] = []
    found = await measure(Point(rate=400, subscribers=2, profile=profile), SHORT, said.append)
    ours = found["ours"]
    assert (found["path"], found["profile"], found["features"]) == ("python", profile, "off")
    assert ours["cpu_us_per_packet"]["median"] > 0
    assert ours["latency_us"]["p99"] >= ours["latency_us"]["p50"] > 0
    assert ours["forwarded_per_s"] > 0
    assert ours["memory_kib"] > 10_000
    assert len(said) == 2
    assert before == transport.SRTP_PROFILES, "only while it measures"


async def test_with_features_on_what_was_lost_on_either_way_is_repaired() -> None:
    """Unrepaired, four in a hundred would be missing: two on each way."""
    found = await measure(
        Point(rate=1000, subscribers=2, features=True),
        Effort(runs=1, seconds=2.0, warm_s=0.5, idle_s=0.2),
        lambda text: None,
    )
    assert found["features"] == "on"
    assert found["ours"]["loss"] < 0.01


async def test_a_hearing_of_six_is_joined_and_everybody_receives_the_others() -> None:
    with pinned("gcm128"):
        async with started(Ours(0, features=False, path=None)) as server:
            load = Load()
            house = House(server, load)
            try:
                await house.grow(1)
                assert {link.profile for link in house.links} == {SRTP_NAMES["gcm128"]}
                probe = house.probe(1, 0.5)
            finally:
                load.close()
                for link in house.links:
                    link.close()
    assert len(house.links) == 12
    assert probe.outcome.received >= 0.99 * probe.outcome.offered > 1000
