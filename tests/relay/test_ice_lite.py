from __future__ import annotations

import ipaddress

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.ice_lite import AddressLimiter, IceCredentials, IceLite, Outcome, holding

OURS = IceCredentials("abcd1234", "p" * 24)
PEER = ("192.0.2.7", 4242)


def check(
    credentials: IceCredentials = OURS, *, nominate: bool = False, kind: stun.Class = stun.Class.REQUEST
) -> bytes:
    message = stun.Message(stun.Method.BINDING, kind)
    message.attributes["USERNAME"] = f"{credentials.username_fragment}:peer"
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(credentials.password.encode())
    return bytes(message)


def ready() -> IceLite:
    ice = IceLite()
    ice.open("tra_1", OURS)
    return ice


@pytest.mark.parametrize("peer", [PEER, ("2001:db8::7", 4242, 0, 0), ("fe80::1%eth0", 9, 0, 2)])
def test_an_authentic_check_is_answered_authentically(peer: tuple[object, ...]) -> None:
    request = check(nominate=True)
    verdict = ready().handle(request, peer)
    assert verdict.outcome is Outcome.AUTHENTIC and verdict.nominated
    assert verdict.session is not None and verdict.session.transport_id == "tra_1"
    assert verdict.reply is not None
    reply = stun.parse_message(verdict.reply)
    assert (reply.message_method, reply.message_class) == (stun.Method.BINDING, stun.Class.RESPONSE)
    assert reply.transaction_id == request[8:20]
    assert reply.check_message_integrity(OURS.password.encode())
    assert "FINGERPRINT" in reply.attributes
    assert reply.attributes["XOR-MAPPED-ADDRESS"] == (str(peer[0]).partition("%")[0], peer[1])


def test_only_authentic_checks_get_a_reply() -> None:
    ice = ready()
    bare = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": "abcd1234:x"})
    bare.add_fingerprint()
    unsigned = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": "abcd1234:x"})
    cases = {
        check(IceCredentials("abcd1234", "wrong")): Outcome.BAD_INTEGRITY,
        check(IceCredentials("somebody", OURS.password)): Outcome.UNKNOWN_SESSION,
        bytes(bare): Outcome.BAD_INTEGRITY,
        bytes(unsigned): Outcome.MALFORMED,
        check(kind=stun.Class.RESPONSE): Outcome.NOT_A_REQUEST,
        check(kind=stun.Class.INDICATION): Outcome.NOT_A_REQUEST,
        check()[:-4]: Outcome.MALFORMED,
        b"": Outcome.MALFORMED,
    }
    for data, outcome in cases.items():
        verdict = ice.handle(data, PEER)
        assert (verdict.outcome, verdict.reply, verdict.session) == (outcome, None, None)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_no_changed_byte_is_believed(position: int, value: int) -> None:
    original = check(nominate=True)
    data = bytearray(original)
    position %= len(data)
    data[position] = value
    verdict = ready().handle(bytes(data), PEER)
    assert verdict.outcome is not Outcome.AUTHENTIC or bytes(data) == original


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    assert ready().handle(data, PEER).reply is None


@given(st.binary(max_size=200), st.sampled_from([0x0001, 0x0101, 0x0003, 0x3FFF]))
def test_any_attributes_are_survived(body: bytes, kind: int) -> None:
    body = body[: len(body) // 4 * 4]
    header = (
        kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + stun.COOKIE.to_bytes(4, "big") + bytes(12)
    )
    assert ready().handle(header + body, PEER).reply is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 6, 8, 9, 0x12, 0x14, 0x20, 0x24, 0x8028, 0x802A]), st.binary(max_size=30)
        )
    )
)
def test_well_framed_hostile_attributes_are_survived(attributes: list[tuple[int, bytes]]) -> None:
    body = b"".join(
        kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) % 4)
        for kind, value in attributes
    )
    header = b"\0\1" + len(body).to_bytes(2, "big") + stun.COOKIE.to_bytes(4, "big") + bytes(12)
    assert ready().handle(header + body, PEER).reply is None


def test_a_restart_keeps_the_old_credentials_until_the_new_are_used() -> None:
    ice = IceLite()
    session = ice.open("tra_1", OURS)
    renewed = IceCredentials("efgh5678", "q" * 24)
    ice.restart(session, renewed)
    assert ice.handle(check(OURS), PEER).outcome is Outcome.AUTHENTIC
    assert (
        ice.handle(check(IceCredentials("abcd1234", renewed.password)), PEER).outcome is Outcome.BAD_INTEGRITY
    )
    assert ice.handle(check(renewed), PEER).outcome is Outcome.AUTHENTIC
    assert ice.handle(check(OURS), PEER).outcome is Outcome.UNKNOWN_SESSION
    assert len(ice) == 1


def test_a_closed_session_is_unknown_and_leaves_nothing_behind() -> None:
    ice = IceLite()
    session = ice.open("tra_1", OURS)
    ice.restart(session, IceCredentials("efgh5678", "q" * 24))
    ice.close(session)
    assert len(ice) == 0
    assert ice.handle(check(OURS), PEER).outcome is Outcome.UNKNOWN_SESSION


def test_a_username_fragment_serves_one_session() -> None:
    ice = ready()
    with pytest.raises(ValueError, match="in use"):
        ice.open("tra_2", OURS)


def test_the_limiter_lets_a_burst_through_then_a_rate() -> None:
    limiter = AddressLimiter(rate_per_s=10, burst=20)
    assert sum(limiter.allow("192.0.2.1", 0.0) for _ in range(100)) == 20
    assert limiter.allow("192.0.2.2", 0.0), "another address has its own"
    assert sum(limiter.allow("192.0.2.1", 1.0) for _ in range(100)) == 10


def test_authentic_checks_cost_nothing() -> None:
    limiter = AddressLimiter(rate_per_s=1, burst=2)
    for _ in range(50):
        assert limiter.allow("192.0.2.1", 0.0)
        limiter.refund("192.0.2.1")


def test_the_limiter_forgets_the_oldest_addresses() -> None:
    limiter = AddressLimiter(capacity=100)
    for index in range(1000):
        limiter.allow(f"192.0.2.{index}", 0.0)
    assert len(limiter) == 100


def test_one_subscriber_of_ipv6_has_one_limit_however_many_addresses_they_use() -> None:
    limiter = AddressLimiter(rate_per_s=1, burst=5)
    spread = [f"2001:db8:1:2:{n:x}::{n}" for n in range(1, 100)]
    assert sum(limiter.allow(ip, 0.0) for ip in spread) == 5
    assert limiter.allow("2001:db8:1:3::1", 0.0), "another network has its own"
    limiter.refund(spread[7])
    assert limiter.allow(spread[50], 0.0)
    assert len(limiter) == 2


@given(network=st.integers(0, 2**64 - 1), hosts=st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=2))
def test_addresses_share_a_holding_exactly_when_their_first_64_bits_are_the_same(
    network: int, hosts: list[int]
) -> None:
    one, other = (str(ipaddress.IPv6Address(network << 64 | host)) for host in hosts)
    mapped = network == 0 and any(host >> 32 == 0xFFFF for host in hosts)
    assert mapped or holding(one) == holding(other)
    assert holding(one) != holding(str(ipaddress.IPv6Address((network ^ 1) << 64 | hosts[0])))


def test_a_scope_and_an_address_of_ipv4_within_ipv6_are_seen_through() -> None:
    assert holding("fe80::1%eth0") == holding("fe80::2%eth1")
    assert holding("::ffff:192.0.2.7") == holding("192.0.2.7") == "192.0.2.7"
    assert holding("192.0.2.8") != holding("192.0.2.7")
