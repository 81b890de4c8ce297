from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

import signaling.messages as m
from room_server.proceedings.live import LiveProducer
from room_server.proceedings.silence import Silence
from room_server.relay.events import ProducerSilent, TransportState
from tests.proceedings.conftest import House


def test_silent_is_who_shows_nothing_on_any_transport_and_does_not_answer() -> None:
    silence = Silence()
    assert not silence.note("par_a", "send", "connected", answering=True)
    assert not silence.note("par_a", "recv", "connected", answering=True)
    assert not silence.note("par_a", "send", "disconnected", answering=False)
    assert "par_a" not in silence
    assert silence.note("par_a", "recv", "disconnected", answering=False)
    assert "par_a" in silence
    assert silence.note("par_a", "send", "connected", answering=False)
    assert "par_a" not in silence


def test_who_answers_on_the_channel_is_not_silent() -> None:
    silence = Silence()
    assert not silence.note("par_a", "send", "disconnected", answering=True)
    assert "par_a" not in silence


def test_a_transport_that_is_gone_counts_no_more() -> None:
    """A page that was reloaded: its old transports fall silent beside the new ones."""
    silence = Silence()
    silence.note("par_a", "old", "disconnected", answering=False)
    assert "par_a" in silence
    assert silence.note("par_a", "old", "failed", answering=False)
    assert "par_a" not in silence


def test_a_sign_on_the_channel_ends_it() -> None:
    silence = Silence()
    silence.note("par_a", "send", "disconnected", answering=False)
    assert silence.heard("par_a")
    assert not silence.heard("par_a")
    assert "par_a" not in silence


STATES = st.sampled_from(["connected", "disconnected", "failed", "closed"])
STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), STATES, st.booleans()))


@given(STEPS)
def test_nobody_is_silent_with_a_transport_that_is_heard_or_with_none(
    steps: list[tuple[str, str, str, bool]],
) -> None:
    silence = Silence()
    states: dict[tuple[str, str], str] = {}
    for participant, transport, state, answering in steps:
        before = participant in silence
        changed = silence.note(participant, transport, state, answering=answering)
        states[participant, transport] = state
        standing = [
            one for (who, _), one in states.items() if who == participant and one not in ("failed", "closed")
        ]
        expected = bool(standing) and set(standing) == {"disconnected"} and not answering
        assert (participant in silence) == expected
        assert changed == (before != expected)
    silence.forget_all()
    assert all(participant not in silence for participant in "ab")


async def test_the_desk_sees_who_gives_no_sign_of_life_and_the_record_does_not_note_it(house: House) -> None:
    await house.lobby()
    await house.connect("clerk", "s0")
    await house.connect("claimant", "s1")
    claimant = house["claimant"]

    async def shown() -> tuple[str, bool]:
        result = await house.gateway.request("s0", m.Sync())
        assert isinstance(result, m.SyncResult) and result.view is not None and result.view.desk is not None
        [desk] = [one for one in result.view.desk if one.id == claimant.id]
        return desk.state, desk.connected

    def relay_says(state: str) -> None:
        house.room.relay_event(TransportState(house.room.hearing_id, claimant.id, "tra_1", state))

    before = await shown()
    assert before[1]
    relay_says("connected")
    relay_says("disconnected")
    assert await shown() == before, "the channel still answers"
    house.unanswering.add("s1")
    relay_says("disconnected")
    assert await shown() == ("disconnected", False)
    relay_says("connected")
    assert await shown() == before
    relay_says("disconnected")
    await house.connect("claimant", "s2")
    assert await shown() == before
    assert house["claimant"].connected
    assert house["claimant"].last_disconnect is None


async def test_the_log_tells_of_a_device_that_is_on_and_sends_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.lobby()
    await house.connect("claimant", "s1")
    await house.gateway.request("s1", m.SetMicrophone(on=False))
    claimant, room = house["claimant"], house.room
    for number, source in enumerate(("camera", "microphone")):
        kind = "video" if source == "camera" else "audio"
        room.live.producers[source] = LiveProducer(source, claimant.id, kind, source, number, "tra_1")
    assert claimant.camera_on and not claimant.microphone_on

    def told_of(producer: str) -> int:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            room.relay_event(ProducerSilent(room.hearing_id, claimant.id, producer))
        return sum("nothing comes from" in line for line in caplog.messages)

    assert told_of("camera") == 1
    assert told_of("microphone") == 0, "it is switched off"
    assert told_of("of_somebody_who_left") == 0
    house.unanswering.add("s1")
    room.relay_event(TransportState(room.hearing_id, claimant.id, "tra_1", "disconnected"))
    assert told_of("camera") == 0, "the connection is gone, and told as that"
    room.live.producers.clear()
