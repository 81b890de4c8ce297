from __future__ import annotations

import socket

import pytest

from room_server.relay.udp import ListenAddress, bind_endpoints, ice_candidates


def test_all_addresses_share_one_port_number() -> None:
    endpoints = bind_endpoints([ListenAddress("127.0.0.1"), ListenAddress("127.0.0.2"), ListenAddress("::1")])
    try:
        assert len({endpoint.port for endpoint in endpoints}) == 1
    finally:
        for endpoint in endpoints:
            endpoint.close()


def test_candidates_announce_what_they_are_told_and_loopback_last() -> None:
    endpoints = bind_endpoints([ListenAddress("127.0.0.1"), ListenAddress("127.0.0.2", 0, "203.0.113.9")])
    try:
        loopback, announced = (one for one in ice_candidates(endpoints) if one["protocol"] == "udp")
        assert announced["ip"] == "203.0.113.9"
        assert announced["port"] == endpoints[1].port
        assert announced["priority"] > loopback["priority"]
        assert announced["type"] == "host"
        over_tcp = [one for one in ice_candidates(endpoints) if one["protocol"] == "tcp"]
        assert [one["tcpType"] for one in over_tcp] == ["passive", "passive"]
        assert over_tcp[1]["port"] == announced["port"]
        assert max(one["priority"] for one in over_tcp) < loopback["priority"], "TCP is what is left"
    finally:
        for endpoint in endpoints:
            endpoint.close()


def test_an_address_with_two_names_is_bound_once_and_announced_by_both() -> None:
    """Behind a router that translates addresses: the public name, and the inner one for people inside."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listed = [ListenAddress("127.0.0.1", port, "203.0.113.9"), ListenAddress("127.0.0.1", port)]
    (endpoint,) = bind_endpoints(listed)
    try:
        for protocol in ("udp", "tcp"):
            told = [one for one in ice_candidates([endpoint]) if one["protocol"] == protocol]
            assert [(one["ip"], one["port"]) for one in told] == [("203.0.113.9", port), ("127.0.0.1", port)]
            assert told[0]["priority"] > told[1]["priority"], "loopback is last"
        assert len({one["foundation"] for one in ice_candidates([endpoint])}) == 4
    finally:
        endpoint.close()


def test_a_given_port_that_is_taken_is_an_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError):
            bind_endpoints([ListenAddress("127.0.0.1", taken.getsockname()[1])])


def test_at_least_one_address_is_needed() -> None:
    with pytest.raises(ValueError, match="at least one"):
        bind_endpoints([])


def test_listen_addresses_round_trip() -> None:
    address = ListenAddress("127.0.0.1", 5000, "203.0.113.9")
    assert ListenAddress.from_json(address.to_json()) == address
