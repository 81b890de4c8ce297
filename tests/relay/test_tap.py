from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.tap import (
    WAITING_LIMIT,
    Tap,
    TappedPacket,
    TappedReport,
    frame_packet,
    frame_report,
    parse_tap,
)

u32 = st.integers(0, 0xFFFFFFFF)
u64 = st.integers(0, (1 << 64) - 1)


@given(u32, u64, st.binary(max_size=1500))
def test_packets_round_trip(track: int, arrival_ns: int, rtp: bytes) -> None:
    assert parse_tap(frame_packet(track, arrival_ns, rtp)) == TappedPacket(track, arrival_ns, rtp)


@given(u32, u64, u64, u32)
def test_reports_round_trip(track: int, arrival_ns: int, ntp: int, rtp_timestamp: int) -> None:
    datagram = frame_report(track, arrival_ns, ntp, rtp_timestamp)
    assert parse_tap(datagram) == TappedReport(track, arrival_ns, ntp, rtp_timestamp)


def test_the_layout_is_the_documented_one() -> None:
    assert frame_packet(7, 9, b"rtp") == bytes([0]) + (7).to_bytes(4, "big") + (9).to_bytes(8, "big") + b"rtp"


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse_tap(data)


def test_a_recorder_that_stands_still_is_waited_for_up_to_the_limit(tmp_path: Path) -> None:
    path = str(tmp_path / "tap")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as recorder:
        recorder.bind(path)
        tap = Tap(path)
        for _ in range(WAITING_LIMIT + 2000):
            tap.send(bytes(100), 0.0)
        assert tap.sent > 0 and tap.waiting == WAITING_LIMIT
        assert tap.sent + tap.waiting + tap.dropped == WAITING_LIMIT + 2000
        tap.close()
        assert tap.waiting == 0 and tap.sent + tap.dropped == WAITING_LIMIT + 2000


async def test_a_burst_arrives_whole_and_in_order(tmp_path: Path) -> None:
    """Many times what the kernel queues for a socket, as a key frame is."""
    path = str(tmp_path / "tap")
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as recorder:
        recorder.bind(path)
        recorder.setblocking(False)
        tap = Tap(path, loop)
        burst = [number.to_bytes(4, "big") + bytes(1100) for number in range(1000)]
        for datagram in burst:
            tap.send(datagram, 0.0)
        async with asyncio.timeout(10):
            received = [await loop.sock_recv(recorder, 2000) for _ in burst]
        assert received == burst
        assert (tap.sent, tap.waiting, tap.dropped) == (1000, 0, 0)
        tap.close()


def test_a_recorder_that_comes_back_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "tap"
    tap = Tap(str(path))
    tap.send(b"1", 0.0)
    assert (tap.sent, tap.dropped) == (0, 1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as recorder:
        recorder.bind(str(path))
        tap.send(b"2", 0.5)  # too early to look again
        tap.send(b"3", 1.5)
        assert recorder.recv(10) == b"3"
    tap.send(b"4", 1.6)
    path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as successor:
        successor.bind(str(path))
        tap.send(b"5", 3.0)
        assert successor.recv(10) == b"5"
    tap.close()


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="kind 9"):
        parse_tap(bytes([9]) + bytes(20))
