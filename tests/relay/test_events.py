from __future__ import annotations

import pytest

from room_server.relay.events import (
    ActiveSpeakerChanged,
    ProducerActive,
    ProducerSilent,
    Quality,
    RelayEvent,
    RelayWarning,
    TransportState,
    event_from_json,
    event_to_json,
)


@pytest.mark.parametrize(
    ("event", "tag"),
    [
        (TransportState("prc", "par", "tra", "connected"), "transport_state"),
        (ProducerActive("prc", "par", "pro"), "producer_active"),
        (ProducerSilent("prc", "par", "pro"), "producer_silent"),
        (ActiveSpeakerChanged("prc", None), "active_speaker"),
        (Quality("prc", "par", 4, 0.0, 12.5), "quality"),
        (RelayWarning("something"), "warning"),
    ],
)
def test_events_round_trip_under_their_tags(event: RelayEvent, tag: str) -> None:
    message = event_to_json(event)
    assert message["event"] == tag
    assert event_from_json(message) == event


@pytest.mark.parametrize(
    "message", [{}, {"event": "dance"}, {"event": "active_speaker"}, {"event": "warning", "x": 1}]
)
def test_unknown_events_are_refused(message: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="relay event"):
        event_from_json(message)
