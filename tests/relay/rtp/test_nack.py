from __future__ import annotations

from room_server.relay.rtp.nack import MAX_REQUESTS, NackGenerator


def test_a_gap_is_asked_for_until_it_is_filled() -> None:
    nacks = NackGenerator()
    for number in (10, 11, 14):
        assert nacks.receive(number, 0.0)
    assert nacks.due(0.0, 0.05) == ([], False)  # reordering gets its chance
    assert nacks.due(0.02, 0.05) == ([12, 13], False)
    assert nacks.due(0.03, 0.05) == ([], False)  # not again within the round trip
    nacks.receive(12, 0.05)
    assert nacks.due(0.08, 0.05) == ([13], False)
    nacks.receive(13, 0.09)
    assert nacks.due(1.0, 0.05) == ([], False)
    assert len(nacks) == 0


def test_what_never_comes_is_given_up_for_a_key_frame() -> None:
    nacks = NackGenerator()
    nacks.receive(1, 0.0)
    nacks.receive(3, 0.0)
    requests, abandoned, now_s = 0, False, 0.0
    while not abandoned:
        now_s += 0.1
        lost, abandoned = nacks.due(now_s, 0.05)
        requests += len(lost)
    assert requests == MAX_REQUESTS
    assert len(nacks) == 0


def test_too_large_a_gap_is_not_repaired() -> None:
    nacks = NackGenerator()
    nacks.receive(1, 0.0)
    assert not nacks.receive(2000, 0.0)
    assert nacks.due(1.0, 0.1) == ([], False)


def test_after_a_reset_nothing_old_is_asked_for() -> None:
    nacks = NackGenerator()
    nacks.receive(1, 0.0)
    nacks.receive(5, 0.0)
    nacks.reset()
    assert nacks.receive(300, 0.1)
    assert nacks.due(1.0, 0.1) == ([], False)
