from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.reception import (
    ReceptionStatistics,
    middle_ntp,
    ntp_from_unix,
    round_trip_s,
    unix_from_ntp,
)


def test_losses_are_counted_and_filled_by_late_packets() -> None:
    statistics = ReceptionStatistics(90000)
    for number in (10, 11, 14):
        statistics.receive(number, number * 3000, number / 30)
    assert statistics.lost == 2
    statistics.receive(12, 12 * 3000, 0.5)
    assert statistics.lost == 1


def test_the_fraction_covers_the_interval_since_the_last_report() -> None:
    statistics = ReceptionStatistics(90000)
    for number in range(10):
        statistics.receive(100 + number, 0, 0.0)
    assert statistics.report_block(1, 0.0).fraction_lost == 0
    for number in (110, 113):
        statistics.receive(number, 0, 0.0)
    block = statistics.report_block(1, 0.0)
    assert block.fraction_lost == 128
    assert (block.packets_lost, block.highest_sequence) == (2, 113)
    assert statistics.report_block(1, 0.0).fraction_lost == 0


def test_an_interruption_is_not_loss() -> None:
    statistics = ReceptionStatistics(90000)
    statistics.receive(1, 0, 0.0)
    statistics.receive(3, 0, 0.0)
    statistics.restart()
    statistics.receive(500, 0, 9.0)
    assert statistics.lost == 1
    assert statistics.report_block(1, 9.0).fraction_lost == 0


def test_steady_packets_have_no_jitter_and_wrapping_time_stamps_add_none() -> None:
    statistics = ReceptionStatistics(48000)
    for number in range(200):
        statistics.receive(number, (0xFFFFFF00 + number * 960) & 0xFFFFFFFF, number * 0.02)
    assert statistics.jitter < 2
    statistics.receive(200, (0xFFFFFF00 + 200 * 960) & 0xFFFFFFFF, 200 * 0.02 + 0.01)
    assert statistics.jitter == pytest.approx(480 / 16, abs=2)


def test_the_senders_report_is_named_in_the_block() -> None:
    statistics = ReceptionStatistics(48000)
    statistics.receive(1, 0, 10.0)
    ntp = ntp_from_unix(1_700_000_000.5)
    statistics.note_sender_report(ntp, 10.0)
    block = statistics.report_block(1, 10.5)
    assert (block.last_sender_report, block.delay_since_last) == (middle_ntp(ntp), 32768)


@given(st.floats(0, 2_000_000_000))
def test_ntp_and_unix_agree(unix_s: float) -> None:
    assert unix_from_ntp(ntp_from_unix(unix_s)) == pytest.approx(unix_s, abs=1e-5)


def test_the_round_trip_is_what_neither_side_waited() -> None:
    sent = ntp_from_unix(1_700_000_000.0)
    now = ntp_from_unix(1_700_000_000.35)
    assert round_trip_s(now, middle_ntp(sent), int(0.25 * 65536)) == pytest.approx(0.1, abs=0.001)
    assert round_trip_s(now, 0, 0) is None
    assert round_trip_s(now, middle_ntp(now) + 65536, 0) is None, (
        "a report from the future is no report of ours"
    )
