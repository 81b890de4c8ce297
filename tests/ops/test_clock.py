"""The time that is kept while a hearing is recorded, and what is said when the machine's clock is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from room_server.clock import KEPT, KeptTime, SystemClock, Watch

SECOND = 10**9


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self) -> None:
        self.steady_ns, self.ahead_ns = 5 * SECOND, 1_790_000_000 * SECOND

    def passes(self, seconds: float) -> None:
        self.steady_ns += int(seconds * SECOND)

    def kept(self) -> KeptTime:
        return KeptTime(lambda: self.steady_ns + self.ahead_ns, lambda: self.steady_ns)


@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_a_clock_that_is_set_moves_nothing_while_a_hearing_is_recorded(jump_s: int) -> None:
    machine = Machine()
    kept, said = machine.kept(), list[str]()
    watch = Watch(kept, said.append)
    began_ns = kept.now_ns()
    for second in range(1, 30):
        machine.passes(1)
        machine.ahead_ns += jump_s * SECOND if second == 10 else 0
        watch.look(recording=True)
        assert kept.now_ns() - began_ns == second * SECOND
    assert len(said) == 1 and f"{jump_s:+.1f} s" in said[0] and "the record goes on" in said[0]
    machine.passes(1)
    watch.look(recording=False)
    assert kept.now_ns() == machine.steady_ns + machine.ahead_ns
    assert len(said) == 2 and "follow it from now on" in said[1]


def test_what_a_time_service_sets_right_is_followed_without_a_word_where_nobody_is_recorded() -> None:
    machine = Machine()
    kept, said = machine.kept(), list[str]()
    watch = Watch(kept, said.append)
    for _ in range(20):
        machine.passes(1)
        machine.ahead_ns += SECOND // 2
        watch.look(recording=False)
        assert kept.astray_s() == 0
    assert said == []


def test_each_further_setting_is_said_once() -> None:
    machine = Machine()
    kept, said = machine.kept(), list[str]()
    watch = Watch(kept, said.append)
    for _ in range(3):
        machine.ahead_ns += 60 * SECOND
        for _ in range(5):
            machine.passes(1)
            watch.look(recording=True)
    assert len(said) == 3


def test_the_system_clock_is_the_machines_where_nothing_was_set() -> None:
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert abs(KEPT.astray_s()) < 1
