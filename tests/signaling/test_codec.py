"""The codec: every request by its tag, and every error naming what was wrong and what is allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.codec import (
    MAX_ORTC_PAYLOAD_BYTES,
    MAX_PAYLOAD_BYTES,
    REQUESTS_BY_TAG,
    ProtocolError,
    decode,
    payload_limit_bytes,
    tag_of,
)
from signaling.messages import (
    REQUESTS,
    CreateTransport,
    LowerHand,
    Mute,
    NoteAbsent,
    RaiseHand,
    Recess,
    Request,
    RestartIce,
    ViewChanged,
)


def error_of(event: object, *arguments: object) -> ProtocolError:
    result = decode(event, *arguments)
    assert isinstance(result, ProtocolError), result
    return result


def test_tags_are_the_snake_case_of_the_class() -> None:
    assert tag_of(RaiseHand) == "raise_hand"
    assert tag_of(RestartIce) == "restart_ice"
    assert tag_of(ViewChanged) == "view_changed"
    assert len(REQUESTS_BY_TAG) == len(REQUESTS)


def test_decodes_a_request_with_and_without_payload() -> None:
    assert decode("raise_hand") == RaiseHand()
    assert decode("raise_hand", None) == RaiseHand()
    assert decode("raise_hand", {}) == RaiseHand()
    assert decode("lower_hand") == LowerHand(participant_id=None)
    assert decode("mute", {"participant_id": "par_abcdefgh", "lock": True}) == Mute(
        participant_id="par_abcdefgh", lock=True
    )


def test_an_unknown_message_names_what_is_allowed() -> None:
    error = error_of("rase_hand", {})
    assert error.code == "unknown_message"
    assert "'rase_hand'" in error.message
    assert "raise_hand" in error.message and "raise_hand" in error.allowed


@pytest.mark.parametrize("event", [None, 7, ["raise_hand"], "x" * 10_000, "\x1b[31mraise_hand", "__class__"])
def test_a_strange_event_name_is_answered_in_short_printable_text(event: object) -> None:
    error = error_of(event, {})
    assert error.code == "unknown_message"
    assert len(error.message) < 1600
    assert error.message.isprintable()


def test_an_unknown_field_names_the_fields() -> None:
    error = error_of("mute", {"participant_id": "par_abcdefgh", "looock": True})
    assert error.code == "malformed"
    assert "'looock'" in error.message
    assert error.allowed == ("participant_id", "lock")


def test_a_missing_field_is_named() -> None:
    assert "lacks the field 'participant_id'" in error_of("mute").message


def test_a_wrong_value_names_field_value_and_choices() -> None:
    error = error_of("create_transport", {"direction": "sideways"})
    assert "'direction'" in error.message and "'sideways'" in error.message
    assert error.allowed == ("send", "recv")


def test_a_nested_field_is_named() -> None:
    error = error_of("report_network", {"loss": 2})
    assert "'loss'" in error.message


@pytest.mark.parametrize("payload", [[], "x", 1, 1.5, True, b"raw"])
def test_a_payload_that_is_no_object_is_refused(payload: object) -> None:
    assert "allowed is one object" in error_of("raise_hand", payload).message


def test_two_arguments_are_refused() -> None:
    assert "2 arguments" in error_of("raise_hand", {}, {}).message


@pytest.mark.parametrize("value", [b"raw", float("nan"), float("inf")])
def test_what_is_not_json_is_refused(value: object) -> None:
    assert "not plain JSON" in error_of("report_network", {"rtt_ms": value}).message


def test_a_payload_nested_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(20_000):
        deep = {"a": deep}
    payload = {"transport_id": "t", "dtls_parameters": deep}
    assert error_of("connect_transport", payload).code == "malformed"


def test_size_limits_count_utf8_bytes() -> None:
    reason = "庭" * 500
    assert isinstance(decode("recess", {"reason": reason}), Recess)
    assert error_of("recess", {"reason": "庭" * 2000}).code == "too_large"
    assert payload_limit_bytes("recess") == MAX_PAYLOAD_BYTES
    big = {"transport_id": "t", "dtls_parameters": {"x": "y" * MAX_PAYLOAD_BYTES}}
    assert not isinstance(decode("connect_transport", big), ProtocolError)
    big["dtls_parameters"] = {"x": "y" * MAX_ORTC_PAYLOAD_BYTES}
    error = error_of("connect_transport", big)
    assert error.code == "too_large" and str(MAX_ORTC_PAYLOAD_BYTES) in error.message


def test_participant_ids_are_checked() -> None:
    assert error_of("note_absent", {"participant_id": "../etc"}).code == "malformed"
    assert decode("note_absent", {"participant_id": "par_ABCdef123"}) == NoteAbsent(
        participant_id="par_ABCdef123"
    )


def test_the_wire_error_carries_both_languages() -> None:
    wire = error_of("nothing").wire()
    assert wire.text.zh and wire.text.en and wire.code == "unknown_message"


def test_a_decoded_request_is_frozen() -> None:
    request = decode("create_transport", {"direction": "send"})
    assert isinstance(request, CreateTransport)
    with pytest.raises(ValueError):
        request.direction = "recv"  # type: ignore[misc]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4)
    ),
    max_leaves=12,
)
field_names = sorted({name for request in REQUESTS for name in request.model_fields})


@given(
    event=st.sampled_from(sorted(REQUESTS_BY_TAG)) | json_values,
    arguments=st.lists(json_values | st.dictionaries(st.sampled_from(field_names), json_values), max_size=2),
)
def test_anything_gives_a_request_or_an_error_that_can_be_sent(
    event: object, arguments: list[object]
) -> None:
    result = decode(event, *arguments)
    if isinstance(result, ProtocolError):
        json.dumps(result.wire().model_dump(mode="json"))
        assert result.code in {"unknown_message", "malformed", "too_large"}
    else:
        assert isinstance(result, Request)
        assert isinstance(event, str) and type(result) is REQUESTS_BY_TAG[event]
