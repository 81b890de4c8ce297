"""The hooks below aiortc: these fail when a new version moves what the relay stands on."""

from __future__ import annotations

import inspect
from importlib.metadata import version

from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCDtlsTransport

from room_server.relay.fanout import check_library
from room_server.relay.transport import SRTP_PROFILES, Certificate, DtlsEndpoint, Fingerprint, missing_hooks


def test_every_private_name_is_still_there() -> None:
    assert missing_hooks() == []
    check_library()


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("aiortc").startswith("1.16.")


def test_the_transport_is_still_asked_in_the_same_way() -> None:
    assert list(inspect.signature(RTCDtlsTransport.__init__).parameters) == [
        "self",
        "transport",
        "certificates",
    ]
    assert list(inspect.signature(RTCDtlsTransport.start).parameters) == ["self", "remoteParameters"]
    source = inspect.getsource(rtcdtlstransport)
    assert "await self.transport._recv()" in source and "await self.transport._send(" in source
    assert "for srtp_profile in self._srtp_profiles" in source


def test_gcm_is_asked_for_first() -> None:
    assert [profile.openssl_profile for profile in SRTP_PROFILES] == [
        b"SRTP_AEAD_AES_128_GCM",
        b"SRTP_AES128_CM_SHA1_80",
    ]


async def test_two_endpoints_agree_although_the_first_flight_came_early(wait_until: object) -> None:
    ends: list[DtlsEndpoint] = []
    certificates = [Certificate(), Certificate()]
    ends.append(DtlsEndpoint(certificates[0], send=lambda data: ends[1].feed(data), on_change=lambda: None))
    ends.append(DtlsEndpoint(certificates[1], send=lambda data: ends[0].feed(data), on_change=lambda: None))
    prints = [[Fingerprint(f["algorithm"], f["value"]) for f in c.fingerprints()] for c in certificates]
    client, server = ends
    client.reachable()
    client.connect("server", prints[1])
    await wait_until(lambda: client.state == "connecting")  # type: ignore[operator]
    server.reachable()
    server.connect("client", prints[0])
    await wait_until(lambda: client.srtp is not None and server.srtp is not None)  # type: ignore[operator]
    assert client.srtp is not None and server.srtp is not None
    packet = bytes([0x80, 100, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9]) + b"payload"
    assert server.srtp.owners[0].unprotect(client.srtp.owners[1].protect(packet)) == packet
    client.close()
    await wait_until(lambda: server.state == "closed")  # type: ignore[operator]


async def test_junk_before_and_during_the_handshake_does_not_end_it(wait_until: object) -> None:
    ends: list[DtlsEndpoint] = []
    certificates = [Certificate(), Certificate()]
    ends.append(DtlsEndpoint(certificates[0], send=lambda data: ends[1].feed(data), on_change=lambda: None))
    ends.append(DtlsEndpoint(certificates[1], send=lambda data: ends[0].feed(data), on_change=lambda: None))
    prints = [[Fingerprint(f["algorithm"], f["value"]) for f in c.fingerprints()] for c in certificates]
    client, server = ends
    for junk in (b"", bytes(12), bytes([22]) + bytes(100), bytes([22, 254, 253]) + bytes(1497), bytes(9000)):
        server.feed(junk)
    for end, peer, role in ((server, 0, "client"), (client, 1, "server")):
        end.reachable()
        end.connect(role, prints[peer])  # type: ignore[arg-type]
    await wait_until(lambda: client.srtp is not None and server.srtp is not None)  # type: ignore[operator]
    for end in ends:
        end.close()
