"""One line of time for all layers: by arrival first, exact by sender reports, and never moved after that."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.rtp.layer_line import LayerLine
from room_server.relay.rtp.publisher_clock import StreamTime
from room_server.relay.rtp.sequence import unwrap_step

RATE = 90000
BASES = st.lists(st.integers(0, 0xFFFFFFFF), min_size=3, max_size=3)


def stamp(base: int, at_s: float) -> int:
    return (base + round(at_s * RATE)) & 0xFFFFFFFF


def told(base: int, at_s: float) -> StreamTime:
    return StreamTime(at_s, stamp(base, at_s), RATE, at_s)


def on_line(line: LayerLine, bases: list[int], at_s: float) -> list[int]:
    return [(stamp(base, at_s) + line.offset(layer)) & 0xFFFFFFFF for layer, base in enumerate(bases)]


def spread(times: list[int]) -> int:
    return max(abs(unwrap_step(one - times[0], 0, 32)) for one in times)


@given(BASES, st.lists(st.floats(0, 0.08), min_size=3, max_size=3), st.permutations(range(3)))
def test_arrivals_put_the_layers_together_as_far_as_they_came_together(
    bases: list[int], delays: list[float], order: list[int]
) -> None:
    line = LayerLine(RATE)
    for layer in sorted(order, key=lambda one: delays[one]):
        line.arrived(layer, stamp(bases[layer], 10.0), 10.0 + delays[layer])
    assert spread(on_line(line, bases, 10.0)) <= round(0.08 * RATE) + 2
    assert not any(line.is_exact(layer) for layer in range(3))


@given(BASES, st.lists(st.floats(0, 0.5), min_size=3, max_size=3), st.permutations(range(3)))
def test_reports_of_any_order_make_it_exact(bases: list[int], delays: list[float], order: list[int]) -> None:
    line = LayerLine(RATE)
    for layer in range(3):
        line.arrived(layer, stamp(bases[layer], 10.0), 10.0 + delays[layer])
    for place, layer in enumerate(order):
        line.reported(layer, told(bases[layer], 11.0 + place))
    assert all(line.is_exact(layer) for layer in range(3))
    assert spread(on_line(line, bases, 20.0)) <= 2


@given(BASES, st.lists(st.tuples(st.integers(0, 2), st.floats(-0.01, 0.01)), max_size=30))
def test_what_is_exact_stays_whatever_the_reports_jitter(
    bases: list[int], reports: list[tuple[int, float]]
) -> None:
    line = LayerLine(RATE)
    for layer in range(3):
        line.arrived(layer, stamp(bases[layer], 10.0), 10.0)
        line.reported(layer, told(bases[layer], 10.0))
    before = [line.offset(layer) for layer in range(3)]
    for count, (layer, error_s) in enumerate(reports):
        time = told(bases[layer], 11.0 + count)
        line.reported(layer, StreamTime(time.publisher_s + error_s, time.rtp_timestamp, RATE, time.arrived_s))
    assert [line.offset(layer) for layer in range(3)] == before


def test_a_report_far_from_the_arrivals_is_not_believed() -> None:
    line = LayerLine(RATE)
    for layer in range(2):
        line.arrived(layer, stamp(1000 * layer, 10.0), 10.0)
    line.reported(0, told(0, 10.0))
    before = line.offset(1)
    line.reported(1, StreamTime(500.0, stamp(1000, 11.0), RATE, 11.0))
    assert line.offset(1) == before and not line.is_exact(1)
    line.reported(1, told(1000, 12.0))
    assert line.is_exact(1)


def test_a_layer_that_starts_again_finds_its_place_with_its_next_report() -> None:
    line = LayerLine(RATE)
    for layer in range(2):
        line.arrived(layer, stamp(1000 * layer, 10.0), 10.0)
        line.reported(layer, told(1000 * layer, 10.0))
    line.restarted(1)
    # The stream went on by the clock, 20 ms off: the report says by how much.
    line.arrived(1, stamp(1000, 12.02), 12.0)
    line.reported(1, StreamTime(13.0, stamp(1000, 13.02), RATE, 13.0))
    assert abs(unwrap_step(stamp(1000, 14.02) + line.offset(1) - stamp(0, 14.0) - line.offset(0), 0, 32)) <= 2


def test_a_layer_that_never_came_has_no_place() -> None:
    line = LayerLine(RATE)
    line.reported(2, told(7, 10.0))
    assert line.offset(2) == 0 and not line.is_exact(2)
